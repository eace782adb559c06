//! Phase 5, forward: what is recorded goes upstream, and the answer comes back as it streams.
//!
//! The request is written anew from what was classified; no byte of the client's head is copied. An upstream
//! connection serves one tool and one organization, one exchange at a time (N9).

mod pool;
mod request;
mod response;
mod tunnel;
pub(crate) mod upstream;

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use byleave_fail_point::fail_point;
use http::request::Parts;
use http::{HeaderValue, Request, Response, StatusCode, Version};
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use tokio::time::timeout;

use crate::authorize::{self, Admitted};
use crate::body::{Counted, Direction, Outgoing};
use crate::classify::Attempt;
use crate::config::ANSWER_WAIT_MAX;
use crate::finish::Transfer;
use crate::gateway::Gateway;
use crate::ports::AssertionFacts;
use crate::record::Recorded;
use crate::refuse::{Answer, Refusal};
use crate::registry::Line;
use crate::route::Host;
use crate::words;
use pool::{Connection, Purpose, Sender};
use upstream::{ConnectError, Upstream};

pub(crate) use pool::{Lease, Pool};

/// One downstream connection, as the phases see it.
pub(crate) struct Downstream {
    pub(crate) line: Arc<Line>,
    /// Who is at its other end, as far as a PROXY protocol header told.
    pub(crate) peer: IpAddr,
    /// The name that was asked for in the TLS handshake, lower case.
    server_name: Option<String>,
    /// What the first request of an HTTP/2 connection was for.
    authority: OnceLock<String>,
}

impl Downstream {
    pub(crate) const fn new(line: Arc<Line>, peer: IpAddr) -> Self {
        Self { line, peer, server_name: None, authority: OnceLock::new() }
    }

    pub(crate) fn through_tls(self, server_name: Option<String>) -> Self {
        Self { server_name, ..self }
    }

    /// Whether a request for this host belongs on this connection. A browser puts several host names on one HTTP/2
    /// connection where one certificate covers them; here the names are organizations, which share none (N9).
    pub(crate) fn is_for(&self, host: &Host, version: Version) -> bool {
        let as_asked = self.server_name.as_deref().is_none_or(|name| name == host.name());
        let as_before = || {
            version != Version::HTTP_2
                || self.authority.get_or_init(|| host.authority().to_owned()) == host.authority()
        };
        as_asked && as_before()
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
        Answer::Refused(failed.refusal)
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
    refusal: Box<Refusal>,
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
    let head =
        request::head(attempt, &gateway.control.assertion(&facts), &body).map_err(|_| misdeclared())?;
    let purpose = Purpose {
        upstream: attempt.tool.upstream.clone(),
        organization: attempt.organization,
        epoch: admitted.epoch,
    };
    let lease = Lease::new(&gateway.pool, purpose);
    let counted = |body, direction, trailers| {
        Counted::new(body, Arc::clone(transfer), Arc::clone(&lease), direction, trailers)
    };
    let request = Request::from_parts(head, counted(body, Direction::Up, request::trailers));
    fail_point("forward.before");
    let (connection, answer) =
        send(gateway, downstream, attempt, &upstream, &lease, transfer, request).await?;
    fail_point("forward.answered");
    if !response::is_framed_plainly(answer.headers()) {
        return Err(unframed(transfer));
    }
    transfer.answered(answer.status());
    if answer.status() == StatusCode::SWITCHING_PROTOCOLS {
        return switch(downstream, attempt, transfer, answer);
    }
    if attempt.upgrade.is_none() {
        lease.answered(connection, transfer.sent());
    }
    let (mut head, body) = answer.into_parts();
    response::rewrite(&mut head, attempt.arrival, &upstream);
    head.version = Version::HTTP_11;
    Ok(Response::from_parts(head, Outgoing::forwarded(counted(body, Direction::Down, response::trailers))))
}

/// Sends over a connection that waits for this, or over a new one where there is none or it has just been closed by the
/// upstream without having taken anything.
async fn send(
    gateway: &Gateway,
    downstream: &Downstream,
    attempt: &Attempt<'_>,
    upstream: &Upstream,
    lease: &Lease,
    transfer: &Transfer,
    mut request: Request<Counted>,
) -> Result<(Connection, Response<Incoming>), Failed> {
    let upgrade = attempt.upgrade.is_some();
    let waiting = if upgrade { None } else { gateway.pool.take(lease.purpose(), &downstream.line).await };
    if let Some(mut connection) = waiting {
        transfer.forwarding();
        match ask(&mut connection.sender, attempt, upstream, transfer, request).await? {
            Asked::Answered(answer) => return Ok((connection, answer)),
            Asked::Untouched(untouched) => {
                transfer.not_forwarding();
                request = *untouched;
            }
        }
    }
    let connecting = upstream.connect(&gateway.pool, &gateway.tls, &downstream.line, upgrade);
    let mut connection = connecting.await.map_err(unreachable_upstream)?;
    transfer.forwarding();
    match ask(&mut connection.sender, attempt, upstream, transfer, request).await? {
        Asked::Answered(answer) => Ok((connection, answer)),
        Asked::Untouched(_) => Err(broken(transfer, "closed at once")),
    }
}

enum Asked {
    Answered(Response<Incoming>),
    /// Nothing of it has been sent.
    Untouched(Box<Request<Counted>>),
}

async fn ask(
    sender: &mut Sender,
    attempt: &Attempt<'_>,
    upstream: &Upstream,
    transfer: &Transfer,
    mut request: Request<Counted>,
) -> Result<Asked, Failed> {
    request::address(attempt, upstream, sender.speaks_2(), &mut request).map_err(|_| misdeclared())?;
    let mut answer = std::pin::pin!(sender.send(request));
    let mut taken = transfer.sent();
    loop {
        match timeout(ANSWER_WAIT_MAX, &mut answer).await {
            Ok(Ok(answer)) => return Ok(Asked::Answered(answer)),
            Ok(Err(mut error)) => {
                let untouched = error.take_message().map(|untouched| Asked::Untouched(Box::new(untouched)));
                return untouched.ok_or_else(|| broken(transfer, &error.error().to_string()));
            }
            // An upload that is still being taken is no silence.
            Err(_) if transfer.sent() > taken => taken = transfer.sent(),
            Err(_) => {
                transfer.upstream_failed();
                let refusal = Refusal::upstream_slow(words::NO_ANSWER);
                return Err(Failed { refusal: Box::new(refusal), why: "no answer in time".into() });
            }
        }
    }
}

/// Target and headers as an HTTP/1.1 upstream would get them.
#[cfg(any(test, fuzzing))]
pub(crate) fn dressed(
    attempt: &Attempt<'_>,
    assertion: &str,
    body: Incoming,
) -> Option<(String, http::HeaderMap)> {
    let upstream = Upstream::parse(&attempt.tool.upstream)?;
    let head = request::head(attempt, assertion, &body).ok()?;
    let mut request = Request::from_parts(head, body);
    request::address(attempt, &upstream, false, &mut request).ok()?;
    Some((request.uri().to_string(), request.headers().clone()))
}

/// The upstream changes protocol: to the one that it was asked for, or not at all.
fn switch(
    downstream: &Downstream,
    attempt: &Attempt<'_>,
    transfer: &Arc<Transfer>,
    mut answer: Response<Incoming>,
) -> Result<Response<Outgoing>, Failed> {
    let client = attempt.arrival.head.extensions.get::<OnUpgrade>().cloned();
    let agreed = attempt.upgrade.filter(|asked| response::is_switch_to(answer.headers(), asked));
    let Some((client, protocol)) = client.zip(agreed) else {
        transfer.upstream_failed();
        let refusal = Refusal::upstream(words::CHANGED_PROTOCOL);
        return Err(Failed { refusal: Box::new(refusal), why: "unasked protocol switch".into() });
    };
    let upstream = hyper::upgrade::on(&mut answer);
    downstream.line.spawn_tunnel(tunnel::run(
        client,
        upstream,
        Arc::clone(transfer),
        Arc::clone(&downstream.line),
    ));
    let mut head: http::response::Parts = answer.into_parts().0;
    response::rewrite_switch(
        &mut head,
        attempt.arrival,
        HeaderValue::from_str(protocol).map_err(|_| misdeclared())?,
    );
    Ok(Response::from_parts(head, Outgoing::own(bytes::Bytes::new())))
}

fn misdeclared() -> Failed {
    let refusal = Refusal::upstream(words::UNDECLARED);
    Failed { refusal: Box::new(refusal), why: "the tool's declaration is not usable".into() }
}

fn unreachable_upstream(error: ConnectError) -> Failed {
    let refusal = match error {
        ConnectError::Slow => Refusal::upstream_slow(words::NO_CONNECTION),
        _ => Refusal::upstream(words::TAKES_NONE),
    };
    Failed { refusal: Box::new(refusal), why: error.to_string() }
}

fn broken(transfer: &Transfer, why: &str) -> Failed {
    transfer.upstream_failed();
    let refusal = Refusal::upstream(words::NO_SENSE);
    Failed { refusal: Box::new(refusal), why: why.to_owned() }
}

fn unframed(transfer: &Transfer) -> Failed {
    transfer.upstream_failed();
    let refusal = Refusal::upstream(words::ENCODED);
    Failed { refusal: Box::new(refusal), why: "a transfer coding other than `chunked`".into() }
}

/// Whether a header belongs to one connection only (RFC 9110 §7.6.1). `Trailer` does not: it announces what passes.
fn is_hop_by_hop(name: &str) -> bool {
    matches!(
        name,
        "connection"
            | "keep-alive"
            | "proxy-connection"
            | "proxy-authenticate"
            | "proxy-authorization"
            | "te"
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
