//! A page as a browser fetches it: a document, then everything that it needs at once. Each of those is a record of its
//! own, or, where the tool declares its assets, counted in the visit.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use tokio::task::JoinSet;

use crate::client::{Client, Way};
use crate::lanes::{Against, Lane, Of, Table};
use crate::proxy::{self, PASS_THROUGH, RECORDING_ON};
use crate::site::{ORGANIZATION, TOOL_WITH_ASSETS};
use crate::upstream::Upstream;
use crate::{Failure, site};

const DIRECT: &str = "direct";
const BARE: &str = "bare: hyper pass-through";

const ROUNDS: usize = 9;
/// Pages of a turn, one after the other.
const PAGES: u32 = 5;
/// What a page needs beside its document.
const ASSETS: usize = 80;
/// Bytes of the document.
const DOCUMENT_BYTES: usize = 24 * 1024;
/// As many connections as a browser opens to one host over HTTP/1.1.
const CONNECTIONS: usize = 6;

const AGAINST: &[Against] = &[
    Against(Of::Time, DIRECT, "time to direct"),
    Against(Of::Time, BARE, "time to bare"),
    Against(Of::Processor, BARE, "processor to bare"),
];

/// Bytes of an asset: from 1 to 60 KiB, small ones and large ones mixed.
const fn bytes_of(asset: usize) -> usize {
    (1 + asset * 37 % 60) * 1024
}

/// Prints the section.
///
/// # Errors
/// When something does not start, or answers wrongly.
pub fn measure() -> Result<(), Failure> {
    let upstream = Upstream::start()?;
    let folder = site::folder()?;
    let origin = format!("http://{}", upstream.one);
    let bare = proxy::start(PASS_THROUGH, &origin, folder.path())?;
    let gateway = proxy::start(RECORDING_ON, &origin, folder.path())?;
    let lanes = |direct: Way, change: fn(Way) -> Way| {
        let declared = |way: Way| Way { prefix: format!("/t/{TOOL_WITH_ASSETS}/{ORGANIZATION}"), ..way };
        let lanes = [
            Lane::straight(DIRECT, direct),
            Lane::through(BARE, &bare),
            Lane::through("gateway, each asset recorded", &gateway),
            Lane::through("gateway, assets declared", &gateway).by(declared),
        ];
        lanes.map(|lane| lane.by(change))
    };
    let mut one = lanes(Way::to(upstream.one), |way| way);
    let mut two = lanes(Way::to(upstream.two), Way::two);

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for _ in 0..ROUNDS {
        for lane in &mut one {
            runtime.block_on(lane.whole(PAGES, over_some_connections))?;
        }
        for lane in &mut two {
            runtime.block_on(lane.whole(PAGES, over_one_connection))?;
        }
    }
    let kib = (DOCUMENT_BYTES + (0..ASSETS).map(bytes_of).sum::<usize>()) >> 10;
    for (how, lanes) in [
        (format!("HTTP/1.1, {CONNECTIONS} connections"), &one),
        ("HTTP/2, one connection, all assets at once".to_owned(), &two),
    ] {
        let title = format!("page: a document and {ASSETS} assets, {kib} KiB, to the last byte; {how}");
        Table { title, rate: ("pages/s", 1.0), against: AGAINST }.print(lanes);
    }
    Ok(())
}

async fn over_some_connections(way: &Way) -> Result<f64, Failure> {
    let began = Instant::now();
    let mut first = Some(document(way).await?);
    let next = Arc::new(AtomicUsize::new(0));
    let mut working = JoinSet::new();
    for _ in 0..CONNECTIONS {
        let (connected, next, way) = (first.take(), Arc::clone(&next), way.clone());
        working.spawn(async move {
            let mut client = match connected {
                Some(client) => client,
                None => Client::connect(&way).await?,
            };
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                if at >= ASSETS {
                    return Ok(());
                }
                asset(&mut client, at).await?;
            }
        });
    }
    all(working).await?;
    Ok(began.elapsed().as_secs_f64())
}

async fn over_one_connection(way: &Way) -> Result<f64, Failure> {
    let began = Instant::now();
    let client = document(way).await?;
    let mut working = JoinSet::new();
    for at in 0..ASSETS {
        let mut client = client.clone();
        working.spawn(async move { asset(&mut client, at).await });
    }
    all(working).await?;
    Ok(began.elapsed().as_secs_f64())
}

async fn document(way: &Way) -> Result<Client, Failure> {
    let mut client = Client::connect(way).await?;
    client.get(&format!("/{DOCUMENT_BYTES}"), DOCUMENT_BYTES).await?;
    Ok(client)
}

async fn asset(client: &mut Client, at: usize) -> Result<(), Failure> {
    client.get(&format!("/assets/{at}/{}", bytes_of(at)), bytes_of(at)).await
}

async fn all(mut working: JoinSet<Result<(), Failure>>) -> Result<(), Failure> {
    while let Some(done) = working.join_next().await {
        done??;
    }
    Ok(())
}
