//! A server for DNS on a port of its own, with the zones of the tests.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::LazyLock;
use std::thread;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use byleave_mail::checks::Resolver;
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::{A, MX, TXT};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use mail_auth::common::crypto::{Algorithm, Ed25519Key, RsaKey, Sha256, SigningKey};
use mail_auth::common::headers::Writable;
use rustls::pki_types::PrivateKeyDer;

/// Longest answer in a datagram; longer ones are asked for again by TCP.
const DATAGRAM_MAX: usize = 1232;

/// The RSA key of 512 bits that `weak-key.eml` is signed with; no library here makes such keys any more.
const WEAK: &str = "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBALO9L9jawDYYHtapYTHZcfvmevfzho2o\
                    UkE0QLn3r84Zg8P751Td3SMlOLvfkjC5anPjv5Gt1tBhlPnSLxdeTukCAwEAAQ==";

static SERVER: LazyLock<SocketAddr> = LazyLock::new(serve);

static RSA: LazyLock<KeyPair> = LazyLock::new(|| KeyPair::generate(KeySize::Rsa2048).unwrap());

static ED25519: LazyLock<Vec<u8>> = LazyLock::new(|| Ed25519Key::generate_pkcs8().unwrap());

/// What a name has.
enum Has {
    Texts(Vec<String>),
    Address(&'static str),
    /// Mail servers, with their preferences.
    Servers(&'static [(u16, &'static str)]),
    /// The server fails.
    Failure,
    /// Nobody answers.
    Silence,
}

thread_local! {
    // Making one takes longer than asking it. Each test is a thread with a runtime of its own.
    static RESOLVER: Resolver = Resolver::new(Some(address())).unwrap();
}

/// A resolver that asks the tests' server.
pub fn resolver() -> Resolver {
    RESOLVER.with(Resolver::clone)
}

/// Where the tests' server is.
pub fn address() -> SocketAddr {
    *SERVER
}

/// The private half of every other selector. Without optimisation it signs slowly, and is read more slowly still.
pub struct RsaSigner;

impl SigningKey for RsaSigner {
    type Hasher = Sha256;

    fn sign(&self, input: impl Writable) -> mail_auth::Result<Vec<u8>> {
        RSA_SIGNER.sign(input)
    }

    fn algorithm(&self) -> Algorithm {
        RSA_SIGNER.algorithm()
    }
}

static RSA_SIGNER: LazyLock<RsaKey<Sha256>> = LazyLock::new(|| {
    let der = AsDer::<Pkcs8V1Der>::as_der(&*RSA).unwrap();
    RsaKey::from_key_der(PrivateKeyDer::Pkcs8(der.as_ref().to_vec().into())).unwrap()
});

/// The private half of the selector `s1`.
pub fn ed25519_key() -> Ed25519Key {
    Ed25519Key::from_pkcs8_maybe_unchecked_der(&ED25519).unwrap()
}

fn zones() -> BTreeMap<String, Has> {
    let rsa = BASE64_STANDARD.encode(AsDer::<PublicKeyX509Der>::as_der(RSA.public_key()).unwrap().as_ref());
    let ed25519 = BASE64_STANDARD.encode(ed25519_key().public_key());
    let text = |text: String| Has::Texts(vec![text]);
    let key = |tags: &str| text(format!("v=DKIM1; {tags}k=rsa; p={rsa}"));
    let usual = || text(format!("v=DKIM1; k=ed25519; p={ed25519}"));
    let mut zones = BTreeMap::new();
    let mut put = |name: &str, has: Has| assert!(zones.insert(name.to_owned(), has).is_none(), "{name}");
    for domain in
        ["acme.test", "globex.test", "evil.test", "acrne.test", "sec.acme.test", "acme.test.evil.test"]
    {
        put(&format!("s1._domainkey.{domain}"), usual());
    }
    put("acme.test", text("v=spf1 ip4:127.0.0.10 include:shared.test ~all".into()));
    put("_dmarc.acme.test", text("v=DMARC1; p=reject; sp=none".into()));
    put("globex.test", text("v=spf1 ip4:127.0.0.11 -all".into()));
    put("_dmarc.globex.test", text("v=DMARC1; p=none".into()));
    for domain in ["evil.test", "acrne.test"] {
        put(domain, text("v=spf1 ip4:127.0.0.66 -all".into()));
        put(&format!("_dmarc.{domain}"), text("v=DMARC1; p=reject".into()));
    }
    put("shared.test", text("v=spf1 ip4:127.0.0.20 -all".into()));
    put("mx.acme.test", Has::Address("127.0.0.10"));
    // The preferred one does not listen.
    put(
        "vendor.test",
        Has::Servers(&[(20, "here.vendor.test."), (10, "away.vendor.test."), (30, "no.vendor.test.")]),
    );
    put("away.vendor.test", Has::Address("127.0.0.66"));
    put("here.vendor.test", Has::Address("127.0.0.1"));
    put("itself.test", Has::Address("127.0.0.1"));
    put("broken.test", Has::Failure);
    put("none.test", Has::Servers(&[(0, ".")]));
    put("inside.test", Has::Servers(&[(0, "mx.acme.test.")]));
    put("nowhere.test", Has::Servers(&[(0, "no.vendor.test.")]));
    put("rsa._domainkey.acme.test", key(""));
    put("testing._domainkey.acme.test", key("t=s:y; "));
    put("weak._domainkey.acme.test", text(format!("v=DKIM1; k=rsa; p={WEAK}")));
    put("revoked._domainkey.acme.test", text("v=DKIM1; k=rsa; p=".into()));
    put(
        "twice._domainkey.acme.test",
        Has::Texts(vec![format!("v=DKIM1; p={rsa}"), format!("v=DKIM1; p={rsa}; n=2")]),
    );
    put("long._domainkey.acme.test", key(&format!("n={}; ", "note".repeat(300))));
    put("endless._domainkey.acme.test", key(&format!("n={}; ", "note".repeat(5000))));
    put("failing._domainkey.acme.test", Has::Failure);
    put("silent._domainkey.acme.test", Has::Silence);
    put("s1._domainkey.unproven.test", usual());
    put("s1._domainkey.failing.test", usual());
    put("_dmarc.failing.test", Has::Failure);
    for number in 0..12 {
        put(&format!("deep{number}.test"), text(format!("v=spf1 include:deep{}.test -all", number + 1)));
    }
    zones
}

fn serve() -> SocketAddr {
    let (datagrams, streams) = loop {
        let datagrams = UdpSocket::bind("127.0.0.1:0").unwrap();
        if let Ok(streams) = TcpListener::bind(datagrams.local_addr().unwrap()) {
            break (datagrams, streams);
        }
    };
    let address = datagrams.local_addr().unwrap();
    let zones = std::sync::Arc::new(zones());
    let also = std::sync::Arc::clone(&zones);
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok((length, peer)) = datagrams.recv_from(&mut buffer) {
            let Some(answer) = answer(&buffer[..length], &zones) else { continue };
            let bytes = answer.to_vec().unwrap();
            let fits = bytes.len() <= DATAGRAM_MAX;
            let bytes = if fits { bytes } else { answer.truncate().to_vec().unwrap() };
            datagrams.send_to(&bytes, peer).unwrap();
        }
    });
    thread::spawn(move || {
        for stream in streams.incoming() {
            let (mut stream, zones) = (stream.unwrap(), std::sync::Arc::clone(&also));
            thread::spawn(move || {
                let mut length = [0; 2];
                while stream.read_exact(&mut length).is_ok() {
                    let mut question = vec![0; u16::from_be_bytes(length).into()];
                    stream.read_exact(&mut question).unwrap();
                    let Some(answer) = answer(&question, &zones) else { continue };
                    let bytes = answer.to_vec().unwrap();
                    stream.write_all(&u16::try_from(bytes.len()).unwrap().to_be_bytes()).unwrap();
                    stream.write_all(&bytes).unwrap();
                }
            });
        }
    });
    address
}

fn answer(question: &[u8], zones: &BTreeMap<String, Has>) -> Option<Message> {
    let question = Message::from_vec(question).ok()?;
    let query = question.queries.first()?.clone();
    let mut answer = Message::response(question.metadata.id, question.metadata.op_code);
    answer.metadata.recursion_available = true;
    let name = query.name().to_lowercase().to_string();
    let below = |other: &String| other.ends_with(&format!(".{}", name.trim_end_matches('.')));
    let record = |data| Record::from_rdata(query.name().clone(), 60, data);
    match zones.get(name.trim_end_matches('.')) {
        Some(Has::Silence) => return None,
        Some(Has::Failure) => answer.metadata.response_code = ResponseCode::ServFail,
        Some(Has::Texts(texts)) if query.query_type() == RecordType::TXT => {
            for text in texts {
                let pieces: Vec<_> = text.as_bytes().chunks(255).collect();
                answer.add_answer(record(RData::TXT(TXT::from_bytes(pieces))));
            }
        }
        Some(Has::Servers(servers)) if query.query_type() == RecordType::MX => {
            for (preference, server) in *servers {
                let exchange = Name::from_ascii(server).unwrap();
                answer.add_answer(record(RData::MX(MX::new(*preference, exchange))));
            }
        }
        Some(Has::Address(address)) if query.query_type() == RecordType::A => {
            answer.add_answer(record(RData::A(A(address.parse().unwrap()))));
        }
        Some(_) => {}
        None if zones.keys().any(below) => {}
        None => answer.metadata.response_code = ResponseCode::NXDomain,
    }
    answer.add_query(query);
    Some(answer)
}
