//! `byleave.toml`: every key with what it means, what holds without it, and what is told where it is wrong.
//!
//! Unknown keys are errors, and so is everything that cannot be. What can be but is weak is a [`risk`]: it is refused
//! until it is accepted by its name.

mod brand;
pub mod letters;
mod mail;
pub mod print;
mod reader;
pub mod risk;
pub mod sign_in;
mod source;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use byleave_app::change_requests::Process;
use byleave_app::contacts::CONTACT_WAIT;
use byleave_app::evidence::EVIDENCE_LIFE;
use byleave_app::passkeys::PASSKEY_WAIT;
use byleave_app::sessions::SessionLimits;
use byleave_calendar::OfficeHours;
use byleave_domain::contact::PublicKey;
use byleave_domain::process::{ENABLE_WAIT_MAX, Profile, ProfileName};
use byleave_domain::text::{Email, Name};
use byleave_form::{FormText, Section};
use byleave_server::Limits;
use byleave_server::brand::Brand;
use ipnet::IpNet;
use jiff::SignedDuration;
use reqwest::Url;
use tracing::level_filters::LevelFilter;

use crate::certificate::Files;
use crate::config::reader::{Key, Outcome, Printed, Reader};
use crate::config::risk::Risk;
use crate::config::source::Place;
use crate::failure::Failure;
use crate::intake;
use crate::key_file;
use crate::logs::LogFormat;

/// Evidence is kept for this long at least, days.
const EVIDENCE_DAYS_MIN: u32 = 90;
/// Characters of a token that opens the metrics, at least.
const TOKEN_CHARS_MIN: usize = 20;

/// What customers are told to write to where nobody has said.
pub const ADDRESS_DEFAULT: &str = "support-access@localhost";

/// All settings.
pub struct Config {
    /// First part of every log's name; never changes.
    pub deployment: String,
    /// Directory of the database and the deployment's key.
    pub data: PathBuf,
    /// Shown to customers.
    pub vendor_name: String,
    /// The vendor's picture and colours.
    pub brand: Arc<Brand>,
    /// Where the control plane listens.
    pub listen: SocketAddr,
    /// Where the gateway listens.
    pub gateway_listen: SocketAddr,
    /// How browsers reach the control plane.
    pub base_url: String,
    /// How browsers reach the gateway.
    pub gateway_url: String,
    /// Tools are at `{organization}--{tool}.{support_domain}`.
    pub support_domain: String,
    /// The vendor's side of the article.
    pub process: Process,
    /// How letters are sent; none where nobody is written to.
    pub letters: Option<letters::Letters>,
    /// Who works change requests and issues sign-in links.
    pub desk_people: Vec<DeskPerson>,
    /// Risks that the vendor takes.
    pub accept: BTreeSet<Risk>,
    /// How log lines look.
    pub log_format: LogFormat,
    /// Which are written.
    pub log_level: LevelFilter,
    /// Opens `/metrics` to whoever sends it.
    pub metrics_token: Option<String>,
    /// With it both listeners speak TLS.
    pub tls: Option<Files>,
    /// What is particular to the gateway.
    pub gateway: Gateway,
    /// How often somebody may ask the control plane.
    pub limits: Limits,
    /// How long whoever signs in stays so.
    pub sessions: SessionLimits,
    /// How the vendor's people sign in, if not by links alone.
    pub sign_in: Option<sign_in::SignIn>,
    /// How mail comes in, if it does.
    pub mail: Option<intake::Settings>,
    /// Where it was read from.
    pub file: PathBuf,
    /// What holds, for people.
    pub printed: Vec<Printed>,
    /// Variables that look like ours and are none.
    pub ignored: Vec<String>,
}

/// Whom the gateway believes, and what may pass it unread.
#[derive(Debug, Clone)]
pub struct Gateway {
    /// Networks from which every connection begins with a PROXY protocol header.
    pub proxy_protocol_from: Vec<IpNet>,
    /// Networks whose `X-Forwarded-For` is believed.
    pub trusted_forwarders: Vec<IpNet>,
    /// Protocols that may be changed to.
    pub upgrades: Vec<String>,
}

impl Gateway {
    /// Nobody is believed, and nothing but WebSocket passes.
    pub fn usual() -> Self {
        let (proxy_protocol_from, trusted_forwarders) = (Vec::new(), Vec::new());
        Self { proxy_protocol_from, trusted_forwarders, upgrades: vec!["websocket".to_owned()] }
    }
}

/// One of the vendor's people at the desk.
#[derive(Debug, Clone)]
pub struct DeskPerson {
    /// As customers see it.
    pub name: Name,
    /// Known by it from start to start.
    pub email: Email,
    /// Without one they prepare and do not approve.
    pub key: Option<PublicKey>,
}

impl Config {
    /// Reads the file, and the variables of the environment that stand before it.
    ///
    /// # Errors
    /// Everything that is wrong, one line each: place, key, value, and what to write.
    pub fn read(file: &Path, variables: impl Iterator<Item = (OsString, OsString)>) -> Result<Self, Failure> {
        let source::Read { table, problems } = source::read(file, variables)?;
        let mut out = Outcome { problems, ..Outcome::default() };
        // A file that is no TOML has no keys that could be missing.
        let config = if out.problems.is_empty() {
            let mut reader = Reader::new(table, Place::Default, "", &mut out);
            let config = config(&mut reader);
            reader.end();
            config
        } else {
            None
        };
        match config.filter(|_| out.problems.is_empty()) {
            Some(config) => {
                Ok(Self { file: file.to_owned(), printed: out.printed, ignored: out.ignored, ..config })
            }
            None => Err(told(&out, file)),
        }
    }
}

/// Everything that is wrong, one line each.
fn told(out: &Outcome, file: &Path) -> Failure {
    let lines: Vec<_> = out.problems.iter().map(|problem| problem.told(file).to_string()).collect();
    Failure::new(lines.join("\nbyleave: "))
}

/// `[sign_in]` of the environment alone, for whoever has no file; `base_url` is where the provider sends browsers back to.
///
/// # Errors
/// Everything that is wrong.
pub fn sign_in_of(
    variables: impl Iterator<Item = (OsString, OsString)>,
    base_url: &str,
) -> Result<Option<sign_in::SignIn>, Failure> {
    let source::Read { table, problems } = source::of_variables(variables, "BYLEAVE_SIGN_IN__");
    let mut out = Outcome { problems, ..Outcome::default() };
    let mut reader = Reader::new(table, Place::Default, "", &mut out);
    let sign_in = reader.optional("sign_in", |reader| sign_in::sign_in(reader, base_url));
    reader.end();
    if out.problems.is_empty() { Ok(sign_in.flatten()) } else { Err(told(&out, Path::new("environment"))) }
}

const fn key<'a>(name: &'a str, way_out: &'a str) -> Key<'a> {
    Key { name, default: None, way_out }
}

const fn or<'a>(name: &'a str, default: &'a str, way_out: &'a str) -> Key<'a> {
    Key { name, default: Some(default), way_out }
}

fn config(reader: &mut Reader<'_>) -> Option<Config> {
    let deployment = reader.text(
        key("deployment", "write a name that is yours and never changes, such as `byleave.vendor.example`"),
        deployment,
    );
    let data = reader.text(key("data", "write a directory, such as `/var/lib/byleave`"), data);
    let vendor_name = reader.text(key("vendor_name", "write your name as customers know it"), parsed::<Name>);
    let address = "write address and port, such as `127.0.0.1:8080`";
    let listen = reader.text(key("listen", address), parsed::<SocketAddr>);
    let gateway_listen = reader.text(key("gateway_listen", address), parsed::<SocketAddr>);
    if listen.is_some() && listen == gateway_listen && listen.is_some_and(|address| address.port() != 0) {
        reader.object("gateway_listen", "the control plane listens there", "choose another port");
    }
    let origin_is = "write scheme, host and port alone, such as `https://byleave.vendor.example`";
    let base_url = reader.text(key("base_url", origin_is), origin);
    let gateway_url = reader.text(key("gateway_url", origin_is), origin);
    if base_url.is_some() && base_url == gateway_url {
        let why = "it is the control plane's, and a tool's pages would act in its name";
        reader.object("gateway_url", why, "give the gateway a host name or port of its own");
    }
    let support_domain = reader.text(
        key(
            "support_domain",
            "write a host name under which every name leads to the gateway, such as `support.vendor.example`",
        ),
        host_name,
    );
    let mut process = process(reader, vendor_name.as_ref());
    let address = process.as_ref().map_or_else(String::new, |process| process.address.clone());
    let portal = format!("{}/portal", base_url.as_deref().unwrap_or_default());
    let mail = reader.optional("mail", |mail| {
        let out = letters::Given::in_section(mail);
        let taken = mail::mail(mail, out.relay);
        (taken, letters::letters(mail, out, &address, &portal))
    });
    let (mail, letters) = mail.unwrap_or((Some(None), Some(None)));
    let (letters, post) = letters?.unzip();
    if let Some(process) = &mut process {
        process.post = post;
    }
    let desk_people = desk_people(reader);
    let accept = reader.texts(key("accept", risk::NAMES), |name| {
        Risk::from_name(name).ok_or_else(|| "there is no such risk".to_owned())
    });
    let log = reader.section("log", |log| {
        let format = log.text(or("format", "human", "write `human` or `json`"), parsed::<LogFormat>);
        let levels = "write `error`, `warn`, `info`, `debug` or `trace`";
        let level = log.text(or("level", "info", levels), level);
        Some((format?, level?))
    });
    let metrics_token = reader.section("metrics", |metrics| {
        metrics.secret(or("token", "", "write 20 random characters or more, or leave it out"), token)
    });
    let tls = reader.optional("tls", |tls| {
        let certificate = tls.text(key("certificate", "write a file with certificates in PEM"), file);
        let key = tls.text(key("key", "write a file with the private key in PEM"), file);
        Some(Files { certificate: certificate?, key: key? })
    });
    for (name, url) in [("base_url", &base_url), ("gateway_url", &gateway_url)] {
        if tls.is_some() && url.as_ref().is_some_and(|url| url.starts_with("http:")) {
            reader.object(name, "`tls` is set, so that nobody gets there by http", "write `https`");
        }
    }
    let brand = reader.section("brand", brand::brand);
    let gateway = reader.section("gateway", gateway);
    let limits = reader.section("limits", |limits| {
        let requests = "write requests a minute, at least 1";
        let credential = limits.number(or("credential", "1200", requests), at_least_one);
        let address = limits.number(or("address", "600", requests), at_least_one);
        Some(Limits { credential: credential?, address: address? })
    });
    let sessions = reader.section("sessions", sessions);
    let sign_in = reader
        .optional("sign_in", |reader| sign_in::sign_in(reader, base_url.as_deref().unwrap_or_default()));
    let (log_format, log_level) = log??;
    Some(Config {
        deployment: deployment?,
        data: data?,
        vendor_name: vendor_name?.to_string(),
        brand: Arc::new(brand??),
        listen: listen?,
        gateway_listen: gateway_listen?,
        base_url: base_url?,
        gateway_url: gateway_url?,
        support_domain: support_domain?,
        process: process?,
        letters,
        desk_people,
        accept: accept.into_iter().collect(),
        log_format,
        log_level,
        metrics_token: metrics_token??,
        tls: match tls {
            None => None,
            Some(files) => Some(files?),
        },
        gateway: gateway?,
        limits: limits??,
        sessions: sessions??,
        sign_in: match sign_in {
            None => None,
            Some(sign_in) => Some(sign_in?),
        },
        mail: mail?,
        file: PathBuf::new(),
        printed: Vec::new(),
        ignored: Vec::new(),
    })
}

fn gateway(reader: &mut Reader<'_>) -> Gateway {
    let networks = "write networks, such as `10.0.0.0/8`";
    let proxy_protocol_from = reader.texts(key("proxy_protocol_from", networks), network);
    let trusted_forwarders = reader.texts(key("trusted_forwarders", networks), network);
    let more =
        reader.texts(key("upgrades", "write protocols beside `websocket`, such as `spdy/3.1`"), protocol);
    let mut usual = Gateway::usual();
    usual.upgrades.extend(more);
    Gateway { proxy_protocol_from, trusted_forwarders, ..usual }
}

fn sessions(reader: &mut Reader<'_>) -> Option<SessionLimits> {
    let usual = SessionLimits::USUAL;
    let [hours, idle, contact_idle] =
        [usual.lasts.as_hours(), usual.idle.as_mins(), usual.contact_idle.as_mins()].map(|n| n.to_string());
    let lasts = reader.number(or("hours", &hours, "write hours from 1 to 24"), |hours| match hours {
        1..=24 => Ok(SignedDuration::from_hours(i64::from(hours))),
        _ => Err("this is no length of a working day".to_owned()),
    });
    let minutes = |minutes| match minutes {
        5..=1440 => Ok(SignedDuration::from_mins(i64::from(minutes))),
        _ => Err("this is out of range".to_owned()),
    };
    let range = "write minutes from 5 to 1440";
    let idle = reader.number(or("idle_minutes", &idle, range), minutes);
    let contact_idle = reader.number(or("contact_idle_minutes", &contact_idle, range), minutes);
    Some(SessionLimits { lasts: lasts?, idle: idle?, contact_idle: contact_idle? })
}

fn at_least_one(number: u32) -> Result<NonZeroU32, String> {
    NonZeroU32::new(number).ok_or_else(|| "nobody could ask anything".to_owned())
}

fn network(text: &str) -> Result<IpNet, String> {
    let network: IpNet = text.parse().map_err(|_| "this is no network".to_owned())?;
    if network.prefix_len() == 0 {
        return Err("this is every address there is, and anybody could state theirs".to_owned());
    }
    if network.trunc() == network {
        Ok(network)
    } else {
        Err(format!("this is an address inside the network `{}`", network.trunc()))
    }
}

/// A protocol that can be changed to (RFC 9110 §7.8). What carries requests would carry them past every rule.
fn protocol(text: &str) -> Result<String, String> {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"/.-+".contains(&byte);
    match text {
        "h2c" | "http/2.0" | "tls/1.0" => Err("requests would pass unread and unrecorded".to_owned()),
        "" => Err("this is empty".to_owned()),
        _ if text.bytes().all(plain) => Ok(text.to_owned()),
        _ => Err("this is no protocol in lower case".to_owned()),
    }
}

fn file(text: &str) -> Result<PathBuf, String> {
    match Path::new(text) {
        path if path.is_file() => Ok(path.to_owned()),
        _ => Err("there is no such file".to_owned()),
    }
}

fn process(reader: &mut Reader<'_>, vendor: Option<&Name>) -> Option<Process> {
    let address = reader.text(
        or("support_access_address", ADDRESS_DEFAULT, "write the address that customers write to"),
        parsed::<Email>,
    );
    let policy = reader.text(or("support_access_policy", "", "write the policy's name"), |text| {
        Ok::<_, String>(text.to_owned())
    });
    let profile = reader
        .text(or("process_profile", "article-plus", "write `article-plus` or `article`"), |word| {
            ProfileName::from_word(word).ok_or_else(|| "there is no such profile".to_owned())
        });
    let usual = Profile::usual(profile.unwrap_or(ProfileName::ArticlePlus));
    let hours = usual.enable_wait.as_hours().to_string();
    let most = ENABLE_WAIT_MAX.as_hours();
    let waits = format!("write hours from 0 to {most}");
    let enable_wait = reader.number(or("enable_wait_hours", &hours, &waits), |hours| {
        let wait = SignedDuration::from_hours(i64::from(hours));
        if wait > ENABLE_WAIT_MAX { Err("this is too long".to_owned()) } else { Ok(wait) }
    });
    let office_hours = reader.text(
        or("office_hours", "Mon-Fri 09:00-17:00 UTC", "write days, hours and a place, or `always`"),
        parsed::<OfficeHours>,
    );
    let days = (EVIDENCE_LIFE.as_hours() / 24).to_string();
    let evidence = reader.number(
        or("evidence_days", &days, "write 90 days or more, or nobody could look into a complaint"),
        |days| {
            let life = SignedDuration::from_hours(24 * i64::from(days));
            if days < EVIDENCE_DAYS_MIN { Err("this is too short".to_owned()) } else { Ok(life) }
        },
    );
    let form_text = reader.optional("acknowledgement_form", form);
    Some(Process {
        profile: Profile { enable_wait: enable_wait?, ..usual },
        vendor: vendor?.to_string(),
        address: address?.to_string(),
        policy: policy?,
        form_text: match form_text {
            None => None,
            Some(text) => Some(text?),
        },
        office_hours: office_hours?,
        contact_wait: CONTACT_WAIT,
        passkey_wait: PASSKEY_WAIT,
        evidence_life: evidence?,
        meeting_notice: SignedDuration::from_hours(24),
        post: None,
    })
}

/// What the acknowledgement form says, in the vendor's own words. Another text is another version.
fn form(reader: &mut Reader<'_>) -> Option<FormText> {
    let version = reader.text(key("version", "write a name for this text, such as `vendor-1`"), filled);
    let title = reader.text(key("title", "write what stands on top"), filled);
    let introduction = reader.text(key("introduction", "write what the form is about"), filled);
    let declaration = reader.text(key("declaration", "write what the signature approves"), filled);
    let sections =
        reader.tables(key("sections", "write tables with heading, paragraphs and points"), |section| {
            let heading = section.text(key("heading", "write the section's title"), filled);
            let paragraphs = section.texts(key("paragraphs", "write a list of texts"), filled);
            let points = section.texts(key("points", "write a list of texts"), filled);
            Some(Section { heading: heading?, paragraphs, points })
        });
    if sections.is_empty() {
        reader.object("sections", "there are none", "write one table at least");
    }
    let sections = sections.into_iter().collect::<Option<_>>();
    Some(FormText {
        version: version?,
        title: title?,
        introduction: introduction?,
        sections: sections?,
        declaration: declaration?,
    })
}

fn desk_people(reader: &mut Reader<'_>) -> Vec<DeskPerson> {
    let way_out = "write `[[desk_people]]` with name, email and key";
    let people = reader.tables(key("desk_people", way_out), |person| {
        let name = person.text(key("name", "write the person's name"), parsed::<Name>);
        let email = person.text(key("email", "write the person's address"), parsed::<Email>);
        let public = "write the 64 hex digits that `byleave keygen` prints, or leave it out";
        let key = person.text(or("key", "", public), |text| match text {
            "" => Ok(None),
            text => key_file::usable(text).map(Some).map_err(|_| "this is no public key".to_owned()),
        });
        Some(DeskPerson { name: name?, email: email?, key: key? })
    });
    let people: Vec<_> = people.into_iter().flatten().collect();
    for (number, person) in people.iter().enumerate() {
        let before = || people.iter().take(number);
        if before().any(|other| other.email == person.email) {
            let why = "an earlier desk person has this address";
            reader.object(&format!("desk_people[{number}].email"), why, "name each person once");
        }
        if person.key.is_some() && before().any(|other| other.key == person.key) {
            let why = "an earlier desk person has this key, and two who share one are one";
            reader.object(
                &format!("desk_people[{number}].key"),
                why,
                "have each make a key with `byleave keygen`",
            );
        }
    }
    people
}

fn parsed<T: FromStr>(text: &str) -> Result<T, String>
where
    T::Err: std::fmt::Display,
{
    text.parse().map_err(|why: T::Err| why.to_string())
}

fn filled(text: &str) -> Result<String, String> {
    if text.trim().is_empty() { Err("this is empty".to_owned()) } else { Ok(text.to_owned()) }
}

/// What a log's name can begin with.
fn deployment(text: &str) -> Result<String, String> {
    let taken = |c: char| c.is_ascii_alphanumeric() || ".-_/:".contains(c);
    match text.chars().find(|c| !taken(*c)) {
        Some(c) => Err(format!("{c:?} cannot stand in a log's name")),
        None if text.is_empty() => Err("this is empty".to_owned()),
        None => Ok(text.to_owned()),
    }
}

fn data(text: &str) -> Result<PathBuf, String> {
    match Path::new(text) {
        _ if text.is_empty() => Err("this is empty".to_owned()),
        path if path.exists() && !path.is_dir() => Err("there is a file of that name".to_owned()),
        path => Ok(path.to_owned()),
    }
}

fn origin(text: &str) -> Result<String, String> {
    let url = Url::parse(text).map_err(|why| why.to_string())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err("this is neither http nor https".to_owned());
    }
    if url.origin().ascii_serialization() != text {
        return Err(format!("this is not the origin `{}`", url.origin().ascii_serialization()));
    }
    Ok(text.to_owned())
}

/// Whether an origin is this machine's alone.
pub fn is_loopback(origin: &str) -> bool {
    let url = Url::parse(origin).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    host == "localhost" || host.ends_with(".localhost") || address.is_ok_and(|address| address.is_loopback())
}

fn host_name(text: &str) -> Result<String, String> {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    let fits = text.len() <= 200 && text.split('.').all(label);
    if fits { Ok(text.to_owned()) } else { Err("this is no host name in lower case".to_owned()) }
}

fn level(text: &str) -> Result<LevelFilter, String> {
    match text {
        "error" => Ok(LevelFilter::ERROR),
        "warn" => Ok(LevelFilter::WARN),
        "info" => Ok(LevelFilter::INFO),
        "debug" => Ok(LevelFilter::DEBUG),
        "trace" => Ok(LevelFilter::TRACE),
        _ => Err("there is no such level".to_owned()),
    }
}

fn token(text: &str) -> Result<Option<String>, String> {
    match text.chars().count() {
        0 => Ok(None),
        TOKEN_CHARS_MIN.. if text.chars().all(|c| c.is_ascii_graphic()) => Ok(Some(text.to_owned())),
        TOKEN_CHARS_MIN.. => Err("only visible ASCII characters are taken".to_owned()),
        _ => Err("this is too short to be a secret".to_owned()),
    }
}
