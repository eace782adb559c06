//! DKIM signatures, each with the key record that it was verified with.

use jiff::Timestamp;
use mail_auth::common::crypto::Algorithm;
use mail_auth::common::verify::{DomainKey, VerifySignature};
use mail_auth::{AuthenticatedMessage, DkimOutput, DkimResult, Error, Parameters};
use sha2::{Digest as _, Sha256};

use super::dns::Answers;
use super::{KEY_BYTES_MAX, Outcome, Resolver, SIGNATURES_MAX, Signature, dkim_result};

/// Takes out what is not tried, and says how much that was. A forger can put hundreds of signatures on top; those of the
/// sender's own domain, which alone can prove anything, come first.
pub(super) fn limit(message: &mut AuthenticatedMessage<'_>, from: Option<&str>) -> usize {
    let own = |domain: &str| from.is_some_and(|from| domain.eq_ignore_ascii_case(from));
    message.dkim_headers.sort_by_key(|header| !own(&header.header.d));
    let untried = message.dkim_headers.len().saturating_sub(SIGNATURES_MAX);
    message.dkim_headers.truncate(SIGNATURES_MAX);
    untried
}

impl Resolver {
    /// Verifies what [`limit`] left.
    pub(super) async fn signatures<'x>(
        &self,
        message: &'x AuthenticatedMessage<'x>,
        answers: &'x Answers,
    ) -> (Vec<DkimOutput<'x>>, Vec<Signature>) {
        let mut keys = Vec::new();
        for header in &message.dkim_headers {
            let name = header.header.domain_key();
            let records = self.txt(&name).await;
            answers.keep::<DomainKey>(&name, &records);
            keys.push(
                records
                    .ok()
                    .and_then(|records| <[Vec<u8>; 1]>::try_from(records).ok())
                    .map(|[key]| String::from_utf8_lossy(&key).into_owned()),
            );
        }
        let outputs: Vec<_> = self
            .library
            .verify_dkim(Parameters::new(message).with_txt_cache(answers))
            .await
            .into_iter()
            // Signatures that cannot be read, and those of a part of the body: as if they were not there.
            .filter(|output| output.signature().is_some())
            .map(sha1_is_no_proof)
            .collect();
        let mut found: Vec<_> =
            outputs.iter().zip(keys).filter_map(|(output, key)| facts(output, key)).collect();
        found.extend(
            message.errors.iter().filter_map(|error| unread(error.value, &error.header)).take(SIGNATURES_MAX),
        );
        (outputs, found)
    }
}

/// RFC 8301: what is signed with SHA-1 is not signed.
fn sha1_is_no_proof(output: DkimOutput<'_>) -> DkimOutput<'_> {
    match output.signature() {
        Some(signature) if signature.a == Algorithm::RsaSha1 && *output.result() == DkimResult::Pass => {
            DkimOutput::fail(Error::Dkim(mail_auth::dkim::DkimError::UnsupportedAlgorithm))
        }
        _ => output,
    }
}

fn facts(output: &DkimOutput<'_>, key: Option<String>) -> Option<Signature> {
    let signature = output.signature()?;
    let result = output.result();
    let testing = key.as_deref().is_some_and(is_testing);
    let long = key.as_ref().filter(|key| key.len() > KEY_BYTES_MAX);
    Some(Signature {
        result: dkim_result(result),
        why: why(result),
        testing,
        key_sha256: long.map(|key| Sha256::digest(key).into()),
        key: key.map(beginning),
        ..described(signature)
    })
}

/// Whoever writes the zone may write 64 kB, for each of the signatures.
fn beginning(mut key: String) -> String {
    key.truncate(key.floor_char_boundary(KEY_BYTES_MAX));
    key
}

/// A signature that the library does not look at.
fn unread(value: &[u8], error: &Error) -> Option<Signature> {
    let Error::Dkim(_) = error else { return None };
    let signature = mail_auth::dkim::Signature::parse(value).ok()?;
    Some(Signature { why: error.to_string(), ..described(&signature) })
}

fn described(signature: &mail_auth::dkim::Signature) -> Signature {
    let instant = |seconds: u64| i64::try_from(seconds).ok().and_then(|s| Timestamp::from_second(s).ok());
    Signature {
        result: Outcome::Neutral,
        why: String::new(),
        domain: crate::address::a_labels(&signature.d).unwrap_or_else(|| signature.d.to_lowercase()),
        selector: signature.s.clone(),
        algorithm: match signature.a {
            Algorithm::RsaSha1 => "rsa-sha1",
            Algorithm::RsaSha256 => "rsa-sha256",
            Algorithm::Ed25519Sha256 => "ed25519-sha256",
        }
        .to_owned(),
        key: None,
        key_sha256: None,
        testing: false,
        partial: signature.l > 0,
        fields: signature.h.iter().map(|name| name.to_lowercase()).collect(),
        signed_at: instant(signature.t).filter(|_| signature.t > 0),
        expires_at: instant(signature.x).filter(|_| signature.x > 0),
    }
}

fn why(result: &DkimResult) -> String {
    match result {
        DkimResult::Pass | DkimResult::None => String::new(),
        DkimResult::Neutral(error)
        | DkimResult::Fail(error)
        | DkimResult::PermError(error)
        | DkimResult::TempError(error) => error.to_string(),
    }
}

/// RFC 6376 §3.6.1: `t=` is a list parted by colons.
fn is_testing(record: &str) -> bool {
    let tags = record.split(';').filter_map(|tag| tag.split_once('='));
    let mut flags = tags.filter(|(name, _)| name.trim() == "t");
    flags.any(|(_, value)| value.split(':').any(|flag| flag.trim().eq_ignore_ascii_case("y")))
}
