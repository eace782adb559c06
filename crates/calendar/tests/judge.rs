//! libical, which is not ours, reads every invitation and applies iTIP's own tables (RFC 5546) to it.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use byleave_calendar::{Invitation, Party};

/// Reads one calendar object and prints what is wrong with it; exits with 0 when nothing is.
const JUDGE: &str = r#"
#include <libical/ical.h>
#include <stdio.h>
#include <string.h>

int main(void) {
    static char text[65536];
    size_t length = fread(text, 1, sizeof text - 1, stdin);
    text[length] = 0;
    icalcomponent *root = icalparser_parse_string(text);
    if (!root) { puts("not a calendar"); return 2; }
    int holds = icalrestriction_check(root);
    int errors = icalcomponent_count_errors(root);
    if (holds && errors == 0) return 0;
    puts(icalcomponent_as_ical_string(root));
    return 1;
}
"#;

struct Judge {
    /// Holds the program for as long as it is asked.
    _folder: tempfile::TempDir,
    program: PathBuf,
}

impl Judge {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (source, program) = (folder.path().join("judge.c"), folder.path().join("judge"));
        std::fs::write(&source, JUDGE).unwrap();
        let built = Command::new("cc").arg(&source).arg("-o").arg(&program).arg("-lical").output();
        let built = built.unwrap_or_else(|why| panic!("a C compiler is needed: {why}"));
        let said = String::from_utf8_lossy(&built.stderr);
        assert!(built.status.success(), "libical with its headers is needed (libical-dev): {said}");
        Self { _folder: folder, program }
    }

    fn judged(&self, text: &str) -> Result<(), String> {
        let mut asked =
            Command::new(&self.program).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        asked.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let answer = asked.wait_with_output().unwrap();
        if answer.status.success() {
            Ok(())
        } else {
            Err(String::from_utf8_lossy(&answer.stdout).into_owned())
        }
    }
}

fn invitation(name: &str, summary: &str, sequence: u32) -> [String; 3] {
    let at = |text: &str| text.parse().unwrap();
    let invitation = Invitation {
        uid: "change_7f3a@byleave",
        sequence,
        stamp: at("2026-11-23T15:00:00Z"),
        start: at("2026-12-01T10:00:00Z"),
        end: at("2026-12-01T10:30:00Z"),
        summary,
        description: "Two questions; a line\nof its own, and \\ ; ,",
        organizer: Party { name: "Northwind Cloud", email: "support-access@northwind.example" },
        attendee: Party { name, email: "security@acme.example" },
    };
    [invitation.request(), invitation.cancel(), invitation.decline_counter()]
}

#[test]
fn libical_accepts_what_is_sent() {
    let judge = Judge::new();
    let long = "Größe ".repeat(40);
    for (name, summary, sequence) in [
        ("Sam Example", "Review of request R-7F3A-91C2: support access", 0),
        ("Sam; \"the\" Example, esq.", long.as_str(), 3),
        ("张伟: Ünïcode", "a, b; c\\d", 4_000_000_000),
    ] {
        for text in invitation(name, summary, sequence) {
            // iTIP wants the number here where it is not 0; libical's table allows none.
            let echoes = text.contains("DECLINECOUNTER").then(|| format!("SEQUENCE:{sequence}\r\n"));
            assert_eq!(judge.judged(&text.replace(&echoes.unwrap_or_default(), "")), Ok(()), "{text}");
            assert!(
                text.split("\r\n").all(|line| line.len() <= 75 && !line.contains(['\r', '\n'])),
                "{text}"
            );
        }
    }
}

/// The judge is able to say no.
#[test]
fn libical_refuses_what_is_not_right() {
    let judge = Judge::new();
    let [request, ..] = invitation("Sam Example", "Review", 0);
    for (what, line) in [("no organizer", "ORGANIZER"), ("no start", "DTSTART"), ("no attendee", "ATTENDEE")]
    {
        let mut skipping = false;
        let without: Vec<_> = request
            .split("\r\n")
            .filter(|text| {
                skipping = text.starts_with(line) || (skipping && text.starts_with(' '));
                !skipping
            })
            .collect();
        assert!(judge.judged(&without.join("\r\n")).is_err(), "{what}");
    }
    assert!(judge.judged("no calendar at all").is_err());
}
