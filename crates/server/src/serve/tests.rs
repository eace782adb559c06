//! The listener as others meet it: at real sockets.

use axum::body::Bytes;
use axum::routing::{get, post};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpSocket;
use tokio::sync::{Notify, oneshot};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::*;

const SOON: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_secs(60);
const PATIENT: Bounds =
    Bounds { connections: 100, from_network: 100, handshake: LONG, head: LONG, body: LONG, untaken: LONG };
const ASK: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// A listener, and what ends it.
struct Stage {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    serving: tokio::task::JoinHandle<()>,
    trusting: Option<Arc<rustls::ClientConfig>>,
    /// Lets `/slow` answer.
    go_on: Arc<Notify>,
}

impl Stage {
    async fn plain(bounds: Bounds) -> Self {
        Self::with(bounds, None, Arc::new(|_| true)).await
    }

    async fn tls(bounds: Bounds) -> Self {
        let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let certificate = own.cert.der().clone();
        let key = rustls::pki_types::PrivateKeyDer::try_from(own.signing_key.serialize_der()).unwrap();
        let server = rustls::ServerConfig::builder().with_no_client_auth();
        let server = server.with_single_cert(vec![certificate.clone()], key).unwrap();
        let mut roots = rustls::RootCertStore::empty();
        roots.add(certificate).unwrap();
        let client = rustls::ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        Self::with(bounds, Some((server, client)), Arc::new(|_| true)).await
    }

    async fn with(
        bounds: Bounds,
        tls: Option<(rustls::ServerConfig, rustls::ClientConfig)>,
        one_client: OneClient,
    ) -> Self {
        let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (stop, stopped) = oneshot::channel();
        let go_on = Arc::new(Notify::new());
        let waits = Arc::clone(&go_on);
        let router = Router::new().route("/", get(|| async { "here" })).route(
            "/slow",
            get(move || async move {
                waits.notified().await;
                "at last"
            }),
        );
        let large = get(|| async { vec![b'x'; 64 * 1024 * 1024] });
        let router = router.route("/large", large);
        let router = router.route("/length", post(async |body: Bytes| body.len().to_string()));
        let (server, client) = tls.unzip();
        let tls = server.map(|server| TlsAcceptor::from(Arc::new(server)));
        let listening = Arc::new(Listening { bounds, tls, one_client, router });
        let serving = tokio::spawn(listening.until(listener, async {
            let _ = stopped.await;
        }));
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        Self { address, stop, serving, trusting: client.map(Arc::new), go_on }
    }

    /// A connection from this machine's address `127.0.0.{from}`.
    async fn connect(&self, from: u8) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from(([127, 0, 0, from], 0))).unwrap();
        socket.connect(self.address).await.unwrap()
    }

    async fn connect_tls(&self, from: u8) -> TlsStream<TcpStream> {
        let connector = TlsConnector::from(Arc::clone(self.trusting.as_ref().unwrap()));
        let name = rustls::pki_types::ServerName::try_from("localhost").unwrap();
        let shaken = connector.connect(name, self.connect(from).await);
        timeout(Duration::from_secs(10), shaken).await.expect("a handshake in time").unwrap()
    }
}

/// Asks, and reads until what is looked for has come; the connection stays.
async fn answered(stream: &mut (impl AsyncRead + AsyncWrite + Unpin), request: &[u8], end: &str) -> String {
    stream.write_all(request).await.unwrap();
    let mut read = Vec::new();
    let ended = timeout(Duration::from_secs(10), async {
        while !read.ends_with(end.as_bytes()) && stream.read_buf(&mut read).await.unwrap() > 0 {}
    });
    ended.await.expect("an answer in time");
    String::from_utf8(read).unwrap()
}

/// Whether the other side ends the connection within ten seconds, with whatever it says before.
async fn is_ended(stream: &mut (impl AsyncRead + Unpin)) -> bool {
    timeout(Duration::from_secs(10), stream.read_to_end(&mut Vec::new())).await.is_ok()
}

/// Whether it leaves it open for a while, silent.
async fn is_left(stream: &mut (impl AsyncRead + Unpin)) -> bool {
    timeout(SOON, stream.read_u8()).await.is_err()
}

#[tokio::test]
async fn a_slow_head_is_cut_and_so_is_a_connection_that_asks_for_nothing() {
    let stage = Stage::plain(Bounds { head: SOON, ..PATIENT }).await;
    let mut slow = stage.connect(1).await;
    let since = std::time::Instant::now();
    let dripped = async {
        // A byte now and then buys no time.
        while slow.write_all(b"G").await.is_ok() {
            tokio::time::sleep(SOON / 10).await;
        }
    };
    timeout(Duration::from_secs(10), dripped).await.expect("it is cut however busy it is");
    assert!(since.elapsed() >= SOON, "and not before its time: {:?}", since.elapsed());
    let mut silent = stage.connect(1).await;
    assert!(is_ended(&mut silent).await, "before its first request");
    let mut idle = stage.connect(1).await;
    assert!(answered(&mut idle, ASK, "here").await.starts_with("HTTP/1.1 200"));
    assert!(is_ended(&mut idle).await, "and after it");
    let patient = Stage::plain(PATIENT).await;
    let mut waits = patient.connect(1).await;
    waits.write_all(b"G").await.unwrap();
    assert!(is_left(&mut waits).await, "who has time is left alone");
}

#[tokio::test]
async fn silent_handshakes_from_one_network_keep_no_other_out() {
    let stage = Stage::tls(Bounds { connections: 20, from_network: 10, ..PATIENT }).await;
    let mut silent = Vec::new();
    for _ in 0..10 {
        silent.push(stage.connect(1).await);
    }
    for _ in 0..10 {
        assert!(is_ended(&mut stage.connect(1).await).await, "more than its share");
    }
    assert!(is_left(&mut silent[9]).await);
    let mut other = stage.connect_tls(2).await;
    assert!(answered(&mut other, ASK, "here").await.starts_with("HTTP/1.1 200"));
    // A place that is given up is there again.
    silent.pop();
    tokio::time::sleep(SOON).await;
    let mut late = stage.connect_tls(1).await;
    assert!(answered(&mut late, ASK, "here").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_handshake_has_its_time() {
    let stage = Stage::tls(Bounds { handshake: SOON, connections: 1, ..PATIENT }).await;
    let mut silent = stage.connect(1).await;
    assert!(is_ended(&mut silent).await);
    let mut other = stage.connect_tls(2).await;
    assert!(answered(&mut other, ASK, "here").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn who_stands_for_many_has_the_whole() {
    let bounds = Bounds { connections: 5, from_network: 1, ..PATIENT };
    let forwarder = |peer: std::net::IpAddr| peer != std::net::Ipv4Addr::LOCALHOST;
    let stage = Stage::with(bounds, None, Arc::new(forwarder)).await;
    let mut held = Vec::new();
    for _ in 0..4 {
        let mut connection = stage.connect(1).await;
        answered(&mut connection, ASK, "here").await;
        held.push(connection);
    }
    let _one = stage.connect(2).await;
    drop(held.pop());
    assert!(is_ended(&mut stage.connect(2).await).await, "anybody else is one client");
}

#[tokio::test]
async fn over_the_whole_they_wait_until_one_ends() {
    let stage = Stage::plain(Bounds { connections: 2, ..PATIENT }).await;
    let mut held = Vec::new();
    for _ in 0..2 {
        let mut connection = stage.connect(1).await;
        answered(&mut connection, ASK, "here").await;
        held.push(connection);
    }
    let mut waiting = stage.connect(2).await;
    waiting.write_all(ASK).await.unwrap();
    assert!(is_left(&mut waiting).await, "there is no room");
    held.pop();
    assert!(answered(&mut waiting, b"", "here").await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn a_stop_ends_who_asks_for_nothing_and_finishes_what_is_under_way() {
    for stage in [Stage::plain(PATIENT).await, Stage::tls(PATIENT).await] {
        // Both kinds of stream, as one.
        trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
        impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}
        let mut streams: Vec<Box<dyn Stream>> = Vec::new();
        for _ in 0..3 {
            streams.push(match stage.trusting {
                None => Box::new(stage.connect(1).await),
                Some(_) => Box::new(stage.connect_tls(1).await),
            });
        }
        let [new, idle, running] = &mut streams[..] else { panic!() };
        let mut shaking = stage.connect(1).await;
        answered(idle, ASK, "here").await;
        running.write_all(b"GET /slow HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
        assert!(is_left(running).await);
        stage.stop.send(()).unwrap();
        for ended in [new, idle] {
            assert!(is_ended(ended).await);
        }
        assert!(is_ended(&mut shaking).await, "nobody is waited for who has not asked");
        tokio::time::sleep(SOON).await;
        assert!(!stage.serving.is_finished(), "it waits for what is under way");
        assert!(TcpStream::connect(stage.address).await.is_err(), "nobody new");
        stage.go_on.notify_one();
        let answer = answered(running, b"", "at last").await;
        assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("at last"), "{answer}");
        timeout(Duration::from_secs(10), stage.serving).await.expect("and then it is over").unwrap();
    }
}

#[tokio::test]
async fn who_takes_nothing_of_an_answer_is_let_go_of() {
    let stage = Stage::plain(Bounds { untaken: SOON, connections: 1, ..PATIENT }).await;
    let mut greedy = stage.connect(1).await;
    greedy.write_all(b"GET /large HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut other = stage.connect(2).await;
    assert!(answered(&mut other, ASK, "here").await.starts_with("HTTP/1.1 200"), "its place is free");
}

#[tokio::test]
async fn a_head_has_its_size() {
    let stage = Stage::plain(PATIENT).await;
    let head = |rest: String| format!("GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{rest}\r\n");
    let long = |length: usize| head(format!("x: {}\r\n", "x".repeat(length)));
    let many = |count: usize| head("x: y\r\n".repeat(count));
    for (head, status) in [(long(16_000), 200), (long(40_000), 431), (many(90), 200), (many(110), 431)] {
        let mut stream = stage.connect(1).await;
        let answer = answered(&mut stream, head.as_bytes(), "its end alone").await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{} bytes: {answer}", head.len());
    }
}

#[tokio::test]
async fn a_request_names_its_host_once() {
    let stage = Stage::plain(PATIENT).await;
    for (version, hosts, status) in [
        ("1.1", "host: localhost\r\n", 200),
        ("1.1", "", 400),
        ("1.1", "host: localhost\r\nhost: localhost\r\n", 400),
        ("1.0", "", 200),
        ("1.0", "host: localhost\r\nhost: other\r\n", 400),
    ] {
        let request = format!("GET / HTTP/{version}\r\n{hosts}connection: close\r\n\r\n");
        let answer = answered(&mut stage.connect(1).await, request.as_bytes(), "its end alone").await;
        assert_eq!(answer.split(' ').nth(1), Some(status.to_string().as_str()), "{request}");
    }
}

#[tokio::test]
async fn a_body_has_its_time_and_no_more_for_coming_in_drops() {
    let stage = Stage::plain(Bounds { body: 2 * SOON, ..PATIENT }).await;
    let head = b"POST /length HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\n";
    let mut slow = stage.connect(1).await;
    slow.write_all(head).await.unwrap();
    let (mut takes, mut sends) = slow.split();
    let dripped = async {
        while sends.write_all(b"x").await.is_ok() {
            tokio::time::sleep(SOON / 10).await;
        }
    };
    let mut said = Vec::new();
    tokio::select! {
        () = dripped => {}
        ended = timeout(Duration::from_secs(10), takes.read_to_end(&mut said)) => {
            let _ = ended.expect("it is answered and ended however busy it is");
        }
    }
    let said = String::from_utf8(said).unwrap();
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 400 "), "{said}");
    let mut in_time = stage.connect(1).await;
    in_time.write_all(head).await.unwrap();
    tokio::time::sleep(SOON).await;
    let answer = answered(&mut in_time, &[b'x'; 1000], "1000").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
}

#[test]
fn connections_leave_files_for_the_rest_and_no_network_has_them_all() {
    for (descriptors, connections, from_network) in [
        (0, 1, 1),
        (16, 2, 1),
        (1024, 128, 32),
        (8000, 1000, 250),
        (20_000, 2500, 256),
        (65_536, CONNECTIONS_MAX, 256),
        (usize::MAX, CONNECTIONS_MAX, 256),
    ] {
        let bounds = Bounds::within(descriptors);
        assert_eq!((bounds.connections, bounds.from_network), (connections, from_network), "{descriptors}");
    }
}
