//! Some thousands of requests that are odd in every way we know of, judged differentially (K15): what the gateway decided
//! about and recorded, against what the upstream received, as readers of very different leniency read that.
//!
//! Nothing here says which request has to be refused (`strictness` does). Here it is said that whatever is forwarded is
//! read by everybody as what was decided about: so many requests, to these targets, for this organization, from nobody
//! who claims to be somebody.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use byleave_gateway::ports::EndReason;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::common::*;

const HOST: &str = "Host: acme--by-prefix.localhost\r\n";
const AS_SAM: &str = "Authorization: Bearer bl_sam\r\n";

/// Everything that a client may put into a path, between two pieces that are in order.
const PATH_PIECES: [&str; 66] = [
    "",
    "a",
    "/",
    "//",
    "///",
    "/.",
    "/./",
    "/..",
    "/../",
    "/../../globex",
    "/%2e",
    "/%2e%2e/",
    "/.%2e/",
    "/%2E.",
    "/...",
    "/..;/",
    "/;a=b",
    ";",
    ";/../globex",
    "%3b",
    "%3B..%2f",
    "%2f",
    "%2F",
    "/%2f..%2fglobex",
    "%5c",
    "\\",
    "\\..\\globex",
    "/..%5c",
    "%252e%252e/",
    "%252f",
    "%25",
    "%2525",
    "%",
    "%2",
    "%zz",
    "%00",
    "/globex%00",
    "%0a",
    "%0d%0a",
    "%20",
    "%09",
    "+",
    "?",
    "%3f",
    "%3F/../globex",
    "#",
    "%23",
    "/..%23",
    "/..%3f",
    "*",
    ":",
    "@",
    "http://globex/",
    "//globex/",
    "/%c0%ae%c0%ae/",
    "%c0%af",
    "%e0%80%af",
    "%ef%bc%8f",
    "%ff",
    "caf\u{e9}",
    "%u002e",
    "/globex",
    "/acme",
    "/ACME",
    "/acme/../globex",
    "/%61cme/..%2fglobex",
];

/// Lines that could change how a request is read, whom it is for or who asks.
const LINES: [&str; 72] = [
    "Content-Length: 0",
    "Content-Length: 4",
    "Content-Length: 40",
    "Content-Length: 4\r\nContent-Length: 4",
    "Content-Length: 4\r\nContent-Length: 5",
    "Content-Length: 4, 4",
    "Content-Length: +4",
    "Content-Length: -1",
    "Content-Length: 0x4",
    "Content-Length: 4 ",
    "Content-Length : 4",
    "Content-Length:\t4",
    "Content-Length: 4\x0b",
    "Content-Length: 00004",
    "Content-Length: 18446744073709551620",
    "Content_Length: 40",
    "Content-Length\0: 4",
    "Transfer-Encoding: chunked",
    "Transfer-Encoding: Chunked",
    "Transfer-Encoding:chunked ",
    "Transfer-Encoding : chunked",
    "Transfer-Encoding: \x0bchunked",
    "Transfer-Encoding: xchunked",
    "Transfer-Encoding: chunked, identity",
    "Transfer-Encoding: identity, chunked",
    "Transfer-Encoding: gzip, chunked",
    "Transfer-Encoding: \"chunked\"",
    "Transfer-Encoding:\r\n chunked",
    "Transfer_Encoding: chunked",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
    "Transfer-Encoding: chunked\r\nContent-Length: 4",
    "Content-Length: 4\r\nTransfer-Encoding: chunked",
    "Transfer-Encoding\t: chunked",
    "X: a\nTransfer-Encoding: chunked",
    "X: a\rTransfer-Encoding: chunked",
    "X: a\0b",
    " X: folded",
    "\tX: folded",
    "X: a\r\n b",
    ": empty",
    "X",
    "X:",
    "X: \x7f",
    "X: \u{e9}",
    "Host: globex--by-prefix.localhost",
    "host: acme--by-prefix.localhost",
    "Host : globex",
    "X-Host: globex",
    "X-Forwarded-Host: globex",
    "X_Forwarded_Host: globex",
    "Forwarded: host=globex",
    "X-Original-URL: /globex",
    "X-Rewrite-Url: /globex",
    "X-HTTP-Method-Override: DELETE",
    "Remote-User: root",
    "Remote_User: root",
    "X-User: root",
    "Byleave-Assertion: forged",
    "byleave_assertion: forged",
    "Byleave.Assertion: forged",
    "X-Forwarded-For: 203.0.113.9",
    "Connection: Byleave-Assertion, Host",
    "Connection: close, X-Kept\r\nX-Kept: 1",
    "Connection: keep-alive, Content-Length",
    "Upgrade: h2c\r\nConnection: upgrade, http2-settings\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA",
    "Upgrade: websocket",
    "Connection: upgrade\r\nUpgrade: websocket",
    "TE: trailers, chunked",
    "Trailer: Content-Length",
    "Expect: 100-continue",
    "Expect: 200-ok",
    "Cookie: byleave_visit=forged; a=b",
];

/// What stands where the body would.
const BODIES: [&str; 14] = [
    "",
    "abcd",
    "4\r\nabcd\r\n0\r\n\r\n",
    "4\nabcd\n0\n\n",
    "4;x=\"\r\n\"\r\nabcd\r\n0\r\n\r\n",
    "04\r\nabcd\r\n00\r\n\r\n",
    "0x4\r\nabcd\r\n0\r\n\r\n",
    "4 \r\nabcd\r\n0\r\n\r\n",
    "-4\r\nabcd\r\n0\r\n\r\n",
    "4\r\nabcdX0\r\n\r\n",
    "0\r\n\r\n",
    "0\r\nX-User: root\r\nHost: globex\r\n\r\n",
    "4\r\nabcd\r\n0\r\nX",
    "fffffffffffffffff\r\nabcd",
];

const METHODS: [&str; 14] = [
    "GET", "POST", "HEAD", "OPTIONS", "get", "G ET", "GET\t", "", "CONNECT", "TRACE", "PRI", "DELETE",
    "GET\0", "G\u{e9}T",
];

const FIRST_LINES: [&str; 12] = [
    "{M} {T} HTTP/1.1\r\n",
    "{M} {T} HTTP/1.0\r\n",
    "{M} {T} HTTP/2.0\r\n",
    "{M} {T} HTTP/1.2\r\n",
    "{M} {T}\r\n",
    "{M}  {T} HTTP/1.1\r\n",
    "{M} {T}  HTTP/1.1\r\n",
    "{M} {T} HTTP/1.1\n",
    "\r\n{M} {T} HTTP/1.1\r\n",
    "{M}\t{T}\tHTTP/1.1\r\n",
    "{M} {T} http/1.1\r\n",
    "{M} {T} HTTP/1.1 \r\n",
];

const WHOLE_TARGETS: [&str; 16] = [
    "*",
    "",
    "globex",
    "http://acme--by-prefix.localhost/x",
    "http://globex--by-prefix.localhost/x",
    "HTTP://a/",
    "//globex/x",
    "acme--by-prefix.localhost:80",
    "/t/by-prefix/globex/x",
    "/t/by-prefix/acme/x",
    "/?a=b#c",
    "?",
    "/?%00",
    "/?a=\u{e9}",
    "/?x=1;org=globex&org=globex",
    "\\\\globex\\x",
];

/// The requests, each with a name that says what is odd about it.
fn cases() -> Vec<(String, Vec<u8>)> {
    let mut cases = BTreeMap::new();
    let mut add = |name: String, first: &str, method: &str, target: &str, lines: &str, body: &str| {
        let first = first.replace("{M}", method).replace("{T}", target);
        cases.insert(name, format!("{first}{lines}\r\n{body}").into_bytes());
    };
    let (plain, usual) = ("{M} {T} HTTP/1.1\r\n", format!("{HOST}{AS_SAM}"));
    for (at, one) in PATH_PIECES.iter().enumerate() {
        for two in PATH_PIECES.iter().skip(at % 3).step_by(3) {
            add(format!("path {one:?} {two:?}"), plain, "GET", &format!("/x{one}{two}y"), &usual, "");
        }
        for tail in ["", "/", "?a=b", "%"] {
            add(format!("path {one:?} end {tail:?}"), plain, "GET", &format!("{one}{tail}"), &usual, "");
        }
    }
    for (at, line) in LINES.iter().enumerate() {
        for body in BODIES {
            let lines = format!("{usual}{line}\r\n");
            add(format!("line {line:?} body {body:?}"), plain, "POST", "/x", &lines, body);
        }
        for other in LINES.iter().skip(at % 6).step_by(6) {
            let lines = format!("{line}\r\n{usual}{other}\r\n");
            add(format!("lines {line:?} {other:?}"), plain, "GET", "/x", &lines, "4\r\nabcd\r\n0\r\n\r\n");
        }
    }
    for method in METHODS {
        for first in FIRST_LINES {
            add(format!("method {method:?} line {first:?}"), first, method, "/x", &usual, "");
        }
        for target in WHOLE_TARGETS {
            add(format!("method {method:?} target {target:?}"), plain, method, target, &usual, "");
        }
    }
    for host in [
        "",
        "Host:\r\n",
        "Host: \r\n",
        "Host: globex--by-prefix.localhost@acme--by-prefix.localhost\r\n",
        "Host: acme--by-prefix.localhost:80:80\r\n",
        "Host: ACME--BY-PREFIX.LOCALHOST.\r\n",
        "Host: acme--by-prefix.localhost\0\r\n",
        "Host: acme--by-prefix.localhost, globex--by-prefix.localhost\r\n",
        "Host: [::1]\r\n",
        "Host: acme--by-prefix.localhost/x\r\n",
        "Host: acme%2d-by-prefix.localhost\r\n",
        "Host: acme--by-prefix.localhost\r\n\tglobex\r\n",
    ] {
        for target in
            ["/x", "/t/by-prefix/acme/x", "/t/by-prefix/globex/x", "http://acme--by-prefix.localhost/x"]
        {
            add(
                format!("host {host:?} target {target:?}"),
                plain,
                "GET",
                target,
                &format!("{host}{AS_SAM}"),
                "",
            );
        }
    }
    cases.into_iter().collect()
}

/// A request as some reader reads it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Read {
    method: String,
    target: String,
    /// Names in lower case with hyphens, as many applications see them.
    headers: Vec<(String, String)>,
}

/// How a reader differs from the standard.
#[derive(Debug, Clone, Copy)]
struct Leniency {
    /// A line feed alone ends a line.
    bare_lf: bool,
    /// A carriage return alone does.
    bare_cr: bool,
    /// Where both are there, the length counts and not the coding.
    length_first: bool,
    /// Anything that holds `chunked` is that.
    loose_coding: bool,
    /// `_` in a name is `-`.
    underscores: bool,
}

const READERS: [Leniency; 6] = [
    Leniency { bare_lf: false, bare_cr: false, length_first: false, loose_coding: false, underscores: false },
    Leniency { bare_lf: true, bare_cr: false, length_first: false, loose_coding: false, underscores: true },
    Leniency { bare_lf: true, bare_cr: true, length_first: false, loose_coding: true, underscores: true },
    Leniency { bare_lf: true, bare_cr: false, length_first: true, loose_coding: true, underscores: true },
    Leniency { bare_lf: false, bare_cr: false, length_first: true, loose_coding: false, underscores: false },
    Leniency { bare_lf: false, bare_cr: false, length_first: false, loose_coding: true, underscores: true },
];

/// Reads all requests of a connection. Of the last one the body may break off, as it does where the client's does.
///
/// # Errors
/// This reader finds no sense in it.
fn read_all(mut bytes: &[u8], how: Leniency) -> Result<Requests, String> {
    let mut all = vec![];
    while !bytes.is_empty() {
        let (head, after) = split_head(bytes, how).ok_or("half a head")?;
        let mut lines = head.into_iter();
        let first = lines.next().unwrap_or_default();
        let words: Vec<_> = first.split(' ').collect();
        let [method, target, "HTTP/1.1"] = words.as_slice() else {
            return Err(format!("first line {first:?}"));
        };
        let headers: Vec<_> = lines
            .map(|line| {
                let (name, value) = line.split_once(':').unwrap_or((&line, ""));
                let name = name.trim().to_ascii_lowercase();
                let name = if how.underscores { name.replace(['_', '.'], "-") } else { name };
                (name, value.trim().to_owned())
            })
            .collect();
        let of = |name: &str| {
            headers.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()).collect::<Vec<_>>()
        };
        let length = of("content-length").first().map(|length| length.parse::<usize>());
        let length = length.transpose().map_err(|_| "no length".to_owned())?;
        let chunked = of("transfer-encoding").iter().any(|coding| {
            let coding = coding.to_ascii_lowercase();
            if how.loose_coding { coding.contains("chunked") } else { coding == "chunked" }
        });
        all.push(Read { method: (*method).to_owned(), target: (*target).to_owned(), headers });
        let rest = match (length, chunked) {
            (Some(length), false) => after.get(length..),
            (Some(length), true) if how.length_first => after.get(length..),
            (_, true) => chunks(after, how),
            (None, false) => Some(after),
        };
        let Some(rest) = rest else { return Ok(Requests { all, whole: false }) };
        bytes = rest;
    }
    Ok(Requests { all, whole: true })
}

/// What a reader finds on a connection.
struct Requests {
    all: Vec<Read>,
    /// Whether the last body ends.
    whole: bool,
}

impl Requests {
    fn names(&self) -> (Vec<(&str, &str)>, bool) {
        (self.all.iter().map(|read| (read.method.as_str(), read.target.as_str())).collect(), self.whole)
    }
}

fn line(bytes: &[u8], how: Leniency) -> Option<(&[u8], &[u8])> {
    for (at, byte) in bytes.iter().enumerate() {
        let crlf = bytes[at..].starts_with(b"\r\n");
        if crlf {
            return Some((&bytes[..at], &bytes[at + 2..]));
        }
        if *byte == b'\n' && how.bare_lf || *byte == b'\r' && how.bare_cr {
            return Some((&bytes[..at], &bytes[at + 1..]));
        }
    }
    None
}

fn split_head(mut bytes: &[u8], how: Leniency) -> Option<(Vec<String>, &[u8])> {
    let mut lines = vec![];
    loop {
        let (one, rest) = line(bytes, how)?;
        bytes = rest;
        if one.is_empty() {
            return Some((lines, bytes));
        }
        lines.push(String::from_utf8_lossy(one).into_owned());
    }
}

fn chunks(mut bytes: &[u8], how: Leniency) -> Option<&[u8]> {
    loop {
        let (size, rest) = line(bytes, how)?;
        let size = std::str::from_utf8(size).ok()?.split(';').next()?.trim();
        let size = usize::from_str_radix(size, 16).ok()?;
        if size == 0 {
            return split_head(rest, how).map(|(_, rest)| rest);
        }
        bytes = line(rest.get(size..)?, how)?.1;
    }
}

/// What an application may make of a path: unescaped again, with other slashes, without parameters, with dots resolved.
fn readings(target: &str) -> Vec<String> {
    let path = target.split(['?', '#']).next().unwrap_or_default().to_owned();
    let mut all = vec![path];
    for change in
        [unescape as fn(&str) -> String, unescape, slashes, without_parameters, collapse, resolve, resolve]
    {
        let changed: Vec<_> = all.iter().map(|path| change(path)).collect();
        all.extend(changed);
        all.sort_unstable();
        all.dedup();
    }
    all
}

fn unescape(path: &str) -> String {
    let bytes = path.as_bytes();
    let mut out = vec![];
    let mut at = 0;
    while at < bytes.len() {
        let escaped = bytes.get(at + 1..at + 3).filter(|_| bytes[at] == b'%');
        let value = escaped.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        out.push(value.unwrap_or(bytes[at]));
        at += if value.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn slashes(path: &str) -> String {
    path.replace('\\', "/")
}

fn without_parameters(path: &str) -> String {
    path.split('/').map(|segment| segment.split(';').next().unwrap_or_default()).collect::<Vec<_>>().join("/")
}

fn collapse(path: &str) -> String {
    let mut path = path.to_owned();
    while path.contains("//") {
        path = path.replace("//", "/");
    }
    path
}

fn resolve(path: &str) -> String {
    let mut out: Vec<&str> = vec![];
    for segment in path.split('/') {
        match segment.trim_end_matches(['\0', ' ']) {
            "." => {}
            ".." => _ = out.pop(),
            _ => out.push(segment),
        }
    }
    out.join("/")
}

/// Answers every request in order, and keeps every byte.
async fn recorder() -> (std::net::SocketAddr, Arc<Mutex<Vec<Vec<u8>>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let kept = Arc::new(Mutex::new(vec![]));
    let keeping = Arc::clone(&kept);
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            tokio::spawn(record(tcp, Arc::clone(&keeping)));
        }
    });
    (address, kept)
}

async fn record(mut tcp: TcpStream, kept: Arc<Mutex<Vec<Vec<u8>>>>) {
    let number = {
        let mut kept = kept.lock().unwrap();
        kept.push(vec![]);
        kept.len() - 1
    };
    let (mut bytes, mut answered) = (vec![], 0);
    while let Ok(1..) = tcp.read_buf(&mut bytes).await {
        kept.lock().unwrap()[number].clone_from(&bytes);
        let Ok(requests) = read_all(&bytes, READERS[0]) else { continue };
        let whole = requests.all.len() - usize::from(!requests.whole);
        for request in &requests.all[answered..whole] {
            let body = if request.method == "HEAD" { "" } else { "ok" };
            let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{body}");
            if tcp.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
        answered = whole;
    }
}

/// Sends a case with a request behind it that only a confused reader would take for one of its own, and waits until no
/// more is to be expected.
async fn play(gateway: std::net::SocketAddr, case: &[u8]) -> usize {
    let mut tcp = TcpStream::connect(gateway).await.unwrap();
    let behind = format!("GET /behind HTTP/1.1\r\n{HOST}{AS_SAM}Connection: close\r\n\r\n");
    let _ = tcp.write_all(&[case, behind.as_bytes()].concat()).await;
    let mut answer = vec![];
    // Some wait for more of a body that never comes.
    while let Ok(Ok(1..)) = timeout(Duration::from_millis(700), tcp.read_buf(&mut answer)).await {}
    answer.windows(9).filter(|bytes| bytes == b"HTTP/1.1 ").count()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_decided_about_is_what_every_upstream_reads() {
    const AT_ONCE: usize = 64;
    let (address, kept) = recorder().await;
    let world = World::start(address).await;
    let cases = cases();
    assert!(cases.len() >= 2000, "{}", cases.len());
    let mut answers = 0;
    for batch in cases.chunks(AT_ONCE) {
        let playing: Vec<_> = batch
            .iter()
            .map(|(_, case)| {
                let (gateway, case) = (world.gateway, case.clone());
                tokio::spawn(async move { play(gateway, &case).await })
            })
            .collect();
        for playing in playing {
            answers += playing.await.unwrap();
        }
    }
    world.fake.settled().await;
    let connections = kept.lock().unwrap().clone();
    // Decided about and perhaps forwarded, with how it ended: where a client breaks off it may have been too early.
    let decided = world.fake.with(|state| {
        let ends: HashMap<_, _> = state.ends.iter().map(|end| (end.begin, end.reason)).collect();
        let begins = (0..).zip(&state.begins);
        let begins =
            begins.map(|(index, (begin, _))| ((begin.method.clone(), begin.target.clone()), ends[&index]));
        begins.filter(|(_, reason)| *reason != EndReason::NotForwarded).collect::<Vec<_>>()
    });
    let mut received = vec![];
    for connection in &connections {
        let strict = read_all(connection, READERS[0]).unwrap();
        for how in READERS {
            let read = read_all(connection, how).unwrap();
            assert_eq!(read.names(), strict.names(), "{how:?} {:?}", String::from_utf8_lossy(connection));
            read.all.iter().for_each(check_headers);
        }
        received.extend(strict.all.into_iter().map(|read| (read.method, read.target)));
    }
    let mut balance: HashMap<_, [usize; 3]> = HashMap::new();
    for (what, reason) in &decided {
        let row = balance.entry(what.clone()).or_default();
        row[0] += 1;
        row[1] += usize::from(*reason == EndReason::Done);
    }
    for what in &received {
        balance.entry(what.clone()).or_default()[2] += 1;
    }
    for (what, [decided, done, received]) in &balance {
        assert!(received <= decided, "{what:?}: received {received}, decided about {decided}");
        assert!(received >= done, "{what:?}: received {received}, answered {done}");
    }
    let about = world.fake.with(|state| {
        let begins = state.begins.iter().map(|(begin, _)| (begin.organization, begin.target.clone()));
        begins.collect::<Vec<_>>()
    });
    for (organization, target) in about {
        let own = if organization == ACME { "/acme/" } else { "/globex/" };
        for reading in readings(&target) {
            assert!(format!("{reading}/").starts_with(own), "{target} can be read as {reading}");
        }
    }
    let behind = balance.get(&("GET".to_owned(), "/acme/behind".to_owned())).map_or(0, |row| row[2]);
    println!(
        "{} cases, {answers} answers, {} received, {behind} of them behind another; {} upstream connections",
        cases.len(),
        received.len(),
        connections.len()
    );
    assert!(
        behind > 500 && received.len() - behind > 500,
        "some have to get through for this to mean anything"
    );
}

/// One host, one assertion, and nobody's word about who is asking.
fn check_headers(read: &Read) {
    let of = |name: &str| {
        read.headers.iter().filter(|(n, _)| n == name).map(|(_, v)| v.as_str()).collect::<Vec<_>>()
    };
    // By host name the upstream sees that; by path it sees its own.
    let by_path = of("x-forwarded-host") == ["[::1]"];
    let host = of("host");
    let own = by_path && host.len() == 1 && host[0].starts_with("127.0.0.1:");
    assert!(own || host == ["acme--by-prefix.localhost"], "{read:?}");
    let [assertion] = of("byleave-assertion")[..] else { panic!("{read:?}") };
    let organization = if read.target.starts_with("/globex/") { "org_6161" } else { "org_acac" };
    assert!(assertion.starts_with(&format!("assertion.{organization}")), "{read:?}");
    assert_eq!(of("x-forwarded-for"), ["127.0.0.1"], "{read:?}");
    assert!(own || of("x-forwarded-host") == ["acme--by-prefix.localhost"], "{read:?}");
    for name in [
        "x-user",
        "remote-user",
        "forwarded",
        "x-host",
        "x-original-url",
        "x-rewrite-url",
        "x-http-method-override",
        "http2-settings",
        "authorization",
        "expect",
        "proxy-connection",
        "keep-alive",
    ] {
        assert_eq!(of(name), [""; 0], "{read:?}");
    }
    assert!(of("cookie").iter().all(|cookie| !cookie.contains("byleave")), "{read:?}");
    assert!(of("content-length").len() + of("transfer-encoding").len() <= 1, "{read:?}");
    assert!(
        !read.headers.iter().any(|(_, value)| value.contains("globex") || value.contains('\0')),
        "{read:?}"
    );
}
