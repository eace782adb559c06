//! Who is at the other end: the address as the kernel has it, or as a proxy that the vendor trusts states it, in a PROXY
//! protocol header before the first byte or in `X-Forwarded-For`.
//!
//! Absent: believing anybody else. From the networks that speak the PROXY protocol every connection begins with its
//! header or is closed; from elsewhere the header is no HTTP and is refused as such.

use std::io;
use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;
use ipnet::IpNet;
use ppp::{HeaderResult, PartialResult, v1, v2};
use tokio::io::{AsyncRead, AsyncReadExt};

use crate::config::PROXY_HEADER_BYTES_MAX;

/// Addresses in `X-Forwarded-For` that are looked at, from the right.
const FORWARDED_MAX: usize = 32;

const FORWARDED_FOR: &str = "x-forwarded-for";

pub(crate) fn is_within(networks: &[IpNet], address: IpAddr) -> bool {
    networks.iter().any(|network| network.contains(&address.to_canonical()))
}

/// Reads a PROXY protocol header (versions 1 and 2) into the client's address, and what follows it. A proxy that speaks
/// for itself (`LOCAL`, a health check) or cannot tell (`UNKNOWN`) states no address.
///
/// # Errors
/// There is none, or it is longer than [`PROXY_HEADER_BYTES_MAX`].
pub(crate) async fn read_proxy_header(
    stream: &mut (impl AsyncRead + Unpin),
) -> io::Result<(Option<SocketAddr>, Vec<u8>)> {
    let mut bytes = Vec::with_capacity(PROXY_HEADER_BYTES_MAX);
    loop {
        let room = PROXY_HEADER_BYTES_MAX.saturating_sub(bytes.len());
        let read = (&mut *stream).take(room as u64).read_buf(&mut bytes).await?;
        // Version 1 is a line, and half a line is no line.
        let half = bytes.starts_with(b"PROXY ") && !bytes.windows(2).any(|end| end == b"\r\n");
        let header = HeaderResult::parse(&bytes);
        if !half && header.is_complete() {
            let (address, length) = stated(&header)?;
            let rest = bytes.split_off(length.min(bytes.len()));
            return Ok((address, rest));
        }
        if read == 0 || !half && !header.is_incomplete() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "no PROXY protocol header"));
        }
    }
}

fn stated(header: &HeaderResult<'_>) -> io::Result<(Option<SocketAddr>, usize)> {
    let invalid = |why: String| io::Error::new(io::ErrorKind::InvalidData, why);
    match header {
        HeaderResult::V1(header) => {
            let header = header.as_ref().map_err(|error| invalid(error.to_string()))?;
            let address = match header.addresses {
                v1::Addresses::Tcp4(a) => Some(SocketAddr::from((a.source_address, a.source_port))),
                v1::Addresses::Tcp6(a) => Some(SocketAddr::from((a.source_address, a.source_port))),
                v1::Addresses::Unknown => None,
            };
            Ok((address, header.header.len()))
        }
        HeaderResult::V2(header) => {
            let header = header.as_ref().map_err(|error| invalid(error.to_string()))?;
            let address = match header.addresses {
                _ if header.command == v2::Command::Local => None,
                v2::Addresses::IPv4(a) => Some(SocketAddr::from((a.source_address, a.source_port))),
                v2::Addresses::IPv6(a) => Some(SocketAddr::from((a.source_address, a.source_port))),
                v2::Addresses::Unspecified | v2::Addresses::Unix(_) => None,
            };
            Ok((address, header.len()))
        }
    }
}

/// The client of a request: the peer, or where that is a trusted forwarder, the last address in `X-Forwarded-For` that
/// is not one. What a forwarder passes on from a client that claims to be one stays to the left of that.
#[must_use]
pub fn client(peer: IpAddr, headers: &HeaderMap, forwarders: &[IpNet]) -> IpAddr {
    let mut client = peer.to_canonical();
    if !is_within(forwarders, client) {
        return client;
    }
    let lines = headers.get_all(FORWARDED_FOR).iter().map(|line| line.to_str().unwrap_or_default());
    let all: Vec<_> = lines.flat_map(|line| line.split(',')).collect();
    for stated in all.iter().rev().take(FORWARDED_MAX) {
        // Whatever it is, nobody who is trusted wrote it.
        let Ok(address) = stated.trim().parse::<IpAddr>() else { return client };
        client = address.to_canonical();
        if !is_within(forwarders, client) {
            return client;
        }
    }
    client
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_is_the_last_who_is_not_a_forwarder() {
        let forwarders = ["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        for (peer, stated, expected) in [
            ("192.0.2.1", &["198.51.100.7"][..], "192.0.2.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            ("::ffff:10.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", &["203.0.113.9, 198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", &["203.0.113.9", "198.51.100.7, 10.0.0.2"], "198.51.100.7"),
            ("10.0.0.1", &["198.51.100.7, fd00::2"], "198.51.100.7"),
            ("10.0.0.1", &["2001:db8::1"], "2001:db8::1"),
            ("10.0.0.1", &["198.51.100.7, unknown, 10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", &["198.51.100.7:99"], "10.0.0.1"),
            ("10.0.0.1", &[""], "10.0.0.1"),
            ("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ] {
            let mut headers = HeaderMap::new();
            stated.iter().for_each(|line| _ = headers.append(FORWARDED_FOR, line.parse().unwrap()));
            let client = client(peer.parse().unwrap(), &headers, &forwarders);
            assert_eq!(client, expected.parse::<IpAddr>().unwrap(), "{peer} {stated:?}");
        }
    }

    async fn read(bytes: &[u8]) -> Result<(Option<SocketAddr>, Vec<u8>), String> {
        read_proxy_header(&mut slowly(bytes)).await.map_err(|error| error.to_string())
    }

    /// Gives one byte at a time.
    fn slowly(bytes: &[u8]) -> impl AsyncRead + Unpin + '_ {
        struct Slowly<'a>(&'a [u8]);
        impl AsyncRead for Slowly<'_> {
            fn poll_read(
                mut self: std::pin::Pin<&mut Self>,
                _: &mut std::task::Context<'_>,
                buffer: &mut tokio::io::ReadBuf<'_>,
            ) -> std::task::Poll<io::Result<()>> {
                if let Some((first, rest)) = self.0.split_first().filter(|_| buffer.remaining() > 0) {
                    buffer.put_slice(&[*first]);
                    self.0 = rest;
                }
                std::task::Poll::Ready(Ok(()))
            }
        }
        Slowly(bytes)
    }

    fn version_2(command: u8, family: u8, addresses: &[u8]) -> Vec<u8> {
        let mut bytes = b"\r\n\r\n\0\r\nQUIT\n".to_vec();
        bytes.extend([0x20 | command, family]);
        bytes.extend(u16::try_from(addresses.len()).unwrap().to_be_bytes());
        bytes.extend(addresses);
        bytes
    }

    #[tokio::test]
    async fn both_versions_of_the_header_are_read() {
        let four = [198, 51, 100, 7, 10, 0, 0, 1, 0x1f, 0x90, 0, 80];
        let expected = Some("198.51.100.7:8080".parse().unwrap());
        for (header, address) in [
            (b"PROXY TCP4 198.51.100.7 10.0.0.1 8080 80\r\n".to_vec(), expected),
            (b"PROXY TCP6 2001:db8::1 ::1 8080 80\r\n".to_vec(), Some("[2001:db8::1]:8080".parse().unwrap())),
            (b"PROXY UNKNOWN\r\n".to_vec(), None),
            (version_2(1, 0x11, &four), expected),
            (version_2(0, 0x11, &four), None),
            (version_2(0, 0, &[]), None),
        ] {
            assert_eq!(read(&header).await, Ok((address, vec![])), "{header:?}");
        }
        for bad in [
            &b"GET / HTTP/1.1\r\n"[..],
            b"PROXY TCP4 198.51.100.7 10.0.0.1 8080\r\n",
            b"PROXY TCP4 999.51.100.7 10.0.0.1 8080 80\r\n",
            b"PROXY",
            b"\r\n\r\n\0\r\nQUIT\n\x31\x11\0\x0c",
            b"",
            &version_2(1, 0x11, &vec![0; 4000]),
        ] {
            assert!(read(bad).await.is_err(), "{bad:?}");
        }
    }

    #[tokio::test]
    async fn what_follows_the_header_is_kept() {
        let mut bytes = b"PROXY UNKNOWN\r\nGET / HTTP/1.1\r\n".as_slice();
        assert_eq!(read_proxy_header(&mut bytes).await.unwrap(), (None, b"GET / HTTP/1.1\r\n".to_vec()));
    }
}
