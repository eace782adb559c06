//! What stands against a message, and what to look at, in words for a desk person. The code beside each is what is
//! stored; it stays.

use std::fmt;

use crate::checks::Outcome;

/// Why a message is not taken as the registered contact's word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The header cannot be read in one way alone.
    Malformed(String),
    /// There is no `From`, or several.
    NotOneFrom,
    /// `From` does not have exactly one address.
    NotOneAddress,
    /// DMARC does not pass.
    Dmarc(Outcome),
    /// DNS did not answer.
    DnsSilent,
    /// No signature of the domain in `From`.
    NotSigned,
    /// A signature that does not hold.
    SignatureBroken(String),
    /// `l=`.
    PartOfBodySigned,
    /// `t=y`.
    TestingKey,
    /// Fields that count are not signed.
    Unsigned(String),
    /// `x=` is over.
    SignatureExpired,
    /// Too old, or from the future.
    Stale,
    /// No date that can be read.
    NoDate,
    /// No identifier, or several.
    NoMessageId,
    /// The address is no security contact's.
    NotTheContact,
    /// The intake is not among the addressees.
    NotForUs,
    /// A machine wrote it.
    Automatic,
    /// It came through a mailing list.
    List,
    /// It names another organization than the contact's.
    OtherOrganization,
    /// It was here before.
    Repeated,
    /// A proven message had its identifier, and says something else.
    IdentifierReused,
    /// What the text asks for is not clear, and why.
    Unclear(String),
}

impl Reason {
    /// The code that is stored.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Reason::Malformed(_) => "malformed",
            Reason::NotOneFrom => "not_one_from",
            Reason::NotOneAddress => "not_one_address",
            Reason::Dmarc(_) => "dmarc",
            Reason::DnsSilent => "dns_silent",
            Reason::NotSigned => "not_signed",
            Reason::SignatureBroken(_) => "signature_broken",
            Reason::PartOfBodySigned => "part_of_body_signed",
            Reason::TestingKey => "testing_key",
            Reason::Unsigned(_) => "unsigned",
            Reason::SignatureExpired => "signature_expired",
            Reason::Stale => "stale",
            Reason::NoDate => "no_date",
            Reason::NoMessageId => "no_message_id",
            Reason::NotTheContact => "not_the_contact",
            Reason::NotForUs => "not_for_us",
            Reason::Automatic => "automatic",
            Reason::List => "list",
            Reason::OtherOrganization => "other_organization",
            Reason::Repeated => "repeated",
            Reason::IdentifierReused => "identifier_reused",
            Reason::Unclear(_) => "unclear",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::Malformed(why) => write!(f, "its header can be read in more than one way: {why}"),
            Reason::NotOneFrom => f.write_str("it does not have exactly one `From` field"),
            Reason::NotOneAddress => f.write_str("its `From` does not have exactly one address"),
            Reason::Dmarc(result) => {
                write!(
                    f,
                    "nothing proves that it comes from the domain in `From` (DMARC: {})",
                    result.as_str()
                )
            }
            Reason::DnsSilent => f.write_str("DNS did not answer, so its origin could not be checked"),
            Reason::NotSigned => f.write_str("it bears no signature of the domain in `From`"),
            Reason::SignatureBroken(why) => {
                write!(f, "the signature does not hold, as happens when mail is forwarded or changed ({why})")
            }
            Reason::PartOfBodySigned => {
                f.write_str("only a part of the text is signed; the rest is anybody's")
            }
            Reason::TestingKey => f.write_str("the domain says that its key is for testing"),
            Reason::Unsigned(names) => write!(f, "not signed, so perhaps put in by somebody else: {names}"),
            Reason::SignatureExpired => f.write_str("the signature has expired"),
            Reason::Stale => {
                f.write_str("it is too old, or dated in the future; it may be sent again by anybody")
            }
            Reason::NoDate => f.write_str("it has no date that can be read"),
            Reason::NoMessageId => f.write_str("it does not have exactly one identifier"),
            Reason::NotTheContact => f.write_str("the sender's address is not that of a security contact"),
            Reason::NotForUs => f.write_str("the intake is not among its addressees; somebody sent it on"),
            Reason::Automatic => f.write_str("a machine sent it"),
            Reason::List => f.write_str("it came through a mailing list"),
            Reason::OtherOrganization => f.write_str("it names another organization than the contact's"),
            Reason::Repeated => f.write_str("the same message was here before"),
            Reason::IdentifierReused => {
                f.write_str("the contact's own message with this identifier says something else")
            }
            Reason::Unclear(why) => f.write_str(why),
        }
    }
}

/// What a person should see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Warning {
    /// The name shown is an address, and another one.
    AddressAsName(String),
    /// The sender's domain resembles a registered one.
    LookAlike(String, String),
    /// Answers are wanted at another address; they are not sent there.
    ReplyElsewhere(String),
    /// `Sender` is of another domain.
    SentBy(String),
    /// A forwarder vouches for it. That is the forwarder's word alone.
    Forwarded(String),
    /// More signatures than are tried.
    ManySignatures(usize),
    /// Nobody has called the contact back yet.
    ContactNotConfirmed,
    /// Who the contacts are has changed lately.
    ContactsChangedLately,
    /// The same text came before.
    BodySeen,
    /// Another message had this identifier first.
    IdentifierTaken,
    /// Fields that are not signed and were not used.
    Unsigned(String),
    /// It names somebody else to speak to. Nothing is sent there.
    OtherContact(String),
    /// About what is in the message: an attachment, a charset.
    Content(String),
}

impl Warning {
    /// The code that is stored.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Warning::AddressAsName(_) => "address_as_name",
            Warning::LookAlike(..) => "look_alike",
            Warning::ReplyElsewhere(_) => "reply_elsewhere",
            Warning::SentBy(_) => "sent_by",
            Warning::Forwarded(_) => "forwarded",
            Warning::ManySignatures(_) => "many_signatures",
            Warning::ContactNotConfirmed => "contact_not_confirmed",
            Warning::ContactsChangedLately => "contacts_changed_lately",
            Warning::BodySeen => "body_seen",
            Warning::IdentifierTaken => "identifier_taken",
            Warning::Unsigned(_) => "unsigned",
            Warning::OtherContact(_) => "other_contact",
            Warning::Content(_) => "content",
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Warning::AddressAsName(name) => {
                write!(f, "the name shown is an address, `{name}`, and not the sender's")
            }
            Warning::LookAlike(domain, known) => write!(f, "`{domain}` looks like `{known}` and is not"),
            Warning::ReplyElsewhere(address) => {
                write!(f, "it wants answers at `{address}`; answers go to the registered contact alone")
            }
            Warning::SentBy(address) => write!(f, "it says that `{address}` sent it"),
            Warning::Forwarded(domain) => {
                write!(f, "`{domain}` says that it was genuine before it was forwarded; that proves nothing")
            }
            Warning::ManySignatures(count) => write!(f, "{count} signatures were not looked at"),
            Warning::ContactNotConfirmed => f.write_str("nobody has called this contact back yet"),
            Warning::ContactsChangedLately => f.write_str("the organization's contacts have changed lately"),
            Warning::BodySeen => f.write_str("the same text came before"),
            Warning::IdentifierTaken => f.write_str("another message had the same identifier first"),
            Warning::Unsigned(names) => write!(f, "not signed, so perhaps put in by somebody else: {names}"),
            Warning::OtherContact(address) => {
                write!(
                    f,
                    "it names `{address}` to speak to; that is to be confirmed, and nothing is sent there"
                )
            }
            Warning::Content(what) => f.write_str(what),
        }
    }
}
