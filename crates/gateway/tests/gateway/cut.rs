//! When access ends, connections are reset, not drained, and nothing more comes (N5, N6, N8).

use std::io::{ErrorKind, Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use byleave_gateway::CutReport;
use byleave_gateway::ports::EndReason;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{sleep, timeout};

use crate::common::*;

const HEAD: &str =
    "Host: acme--system-log.localhost\r\nAuthorization: Bearer bl_sam\r\nByleave-Reason: x\r\n";

/// Sends a first piece of an endless answer and goes on for as long as it is let.
async fn endless() -> Upstream {
    Upstream::start(|tcp, seen| async move {
        let mut client = Client::of(tcp);
        let Some(head) = client.request_head().await else { return };
        seen.asked(&head);
        let upgrade = head.contains("pgrade: websocket");
        let head = match upgrade {
            true => "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
            false => "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n",
        };
        client.send(head.as_bytes()).await;
        let part = vec![b'x'; 64 * 1024];
        while client.tcp.write_all(&part).await.is_ok() {}
        seen.asked("gone");
    })
    .await
}

/// Everything that still arrives at a reader who had stopped reading.
async fn still_arrives(client: Client) -> (usize, Option<ErrorKind>) {
    let (bytes, error) = client.rest().await;
    (bytes.len(), error)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_gets_little_more_after_the_cut() {
    let upstream = endless().await;
    let world = World::start(upstream.address).await;
    for more in ["", "Connection: upgrade\r\nUpgrade: websocket\r\n"] {
        let mut client = connect(world.gateway).await;
        // A small window, so that what counts is what the gateway's side holds, not what has been delivered.
        socket2::SockRef::from(&client.tcp).set_recv_buffer_size(32 * 1024).unwrap();
        client.send(format!("GET / HTTP/1.1\r\n{HEAD}{more}\r\n").as_bytes()).await;
        client.head().await;
        client.exactly(1000).await;
        sleep(Duration::from_millis(300)).await;
        let cut = Instant::now();
        let report = world.disable(ACME).await;
        let took = cut.elapsed();
        assert_eq!(report, CutReport { connections: 1, records_unsettled: 0 });
        assert!(took < Duration::from_millis(200), "{took:?}");
        let ends = world.fake.with(|state| std::mem::take(&mut state.ends));
        assert_eq!(ends.len(), 1, "the end was reported before the cut returned");
        assert_eq!(ends[0].reason, EndReason::Cut);
        world.fake.with(|state| state.begins.clear());
        let (bytes, error) = still_arrives(client).await;
        println!("cut in {took:?}; {bytes} bytes still arrived");
        assert!(bytes < 100_000, "{bytes} bytes still arrived");
        assert_eq!(error, Some(ErrorKind::ConnectionReset));
        until(|| upstream.seen.last() == "gone").await;
        world.enable(ACME);
    }
}

/// The same reader where the other side simply closes: what the reset saves.
#[tokio::test]
async fn for_comparison_a_plain_close_delivers_megabytes() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = connect(listener.local_addr().unwrap()).await;
    socket2::SockRef::from(&client.tcp).set_recv_buffer_size(32 * 1024).unwrap();
    let (server, _) = listener.accept().await.unwrap();
    let part = vec![b'x'; 64 * 1024];
    while let Ok(Ok(())) = timeout(Duration::from_millis(100), server.writable()).await {
        let _ = server.try_write(&part);
    }
    drop(server);
    let (bytes, error) = still_arrives(client).await;
    println!("plain close: {bytes} bytes still arrived");
    assert!(bytes > 1_000_000 && error.is_none(), "{bytes}");
}

#[tokio::test]
async fn every_kind_of_connection_is_reset_at_once() {
    // Answers `/done` whole, `/events` with one event, `/socket` with a switch; reads and says nothing otherwise.
    let upstream = Upstream::start(|tcp, seen| async move {
        let mut client = Client::of(tcp);
        while let Some(head) = client.request_head().await {
            seen.asked(&head);
            let answer: &[u8] = match head.split(' ').nth(1).unwrap() {
                "/done" => b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
                "/events" => b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
                "/socket" => b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
                "/static/x" => b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab",
                _ => b"",
            };
            client.send(answer).await;
        }
        seen.asked("gone");
    })
    .await;
    let world = World::start(upstream.address).await;
    let mut clients = vec![];
    for request in [
        "GET /done HTTP/1.1\r\n",
        "GET /events HTTP/1.1\r\n",
        "GET /socket HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n",
        "GET /waiting HTTP/1.1\r\n",
        "POST /upload HTTP/1.1\r\nContent-Length: 1000000\r\n",
        "POST /chunks HTTP/1.1\r\nTransfer-Encoding: chunked\r\n",
        "GET /static/x HTTP/1.1\r\n",
    ] {
        let mut client = connect(world.gateway).await;
        client.send(format!("{request}{HEAD}\r\n").as_bytes()).await;
        let path = request.split(' ').nth(1).unwrap().to_owned();
        if !matches!(path.as_str(), "/waiting" | "/upload" | "/chunks") {
            client.head().await;
        }
        clients.push((path, client));
    }
    until(|| upstream.seen.requests().len() == clients.len()).await;
    clients[0].1.exactly(2).await;
    // A connection of another organization, one that has carried both, and one that has carried nobody.
    let get = |host: &str| {
        format!(
            "GET /done HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer bl_sam\r\nByleave-Reason: x\r\n\r\n"
        )
    };
    let mut other = connect(world.gateway).await;
    other.send(get("globex--system-log.localhost").as_bytes()).await;
    assert_eq!(other.reply().await.status, 200);
    let mut both = connect(world.gateway).await;
    for path in ["/t/system-log/acme/done", "/t/system-log/globex/done"] {
        both.send(get("localhost").replace("/done", path).as_bytes()).await;
        assert_eq!(both.reply().await.status, 200);
    }
    let mut fresh = connect(world.gateway).await;
    clients.push(("both".into(), both));

    let asked = upstream.seen.requests().len();
    let report = world.disable(ACME).await;
    assert_eq!(report, CutReport { connections: clients.len(), records_unsettled: 0 });
    let (begins, ends) = world.fake.with(|state| (state.begins.len(), state.ends.clone()));
    assert_eq!(begins, ends.len(), "every end was reported before the cut returned");
    let cut = ends.iter().filter(|end| end.reason == EndReason::Cut).count();
    assert_eq!(cut, 5, "the five that were in progress: {ends:?}");
    for (path, client) in clients {
        let (_, error) = timeout(Duration::from_millis(500), client.rest()).await.expect("at once");
        assert_eq!(error, Some(ErrorKind::ConnectionReset), "{path}");
    }
    // All but the one that the other organization's requests shared, one after the other.
    let gone = upstream.seen.connections() - 1;
    until(|| upstream.seen.requests().len() >= asked + gone).await;

    other.send(get("globex--system-log.localhost").as_bytes()).await;
    assert_eq!(other.reply().await.status, 200, "other organizations go on");
    fresh.send(get("acme--system-log.localhost").as_bytes()).await;
    assert_eq!(fresh.reply().await.reason(), "support_access_disabled");
    world.enable(ACME);
    fresh.send(get("acme--system-log.localhost").as_bytes()).await;
    assert_eq!(fresh.reply().await.status, 200, "and so does this one, under a new visit");
}

#[tokio::test]
async fn a_visit_that_is_ended_loses_its_connections_alone() {
    let upstream = endless().await;
    let world = World::start(upstream.address).await;
    let ended = world.fake.visit_with_cookie(ACME, LOG, "ended");
    world.fake.visit_with_cookie(ACME, LOG, "open");
    let mut clients = vec![];
    for cookie in ["ended", "open"] {
        let mut client = connect(world.gateway).await;
        let head = format!(
            "GET / HTTP/1.1\r\nHost: acme--system-log.localhost\r\nCookie: byleave_visit={cookie}\r\n\r\n"
        );
        client.send(head.as_bytes()).await;
        client.head().await;
        clients.push(client);
    }
    world.fake.end_visit(ended);
    assert_eq!(world.registry.cut_visit(ended).await.connections, 1);
    let mut open = clients.pop().unwrap();
    assert_eq!(clients.pop().unwrap().rest().await.1, Some(ErrorKind::ConnectionReset));
    assert_eq!(open.exactly(100_000).await.len(), 100_000);
    assert_eq!(
        world.fake.with(|state| state.ends.iter().map(|end| (end.visit, end.reason)).collect::<Vec<_>>()),
        [(ended, EndReason::Cut)]
    );
}

/// As a freeze of one employer's people does: across organizations, and nobody else's.
#[tokio::test(flavor = "multi_thread")]
async fn many_visits_are_cut_at_once_and_no_others() {
    let upstream = endless().await;
    let world = World::start(upstream.address).await;
    let mut clients = vec![];
    for (organization, host, cookie) in
        [(ACME, "acme", "one"), (GLOBEX, "globex", "two"), (ACME, "acme", "three")]
    {
        let visit = world.fake.visit_with_cookie(organization, LOG, cookie);
        let mut client = connect(world.gateway).await;
        let head = format!(
            "GET / HTTP/1.1\r\nHost: {host}--system-log.localhost\r\nCookie: byleave_visit={cookie}\r\n\r\n"
        );
        client.send(head.as_bytes()).await;
        client.head().await;
        clients.push((visit, client));
    }
    let (_, mut stays) = clients.pop().unwrap();
    let frozen: std::collections::BTreeSet<_> = clients.iter().map(|(visit, _)| *visit).collect();
    frozen.iter().for_each(|visit| world.fake.end_visit(*visit));
    let report = world.registry.cut_visits(&frozen).await;
    assert_eq!(report, CutReport { connections: 2, records_unsettled: 0 });
    for (_, client) in clients {
        assert_eq!(client.rest().await.1, Some(ErrorKind::ConnectionReset));
    }
    assert_eq!(stays.exactly(100_000).await.len(), 100_000);
    let ends = world.fake.with(|state| state.ends.iter().map(|end| end.visit).collect::<Vec<_>>());
    assert_eq!(ends.len(), 2);
    assert!(ends.iter().all(|visit| frozen.contains(visit)), "{ends:?}");
}

/// An upstream that is read synchronously, so that there is no doubt about what had arrived when.
struct Pump {
    listener: std::net::TcpListener,
    connections: Vec<std::net::TcpStream>,
    requests: usize,
}

impl Pump {
    fn new() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self { listener, connections: vec![], requests: 0 }
    }

    /// Takes everything that has arrived, answers each request, and returns how many bytes there were.
    fn take(&mut self) -> usize {
        while let Ok((connection, _)) = self.listener.accept() {
            connection.set_nonblocking(true).unwrap();
            connection.set_nodelay(true).unwrap();
            self.connections.push(connection);
        }
        let (mut bytes, requests) = (0, &mut self.requests);
        self.connections.retain_mut(|connection| {
            let mut part = [0; 4096];
            match connection.read(&mut part) {
                Ok(0) => false,
                Ok(read) => {
                    bytes += read;
                    *requests += 1;
                    connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").is_ok()
                }
                Err(error) => error.kind() == ErrorKind::WouldBlock,
            }
        });
        bytes
    }
}

/// Requests race with cuts. The recorder here takes every begin, as if the log and the setting knew nothing of each
/// other: only the registry stands between a request and the upstream.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_race_with_a_cut_nothing_is_forwarded_afterwards() {
    const ROUNDS: usize = 300;
    const CLIENTS: usize = 4;
    let pump = Pump::new();
    let world = World::start(pump.listener.local_addr().unwrap()).await;
    world.fake.with(|state| state.strict = false);
    let pump = Arc::new(std::sync::Mutex::new(pump));
    let pumping = Arc::downgrade(&pump);
    std::thread::spawn(move || {
        while let Some(pump) = pumping.upgrade() {
            pump.lock().unwrap().take();
            drop(pump);
            std::thread::sleep(Duration::from_micros(50));
        }
    });
    let mut answered = 0;
    for round in 0..ROUNDS {
        let asking: Vec<_> = (0..CLIENTS).map(|_| tokio::spawn(ask_until_reset(world.gateway))).collect();
        sleep(Duration::from_micros(round as u64 * 37 % 5000)).await;
        world.disable(ACME).await;
        {
            // What had arrived by now was sent before; from here on nothing may arrive, however long one waits.
            let mut pump = pump.lock().unwrap();
            pump.take();
            std::thread::sleep(Duration::from_micros(500));
            assert_eq!(pump.take(), 0, "forwarded after the cut had returned, in round {round}");
        }
        for asking in asking {
            answered += asking.await.unwrap();
        }
        assert_eq!(pump.lock().unwrap().take(), 0, "forwarded after the cut had returned, in round {round}");
        world.enable(ACME);
    }
    let ends = world.fake.settled().await;
    let count = |reason| ends.iter().filter(|end| end.reason == reason).count();
    let (cut, not_forwarded) = (count(EndReason::Cut), count(EndReason::NotForwarded));
    println!("{} races: {answered} answered, {cut} cut, {not_forwarded} not forwarded", ROUNDS * CLIENTS);
    assert!(answered > ROUNDS && cut > 0 && not_forwarded > 0, "the race was a race");
    assert!(pump.lock().unwrap().requests >= answered);
}

/// Asks one request after the other, and returns how many were answered before one was not.
async fn ask_until_reset(gateway: std::net::SocketAddr) -> usize {
    let mut client = connect(gateway).await;
    let request = format!("GET / HTTP/1.1\r\n{HEAD}\r\n");
    for answered in 0.. {
        let mut answer = [0; 4096];
        let sent = client.tcp.write_all(request.as_bytes()).await;
        match client.tcp.read(&mut answer).await {
            Ok(read) if sent.is_ok() && answer[..read].starts_with(b"HTTP/1.1 200") => {}
            _ => return answered,
        }
    }
    unreachable!()
}

#[tokio::test]
async fn a_begin_that_was_recorded_before_the_cut_and_answered_after_it_is_not_forwarded() {
    let upstream = Upstream::plain().await;
    let world = World::start(upstream.address).await;
    world.fake.with(|state| {
        state.recorder = Recorder::Slow(Duration::from_millis(300));
        state.strict = false;
    });
    let mut client = connect(world.gateway).await;
    client.send(format!("GET / HTTP/1.1\r\n{HEAD}\r\n").as_bytes()).await;
    sleep(Duration::from_millis(100)).await;
    let report = world.disable(ACME).await;
    assert_eq!(report, CutReport::default(), "it had carried nobody yet");
    let ends = world.fake.with(|state| state.ends.clone());
    assert_eq!(
        ends.iter().map(|end| end.reason).collect::<Vec<_>>(),
        [EndReason::NotForwarded],
        "the cut waited for it"
    );
    assert_eq!(client.reply().await.reason(), "support_access_disabled");
    assert_eq!(upstream.seen.connections(), 0);
}

#[tokio::test]
async fn a_visit_that_ends_while_its_access_is_recorded_gets_nothing() {
    let upstream = Upstream::plain().await;
    let world = World::start(upstream.address).await;
    let visit = world.fake.visit_with_cookie(ACME, LOG, "secret");
    world.fake.with(|state| state.recorder = Recorder::Slow(Duration::from_millis(300)));
    for path in ["/", "/static/x"] {
        let mut client = connect(world.gateway).await;
        let head = "HTTP/1.1\r\nHost: acme--system-log.localhost\r\nCookie: byleave_visit=secret\r\n\r\n";
        client.send(format!("GET {path} {head}").as_bytes()).await;
        sleep(Duration::from_millis(100)).await;
        if path == "/" {
            world.fake.end_visit(visit);
            world.registry.cut_visit(visit).await;
        }
        assert_eq!(client.reply().await.reason(), "visit_ended");
        assert_eq!(upstream.seen.connections(), 0, "{path}");
    }
    assert_eq!(world.fake.settled().await[0].reason, EndReason::NotForwarded);
}

#[tokio::test]
async fn epochs_only_grow_and_unknown_organizations_are_closed() {
    let upstream = Upstream::plain().await;
    let world = World::start(upstream.address).await;
    world.registry.cut(ACME, 5).await;
    for (what, epoch) in [("an older opening", 4), ("the epoch of the cut", 5)] {
        world.registry.open(ACME, epoch);
        world.fake.with(|state| state.snapshot.organizations.get_mut(&ACME).unwrap().epoch = epoch);
        assert_eq!(world.sam("GET /").await.status, 403, "{what}");
    }
    world.registry.open(ACME, 6);
    world.fake.with(|state| state.snapshot.organizations.get_mut(&ACME).unwrap().epoch = 6);
    assert_eq!(world.sam("GET /").await.status, 200);
    world.registry.cut(ACME, 5).await;
    assert_eq!(world.sam("GET /").await.status, 200, "an older cut");
    let enabled =
        byleave_domain::snapshot::Standing::Proven(byleave_domain::support_access::SupportAccess::Enabled);
    world.fake.with(|state| state.snapshot.organizations.get_mut(&INITECH).unwrap().standing = enabled);
    let reply = world.sam_at("initech--system-log.localhost", "GET /", "").await;
    assert_eq!(reply.status, 403, "permitted, recorded, and never loaded here");
    assert_eq!(world.fake.settled().await.last().unwrap().reason, EndReason::NotForwarded);
}

#[tokio::test]
async fn stopping_resets_everything_and_reports_every_end() {
    let upstream = endless().await;
    let world = World::start(upstream.address).await;
    let mut client = connect(world.gateway).await;
    client.send(format!("GET / HTTP/1.1\r\n{HEAD}\r\n").as_bytes()).await;
    client.head().await;
    world.shutdown.cancel();
    timeout(Duration::from_secs(1), world.served).await.unwrap().unwrap();
    assert_eq!(world.fake.with(|state| state.ends.len()), 1);
    assert_eq!(client.rest().await.1, Some(ErrorKind::ConnectionReset));
    assert!(tokio::net::TcpStream::connect(world.gateway).await.is_err());
}
