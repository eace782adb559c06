//! The one write path: a batch, whole, in one transaction.

use byleave_app::credentials::Credential;
use byleave_app::ports::{
    Append, Batch, Change, EvidenceRow, FreezeRow, OutboxRow, SettingRow, StoreError, VisitRow,
};
use byleave_domain::contact::SecurityContact;
use byleave_domain::ids::OrganizationId;
use byleave_tlog::Hash;
use rusqlite::{Connection, ErrorCode, Params, Transaction, TransactionBehavior, params};

use crate::row;
use crate::sql;

pub(crate) fn commit(connection: &mut Connection, batch: &Batch) -> Result<(), StoreError> {
    // Nothing has begun when somebody else holds the file, so nothing is unknown.
    let busy = |why: rusqlite::Error| match why.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Refused(why.to_string()),
        _ => failed(why),
    };
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(busy)?;
    // Changes first: an organization's row stands before its first entry.
    for change in &batch.changes {
        apply(&transaction, change)?;
    }
    for append in &batch.appends {
        add(&transaction, append)?;
    }
    transaction.commit().map_err(failed)
}

fn add(transaction: &Transaction<'_>, append: &Append) -> Result<(), StoreError> {
    let id = append.organization.as_bytes();
    if let Some(epoch) = append.admits_under {
        admits(transaction, append.organization, epoch)?;
    }
    for entry in &append.entries {
        run(
            transaction,
            sql::ENTRY_INSERT,
            params![
                id,
                signed(entry.index)?,
                entry.request,
                entry.reference.map(signed).transpose()?,
                entry.leaf,
                entry.salt,
                entry.payload
            ],
        )?;
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

fn apply(transaction: &Transaction<'_>, change: &Change) -> Result<(), StoreError> {
    match change {
        Change::OrganizationCreated(o) => run(
            transaction,
            sql::ORGANIZATION_INSERT,
            params![
                o.id.as_bytes(),
                o.slug.as_str(),
                o.name.as_str(),
                o.log.as_bytes(),
                o.created_at.as_microsecond()
            ],
        ),
        Change::ContactsPut { organization, contacts } => put_contacts(transaction, *organization, contacts),
        Change::SubjectCreated(s) => run(
            transaction,
            sql::SUBJECT_INSERT,
            params![
                s.id.as_bytes(),
                row::subject_kind(s.kind),
                s.name.as_str(),
                s.email.as_str(),
                s.employer.as_str()
            ],
        ),
        Change::DeskPersonPut(p) => run(
            transaction,
            sql::DESK_PERSON_PUT,
            params![p.id.as_bytes(), p.name.as_str(), p.email.as_str()],
        ),
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
        Change::EvidencePut(evidence) => put_evidence(transaction, evidence),
        Change::EvidenceErased(id) => run(transaction, sql::EVIDENCE_DELETE, params![id.as_bytes()]),
        Change::MessagePut(m) => run(
            transaction,
            sql::MESSAGE_PUT,
            params![m.id.as_bytes(), m.way, m.claimed, m.received_at.as_microsecond(), m.sealed, m.settled],
        ),
        Change::MessagesErased(until) => {
            run(transaction, sql::MESSAGE_DELETE_OLD, params![until.as_microsecond()])
        }
        Change::FreezePut(FreezeRow { id, record }) => {
            run(transaction, sql::FREEZE_PUT, params![id.as_bytes(), record])
        }
        Change::VisitPut(visit) => put_visit(transaction, visit),
        Change::CredentialPut(credential) => put_credential(transaction, credential),
        Change::CredentialRemoved(hash) => run(transaction, sql::CREDENTIAL_DELETE, params![hash]),
    }
    .map(|_| ())
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
    organization: OrganizationId,
    contacts: &[SecurityContact],
) -> Result<usize, StoreError> {
    run(transaction, sql::CONTACT_DELETE, params![organization.as_bytes()])?;
    for c in contacts {
        let key = c.key.map(|key| key.0);
        let row = params![
            c.id.as_bytes(),
            c.organization.as_bytes(),
            c.name.as_str(),
            c.email.as_str(),
            c.phone.as_str(),
            key
        ];
        run(transaction, sql::CONTACT_INSERT, row)?;
    }
    Ok(contacts.len())
}

fn put_evidence(transaction: &Transaction<'_>, row: &EvidenceRow) -> Result<usize, StoreError> {
    run(
        transaction,
        sql::EVIDENCE_INSERT,
        params![
            row.id.as_bytes(),
            row.organization.as_bytes(),
            row.about,
            row.media_type,
            row.created_at.as_microsecond(),
            row.sealed
        ],
    )
}

fn put_visit(transaction: &Transaction<'_>, row: &VisitRow) -> Result<usize, StoreError> {
    let visit = &row.visit;
    run(
        transaction,
        sql::VISIT_PUT,
        params![
            visit.id.as_bytes(),
            visit.organization.as_bytes(),
            visit.tool.as_bytes(),
            visit.subject.as_bytes(),
            visit.reason.as_ref().map(|reason| reason.as_str()),
            visit.case.as_ref().map(|case| case.as_str()),
            signed(visit.epoch)?,
            visit.opened_at.as_microsecond(),
            signed(row.entry)?,
            visit.used_at.as_microsecond(),
            signed(row.requests)?,
            signed(row.assets)?,
            signed(row.bytes_down)?,
            visit.ended.map(|(at, _)| at.as_microsecond()),
            visit.ended.map(|(_, end)| end.as_str())
        ],
    )
}

fn put_credential(transaction: &Transaction<'_>, credential: &Credential) -> Result<usize, StoreError> {
    let (kind, holder) = row::holder(&credential.holder);
    run(
        transaction,
        sql::CREDENTIAL_PUT,
        params![
            credential.hash,
            row::credential_kind(credential.kind),
            kind,
            holder,
            credential.expires_at.as_microsecond()
        ],
    )
}

fn run(transaction: &Transaction<'_>, text: &str, params: impl Params) -> Result<usize, StoreError> {
    transaction
        .prepare_cached(text)
        .and_then(|mut statement| statement.execute(params))
        .map_err(|why| taken(&why).unwrap_or_else(|| failed(why)))
}

fn signed(number: u64) -> Result<i64, StoreError> {
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
        Some("subject.email") => StoreError::Taken { what: "e-mail address" },
        _ => StoreError::Refused(message),
    })
}

pub(crate) fn failed(why: rusqlite::Error) -> StoreError {
    StoreError::Failed(Box::new(why))
}
