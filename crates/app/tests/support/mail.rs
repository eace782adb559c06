//! Mail, and DNS that says what the mail itself has in `X-Dns`: the checks have tests of their own.

use async_trait::async_trait;
use byleave_app::intake::Mail;
use byleave_app::ports::MailChecks;
use byleave_mail::checks::{Arc as Forwarders, Checks, Dmarc, Outcome, Signature, Spf};
use byleave_mail::envelope::{Envelope, Sender};
use byleave_mail::fields::Fields;

/// The intake's address.
pub const INTAKE: &str = "support-access@vendor.test";

pub fn intake() -> Mail {
    Mail { addresses: vec![INTAKE.into()], checks: std::sync::Arc::new(SaysSo) }
}

struct SaysSo;

#[async_trait]
impl MailChecks for SaysSo {
    async fn check(&self, _: &Envelope, mail: &[u8], from: Option<&str>) -> Checks {
        let (fields, _) = Fields::read(mail).unwrap();
        let says = fields.get("X-Dns").map(|field| field.value()).unwrap_or_default();
        let result = match says.as_str() {
            "pass" => Outcome::Pass,
            "silent" => Outcome::TempError,
            _ => Outcome::Fail,
        };
        let domain = from.unwrap_or_default().to_owned();
        let names = ["from", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references"];
        let signature = Signature {
            result,
            why: String::new(),
            domain: domain.clone(),
            selector: "s1".into(),
            algorithm: "rsa-sha256".into(),
            key: Some("v=DKIM1; p=…".into()),
            key_sha256: None,
            testing: false,
            partial: false,
            fields: names.iter().chain(&["mime-version", "content-type"]).map(ToString::to_string).collect(),
            signed_at: None,
            expires_at: None,
        };
        Checks {
            spf: Spf { result, domain: domain.clone() },
            signatures: vec![signature],
            untried: 0,
            dmarc: Dmarc { result, by_dkim: result, domain },
            arc: Forwarders { result: Outcome::None, sealers: Vec::new() },
        }
    }
}

pub fn envelope() -> Envelope {
    Envelope {
        sender: Sender::Address("sam@acme.example".into()),
        recipients: vec![INTAKE.into()],
        peer: Some("127.0.0.10".parse().unwrap()),
        helo: "mx.acme.example".into(),
        tls: None,
    }
}
