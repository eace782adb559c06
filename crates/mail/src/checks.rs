//! SPF, DKIM, DMARC (RFC 9989) and ARC as they stand when a message arrives: keys rotate and records change, so what
//! DNS said is kept with the result. The library `mail-auth` verifies; which signatures are tried, which key record
//! was used, and how long it may take is decided here.
//!
//! Results that a message brings along (`Authentication-Results`) are not read at all. Nothing is remembered from one
//! message to the next: the vendor's resolver has a cache of its own.
//!
//! Absent: what follows from the results, which [`crate::judge`] decides.

mod dns;
mod signatures;

use std::net::IpAddr;
use std::time::Duration;

use jiff::Timestamp;
use mail_auth::dmarc::verify::DmarcParameters;
use mail_auth::spf::verify::SpfParameters;
use mail_auth::{AuthenticatedMessage, DkimResult, DmarcResult, Parameters, SpfResult};

use crate::envelope::{Envelope, Sender};
use dns::Answers;
pub(crate) use dns::NoMailHosts;
pub use dns::{InvalidResolver, Resolver};

/// Signatures that are tried at most, those of the sender's own domain first.
pub const SIGNATURES_MAX: usize = 5;

/// Bytes of a key record that are kept at most; a key of 4096 bits has 800.
pub const KEY_BYTES_MAX: usize = 4096;

/// How long all checks of one message may take.
const CHECKS_TIME_MAX: Duration = Duration::from_secs(25);

/// A result in the words of RFC 8601.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It holds.
    Pass,
    /// It does not.
    Fail,
    /// SPF: probably not.
    SoftFail,
    /// Nothing is said either way.
    Neutral,
    /// There is nothing to check. Not a pass.
    None,
    /// DNS did not answer; later it may.
    TempError,
    /// It cannot be checked, now or later.
    PermError,
}

impl Outcome {
    /// The word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Outcome::Pass => "pass",
            Outcome::Fail => "fail",
            Outcome::SoftFail => "softfail",
            Outcome::Neutral => "neutral",
            Outcome::None => "none",
            Outcome::TempError => "temperror",
            Outcome::PermError => "permerror",
        }
    }
}

/// What all checks came to. Facts for the record; [`crate::judge::decide`] says what they are worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checks {
    /// SPF of the envelope.
    pub spf: Spf,
    /// Every signature that was looked at, from the top.
    pub signatures: Vec<Signature>,
    /// Signatures that were left out because there were too many.
    pub untried: usize,
    /// DMARC of the domain in `From`.
    pub dmarc: Dmarc,
    /// What forwarders claim. Recorded, never believed.
    pub arc: Arc,
}

/// May the peer send for the envelope's domain?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spf {
    /// The result.
    pub result: Outcome,
    /// The domain it is about: the sender's, or the name in the greeting where there is no sender.
    pub domain: String,
}

/// One DKIM signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The result.
    pub result: Outcome,
    /// Why, where it is no pass.
    pub why: String,
    /// `d=`, in lower case.
    pub domain: String,
    /// `s=`.
    pub selector: String,
    /// `a=`.
    pub algorithm: String,
    /// The key record that was used, as DNS gave it: without it the result proves nothing later. Its beginning, where it is
    /// longer than [`KEY_BYTES_MAX`].
    pub key: Option<String>,
    /// SHA-256 of the whole record, where only its beginning is kept.
    pub key_sha256: Option<[u8; 32]>,
    /// Whether the key is for testing (`t=y`).
    pub testing: bool,
    /// Whether only a part of the body is signed (`l=`).
    pub partial: bool,
    /// The fields that are signed, in lower case.
    pub fields: Vec<String>,
    /// When it was signed, if it says so.
    pub signed_at: Option<Timestamp>,
    /// When it ends, if it says so.
    pub expires_at: Option<Timestamp>,
}

/// Does one of the others speak for the domain in `From`?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dmarc {
    /// The result.
    pub result: Outcome,
    /// The same through DKIM alone.
    pub by_dkim: Outcome,
    /// The domain in `From`; empty when there is not exactly one.
    pub domain: String,
}

/// The chain of forwarders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arc {
    /// The result.
    pub result: Outcome,
    /// Who sealed it, first forwarder first.
    pub sealers: Vec<String>,
}

impl Checks {
    /// The results where there was nothing to ask, or DNS took too long.
    fn all(result: Outcome) -> Self {
        Self {
            spf: Spf { result, domain: String::new() },
            signatures: Vec::new(),
            untried: 0,
            dmarc: Dmarc { result, by_dkim: result, domain: String::new() },
            arc: Arc { result, sealers: Vec::new() },
        }
    }

    /// One word for all signatures: a pass if there is one, of `domain` rather than of others.
    #[must_use]
    pub fn dkim(&self, domain: &str) -> Outcome {
        let rank = |signature: &&Signature| {
            let own = u8::from(signature.domain == domain);
            match signature.result {
                Outcome::Pass => 6 + own,
                Outcome::TempError => 4 + own,
                Outcome::Fail => 2 + own,
                _ => own,
            }
        };
        self.signatures.iter().max_by_key(rank).map_or(Outcome::None, |signature| signature.result)
    }
}

impl Resolver {
    /// Checks a message whose lines end in CR LF. `from` is the domain in its `From`, where there is exactly one.
    pub async fn check(&self, envelope: &Envelope, message: &[u8], from: Option<&str>) -> Checks {
        let checked = tokio::time::timeout(CHECKS_TIME_MAX, self.check_all(envelope, message, from));
        checked.await.unwrap_or_else(|_| Checks::all(Outcome::TempError))
    }

    async fn check_all(&self, envelope: &Envelope, message: &[u8], from: Option<&str>) -> Checks {
        let Some(mut parsed) = AuthenticatedMessage::parse(message) else {
            return Checks::all(Outcome::None);
        };
        let answers = Answers::default();
        let spf_output = self.spf(envelope, &answers).await;
        let untried = signatures::limit(&mut parsed, from);
        let (outputs, signatures) = self.signatures(&parsed, &answers).await;
        let arc = self.arc(&parsed, &answers).await;
        let domain = spf_output.domain().to_owned();
        let spf = Spf { result: spf_result(spf_output.result()), domain: domain.clone() };
        let dmarc = match from {
            Some(from) if parsed.from.len() == 1 => {
                let parameters = DmarcParameters {
                    message: &parsed,
                    dkim_output: &outputs,
                    dkim2_output: None,
                    rfc5321_mail_from_domain: &domain,
                    spf_output: &spf_output,
                };
                let output =
                    self.library.verify_dmarc(Parameters::new(parameters).with_txt_cache(&answers)).await;
                // The library reads `From` again: two readings are no proof.
                let same = output.domain() == from;
                let result =
                    |result: &DmarcResult| if same { dmarc_result(result) } else { Outcome::PermError };
                Dmarc {
                    result: result(&output.result()),
                    by_dkim: result(output.dkim_result()),
                    domain: from.to_owned(),
                }
            }
            _ => Dmarc { result: Outcome::None, by_dkim: Outcome::None, domain: String::new() },
        };
        Checks { spf, signatures, untried, dmarc, arc }
    }

    async fn spf(&self, envelope: &Envelope, answers: &Answers) -> mail_auth::SpfOutput {
        let sender = match &envelope.sender {
            Sender::Address(address) => Some(address.as_str()),
            Sender::Null => None,
            Sender::Unknown => return mail_auth::SpfOutput::new(String::new()),
        };
        let Some(peer) = envelope.peer.map(|peer| IpAddr::to_canonical(&peer)) else {
            return mail_auth::SpfOutput::new(String::new());
        };
        let helo = envelope.helo.as_str();
        let parameters = match sender {
            Some(sender) => SpfParameters::verify_mail_from(peer, helo, helo, sender),
            None => SpfParameters::verify_ehlo(peer, helo, helo),
        };
        self.library.verify_spf(Parameters::new(parameters).with_txt_cache(answers)).await
    }

    async fn arc(&self, message: &AuthenticatedMessage<'_>, answers: &Answers) -> Arc {
        let sealers: Vec<_> = message.as_headers.iter().map(|seal| seal.header.d.clone()).collect();
        if sealers.len() > SIGNATURES_MAX {
            return Arc { result: Outcome::Fail, sealers: Vec::new() };
        }
        let output = self.library.verify_arc(Parameters::new(message).with_txt_cache(answers)).await;
        Arc { result: dkim_result(output.result()), sealers }
    }
}

fn spf_result(result: SpfResult) -> Outcome {
    match result {
        SpfResult::Pass => Outcome::Pass,
        SpfResult::Fail => Outcome::Fail,
        SpfResult::SoftFail => Outcome::SoftFail,
        SpfResult::Neutral => Outcome::Neutral,
        SpfResult::TempError => Outcome::TempError,
        SpfResult::PermError => Outcome::PermError,
        SpfResult::None => Outcome::None,
    }
}

fn dkim_result(result: &DkimResult) -> Outcome {
    match result {
        DkimResult::Pass => Outcome::Pass,
        DkimResult::Neutral(_) => Outcome::Neutral,
        DkimResult::Fail(_) => Outcome::Fail,
        DkimResult::PermError(_) => Outcome::PermError,
        DkimResult::TempError(_) => Outcome::TempError,
        DkimResult::None => Outcome::None,
    }
}

fn dmarc_result(result: &DmarcResult) -> Outcome {
    match result {
        DmarcResult::Pass => Outcome::Pass,
        DmarcResult::Fail(_) => Outcome::Fail,
        DmarcResult::TempError(_) => Outcome::TempError,
        DmarcResult::PermError(_) => Outcome::PermError,
        DmarcResult::None => Outcome::None,
    }
}
