//! Some thousands of requests that are odd in every way we know of, judged differentially (K15): what the gateway decided
//! about and recorded, against what the upstream received, as readers of very different leniency read that.
//!
//! Nothing here says which request has to be refused (`strictness` does). Here it is said that whatever is forwarded is
//! read by everybody as what was decided about: so many requests, to these targets, for this organization, from nobody
//! who claims to be somebody.

mod cases;
mod readers;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use byleave_gateway::ports::EndReason;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::common::*;
use cases::cases;
use readers::{READERS, Read, read_all, readings};

const HOST: &str = "Host: acme--by-prefix.localhost\r\n";
const AS_SAM: &str = "Authorization: Bearer bl_sam\r\n";

/// Answers every request in order, and keeps every byte.
async fn recorder() -> (std::net::SocketAddr, Arc<Mutex<Vec<Vec<u8>>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let kept = Arc::new(Mutex::new(vec![]));
    let keeping = Arc::clone(&kept);
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            tokio::spawn(record(tcp, Arc::clone(&keeping)));
        }
    });
    (address, kept)
}

async fn record(mut tcp: TcpStream, kept: Arc<Mutex<Vec<Vec<u8>>>>) {
    let number = {
        let mut kept = kept.lock().unwrap();
        kept.push(vec![]);
        kept.len() - 1
    };
    let (mut bytes, mut answered) = (vec![], 0);
    while let Ok(1..) = tcp.read_buf(&mut bytes).await {
        kept.lock().unwrap()[number].clone_from(&bytes);
        let Ok(requests) = read_all(&bytes, READERS[0]) else { continue };
        let whole = requests.all.len() - usize::from(!requests.whole);
        for request in &requests.all[answered..whole] {
            let body = if request.method == "HEAD" { "" } else { "ok" };
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{body}");
            if tcp.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
        answered = whole;
    }
}

/// Sends a case with a request behind it that only a confused reader would take for one of its own, and waits until no
/// more is to be expected.
async fn play(gateway: std::net::SocketAddr, case: &[u8]) -> usize {
    let mut tcp = TcpStream::connect(gateway).await.unwrap();
    let behind = format!("GET /behind HTTP/1.1\r\n{HOST}{AS_SAM}Connection: close\r\n\r\n");
    let _ = tcp.write_all(&[case, behind.as_bytes()].concat()).await;
    let mut answer = vec![];
    // Some wait for more of a body that never comes.
    while let Ok(Ok(1..)) = timeout(Duration::from_millis(700), tcp.read_buf(&mut answer)).await {}
    answer.windows(9).filter(|bytes| bytes == b"HTTP/1.1 ").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_decided_about_is_what_every_upstream_reads() {
    const AT_ONCE: usize = 64;
    let (address, kept) = recorder().await;
    let world = World::start(address).await;
    let cases = cases();
    assert!(cases.len() >= 2000, "{}", cases.len());
    let mut answers = 0;
    for batch in cases.chunks(AT_ONCE) {
        let playing: Vec<_> = batch
            .iter()
            .map(|(_, case)| {
                let (gateway, case) = (world.gateway, case.clone());
                tokio::spawn(async move { play(gateway, &case).await })
            })
            .collect();
        for playing in playing {
            answers += playing.await.unwrap();
        }
    }
    world.fake.settled().await;
    let connections = kept.lock().unwrap().clone();
    // Decided about and perhaps forwarded, with how it ended: where a client breaks off it may have been too early.
    let decided = world.fake.with(|state| {
        let ends: HashMap<_, _> = state.ends.iter().map(|end| (end.begin, end.reason)).collect();
        let begins = (0..).zip(&state.begins);
        let begins =
            begins.map(|(index, (begin, _))| ((begin.method.clone(), begin.target.clone()), ends[&index]));
        begins.filter(|(_, reason)| *reason != EndReason::NotForwarded).collect::<Vec<_>>()
    });
    let mut received = vec![];
    for connection in &connections {
        let strict = read_all(connection, READERS[0]).unwrap();
        for how in READERS {
            let read = read_all(connection, how).unwrap();
            assert_eq!(read.names(), strict.names(), "{how:?} {:?}", String::from_utf8_lossy(connection));
            read.all.iter().for_each(check_headers);
        }
        received.extend(strict.all.into_iter().map(|read| (read.method, read.target)));
    }
    let mut balance: HashMap<_, [usize; 3]> = HashMap::new();
    for (what, reason) in &decided {
        let row = balance.entry(what.clone()).or_default();
        row[0] += 1;
        row[1] += usize::from(*reason == EndReason::Done);
    }
    for what in &received {
        balance.entry(what.clone()).or_default()[2] += 1;
    }
    for (what, [decided, done, received]) in &balance {
        assert!(received <= decided, "{what:?}: received {received}, decided about {decided}");
        assert!(received >= done, "{what:?}: received {received}, answered {done}");
    }
    let about = world.fake.with(|state| {
        let begins = state.begins.iter().map(|(begin, _)| (begin.organization, begin.target.clone()));
        begins.collect::<Vec<_>>()
    });
    for (organization, target) in about {
        let own = if organization == ACME { "/acme/" } else { "/globex/" };
        for reading in readings(&target) {
            assert!(format!("{reading}/").starts_with(own), "{target} can be read as {reading}");
        }
    }
    let behind = balance.get(&("GET".to_owned(), "/acme/behind".to_owned())).map_or(0, |row| row[2]);
    println!(
        "{} cases, {answers} answers, {} received, {behind} of them behind another; {} upstream connections",
        cases.len(),
        received.len(),
        connections.len()
    );
    assert!(
        behind > 500 && received.len() - behind > 500,
        "some have to get through for this to mean anything"
    );
}

/// One host, one assertion, and nobody's word about who is asking.
fn check_headers(read: &Read) {
    let of = |name: &str| {
        read.headers.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()).collect::<Vec<_>>()
    };
    // By host name the upstream sees that; by path it sees its own.
    let by_path = of("x-forwarded-host") == ["[::1]"];
    let host = of("host");
    let own = by_path && host.len() == 1 && host[0].starts_with("127.0.0.1:");
    assert!(own || host == ["acme--by-prefix.localhost"], "{read:?}");
    let [assertion] = of("byleave-assertion")[..] else { panic!("{read:?}") };
    let organization = if read.target.starts_with("/globex/") { "org_6161" } else { "org_acac" };
    assert!(assertion.starts_with(&format!("assertion.{organization}")), "{read:?}");
    assert_eq!(of("x-forwarded-for"), ["127.0.0.1"], "{read:?}");
    assert!(own || of("x-forwarded-host") == ["acme--by-prefix.localhost"], "{read:?}");
    for name in [
        "x-user",
        "remote-user",
        "forwarded",
        "x-host",
        "x-original-url",
        "x-rewrite-url",
        "x-http-method-override",
        "http2-settings",
        "authorization",
        "expect",
        "proxy-connection",
        "keep-alive",
    ] {
        assert_eq!(of(name), [""; 0], "{read:?}");
    }
    assert!(of("cookie").iter().all(|cookie| !cookie.contains("byleave")), "{read:?}");
    assert!(of("content-length").len() + of("transfer-encoding").len() <= 1, "{read:?}");
    assert!(
        !read.headers.iter().any(|(_, value)| value.contains("globex") || value.contains('\0')),
        "{read:?}"
    );
}
