//! The resolver, and what it answered about one message.
//!
//! Key records are asked for here and handed to the library as if it had remembered them: so the record that is kept is
//! the one that was used. An answer that is no answer (SERVFAIL, REFUSED, silence) is never taken for "no such record".

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::{IpAddr, SocketAddr};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use mail_auth::common::parse::TxtRecordParser;
use mail_auth::hickory_resolver::TokioResolver;
use mail_auth::hickory_resolver::config::{
    ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts,
};
use mail_auth::hickory_resolver::net::{DnsError, NetError};
use mail_auth::hickory_resolver::proto::op::ResponseCode;
use mail_auth::hickory_resolver::proto::rr::{Name, RData};
use mail_auth::hickory_resolver::system_conf::read_system_conf;
use mail_auth::{Error, MessageAuthenticator, ResolverCache, Txt};
use thiserror::Error as ThisError;

/// How long the resolver has for one answer.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(2);

/// How often it is asked again.
const REPEATS: usize = 1;

/// Asks DNS. Cheap to copy.
#[derive(Clone)]
pub struct Resolver {
    pub(super) library: MessageAuthenticator,
}

/// Why there is no resolver.
#[derive(Debug, ThisError)]
#[error("the resolver cannot be used ({0}); give one as `address:port`")]
pub struct InvalidResolver(String);

/// A question that got no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoAnswer {
    /// There is no such record.
    Absent,
    /// Nobody knows right now.
    Unknown,
}

/// Why there are no servers to send to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoMailHosts {
    /// There are none, for good; what the domain is or says.
    Never(&'static str),
    /// Nobody knows right now.
    Unknown,
}

/// What DNS said about one message.
#[derive(Default)]
pub(super) struct Answers(Mutex<HashMap<Box<str>, Txt>>);

impl Resolver {
    /// A resolver that asks the server at `address`, or those of the machine. The server need not answer yet.
    ///
    /// # Errors
    /// [`InvalidResolver`] when the machine names none.
    pub fn new(address: Option<SocketAddr>) -> Result<Self, InvalidResolver> {
        let invalid = |error: NetError| InvalidResolver(error.to_string());
        let (config, mut options) = match address {
            Some(address) => (asking(address), ResolverOpts::default()),
            None => read_system_conf().map_err(invalid)?,
        };
        options.timeout = ANSWER_TIME_MAX;
        options.attempts = REPEATS;
        options.cache_size = 0;
        options.edns0 = true;
        options.use_hosts_file = ResolveHosts::Never;
        Ok(Self { library: MessageAuthenticator::new(config, options).map_err(invalid)? })
    }

    /// The text records of a name, each in one piece.
    pub(super) async fn txt(&self, name: &str) -> Result<Vec<Vec<u8>>, NoAnswer> {
        let resolver: &TokioResolver = self.library.resolver();
        let name = Name::from_str_relaxed(fqdn(name)).map_err(|_| NoAnswer::Absent)?;
        let lookup = resolver.txt_lookup(name).await.map_err(|error| no_answer(&error))?;
        let texts = lookup.answers().iter().filter_map(|record| match &record.data {
            RData::TXT(txt) => Some(txt.txt_data.concat()),
            _ => None,
        });
        Ok(texts.collect())
    }
}

impl Resolver {
    /// The names of a domain's mail servers, the preferred first; the domain itself where it names none (RFC 5321 §5.1).
    pub(crate) async fn mail_hosts(&self, domain: &str) -> Result<Vec<String>, NoMailHosts> {
        let none = NoMailHosts::Never("is no name of a domain");
        let name = Name::from_str_relaxed(fqdn(domain)).map_err(|_| none)?;
        let lookup = match self.library.resolver().mx_lookup(name).await {
            Ok(lookup) => lookup,
            Err(NetError::Dns(DnsError::NoRecordsFound(none)))
                if none.response_code == ResponseCode::NXDomain =>
            {
                return Err(NoMailHosts::Never("does not exist"));
            }
            Err(why) if no_answer(&why) == NoAnswer::Absent => return Ok(vec![domain.to_owned()]),
            Err(_) => return Err(NoMailHosts::Unknown),
        };
        let mut hosts: Vec<_> = lookup
            .answers()
            .iter()
            .filter_map(|record| match &record.data {
                RData::MX(mx) => Some((mx.preference, mx.exchange.to_ascii())),
                _ => None,
            })
            .collect();
        hosts.sort();
        match hosts.as_slice() {
            [(_, only)] if only == "." => Err(NoMailHosts::Never("takes no mail")),
            _ => Ok(hosts.into_iter().map(|(_, host)| host.trim_end_matches('.').to_owned()).collect()),
        }
    }

    /// A host's addresses, those of IPv4 first; none where DNS tells none.
    pub(crate) async fn addresses(&self, host: &str) -> Vec<IpAddr> {
        let Ok(name) = Name::from_str_relaxed(fqdn(host)) else { return Vec::new() };
        let resolver: &TokioResolver = self.library.resolver();
        let (v4, v6) = tokio::join!(resolver.ipv4_lookup(name.clone()), resolver.ipv6_lookup(name));
        let records = [v4, v6].into_iter().flatten().flat_map(|lookup| lookup.answers().to_vec());
        let address = |data: RData| match data {
            RData::A(a) => Some(IpAddr::V4(a.0)),
            RData::AAAA(aaaa) => Some(IpAddr::V6(aaaa.0)),
            _ => None,
        };
        records.filter_map(|record| address(record.data)).collect()
    }
}

impl Answers {
    /// Keeps what DNS answered for a name. Several records of one kind are none.
    pub(super) fn keep<T: TxtRecordParser + Into<Txt>>(
        &self,
        name: &str,
        records: &Result<Vec<Vec<u8>>, NoAnswer>,
    ) {
        let absent = Error::Dns(mail_auth::DnsError::RecordNotFound(ResponseCode::NXDomain));
        let answer = match records.as_deref() {
            Ok([record]) => T::parse(record).map_or_else(Txt::Error, Into::into),
            Ok([]) | Err(NoAnswer::Absent) => Txt::Error(absent),
            Ok(_) => Txt::Error(Error::Dns(mail_auth::DnsError::InvalidRecordType)),
            Err(NoAnswer::Unknown) => {
                Txt::Error(Error::Dns(mail_auth::DnsError::Resolver("no answer".to_owned())))
            }
        };
        self.insert(fqdn(name).into(), answer, Instant::now());
    }
}

impl ResolverCache<Box<str>, Txt> for Answers {
    fn get<Q>(&self, name: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.0.lock().ok()?.get(name).cloned()
    }

    fn remove<Q>(&self, name: &Q) -> Option<Txt>
    where
        Box<str>: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.0.lock().ok()?.remove(name)
    }

    fn insert(&self, name: Box<str>, answer: Txt, _: Instant) {
        if let Ok(mut answers) = self.0.lock() {
            answers.insert(name, answer);
        }
    }
}

fn asking(address: SocketAddr) -> ResolverConfig {
    let to_port = |mut connection: ConnectionConfig| {
        connection.port = address.port();
        connection
    };
    let connections = vec![to_port(ConnectionConfig::udp()), to_port(ConnectionConfig::tcp())];
    let mut server = NameServerConfig::udp(address.ip());
    server.connections = connections;
    ResolverConfig::from_parts(None, Vec::new(), vec![server])
}

fn no_answer(error: &NetError) -> NoAnswer {
    match error {
        NetError::Dns(DnsError::NoRecordsFound(_)) => NoAnswer::Absent,
        _ => NoAnswer::Unknown,
    }
}

/// As the library writes names.
fn fqdn(name: &str) -> String {
    format!("{}.", name.trim_end_matches('.').to_lowercase())
}
