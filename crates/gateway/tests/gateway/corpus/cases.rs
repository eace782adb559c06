//! The odd requests: every oddity beside every other of its kind.

use std::collections::BTreeMap;

use super::{AS_SAM, HOST};

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
pub fn cases() -> Vec<(String, Vec<u8>)> {
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
