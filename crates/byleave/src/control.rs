//! The gateway's control plane, answered by the application in the same process; and the application's enforcement
//! point, which is the gateway's registry.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use byleave_api::payload::AccessEnd;
use byleave_app::App;
use byleave_app::caller::Caller;
use byleave_app::ports::Enforcement;
use byleave_app::tokens::NotKnown;
use byleave_app::visits::{self, NotEntered};
use byleave_assertion::{Act, Assertion, LIFE_SECONDS, Signer};
use byleave_domain::ids::{DecisionId, OrganizationId, ToolId, VisitId};
use byleave_domain::snapshot::PolicySnapshot;
use byleave_domain::token::Scope;
use byleave_domain::visit::Visit;
use byleave_gateway::ports::{
    AssertionFacts, Begin, ControlPlane, Credential, Denied, End, Identity, NotIdentified, NotOpened,
    NotRecorded, Opening, Phase, RecordedAt,
};
use byleave_gateway::{CutReport, Registry};
use jiff::Timestamp;

use crate::metrics::Metrics;

/// The application as the gateway sees it.
pub struct AppControl {
    /// The application.
    pub app: App,
    /// Signs assertions.
    pub signer: Signer,
    /// `iss` of assertions: the control plane's base URL.
    pub issuer: String,
    /// Where it is counted.
    pub metrics: Arc<Metrics>,
}

#[async_trait]
impl ControlPlane for AppControl {
    fn now(&self) -> Timestamp {
        self.app.now()
    }

    fn snapshot(&self) -> Arc<PolicySnapshot> {
        self.app.policy()
    }

    fn fresh_decision(&self) -> DecisionId {
        DecisionId::from_bytes(self.app.random_bits())
    }

    fn identify(&self, credential: &Credential<'_>) -> Result<Identity, NotIdentified> {
        match credential {
            Credential::Bearer(token) => {
                let bearer = self.app.bearer(token).map_err(|why| match why {
                    NotKnown::Expired(_) => NotIdentified::TokenExpired,
                    NotKnown::Unknown => NotIdentified::Unknown,
                })?;
                let Caller::Subject(subject) = bearer.caller else { return Err(NotIdentified::Unknown) };
                bearer.bounds.scopes.allow(Scope::Enter).map_err(|_| NotIdentified::ScopeMissing)?;
                Ok(Identity { subject, visit: None, token: Some(bearer.token) })
            }
            Credential::Cookie(cookie) => {
                let known = self.app.visit_of_cookie(cookie).ok_or(NotIdentified::Unknown)?;
                let (subject, visit) = known;
                Ok(Identity { subject, visit: Some(visit), token: None })
            }
        }
    }

    fn visit(&self, id: VisitId) -> Option<Visit> {
        self.app.visit(id)
    }

    async fn open_visit(&self, opening: Opening) -> Result<Visit, NotOpened> {
        let Opening { subject, organization, tool, reason, case, token, .. } = opening;
        let opening = visits::Opening { subject, organization, tool, reason, case, token };
        self.app.visit_open(opening).await.map_err(|why| match why {
            NotEntered::Denied(reason) => NotOpened::Denied(reason),
            NotEntered::NotRecorded(why) => NotOpened::Unavailable(why),
        })
    }

    async fn record_begin(&self, begin: Begin) -> Result<RecordedAt, NotRecorded> {
        let Begin { decision, visit, epoch, method, target, peer, .. } = begin;
        let begin = visits::Begin { decision, visit, epoch, method, target, peer: peer.to_string() };
        self.app.access_begin(begin).await.map(RecordedAt).map_err(|why| match why {
            NotEntered::Denied(reason) => NotRecorded::Denied(reason),
            NotEntered::NotRecorded(why) => NotRecorded::Unavailable(why),
        })
    }

    async fn record_denied(&self, denied: Denied) {
        let Denied { decision, organization, subject, tool, visit, reason, method, target, peer } = denied;
        let peer = peer.to_string();
        let reason = reason.code();
        self.metrics.denied(reason);
        let denied =
            visits::Denied { decision, subject, organization, tool, visit, reason, method, target, peer };
        if !self.app.access_denied(denied).await {
            self.metrics.unrecorded(reason);
        }
    }

    fn record_end(&self, end: End) {
        self.metrics.ended(end.reason.as_str());
        let duration_ms = u64::try_from(end.duration.as_millis()).unwrap_or(u64::MAX);
        let ended = AccessEnd {
            entry: end.begin,
            status: end.status.unwrap_or(0),
            bytes_up: end.bytes_up,
            bytes_down: end.bytes_down,
            duration_ms,
            reason: end.reason.as_str().to_owned(),
        };
        self.app.access_end(end.visit, ended);
    }

    fn answered(&self, decision: DecisionId, phase: Phase, outcome: &'static str, status: u16) {
        let phase = phase.as_str();
        self.metrics.answered(phase, outcome);
        tracing::info!(%decision, phase, outcome, status, "request answered");
    }

    fn count_asset(&self, visit: VisitId, bytes: u64) {
        self.app.asset(visit, bytes);
    }

    fn touch(&self, visit: VisitId) {
        self.app.visit_touch(visit);
    }

    async fn redeem(&self, code: &str, organization: OrganizationId, tool: ToolId) -> Option<String> {
        self.app.pass_redeem(code, organization, tool).map(|cookie| cookie.reveal().to_owned())
    }

    fn assertion(&self, facts: &AssertionFacts) -> String {
        let policy = self.app.policy();
        let organization = policy.organizations.get(&facts.organization);
        let subject = policy.subjects.get(&facts.subject);
        let tool = policy.tools.get(&facts.tool);
        let issued = self.app.now().as_second();
        // What is not known any more stays empty, and an upstream refuses an empty audience.
        self.signer.sign(&Assertion {
            iss: self.issuer.clone(),
            aud: tool.map(|tool| tool.slug.to_string()).unwrap_or_default(),
            sub: facts.organization.to_string(),
            organization: organization.map(|o| o.slug.to_string()).unwrap_or_default(),
            act: Act {
                sub: facts.subject.to_string(),
                name: subject.map(|s| s.name.to_string()).unwrap_or_default(),
                employer: subject.map(|s| s.employer.to_string()).unwrap_or_default(),
            },
            visit: facts.visit.to_string(),
            jti: facts.decision.to_string(),
            iat: issued,
            exp: issued + LIFE_SECONDS,
        })
    }
}

/// The gateway's registry as the application sees it.
pub struct RegistryEnforcement {
    /// The registry.
    pub registry: Arc<Registry>,
    /// Where cuts are counted.
    pub metrics: Arc<Metrics>,
}

impl RegistryEnforcement {
    async fn counted(&self, cut: impl Future<Output = CutReport>) -> usize {
        let began = Instant::now();
        let connections = cut.await.connections;
        self.metrics.cut(connections, began.elapsed());
        connections
    }
}

#[async_trait]
impl Enforcement for RegistryEnforcement {
    fn name(&self) -> &'static str {
        "gateway"
    }

    async fn cut(&self, organization: OrganizationId, epoch: u64) -> usize {
        self.counted(self.registry.cut(organization, epoch)).await
    }

    async fn cut_visits(&self, visits: &BTreeSet<VisitId>) -> usize {
        self.counted(self.registry.cut_visits(visits)).await
    }

    fn open(&self, organization: OrganizationId, epoch: u64) {
        self.registry.open(organization, epoch);
    }
}
