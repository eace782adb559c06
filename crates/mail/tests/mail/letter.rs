//! Messages to try things with: a genuine one, and every way to make something else of it.

use std::time::UNIX_EPOCH;

use byleave_mail::envelope::{Envelope, Sender};
use jiff::{SignedDuration, Timestamp};
use mail_auth::common::crypto::SigningKey;
use mail_auth::common::headers::HeaderWriter;
use mail_auth::dkim::{Canonicalization, DkimSigner};

use crate::zone;

/// The intake's address.
pub const INTAKE: &str = "support-access@vendor.test";

/// The fields that a genuine message has signed.
pub const SIGNED: &[&str] = &[
    "From",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Content-Disposition",
    "In-Reply-To",
    "Reply-To",
];

/// A text that has all three items.
pub const TEXT: &str = "Please disable support access for our organization.\r\n\
                        \r\n\
                        Customer name: Acme Rockets Ltd\r\n\
                        We confirm that we want support access to be disabled.\r\n\
                        Contact: Dana Secure <dana@acme.test>\r\n";

/// A message as it is put together.
#[derive(Clone)]
pub struct Letter {
    pub fields: Vec<(String, String)>,
    pub body: String,
    pub signed: Vec<u8>,
}

impl Letter {
    /// What the registered contact sends.
    pub fn genuine() -> Self {
        let fields = [
            ("From", "Dana Secure <dana@acme.test>".to_owned()),
            ("To", format!("Support access <{INTAKE}>")),
            ("Subject", "Disable support access".to_owned()),
            ("Date", date(now())),
            ("Message-ID", "<one@acme.test>".to_owned()),
            ("MIME-Version", "1.0".to_owned()),
            ("Content-Type", "text/plain; charset=utf-8".to_owned()),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value)).to_vec();
        Self { fields, body: TEXT.to_owned(), signed: Vec::new() }
    }

    /// With another value, or one more field at the end.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        match self.fields.iter_mut().find(|(n, _)| n == name) {
            Some(field) => value.clone_into(&mut field.1),
            None => self.fields.push((name.to_owned(), value.to_owned())),
        }
        self
    }

    /// With a field put on top, whatever there is already.
    pub fn on_top(mut self, name: &str, value: &str) -> Self {
        self.fields.insert(0, (name.to_owned(), value.to_owned()));
        self
    }

    pub fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(n, _)| n != name);
        self
    }

    pub fn body(mut self, body: &str) -> Self {
        body.clone_into(&mut self.body);
        self
    }

    /// Signed by the domain with the usual key.
    pub fn sign(self, domain: &str) -> Self {
        self.sign_as(domain, "s1", SIGNED)
    }

    pub fn sign_as(self, domain: &str, selector: &str, names: &[&str]) -> Self {
        match selector {
            "s1" => self.sign_by(zone::ed25519_key(), domain, selector, names, |signer| signer),
            _ => self.sign_by(zone::RsaSigner, domain, selector, names, |signer| signer),
        }
    }

    /// Signed as told; only fields that are there.
    pub fn sign_by<K: SigningKey>(
        mut self,
        key: K,
        domain: &str,
        selector: &str,
        names: &[&str],
        how: impl FnOnce(DkimSigner<K, mail_auth::dkim::Done>) -> DkimSigner<K, mail_auth::dkim::Done>,
    ) -> Self {
        let there = names.iter().filter(|name| self.fields.iter().any(|(n, _)| n.eq_ignore_ascii_case(name)));
        let signer = DkimSigner::from_key(key)
            .domain(domain)
            .selector(selector)
            .headers(there.map(|name| (*name).to_owned()).collect::<Vec<_>>())
            .header_canonicalization(Canonicalization::Relaxed)
            .body_canonicalization(Canonicalization::Relaxed);
        let signature = how(signer).sign(&self.bytes()).unwrap();
        let mut header = signature.to_header().into_bytes();
        header.extend(&self.signed);
        self.signed = header;
        self
    }

    pub fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.signed.clone();
        for (name, value) in &self.fields {
            bytes.extend(format!("{name}: {value}\r\n").into_bytes());
        }
        bytes.extend(b"\r\n");
        bytes.extend(self.body.as_bytes());
        bytes
    }
}

/// From acme's own server.
pub fn envelope() -> Envelope {
    Envelope {
        sender: Sender::Address("dana@acme.test".into()),
        recipients: vec![INTAKE.into()],
        peer: Some("127.0.0.10".parse().unwrap()),
        helo: "mx.acme.test".into(),
        tls: None,
    }
}

/// From another peer, in another sender's name.
pub fn envelope_of(sender: &str, peer: &str) -> Envelope {
    Envelope {
        sender: Sender::Address(sender.into()),
        peer: Some(peer.parse().unwrap()),
        helo: "mx.evil.test".into(),
        ..envelope()
    }
}

/// Signatures are made by the wall clock.
pub fn now() -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::try_from(UNIX_EPOCH.elapsed().unwrap()).unwrap()
}

pub fn date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}
