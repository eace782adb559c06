//! What the upstream is told, and what the person gets back.

use crate::common::*;
use byleave_gateway::{Config, ExternalScheme, Registry};

const HOST: &str = "acme--system-log.localhost";

#[tokio::test]
async fn nothing_that_a_client_says_about_itself_gets_through() {
    let upstream = Upstream::plain().await;
    let world = World::start(upstream.address).await;
    let claims = [
        "Byleave-Assertion: forged",
        "byleave-subject: x",
        "X-Byleave-Subject: x",
        "Forwarded: for=1.2.3.4",
        "X-Forwarded-For: 1.2.3.4",
        "X-Forwarded-Host: evil.example",
        "X-Forwarded-Proto: https",
        "X-Forwarded-User: root",
        "X-Forwarded-Email: x",
        "X-Forwarded-Prefix: /x",
        "X-Real-IP: 1.2.3.4",
        "Remote-User: root",
        "Remote-Groups: admin",
        "X-Remote-User: root",
        "X-WebAuth-User: root",
        "X-Auth-Request-User: root",
        "X-Auth-Request-Email: x",
        "X-Authenticated-User: root",
        "X-Authenticated-Groups: admin",
        "Remote_User: root",
        "X_Forwarded_For: 1.2.3.4",
        "byleave_assertion: forged",
        "X-Original-URL: /admin",
        "X-Rewrite-URL: /admin",
        "X-HTTP-Method-Override: DELETE",
        "X-Client-IP: 1.2.3.4",
        "True-Client-IP: 1.2.3.4",
        "Proxy: http://evil.example",
        "Keep-Alive: 5",
        "TE: trailers",
        "Proxy-Connection: keep-alive",
        "Proxy-Authorization: Basic eDp5",
        "HTTP2-Settings: x",
        "Expect: 100-continue",
        "Connection: X-Secret, Byleave-Assertion, Host",
        "X-Secret: 1",
    ];
    let more = format!("{}\r\nX-Kept: 1\r\nAccept: */*\r\nUser-Agent: test\r\n", claims.join("\r\n"));
    let reply = world.sam_at(HOST, "GET /", &more).await;
    assert_eq!(reply.status, 200);
    let seen = upstream.seen.last();
    let mut names: Vec<_> =
        seen.lines().skip(1).filter_map(|line| line.split_once(':')).map(|(n, _)| n.to_lowercase()).collect();
    names.sort_unstable();
    let expected = [
        "accept",
        "byleave-assertion",
        "host",
        "user-agent",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-proto",
        "x-kept",
    ];
    assert_eq!(names, expected, "{seen}");
    let visit = world.fake.with(|state| state.begins[0].0.visit);
    assert_eq!(upstream.seen.last_header("byleave-assertion"), [format!("assertion.{ACME}.{SAM}.{visit}")]);
    assert_eq!(upstream.seen.last_header("x-forwarded-for"), ["127.0.0.1"]);
    assert_eq!(upstream.seen.last_header("x-forwarded-host"), [HOST]);
    assert_eq!(upstream.seen.last_header("x-forwarded-proto"), ["http"]);
    assert_eq!(upstream.seen.last_header("host"), [HOST]);
}

#[tokio::test]
async fn our_credentials_stay_here_and_the_upstreams_own_pass() {
    let upstream = Upstream::plain().await;
    let world = World::start(upstream.address).await;
    world.fake.visit_with_cookie(ACME, LOG, "secret");
    for authorization in ["Bearer bl_sam", "bearer   bl_sam", "BEARER bl_sam"] {
        let more = format!(
            "Authorization: {authorization}\r\nByleave-Reason: x\r\nCookie: a=b\r\nCookie: Byleave_Visit=secret; c=d\r\n"
        );
        assert_eq!(world.stranger(HOST, "GET /", &more).await.status, 200, "{authorization}");
        assert_eq!(upstream.seen.last_header("authorization"), Vec::<String>::new());
        assert_eq!(upstream.seen.last_header("cookie"), ["a=b; c=d"]);
        assert_eq!(upstream.seen.last_header("byleave-reason"), Vec::<String>::new());
    }
    // With a cookie of ours, whatever the client sends to the upstream itself passes, unless our token is in it.
    for (authorization, passes) in
        [("Basic eDp5", true), ("Bearer other", true), ("Token bl_sam", false), ("Basic x,bl_sam", false)]
    {
        let more = format!("Authorization: {authorization}\r\nCookie: byleave_visit=secret\r\n");
        assert_eq!(world.stranger(HOST, "GET /", &more).await.status, 200, "{authorization}");
        assert_eq!(upstream.seen.last_header("authorization").len(), usize::from(passes), "{authorization}");
        assert_eq!(upstream.seen.last_header("cookie").len(), 0);
    }
    for (request, _) in upstream.seen.requests() {
        assert!(!request.contains("bl_sam") && !request.contains("secret"), "{request}");
    }
}

#[tokio::test]
async fn the_organization_is_forced_into_the_request() {
    let upstream = Upstream::plain().await;
    let world = World::start(upstream.address).await;
    for (path, target) in [
        ("/", "/acme/"),
        ("/globex/secret", "/acme/globex/secret"),
        ("/acme/own", "/acme/own"),
        ("/acme-globex/x", "/acme/acme-globex/x"),
        ("/acme%3f/x", "/acme/acme%3F/x"),
        ("/%67lobex/x", "/acme/globex/x"),
        ("/static/x", "/static/x"),
    ] {
        assert_eq!(world.sam_at("acme--by-prefix.localhost", &format!("GET {path}"), "").await.status, 200);
        assert_eq!(upstream.seen.last_target(), target);
        assert_eq!(world.sam_at("localhost", &format!("GET /t/by-prefix/acme{path}"), "").await.status, 200);
        assert_eq!(upstream.seen.last_target(), target, "by path");
    }
    for path in [
        "/../globex/",
        "/static/../globex/",
        "/static/%2e%2e/globex",
        "/acme/../globex",
        "/acme/..%2fglobex",
        "//globex/",
    ] {
        assert_eq!(
            world.sam_at("acme--by-prefix.localhost", &format!("GET {path}"), "").await.status,
            400,
            "{path}"
        );
    }
    let evasions = "X-Org: globex\r\nx-org: globex\r\nX_Org: globex\r\nX-ORG : globex\r\n".replace(" :", ":");
    assert_eq!(world.sam_at("acme--by-header.localhost", "GET /x", &evasions).await.status, 200);
    assert_eq!(upstream.seen.last_header("x-org"), ["acme"]);
    assert_eq!(upstream.seen.last_header("x_org").len(), 0);
    let dropped = "Connection: x-org\r\n";
    assert_eq!(world.sam_at("acme--by-header.localhost", "GET /x", dropped).await.status, 200);
    assert_eq!(upstream.seen.last_header("x-org"), ["acme"], "Connection cannot drop it");
    let path = "GET /x?org=globex&%6Frg=globex&ORG=globex&org[]=globex&a=1;org=globex&b=2";
    assert_eq!(world.sam_at("acme--by-query.localhost", path, "").await.status, 200);
    assert_eq!(upstream.seen.last_target(), "/x?a=1&b=2&org=acme");
    // What was recorded is what was forwarded.
    let recorded = world
        .fake
        .with(|state| state.begins.iter().map(|(begin, _)| begin.target.clone()).collect::<Vec<_>>());
    let forwarded: Vec<_> = upstream
        .seen
        .requests()
        .iter()
        .map(|(head, _)| head.split(' ').nth(1).unwrap().to_owned())
        .filter(|t| !t.starts_with("/static/"))
        .collect();
    assert_eq!(recorded, forwarded);
}

#[tokio::test]
async fn redirects_and_cookies_keep_working() {
    for (location, by_host, by_path) in [
        ("/a?b", "/a?b", "/t/system-log/acme/a?b"),
        (
            "http://UPSTREAM/a?b",
            "http://acme--system-log.localhost/a?b",
            "http://localhost/t/system-log/acme/a?b",
        ),
        ("//UPSTREAM/a", "http://acme--system-log.localhost/a", "http://localhost/t/system-log/acme/a"),
        ("http://UPSTREAM", "http://acme--system-log.localhost/", "http://localhost/t/system-log/acme/"),
        (
            "http://UPSTREAM?q",
            "http://acme--system-log.localhost/?q",
            "http://localhost/t/system-log/acme/?q",
        ),
        ("relative/a", "relative/a", "relative/a"),
        ("?q", "?q", "?q"),
        ("https://elsewhere.example/a", "https://elsewhere.example/a", "https://elsewhere.example/a"),
        ("//elsewhere.example/a", "//elsewhere.example/a", "//elsewhere.example/a"),
        ("http://UPSTREAM@evil.example/", "http://UPSTREAM@evil.example/", "http://UPSTREAM@evil.example/"),
        ("http://UPSTREAM.evil.example/", "http://UPSTREAM.evil.example/", "http://UPSTREAM.evil.example/"),
        ("mailto:x@y", "mailto:x@y", "mailto:x@y"),
    ] {
        let upstream = Upstream::start(move |tcp, _| async move {
            let own = tcp.local_addr().unwrap().to_string();
            let mut client = Client::of(tcp);
            while client.request_head().await.is_some() {
                let location = location.replace("UPSTREAM", &own);
                client
                    .send(
                        format!("HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n")
                            .as_bytes(),
                    )
                    .await;
            }
        })
        .await;
        let world = World::start(upstream.address).await;
        let own = upstream.address.to_string();
        let reply = world.sam("GET /").await;
        assert_eq!(reply.header("location"), Some(by_host.replace("UPSTREAM", &own).as_str()));
        let reply = world.sam_at("localhost", "GET /t/system-log/acme/", "").await;
        assert_eq!(reply.header("location"), Some(by_path.replace("UPSTREAM", &own).as_str()));
    }
}

#[tokio::test]
async fn answers_are_the_upstreams_but_for_what_belongs_to_a_connection() {
    let upstream = Upstream::answering(
        "HTTP/1.1 418 Teapot\r\nSet-Cookie: a=1; Domain=upstream.example; Path=/app; Secure\r\nSet-Cookie: b=2;path=/\r\n\
         Set-Cookie: c=3\r\nSet-Cookie: byleave_visit=stolen; Path=/\r\nSet-Cookie: __Host-byleave_visit=stolen\r\n\
         Byleave-Decision: forged\r\nAlt-Svc: h3=\":443\"\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\n\
         X-Kept: 1\r\nContent-Security-Policy: default-src 'self'",
    )
    .await;
    let world = World::start(upstream.address).await;
    let reply = world.sam("GET /").await;
    assert_eq!((reply.status, reply.text()), (418, "ok".into()));
    assert_eq!(reply.all("set-cookie"), ["a=1; Path=/app; Secure", "b=2; Path=/", "c=3"]);
    let reply = world.sam_at("localhost", "GET /t/system-log/acme/", "").await;
    assert_eq!(
        reply.all("set-cookie"),
        ["a=1; Path=/t/system-log/acme/app; Secure", "b=2; Path=/t/system-log/acme/", "c=3"]
    );
    assert!(reply.all("byleave-decision").len() == 1 && reply.header("byleave-decision") != Some("forged"));
    for dropped in ["alt-svc", "x-hop", "keep-alive"] {
        assert_eq!(reply.header(dropped), None);
    }
    assert_eq!(
        (reply.header("x-kept"), reply.header("content-security-policy")),
        (Some("1"), Some("default-src 'self'"))
    );
}

#[tokio::test]
async fn links_that_an_upstream_makes_with_our_name_get_our_scheme() {
    let upstream =
        Upstream::answering("HTTP/1.1 302 Found\r\nLocation: http://acme--system-log.localhost/a").await;
    let https = |config: &mut Config| config.external_scheme = ExternalScheme::Https;
    let world = World::with(&format!("http://{}", upstream.address), https, Registry::new()).await;
    assert_eq!(world.sam("GET /").await.header("location"), Some("https://acme--system-log.localhost/a"));
}
