//! `byleave backup` and `byleave restore`: the data directory, into two files and back.

use std::path::PathBuf;

use byleave_app::clock::SystemClock;
use byleave_app::ports::Clock as _;
use byleave_store::backup::{self, NotCopied};
use byleave_store::{SqliteStore, backup::keys_beside};
use clap::Args;
use serde::Serialize;

use super::{check_data, log::bar, print};
use crate::failure::{Context as _, Failure};

/// Copies a data directory, also while it is served
///
/// Two files: FILE, which may be kept as long as you like, and FILE.keys, without which nothing personal in it can be read,
/// and which must be gone after 35 days. `deployment.key` is in neither: keep it elsewhere, once and for good.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  byleave backup --data /var/lib/byleave --output /backup/2027-01-15.db")]
pub struct Backup {
    /// The directory that is copied
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Where the copy goes; nothing is replaced
    #[arg(long, value_name = "FILE")]
    output: PathBuf,
}

/// Puts a copy back into a directory without data, once everything in it has been checked
///
/// `deployment.key` must be in the directory beforehand. A copy knows that it is one: nobody enters and nothing is added to
/// its logs, which may have gone on after it was taken, unless you state that they did not.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  byleave restore --from /backup/2027-01-15.db --data /var/lib/byleave")]
pub struct Restore {
    /// The copy, with its keys in FILE.keys
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// Where it goes
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// State that nothing was recorded after the copy was taken, as when the process had been stopped before. If that is not so,
    /// customers see two histories of their log
    #[arg(long)]
    nothing_was_recorded_since: bool,
    /// Put it in place although logs in it do not hold; their organizations stay closed
    #[arg(long)]
    despite_faults: bool,
}

#[derive(Serialize)]
struct Copied {
    file: String,
    keys_file: String,
}

#[derive(Serialize)]
struct Restored {
    data: String,
    logs: usize,
    /// Whether logs take entries and people are let in.
    goes_on: bool,
}

impl Backup {
    /// Runs the command.
    ///
    /// # Errors
    /// What kept it from copying.
    pub fn run(&self, json: bool) -> Result<(), Failure> {
        with_bar(|progress| backup::backup(&self.data, &self.output, SystemClock.now(), progress))?;
        let keys_file = keys_beside(&self.output).display().to_string();
        let copied = Copied { file: self.output.display().to_string(), keys_file };
        print(json, &copied, |Copied { file, keys_file }| {
            format!("Copied to {file}, its keys to {keys_file}: remove those within 35 days.")
        })
    }
}

impl Restore {
    /// Runs the command.
    ///
    /// # Errors
    /// What kept it from restoring; the directory is as it was then.
    pub fn run(&self, json: bool) -> Result<(), Failure> {
        let keys = check_data::keys(&self.data, &self.from)?;
        let staged = with_bar(|progress| backup::stage(&self.from, &self.data, progress))?;
        let looked = SqliteStore::open(&staged.database(), &keys)
            .map_err(Failure::new)
            .and_then(|store| check_data::look_at(&store, &keys));
        let holds = looked.and_then(|looked| {
            looked.faults().for_each(|fault| eprintln!("{fault}"));
            let (holds, logs) = (looked.all_holds(), looked.outcomes.len());
            if self.despite_faults { Ok(logs) } else { holds.map(|()| logs) }
        });
        let logs = match holds {
            Ok(logs) => logs,
            Err(why) => {
                staged.give_up().map_err(Failure::new)?;
                return Err(Failure::new(format_args!("nothing was restored: {why}")));
            }
        };
        let goes_on = self.nothing_was_recorded_since;
        staged.put_in_place(goes_on, SystemClock.now()).map_err(Failure::new)?;
        let restored = Restored { data: self.data.display().to_string(), logs, goes_on };
        print(json, &restored, |Restored { data, logs, goes_on }| {
            let then = if *goes_on {
                "It goes on as the original."
            } else {
                "It can be read, verified and disabled. Nobody enters, and no log takes anything, since the logs may have \
                 gone on after the copy was taken."
            };
            format!("Restored {logs} logs into {data}. {then}")
        })
    }
}

/// How far it is, for whoever watches.
fn with_bar<T>(copy: impl FnOnce(backup::Progress<'_>) -> Result<T, NotCopied>) -> Result<T, Failure> {
    let bar = bar(0);
    let copied = copy(&mut |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    copied.context("nothing is in place")
}
