//! HTTP/2 written frame by frame, as no client library would: pseudo-headers twice, missing, late and odd, header names
//! and values that HTTP/1.1 would read as something else, floods (K15, K19).

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::common::*;

const HOST: &str = "acme--system-log.localhost";
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const CONTINUATION: u8 = 9;
const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

/// Header fields as literals that nobody indexes (RFC 7541 §6.2.2).
fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    let string = |text: &str| {
        let mut out = vec![];
        match text.len() {
            short @ 0..127 => out.push(u8::try_from(short).unwrap()),
            long => {
                out.push(127);
                let mut rest = long - 127;
                while rest >= 128 {
                    out.push(u8::try_from(rest % 128 + 128).unwrap());
                    rest /= 128;
                }
                out.push(u8::try_from(rest).unwrap());
            }
        }
        out.extend(text.as_bytes());
        out
    };
    fields.iter().flat_map(|(name, value)| [vec![0], string(name), string(value)].concat()).collect()
}

/// A connection that has said hello.
async fn hello(gateway: SocketAddr) -> TcpStream {
    let mut tcp = TcpStream::connect(gateway).await.unwrap();
    tcp.write_all(&[PREFACE, &frame(SETTINGS, 0, 0, &[])].concat()).await.unwrap();
    tcp
}

/// Kinds, streams and payloads of the frames that come, until `enough` or the end.
async fn frames(
    tcp: &mut TcpStream,
    enough: impl Fn(&(u8, u32, Vec<u8>)) -> bool,
) -> Vec<(u8, u32, Vec<u8>)> {
    let mut all = vec![];
    let reading = async {
        loop {
            let mut head = [0; 9];
            if tcp.read_exact(&mut head).await.is_err() {
                return;
            }
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
            let mut payload = vec![0; length];
            if tcp.read_exact(&mut payload).await.is_err() {
                return;
            }
            let stream = u32::from_be_bytes([head[5] & 0x7f, head[6], head[7], head[8]]);
            all.push((head[3], stream, payload));
            if enough(all.last().unwrap()) {
                return;
            }
        }
    };
    timeout(Duration::from_secs(5), reading).await.expect("an answer or an end");
    all
}

/// The status of an answer, from its block as the gateway writes it; 0 for a reset or the connection's end.
async fn status(gateway: SocketAddr, fields: &[(&str, &str)]) -> u16 {
    let mut tcp = hello(gateway).await;
    tcp.write_all(&frame(HEADERS, END_STREAM | END_HEADERS, 1, &block(fields))).await.unwrap();
    let answer = frames(&mut tcp, |(kind, stream, _)| {
        (*stream == 1 && matches!(*kind, HEADERS | RST_STREAM)) || *kind == GOAWAY
    })
    .await;
    match answer.last() {
        Some((HEADERS, 1, block)) => status_of(block),
        _ => 0,
    }
}

/// `:status` as an index of the static table, or as a literal under one (RFC 7541 appendix A).
fn status_of(block: &[u8]) -> u16 {
    match block {
        [0x88, ..] => 200,
        [0x8c, ..] => 400,
        [0x8d, ..] => 404,
        [0x48, length, rest @ ..] => {
            let huffman = length & 0x80 != 0;
            let text = &rest[..usize::from(length & 0x7f)];
            if huffman { digits(text) } else { std::str::from_utf8(text).unwrap().parse().unwrap() }
        }
        other => panic!("{other:?}"),
    }
}

/// Three digits in HPACK's Huffman code: `0` to `2` have five bits, the others six.
fn digits(bytes: &[u8]) -> u16 {
    let bits: String = bytes.iter().map(|byte| format!("{byte:08b}")).collect();
    let (mut number, mut rest) = (0, bits.as_str());
    for _ in 0..3 {
        let five = u16::from_str_radix(&rest[..5], 2).unwrap();
        let (digit, length) = match five {
            0..=2 => (five, 5),
            _ => (u16::from_str_radix(&rest[..6], 2).unwrap() - 0x19 + 3, 6),
        };
        number = number * 10 + digit;
        rest = &rest[length..];
    }
    number
}

#[tokio::test]
async fn pseudo_headers_are_in_order_or_the_request_is_refused() {
    let upstream = Upstream::plain().await;
    let world = World::start(upstream.address).await;
    let method = (":method", "GET");
    let (scheme, path, authority) = ((":scheme", "http"), (":path", "/x"), (":authority", HOST));
    let sam = [("authorization", "Bearer bl_sam"), ("byleave-reason", "printer on fire")];
    let with = |fields: &[(&'static str, &'static str)]| [fields, &sam].concat();
    for good in [
        with(&[method, scheme, path, authority]),
        with(&[method, (":scheme", "https"), path, authority]),
        with(&[method, scheme, path, authority, ("host", HOST)]),
        with(&[authority, path, scheme, method, ("cookie", "a=1"), ("cookie", "b=2")]),
        with(&[method, scheme, path, authority, ("te", "trailers")]),
    ] {
        assert_eq!(status(world.gateway, &good).await, 200, "{good:?}");
        assert_eq!(upstream.seen.last_target(), "/x");
        assert_eq!(upstream.seen.last_header("host"), [HOST]);
    }
    let forwarded = upstream.seen.requests().len();
    for bad in [
        vec![method, scheme, path],
        vec![method, scheme, authority],
        vec![scheme, path, authority],
        vec![method, path, authority],
        vec![method, method, scheme, path, authority],
        vec![method, scheme, path, path, authority],
        vec![method, scheme, path, authority, authority],
        vec![method, scheme, path, authority, (":authority", "globex--system-log.localhost")],
        vec![method, scheme, path, authority, (":status", "200")],
        vec![method, scheme, path, authority, (":protocol", "websocket")],
        vec![method, scheme, path, authority, (":unknown", "x")],
        vec![method, scheme, path, ("x", "y"), authority],
        vec![(":method", "get"), scheme, path, authority],
        vec![(":method", "G T"), scheme, path, authority],
        vec![(":method", ""), scheme, path, authority],
        vec![(":method", "GET / HTTP/1.1\r\nX: y\r\n\r\nGET"), scheme, path, authority],
        vec![(":method", "CONNECT"), authority],
        vec![(":method", "CONNECT"), (":protocol", "websocket"), scheme, path, authority],
        vec![(":method", "TRACE"), scheme, path, authority],
        vec![method, (":scheme", "gopher"), path, authority],
        vec![method, (":scheme", ""), path, authority],
        vec![method, (":scheme", "http://evil/?"), path, authority],
        vec![method, scheme, (":path", ""), authority],
        vec![method, scheme, (":path", "x"), authority],
        vec![method, scheme, (":path", "*"), authority],
        vec![method, scheme, (":path", "http://globex--system-log.localhost/x"), authority],
        vec![method, scheme, (":path", "//globex/x"), authority],
        vec![method, scheme, (":path", "/x HTTP/1.1\r\nX: y\r\n\r\n"), authority],
        vec![method, scheme, (":path", "/x\0"), authority],
        vec![method, scheme, (":path", "/a/../b"), authority],
        vec![method, scheme, (":path", "/a%2f..%2fb"), authority],
        vec![method, scheme, path, (":authority", "")],
        vec![method, scheme, path, (":authority", "a@acme--system-log.localhost")],
        vec![method, scheme, path, (":authority", "acme--system-log.localhost:x")],
        vec![method, scheme, path, (":authority", "acme--system-log.localhost/x")],
        vec![method, scheme, path, authority, ("host", "globex--system-log.localhost")],
        vec![method, scheme, path, authority, ("host", HOST), ("host", HOST)],
        vec![method, scheme, path, ("host", HOST)],
        vec![method, scheme, path, authority, ("Upper", "x")],
        vec![method, scheme, path, authority, ("", "x")],
        vec![method, scheme, path, authority, ("a b", "x")],
        vec![method, scheme, path, authority, ("a:b", "x")],
        vec![method, scheme, path, authority, ("x", "y\r\nremote-user: root")],
        vec![method, scheme, path, authority, ("x", "y\nremote-user: root")],
        vec![method, scheme, path, authority, ("x", "y\0")],
        vec![method, scheme, path, authority, ("x\r\nremote-user", "root")],
        vec![method, scheme, path, authority, ("connection", "close")],
        vec![method, scheme, path, authority, ("connection", "upgrade"), ("upgrade", "websocket")],
        vec![method, scheme, path, authority, ("upgrade", "websocket")],
        vec![method, scheme, path, authority, ("transfer-encoding", "chunked")],
        vec![method, scheme, path, authority, ("keep-alive", "5")],
        vec![method, scheme, path, authority, ("proxy-connection", "close")],
        vec![method, scheme, path, authority, ("te", "gzip")],
        vec![method, scheme, path, authority, ("content-length", "4")],
        vec![method, scheme, path, authority, ("content-length", "x")],
        vec![method, scheme, path, authority, ("content-length", "0"), ("content-length", "4")],
    ] {
        let status = status(world.gateway, &with(&bad)).await;
        assert!(matches!(status, 0 | 400..=499 | 501), "{bad:?}: {status}");
    }
    let many: Vec<_> = (0..101).map(|_| ("x-many", "1")).collect();
    let usual = [method, scheme, path, authority];
    assert_eq!(status(world.gateway, &[&usual[..], &many].concat()).await, 431);
    let large = "x".repeat(40_000);
    let mut tcp = hello(world.gateway).await;
    let fields = block(&[&usual[..], &[("x-large", large.as_str())]].concat());
    let mut parts = fields.chunks(16_000).enumerate().peekable();
    while let Some((at, part)) = parts.next() {
        let kind = if at == 0 { HEADERS } else { CONTINUATION };
        let flags =
            if parts.peek().is_none() { END_HEADERS } else { 0 } | if at == 0 { END_STREAM } else { 0 };
        tcp.write_all(&frame(kind, flags, 1, part)).await.unwrap();
    }
    let answer =
        frames(&mut tcp, |(kind, stream, _)| *stream == 1 && *kind == HEADERS || *kind == GOAWAY).await;
    assert!(matches!(answer.last(), Some((HEADERS, 1, block)) if status_of(block) == 431), "{answer:?}");
    assert_eq!(upstream.seen.requests().len(), forwarded, "nothing of all that has gone up");
}

/// Each of these makes work for nothing. What is never a request ends the connection; nobody else notices.
#[tokio::test]
async fn floods_keep_nobody_else_waiting() {
    let upstream = Upstream::plain().await;
    let world = World::start(upstream.address).await;
    let fields = block(&[(":method", "GET"), (":scheme", "http"), (":path", "/x"), (":authority", HOST)]);
    let resets: Vec<_> = (0..2_000)
        .flat_map(|number| {
            let stream = 2 * number + 1;
            let ask = frame(HEADERS, END_STREAM | END_HEADERS, stream, &fields);
            [ask, frame(RST_STREAM, 0, stream, &8_u32.to_be_bytes())].concat()
        })
        .collect();
    let first = frame(HEADERS, END_STREAM, 1, &fields);
    let more = frame(CONTINUATION, 0, 1, &block(&[("x-more", &"x".repeat(4_000))]));
    let continuations = [first, more.repeat(2_000)].concat();
    let pings = frame(PING, 0, 0, &[0; 8]).repeat(50_000);
    let settings = frame(SETTINGS, 0, 0, &[]).repeat(50_000);
    for (what, flood, ends) in [
        ("resets", resets, false),
        ("continuations", continuations, true),
        ("pings", pings, false),
        ("settings", settings, false),
    ] {
        let mut tcp = hello(world.gateway).await;
        // Nothing of what comes back is read, so that answers would pile up.
        let sent = timeout(Duration::from_secs(2), tcp.write_all(&flood)).await;
        if ends && matches!(sent, Ok(Ok(()))) {
            let answer = frames(&mut tcp, |(kind, ..)| *kind == GOAWAY).await;
            assert!(answer.iter().all(|(kind, ..)| *kind != HEADERS), "{what}");
        }
        assert_eq!(world.sam("GET /").await.status, 200, "others go on beside {what}");
        drop(tcp);
    }
    assert_eq!(upstream.seen.requests().len(), 4);
}
