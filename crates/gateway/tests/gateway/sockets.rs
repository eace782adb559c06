//! Sockets are let go of as soon as nothing is left to deliver: whoever holds them all keeps a Disable out.

use std::io::ErrorKind;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::time::sleep;

use crate::common::*;

/// Answers `ok` once `at_once` requests have come, ends nothing itself, and says `gone` and its first path when the gateway has let go of the socket.
async fn never_ends(at_once: usize) -> Upstream {
    Upstream::start(move |tcp, seen| async move {
        let (mut client, mut first) = (Client::of(tcp), None);
        while let Some(head) = client.request_head().await {
            seen.asked(&head);
            first.get_or_insert_with(|| head.split(' ').nth(1).unwrap().to_owned());
            until(|| seen.requests().len() >= at_once).await;
            client.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
        }
        while client.tcp.write_all(b"x").await.is_ok() {
            sleep(Duration::from_millis(10)).await;
        }
        seen.asked(&format!("gone {}", first.unwrap()));
    })
    .await
}

fn get(tool: &str, organization: &str, path: &str) -> String {
    format!("GET /t/{tool}/{organization}{path} HTTP/1.1\r\nHost: localhost\r\n{AS_SAM}\r\n")
}

#[tokio::test]
async fn upstream_connections_serve_one_tool_and_one_organization() {
    let upstream = Upstream::plain().await;
    let world = World::start(upstream.address).await;
    let (mut client, mut other) = (connect(world.gateway).await, connect(world.gateway).await);
    for (tool, organization, connections) in [
        ("system-log", "acme", 1),
        ("system-log", "acme", 1),
        ("system-log", "globex", 2),
        ("by-header", "acme", 2),
        ("system-log", "globex", 2),
        ("system-log", "acme", 2),
    ] {
        for client in [&mut client, &mut other] {
            client.send(get(tool, organization, "/").as_bytes()).await;
            assert_eq!(client.reply().await.status, 200);
            assert_eq!(upstream.seen.connections(), connections, "{tool} {organization}");
        }
    }
    let of = |organization: &str| {
        let names = upstream.seen.requests().into_iter().map(|(head, _)| head);
        names.filter(|head| head.contains(organization)).count()
    };
    assert_eq!((of("assertion.org_acac"), of("assertion.org_6161")), (8, 4));
    world.disable(ACME).await;
    world.enable(ACME);
    let mut client = connect(world.gateway).await;
    client.send(get("system-log", "acme", "/").as_bytes()).await;
    assert_eq!(client.reply().await.status, 200);
    assert_eq!(upstream.seen.connections(), 3, "nothing survives a cut");
}

/// `gone` lines of [`never_ends`].
fn gone(upstream: &Upstream) -> Vec<String> {
    let seen = upstream.seen.requests().into_iter();
    seen.filter_map(|(head, _)| head.strip_prefix("gone ").map(str::to_owned)).collect()
}

#[tokio::test]
async fn few_upstream_connections_wait_and_not_for_long() {
    const AT_ONCE: usize = 20;
    let upstream = never_ends(AT_ONCE).await;
    let world = World::start(upstream.address).await;
    let mut clients = vec![];
    for number in 0..AT_ONCE {
        let mut client = connect(world.gateway).await;
        client.send(get("system-log", "acme", &format!("/{number}")).as_bytes()).await;
        clients.push(client);
    }
    for client in &mut clients {
        assert_eq!(client.reply().await.status, 200);
    }
    assert_eq!(upstream.seen.connections(), AT_ONCE);
    until(|| gone(&upstream).len() == AT_ONCE - 16).await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(16)).await;
    tokio::time::resume();
    until(|| gone(&upstream).len() == AT_ONCE).await;
}

#[tokio::test]
async fn a_cut_closes_the_upstream_connections_that_wait() {
    let upstream = never_ends(1).await;
    let world = World::start(upstream.address).await;
    for organization in ["acme", "globex"] {
        let mut client = connect(world.gateway).await;
        client.send(get("system-log", organization, &format!("/{organization}")).as_bytes()).await;
        assert_eq!(client.reply().await.status, 200);
        drop(client);
    }
    sleep(Duration::from_millis(50)).await;
    let report = world.disable(ACME).await;
    assert_eq!(report.connections, 0, "nobody was on it");
    until(|| gone(&upstream) == ["/acme"]).await;
    assert_eq!(gone(&upstream).len(), 1, "the other organization's goes on waiting");
}

#[tokio::test]
async fn a_connection_that_never_asked_is_dropped_when_its_time_is_over() {
    let upstream = Upstream::plain().await;
    let world = World::start(upstream.address).await;
    let silent = connect(world.gateway).await;
    let mut slow = connect(world.gateway).await;
    slow.send(b"GET / HTTP/1.1\r\nHost: ").await;
    sleep(Duration::from_millis(100)).await;
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(31)).await;
    tokio::time::resume();
    for client in [silent, slow] {
        let (bytes, error) = client.rest().await;
        assert_eq!((bytes.len(), error), (0, Some(ErrorKind::ConnectionReset)));
    }
}
