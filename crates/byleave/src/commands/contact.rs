//! `byleave contact`: security contacts.

use std::path::PathBuf;

use byleave_api::v1::{Call, CallOutcome, Contact, ContactChange, ContactChangeCreate, ContactCreate};
use byleave_domain::ids::to_hex;
use clap::{Args, Subcommand};

use super::change_request::Said;
use super::{erase, print, print_list, segment};
use crate::client::Server;
use crate::failure::{Context as _, Failure};
use crate::key_file;

/// What to do with security contacts.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Adds a security contact of an organization
    #[command(after_help = "Example:\n  byleave contact create --organization acme --name 'Sam Rivera' \
                            --email sam@acme.example --phone '+1 555 0100' --key sam.key.pub")]
    Create {
        /// The organization's id or slug
        #[arg(long)]
        organization: String,
        /// Name
        #[arg(long)]
        name: String,
        /// E-mail address
        #[arg(long)]
        email: String,
        /// The number on file
        #[arg(long)]
        phone: String,
        /// The contact's public key file; without a key the contact can look but not decide
        #[arg(long)]
        key: Option<PathBuf>,
    },
    /// Lists an organization's security contacts
    #[command(after_help = "Example:\n  byleave contact list --organization acme")]
    List {
        /// The organization's id or slug
        #[arg(long)]
        organization: String,
    },
    /// Shows one security contact
    #[command(after_help = "Example:\n  byleave contact show contact_…")]
    Show {
        /// Id
        contact: String,
    },
    /// Begins a call to confirm a contact, and prints what to say; what they answer stands on their own page alone
    #[command(after_help = "Example:\n  byleave contact call contact_…")]
    Call {
        /// Id
        contact: String,
    },
    /// Says what came of the call; two desk people's confirm the contact
    #[command(
        after_help = "Example:\n  byleave contact called contact_… confirmed --words 'copper lantern acorn' --note 'spoke to them'"
    )]
    Called {
        /// Id
        contact: String,
        #[command(flatten)]
        said: Said,
    },
    /// Erases one who is none any more, for good: name, address and number; a desk person's token is needed
    #[command(after_help = "Example:\n  byleave contact erase contact_… --reason 'asked for by the person'")]
    Erase {
        /// Id, as the list of contacts and the changes of contacts have it
        contact: String,
        /// Why, as the organization's log will say it
        #[arg(long)]
        reason: String,
    },
    /// Announces a change of an organization's contacts to all of them
    #[command(
        after_help = "Example:\n  byleave contact announce --organization acme number --contact contact_… \
                            --phone '+1 555 0199'"
    )]
    Announce(Announce),
    /// Lists the changes of an organization's contacts
    #[command(after_help = "Example:\n  byleave contact changes --organization acme")]
    Changes {
        /// The organization's id or slug
        #[arg(long)]
        organization: String,
    },
    /// Shows one change of contacts, with who agreed
    #[command(after_help = "Example:\n  byleave contact change change_…")]
    Change {
        /// The change's id
        change: String,
    },
    /// Agrees to a change, signed with the desk person's own key; it takes two desk people
    #[command(after_help = "Example:\n  byleave contact agree change_… --key dana.key")]
    Agree {
        /// The change's id
        change: String,
        /// The desk person's secret key file
        #[arg(long)]
        key: PathBuf,
    },
    /// Objects to a change, as a contact; as a desk person, calls it off
    #[command(after_help = "Example:\n  byleave contact object change_…")]
    Object {
        /// The change's id
        change: String,
    },
    /// Saves the form that an organization signs whose last contact has left
    #[command(after_help = "Example:\n  byleave contact form change_… --output form.pdf")]
    Form {
        /// The change's id
        change: String,
        /// File to write
        #[arg(long)]
        output: PathBuf,
    },
    /// Takes in that form, signed
    #[command(after_help = "Example:\n  byleave contact return change_… signed.pdf")]
    Return {
        /// The change's id
        change: String,
        /// The file
        file: PathBuf,
    },
}

/// A change to announce.
#[derive(Debug, Args)]
pub struct Announce {
    /// The organization's id or slug
    #[arg(long)]
    organization: String,
    /// `add`, `replace`, `number` or `successor` (the last contact has left)
    kind: String,
    /// The contact to replace, or whose number changes
    #[arg(long)]
    contact: Option<String>,
    /// Of the new contact: name
    #[arg(long)]
    name: Option<String>,
    /// Of the new contact: e-mail address
    #[arg(long)]
    email: Option<String>,
    /// The new number
    #[arg(long)]
    phone: Option<String>,
    /// Of the new contact: public key file
    #[arg(long)]
    key: Option<PathBuf>,
}

impl Command {
    /// Runs the command.
    ///
    /// # Errors
    /// What the server refused, or a key file that is none.
    pub async fn run(self, server: &Server, json: bool) -> Result<(), Failure> {
        match self {
            Self::Create { organization, name, email, phone, key } => {
                let key = public_key(key)?;
                let path = format!("/v1/organizations/{}/contacts", segment(&organization));
                let body = ContactCreate { name, email, phone, key };
                print(json, &server.post(&path, &body).await?, text)
            }
            Self::List { organization } => {
                let path = format!("/v1/organizations/{}/contacts", segment(&organization));
                let all: Vec<Contact> = server.list(&path).await?;
                print_list(json, &all, |c| format!("{}  {}  {}", c.id, c.email, c.name))
            }
            Self::Show { contact } => {
                let path = format!("/v1/contacts/{}", segment(&contact));
                print(json, &server.get(&path).await?, text)
            }
            Self::Call { contact } => {
                let path = format!("/v1/contacts/{}/calls", segment(&contact));
                let call: Call = server.post(&path, &serde_json::json!({})).await?;
                print(json, &call, super::change_request::call_text)
            }
            Self::Called { contact, said } => {
                let path = format!("/v1/contacts/{}/calls/outcome", segment(&contact));
                let contact: Contact = server.post(&path, &CallOutcome::from(said)).await?;
                print(json, &contact, text)
            }
            Self::Erase { contact, reason } => {
                let path = format!("/v1/contacts/{}/erase", segment(&contact));
                erase(server, json, &path, reason).await
            }
            Self::Announce(Announce { organization, kind, contact, name, email, phone, key }) => {
                let path = format!("/v1/organizations/{}/contact-changes", segment(&organization));
                let body = ContactChangeCreate { kind, contact, name, email, phone, key: public_key(key)? };
                let change: ContactChange = server.post(&path, &body).await?;
                print(json, &change, change_text)
            }
            Self::Changes { organization } => {
                let path = format!("/v1/organizations/{}/contact-changes", segment(&organization));
                let all: Vec<ContactChange> = server.list(&path).await?;
                print_list(json, &all, change_text)
            }
            Self::Change { change } => {
                let change: ContactChange = server.get(&change_path(&change, "")).await?;
                print(json, &change, change_text)
            }
            Self::Agree { change, key } => {
                let seed = key_file::read_seed(&key)?;
                let shown: ContactChange = server.get(&change_path(&change, "")).await?;
                let statement = shown.agreement.ok_or_else(|| {
                    Failure::new(format_args!(
                        "the change is {}, or the token is not a desk person's",
                        shown.state
                    ))
                })?;
                // What is signed is what is shown.
                eprintln!("{statement}");
                let signed = key_file::signed(statement, &seed);
                let change: ContactChange = server.post(&change_path(&change, "/agree"), &signed).await?;
                print(json, &change, change_text)
            }
            Self::Object { change } => {
                let path = change_path(&change, "/end");
                let change: ContactChange = server.post(&path, &serde_json::json!({})).await?;
                print(json, &change, change_text)
            }
            Self::Form { change, output } => {
                super::change_request::save(server, &change_path(&change, "/form"), &output).await
            }
            Self::Return { change, file } => {
                let bytes = std::fs::read(&file).context(format_args!("`{}`", file.display()))?;
                let change: ContactChange =
                    server.post_bytes(&change_path(&change, "/returns"), bytes).await?;
                print(json, &change, change_text)
            }
        }
    }
}

fn public_key(file: Option<PathBuf>) -> Result<Option<String>, Failure> {
    Ok(file.map(|file| key_file::read_public(&file)).transpose()?.map(|key| to_hex(&key.0)))
}

fn change_path(change: &str, step: &str) -> String {
    format!("/v1/contact-changes/{}{step}", segment(change))
}

fn change_text(change: &ContactChange) -> String {
    let ContactChange { id, number, kind, name, email, phone, state, in_force_from, agreed_by, .. } = change;
    let agreed = agreed_by.len();
    format!(
        "{id} ({number}) is {state}: {kind} {name}, {email}, {phone}\n  made at {in_force_from} at the earliest; \
         {agreed} of 2 desk people agreed"
    )
}

fn text(contact: &Contact) -> String {
    let Contact { id, organization, name, email, phone, key, state, contact_change, .. } = contact;
    let key = key.as_deref().unwrap_or("none: can look, cannot decide");
    let waits = contact_change.as_deref().map(|change| format!(", by {change}")).unwrap_or_default();
    format!(
        "{name}\n  id            {id}\n  organization  {organization}\n  e-mail        {email}\n  \
         phone         {phone}\n  key           {key}\n  state         {state}{waits}"
    )
}
