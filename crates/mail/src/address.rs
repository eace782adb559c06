//! Addresses in header fields (RFC 5322 §3.4), strictly: one reading or none. What was an address in some older
//! standard, or is one in some library alone, is refused here; a message with it waits for a person.

use thiserror::Error;

use crate::fields::decoded;

/// Addresses read from one field at most.
const ADDRESSES_MAX: usize = 200;

/// Comments within comments at most.
const COMMENT_DEPTH_MAX: usize = 20;

/// An address with the name before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// The name shown, decoded; anybody can write anything here.
    pub name: String,
    /// What is before the last `@`, exactly.
    pub local: String,
    /// The domain in lower case, as A-labels.
    pub domain: String,
}

/// Why a field has no addresses that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidAddresses {
    /// A group (`name: a, b;`).
    #[error("it has a group of addresses")]
    Group,
    /// Anything else.
    #[error("it cannot be read as addresses")]
    Syntax,
}

impl Mailbox {
    /// `local@domain`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}@{}", self.local, self.domain)
    }

    /// An address alone, without name or brackets.
    ///
    /// # Errors
    /// [`InvalidAddresses`].
    pub fn parse(address: &str) -> Result<Self, InvalidAddresses> {
        let (local, domain) = address.trim().rsplit_once('@').ok_or(InvalidAddresses::Syntax)?;
        mailbox(String::new(), local, domain)
    }

    /// Whether both are one address: the local part to the letter, the domain in any case.
    #[must_use]
    pub fn is(&self, address: &str) -> bool {
        let Some((local, domain)) = address.trim().rsplit_once('@') else { return false };
        // Other scripts are dear to compare, and rare.
        let is_domain = || match domain.is_ascii() {
            true => domain.strip_suffix('.').unwrap_or(domain).eq_ignore_ascii_case(&self.domain),
            false => a_labels(domain).is_some_and(|domain| domain == self.domain),
        };
        self.local == local && is_domain()
    }
}

/// A domain in lower case as A-labels, if it is one with two labels at least.
#[must_use]
pub fn a_labels(domain: &str) -> Option<String> {
    let ascii = idna::domain_to_ascii_strict(domain.strip_suffix('.').unwrap_or(domain)).ok()?;
    let labelled = ascii.len() <= 253 && ascii.split('.').count() >= 2;
    labelled.then_some(ascii).filter(|ascii| ascii.split('.').all(|l| !l.is_empty() && l.len() <= 63))
}

/// All addresses of a field's value, unfolded. Empty places between commas do not count.
///
/// # Errors
/// [`InvalidAddresses`].
pub fn addresses(value: &str) -> Result<Vec<Mailbox>, InvalidAddresses> {
    let mut found = Vec::new();
    for words in split(&tokens(value)?)? {
        found.push(one(&words)?);
        if found.len() > ADDRESSES_MAX {
            return Err(InvalidAddresses::Syntax);
        }
    }
    Ok(found)
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    /// Letters as written, and whether white space stands before them.
    Atom(String, bool),
    /// A quoted string, unquoted.
    Quoted(String, bool),
    Special(char),
}

fn tokens(value: &str) -> Result<Vec<Token>, InvalidAddresses> {
    let mut tokens = Vec::new();
    let mut apart = false;
    let mut rest = value.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            ' ' | '\t' => {
                apart = true;
                continue;
            }
            '(' => {
                skip_comment(&mut rest)?;
                apart = true;
                continue;
            }
            '"' => tokens.push(Token::Quoted(quoted(&mut rest)?, apart)),
            '<' | '>' | ',' | ':' | ';' | '@' => tokens.push(Token::Special(c)),
            ')' | '\\' => return Err(InvalidAddresses::Syntax),
            c if c.is_control() => return Err(InvalidAddresses::Syntax),
            c => {
                let mut atom = String::from(c);
                while let Some(c) = rest.next_if(|c| !" \t()\"<>,:;@\\".contains(*c) && !c.is_control()) {
                    atom.push(c);
                }
                tokens.push(Token::Atom(atom, apart));
            }
        }
        apart = false;
    }
    Ok(tokens)
}

fn skip_comment(rest: &mut impl Iterator<Item = char>) -> Result<(), InvalidAddresses> {
    let mut depth = 1;
    while depth > 0 {
        match rest.next().ok_or(InvalidAddresses::Syntax)? {
            '(' if depth == COMMENT_DEPTH_MAX => return Err(InvalidAddresses::Syntax),
            '(' => depth += 1,
            ')' => depth -= 1,
            '\\' => {
                rest.next();
            }
            _ => {}
        }
    }
    Ok(())
}

fn quoted(rest: &mut impl Iterator<Item = char>) -> Result<String, InvalidAddresses> {
    let mut text = String::new();
    loop {
        match rest.next().ok_or(InvalidAddresses::Syntax)? {
            '"' => return Ok(text),
            '\\' => text.push(rest.next().ok_or(InvalidAddresses::Syntax)?),
            c if c.is_control() && c != '\t' => return Err(InvalidAddresses::Syntax),
            c => text.push(c),
        }
    }
}

/// The tokens of each address; a comma parts them, but for one inside brackets.
fn split(tokens: &[Token]) -> Result<Vec<Vec<Token>>, InvalidAddresses> {
    let mut all = vec![Vec::new()];
    for token in tokens {
        match token {
            Token::Special(':' | ';') => return Err(InvalidAddresses::Group),
            Token::Special(',') => all.push(Vec::new()),
            token => all.last_mut().ok_or(InvalidAddresses::Syntax)?.push(token.clone()),
        }
    }
    all.retain(|words| !words.is_empty());
    Ok(all)
}

fn one(tokens: &[Token]) -> Result<Mailbox, InvalidAddresses> {
    let open = tokens.iter().position(|token| *token == Token::Special('<'));
    let (phrase, address) = match open {
        Some(at) => {
            let (phrase, rest) = tokens.split_at(at);
            let inner = rest.get(1..).and_then(<[Token]>::split_last);
            let Some((Token::Special('>'), address)) = inner else { return Err(InvalidAddresses::Syntax) };
            (phrase, address)
        }
        None => (&[][..], tokens),
    };
    let mut name = String::new();
    for token in phrase {
        match token {
            Token::Atom(text, apart) | Token::Quoted(text, apart) => {
                name.push_str(if *apart && !name.is_empty() { " " } else { "" });
                name.push_str(text);
            }
            // A bare `@` in a name is against the grammar, and common in forgeries: the name is shown, and warned of.
            Token::Special('@') => name.push('@'),
            Token::Special(_) => return Err(InvalidAddresses::Syntax),
        }
    }
    let [local, Token::Special('@'), Token::Atom(domain, false)] = address else {
        return Err(InvalidAddresses::Syntax);
    };
    let local = match local {
        Token::Atom(local, _) if is_dot_atom(local) => local,
        Token::Quoted(local, _) => local,
        _ => return Err(InvalidAddresses::Syntax),
    };
    mailbox(decoded(name.as_bytes()), local, domain)
}

fn mailbox(name: String, local: &str, domain: &str) -> Result<Mailbox, InvalidAddresses> {
    let domain = a_labels(domain).ok_or(InvalidAddresses::Syntax)?;
    let sound = !local.is_empty() && local.len() <= 64 && !local.contains(|c: char| c.is_control());
    sound.then(|| Mailbox { name, local: local.to_owned(), domain }).ok_or(InvalidAddresses::Syntax)
}

fn is_dot_atom(text: &str) -> bool {
    !text.starts_with('.') && !text.ends_with('.') && !text.contains("..") && !text.contains(['[', ']'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: &str, expected: &str) {
        let found = match addresses(value) {
            Err(why) => why.to_string(),
            Ok(all) => {
                all.iter().map(|m| format!("{}<{}>", m.name, m.address())).collect::<Vec<_>>().join(" ")
            }
        };
        assert_eq!(found, expected, "{value:?}");
    }

    #[test]
    fn what_is_an_address_and_whose() {
        let no = "it cannot be read as addresses";
        check("dana@acme.test", "<dana@acme.test>");
        check("Dana Secure <dana@ACME.test>", "Dana Secure<dana@acme.test>");
        check("\"security@acme.test\" <dana@evil.test>", "security@acme.test<dana@evil.test>");
        check("security@acme.test <dana@evil.test>", "security@acme.test<dana@evil.test>");
        check("=?utf-8?q?security=40acme.test?= <dana@evil.test>", "security@acme.test<dana@evil.test>");
        check("a@acme.test, b@evil.test", "<a@acme.test> <b@evil.test>");
        check("\"a, b\" <c@acme.test>", "a, b<c@acme.test>");
        check("(comment (in comment) \\)) a@acme.test (x)", "<a@acme.test>");
        check("a@b\u{fc}cher.test", "<a@xn--bcher-kva.test>");
        check("\"a b\"@acme.test", "<a b@acme.test>");
        check("friends: a@acme.test, b@acme.test;", "it has a group of addresses");
        check("undisclosed-recipients:;", "it has a group of addresses");
        check("", "");
        check("<>", no);
        check("a@acme.test b@evil.test", no);
        check("a@acme.test <b@evil.test> c@evil.test", no);
        check("<a@acme.test> <b@evil.test>", no);
        check("<@relay.test:a@acme.test>", "it has a group of addresses");
        check("a@acme.test@evil.test", no);
        check("a@acme", no);
        check("a@acme..test", no);
        check("a@acme.test.", "<a@acme.test>");
        check(".a@acme.test", no);
        check("a @ acme.test", no);
        check("a@[127.0.0.1]", no);
        check("a@acme_x.test", no);
        check("(never closed a@acme.test", no);
        check(&"(".repeat(5000), no);
    }

    #[test]
    fn one_address_is_another_only_to_the_letter() {
        let mailbox = Mailbox::parse("security@acme.test").unwrap();
        for (other, same) in [
            ("security@ACME.test", true),
            ("Security@acme.test", false),
            ("security@sec.acme.test", false),
            ("security@acme.test.evil.test", false),
            ("security+x@acme.test", false),
            ("", false),
        ] {
            assert_eq!(mailbox.is(other), same, "{other}");
        }
    }
}
