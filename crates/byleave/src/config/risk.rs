//! Settings that work and are weak. `serve` refuses each until it is accepted by its name, in `accept` or by a flag that
//! names it; what is accepted is said at start, in `/readyz` and on the desk's page.

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use byleave_domain::process::ProfileName;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use jiff::SignedDuration;

use crate::config::{ADDRESS_DEFAULT, Config, is_loopback};
use crate::failure::Failure;

/// Something weak that the vendor can take upon itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Risk {
    /// Browsers come over plain HTTP from elsewhere.
    PlainHttp,
    /// Other machines reach a listener that speaks no TLS.
    OpenListener,
    /// Whoever is in front is taken for everybody.
    UnknownAddresses,
    /// Fewer than two people at the desk.
    SingleDeskPerson,
    /// Fewer than two people at the desk can approve.
    FewApprovers,
    /// Somebody at the desk cannot approve.
    KeylessDeskPerson,
    /// Nobody has time to object to an enabling.
    NoWaitingTime,
    /// Customers are told an address that leads nowhere.
    PlaceholderAddress,
    /// Others on this machine can read what is secret.
    ReadableSecrets,
}

/// What can stand in `accept`.
pub const NAMES: &str = "there are plain-http, open-listener, unknown-addresses, single-desk-person, few-approvers, \
    keyless-desk-person, no-waiting-time, placeholder-address and readable-secrets";

impl Risk {
    /// Every risk.
    pub const ALL: [Self; 9] = [
        Self::PlainHttp,
        Self::OpenListener,
        Self::UnknownAddresses,
        Self::SingleDeskPerson,
        Self::FewApprovers,
        Self::KeylessDeskPerson,
        Self::NoWaitingTime,
        Self::PlaceholderAddress,
        Self::ReadableSecrets,
    ];

    /// The flag that accepts it, without the two dashes.
    const fn flag(self) -> &'static str {
        match self {
            Self::PlainHttp => "accept-plain-http",
            Self::OpenListener => "accept-open-listener",
            Self::UnknownAddresses => "accept-unknown-addresses",
            Self::SingleDeskPerson => "accept-single-desk-person",
            Self::FewApprovers => "accept-few-approvers",
            Self::KeylessDeskPerson => "accept-keyless-desk-person",
            Self::NoWaitingTime => "accept-no-waiting-time",
            Self::PlaceholderAddress => "accept-placeholder-address",
            Self::ReadableSecrets => "accept-readable-secrets",
        }
    }

    /// Its name in `accept`.
    pub fn name(self) -> &'static str {
        self.flag().trim_start_matches("accept-")
    }

    /// The risk of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|risk| risk.name() == name)
    }

    /// What can happen, for whoever accepts it.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::PlainHttp => {
                "whoever is on the way reads and changes sessions, signatures and what tools show"
            }
            Self::OpenListener => {
                "other machines reach a listener that speaks no TLS and believes its peer's address"
            }
            Self::UnknownAddresses => {
                "everybody comes from the address of whatever ends TLS: one stranger uses up `limits.address`, and nobody \
                 signs in"
            }
            Self::SingleDeskPerson => "nothing that takes two people at the desk can be done",
            Self::FewApprovers => {
                "fewer than two people at the desk can approve, and a freeze cannot be lifted"
            }
            Self::KeylessDeskPerson => {
                "somebody at the desk can prepare and issue links, and approve nothing"
            }
            Self::NoWaitingTime => "an enabling takes effect before a security contact can object",
            Self::PlaceholderAddress => "customers are told an address that no mail reaches",
            Self::ReadableSecrets => {
                "others on this machine can read the deployment's key, or data, or a token"
            }
        }
    }
}

/// A risk that a configuration takes.
#[derive(Debug, PartialEq, Eq)]
pub struct Taken {
    /// Which.
    pub risk: Risk,
    /// The key or file.
    pub because: String,
}

/// The risks that `config` takes, as its files lie now.
pub fn taken(config: &Config) -> Vec<Taken> {
    let mut taken = Vec::new();
    let mut add = |risk, because: String| taken.push(Taken { risk, because });
    for (key, url) in [("base_url", &config.base_url), ("gateway_url", &config.gateway_url)] {
        if url.starts_with("http:") && !is_loopback(url) {
            add(Risk::PlainHttp, format!("`{key}` is `{url}`"));
        }
    }
    for (key, address) in [("listen", config.listen), ("gateway_listen", config.gateway_listen)] {
        if !address.ip().is_loopback() && config.tls.is_none() {
            add(Risk::OpenListener, format!("`{key}` is `{address}`"));
        }
    }
    // Somebody else ends TLS, and nobody says who they are.
    if !is_loopback(&config.base_url) && config.tls.is_none() && config.gateway.trusted_forwarders.is_empty()
    {
        let because = "`gateway.trusted_forwarders` is empty, and no `tls` is set".to_owned();
        add(Risk::UnknownAddresses, because);
    }
    let keys = config.desk_people.iter().filter(|person| person.key.is_some()).count();
    let people = config.desk_people.len();
    if people < 2 {
        add(Risk::SingleDeskPerson, format!("`desk_people` names {people}"));
    }
    if keys < 2 {
        add(Risk::FewApprovers, format!("`desk_people` has {keys} with a `key`"));
    }
    if keys < people {
        add(Risk::KeylessDeskPerson, format!("`desk_people` has {} without a `key`", people - keys));
    }
    // The article has no waiting; the profile that adds it means it.
    let profile = config.process.profile;
    if profile.name == ProfileName::ArticlePlus && profile.enable_wait == SignedDuration::ZERO {
        add(Risk::NoWaitingTime, "`enable_wait_hours` is 0".to_owned());
    }
    if config.process.address == ADDRESS_DEFAULT {
        add(Risk::PlaceholderAddress, format!("`support_access_address` is `{ADDRESS_DEFAULT}`"));
    }
    let own = ["deployment.key", "byleave.keys", "first-steps.txt"].map(|name| config.data.join(name));
    let own = own.into_iter().chain([config.data.clone()]).map(|path| (path, NOBODY_ELSE));
    let handed = config.tls.as_ref().map(|tls| tls.key.clone());
    let has_secret = config.metrics_token.is_some() || config.sign_in.is_some();
    let with_secret = has_secret.then(|| config.file.clone());
    let handed = handed.into_iter().chain(with_secret).map(|path| (path, ITS_GROUP_READS));
    for (path, closed) in own.chain(handed) {
        if let Some(mode) = open_to_others(&path, closed) {
            add(Risk::ReadableSecrets, format!("`{}` has mode {mode:o}", path.display()));
        }
    }
    taken
}

/// Of what this process makes: the owner's alone.
const NOBODY_ELSE: u32 = 0o077;
/// Of what somebody else puts there for this process to read: its group may read it.
const ITS_GROUP_READS: u32 = 0o037;

/// The mode of a file that others than may can get at. What is not there yet is made so that they cannot.
fn open_to_others(path: &Path, closed: u32) -> Option<u32> {
    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & closed != 0).then_some(mode)
}

/// The risks that are taken and accepted.
///
/// # Errors
/// Every risk that is taken and not accepted, with both ways to accept it.
pub fn accepted(taken: Vec<Taken>, accept: &BTreeSet<Risk>, file: &Path) -> Result<Vec<Taken>, Failure> {
    let refused: Vec<_> = taken.iter().filter(|taken| !accept.contains(&taken.risk)).collect();
    if refused.is_empty() {
        return Ok(taken);
    }
    let line = |Taken { risk, because }: &&Taken| {
        let name = risk.name();
        let mean = risk.meaning();
        format!(
            "{}: {because}: {mean}; change it, or accept the risk with --accept-{name} or accept = [\"{name}\"]",
            file.display()
        )
    };
    Err(Failure::new(refused.iter().map(line).collect::<Vec<_>>().join("\nbyleave: ")))
}

/// `--accept-plain-http` and so on: one flag for each risk.
#[derive(Debug, Default)]
pub struct Accepted(pub BTreeSet<Risk>);

impl Args for Accepted {
    fn augment_args(command: Command) -> Command {
        command.args(Risk::ALL.into_iter().map(|risk| {
            let help = format!("Accept that {}", risk.meaning());
            Arg::new(risk.name())
                .long(risk.flag())
                .action(ArgAction::SetTrue)
                .help(help)
                .help_heading("Risks")
        }))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Accepted {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self(Risk::ALL.into_iter().filter(|risk| matches.get_flag(risk.name())).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_risk_has_a_name_that_leads_back_to_it() {
        for risk in Risk::ALL {
            assert_eq!(Risk::from_name(risk.name()), Some(risk));
            assert!(NAMES.contains(risk.name()), "{}", risk.name());
        }
    }
}
