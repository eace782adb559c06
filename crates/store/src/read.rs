//! Reading. What does not parse is an error that names the row; what is missing is `None`.

mod credentials;
mod mail;
mod visits;

use std::collections::{BTreeMap, BTreeSet};

use byleave_app::notice_addresses::{NOTICES_MAX, Notices};
use byleave_app::once::{Asked, OnceId};
use byleave_app::ports::{
    Entry, EvidenceRow, FreezeRow, Head, Kept, MessageRow, OldEvidence, OrganizationRow, OutboxRow, Person,
    SettingRow, StoreError, Stored, StoredOrganization,
};
use byleave_app::tokens::Token;
use byleave_domain::contact::{PublicKey, SecurityContact};
use byleave_domain::ids::{
    ContactId, DeskPersonId, EvidenceId, FreezeId, LogId, MessageId, OrganizationId, RequestId, SubjectId,
    TokenId, ToolId,
};
use byleave_domain::month::Month;
use byleave_domain::subject::{DeskPerson, Subject};
use byleave_domain::token::Bounds;
use byleave_domain::tool::Tool;
use byleave_tlog::Hash;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Params, params};

use credentials::{credential, provider_link, session};
pub(crate) use mail::{letter, letters, mail, mail_known, mail_of, mail_with};
use mail::{letter_row, thread_row};
use visits::visit_row;
pub(crate) use visits::{visit, visits, visits_over, visits_summed};

use crate::passkey;
use crate::row::{self, Reading};
use crate::seal::{Place, Seals};
use crate::sql;
use crate::write::failed;

/// A connection, and what opens that which is sealed.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub connection: &'a Connection,
    pub seals: &'a Seals,
}

pub(crate) fn load(view: View<'_>) -> Result<Stored, StoreError> {
    // One read transaction: everything as of one instant.
    let transaction = view.connection.unchecked_transaction().map_err(failed)?;
    let view = View { connection: &transaction, ..view };
    let rows = list(view, "organization", sql::ORGANIZATION_LIST, [], organization)?;
    let organizations = rows.into_iter().map(|row| with_settings(view, row)).collect::<Result<_, _>>()?;
    let subjects = list(view, "subject", sql::SUBJECT_LIST, [], subject)?;
    let copied_at = one(view, "deployment", sql::DEPLOYMENT_LOAD, [], copied_at)?;
    let (mut messages, mut messages_unreadable) = (Vec::new(), Vec::new());
    for read in list(view, "message", sql::MESSAGE_LIST_HELD, [], |reading| Ok(message(reading)))? {
        match read {
            Ok(message) => messages.push(message),
            Err(why) => messages_unreadable.push(why),
        }
    }
    Ok(Stored {
        copied_at: copied_at.flatten(),
        organizations,
        subjects: subjects.iter().filter_map(|(_, subject)| subject.clone()).collect(),
        subjects_gone: subjects.iter().filter(|(_, subject)| subject.is_none()).map(|(id, _)| *id).collect(),
        desk_people: list(view, "desk_person", sql::DESK_PERSON_LIST, [], desk_person)?,
        tools: list(view, "tool", sql::TOOL_LIST, [], tool)?,
        visits_open: list(view, "visit", sql::VISIT_LIST_OPEN, [], visit_row)?,
        freezes: list(view, "freeze", sql::FREEZE_LIST, [], freeze)?,
        outbox: list(view, "outbox", sql::OUTBOX_LIST, [], outbox)?,
        messages,
        messages_unreadable,
        letters: list(view, "letter", sql::LETTER_LIST_WAITING, [], letter_row)?
            .into_iter()
            .flatten()
            .collect(),
        letters_written: one(view, "letter", sql::LETTER_COUNT, [], |reading| reading.number("written"))?
            .unwrap_or_default(),
        threads: list(view, "letter_thread", sql::THREAD_LIST, [], thread_row)?
            .into_iter()
            .flatten()
            .collect(),
        credentials: list(view, "credential", sql::CREDENTIAL_LIST, [], credential)?,
        sessions: list(view, "session", sql::SESSION_LIST, [], session)?,
        provider_links: list(view, "provider_link", sql::PROVIDER_LINK_LIST, [], provider_link)?,
        answers: list(view, "answer", sql::ANSWER_LIST, [], asked)?,
        passkeys: passkey::passkeys(view)?,
        enrolments: passkey::enrolments(view)?,
        tokens: list(view, "token", sql::TOKEN_LIST, [], token)?,
    })
}

pub(crate) fn entries(
    view: View<'_>,
    organization: OrganizationId,
    first: u64,
    count: u64,
) -> Result<Vec<Entry>, StoreError> {
    let bounds = params![organization.as_bytes(), bounded(first), bounded(count)];
    list(view, "log_entry", sql::ENTRY_LIST, bounds, |reading| entry(organization, reading))
}

pub(crate) fn entries_referring(
    view: View<'_>,
    organization: OrganizationId,
    reference: u64,
    count: u64,
) -> Result<Vec<Entry>, StoreError> {
    let bounds = params![organization.as_bytes(), bounded(reference), bounded(count)];
    list(view, "log_entry", sql::ENTRY_LIST_REFERRING, bounds, |reading| entry(organization, reading))
}

pub(crate) fn entries_referring_last(
    view: View<'_>,
    organization: OrganizationId,
    reference: u64,
    count: u64,
) -> Result<Vec<Entry>, StoreError> {
    let bounds = params![organization.as_bytes(), bounded(reference), bounded(count)];
    list(view, "log_entry", sql::ENTRY_LIST_REFERRING_LAST, bounds, |reading| entry(organization, reading))
}

pub(crate) fn leaves(
    view: View<'_>,
    organization: OrganizationId,
    first: u64,
    count: u64,
) -> Result<Vec<Vec<u8>>, StoreError> {
    let bounds = params![organization.as_bytes(), bounded(first), bounded(count)];
    list(view, "log_entry", sql::LEAF_LIST, bounds, |reading| reading.get("leaf"))
}

/// Those who are erased, so that their keys can be seen to be gone.
pub(crate) fn subjects_erased(view: View<'_>) -> Result<Vec<SubjectId>, StoreError> {
    list(view, "subject", sql::SUBJECT_LIST_ERASED, [], |reading| {
        reading.get("id").map(SubjectId::from_bytes)
    })
}

/// Organizations of an import that did not come to its end.
pub(crate) fn staged(view: View<'_>) -> Result<Vec<OrganizationId>, StoreError> {
    list(view, "import_staged", sql::IMPORT_LIST_STAGED, [], |reading| {
        reading.get("organization").map(OrganizationId::from_bytes)
    })
}

/// Former security contacts and desk people who are erased.
pub(crate) fn people_erased(view: View<'_>) -> Result<Vec<Person>, StoreError> {
    list(view, "erased_person", sql::ERASED_PERSON_LIST, [], |reading| {
        let id = reading.get("id")?;
        reading.word("kind", |kind| match kind {
            row::CONTACT => Some(Person::Contact(ContactId::from_bytes(id))),
            row::DESK_PERSON => Some(Person::DeskPerson(DeskPersonId::from_bytes(id))),
            _ => None,
        })
    })
}

/// An organization, a place in its log, and the request of the entry there, as their columns have them.
pub(crate) type EntryColumns = ([u8; 16], i64, [u8; 16]);

/// An entry that refers to none and is still sealed under the key of this number.
pub(crate) fn erased_next(connection: &Connection, number: u32) -> Result<Option<EntryColumns>, StoreError> {
    let mut statement = connection.prepare_cached(sql::ERASED_NEXT).map_err(failed)?;
    let found = statement.query_row([number], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    found.optional().map_err(failed)
}

/// Whether anything is still sealed about a person.
pub(crate) fn is_something_left(
    connection: &Connection,
    seals: &Seals,
    person: Person,
) -> Result<bool, StoreError> {
    for number in seals.numbers(person) {
        if erased_next(connection, number)?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

pub(crate) fn first_about(view: View<'_>, person: Person) -> Result<Vec<(OrganizationId, u64)>, StoreError> {
    let mut first = BTreeMap::new();
    for number in view.seals.numbers(person) {
        let found = list(view, "log_entry", sql::ENTRY_FIRST_ABOUT, params![number], |reading| {
            Ok((OrganizationId::from_bytes(reading.get("organization")?), reading.number("place")?))
        })?;
        for (organization, place) in found {
            first
                .entry(organization)
                .and_modify(|known: &mut u64| *known = place.min(*known))
                .or_insert(place);
        }
    }
    Ok(first.into_iter().collect())
}

pub(crate) fn kept_about(
    view: View<'_>,
    organization: OrganizationId,
    person: Person,
) -> Result<Vec<u64>, StoreError> {
    let mut places = BTreeSet::new();
    for number in view.seals.numbers(person) {
        let about = params![organization.as_bytes(), number];
        let kept = list(view, "log_entry", sql::ENTRY_LIST_KEPT_ABOUT, about, |row| row.number("place"))?;
        places.extend(kept);
    }
    Ok(places.into_iter().collect())
}

pub(crate) fn entry_of_request(
    view: View<'_>,
    organization: OrganizationId,
    request: &[u8; 16],
) -> Result<Option<u64>, StoreError> {
    let key = params![organization.as_bytes(), request];
    one(view, "log_entry", sql::ENTRY_OF_REQUEST, key, |reading| reading.number("place"))
}

pub(crate) fn nodes(
    view: View<'_>,
    organization: OrganizationId,
    level: u8,
    first: u64,
    count: u64,
) -> Result<Vec<Hash>, StoreError> {
    let bounds = params![organization.as_bytes(), level, bounded(first), bounded(count)];
    list(view, "log_node", sql::NODE_LIST, bounds, |reading| reading.get("hash").map(Hash))
}

pub(crate) fn evidence(view: View<'_>, id: EvidenceId) -> Result<Option<EvidenceRow>, StoreError> {
    one(view, "evidence", sql::EVIDENCE_LOAD, params![id.as_bytes()], evidence_row)
}

pub(crate) fn evidence_old(
    view: View<'_>,
    until: Timestamp,
    count: u64,
) -> Result<Vec<OldEvidence>, StoreError> {
    let bounds = params![until.as_microsecond(), bounded(count)];
    list(view, "evidence", sql::EVIDENCE_OLD, bounds, |reading| {
        let id = EvidenceId::from_bytes(reading.get("id")?);
        Ok((id, OrganizationId::from_bytes(reading.get("organization")?), reading.get("about")?))
    })
}

/// As raw as it is: a record that cannot be read keeps people out, and is no reason to keep them in the dark.
fn freeze(reading: &Reading<'_>) -> Result<FreezeRow, StoreError> {
    let record = reading.get("record").unwrap_or_default();
    Ok(FreezeRow { id: FreezeId::from_bytes(reading.get("id")?), record })
}

fn message(reading: &Reading<'_>) -> Result<MessageRow, StoreError> {
    let id: [u8; 16] = reading.get("id")?;
    let sealed: Vec<u8> = reading.get("sealed")?;
    let plain = reading.seals.unseal(&Place::row("message", None, &id), &sealed);
    let content = plain.as_deref().and_then(row::read_message_content);
    let (known, text) = content.ok_or_else(|| reading.corrupt("sealed", &"it cannot be opened"))?;
    let mut known = known.into_iter();
    Ok(MessageRow {
        id: MessageId::from_bytes(id),
        way: reading.get("way")?,
        received_at: reading.instant("received_at")?,
        claimed: known.next().flatten().unwrap_or_default(),
        settled: known.next().flatten(),
        text,
    })
}

pub(crate) fn statements_due(
    view: View<'_>,
    month: Month,
    count: u64,
) -> Result<Vec<OrganizationId>, StoreError> {
    let bounds = params![month.end().as_microsecond(), month.number(), bounded(count)];
    list(view, "statement", sql::STATEMENT_DUE, bounds, |reading| {
        Ok(OrganizationId::from_bytes(reading.get("id")?))
    })
}

fn with_settings(view: View<'_>, row: OrganizationRow) -> Result<StoredOrganization, StoreError> {
    let id = *row.id.as_bytes();
    let domain = |reading: &Reading<'_>| reading.parse("domain");
    let domains = list(view, "mail_domain", sql::MAIL_DOMAIN_LIST, params![id], domain)?;
    let notices = one(view, "notice_address", sql::NOTICE_ADDRESS_LOAD, params![id], notices)?;
    let notices = notices.unwrap_or_default();
    let row = OrganizationRow { domains: domains.into_iter().collect(), notices, ..row };
    Ok(StoredOrganization {
        setting: one(view, "support_access", sql::SETTING_LOAD, params![id], setting)?,
        contacts: list(view, "contact", sql::CONTACT_LIST, params![id], contact)?
            .into_iter()
            .flatten()
            .collect(),
        head: one(view, "log_head", sql::HEAD_LOAD, params![id], head)?,
        row,
    })
}

fn organization(reading: &Reading<'_>) -> Result<OrganizationRow, StoreError> {
    Ok(OrganizationRow {
        id: OrganizationId::from_bytes(reading.get("id")?),
        slug: reading.parse("slug")?,
        name: reading.parse("name")?,
        log: LogId::from_bytes(reading.get("log")?),
        created_at: reading.instant("created_at")?,
        domains: BTreeSet::new(),
        notices: Notices::default(),
    })
}

fn notices(reading: &Reading<'_>) -> Result<Notices, StoreError> {
    let id: [u8; 16] = reading.get("organization")?;
    let place = Place::row("notice_address", Some(OrganizationId::from_bytes(id)), &id);
    let texts = reading.texts::<7>(&place)?;
    // Left out, nobody would learn that nobody is told there any more.
    let [asks, texts @ ..] = texts.ok_or_else(|| reading.corrupt("sealed", &"it cannot be opened"))?;
    let all =
        |texts: &[Option<String>]| texts.iter().flatten().map(|text| reading.of_text(Some(text))).collect();
    let (addresses, asked) = texts.split_at(NOTICES_MAX);
    Ok(Notices { addresses: all(addresses)?, asked: asks.map(|_| all(asked)).transpose()? })
}

fn copied_at(reading: &Reading<'_>) -> Result<Option<Timestamp>, StoreError> {
    let at: Option<i64> = reading.get("copied_at")?;
    at.map(|_| reading.instant("copied_at")).transpose()
}

/// As raw as it is: a setting that cannot be read closes its organization, and only that.
fn setting(reading: &Reading<'_>) -> Result<SettingRow, StoreError> {
    Ok(SettingRow {
        epoch: reading.get::<i64>("epoch")?.cast_unsigned(),
        state: reading.get("state")?,
        record: reading.get("record")?,
    })
}

fn head(reading: &Reading<'_>) -> Result<Head, StoreError> {
    let peaks: Vec<u8> = reading.get("peaks")?;
    let peaks = peaks.chunks(32).map(|chunk| chunk.try_into().map(Hash));
    Ok(Head {
        size: reading.number("size")?,
        peaks: peaks.collect::<Result<_, _>>().map_err(|why| reading.corrupt("peaks", &why))?,
        signature: reading.get("signature")?,
    })
}

/// `None` where it cannot be opened. The log names the contacts; with its keys gone nothing of it holds.
fn contact(reading: &Reading<'_>) -> Result<Option<SecurityContact>, StoreError> {
    let id: [u8; 16] = reading.get("id")?;
    let organization = OrganizationId::from_bytes(reading.get("organization")?);
    let place = Place::row("contact", Some(organization), &id);
    let Some([name, email, phone]) = reading.texts(&place)? else { return Ok(None) };
    Ok(Some(SecurityContact {
        id: ContactId::from_bytes(id),
        organization,
        name: reading.of_text(name.as_ref())?,
        email: reading.of_text(email.as_ref())?,
        phone: reading.of_text(phone.as_ref())?,
        key: reading.get::<Option<[u8; 32]>>("key")?.map(PublicKey),
        // Only the log knows; without it nobody is known long enough to enable.
        since_epoch: u64::MAX,
        number_since: Timestamp::MAX,
        from_contract: false,
        calls: Vec::new(),
    }))
}

/// `None` where nothing can be read: they are erased, or their key is gone.
fn subject(reading: &Reading<'_>) -> Result<(SubjectId, Option<Subject>), StoreError> {
    let id: [u8; 16] = reading.get("id")?;
    let (known, kind) = (SubjectId::from_bytes(id), reading.word("kind", row::read_subject_kind)?);
    let Some([name, email, employer]) = reading.texts(&Place::row("subject", None, &id))? else {
        return Ok((known, None));
    };
    let (name, email) = (reading.of_text(name.as_ref())?, reading.of_text(email.as_ref())?);
    let employer = reading.of_text(employer.as_ref())?;
    Ok((known, Some(Subject { id: known, kind, name, email, employer })))
}

/// One that cannot be read is not left out: the configuration would put the same person there anew, under another id, and
/// whoever prepared something could approve it as somebody else.
fn desk_person(reading: &Reading<'_>) -> Result<DeskPerson, StoreError> {
    let id: [u8; 16] = reading.get("id")?;
    let texts = reading.texts(&Place::row("desk_person", None, &id))?;
    let [name, email] = texts.ok_or_else(|| reading.corrupt("sealed", &"it cannot be opened"))?;
    Ok(DeskPerson {
        id: DeskPersonId::from_bytes(id),
        name: reading.of_text(name.as_ref())?,
        email: reading.of_text(email.as_ref())?,
        // Keys come from the configuration and count as the logs name them.
        key: None,
        shows_passkey: reading.get("shows_passkey")?,
    })
}

fn tool(reading: &Reading<'_>) -> Result<Tool, StoreError> {
    let assets: String = reading.get("assets")?;
    Ok(Tool {
        id: ToolId::from_bytes(reading.get("id")?),
        slug: reading.parse("slug")?,
        name: reading.parse("name")?,
        upstream: reading.get("upstream")?,
        isolation: reading.word("isolation", row::read_isolation)?,
        reason: reading.word("reason", row::read_requirement)?,
        case: reading.word("case_number", row::read_requirement)?,
        assets: serde_json::from_str(&assets).map_err(|why| reading.corrupt("assets", &why))?,
    })
}

fn evidence_row(reading: &Reading<'_>) -> Result<EvidenceRow, StoreError> {
    let id: [u8; 16] = reading.get("id")?;
    let organization = OrganizationId::from_bytes(reading.get("organization")?);
    let sealed: Vec<u8> = reading.get("sealed")?;
    let bytes = reading.seals.unseal(&Place::row("evidence", Some(organization), &id), &sealed);
    Ok(EvidenceRow {
        id: EvidenceId::from_bytes(id),
        organization,
        about: reading.get("about")?,
        media_type: reading.get("media_type")?,
        created_at: reading.instant("created_at")?,
        bytes: bytes.ok_or_else(|| reading.corrupt("sealed", &"it is not what was stored"))?,
    })
}

fn outbox(reading: &Reading<'_>) -> Result<OutboxRow, StoreError> {
    Ok(OutboxRow {
        request: RequestId::from_bytes(reading.get("request")?),
        organization: OrganizationId::from_bytes(reading.get("organization")?),
        record: reading.get("record")?,
    })
}

fn asked(reading: &Reading<'_>) -> Result<(Asked, bool), StoreError> {
    let asked = Asked {
        id: OnceId(reading.get("id")?),
        token: TokenId::from_bytes(reading.get("token")?),
        request: reading.get("request")?,
        at: reading.instant("at")?,
    };
    Ok((asked, reading.get("answered")?))
}

/// What was answered; none where it cannot be opened.
pub(crate) fn answer(view: View<'_>, id: OnceId) -> Result<Option<Vec<u8>>, StoreError> {
    let found = one(view, "answer", sql::ANSWER_LOAD, params![id.0], |reading| {
        let sealed: Option<Vec<u8>> = reading.get("sealed")?;
        Ok(sealed.and_then(|sealed| reading.seals.unseal(&Place::row("answer", None, &id.0), &sealed)))
    });
    Ok(found?.flatten())
}

fn token(reading: &Reading<'_>) -> Result<Token, StoreError> {
    let id: [u8; 16] = reading.get("id")?;
    let holder: Vec<u8> = reading.get("holder")?;
    // Without its name it can still be told from others, and revoked.
    let [name] = reading.texts(&Place::row("token", None, &id))?.unwrap_or_default();
    Ok(Token {
        id: TokenId::from_bytes(id),
        hash: reading.get("hash")?,
        holder: reading.word("holder_kind", |kind| row::read_holder(kind, &holder))?,
        name: reading.of_optional(name.as_ref())?,
        bounds: Bounds { scopes: reading.parse("scopes")?, expires_at: reading.instant("expires_at")? },
        created_at: reading.instant("created_at")?,
        used_on: reading.optional_instant("used_on")?,
        revoked_at: reading.optional_instant("revoked_at")?,
    })
}

fn entry(organization: OrganizationId, reading: &Reading<'_>) -> Result<Entry, StoreError> {
    let index = reading.number("place")?;
    let person: Option<u32> = reading.get("person")?;
    let kept = match reading.get::<Option<Vec<u8>>>("sealed")? {
        None => Kept::Erased,
        // Not cleared yet, and gone all the same. Whether by right the log says, as where it is cleared.
        Some(_) if person.is_some_and(|number| reading.seals.is_destroyed(number)) => Kept::Erased,
        Some(sealed) => opened(reading.seals.unseal(&Place::entry(organization, index), &sealed)),
    };
    Ok(Entry {
        index,
        request: reading.get("request")?,
        reference: reading.get::<Option<i64>>("reference")?.map(i64::cast_unsigned),
        leaf: reading.get("leaf")?,
        person: person.and_then(|number| reading.seals.person(number)),
        kept,
    })
}

fn opened(plain: Option<Vec<u8>>) -> Kept {
    let parts = plain.as_deref().and_then(<[u8]>::split_first_chunk);
    parts.map_or(Kept::Unreadable, |(salt, payload)| Kept::Whole { salt: *salt, payload: payload.to_vec() })
}

pub(crate) fn list<T>(
    view: View<'_>,
    table: &'static str,
    text: &str,
    params: impl Params,
    read: impl Fn(&Reading<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = view.connection.prepare_cached(text).map_err(failed)?;
    let mut rows = statement.query(params).map_err(failed)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        found.push(read(&Reading { table, row, seals: view.seals })?);
    }
    Ok(found)
}

fn one<T>(
    view: View<'_>,
    table: &'static str,
    text: &str,
    params: impl Params,
    read: impl Fn(&Reading<'_>) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    Ok(list(view, table, text, params, read)?.into_iter().next())
}

/// Beyond what the database can count there is nothing.
fn bounded(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
