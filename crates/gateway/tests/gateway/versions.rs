//! Both versions of HTTP, on both sides, plain and TLS: whole exchanges, and what belongs to one version alone.

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::Duration;

use byleave_gateway::Registry;
use byleave_gateway::ports::EndReason;
use http_body::Frame;
use http_body_util::BodyExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::common::speaking::{Authority, Served, Speaker, Speaks, body, part, whole};
use crate::common::*;

const HOST: &str = "acme--system-log.localhost";
const SAYS: [(&str, &str); 2] = [("authorization", "Bearer bl_sam"), ("byleave-reason", "printer on fire")];

/// A gateway and an upstream, and who vouches for them.
struct Stage {
    authority: Authority,
    served: Served,
    world: World,
    client: Speaks,
}

impl Stage {
    async fn new(client: Speaks, upstream: Speaks) -> Self {
        let authority = Authority::new();
        let served = Served::start(upstream, &authority).await;
        let change = |config: &mut byleave_gateway::Config| {
            config.upstream_roots = vec![authority.certificate.to_vec()];
            config.tls = client.tls().then(|| authority.server(vec![b"h2".to_vec(), b"http/1.1".to_vec()]));
            if client == Speaks::Proxied {
                config.proxy_protocol_from = vec!["127.0.0.0/8".parse().unwrap()];
            }
        };
        let world = World::with(&served.origin(upstream), change, Registry::new()).await;
        Self { authority, served, world, client }
    }

    async fn speaker(&self) -> Speaker {
        Speaker::connect(self.world.gateway, self.client, &self.authority, HOST).await
    }
}

#[tokio::test]
async fn whole_exchanges_pass_in_every_version() {
    for client in [Speaks::Http1, Speaks::Http1Tls, Speaks::Http2, Speaks::Http2Tls, Speaks::Proxied] {
        for upstream in [Speaks::Http1, Speaks::Http1Tls, Speaks::Http2, Speaks::Http2Tls] {
            let what = format!("{client:?} {upstream:?}");
            let stage = Stage::new(client, upstream).await;
            let speaker = stage.speaker().await;
            for number in 0..3 {
                let (sender, upload) = body();
                let mut headers = SAYS.to_vec();
                headers.extend([
                    ("te", "trailers"),
                    ("trailer", "x-sum"),
                    ("x-forwarded-for", "203.0.113.9"),
                ]);
                let answer = speaker.ask("PUT", HOST, "/echo?a=%41", &headers, upload);
                sender.send(part("there")).await.unwrap();
                // The answer begins before the request is whole.
                let answer = answer.await.unwrap().unwrap();
                let mut trailers = http::HeaderMap::new();
                for (name, value) in [("x-sum", "7"), ("byleave-assertion", "forged"), ("x-user", "root")] {
                    trailers.insert(name, value.parse().unwrap());
                }
                sender.send(Frame::trailers(trailers)).await.unwrap();
                drop(sender);
                assert_eq!(answer.status(), 200, "{what}");
                assert!(answer.headers().contains_key("byleave-decision"), "{what}");
                let answer = answer.into_body().collect().await.unwrap();
                let status = answer.trailers().and_then(|trailers| trailers.get("x-status")).cloned();
                assert_eq!(status.unwrap(), "0", "{what}");
                assert_eq!(answer.to_bytes(), "there", "{what}");
                let seen = stage.served.seen.requests.lock().unwrap().clone();
                assert_eq!(seen.len(), number + 1, "{what}");
                let (method, path, headers) = seen.last().unwrap();
                assert_eq!((method.as_str(), path.as_str()), ("PUT", "/echo"), "{what}");
                assert!(headers.contains_key("byleave-assertion") && headers["te"] == "trailers", "{what}");
                assert!(!headers.contains_key("authorization"), "{what}");
                let peer = if client == Speaks::Proxied { "198.51.100.7" } else { "127.0.0.1" };
                assert_eq!(headers["x-forwarded-for"], peer, "{what}");
                assert_eq!(headers["x-forwarded-host"], HOST, "{what}");
                // A trailer that was not announced has no place in HTTP/1.1.
                let trailers = stage.served.seen.trailers.lock().unwrap().take();
                let names: Vec<_> = trailers.iter().flat_map(|trailers| trailers.keys()).collect();
                assert_eq!(names, ["x-sum"], "{what}");
            }
            let ends = stage.world.fake.settled().await;
            assert!(ends.iter().all(|end| end.reason == EndReason::Done && end.bytes_up == 5), "{what}");
            // Such an exchange leaves its connection to nobody else.
            let connections = || stage.served.seen.meters.lock().unwrap().len();
            assert_eq!(connections(), 3, "{what}");
            let mut before = None;
            for _ in 0..3 {
                let answer = speaker.ask("GET", HOST, "/done", &SAYS, whole("")).await.unwrap().unwrap();
                assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "ok", "{what}");
                assert_eq!(*before.get_or_insert_with(connections), connections(), "used again: {what}");
            }
        }
    }
}

#[tokio::test]
async fn many_requests_share_one_connection_and_break_off_alone() {
    let stage = Stage::new(Speaks::Http2Tls, Speaks::Http1).await;
    let speaker = stage.speaker().await;
    let waiting: Vec<_> = (0..10).map(|_| speaker.ask("GET", HOST, "/wait", &SAYS, whole(""))).collect();
    until(|| stage.served.seen.count() == 10).await;
    assert_eq!(stage.served.seen.meters.lock().unwrap().len(), 10, "one exchange at a time on each");
    let mut waiting = waiting.into_iter();
    let given_up = waiting.next().unwrap();
    given_up.abort();
    until(|| stage.world.fake.with(|state| state.ends.len()) == 1).await;
    assert_eq!(stage.world.fake.with(|state| state.ends[0].reason), EndReason::ClientAbort);
    let answer = speaker.ask("GET", HOST, "/done", &SAYS, whole("")).await.unwrap().unwrap();
    assert_eq!(answer.into_body().collect().await.unwrap().to_bytes(), "ok");
    assert!(waiting.all(|request| !request.is_finished()), "the others wait on");
}

/// A browser would put all organizations on one connection where one certificate covers them.
#[tokio::test]
async fn an_http_2_connection_is_for_one_host() {
    let stage = Stage::new(Speaks::Http2Tls, Speaks::Http1).await;
    let other = "globex--system-log.localhost";
    let speaker = stage.speaker().await;
    for (host, status) in [(HOST, 200), (other, 421), (HOST, 200)] {
        let answer = speaker.ask("GET", host, "/done", &SAYS, whole("")).await.unwrap().unwrap();
        assert_eq!(answer.status(), status, "{host}");
    }
    let speaker = Speaker::connect(stage.world.gateway, Speaks::Http2Tls, &stage.authority, other).await;
    let answer = speaker.ask("GET", other, "/done", &SAYS, whole("")).await.unwrap().unwrap();
    assert_eq!(answer.status(), 200);

    // Without TLS the first request tells; with it, the handshake does, in HTTP/1.1 as well.
    let plain = Stage::new(Speaks::Http2, Speaks::Http1).await;
    let speaker = plain.speaker().await;
    for (host, status) in [(other, 200), (HOST, 421), (other, 200)] {
        let answer = speaker.ask("GET", host, "/done", &SAYS, whole("")).await.unwrap().unwrap();
        assert_eq!(answer.status(), status, "{host}");
    }
    let stage = Stage::new(Speaks::Http1Tls, Speaks::Http1).await;
    let speaker = stage.speaker().await;
    let answer = speaker.ask("GET", other, "/done", &SAYS, whole("")).await.unwrap().unwrap();
    assert_eq!(answer.status(), 421);
    assert_eq!(stage.world.fake.with(|state| state.begins.len()), 0);
}

#[tokio::test]
async fn what_a_forwarder_says_is_believed_where_it_is_trusted() {
    let served = Upstream::plain().await;
    let trusting = |config: &mut byleave_gateway::Config| {
        config.trusted_forwarders = vec!["127.0.0.0/8".parse().unwrap(), "10.0.0.0/8".parse().unwrap()];
    };
    for (world, expected) in [
        (World::start(served.address).await, "127.0.0.1"),
        (World::with(&format!("http://{}", served.address), trusting, Registry::new()).await, "198.51.100.7"),
    ] {
        let more = "X-Forwarded-For: 203.0.113.9, 198.51.100.7, 10.1.2.3\r\nX-Forwarded-Proto: gopher\r\n";
        assert_eq!(world.sam_at(HOST, "GET /", more).await.status, 200);
        assert_eq!(served.seen.last_header("x-forwarded-for"), [expected]);
        assert_eq!(served.seen.last_header("x-forwarded-proto"), ["http"]);
        assert_eq!(world.fake.with(|state| state.begins[0].0.peer.to_string()), expected);
    }
}

#[tokio::test]
async fn the_proxy_protocol_is_for_those_who_have_to_speak_it() {
    let served = Upstream::plain().await;
    let request = format!("GET / HTTP/1.1\r\nHost: {HOST}\r\n{AS_SAM}Connection: close\r\n\r\n");
    let header = "PROXY TCP4 198.51.100.7 127.0.0.1 4711 443\r\n";
    for (required, with_header, answered) in [
        (true, true, Some("200")),
        (true, false, None),
        (false, true, Some("400")),
        (false, false, Some("200")),
    ] {
        let change = |config: &mut byleave_gateway::Config| {
            let network = if required { "127.0.0.0/8" } else { "10.0.0.0/8" };
            config.proxy_protocol_from = vec![network.parse().unwrap()];
        };
        let world = World::with(&format!("http://{}", served.address), change, Registry::new()).await;
        let mut client = connect(world.gateway).await;
        client.send(format!("{}{request}", if with_header { header } else { "" }).as_bytes()).await;
        let (answer, _) = client.rest().await;
        let answer = String::from_utf8(answer).unwrap();
        let status = answer.split(' ').nth(1);
        assert_eq!(status, answered, "{required} {with_header}: {answer}");
    }
}

#[tokio::test]
async fn only_protocols_on_the_list_are_changed_to() {
    let authority = Authority::new();
    let served = Served::start(Speaks::Http1, &authority).await;
    let change = |config: &mut byleave_gateway::Config| config.upgrades.push("tcp".into());
    let world = World::with(&served.origin(Speaks::Http1), change, Registry::new()).await;
    for (method, protocol, status) in [
        ("GET", "websocket", 101),
        ("GET", "WebSocket", 101),
        ("POST", "websocket", 501),
        ("POST", "tcp", 101),
        ("PUT", "tcp", 501),
        ("GET", "h2c", 501),
        ("GET", "spdy/3.1", 501),
        ("GET", "websocket, tcp", 501),
        ("GET", "", 501),
    ] {
        let speaker = Speaker::connect(world.gateway, Speaks::Http1, &authority, HOST).await;
        let mut headers = SAYS.to_vec();
        headers.extend([("connection", "Upgrade"), ("upgrade", protocol)]);
        let answer = speaker.ask(method, HOST, "/switch", &headers, whole("")).await.unwrap().unwrap();
        assert_eq!(answer.status(), status, "{method} {protocol}");
    }
    // There is no place for any in HTTP/2, and a tool that speaks it alone agrees to none.
    let two = Stage::new(Speaks::Http1, Speaks::Http2).await;
    let speaker = two.speaker().await;
    let mut headers = SAYS.to_vec();
    headers.extend([("connection", "Upgrade"), ("upgrade", "websocket")]);
    let answer = speaker.ask("GET", HOST, "/switch", &headers, whole("")).await.unwrap().unwrap();
    assert_eq!(answer.status(), 502);
}

#[tokio::test]
async fn whoever_says_nothing_is_not_waited_for() {
    for client in [Speaks::Http1, Speaks::Http2] {
        let stage = Stage::new(client, Speaks::Http1).await;
        let uploader = stage.speaker().await;
        let (sender, upload) = body();
        let uploading = uploader.ask("POST", HOST, "/take", &SAYS, upload);
        sender.send(part("half")).await.unwrap();
        let asker = stage.speaker().await;
        let waiting = asker.ask("GET", HOST, "/wait", &SAYS, whole(""));
        until(|| stage.served.seen.count() == 2).await;
        let ended = |count| stage.world.fake.with(move |state| state.ends.len() >= count);
        advance(Duration::from_secs(59)).await;
        assert!(!ended(1), "{client:?}");
        advance(Duration::from_secs(2)).await;
        until(|| ended(1)).await;
        assert_eq!(stage.world.fake.with(|state| state.ends[0].reason), EndReason::ClientAbort, "{client:?}");
        advance(Duration::from_secs(235)).await;
        assert!(!ended(2), "{client:?}");
        advance(Duration::from_secs(6)).await;
        assert_eq!(waiting.await.unwrap().unwrap().status(), 504, "{client:?}");
        until(|| ended(2)).await;
        drop((sender, uploading));
    }
}

/// What keeps sending keeps its place, however long it takes: the answer's time runs from the last that was taken.
#[tokio::test]
async fn a_long_upload_is_not_a_slow_answer() {
    for client in [Speaks::Http1, Speaks::Http2] {
        let stage = Stage::new(client, Speaks::Http1).await;
        let speaker = stage.speaker().await;
        let (sender, upload) = body();
        let answer = speaker.ask("POST", HOST, "/take", &SAYS, upload);
        for number in 1..=70 {
            sender.send(part("more")).await.unwrap();
            // From here on the gateway waits for the next part, however busy the machine is; and that comes before anybody asks
            // whether the client is still there.
            until(|| stage.served.seen.taken.load(SeqCst) == number).await;
            set_forward(Duration::from_secs(10)).await;
        }
        drop(sender);
        let answer = answer.await.unwrap().unwrap();
        assert_eq!((answer.status().as_u16(), &answer.headers()["x-length"]), (200, &"280".parse().unwrap()));
    }
}

/// Sets the clock forward, with a moment before and after for whatever is under way.
async fn advance(by: Duration) {
    tokio::time::sleep(Duration::from_millis(30)).await;
    set_forward(by).await;
    tokio::time::sleep(Duration::from_millis(30)).await;
}

async fn set_forward(by: Duration) {
    tokio::time::pause();
    tokio::time::advance(by).await;
    tokio::time::resume();
}

#[tokio::test]
async fn an_http_2_connection_that_asks_for_nothing_ends() {
    let stage = Stage::new(Speaks::Http2, Speaks::Http1).await;
    let (used, silent) = (stage.speaker().await, stage.speaker().await);
    let mut events = used.ask("GET", HOST, "/events", &SAYS, whole("")).await.unwrap().unwrap();
    events.frame().await.unwrap().unwrap();
    advance(Duration::from_secs(31)).await;
    until(|| silent.connection.is_finished()).await;
    assert!(!used.connection.is_finished(), "events are still coming");
    drop(events);
    advance(Duration::from_secs(31)).await;
    until(|| used.connection.is_finished()).await;
}

/// A certificate that is put in the place of another is used from the next handshake on.
#[tokio::test]
async fn certificates_change_under_way() {
    #[derive(Debug)]
    struct Changing(std::sync::Mutex<Arc<rustls::sign::CertifiedKey>>);
    impl rustls::server::ResolvesServerCert for Changing {
        fn resolve(&self, _: rustls::server::ClientHello<'_>) -> Option<Arc<rustls::sign::CertifiedKey>> {
            Some(self.0.lock().unwrap().clone())
        }
    }
    let (before, after) = (Authority::new(), Authority::new());
    let changing = Arc::new(Changing(std::sync::Mutex::new(before.certified())));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_cert_resolver(changing.clone());
    let served = Served::start(Speaks::Http1, &before).await;
    let change = |config: &mut byleave_gateway::Config| config.tls = Some(Arc::new(tls));
    let world = World::with(&served.origin(Speaks::Http1), change, Registry::new()).await;
    let old = Speaker::connect(world.gateway, Speaks::Http1Tls, &before, HOST).await;
    *changing.0.lock().unwrap() = after.certified();
    let new = Speaker::connect(world.gateway, Speaks::Http1Tls, &after, HOST).await;
    for speaker in [old, new] {
        let answer = speaker.ask("GET", HOST, "/done", &SAYS, whole("")).await.unwrap().unwrap();
        assert_eq!(answer.status(), 200);
    }
}

/// What is not TLS where TLS is spoken, and a handshake that does not go on.
#[tokio::test]
async fn a_handshake_is_finished_in_time_or_not_at_all() {
    let stage = Stage::new(Speaks::Http1Tls, Speaks::Http1).await;
    let mut plain = connect(stage.world.gateway).await;
    plain.send(b"GET / HTTP/1.1\r\n\r\n").await;
    let (bytes, _) = plain.rest().await;
    assert!(!bytes.starts_with(b"HTTP"), "{bytes:?}");
    let mut silent = connect(stage.world.gateway).await;
    silent.tcp.write_all(&[22, 3, 1]).await.unwrap();
    advance(Duration::from_secs(11)).await;
    let ended = tokio::time::timeout(Duration::from_secs(5), silent.tcp.read(&mut [0])).await.unwrap();
    assert!(ended.is_err(), "reset: {ended:?}");
}

/// What may be under way bounds what a connection holds, and how fast a long way is filled: so much in each round trip.
#[tokio::test]
async fn one_http_2_transfer_may_have_as_much_under_way_as_its_connection() {
    let to_gateway = Stage::new(Speaks::Http2, Speaks::Http1).await;
    let mut client = TcpStream::connect(to_gateway.world.gateway).await.unwrap();
    client.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
    let up = windows(&mut client).await;

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("h2c://{}", listener.local_addr().unwrap());
    let world = World::with(&origin, |_| {}, Registry::new()).await;
    let authority = Authority::new();
    let speaker = Speaker::connect(world.gateway, Speaks::Http1, &authority, HOST).await;
    let _answer = speaker.ask("GET", HOST, "/", &SAYS, whole(""));
    let (mut upstream, _) = listener.accept().await.unwrap();
    upstream.read_exact(&mut [0; 24]).await.unwrap();
    let down = windows(&mut upstream).await;

    for (what, [stream, connection]) in [("an upload", up), ("an answer", down)] {
        assert_eq!(stream, connection, "{what}: of one stream and of its connection");
        let a_second = stream as f64 / 0.08;
        assert!(a_second >= 6.0 * 1024.0 * 1024.0, "{what}: {a_second} bytes a second at 80 ms");
        assert!(connection <= 512 * 1024, "{what}: a connection holds {connection} bytes");
    }
}

/// How much the gateway says that may be under way, on one stream and on the connection (RFC 9113 §6.5.2, §6.9).
async fn windows(from: &mut TcpStream) -> [u32; 2] {
    let [mut stream, mut connection] = [65_535; 2];
    // The settings come first, and soon after them the window of the connection.
    while connection == 65_535 {
        let mut head = [0; 9];
        from.read_exact(&mut head).await.unwrap();
        let mut payload = vec![0; usize::from(u16::from_be_bytes([head[1], head[2]]))];
        from.read_exact(&mut payload).await.unwrap();
        let number = |bytes: &[u8]| u32::from_be_bytes(bytes.try_into().unwrap());
        match head[3] {
            4 => payload.chunks(6).filter(|one| one[1] == 4).for_each(|one| stream = number(&one[2..])),
            8 => connection += number(&payload),
            other => panic!("a frame of type {other}"),
        }
    }
    [stream, connection]
}
