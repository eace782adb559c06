//! An organization's log as outsiders read it: checkpoint, tiles and entry bundles, all made from what is stored.

use byleave_api::entry::{Leaf, commitment};
use byleave_domain::ids::{OrganizationId, SubjectId, VisitId};
use byleave_tlog::tile::{encode_entries, encode_hashes};
use byleave_tlog::{Hash, TilePath, leaf_hash};
use jiff::Timestamp;

use crate::App;
use crate::ports::{Entry, Kept, Store, StoreError, VisitRow, VisitsWanted};

/// Entries of one page of payloads at most.
const PAGE_ENTRIES_MAX: u64 = 256;
/// Bytes of payloads after which a page takes no further entry.
pub const PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;

impl App {
    /// The log's newest checkpoint.
    #[must_use]
    pub fn checkpoint(&self, organization: OrganizationId) -> Option<String> {
        let world = self.world();
        world.organizations.get(&organization).map(|tenant| tenant.log.checkpoint.clone())
    }

    /// One file of the log. `None` for anything that the tree of the newest checkpoint does not have.
    /// Blocks on the store.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn log_file(
        &self,
        organization: OrganizationId,
        path: &TilePath,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let size = self.world().organizations.get(&organization).map_or(0, |tenant| tenant.log.edge.size());
        stored_file(&*self.shared.store, organization, size, path)
    }

    /// The organization's entries from `first` on with their payloads, as many as make a page of at most
    /// [`PAGE_BYTES_MAX`] and one entry more. Blocks on the store.
    ///
    /// # Errors
    /// [`StoreError`]; `Corrupt` when a payload is not the one that was recorded.
    pub fn entries_disclosed(
        &self,
        organization: OrganizationId,
        first: u64,
    ) -> Result<Vec<Entry>, StoreError> {
        let mut entries = self.shared.store.entries(organization, first, PAGE_ENTRIES_MAX)?;
        let mut bytes = 0;
        let fitting = entries.iter().take_while(|entry| {
            let fits = bytes < PAGE_BYTES_MAX;
            bytes += entry.payload().map_or(0, <[u8]>::len);
            fits
        });
        let fitting = fitting.count();
        entries.truncate(fitting);
        self.whole(organization, &entries)?;
        Ok(entries)
    }

    /// One visit with its numbers, open or over. Blocks on the store.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn visit_row(&self, id: VisitId) -> Result<Option<VisitRow>, StoreError> {
        let open = self.world().visits.get(&id).map(|open| open.row.clone());
        open.map_or_else(|| self.shared.store.visit(id), |row| Ok(Some(row)))
    }

    /// The newest of an organization's visits, or of those that are wanted, newest first; of the open ones as they were
    /// when they were last written. Blocks on the store.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn visits_past(
        &self,
        wanted: impl Into<VisitsWanted>,
        count: u64,
    ) -> Result<Vec<VisitRow>, StoreError> {
        self.shared.store.visits(&wanted.into(), count)
    }

    /// A support person's visits that are over, in whatever organization, newest first; behind `after` in that order.
    /// Blocks on the store.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn visits_over(
        &self,
        subject: SubjectId,
        after: Option<(Timestamp, VisitId)>,
        count: u64,
    ) -> Result<Vec<VisitRow>, StoreError> {
        self.shared.store.visits_over(subject, after, count)
    }

    /// The entries under one visit of an organization, oldest first, each with the payload that its leaf commits to, or
    /// without one where it was erased.
    /// Blocks on the store.
    ///
    /// # Errors
    /// [`StoreError`]; `Corrupt` when a payload is not the one that was recorded.
    pub fn visit_entries(
        &self,
        organization: OrganizationId,
        visit_entry: u64,
        count: u64,
    ) -> Result<Vec<Entry>, StoreError> {
        let entries = self.shared.store.entries_referring(organization, visit_entry, count)?;
        self.whole(organization, &entries)?;
        Ok(entries)
    }

    /// The last entries under one visit, newest first; otherwise as [`visit_entries`](Self::visit_entries).
    ///
    /// # Errors
    /// [`StoreError`]; `Corrupt` when a payload is not the one that was recorded.
    pub fn visit_entries_last(
        &self,
        organization: OrganizationId,
        visit_entry: u64,
        count: u64,
    ) -> Result<Vec<Entry>, StoreError> {
        let entries = self.shared.store.entries_referring_last(organization, visit_entry, count)?;
        self.whole(organization, &entries)?;
        Ok(entries)
    }

    /// Nothing is shown that is not what was recorded.
    fn whole(&self, organization: OrganizationId, entries: &[Entry]) -> Result<(), StoreError> {
        for entry in entries {
            let leaf = Leaf::decode(&entry.leaf).ok();
            let holds = match &entry.kept {
                Kept::Whole { salt, payload } => {
                    leaf.is_some_and(|leaf| leaf.commitment == commitment(salt, payload))
                }
                // Those of whoever is still known are there.
                Kept::Erased => {
                    let world = self.world();
                    let tenant = world.organizations.get(&organization);
                    world.is_gone(entry.person)
                        || tenant.is_some_and(|tenant| tenant.erased.contains(&entry.index))
                }
                Kept::Unreadable => false,
            };
            if !holds {
                let (row, why) = (entry.index.to_string(), "its payload is not the recorded one".to_owned());
                return Err(StoreError::Corrupt { what: "log_entry", row, why });
            }
        }
        Ok(())
    }
}

/// One file of a log of `size` entries, made from what is stored.
pub(crate) fn stored_file(
    store: &dyn Store,
    organization: OrganizationId,
    size: u64,
    path: &TilePath,
) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(first) = path.first().filter(|_| path.within(size)) else { return Ok(None) };
    let count = u64::from(path.width());
    let file = match path.level() {
        None => {
            let leaves = store.leaves(organization, first, count)?;
            encode_entries(&leaves).ok()
        }
        Some(0) => {
            let leaves = store.leaves(organization, first, count)?;
            Some(encode_hashes(&leaves.iter().map(|leaf| leaf_hash(leaf)).collect::<Vec<Hash>>()))
        }
        Some(level) => Some(encode_hashes(&store.nodes(organization, level, first, count)?)),
    };
    Ok(file)
}
