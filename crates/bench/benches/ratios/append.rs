//! One durable entry against the least that durability costs: `write` and `fdatasync` of as many bytes.

use std::fs::File;
use std::io::Write as _;
use std::time::Instant;

use byleave_app::ports::{Kept, Store as _};
use byleave_app::visits::{Begin, Opening};
use byleave_domain::ids::{DecisionId, VisitId};
use byleave_domain::visit::Visit;
use tokio::task::JoinSet;

use crate::Failure;
use crate::figures::{median, ratio, time};
use crate::site::{self, Site};

const ROUNDS: usize = 9;
/// Records of one round, one after the other.
const RECORDS: u32 = 150;
/// Callers at once, where there are many.
const CALLERS: u32 = 64;
/// Records of each caller in a round.
const RECORDS_EACH: u32 = 16;

/// Prints the section.
///
/// # Errors
/// When anything cannot be written.
pub fn measure() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let folder = site::folder()?;
    runtime.block_on(async {
        let site = Site::start(folder.path(), "http://127.0.0.1:1").await?;
        let (subject, organization, tool) = (site.subject, site.organization, site.tool);
        let opening = Opening {
            subject,
            organization,
            tool,
            reason: "Sync fails".parse().ok(),
            case: None,
            token: None,
        };
        let visit = site.app.visit_open(opening).await?;
        let index = site.app.access_begin(begin(&site, &visit)).await?;
        let entry = site.store.entries(organization, index, 1)?.pop().ok_or("no entry")?;
        let Kept::Whole { salt, payload } = entry.kept else { return Err("no payload".into()) };
        let record = [entry.leaf, salt.to_vec(), payload].concat();
        let mut file = File::create(folder.path().join("bare"))?;

        let (mut bare, mut alone, mut together) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            bare.push(write_bare(&mut file, &record)?);
            alone.push(one_after_the_other(&site, &visit).await?);
            together.push(many_at_once(&site, visit.id).await?);
        }
        println!("\nappend, {} bytes of leaf, salt and payload, on the disk of the build", record.len());
        println!("{:<44}{:>10}  ratio", "", "time each");
        println!("{:<44}{:>10}  1", "bare: write and fdatasync", time(median(&bare)));
        println!(
            "{:<44}{:>10}  {}",
            "App::access_begin, one caller",
            time(median(&alone)),
            ratio(&alone, &bare)
        );
        let many = format!("App::access_begin, {CALLERS} callers at once");
        println!("{many:<44}{:>10}  {}", time(median(&together)), ratio(&together, &bare));
        Ok(())
    })
}

fn write_bare(file: &mut File, record: &[u8]) -> std::io::Result<f64> {
    let began = Instant::now();
    for _ in 0..RECORDS {
        file.write_all(record)?;
        file.sync_data()?;
    }
    Ok(began.elapsed().as_secs_f64() / f64::from(RECORDS))
}

async fn one_after_the_other(site: &Site, visit: &Visit) -> Result<f64, Failure> {
    let began = Instant::now();
    for _ in 0..RECORDS {
        site.app.access_begin(begin(site, visit)).await?;
    }
    Ok(began.elapsed().as_secs_f64() / f64::from(RECORDS))
}

async fn many_at_once(site: &Site, visit: VisitId) -> Result<f64, Failure> {
    let mut callers = JoinSet::new();
    let began = Instant::now();
    for _ in 0..CALLERS {
        let app = site.app.clone();
        callers.spawn(async move {
            for _ in 0..RECORDS_EACH {
                app.access_begin(begin_of(app.random_bits(), visit)).await?;
            }
            Ok::<_, Failure>(())
        });
    }
    while let Some(done) = callers.join_next().await {
        done??;
    }
    Ok(began.elapsed().as_secs_f64() / f64::from(CALLERS * RECORDS_EACH))
}

fn begin(site: &Site, visit: &Visit) -> Begin {
    begin_of(site.app.random_bits(), visit.id)
}

fn begin_of(bits: [u8; 16], visit: VisitId) -> Begin {
    Begin {
        decision: DecisionId::from_bytes(bits),
        visit,
        epoch: 0,
        method: "GET".into(),
        target: "/api/v1/logs?since=2026-01-01T00:00:00Z&limit=100".into(),
        peer: "127.0.0.1".into(),
    }
}
