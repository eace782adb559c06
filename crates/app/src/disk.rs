//! How full the disk is, measured now and then. Absent: how it is measured, which is a port, and what follows from it, which
//! is the domain's.

use std::sync::{Arc, Mutex, PoisonError};

use byleave_domain::room::Space;
use jiff::{SignedDuration, Timestamp};

use crate::ports::Disk;

/// How long a measure counts.
const MEASURE_LASTS: SignedDuration = SignedDuration::from_secs(1);

/// The last measure, taken anew at most once a second.
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

    pub fn space(&self, now: Timestamp) -> Option<Space> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match *last {
            // A clock that was set back must not keep an old measure for long.
            Some((at, space)) if now.duration_since(at).abs() < MEASURE_LASTS => space,
            _ => {
                let space = self.disk.space();
                *last = Some((now, space));
                space
            }
        }
    }
}
