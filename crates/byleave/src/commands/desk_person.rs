//! `byleave desk-person`: the vendor's people who work change requests.

use byleave_api::v1::DeskPerson;
use clap::Subcommand;

use super::{erase, print_list, segment};
use crate::client::Server;
use crate::failure::Failure;

/// What to do with desk people.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Lists desk people, those too whom the configuration names no more; a desk person's token is needed
    #[command(after_help = "Example:\n  byleave desk-person list")]
    List,
    /// Erases one for good whom the configuration names no more; another desk person's token is needed
    #[command(after_help = "Example:\n  byleave desk-person erase person_… --reason 'they left'")]
    Erase {
        /// Id
        person: String,
        /// Why, as each organization's log will say it
        #[arg(long)]
        reason: String,
    },
}

impl Command {
    /// Runs the command.
    ///
    /// # Errors
    /// What the server refused.
    pub async fn run(self, server: &Server, json: bool) -> Result<(), Failure> {
        match self {
            Self::List => {
                let all: Vec<DeskPerson> = server.list("/v1/desk-people").await?;
                print_list(json, &all, |DeskPerson { id, name, email, configured }| {
                    let left = if *configured { "" } else { "  (not in the configuration)" };
                    format!("{id}  {email}  {name}{left}")
                })
            }
            Self::Erase { person, reason } => {
                let path = format!("/v1/desk-people/{}/erase", segment(&person));
                erase(server, json, &path, reason).await
            }
        }
    }
}
