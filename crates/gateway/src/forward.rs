//! Phase 5, forward: what is recorded goes upstream, and the answer comes back as it streams.
//!
//! The request is written anew from what was classified; no byte of the client's head is copied. An upstream
//! connection serves one downstream connection, and on it one visit only (N9).

mod request;
mod response;
mod tunnel;
pub(crate) mod upstream;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use byleave_domain::ids::{OrganizationId, VisitId};
use http::request::Parts;
use http::{Request, Response, StatusCode, Version};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use hyper::upgrade::OnUpgrade;

use crate::authorize::{self, Admitted};
use crate::body::{Counted, Direction, Outgoing};
use crate::classify::Attempt;
use crate::finish::Transfer;
use crate::gateway::Gateway;
use crate::ports::AssertionFacts;
use crate::record::Recorded;
use crate::refuse::{Answer, Refusal};
use crate::registry::Line;
use upstream::{ConnectError, Upstream};

/// One downstream connection, as the phases see it.
pub(crate) struct Downstream {
    pub(crate) line: Arc<Line>,
    pub(crate) peer: SocketAddr,
    /// The upstream connection of the previous request.
    kept: Mutex<Option<Kept>>,
}

struct Kept {
    whose: Whose,
    sender: SendRequest<Counted>,
}

/// What an upstream connection may be used for.
#[derive(PartialEq, Eq)]
struct Whose {
    upstream: String,
    organization: OrganizationId,
    visit: VisitId,
}

impl Downstream {
    pub(crate) const fn new(line: Arc<Line>, peer: SocketAddr) -> Self {
        Self { line, peer, kept: Mutex::new(None) }
    }

    fn take(&self, whose: &Whose) -> Option<SendRequest<Counted>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        // Ready means that the previous exchange is over, its request body included (K15).
        (kept.whose == *whose && kept.sender.is_ready()).then_some(kept.sender)
    }

    fn keep(&self, whose: Whose, sender: SendRequest<Counted>) {
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some(Kept { whose, sender });
    }
}

/// Sends a recorded request upstream and returns the answer's head; bodies follow by themselves.
pub(crate) async fn forward(
    gateway: &Gateway,
    downstream: &Downstream,
    attempt: &Attempt<'_>,
    admitted: &Admitted,
    recorded: Recorded,
    body: Incoming,
) -> Result<Response<Outgoing>, Answer> {
    let transfer = recorded.into_transfer();
    register(gateway, downstream, attempt, admitted, &transfer)?;
    let exchanged = exchange(gateway, downstream, attempt, admitted, &transfer, body).await;
    exchanged.map_err(|failed| {
        tracing::info!(decision = %attempt.arrival.decision, tool = %attempt.tool.slug, "upstream: {}", failed.why);
        transfer.answered(failed.refusal.status());
        failed.refusal.into()
    })
}

/// S7, N6: the check that a cut cannot slip past. Registered first and asked about the visit afterwards, so that a visit
/// which ends in between is found by one or the other.
fn register(
    gateway: &Gateway,
    downstream: &Downstream,
    attempt: &Attempt<'_>,
    admitted: &Admitted,
    transfer: &Transfer,
) -> Result<(), Answer> {
    let Admitted { visit, epoch } = *admitted;
    let stream = gateway.registry.enter(&downstream.line, attempt.organization, visit, epoch);
    let now = gateway.control.now();
    let open = gateway.control.visit(visit).is_some_and(|visit| visit.end_at(now).is_none());
    match stream.filter(|_| open) {
        Some(stream) => {
            transfer.registered(stream);
            Ok(())
        }
        None => Err(Refusal::denied(&authorize::no_longer(&*gateway.control, attempt, visit)).into()),
    }
}

/// The upstream did not do its part.
struct Failed {
    refusal: Refusal,
    /// For the operator.
    why: String,
}

async fn exchange(
    gateway: &Gateway,
    downstream: &Downstream,
    attempt: &Attempt<'_>,
    admitted: &Admitted,
    transfer: &Arc<Transfer>,
    body: Incoming,
) -> Result<Response<Outgoing>, Failed> {
    let upstream = Upstream::parse(&attempt.tool.upstream).ok_or_else(misdeclared)?;
    let facts = AssertionFacts {
        decision: attempt.arrival.decision,
        visit: admitted.visit,
        subject: attempt.identity.subject,
        organization: attempt.organization,
        tool: attempt.tool.id,
    };
    let head = request::head(attempt, &upstream, &gateway.control.assertion(&facts), &body)
        .map_err(|_| misdeclared())?;
    let body = Counted::new(body, Arc::clone(transfer), Direction::Up);
    let whose = Whose {
        upstream: attempt.tool.upstream.clone(),
        organization: attempt.organization,
        visit: admitted.visit,
    };
    let request = Request::from_parts(head, body);
    let (sender, answer) = send(gateway, downstream, attempt, &upstream, &whose, transfer, request).await?;
    if !response::is_framed_plainly(answer.headers()) {
        return Err(unframed(transfer));
    }
    transfer.answered(answer.status());
    if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
        return switch(downstream, attempt, transfer, answer);
    }
    if !attempt.upgrade {
        downstream.keep(whose, sender);
    }
    let (mut head, body) = answer.into_parts();
    response::rewrite(&mut head, attempt.arrival, &upstream);
    head.version = Version::HTTP_11;
    let body = Counted::new(body, Arc::clone(transfer), Direction::Down);
    Ok(Response::from_parts(head, Outgoing::Forwarded(body)))
}

/// Sends over the kept connection, or over a new one where there is none or it has just been closed by the upstream
/// without having taken anything.
async fn send(
    gateway: &Gateway,
    downstream: &Downstream,
    attempt: &Attempt<'_>,
    upstream: &Upstream,
    whose: &Whose,
    transfer: &Transfer,
    mut request: Request<Counted>,
) -> Result<(SendRequest<Counted>, Response<Incoming>), Failed> {
    let kept = if attempt.upgrade { None } else { downstream.take(whose) };
    if let Some(mut sender) = kept {
        transfer.forwarding();
        match sender.try_send_request(request).await {
            Ok(answer) => return Ok((sender, answer)),
            Err(mut error) => match error.take_message() {
                Some(untouched) => {
                    transfer.not_forwarding();
                    request = untouched;
                }
                None => return Err(broken(transfer, error.error())),
            },
        }
    }
    let connecting = upstream.connect(&gateway.tls, &downstream.line, attempt.upgrade);
    let mut sender = connecting.await.map_err(unreachable_upstream)?;
    transfer.forwarding();
    match sender.send_request(request).await {
        Ok(answer) => Ok((sender, answer)),
        Err(error) => Err(broken(transfer, &error)),
    }
}

/// The upstream changes protocol: to WebSocket and because it was asked to, or not at all.
fn switch(
    downstream: &Downstream,
    attempt: &Attempt<'_>,
    transfer: &Arc<Transfer>,
    mut answer: Response<Incoming>,
) -> Result<Response<Outgoing>, Failed> {
    let client = attempt.arrival.head.extensions.get::<OnUpgrade>().cloned();
    let client = client.filter(|_| attempt.upgrade && response::is_websocket(answer.headers()));
    let Some(client) = client else {
        transfer.upstream_failed();
        let refusal = Refusal::upstream("The tool changed protocol without being asked to.");
        return Err(Failed { refusal, why: "unasked protocol switch".into() });
    };
    let upstream = hyper::upgrade::on(&mut answer);
    downstream.line.spawn_tunnel(tunnel::run(
        client,
        upstream,
        Arc::clone(transfer),
        Arc::clone(&downstream.line),
    ));
    let mut head: http::response::Parts = answer.into_parts().0;
    response::rewrite_switch(&mut head, attempt.arrival);
    Ok(Response::from_parts(head, Outgoing::own(bytes::Bytes::new())))
}

fn misdeclared() -> Failed {
    let refusal = Refusal::upstream("The tool's address or isolation is not declared correctly.");
    Failed { refusal, why: "the tool's declaration is not usable".into() }
}

fn unreachable_upstream(error: ConnectError) -> Failed {
    let refusal = match error {
        ConnectError::Slow => Refusal::upstream_slow("The tool took no connection in time."),
        _ => Refusal::upstream("The tool takes no connection."),
    };
    Failed { refusal, why: error.to_string() }
}

fn broken(transfer: &Transfer, error: &hyper::Error) -> Failed {
    transfer.upstream_failed();
    let refusal = Refusal::upstream("The tool closed the connection, or its answer made no sense.");
    Failed { refusal, why: error.to_string() }
}

fn unframed(transfer: &Transfer) -> Failed {
    transfer.upstream_failed();
    let refusal = Refusal::upstream("The tool's answer is encoded in a way that is not forwarded.");
    Failed { refusal, why: "a transfer coding other than `chunked`".into() }
}

/// Whether a header belongs to one connection only (RFC 9110 §7.6.1).
fn is_hop_by_hop(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "keep-alive"
            | "proxy-connection"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "te"
            | "trailer"
            | "transfer-encoding"
            | "upgrade"
            | "http2-settings"
    )
}

/// The headers that `Connection` names.
fn named_by_connection(headers: &http::HeaderMap) -> Vec<String> {
    let values = headers.get_all(http::header::CONNECTION).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(|token| token.trim().to_ascii_lowercase()).collect()
}

/// The parts of a request that forwarding looks at.
type Head = Parts;
