//! Signed notes (C2SP `signed-note`): a text, an empty line, and lines that say who signed it.
//!
//! Only Ed25519 keys (type `01`) are known. Signatures of other keys, such as witnesses', are ignored, so that a note
//! can carry them before this crate understands them.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest as _, Sha256};

/// Longest note that is read, in bytes.
pub const NOTE_BYTES_MAX: usize = 1_000_000;

/// Most signature lines that a note may have.
pub const NOTE_SIGNATURES_MAX: usize = 100;

/// Key type of an Ed25519 signature over the note's text.
const ED25519: u8 = 0x01;

/// What every signature line begins with: an em dash and a space.
const SIGNATURE_PREFIX: &str = "\u{2014} ";

/// A text that is no key: a name with a space or a plus sign in it, or a malformed verifier key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A key's name is not empty and has neither white space, nor control characters, nor `+`.
    #[error("`{0}` cannot be the name of a key")]
    Name(String),
    /// Not `name+keyid+key`, with the key ID in eight hexadecimal digits and the key in base64.
    #[error("`{0}` is not a verifier key (name+id+key)")]
    Form(String),
    /// The key is of another type than Ed25519.
    #[error("key type `{0:02x}` is not supported: only Ed25519 (01) is")]
    Type(u8),
    /// The key ID is not the one of this name and key.
    #[error("the key ID `{0}` does not belong to this name and key")]
    Id(String),
    /// The 32 bytes are no Ed25519 public key, or one that anybody could sign for.
    #[error("not an Ed25519 public key")]
    Key,
}

/// A note that is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Not UTF-8, too long, with control characters, without the empty line, or with a malformed signature line.
    #[error("is not a signed note: {0}")]
    Malformed(&'static str),
    /// A line of the trusted key whose signature does not fit the text.
    #[error("the signature of `{0}` does not fit the text")]
    BadSignature(String),
    /// No line of the trusted key.
    #[error("is not signed by the key of `{0}`")]
    NotSigned(String),
}

/// The public half of a key with its name: says whether a note was signed by it.
///
/// Reads and prints as a verifier key, `name+keyid+base64`, the one line that a log's readers are given.
#[derive(Clone, PartialEq, Eq)]
pub struct NoteVerifier {
    name: String,
    key: VerifyingKey,
}

impl NoteVerifier {
    /// The key's name; for a log's key also the log's origin.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of `SHA-256(name ‖ 0x0A ‖ type ‖ public key)`.
    #[must_use]
    pub fn key_id(&self) -> [u8; 4] {
        let digest = Sha256::new()
            .chain_update(&self.name)
            .chain_update([b'\n', ED25519])
            .chain_update(self.key.as_bytes())
            .finalize();
        let [a, b, c, d, ..]: [u8; 32] = digest.into();
        [a, b, c, d]
    }

    /// The text of a note (with its final line feed) once this key's signature on it is proved. Lines of other keys are
    /// ignored, also those with this key's name or ID alone; one bad line of this key spoils the note.
    ///
    /// # Errors
    /// [`NoteError`]: nothing in the note may be believed.
    pub fn open<'note>(&self, note: &'note [u8]) -> Result<&'note str, NoteError> {
        let (text, signatures) = split(note)?;
        let mut signed = false;
        for line in signatures {
            let (name, content) = parse_signature(line)?;
            let Some(signature) = content.strip_prefix(&self.key_id()) else { continue };
            if name == self.name {
                self.check(text, signature)?;
                signed = true;
            }
        }
        if signed { Ok(text) } else { Err(NoteError::NotSigned(self.name.clone())) }
    }

    fn check(&self, text: &str, signature: &[u8]) -> Result<(), NoteError> {
        Signature::from_slice(signature)
            .and_then(|signature| self.key.verify_strict(text.as_bytes(), &signature))
            .map_err(|_| NoteError::BadSignature(self.name.clone()))
    }
}

/// Cuts a note into its text and its signature lines at the last empty line.
fn split(note: &[u8]) -> Result<(&str, Vec<&str>), NoteError> {
    if note.len() > NOTE_BYTES_MAX {
        return Err(NoteError::Malformed("it is too long"));
    }
    let note = str::from_utf8(note).map_err(|_| NoteError::Malformed("it is not UTF-8"))?;
    if note.chars().any(is_forbidden) {
        return Err(NoteError::Malformed("it has control characters"));
    }
    let border = note.rfind("\n\n").ok_or(NoteError::Malformed("it has no empty line before signatures"))?;
    let (text, rest) = (note.get(..=border), note.get(border + 2..));
    let (Some(text), Some(lines)) = (text, rest.and_then(|rest| rest.strip_suffix('\n'))) else {
        return Err(NoteError::Malformed("it does not end in a signature line"));
    };
    let lines: Vec<&str> = lines.split('\n').collect();
    if lines.len() > NOTE_SIGNATURES_MAX {
        return Err(NoteError::Malformed("it has too many signatures"));
    }
    Ok((text, lines))
}

/// Control characters below U+0020 but the line feed.
fn is_forbidden(c: char) -> bool {
    c < ' ' && c != '\n'
}

/// Key name and content (key ID and signature) of a signature line.
fn parse_signature(line: &str) -> Result<(&str, Vec<u8>), NoteError> {
    let malformed = NoteError::Malformed("it has a malformed signature line");
    let parts = line.strip_prefix(SIGNATURE_PREFIX).and_then(|rest| rest.split_once(' '));
    let Some((name, content)) = parts else { return Err(malformed) };
    match STANDARD.decode(content) {
        Ok(content) if is_name(name) && content.len() > 4 => Ok((name, content)),
        _ => Err(malformed),
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.chars().any(|c| c.is_whitespace() || is_forbidden(c) || c == '+')
}

impl fmt::Display for NoteVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = u32::from_be_bytes(self.key_id());
        let mut key = vec![ED25519];
        key.extend(self.key.as_bytes());
        write!(f, "{}+{id:08x}+{}", self.name, STANDARD.encode(key))
    }
}

impl fmt::Debug for NoteVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NoteVerifier({self})")
    }
}

impl FromStr for NoteVerifier {
    type Err = KeyError;

    /// Reads a verifier key, `name+keyid+base64`. The base64 may itself contain plus signs.
    fn from_str(vkey: &str) -> Result<Self, KeyError> {
        let form = || KeyError::Form(vkey.chars().take(200).collect());
        let mut parts = vkey.splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(form());
        };
        if !is_name(name) {
            return Err(KeyError::Name(name.to_owned()));
        }
        let key = STANDARD.decode(key).map_err(|_| form())?;
        let key = match key.split_first() {
            Some((&ED25519, key)) => <[u8; 32]>::try_from(key).map_err(|_| form())?,
            Some((&other, _)) => return Err(KeyError::Type(other)),
            None => return Err(form()),
        };
        let key = VerifyingKey::from_bytes(&key).ok().filter(|key| !key.is_weak()).ok_or(KeyError::Key)?;
        let verifier = Self { name: name.to_owned(), key };
        if format!("{:08x}", u32::from_be_bytes(verifier.key_id())) != id {
            return Err(KeyError::Id(id.to_owned()));
        }
        Ok(verifier)
    }
}

/// A key that signs notes. It never prints its seed, and forgets it when dropped.
pub struct NoteSigner {
    verifier: NoteVerifier,
    key: SigningKey,
}

impl NoteSigner {
    /// The signer with this name and Ed25519 seed (RFC 8032: the 32 random bytes of a private key).
    ///
    /// # Errors
    /// [`KeyError::Name`] when the name cannot be a key's name.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, KeyError> {
        if !is_name(name) {
            return Err(KeyError::Name(name.to_owned()));
        }
        let key = SigningKey::from_bytes(seed);
        Ok(Self { verifier: NoteVerifier { name: name.to_owned(), key: key.verifying_key() }, key })
    }

    /// The public half, to check notes with or to print as a verifier key.
    #[must_use]
    pub fn verifier(&self) -> &NoteVerifier {
        &self.verifier
    }

    /// The note: the text, an empty line, this key's signature line. The signature is deterministic.
    ///
    /// # Errors
    /// [`NoteError::Malformed`] when the text does not end in a line feed or has other control characters.
    pub fn sign(&self, text: &str) -> Result<String, NoteError> {
        if !text.ends_with('\n') || text.chars().any(is_forbidden) {
            return Err(NoteError::Malformed("a text ends in a line feed and has no control characters"));
        }
        let mut content = self.verifier.key_id().to_vec();
        content.extend(self.key.sign(text.as_bytes()).to_bytes());
        Ok(format!("{text}\n{SIGNATURE_PREFIX}{} {}\n", self.verifier.name, STANDARD.encode(content)))
    }
}

impl fmt::Debug for NoteSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NoteSigner({})", self.verifier.name)
    }
}
