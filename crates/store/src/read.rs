//! Reading. What does not parse is an error that names the row; what is missing is `None`.

use byleave_app::credentials::Credential;
use byleave_app::ports::{
    Entry, EvidenceRow, FreezeRow, Head, MessageRow, OldEvidence, OrganizationRow, OutboxRow, SettingRow,
    StoreError, Stored, StoredOrganization, VisitRow,
};
use byleave_domain::contact::{PublicKey, SecurityContact};
use byleave_domain::ids::{
    ContactId, DeskPersonId, EvidenceId, FreezeId, LogId, MessageId, OrganizationId, RequestId, SubjectId,
    ToolId, VisitId,
};
use byleave_domain::subject::{DeskPerson, Subject};
use byleave_domain::tool::Tool;
use byleave_domain::visit::Visit;
use byleave_tlog::Hash;
use jiff::Timestamp;
use rusqlite::{Connection, Params, params};

use crate::row::{self, Reading};
use crate::sql;
use crate::write::failed;

pub(crate) fn load(connection: &Connection) -> Result<Stored, StoreError> {
    // One read transaction: everything as of one instant.
    let transaction = connection.unchecked_transaction().map_err(failed)?;
    let rows = list(&transaction, "organization", sql::ORGANIZATION_LIST, [], organization)?;
    let organizations =
        rows.into_iter().map(|row| with_settings(&transaction, row)).collect::<Result<_, _>>()?;
    Ok(Stored {
        organizations,
        subjects: list(&transaction, "subject", sql::SUBJECT_LIST, [], subject)?,
        desk_people: list(&transaction, "desk_person", sql::DESK_PERSON_LIST, [], desk_person)?,
        tools: list(&transaction, "tool", sql::TOOL_LIST, [], tool)?,
        visits_open: list(&transaction, "visit", sql::VISIT_LIST_OPEN, [], visit_row)?,
        freezes: list(&transaction, "freeze", sql::FREEZE_LIST, [], freeze)?,
        outbox: list(&transaction, "outbox", sql::OUTBOX_LIST, [], outbox)?,
        messages: list(&transaction, "message", sql::MESSAGE_LIST_HELD, [], message)?,
        credentials: list(&transaction, "credential", sql::CREDENTIAL_LIST, [], credential)?,
    })
}

pub(crate) fn entries(
    connection: &Connection,
    organization: OrganizationId,
    first: u64,
    count: u64,
) -> Result<Vec<Entry>, StoreError> {
    let bounds = params![organization.as_bytes(), bounded(first), bounded(count)];
    list(connection, "log_entry", sql::ENTRY_LIST, bounds, entry)
}

pub(crate) fn entries_referring(
    connection: &Connection,
    organization: OrganizationId,
    reference: u64,
    count: u64,
) -> Result<Vec<Entry>, StoreError> {
    let bounds = params![organization.as_bytes(), bounded(reference), bounded(count)];
    list(connection, "log_entry", sql::ENTRY_LIST_REFERRING, bounds, entry)
}

pub(crate) fn entry_of_request(
    connection: &Connection,
    organization: OrganizationId,
    request: &[u8; 16],
) -> Result<Option<u64>, StoreError> {
    let key = params![organization.as_bytes(), request];
    one(connection, "log_entry", sql::ENTRY_OF_REQUEST, key, |reading| reading.number("place"))
}

pub(crate) fn nodes(
    connection: &Connection,
    organization: OrganizationId,
    level: u8,
    first: u64,
    count: u64,
) -> Result<Vec<Hash>, StoreError> {
    let bounds = params![organization.as_bytes(), level, bounded(first), bounded(count)];
    list(connection, "log_node", sql::NODE_LIST, bounds, |reading| reading.get("hash").map(Hash))
}

pub(crate) fn evidence(connection: &Connection, id: EvidenceId) -> Result<Option<EvidenceRow>, StoreError> {
    one(connection, "evidence", sql::EVIDENCE_LOAD, params![id.as_bytes()], evidence_row)
}

pub(crate) fn evidence_old(
    connection: &Connection,
    until: Timestamp,
    count: u64,
) -> Result<Vec<OldEvidence>, StoreError> {
    let bounds = params![until.as_microsecond(), bounded(count)];
    list(connection, "evidence", sql::EVIDENCE_OLD, bounds, |reading| {
        let id = EvidenceId::from_bytes(reading.get("id")?);
        Ok((id, OrganizationId::from_bytes(reading.get("organization")?), reading.get("about")?))
    })
}

fn freeze(reading: &Reading<'_>) -> Result<FreezeRow, StoreError> {
    Ok(FreezeRow { id: FreezeId::from_bytes(reading.get("id")?), record: reading.get("record")? })
}

fn message(reading: &Reading<'_>) -> Result<MessageRow, StoreError> {
    Ok(MessageRow {
        id: MessageId::from_bytes(reading.get("id")?),
        way: reading.get("way")?,
        claimed: reading.get("claimed")?,
        received_at: reading.instant("received_at")?,
        sealed: reading.get("sealed")?,
        settled: reading.get("settled")?,
    })
}

pub(crate) fn visit(connection: &Connection, id: VisitId) -> Result<Option<VisitRow>, StoreError> {
    one(connection, "visit", sql::VISIT_LOAD, params![id.as_bytes()], visit_row)
}

pub(crate) fn visits(
    connection: &Connection,
    organization: OrganizationId,
    count: u64,
) -> Result<Vec<VisitRow>, StoreError> {
    list(connection, "visit", sql::VISIT_LIST, params![organization.as_bytes(), bounded(count)], visit_row)
}

fn with_settings(connection: &Connection, row: OrganizationRow) -> Result<StoredOrganization, StoreError> {
    let id = *row.id.as_bytes();
    Ok(StoredOrganization {
        setting: one(connection, "support_access", sql::SETTING_LOAD, params![id], setting)?,
        contacts: list(connection, "contact", sql::CONTACT_LIST, params![id], contact)?,
        head: one(connection, "log_head", sql::HEAD_LOAD, params![id], head)?,
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
    })
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

fn contact(reading: &Reading<'_>) -> Result<SecurityContact, StoreError> {
    Ok(SecurityContact {
        id: ContactId::from_bytes(reading.get("id")?),
        organization: OrganizationId::from_bytes(reading.get("organization")?),
        name: reading.parse("name")?,
        email: reading.parse("email")?,
        phone: reading.parse("phone")?,
        key: reading.get::<Option<[u8; 32]>>("key")?.map(PublicKey),
        // Only the log knows; without it nobody is known long enough to enable.
        since_epoch: u64::MAX,
        number_since: Timestamp::MAX,
        from_contract: false,
        calls: Vec::new(),
    })
}

fn subject(reading: &Reading<'_>) -> Result<Subject, StoreError> {
    Ok(Subject {
        id: SubjectId::from_bytes(reading.get("id")?),
        kind: reading.word("kind", row::read_subject_kind)?,
        name: reading.parse("name")?,
        email: reading.parse("email")?,
        employer: reading.parse("employer")?,
    })
}

fn desk_person(reading: &Reading<'_>) -> Result<DeskPerson, StoreError> {
    Ok(DeskPerson {
        id: DeskPersonId::from_bytes(reading.get("id")?),
        name: reading.parse("name")?,
        email: reading.parse("email")?,
        // Keys come from the configuration and count as the logs name them.
        key: None,
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
    Ok(EvidenceRow {
        id: EvidenceId::from_bytes(reading.get("id")?),
        organization: OrganizationId::from_bytes(reading.get("organization")?),
        about: reading.get("about")?,
        media_type: reading.get("media_type")?,
        created_at: reading.instant("created_at")?,
        sealed: reading.get("sealed")?,
    })
}

fn visit_row(reading: &Reading<'_>) -> Result<VisitRow, StoreError> {
    let ended = match reading.get::<Option<i64>>("ended_at")? {
        Some(_) => Some((reading.instant("ended_at")?, reading.word("ended_why", row::read_visit_end)?)),
        None => None,
    };
    let visit = Visit {
        id: VisitId::from_bytes(reading.get("id")?),
        organization: OrganizationId::from_bytes(reading.get("organization")?),
        tool: ToolId::from_bytes(reading.get("tool")?),
        subject: SubjectId::from_bytes(reading.get("subject")?),
        reason: reading.parse_optional("reason")?,
        case: reading.parse_optional("case_number")?,
        epoch: reading.number("epoch")?,
        opened_at: reading.instant("opened_at")?,
        used_at: reading.instant("used_at")?,
        ended,
    };
    Ok(VisitRow {
        visit,
        entry: reading.number("entry")?,
        requests: reading.number("requests")?,
        assets: reading.number("assets")?,
        bytes_down: reading.number("bytes_down")?,
    })
}

fn outbox(reading: &Reading<'_>) -> Result<OutboxRow, StoreError> {
    Ok(OutboxRow {
        request: RequestId::from_bytes(reading.get("request")?),
        organization: OrganizationId::from_bytes(reading.get("organization")?),
        record: reading.get("record")?,
    })
}

fn credential(reading: &Reading<'_>) -> Result<Credential, StoreError> {
    let holder: Vec<u8> = reading.get("holder")?;
    Ok(Credential {
        hash: reading.get("hash")?,
        kind: reading.word("kind", row::read_credential_kind)?,
        holder: reading.word("holder_kind", |kind| row::read_holder(kind, &holder))?,
        expires_at: reading.instant("expires_at")?,
    })
}

fn entry(reading: &Reading<'_>) -> Result<Entry, StoreError> {
    Ok(Entry {
        index: reading.number("place")?,
        request: reading.get("request")?,
        reference: reading.get::<Option<i64>>("reference")?.map(i64::cast_unsigned),
        leaf: reading.get("leaf")?,
        salt: reading.get("salt")?,
        payload: reading.get("payload")?,
    })
}

fn list<T>(
    connection: &Connection,
    table: &'static str,
    text: &str,
    params: impl Params,
    read: impl Fn(&Reading<'_>) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = connection.prepare_cached(text).map_err(failed)?;
    let mut rows = statement.query(params).map_err(failed)?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(failed)? {
        found.push(read(&Reading { table, row })?);
    }
    Ok(found)
}

fn one<T>(
    connection: &Connection,
    table: &'static str,
    text: &str,
    params: impl Params,
    read: impl Fn(&Reading<'_>) -> Result<T, StoreError>,
) -> Result<Option<T>, StoreError> {
    Ok(list(connection, table, text, params, read)?.into_iter().next())
}

/// Beyond what the database can count there is nothing.
fn bounded(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
