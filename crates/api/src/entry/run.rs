//! Runs of consecutive entry indices: how one entry ends many requests in few bytes.

use super::LeafError;

/// Most runs in one entry; more ends go into a further entry. Keeps a leaf below 4096 bytes.
pub const RUNS_MAX: usize = 200;

/// `count` consecutive indices from `first` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// The lowest index.
    pub first: u64,
    /// How many indices, at least 1.
    pub count: u64,
}

impl Run {
    /// The index after the last one; `None` beyond 64 bits.
    #[must_use]
    pub fn end(&self) -> Option<u64> {
        self.first.checked_add(self.count)
    }

    /// The indices, lowest first. A run may claim more of them than any log has: check before walking.
    pub fn indices(&self) -> impl Iterator<Item = u64> + use<> {
        self.first..self.first.saturating_add(self.count)
    }
}

/// The runs that indices in any order form, as [`Leaf::ends`](super::Leaf::ends) wants them; the caller sees to it that
/// they are at most [`RUNS_MAX`].
///
/// ```
/// use byleave_api::entry::{Run, runs};
/// assert_eq!(runs([9, 4, 5]), [Run { first: 4, count: 2 }, Run { first: 9, count: 1 }]);
/// ```
#[must_use]
pub fn runs(indices: impl IntoIterator<Item = u64>) -> Vec<Run> {
    let mut indices: Vec<u64> = indices.into_iter().collect();
    indices.sort_unstable();
    indices.dedup();
    let mut runs: Vec<Run> = Vec::new();
    for index in indices {
        match runs.last_mut() {
            Some(run) if run.end() == Some(index) => run.count += 1,
            _ => runs.push(Run { first: index, count: 1 }),
        }
    }
    runs
}

/// In order, none empty, a gap between each two, not too many.
pub(super) fn check(runs: &[Run]) -> Result<(), LeafError> {
    // The lowest index that the next run may start with: one further than the end of the run before.
    let mut free = 0;
    for run in runs {
        let end = run.end().ok_or(LeafError::Ends)?;
        if run.count == 0 || run.first < free {
            return Err(LeafError::Ends);
        }
        free = end.saturating_add(1);
    }
    if runs.len() > RUNS_MAX { Err(LeafError::Ends) } else { Ok(()) }
}
