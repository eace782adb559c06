//! Short texts that people type: each its own type, bounded and free of control characters, checked once here.

use std::fmt;
use std::str::FromStr;

/// Why a text was not taken. Names what it was for, the offending value and the bound.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidText {
    /// Nothing, or only white space.
    #[error("the {what} is empty")]
    Empty {
        /// What the text was for.
        what: &'static str,
    },
    /// Longer than the bound.
    #[error("the {what} has {length} characters; at most {length_max} are taken")]
    TooLong {
        /// What the text was for.
        what: &'static str,
        /// Characters given.
        length: usize,
        /// Characters taken at most.
        length_max: usize,
    },
    /// A character that this kind of text cannot hold.
    #[error("the {what} `{value}` holds {character:?}; {rule}")]
    Character {
        /// What the text was for.
        what: &'static str,
        /// The text.
        value: String,
        /// The first character that was refused.
        character: char,
        /// What is allowed.
        rule: &'static str,
    },
}

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $what:literal, $length_max:literal, $rule:literal, $allowed:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = InvalidText;

            fn from_str(text: &str) -> Result<Self, InvalidText> {
                parse($what, text, $length_max, $rule, $allowed).map(Self)
            }
        }
    };
}

text_type!(
    /// A name of a person, organization, employer or tool: 1 to 120 characters, no control characters.
    Name, "name", 120, "control characters are not taken", |c: char| !is_control(c)
);
text_type!(
    /// Why a support person enters: 1 to 500 characters, no control characters.
    Reason, "reason", 500, "control characters are not taken", |c: char| !is_control(c)
);
text_type!(
    /// The vendor's case number: 1 to 60 visible ASCII characters.
    CaseNumber, "case number", 60, "only visible ASCII characters are taken", |c: char| c.is_ascii_graphic()
);
text_type!(
    /// A telephone number as written, 1 to 40 of digits, `+ - ( ) /` and spaces.
    Phone, "phone number", 40, "only digits, `+ - ( ) /` and spaces are taken",
    |c: char| c.is_ascii_digit() || "+-()/ ".contains(c)
);

/// The short name of an organization or tool in addresses: 1 to 30 of `a`–`z`, `0`–`9` and single inner hyphens.
///
/// Two hyphens in a row are refused, since `--` separates organization and tool in a host name; with at most 30
/// characters each, `{organization}--{tool}` fits one DNS label (63 octets, RFC 1035 §2.3.4).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(String);

impl Slug {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Slug {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        const RULE: &str = "`a`–`z`, `0`–`9` and single inner hyphens are taken";
        let slug =
            parse("slug", text, 30, RULE, |c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')?;
        if slug.starts_with('-') || slug.ends_with('-') || slug.contains("--") || slug != text {
            return Err(InvalidText::Character {
                what: "slug",
                value: text.into(),
                character: '-',
                rule: RULE,
            });
        }
        Ok(Self(slug))
    }
}

/// An e-mail address: one `@`, something on each side, at most 254 visible characters (RFC 5321 §4.5.3.1.3).
/// Whether mail reaches it is not this type's question.
///
/// The domain is kept in lower case, the name before it as written: whose it is, its mail server alone knows (RFC 5321
/// §2.4), so that mail is held against the very letters. Two that differ in capitals are equal all the same: nobody
/// becomes a second person by them.
#[derive(Debug, Clone)]
pub struct Email {
    written: String,
    lower: String,
}

impl Email {
    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.written
    }
}

impl PartialEq for Email {
    fn eq(&self, other: &Self) -> bool {
        self.lower == other.lower
    }
}

impl Eq for Email {}

impl PartialOrd for Email {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Email {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.lower.cmp(&other.lower)
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl FromStr for Email {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        const RULE: &str = "an address is `name@domain` in visible characters";
        let text = parse("e-mail address", text, 254, RULE, |c| !is_control(c) && !c.is_whitespace())?;
        match text.split_once('@') {
            Some((name, domain)) if !name.is_empty() && !domain.is_empty() && !domain.contains('@') => {
                let written = format!("{name}@{}", domain.to_lowercase());
                Ok(Self { lower: written.to_lowercase(), written })
            }
            _ => Err(InvalidText::Character {
                what: "e-mail address",
                value: text,
                character: '@',
                rule: RULE,
            }),
        }
    }
}

/// A domain that mail comes from, as DNS has it: two labels or more of `a`–`z`, `0`–`9` and inner hyphens (RFC 1123 §2.1),
/// each at most 63 characters and all of them at most 253. Other scripts as A-labels, `xn--…` (RFC 5890 §2.3.2.1), and no
/// IP address. Kept in lower case.
///
/// Whether it is a registry's own, such as `co.uk`, is not known here: that takes a list that changes each week.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MailDomain(String);

impl MailDomain {
    /// The domain.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for MailDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for MailDomain {
    type Err = InvalidText;

    fn from_str(text: &str) -> Result<Self, InvalidText> {
        const RULE: &str = "a domain is labels such as `mail.acme.example`, other scripts as `xn--…`";
        let domain = parse("domain", text, 253, RULE, |c| c.is_ascii_alphanumeric() || "-.".contains(c))?
            .to_ascii_lowercase();
        let fits =
            |label: &str| (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-');
        let last = domain.rsplit('.').next().unwrap_or_default();
        // No top-level domain begins with a digit, and an IPv4 address ends in one (RFC 3696 §2).
        let is_name = last.starts_with(|c: char| c.is_ascii_alphabetic());
        if domain.contains('.') && is_name && domain.split('.').all(fits) {
            return Ok(Self(domain));
        }
        Err(InvalidText::Character { what: "domain", value: domain, character: '.', rule: RULE })
    }
}

fn parse(
    what: &'static str,
    text: &str,
    length_max: usize,
    rule: &'static str,
    allowed: impl Fn(char) -> bool,
) -> Result<String, InvalidText> {
    // White space around it counts here: the bound is on what is sent.
    let length = text.chars().count();
    let text = text.trim();
    if text.is_empty() {
        return Err(InvalidText::Empty { what });
    }
    if length > length_max {
        return Err(InvalidText::TooLong { what, length, length_max });
    }
    match text.chars().find(|character| !allowed(*character)) {
        Some(character) => Err(InvalidText::Character { what, value: text.into(), character, rule }),
        None => Ok(text.into()),
    }
}

/// Control characters, and the invisible ones that reorder or hide text on a page.
fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_fit_host_names() {
        for good in ["acme", "system-log", "a", "0", &"a".repeat(30)] {
            assert!(good.parse::<Slug>().is_ok(), "{good}");
        }
        for bad in ["", "-a", "a-", "a--b", "A", "a.b", "a_b", " a", "ä", &"a".repeat(31)] {
            assert!(bad.parse::<Slug>().is_err(), "{bad}");
        }
    }

    #[test]
    fn domains_are_as_dns_has_them() {
        let longest = format!("{}.{}.example", "a".repeat(63), "b".repeat(63));
        for (good, kept) in [
            ("acme.example", "acme.example"),
            (" Mail.ACME.Example ", "mail.acme.example"),
            ("xn--mnchen-3ya.example", "xn--mnchen-3ya.example"),
            ("a-b.c1", "a-b.c1"),
            (&longest, &longest),
        ] {
            assert_eq!(good.parse::<MailDomain>().map(|d| d.to_string()), Ok(kept.into()), "{good}");
        }
        let (long_label, long) = (format!("{}.example", "a".repeat(64)), "a.".repeat(126) + "example");
        for bad in [
            "",
            "example",
            "a..example",
            ".acme.example",
            "acme.example.",
            "-a.example",
            "a-.example",
            "192.0.2.1",
            "[2001:db8::1]",
            "acme.1st",
            "münchen.example",
            "a_b.example",
            "a b.example",
            "@acme.example",
            &long_label,
            &long,
        ] {
            assert!(bad.parse::<MailDomain>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn reasons_are_bounded_and_hide_nothing() {
        assert_eq!(
            " printer on fire ".parse::<Reason>().map(|r| r.to_string()),
            Ok("printer on fire".into())
        );
        for bad in ["", "  ", "a\nb", "a\u{202e}b", "a\u{0}b", &"x".repeat(501)] {
            assert!(bad.parse::<Reason>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn addresses_have_two_sides() {
        let sam = "Sam@Acme.example".parse::<Email>().unwrap();
        assert_eq!(sam.as_str(), "Sam@acme.example", "mail is held against what is written");
        assert_eq!(sam, "sam@acme.example".parse().unwrap(), "and nobody is two people");
        assert_ne!(sam, "sam@sec.acme.example".parse().unwrap());
        for bad in ["", "sam", "@acme", "sam@", "a@b@c", "a b@c"] {
            assert!(bad.parse::<Email>().is_err(), "{bad:?}");
        }
    }
}
