//! How full the disk is, measured now and then. Absent: how it is measured, which is a port, and what follows from it, which
//! is the domain's.

use std::sync::Arc;
use std::time::Duration;

use byleave_domain::room::Space;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use crate::clock::counts;
use crate::ports::Disk;

/// How long a measure counts.
const MEASURE_LASTS: SignedDuration = SignedDuration::from_secs(1);
/// How long anybody waits for a disk that does not answer; then it is one that cannot be asked.
const MEASURE_WAIT_MAX: Duration = Duration::from_secs(1);

/// The last measure, taken anew at most once a second and one at a time: a disk that hangs holds up one thread, which nobody
/// else needs.
#[derive(Clone)]
pub(crate) struct Measured {
    disk: Arc<dyn Disk>,
    last: Arc<Mutex<Option<Measure>>>,
}

/// When, and what was found.
type Measure = (Timestamp, Option<Space>);

impl Measured {
    pub fn new(disk: Arc<dyn Disk>) -> Self {
        Self { disk, last: Arc::default() }
    }

    pub async fn space(&self, now: Timestamp) -> Option<Space> {
        tokio::time::timeout(MEASURE_WAIT_MAX, self.measured(now)).await.ok().flatten()
    }

    async fn measured(&self, now: Timestamp) -> Option<Space> {
        let mut last = Arc::clone(&self.last).lock_owned().await;
        if let Some((_, space)) = last.filter(|(at, _)| counts(*at, now, MEASURE_LASTS)) {
            return space;
        }
        let disk = Arc::clone(&self.disk);
        // The lock goes along: it is held until the disk has answered, whether or not anybody still waits.
        let asked = tokio::task::spawn_blocking(move || {
            let space = disk.space();
            *last = Some((now, space));
            space
        });
        asked.await.ok().flatten()
    }
}
