//! What people decide on pages, they sign: how a page has it signed, and what its script sends.

use byleave_app::caller::Caller;
use byleave_app::tokens::holder_of;
use byleave_app::world::World;
use byleave_domain::ids::to_hex;
use byleave_domain::signature::Signature;
use serde::Deserialize;

use crate::api::change_requests::key_signature;
use crate::auth::Known;
use crate::pages::passkey_form::AnswerFields;
use crate::problem::Refusal;
use crate::site::Site;

/// How whoever is signed in can sign here.
pub(super) struct Signer {
    /// Their id.
    pub id: String,
    /// Their public key, 64 hex digits; without one they sign nothing.
    pub key: Option<String>,
    /// What the browser is asked, where passkeys of theirs sign in the key's place.
    pub passkeys: Option<String>,
}

/// A signed text.
#[derive(Deserialize)]
pub(crate) struct Signed {
    statement: String,
    #[serde(flatten)]
    answer: AnswerFields,
}

impl Signer {
    pub fn new(site: &Site, world: &World, known: &Known) -> Result<Self, Refusal> {
        let (holder, session) = (holder_of(known.caller), known.session()?);
        let id = match known.caller {
            Caller::Contact(id, _) => id.to_string(),
            Caller::DeskPerson(id) => id.to_string(),
            other => return Err(Refusal::elsewhere(other, "security contacts and desk people")),
        };
        let passkeys = site.passkeys.as_ref().and_then(|page| {
            let deciding = world.deciding_passkeys(page, holder, session);
            (!deciding.is_empty()).then(|| page.to_sign(deciding.into_iter()))
        });
        Ok(Self { id, key: world.key_of(holder).map(|key| to_hex(&key.0)), passkeys })
    }

    /// The same, where the key itself has to sign.
    pub fn by_key(self) -> Self {
        Self { passkeys: None, ..self }
    }

    #[cfg(test)]
    pub fn sample(key: bool, passkeys: bool) -> Self {
        let asked = r#"{"rpId":"localhost","allowCredentials":[{"type":"public-key","id":"AAAA"}]}"#;
        Self {
            id: format!("person_{}", "01".repeat(16)),
            key: key.then(|| "c5".repeat(32)),
            passkeys: passkeys.then(|| asked.to_owned()),
        }
    }
}

impl Signed {
    /// The text, and a signature of the key itself.
    pub fn by_key(&self) -> Result<(&str, [u8; 64]), Refusal> {
        Ok((&self.statement, key_signature(&self.answer.signature)?))
    }

    /// The text, and the signature of whoever sent it: their key's, or their passkey's.
    pub async fn read(self, site: &Site, known: &Known) -> Result<(String, Signature), Refusal> {
        let Self { statement, answer } = self;
        let signature = if answer.is_by_passkey() {
            let (whose, used) = ((holder_of(known.caller), known.session()?), answer.used()?);
            site.app.passkey_sign(site.passkeys()?, whose, statement.clone(), used).await?
        } else {
            key_signature(&answer.signature)?.into()
        };
        Ok((statement, signature))
    }
}
