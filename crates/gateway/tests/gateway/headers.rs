//! What the upstream is told, and what the person gets back.

use crate::common::*;
use byleave_gateway::{Config, ExternalScheme, Registry};

const HOST: &str = "acme--system-log.localhost";

/// A secret of ours by its shape.
const SECRET: &str = "bl_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE";

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
        "Client-IP: 1.2.3.4",
        "CF-Connecting-IP: 1.2.3.4",
        "X-Cluster-Client-IP: 1.2.3.4",
        "X-User: root",
        "X-User-Id: 0",
        "X-Username: root",
        "X-Auth-User: root",
        "X-Authentik-Username: root",
        "X-Goog-Authenticated-User-Email: x",
        "X-Goog-IAP-JWT-Assertion: x",
        "X-Amzn-Oidc-Identity: x",
        "X-MS-Client-Principal: x",
        "X-MS-Client-Principal-Name: root",
        "Cf-Access-Authenticated-User-Email: x",
        "Tailscale-User-Login: root",
        "X-SSL-Client-S-DN: CN=root",
        "SSL-Client-Cert: x",
        "X-Client-Cert: x",
        "X-Client-Certificate: x",
        "Impersonate-User: root",
        "Remote.User: root",
        "Remote~User: root",
        "Remote!User: root",
        "X-Kept.: 2",
        "Proxy: http://evil.example",
        "Keep-Alive: 5",
        "TE: gzip",
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
async fn our_secrets_reach_no_upstream_wherever_they_are() {
    let upstream = Upstream::plain().await;
    let world = World::start(upstream.address).await;
    for (header, forwarded) in [
        ("X-Api-Key: SECRET", None),
        ("Api-Token: x SECRET, y", None),
        ("Sec-WebSocket-Protocol: v1, bearer.SECRET", None),
        ("Referer: http://localhost/?code=SECRET&a", None),
        ("Location: a%3DSECRET%26b", None),
        ("Proxy-Authorization: Bearer SECRET", None),
        ("Cookie: a=1; byleave_session=x; BYLEAVE_other=y; __host-Byleave_session=z; b=2", Some("a=1; b=2")),
        ("Cookie: a=1; other=SECRET; c=\"SECRET\"; b=2", Some("a=1; b=2")),
        ("Cookie: not_byleave_session=1; byleave=2", Some("not_byleave_session=1; byleave=2")),
        // Not of the shape.
        ("X-Api-Key: bl_short", Some("bl_short")),
        ("X-Api-Key: xSECRET", Some("xSECRET")),
        ("X-Api-Key: SECRETx", Some("SECRETx")),
    ] {
        let (name, forwarded) =
            (header.split(':').next().unwrap(), forwarded.map(|f| f.replace("SECRET", SECRET)));
        let reply = world.sam_at(HOST, "GET /", &format!("{}\r\n", header.replace("SECRET", SECRET))).await;
        assert_eq!(reply.status, 200, "{header}");
        assert_eq!(upstream.seen.last_header(name), Vec::from_iter(forwarded), "{header}");
    }
    world.fake.visit_with_cookie(ACME, LOG, "secret");
    let more = format!("Authorization: Token x%3d{SECRET}\r\nCookie: byleave_visit=secret\r\n");
    assert_eq!(world.stranger(HOST, "GET /", &more).await.status, 200);
    assert_eq!(upstream.seen.last_header("authorization").len(), 0);

    let before = upstream.seen.requests().len();
    for target in [
        "/?token=SECRET",
        "/a/SECRET",
        "/SECRET/b?c",
        "/?a=b&SECRET",
        "/?to=%2Fx%3Ftoken%3DSECRET%26y",
        "/?to=%252Fx%253Ft%253DSECRET",
        "/?t=%62l%5FSECREST",
        "/?t=%2562l_SECREST",
    ] {
        let target = target.replace("SECREST", &SECRET[3..]).replace("SECRET", SECRET);
        for (host, prefix) in [(HOST, ""), ("localhost", "/t/system-log/acme")] {
            let path = format!("GET {prefix}{target}");
            for reply in [
                world.sam_at(host, &path, "").await,
                world.stranger(host, &path, "Accept: text/html\r\n").await,
                world.stranger(host, &path, "").await,
            ] {
                assert_eq!((reply.status, reply.header("location")), (400, None), "{path}");
                assert!(reply.text().contains("holds a Byleave token"), "{path}");
                assert!(!reply.text().contains(&SECRET[3..]), "{path}");
            }
        }
    }
    let lacks_slash = world.stranger("localhost", &format!("GET /t/system-log/acme?t={SECRET}"), "").await;
    assert_eq!((lacks_slash.status, lacks_slash.header("location")), (400, None));
    assert_eq!(upstream.seen.requests().len(), before);
    // The way in takes its code all the same.
    world.fake.with(|state| state.codes.insert(SECRET.into(), (ACME, LOG, "secret".into())));
    let reply = world.stranger(HOST, &format!("GET /.byleave/enter?code={SECRET}"), "").await;
    assert_eq!(reply.status, 303);
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
    for request in
        ["POST /static/globex", "DELETE /static/globex", "OPTIONS /static/globex", "PROPFIND /static/globex"]
    {
        assert_eq!(world.sam_at("acme--by-prefix.localhost", request, "").await.status, 200);
        assert_eq!(
            upstream.seen.last_target(),
            "/acme/static/globex",
            "{request}: only reading an asset escapes"
        );
    }
    assert_eq!(world.sam_at("acme--by-prefix.localhost", "HEAD /static/x", "").await.status, 200);
    assert_eq!(upstream.seen.last_target(), "/static/x");
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    world.sam_at("acme--by-prefix.localhost", "GET /static/x", upgrade).await;
    assert_eq!(upstream.seen.last_target(), "/acme/static/x");
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
    let evasions = "X-Org: globex\r\nx-org: globex\r\nX_Org: globex\r\nX.Org: globex\r\nX~Org: globex\r\nX-ORG : globex\r\n".replace(" :", ":");
    assert_eq!(world.sam_at("acme--by-header.localhost", "GET /x", &evasions).await.status, 200);
    assert_eq!(upstream.seen.last_header("x-org"), ["acme"]);
    for alike in ["x_org", "x.org", "x~org"] {
        assert_eq!(upstream.seen.last_header(alike).len(), 0);
    }
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
        // The external name under a path route, with the prefix or without it.
        ("http://localhost/a?b", "http://localhost/a?b", "http://localhost/t/system-log/acme/a?b"),
        ("https://LOCALHOST", "https://LOCALHOST", "http://localhost/t/system-log/acme/"),
        (
            "http://localhost/t/system-log/acme/a",
            "http://localhost/t/system-log/acme/a",
            "http://localhost/t/system-log/acme/a",
        ),
        ("http://localhost:1/a", "http://localhost:1/a", "http://localhost:1/a"),
        ("/t/system-log/acme?a", "/t/system-log/acme?a", "/t/system-log/acme?a"),
        ("/t/system-log/acmeevil/", "/t/system-log/acmeevil/", "/t/system-log/acme/t/system-log/acmeevil/"),
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
         Set-Cookie: =byleave_visit=stolen\r\nSet-Cookie:  = byleave_visit=stolen; Path=/\r\nSet-Cookie: byleave_visit\r\n\
         Set-Cookie: nameless; a=b\r\nSet-Cookie: \r\nSet-Cookie:   BYLEAVE_Visit =stolen\r\nSet-Cookie: byleave_session=x\r\n\
         Set-Cookie: __host-Byleave_session=x\r\nSet-Cookie: __HOST-d=4; Path=/; Secure\r\n\
         Byleave-Decision: forged\r\nAlt-Svc: h3=\":443\"\r\nConnection: X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\n\
         X-Kept: 1\r\nContent-Security-Policy: default-src 'self'",
    )
    .await;
    let world = World::start(upstream.address).await;
    let reply = world.sam("GET /").await;
    assert_eq!((reply.status, reply.text()), (418, "ok".into()));
    assert_eq!(
        reply.all("set-cookie"),
        ["a=1; Path=/app; Secure", "b=2; Path=/", "c=3", "__HOST-d=4; Path=/; Secure"]
    );
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
