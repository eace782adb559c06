//! What a desk person signs when they approve a change request: one canonical text, as a security contact's
//! [`statement`](crate::statement) is, so that whoever enforces can check who approved what.
//!
//! ```text
//! byleave/approval/v1
//! organization: org_…
//! epoch: 2
//! support access: enabled
//! change request: change_…
//! call-back: entry 17
//! desk person: person_…
//! issued: 2026-11-23T10:02:11Z
//! ```
//!
//! Each line ends in LF. `call-back` is the entry of the organization's log that records the call, or `none`.

use std::str::FromStr;

use jiff::Timestamp;

use crate::contact::PublicKey;
use crate::ids::{ChangeRequestId, DeskPersonId, OrganizationId};
use crate::signature::Signature;
use crate::statement::{Fields, InvalidStatement, StatementRefused, Wish, canonical, fresh, sign_text};

const TITLE: &str = "byleave/approval/v1";

/// One desk person's approval of one change of one organization's setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approval {
    /// Whose setting.
    pub organization: OrganizationId,
    /// The epoch of the setting that is approved.
    pub epoch: u64,
    /// What support access becomes.
    pub wish: Wish,
    /// The change request that asks for it.
    pub change_request: ChangeRequestId,
    /// The log's entry of the call-back that it rests on, if it does.
    pub call: Option<u64>,
    /// Who approves.
    pub by: DeskPersonId,
    /// When it was signed, by the signer's clock, in whole seconds.
    pub issued: Timestamp,
}

/// An approval with a signature over [`Approval::to_text`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedApproval {
    /// What was signed.
    pub approval: Approval,
    /// The desk person's.
    pub signature: Signature,
}

/// A desk person's key as the organization's log names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeskKey {
    /// Whose.
    pub person: DeskPersonId,
    /// The key.
    pub key: PublicKey,
}

impl Approval {
    /// The canonical bytes, as text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let call = self.call.map_or_else(|| "none".to_owned(), |entry| format!("entry {entry}"));
        format!(
            "{TITLE}\norganization: {}\nepoch: {}\nsupport access: {}\nchange request: {}\ncall-back: {call}\n\
             desk person: {}\nissued: {}\n",
            self.organization,
            self.epoch,
            self.wish.as_str(),
            self.change_request,
            self.by,
            self.issued.strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
    }

    /// Signs with a desk person's 32-byte Ed25519 seed.
    #[must_use]
    pub fn sign(self, seed: &[u8; 32]) -> SignedApproval {
        let signature = sign_text(&self.to_text(), seed);
        SignedApproval { approval: self, signature: signature.into() }
    }
}

impl FromStr for Approval {
    type Err = InvalidStatement;

    fn from_str(text: &str) -> Result<Self, InvalidStatement> {
        canonical(text, read, Self::to_text)
    }
}

fn read(text: &str) -> Result<Approval, &str> {
    let mut fields = Fields::of(text, TITLE)?;
    let organization = fields.next("organization")?;
    let epoch = fields.next("epoch")?;
    let wish = fields.next("support access")?;
    let change_request = fields.next("change request")?;
    let call = fields.next("call-back")?;
    let by = fields.next("desk person")?;
    let issued = fields.next("issued")?;
    let entry = call.strip_prefix("entry ").map(|entry| entry.parse().map_err(|_| call));
    Ok(Approval {
        organization: organization.parse().map_err(|_| organization)?,
        epoch: epoch.parse().map_err(|_| epoch)?,
        wish: Wish::from_word(wish).ok_or(wish)?,
        change_request: change_request.parse().map_err(|_| change_request)?,
        call: entry.transpose()?,
        by: by.parse().map_err(|_| by)?,
        issued: issued.parse().map_err(|_| issued)?,
    })
}

impl SignedApproval {
    /// Whether a key of the desk person among `keys` signed exactly this.
    ///
    /// # Errors
    /// As [`Signature::verify`].
    pub fn verify(&self, keys: &[DeskKey]) -> Result<(), StatementRefused> {
        let text = self.approval.to_text();
        let own = keys.iter().filter(|known| known.person == self.approval.by);
        let mut result = Err(StatementRefused::NoKey);
        for known in own {
            result = self.signature.verify(&text, Some(&known.key));
            if result.is_ok() {
                break;
            }
        }
        result
    }

    /// Whether it was signed recently enough to act on at `now`.
    ///
    /// # Errors
    /// [`StatementRefused::Stale`].
    pub fn fresh(&self, now: Timestamp) -> Result<(), StatementRefused> {
        fresh(self.approval.issued, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::public_key;

    fn approval() -> Approval {
        Approval {
            organization: OrganizationId::from_bytes([1; 16]),
            epoch: 7,
            wish: Wish::Enabled,
            change_request: ChangeRequestId::from_bytes([2; 16]),
            call: Some(17),
            by: DeskPersonId::from_bytes([3; 16]),
            issued: Timestamp::from_second(1_800_000_000).unwrap(),
        }
    }

    #[test]
    fn an_approval_reads_as_it_prints_and_no_other_way() {
        let text = approval().to_text();
        assert_eq!(text.parse(), Ok(approval()));
        let none = Approval { call: None, ..approval() };
        assert_eq!(none.to_text().parse(), Ok(none));
        for (from, to) in [("entry 17", "entry 017"), ("entry 17", "17"), ("entry 17", "None"), ("7", "07")] {
            assert!(text.replacen(from, to, 1).parse::<Approval>().is_err(), "{from} -> {to}");
        }
    }

    #[test]
    fn every_field_is_signed() {
        let keys = [DeskKey { person: approval().by, key: public_key(&[9; 32]) }];
        let signed = approval().sign(&[9; 32]);
        assert_eq!(signed.verify(&keys), Ok(()));
        let changes: [fn(&mut Approval); 6] = [
            |a| a.organization = OrganizationId::from_bytes([9; 16]),
            |a| a.epoch = 8,
            |a| a.wish = Wish::Disabled,
            |a| a.change_request = ChangeRequestId::from_bytes([9; 16]),
            |a| a.call = None,
            |a| a.issued = Timestamp::UNIX_EPOCH,
        ];
        for (number, change) in changes.iter().enumerate() {
            let mut changed = signed.clone();
            change(&mut changed.approval);
            assert_eq!(changed.verify(&keys), Err(StatementRefused::Signature), "field {number}");
        }
        let mut other = signed.clone();
        other.approval.by = DeskPersonId::from_bytes([9; 16]);
        assert_eq!(other.verify(&keys), Err(StatementRefused::NoKey));
        assert_eq!(signed.verify(&[]), Err(StatementRefused::NoKey));
    }
}
