//! `byleave freeze`: keep everybody out of everywhere, or one employer's people; and let them in again.

use std::path::PathBuf;

use byleave_api::v1::{Freeze, FreezeCreate, FreezeReceipt};
use clap::{Args, Subcommand};

use super::{print, print_list, segment};
use crate::client::Server;
use crate::failure::Failure;
use crate::key_file;

/// What to do with freezes.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Keeps people out of every organization, at once; returns when none of them is inside. It takes two to lift
    #[command(after_help = "Example:\n  byleave freeze begin --employer 'Helpline Partners' \
                            --reason 'their network was broken into'\n  \
                            byleave freeze begin --everybody --reason 'we look into an incident'")]
    Begin {
        #[command(flatten)]
        whom: Whom,
        /// Why; every organization reads it
        #[arg(long)]
        reason: String,
    },
    /// Lists freezes, newest first
    #[command(after_help = "Example:\n  byleave freeze list")]
    List,
    /// Shows one, with who has signed to lift it
    #[command(after_help = "Example:\n  byleave freeze show freeze_…")]
    Show {
        /// Id
        freeze: String,
    },
    /// Signs to lift one, with the desk person's own key; the second desk person's signature lifts it
    #[command(after_help = "Example:\n  byleave freeze lift freeze_… --key dana.key")]
    Lift {
        /// Id
        freeze: String,
        /// The desk person's secret key file
        #[arg(long)]
        key: PathBuf,
    },
}

/// Who is kept out.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub struct Whom {
    /// Every support person and service
    #[arg(long)]
    everybody: bool,
    /// Those of one employer
    #[arg(long)]
    employer: Option<String>,
}

impl Command {
    /// Runs the command.
    ///
    /// # Errors
    /// What the server refused, or a key file that is none.
    pub async fn run(self, server: &Server, json: bool) -> Result<(), Failure> {
        match self {
            Self::Begin { whom, reason } => {
                let body = FreezeCreate { employer: whom.employer, reason };
                let receipt: FreezeReceipt = server.post("/v1/freezes", &body).await?;
                print(json, &receipt, receipt_text)
            }
            Self::List => {
                let all: Vec<Freeze> = server.list("/v1/freezes").await?;
                print_list(json, &all, |freeze| {
                    let Freeze { id, state, begun_at, reason, .. } = freeze;
                    format!("{id}  {state}  {begun_at}  {}: {reason}", whom_text(freeze))
                })
            }
            Self::Show { freeze } => print(json, &server.get(&path(&freeze, "")).await?, text),
            Self::Lift { freeze, key } => {
                let seed = key_file::read_seed(&key)?;
                let shown: Freeze = server.get(&path(&freeze, "")).await?;
                let statement = shown.lift.ok_or_else(|| {
                    let state = shown.state;
                    Failure::new(format_args!("the freeze is {state}, or the token is not a desk person's"))
                })?;
                // What is signed is what is shown.
                eprintln!("{statement}");
                let signed = key_file::signed(statement, &seed);
                print(json, &server.post(&path(&freeze, "/lift"), &signed).await?, text)
            }
        }
    }
}

fn path(freeze: &str, step: &str) -> String {
    format!("/v1/freezes/{}{step}", segment(freeze))
}

fn whom_text(freeze: &Freeze) -> String {
    freeze.employer.as_ref().map_or_else(|| "everybody".to_owned(), |name| format!("everybody of {name}"))
}

fn receipt_text(receipt: &FreezeReceipt) -> String {
    let FreezeReceipt { freeze, enforcement_point, connections_reset, visits_ended, .. } = receipt;
    format!(
        "{} is in force: {} is out, and none can enter\n  {enforcement_point}: {connections_reset} \
         connections reset, {visits_ended} visits ended\n  {} of {} organizations' logs tell of it",
        freeze.id,
        whom_text(freeze),
        receipt.organizations_told,
        receipt.organizations
    )
}

fn text(freeze: &Freeze) -> String {
    let Freeze { id, reason, state, begun_at, approvals, .. } = freeze;
    let by = freeze.begun_by.as_deref().map(|by| format!(", by {by}")).unwrap_or_default();
    let lifted = freeze.lifted_at.as_deref().map(|at| format!("\n  lifted     {at}")).unwrap_or_default();
    let signed = if freeze.approved_by.is_empty() {
        String::new()
    } else {
        format!(": {}", freeze.approved_by.join(", "))
    };
    format!(
        "{id}\n  keeps out  {}\n  reason     {reason}\n  state      {state}\n  begun      {begun_at}{by}\n  \
         signed     {approvals} of 2 to lift it{signed}{lifted}",
        whom_text(freeze)
    )
}
