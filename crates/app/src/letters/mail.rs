//! What mail that comes in means for letters: which message an answer answers, who is told at once what is missing, and which
//! letter has come back. Read from what the intake is about to commit, so it is durable with the mail or not at all.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use byleave_domain::ids::{ChangeRequestId, ContactId};
use byleave_mail::envelope::wire_form;
use byleave_mail::fields::Fields;
use byleave_mail::interpret::{DeliveryReport, Kind, interpret};
use byleave_mail::message::View;
use jiff::{SignedDuration, Timestamp};

use super::facts::Event;
use super::{LetterState, Threads, Written, id_of, read};
use crate::Shared;
use crate::intake::{MailRecord, Reply};
use crate::ports::{Change, LetterRow, MailRow, ThreadRow};

/// Longest report that is read for letters that came back, bytes. The desk sees longer ones as any mail.
const REPORT_BYTES_MAX: usize = 1024 * 1024;

/// Letters a day that one contact gets for nothing but their own mail: two machines that answer each other come to an end.
const ANSWERS_A_DAY: u32 = 20;

/// How many letters each contact got today for nothing but their own mail. A restart forgets it.
#[derive(Debug, Default)]
pub(crate) struct Answers(Mutex<BTreeMap<ContactId, (Timestamp, u32)>>);

impl Answers {
    /// Counts one more, if it may be.
    pub fn admits(&self, contact: ContactId, now: Timestamp) -> bool {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, count) = counted.entry(contact).or_insert((now, 0));
        if now.duration_since(*since) >= SignedDuration::from_hours(24) {
            (*since, *count) = (now, 0);
        }
        *count = count.saturating_add(1).min(ANSWERS_A_DAY + 1);
        *count <= ANSWERS_A_DAY
    }
}

/// The messages that the next answers answer, of what is about to be committed: those that opened a request or joined one by
/// themselves. What a desk person opens or joins has none: it was answered when it came, or is not proven.
pub(super) fn threads(changes: &[Change]) -> Threads {
    let mails = changes.iter().filter_map(|change| match change {
        Change::MailPut(row) => thread(row),
        _ => None,
    });
    mails.map(|row| (row.change_request, row)).collect()
}

fn thread(row: &MailRow) -> Option<ThreadRow> {
    let change_request = row.change_request.filter(|_| row.proven)?;
    let record = record(row)?;
    let organization = record.organization.as_deref()?.parse().ok()?;
    let message_id = bare(record.message_id.as_deref()?).chars().take(900).collect();
    Some(ThreadRow { change_request, organization, message_id, answered: false })
}

/// Mail that is held for its words alone: its author is told what is missing.
pub(super) fn unclear(change: &Change) -> Option<Event> {
    let Change::MailPut(row) = change else { return None };
    // Settling it later is no second message.
    let reply: Reply = record(row).filter(|_| row.held)?.reply()?;
    Some(Event::mail(reply))
}

/// Letters that a report in what is about to be committed says have not arrived. Anybody can write one, so it counts only
/// where it names a letter that was sent and the very address that it had; and for nothing else.
pub(super) fn came_back(shared: &Shared, changes: &[Change]) -> Vec<Change> {
    let reports = changes.iter().filter_map(|change| match change {
        Change::MailPut(row) if row.held => reports(row),
        _ => None,
    });
    let failed = reports.flatten().filter(|report| report.action == "failed");
    let mut found = BTreeMap::new();
    for report in failed {
        found.extend(bounced(shared, &report).map(|row| (row.id, row)));
    }
    found.into_values().map(Change::LetterPut).collect()
}

fn reports(row: &MailRow) -> Option<Vec<DeliveryReport>> {
    let raw = row.raw.as_deref().filter(|raw| raw.len() <= REPORT_BYTES_MAX)?;
    record(row).filter(|record| record.kind.as_deref() == Some("report"))?;
    // A mail system's pipe gives lines as it keeps them.
    let bytes = wire_form(raw);
    let (fields, _) = Fields::read(&bytes).ok()?;
    match interpret(&View::read(&fields).ok()?, None, &[]).kind {
        Kind::Report(reports) => Some(reports),
        _ => None,
    }
}

fn bounced(shared: &Shared, report: &DeliveryReport) -> Option<LetterRow> {
    let message_id = bare(report.message_id.as_deref()?);
    let row = shared.store.letter(id_of(message_id)?).ok().flatten()?;
    let written = read(&row)?;
    let same = written.message_id == message_id && written.to_email.eq_ignore_ascii_case(&report.recipient);
    if !same || row.state != LetterState::Sent {
        return None;
    }
    tracing::warn!(organization.id = %row.organization, "a letter came back: {}", row.id);
    let said = format!("{} {}", report.status, report.diagnostic);
    let said = said.trim().chars().filter(|c| !c.is_control()).take(super::SAID_CHARS_MAX).collect();
    let content = crate::catalog::payload(&Written { said, ..written }).ok()?;
    let settled_at = Some(shared.clock.now());
    Some(LetterRow { state: LetterState::Bounced, settled_at, content, ..row })
}

fn record(row: &MailRow) -> Option<MailRecord> {
    serde_json::from_slice(&row.record).ok()
}

/// A Message-ID without its brackets.
fn bare(message_id: &str) -> &str {
    message_id.trim_matches(['<', '>', ' '])
}

/// The Message-ID of a letter, without brackets. What it is about is in it, so that an answer finds its request.
pub(super) fn message_id(letter: &str, request: Option<ChangeRequestId>, domain: &str) -> String {
    request.map_or_else(|| format!("{letter}@{domain}"), |request| format!("{letter}.{request}@{domain}"))
}
