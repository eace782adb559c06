//! One durable entry against the least that durability costs, `write` and `fdatasync` of as many bytes, and against the same
//! SQLite with plain INSERTs: what leaf, tree, seal and signatures add.

use std::fs::File;
use std::io::Write as _;
use std::time::Instant;

use byleave_app::visits::{Begin, Opening};
use byleave_domain::ids::{DecisionId, VisitId};
use byleave_domain::visit::Visit;
use tokio::task::JoinSet;

use crate::Failure;
use crate::bare_database::{BareDatabase, Row};
use crate::figures::{median, ratio, time};
use crate::site::{self, Site};

const ROUNDS: usize = 9;
/// Records of one round, one after the other.
const RECORDS: u32 = 150;
/// Callers at once, where there are many.
const CALLERS: u32 = 64;
/// Records of each caller in a round.
const RECORDS_EACH: u32 = 16;

/// What was seen, seconds for each record by round.
#[derive(Default)]
struct Seen {
    ours: Vec<f64>,
    /// Plain INSERTs into one table.
    table: Vec<f64>,
    /// Plain INSERTs into the log's own tables.
    tables: Vec<f64>,
    /// Records of a transaction.
    batch: Vec<f64>,
}

/// Prints the section.
///
/// # Errors
/// When anything cannot be written.
pub fn measure() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let folder = site::folder()?;
    let folder = folder.path();
    runtime.block_on(async {
        let site = Site::start(folder, "http://127.0.0.1:1").await?;
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
        let row = || Row::load(&site.database, *organization.as_bytes(), index);
        let record = row()?.bytes();
        let mut table = BareDatabase::with_one_table(&folder.join("table.db"), row()?)?;
        let mut tables = BareDatabase::copy(&site.database, &folder.join("copy.db"), row()?)?;
        let mut file = File::create(folder.join("bare"))?;

        let mut bare = Vec::new();
        let (mut alone, mut together) = (Seen::default(), Seen::default());
        for _ in 0..ROUNDS {
            bare.push(write_bare(&mut file, &record)?);
            site.batches.take();
            alone.ours.push(one_after_the_other(&site, &visit).await?);
            alone.same(&site.batches.take(), &mut table, &mut tables)?;
            together.ours.push(many_at_once(&site, visit.id).await?);
            together.same(&site.batches.take(), &mut table, &mut tables)?;
        }
        println!("\nappend, {} bytes of leaf and sealed payload, on the disk of the build", record.len());
        println!("{:<50}{:>10}  {:<20}ratio to SQLite, one table", "", "time each", "ratio to write");
        println!("{:<50}{:>10}  1", "bare: write and fdatasync", time(median(&bare)));
        alone.print("one caller", &bare);
        together.print(&format!("{CALLERS} callers at once"), &bare);
        Ok(())
    })
}

impl Seen {
    /// The same batches without Byleave.
    fn same(
        &mut self,
        batches: &[usize],
        table: &mut BareDatabase,
        tables: &mut BareDatabase,
    ) -> Result<(), Failure> {
        self.batch.push(batches.iter().sum::<usize>() as f64 / batches.len() as f64);
        self.table.push(table.add(batches)?);
        self.tables.push(tables.add(batches)?);
        Ok(())
    }

    fn print(&self, who: &str, bare: &[f64]) {
        println!("{who}, {:.0} to a transaction", median(&self.batch));
        for (name, times) in [
            ("  SQLite: plain INSERTs into one table", &self.table),
            ("  SQLite: plain INSERTs into the log's own tables", &self.tables),
            ("  App::access_begin", &self.ours),
        ] {
            let (each, to_write, to_table) =
                (time(median(times)), ratio(times, bare), ratio(times, &self.table));
            println!("{name:<50}{each:>10}  {to_write:<20}{to_table}");
        }
    }
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
