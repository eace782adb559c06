//! `byleave mail`: messages on their way to the desk.

use std::io::Read as _;
use std::path::PathBuf;

use byleave_api::v1::{IntakeMessage, Letter, Message, MessageAttach, MessageDismiss, MessageOpen};
use byleave_app::intake::MAIL_BYTES_MAX;
use clap::{Args, Subcommand};
use serde::Serialize;

use super::{print, print_list, segment};
use crate::client::Server;
use crate::failure::{BAD_MESSAGE, Context as _, Failure, NOT_TAKEN, TRY_LATER};
use crate::letters::{SELECTOR, kept_signer};

/// What to do with messages.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Takes in one mail from standard input, as a mail system pipes it: what the SMTP listener does, without knowing who
    /// handed it over
    ///
    /// On a failure nothing was taken, and the exit status is the mail system's: 75 to try again later, 65 when the message
    /// itself cannot be taken, 69 when this token may not.
    #[command(after_help = "Example:\n  byleave mail ingest < message.eml")]
    Ingest,
    /// Makes the key that letters are signed with, and prints the DNS record that its domain has to publish
    #[command(
        after_help = "Example:\n  byleave mail key dkim.pem --domain vendor.example\n\nAn existing FILE is read, and its record printed again."
    )]
    Key(Key),
    /// Lists letters to security contacts and what became of them, newest first
    #[command(after_help = "Example:\n  byleave mail letters --state failed")]
    Letters {
        /// Those in this state alone: `waiting`, `sent`, `failed` or `bounced`
        #[arg(long)]
        state: Option<String>,
    },
    /// Shows what the intake made of each mail with this Message-ID
    #[command(after_help = "Example:\n  byleave mail made '<1f0c@acme.example>' --json")]
    Made {
        /// The Message-ID, in its brackets
        message_id: String,
    },
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
    /// Has a held message join a change request that is open
    #[command(after_help = "Example:\n  byleave mail attach message_… --change-request change_…")]
    Attach {
        /// The message's id
        id: String,
        /// The change request's id
        #[arg(long)]
        change_request: String,
    },
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

/// A key for signing letters (DKIM).
#[derive(Debug, Args)]
pub struct Key {
    /// Where the private key is kept, in PEM
    file: PathBuf,
    /// The domain of the address that letters come from
    #[arg(long)]
    domain: String,
    /// The name under which the public half is published
    #[arg(long, default_value = SELECTOR)]
    selector: String,
}

/// The record that belongs to a key.
#[derive(Serialize)]
struct Published {
    key_file: String,
    name: String,
    text: String,
}

impl Key {
    fn run(self, json: bool) -> Result<(), Failure> {
        let signer = kept_signer(&self.file, &self.domain, &self.selector)?;
        let (name, text) = signer.record().map_err(Failure::new)?;
        let published = Published { key_file: self.file.display().to_string(), name, text };
        print(json, &published, |p| {
            format!("private key: {}\nDNS: {} TXT \"{}\"", p.key_file, p.name, p.text)
        })
    }
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
                let most = MAIL_BYTES_MAX as u64 + 1;
                let read = std::io::stdin().take(most).read_to_end(&mut bytes);
                read.context("the message").map_err(|why| why.ends(TRY_LATER))?;
                let sent = server.post_bytes_or_problem::<IntakeMessage>("/v1/intake/messages", bytes).await;
                let mail = sent.map_err(|why| why.ends(TRY_LATER))?.map_err(|problem| {
                    let code = match problem.status {
                        401 | 403 => NOT_TAKEN,
                        429 | 500.. => TRY_LATER,
                        _ => BAD_MESSAGE,
                    };
                    Failure::new(problem.detail).ends(code)
                })?;
                if mail.disposition == "rejected" {
                    return Err(Failure::new(mail.reasons.join("; ")).ends(BAD_MESSAGE));
                }
                print(json, &mail, |mail| format!("{} is {}", mail.id, mail.disposition))
            }
            Self::Key(key) => key.run(json),
            Self::Letters { state } => {
                let state = state.map_or_else(String::new, |state| format!("?state={}", segment(&state)));
                let all: Vec<Letter> = server.list(&format!("/v1/letters{state}")).await?;
                print_list(json, &all, letter)
            }
            Self::Made { message_id } => {
                let path = format!("/v1/intake/messages?message_id={}", segment(&message_id));
                let all: Vec<IntakeMessage> = server.get(&path).await?;
                print_list(json, &all, |mail| {
                    let against = mail.reasons.iter().map(|reason| format!("\n  {reason}"));
                    format!(
                        "{}  {}  {}{}",
                        mail.id,
                        mail.received_at,
                        mail.disposition,
                        against.collect::<String>()
                    )
                })
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
            Self::Attach { id, change_request } => {
                let path = format!("/v1/messages/{}/attach", segment(&id));
                let request = server.post(&path, &MessageAttach { change_request }).await?;
                print(json, &request, super::change_request::text)
            }
            Self::Dismiss { id, reason } => {
                let path = format!("/v1/messages/{}/dismiss", segment(&id));
                let message: Message = server.post(&path, &MessageDismiss { reason }).await?;
                print(json, &message, |message| format!("{} is dismissed", message.id))
            }
        }
    }
}

fn letter(letter: &Letter) -> String {
    let Letter { id, written_at, to, text, event, state, attempts, said, .. } = letter;
    let next = letter.next_at.as_ref().map_or_else(String::new, |at| format!(", next {at}"));
    format!("{id}  {written_at}  {to}  {text}/{event}  {state} ({attempts}{next})  {said}")
}
