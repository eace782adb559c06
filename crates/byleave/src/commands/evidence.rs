//! `byleave evidence`: what a step rests on, checked away from here and trusting nobody.

use std::path::{Path, PathBuf};

use byleave_api::disclosure::{Disclosed, Opening};
use byleave_api::payload::{PasskeyAdded, PasskeyRemoved, StepRecord};
use byleave_domain::change_request::{By, Step};
use byleave_domain::ids::to_hex;
use byleave_passkey::{Acknowledgement, Evidence};
use clap::{Args, Subcommand};
use sha2::{Digest as _, Sha256};

use super::log::ORGANIZATION_FILE;
use super::{print, verify};
use crate::failure::{Context as _, Failure};

/// What to do with evidence.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Verifies an acknowledgement form that was signed with a passkey, as the portal gives it
    #[command(after_help = "Example:\n  byleave evidence verify signed.json --form form.pdf\n  \
                      byleave evidence verify signed.json --log ./acme-log --vkey …")]
    Verify(Verify),
}

/// Which file, and against what.
#[derive(Debug, Args)]
pub struct Verify {
    /// The file
    file: PathBuf,
    /// Write the form that was signed here
    #[arg(long, value_name = "FILE")]
    form: Option<PathBuf>,
    /// Folder with the organization's log, as `byleave log disclose` writes it: whether the file is the one that was kept, and
    /// the passkey was on file before the request
    #[arg(long, value_name = "DIR", requires = "vkey")]
    log: Option<PathBuf>,
    /// The log's public key, as the portal shows it
    #[arg(long, requires = "log")]
    vkey: Option<String>,
}

impl Command {
    /// Runs the command.
    ///
    /// # Errors
    /// What is wrong with the file, or what the log says otherwise.
    pub async fn run(self, json: bool) -> Result<(), Failure> {
        let Self::Verify(Verify { file, form, log, vkey }) = self;
        let bytes = std::fs::read(&file).context(format_args!("`{}`", file.display()))?;
        let (evidence, said, _) = Evidence::verify(&bytes).context(format_args!("`{}`", file.display()))?;
        let told = match log.zip(vkey) {
            Some((log, vkey)) => Some(told(&log, &vkey, &bytes, &evidence, &said).await?),
            None => None,
        };
        if let Some(form) = &form {
            std::fs::write(form, &evidence.form).context(format_args!("`{}`", form.display()))?;
        }
        let summary = serde_json::json!({
            "signer": said.signer, "action": said.action, "change_request": said.request, "organization": said.org,
            "form_sha256": to_hex(&said.form_sha256), "passkey": evidence.passkey.id,
            "origin": evidence.origin.origin, "signed_at": evidence.signed_at, "entry": told,
        });
        print(json, &summary, |_| sentence(&evidence, &said, told))
    }
}

fn sentence(evidence: &Evidence, said: &Acknowledgement, told: Option<u64>) -> String {
    let signed = format!(
        "{} signed the form with the SHA-256 {} of {} with {}, on {}",
        said.signer,
        to_hex(&said.form_sha256),
        said.request,
        evidence.passkey.id,
        evidence.origin.origin
    );
    match told {
        Some(entry) => format!(
            "{signed}; the log has this file at entry {entry}, at {}, and the passkey since entry {}, before the request",
            evidence.signed_at, evidence.passkey.entry
        ),
        None => format!(
            "{signed}; whose passkey that is, and when it signed, the organization's log says: give it with --log and --vkey"
        ),
    }
}

/// The entry of the log that has this file. The log holds, and says that the passkey was this signer's from before the request
/// until after the signature.
async fn told(
    folder: &Path,
    vkey: &str,
    bytes: &[u8],
    evidence: &Evidence,
    said: &Acknowledgement,
) -> Result<u64, Failure> {
    let file = folder.join(ORGANIZATION_FILE);
    verify::verify_disclosed(&folder.display().to_string(), vkey, None, Some(&file)).await?;
    let sha256: [u8; 32] = Sha256::digest(bytes).into();
    let text = std::fs::read_to_string(&file).context(format_args!("`{}`", file.display()))?;
    let (mut received, mut added, mut removed, mut returned) = (None, false, None, None);
    // The first line is the header.
    for line in text.lines().skip(1) {
        let line: Disclosed = serde_json::from_str(line).context(format_args!("`{}`", file.display()))?;
        let (entry, Some(Opening { payload, .. })) = (line.entry, line.opening) else { continue };
        let step = serde_json::from_str::<StepRecord>(&payload).ok().and_then(|step| step.read(entry).ok());
        match step {
            Some((id, Step::Received(_), _)) if id.to_string() == said.request => received = Some(entry),
            Some((id, Step::Returned(step), _))
                if id.to_string() == said.request && step.sha256 == sha256 =>
            {
                let by = matches!(step.by, By::Contact(by) if by.to_string() == said.signer);
                returned = Some(entry).filter(|_| by && step.strength == "passkey");
            }
            _ => {}
        }
        if entry == evidence.passkey.entry {
            added =
                serde_json::from_str::<PasskeyAdded>(&payload).is_ok_and(|told| is_it(&told, evidence, said));
        } else if let Ok(gone) = serde_json::from_str::<PasskeyRemoved>(&payload)
            && gone.passkey == evidence.passkey.id
        {
            removed = Some(entry);
        }
    }
    let returned =
        returned.ok_or_else(|| Failure::new("the log has no return of the form with this file's SHA-256"))?;
    if !added {
        let entry = evidence.passkey.entry;
        return Err(Failure::new(format_args!(
            "entry {entry} of the log does not add this passkey of this signer"
        )));
    }
    if removed.is_some_and(|removed| removed < returned) {
        return Err(Failure::new("the log removes the passkey before it signed"));
    }
    if received.is_none_or(|received| received < evidence.passkey.entry) {
        return Err(Failure::new("the log has no such request after the passkey was registered"));
    }
    Ok(returned)
}

fn is_it(told: &PasskeyAdded, evidence: &Evidence, said: &Acknowledgement) -> bool {
    let key = &evidence.passkey;
    told.passkey == key.id
        && told.contact == said.signer
        && told.credential == to_hex(&key.credential)
        && told.public_key == to_hex(&key.public_key)
        && told.aaguid == to_hex(&key.aaguid)
        && told.flags == key.flags.to_byte()
        && told.way == key.registered_by
}
