//! What an approved request leads to; the form and the meeting's times; and what time does.

use std::sync::Arc;

use byleave_api::entry::Kind;
use byleave_api::payload::SettingRecord;
use byleave_calendar::{Invitation, OfficeHours, Party};
use byleave_domain::change_request::{ChangeRequest, Form, MEETING_LENGTH, Review, ReviewOutcome, Step};
use byleave_domain::contact::SecurityContact;
use byleave_domain::ids::{ChangeRequestId, DeskPersonId, EvidenceId, OrganizationId};
use byleave_domain::process::Profile;
use byleave_domain::statement::Wish;
use byleave_domain::support_access::{Confirmation, Setting, SupportAccess};
use byleave_form::{FormText, Made, Request, Strength};
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use super::{Taken, ask, superseded, write};
use crate::catalog::payload;
use crate::evidence::{self, Document, EVIDENCE_BYTES_MAX};
use crate::letters::Post;
use crate::ports::{Change, EvidenceRow};
use crate::setting::{self, NotChanged, put_disabled, setting_row, with_tenant};
use crate::writer::{Draft, Writer};
use crate::{App, NotWritten};

/// How long a time that was offered for a meeting can be taken after it has come.
const OFFER_LIFE: SignedDuration = SignedDuration::from_mins(15);

/// Returned files that are looked at at a time, and how long one waits for its turn.
pub(crate) const INSPECTIONS: usize = 2;
const INSPECTION_WAIT: std::time::Duration = std::time::Duration::from_secs(30);

/// The vendor's side of the article.
#[derive(Debug, Clone)]
pub struct Process {
    /// Which steps there are beyond the article's.
    pub profile: Profile,
    /// The vendor's name on forms and invitations.
    pub vendor: String,
    /// The address that the article names.
    pub address: String,
    /// The vendor's policy that the article belongs to, as the help page names it; empty for none.
    pub policy: String,
    /// What the acknowledgement form says; none for the standard text about the vendor's tools.
    pub form_text: Option<FormText>,
    /// When meetings can be.
    pub office_hours: OfficeHours,
    /// How long a change of the security contacts waits; and that of a successor, when the last one has left.
    pub contact_wait: [SignedDuration; 2],
    /// How long a desk person's passkey waits that was registered with a link, until it counts.
    pub passkey_wait: SignedDuration,
    /// How long evidence is kept once what it belongs to is over.
    pub evidence_life: SignedDuration,
    /// How long before a meeting it has to be known.
    pub meeting_notice: SignedDuration,
    /// Who writes letters; none where nobody does.
    pub post: Option<Post>,
}

/// What is filled into a form.
pub(crate) struct Filled {
    /// The change request, or change of contacts.
    pub id: ChangeRequestId,
    /// Whose, and its name.
    pub organization: (OrganizationId, String),
    /// The contact's name.
    pub name: String,
    /// The contact's address.
    pub email: String,
    /// When it is made.
    pub now: Timestamp,
}

impl App {
    /// The next times at which a meeting could be.
    #[must_use]
    pub fn meeting_slots(&self, count: usize) -> Vec<Timestamp> {
        let process = &self.shared.process;
        let earliest = self.now().saturating_add(process.meeting_notice).unwrap_or(Timestamp::MAX);
        let taken: Vec<_> = {
            let world = self.world();
            let meetings = world.change_requests.values().filter_map(|tracked| tracked.request.meeting);
            meetings.filter(|meeting| !meeting.cancelled).map(|meeting| meeting.start).collect()
        };
        process.office_hours.slots(earliest, MEETING_LENGTH, &taken, count)
    }

    /// A time as the vendor's people read it.
    #[must_use]
    pub fn local_time(&self, at: Timestamp) -> String {
        self.shared.process.office_hours.local(at)
    }

    pub(super) fn meeting_slot(&self, wanted: Option<Timestamp>) -> Result<Timestamp, NotChanged> {
        let process = &self.shared.process;
        match wanted {
            None => self.meeting_slots(1).first().copied().ok_or_else(|| {
                NotChanged::Document("no time for a meeting is free in the next 60 days".into())
            }),
            // A page that offered it may have stood open for a while.
            Some(at) if self.now().duration_since(at) > OFFER_LIFE => {
                Err(NotChanged::Document(format!("`{at}` has passed; choose a time to come")))
            }
            Some(at) if !process.office_hours.holds(at, MEETING_LENGTH) => Err(NotChanged::Document(
                format!("`{at}` is outside the office hours ({})", process.office_hours),
            )),
            Some(at) => Ok(at),
        }
    }

    /// The invitation to a request's meeting as a calendar takes it, or its cancellation.
    #[must_use]
    pub fn invitation(&self, id: ChangeRequestId) -> Option<String> {
        let world = self.world();
        let (tracked, _) = world.change_request(id)?;
        let request = &tracked.request;
        let meeting = request.meeting?;
        let organization = &world.organizations.get(&request.organization)?.organization;
        let contact = request.invited(&organization.contacts)?;
        let stamp = tracked.steps.iter().rev().find(|(.., step)| matches!(step, Step::MeetingSet { .. }));
        let stamp = stamp.map_or(meeting.start, |(_, at, _)| *at);
        invitation_to(&self.shared.process, request, contact, stamp, false)
    }

    /// The form's text in force.
    #[must_use]
    pub fn form_text(&self) -> FormText {
        let tools: Vec<_> = self.world().tools.values().map(|tool| tool.name.to_string()).collect();
        let process = &self.shared.process;
        process.form_text.clone().unwrap_or_else(|| FormText::standard(&process.vendor, &tools))
    }

    /// A copy of the form for whoever wants to learn about it first.
    ///
    /// # Errors
    /// [`NotChanged::Document`].
    pub fn form_specimen(&self) -> Result<Vec<u8>, NotChanged> {
        let text = self.form_text();
        let form =
            byleave_form::Form { text: &text, vendor: &self.shared.process.vendor, made: Made::Specimen };
        byleave_form::write(&form).map_err(|why| NotChanged::Document(why.to_string()))
    }

    /// The form of a request to disable that this desk person may let go on, and what it is kept as; none for one to
    /// enable.
    pub(super) async fn form_made(
        &self,
        id: ChangeRequestId,
        by: DeskPersonId,
        now: Timestamp,
    ) -> Result<Option<(Form, EvidenceRow)>, NotChanged> {
        let filled = {
            let world = self.world();
            let (tracked, _) = world.change_request(id).ok_or(NotChanged::UnknownChangeRequest(id))?;
            let received = &tracked.request.received;
            let tenant = world.organizations.get(&tracked.request.organization);
            let organization = &tenant.ok_or(NotChanged::UnknownChangeRequest(id))?.organization;
            // Asked again where it is written; here so that nothing is made in vain.
            let proceeds = Review { by, outcome: ReviewOutcome::Proceeds };
            tracked.request.review(organization, proceeds, None)?;
            let mut contacts = organization.contacts.iter();
            let contact = contacts.find(|known| received.contact.is_none_or(|by| known.id == by));
            (received.wish == Wish::Disabled).then(|| Filled {
                id,
                organization: (organization.id, organization.name.to_string()),
                name: contact.map(|contact| contact.name.to_string()).unwrap_or_default(),
                email: contact.map(|contact| contact.email.to_string()).unwrap_or_default(),
                now,
            })
        };
        let Some(filled) = filled else { return Ok(None) };
        self.form_written(self.form_text(), filled).await.map(Some)
    }

    /// Writes a form; its hash can be in the log before anybody has it.
    pub(crate) async fn form_written(
        &self,
        text: FormText,
        filled: Filled,
    ) -> Result<(Form, EvidenceRow), NotChanged> {
        let written = self.beside(move |app| {
            let Filled { id, organization: (organization, organization_name), name, email, now } = filled;
            let (full_id, number) = (id.to_string(), id.number());
            let made = Made::For(Request {
                id: &full_id,
                number: &number,
                organization: &organization_name,
                contact_name: &name,
                contact_email: &email,
                made_at: now,
            });
            let vendor = app.shared.process.vendor.as_str();
            let bytes = byleave_form::write(&byleave_form::Form { text: &text, vendor, made });
            let bytes = bytes.map_err(|why| NotChanged::Document(why.to_string()))?;
            let sha256 = Sha256::digest(&bytes).into();
            let document = Document { media_type: "application/pdf", bytes };
            let row = evidence::row(&app.shared, organization, *id.as_bytes(), document);
            Ok((Form { evidence: row.id, sha256, version: text.version }, row))
        });
        written.await?
    }

    /// Looks at a returned file without believing it.
    pub(crate) async fn inspected(
        &self,
        form: EvidenceId,
        number: String,
        bytes: Vec<u8>,
    ) -> Result<(Document, &'static str, [u8; 32]), NotChanged> {
        let place = Arc::clone(&self.inspections).acquire_owned();
        let place = tokio::time::timeout(INSPECTION_WAIT, place).await;
        let place = place.ok().and_then(Result::ok).ok_or_else(|| {
            NotWritten::Unavailable("other returned files are still being looked at".into())
        })?;
        let found = self.beside(move |app| {
            let _place = place;
            inspect(&app.evidence_bytes(form)?, &number, bytes)
        });
        found.await?
    }

    /// Takes approved requests whose time has come to their end, reminds, and ends what nobody went on with.
    pub(crate) async fn finish_change_requests(&self) -> Result<(), NotWritten> {
        let now = self.now();
        let (ready, due): (Vec<_>, Vec<_>) = {
            let world = self.world();
            let all = world.change_requests.values().map(|tracked| &tracked.request);
            let ready = |r: &&ChangeRequest| {
                let approved = r.is_open() && r.in_force_from().is_some_and(|from| from <= now);
                approved || (r.processed_at.is_some() && r.announced_at.is_none())
            };
            let tick =
                |r: &ChangeRequest| r.tick(&world.organizations.get(&r.organization)?.organization, now);
            let due = all.clone().filter(|r| tick(r).is_some()).map(|r| r.id);
            (all.filter(ready).map(|r| r.id).collect(), due.collect())
        };
        for id in ready {
            if let Err(why) = self.finish_change_request(id).await {
                tracing::warn!("change request {id} is not processed: {why}");
            }
        }
        for id in due {
            // Asked again where it is written: somebody may have moved or ended it since.
            let taken = self.jobs.command(move |writer| {
                let (organization, step) = ask(writer, id, |at| {
                    Ok((at.organization.id, at.tracked.request.tick(at.organization, now)))
                })?;
                step.map_or(Ok(()), |step| said(writer, organization, id, step).map(drop))
            });
            if let Err(why) = taken.await? {
                tracing::warn!("change request {id} does not move on: {why}");
            }
        }
        Ok(())
    }

    /// Puts an approved request in force everywhere, and says so only then.
    pub(super) async fn finish_change_request(
        &self,
        id: ChangeRequestId,
    ) -> Result<ChangeRequest, NotChanged> {
        let now = self.now();
        let put = self.jobs.command(move |writer| put_in_force(writer, id, now));
        let put = put.await??;
        if let Some((organization, setting)) = put {
            let connections = match setting.access {
                SupportAccess::Disabled { .. } => self.finish_disable(organization, setting.epoch).await?,
                SupportAccess::Enabled | SupportAccess::ApprovalRequired => {
                    self.enforcement.open(organization, setting.epoch);
                    0
                }
            };
            let step = Step::Processed { epoch: setting.epoch, connections: connections as u64 };
            let written = self.jobs.command(move |writer| {
                let (open, overtaken) = ask(writer, id, |at| {
                    Ok((at.tracked.request.is_open(), at.organization.setting != setting))
                })?;
                match (open, overtaken) {
                    // Two may be here at once: whoever approved last, and the application's own turn.
                    (false, _) => Ok(()),
                    // C6: nothing is said of a setting that is no longer in force.
                    (true, true) => Err(NotChanged::Overtaken),
                    (true, false) => said(writer, organization, id, step).map(drop),
                }
            });
            written.await??;
        }
        let announced = self.jobs.command(move |writer| {
            let (request, checkpoint) = ask(writer, id, |at| {
                let tenant = at.world.organizations.get(&at.organization.id);
                let checkpoint = tenant.map(|tenant| tenant.log.checkpoint.clone()).unwrap_or_default();
                Ok((at.tracked.request.clone(), checkpoint))
            })?;
            if request.processed_at.is_none() || request.announced_at.is_some() {
                return Ok(request);
            }
            said(writer, request.organization, id, Step::Announced { checkpoint })
        });
        announced.await?
    }
}

/// What a meeting's identifier in calendars has after the request's id.
pub(crate) const UID_SUFFIX: &str = "@byleave";

/// The invitation of a contact to a request's meeting as a calendar takes it, or its cancellation; or that the meeting
/// stays where it `declines` the contact's proposal. Whoever sends it has to write from the address that it names.
pub(crate) fn invitation_to(
    process: &Process,
    request: &ChangeRequest,
    contact: &SecurityContact,
    stamp: Timestamp,
    declines: bool,
) -> Option<String> {
    let meeting = request.meeting?;
    let (uid, number) = (format!("{}{UID_SUFFIX}", request.id), request.id.number());
    let from = process.post.as_ref().map_or(&process.address, |post| &post.from);
    let invitation = Invitation {
        uid: &uid,
        sequence: meeting.sequence,
        stamp,
        start: meeting.start,
        end: request.meeting_end().unwrap_or(meeting.start),
        summary: &format!("Review of request {number}: support access"),
        description: "Two questions: are you your organization's security contact, and are the implications in \
                      the acknowledgement form understood?",
        organizer: Party { name: &process.vendor, email: from },
        attendee: Party { name: contact.name.as_str(), email: contact.email.as_str() },
    };
    Some(match (declines, meeting.cancelled) {
        (true, _) => invitation.decline_counter(),
        (false, true) => invitation.cancel(),
        (false, false) => invitation.request(),
    })
}

/// Writes what the application itself has to say of a request.
fn said(
    writer: &mut Writer,
    organization: OrganizationId,
    id: ChangeRequestId,
    step: Step,
) -> Result<ChangeRequest, NotChanged> {
    let mut taken = Taken::default();
    taken.push(organization, id, b"vendor".to_vec(), step, writer.shared.clock.now());
    write(writer, taken, Vec::new(), id)
}

type InForce = (OrganizationId, Setting);

/// The setting that the request leads to, in force as far as the store knows. `None` when it was processed before.
fn put_in_force(
    writer: &mut Writer,
    id: ChangeRequestId,
    now: Timestamp,
) -> Result<Option<InForce>, NotChanged> {
    let (organization, before, processed) = ask(writer, id, |at| {
        let processed = at.tracked.request.processed_at.is_some();
        Ok((at.organization.id, at.organization.setting.clone(), processed))
    })?;
    if processed {
        return Ok(None);
    }
    // A crash came between the setting and the step that tells of it.
    let done = before.evidence.as_ref().is_some_and(|evidence| evidence.change_request == Some(id));
    let provisional =
        matches!(before.access, SupportAccess::Disabled { confirmation: Confirmation::Provisional, .. });
    if done && !provisional {
        return Ok(Some((organization, before)));
    }
    let setting = ask(writer, id, |at| Ok(at.tracked.request.outcome(at.organization, &at.others, now)?))?;
    let kind = match (&setting.access, &before.access) {
        (SupportAccess::Disabled { .. }, SupportAccess::Disabled { .. }) => Kind::SupportAccessConfirmed,
        (SupportAccess::Disabled { .. }, _) => {
            return put_disabled(writer, organization, setting).map(|setting| Some((organization, setting)));
        }
        (SupportAccess::Enabled | SupportAccess::ApprovalRequired, _) => Kind::SupportAccessEnabled,
    };
    put_logged(writer, id, kind, &before, &setting)?;
    Ok(Some((organization, setting)))
}

/// C8: entries and row in one transaction, so the log is never behind an enabled row.
fn put_logged(
    writer: &mut Writer,
    id: ChangeRequestId,
    kind: Kind,
    before: &Setting,
    setting: &Setting,
) -> Result<(), NotChanged> {
    let (organization, entry) = ask(writer, id, |at| Ok((at.organization.id, at.tracked.entry)))?;
    if with_tenant(writer, organization, |tenant| Ok(tenant.waiting.is_some()))? {
        return Err(NotChanged::OutboxWaits);
    }
    setting::proven(writer, organization, setting)?;
    let draft = Draft {
        organization,
        kind,
        request: writer.shared.random_bits(),
        actor: b"vendor".to_vec(),
        person: None,
        reference: Some(entry),
        ends: Vec::new(),
        epoch: Some(setting.epoch),
        payload: payload(&SettingRecord::from(setting))?,
        admits_under: None,
    };
    let over = match kind {
        Kind::SupportAccessEnabled => {
            superseded(writer, organization, &[Wish::Enabled, Wish::Disabled], Some(id))
        }
        _ => Taken::default(),
    };
    let put = Change::SettingPut {
        organization,
        expected: Some(setting_row(before)?),
        setting: setting_row(setting)?,
    };
    let drafts = std::iter::once(draft).chain(over.drafts(writer, 1)?).collect();
    let indices = writer.write(drafts, |_| vec![put])?;
    if let Some(tenant) = writer.shared.world_mut().organizations.get_mut(&organization) {
        tenant.log.setting_entry = indices.first().copied();
    }
    over.apply(writer, indices.get(1..).unwrap_or_default());
    setting::apply(writer, organization, setting);
    Ok(())
}

/// Looks at a returned file without believing it.
fn inspect(
    original: &[u8],
    number: &str,
    bytes: Vec<u8>,
) -> Result<(Document, &'static str, [u8; 32]), NotChanged> {
    if bytes.len() > EVIDENCE_BYTES_MAX {
        let why = format!("the file has {} bytes; at most {EVIDENCE_BYTES_MAX} are taken", bytes.len());
        return Err(NotChanged::Document(why));
    }
    let found = byleave_form::inspect(original, number, &bytes);
    let found = found.map_err(|why| NotChanged::Document(why.to_string()))?;
    let strength = match found.strength {
        Strength::Unchanged => "unchanged",
        Strength::Signed => "signed",
        Strength::Appended => "appended",
        Strength::Resaved => "resaved",
        Strength::Picture => "picture",
    };
    let sha256 = Sha256::digest(&bytes).into();
    Ok((Document { media_type: found.media_type, bytes }, strength, sha256))
}
