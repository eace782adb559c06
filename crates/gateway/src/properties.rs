//! What holds for any bytes at all, for fuzzers and for the tests that replay what they found: parsing a target, following
//! a connection, and what becomes of a whole request (K15).

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use byleave_domain::ids::{DecisionId, OrganizationId, SubjectId, ToolId, VisitId};
use byleave_domain::snapshot::{OrganizationPolicy, PolicySnapshot, Standing};
use byleave_domain::support_access::SupportAccess;
use byleave_domain::tool::{Injection, Isolation, Requirement, Tool};
use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::Empty;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{join, sink};

use crate::arrive::{self, Arrival};
use crate::classify;
use crate::config::Config;
use crate::forward::{Downstream, dressed};
use crate::framing::Framing;
use crate::inbound::Inbound;
use crate::ports::Identity;
use crate::registry::Registry;
use crate::target::Target;

const ACME: OrganizationId = OrganizationId::from_bytes([1; 16]);
const SAM: SubjectId = SubjectId::from_bytes([2; 16]);
const TOOL: ToolId = ToolId::from_bytes([3; 16]);
const VISIT: VisitId = VisitId::from_bytes([4; 16]);

/// A target is refused, or has one spelling that stays what it is and hides nothing.
pub fn target(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(target) = Target::parse(text) else { return };
    let spelt = target.to_string();
    assert_eq!(Target::parse(&spelt).map(|again| again.to_string()), Ok(spelt.clone()), "{text:?}");
    assert!(
        spelt.is_ascii() && spelt.starts_with('/') && !spelt.contains([' ', '#', '\\']),
        "{text:?} {spelt}"
    );
    check_path(&target.path_decoded());
}

fn check_path(decoded: &str) {
    let mut segments = decoded.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        assert!(!segment.is_empty() || segments.peek().is_none(), "{decoded:?} has an empty segment");
        let dots = segment.trim_matches([' ', '.']).is_empty() && segment.contains('.');
        assert!(!dots, "{decoded:?} has dots");
        assert!(!segment.contains(['\\', ';', '\0', '\r', '\n']), "{decoded:?}");
    }
}

/// Where a connection is refused does not depend on how it is cut into reads; what follows is never taken.
pub fn framing(bytes: &[u8]) {
    let through = |step: usize| {
        let mut framing = Framing::new();
        let mut taken = 0;
        for part in bytes.chunks(step) {
            let fine = framing.pass(part);
            taken += fine;
            if fine < part.len() {
                assert_eq!(framing.pass(b"GET / HTTP/1.1\r\n\r\n"), 0);
                break;
            }
        }
        taken
    };
    let whole = through(bytes.len().max(1));
    for step in [1, 3, 64] {
        assert_eq!(through(step), whole, "in steps of {step}");
    }
}

/// Whatever a client sends, what would be forwarded is for one organization, from nobody who claims to be somebody, and
/// at a place below the organization's prefix.
pub fn request(bytes: &[u8]) {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let Ok(runtime) = runtime else { return };
    let dressed = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&dressed);
    runtime.block_on(async {
        let registry = Registry::new();
        let line = registry.line();
        // With its last socket it leaves the registry, and the two let go of each other.
        let _open = line.socket_open();
        let downstream = Arc::new(Downstream::new(line, [192, 0, 2, 1].into()));
        let service = service_fn(move |request: Request<hyper::body::Incoming>| {
            if let Some(head) = would_forward(&downstream, request)
                && let Ok(mut seen) = seen.lock()
            {
                seen.push(head);
            }
            std::future::ready(Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new())))
        });
        let stream = Inbound::new(Vec::new(), join(bytes, sink())).strict();
        let _ =
            hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
    });
    let dressed = dressed.lock().map(|all| all.clone()).unwrap_or_default();
    dressed.iter().for_each(|(target, headers)| check_forwarded(target, headers));
}

/// Target and headers as the upstream would get them.
fn would_forward(
    downstream: &Downstream,
    request: Request<hyper::body::Incoming>,
) -> Option<(String, HeaderMap)> {
    let config = Config::plain("localhost", &[]);
    let (head, body) = request.into_parts();
    let (host, route) = arrive::read(&config, downstream, &head).ok()?;
    let arrival = Arrival {
        config: &config,
        head: &head,
        decision: DecisionId::from_bytes([5; 16]),
        client: downstream.peer,
        snapshot: Arc::new(snapshot()?),
        host,
        route,
    };
    let identity = Identity { subject: SAM, visit: Some(VISIT), token: None };
    let attempt = classify::classify(&arrival, identity, !http_body::Body::is_end_stream(&body)).ok()?;
    dressed(&attempt, "assertion.acme", body)
}

fn snapshot() -> Option<PolicySnapshot> {
    let mut snapshot = PolicySnapshot::default();
    let policy = OrganizationPolicy {
        slug: "acme".parse().ok()?,
        name: "Acme Rockets".parse().ok()?,
        epoch: 0,
        standing: Standing::Proven(SupportAccess::Enabled),
    };
    let tool = Tool {
        id: TOOL,
        slug: "tool".parse().ok()?,
        name: "Tool".parse().ok()?,
        upstream: "http://127.0.0.1:9".into(),
        isolation: Isolation::Injected(Injection::Prefix),
        reason: Requirement::Optional,
        case: Requirement::Optional,
        assets: vec![],
    };
    snapshot.organization_slugs.insert(policy.slug.clone(), ACME);
    snapshot.organizations.insert(ACME, policy);
    snapshot.tool_slugs.insert(tool.slug.clone(), TOOL);
    snapshot.tools.insert(TOOL, tool);
    Some(snapshot)
}

fn check_forwarded(target: &str, headers: &HeaderMap) {
    let path = target.split('?').next().unwrap_or_default();
    let parsed = Target::parse(target).map(|again| (again.to_string(), again.path_decoded()));
    assert!(
        matches!(&parsed, Ok((same, decoded)) if same == target && format!("{decoded}/").starts_with("/acme/"))
    );
    assert!(path.is_ascii(), "{target}");
    let values = |wanted: &str| {
        let alike = headers.iter().filter(|(name, _)| name.as_str().replace(['_', '.'], "-") == wanted);
        alike.map(|(_, value)| value.as_bytes().to_vec()).collect::<Vec<_>>()
    };
    assert_eq!(values("byleave-assertion"), [b"assertion.acme"], "{headers:?}");
    assert_eq!(values("host").len(), 1, "{headers:?}");
    assert_eq!(values("x-forwarded-for"), [b"192.0.2.1"], "{headers:?}");
    for name in
        ["forwarded", "remote-user", "x-user", "x-real-ip", "x-original-url", "proxy-authorization", "expect"]
    {
        assert!(values(name).is_empty(), "{name}: {headers:?}");
    }
    assert!(values("content-length").len() + values("transfer-encoding").len() <= 1, "{headers:?}");
    let secret = |value: &[u8]| value.windows(3).any(|part| part == b"bl_") && value.len() > 45;
    assert!(!values("authorization").iter().any(|value| secret(value)), "{headers:?}");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Requests, and pieces of requests, that are nearly in order.
    fn nearly() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop::sample::select(vec![
            "GET ",
            "POST ",
            "/",
            "/t/tool/acme/",
            "/x",
            "..",
            "%2e",
            "%2f",
            "//",
            ";",
            "?a=b",
            "#",
            " HTTP/1.1\r\n",
            "\r\n",
            "\n",
            "\r",
            "Host: acme--tool.localhost\r\n",
            "Host: a\r\n",
            "Content-Length: 4\r\n",
            "Content-Length: 0\r\n",
            "Transfer-Encoding: chunked\r\n",
            "4\r\nabcd\r\n",
            "0\r\n\r\n",
            "abcd",
            "X-User: root\r\n",
            "Remote_User: x\r\n",
            "Byleave-Assertion: x\r\n",
            "Connection: Host\r\n",
            "\0",
            "Upgrade: websocket\r\n",
            "Connection: upgrade\r\n",
            "X-Forwarded-For: 1.2.3.4\r\n",
            " folded\r\n",
            "Cookie: byleave_visit=x\r\n",
            "\u{e9}",
        ]);
        let start = prop::sample::select(vec![
            "",
            "GET /t/tool/acme/x HTTP/1.1\r\nHost: a\r\n",
            "GET /x HTTP/1.1\r\nHost: acme--tool.localhost\r\n",
        ]);
        let pieces = prop::collection::vec(piece, 0..20);
        (start, pieces).prop_map(|(start, pieces)| [vec![start], pieces].concat().concat().into_bytes())
    }

    proptest! {
        #[test]
        fn targets_have_one_spelling(bytes in prop::collection::vec(any::<u8>(), 0..40), text in "/[a-z./%;2ef5c?# \\\\]{0,24}") {
            target(&bytes);
            target(text.as_bytes());
        }

        #[test]
        fn reads_can_be_cut_anywhere(bytes in prop::collection::vec(any::<u8>(), 0..80), nearly in nearly()) {
            framing(&bytes);
            framing(&nearly);
        }

        #[test]
        fn what_is_forwarded_is_the_organizations_own(bytes in nearly()) {
            request(&bytes);
        }
    }

    /// What fuzzers begin with, and what they have found.
    #[test]
    fn the_corpora_hold() {
        for (name, holds) in [("target", target as fn(&[u8])), ("framing", framing), ("request", request)] {
            let folder = format!("{}/../../fuzz/corpus/{name}", env!("CARGO_MANIFEST_DIR"));
            let inputs: Vec<_> =
                std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
            assert!(inputs.len() > 5, "{name}");
            inputs.iter().for_each(|input| holds(&std::fs::read(input).unwrap()));
        }
    }

    /// Otherwise the property above holds of nothing.
    #[test]
    fn some_requests_are_forwarded() {
        let registry = Registry::new();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let forwarded = Arc::new(Mutex::new(0));
        let count = Arc::clone(&forwarded);
        runtime.block_on(async {
            let downstream = Arc::new(Downstream::new(registry.line(), [192, 0, 2, 1].into()));
            let service = service_fn(move |request| {
                *count.lock().unwrap() += usize::from(would_forward(&downstream, request).is_some());
                std::future::ready(Ok::<_, Infallible>(Response::new(Empty::<Bytes>::new())))
            });
            let bytes = b"GET /t/tool/acme/x HTTP/1.1\r\nHost: a\r\n\r\n".as_slice();
            let stream = Inbound::new(Vec::new(), join(bytes, sink())).strict();
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
        assert_eq!(*forwarded.lock().unwrap(), 1);
    }
}
