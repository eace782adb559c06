//! The loads: many small requests, requests on new connections, one large transfer.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::task::JoinSet;

use crate::Failure;
use crate::client::{Client, Way};

/// Body bytes of a small answer.
pub const SMALL: usize = 1024;

/// What a number of requests took.
pub struct Seen {
    /// Answers per second, over all connections.
    pub rate: f64,
    /// From request to whole answer, ascending.
    pub times: Vec<Duration>,
}

/// Clients of which so many are asked at once, each by a worker that has its share of them.
pub struct Workers(Vec<Vec<Client>>);

/// Opens a kept-alive connection for each of `ways`, each with one answer already behind it.
///
/// # Errors
/// When any answer is not the upstream's.
pub async fn connected(ways: &[Way], at_once: usize) -> Result<Workers, Failure> {
    let mut connecting = JoinSet::new();
    for worker in 0..at_once {
        let ways: Vec<_> = ways.iter().skip(worker).step_by(at_once).cloned().collect();
        connecting.spawn(async move {
            let mut clients = Vec::new();
            for way in &ways {
                let mut client = Client::connect(way).await?;
                get(&mut client).await?;
                clients.push(client);
            }
            Ok::<_, Failure>(clients)
        });
    }
    let mut workers = Vec::new();
    while let Some(done) = connecting.join_next().await {
        workers.push(done??);
    }
    Ok(Workers(workers))
}

/// Asks for small answers for `length`. Each worker has one request under way at a time, and its connections take turns.
///
/// # Errors
/// When any answer is not the upstream's.
pub async fn small(workers: Workers, length: Duration) -> Result<Seen, Failure> {
    let began = Instant::now();
    let work = workers.0.into_iter().map(|mut clients| async move {
        let mut times = Vec::new();
        let mut sent = Instant::now();
        loop {
            for client in &mut clients {
                if sent.duration_since(began) >= length {
                    return Ok(times);
                }
                get(client).await?;
                times.push(sent.elapsed());
                sent = Instant::now();
            }
        }
    });
    gathered(began, work).await
}

/// Connects `at_once` at a time for `length`, and asks for one small answer on each connection.
///
/// # Errors
/// When any answer is not the upstream's.
pub async fn connections(way: &Way, at_once: usize, length: Duration) -> Result<Seen, Failure> {
    let way = Arc::new(way.clone());
    let began = Instant::now();
    let work = (0..at_once).map(|_| {
        let way = Arc::clone(&way);
        async move {
            let mut times = Vec::new();
            while began.elapsed() < length {
                let sent = Instant::now();
                get(&mut Client::connect(&way).await?).await?;
                times.push(sent.elapsed());
            }
            Ok(times)
        }
    });
    gathered(began, work).await
}

async fn gathered<F>(began: Instant, work: impl Iterator<Item = F>) -> Result<Seen, Failure>
where
    F: Future<Output = Result<Vec<Duration>, Failure>> + Send + 'static,
{
    let mut working: JoinSet<_> = work.collect();
    let mut times = Vec::new();
    while let Some(done) = working.join_next().await {
        times.extend(done??);
    }
    let took = began.elapsed().as_secs_f64();
    times.sort_unstable();
    Ok(Seen { rate: times.len() as f64 / took, times })
}

async fn get(client: &mut Client) -> Result<(), Failure> {
    client.get(&format!("/bytes/{SMALL}"), SMALL).await
}

/// Downloads `bytes` once over a new connection; seconds.
///
/// # Errors
/// When the answer is not the upstream's.
pub async fn download(way: &Way, bytes: usize) -> Result<f64, Failure> {
    let began = Instant::now();
    Client::connect(way).await?.get(&format!("/bytes/{bytes}"), bytes).await?;
    Ok(began.elapsed().as_secs_f64())
}

/// Uploads `bytes` once over a new connection; seconds.
///
/// # Errors
/// When the answer is not the upstream's.
pub async fn upload(way: &Way, bytes: usize) -> Result<f64, Failure> {
    let body = Bytes::from(vec![b'x'; bytes]);
    let began = Instant::now();
    Client::connect(way).await?.post("/bytes/0", body).await?;
    Ok(began.elapsed().as_secs_f64())
}
