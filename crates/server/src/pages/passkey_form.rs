//! Passkeys between pages and the application: how a page asks for one, what its script sends, and how one is shown.

use byleave_app::credentials::Holder;
use byleave_app::passkeys::{
    Assertion, Challenge, New, Owner, Passkey, Registration, RelyingParty, Used, Way, from_base64, handle,
};
use byleave_app::world::World;
use serde::Deserialize;

use crate::problem::{Refusal, read};
use crate::text::Text;

/// A passkey that was used, and what it was asked.
#[derive(Deserialize)]
pub(crate) struct UsedFields {
    pub challenge: String,
    #[serde(flatten)]
    answer: AnswerFields,
}

/// What a passkey answered; or a signature alone, where a key signed.
#[derive(Deserialize)]
pub(crate) struct AnswerFields {
    #[serde(default)]
    credential: String,
    #[serde(default)]
    handle: String,
    #[serde(default)]
    client_data: String,
    #[serde(default)]
    authenticator_data: String,
    pub signature: String,
}

/// A passkey that was made.
#[derive(Deserialize)]
pub(crate) struct MadeFields {
    pub challenge: String,
    name: String,
    client_data: String,
    attestation: String,
}

/// A passkey as a page shows it.
pub(crate) struct PasskeyRow {
    pub id: String,
    pub name: String,
    pub registered: Text,
    pub kept: Text,
    pub last_used: Text,
}

impl UsedFields {
    pub fn used(&self) -> Result<Used, Refusal> {
        self.answer.used()
    }
}

impl AnswerFields {
    pub const fn is_by_passkey(&self) -> bool {
        !self.credential.is_empty()
    }

    pub fn used(&self) -> Result<Used, Refusal> {
        let handle = bytes("handle", &self.handle)?;
        Ok(Used {
            credential: bytes("credential", &self.credential)?,
            handle: Some(handle).filter(|handle| !handle.is_empty()),
            assertion: Assertion {
                client_data: bytes("client_data", &self.client_data)?,
                authenticator_data: bytes("authenticator_data", &self.authenticator_data)?,
                signature: bytes("signature", &self.signature)?,
            },
        })
    }
}

impl MadeFields {
    pub fn made(&self) -> Result<New, Refusal> {
        let client_data = bytes("client_data", &self.client_data)?;
        let attestation = bytes("attestation", &self.attestation)?;
        let registration = Registration { client_data, attestation };
        Ok(New { name: read("name", self.name.trim())?, registration })
    }
}

fn bytes(field: &str, text: &str) -> Result<Vec<u8>, Refusal> {
    from_base64(text).ok_or_else(|| Refusal::unfit(field, text, format!("`{field}` is not base64url")))
}

/// Asks the browser to make a passkey for somebody, other than those they have.
pub(crate) fn to_make(
    world: &World,
    page: &RelyingParty,
    vendor: &str,
    (holder, name): (Holder, &str),
    challenge: &Challenge,
) -> String {
    let known = world.passkeys_of(holder).map(|passkey| passkey.credential.as_slice());
    page.to_make(vendor, Owner { handle: &handle(holder), name }, challenge, known)
}

/// A person's passkeys, oldest first.
pub(crate) fn rows(world: &World, holder: Holder) -> Vec<PasskeyRow> {
    let mut own: Vec<_> = world.passkeys_of(holder).collect();
    own.sort_by_key(|passkey| (passkey.registered_at, passkey.id));
    own.into_iter().map(row).collect()
}

fn row(passkey: &Passkey) -> PasskeyRow {
    let way = match passkey.way {
        Way::Link => Text::of("passkeys-by-link"),
        Way::Passkey => Text::of("passkeys-by-passkey"),
    };
    let flags = passkey.flags;
    PasskeyRow {
        id: passkey.id.to_string(),
        name: passkey.name.to_string(),
        registered: way.arg("at", passkey.registered_at),
        kept: match (flags.may_be_backed_up(), flags.is_backed_up()) {
            (false, _) => Text::of("passkeys-one-device"),
            (true, false) => Text::of("passkeys-may-be-copied"),
            (true, true) => Text::of("passkeys-copied"),
        },
        last_used: match passkey.used_at {
            Some(at) => Text::of("passkeys-used-at").arg("at", at),
            None => Text::of("passkeys-never"),
        },
    }
}

/// What a browser is asked, in samples.
#[cfg(test)]
pub(crate) fn sample_options() -> Result<String, Text> {
    Ok(r#"{"challenge":"AAAA","rpId":"localhost","allowCredentials":[]}"#.to_owned())
}

#[cfg(test)]
pub(crate) fn sample_rows(names: &[&str]) -> Vec<PasskeyRow> {
    let at = jiff::Timestamp::UNIX_EPOCH;
    let row = |(number, name): (usize, &&str)| PasskeyRow {
        id: format!("passkey_{number:032}"),
        name: (*name).to_owned(),
        registered: Text::of(if number == 0 { "passkeys-by-link" } else { "passkeys-by-passkey" })
            .arg("at", at),
        kept: Text::of(if number == 0 { "passkeys-one-device" } else { "passkeys-copied" }),
        last_used: Text::of("passkeys-never"),
    };
    names.iter().enumerate().map(row).collect()
}
