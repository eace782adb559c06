//! `byleave support-person`: people and machines of the vendor that want in.

use byleave_api::v1::{SupportPerson, SupportPersonCreate};
use clap::Subcommand;

use super::{erase, print, print_list, segment};
use crate::client::Server;
use crate::failure::Failure;

/// What to do with support people.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Adds a support person, or with --service a machine; prints the bearer token once
    #[command(after_help = "Example:\n  byleave support-person create --name 'Ines Okafor' \
                            --email ines@vendor.example --employer 'Northwind Cloud'")]
    Create {
        /// Name, as customers see it
        #[arg(long)]
        name: String,
        /// E-mail address
        #[arg(long)]
        email: String,
        /// Who employs them, as customers see it
        #[arg(long)]
        employer: String,
        /// A machine, not a human
        #[arg(long)]
        service: bool,
    },
    /// Lists support people and services
    #[command(after_help = "Example:\n  byleave support-person list")]
    List,
    /// Erases one for good: name, address and all that they did; a desk person's token is needed
    #[command(
        after_help = "Example:\n  byleave support-person erase person_… --reason 'asked for by the person'"
    )]
    Erase {
        /// Id
        person: String,
        /// Why, as each organization's log will say it
        #[arg(long)]
        reason: String,
    },
    /// Shows one
    #[command(after_help = "Example:\n  byleave support-person show person_…")]
    Show {
        /// Id
        person: String,
    },
}

impl Command {
    /// Runs the command.
    ///
    /// # Errors
    /// What the server refused.
    pub async fn run(self, server: &Server, json: bool) -> Result<(), Failure> {
        match self {
            Self::Create { name, email, employer, service } => {
                let kind = if service { "support_service" } else { "support_person" }.to_owned();
                let body = SupportPersonCreate { kind, name, email, employer };
                print(json, &server.post("/v1/support-people", &body).await?, text)
            }
            Self::List => {
                let all: Vec<SupportPerson> = server.list("/v1/support-people").await?;
                print_list(json, &all, |p| {
                    format!("{}  {}  {}  {} ({})", p.id, p.kind, p.email, p.name, p.employer)
                })
            }
            Self::Erase { person, reason } => {
                let path = format!("/v1/support-people/{}/erase", segment(&person));
                erase(server, json, &path, reason).await
            }
            Self::Show { person } => {
                let path = format!("/v1/support-people/{}", segment(&person));
                print(json, &server.get(&path).await?, text)
            }
        }
    }
}

fn text(person: &SupportPerson) -> String {
    let SupportPerson { id, kind, name, email, employer, token } = person;
    let mut text =
        format!("{name}\n  id        {id}\n  kind      {kind}\n  e-mail    {email}\n  employer  {employer}");
    if let Some(token) = token {
        text.push_str(&format!("\n  token     {token}  (shown this once)"));
    }
    text
}
