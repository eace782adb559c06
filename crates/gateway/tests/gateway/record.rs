//! Nothing is forwarded that is not recorded first, and every begin gets exactly one end (S1, S7, 2.6).

use std::time::{Duration, Instant};

use byleave_gateway::ports::EndReason;
use tokio::time::sleep;

use crate::common::*;

const HEAD: &str =
    "Host: acme--system-log.localhost\r\nAuthorization: Bearer bl_sam\r\nByleave-Reason: x\r\n";

#[tokio::test]
async fn the_record_comes_before_the_first_byte() {
    let upstream = Upstream::plain().await;
    let world = World::start(upstream.address).await;
    world.fake.with(|state| state.recorder = Recorder::Slow(Duration::from_millis(300)));
    let mut client = connect(world.gateway).await;
    for at in 0..3 {
        client.send(format!("POST /{at} HTTP/1.1\r\n{HEAD}Content-Length: 3\r\n\r\nabc").as_bytes()).await;
        sleep(Duration::from_millis(150)).await;
        assert_eq!(
            upstream.seen.connections(),
            usize::from(at > 0),
            "not even a connection before the record"
        );
        assert_eq!(upstream.seen.requests().len(), at);
        assert_eq!(client.reply().await.status, 200);
        let recorded = world.fake.with(|state| state.begins[at].1);
        assert!(upstream.seen.requests()[at].1 > recorded);
    }
    let ends = world.fake.settled().await;
    assert!(ends.iter().all(|end| end.reason == EndReason::Done && end.status == Some(200)));
    assert_eq!(ends.iter().map(|end| (end.bytes_up, end.bytes_down)).collect::<Vec<_>>(), [(3, 2); 3]);
}

#[tokio::test]
async fn nobody_is_asked_for_a_body_before_the_record() {
    let upstream = Upstream::plain().await;
    let world = World::start(upstream.address).await;
    world.fake.with(|state| state.recorder = Recorder::Slow(Duration::from_millis(200)));
    let mut client = connect(world.gateway).await;
    let asked = Instant::now();
    client
        .send(format!("PUT / HTTP/1.1\r\n{HEAD}Content-Length: 3\r\nExpect: 100-continue\r\n\r\n").as_bytes())
        .await;
    assert_eq!(client.head().await.status, 100);
    assert!(asked.elapsed() >= Duration::from_millis(200));
    client.send(b"abc").await;
    assert_eq!(client.reply().await.status, 200);
    assert_eq!(upstream.seen.last_header("content-length"), ["3"]);
}

#[tokio::test]
async fn without_a_record_the_upstream_sees_nothing() {
    let upstream = Upstream::plain().await;
    let world = World::start(upstream.address).await;
    world.fake.with(|state| state.recorder = Recorder::Fails);
    let reply = world.sam("GET /").await;
    assert_eq!((reply.status, reply.reason()), (503, "unrecorded".into()));
    world.fake.with(|state| state.recorder = Recorder::Denies);
    let reply = world.sam("GET /").await;
    assert_eq!((reply.status, reply.reason()), (403, "visit_superseded".into()));
    assert_eq!(world.fake.with(|state| state.denied.len()), 1);
    world.fake.with(|state| state.recorder = Recorder::Hangs);
    let asked = Instant::now();
    let reply = world.sam("GET /").await;
    assert_eq!((reply.status, reply.reason()), (503, "unrecorded".into()));
    assert!((1900..2900).contains(&asked.elapsed().as_millis()), "{:?}", asked.elapsed());
    assert_eq!(upstream.seen.connections(), 0);
    assert!(world.fake.with(|state| state.ends.is_empty()));
}

#[tokio::test]
async fn a_record_that_comes_too_late_is_ended_as_not_forwarded() {
    let upstream = Upstream::plain().await;
    let world = World::start(upstream.address).await;
    world.fake.with(|state| state.recorder = Recorder::Slow(Duration::from_millis(2300)));
    assert_eq!(world.sam("GET /").await.status, 503);
    // Nobody waits any more for this one either.
    let mut client = connect(world.gateway).await;
    client.send(format!("GET / HTTP/1.1\r\n{HEAD}\r\n").as_bytes()).await;
    sleep(Duration::from_millis(100)).await;
    drop(client);
    until(|| world.fake.with(|state| state.begins.len() == 2)).await;
    let ends = world.fake.settled().await;
    assert!(ends.iter().all(|end| end.reason == EndReason::NotForwarded && end.status.is_none()), "{ends:?}");
    assert_eq!(upstream.seen.connections(), 0);
}

#[tokio::test]
async fn an_upstream_that_takes_no_connection() {
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let world = World::start(closed).await;
    let reply = world.sam("GET /").await;
    assert_eq!((reply.status, reply.reason()), (502, "upstream".into()));
    let ends = world.fake.settled().await;
    assert_eq!((ends[0].reason, ends[0].status), (EndReason::NotForwarded, Some(502)));
    for declared in ["nonsense", "ftp://x", "http://127.0.0.1/path"] {
        let world = World::with(declared, |_| {}, byleave_gateway::Registry::new()).await;
        assert_eq!(world.sam("GET /").await.status, 502, "{declared}");
        assert_eq!(world.fake.settled().await[0].reason, EndReason::NotForwarded);
    }
}

/// What an upstream does with its first request, and what becomes of the access.
#[tokio::test]
async fn upstreams_that_break_off() {
    for (answer, status, reason) in [
        ("", Some(502), EndReason::UpstreamAbort),
        ("nonsense\r\n\r\n", Some(502), EndReason::UpstreamAbort),
        ("HTTP/1.1 200 OK\r\nContent-Le", Some(502), EndReason::UpstreamAbort),
        (
            "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
            Some(502),
            EndReason::UpstreamAbort,
        ),
        ("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", Some(200), EndReason::UpstreamAbort),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
            Some(200),
            EndReason::UpstreamAbort,
        ),
        ("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc", Some(200), EndReason::Done),
        ("HTTP/1.1 204 No Content\r\n\r\n", Some(204), EndReason::Done),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", Some(304), EndReason::Done),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
            Some(200),
            EndReason::Done,
        ),
    ] {
        let upstream = Upstream::start(move |tcp, _| async move {
            let mut client = Client::of(tcp);
            client.request_head().await;
            client.send(answer.as_bytes()).await;
        })
        .await;
        let world = World::start(upstream.address).await;
        let mut client = connect(world.gateway).await;
        client.send(format!("GET / HTTP/1.1\r\n{HEAD}Connection: close\r\n\r\n").as_bytes()).await;
        let (answered, error) = client.rest().await;
        let ends = world.fake.settled().await;
        assert_eq!((ends[0].status, ends[0].reason), (status, reason), "{answer:?}");
        // A person whose answer was broken off is not told that it was whole.
        let broken = reason == EndReason::UpstreamAbort && status == Some(200);
        assert_eq!(error.is_some(), broken, "{answer:?}: {}", String::from_utf8_lossy(&answered));
    }
}

#[tokio::test]
async fn clients_that_break_off() {
    // The upstream answers nothing, or half.
    for half in ["", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"] {
        let upstream = Upstream::start(move |tcp, seen| async move {
            let mut client = Client::of(tcp);
            seen.asked(&client.request_head().await.unwrap());
            client.send(half.as_bytes()).await;
            let gone = client.rest().await;
            seen.asked(&format!("{gone:?}"));
        })
        .await;
        let world = World::start(upstream.address).await;
        for (request, body) in
            [("GET / HTTP/1.1\r\n", ""), ("POST / HTTP/1.1\r\nContent-Length: 100\r\n", "ab")]
        {
            let before = upstream.seen.requests().len();
            let mut client = connect(world.gateway).await;
            client.send(format!("{request}{HEAD}\r\n{body}").as_bytes()).await;
            until(|| upstream.seen.requests().len() > before).await;
            sleep(Duration::from_millis(50)).await;
            drop(client);
            until(|| upstream.seen.requests().len() == before + 2).await;
        }
        let ends = world.fake.settled().await;
        assert!(ends.iter().all(|end| end.reason == EndReason::ClientAbort), "{ends:?}");
    }
}

#[tokio::test]
async fn an_upstream_that_closed_a_kept_connection_is_asked_again_under_the_same_record() {
    // Answers once on each connection, promises to keep it, and closes.
    let upstream = Upstream::start(|tcp, seen| async move {
        let mut client = Client::of(tcp);
        if let Some(head) = client.request_head().await {
            seen.asked(&head);
            client.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
        }
    })
    .await;
    let world = World::start(upstream.address).await;
    let mut client = connect(world.gateway).await;
    for _ in 0..20 {
        client.send(format!("GET / HTTP/1.1\r\n{HEAD}\r\n").as_bytes()).await;
        assert_eq!(client.reply().await.status, 200);
        sleep(Duration::from_millis(5)).await;
    }
    let ends = world.fake.settled().await;
    assert_eq!(ends.len(), 20);
    assert!(ends.iter().all(|end| end.reason == EndReason::Done));
}
