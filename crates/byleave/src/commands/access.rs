//! `byleave access`: an organization's setting, moved by its security contact's signature.

use std::path::{Path, PathBuf};
use std::time::Duration;

use byleave_api::v1::{Change, ChangeRequest, Contact, Receipt, SupportAccess};
use byleave_app::clock::{SystemClock, SystemEntropy};
use byleave_app::ports::{Clock as _, Entropy as _};
use byleave_domain::ids::{ContactId, OrganizationId, RequestId, to_hex};
use byleave_domain::statement::{Statement, Wish, public_key};
use clap::{Args, Subcommand};
use jiff::Timestamp;

use super::{print, segment};
use crate::client::Server;
use crate::failure::{Context as _, Failure};
use crate::key_file;

/// How often `enable --wait` looks.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// Which organization.
#[derive(Debug, Args)]
pub struct Which {
    /// The organization's id or slug
    #[arg(long)]
    organization: String,
}

/// What to do with the setting.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Shows whether support people may enter
    #[command(after_help = "Example:\n  byleave access show --organization acme --json")]
    Show {
        #[command(flatten)]
        which: Which,
    },
    /// Disables support access; returns when it is in force, and prints the receipt
    #[command(after_help = "Example:\n  byleave access disable --organization acme --key sam.key")]
    Disable {
        #[command(flatten)]
        which: Which,
        /// The security contact's secret key file
        #[arg(long)]
        key: PathBuf,
    },
    /// Asks to have support access enabled; a desk person of the vendor has to approve
    #[command(after_help = "Example:\n  byleave access enable --organization acme --key sam.key --wait")]
    Enable {
        #[command(flatten)]
        which: Which,
        /// The security contact's secret key file
        #[arg(long)]
        key: PathBuf,
        /// Return when it is in force
        #[arg(long)]
        wait: bool,
    },
}

impl Command {
    /// Runs the command.
    ///
    /// # Errors
    /// What the server refused, or a key that is not a security contact's.
    pub async fn run(self, server: &Server, json: bool) -> Result<(), Failure> {
        match self {
            Self::Show { which } => print(json, &present(server, &which.organization).await?, setting_text),
            Self::Disable { which, key } => {
                let receipt = disable(server, &which.organization, &key).await?;
                print(json, &receipt, receipt_text)
            }
            Self::Enable { which, key, wait } => {
                let request = request_enable(server, &which.organization, &key).await?;
                let request = if wait { processed(server, request).await? } else { request };
                print(
                    json,
                    &serde_json::json!({"change_request": request.id, "state": request.state}),
                    |_| format!("change request {} is {}", request.id, request.state),
                )
            }
        }
    }
}

/// Disables an organization's support access with a contact's key file.
///
/// # Errors
/// What the server refused, or a key that is not a security contact's.
pub async fn disable(server: &Server, organization: &str, key: &Path) -> Result<Receipt, Failure> {
    let path = format!("/v1/organizations/{}/support-access/disable", segment(organization));
    let before = present(server, organization).await?;
    let change = signed(server, organization, key, Wish::Disabled, &before).await?;
    let refused = match server.post(&path, &change).await {
        Ok(receipt) => return Ok(receipt),
        Err(refused) => refused,
    };
    // An enabling may have come in between the look and the word; that must not keep anybody from disabling.
    let now = present(server, organization).await?;
    if now.epoch == before.epoch {
        return Err(refused);
    }
    server.post(&path, &signed(server, organization, key, Wish::Disabled, &now).await?).await
}

/// Asks to have support access enabled, with a contact's key file.
///
/// # Errors
/// What the server refused, or a key that is not a security contact's.
pub async fn request_enable(
    server: &Server,
    organization: &str,
    key: &Path,
) -> Result<ChangeRequest, Failure> {
    let setting = present(server, organization).await?;
    let change = signed(server, organization, key, Wish::Enabled, &setting).await?;
    server.post(&format!("/v1/organizations/{}/support-access/enable", segment(organization)), &change).await
}

async fn present(server: &Server, organization: &str) -> Result<SupportAccess, Failure> {
    server.get(&format!("/v1/organizations/{}/support-access", segment(organization))).await
}

/// A statement for the epoch after that of `setting`, signed with the contact's own key. The key never leaves this process.
async fn signed(
    server: &Server,
    organization: &str,
    key: &Path,
    wish: Wish,
    setting: &SupportAccess,
) -> Result<Change, Failure> {
    let seed = key_file::read_seed(key)?;
    let contacts: Vec<Contact> =
        server.list(&format!("/v1/organizations/{}/contacts", segment(organization))).await?;
    let public = to_hex(&public_key(&seed).0);
    let contact =
        contacts.iter().find(|contact| contact.key.as_deref() == Some(public.as_str())).ok_or_else(|| {
            Failure::new(format_args!(
                "`{}` is not the key of a security contact of `{organization}`",
                key.display()
            ))
        })?;
    let organization = setting.organization.parse().context("the server's answer")?;
    let contact = contact.id.parse().context("the server's answer")?;
    sign(organization, setting.epoch + 1, wish, contact, &seed)
}

/// A statement of now, signed.
///
/// # Errors
/// The clock says a time that no calendar has.
pub fn sign(
    organization: OrganizationId,
    epoch: u64,
    wish: Wish,
    contact: ContactId,
    seed: &[u8; 32],
) -> Result<Change, Failure> {
    let mut request = [0; 16];
    SystemEntropy.fill(&mut request);
    let request = RequestId::from_bytes(request);
    let issued = Timestamp::from_second(SystemClock.now().as_second()).context("the clock")?;
    let statement = Statement { organization, epoch, wish, contact, request, issued };
    Ok(key_file::signed(statement.to_text(), seed))
}

async fn processed(server: &Server, mut request: ChangeRequest) -> Result<ChangeRequest, Failure> {
    let open = ["received", "under_review", "incomplete", "called", "approved", "processed"];
    while open.contains(&request.state.as_str()) {
        tokio::time::sleep(LOOK_EVERY).await;
        request = server.get(&format!("/v1/change-requests/{}", segment(&request.id))).await?;
    }
    if request.state == "announced" {
        return Ok(request);
    }
    Err(Failure::new(format_args!("change request {} is {}; ask again", request.id, request.state)))
}

fn setting_text(setting: &SupportAccess) -> String {
    let mut text = format!("support access is {}", setting.support_access);
    if let Some(confirmation) = &setting.confirmation {
        text.push_str(&format!(" ({confirmation})"));
    }
    if let Some(since) = &setting.since {
        text.push_str(&format!(" since {since}"));
    }
    if let Some(by) = &setting.by {
        text.push_str(&format!(" by {by}"));
    }
    text
}

pub(super) fn receipt_text(receipt: &Receipt) -> String {
    let points: String = receipt
        .enforcement_points
        .iter()
        .map(|point| format!("  {}: {}, {} connections reset\n", point.name, point.how, point.connections))
        .collect();
    format!(
        "support access is disabled ({}) since {} by {}\n{points}keep this checkpoint; a later log must extend it:\n\n{}",
        receipt.confirmation,
        receipt.since,
        receipt.by,
        receipt.checkpoint.trim_end()
    )
}
