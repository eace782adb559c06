//! What a security contact signs (protocols 1.11): one canonical text, so that the signer can read it, the server
//! cannot be told a second meaning, and anyone can check the signature later.
//!
//! ```text
//! byleave/switch/v1
//! organization: org_…
//! epoch: 1
//! support access: disabled
//! contact: contact_…
//! request: request_…
//! issued: 2026-11-23T10:02:11Z
//! ```
//!
//! Each line ends in LF. The epoch is the one that the change would make, so a statement works once at most; the
//! request id tells two statements of one epoch apart.

use std::str::FromStr;

use byleave_passkey::Refused;
use ed25519_dalek::{Signer, SigningKey};
use jiff::{SignedDuration, Timestamp};

use crate::contact::PublicKey;
use crate::ids::{ContactId, OrganizationId, RequestId};
use crate::signature::Signature;

/// A statement is taken only this long after it was issued, and no more than a minute before (threat model K7).
pub const STATEMENT_LIFE: SignedDuration = SignedDuration::from_mins(10);

const CLOCK_DIFFERENCE_MAX: SignedDuration = SignedDuration::from_mins(1);
const TITLE: &str = "byleave/switch/v1";

/// What a security contact can ask of the setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// Support people may enter.
    Enabled,
    /// Nobody may enter.
    Disabled,
}

impl Wish {
    /// The word in the statement.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
        }
    }

    /// What the word means, if it is one of the two.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Enabled, Self::Disabled].into_iter().find(|wish| wish.as_str() == word)
    }
}

/// One security contact's word about one organization's setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Whose setting.
    pub organization: OrganizationId,
    /// The epoch that the change would make: the present one plus one.
    pub epoch: u64,
    /// What the contact wants.
    pub wish: Wish,
    /// Who says so.
    pub contact: ContactId,
    /// Tells this statement from every other.
    pub request: RequestId,
    /// When it was made, by the signer's clock, in whole seconds.
    pub issued: Timestamp,
}

/// A text that is not a canonical statement.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the statement is not in its canonical form (at `{at}`)")]
pub struct InvalidStatement {
    /// The first line that differs from what the statement's content would print, cut to 80 characters.
    pub at: String,
}

/// Why a signed statement does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StatementRefused {
    /// The signer has no key, or the key is not a point on the curve.
    #[error("the signer has no usable key on file")]
    NoKey,
    /// The signature is not the signer's over these bytes.
    #[error("the signature is not the signer's")]
    Signature,
    /// The signer's passkey did not sign these bytes.
    #[error(transparent)]
    Passkey(Refused),
    /// Made too long ago, or in the future.
    #[error("the statement was issued at {issued}; it is taken for 10 minutes only")]
    Stale {
        /// When it says it was issued.
        issued: Timestamp,
    },
}

/// A statement with a signature over [`Statement::to_text`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedStatement {
    /// What was signed.
    pub statement: Statement,
    /// The contact's.
    pub signature: Signature,
}

impl Statement {
    /// The canonical bytes, as text.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!(
            "{TITLE}\norganization: {}\nepoch: {}\nsupport access: {}\ncontact: {}\nrequest: {}\nissued: {}\n",
            self.organization,
            self.epoch,
            self.wish.as_str(),
            self.contact,
            self.request,
            self.issued.strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
    }

    /// Signs with a contact's 32-byte Ed25519 seed.
    #[must_use]
    pub fn sign(self, seed: &[u8; 32]) -> SignedStatement {
        let signature = sign_text(&self.to_text(), seed);
        SignedStatement { statement: self, signature: signature.into() }
    }
}

impl FromStr for Statement {
    type Err = InvalidStatement;

    fn from_str(text: &str) -> Result<Self, InvalidStatement> {
        canonical(text, read, Self::to_text)
    }
}

/// Reads, writes again and compares (threat model K11), so that no two texts mean the same.
pub(crate) fn canonical<T>(
    text: &str,
    read: impl Fn(&str) -> Result<T, &str>,
    to_text: impl Fn(&T) -> String,
) -> Result<T, InvalidStatement> {
    let value = read(text).map_err(|at| InvalidStatement { at: at.chars().take(80).collect() })?;
    let canonical = to_text(&value);
    if canonical == text {
        return Ok(value);
    }
    let differing = text.lines().zip(canonical.lines()).find(|(given, meant)| given != meant);
    Err(InvalidStatement {
        at: differing.map_or("end of text", |(given, _)| given).chars().take(80).collect(),
    })
}

/// The lines of a canonical text, each `label: value`.
pub(crate) struct Fields<'a>(std::str::Split<'a, char>);

impl<'a> Fields<'a> {
    /// The lines below `title`; the line that stands in its place where it is another.
    pub fn of(text: &'a str, title: &str) -> Result<Self, &'a str> {
        let mut lines = text.split('\n');
        let first = lines.next().unwrap_or_default();
        if first == title { Ok(Self(lines)) } else { Err(first) }
    }

    /// The value of the next line, which must have this label; else the line.
    pub fn next(&mut self, label: &str) -> Result<&'a str, &'a str> {
        let line = self.0.next().unwrap_or_default();
        line.strip_prefix(label).and_then(|rest| rest.strip_prefix(": ")).ok_or(line)
    }
}

/// Whether what was signed at `issued` may be acted on at `now`.
pub(crate) fn fresh(issued: Timestamp, now: Timestamp) -> Result<(), StatementRefused> {
    let age = now.duration_since(issued);
    if age > STATEMENT_LIFE || age < -CLOCK_DIFFERENCE_MAX {
        return Err(StatementRefused::Stale { issued });
    }
    Ok(())
}

fn read(text: &str) -> Result<Statement, &str> {
    let mut fields = Fields::of(text, TITLE)?;
    let organization = fields.next("organization")?;
    let epoch = fields.next("epoch")?;
    let wish = fields.next("support access")?;
    let contact = fields.next("contact")?;
    let request = fields.next("request")?;
    let issued = fields.next("issued")?;
    Ok(Statement {
        organization: organization.parse().map_err(|_| organization)?,
        epoch: epoch.parse().map_err(|_| epoch)?,
        wish: Wish::from_word(wish).ok_or(wish)?,
        contact: contact.parse().map_err(|_| contact)?,
        request: request.parse().map_err(|_| request)?,
        issued: issued.parse().map_err(|_| issued)?,
    })
}

impl SignedStatement {
    /// Whether whoever has `key` signed exactly this statement.
    ///
    /// # Errors
    /// As [`Signature::verify`].
    pub fn verify(&self, key: Option<&PublicKey>) -> Result<(), StatementRefused> {
        self.signature.verify(&self.statement.to_text(), key)
    }

    /// Whether the statement was made recently enough to act on at `now`.
    ///
    /// # Errors
    /// [`StatementRefused::Stale`].
    pub fn fresh(&self, now: Timestamp) -> Result<(), StatementRefused> {
        fresh(self.statement.issued, now)
    }
}

/// An Ed25519 signature over a text, with a 32-byte seed.
#[must_use]
pub fn sign_text(text: &str, seed: &[u8; 32]) -> [u8; 64] {
    SigningKey::from_bytes(seed).sign(text.as_bytes()).to_bytes()
}

/// The public key of a 32-byte Ed25519 seed.
#[must_use]
pub fn public_key(seed: &[u8; 32]) -> PublicKey {
    PublicKey(SigningKey::from_bytes(seed).verifying_key().to_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement() -> Statement {
        Statement {
            organization: OrganizationId::from_bytes([1; 16]),
            epoch: 7,
            wish: Wish::Disabled,
            contact: ContactId::from_bytes([2; 16]),
            request: RequestId::from_bytes([3; 16]),
            issued: Timestamp::from_second(1_800_000_000).unwrap(),
        }
    }

    #[test]
    fn a_statement_reads_as_it_prints_and_no_other_way() {
        let text = statement().to_text();
        assert_eq!(text.parse(), Ok(statement()));
        for (from, to) in [
            ("epoch: 7", "epoch: 07"),
            ("epoch: 7", "epoch: +7"),
            ("disabled", "Disabled"),
            ("Z\n", "Z"),
            ("Z\n", "Z\n\n"),
            ("Z\n", ".0Z\n"),
            ("Z\n", "+00:00\n"),
            ("epoch", "Epoch"),
            ("v1", "v2"),
            ("contact: ", "contact:"),
            ("\n", "\r\n"),
        ] {
            assert!(text.replacen(from, to, 1).parse::<Statement>().is_err(), "{from} -> {to}");
        }
    }

    #[test]
    fn every_field_is_signed() {
        let key = public_key(&[9; 32]);
        let signed = statement().sign(&[9; 32]);
        assert_eq!(signed.verify(Some(&key)), Ok(()));
        let changes: [fn(&mut Statement); 6] = [
            |s| s.organization = OrganizationId::from_bytes([9; 16]),
            |s| s.epoch = 8,
            |s| s.wish = Wish::Enabled,
            |s| s.contact = ContactId::from_bytes([9; 16]),
            |s| s.request = RequestId::from_bytes([9; 16]),
            |s| s.issued = Timestamp::UNIX_EPOCH,
        ];
        for (number, change) in changes.iter().enumerate() {
            let mut changed = signed.clone();
            change(&mut changed.statement);
            assert_eq!(changed.verify(Some(&key)), Err(StatementRefused::Signature), "field {number}");
        }
        assert_eq!(signed.verify(Some(&public_key(&[8; 32]))), Err(StatementRefused::Signature));
        assert_eq!(signed.verify(None), Err(StatementRefused::NoKey));
    }

    #[test]
    fn only_keys_that_somebody_can_sign_with_are_taken() {
        assert_eq!(PublicKey::usable(public_key(&[9; 32]).0), Some(public_key(&[9; 32])));
        // No point of the curve; the neutral element, with which one signature fits every text.
        let (mut no_point, mut neutral) = ([0; 32], [0; 32]);
        (no_point[0], neutral[0]) = (2, 1);
        assert_eq!((PublicKey::usable(no_point), PublicKey::usable(neutral)), (None, None));
    }

    #[test]
    fn a_statement_works_for_ten_minutes() {
        let signed = statement().sign(&[9; 32]);
        let issued = signed.statement.issued;
        assert_eq!(signed.fresh(issued + SignedDuration::from_mins(10)), Ok(()));
        for offset in [SignedDuration::from_secs(601), SignedDuration::from_secs(-61)] {
            assert!(signed.fresh(issued + offset).is_err(), "{offset:?}");
        }
    }
}
