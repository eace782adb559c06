//! `byleave visit`: what an organization's own programs do about visits.

use byleave_api::v1::{VisitStop, VisitsStopped};
use clap::{Args, Subcommand};

use super::{print, segment};
use crate::client::Server;
use crate::failure::Failure;

/// What to do with visits.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Stops open visits, with a token of the organization; returns when nobody is left inside by them. The setting stays
    /// what it is
    #[command(after_help = "Example:\n  byleave visit stop --organization acme visit_…\n  \
                            byleave visit stop --organization acme --all")]
    Stop {
        /// The organization's id or slug
        #[arg(long)]
        organization: String,
        #[command(flatten)]
        which: Which,
    },
}

/// Which visits.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Which {
    /// Id
    visit: Option<String>,
    /// All that are open
    #[arg(long)]
    all: bool,
}

impl Command {
    /// Runs the command.
    ///
    /// # Errors
    /// What the server refused.
    pub async fn run(self, server: &Server, json: bool) -> Result<(), Failure> {
        match self {
            Self::Stop { organization, which } => {
                let path = format!("/v1/organizations/{}/visits/stop", segment(&organization));
                let stopped: VisitsStopped = server.post(&path, &VisitStop { visit: which.visit }).await?;
                print(json, &stopped, stopped_text)
            }
        }
    }
}

fn stopped_text(stopped: &VisitsStopped) -> String {
    let ids: String = stopped.visits.iter().map(|id| format!("  {id}\n")).collect();
    format!(
        "{} visits stopped, {} connections reset\n{ids}support access is set as it was: whoever was inside may come \
         back; `byleave access disable` keeps them out",
        stopped.visits.len(),
        stopped.connections_reset
    )
}
