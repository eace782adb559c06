//! Sign-in links, sessions, and who is known by a provider's name.

use byleave_app::credentials::Credential;
use byleave_app::ports::StoreError;
use byleave_app::sessions::{ByProvider, Session, Shown};
use byleave_app::vendor::ProviderLink;
use byleave_domain::ids::{PasskeyId, SessionId};
use jiff::SignedDuration;

use crate::row::{self, Reading};

pub(super) fn credential(reading: &Reading<'_>) -> Result<Credential, StoreError> {
    let holder: Vec<u8> = reading.get("holder")?;
    Ok(Credential {
        hash: reading.get("hash")?,
        kind: reading.word("kind", row::read_credential_kind)?,
        holder: reading.word("holder_kind", |kind| row::read_holder(kind, &holder))?,
        expires_at: reading.instant("expires_at")?,
    })
}

pub(super) fn session(reading: &Reading<'_>) -> Result<Session, StoreError> {
    let holder: Vec<u8> = reading.get("holder")?;
    let identity: Option<[u8; 16]> = reading.get("identity")?;
    let session: Option<[u8; 16]> = reading.get("identity_session")?;
    let passkey: Option<[u8; 16]> = reading.get("passkey")?;
    let passkey_at = reading.optional_instant("passkey_at")?;
    Ok(Session {
        id: SessionId::from_bytes(reading.get("id")?),
        hash: reading.get("hash")?,
        holder: reading.word("holder_kind", |kind| row::read_holder(kind, &holder))?,
        browser: reading.get("browser")?,
        created_at: reading.instant("created_at")?,
        seen_at: reading.instant("seen_at")?,
        expires_at: reading.instant("expires_at")?,
        idle: SignedDuration::from_secs(reading.get("idle")?),
        by_provider: identity.map(|identity| ByProvider { identity, session }),
        shown: passkey.zip(passkey_at).map(|(id, at)| Shown { passkey: PasskeyId::from_bytes(id), at }),
    })
}

pub(super) fn provider_link(reading: &Reading<'_>) -> Result<ProviderLink, StoreError> {
    let holder: Vec<u8> = reading.get("holder")?;
    Ok(ProviderLink {
        holder: reading.word("holder_kind", |kind| row::read_holder(kind, &holder))?,
        issuer: reading.get("issuer")?,
        identity: reading.get("identity")?,
    })
}
