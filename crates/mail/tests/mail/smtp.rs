//! The server on a socket: what is answered "250" was taken, also by TLS, also by many at once.

use std::net::SocketAddr;
use std::os::fd::AsFd as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use byleave_mail::smtp::{Delivery, Intake, Limits, Protocol, Receipt, Terms, serve};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::letter::INTAKE;

/// Keeps what comes, and does as it is told.
pub struct Kept {
    pub all: Mutex<Vec<Delivery>>,
    receipt: Receipt,
}

impl Intake for Kept {
    async fn take(&self, delivery: Delivery) -> Receipt {
        tokio::task::yield_now().await;
        self.all.lock().unwrap().push(delivery);
        self.receipt.clone()
    }
}

pub async fn start(limits: Limits, receipt: Receipt, tls: Option<TlsAcceptor>) -> (SocketAddr, Arc<Kept>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let kept = Arc::new(Kept { all: Mutex::default(), receipt });
    tokio::spawn(serve(listener, terms(), tls, limits, Arc::clone(&kept)));
    (address, kept)
}

fn terms() -> Terms {
    Terms {
        protocol: Protocol::Smtp,
        hostname: "mx.vendor.test".into(),
        intake: vec![INTAKE.into()],
        message_bytes_max: 25 * 1024 * 1024,
    }
}

/// Says a line; the last line of the answer.
async fn say<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufStream<S>, line: &str) -> String {
    stream.write_all(line.as_bytes()).await.unwrap();
    stream.flush().await.unwrap();
    hear(stream).await
}

async fn hear<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufStream<S>) -> String {
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        if line.get(3..4) != Some("-") {
            return line.trim_end().to_owned();
        }
    }
}

async fn greeted(address: SocketAddr) -> BufStream<TcpStream> {
    let mut stream = BufStream::new(TcpStream::connect(address).await.unwrap());
    assert_eq!(hear(&mut stream).await, "220 mx.vendor.test ESMTP");
    stream
}

/// The whole of a message in one go, as `PIPELINING` allows; the answer to its end.
async fn send<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut BufStream<S>, message: &str) -> String {
    let commands = format!("MAIL FROM:<dana@acme.test>\r\nRCPT TO:<{INTAKE}>\r\nDATA\r\n");
    assert_eq!(say(stream, &commands).await, "250 2.1.0 ok");
    assert_eq!(hear(stream).await, "250 2.1.5 ok");
    assert!(hear(stream).await.starts_with("354 "));
    say(stream, &format!("{message}\r\n.\r\n")).await
}

#[tokio::test]
async fn what_is_answered_was_taken() {
    let (address, kept) = start(Limits::default(), Receipt::Taken, None).await;
    let many: Vec<_> = (0..20)
        .map(|sender| {
            tokio::spawn(async move {
                let mut stream = greeted(address).await;
                say(&mut stream, "EHLO mx.acme.test\r\n").await;
                for number in 0..10 {
                    assert_eq!(send(&mut stream, &format!("{sender} {number}")).await, "250 2.0.0 ok");
                }
                assert_eq!(say(&mut stream, "QUIT\r\n").await, "221 2.0.0 goodbye");
            })
        })
        .collect();
    for sender in many {
        sender.await.unwrap();
    }
    let kept = kept.all.lock().unwrap();
    let mut texts: Vec<_> = kept.iter().map(|delivery| delivery.message.clone()).collect();
    texts.sort();
    texts.dedup();
    assert_eq!((kept.len(), texts.len()), (200, 200));
    assert_eq!(kept[0].envelope.peer, Some("127.0.0.1".parse().unwrap()));
    assert_eq!((kept[0].envelope.helo.as_str(), kept[0].envelope.tls.as_deref()), ("mx.acme.test", None));
}

#[tokio::test]
async fn what_is_not_taken_is_not_answered_so() {
    for (receipt, answer) in [
        (Receipt::NotNow("the store is away".into()), "451 4.3.0 the store is away"),
        (Receipt::Refused("no".into()), "554 5.7.1 no"),
    ] {
        let (address, _) = start(Limits::default(), receipt, None).await;
        let mut stream = greeted(address).await;
        say(&mut stream, "EHLO x\r\n").await;
        assert_eq!(send(&mut stream, "a").await, answer);
        assert_eq!(send(&mut stream, "a").await, answer, "and on it goes");
    }
}

/// Offers TLS with a certificate that it made itself, and the certificate.
pub fn acceptor() -> (TlsAcceptor, CertificateDer<'static>) {
    let pair = rcgen::generate_simple_self_signed(vec!["mx.vendor.test".to_owned()]).unwrap();
    let certificate = pair.cert.der().clone();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let server = rustls::ServerConfig::builder_with_provider(provider);
    let server = server.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let key = PrivateKeyDer::Pkcs8(pair.signing_key.serialize_der().into());
    let server = server.with_single_cert(vec![certificate.clone()], key).unwrap();
    (TlsAcceptor::from(Arc::new(server)), certificate)
}

#[tokio::test]
async fn tls_is_told_of() {
    let (acceptor, certificate) = acceptor();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(certificate).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let ours = rustls::ClientConfig::builder_with_provider(provider);
    let ours = ours.with_safe_default_protocol_versions().unwrap().with_root_certificates(roots);
    let connector = TlsConnector::from(Arc::new(ours.with_no_client_auth()));

    let (address, kept) = start(Limits::default(), Receipt::Taken, Some(acceptor)).await;
    let mut stream = greeted(address).await;
    say(&mut stream, "EHLO x\r\n").await;
    assert_eq!(say(&mut stream, "STARTTLS\r\n").await, "220 2.0.0 begin");
    let name = ServerName::try_from("mx.vendor.test").unwrap();
    let mut stream = BufStream::new(connector.connect(name, stream.into_inner()).await.unwrap());
    assert!(
        say(&mut stream, "MAIL FROM:<a@b.test>\r\n").await.starts_with("503 "),
        "the greeting is forgotten"
    );
    say(&mut stream, "EHLO x\r\n").await;
    assert_eq!(send(&mut stream, &"long ".repeat(1_000_000)).await, "250 2.0.0 ok");
    let kept = kept.all.lock().unwrap();
    assert_eq!(kept[0].message.len(), 5_000_002);
    assert!(
        kept[0].envelope.tls.as_ref().unwrap().starts_with("TLSv1_3 TLS13_"),
        "{:?}",
        kept[0].envelope.tls
    );
}

/// A session from another address of this machine.
async fn from(peer: &str, address: SocketAddr) -> BufStream<TcpStream> {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(SocketAddr::new(peer.parse().unwrap(), 0)).unwrap();
    BufStream::new(socket.connect(address).await.unwrap())
}

/// Long after anything here is over.
const NEVER: Duration = Duration::from_secs(120);

#[tokio::test]
async fn a_network_has_its_share_of_the_sessions() {
    let limits = Limits { sessions: 2, from_network: 1, ..Limits::default() };
    let (address, _) = start(limits, Receipt::Taken, None).await;
    let first = greeted(address).await;
    let mut neighbour = from("127.0.0.1", address).await;
    let full = "421 4.3.2 mx.vendor.test has too many sessions with your network";
    assert_eq!(hear(&mut neighbour).await, full);
    let mut other = from("127.0.0.2", address).await;
    assert_eq!(hear(&mut other).await, "220 mx.vendor.test ESMTP");
    assert_eq!(hear(&mut from("127.0.0.3", address).await).await, "421 4.3.2 mx.vendor.test is busy");
    drop(first);
    let again = async { while !hear(&mut from("127.0.0.1", address).await).await.starts_with("220 ") {} };
    timeout(NEVER, again).await.unwrap();
}

#[tokio::test]
async fn nobody_gets_fewer_than_a_hundred_messages_a_minute_and_then_it_ends() {
    let limits = Limits { per_minute: 1, ..Limits::default() };
    let (address, kept) = start(limits, Receipt::Taken, None).await;
    let mut stream = greeted(address).await;
    say(&mut stream, "EHLO x\r\n").await;
    let mut sent = 0;
    let refused = loop {
        let answer = send(&mut stream, "a").await;
        if answer != "250 2.0.0 ok" {
            break answer;
        }
        sent += 1;
    };
    assert_eq!(refused, "451 4.3.0 too many messages from your network; wait a minute");
    assert!(sent >= 100 && kept.all.lock().unwrap().len() == sent, "{sent}");
}

#[tokio::test]
async fn a_listener_that_is_over_is_not_served_for_ever() {
    // Bound, and not listening.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = std::net::TcpListener::from(socket.as_fd().try_clone_to_owned().unwrap());
    let listener = TcpListener::from_std(listener).unwrap();
    let kept = Arc::new(Kept { all: Mutex::default(), receipt: Receipt::Taken });
    let served = serve(listener, terms(), None, Limits::default(), kept);
    timeout(NEVER, served).await.expect("nobody is told of it");
}

#[tokio::test]
async fn silence_has_an_end() {
    let limits = Limits { idle: Duration::from_millis(100), ..Limits::default() };
    let (address, _) = start(limits, Receipt::Taken, None).await;
    let mut stream = greeted(address).await;
    assert_eq!(hear(&mut stream).await, "421 4.4.2 you are silent");
    assert_eq!(hear(&mut stream).await, "", "closed");
}

#[tokio::test]
async fn a_session_has_an_end_whatever_is_said_in_it() {
    let limits = Limits { session: Duration::from_millis(200), ..Limits::default() };
    let (address, _) = start(limits, Receipt::Taken, None).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let talk = async {
        let mut heard = [0; 1000];
        while stream.write_all(b"NOOP\r\n").await.is_ok() && stream.read(&mut heard).await.unwrap_or(0) > 0 {}
    };
    timeout(NEVER, talk).await.expect("it is talked to the end of time");
}

#[tokio::test]
async fn a_network_has_its_share_of_the_long_messages() {
    let (address, _) = start(Limits::default(), Receipt::Taken, None).await;
    let begin = format!("EHLO x\r\nMAIL FROM:<a@b.test>\r\nRCPT TO:<{INTAKE}>\r\nDATA\r\n");
    let mut others = Vec::new();
    for _ in 0..16 {
        let mut stream = greeted(address).await;
        let bytes = format!("{begin}{}", "long\r\n".repeat(300_000));
        others.push(tokio::spawn(async move {
            let _ = stream.write_all(bytes.as_bytes()).await;
            tokio::time::sleep(NEVER).await;
        }));
    }
    // Those who come first, come first; how far they get in this time is not asked.
    tokio::time::sleep(Duration::from_millis(300)).await;
    let mut stream = from("127.0.0.2", address).await;
    hear(&mut stream).await;
    say(&mut stream, "EHLO x\r\n").await;
    let long = "long ".repeat(500_000);
    let sent = timeout(NEVER / 2, send(&mut stream, &long)).await;
    assert_eq!(sent.expect("one network has all places"), "250 2.0.0 ok");
    others.iter().for_each(tokio::task::JoinHandle::abort);
}
