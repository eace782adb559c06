//! Passkeys, and the links with which they are registered.

use byleave_app::credentials::Holder;
use byleave_app::passkeys::{Enrolment, Flags, Passkey, PublicKey, SignedDelegation, Way};
use byleave_app::ports::{Person, StoreError};
use byleave_domain::ids::{DeskPersonId, PasskeyId, SessionId};
use rusqlite::{Transaction, params};

use crate::read::{View, list};
use crate::row::{self, Reading};
use crate::seal::{Concerned, Place, Seals};
use crate::sql;
use crate::write::{run, signed};

/// Every passkey whose holder's key is there.
pub(crate) fn passkeys(view: View<'_>) -> Result<Vec<Passkey>, StoreError> {
    Ok(list(view, "passkey", sql::PASSKEY_LIST, [], passkey)?.into_iter().flatten().collect())
}

pub(crate) fn enrolments(view: View<'_>) -> Result<Vec<Enrolment>, StoreError> {
    list(view, "enrolment", sql::ENROLMENT_LIST, [], |reading| {
        Ok(Enrolment {
            hash: reading.get("hash")?,
            holder: holder(reading)?,
            by: DeskPersonId::from_bytes(reading.get("issued_by")?),
            expires_at: reading.instant("expires_at")?,
        })
    })
}

fn passkey(reading: &Reading<'_>) -> Result<Option<Passkey>, StoreError> {
    let id: [u8; 16] = reading.get("id")?;
    let Some([name]) = reading.texts(&Place::row("passkey", None, &id))? else { return Ok(None) };
    let cose: Vec<u8> = reading.get("public_key")?;
    Ok(Some(Passkey {
        id: PasskeyId::from_bytes(id),
        holder: holder(reading)?,
        name: reading.of_text(name.as_ref())?,
        credential: reading.get("credential")?,
        key: PublicKey::from_cose(&cose).ok_or_else(|| reading.corrupt("public_key", &"it is no key"))?,
        aaguid: reading.get("aaguid")?,
        flags: Flags::from_byte(reading.get("flags")?),
        counter: reading.get("counter")?,
        registered_at: reading.instant("registered_at")?,
        way: reading.word("way", Way::from_word)?,
        session: reading.get::<Option<[u8; 16]>>("session")?.map(SessionId::from_bytes),
        entry: reading.get::<Option<i64>>("entry")?.map(i64::cast_unsigned),
        used_at: reading.optional_instant("used_at")?,
        delegation: delegation(reading)?,
    }))
}

/// Whether it holds is asked when it is used.
fn delegation(reading: &Reading<'_>) -> Result<Option<SignedDelegation>, StoreError> {
    let text: Option<String> = reading.get("delegation")?;
    let signature: Option<[u8; 64]> = reading.get("delegated")?;
    let Some((text, signature)) = text.zip(signature) else { return Ok(None) };
    let delegation = text.parse().map_err(|why| reading.corrupt("delegation", &why))?;
    Ok(Some(SignedDelegation { delegation, signature }))
}

fn holder(reading: &Reading<'_>) -> Result<Holder, StoreError> {
    let id: Vec<u8> = reading.get("holder")?;
    reading.word("holder_kind", |kind| row::read_holder(kind, &id))
}

pub(crate) fn put_passkey(
    transaction: &Transaction<'_>,
    seals: &Seals,
    passkey: &Passkey,
) -> Result<usize, StoreError> {
    let (kind, holder) = row::holder(&passkey.holder);
    let concerned = match passkey.holder {
        Holder::DeskPerson(id) => Concerned::person(Person::DeskPerson(id)),
        Holder::Contact(id) => Concerned::person(Person::Contact(id)),
        Holder::Admin | Holder::Subject(_) | Holder::Organization(_) => {
            return Err(StoreError::Refused("a passkey of somebody who has none".into()));
        }
    };
    let place = Place::row("passkey", None, passkey.id.as_bytes());
    let sealed = seals.seal(concerned, &place, &row::texts(&[Some(passkey.name.as_str())]))?;
    run(
        transaction,
        sql::PASSKEY_PUT,
        params![
            passkey.id.as_bytes(),
            kind,
            holder,
            passkey.credential,
            passkey.key.as_cose(),
            passkey.aaguid,
            passkey.flags.to_byte(),
            passkey.counter,
            passkey.registered_at.as_microsecond(),
            passkey.way.as_str(),
            passkey.session.map(|id| *id.as_bytes()),
            passkey.entry.map(signed).transpose()?,
            passkey.used_at.map(|at| at.as_microsecond()),
            passkey.delegation.as_ref().map(|signed| signed.delegation.to_text()),
            passkey.delegation.as_ref().map(|signed| signed.signature),
            sealed
        ],
    )
}

pub(crate) fn put_enrolment(
    transaction: &Transaction<'_>,
    enrolment: &Enrolment,
) -> Result<usize, StoreError> {
    let (kind, holder) = row::holder(&enrolment.holder);
    let (by, expires_at) = (enrolment.by.as_bytes(), enrolment.expires_at.as_microsecond());
    run(transaction, sql::ENROLMENT_INSERT, params![enrolment.hash, kind, holder, by, expires_at])
}
