//! Reading mail that came in, and letters that go out.

use byleave_app::ports::{Earlier, LetterRow, LetterState, MailKnown, StoreError, StoredMail, ThreadRow};
use byleave_domain::ids::{ChangeRequestId, ContactId, LetterId, MessageId, OrganizationId};
use rusqlite::params;

use super::{View, bounded, list, one};
use crate::row::Reading;
use crate::seal::Place;
use crate::sql;
use crate::write::failed;

pub(crate) fn mail_known(
    view: View<'_>,
    identifier: Option<&[u8; 32]>,
    body: &[u8; 32],
) -> Result<MailKnown, StoreError> {
    let two = |text, params: &[&dyn rusqlite::ToSql]| {
        let mut statement = view.connection.prepare_cached(text).map_err(failed)?;
        let row = statement.query_row(params, |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)));
        let (first, second) = row.map_err(failed)?;
        Ok::<_, StoreError>((first.cast_unsigned(), second.cast_unsigned()))
    };
    let (same_unproven, other_unproven) = two(sql::MAIL_SEEN, &[&identifier, &false, body])?;
    let (same_proven, other_proven) = two(sql::MAIL_SEEN, &[&identifier, &true, body])?;
    let (body_seen, _) = two(sql::MAIL_BODY_SEEN, &[body, &identifier])?;
    let (held, held_bytes) = two(sql::MAIL_HELD, &[])?;
    Ok(MailKnown {
        same: Earlier { unproven: same_unproven == 1, proven: same_proven == 1 },
        other: Earlier { unproven: other_unproven == 1, proven: other_proven == 1 },
        body_seen: body_seen == 1,
        held,
        held_bytes,
    })
}

pub(crate) fn mail_with(
    view: View<'_>,
    identifier: &[u8; 32],
    count: u64,
) -> Result<Vec<StoredMail>, StoreError> {
    list(view, "mail", sql::MAIL_LIST_IDENTIFIED, params![identifier, bounded(count)], stored_mail)
}

pub(crate) fn mail_of(
    view: View<'_>,
    request: ChangeRequestId,
    count: u64,
) -> Result<Vec<StoredMail>, StoreError> {
    list(view, "mail", sql::MAIL_LIST_OF_REQUEST, params![request.as_bytes(), bounded(count)], stored_mail)
}

pub(crate) fn mail(view: View<'_>, id: MessageId) -> Result<Option<StoredMail>, StoreError> {
    one(view, "mail", sql::MAIL_LOAD, params![id.as_bytes()], |reading| {
        let sealed: Option<Vec<u8>> = reading.get("raw")?;
        let place = Place::row("mail raw", None, id.as_bytes());
        let raw = sealed.map(|sealed| {
            let raw = reading.seals.unseal(&place, &sealed);
            raw.ok_or_else(|| reading.corrupt("raw", &"it cannot be opened"))
        });
        Ok(StoredMail { raw: raw.transpose()?, ..stored_mail(reading)? })
    })
}

fn stored_mail(reading: &Reading<'_>) -> Result<StoredMail, StoreError> {
    let id: [u8; 16] = reading.get("id")?;
    let sealed: Vec<u8> = reading.get("record")?;
    let record = reading.seals.unseal(&Place::row("mail", None, &id), &sealed);
    Ok(StoredMail {
        id: MessageId::from_bytes(id),
        received_at: reading.instant("received_at")?,
        record: record.ok_or_else(|| reading.corrupt("record", &"it cannot be opened"))?,
        raw: None,
    })
}

pub(crate) fn letter(view: View<'_>, id: LetterId) -> Result<Option<LetterRow>, StoreError> {
    Ok(one(view, "letter", sql::LETTER_LOAD, params![id.as_bytes()], letter_row)?.flatten())
}

pub(crate) fn letters(view: View<'_>, count: u64) -> Result<Vec<LetterRow>, StoreError> {
    let rows = list(view, "letter", sql::LETTER_LIST, params![bounded(count)], letter_row)?;
    Ok(rows.into_iter().flatten().collect())
}

/// `None` where it cannot be opened: nobody can be written to under a key that is gone.
pub(super) fn letter_row(reading: &Reading<'_>) -> Result<Option<LetterRow>, StoreError> {
    let (id, organization) = (reading.get::<[u8; 16]>("id")?, reading.get("organization")?);
    let organization = OrganizationId::from_bytes(organization);
    let sealed: Vec<u8> = reading.get("sealed")?;
    let opened = reading.seals.unseal(&Place::row("letter", Some(organization), &id), &sealed);
    let Some(content) = opened else { return Ok(None) };
    Ok(Some(LetterRow {
        id: LetterId::from_bytes(id),
        place: reading.number("place")?,
        organization,
        contact: reading.get::<Option<[u8; 16]>>("contact")?.map(ContactId::from_bytes),
        written_at: reading.instant("written_at")?,
        state: reading.word("state", LetterState::from_word)?,
        attempts: reading.get("attempts")?,
        next_at: reading.instant("next_at")?,
        settled_at: reading.optional_instant("settled_at")?,
        content,
    }))
}

pub(super) fn thread_row(reading: &Reading<'_>) -> Result<Option<ThreadRow>, StoreError> {
    let id: [u8; 16] = reading.get("change_request")?;
    let organization = OrganizationId::from_bytes(reading.get("organization")?);
    let sealed: Vec<u8> = reading.get("sealed")?;
    let opened = reading.seals.unseal(&Place::row("letter_thread", Some(organization), &id), &sealed);
    Ok(opened.map(|message_id| ThreadRow {
        change_request: ChangeRequestId::from_bytes(id),
        organization,
        message_id: String::from_utf8_lossy(&message_id).into_owned(),
        answered: reading.get("answered").unwrap_or(true),
    }))
}
