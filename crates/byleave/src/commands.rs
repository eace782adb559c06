//! The subcommands, one file each.

pub mod access;
pub mod backup;
pub mod change_request;
pub mod check;
pub mod check_data;
pub mod completions;
pub mod contact;
pub mod desk_person;
pub mod doubt;
pub mod evidence;
pub mod freeze;
pub mod keygen;
pub mod log;
pub mod mail;
pub mod organization;
pub mod serve;
pub mod sign;
pub mod support_person;
pub mod token;
pub mod tool;
pub mod verify;
pub mod visit;

use std::io::Write as _;

use byleave_api::v1::{PersonErase, PersonErased};
use serde::Serialize;

use crate::client::Server;
use crate::failure::{Context as _, Failure};

/// Prints one value: as a line of JSON, or as `text` for people.
///
/// # Errors
/// It cannot be written.
pub fn print<T: Serialize>(json: bool, value: &T, text: impl FnOnce(&T) -> String) -> Result<(), Failure> {
    say(&match json {
        true => serde_json::to_string(value).context("the answer cannot be printed")?,
        false => text(value),
    })
}

/// Prints a line. Whoever reads may have enough before the end; that is no failure.
fn say(line: &str) -> Result<(), Failure> {
    match writeln!(std::io::stdout(), "{line}") {
        Err(why) if why.kind() != std::io::ErrorKind::BrokenPipe => Err(Failure::new(why)),
        _ => Ok(()),
    }
}

/// Prints a list: one object a line, or one line each.
fn print_list<T: Serialize>(json: bool, values: &[T], text: impl Fn(&T) -> String) -> Result<(), Failure> {
    values.iter().try_for_each(|value| print(json, value, &text))
}

/// Erases somebody for good.
async fn erase(server: &Server, json: bool, path: &str, reason: String) -> Result<(), Failure> {
    let erased: PersonErased = server.post(path, &PersonErase { reason }).await?;
    print(json, &erased, |erased| {
        let said = erased.organizations.iter().map(|id| format!("  the log of {id} says so\n"));
        let said: String = said.collect();
        format!(
            "{} is erased\n{said}copies made before, such as backups, still hold what they held",
            erased.id
        )
    })
}

/// One part of a path, with everything that would mean something there escaped.
pub fn segment(text: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    text.bytes().map(|b| if plain(&b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}
