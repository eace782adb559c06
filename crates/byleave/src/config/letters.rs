//! `[mail]`, as far as it is about what goes out.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use byleave_app::letters::Post;
use byleave_domain::text::{Email, Slug};
use byleave_mail::texts::Texts;

use super::reader::Reader;
use super::{file, filled, key, or, parsed};
use crate::letters::SELECTOR;

/// Who takes letters.
#[derive(Debug, Clone)]
pub enum Through {
    /// The vendor's server: host and port.
    Relay(String, u16),
    /// The recipients' own servers.
    Direct,
}

/// How letters are written and sent.
#[derive(Debug, Clone)]
pub struct Letters {
    /// Who takes them.
    pub through: Through,
    /// Name and password for it.
    pub login: Option<(String, String)>,
    /// Private key in PEM that letters are signed with.
    pub dkim_key: Option<PathBuf>,
    /// The name under which its public half is published.
    pub dkim_selector: String,
    /// Folder with the vendor's own texts.
    pub texts: Option<PathBuf>,
}

impl Letters {
    /// In our own words, signed with the key in `dkim_key`.
    pub fn signed((host, port): (String, u16), dkim_key: PathBuf) -> Self {
        let through = Through::Relay(host, port);
        Self {
            through,
            login: None,
            dkim_key: Some(dkim_key),
            dkim_selector: SELECTOR.to_owned(),
            texts: None,
        }
    }
}

/// Keys that say nothing without another one.
const NEED: &[(&str, &str)] = &[
    ("relay_user", "relay"),
    ("relay_password", "relay_user"),
    ("relay_user", "relay_password"),
    ("from", "relay"),
    ("dkim_key", "relay"),
    ("dkim_selector", "dkim_key"),
    ("texts", "relay"),
    ("language", "relay"),
    ("languages", "relay"),
    ("statements", "relay"),
];

/// What stands in the section, before anything of it is read.
pub(super) struct Given {
    pub relay: bool,
    halves: Vec<(&'static str, &'static str)>,
}

impl Given {
    pub fn in_section(mail: &Reader<'_>) -> Self {
        let half = |(name, other): &(&str, &str)| mail.given(name) && !mail.given(other);
        Self { relay: mail.given("relay"), halves: NEED.iter().filter(|pair| half(pair)).copied().collect() }
    }
}

/// Reads what goes out; none where there is no `relay`. `address` is what customers write to, `portal` where contacts look.
pub(super) fn letters(
    mail: &mut Reader<'_>,
    given: Given,
    address: &str,
    portal: &str,
) -> Option<Option<(Letters, Post)>> {
    let server =
        "write host and port of your server, such as `mail.vendor.example:587`, or `direct`, or leave it out";
    let through = mail.text(or("relay", "", server), |text| match text {
        "" => Ok(None),
        "direct" => Ok(Some(Through::Direct)),
        text => relay(text).map(|(host, port)| Some(Through::Relay(host, port))),
    });
    let from = mail.text(or("from", address, "write the address that letters come from"), parsed::<Email>);
    let name = mail.text(or("relay_user", "", "write the name to log in by"), text);
    let password = mail.secret(or("relay_password", "", "write the password that belongs to it"), text);
    let dkim_key =
        mail.text(or("dkim_key", "", "write a file with a private key in PEM"), |text| none_or(text, file));
    let dkim_selector = mail.text(or("dkim_selector", SELECTOR, "write the key's selector"), filled);
    let texts =
        mail.text(or("texts", "", "write a folder with texts of your own"), |text| none_or(text, folder));
    let usual = mail.text(or("language", "en", "write `en` or `de`"), language);
    let languages =
        mail.texts(key("languages", "write organizations with languages, such as `acme=de`"), |pair| {
            let (slug, word) = pair.split_once('=').ok_or_else(|| "there is no `=`".to_owned())?;
            Ok((parsed::<Slug>(slug)?, language(word)?))
        });
    let statements = mail.flag(or("statements", "true", "write `true` or `false`"));
    for (name, other) in given.halves {
        mail.object(
            name,
            format!("it says nothing without `mail.{other}`"),
            &format!("write `{other}`, or leave it out"),
        );
    }
    let Some(through) = through? else { return Some(None) };
    let (name, password) = (name?, password?);
    if matches!(through, Through::Direct) && !name.is_empty() {
        mail.object("relay_user", "nobody logs in to others' servers", "name your `relay`, or leave it out");
    }
    let login = (!name.is_empty()).then_some((name, password));
    let letters =
        Letters { through, login, dkim_key: dkim_key?, dkim_selector: dkim_selector?, texts: texts? };
    let languages: BTreeMap<_, _> = languages.into_iter().collect();
    let (from, portal) = (from?.to_string(), portal.to_owned());
    let post = Post { from, portal, language: usual?, languages, statements: statements? };
    Some(Some((letters, post)))
}

/// `host:port`.
pub fn relay(text: &str) -> Result<(String, u16), String> {
    let (host, port) = text.rsplit_once(':').ok_or_else(|| "there is no port".to_owned())?;
    let port = port.parse().map_err(|_| "this is no port".to_owned())?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-.:".contains(c);
    let host = host.trim_matches(['[', ']']);
    if host.is_empty() || !host.chars().all(plain) {
        return Err("this is no host name or address".to_owned());
    }
    Ok((host.to_owned(), port))
}

fn none_or(text: &str, read: impl Fn(&str) -> Result<PathBuf, String>) -> Result<Option<PathBuf>, String> {
    if text.is_empty() { Ok(None) } else { read(text).map(Some) }
}

fn text(text: &str) -> Result<String, String> {
    Ok(text.to_owned())
}

fn language(word: &str) -> Result<String, String> {
    if Texts::speaks(word) { Ok(word.to_owned()) } else { Err("there are no texts in it".to_owned()) }
}

fn folder(text: &str) -> Result<PathBuf, String> {
    match Path::new(text) {
        path if path.is_dir() => Ok(path.to_owned()),
        _ => Err("there is no such folder".to_owned()),
    }
}
