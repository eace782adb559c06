//! `byleave organization`: customers of the vendor.

mod import;

use std::path::PathBuf;

use byleave_api::v1::{MailDomains, NoticeAddresses, Organization, OrganizationCreate};
use clap::Subcommand;

use super::{print, print_list, segment};
use crate::client::Server;
use crate::failure::Failure;

/// What to do with organizations.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Creates an organization; support access is enabled
    #[command(
        after_help = "Example:\n  byleave organization create --name 'Acme Rockets' --slug acme --domain acme.example"
    )]
    Create {
        /// Name on pages
        #[arg(long)]
        name: String,
        /// Name in addresses: a–z, 0–9 and inner hyphens
        #[arg(long)]
        slug: String,
        /// Where its mail comes from, such as acme.example; once for each, at most 20
        #[arg(long = "domain", value_name = "DOMAIN")]
        domains: Vec<String>,
        /// An address beside its contacts', such as soc@acme.example, that gets a copy of each letter to all of them; at most 3
        #[arg(long = "notice-address", value_name = "ADDRESS")]
        notice_addresses: Vec<String>,
    },
    /// Creates the organizations of a CSV file with the columns `name`, `slug` and, if need be, `domains` and
    /// `notice_addresses`, all of them or none
    ///
    /// Domains, where an organization's mail comes from, and notice addresses, which get copies of letters, have spaces or
    /// semicolons between them.
    ///
    /// Every line that does not fit is named. Those that are there already, under the same slug and name, stay as they
    /// are, so a file can be imported again; a line that names other domains or addresses than such a one has does not fit.
    /// Nobody else is recorded while a large file is being written.
    #[command(after_help = "Example:\n  byleave organization import customers.csv")]
    Import {
        /// The file: at most 10,000 lines
        file: PathBuf,
    },
    /// Says anew where an organization's mail comes from; its log tells of it
    #[command(
        after_help = "Example:\n  byleave organization domains acme --domain acme.example --domain mail.acme.example"
    )]
    Domains {
        /// Id or slug
        organization: String,
        /// A domain that its mail comes from, once for each, at most 20; those that it had and that are not named are gone
        #[arg(long = "domain", value_name = "DOMAIN", required_unless_present = "none")]
        domains: Vec<String>,
        /// It is not known where its mail comes from
        #[arg(long, conflicts_with = "domains")]
        none: bool,
    },
    /// Asks an organization's contacts that copies of letters to all of them go elsewhere; one of them says so in the portal
    ///
    /// Where there is no contact yet, it is so at once. All contacts and the former addresses are told of every change.
    #[command(
        after_help = "Example:\n  byleave organization notice-addresses acme --notice-address soc@acme.example"
    )]
    NoticeAddresses {
        /// Id or slug
        organization: String,
        /// An address that gets copies, once for each, at most 3; those that it had and that are not named are gone
        #[arg(long = "notice-address", value_name = "ADDRESS", required_unless_present = "none")]
        notice_addresses: Vec<String>,
        /// No copies go anywhere
        #[arg(long, conflicts_with = "notice_addresses")]
        none: bool,
    },
    /// Lists the organizations
    #[command(after_help = "Example:\n  byleave organization list --json")]
    List,
    /// Shows one organization and where its log is
    #[command(after_help = "Example:\n  byleave organization show acme")]
    Show {
        /// Id or slug
        organization: String,
    },
}

impl Command {
    /// Runs the command.
    ///
    /// # Errors
    /// What the server refused.
    pub async fn run(self, server: &Server, json: bool) -> Result<(), Failure> {
        match self {
            Self::Create { name, slug, domains, notice_addresses } => {
                let body = OrganizationCreate { name, slug, domains, notice_addresses };
                let created: Organization = server.post("/v1/organizations", &body).await?;
                print(json, &created, text)
            }
            Self::Import { file } => import::run(server, json, &file).await,
            Self::Domains { organization, domains, none: _ } => {
                let path = format!("/v1/organizations/{}/domains", segment(&organization));
                let changed: Organization = server.post(&path, &MailDomains { domains }).await?;
                print(json, &changed, text)
            }
            Self::NoticeAddresses { organization, notice_addresses, none: _ } => {
                let path = format!("/v1/organizations/{}/notice-addresses", segment(&organization));
                let changed: Organization = server.post(&path, &NoticeAddresses { notice_addresses }).await?;
                print(json, &changed, text)
            }
            Self::List => {
                let all: Vec<Organization> = server.list("/v1/organizations").await?;
                print_list(json, &all, |o| format!("{}  {}  {}  {}", o.id, o.slug, o.support_access, o.name))
            }
            Self::Show { organization } => {
                let path = format!("/v1/organizations/{}", segment(&organization));
                print(json, &server.get(&path).await?, text)
            }
        }
    }
}

fn text(organization: &Organization) -> String {
    let Organization { id, slug, name, domains, support_access, log, .. } = organization;
    let domains = if domains.is_empty() { "unknown".to_owned() } else { domains.join(" ") };
    let places = |all: &[String]| if all.is_empty() { "nowhere".to_owned() } else { all.join(" ") };
    let asked = organization.notice_addresses_asked.as_deref();
    let asked = asked.map(|asked| format!("; asked of its contacts: {}", places(asked))).unwrap_or_default();
    let copies = places(&organization.notice_addresses) + &asked;
    format!(
        "{name}\n  id              {id}\n  slug            {slug}\n  mail domains    {domains}\n  copies go to    {copies}\n  support access  \
         {support_access}\n  verify its log  byleave verify {} --vkey {}",
        log.url, log.vkey
    )
}
