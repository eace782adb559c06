//! A look at what is stored, without changing it and while nobody serves it: what the start would believe, log by log.
//!
//! It reads with the functions of the start itself. Absent: taking a log apart as a stranger would; `byleave verify` does
//! that, from the files that [`LogFiles`] makes.

use std::collections::BTreeMap;

use byleave_domain::ids::{FreezeId, OrganizationId};
use byleave_domain::text::Slug;
use byleave_tlog::{Checkpoint, NoteVerifier, TilePath};
use jiff::Timestamp;

use crate::keys::Keys;
use crate::load;
use crate::log::stored_file;
use crate::ports::{Store, StoreError, Stored};

/// What was found.
#[derive(Debug)]
pub struct Found {
    /// When it was copied, where it is a copy.
    pub copied_at: Option<Timestamp>,
    /// Every organization's log.
    pub logs: Vec<FoundLog>,
    /// What is wrong with the rows of freezes, one a freeze. The start would keep people out by what is believed instead.
    pub freeze_faults: Vec<(FreezeId, String)>,
    /// Rows that cannot be read and decide nothing: the start would leave them out.
    pub left_out: Vec<StoreError>,
}

/// One organization's log, as the start would find it.
#[derive(Debug)]
pub struct FoundLog {
    /// Whose it is.
    pub organization: OrganizationId,
    /// Their name in addresses.
    pub slug: Slug,
    /// The log's name.
    pub origin: String,
    /// Entries.
    pub size: u64,
    /// Why the organization would be closed, if it would.
    pub fault: Option<String>,
    /// The checkpoint that would be served, and the key that it verifies with. None where the log does not hold, or the
    /// deployment's name cannot sign.
    pub checkpoint: Option<(String, NoteVerifier)>,
}

/// Why it could not be looked at.
#[derive(Debug, thiserror::Error)]
pub enum NotChecked {
    /// Something does not read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Looks at everything that is stored, telling `progress` of each log that is done, and of how many there are.
///
/// # Errors
/// [`NotChecked`]: a start would not get further either.
pub fn check(
    store: &dyn Store,
    keys: &Keys,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<Found, NotChecked> {
    let Stored { organizations, outbox, copied_at, freezes, messages_unreadable: left_out, .. } =
        store.load()?;
    let (mut logs, mut proofs) = (Vec::new(), BTreeMap::new());
    for organization in &organizations {
        let proof = load::read_log(store, keys, organization)?;
        let waiting = outbox.iter().find(|row| row.organization == organization.row.id);
        let fault = load::believe(organization, &proof, waiting).fault;
        let log = organization.row.log;
        let checkpoint = proof.holds().then(|| {
            let signer = keys.signer(log).ok()?;
            let head = Checkpoint { origin: keys.origin(log), size: proof.size(), root: proof.root() };
            Some((head.sign(&signer).ok()?, signer.verifier().clone()))
        });
        logs.push(FoundLog {
            organization: organization.row.id,
            slug: organization.row.slug.clone(),
            origin: keys.origin(log),
            size: proof.size(),
            fault,
            checkpoint: checkpoint.flatten(),
        });
        proofs.insert(organization.row.id, proof);
        progress(logs.len() as u64, organizations.len() as u64);
    }
    // The time would be when one that cannot be read was found, which is not told.
    let freezes = load::proven_freezes(&freezes, &proofs, Timestamp::UNIX_EPOCH)?;
    let freeze_faults =
        freezes.into_iter().filter_map(|(id, believed)| Some((id, believed.fault?))).collect();
    Ok(Found { copied_at, logs, freeze_faults, left_out })
}

/// A log's files, made from what is stored as they would be for an outsider.
pub struct LogFiles<'a> {
    /// Where it is stored.
    pub store: &'a dyn Store,
    /// Which.
    pub log: &'a FoundLog,
}

impl LogFiles<'_> {
    /// The file at `path` below the log's prefix; `None` where there is none.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn get(&self, path: &str) -> Result<Option<Vec<u8>>, StoreError> {
        if path == "checkpoint" {
            return Ok(self.log.checkpoint.as_ref().map(|(text, _)| text.clone().into_bytes()));
        }
        let Ok(path) = path.parse::<TilePath>() else { return Ok(None) };
        stored_file(self.store, self.log.organization, self.log.size, &path)
    }
}
