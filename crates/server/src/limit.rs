//! How often somebody may ask (K18, K19): whoever has shown a token by whom it stands for, over all of theirs; whoever is
//! signed in by the session, so that no token of theirs keeps them from the page where they revoke it; everybody else by the
//! address that they come from. A log's files count for the capability that names the log. Disabling and freezing count apart from
//! everything else that a credential asks, so that nothing else can use up what they need: off never waits. What the
//! command line has to know before counts apart once more: the epoch, the contact, the request.
//!
//! Absent: any say in what is allowed. A credential that does not work has no limit of its own, so that whoever makes them
//! up gains nothing. What is left over is told for a credential alone: beside others at one address it would tell what
//! those do.

use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use byleave_api::problem::ProblemType;
use byleave_app::credentials::Holder;
use byleave_app::tokens::holder_of;
use byleave_domain::ids::SessionId;
use byleave_domain::token::Scope;
use governor::clock::{Clock as _, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use sha2::{Digest as _, Sha256};

use crate::auth::Known;
use crate::operations;
use crate::problem::Refusal;
use crate::serve::Peer;
use crate::site::Site;
use crate::text::Text;

/// So many files of its log may whoever has a capability read for one request of a token: a log has thousands of them.
const LOG_FILES: u32 = 10;
/// Addresses at which something is stopped, as the router names them, and what a token must be good for there; `POST` is all
/// they take, or what stops.
const STOPS: [(&str, Scope); 9] = [
    ("/portal/disable", Scope::Access),
    ("/portal/stop", Scope::Access),
    ("/portal/visits/{id}/stop", Scope::Access),
    ("/v1/organizations/{organization}/visits/stop", Scope::Access),
    ("/v1/organizations/{organization}/support-access/disable", Scope::Access),
    ("/desk/change-requests/{id}/provisional", Scope::Requests),
    ("/v1/change-requests/{id}/provisional", Scope::Requests),
    ("/desk/freezes", Scope::Freeze),
    ("/v1/freezes", Scope::Freeze),
];
/// What the command line asks before it stops something, with `GET`.
const LOOKS: [&str; 4] = [
    "/v1/organizations/{organization}/support-access",
    "/v1/organizations/{organization}/contacts",
    "/v1/change-requests/{id}",
    "/v1/me",
];
/// What nobody has used for a while is forgotten after so many requests.
const FORGET_EVERY: u32 = 4096;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LEFT: HeaderName = HeaderName::from_static("ratelimit");
/// The headers in which somebody is told.
pub(crate) const TOLD: [HeaderName; 3] = [POLICY, LEFT, header::RETRY_AFTER];

/// Requests a minute; as many may come at once.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// With one holder's tokens, or by one session.
    pub credential: NonZeroU32,
    /// From one address without either.
    pub address: NonZeroU32,
}

type Keyed<K> = RateLimiter<K, DashMapStateStore<K>, DefaultClock, StateInformationMiddleware>;

/// Whoever has shown a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Who {
    /// With a token, whichever of theirs.
    Holder(Holder),
    /// Signed in, whichever secret the session has just now.
    Session(SessionId),
    /// With this secret: the token for metrics.
    Secret([u8; 32]),
}

/// Who has asked how often.
pub(crate) struct Counted {
    credentials: Keyed<Who>,
    stops: Keyed<Who>,
    looks: Keyed<Who>,
    logs: Keyed<[u8; 32]>,
    addresses: Keyed<IpAddr>,
    limits: Limits,
    asked: AtomicU32,
}

/// By what a request counts.
enum By {
    Credential(Who),
    Stop(Who),
    Look(Who),
    Log([u8; 32]),
    Address(IpAddr),
}

impl Counted {
    pub fn new(limits: Limits) -> Self {
        let files = limits.credential.saturating_mul(NonZeroU32::MIN.saturating_add(LOG_FILES - 1));
        Self {
            credentials: keyed(limits.credential),
            stops: keyed(limits.credential),
            looks: keyed(limits.credential),
            logs: keyed(files),
            addresses: keyed(limits.address),
            limits,
            asked: AtomicU32::new(0),
        }
    }

    /// What whoever counts by this is told of their limit, if they are told of it.
    fn told(&self, by: &By) -> Option<NonZeroU32> {
        match by {
            By::Credential(_) | By::Stop(_) | By::Look(_) => Some(self.limits.credential),
            By::Log(_) | By::Address(_) => None,
        }
    }

    /// How many more may follow at once, or how long to wait.
    fn count(&self, by: &By) -> Result<u32, Duration> {
        if self.asked.fetch_add(1, Ordering::Relaxed) % FORGET_EVERY == FORGET_EVERY - 1 {
            self.credentials.retain_recent();
            self.stops.retain_recent();
            self.looks.retain_recent();
            self.logs.retain_recent();
            self.addresses.retain_recent();
        }
        let counted = match by {
            By::Credential(key) => self.credentials.check_key(key),
            By::Stop(key) => self.stops.check_key(key),
            By::Look(key) => self.looks.check_key(key),
            By::Log(key) => self.logs.check_key(key),
            By::Address(key) => self.addresses.check_key(key),
        };
        let now = DefaultClock::default().now();
        counted.map(|state| state.remaining_burst_capacity()).map_err(|not_yet| not_yet.wait_time_from(now))
    }
}

fn keyed<K: std::hash::Hash + Eq + Clone>(limit: NonZeroU32) -> Keyed<K> {
    RateLimiter::dashmap(Quota::per_minute(limit)).with_middleware()
}

/// Counts a request before anything is done for it.
pub(crate) async fn limit(State(site): State<Site>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    // Whoever watches the process must not be kept from seeing that it is flooded.
    if matches!(path, "/healthz" | "/readyz") {
        return next.run(request).await;
    }
    let peer = request.extensions().get::<ConnectInfo<Peer>>().map(|ConnectInfo(Peer(peer))| peer.ip());
    let by = whose(&site, &request, peer);
    let told = site.counted.told(&by);
    match site.counted.count(&by) {
        Ok(left) => {
            let mut response = next.run(request).await;
            if let Some(limit) = told {
                tell(response.headers_mut(), limit, left);
            }
            response
        }
        Err(wait) => {
            let seconds = wait.as_secs() + 1;
            let detail = format!("there are too many requests; the next is taken in {seconds} s");
            let mut response = Refusal::new(ProblemType::TooManyRequests, detail)
                .saying(Text::of("refusal-too-many").arg("seconds", seconds))
                .into_response();
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            if let Some(limit) = told {
                tell(response.headers_mut(), limit, 0);
            }
            response
        }
    }
}

fn whose(site: &Site, request: &Request, peer: Option<IpAddr>) -> By {
    let digest = |secret: &str| Sha256::digest(secret).into();
    if let Some(secret) = request.uri().path().strip_prefix("/c/").and_then(|rest| rest.split('/').next())
        && site.app.world().capabilities.contains_key(secret)
    {
        return By::Log(digest(secret));
    }
    if let Some(token) = operations::token_sent(site, request) {
        return By::Credential(Who::Secret(digest(token)));
    }
    if let Some(known) = Known::of(request.extensions()) {
        let good_for = |scope| known.bounds().is_none_or(|bounds| bounds.scopes.has(scope));
        let by = match stop_at(request) {
            Some(scope) if good_for(scope) => By::Stop,
            None if looks(request) && good_for(Scope::Read) => By::Look,
            _ => By::Credential,
        };
        return by(match known.session() {
            Ok(session) => Who::Session(session),
            Err(_) => Who::Holder(holder_of(known.caller)),
        });
    }
    let peer = peer.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED));
    By::Address(network((site.config.client)(peer, request.headers())))
}

/// Whether it is to stop something.
pub(crate) fn stops(request: &Request) -> bool {
    stop_at(request).is_some()
}

/// What a token must be good for, where it is.
fn stop_at(request: &Request) -> Option<Scope> {
    Some(matched(request)).filter(|_| request.method() == Method::POST).and_then(stop_of)
}

/// The same, by the router's name of the address.
pub(crate) fn stop_of(path: &str) -> Option<Scope> {
    STOPS.iter().find(|(stop, _)| *stop == path).map(|(_, scope)| *scope)
}

fn looks(request: &Request) -> bool {
    request.method() == Method::GET && LOOKS.contains(&matched(request))
}

fn matched(request: &Request) -> &str {
    request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str)
}

/// Whoever has one IPv6 address has the 2⁶⁴ beside it.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        four => four,
    }
}

/// `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10).
fn tell(headers: &mut HeaderMap, limit: NonZeroU32, left: u32) {
    for (name, value) in
        [(POLICY, format!("\"token\";q={limit};w=60")), (LEFT, format!("\"token\";r={left}"))]
    {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_count_together() {
        for (one, other, together) in [
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("2001:db8::1", "2001:db8::2", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
        ] {
            let [one, other] = [one, other].map(|address| network(address.parse().unwrap()));
            assert_eq!(one == other, together, "{one} {other}");
        }
    }

    #[test]
    fn so_many_at_once_and_then_one_after_the_other() {
        let limit = |n| NonZeroU32::new(n).unwrap();
        let counted = Counted::new(Limits { credential: limit(3), address: limit(2) });
        let (one, other) = (By::Credential(Who::Secret([1; 32])), By::Credential(Who::Holder(Holder::Admin)));
        assert_eq!([(); 3].map(|()| counted.count(&one).unwrap()), [2, 1, 0]);
        let wait = counted.count(&one).unwrap_err();
        assert!(wait > Duration::from_secs(10) && wait <= Duration::from_secs(20), "{wait:?}");
        assert_eq!(counted.count(&other), Ok(2), "others have their own");
        let address = By::Address([192, 0, 2, 1].into());
        assert_eq!([(); 2].map(|()| counted.count(&address).unwrap()), [1, 0]);
        assert!(counted.count(&address).is_err());
        for _ in 0..30 {
            counted.count(&By::Log([3; 32])).unwrap();
        }
        assert!(counted.count(&By::Log([3; 32])).is_err());
    }

    #[test]
    fn whoever_is_long_gone_is_forgotten_and_nobody_before() {
        // All are full again at once.
        let limits = Limits { credential: NonZeroU32::MAX, address: NonZeroU32::MAX };
        let counted = Counted::new(limits);
        let lengths = || {
            let Counted { credentials, stops, looks, logs, addresses, .. } = &counted;
            [credentials.len(), stops.len() + looks.len(), logs.len(), addresses.len()]
        };
        for number in 1..FORGET_EVERY {
            let secret = Sha256::digest(number.to_be_bytes()).into();
            let address = std::net::Ipv4Addr::from_bits(number).into();
            let stop = if number % 8 < 4 { By::Stop } else { By::Look };
            let who = Who::Secret(secret);
            let by = [By::Credential(who), By::Log(secret), By::Address(address), stop(who)];
            counted.count(&by[number as usize % 4]).unwrap();
        }
        assert_eq!(lengths(), [1023, 1024, 1024, 1024]);
        counted.count(&By::Credential(Who::Holder(Holder::Admin))).unwrap();
        assert_eq!(lengths(), [1, 0, 0, 0], "but for the one that has just asked");
        // Who has used something up is still known to have.
        let one = Counted::new(Limits { credential: NonZeroU32::MIN, address: NonZeroU32::MAX });
        one.count(&By::Credential(Who::Secret([1; 32]))).unwrap();
        for number in 1..FORGET_EVERY {
            one.count(&By::Address(std::net::Ipv4Addr::from_bits(number).into())).unwrap();
        }
        assert!(one.addresses.len() < 10, "{}", one.addresses.len());
        assert!(one.count(&By::Credential(Who::Secret([1; 32]))).is_err());
    }
}
