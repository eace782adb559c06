//! One request through the phases. This file owns the order; each phase does its part and no other.

use std::sync::Arc;

use http::header::{CONNECTION, UPGRADE};
use http::request::Parts;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body::Body;
use hyper::body::Incoming;

use crate::arrive::{self, Arrival};
use crate::authorize::{self, DeniedAt};
use crate::body::Outgoing;
use crate::classify::{self, Unclassified};
use crate::config::Config;
use crate::forward::upstream::Tls;
use crate::forward::{self, Downstream, Pool};
use crate::ports::{ControlPlane, Phase};
use crate::refuse::{Answer, Links, Refusal};
use crate::registry::Registry;
use crate::words::Language;
use crate::{enter, identify, peer, record};
use byleave_domain::decision::DenyReason;
use byleave_domain::ids::DecisionId;

/// The enforcement point: settings, the world it asks, and what it keeps track of.
pub struct Gateway {
    pub(crate) config: Config,
    pub(crate) control: Arc<dyn ControlPlane>,
    pub(crate) registry: Arc<Registry>,
    pub(crate) pool: Arc<Pool>,
    pub(crate) tls: Tls,
}

impl Gateway {
    /// A gateway that lets nobody in before the registry has been loaded with open organizations.
    #[must_use]
    pub fn new(config: Config, control: Arc<dyn ControlPlane>, registry: Arc<Registry>) -> Self {
        let tls = Tls::new(config.upstream_roots.clone());
        let pool = Pool::new(Arc::clone(&registry));
        Self { config, control, registry, pool, tls }
    }

    /// Answers one request.
    pub(crate) async fn handle(
        &self,
        downstream: &Downstream,
        request: Request<Incoming>,
    ) -> Response<Outgoing> {
        let (head, body) = request.into_parts();
        let asks_to_upgrade = head.headers.contains_key(UPGRADE);
        let mut response = self.answer(downstream, &head, body).await;
        if asks_to_upgrade && response.status() != StatusCode::SWITCHING_PROTOCOLS {
            // What the client sends from here on was not followed as requests (`framing`).
            response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }

    async fn answer(&self, downstream: &Downstream, head: &Parts, body: Incoming) -> Response<Outgoing> {
        let decision = self.control.fresh_decision();
        let browser = arrive::accepts_html(head).then(|| Language::asked(&head.headers));
        let (phase, outcome, response) = match self.arrival(downstream, head, decision) {
            Ok(arrival) => match self.phases(downstream, &arrival, body).await {
                Ok(response) => (Phase::Forward, "forwarded", response),
                Err((phase, answer)) => {
                    (phase, answer.code(), answer.render(decision, browser, &arrival.links()))
                }
            },
            Err(answer) => {
                let links = Links { console: arrive::console(&self.config, None), visit: None };
                (Phase::Arrive, answer.code(), answer.render(decision, browser, &links))
            }
        };
        self.control.answered(decision, phase, outcome, response.status().as_u16());
        response
    }

    fn arrival<'a>(
        &'a self,
        downstream: &Downstream,
        head: &'a Parts,
        decision: DecisionId,
    ) -> Result<Arrival<'a>, Answer> {
        let (host, route) = arrive::read(&self.config, downstream, head)?;
        let snapshot = self.control.snapshot();
        let client = peer::client(downstream.peer, &head.headers, &self.config.trusted_forwarders);
        Ok(Arrival { config: &self.config, head, decision, client, snapshot, host, route })
    }

    async fn phases(
        &self,
        downstream: &Downstream,
        arrival: &Arrival<'_>,
        body: Incoming,
    ) -> Result<Response<Outgoing>, (Phase, Answer)> {
        let control = &*self.control;
        let at = |phase| move |answer| (phase, answer);
        // What holds nothing any more must not answer that there is nothing.
        if let Some(why) = arrival.snapshot.closed {
            return Err((Phase::Arrive, Refusal::denied(&DenyReason::Unavailable(why)).into()));
        }
        if enter::is_own(&arrival.route.inside) {
            return Err((Phase::Identify, enter::answer(control, arrival).await));
        }
        let identity = identify::identify(control, arrival).map_err(at(Phase::Identify))?;
        let attempt = match classify::classify(arrival, identity, !body.is_end_stream()) {
            Ok(attempt) => attempt,
            Err(Unclassified::Answered(answer)) => return Err((Phase::Classify, answer)),
            Err(Unclassified::UnknownTool(organization)) => {
                let target = arrival.route.inside.to_string();
                let place = DeniedAt { organization, tool: None, visit: identity.visit, target };
                let reason = authorize::without_tool(control, identity.subject, organization);
                let answer = authorize::deny_at(control, arrival, identity.subject, place, reason).await;
                return Err((Phase::Classify, answer));
            }
        };
        let admitted = authorize::authorize(control, &attempt).await.map_err(at(Phase::Authorize))?;
        let recorded = record::record(self, &downstream.line, &attempt, &admitted).await;
        let recorded = recorded.map_err(at(Phase::Record))?;
        let forwarded = forward::forward(self, downstream, &attempt, &admitted, recorded, body).await;
        forwarded.map_err(at(Phase::Forward))
    }
}
