//! `byleave change-request`: the vendor's desk approves.

use byleave_api::v1::ChangeRequest;
use clap::Subcommand;

use super::{print, segment};
use crate::client::Server;
use crate::failure::Failure;

/// What to do with change requests.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Approves a request to enable support access, as a desk person
    #[command(after_help = "Example:\n  byleave change-request approve change_…")]
    Approve {
        /// The change request's id
        id: String,
    },
}

impl Command {
    /// Runs the command.
    ///
    /// # Errors
    /// What the server refused.
    pub async fn run(self, server: &Server, json: bool) -> Result<(), Failure> {
        let Self::Approve { id } = self;
        let path = format!("/v1/change-requests/{}/approve", segment(&id));
        let request: ChangeRequest = server.post(&path, &serde_json::json!({})).await?;
        print(json, &request, |r| {
            format!("change request {} is {}; support access is enabled", r.id, r.state)
        })
    }
}
