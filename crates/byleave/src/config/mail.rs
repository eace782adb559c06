//! `[mail]`: where mail comes in, for which addresses, who is asked about its senders, and how much of it is taken.

use std::net::SocketAddr;
use std::path::PathBuf;

use byleave_domain::text::Email;
use byleave_mail::fields::MESSAGE_BYTES_MAX;
use byleave_mail::smtp::{Limits, PER_MINUTE_MIN, Protocol};

use super::{file, host_name, key, or, parsed};
use crate::certificate::Files;
use crate::config::reader::Reader;
use crate::intake::Settings;

const MEGABYTE: usize = 1024 * 1024;

/// The keys of what comes in. Whoever sets one of them wants mail.
const IN: &[&str] = &[
    "listen",
    "protocol",
    "hostname",
    "addresses",
    "resolver",
    "message_megabytes_max",
    "per_minute",
    "tls",
];

/// Reads what comes in; none where the section is about letters alone, as it may be once there is a `relay`.
pub(super) fn mail(reader: &mut Reader<'_>, relay: bool) -> Option<Option<Settings>> {
    let wanted = !relay || IN.iter().any(|name| reader.given(name));
    let address = "write address and port, such as `127.0.0.1:2525`, or leave it out";
    let listen = reader.text(or("listen", "", address), address_or_none);
    let protocol = reader.text(or("protocol", "smtp", "write `smtp` or `lmtp`"), |word| match word {
        "smtp" => Ok(Protocol::Smtp),
        "lmtp" => Ok(Protocol::Lmtp),
        _ => Err("there is no such protocol".to_owned()),
    });
    let hostname = reader.text(
        or("hostname", "localhost", "write the name that senders find it by, such as `mx.vendor.example`"),
        host_name,
    );
    let to = "write a list of addresses, such as `[\"support-access@vendor.example\"]`";
    let addresses = reader.texts(key("addresses", to), parsed::<Email>);
    if addresses.is_empty() && wanted {
        reader.object("addresses", "there are none", to);
    }
    let resolver = reader.text(
        or("resolver", "", "write the address of a DNS server, such as `127.0.0.1:53`, or leave it out"),
        address_or_none,
    );
    let most = MESSAGE_BYTES_MAX / MEGABYTE;
    let (usual, megabytes) = (most.to_string(), format!("write megabytes, 1 to {most}"));
    let message_bytes_max = reader.number(or("message_megabytes_max", &usual, &megabytes), |number| {
        let bytes = usize::try_from(number).unwrap_or(usize::MAX).saturating_mul(MEGABYTE);
        if (MEGABYTE..=MESSAGE_BYTES_MAX).contains(&bytes) {
            Ok(bytes)
        } else {
            Err("this is out of range".to_owned())
        }
    });
    let per_minute = format!("write messages a minute, {PER_MINUTE_MIN} or more");
    let per_minute = reader.number(or("per_minute", "600", &per_minute), |number| {
        if number < PER_MINUTE_MIN { Err("honest mail would be put off".to_owned()) } else { Ok(number) }
    });
    let tls = reader.optional("tls", |tls| {
        let certificate = tls.text(key("certificate", "write a file with certificates in PEM"), file);
        let key = tls.text(key("key", "write a file with the private key in PEM"), file);
        Some::<(Option<PathBuf>, Option<PathBuf>)>((certificate, key))
    });
    let tls = match tls.flatten() {
        None => None,
        Some((certificate, key)) => Some(Files { certificate: certificate?, key: key? }),
    };
    let settings = Settings {
        listen: listen?,
        protocol: protocol?,
        hostname: hostname?,
        addresses: addresses.iter().map(ToString::to_string).collect(),
        resolver: resolver?,
        message_bytes_max: message_bytes_max?,
        limits: Limits { per_minute: per_minute?, ..Limits::default() },
        tls,
    };
    Some(wanted.then_some(settings))
}

fn address_or_none(text: &str) -> Result<Option<SocketAddr>, String> {
    if text.is_empty() { Ok(None) } else { parsed(text).map(Some) }
}
