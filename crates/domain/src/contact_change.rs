//! Who is a security contact changes slowly, and never by one person: whoever owns this list owns the setting.
//!
//! A change is announced to everybody on file, two desk people agree to it with keys of their own, it waits, and any
//! present contact can object until it is made. Like a change request it is the fold of its steps in the log.

use std::collections::BTreeSet;
use std::fmt;

use jiff::{SignedDuration, Timestamp};

use crate::approval::DeskKey;
use crate::change_request::{By, Form, Returned};
use crate::contact::{PublicKey, SecurityContact};
use crate::ids::{ChangeRequestId, ContactId, DeskPersonId, OrganizationId};
use crate::organization::Organization;
use crate::signature::Signature;
use crate::statement::{StatementRefused, fresh};
use crate::text::{Email, Name, Phone};

/// How many desk people have to agree.
pub const AGREEMENTS_NEEDED: usize = 2;

/// How much longer than its waiting time a change stays open.
pub const CONTACT_CHANGE_LIFE: SignedDuration = SignedDuration::from_hours(24 * 14);

/// Open changes of one organization at most.
pub const OPEN_MAX: usize = 5;

const TITLE: &str = "byleave/contact-change/v1";

/// What is to be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One more contact.
    Add,
    /// A new contact takes the place of this one.
    Replace(ContactId),
    /// A contact is reached at another number.
    Number,
    /// The last contact has left: a new one takes the place of all that are on file. Needs the organization's signed
    /// form, and more time.
    Successor,
}

/// A contact as they will be on file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Particulars {
    /// The new contact, or the one whose number changes.
    pub contact: ContactId,
    /// Name.
    pub name: Name,
    /// E-mail address.
    pub email: Email,
    /// The number to have on file.
    pub phone: Phone,
    /// The key that they sign with.
    pub key: Option<PublicKey>,
}

/// A change of an organization's security contacts, from its announcement to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactChange {
    /// This change.
    pub id: ChangeRequestId,
    /// Whose contacts.
    pub organization: OrganizationId,
    /// What is to be changed.
    pub kind: Kind,
    /// Who is to be on file.
    pub particulars: Particulars,
    /// Who asked for it.
    pub by: By,
    /// When it was announced.
    pub announced_at: Timestamp,
    /// How long it waits.
    pub wait: SignedDuration,
    /// The form that the organization signs; for a successor alone.
    pub form: Option<Form>,
    /// The form as it came back.
    pub returned: Option<Returned>,
    /// Who agreed.
    pub agreements: Vec<Agreement>,
    /// How and when it ended.
    pub ended: Option<(ContactChangeEnd, Timestamp)>,
}

/// A desk person's signature over [`ContactChange::text`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// Who agrees.
    pub by: DeskPersonId,
    /// When it was signed, by the signer's clock, in whole seconds.
    pub issued: Timestamp,
    /// Theirs.
    pub signature: Signature,
}

/// How a change ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ContactChangeEnd {
    /// It was made.
    Made,
    /// A present contact objected.
    Vetoed(ContactId),
    /// The desk called it off.
    Refused(DeskPersonId),
    /// Nobody agreed in time.
    Expired,
}

/// What happens to a change after its announcement. Each is an entry of the organization's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContactStep {
    /// The signed form came back.
    Returned(Returned),
    /// A desk person agreed.
    Agreed(Agreement),
    /// It is over.
    Ended(ContactChangeEnd),
}

/// Why a change was not begun, agreed to or ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContactChangeRefused {
    /// It is over.
    #[error("the change of contacts is over")]
    Over,
    /// The organization has no contact yet.
    #[error("the organization has no security contact yet; name the first one from the contract")]
    NoContacts,
    /// Not one of the organization's contacts.
    #[error("`{0}` is not a security contact of this organization")]
    NotAContact(ContactId),
    /// The address is on file already.
    #[error("`{0}` is on file already; to reach them elsewhere, change their number")]
    OnFile(Email),
    /// There are too many.
    #[error("{OPEN_MAX} changes of contacts are open already; settle one of them first")]
    TooMany,
    /// The same number.
    #[error("`{0}` is the number on file already")]
    SameNumber(Phone),
    /// The desk person agreed before.
    #[error("you have agreed to this change already; a second desk person has to")]
    AgreedAlready,
    /// The desk person is to become, or is, a contact of the organization.
    #[error(
        "you are a security contact of this organization, or are to become one; you cannot agree for the vendor"
    )]
    OwnChange,
    /// The signature or its age.
    #[error("the agreement cannot be taken: {0}")]
    Agreement(#[from] StatementRefused),
    /// The text is not about this change.
    #[error("the agreement does not fit this change: what you sign has to be the text that is shown")]
    OtherText,
    /// A successor's form is not there.
    #[error("the form that the organization signs has to come back first")]
    NoForm,
    /// Only a successor's change has a form.
    #[error("this change of contacts has no form")]
    FormUnexpected,
}

impl ContactChange {
    /// Whether such a change can be begun.
    ///
    /// # Errors
    /// [`ContactChangeRefused`].
    pub fn may_begin(
        organization: &Organization,
        open: usize,
        kind: Kind,
        particulars: &Particulars,
    ) -> Result<(), ContactChangeRefused> {
        if organization.contacts.is_empty() {
            return Err(ContactChangeRefused::NoContacts);
        }
        if open >= OPEN_MAX {
            return Err(ContactChangeRefused::TooMany);
        }
        let known = |id: ContactId| {
            let found = organization.contacts.iter().find(|known| known.id == id);
            found.ok_or(ContactChangeRefused::NotAContact(id))
        };
        match kind {
            Kind::Number => {
                if known(particulars.contact)?.phone == particulars.phone {
                    return Err(ContactChangeRefused::SameNumber(particulars.phone.clone()));
                }
                return Ok(());
            }
            Kind::Replace(old) => drop(known(old)?),
            Kind::Add | Kind::Successor => {}
        }
        if organization.contacts.iter().any(|known| known.email == particulars.email) {
            return Err(ContactChangeRefused::OnFile(particulars.email.clone()));
        }
        Ok(())
    }

    /// What a desk person signs who agrees.
    ///
    /// ```text
    /// byleave/contact-change/v1
    /// organization: org_…
    /// contact change: change_…
    /// kind: replace contact_…
    /// contact: contact_…
    /// name: Sam Example
    /// e-mail: sam@acme.example
    /// phone: +1 555 0100
    /// key: 64 hex digits, or none
    /// desk person: person_…
    /// issued: 2026-11-23T10:02:11Z
    /// ```
    #[must_use]
    pub fn text(&self, by: DeskPersonId, issued: Timestamp) -> String {
        let Particulars { contact, name, email, phone, key } = &self.particulars;
        let key = key.map_or_else(|| "none".to_owned(), |key| crate::ids::to_hex(&key.0));
        format!(
            "{TITLE}\norganization: {}\ncontact change: {}\nkind: {}\ncontact: {contact}\nname: {name}\ne-mail: \
             {email}\nphone: {phone}\nkey: {key}\ndesk person: {by}\nissued: {}\n",
            self.organization,
            self.id,
            self.kind,
            issued.strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
    }

    /// A desk person's agreement as it was sent: the text that they signed, and the signature.
    ///
    /// # Errors
    /// [`ContactChangeRefused::OtherText`].
    pub fn agreement(
        &self,
        by: DeskPersonId,
        text: &str,
        signature: Signature,
    ) -> Result<Agreement, ContactChangeRefused> {
        let issued = text.lines().last().and_then(|line| line.strip_prefix("issued: "));
        let issued = issued.and_then(|issued| issued.parse().ok()).ok_or(ContactChangeRefused::OtherText)?;
        if self.text(by, issued) == text {
            Ok(Agreement { by, issued, signature })
        } else {
            Err(ContactChangeRefused::OtherText)
        }
    }

    /// A desk person agrees.
    ///
    /// # Errors
    /// [`ContactChangeRefused`].
    pub fn agree(
        &self,
        organization: &Organization,
        agreement: Agreement,
        now: Timestamp,
    ) -> Result<ContactStep, ContactChangeRefused> {
        self.open()?;
        if self.kind == Kind::Successor && self.returned.is_none() {
            return Err(ContactChangeRefused::NoForm);
        }
        self.signed(&agreement, &organization.desk_keys)?;
        fresh(agreement.issued, now)?;
        let key_of =
            |by| organization.desk_keys.iter().find(|known| known.person == by).map(|known| known.key);
        let key = key_of(agreement.by);
        let again = |earlier: &Agreement| earlier.by == agreement.by || key_of(earlier.by) == key;
        if self.agreements.iter().any(again) {
            return Err(ContactChangeRefused::AgreedAlready);
        }
        Ok(ContactStep::Agreed(agreement))
    }

    /// Whether the desk person's key among `keys` signed this agreement to this change.
    ///
    /// # Errors
    /// [`StatementRefused`].
    pub fn signed(&self, agreement: &Agreement, keys: &[DeskKey]) -> Result<(), StatementRefused> {
        let key = keys.iter().find(|known| known.person == agreement.by).map(|known| &known.key);
        agreement.signature.verify(&self.text(agreement.by, agreement.issued), key)
    }

    /// Whether as many desk people as it takes have agreed whose keys are among `keys`.
    #[must_use]
    pub fn is_agreed(&self, keys: &[DeskKey]) -> bool {
        let counting = self.agreements.iter().filter(|agreement| self.signed(agreement, keys).is_ok());
        let of = |by| keys.iter().find(|known| known.person == by).map(|known| known.key.0);
        let different: BTreeSet<_> = counting.filter_map(|agreement| of(agreement.by)).collect();
        different.len() >= AGREEMENTS_NEEDED
    }

    /// A present contact objects, or the desk calls the change off.
    ///
    /// # Errors
    /// [`ContactChangeRefused`].
    pub fn end(&self, organization: &Organization, by: By) -> Result<ContactStep, ContactChangeRefused> {
        self.open()?;
        match by {
            By::Contact(id) if organization.contacts.iter().any(|known| known.id == id) => {
                Ok(ContactStep::Ended(ContactChangeEnd::Vetoed(id)))
            }
            By::Contact(id) => Err(ContactChangeRefused::NotAContact(id)),
            By::Desk(id) => Ok(ContactStep::Ended(ContactChangeEnd::Refused(id))),
            By::Nobody => Err(ContactChangeRefused::Over),
        }
    }

    /// The signed form comes back; the newest one counts, and agreements to an earlier one do not.
    ///
    /// # Errors
    /// [`ContactChangeRefused`].
    pub fn take_return(&self, returned: Returned) -> Result<ContactStep, ContactChangeRefused> {
        self.open()?;
        self.form.as_ref().ok_or(ContactChangeRefused::FormUnexpected)?;
        Ok(ContactStep::Returned(returned))
    }

    /// From when on it can be made.
    #[must_use]
    pub fn in_force_from(&self) -> Timestamp {
        self.announced_at.saturating_add(self.wait).unwrap_or(Timestamp::MAX)
    }

    /// What time alone makes of it: it is made, it expires, or nothing.
    #[must_use]
    pub fn tick(&self, organization: &Organization, now: Timestamp) -> Option<ContactChangeEnd> {
        let from = self.in_force_from();
        if !self.is_open() || now < from {
            return None;
        }
        let stands = Self::may_begin(organization, 0, self.kind, &self.particulars).is_ok();
        // A desk person whose key was taken away while it waited no longer agrees.
        if stands && self.is_agreed(&organization.desk_keys) {
            return Some(ContactChangeEnd::Made);
        }
        let over = from.saturating_add(CONTACT_CHANGE_LIFE).unwrap_or(Timestamp::MAX);
        (!stands || now >= over).then_some(ContactChangeEnd::Expired)
    }

    /// Takes a step that was let through, or that the log tells of.
    pub fn apply(&mut self, step: &ContactStep, at: Timestamp) {
        match step {
            ContactStep::Returned(returned) => {
                self.returned = Some(returned.clone());
                self.agreements.clear();
            }
            ContactStep::Agreed(agreement) => self.agreements.push(agreement.clone()),
            ContactStep::Ended(how) => self.ended = Some((*how, at)),
        }
    }

    /// Whether it is neither made nor ended otherwise.
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.ended.is_none()
    }

    fn open(&self) -> Result<(), ContactChangeRefused> {
        if self.is_open() { Ok(()) } else { Err(ContactChangeRefused::Over) }
    }

    /// What the change makes of an organization's contacts, at `at` and under the setting's present `epoch`.
    #[must_use]
    pub fn made(
        &self,
        mut contacts: Vec<SecurityContact>,
        epoch: u64,
        at: Timestamp,
    ) -> Vec<SecurityContact> {
        let Particulars { contact, name, email, phone, key } = self.particulars.clone();
        match self.kind {
            Kind::Number => {
                for known in contacts.iter_mut().filter(|known| known.id == contact) {
                    known.number_changed(phone.clone(), at);
                }
                return contacts;
            }
            Kind::Replace(old) => contacts.retain(|known| known.id != old),
            Kind::Successor => contacts.clear(),
            Kind::Add => {}
        }
        contacts.push(SecurityContact {
            id: contact,
            organization: self.organization,
            name,
            email,
            phone,
            key,
            since_epoch: epoch,
            number_since: at,
            from_contract: false,
            calls: Vec::new(),
        });
        contacts
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Add => f.write_str("add"),
            Self::Replace(old) => write!(f, "replace {old}"),
            Self::Number => f.write_str("number"),
            Self::Successor => f.write_str("successor"),
        }
    }
}

impl std::str::FromStr for Kind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        match text.split_once(' ') {
            Some(("replace", old)) => old.parse().map(Self::Replace).map_err(|_| ()),
            None if text == "add" => Ok(Self::Add),
            None if text == "number" => Ok(Self::Number),
            None if text == "successor" => Ok(Self::Successor),
            _ => Err(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statement::{public_key, sign_text};

    fn change() -> ContactChange {
        ContactChange {
            id: ChangeRequestId::from_bytes([1; 16]),
            organization: OrganizationId::from_bytes([2; 16]),
            kind: Kind::Replace(ContactId::from_bytes([3; 16])),
            particulars: Particulars {
                contact: ContactId::from_bytes([4; 16]),
                name: "Robin Example".parse().unwrap(),
                email: "robin@acme.example".parse().unwrap(),
                phone: "+1 555 0142".parse().unwrap(),
                key: None,
            },
            by: By::Nobody,
            announced_at: Timestamp::UNIX_EPOCH,
            wait: SignedDuration::ZERO,
            form: None,
            returned: None,
            agreements: Vec::new(),
            ended: None,
        }
    }

    fn desk(number: u8, seed: u8) -> DeskKey {
        DeskKey { person: DeskPersonId::from_bytes([number; 16]), key: public_key(&[seed; 32]) }
    }

    fn agreement(change: &ContactChange, by: DeskPersonId, seed: u8) -> Agreement {
        let issued = Timestamp::UNIX_EPOCH;
        Agreement { by, issued, signature: sign_text(&change.text(by, issued), &[seed; 32]).into() }
    }

    #[test]
    fn it_takes_two_people_with_two_keys_and_signatures_that_fit() {
        let keys = [desk(1, 11), desk(2, 12), desk(3, 12)];
        let cases: [(&[(u8, u8)], bool); 6] = [
            (&[], false),
            (&[(1, 11)], false),
            (&[(1, 11), (1, 11)], false),
            (&[(1, 11), (2, 11)], false),
            (&[(2, 12), (3, 12)], false),
            (&[(1, 11), (2, 12)], true),
        ];
        for (signers, agreed) in cases {
            let mut change = change();
            for (by, seed) in signers {
                let next = agreement(&change, DeskPersonId::from_bytes([*by; 16]), *seed);
                change.agreements.push(next);
            }
            assert_eq!(change.is_agreed(&keys), agreed, "{signers:?}");
            change.particulars.phone = "+1 555 0143".parse().unwrap();
            assert!(!change.is_agreed(&keys), "another number is another thing to agree to");
        }
    }

    #[test]
    fn an_agreement_is_to_the_text_that_is_shown() {
        let (change, by) = (change(), DeskPersonId::from_bytes([1; 16]));
        let text = change.text(by, Timestamp::from_second(1_800_000_000).unwrap());
        assert!(change.agreement(by, &text, [0; 64].into()).is_ok());
        for (from, to) in [
            ("v1", "v2"),
            ("Robin", "Rob"),
            ("Z\n", "Z"),
            ("Z\n", ".0Z\n"),
            ("key: none", "key: "),
            ("replace", "add"),
        ] {
            assert!(
                change.agreement(by, &text.replacen(from, to, 1), [0; 64].into()).is_err(),
                "{from} -> {to}"
            );
        }
        for nothing in ["", "\n", "issued: ", "issued: 2026-13-01T00:00:00Z"] {
            assert!(change.agreement(by, nothing, [0; 64].into()).is_err());
        }
    }
}
