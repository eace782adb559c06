//! Documents and notes that steps of a change request rest on: encrypted at rest under a key of their organization, and
//! each reading of one an entry in its log.

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use byleave_api::entry::Kind;
use byleave_api::payload::EvidenceRead;
use byleave_domain::ids::{ChangeRequestId, ContactId, DeskPersonId, EvidenceId, OrganizationId, to_hex};

use crate::catalog::payload;
use crate::ports::EvidenceRow;
use crate::writer::Draft;
use crate::{App, NotWritten, Shared};

/// Largest document, bytes (threat model K13).
pub const EVIDENCE_BYTES_MAX: usize = 10 * 1024 * 1024;

const NONCE_BYTES: usize = 12;

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
        self.jobs
            .command(move |writer| {
                let stored = writer.shared.store.evidence(id);
                let row = stored.map_err(|why| NotWritten::Unavailable(why.to_string()))?;
                let Some(row) = row else { return Ok(None) };
                let (name, actor) = match by {
                    Reader::Desk(id) => (id.to_string(), id.as_bytes().to_vec()),
                    Reader::Contact(_, own) if own != row.organization => return Ok(None),
                    Reader::Contact(id, _) => (id.to_string(), id.as_bytes().to_vec()),
                };
                let bytes = open(&writer.shared, &row)?;
                let about = ChangeRequestId::from_bytes(row.about);
                let entry = writer.shared.world().change_requests.get(&about).map(|t| t.entry);
                let read = EvidenceRead { evidence: id.to_string(), by: name };
                let draft = Draft {
                    organization: row.organization,
                    kind: Kind::EvidenceRead,
                    request: writer.shared.random_bits(),
                    actor,
                    reference: entry,
                    ends: Vec::new(),
                    epoch: None,
                    payload: payload(&read)?,
                    admits_under: None,
                };
                writer.write(vec![draft], |_| Vec::new())?;
                Ok(Some(Opened { media_type: row.media_type, bytes }))
            })
            .await?
    }

    /// The bytes, for the process itself: nobody reads them.
    pub(crate) fn evidence_bytes(&self, id: EvidenceId) -> Result<Vec<u8>, NotWritten> {
        let stored =
            self.shared.store.evidence(id).map_err(|why| NotWritten::Unavailable(why.to_string()))?;
        let gone = || NotWritten::Unavailable(format!("`{id}` is not there any more"));
        open(&self.shared, &stored.ok_or_else(gone)?)
    }
}

/// Encrypts a document under its organization's key, bound to its place. `about` is the id of the change request,
/// change of contacts or contact that it belongs to.
pub(crate) fn seal(
    shared: &Shared,
    organization: OrganizationId,
    about: [u8; 16],
    document: Document,
) -> Result<EvidenceRow, NotWritten> {
    let id = EvidenceId::from_bytes(shared.random_bits());
    let mut sealed = document.bytes;
    let nonce = key(shared, organization)?
        .seal_in_place_append_tag(Aad::from(place(id, organization, about)), &mut sealed)
        .map_err(|_| NotWritten::Unavailable("a document could not be encrypted".into()))?;
    sealed.splice(0..0, *nonce.as_ref());
    Ok(EvidenceRow {
        id,
        organization,
        about,
        media_type: document.media_type.to_owned(),
        created_at: shared.clock.now(),
        sealed,
    })
}

pub(crate) fn open(shared: &Shared, row: &EvidenceRow) -> Result<Vec<u8>, NotWritten> {
    let changed = || NotWritten::Unavailable(format!("`{}` is not what was stored", row.id));
    let (nonce, sealed) = row.sealed.split_at_checked(NONCE_BYTES).ok_or_else(changed)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| changed())?;
    let mut bytes = sealed.to_vec();
    let place = place(row.id, row.organization, row.about);
    let plain = key(shared, row.organization)?
        .open_in_place(nonce, Aad::from(place), &mut bytes)
        .map_err(|_| changed())?
        .len();
    bytes.truncate(plain);
    Ok(bytes)
}

fn place(id: EvidenceId, organization: OrganizationId, about: [u8; 16]) -> String {
    format!("byleave/evidence/v1\n{id}\n{organization}\n{}\n", to_hex(&about))
}

fn key(shared: &Shared, organization: OrganizationId) -> Result<RandomizedNonceKey, NotWritten> {
    let key = shared.keys.seed_for(&format!("evidence/{organization}"));
    RandomizedNonceKey::new(&AES_256_GCM, &key)
        .map_err(|_| NotWritten::Unavailable("there is no key for documents".into()))
}
