//! Who gets where: addresses, credentials, visits, refusals, the way in.

use crate::common::*;
use byleave_gateway::ExternalScheme;
use byleave_gateway::Registry;
use byleave_gateway::ports::EndReason;

const HTML: &str = "Accept: text/html,application/xhtml+xml;q=0.9\r\n";

#[tokio::test]
async fn host_names_and_paths_lead_to_the_same_place() {
    let upstream = Upstream::plain().await;
    let world = World::start(upstream.address).await;
    let port = world.gateway.port();
    for (host, path, target, host_seen) in [
        (
            format!("acme--system-log.localhost:{port}"),
            "/a/b?c",
            "/a/b?c",
            format!("acme--system-log.localhost:{port}"),
        ),
        ("ACME--system-log.LOCALHOST".into(), "/", "/", "acme--system-log.localhost".into()),
        ("127.0.0.1".into(), "/t/system-log/acme/a?b", "/a?b", upstream.address.to_string()),
        ("any.example".into(), "/t/system-log/acme/", "/", upstream.address.to_string()),
        (
            "localhost".into(),
            "/t/system-log/org_acacacacacacacacacacacacacacacac/x",
            "/x",
            upstream.address.to_string(),
        ),
    ] {
        let reply = world.sam_at(&host, &format!("GET {path}"), "").await;
        assert_eq!((reply.status, reply.text()), (200, "ok".into()), "{host}{path}");
        assert!(reply.header("byleave-decision").unwrap().starts_with("decision_"));
        assert_eq!(upstream.seen.last_target(), target);
        assert_eq!(upstream.seen.last_header("host"), [host_seen]);
        assert_eq!(upstream.seen.last_header("x-forwarded-host"), [host.to_lowercase()]);
    }
    let begins =
        world.fake.with(|state| state.begins.iter().map(|(b, _)| b.organization).collect::<Vec<_>>());
    assert_eq!(begins, [ACME; 5]);
    assert_eq!(world.fake.with(|state| state.openings.len()), 1, "one visit for one reason");
    assert!(world.fake.settled().await.iter().all(|end| end.reason == EndReason::Done));
}

#[tokio::test]
async fn host_name_and_path_must_agree() {
    let upstream = Upstream::plain().await;
    let world = World::start(upstream.address).await;
    for path in ["/t/system-log/globex/", "/t/by-query/acme/x", "/%74/system-log/globex/"] {
        let reply = world.sam(&format!("GET {path}")).await;
        assert_eq!((reply.status, reply.reason()), (421, "misdirected".into()), "{path}");
    }
    assert_eq!(upstream.seen.connections(), 0);
    // Agreeing, or only looking alike: the host's path stays as it is.
    for path in ["/t/system-log/acme/x", "/t/x/y", "/t/system-log/hooli/", "/tt/system-log/globex/"] {
        assert_eq!(world.sam(&format!("GET {path}")).await.status, 200, "{path}");
        assert_eq!(upstream.seen.last_target(), path);
    }
}

#[tokio::test]
async fn places_that_do_not_exist() {
    let upstream = Upstream::plain().await;
    let world = World::start(upstream.address).await;
    for (host, path, reason) in [
        ("127.0.0.1", "/", "not_found"),
        ("127.0.0.1", "/t/system-log/", "not_found"),
        ("127.0.0.1", "/t/system-log/hooli/", "unknown_organization"),
        ("127.0.0.1", "/t/nothing/acme/", "unknown_tool"),
        ("hooli--system-log.localhost", "/", "unknown_organization"),
        ("acme--nothing.localhost", "/", "unknown_tool"),
        ("acme--system-log.localhost", "/.byleave/", "not_found"),
        ("acme--system-log.localhost", "/.byleave", "not_found"),
        ("acme--system-log.localhost", "/%2ebyleave/refused", "not_found"),
    ] {
        let reply = world.sam_at(host, &format!("GET {path}"), "").await;
        assert_eq!((reply.status, reply.reason()), (404, reason.into()), "{host}{path}");
    }
    // At a known organization that is a denial, and is recorded as one.
    let denied = world
        .fake
        .with(|state| state.denied.iter().map(|d| (d.organization, d.reason.code())).collect::<Vec<_>>());
    assert_eq!(denied, [(ACME, "unknown_tool"); 2]);
    let reply = world.sam_at("127.0.0.1", "GET /t/system-log/acme?a=b", "").await;
    assert_eq!((reply.status, reply.header("location")), (308, Some("/t/system-log/acme/?a=b")));
    assert_eq!(upstream.seen.connections(), 0);
}

#[tokio::test]
async fn strangers_are_sent_to_the_visit_page_or_refused() {
    let upstream = Upstream::plain().await;
    let world = World::start(upstream.address).await;
    let reply = world.stranger("acme--system-log.localhost", "GET /a%20b?c=d&e", HTML).await;
    assert_eq!(reply.status, 303);
    let page =
        "http://localhost:8080/support/visit?organization=acme&tool=system-log&to=%2Fa%2520b%3Fc%3Dd%26e";
    assert_eq!(reply.header("location"), Some(page));
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    let reply = world.stranger("127.0.0.1", "GET /t/system-log/acme/x", HTML).await;
    let page = "http://127.0.0.1:8080/support/visit?organization=acme&tool=system-log&to=%2Fx";
    assert_eq!(reply.header("location"), Some(page));
    // Nobody learns from this whether an organization exists.
    let reply = world.stranger("hooli--nothing.localhost", "GET /", HTML).await;
    assert_eq!(reply.status, 303);

    for more in [
        "",
        "Authorization: Bearer bl_wrong\r\n",
        "Cookie: byleave_visit=wrong\r\n",
        "Authorization: Basic eDp5\r\n",
    ] {
        let reply = world.stranger("acme--system-log.localhost", "GET /", more).await;
        assert_eq!((reply.status, reply.reason()), (401, "unauthenticated".into()), "{more}");
        assert!(reply.header("www-authenticate").is_some());
    }
    for (token, status, reason) in
        [("bl_too_old", 401, "token_expired"), ("bl_for_reading", 403, "insufficient_scope")]
    {
        let more = format!("Authorization: Bearer {token}\r\n");
        let reply = world.stranger("acme--system-log.localhost", "GET /", &more).await;
        assert_eq!((reply.status, reply.reason()), (status, reason.into()), "{token}");
    }
    assert_eq!(world.stranger("acme--system-log.localhost", "POST /", HTML).await.status, 401);
    let twice = "Authorization: Bearer bl_sam\r\nAuthorization: Bearer bl_sam\r\n";
    assert_eq!(world.stranger("acme--system-log.localhost", "GET /", twice).await.status, 400);
    assert_eq!(upstream.seen.connections(), 0);
    assert!(world.fake.with(|state| state.denied.is_empty() && state.begins.is_empty()));
}

#[tokio::test]
async fn denials_say_why_and_are_recorded() {
    let upstream = Upstream::plain().await;
    let world = World::start(upstream.address).await;
    let bearer = |token: &str| format!("Authorization: Bearer {token}\r\n");
    for (host, more, status, reason) in [
        ("initech--system-log.localhost", AS_SAM.to_owned(), 403, "support_access_disabled"),
        ("acme--shared.localhost", bearer("bl_sam"), 403, "tool_not_accepted"),
        ("acme--system-log.localhost", bearer("bl_sam"), 403, "reason_required"),
        ("acme--system-log.localhost", bearer("bl_stranger"), 403, "unknown_subject"),
        (
            "acme--system-log.localhost",
            format!("{}Byleave-Reason: a\r\nByleave-Reason: b\r\n", bearer("bl_sam")),
            400,
            "invalid",
        ),
        (
            "acme--system-log.localhost",
            format!("{}Byleave-Reason: {}\r\n", bearer("bl_sam"), "x".repeat(501)),
            400,
            "invalid",
        ),
    ] {
        let reply = world.stranger(host, "GET /x?y", &more).await;
        assert_eq!((reply.status, reply.reason()), (status, reason.into()), "{host} {more}");
    }
    let denied = world.fake.with(|state| std::mem::take(&mut state.denied));
    let reasons: Vec<_> = denied.iter().map(|denied| denied.reason.code()).collect();
    assert_eq!(
        reasons,
        ["support_access_disabled", "tool_not_accepted", "reason_required", "unknown_subject"]
    );
    assert_eq!(
        (denied[0].organization, denied[0].subject, denied[0].target.as_str()),
        (INITECH, SAM, "/x?y")
    );

    let reply = world.stranger("initech--system-log.localhost", "GET /", &format!("{AS_SAM}{HTML}")).await;
    assert_eq!(reply.status, 403);
    let page = reply.text();
    assert!(page.contains("disabled support access") && page.contains("Ask the customer"), "{page}");
    assert!(page.contains("href=\"http://localhost:8080/support\""), "{page}");
    let policy = reply.header("content-security-policy").unwrap();
    let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    assert!(
        policy.contains("default-src 'none'") && page.contains(&format!("<style nonce=\"{nonce}\">")),
        "{policy}"
    );

    // The page is in the reader's language; what a parser says is marked, and documents for programs are in English.
    let german = format!("{AS_SAM}Accept-Language: de-CH,en;q=0.5\r\n");
    for (host, more, says) in [
        ("initech--system-log.localhost", "", "hat den Support-Zugriff gesperrt"),
        ("initech--system-log.localhost", "", "Bitten Sie den Kunden"),
        ("initech--system-log.localhost", "", "Was Sie stattdessen tun können"),
        (
            "acme--system-log.localhost",
            "Byleave-Reason: a\r\nByleave-Reason: b\r\n",
            "<span lang=\"en\">more than",
        ),
    ] {
        let page = world.stranger(host, "GET /", &format!("{german}{HTML}{more}")).await.text();
        assert!(page.contains("<html lang=\"de\">") && page.contains(says), "{says}: {page}");
    }
    let document = world.stranger("initech--system-log.localhost", "GET /", &german).await.text();
    assert!(document.contains("disabled support access"), "{document}");
    assert_eq!(upstream.seen.connections(), 0);
}

#[tokio::test]
async fn the_visit_page_leads_in_with_a_cookie_for_one_visit() {
    let upstream = Upstream::plain().await;
    let world = World::start(upstream.address).await;
    let visit = world.fake.visit_with_cookie(ACME, LOG, "secret");
    let code = |code: &str| {
        world.fake.with(|state| state.codes.insert(code.into(), (ACME, LOG, "secret".into())));
    };
    code("one");
    let host = "acme--system-log.localhost";
    let reply = world.stranger(host, "GET /.byleave/enter?code=one&to=%2Fa%3Fb", "").await;
    assert_eq!((reply.status, reply.header("location")), (303, Some("/a?b")));
    assert_eq!(reply.all("set-cookie"), ["byleave_visit=secret; Path=/; HttpOnly; SameSite=Lax"]);
    let reply = world.stranger(host, "GET /.byleave/enter?code=one&to=%2F", "").await;
    assert_eq!((reply.status, reply.reason()), (403, "entry_code".into()), "a code works once");
    code("two");
    let reply = world.stranger("globex--system-log.localhost", "GET /.byleave/enter?code=two", "").await;
    assert_eq!(reply.status, 403, "and only where it is for");
    code("three");
    let reply =
        world.stranger("localhost", "GET /t/system-log/acme/.byleave/enter?code=three&to=/x", "").await;
    assert_eq!(reply.header("location"), Some("/t/system-log/acme/x"));
    assert_eq!(
        reply.all("set-cookie"),
        ["byleave_visit=secret; Path=/t/system-log/acme/; HttpOnly; SameSite=Lax"]
    );

    let cookie = "Cookie: other=1; byleave_visit=secret; byleave_visit=old\r\n";
    assert_eq!(world.stranger(host, "GET /", cookie).await.status, 200);
    assert_eq!(upstream.seen.last_header("cookie"), ["other=1"]);
    assert_eq!(world.fake.with(|state| state.begins[0].0.visit), visit);
    let reply = world.stranger("globex--system-log.localhost", "GET /", cookie).await;
    assert_eq!(reply.reason(), "visit_mismatch");
    world.fake.end_visit(visit);
    assert_eq!(world.stranger(host, "GET /", cookie).await.reason(), "visit_ended");
    let page = world.stranger(host, "GET /x", &format!("{cookie}{HTML}")).await.text();
    assert!(page.contains("support/visit?organization=acme&amp;tool=system-log&amp;to=%2Fx"), "{page}");
}

#[tokio::test]
async fn the_way_in_leads_nowhere_else() {
    let upstream = Upstream::plain().await;
    let world = World::start(upstream.address).await;
    for to in [
        "//evil.example",
        "/%2Fevil.example",
        "%2F%2Fevil.example",
        "https://evil.example",
        "%5C%5Cevil.example",
        "/%5Cevil.example",
        "/%09/evil.example",
        "evil.example",
        "javascript:alert(1)",
        "@evil.example",
        "",
        "/..//evil.example",
        "/%0d%0aSet-Cookie:x",
        "/%252F%252Fevil.example%2525",
    ] {
        world.fake.with(|state| state.codes.insert("code".into(), (ACME, LOG, "secret".into())));
        let path = format!("GET /.byleave/enter?code=code&to={to}");
        let reply = world.stranger("acme--system-log.localhost", &path, "").await;
        assert_eq!((reply.status, reply.header("location")), (400, None), "{to}");
    }
    assert_eq!(
        world.stranger("acme--system-log.localhost", "GET /.byleave/enter?to=/", "").await.status,
        400
    );
    assert_eq!(
        world.stranger("acme--system-log.localhost", "POST /.byleave/enter?code=code&to=/", "").await.status,
        404
    );
}

#[tokio::test]
async fn behind_tls_the_cookie_is_the_hosts_alone() {
    let upstream = Upstream::plain().await;
    let https = |config: &mut byleave_gateway::Config| config.external_scheme = ExternalScheme::Https;
    let world = World::with(&format!("http://{}", upstream.address), https, Registry::new()).await;
    world.fake.visit_with_cookie(ACME, LOG, "secret");
    world.fake.with(|state| state.codes.insert("one".into(), (ACME, LOG, "secret".into())));
    let host = "acme--system-log.localhost";
    let reply = world.stranger(host, "GET /.byleave/enter?code=one", "").await;
    assert_eq!(
        reply.all("set-cookie"),
        ["__Host-byleave_visit=secret; Path=/; HttpOnly; SameSite=Lax; Secure"]
    );
    assert_eq!(world.stranger(host, "GET /", "Cookie: byleave_visit=secret\r\n").await.status, 401);
    assert_eq!(
        world.stranger(host, "GET /", "Cookie: __Host-byleave_visit=secret; a=b\r\n").await.status,
        200
    );
    assert_eq!(upstream.seen.last_header("cookie"), ["a=b"]);
    assert_eq!(upstream.seen.last_header("x-forwarded-proto"), ["https"]);
    let reply =
        world.stranger("localhost", "GET /t/system-log/acme/", "Cookie: byleave_visit=secret\r\n").await;
    assert_eq!(reply.status, 200, "under a path the cookie cannot have the prefix");
}

#[tokio::test]
async fn assets_are_counted_and_everything_else_is_recorded() {
    let upstream = Upstream::plain().await;
    let world = World::start(upstream.address).await;
    for request in ["GET /static/app.js", "HEAD /static/app.js", "GET /%73tatic/a?b"] {
        assert_eq!(world.sam(request).await.status, 200);
    }
    let (begins, assets) = world.fake.with(|state| (state.begins.len(), state.assets.clone()));
    assert_eq!((begins, assets.iter().map(|(_, bytes)| *bytes).collect::<Vec<_>>()), (0, vec![2, 0, 2]));
    for request in ["POST /static/app.js", "GET /staticx", "GET /static", "DELETE /static/x"] {
        world.sam(request).await;
    }
    let head = format!(
        "GET /static/x HTTP/1.1\r\nHost: acme--system-log.localhost\r\n{AS_SAM}Content-Length: 1\r\n\r\nx"
    );
    assert_eq!(ask(world.gateway, &head).await.status, 200, "a body could bring data in");
    assert_eq!(world.fake.settled().await.len(), 5);
}

/// Another organization's page is the same site, so its requests carry the visit cookie.
#[tokio::test]
async fn another_pages_requests_do_not_get_in_with_the_cookie() {
    const SOCKET: &str = "Connection: Upgrade\r\nUpgrade: websocket\r\n";
    let upstream = Upstream::plain().await;
    let world = World::start(upstream.address).await;
    world.fake.visit_with_cookie(ACME, LOG, "secret");
    let own = "Origin: http://acme--system-log.localhost\r\n";
    let other = "Origin: http://globex--system-log.localhost\r\n";
    let from = |site: &str, mode: &str| format!("Sec-Fetch-Site: {site}\r\nSec-Fetch-Mode: {mode}\r\n");
    for (request, more, passes) in [
        ("POST /", own.to_owned(), true),
        ("POST /", String::new(), true),
        ("POST /", from("same-origin", "cors"), true),
        ("POST /", format!("{own}{}", from("same-origin", "navigate")), true),
        ("POST /", other.to_owned(), false),
        ("POST /", "Origin: null\r\n".into(), false),
        ("POST /", format!("Origin: null\r\n{}", from("same-site", "navigate")), false),
        ("POST /", format!("{own}{other}"), false),
        ("POST /", "Origin: https://acme--system-log.localhost\r\n".into(), false),
        ("POST /", "Origin: http://acme--system-log.localhost:8081\r\n".into(), false),
        ("POST /", "Origin: http://acme--system-log.localhost.evil.example\r\n".into(), false),
        ("POST /", from("same-site", "cors"), false),
        ("POST /", from("cross-site", "navigate"), false),
        ("DELETE /", other.to_owned(), false),
        ("PROPFIND /", other.to_owned(), false),
        ("GET /", own.to_owned(), true),
        ("GET /", String::new(), true),
        ("GET /", from("none", "navigate"), true),
        ("GET /", from("same-origin", "no-cors"), true),
        ("GET /", from("same-site", "navigate"), true),
        ("GET /", from("cross-site", "navigate"), true),
        ("GET /", from("same-site", "no-cors"), false),
        ("GET /", from("cross-site", "cors"), false),
        ("GET /static/x", from("same-site", "no-cors"), false),
        ("GET /", "Sec-Fetch-Site: same-site\r\n".into(), false),
        ("HEAD /", from("same-site", "no-cors"), false),
        ("GET /", format!("{SOCKET}{own}"), true),
        ("GET /", SOCKET.to_owned(), true),
        ("GET /", format!("{SOCKET}{other}"), false),
        ("GET /", format!("{SOCKET}Origin: null\r\n"), false),
        ("GET /", format!("{SOCKET}{}", from("same-site", "websocket")), false),
    ] {
        let before = upstream.seen.requests().len();
        let visit = format!("Cookie: byleave_visit=secret\r\n{more}");
        let reply = world.stranger("acme--system-log.localhost", request, &visit).await;
        let statuses = if passes { 200 } else { 403 };
        assert_eq!(reply.status, statuses, "{request} {more}");
        assert_eq!(upstream.seen.requests().len() - before, usize::from(passes), "{request} {more}");
        if !passes && !request.starts_with("HEAD") {
            assert_eq!(reply.reason(), "cross_origin");
        }
        // A token is not the browser's to send.
        assert_eq!(
            world.sam_at("acme--system-log.localhost", request, &more).await.status,
            200,
            "{request} {more}"
        );
        // By path, the same with the host that was used.
        let by_path = request.replacen('/', "/t/system-log/acme/", 1);
        let reply = world
            .stranger("localhost:81", &by_path, &visit.replace("acme--system-log.localhost", "localhost:81"))
            .await;
        assert_eq!(reply.status, statuses, "{by_path} {more}");
    }
}

#[tokio::test]
async fn behind_tls_the_own_origin_is_https() {
    let upstream = Upstream::plain().await;
    let https = |config: &mut byleave_gateway::Config| config.external_scheme = ExternalScheme::Https;
    let world = World::with(&format!("http://{}", upstream.address), https, Registry::new()).await;
    world.fake.visit_with_cookie(ACME, LOG, "secret");
    for (scheme, status) in [("https", 200), ("http", 403)] {
        let more = format!(
            "Cookie: __Host-byleave_visit=secret\r\nOrigin: {scheme}://acme--system-log.localhost\r\n"
        );
        assert_eq!(
            world.stranger("acme--system-log.localhost", "POST /", &more).await.status,
            status,
            "{scheme}"
        );
    }
}

#[tokio::test]
async fn the_way_in_is_walked_not_fetched() {
    let world = World::start(Upstream::plain().await.address).await;
    world.fake.visit_with_cookie(ACME, LOG, "secret");
    for (site, mode, status) in [
        ("cross-site", "no-cors", 403),
        ("cross-site", "cors", 403),
        ("same-site", "no-cors", 403),
        ("same-site", "navigate", 303),
        ("cross-site", "navigate", 303),
        ("same-origin", "cors", 303),
    ] {
        world.fake.with(|state| state.codes.insert("code".into(), (ACME, LOG, "secret".into())));
        let more = format!("Sec-Fetch-Site: {site}\r\nSec-Fetch-Mode: {mode}\r\n");
        let path = "GET /.byleave/enter?code=code";
        let reply = world.stranger("acme--system-log.localhost", path, &more).await;
        assert_eq!(reply.status, status, "{site} {mode}");
        assert_eq!(
            world.fake.with(|state| state.codes.len()),
            usize::from(status == 403),
            "a refusal spends no code"
        );
    }
}

#[tokio::test]
async fn where_nothing_can_be_recorded_that_is_the_answer() {
    use byleave_domain::snapshot::PolicySnapshot;
    let upstream = Upstream::plain().await;
    let world = World::start(upstream.address).await;
    world.fake.with(|state| {
        state.codes.insert("one".into(), (ACME, LOG, "secret".into()));
        state.snapshot = PolicySnapshot::deny_all("what happens cannot be recorded");
    });
    for path in ["/", "/.byleave/enter?code=one"] {
        for (host, prefix) in [("acme--system-log.localhost", ""), ("localhost", "/t/system-log/acme")] {
            let reply = world.sam_at(host, &format!("GET {prefix}{path}"), "").await;
            assert_eq!((reply.status, reply.reason()), (503, "unavailable".into()), "{host}{path}");
            assert!(reply.text().contains("what happens cannot be recorded"), "{}", reply.text());
        }
    }
    assert_eq!(upstream.seen.connections(), 0);
    assert_eq!(world.fake.with(|state| state.codes.len()), 1);
}
