//! Whatever two readers could read differently goes nowhere (K15).

use crate::common::*;

const HOST: &str = "Host: acme--system-log.localhost\r\n";

#[tokio::test]
async fn hostile_targets_are_refused() {
    let upstream = Upstream::plain().await;
    let world = World::start(upstream.address).await;
    let long = format!("/{}", "a".repeat(8 * 1024));
    let cases = [
        // Dots, plain and escaped, once and twice, and what a careless reader takes for dots.
        "/..",
        "/.",
        "/../",
        "/./",
        "/a/..",
        "/a/../b",
        "/a/./b",
        "/%2e%2e/",
        "/%2E%2e/b",
        "/.%2e/b",
        "/%2e/b",
        "/a/%2e%2e",
        "/...",
        "/..../a",
        "/..%20/a",
        "/%20../a",
        "/. ./a",
        "/..%3f",
        "/..%23/a",
        "/..;/a",
        "/..%3b/a",
        "/..%00/a",
        "/static/../acme",
        "/static/%2e%2e/acme",
        "/%252e%252e/a",
        "/%25%32%65%25%32%65/a",
        "/a%252e",
        "/%2%65",
        // Slashes and backslashes.
        "//",
        "//a",
        "/a//b",
        "/a//",
        "/a%2fb",
        "/a%2Fb",
        "/%2f",
        "/%2f%2fevil.example/",
        "/a%252fb",
        "/a\\b",
        "/a%5cb",
        "/a%5Cb",
        "/\\evil.example",
        "/..\\a",
        "/..%5ca",
        "/%255c",
        "//evil.example/a",
        // Parameters, control characters, bytes that are no text.
        "/a;b",
        "/a;jsessionid=1",
        "/a%3bb",
        "/%3B",
        "/%00",
        "/a%00.js",
        "/a%0d%0ab",
        "/%0a",
        "/%09",
        "/%1f",
        "/%7f",
        "/?a=%00",
        "/%c0%af",
        "/%c0%ae%c0%ae/",
        "/%e0%80%af",
        "/%ff",
        "/%c2%85",
        "/\u{e9}",
        "/?\u{e9}",
        "/\u{ff0e}\u{ff0e}/",
        // Escapes that are none, targets that are no paths, too much.
        "/%",
        "/%2",
        "/%zz",
        "/a%",
        "/%u002e",
        "/?%",
        "/?%g0",
        "*",
        "a",
        "?",
        "http://acme--system-log.localhost/",
        "HTTP://evil.example/x",
        "acme--system-log.localhost:443",
        "/#",
        "/a#/../b",
        "/a b",
        "/a\tb",
        "/\u{7f}",
        &long,
    ];
    for target in cases {
        let mut client = connect(world.gateway).await;
        client
            .send(format!("GET {target} HTTP/1.1\r\n{HOST}{AS_SAM}Connection: close\r\n\r\n").as_bytes())
            .await;
        let status = client.head().await.status;
        assert!(matches!(status, 400 | 414), "{target:?} was answered {status}");
    }
    assert!(cases.len() >= 60);
    assert_eq!(upstream.seen.connections(), 0);
    assert_eq!(world.fake.with(|state| state.begins.len()), 0);
    assert_eq!(world.sam("GET /a%3Fb/%C3%A9/..a/b..?x=%2F..%2F;//&y=%250d%0a").await.status, 200);
}

#[tokio::test]
async fn methods_that_are_not_forwarded() {
    let upstream = Upstream::plain().await;
    let world = World::start(upstream.address).await;
    let long = format!("{} /", "A".repeat(33));
    for request in [
        "TRACE /",
        "CONNECT acme--system-log.localhost:443",
        "get /",
        "Get /",
        "G!T /",
        "GET| /",
        "GET. /",
        &long,
    ] {
        assert_eq!(world.sam(request).await.status, 501, "{request}");
    }
    let upgrade = "Connection: upgrade\r\nUpgrade: ";
    for more in [
        format!("{upgrade}h2c\r\n"),
        format!("{upgrade}websocket, h2c\r\n"),
        format!("{upgrade}websocket\r\nUpgrade: h2c\r\n"),
        "Upgrade: websocket\r\n".into(),
        format!("{upgrade}websocket\r\nContent-Length: 2\r\n\r\nab"),
    ] {
        let head = format!("GET / HTTP/1.1\r\n{HOST}{AS_SAM}{more}\r\n");
        let mut client = connect(world.gateway).await;
        client.send(head.as_bytes()).await;
        let reply = client.reply().await;
        assert_eq!((reply.status, reply.reason()), (501, "not_supported".into()), "{more}");
        assert_eq!(reply.header("connection"), Some("close"));
        assert_eq!(client.rest().await, (vec![], None), "{more}");
    }
    assert_eq!(upstream.seen.connections(), 0);
    for method in ["PROPFIND", "M-SEARCH", "VERSION-CONTROL", &"A".repeat(32)] {
        assert_eq!(world.sam(&format!("{method} /")).await.status, 200, "{method}");
    }
}

/// Each is sent with a second request behind it; neither may get through.
#[tokio::test]
async fn smuggling_is_refused() {
    let upstream = Upstream::plain().await;
    let world = World::start(upstream.address).await;
    let sam = format!("{HOST}{AS_SAM}");
    let smuggled = format!("GET /smuggled HTTP/1.1\r\n{sam}\r\n");
    for (what, request) in [
        (
            "both lengths",
            format!(
                "POST / HTTP/1.1\r\n{sam}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
            ),
        ),
        (
            "both, other order",
            format!(
                "POST / HTTP/1.1\r\n{sam}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n"
            ),
        ),
        (
            "two lengths",
            format!("POST / HTTP/1.1\r\n{sam}Content-Length: 0\r\nContent-Length: 4\r\n\r\nabcd"),
        ),
        (
            "one length twice",
            format!("POST / HTTP/1.1\r\n{sam}Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd"),
        ),
        ("list of lengths", format!("POST / HTTP/1.1\r\n{sam}Content-Length: 4, 4\r\n\r\nabcd")),
        ("signed length", format!("POST / HTTP/1.1\r\n{sam}Content-Length: +4\r\n\r\nabcd")),
        ("space before colon", format!("POST / HTTP/1.1\r\n{sam}Content-Length : 4\r\n\r\nabcd")),
        ("unknown coding", format!("POST / HTTP/1.1\r\n{sam}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n")),
        (
            "coding not last",
            format!("POST / HTTP/1.1\r\n{sam}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
        ),
        (
            "coding twice",
            format!(
                "POST / HTTP/1.1\r\n{sam}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n"
            ),
        ),
        ("coding in 1.0", format!("POST / HTTP/1.0\r\n{sam}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")),
        ("folded line", format!("GET / HTTP/1.1\r\n{sam}X: a\r\n b\r\n\r\n")),
        ("folded first line", format!("GET / HTTP/1.1\r\n {sam}\r\n")),
        ("bare LF", format!("GET / HTTP/1.1\n{}\n", sam.replace("\r\n", "\n"))),
        ("bare LF at the end", format!("GET / HTTP/1.1\r\n{sam}\n")),
        ("bare CR", format!("GET / HTTP/1.1\r\n{sam}X: a\rTransfer-Encoding: chunked\r\n\r\n")),
        ("NUL in a value", format!("GET / HTTP/1.1\r\n{sam}X: a\0b\r\n\r\n")),
        ("no name", format!("GET / HTTP/1.1\r\n{sam}: a\r\n\r\n")),
        ("empty line first", format!("\r\nGET / HTTP/1.1\r\n{sam}\r\n")),
        ("no host", format!("GET / HTTP/1.1\r\n{AS_SAM}Connection: close\r\n\r\n")),
        (
            "two hosts",
            format!("GET / HTTP/1.1\r\n{sam}Host: globex--system-log.localhost\r\nConnection: close\r\n\r\n"),
        ),
        ("same host twice", format!("GET / HTTP/1.1\r\n{sam}{HOST}Connection: close\r\n\r\n")),
        (
            "odd host",
            format!(
                "GET / HTTP/1.1\r\nHost: acme--system-log.localhost@x\r\n{AS_SAM}Connection: close\r\n\r\n"
            ),
        ),
        (
            "list of hosts",
            format!(
                "GET / HTTP/1.1\r\nHost: a, acme--system-log.localhost\r\n{AS_SAM}Connection: close\r\n\r\n"
            ),
        ),
        ("too many headers", format!("GET / HTTP/1.1\r\n{sam}{}\r\n", "X: a\r\n".repeat(101))),
        (
            "too large a head",
            format!("GET / HTTP/1.1\r\n{sam}{}\r\n", format!("X: {}\r\n", "a".repeat(700)).repeat(50)),
        ),
        ("other protocol", "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n".into()),
        ("older protocol", "GET /\r\n".into()),
    ] {
        let mut client = connect(world.gateway).await;
        client.send(format!("{request}{smuggled}").as_bytes()).await;
        let (answer, _) = client.rest().await;
        let answer = String::from_utf8_lossy(&answer);
        let refused = answer.starts_with("HTTP/1.1 400 ") || answer.starts_with("HTTP/1.1 431 ");
        let closed = answer.starts_with("HTTP/1.0 400 ") || (what == "other protocol" && answer.is_empty());
        assert!(refused || closed, "{what}: {answer}");
        assert_eq!(answer.matches("HTTP/1.").count(), usize::from(!answer.is_empty()), "{what}: {answer}");
    }
    assert_eq!(upstream.seen.connections(), 0);
    assert_eq!(world.fake.with(|state| state.begins.len()), 0);
}

#[tokio::test]
async fn a_spoilt_chunk_ends_the_request_and_the_connection() {
    let upstream = Upstream::start(|tcp, seen| async move {
        let mut client = Client::of(tcp);
        let head = client.request_head().await.unwrap();
        seen.asked(&head);
        let (rest, _) = client.rest().await;
        seen.asked(&String::from_utf8_lossy(&rest));
    })
    .await;
    let world = World::start(upstream.address).await;
    let mut client = connect(world.gateway).await;
    let head = format!("POST / HTTP/1.1\r\n{HOST}{AS_SAM}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    client.send(head.as_bytes()).await;
    until(|| !upstream.seen.requests().is_empty()).await;
    client.send(format!("0\n\r\nGET /smuggled HTTP/1.1\r\n{HOST}{AS_SAM}\r\n").as_bytes()).await;
    client.rest().await;
    world.fake.settled().await;
    assert_eq!(world.fake.with(|state| state.begins.len()), 1);
    assert!(!upstream.seen.last().contains("smuggled"));
}

/// What an upstream says about its answer's length is true, or it is not said.
#[tokio::test]
async fn answers_have_one_length() {
    for (lines, lengths) in [
        ("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", Some(0)),
        ("Transfer-Encoding: Chunked\r\nContent-Length: 2000\r\n", Some(0)),
        ("Transfer-Encoding: gzip, chunked\r\n", None),
        ("Transfer-Encoding: chunked, gzip\r\n", None),
        ("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", None),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", None),
        ("Transfer-Encoding: xchunked\r\n", None),
        ("Transfer-Encoding: identity\r\nContent-Length: 5\r\n", None),
        ("Transfer-Encoding:\r\nContent-Length: 5\r\n", None),
    ] {
        let upstream = Upstream::start(move |tcp, _| async move {
            let mut client = Client::of(tcp);
            while client.request_head().await.is_some() {
                client
                    .send(format!("HTTP/1.1 200 OK\r\n{lines}\r\n5\r\nhello\r\n0\r\n\r\n").as_bytes())
                    .await;
            }
        })
        .await;
        let world = World::start(upstream.address).await;
        let mut client = connect(world.gateway).await;
        client.send(format!("GET / HTTP/1.1\r\n{HOST}{AS_SAM}\r\n").as_bytes()).await;
        let reply = client.reply().await;
        if let Some(lengths) = lengths {
            assert_eq!((reply.status, reply.all("content-length").len()), (200, lengths), "{lines}");
            assert_eq!(
                (reply.header("transfer-encoding"), reply.text().as_str()),
                (Some("chunked"), "hello")
            );
        } else {
            assert_eq!((reply.status, reply.reason()), (502, "upstream".into()), "{lines}");
        }
    }
}
