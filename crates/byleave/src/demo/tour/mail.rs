//! The tour's mail: what a party writes, through their mail server to the intake; and the letters that they get.

use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use byleave_api::v1::IntakeMessage;
use byleave_mail::relay::{Relay, Sent};

use super::child::Child;
use crate::client::Server;
use crate::demo::ready::Mailboxes;
use crate::failure::{Context as _, Failure};

/// How long a letter may take.
const LETTER_MAX: Duration = Duration::from_secs(20);

/// A mail as a party's program writes it.
#[derive(Default)]
pub struct Mail<'a> {
    /// Its author's address.
    pub from: &'a str,
    /// What stands before the `@` of its Message-ID.
    pub id: &'a str,
    /// Subject.
    pub subject: &'a str,
    /// What it says.
    pub text: &'a str,
    /// Message-ID of the letter that it answers, with brackets.
    pub answers: Option<&'a str>,
    /// A PDF.
    pub form: Option<&'a [u8]>,
}

impl Mail<'_> {
    /// Its Message-ID.
    pub fn message_id(&self) -> String {
        let domain = self.from.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
        format!("<{}@{domain}>", self.id)
    }

    fn bytes(&self, to: &str) -> Vec<u8> {
        let answers = self.answers.map(|id| format!("In-Reply-To: {id}\r\nReferences: {id}\r\n"));
        let header = format!(
            "From: {}\r\nTo: {to}\r\nSubject: {}\r\nMessage-ID: {}\r\n{}MIME-Version: 1.0\r\n",
            self.from,
            self.subject,
            self.message_id(),
            answers.unwrap_or_default()
        );
        let plain = format!("Content-Type: text/plain; charset=utf-8\r\n\r\n{}\r\n", self.text);
        let Some(form) = self.form else { return format!("{header}{plain}").into_bytes() };
        let coded = BASE64_STANDARD.encode(form);
        let lines: Vec<_> = coded.as_bytes().chunks(76).map(String::from_utf8_lossy).collect();
        format!(
            "{header}Content-Type: multipart/mixed; boundary=\"=_tour\"\r\n\r\n--=_tour\r\n{plain}--=_tour\r\n\
             Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=form.pdf\r\n\
             Content-Transfer-Encoding: base64\r\n\r\n{}\r\n--=_tour--\r\n",
            lines.join("\r\n")
        )
        .into_bytes()
    }

    /// Sends it by its author's own mail server.
    ///
    /// # Errors
    /// It is not taken.
    pub async fn send(&self, demo: &Child) -> Result<IntakeMessage, Failure> {
        self.send_to(demo, &mailboxes(demo)?.smtp_addr).await
    }

    /// Hands it to the intake itself, as anybody can.
    ///
    /// # Errors
    /// It is not taken.
    pub async fn send_directly(&self, demo: &Child) -> Result<IntakeMessage, Failure> {
        self.send_to(demo, demo.ready.smtp_addr.as_deref().unwrap_or_default()).await
    }

    async fn send_to(&self, demo: &Child, server: &str) -> Result<IntakeMessage, Failure> {
        let to = demo.ready.intake_address.as_deref().unwrap_or_default();
        let (host, port) = crate::config::letters::relay(server).map_err(Failure::new)?;
        let relay = Relay::new(&host, port, None, rustls::RootCertStore::empty()).map_err(Failure::new)?;
        match relay.send("localhost", self.from, to, &self.bytes(to)).await {
            Sent::Taken(_) => {}
            other => return Err(Failure::new(format_args!("a mail is not taken: {other:?}"))),
        }
        let desk = demo.ready.desk_people.first().ok_or_else(|| Failure::new("no desk person"))?;
        let server = Server::new(&demo.ready.base_url, &desk.token);
        let id = crate::commands::segment(&self.message_id());
        let all: Vec<IntakeMessage> = server.get(&format!("/v1/intake/messages?message_id={id}")).await?;
        all.into_iter().last().ok_or_else(|| Failure::new("a mail was taken, and is gone"))
    }
}

/// A letter, as much as the tour looks at it.
pub struct Letter(String);

impl Letter {
    /// Whether a field or a line has these words.
    pub fn says(&self, words: &str) -> bool {
        self.0.contains(words)
    }

    /// Its Message-ID, with brackets.
    pub fn message_id(&self) -> &str {
        let found = self.0.lines().find_map(|line| line.strip_prefix("Message-ID: "));
        found.unwrap_or_default()
    }
}

/// Waits for a letter to `address` that says all of it.
///
/// # Errors
/// There is none in time.
pub async fn letter(demo: &Child, address: &str, says: &[&str]) -> Result<Letter, Failure> {
    let folder = Path::new(&mailboxes(demo)?.folder).join(address);
    let begun = Instant::now();
    loop {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let bytes = std::fs::read(entry.path()).context("a letter")?;
            let letter = Letter(String::from_utf8_lossy(&bytes).replace("=\r\n", "").replace("\r\n ", " "));
            if says.iter().all(|words| letter.says(words)) {
                return Ok(letter);
            }
        }
        if begun.elapsed() > LETTER_MAX {
            return Err(Failure::new(format_args!("no letter to {address} says {says:?}")));
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn mailboxes(demo: &Child) -> Result<&Mailboxes, Failure> {
    demo.ready.mailboxes.as_ref().ok_or_else(|| Failure::new("the demo has no mailboxes"))
}
