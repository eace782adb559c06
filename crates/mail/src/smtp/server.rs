//! Sockets, TLS and clocks around the dialogue. Every wait has an end, and every crowd a size.

use std::io::ErrorKind;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsAcceptor;

use super::sources::{Place, Share, Sources};
use super::{Dialogue, Intake, Protocol, Receipt, Step, Terms};

/// Bytes read at once.
const READ_BYTES: usize = 16 * 1024;

/// A message longer than this, in bytes, waits for one of a few places: so many sessions cost little memory.
const BULKY_BYTES: usize = 1024 * 1024;

/// Long messages at once.
const BULKY_MAX: usize = 16;

/// It takes so many networks at least to have all places for long messages.
const BULKY_NETWORKS_MIN: usize = 4;

/// How long a handshake may take.
const HANDSHAKE_TIME_MAX: Duration = Duration::from_secs(30);

/// Networks that are remembered at once: those with a session, and those that sent something in this minute.
const NETWORKS_MAX: usize = 10_000;

/// The least that a network may send, messages a minute.
pub const PER_MINUTE_MIN: u32 = 100;

/// How much is taken at once.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Sessions at once.
    pub sessions: usize,
    /// Sessions at once from one address, of IPv6 from one network of 64 bits. By LMTP the vendor's own mail server comes,
    /// which may have all.
    pub from_network: usize,
    /// How long a peer may be silent.
    pub idle: Duration,
    /// How long a session may last, whatever is said in it.
    pub session: Duration,
    /// Messages from one such network in a minute; never fewer than [`PER_MINUTE_MIN`].
    pub per_minute: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sessions: 200,
            // As many as Postfix opens to one destination.
            from_network: 20,
            idle: Duration::from_mins(5),
            session: Duration::from_hours(1),
            per_minute: 600,
        }
    }
}

/// What all sessions share.
struct Shared<I> {
    terms: Terms,
    tls: Option<TlsAcceptor>,
    limits: Limits,
    intake: Arc<I>,
    bulky: Arc<Semaphore>,
}

/// Serves sessions until it is dropped, or until the socket takes none any more. A session that ends so has not said "250" to
/// what was not yet taken.
pub async fn serve<I: Intake>(
    listener: TcpListener,
    terms: Terms,
    tls: Option<TlsAcceptor>,
    limits: Limits,
    intake: Arc<I>,
) {
    let places = Arc::new(Semaphore::new(limits.sessions));
    let sources = Sources::new(share(&terms, &limits));
    let bulky = Arc::new(Semaphore::new(BULKY_MAX));
    let shared = Arc::new(Shared { terms, tls, limits, intake, bulky });
    let mut sessions = JoinSet::new();
    loop {
        while sessions.try_join_next().is_some() {}
        let (stream, peer) = match listener.accept().await {
            Ok(accepted) => accepted,
            // It does not listen any more, and never will again.
            Err(why) if why.kind() == ErrorKind::InvalidInput => return,
            Err(_) => {
                // Out of descriptors: others end sooner than the next one comes.
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let (shared, sources, places) = (Arc::clone(&shared), sources.clone(), Arc::clone(&places));
        sessions.spawn(async move {
            let Some(place) = sources.place(peer.ip(), Instant::now()) else {
                return turn_away(stream, &shared.terms, "has too many sessions with your network").await;
            };
            let Ok(_among_all) = places.try_acquire_owned() else {
                return turn_away(stream, &shared.terms, "is busy").await;
            };
            let session = session(&shared, stream, peer.ip().to_canonical(), &place);
            // Whoever goes away in the middle has no answer, and needs none.
            let _ = timeout(shared.limits.session, session).await;
        });
    }
}

/// What one network may have.
fn share(terms: &Terms, limits: &Limits) -> Share {
    let sessions = match terms.protocol {
        Protocol::Smtp => limits.from_network.min(limits.sessions),
        Protocol::Lmtp => limits.sessions,
    };
    // Whoever may have all sessions may have all places, too.
    let bulky = if sessions < limits.sessions { BULKY_MAX / BULKY_NETWORKS_MIN } else { BULKY_MAX };
    let per_minute = limits.per_minute.max(PER_MINUTE_MIN);
    Share { sessions, bulky, per_minute, networks: NETWORKS_MAX }
}

async fn turn_away(mut stream: TcpStream, terms: &Terms, why: &str) {
    let answer = format!("421 4.3.2 {} {why}\r\n", terms.hostname);
    let _ = timeout(HANDSHAKE_TIME_MAX, stream.write_all(answer.as_bytes())).await;
}

async fn session<I: Intake>(
    shared: &Shared<I>,
    mut stream: TcpStream,
    peer: IpAddr,
    place: &Place,
) -> std::io::Result<()> {
    let (mut dialogue, greeting) = Dialogue::new(&shared.terms, peer, shared.tls.is_some());
    stream.write_all(greeting.as_bytes()).await?;
    if !talk(shared, &mut dialogue, &mut stream, place).await? {
        return Ok(());
    }
    let Some(tls) = &shared.tls else { return Ok(()) };
    stream.write_all(b"220 2.0.0 begin\r\n").await?;
    let mut stream = timeout(HANDSHAKE_TIME_MAX, tls.accept(stream)).await??;
    let (_, connection) = stream.get_ref();
    let protocol = connection.protocol_version().map(|version| format!("{version:?}")).unwrap_or_default();
    let suite = connection.negotiated_cipher_suite().map(|suite| format!("{:?}", suite.suite()));
    dialogue.encrypted(format!("{protocol} {}", suite.unwrap_or_default()));
    talk(shared, &mut dialogue, &mut stream, place).await?;
    stream.shutdown().await
}

/// Talks until the end, or until TLS is to begin: then `true`.
async fn talk<I: Intake, S: AsyncRead + AsyncWrite + Unpin>(
    shared: &Shared<I>,
    dialogue: &mut Dialogue,
    stream: &mut S,
    place: &Place,
) -> std::io::Result<bool> {
    let mut bulky: Option<[OwnedSemaphorePermit; 2]> = None;
    let mut buffer = vec![0; READ_BYTES];
    loop {
        while let Some(step) = dialogue.step() {
            let reply = match step {
                Step::Reply(reply) => reply,
                Step::StartTls => return Ok(true),
                Step::Close => return Ok(false),
                Step::Deliver(delivery) => {
                    let receipt = if place.counts(Instant::now()) {
                        shared.intake.take(delivery).await
                    } else {
                        Receipt::NotNow("too many messages from your network; wait a minute".to_owned())
                    };
                    bulky = None;
                    match dialogue.taken(&receipt) {
                        Step::Reply(reply) => reply,
                        _ => return Ok(false),
                    }
                }
            };
            timeout(shared.limits.idle, stream.write_all(reply.as_bytes())).await??;
            timeout(shared.limits.idle, stream.flush()).await??;
        }
        let until = Instant::now() + shared.limits.idle;
        if dialogue.kept() > BULKY_BYTES && bulky.is_none() {
            let Ok(places) = timeout_at(until, both(&place.bulky, &shared.bulky)).await else {
                stream.write_all(b"421 4.3.2 too many long messages come at once\r\n").await?;
                return Ok(false);
            };
            bulky = places;
        }
        let Ok(read) = timeout_at(until, stream.read(&mut buffer)).await else {
            stream.write_all(b"421 4.4.2 you are silent\r\n").await?;
            return Ok(false);
        };
        match read? {
            0 => return Ok(false),
            length => dialogue.take(buffer.get(..length).unwrap_or_default()),
        }
    }
}

/// A place among the long messages of one's network, then among all: whoever waits for the former takes nothing from
/// others.
async fn both(own: &Arc<Semaphore>, all: &Arc<Semaphore>) -> Option<[OwnedSemaphorePermit; 2]> {
    let own = Arc::clone(own).acquire_owned().await.ok()?;
    Some([own, Arc::clone(all).acquire_owned().await.ok()?])
}
