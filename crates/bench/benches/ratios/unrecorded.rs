//! Recording off: the application as the gateway sees it, but for the records of requests, which are answered at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use byleave_domain::ids::{DecisionId, OrganizationId, ToolId, VisitId};
use byleave_domain::snapshot::PolicySnapshot;
use byleave_domain::visit::Visit;
use byleave_gateway::ports::{
    AssertionFacts, Begin, ControlPlane, Credential, Denied, End, Identity, NotIdentified, NotOpened,
    NotRecorded, Opening, RecordedAt,
};
use jiff::Timestamp;

use crate::control::AppControl;

/// Everything but the records.
pub struct Unrecorded {
    /// Answers the rest.
    pub app: AppControl,
    /// The place of the next record that is not made.
    pub next: AtomicU64,
}

#[async_trait]
impl ControlPlane for Unrecorded {
    async fn record_begin(&self, _: Begin) -> Result<RecordedAt, NotRecorded> {
        Ok(RecordedAt(self.next.fetch_add(1, Ordering::Relaxed)))
    }

    fn record_end(&self, _: End) {}

    fn now(&self) -> Timestamp {
        self.app.now()
    }

    fn snapshot(&self) -> Arc<PolicySnapshot> {
        self.app.snapshot()
    }

    fn fresh_decision(&self) -> DecisionId {
        self.app.fresh_decision()
    }

    fn identify(&self, credential: &Credential<'_>) -> Result<Identity, NotIdentified> {
        self.app.identify(credential)
    }

    fn visit(&self, id: VisitId) -> Option<Visit> {
        self.app.visit(id)
    }

    async fn open_visit(&self, opening: Opening) -> Result<Visit, NotOpened> {
        self.app.open_visit(opening).await
    }

    async fn record_denied(&self, denied: Denied) {
        self.app.record_denied(denied).await;
    }

    fn count_asset(&self, visit: VisitId, bytes: u64) {
        self.app.count_asset(visit, bytes);
    }

    fn touch(&self, visit: VisitId) {
        self.app.touch(visit);
    }

    async fn redeem(&self, code: &str, organization: OrganizationId, tool: ToolId) -> Option<String> {
        self.app.redeem(code, organization, tool).await
    }

    fn assertion(&self, facts: &AssertionFacts) -> String {
        self.app.assertion(facts)
    }
}
