//! One type per id: 128 random bits, printed as `<prefix>_<32 lower-case hex digits>` and parsed only so.
//!
//! Ids are random rather than time-ordered, so that none tells one organization when, or how often, something
//! happened at another (threat model K14).

use std::fmt;
use std::str::FromStr;

/// A string that is not an id of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is not an id of the form `{prefix}_` and 32 lower-case hex digits")]
pub struct InvalidId {
    /// What was given, cut to 80 characters.
    pub value: String,
    /// The prefix that was expected.
    pub prefix: &'static str,
}

macro_rules! id_type {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// Takes 128 bits as they are: fresh random ones for a new id, stored ones for a known id.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The 128 bits.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!($prefix, "_"))?;
                f.write_str(&to_hex(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.strip_prefix(concat!($prefix, "_"))
                    .and_then(parse_hex)
                    .map(Self)
                    .ok_or_else(|| InvalidId { value: text.chars().take(80).collect(), prefix: $prefix })
            }
        }
    };
}

id_type!(
    /// A customer of the vendor: the tenant.
    OrganizationId, "org"
);
id_type!(
    /// A person who may decide for one organization.
    ContactId, "contact"
);
id_type!(
    /// A support person or a support service: whoever wants in.
    SubjectId, "person"
);
id_type!(
    /// The vendor's person who works change requests. Never the same type as a subject, so that the one who
    /// approves cannot by accident be the one who enters.
    DeskPersonId, "person"
);
id_type!(
    /// One of the vendor's applications behind the gateway.
    ToolId, "tool"
);
id_type!(
    /// A stay of one subject in one organization's tool.
    VisitId, "visit"
);
id_type!(
    /// One decision about one attempt; the record of the access it admitted carries the same 128 bits.
    DecisionId, "decision"
);
id_type!(
    /// A request to disable or to enable support access.
    ChangeRequestId, "change"
);
id_type!(
    /// A document or note that a step of a change request rests on, kept apart from the log.
    EvidenceId, "evidence"
);
id_type!(
    /// A bearer token; says nothing of its secret.
    TokenId, "token"
);
id_type!(
    /// A browser that is signed in; says nothing of its secret.
    SessionId, "session"
);
id_type!(
    /// A passkey; the authenticator has another id of it.
    PasskeyId, "passkey"
);
id_type!(
    /// A message that came in and belongs to no request yet.
    MessageId, "message"
);
id_type!(
    /// A letter: a mail to a security contact, from its cause to its end.
    LetterId, "letter"
);
id_type!(
    /// A freeze: nobody enters, or nobody of one employer.
    FreezeId, "freeze"
);
id_type!(
    /// A doubt: a visit that the organization does not recognise.
    DoubtId, "doubt"
);
id_type!(
    /// One statement of a security contact; makes it single-use.
    RequestId, "request"
);
id_type!(
    /// One organization's log; part of its origin, and unrelated to the organization's id.
    LogId, "log"
);

impl ChangeRequestId {
    /// The number that people read out and that stands on forms: `R-` and the first eight hex digits, in two groups.
    #[must_use]
    pub fn number(&self) -> String {
        let digits = to_hex(&self.0).to_uppercase();
        let (first, rest) = digits.split_at(4);
        format!("R-{first}-{}", rest.get(..4).unwrap_or_default())
    }
}

/// Lower-case hex of any bytes. Digit by digit, without the formatting machinery: every record has a dozen ids.
#[must_use]
pub fn to_hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from(nibble + if nibble < 10 { b'0' } else { b'a' - 10 });
    let mut digits = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        digits.push(digit(byte >> 4));
        digits.push(digit(byte & 0xf));
    }
    digits
}

/// Bytes in lower-case hex, or `None`.
#[must_use]
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().chunks(2);
    digits.map(|pair| std::str::from_utf8(pair).ok().and_then(parse_hex::<1>).map(|[byte]| byte)).collect()
}

/// Exactly `N` bytes of lower-case hex, or `None`.
#[must_use]
pub fn parse_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != N * 2 {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let [high, low] = pair else { return None };
        *byte = (hex_digit(*high)? << 4) | hex_digit(*low)?;
    }
    Some(bytes)
}

const fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_two_digits() {
        for byte in u8::MIN..=u8::MAX {
            assert_eq!(to_hex(&[byte]), format!("{byte:02x}"));
            assert_eq!(parse_hex(&to_hex(&[byte])), Some([byte]));
        }
    }

    #[test]
    fn an_id_parses_only_as_it_prints() {
        let id = OrganizationId::from_bytes([0xab; 16]);
        let text = id.to_string();
        assert_eq!(text, format!("org_{}", "ab".repeat(16)));
        assert_eq!(text.parse(), Ok(id));
        for wrong in
            ["", "org_", "org_AB", &text.to_uppercase(), &text.replace("org", "tool"), &format!("{text}0")]
        {
            assert!(wrong.parse::<OrganizationId>().is_err(), "{wrong}");
        }
    }
}
