//! Phase 4, record: nothing is forwarded that is not durably in the organization's log (S1, S7).
//!
//! [`Recorded`] is the proof. Only [`record`] makes one, and `forward` takes nothing else, so that forwarding what is
//! not recorded does not compile.

use std::sync::Arc;

use byleave_fail_point::fail_point;
use tokio::sync::oneshot;
use tokio::time::timeout;

use crate::authorize::{self, Admitted};
use crate::classify::Attempt;
use crate::config::RECORD_WAIT_MAX;
use crate::finish::{Kind, Transfer};
use crate::gateway::Gateway;
use crate::ports::{Begin, NotRecorded, RecordedAt};
use crate::refuse::{Answer, Refusal};
use crate::registry::Line;
use crate::words;

/// An access that is in the log, or a declared asset, which its visit counts.
pub(crate) struct Recorded {
    transfer: Arc<Transfer>,
}

impl Recorded {
    /// What carries the access to its end.
    pub(crate) fn into_transfer(self) -> Arc<Transfer> {
        self.transfer
    }
}

/// Records an admitted attempt, or answers that it cannot be let through.
pub(crate) async fn record(
    gateway: &Gateway,
    line: &Arc<Line>,
    attempt: &Attempt<'_>,
    admitted: &Admitted,
) -> Result<Recorded, Answer> {
    if attempt.asset {
        let kind = Kind::Asset { visit: admitted.visit };
        let transfer = Transfer::new(Arc::clone(&gateway.control), Arc::clone(line), kind);
        return Ok(Recorded { transfer: Arc::new(transfer) });
    }
    let answer = begin(gateway, line, begin_of(attempt, admitted));
    match timeout(RECORD_WAIT_MAX, answer).await {
        Ok(Ok(Ok(recorded))) => Ok(recorded),
        Ok(Ok(Err(NotRecorded::Denied(reason)))) => {
            Err(authorize::deny(&*gateway.control, attempt, Some(admitted.visit), reason).await)
        }
        Ok(Ok(Err(unavailable))) => {
            tracing::warn!(decision = %attempt.arrival.decision, "{unavailable}");
            Err(Refusal::unrecorded(words::REQUEST_UNRECORDED).into())
        }
        // Too late, or the recorder panicked.
        Err(_) | Ok(Err(_)) => Err(Refusal::unrecorded(words::REQUEST_LATE).into()),
    }
}

fn begin_of(attempt: &Attempt<'_>, admitted: &Admitted) -> Begin {
    Begin {
        decision: attempt.arrival.decision,
        visit: admitted.visit,
        organization: attempt.organization,
        subject: attempt.identity.subject,
        tool: attempt.tool.id,
        epoch: admitted.epoch,
        method: attempt.arrival.head.method.to_string(),
        target: attempt.target.to_string(),
        peer: attempt.arrival.client,
    }
}

/// Asks for the record in a task of its own, which goes on when nobody waits any more: a place that comes too late, or
/// for a connection that is gone, becomes a transfer that is dropped at once, and thus an end "not forwarded".
fn begin(
    gateway: &Gateway,
    line: &Arc<Line>,
    begin: Begin,
) -> oneshot::Receiver<Result<Recorded, NotRecorded>> {
    let (sender, receiver) = oneshot::channel();
    let open = gateway.registry.access(begin.organization, begin.visit);
    let (control, line) = (Arc::clone(&gateway.control), Arc::clone(line));
    tokio::spawn(async move {
        let (organization, visit) = (begin.organization, begin.visit);
        fail_point("record.sent");
        let answer = control.record_begin(begin).await.map(|RecordedAt(index)| {
            let kind = Kind::Access { organization, visit, begin: index, _open: open };
            Recorded { transfer: Arc::new(Transfer::new(control, line, kind)) }
        });
        fail_point("record.answered");
        drop(sender.send(answer));
    });
    receiver
}
