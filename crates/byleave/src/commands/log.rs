//! `byleave log`: what an organization has of its own log, to keep and to verify away from here.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use byleave_api::disclosure::{Disclosed, FORMAT, Header};
use byleave_api::problem::Problem;
use byleave_api::v1::Organization;
use byleave_tlog::{Checkpoint, NoteVerifier, TilePath};
use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::segment;
use crate::client::Server;
use crate::failure::{Context as _, Failure};

/// What is in the folder beside the log's files.
pub const ORGANIZATION_FILE: &str = "organization.jsonl";

/// What to do with logs.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Writes an organization's log with its payloads into a folder, for `verify` to open and replay
    #[command(after_help = "Example:\n  byleave log disclose --organization acme --output acme-log\n  \
                            byleave verify acme-log --vkey … --organization-file acme-log/organization.jsonl")]
    Disclose(Disclose),
}

/// Which log, and where to.
#[derive(Debug, Args)]
pub struct Disclose {
    /// The organization's id or slug; its own token is needed
    #[arg(long)]
    organization: String,
    /// Folder to be made; it is there once everything is in it
    #[arg(long, value_name = "DIR")]
    output: PathBuf,
}

impl Command {
    /// Runs the command.
    ///
    /// # Errors
    /// What the server refused, or what could not be written.
    pub async fn run(self, server: &Server, json: bool) -> Result<(), Failure> {
        match self {
            Self::Disclose(wanted) => {
                let (organization, entries) = disclose(server, &wanted.organization, &wanted.output).await?;
                let folder = wanted.output.display().to_string();
                let said = serde_json::json!({"organization": organization.id, "entries": entries,
                    "folder": folder, "vkey": organization.log.vkey});
                super::print(json, &said, |_| {
                    format!(
                        "{entries} entries with their payloads are in {folder}; they are personal data\nverify them \
                         with: byleave verify {folder} --vkey {} --organization-file {folder}/{ORGANIZATION_FILE}",
                        organization.log.vkey
                    )
                })
            }
        }
    }
}

/// Writes the folder. A part of it is never to be mistaken for the whole: it gets its name at the end.
///
/// # Errors
/// What the server refused, or what could not be written.
pub async fn disclose(server: &Server, named: &str, output: &Path) -> Result<(Organization, u64), Failure> {
    if output.exists() {
        return Err(Failure::new(format_args!("`{}` is there already; name another", output.display())));
    }
    let organization: Organization = server.get(&format!("/v1/organizations/{}", segment(named))).await?;
    let parent = output.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let part = tempfile::Builder::new().prefix(".byleave-part-").tempdir_in(parent);
    let part = part.context(format_args!("nothing can be written into `{}`", parent.display()))?;
    let entries = write(server, &organization, part.path()).await?;
    std::fs::rename(part.path(), output)
        .and_then(|()| std::fs::File::open(parent)?.sync_all())
        .context(format_args!("`{}`", output.display()))?;
    // It has another name now; there is nothing left to remove.
    let _ = part.keep();
    Ok((organization, entries))
}

async fn write(server: &Server, organization: &Organization, folder: &Path) -> Result<u64, Failure> {
    let log = &organization.log;
    let verifier: NoteVerifier = log.vkey.parse().context("the log's public key")?;
    let place = log.origin.rsplit('/').next().unwrap_or_default();
    let note = server.get_bytes_or_problem(&format!("/o/{place}/checkpoint")).await?;
    let note = note.map_err(|problem| Failure::new(refused(&problem)))?;
    let checkpoint = Checkpoint::open(&note, &verifier).context("the log's checkpoint")?;
    let files: Vec<_> = TilePath::all_for(checkpoint.size).collect();
    let bar = bar(checkpoint.size + files.len() as u64);
    for path in files {
        let bytes = server.get_bytes(&format!("/o/{place}/{path}")).await?;
        write_file(&folder.join(path.to_string()), &bytes)?;
        bar.inc(1);
    }
    let path = folder.join(ORGANIZATION_FILE);
    let file = std::fs::File::create_new(&path).context(format_args!("`{}`", path.display()))?;
    let mut file = std::io::BufWriter::new(file);
    let header = Header {
        format: FORMAT.to_owned(),
        organization: organization.id.clone(),
        origin: log.origin.clone(),
        size: checkpoint.size,
    };
    let header = serde_json::to_string(&header).map_err(Failure::new)?;
    writeln!(file, "{header}").map_err(Failure::new)?;
    let mut next = 0;
    while next < checkpoint.size {
        let address = format!("/v1/organizations/{}/payloads?first={next}", segment(&organization.id));
        let page = server.get_bytes(&address).await?;
        let before = next;
        for line in page.split_inclusive(|byte| *byte == b'\n') {
            let said: Disclosed = serde_json::from_slice(line).context("the answer cannot be read")?;
            // What has been added since the checkpoint is no part of this copy.
            if said.entry == next && next < checkpoint.size {
                file.write_all(line).map_err(Failure::new)?;
                next += 1;
            }
        }
        if next == before {
            return Err(Failure::new(format_args!("the server has no payload for entry {next}")));
        }
        bar.inc(next - before);
    }
    file.flush().and_then(|()| file.get_ref().sync_all()).map_err(Failure::new)?;
    // Last of all: without it nothing verifies.
    write_file(&folder.join("checkpoint"), &note)?;
    bar.finish_and_clear();
    Ok(checkpoint.size)
}

/// To others than the organization its log is not there.
fn refused(Problem { status, detail, .. }: &Problem) -> String {
    match status {
        403 | 404 => format!("{detail}; the organization's own token is needed"),
        _ => detail.clone(),
    }
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let made = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    made.and_then(|()| std::fs::File::create_new(path))
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .context(format_args!("`{}`", path.display()))
}

/// How far it is, for whoever watches a terminal; nothing for a program.
pub(super) fn bar(length: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len}  {eta} left");
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_token_is_needed_is_said_where_that_is_what_is_wrong() {
        for (status, said) in [(403, true), (404, true), (401, false), (429, false), (503, false)] {
            let (type_uri, title, detail) = Default::default();
            let problem = Problem { type_uri, title, status, detail, errors: Vec::new() };
            assert_eq!(refused(&problem).contains("the organization's own token"), said, "{status}");
        }
    }
}
