//! The ready file: written whole once everything listens, so that any test can start from it.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::failure::{Context as _, Failure};

/// What the ready file holds. Its shape is part of what outsiders rely on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Ready {
    /// The control plane.
    pub base_url: String,
    /// The gateway.
    pub gateway_url: String,
    /// Where mail comes in.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub smtp_addr: Option<String>,
    /// The address that mail is for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub intake_address: Option<String>,
    /// Where mail to everybody but the vendor goes, and where they hand in theirs.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub mailboxes: Option<Mailboxes>,
    /// The record by which the vendor's letters are known to be its own.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub dkim: Option<DnsRecord>,
    /// Creates organizations, contacts, people and tools.
    pub admin_token: String,
    /// The sample organizations.
    pub organizations: Vec<Organization>,
    /// The sample support people.
    pub support_people: Vec<SupportPerson>,
    /// The sample desk people.
    pub desk_people: Vec<DeskPerson>,
    /// The sample tools.
    pub tools: Vec<Tool>,
}

/// The mail server of everybody but the vendor.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Mailboxes {
    /// Where it listens.
    pub smtp_addr: String,
    /// Absolute path of a folder with a folder for each address that was written to.
    pub folder: String,
}

/// A TXT record.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DnsRecord {
    /// Its name, without a final dot.
    pub name: String,
    /// What it says.
    pub text: String,
}

/// A sample organization.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Organization {
    /// Id.
    pub id: String,
    /// Name in addresses.
    pub slug: String,
    /// Name on pages.
    pub name: String,
    /// `enabled` or `disabled`.
    pub support_access: String,
    /// The organization's own programs' token.
    pub api_token: String,
    /// Its log.
    pub log: byleave_api::v1::Log,
    /// Its security contacts.
    pub contacts: Vec<Contact>,
}

/// A sample security contact.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Contact {
    /// Id.
    pub id: String,
    /// E-mail address.
    pub email: String,
    /// The number on file.
    pub phone: String,
    /// Absolute path of the secret key file.
    pub key_file: String,
    /// Signs in once; hands the browser the key.
    pub sign_in_url: String,
}

/// A sample support person.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SupportPerson {
    /// Id.
    pub id: String,
    /// E-mail address.
    pub email: String,
    /// For the gateway.
    pub token: String,
    /// Signs in once.
    pub sign_in_url: String,
}

/// A sample desk person.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeskPerson {
    /// Id.
    pub id: String,
    /// E-mail address.
    pub email: String,
    /// For the command line.
    pub token: String,
    /// Absolute path of the secret key file.
    pub key_file: String,
    /// Signs in once.
    pub sign_in_url: String,
}

/// A sample tool.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Tool {
    /// Name in addresses.
    pub slug: String,
    /// `required` or `optional`.
    pub reason: String,
    /// Where it is, with `{organization}` to be filled in.
    pub url: String,
}

/// Writes the file so that a reader sees all of it or none.
///
/// # Errors
/// When it cannot be written.
pub fn write(path: &Path, ready: &Ready) -> Result<(), Failure> {
    let text = serde_json::to_vec_pretty(ready).context("the ready file")?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let written = tempfile::NamedTempFile::new_in(folder).and_then(|mut file| {
        std::io::Write::write_all(&mut file, &text)?;
        file.persist(path).map_err(|why| why.error)
    });
    written.map(drop).context(format_args!("`{}` cannot be written", path.display()))
}
