//! Documents and notes that the desk's steps rest on: each reading of one is an entry in its organization's log, and they
//! are erased when they have been kept for their time.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use byleave_api::entry::Kind;
use byleave_api::payload::{EvidenceErased, EvidenceRead};
use byleave_domain::change_request::ChangeRequest;
use byleave_domain::contact_change::ContactChange;
use byleave_domain::ids::{ChangeRequestId, ContactId, DeskPersonId, DoubtId, EvidenceId, OrganizationId};
use jiff::{SignedDuration, Timestamp};

use crate::catalog::{payload, vendor_entry};
use crate::ports::{Change, EvidenceRow};
use crate::world::World;
use crate::writer::Draft;
use crate::{App, NotWritten, Shared};

/// Largest document, bytes (threat model K13).
pub const EVIDENCE_BYTES_MAX: usize = 10 * 1024 * 1024;

/// How long evidence is kept once what it belongs to is over: seven years, as is usual for what contracts rest on.
pub const EVIDENCE_LIFE: SignedDuration = SignedDuration::from_hours(24 * 2_557);

/// How often what has been kept for its time is looked for, and how much is erased at once.
const SWEEP_EVERY: SignedDuration = SignedDuration::from_hours(1);
const ERASED_AT_ONCE: u64 = 1_000;

/// Something to be kept with a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What its bytes are, such as `application/pdf`.
    pub media_type: &'static str,
    /// The bytes.
    pub bytes: Vec<u8>,
}

impl Document {
    /// A note or message.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self { media_type: "text/plain", bytes: text.as_bytes().to_vec() }
    }
}

/// Evidence as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// What its bytes are.
    pub media_type: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// A desk person.
    Desk(DeskPersonId),
    /// A security contact, of their own organization's alone.
    Contact(ContactId, OrganizationId),
}

impl App {
    /// Reads evidence; that it was read is an entry of the organization's log before this returns. `None` when there is
    /// none that this reader may see.
    ///
    /// # Errors
    /// [`NotWritten`], also when the stored bytes are not the ones that were sealed.
    pub async fn evidence_read(&self, id: EvidenceId, by: Reader) -> Result<Option<Opened>, NotWritten> {
        let loaded = self.beside(move |app| {
            let stored = app.shared.store.evidence(id);
            let row = stored.map_err(|why| NotWritten::Unavailable(why.to_string()))?;
            let own = |row: &EvidenceRow| match by {
                Reader::Desk(_) => true,
                Reader::Contact(_, own) => own == row.organization,
            };
            Ok::<_, NotWritten>(row.filter(own))
        });
        let Some(row) = loaded.await?? else { return Ok(None) };
        let (name, actor) = match by {
            Reader::Desk(id) => (id.to_string(), id.as_bytes().to_vec()),
            Reader::Contact(id, _) => (id.to_string(), id.as_bytes().to_vec()),
        };
        let record = payload(&EvidenceRead { evidence: id.to_string(), by: name })?;
        let (organization, about) = (row.organization, ChangeRequestId::from_bytes(row.about));
        let written = self.jobs.command(move |writer| {
            let reference = writer.shared.world().change_requests.get(&about).map(|t| t.entry);
            let draft = vendor_entry(writer, organization, Kind::EvidenceRead, record);
            writer.write(vec![Draft { actor, reference, ..draft }], |_| Vec::new())
        });
        written.await??;
        Ok(Some(Opened { media_type: row.media_type, bytes: row.bytes }))
    }

    /// Erases what has been kept for its time: not before what it belongs to is over, and never what stands behind the
    /// setting in force. Looks once an hour.
    pub(crate) async fn erase_evidence(&self) -> Result<(), NotWritten> {
        let now = self.now();
        if !self.swept.due(now) {
            return Ok(());
        }
        let until = now.saturating_sub(self.shared.process.evidence_life).unwrap_or(Timestamp::MIN);
        let old = self.shared.store.evidence_old(until, ERASED_AT_ONCE);
        let old = old.map_err(|why| NotWritten::Unavailable(why.to_string()))?;
        let mut gone: BTreeMap<OrganizationId, Vec<EvidenceId>> = BTreeMap::new();
        {
            let world = self.world();
            for (id, organization, about) in old {
                if !needed(&world, organization, ChangeRequestId::from_bytes(about), until) {
                    gone.entry(organization).or_default().push(id);
                }
            }
        }
        let erased = self
            .jobs
            .command(move |writer| writer.write(Vec::new(), |_| vec![Change::MessagesErased(until)]));
        erased.await??;
        self.erase_letters().await?;
        for (organization, ids) in gone {
            let erased = self.jobs.command(move |writer| {
                let evidence = ids.iter().map(ToString::to_string).collect();
                let record = payload(&EvidenceErased { evidence })?;
                let draft = vendor_entry(writer, organization, Kind::EvidenceErased, record);
                writer.write(vec![draft], |_| ids.into_iter().map(Change::EvidenceErased).collect())
            });
            // A log that takes nothing keeps its own evidence, and nobody else's.
            if let Err(why) = erased.await? {
                tracing::warn!(organization.id = %organization, "evidence of {organization} is not erased: {why}");
            }
        }
        Ok(())
    }

    /// The bytes, for the process itself: nobody reads them.
    pub(crate) fn evidence_bytes(&self, id: EvidenceId) -> Result<Vec<u8>, NotWritten> {
        let stored =
            self.shared.store.evidence(id).map_err(|why| NotWritten::Unavailable(why.to_string()))?;
        let gone = || NotWritten::Unavailable(format!("`{id}` is not there any more"));
        Ok(stored.ok_or_else(gone)?.bytes)
    }
}

/// Whether evidence about a request, change or doubt still is: it is open, was over only later, or stands behind the setting.
fn needed(world: &World, organization: OrganizationId, about: ChangeRequestId, until: Timestamp) -> bool {
    let request = world.change_requests.get(&about).map(|tracked| &tracked.request);
    let change = world.contact_changes.get(&about).map(|(change, _)| change);
    let doubt = world.doubts.get(&DoubtId::from_bytes(*about.as_bytes())).map(|(doubt, _)| doubt);
    let setting = world.organizations.get(&organization).map(|tenant| &tenant.organization.setting);
    let behind = setting.and_then(|setting| setting.evidence.as_ref()?.change_request) == Some(about);
    let lately = request.is_some_and(|request| request.moved_at > until)
        || change.and_then(|change| change.ended).is_some_and(|(_, at)| at > until)
        || doubt.is_some_and(|doubt| doubt.answer.is_none_or(|answer| answer.at > until));
    behind
        || lately
        || request.is_some_and(ChangeRequest::is_open)
        || change.is_some_and(ContactChange::is_open)
}

/// When something was last looked through for what is too old.
#[derive(Debug, Clone, Default)]
pub(crate) struct Swept(Arc<Mutex<Option<Timestamp>>>);

impl Swept {
    pub fn due(&self, now: Timestamp) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let due = last.is_none_or(|last| now.duration_since(last) >= SWEEP_EVERY);
        if due {
            *last = Some(now);
        }
        due
    }
}

/// A document as it is to be stored. `about` is the id of the change request, change of contacts or contact that it
/// belongs to.
pub(crate) fn row(
    shared: &Shared,
    organization: OrganizationId,
    about: [u8; 16],
    document: Document,
) -> EvidenceRow {
    EvidenceRow {
        id: EvidenceId::from_bytes(shared.random_bits()),
        organization,
        about,
        media_type: document.media_type.to_owned(),
        created_at: shared.clock.now(),
        bytes: document.bytes,
    }
}
