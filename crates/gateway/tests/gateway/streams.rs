//! Streams: events, WebSocket, large bodies, orderly ends.

use std::net::SocketAddr;
use std::time::Duration;

use byleave_gateway::ports::EndReason;
use futures_util::{SinkExt, StreamExt};
use jiff::SignedDuration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::sleep;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::common::*;

const HEAD: &str =
    "Host: acme--system-log.localhost\r\nAuthorization: Bearer bl_sam\r\nByleave-Reason: x\r\n";

#[tokio::test]
async fn events_arrive_one_by_one() {
    let upstream = Upstream::start(|tcp, _| async move {
        let mut client = Client::of(tcp);
        client.request_head().await;
        client
            .send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
            .await;
        for at in 0..5 {
            client.send(format!("9\r\ndata: {at}\n\n\r\n").as_bytes()).await;
            sleep(Duration::from_millis(100)).await;
        }
        client.send(b"0\r\n\r\n").await;
    })
    .await;
    let world = World::start(upstream.address).await;
    let mut client = connect(world.gateway).await;
    client.send(format!("GET / HTTP/1.1\r\n{HEAD}Accept: text/event-stream\r\n\r\n").as_bytes()).await;
    assert_eq!(client.head().await.header("content-type"), Some("text/event-stream"));
    let mut latest = std::time::Instant::now();
    for at in 0..5 {
        assert_eq!(client.chunk().await, format!("data: {at}\n\n").as_bytes());
        assert!(at == 0 || latest.elapsed() > Duration::from_millis(50), "not held back and sent together");
        latest = std::time::Instant::now();
    }
    assert!(client.chunk().await.is_empty());
    assert_eq!(world.fake.settled().await[0].reason, EndReason::Done);
}

#[tokio::test]
async fn web_sockets_talk_both_ways() {
    let upstream = Upstream::start(|tcp, _| async move {
        let mut socket = tokio_tungstenite::accept_async(tcp).await.unwrap();
        while let Some(Ok(message)) = socket.next().await {
            if message.is_text() || message.is_binary() {
                socket.send(message).await.unwrap();
            }
        }
    })
    .await;
    let world = World::start(upstream.address).await;
    let tcp = TcpStream::connect(world.gateway).await.unwrap();
    let mut request = "ws://acme--system-log.localhost/console".into_client_request().unwrap();
    request.headers_mut().insert("authorization", "Bearer bl_sam".parse().unwrap());
    request.headers_mut().insert("byleave-reason", "x".parse().unwrap());
    let (mut socket, answer) = tokio_tungstenite::client_async(request, tcp).await.unwrap();
    assert!(answer.headers().contains_key("byleave-decision"));
    for size in [0, 1, 125, 65_536, 3_000_000] {
        let message = Message::binary(vec![7; size]);
        socket.send(message.clone()).await.unwrap();
        assert_eq!(socket.next().await.unwrap().unwrap(), message);
    }
    socket.close(None).await.unwrap();
    while let Some(Ok(_)) = socket.next().await {}
    drop(socket);
    let ends = world.fake.settled().await;
    assert_eq!((ends[0].status, ends[0].reason), (Some(101), EndReason::Done));
    assert!(ends[0].bytes_up > 3_065_000 && ends[0].bytes_down > 3_065_000, "{ends:?}");
}

#[tokio::test]
async fn nothing_goes_up_before_the_upstream_has_switched() {
    let upstream = Upstream::start(|tcp, seen| async move {
        let mut client = Client::of(tcp);
        seen.asked(&client.request_head().await.unwrap());
        sleep(Duration::from_millis(200)).await;
        let mut early = [0; 64];
        let early = client.tcp.try_read(&mut early);
        seen.asked(&format!("{:?}", early.map_err(|error| error.kind())));
        client
            .send(b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\nhello")
            .await;
        let (mut reads, mut writes) = client.tcp.split();
        tokio::io::copy(&mut reads, &mut writes).await.unwrap();
    })
    .await;
    let world = World::start(upstream.address).await;
    let mut client = connect(world.gateway).await;
    let head =
        format!("GET / HTTP/1.1\r\n{HEAD}Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n\r\nearly");
    client.send(head.as_bytes()).await;
    assert_eq!(client.head().await.status, 101);
    assert_eq!(upstream.seen.last(), "Err(WouldBlock)");
    assert_eq!(client.exactly(10).await, b"helloearly");
    client.tcp.shutdown().await.unwrap();
    assert_eq!(client.rest().await, (vec![], None), "an end is passed on as an end");
    assert_eq!(world.fake.settled().await[0].reason, EndReason::Done);

    // An upstream that does not switch: nothing of what the client sent early becomes a request.
    let upstream = Upstream::plain().await;
    let world = World::start(upstream.address).await;
    let mut client = connect(world.gateway).await;
    let smuggled = format!("GET /smuggled HTTP/1.1\r\n{HEAD}\r\n");
    client
        .send(
            format!("GET / HTTP/1.1\r\n{HEAD}Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n{smuggled}")
                .as_bytes(),
        )
        .await;
    let (answer, _) = client.rest().await;
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.matches("HTTP/1.1").count() == 1, "{answer}");
    assert_eq!(upstream.seen.requests().len(), 1);
}

const LARGE: usize = 200 * 1024 * 1024;

/// Resident memory of this process, in bytes.
fn resident() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4096
}

async fn write_large(tcp: &mut TcpStream) {
    let part = vec![b'x'; 64 * 1024];
    for _ in 0..LARGE / part.len() {
        tcp.write_all(&part).await.unwrap();
    }
}

async fn read_large(tcp: &mut TcpStream, already: usize, most: &mut usize) {
    let mut part = vec![0; 64 * 1024];
    let mut left = LARGE - already;
    let mut next = left;
    while left > 0 {
        let read = tcp.read(&mut part).await.unwrap();
        assert!(read > 0);
        left -= read;
        if left <= next {
            *most = resident().max(*most);
            next = left.saturating_sub(1024 * 1024);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn large_bodies_pass_in_constant_memory() {
    let upstream = Upstream::start(|tcp, seen| async move {
        let mut client = Client::of(tcp);
        while let Some(head) = client.request_head().await {
            if head.starts_with("GET") {
                client.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {LARGE}\r\n\r\n").as_bytes()).await;
                write_large(&mut client.tcp).await;
                continue;
            }
            // The reader is late, so that the gateway would have to keep everything.
            sleep(Duration::from_millis(500)).await;
            let mut most = 0;
            let already = client.buffered();
            read_large(&mut client.tcp, already, &mut most).await;
            seen.asked(&most.to_string());
            client.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").await;
        }
    })
    .await;
    let world = World::start(upstream.address).await;
    let before = resident();
    let mut client = connect(world.gateway).await;
    client.send(format!("GET / HTTP/1.1\r\n{HEAD}\r\n").as_bytes()).await;
    client.head().await;
    sleep(Duration::from_millis(500)).await;
    let (mut most, already) = (0, client.buffered());
    read_large(&mut client.tcp, already, &mut most).await;

    let mut client = connect(world.gateway).await;
    client.send(format!("PUT / HTTP/1.1\r\n{HEAD}Content-Length: {LARGE}\r\n\r\n").as_bytes()).await;
    write_large(&mut client.tcp).await;
    assert_eq!(client.reply().await.status, 200);
    let most = most.max(upstream.seen.last().parse().unwrap());
    assert!(most < before + 24 * 1024 * 1024, "grew by {} bytes", most - before);
    let ends = world.fake.settled().await;
    let mut bytes: Vec<_> = ends.iter().map(|end| (end.bytes_up, end.bytes_down, end.reason)).collect();
    bytes.sort_unstable_by_key(|(up, ..)| *up);
    assert_eq!(bytes, [(0, LARGE as u64, EndReason::Done), (LARGE as u64, 0, EndReason::Done)]);
}

#[tokio::test]
async fn chunked_uploads_stay_whole_trailers_included() {
    let upstream = Upstream::start(|tcp, seen| async move {
        let mut client = Client::of(tcp);
        while let Some(head) = client.request_head().await {
            seen.asked(&head);
            let mut body = vec![];
            while let Some(chunk) = client.data_chunk().await {
                body.extend(chunk);
            }
            seen.asked(&client.trailers().await.join("|"));
            let answer = String::from_utf8(body).unwrap();
            let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-U, Set-Cookie\r\n\r\n";
            let trailers = "X-U: 2\r\nX-Unannounced: 3\r\nSet-Cookie: a=b\r\n\r\n";
            let answer = format!("{head}{:x}\r\n{answer}\r\n0\r\n{trailers}", answer.len());
            client.send(answer.as_bytes()).await;
        }
    })
    .await;
    let world = World::start(upstream.address).await;
    let mut client = connect(world.gateway).await;
    for method in ["POST", "GET"] {
        let announced =
            "Trailer: X-T, Byleave-Assertion, Authorization, X-Forwarded-For, Host, Content-Length";
        let head = format!(
            "{method} / HTTP/1.1\r\n{HEAD}TE: deflate, trailers\r\nTransfer-Encoding: chunked\r\n{announced}\r\n\r\n"
        );
        let trailers = "X-T: 1\r\nByleave-Assertion: forged\r\nAuthorization: Basic eDp5\r\nX-Forwarded-For: 1.2.3.4\r\nHost: evil\r\nContent-Length: 9\r\n\r\n";
        client.send(format!("{head}3;ext=1\r\nabc\r\n5\r\ndefgh\r\n0\r\n{trailers}").as_bytes()).await;
        let reply = client.head().await;
        assert_eq!(reply.header("trailer"), Some("X-U, Set-Cookie"));
        let mut body = vec![];
        while let Some(chunk) = client.data_chunk().await {
            body.extend(chunk);
        }
        assert_eq!(body, b"abcdefgh", "{method}");
        assert_eq!(client.trailers().await, ["x-u: 2"]);
        let seen = upstream.seen.requests();
        let [.., (head, _), (trailers, _)] = seen.as_slice() else { panic!("{seen:?}") };
        let head = head.to_ascii_lowercase();
        for line in ["transfer-encoding: chunked", "te: trailers", "connection: te"] {
            assert!(head.contains(&format!("{line}\r\n")), "{head}");
        }
        assert_eq!(trailers, "x-t: 1");
    }
}

/// An orderly end loses nothing, although the sockets are abortive: the reader is slow, and the gateway closes first.
#[tokio::test]
async fn a_slow_reader_gets_everything_before_an_orderly_end() {
    slow_reader("Connection: close\r\n", Duration::from_millis(50)).await;
}

/// The same where the gateway closes because nothing was asked for any more, while the reader is still reading.
#[tokio::test]
async fn a_very_slow_reader_outlives_the_idle_wait() {
    slow_reader("", Duration::from_millis(2000)).await;
}

async fn slow_reader(more: &str, pause: Duration) {
    const SIZE: usize = 6 * 1024 * 1024;
    let upstream = Upstream::start(|tcp, _| async move {
        let mut client = Client::of(tcp);
        client.request_head().await;
        client.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n\r\n").as_bytes()).await;
        client.send(&vec![b'x'; SIZE]).await;
    })
    .await;
    let world = World::start(upstream.address).await;
    let mut client = connect(world.gateway).await;
    client.send(format!("GET / HTTP/1.1\r\n{HEAD}{more}\r\n").as_bytes()).await;
    client.head().await;
    let mut got = client.buffered();
    let mut part = vec![0; 256 * 1024];
    let mut error = None;
    while got < SIZE {
        sleep(pause).await;
        match client.tcp.read(&mut part).await {
            Ok(0) => break,
            Ok(read) => got += read,
            Err(broken) => {
                error = Some(broken);
                break;
            }
        }
    }
    assert_eq!((got, error.map(|e| e.kind())), (SIZE, None));
    assert_eq!(client.tcp.read(&mut part).await.unwrap(), 0, "and then an end, not a reset");
}

#[tokio::test]
async fn the_gateways_own_refusals_arrive_whole() {
    let world = World::start(Upstream::plain().await.address).await;
    // An unread body behind a refusal must not turn it into a reset.
    let mut client = connect(world.gateway).await;
    client
        .send(b"POST / HTTP/1.1\r\nHost: acme--system-log.localhost\r\nContent-Length: 1000000\r\n\r\n")
        .await;
    client.send(&vec![b'x'; 500_000]).await;
    sleep(Duration::from_millis(100)).await;
    assert_eq!(client.reply().await.status, 401);
}

#[tokio::test]
async fn watching_is_use_and_a_visit_that_is_over_is_cut() {
    let upstream = Upstream::start(|tcp, _| async move {
        let mut client = Client::of(tcp);
        client.request_head().await;
        client.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n").await;
        client.rest().await;
    })
    .await;
    let world = World::start(upstream.address).await;
    let mut client = connect(world.gateway).await;
    client.send(format!("GET / HTTP/1.1\r\n{HEAD}\r\n").as_bytes()).await;
    client.head().await;
    assert_eq!(client.chunk().await, b"abc");
    // 40 minutes of watching, in steps that each leave time to notice.
    for _ in 0..4 {
        world.fake.with(|state| state.touched.clear());
        world.fake.advance(SignedDuration::from_mins(10));
        until(|| world.fake.with(|state| !state.touched.is_empty())).await;
    }
    world.fake.advance(SignedDuration::from_hours(8));
    let (_, error) = client.rest().await;
    assert_eq!(error, Some(std::io::ErrorKind::ConnectionReset));
    assert_eq!(world.fake.settled().await[0].reason, EndReason::Cut);
}

#[tokio::test]
async fn an_upstream_behind_tls() {
    let (address, root) = tls_upstream().await;
    let with_root = |config: &mut byleave_gateway::Config| config.upstream_roots = vec![root.clone()];
    let world = World::with(
        &format!("https://localhost:{}", address.port()),
        with_root,
        byleave_gateway::Registry::new(),
    )
    .await;
    assert_eq!(world.sam("GET /").await.text(), "ok");
    assert_eq!(world.fake.settled().await[0].reason, EndReason::Done);
    // Without its root, and under another name, it is not trusted.
    for (upstream, roots) in [
        (format!("https://localhost:{}", address.port()), vec![]),
        (format!("https://{address}"), vec![root]),
    ] {
        let change = |config: &mut byleave_gateway::Config| config.upstream_roots = roots;
        let world = World::with(&upstream, change, byleave_gateway::Registry::new()).await;
        assert_eq!(world.sam("GET /").await.status, 502);
        assert_eq!(world.fake.settled().await[0].reason, EndReason::NotForwarded);
    }
}

/// Answers `ok` behind a fresh certificate for `localhost`; and that certificate.
async fn tls_upstream() -> (SocketAddr, Vec<u8>) {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::Pkcs8(own.signing_key.serialize_der().into());
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config =
        rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![own.cert.der().clone()], key).unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(config));
    let upstream = Upstream::start(move |tcp, _| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(tcp).await else { return };
            let mut head = vec![];
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await.unwrap();
            let _ = stream.read_u8().await;
        }
    })
    .await;
    (upstream.address, own.cert.der().to_vec())
}
