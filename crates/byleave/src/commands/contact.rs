//! `byleave contact`: security contacts.

use std::path::PathBuf;

use byleave_api::v1::{Contact, ContactCreate};
use byleave_domain::ids::to_hex;
use clap::Subcommand;

use super::{print, print_list, segment};
use crate::client::Server;
use crate::failure::Failure;
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
}

impl Command {
    /// Runs the command.
    ///
    /// # Errors
    /// What the server refused, or a key file that is none.
    pub async fn run(self, server: &Server, json: bool) -> Result<(), Failure> {
        match self {
            Self::Create { organization, name, email, phone, key } => {
                let key = key.map(|file| key_file::read_public(&file)).transpose()?.map(|key| to_hex(&key.0));
                let path = format!("/v1/organizations/{}/contacts", segment(&organization));
                let body = ContactCreate { name, email, phone, key };
                print(json, &server.post(&path, &body).await?, text)
            }
            Self::List { organization } => {
                let path = format!("/v1/organizations/{}/contacts", segment(&organization));
                let all: Vec<Contact> = server.get(&path).await?;
                print_list(json, &all, |c| format!("{}  {}  {}", c.id, c.email, c.name))
            }
            Self::Show { contact } => {
                let path = format!("/v1/contacts/{}", segment(&contact));
                print(json, &server.get(&path).await?, text)
            }
        }
    }
}

fn text(contact: &Contact) -> String {
    let Contact { id, organization, name, email, phone, key } = contact;
    let key = key.as_deref().unwrap_or("none: can look, cannot decide");
    format!(
        "{name}\n  id            {id}\n  organization  {organization}\n  e-mail        {email}\n  \
         phone         {phone}\n  key           {key}"
    )
}
