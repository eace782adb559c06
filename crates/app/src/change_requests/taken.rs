//! Steps on their way into the log: drafts first, and once they are durable, the state that they make.

use byleave_api::entry::Kind;
use byleave_api::payload::{ChangeRequestSigned, SignedRecord, StepRecord, kind};
use byleave_domain::change_request::{ChangeRequest, Ending, Items, Received, Source, Step};
use byleave_domain::ids::{ChangeRequestId, OrganizationId};
use byleave_domain::process::Profile;
use byleave_domain::statement::{SignedStatement, Wish};
use byleave_domain::support_access::{Confirmation, DecidedBy, Setting, SupportAccess};
use jiff::Timestamp;

use crate::NotWritten;
use crate::catalog::payload;
use crate::world::Tracked;
use crate::writer::{Draft, Index, Writer};

/// Steps of one organization's requests, in order.
#[derive(Debug, Default)]
pub(crate) struct Taken(Vec<Next>);

#[derive(Debug)]
struct Next {
    organization: OrganizationId,
    id: ChangeRequestId,
    actor: Vec<u8>,
    step: Step,
    at: Timestamp,
}

impl Taken {
    pub fn push(
        &mut self,
        organization: OrganizationId,
        id: ChangeRequestId,
        actor: Vec<u8>,
        step: Step,
        at: Timestamp,
    ) {
        self.0.push(Next { organization, id, actor, step, at });
    }

    /// A request that a contact signed with their own key.
    pub fn push_signed(
        &mut self,
        organization: OrganizationId,
        id: ChangeRequestId,
        signed: SignedStatement,
        profile: Profile,
        at: Timestamp,
    ) {
        let contact = signed.statement.contact;
        let received = Received {
            wish: signed.statement.wish,
            source: Source::Signed,
            contact: Some(contact),
            items: Items::ALL,
            evidence: None,
            statement: Some(signed),
            profile,
        };
        self.push(organization, id, contact.as_bytes().to_vec(), Step::Received(received), at);
    }

    pub fn append(&mut self, mut more: Self) {
        self.0.append(&mut more.0);
    }

    /// The entries, which begin `before` places after the log's present end. A signature is an entry of its own behind
    /// its request, so that a log shows without any payload what was signed.
    pub fn drafts(&self, writer: &Writer, before: u64) -> Result<Vec<Draft>, NotWritten> {
        let mut drafts = Vec::new();
        for taken in &self.0 {
            let world = writer.shared.world();
            let size =
                world.organizations.get(&taken.organization).map_or(0, |tenant| tenant.log.edge.size());
            let next = size + before + drafts.len() as u64;
            let draft = |kind, reference, payload| Draft {
                organization: taken.organization,
                kind,
                request: writer.shared.random_bits(),
                actor: taken.actor.clone(),
                person: None,
                reference,
                ends: Vec::new(),
                epoch: None,
                payload,
                admits_under: None,
            };
            let record = payload(&StepRecord::new(taken.id, &taken.step, taken.at))?;
            match &taken.step {
                Step::Received(received) => {
                    drafts.push(draft(Kind::ChangeRequestReceived, None, record));
                    if let Some(signed) = &received.statement {
                        let signed = ChangeRequestSigned {
                            change_request: taken.id.to_string(),
                            signed: SignedRecord::from(signed),
                        };
                        drafts.push(draft(Kind::ChangeRequestSigned, Some(next), payload(&signed)?));
                    }
                }
                step => {
                    let known = world.change_requests.get(&taken.id).map(|tracked| tracked.entry);
                    drafts.push(draft(kind(step), known, record));
                }
            }
        }
        Ok(drafts)
    }

    /// What has become durable at `indices` is so from here on.
    pub fn apply(self, writer: &Writer, indices: &[Index]) {
        let mut world = writer.shared.world_mut();
        let mut indices = indices.iter().copied();
        for taken in self.0 {
            let Some(entry) = indices.next() else { return };
            if let Step::Received(received) = &taken.step {
                if received.statement.is_some() {
                    indices.next();
                }
                let request = ChangeRequest::new(taken.id, taken.organization, received.clone(), taken.at);
                let steps = vec![(entry, taken.at, taken.step)];
                world.change_requests.insert(taken.id, Tracked { request, entry, steps });
            } else if let Some(tracked) = world.change_requests.get_mut(&taken.id) {
                tracked.take(entry, taken.at, taken.step);
            }
        }
    }
}

/// The organization's open requests of these kinds, but for one, are over.
pub(crate) fn superseded(
    writer: &Writer,
    organization: OrganizationId,
    wishes: &[Wish],
    but: Option<ChangeRequestId>,
) -> Taken {
    let now = writer.shared.clock.now();
    let world = writer.shared.world();
    let mut taken = Taken::default();
    let over = world.requests_of(organization).filter(|request| {
        request.is_open() && wishes.contains(&request.received.wish) && Some(request.id) != but
    });
    for request in over {
        let step = Step::Ended { how: Ending::Superseded, note: None };
        taken.push(organization, request.id, b"vendor".to_vec(), step, now);
    }
    taken
}

/// A contact who disabled with their own key has thereby asked for the steps that confirm it.
pub(crate) fn opened_by_disable(writer: &Writer, organization: OrganizationId, setting: &Setting) -> Taken {
    let mut taken = Taken::default();
    let signed = setting.evidence.as_ref().and_then(|evidence| evidence.statement.clone());
    let (SupportAccess::Disabled { by: DecidedBy::Contact(_), confirmation, .. }, Some(signed)) =
        (&setting.access, signed)
    else {
        return taken;
    };
    let asked = |request: &ChangeRequest| request.is_open() && request.received.wish == Wish::Disabled;
    let known = writer.shared.world().requests_of(organization).any(asked);
    if *confirmation == Confirmation::Provisional && !known {
        let id = ChangeRequestId::from_bytes(writer.shared.random_bits());
        let now = writer.shared.clock.now();
        taken.push_signed(organization, id, signed, writer.shared.process.profile, now);
    }
    taken
}
