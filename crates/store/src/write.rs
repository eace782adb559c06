//! The one write path: a batch, whole, in one transaction.

mod credentials;

use std::collections::BTreeSet;

use byleave_app::credentials::Holder;
use byleave_app::notice_addresses::Notices;
use byleave_app::once::Asked;
use byleave_app::ports::{
    Append, Batch, Change, Entry, EvidenceRow, FreezeRow, Kept, LetterRow, MailRow, MessageRow,
    OrganizationRow, OutboxRow, Person, SettingRow, StoreError, ThreadRow, VisitRow,
};
use byleave_app::tokens::Token;
use byleave_domain::contact::SecurityContact;
use byleave_domain::ids::{ContactId, OrganizationId, SubjectId};
use byleave_domain::subject::{DeskPerson, Subject};
use byleave_domain::text::MailDomain;
use byleave_fail_point::fail_point;
use byleave_tlog::Hash;
use credentials::{put_credential, put_provider_link, put_session, remove_provider_link};
use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode, Params, Transaction, TransactionBehavior, params};

use crate::passkey::{put_enrolment, put_passkey};
use crate::read::{self, View};
use crate::row;
use crate::seal::{Concerned, Place, Seals};
use crate::sql;

/// Most entries that are cleared in one transaction at a start.
const CLEARED_AT_ONCE: u64 = 10_000;

pub(crate) fn commit(connection: &mut Connection, seals: &Seals, batch: &Batch) -> Result<(), StoreError> {
    // Nothing has begun when somebody else holds the file, so nothing is unknown.
    let busy = |why: rusqlite::Error| match why.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Refused(why.to_string()),
        _ => failed(why),
    };
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(busy)?;
    // Changes first: an organization's row stands before its first entry.
    for change in &batch.changes {
        apply(&transaction, seals, change)?;
    }
    for append in &batch.appends {
        add(&transaction, seals, append)?;
    }
    fail_point("commit.before");
    transaction.commit().map_err(failed)?;
    fail_point("commit.after");
    Ok(())
}

fn add(transaction: &Transaction<'_>, seals: &Seals, append: &Append) -> Result<(), StoreError> {
    let id = append.organization.as_bytes();
    if let Some(epoch) = append.admits_under {
        admits(transaction, append.organization, epoch)?;
    }
    for entry in &append.entries {
        insert(transaction, seals, append.organization, entry)?;
    }
    for node in &append.nodes {
        run(transaction, sql::NODE_INSERT, params![id, node.level, signed(node.index)?, node.hash.0])?;
    }
    let peaks = append.head.peaks.iter().flat_map(|Hash(bytes)| bytes).copied().collect::<Vec<u8>>();
    let size = signed(append.head.size)?;
    let moved = if append.size_before == 0 {
        run(transaction, sql::HEAD_INSERT, params![id, size, peaks, append.head.signature])?
    } else {
        let before = signed(append.size_before)?;
        run(transaction, sql::HEAD_MOVE, params![size, peaks, append.head.signature, id, before])?
    };
    // Compare and swap: the log is as long as the writer believes, or nothing is written.
    if moved == 1 {
        Ok(())
    } else {
        Err(StoreError::Failed("the log's stored head is not the one known".into()))
    }
}

fn insert(
    transaction: &Transaction<'_>,
    seals: &Seals,
    organization: OrganizationId,
    entry: &Entry,
) -> Result<usize, StoreError> {
    let Kept::Whole { salt, payload } = &entry.kept else {
        return Err(StoreError::Refused("an entry is written with its payload".into()));
    };
    let (concerned, place) =
        (Concerned::organization(organization, entry.person), Place::entry(organization, entry.index));
    let sealed = seals.seal(concerned, &place, &[salt.as_slice(), payload].concat())?;
    run(
        transaction,
        sql::ENTRY_INSERT,
        params![
            organization.as_bytes(),
            signed(entry.index)?,
            entry.request,
            entry.reference.map(signed).transpose()?,
            entry.leaf,
            entry.person.map(|person| seals.number(person)).transpose()?,
            sealed
        ],
    )
}

/// S3: the transaction that records an access is the one that asks the setting.
fn admits(transaction: &Transaction<'_>, organization: OrganizationId, epoch: u64) -> Result<(), StoreError> {
    let found: i64 = transaction
        .prepare_cached(sql::SETTING_ADMITS)
        .and_then(|mut s| {
            s.query_row(params![organization.as_bytes(), epoch.cast_signed()], |row| row.get(0))
        })
        .map_err(failed)?;
    if found == 1 { Ok(()) } else { Err(StoreError::NotAdmitted(organization)) }
}

fn apply(transaction: &Transaction<'_>, seals: &Seals, change: &Change) -> Result<(), StoreError> {
    match change {
        Change::OrganizationCreated(o) => create_organization(transaction, seals, o),
        Change::ImportStaged(organizations) => {
            each(organizations, |id| run(transaction, sql::IMPORT_STAGE, params![id.as_bytes()]))
        }
        Change::ImportMade => run(transaction, sql::IMPORT_MAKE, []),
        Change::ImportDropped(organizations) => each(organizations, |id| drop_staged(transaction, *id)),
        Change::MailDomainsPut { organization, domains } => {
            run(transaction, sql::MAIL_DOMAIN_DELETE, params![organization.as_bytes()])?;
            insert_domains(transaction, *organization, domains)
        }
        Change::NoticesPut { organization, notices } => {
            put_notices(transaction, seals, *organization, notices)
        }
        Change::ContactsPut { organization, contacts } => {
            put_contacts(transaction, seals, *organization, contacts)
        }
        Change::SubjectCreated(subject) => create_subject(transaction, seals, subject),
        Change::SubjectErased { subject, at } => {
            run(transaction, sql::SUBJECT_ERASE, params![at.as_microsecond(), subject.as_bytes()])
        }
        Change::ErasedCleared { subject, most } => clear(transaction, seals, *subject, *most),
        Change::ContactErased(contact) => {
            run(transaction, sql::LETTER_DELETE_TO, params![contact.as_bytes()])?;
            run(transaction, sql::ERASED_PERSON_INSERT, params![contact.as_bytes(), row::CONTACT])
        }
        Change::DeskPersonErased(person) => {
            run(transaction, sql::DESK_PERSON_DELETE, params![person.as_bytes()])?;
            run(transaction, sql::ERASED_PERSON_INSERT, params![person.as_bytes(), row::DESK_PERSON])
        }
        Change::EntriesErased { organization, places } => {
            for place in places {
                let at = params![organization.as_bytes(), signed(*place)?];
                run(transaction, sql::ERASED_CLEAR_ENTRY, at)?;
            }
            Ok(places.len())
        }
        Change::DeskPersonPut(person) => put_desk_person(transaction, seals, person),
        Change::ToolCreated(t) => run(
            transaction,
            sql::TOOL_INSERT,
            params![
                t.id.as_bytes(),
                t.slug.as_str(),
                t.name.as_str(),
                t.upstream,
                row::isolation(&t.isolation),
                row::requirement(t.reason),
                row::requirement(t.case),
                serde_json::Value::from(t.assets.clone()).to_string()
            ],
        ),
        Change::SettingPut { organization, expected, setting } => {
            put_setting(transaction, *organization, expected.as_ref(), setting)
        }
        Change::OutboxPut(OutboxRow { request, organization, record }) => {
            run(transaction, sql::OUTBOX_INSERT, params![request.as_bytes(), organization.as_bytes(), record])
        }
        Change::OutboxTaken(request) => run(transaction, sql::OUTBOX_DELETE, params![request.as_bytes()]),
        Change::EvidencePut(evidence) => put_evidence(transaction, seals, evidence),
        Change::EvidenceErased(id) => run(transaction, sql::EVIDENCE_DELETE, params![id.as_bytes()]),
        Change::MessagePut(message) => put_message(transaction, seals, message),
        Change::MessagesErased(until) => {
            run(transaction, sql::MESSAGE_DELETE_OLD, params![until.as_microsecond()])?;
            run(transaction, sql::MAIL_DELETE_OLD, params![until.as_microsecond()])
        }
        Change::MailPut(mail) => put_mail(transaction, seals, mail),
        Change::MailJoined { id, request, record } => {
            let record =
                seals.seal(Concerned::deployment(), &Place::row("mail", None, id.as_bytes()), record)?;
            run(transaction, sql::MAIL_JOIN, params![request.as_bytes(), record, id.as_bytes()])
        }
        Change::MailDismissed(id) => run(transaction, sql::MAIL_DISMISS, params![id.as_bytes()]),
        Change::MailTrimmed { disposition, keep } => {
            run(transaction, sql::MAIL_TRIM, params![disposition, signed(*keep)?])
        }
        Change::LetterPut(letter) => put_letter(transaction, seals, letter),
        Change::StatementPut(organization, month) => {
            run(transaction, sql::STATEMENT_INSERT, params![organization.as_bytes(), month.number()])
        }
        Change::LettersErased(until) => {
            run(transaction, sql::LETTER_DELETE_OLD, params![until.as_microsecond()])
        }
        Change::ThreadPut(thread) => put_thread(transaction, seals, thread),
        Change::FreezePut(FreezeRow { id, record }) => {
            run(transaction, sql::FREEZE_PUT, params![id.as_bytes(), record])
        }
        Change::VisitPut(visit) => put_visit(transaction, seals, visit),
        Change::CredentialPut(credential) => put_credential(transaction, credential),
        Change::CredentialRemoved(hash) => run(transaction, sql::CREDENTIAL_DELETE, params![hash]),
        Change::SessionPut(session) => put_session(transaction, session),
        Change::SessionRemoved(id) => run(transaction, sql::SESSION_DELETE, params![id.as_bytes()]),
        Change::ProviderLinkPut(link) => put_provider_link(transaction, link),
        Change::ProviderLinkRemoved(holder) => remove_provider_link(transaction, holder),
        Change::TokenPut(token) => put_token(transaction, seals, token),
        Change::PasskeyPut(passkey) => put_passkey(transaction, seals, passkey),
        Change::PasskeyRemoved(id) => run(transaction, sql::PASSKEY_DELETE, params![id.as_bytes()]),
        Change::EnrolmentPut(enrolment) => put_enrolment(transaction, enrolment),
        Change::EnrolmentRemoved(hash) => run(transaction, sql::ENROLMENT_DELETE, params![hash]),
        Change::AnswerPut(asked, answer) => put_answer(transaction, seals, asked, answer.as_deref()),
        Change::AnswerRemoved(id) => run(transaction, sql::ANSWER_DELETE, params![id.0]),
        Change::TokenRemoved(id) => run(transaction, sql::TOKEN_DELETE, params![id.as_bytes()]),
    }
    .map(|_| ())
}

fn create_organization(
    transaction: &Transaction<'_>,
    seals: &Seals,
    o: &OrganizationRow,
) -> Result<usize, StoreError> {
    let (id, created_at) = (o.id.as_bytes(), o.created_at.as_microsecond());
    let row = params![id, o.slug.as_str(), o.name.as_str(), o.log.as_bytes(), created_at];
    run(transaction, sql::ORGANIZATION_INSERT, row)?;
    if o.notices != Notices::default() {
        put_notices(transaction, seals, o.id, &o.notices)?;
    }
    insert_domains(transaction, o.id, &o.domains)
}

/// Also where there are none any more: what was there before is gone with it.
fn put_notices(
    transaction: &Transaction<'_>,
    seals: &Seals,
    organization: OrganizationId,
    notices: &Notices,
) -> Result<usize, StoreError> {
    let place = Place::row("notice_address", Some(organization), organization.as_bytes());
    let texts = row::notice_texts(notices);
    let sealed = seals.seal(Concerned::organization(organization, None), &place, &texts)?;
    run(transaction, sql::NOTICE_ADDRESS_PUT, params![organization.as_bytes(), sealed])
}

fn each(
    organizations: &[OrganizationId],
    mut change: impl FnMut(&OrganizationId) -> Result<usize, StoreError>,
) -> Result<usize, StoreError> {
    organizations.iter().try_fold(0, |all, id| Ok(all + change(id)?))
}

/// What an import has written of an organization goes; what is no import's stays, since its log is never removed.
fn drop_staged(transaction: &Transaction<'_>, id: OrganizationId) -> Result<usize, StoreError> {
    for statement in [
        sql::IMPORT_DROP_ENTRIES,
        sql::IMPORT_DROP_NODES,
        sql::IMPORT_DROP_HEAD,
        sql::IMPORT_DROP_SETTING,
        sql::MAIL_DOMAIN_DELETE,
        sql::NOTICE_ADDRESS_DELETE,
        sql::IMPORT_DROP_ORGANIZATION,
        sql::IMPORT_DROP,
    ] {
        run(transaction, statement, params![id.as_bytes()])?;
    }
    Ok(1)
}

/// Clears what an import left that did not come to its end.
pub(crate) fn drop_all_staged(connection: &mut Connection, seals: &Seals) -> Result<(), StoreError> {
    let staged = read::staged(View { connection, seals })?;
    if !staged.is_empty() {
        commit(
            connection,
            seals,
            &Batch { changes: vec![Change::ImportDropped(staged)], ..Batch::default() },
        )?;
    }
    Ok(())
}

fn insert_domains(
    transaction: &Transaction<'_>,
    organization: OrganizationId,
    domains: &BTreeSet<MailDomain>,
) -> Result<usize, StoreError> {
    for domain in domains {
        let row = params![organization.as_bytes(), domain.as_str()];
        run(transaction, sql::MAIL_DOMAIN_INSERT, row)?;
    }
    Ok(domains.len())
}

fn put_setting(
    transaction: &Transaction<'_>,
    organization: OrganizationId,
    expected: Option<&SettingRow>,
    setting: &SettingRow,
) -> Result<usize, StoreError> {
    let id = organization.as_bytes();
    if let Some(before) = expected {
        let found: i64 = transaction
            .prepare_cached(sql::SETTING_IS)
            .and_then(|mut s| {
                s.query_row(params![id, before.epoch.cast_signed(), before.state, before.record], |row| {
                    row.get(0)
                })
            })
            .map_err(failed)?;
        if found != 1 {
            return Err(StoreError::NotAdmitted(organization));
        }
    }
    run(transaction, sql::SETTING_PUT, params![id, signed(setting.epoch)?, setting.state, setting.record])
}

/// The rows serve lists, and a log that does not hold; whose word counts is what the log says.
fn put_contacts(
    transaction: &Transaction<'_>,
    seals: &Seals,
    organization: OrganizationId,
    contacts: &[SecurityContact],
) -> Result<usize, StoreError> {
    run(transaction, sql::CONTACT_DELETE, params![organization.as_bytes()])?;
    for c in contacts {
        let concerned = Concerned::organization(organization, Some(Person::Contact(c.id)));
        let place = Place::row("contact", Some(organization), c.id.as_bytes());
        let texts = row::texts(&[Some(c.name.as_str()), Some(c.email.as_str()), Some(c.phone.as_str())]);
        let sealed = seals.seal(concerned, &place, &texts)?;
        let key = c.key.map(|key| key.0);
        let row = params![c.id.as_bytes(), organization.as_bytes(), key, sealed];
        run(transaction, sql::CONTACT_INSERT, row)?;
    }
    Ok(contacts.len())
}

fn create_subject(
    transaction: &Transaction<'_>,
    seals: &Seals,
    subject: &Subject,
) -> Result<usize, StoreError> {
    let Subject { id, kind, name, email, employer } = subject;
    let texts = row::texts(&[Some(name.as_str()), Some(email.as_str()), Some(employer.as_str())]);
    let concerned = Concerned::person(Person::Subject(*id));
    let sealed = seals.seal(concerned, &Place::row("subject", None, id.as_bytes()), &texts)?;
    run(transaction, sql::SUBJECT_INSERT, params![id.as_bytes(), row::subject_kind(*kind), sealed])
}

/// Clears what is left of somebody erased, at most `most` entries: visit by visit, and what begins one only when all below it
/// is gone, so that what is left is found again.
fn clear(
    transaction: &Transaction<'_>,
    seals: &Seals,
    subject: SubjectId,
    most: u64,
) -> Result<usize, StoreError> {
    let mut left = usize::try_from(most).unwrap_or(usize::MAX);
    for number in seals.numbers(Person::Subject(subject)) {
        while let Some((organization, place, request)) = read::erased_next(transaction, number)? {
            let below = params![organization, place, number, i64::try_from(left).unwrap_or(i64::MAX)];
            left -= run(transaction, sql::ERASED_CLEAR_BELOW, below)?;
            if left == 0 {
                return Ok(0);
            }
            run(transaction, sql::ERASED_CLEAR_ENTRY, params![organization, place])?;
            run(transaction, sql::ERASED_CLEAR_VISIT, params![request, subject.as_bytes()])?;
            left -= 1;
        }
    }
    Ok(0)
}

/// Clears what a crash left of somebody erased.
pub(crate) fn clear_all(
    connection: &mut Connection,
    seals: &Seals,
    subject: SubjectId,
) -> Result<(), StoreError> {
    while read::is_something_left(connection, seals, Person::Subject(subject))? {
        let most = Change::ErasedCleared { subject, most: CLEARED_AT_ONCE };
        commit(connection, seals, &Batch { changes: vec![most], ..Batch::default() })?;
    }
    Ok(())
}

fn put_desk_person(
    transaction: &Transaction<'_>,
    seals: &Seals,
    person: &DeskPerson,
) -> Result<usize, StoreError> {
    let place = Place::row("desk_person", None, person.id.as_bytes());
    let texts = row::texts(&[Some(person.name.as_str()), Some(person.email.as_str())]);
    let sealed = seals.seal(Concerned::person(Person::DeskPerson(person.id)), &place, &texts)?;
    run(transaction, sql::DESK_PERSON_PUT, params![person.id.as_bytes(), sealed, person.shows_passkey])
}

fn put_evidence(
    transaction: &Transaction<'_>,
    seals: &Seals,
    row: &EvidenceRow,
) -> Result<usize, StoreError> {
    let place = Place::row("evidence", Some(row.organization), row.id.as_bytes());
    let sealed = seals.seal(Concerned::organization(row.organization, None), &place, &row.bytes)?;
    run(
        transaction,
        sql::EVIDENCE_INSERT,
        params![
            row.id.as_bytes(),
            row.organization.as_bytes(),
            row.about,
            row.media_type,
            row.created_at.as_microsecond(),
            sealed
        ],
    )
}

fn put_message(transaction: &Transaction<'_>, seals: &Seals, row: &MessageRow) -> Result<usize, StoreError> {
    let plain = row::message_content(&row.claimed, row.settled.as_deref(), &row.text);
    let place = Place::row("message", None, row.id.as_bytes());
    let sealed = seals.seal(Concerned::deployment(), &place, &plain)?;
    let (id, settled) = (row.id.as_bytes(), row.settled.is_some());
    run(
        transaction,
        sql::MESSAGE_PUT,
        params![id, row.way, row.received_at.as_microsecond(), settled, sealed],
    )
}

fn put_mail(transaction: &Transaction<'_>, seals: &Seals, row: &MailRow) -> Result<usize, StoreError> {
    let seal = |part: &str, plain: &[u8]| {
        seals.seal(Concerned::deployment(), &Place::row(part, None, row.id.as_bytes()), plain)
    };
    let record = seal("mail", &row.record)?;
    let raw = row.raw.as_deref().map(|raw| seal("mail raw", raw)).transpose()?;
    run(
        transaction,
        sql::MAIL_PUT,
        params![
            row.id.as_bytes(),
            row.received_at.as_microsecond(),
            row.identifier,
            row.body,
            row.proven,
            row.disposition,
            row.held,
            row.change_request.map(|id| *id.as_bytes()),
            signed(row.size)?,
            record,
            raw
        ],
    )
}

fn put_letter(transaction: &Transaction<'_>, seals: &Seals, row: &LetterRow) -> Result<usize, StoreError> {
    let concerned = Concerned::organization(row.organization, row.contact.map(Person::Contact));
    let place = Place::row("letter", Some(row.organization), row.id.as_bytes());
    let sealed = seals.seal(concerned, &place, &row.content)?;
    run(
        transaction,
        sql::LETTER_PUT,
        params![
            row.id.as_bytes(),
            signed(row.place)?,
            row.organization.as_bytes(),
            row.contact.as_ref().map(ContactId::as_bytes),
            row.written_at.as_microsecond(),
            row.state.as_str(),
            row.attempts,
            row.next_at.as_microsecond(),
            row.settled_at.map(Timestamp::as_microsecond),
            sealed
        ],
    )
}

fn put_thread(transaction: &Transaction<'_>, seals: &Seals, row: &ThreadRow) -> Result<usize, StoreError> {
    let place = Place::row("letter_thread", Some(row.organization), row.change_request.as_bytes());
    let concerned = Concerned::organization(row.organization, None);
    let sealed = seals.seal(concerned, &place, row.message_id.as_bytes())?;
    let (id, organization) = (row.change_request.as_bytes(), row.organization.as_bytes());
    run(transaction, sql::THREAD_PUT, params![id, organization, row.answered, sealed])
}

fn put_visit(transaction: &Transaction<'_>, seals: &Seals, row: &VisitRow) -> Result<usize, StoreError> {
    let visit = &row.visit;
    let concerned = Concerned::organization(visit.organization, Some(Person::Subject(visit.subject)));
    let place = Place::row("visit", Some(visit.organization), visit.id.as_bytes());
    let stated = [visit.reason.as_ref().map(|r| r.as_str()), visit.case.as_ref().map(|c| c.as_str())];
    let sealed = seals.seal(concerned, &place, &row::texts(&stated))?;
    run(
        transaction,
        sql::VISIT_PUT,
        params![
            visit.id.as_bytes(),
            visit.organization.as_bytes(),
            visit.tool.as_bytes(),
            visit.subject.as_bytes(),
            sealed,
            signed(visit.epoch)?,
            visit.opened_at.as_microsecond(),
            signed(row.entry)?,
            visit.used_at.as_microsecond(),
            signed(row.requests)?,
            signed(row.assets)?,
            signed(row.bytes_down)?,
            visit.ended.map(|(at, _)| at.as_microsecond()),
            visit.ended.map(|(_, end)| end.as_str()),
            row.stopped_by.map(|by| *by.as_bytes())
        ],
    )
}

fn put_token(transaction: &Transaction<'_>, seals: &Seals, token: &Token) -> Result<usize, StoreError> {
    let (kind, holder) = row::holder(&token.holder);
    let concerned = match token.holder {
        Holder::Admin => Concerned::deployment(),
        Holder::DeskPerson(id) => Concerned::person(Person::DeskPerson(id)),
        Holder::Contact(id) => Concerned::person(Person::Contact(id)),
        Holder::Subject(id) => Concerned::person(Person::Subject(id)),
        Holder::Organization(id) => Concerned::organization(id, None),
    };
    let place = Place::row("token", None, token.id.as_bytes());
    let name = token.name.as_ref().map(|name| row::texts(&[Some(name.as_str())]));
    let sealed = name.map(|name| seals.seal(concerned, &place, &name)).transpose()?;
    run(
        transaction,
        sql::TOKEN_PUT,
        params![
            token.id.as_bytes(),
            token.hash,
            kind,
            holder,
            token.bounds.scopes.to_string(),
            token.created_at.as_microsecond(),
            token.bounds.expires_at.as_microsecond(),
            token.used_on.map(|day| day.as_microsecond()),
            token.revoked_at.map(|at| at.as_microsecond()),
            sealed
        ],
    )
}

fn put_answer(
    transaction: &Transaction<'_>,
    seals: &Seals,
    asked: &Asked,
    answer: Option<&[u8]>,
) -> Result<usize, StoreError> {
    let place = Place::row("answer", None, &asked.id.0);
    let seal = |answer| seals.seal(Concerned::deployment(), &place, answer);
    let sealed = answer.map(seal).transpose()?;
    let row = params![asked.id.0, asked.token.as_bytes(), asked.request, asked.at.as_microsecond(), sealed];
    run(transaction, sql::ANSWER_PUT, row)
}

pub(crate) fn run(
    transaction: &Transaction<'_>,
    text: &str,
    params: impl Params,
) -> Result<usize, StoreError> {
    transaction
        .prepare_cached(text)
        .and_then(|mut statement| statement.execute(params))
        .map_err(|why| taken(&why).unwrap_or_else(|| failed(why)))
}

pub(crate) fn signed(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number).map_err(|why| StoreError::Failed(why.into()))
}

/// A constraint rolls the batch back, so nothing is unknown: a name in use is an answer to the caller, anything else a
/// refusal of this one batch.
fn taken(why: &rusqlite::Error) -> Option<StoreError> {
    let rusqlite::Error::SqliteFailure(code, message) = why else { return None };
    if code.code != ErrorCode::ConstraintViolation {
        return None;
    }
    let message = message.clone().unwrap_or_default();
    Some(match message.strip_prefix("UNIQUE constraint failed: ") {
        Some("organization.slug" | "tool.slug") => StoreError::Taken { what: "slug" },
        _ => StoreError::Refused(message),
    })
}

pub(crate) fn failed(why: rusqlite::Error) -> StoreError {
    StoreError::Failed(Box::new(why))
}
