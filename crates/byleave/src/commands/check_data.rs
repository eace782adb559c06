//! `byleave check --data`: whether what is stored holds, while nobody serves it. Changes nothing.

use std::path::Path;

use byleave_app::check::{self, FoundLog, LogFiles};
use byleave_app::keys::Keys;
use byleave_app::ports::{LeftEnds, Store};
use byleave_domain::ids::FreezeId;
use byleave_store::spool::look;
use byleave_store::{SqliteStore, backup};
use byleave_verify::Source;
use serde::Serialize;

use super::{log::bar, print_list};
use crate::failure::{Context as _, Failure};
use crate::system::{SPOOL, read_deployment_seed};

/// What was found of one log.
#[derive(Debug, Serialize)]
pub struct Outcome {
    /// Whose log it is.
    organization: String,
    /// The log's name.
    log: String,
    /// Its entries.
    size: u64,
    /// Whether it verifies, and the stored setting is the one it proves.
    pub holds: bool,
    /// What is wrong, or what a verifier says of it.
    says: String,
}

/// A freeze whose row is not what is in force.
#[derive(Debug, Serialize)]
struct FreezeFault {
    freeze: String,
    holds: bool,
    /// What is wrong, and what is in force instead.
    says: String,
}

/// Runs the command over a data directory.
///
/// # Errors
/// What cannot be read, or that a log does not hold.
pub fn run(data: &Path, json: bool) -> Result<(), Failure> {
    let database = data.join("byleave.db");
    let keys = keys(data, &database)?;
    let store = SqliteStore::look(&database, &keys).map_err(Failure::new)?;
    let looked = look_at(&store, &keys)?;
    print_list(json, &looked.outcomes, text)?;
    looked.remarks.iter().for_each(|line| eprintln!("{line}"));
    if json {
        print_list(json, &looked.freeze_faults, |fault| fault.says.clone())?;
    } else {
        looked.freeze_faults.iter().for_each(|fault| eprintln!("{}", fault.says));
    }
    let LeftEnds { ends, unreadable } = look(&data.join(SPOOL), &keys).map_err(Failure::new)?;
    if !ends.is_empty() || unreadable > 0 {
        eprintln!(
            "`{SPOOL}` holds the ends of {} requests, which the next start puts into their logs, and {unreadable} bytes that \
             cannot be read.",
            ends.len()
        );
    }
    looked.all_holds()
}

/// The deployment's keys: its secret from `data`, its name from the database.
///
/// # Errors
/// What is missing or cannot be read.
pub fn keys(data: &Path, database: &Path) -> Result<Keys, Failure> {
    let name = backup::deployment(database).map_err(Failure::new)?;
    Ok(Keys::new(read_deployment_seed(data)?, &name))
}

/// Everything that a look found.
pub struct Looked {
    /// One on each log.
    pub outcomes: Vec<Outcome>,
    /// What is wrong with the rows of freezes.
    freeze_faults: Vec<FreezeFault>,
    /// What is no fault: that it is a copy, and what is left out.
    remarks: Vec<String>,
}

impl Looked {
    /// What does not hold, one a line.
    pub fn faults(&self) -> impl Iterator<Item = String> {
        let logs = self.outcomes.iter().filter(|outcome| !outcome.holds);
        logs.map(text).chain(self.freeze_faults.iter().map(|fault| fault.says.clone()))
    }

    /// Fails with how much does not hold, if anything does not.
    ///
    /// # Errors
    /// Something does not.
    pub fn all_holds(&self) -> Result<(), Failure> {
        let logs = self.outcomes.iter().filter(|outcome| !outcome.holds).count();
        match (logs, self.freeze_faults.len()) {
            (0, 0) => Ok(()),
            (0, rows) => {
                Err(Failure::new(format_args!("{rows} freezes are not stored as they are in force")))
            }
            (logs, _) => {
                Err(Failure::new(format_args!("{logs} of {} logs do not hold", self.outcomes.len())))
            }
        }
    }
}

/// Looks at what is stored.
///
/// # Errors
/// What does not read.
pub fn look_at(store: &dyn Store, keys: &Keys) -> Result<Looked, Failure> {
    let bar = bar(0);
    let mut progress = |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    };
    let found = check::check(store, keys, &mut progress).context("it would not start")?;
    bar.finish_and_clear();
    let outcomes = found.logs.iter().map(|log| outcome(store, log)).collect();
    let copied = found.copied_at.map(|at| {
        format!(
            "This is a copy of {}: no log in it takes anything, and nobody enters.",
            at.strftime("%F %T UTC")
        )
    });
    let left_out = found.left_out.iter().map(|why| format!("Left out, since it decides nothing: {why}"));
    let remarks = copied.into_iter().chain(left_out).collect();
    let fault = |(id, says): (FreezeId, String)| FreezeFault { freeze: id.to_string(), holds: false, says };
    let freeze_faults = found.freeze_faults.into_iter().map(fault).collect();
    Ok(Looked { outcomes, freeze_faults, remarks })
}

/// One line.
fn text(outcome: &Outcome) -> String {
    let word = if outcome.holds { "holds" } else { "does not hold" };
    format!("{}: {word}, {} entries: {}", outcome.organization, outcome.size, outcome.says)
}

fn outcome(store: &dyn Store, log: &FoundLog) -> Outcome {
    let verified = match (&log.fault, &log.checkpoint) {
        (Some(why), _) => Err(why.clone()),
        (None, None) => Err("its checkpoint cannot be signed".to_owned()),
        (None, Some((_, verifier))) => {
            let report = byleave_verify::verify(&Stored(LogFiles { store, log }), verifier, None);
            report.map(|report| report.sentence()).map_err(|why| why.to_string())
        }
    };
    let holds = verified.is_ok();
    let says = verified.unwrap_or_else(|why| why);
    let (organization, size) = (log.slug.to_string(), log.size);
    Outcome { organization, log: log.origin.clone(), size, holds, says }
}

/// A stored log as a stranger would read it.
struct Stored<'a>(LogFiles<'a>);

impl Source for Stored<'_> {
    fn get(&self, path: &str) -> std::io::Result<Option<Vec<u8>>> {
        self.0.get(path).map_err(|why| std::io::Error::other(why.to_string()))
    }
}
