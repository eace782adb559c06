//! `byleave sign`: a security contact's statement, signed where no server is asked and none can be reached.

use std::path::PathBuf;

use byleave_domain::statement::Wish;
use clap::Args;

use super::access;
use super::print;
use crate::failure::Failure;
use crate::key_file;

/// Signs a security contact's statement without asking any server; prints the body of the request that hands it in, which has to
/// be within ten minutes
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  byleave sign disabled --organization org_… --epoch 1 --contact contact_… --key sam.key \
                  > signed.json\n\n`POST /v1/organizations/ORG/support-access/disable` takes it, or `/enable`."
)]
pub struct Sign {
    /// `disabled` or `enabled`
    wish: String,
    /// The organization's id
    #[arg(long)]
    organization: String,
    /// The epoch that the setting will have: one more than now, as `byleave access show` or the log says it
    #[arg(long)]
    epoch: u64,
    /// The security contact's id
    #[arg(long)]
    contact: String,
    /// The contact's secret key file
    #[arg(long)]
    key: PathBuf,
}

impl Sign {
    /// Runs the command.
    ///
    /// # Errors
    /// A word or id that is none, or a key file that is none.
    pub fn run(self, json: bool) -> Result<(), Failure> {
        let Self { wish, organization, epoch, contact, key } = self;
        let wish = Wish::from_word(&wish).ok_or_else(|| {
            Failure::new(format_args!("`{wish}` is no setting; `disabled` or `enabled` can be signed"))
        })?;
        let organization = organization.parse().map_err(|_| no_id("--organization", &organization))?;
        let contact = contact.parse().map_err(|_| no_id("--contact", &contact))?;
        let signed = access::sign(organization, epoch, wish, contact, &key_file::read_seed(&key)?)?;
        print(json, &signed, |signed| {
            serde_json::to_string_pretty(signed).unwrap_or_else(|why| why.to_string())
        })
    }
}

fn no_id(flag: &str, value: &str) -> Failure {
    Failure::new(format_args!("`{value}` of `{flag}` is no id; a slug does not do, since nobody is asked"))
}
