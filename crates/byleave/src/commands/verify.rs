//! `byleave verify`: checks an organization's log, trusting nobody.

use std::io::{BufRead as _, Read as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc;

use byleave_api::disclosure::LINE_BYTES_MAX;
use byleave_tlog::NoteVerifier;
use byleave_verify::{FILE_BYTES_MAX, Fault, Report, Source, verify_disclosed as verify_file};
use clap::Args;
use indicatif::ProgressBar;

use super::print;
use crate::client::{bounded_body, http_client, patiently, unreached};
use crate::failure::{Context as _, Failure};

/// Verifies an organization's log, at its address or in a folder, without trusting anyone
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  byleave verify https://byleave.vendor.example/c/… --vkey 'byleave.vendor.example/o/…+…+…'\n  \
                        byleave verify ./copy --vkey … --checkpoint receipt-of-last-year.txt\n  \
                        byleave verify ./acme-log --vkey … --organization-file ./acme-log/organization.jsonl"
)]
pub struct Verify {
    /// Address of the log, or a folder with a copy of its files
    log: String,
    /// The log's public key, as the portal shows it
    #[arg(long)]
    vkey: String,
    /// A checkpoint kept from earlier; a log that is smaller or does not extend it fails
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// The organization's disclosure, as `byleave log disclose` writes it: opens every payload, and takes every decision
    /// again
    #[arg(long, value_name = "FILE")]
    organization_file: Option<PathBuf>,
}

impl Verify {
    /// Runs the command.
    ///
    /// # Errors
    /// What is wrong with the log, naming the file.
    pub async fn run(self, json: bool) -> Result<(), Failure> {
        let kept = self.checkpoint.as_deref().map(|path| {
            std::fs::read(path).context(format_args!("the checkpoint kept, `{}`", path.display()))
        });
        let kept = kept.transpose()?;
        let report = verify_disclosed(&self.log, &self.vkey, kept, self.organization_file.as_deref()).await?;
        print(json, &summary(&report), |_| report.sentence())
    }
}

/// Verifies the log at an address or in a folder.
///
/// # Errors
/// What is wrong with it, naming the file.
pub async fn verify(log: &str, vkey: &str, kept: Option<Vec<u8>>) -> Result<Report, Failure> {
    verify_disclosed(log, vkey, kept, None).await
}

/// Verifies the log at an address or in a folder, with the organization's disclosure where there is one.
///
/// # Errors
/// What is wrong with it, naming the file or the entry.
pub async fn verify_disclosed(
    log: &str,
    vkey: &str,
    kept: Option<Vec<u8>>,
    organization_file: Option<&Path>,
) -> Result<Report, Failure> {
    let lines = organization_file.map(lines).transpose()?;
    let verifier: NoteVerifier = vkey.parse().context("the log's public key")?;
    if log.starts_with("http://") || log.starts_with("https://") {
        return verify_address(log.to_owned(), verifier, kept, lines).await;
    }
    let folder = PathBuf::from(log);
    if !folder.is_dir() {
        return Err(Failure::new(format_args!(
            "`{log}` is neither a folder nor an address that begins with http:// or https://"
        )));
    }
    run(&Folder(folder), &verifier, kept, lines).context(format_args!("`{log}`"))
}

fn run(
    source: &dyn Source,
    verifier: &NoteVerifier,
    kept: Option<Vec<u8>>,
    lines: Option<FileLines>,
) -> Result<Report, Fault> {
    match lines {
        Some(mut lines) => verify_file(source, verifier, kept.as_deref(), &mut lines),
        None => byleave_verify::verify(source, verifier, kept.as_deref()),
    }
}

/// A file's lines, each bounded, so that a file of any length takes little memory.
struct FileLines {
    file: std::io::BufReader<std::fs::File>,
    read: u64,
    bar: ProgressBar,
}

fn lines(path: &Path) -> Result<FileLines, Failure> {
    let file = std::fs::File::open(path).context(format_args!("`{}`", path.display()))?;
    let length = file.metadata().context(format_args!("`{}`", path.display()))?.len();
    Ok(FileLines { file: std::io::BufReader::new(file), read: 0, bar: super::log::bar(length) })
}

impl Iterator for FileLines {
    type Item = std::io::Result<String>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut line = String::new();
        let bound = LINE_BYTES_MAX as u64;
        let read = self.file.by_ref().take(bound).read_line(&mut line);
        match read {
            Ok(0) => {
                self.bar.finish_and_clear();
                None
            }
            Ok(_) if line.len() as u64 == bound => {
                Some(Err(std::io::Error::other(format!("a line is longer than {bound} bytes"))))
            }
            Ok(length) => {
                self.read += length as u64;
                self.bar.set_position(self.read);
                Some(Ok(line))
            }
            Err(why) => Some(Err(why)),
        }
    }
}

fn summary(report: &Report) -> serde_json::Value {
    serde_json::json!({
        "size": report.checkpoint.size,
        "visits": report.visits,
        "people": report.people,
        "requests": report.requests,
        "denied": report.denied,
        "tokens_made": report.tokens_made,
        "tokens_revoked": report.tokens_revoked,
        "calls_with_words": report.calls_with_words,
        "calls_without_words": report.calls_without_words,
        "sentence": report.sentence(),
        "replayed": report.replayed.map(|replayed| serde_json::json!({
            "followed": replayed.followed,
            "without_facts": replayed.without_facts,
            "unsettled": replayed.unsettled,
            "erased": replayed.erased,
        })),
    })
}

/// A copy of the log's files.
struct Folder(PathBuf);

impl Source for Folder {
    fn get(&self, path: &str) -> std::io::Result<Option<Vec<u8>>> {
        match std::fs::read(self.0.join(path)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(why) => Err(why),
        }
    }
}

type Asked = (String, mpsc::Sender<Result<Option<Vec<u8>>, Failure>>);

/// The verifier's blocking questions, answered by the asynchronous client on the other side of a channel.
struct Address(tokio::sync::mpsc::Sender<Asked>);

impl Source for Address {
    fn get(&self, path: &str) -> std::io::Result<Option<Vec<u8>>> {
        let (answer, answered) = mpsc::channel();
        self.0.blocking_send((path.to_owned(), answer)).map_err(std::io::Error::other)?;
        answered.recv().map_err(std::io::Error::other)?.map_err(|why| std::io::Error::other(why.to_string()))
    }
}

async fn verify_address(
    address: String,
    verifier: NoteVerifier,
    kept: Option<Vec<u8>>,
    lines: Option<FileLines>,
) -> Result<Report, Failure> {
    let client = http_client()?;
    let (ask, mut asked) = tokio::sync::mpsc::channel::<Asked>(1);
    let place = address.clone();
    let verified = tokio::task::spawn_blocking(move || run(&Address(ask), &verifier, kept, lines));
    while let Some((path, answer)) = asked.recv().await {
        let fetched = fetch(&client, &format!("{}/{path}", address.trim_end_matches('/'))).await;
        // The verifier waits for each answer, so nobody is gone yet.
        let _ = answer.send(fetched);
    }
    verified.await.context("the verifier stopped")?.context(format_args!("`{place}`"))
}

/// One file of a log; none where there is no such file.
///
/// # Errors
/// It was not reached, or refused.
pub async fn fetch(client: &reqwest::Client, url: &str) -> Result<Option<Vec<u8>>, Failure> {
    let answer = patiently(|| client.get(url)).await.map_err(|why| unreached(url, &why))?;
    match answer.status() {
        reqwest::StatusCode::OK => bounded_body(answer, FILE_BYTES_MAX).await.map(Some),
        reqwest::StatusCode::NOT_FOUND => Ok(None),
        status => Err(Failure::new(format_args!("`{url}` answered {status}"))),
    }
}
