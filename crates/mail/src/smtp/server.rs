//! Sockets, TLS and clocks around the dialogue. Every wait has an end, and every crowd a size.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::TlsAcceptor;

use super::{Dialogue, Intake, Receipt, Step, Terms};

/// Bytes read at once.
const READ_BYTES: usize = 16 * 1024;

/// A message longer than this, in bytes, waits for one of a few places: so many sessions cost little memory.
const BULKY_BYTES: usize = 1024 * 1024;

/// Long messages at once.
const BULKY_MAX: usize = 16;

/// How long a handshake may take.
const HANDSHAKE_TIME_MAX: Duration = Duration::from_secs(30);

/// Sources whose messages are counted at once; more are not told apart for that minute.
const SOURCES_MAX: usize = 10_000;

/// The least that a source may send, messages a minute.
const PER_MINUTE_MIN: u32 = 100;

const MINUTE: Duration = Duration::from_mins(1);

/// How much is taken at once.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Sessions at once.
    pub sessions: usize,
    /// How long a peer may be silent.
    pub idle: Duration,
    /// How long a session may last.
    pub session: Duration,
    /// Messages from one address in a minute; never fewer than 100.
    pub per_minute: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            sessions: 200,
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
    sources: Mutex<HashMap<IpAddr, (Instant, u32)>>,
}

/// Serves sessions until it is dropped. A session that ends so has not said "250" to what was not yet taken.
pub async fn serve<I: Intake>(
    listener: TcpListener,
    terms: Terms,
    tls: Option<TlsAcceptor>,
    limits: Limits,
    intake: Arc<I>,
) {
    let places = Arc::new(Semaphore::new(limits.sessions));
    let bulky = Arc::new(Semaphore::new(BULKY_MAX));
    let shared = Arc::new(Shared { terms, tls, limits, intake, bulky, sources: Mutex::default() });
    let mut sessions = JoinSet::new();
    loop {
        while sessions.try_join_next().is_some() {}
        let Ok((stream, peer)) = listener.accept().await else {
            // Out of descriptors: others end sooner than the next one comes.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let (shared, places) = (Arc::clone(&shared), Arc::clone(&places));
        sessions.spawn(async move {
            let Ok(_place) = places.try_acquire_owned() else {
                return turn_away(stream, &shared.terms).await;
            };
            let session = session(&shared, stream, peer.ip().to_canonical());
            // Whoever goes away in the middle has no answer, and needs none.
            let _ = timeout(shared.limits.session, session).await;
        });
    }
}

async fn turn_away(mut stream: TcpStream, terms: &Terms) {
    let answer = format!("421 4.3.2 {} is busy\r\n", terms.hostname);
    let _ = timeout(HANDSHAKE_TIME_MAX, stream.write_all(answer.as_bytes())).await;
}

async fn session<I: Intake>(shared: &Shared<I>, mut stream: TcpStream, peer: IpAddr) -> std::io::Result<()> {
    let (mut dialogue, greeting) = Dialogue::new(&shared.terms, peer, shared.tls.is_some());
    stream.write_all(greeting.as_bytes()).await?;
    if !talk(shared, &mut dialogue, &mut stream, peer).await? {
        return Ok(());
    }
    let Some(tls) = &shared.tls else { return Ok(()) };
    stream.write_all(b"220 2.0.0 begin\r\n").await?;
    let mut stream = timeout(HANDSHAKE_TIME_MAX, tls.accept(stream)).await??;
    let (_, connection) = stream.get_ref();
    let protocol = connection.protocol_version().map(|version| format!("{version:?}")).unwrap_or_default();
    let suite = connection.negotiated_cipher_suite().map(|suite| format!("{:?}", suite.suite()));
    dialogue.encrypted(format!("{protocol} {}", suite.unwrap_or_default()));
    talk(shared, &mut dialogue, &mut stream, peer).await?;
    stream.shutdown().await
}

/// Talks until the end, or until TLS is to begin: then `true`.
async fn talk<I: Intake, S: AsyncRead + AsyncWrite + Unpin>(
    shared: &Shared<I>,
    dialogue: &mut Dialogue,
    stream: &mut S,
    peer: IpAddr,
) -> std::io::Result<bool> {
    let mut bulky: Option<OwnedSemaphorePermit> = None;
    let mut buffer = vec![0; READ_BYTES];
    loop {
        while let Some(step) = dialogue.step() {
            let reply = match step {
                Step::Reply(reply) => reply,
                Step::StartTls => return Ok(true),
                Step::Close => return Ok(false),
                Step::Deliver(delivery) => {
                    let receipt = if shared.counts(peer) {
                        shared.intake.take(delivery).await
                    } else {
                        Receipt::NotNow("too many messages from your address; wait a minute".to_owned())
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
            bulky = timeout_at(until, Arc::clone(&shared.bulky).acquire_owned()).await?.ok();
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

impl<I> Shared<I> {
    /// Counts a message; whether it is not too many.
    fn counts(&self, peer: IpAddr) -> bool {
        let now = Instant::now();
        let Ok(mut sources) = self.sources.lock() else { return true };
        if sources.len() >= SOURCES_MAX {
            sources.retain(|_, (since, _)| now.duration_since(*since) < MINUTE);
        }
        if sources.len() >= SOURCES_MAX && !sources.contains_key(&peer) {
            return true;
        }
        let (since, count) = sources.entry(peer).or_insert((now, 0));
        if now.duration_since(*since) >= MINUTE {
            (*since, *count) = (now, 0);
        }
        *count += 1;
        *count <= self.limits.per_minute.max(PER_MINUTE_MIN)
    }
}
