//! Sockets are let go of as soon as nothing is left to deliver: whoever holds them all keeps a Disable out.

use std::io::ErrorKind;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::time::sleep;

use crate::common::*;

/// Answers `ok`, ends nothing itself, and says `gone` and its first path when the gateway has let go of the socket.
async fn never_ends() -> Upstream {
    Upstream::start(|tcp, seen| async move {
        let (mut client, mut first) = (Client::of(tcp), None);
        while let Some(head) = client.request_head().await {
            seen.asked(&head);
            first.get_or_insert_with(|| head.split(' ').nth(1).unwrap().to_owned());
            client.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
        }
        while client.tcp.write_all(b"x").await.is_ok() {
            sleep(Duration::from_millis(10)).await;
        }
        seen.asked(&format!("gone {}", first.unwrap()));
    })
    .await
}

#[tokio::test]
async fn who_changes_upstreams_quickly_holds_three_sockets() {
    const ROUNDS: usize = 6;
    let upstream = never_ends().await;
    let world = World::start(upstream.address).await;
    let mut client = connect(world.gateway).await;
    let mut ask = async |round: usize| {
        let organization = ["acme", "globex"][round % 2];
        let path = format!("/t/system-log/{organization}/{round}");
        let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{AS_SAM}\r\n");
        client.send(head.as_bytes()).await;
        assert_eq!(client.reply().await.status, 200);
    };
    for round in 0..ROUNDS {
        ask(round).await;
    }
    assert_eq!(upstream.seen.connections(), ROUNDS);
    let gone = || {
        let seen = upstream.seen.requests().into_iter();
        seen.filter_map(|(head, _)| head.strip_prefix("gone ").map(str::to_owned)).collect::<Vec<_>>()
    };
    // The last is in use, the first is ending in an orderly way; its second is over after all others have gone.
    until(|| gone().len() == ROUNDS - 1).await;
    assert_eq!(gone().last().unwrap(), "/0", "{:?}", gone());
    ask(ROUNDS - 1).await;
    assert_eq!(upstream.seen.connections(), ROUNDS, "the last is kept");
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
