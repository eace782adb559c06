//! The article's journeys: each function takes one step of a change request, or a few that belong together.
//!
//! A step is asked of `domain`, written as an entry with the evidence that it rests on, and only then taken. What an
//! approved request leads to is brought about by [`App::finish_change_requests`], at once and again after a crash.

mod calls;
mod process;
mod signing;
mod taken;

use byleave_domain::approval::SignedApproval;
use byleave_domain::change_request::{
    By, CallOutcome, ChangeRequest, Finding, Items, Matched, Question, Received, Returned, Review,
    ReviewOutcome, Source, Step, StepRefused, WithoutWords, may_add,
};
use byleave_domain::ids::{ChangeRequestId, ContactId, DeskPersonId, EvidenceId, OrganizationId};
use byleave_domain::organization::{Organization, StatementNotTaken};
use byleave_domain::statement::{SignedStatement, Wish};
use jiff::Timestamp;

use crate::App;
use crate::evidence::{self, Document, Reader};
use crate::intake;
use crate::messages::{Held, held_message};
use crate::ports::{Change, EvidenceRow, MessageRow};
use crate::setting::{NotChanged, Receipt, put_disabled, with_organization};
use crate::world::{Tracked, World};
use crate::writer::Writer;

pub(crate) use calls::Calls;
pub use calls::{CallRefused, Calling, Heard, TRIES, WORDS_LIFE, Words};
pub use process::Process;
pub(crate) use process::{Filled, INSPECTIONS, UID_SUFFIX, invitation_to};
pub use signing::ToSign;
pub(crate) use taken::{Taken, opened_by_disable, superseded};

/// Longest message or note, characters.
pub const TEXT_MAX: usize = 20_000;

/// A request as it came in.
#[derive(Debug, Clone)]
pub struct Message {
    /// What is asked for.
    pub wish: Wish,
    /// By which way it came.
    pub source: Source,
    /// Who sent it, or is named as its sender.
    pub contact: Option<ContactId>,
    /// Which of the article's three items it has.
    pub items: Items,
    /// Its words.
    pub text: String,
}

/// What a desk person's review comes to.
#[derive(Debug, Clone)]
pub enum ReviewAct {
    /// It is being looked at.
    Begin,
    /// It goes on. For a disable the form is made and the meeting set, at the given time or the first that is free.
    Proceed(Option<Timestamp>),
    /// Something is missing, in words to the sender.
    Ask(String),
    /// It is refused, with the reason.
    Refuse(String),
}

impl App {
    /// A request comes in, or joins the open one of the same kind. Changes nothing yet.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub async fn change_request_receive(
        &self,
        organization: OrganizationId,
        message: Message,
    ) -> Result<ChangeRequest, NotChanged> {
        let text = document(&message.text)?;
        self.receive(organization, message, text, None).await
    }

    /// The request, with the words that it came in. Where they were a held message's, that one is settled with it.
    pub(crate) async fn receive(
        &self,
        organization: OrganizationId,
        message: Message,
        words: Document,
        held: Option<Held>,
    ) -> Result<ChangeRequest, NotChanged> {
        let fresh = ChangeRequestId::from_bytes(self.random_bits());
        let profile = self.shared.process.profile;
        let now = self.now();
        self.jobs
            .command(move |writer| {
                with_organization(writer, organization, |of| match message.contact {
                    Some(id) if of.contacts.iter().all(|contact| contact.id != id) => {
                        Err(StatementNotTaken::NotAContact(id).into())
                    }
                    _ => Ok(()),
                })?;
                let joins = held.as_ref().and_then(|held| held.joins);
                let (held, record) = match held {
                    Some(held) => (Some(held_message(writer, held.message)?), held.mail),
                    None => (None, None),
                };
                let open = if joins.is_some() {
                    joins
                } else {
                    let world = writer.shared.world();
                    let mut all = world.requests_of(organization);
                    all.find(|r| r.is_open() && r.received.wish == message.wish).map(|r| r.id)
                };
                let id = open.unwrap_or(fresh);
                if open.is_some() {
                    ask(writer, id, |at| {
                        let request = &at.tracked.request;
                        if !request.is_open() {
                            return Err(StepRefused::Over(request.state()).into());
                        }
                        Ok(may_add(at.tracked.steps.len())?)
                    })?;
                }
                let row = evidence::row(&writer.shared, organization, *id.as_bytes(), words);
                let step = match open {
                    Some(_) => Step::Joined { items: message.items, evidence: row.id, answer: None },
                    None => Step::Received(Received {
                        wish: message.wish,
                        source: message.source,
                        contact: message.contact,
                        items: message.items,
                        evidence: Some(row.id),
                        statement: None,
                        profile,
                    }),
                };
                let actor = message.contact.map_or_else(|| b"vendor".to_vec(), |c| c.as_bytes().to_vec());
                let mut taken = Taken::default();
                taken.push(organization, id, actor, step, now);
                let held_id = held.as_ref().map(|held| held.id);
                let mail = held_id.zip(record).map(|(mail, record)| intake::joined(mail, record, id, row.id));
                let mail = mail.transpose()?;
                // The words are evidence from here on, and not kept twice.
                let settled = held.map(|held| {
                    Change::MessagePut(MessageRow { text: Vec::new(), settled: Some(id.to_string()), ..held })
                });
                let changes = std::iter::once(Change::EvidencePut(row)).chain(settled).chain(mail).collect();
                let request = write(writer, taken, changes, id)?;
                if let Some(held) = held_id {
                    writer.shared.world_mut().messages.remove(&held);
                }
                Ok(request)
            })
            .await?
    }

    /// A security contact asks, with their own key, to have support access enabled. It supersedes what was asked before.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub async fn request_enable(
        &self,
        organization: OrganizationId,
        signed: SignedStatement,
    ) -> Result<ChangeRequest, NotChanged> {
        let id = ChangeRequestId::from_bytes(self.random_bits());
        let profile = self.shared.process.profile;
        let now = self.now();
        self.jobs
            .command(move |writer| {
                with_organization(writer, organization, |known| Ok(known.may_enable(&signed, now)?))?;
                let mut taken = superseded(writer, organization, &[Wish::Enabled], None);
                taken.push_signed(organization, id, signed, profile, now);
                write(writer, taken, Vec::new(), id)
            })
            .await?
    }

    /// A desk person reviews a request.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub async fn change_request_review(
        &self,
        id: ChangeRequestId,
        by: DeskPersonId,
        act: ReviewAct,
    ) -> Result<ChangeRequest, NotChanged> {
        let note = match &act {
            ReviewAct::Ask(text) | ReviewAct::Refuse(text) => Some(document(text)?),
            ReviewAct::Begin | ReviewAct::Proceed(_) => None,
        };
        let meeting = match &act {
            ReviewAct::Proceed(wanted) => Some(self.meeting_slot(*wanted)?),
            _ => None,
        };
        let now = self.now();
        let form = match &act {
            ReviewAct::Proceed(_) => self.form_made(id, by, now).await?,
            _ => None,
        };
        self.steps(id, by.as_bytes().to_vec(), note.into_iter().collect(), move |at, notes| {
            let note = notes.first().copied();
            let reviewed = |outcome| at.tracked.request.review(at.organization, Review { by, outcome }, note);
            Ok(match act {
                ReviewAct::Begin => vec![reviewed(ReviewOutcome::Begun)?].into(),
                ReviewAct::Ask(_) => vec![reviewed(ReviewOutcome::Asked)?].into(),
                ReviewAct::Refuse(_) => {
                    vec![Step::Ended { how: at.tracked.request.refuse(by)?, note }].into()
                }
                ReviewAct::Proceed(_) => {
                    let first = reviewed(ReviewOutcome::Proceeds)?;
                    if at.tracked.request.received.wish == Wish::Enabled {
                        return Ok(vec![first].into());
                    }
                    let mut request = at.tracked.request.clone();
                    request.apply(&first, now);
                    let (form, row) = form.ok_or(StepRefused::NoForm)?;
                    let sent = request.send_form(by, form)?;
                    let start = meeting.unwrap_or(now);
                    let set = request.set_meeting(By::Desk(by), start)?;
                    Steps { steps: vec![first, sent, set], evidence: vec![row] }
                }
            })
        })
        .await
    }

    /// The meeting is moved to another time.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub async fn meeting_set(
        &self,
        id: ChangeRequestId,
        by: By,
        start: Timestamp,
    ) -> Result<ChangeRequest, NotChanged> {
        let start = self.meeting_slot(Some(start))?;
        self.one_step(id, by, move |at| {
            may_add(at.tracked.steps.len())?;
            at.tracked.request.set_meeting(by, start)
        })
        .await
    }

    /// The meeting is called off.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub async fn meeting_cancel(&self, id: ChangeRequestId, by: By) -> Result<ChangeRequest, NotChanged> {
        self.one_step(id, by, move |at| at.tracked.request.cancel_meeting(by)).await
    }

    /// The desk declines the time that a contact's message proposes. The meeting stays, and the contact is told.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub async fn proposal_decline(
        &self,
        id: ChangeRequestId,
        by: DeskPersonId,
        proposal: EvidenceId,
    ) -> Result<ChangeRequest, NotChanged> {
        self.one_step(id, By::Desk(by), move |at| {
            at.tracked.request.decline_proposal(&at.organization.contacts, by, proposal)
        })
        .await
    }

    /// A desk person answers one of the meeting's two questions, and says how they know.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub async fn finding(
        &self,
        id: ChangeRequestId,
        by: DeskPersonId,
        question: Question,
        holds: bool,
        note: &str,
    ) -> Result<ChangeRequest, NotChanged> {
        let note = document(note)?;
        let now = self.now();
        self.steps(id, by.as_bytes().to_vec(), vec![note], move |at, notes| {
            let note = *notes.first().ok_or(StepRefused::NotReviewed)?;
            let finding = Finding { holds, by, at: now, note };
            Ok(vec![at.tracked.request.find(question, finding)?].into())
        })
        .await
    }

    /// The form comes back as a file.
    ///
    /// # Errors
    /// [`NotChanged`]; `Document` names what is wrong with the file.
    pub async fn form_return(
        &self,
        id: ChangeRequestId,
        by: By,
        bytes: Vec<u8>,
    ) -> Result<ChangeRequest, NotChanged> {
        let form = {
            let world = self.world();
            let (tracked, _) = world.change_request(id).ok_or(NotChanged::UnknownChangeRequest(id))?;
            tracked.request.form.as_ref().map(|form| form.evidence)
        };
        let form = form.ok_or(StepRefused::NoForm)?;
        let (returned, strength, sha256) = self.inspected(form, id.number(), bytes).await?;
        self.steps(id, actor(by), vec![returned], move |at, notes| {
            let evidence = *notes.first().ok_or(StepRefused::NotReturned)?;
            let strength = strength.to_owned();
            let returned = Returned { by, evidence, sha256, strength };
            may_add(at.tracked.steps.len())?;
            Ok(vec![at.tracked.request.take_return(returned)?].into())
        })
        .await
    }

    /// The words of the form as it was sent, and of the file that came back, to be held side by side. Both readings are
    /// entries. A picture has no words.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub async fn form_texts(&self, id: ChangeRequestId, by: DeskPersonId) -> Result<[String; 2], NotChanged> {
        let (form, returned) = {
            let world = self.world();
            let (tracked, _) = world.change_request(id).ok_or(NotChanged::UnknownChangeRequest(id))?;
            let form = tracked.request.form.as_ref().ok_or(StepRefused::NoForm)?;
            let returned = tracked.request.returned.as_ref().ok_or(StepRefused::NotReturned)?;
            (form.evidence, returned.evidence)
        };
        let gone = || NotChanged::Document("it had been kept for its time, and is erased".into());
        let original = self.evidence_read(form, Reader::Desk(by)).await?.ok_or_else(gone)?.bytes;
        let back = self.evidence_read(returned, Reader::Desk(by)).await?.ok_or_else(gone)?;
        let back = signing::form_in(back)?;
        let texts = self.beside(move |_| {
            let text = |bytes: &[u8]| {
                let found = byleave_form::inspect(&original, &id.number(), bytes);
                found.map(|found| found.text).map_err(|why| NotChanged::Document(why.to_string()))
            };
            Ok([text(&original)?, text(&back)?])
        });
        texts.await?
    }

    /// A desk person holds the returned form against the request.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub async fn form_match(
        &self,
        id: ChangeRequestId,
        by: DeskPersonId,
        accepted: bool,
        note: Option<&str>,
    ) -> Result<ChangeRequest, NotChanged> {
        let note = note.map(document).transpose()?;
        self.steps(id, by.as_bytes().to_vec(), note.into_iter().collect(), move |at, notes| {
            let matched = Matched { by, accepted };
            Ok(vec![at.tracked.request.match_return(matched, notes.first().copied())?].into())
        })
        .await
    }

    /// What came of a call-back to the number on file; of one that was confirmed although the contact's words were not
    /// heard, why.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub async fn call_made(
        &self,
        id: ChangeRequestId,
        by: DeskPersonId,
        outcome: CallOutcome,
        without: Option<WithoutWords>,
        note: &str,
    ) -> Result<ChangeRequest, NotChanged> {
        let note = document(note)?;
        let now = self.now();
        let call = self.calls.end(*id.as_bytes(), by, outcome, without, now)?;
        self.steps(id, by.as_bytes().to_vec(), vec![note], move |at, notes| {
            at.tracked.request.may_call(at.organization, call.contact, now)?;
            let note = *notes.first().ok_or(StepRefused::NotCalled)?;
            Ok(vec![Step::Called { call, note }].into())
        })
        .await
    }

    /// A desk person who has reviewed the request disables support access at once, provisionally. Returns once it is in
    /// force everywhere.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub async fn provisional(
        &self,
        id: ChangeRequestId,
        by: DeskPersonId,
        signed: SignedApproval,
    ) -> Result<Receipt, NotChanged> {
        signed_by(by, &signed)?;
        let now = self.now();
        let app = self.clone();
        let done = self.to_its_end(async move {
            let put = app.jobs.command(move |writer| {
                let (organization, setting) = ask(writer, id, |at| {
                    Ok((at.organization.id, at.tracked.request.provisional(at.organization, &signed, now)?))
                })?;
                put_disabled(writer, organization, setting).map(|setting| (organization, setting))
            });
            let (organization, setting) = put.await??;
            let connections = app.finish_disable(organization, setting.epoch).await?;
            app.receipt(organization, setting, connections).await
        });
        done.await?
    }

    /// Whether a desk person may give the next approval, so that they are told before they sign.
    ///
    /// # Errors
    /// [`StepRefused`] says why another has to.
    pub fn may_approve(world: &World, request: &ChangeRequest, by: DeskPersonId) -> Result<(), StepRefused> {
        let tenant = world.organizations.get(&request.organization);
        let organization = &tenant.ok_or(StepRefused::SecondPerson)?.organization;
        not_their_own(world, organization, by)?;
        request.may_approve(organization, by)
    }

    /// A desk person approves. When that was the last approval it takes and no waiting time is left, the change is in
    /// force everywhere when this returns.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub async fn approve(
        &self,
        id: ChangeRequestId,
        by: DeskPersonId,
        signed: SignedApproval,
    ) -> Result<ChangeRequest, NotChanged> {
        signed_by(by, &signed)?;
        let now = self.now();
        let app = self.clone();
        let done = self.to_its_end(async move {
            let approved = app.one_step(id, By::Desk(by), move |at| {
                not_their_own(at.world, at.organization, by)?;
                at.tracked.request.approve(at.organization, &at.others, &signed, now)
            });
            let request = approved.await?;
            if request.in_force_from().is_some_and(|from| from <= app.now()) {
                return app.finish_change_request(id).await;
            }
            Ok(request)
        });
        done.await?
    }

    /// A security contact takes their request back, or objects to another's.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub async fn withdraw(&self, id: ChangeRequestId, by: ContactId) -> Result<ChangeRequest, NotChanged> {
        self.one_step(id, By::Contact(by), move |at| {
            let how = at.tracked.request.withdraw(at.organization, by)?;
            Ok(Step::Ended { how, note: None })
        })
        .await
    }

    async fn one_step(
        &self,
        id: ChangeRequestId,
        by: By,
        decide: impl FnOnce(&At<'_>) -> Result<Step, StepRefused> + Send + 'static,
    ) -> Result<ChangeRequest, NotChanged> {
        self.steps(id, actor(by), Vec::new(), move |at, _| Ok(vec![decide(at)?].into())).await
    }

    /// Asks, writes the steps with their evidence, and takes them.
    async fn steps(
        &self,
        id: ChangeRequestId,
        actor: Vec<u8>,
        documents: Vec<Document>,
        decide: impl FnOnce(&At<'_>, &[EvidenceId]) -> Result<Steps, NotChanged> + Send + 'static,
    ) -> Result<ChangeRequest, NotChanged> {
        let now = self.now();
        self.jobs
            .command(move |writer| {
                let organization = ask(writer, id, |at| Ok(at.organization.id))?;
                let mut rows: Vec<EvidenceRow> = documents
                    .into_iter()
                    .map(|d| evidence::row(&writer.shared, organization, *id.as_bytes(), d))
                    .collect();
                let notes: Vec<_> = rows.iter().map(|row| row.id).collect();
                let Steps { steps, evidence } = ask(writer, id, |at| decide(at, &notes))?;
                rows.extend(evidence);
                let mut taken = Taken::default();
                for step in steps {
                    taken.push(organization, id, actor.clone(), step, now);
                }
                write(writer, taken, rows.into_iter().map(Change::EvidencePut).collect(), id)
            })
            .await?
    }
}

/// A change request with all that a decision about it looks at.
pub(crate) struct At<'a> {
    pub tracked: &'a Tracked,
    pub others: Vec<&'a ChangeRequest>,
    pub organization: &'a Organization,
    pub world: &'a World,
}

/// Steps to be taken, with documents that were made for them.
pub(crate) struct Steps {
    steps: Vec<Step>,
    evidence: Vec<EvidenceRow>,
}

impl From<Vec<Step>> for Steps {
    fn from(steps: Vec<Step>) -> Self {
        Self { steps, evidence: Vec::new() }
    }
}

pub(crate) fn ask<T>(
    writer: &Writer,
    id: ChangeRequestId,
    decide: impl FnOnce(&At<'_>) -> Result<T, NotChanged>,
) -> Result<T, NotChanged> {
    let world = writer.shared.world();
    let (tracked, others) = world.change_request(id).ok_or(NotChanged::UnknownChangeRequest(id))?;
    let tenant = world.organizations.get(&tracked.request.organization);
    let tenant = tenant.ok_or(NotChanged::UnknownChangeRequest(id))?;
    decide(&At { tracked, others, organization: &tenant.organization, world: &world })
}

pub(crate) fn write(
    writer: &mut Writer,
    taken: Taken,
    changes: Vec<Change>,
    id: ChangeRequestId,
) -> Result<ChangeRequest, NotChanged> {
    let drafts = taken.drafts(writer, 0)?;
    let indices = writer.write(drafts, |_| changes)?;
    taken.apply(writer, &indices);
    let world = writer.shared.world();
    let found = world.change_requests.get(&id).map(|tracked| tracked.request.clone());
    found.ok_or(NotChanged::UnknownChangeRequest(id))
}

pub(crate) fn actor(by: By) -> Vec<u8> {
    match by {
        By::Desk(id) => id.as_bytes().to_vec(),
        By::Contact(id) => id.as_bytes().to_vec(),
        By::Nobody => b"vendor".to_vec(),
    }
}

/// Nobody approves for the vendor what they ask for as the organization's security contact (threat model K10).
fn not_their_own(world: &World, organization: &Organization, by: DeskPersonId) -> Result<(), StepRefused> {
    let person = world.desk_people.get(&by);
    let own = person.is_some_and(|p| organization.contacts.iter().any(|contact| contact.email == p.email));
    if own { Err(StepRefused::OwnRequest) } else { Ok(()) }
}

fn signed_by(by: DeskPersonId, signed: &SignedApproval) -> Result<(), StepRefused> {
    if signed.approval.by == by { Ok(()) } else { Err(StepRefused::ApprovalDiffers("desk person")) }
}

pub(crate) fn document(text: &str) -> Result<Document, NotChanged> {
    let (text, length) = (text.trim(), text.chars().count());
    if text.is_empty() {
        return Err(NotChanged::Document("the text is empty; say in a few words what it is".into()));
    }
    if length > TEXT_MAX {
        let why = format!("the text has {length} characters; at most {TEXT_MAX} are taken");
        return Err(NotChanged::Document(why));
    }
    Ok(Document::text(text))
}
