//! Whether there is room for somebody new: on the disk, and in how far the logs are behind with ends.

use std::sync::PoisonError;

use byleave_domain::decision::DenyReason;
use byleave_domain::room::EndsWaiting;

use crate::App;
use crate::visits::NotEntered;

impl App {
    /// Below the mark nobody new is let in; where the disk cannot be asked, neither (2.12). Nor while the logs are behind
    /// with ends, or ends that wait for them cannot be kept (2.6).
    pub(super) async fn has_room(&self) -> Result<(), NotEntered> {
        if !self.space().await.is_some_and(|space| space.is_enough()) {
            return Err(NotEntered::Denied(DenyReason::NoRoom));
        }
        if self.ends_behind().is_some() {
            return Err(NotEntered::Denied(DenyReason::EndsWaiting));
        }
        Ok(())
    }

    /// What is kept for ends and disabling is not to be used up by whoever is refused over and over.
    pub(super) async fn has_room_for_denial(&self) -> bool {
        let enough = self.space().await.is_some_and(|space| space.is_enough());
        enough || self.denials.lock().unwrap_or_else(PoisonError::into_inner).take(self.now())
    }

    /// Ends of requests that are in no log yet.
    #[must_use]
    pub fn ends_waiting(&self) -> EndsWaiting {
        self.shared.ends.waiting()
    }

    /// Why ends keep anybody new from being let in, if so.
    #[must_use]
    pub fn ends_behind(&self) -> Option<String> {
        if let Some(why) = self.shared.ends.fault() {
            return Some(format!(
                "ends of requests cannot be kept until they are in their logs: {why}; restart"
            ));
        }
        let (waiting, now) = (self.ends_waiting(), self.now());
        let why = || {
            let age = waiting.age(now).as_secs();
            format!("{} ends of requests are in no log yet, the oldest for {age} s", waiting.count)
        };
        (!waiting.are_few(now)).then(why)
    }
}
