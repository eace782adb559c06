//! Whether anything can be written. The writer is asked at most once a second and by one at a time, however many want to
//! know: whoever watches the process must not be a way to keep it busy (K19).

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;
use tokio::time::timeout;

use crate::clock::counts;
use crate::{App, NotWritten, WRITE_WAIT_MAX};

/// How long the writer's answer counts.
const ANSWER_LASTS: SignedDuration = SignedDuration::from_secs(1);

/// The writer's last answer.
pub(crate) type Asked = Arc<Mutex<Option<Answer>>>;

pub(crate) struct Answer {
    at: Timestamp,
    /// Why nobody was let in then. A writer that has halted since is not the one that answered.
    closed: Option<&'static str>,
    writes: Result<(), NotWritten>,
}

impl App {
    /// Whether the writer took a transaction within the last second, or takes one now, within [`WRITE_WAIT_MAX`].
    ///
    /// # Errors
    /// [`NotWritten`] says why it does not.
    pub async fn can_write(&self) -> Result<(), NotWritten> {
        let app = self.clone();
        // To its end: who goes away while asking must not make room for the next to ask.
        self.to_its_end(async move {
            let mut last = app.asked.lock().await;
            let closed = app.policy().closed;
            match &*last {
                Some(answer) if answer.closed == closed && counts(answer.at, app.now(), ANSWER_LASTS) => {
                    answer.writes.clone()
                }
                _ => {
                    let writes = app.writes().await;
                    *last = Some(Answer { at: app.now(), closed, writes: writes.clone() });
                    writes
                }
            }
        })
        .await?
    }

    async fn writes(&self) -> Result<(), NotWritten> {
        let nothing = self.jobs.command(|writer| writer.write(Vec::new(), |_| Vec::new()).map(drop));
        let late = |_| NotWritten::Unavailable(format!("the writer has not answered for {WRITE_WAIT_MAX:?}"));
        timeout(WRITE_WAIT_MAX, nothing).await.map_err(late)??
    }
}
