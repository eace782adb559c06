//! Key files: two lines, a title and 64 hex digits. The secret one stays with its owner; the public one is handed over.

use std::io::Write as _;
use std::path::Path;

use byleave_api::v1::Change;
use byleave_domain::contact::PublicKey;
use byleave_domain::ids::{parse_hex, to_hex};
use byleave_domain::statement::{public_key, sign_text};

use crate::failure::{Context as _, Failure};

const SECRET_TITLE: &str = "byleave-key/v1";
const PUBLIC_TITLE: &str = "byleave-public-key/v1";

/// Writes a new file that its owner alone can read; refuses to replace one.
///
/// # Errors
/// When the file exists or cannot be written.
pub fn write_secret(path: &Path, text: &str) -> Result<(), Failure> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file = std::fs::File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .context(format_args!("`{}` cannot be written", path.display()))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.sync_all())
        .context(format_args!("`{}` cannot be written", path.display()))
}

/// A secret key file's text.
#[must_use]
pub fn secret_text(seed: &[u8; 32]) -> String {
    format!("{SECRET_TITLE}\n{}\n", to_hex(seed))
}

/// A public key file's text.
#[must_use]
pub fn public_text(key: &PublicKey) -> String {
    format!("{PUBLIC_TITLE}\n{}\n", to_hex(&key.0))
}

/// A public key in hex digits.
///
/// # Errors
/// When it is none.
pub fn usable(text: &str) -> Result<PublicKey, Failure> {
    parse_hex(text).and_then(PublicKey::usable).ok_or_else(|| {
        Failure::new(format_args!("`{text}` is not an Ed25519 public key in 64 lower-case hex digits"))
    })
}

/// Reads a secret key file.
///
/// # Errors
/// When it is none.
pub fn read_seed(path: &Path) -> Result<[u8; 32], Failure> {
    match read(path)? {
        (SECRET_TITLE, seed) => Ok(seed),
        (title, _) => Err(Failure::new(format_args!(
            "`{}` is a `{title}` file; a `{SECRET_TITLE}` file as `byleave keygen` writes it is needed",
            path.display()
        ))),
    }
}

/// Reads the public key from a public or a secret key file.
///
/// # Errors
/// When it is neither.
pub fn read_public(path: &Path) -> Result<PublicKey, Failure> {
    match read(path)? {
        (SECRET_TITLE, seed) => Ok(public_key(&seed)),
        (_, key) => Ok(PublicKey(key)),
    }
}

fn read(path: &Path) -> Result<(&'static str, [u8; 32]), Failure> {
    let text = std::fs::read_to_string(path).context(format_args!("`{}` cannot be read", path.display()))?;
    let mut lines = text.lines();
    let title = match lines.next() {
        Some(SECRET_TITLE) => SECRET_TITLE,
        Some(PUBLIC_TITLE) => PUBLIC_TITLE,
        _ => "",
    };
    match (title, lines.next().and_then(parse_hex), lines.next()) {
        ("", ..) | (_, None, _) | (.., Some(_)) => Err(Failure::new(format_args!(
            "`{}` is not a key file: a first line `{SECRET_TITLE}` or `{PUBLIC_TITLE}` and 64 hex digits are expected",
            path.display()
        ))),
        (title, Some(bytes), None) => Ok((title, bytes)),
    }
}

/// A text, signed with the key of this seed, as `/v1` takes it.
#[must_use]
pub fn signed(statement: String, seed: &[u8; 32]) -> Change {
    let signature = to_hex(&sign_text(&statement, seed));
    Change { statement, signature }
}
