//! `byleave mail`: messages on their way to the desk.

use std::io::Read as _;

use byleave_api::v1::{Message, MessageDismiss, MessageOpen};
use byleave_app::messages::MESSAGE_BYTES_MAX;
use clap::{Args, Subcommand};
use serde::Serialize;

use super::{print, print_list, segment};
use crate::client::Server;
use crate::failure::{Context as _, Failure};

/// What to do with messages.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Takes in one message from standard input, as a mail system pipes it; it is held for a desk person
    ///
    /// On a failure it exits with 1 and nothing was taken. A mail system that would return the message to its sender then
    /// is told to try again later by the status 75 (`EX_TEMPFAIL`), as in the second example.
    #[command(
        after_help = "Examples:\n  byleave mail ingest < message.eml\n  byleave mail ingest || exit 75"
    )]
    Ingest,
    /// Lists the messages that are held
    #[command(after_help = "Example:\n  byleave mail list")]
    List,
    /// Prints a held message
    #[command(after_help = "Example:\n  byleave mail show message_…")]
    Show {
        /// The message's id
        id: String,
    },
    /// Opens a change request from a held message, or has it join the open one
    #[command(
        after_help = "Example:\n  byleave mail open message_… --organization acme --action disable --has-name \
                            --has-confirmation --has-contact"
    )]
    Open(Open),
    /// Dismisses a held message
    #[command(after_help = "Example:\n  byleave mail dismiss message_… --reason 'an advertisement'")]
    Dismiss {
        /// The message's id
        id: String,
        /// Why
        #[arg(long)]
        reason: String,
    },
}

/// What a desk person makes of a message.
#[derive(Debug, Args)]
pub struct Open {
    /// The message's id
    id: String,
    /// The organization's id or slug
    #[arg(long)]
    organization: String,
    /// `disable` or `enable`
    #[arg(long)]
    action: String,
    /// The contact on file whose address it bears
    #[arg(long)]
    contact: Option<String>,
    /// It has the customer's name
    #[arg(long)]
    has_name: bool,
    /// It has the confirmation
    #[arg(long)]
    has_confirmation: bool,
    /// It says whom to contact
    #[arg(long)]
    has_contact: bool,
}

/// A message as it is shown.
#[derive(Serialize)]
struct Shown {
    id: String,
    text: String,
}

impl Command {
    /// Runs the command.
    ///
    /// # Errors
    /// What the server refused, or a message that cannot be read or is too long.
    pub async fn run(self, server: &Server, json: bool) -> Result<(), Failure> {
        match self {
            Self::Ingest => {
                let mut bytes = Vec::new();
                let most = MESSAGE_BYTES_MAX as u64 + 1;
                std::io::stdin().take(most).read_to_end(&mut bytes).context("the message")?;
                let message: Message = server.post_bytes("/v1/messages", bytes).await?;
                print(json, &message, |message| format!("{} is held for the desk", message.id))
            }
            Self::List => {
                let all: Vec<Message> = server.list("/v1/messages").await?;
                print_list(json, &all, |m| format!("{}  {}  {}  {}", m.id, m.received_at, m.way, m.claimed))
            }
            Self::Show { id } => {
                let text = server.get_bytes(&format!("/v1/messages/{}", segment(&id))).await?;
                let text = String::from_utf8_lossy(&text).into_owned();
                print(json, &Shown { id, text }, |shown| shown.text.clone())
            }
            Self::Open(open) => {
                let path = format!("/v1/messages/{}/open", segment(&open.id));
                let Open { organization, action, contact, has_name, has_confirmation, has_contact, .. } =
                    open;
                let body =
                    MessageOpen { organization, action, contact, has_name, has_confirmation, has_contact };
                print(json, &server.post(&path, &body).await?, super::change_request::text)
            }
            Self::Dismiss { id, reason } => {
                let path = format!("/v1/messages/{}/dismiss", segment(&id));
                let message: Message = server.post(&path, &MessageDismiss { reason }).await?;
                print(json, &message, |message| format!("{} is dismissed", message.id))
            }
        }
    }
}
