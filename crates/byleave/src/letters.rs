//! Sends letters: writes out what is due, signs it, gives it to the relay, and says what became of it.
//!
//! Absent: which letters there are, their order and when they go again; the application knows.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use byleave_app::App;
use byleave_app::letters::{Form, Written};
use byleave_app::ports::LetterRow;
use byleave_domain::ids::LetterId;
use byleave_domain::letter::{Answered, Next, Text};
use byleave_mail::address::Mailbox;
use byleave_mail::checks::Resolver;
use byleave_mail::compose::Outgoing;
use byleave_mail::direct::{Direct, SMTP_PORT, is_public};
use byleave_mail::relay::{Relay, Sent, is_here};
use byleave_mail::sign::{Signer, new_key};
use byleave_mail::texts::Texts;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::config::letters::{Letters, Through};
use crate::failure::{Context as _, Failure};
use crate::key_file;
use crate::metrics::Metrics;

/// How often it is looked for letters that are due.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Letters under way at once, so that a server that is slow holds up its own contacts alone.
const AT_ONCE: usize = 32;

/// The name under which the public half of a key is published, unless another one is given.
pub const SELECTOR: &str = "byleave";

/// Longest template, bytes.
const TEXT_BYTES_MAX: u64 = 64 * 1024;

enum Way {
    Relay(Relay),
    Direct(Box<Direct>),
}

/// All that it takes to send letters.
pub struct Sender {
    texts: Texts,
    signer: Option<Signer>,
    way: Way,
    vendor: String,
    from: String,
}

impl Sender {
    /// A sender as the settings want it, which asks `resolver` for others' servers, or the machine's resolvers. Every text is
    /// tried with sample facts.
    ///
    /// # Errors
    /// What is wrong with a text, the key or the relay.
    pub fn new(
        letters: &Letters,
        vendor: &str,
        from: &str,
        resolver: Option<SocketAddr>,
    ) -> Result<Self, Failure> {
        let texts = Texts::new(letters.texts.as_deref().map_or_else(|| Ok(Vec::new()), own_texts)?);
        let texts = texts.map_err(Failure::new)?;
        let events: Vec<_> = Text::ALL.iter().map(|text| (text.as_str(), text.events())).collect();
        texts.check(&events).map_err(Failure::new)?;
        let domain = from.rsplit_once('@').map_or(from, |(_, domain)| domain);
        let signer = letters.dkim_key.as_ref().map(|file| signer(file, domain, &letters.dkim_selector));
        let way = match &letters.through {
            Through::Relay(host, port) => {
                let mut roots = rustls::RootCertStore::empty();
                roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
                if roots.is_empty() && !is_here(host) {
                    let way_out = "install them, on Debian `ca-certificates`";
                    let why =
                        format_args!("this machine has no root certificates to know `{host}` by; {way_out}");
                    return Err(Failure::new(why));
                }
                Way::Relay(Relay::new(host, *port, letters.login.clone(), roots).map_err(Failure::new)?)
            }
            Through::Direct => {
                let resolver =
                    Resolver::new(resolver).context("give `mail.resolver`, a DNS server's address")?;
                Way::Direct(Box::new(Direct::new(resolver, SMTP_PORT, is_public).map_err(Failure::new)?))
            }
        };
        let (vendor, from) = (vendor.to_owned(), from.to_owned());
        Ok(Self { texts, signer: signer.transpose()?, way, vendor, from })
    }

    /// Sends what is due, until `stop`.
    pub async fn keep(self, app: App, metrics: Arc<Metrics>, stop: CancellationToken) {
        let sender = Arc::new(self);
        let (mut tasks, mut under_way) = (JoinSet::new(), BTreeMap::new());
        // After a relay that could not be asked, one at a time, with a pause before each.
        let mut reached = true;
        loop {
            let room = if reached { AT_ONCE } else { 1 };
            for id in app.letters_due(AT_ONCE + under_way.len()) {
                if under_way.len() < room && !under_way.values().any(|known| *known == id) {
                    let (sender, app, metrics) = (Arc::clone(&sender), app.clone(), Arc::clone(&metrics));
                    let task = tasks.spawn(async move { sender.send_one(&app, &metrics, id).await });
                    under_way.insert(task.id(), id);
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                Some(ended) = tasks.join_next_with_id() => {
                    let (task, can_be_asked) = ended.unwrap_or_else(|why| (why.id(), true));
                    under_way.remove(&task);
                    reached = can_be_asked;
                }
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            if !reached {
                tokio::select! {
                    () = stop.cancelled() => return,
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                }
            }
        }
    }

    /// Whether others can be tried now: not while the relay cannot be asked.
    async fn send_one(&self, app: &App, metrics: &Metrics, id: LetterId) -> bool {
        let letter = match app.letter(id).await {
            Ok(Some(letter)) => letter,
            Ok(None) => return true,
            Err(why) => {
                tracing::warn!("a letter cannot be read: {why}");
                return true;
            }
        };
        // With a domain in other letters as servers know it.
        let to = &letter.1.to_email;
        let to = Mailbox::parse(to).map_or_else(|_| to.clone(), |to| to.address());
        let sent = match self.written(&letter, &to) {
            Ok(message) => self.give(&to, &message).await,
            // Whoever corrects the text, or the key, has until then.
            Err(why) => Sent::NotNow(why),
        };
        let (answered, said) = match &sent {
            Sent::Taken(said) => (Answered::Taken, said),
            Sent::Never(said) => (Answered::Never, said),
            Sent::NotNow(said) | Sent::Unreachable(said) => (Answered::NotNow, said),
        };
        match app.letter_tried(id, answered, said).await {
            Ok(Next::Sent) => metrics.letter("sent"),
            Ok(Next::Failed) => {
                metrics.letter("failed");
                tracing::error!(organization.id = %letter.0.organization, "a letter is given up: {id}");
            }
            Ok(Next::Again(_)) => metrics.letter("put_off"),
            Err(why) => tracing::warn!("what became of a letter is not written down: {why}"),
        }
        !matches!(sent, Sent::Unreachable(_))
    }

    fn written(&self, letter: &(LetterRow, Written, Form), to: &str) -> Result<Vec<u8>, String> {
        let (row, written, form) = letter;
        let form = form.as_ref().map_err(Clone::clone)?;
        let rendered = self.texts.render(&written.language, &written.text, &written.facts);
        let (subject, text) = rendered.map_err(|why| why.to_string())?;
        let name = written.facts.get("number").map_or("form.pdf".to_owned(), |n| format!("{n}.pdf"));
        let message = Outgoing {
            message_id: &written.message_id,
            date: row.written_at,
            from: (&self.vendor, &self.from),
            to: (&written.to_name, to),
            subject: &subject,
            text: &text,
            language: &written.language,
            is_answer: written.is_answer,
            answers: written.answers.as_deref(),
            invitation: written.invitation.as_deref(),
            form: form.as_deref().map(|bytes| (name.as_str(), bytes)),
        };
        let message = message.compose();
        let signed = self.signer.as_ref().map(|signer| signer.sign(&message));
        signed.unwrap_or(Ok(message)).map_err(|why| why.to_string())
    }

    async fn give(&self, to: &str, message: &[u8]) -> Sent {
        let helo = self.from.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
        match &self.way {
            Way::Relay(relay) => relay.send(helo, &self.from, to, message).await,
            Way::Direct(direct) => direct.send(helo, &self.from, to, message).await,
        }
    }
}

/// Who signs for `domain` with the key in `file`.
///
/// # Errors
/// The file cannot be read, or holds no such key.
pub fn signer(file: &Path, domain: &str, selector: &str) -> Result<Signer, Failure> {
    let pem = std::fs::read_to_string(file).context(format_args!("`{}`", file.display()))?;
    Signer::new(domain, selector, &pem).context(format_args!("`{}`", file.display()))
}

/// The same, with a new key in `file` where there is none.
///
/// # Errors
/// As [`signer`], or the file cannot be written.
pub fn kept_signer(file: &Path, domain: &str, selector: &str) -> Result<Signer, Failure> {
    if !file.exists() {
        key_file::write_secret(file, &new_key().map_err(Failure::new)?)?;
    }
    signer(file, domain, selector)
}

/// The vendor's own texts: `LANGUAGE/NAME.txt` in a folder. Anything else there is a mistake.
fn own_texts(folder: &Path) -> Result<Vec<(String, String, String)>, Failure> {
    let mut own = Vec::new();
    for language in entries(folder)? {
        for file in entries(&language)? {
            let name = |path: &Path| path.file_name().and_then(|name| name.to_str()).map(str::to_owned);
            let text = name(&file).and_then(|name| name.strip_suffix(".txt").map(str::to_owned));
            let (Some(language), Some(text)) = (name(&language), text) else {
                let way_out = "is no text; its name is a language, a text's name and `.txt`";
                return Err(Failure::new(format_args!("`{}` {way_out}", file.display())));
            };
            let length = std::fs::metadata(&file).map_or(0, |found| found.len());
            if length > TEXT_BYTES_MAX {
                let why = format_args!(
                    "`{}` has {length} bytes; at most {TEXT_BYTES_MAX} are read",
                    file.display()
                );
                return Err(Failure::new(why));
            }
            let read = std::fs::read_to_string(&file).context(format_args!("`{}`", file.display()))?;
            own.push((language, text, read));
        }
    }
    Ok(own)
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let read = std::fs::read_dir(folder).context(format_args!("`{}`", folder.display()))?;
    read.map(|entry| entry.map(|entry| entry.path()).map_err(Failure::new)).collect()
}
