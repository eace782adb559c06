//! Phase 3, authorize: the domain decides, from memory. Requests of API clients open their visit here.

use byleave_domain::decision::{self, AccessAttempt, Decision, DenyReason, VisitClaim};
use byleave_domain::ids::{OrganizationId, SubjectId, ToolId, VisitId};
use byleave_domain::text::InvalidText;
use byleave_domain::visit::Visit;
use http::HeaderMap;
use tokio::time::timeout;

use crate::arrive::Arrival;
use crate::classify::Attempt;
use crate::config::RECORD_WAIT_MAX;
use crate::identify;
use crate::ports::{ControlPlane, Denied, NotOpened, Opening};
use crate::refuse::{Answer, Refusal};
use crate::words;

/// Stands for a tool that is not known.
const NO_TOOL: ToolId = ToolId::from_bytes([0; 16]);

/// An attempt that the domain permits, under this visit and epoch.
pub(crate) struct Admitted {
    pub(crate) visit: VisitId,
    pub(crate) epoch: u64,
}

/// Decides one attempt, or answers why not.
pub(crate) async fn authorize(control: &dyn ControlPlane, attempt: &Attempt<'_>) -> Result<Admitted, Answer> {
    let visit = match attempt.identity.visit {
        Some(id) => control.visit(id).ok_or_else(|| identify::nobody(attempt.arrival))?,
        None => open_visit(control, attempt).await?,
    };
    match decide(control, attempt, VisitClaim::Under(&visit)) {
        Decision::Permit { epoch } => Ok(Admitted { visit: visit.id, epoch }),
        Decision::Deny(reason) => Err(deny(control, attempt, Some(visit.id), reason).await),
    }
}

/// Asks the domain with the newest settings and the present instant.
fn decide(control: &dyn ControlPlane, attempt: &Attempt<'_>, visit: VisitClaim<'_>) -> Decision {
    let attempt = AccessAttempt {
        subject: attempt.identity.subject,
        organization: attempt.organization,
        tool: attempt.tool.id,
        visit,
    };
    decision::authorize(&control.snapshot(), &attempt, control.now())
}

/// Why nobody gets anywhere at an address that names no tool. The setting is asked first, as it is everywhere.
pub(crate) fn without_tool(
    control: &dyn ControlPlane,
    subject: SubjectId,
    organization: OrganizationId,
) -> DenyReason {
    let visit = VisitClaim::Opens { reason: None, case: None };
    let attempt = AccessAttempt { subject, organization, tool: NO_TOOL, visit };
    match decision::authorize(&control.snapshot(), &attempt, control.now()) {
        Decision::Deny(reason) => reason,
        Decision::Permit { .. } => DenyReason::UnknownTool,
    }
}

/// Why an attempt that was admitted a moment ago no longer is.
pub(crate) fn no_longer(control: &dyn ControlPlane, attempt: &Attempt<'_>, visit: VisitId) -> DenyReason {
    let visit: Option<Visit> = control.visit(visit);
    match visit.map(|visit| decide(control, attempt, VisitClaim::Under(&visit))) {
        Some(Decision::Deny(reason)) => reason,
        _ => DenyReason::VisitSuperseded,
    }
}

async fn open_visit(control: &dyn ControlPlane, attempt: &Attempt<'_>) -> Result<Visit, Answer> {
    let headers = &attempt.arrival.head.headers;
    let reason = stated(headers, "byleave-reason")?;
    let case = stated(headers, "byleave-case")?;
    let claim = VisitClaim::Opens { reason: reason.as_ref(), case: case.as_ref() };
    let epoch = match decide(control, attempt, claim) {
        Decision::Permit { epoch } => epoch,
        Decision::Deny(reason) => return Err(deny(control, attempt, None, reason).await),
    };
    let opening = Opening {
        decision: attempt.arrival.decision,
        subject: attempt.identity.subject,
        organization: attempt.organization,
        tool: attempt.tool.id,
        reason,
        case,
        token: attempt.identity.token,
        epoch,
    };
    match timeout(RECORD_WAIT_MAX, control.open_visit(opening)).await {
        Ok(Ok(visit)) => Ok(visit),
        Ok(Err(NotOpened::Denied(reason))) => Err(deny(control, attempt, None, reason).await),
        Ok(Err(unavailable)) => {
            tracing::warn!(decision = %attempt.arrival.decision, "{unavailable}");
            Err(Refusal::unrecorded(words::VISIT_UNRECORDED).into())
        }
        Err(_late) => Err(Refusal::unrecorded(words::VISIT_LATE).into()),
    }
}

/// A short text that the client states in a header.
fn stated<T: std::str::FromStr<Err = InvalidText>>(
    headers: &HeaderMap,
    name: &str,
) -> Result<Option<T>, Refusal> {
    let mut all = headers.get_all(name).iter();
    match (all.next(), all.next()) {
        (None, _) => Ok(None),
        (Some(only), None) => {
            let text = std::str::from_utf8(only.as_bytes())
                .map_err(|_| Refusal::bad_request(format!("the header `{name}` is not UTF-8")))?;
            Ok(Some(text.parse().map_err(|error: InvalidText| Refusal::bad_request(error.to_string()))?))
        }
        _ => Err(Refusal::bad_request(format!("more than one `{name}` header"))),
    }
}

/// Records a denial and makes its answer.
pub(crate) async fn deny(
    control: &dyn ControlPlane,
    attempt: &Attempt<'_>,
    visit: Option<VisitId>,
    reason: DenyReason,
) -> Answer {
    let at = DeniedAt {
        organization: attempt.organization,
        tool: Some(attempt.tool.id),
        visit,
        target: attempt.target.to_string(),
    };
    deny_at(control, attempt.arrival, attempt.identity.subject, at, reason).await
}

/// Where somebody was refused.
pub(crate) struct DeniedAt {
    pub(crate) organization: OrganizationId,
    pub(crate) tool: Option<ToolId>,
    pub(crate) visit: Option<VisitId>,
    pub(crate) target: String,
}

/// As [`deny`], where there is less to tell.
pub(crate) async fn deny_at(
    control: &dyn ControlPlane,
    arrival: &Arrival<'_>,
    subject: SubjectId,
    at: DeniedAt,
    reason: DenyReason,
) -> Answer {
    let answer = Refusal::denied(&reason).into();
    let denied = Denied {
        decision: arrival.decision,
        organization: at.organization,
        subject,
        tool: at.tool,
        visit: at.visit,
        reason,
        method: arrival.head.method.to_string(),
        target: at.target,
        peer: arrival.client,
    };
    if timeout(RECORD_WAIT_MAX, control.record_denied(denied)).await.is_err() {
        tracing::warn!(decision = %arrival.decision, "the record of a denial was not taken in time");
    }
    answer
}
