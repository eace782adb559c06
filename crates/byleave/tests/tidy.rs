//! What a machine can check about the source and the documents is not discussed in review.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod source;

use std::path::Path;

use byleave_api::entry::Kind;
use byleave_api::problem::ProblemType;
use source::{File, code, files, none, root, unquoted, words};

/// A file that is longer has two subjects.
const LINES_MAX: usize = 600;

/// A decision fits one page.
const DECISION_LINES_MAX: usize = 40;

/// What somebody sees of the README without scrolling far.
const FIRST_SCREEN_LINES_MAX: usize = 45;

/// `GLOSSARY.md` has another word for each of these.
const NOT_OURS: &[&str] =
    &["blockchain", "ledger", "lockdown", "officer", "staff", "ticket", "tickets", "verdict"];

/// Nothing of ours is called so, though people may be told of "the customer".
const NOT_IN_NAMES: &[&str] = &["account", "accounts", "agent", "customer", "customers", "user", "users"];

/// Names that somebody else gave.
const NAMES_OF_OTHERS: &[&str] = &["set_tcp_user_timeout", "UserLookup", "user_lookup"];

/// Words of ours, or of nobody here, that mean nothing to whoever reads a page.
const NOT_ON_PAGES: &[&str] = &[
    "account",
    "agent",
    "certificate",
    "client",
    "leaf",
    "lease",
    "merkle",
    "subject",
    "tenant",
    "upstream",
    "user",
    "users",
];

/// The first screen is for people who have a vendor, not for people who have read an RFC.
const NOT_ON_THE_FIRST_SCREEN: &[&str] = &["merkle", "lease", "leases", "certificate", "certificates"];

#[test]
fn every_source_file_says_what_it_is() {
    let silent = files(&["rs"]).into_iter().filter(|file| !file.text.starts_with("//! "));
    none("no `//!` in the first line", silent.map(|file| file.path).collect());
}

#[test]
fn files_are_short() {
    let long = files(&["rs", "md", "html", "js", "mjs", "css", "sql"]).into_iter().filter_map(|file| {
        let lines = file.text.lines().count();
        (lines > LINES_MAX).then(|| format!("{}: {lines} lines", file.path))
    });
    none("more than one subject", long.collect());
}

#[test]
fn one_word_per_thing_in_code() {
    let mut found = Vec::new();
    // The sample vendor is somebody else's software, and has its own words.
    for file in
        files(&["rs"]).iter().filter(|f| f.path.contains("/src/") && !f.path.contains("/sample-vendor/"))
    {
        for (number, line) in (1..).zip(file.text.lines()) {
            let code =
                NAMES_OF_OTHERS.iter().fold(code(line).to_owned(), |code, name| code.replace(name, ""));
            let words = [forbidden(&code, NOT_OURS), forbidden(&unquoted(&code), NOT_IN_NAMES)].concat();
            found.extend(words.iter().map(|word| format!("{}:{number}: {word}", file.path)));
        }
    }
    none("another word is meant (see `GLOSSARY.md`)", found);
}

#[test]
fn pages_speak_to_people() {
    let of = |extension, folder: &str| {
        let mut pages = files(&[extension]);
        pages.retain(|file| file.path.starts_with(folder));
        assert!(!pages.is_empty(), "{folder} is where it was");
        pages
    };
    let (templates, said) = (of("html", "crates/server/templates/"), of("ftl", "crates/server/locales/en/"));
    let messages = |file: &File| {
        let lines = file.text.lines().filter(|line| !line.starts_with('#'));
        lines.map(|line| line.split_once('=').map_or(line, |(_, text)| text)).collect::<Vec<_>>().join(" ")
    };
    let texts = templates.iter().map(|file| (file, visible(&file.text)));
    let mut found = Vec::new();
    for (file, text) in texts.chain(said.iter().map(|file| (file, visible(&messages(file))))) {
        let words = [forbidden(&text, NOT_OURS), forbidden(&text, NOT_ON_PAGES)].concat();
        found.extend(words.iter().map(|word| format!("{}: {word}", file.path)));
    }
    none("another word is meant", found);
}

#[test]
fn documents_use_the_glossarys_words() {
    let mut found = Vec::new();
    for file in documents().iter().filter(|file| file.path != "GLOSSARY.md") {
        found.extend(forbidden(&file.text, NOT_OURS).iter().map(|word| format!("{}: {word}", file.path)));
    }
    none("another word is meant", found);
}

#[test]
fn documents_name_what_exists() {
    let mut found = Vec::new();
    for file in &documents() {
        for named in paths(file) {
            found.extend(missing(&named).map(|why| format!("{}: `{named}` {why}", file.path)));
        }
    }
    none("documents went stale", found);
}

#[test]
fn the_first_screen_is_for_customers() {
    let readme = read("README.md");
    let (first, _) =
        readme.split_once("\n## What you see").expect("the first screen ends where the demo is told");
    let lines = first.lines().count();
    assert!(lines <= FIRST_SCREEN_LINES_MAX, "the first screen has {lines} lines");
    for command in ["cargo run --release -- demo", "./test"] {
        assert!(first.contains(command), "the first screen has the command `{command}`");
    }
    none("not on the first screen", forbidden(first, NOT_ON_THE_FIRST_SCREEN));
}

#[test]
fn every_kind_of_entry_is_documented() {
    let page = read("docs/log-format.md");
    let missing = Kind::ALL.into_iter().filter(|kind| !page.contains(&format!("`{kind}`")));
    none("not in `docs/log-format.md`", missing.map(|kind| kind.to_string()).collect());
}

#[test]
fn every_problem_is_documented_in_the_catalogues_words() {
    let page = read("docs/problems.md");
    let rows: Vec<_> = page.lines().filter(|line| line.starts_with("| `")).collect();
    let row = |kind: &ProblemType| {
        format!("| `{}` | {} | {} | {} |", kind.slug(), kind.status(), kind.happened(), kind.remedy())
    };
    let wanted: Vec<_> = ProblemType::ALL.iter().map(row).collect();
    let missing = wanted.iter().filter(|row| !rows.contains(&row.as_str())).cloned();
    none("not in `docs/problems.md`", missing.collect());
    let unknown = rows.iter().filter(|row| !wanted.iter().any(|wanted| wanted == *row));
    none("not in the catalogue", unknown.map(|row| (*row).to_owned()).collect());
}

#[test]
fn every_reason_to_deny_is_a_problem() {
    let mut codes = quoted_after("crates/domain/src/decision.rs", "fn code", "=> \"");
    assert!(codes.len() > 10, "the reasons are read: {codes:?}");
    codes.retain(|code| ProblemType::from_slug(&code.replace('_', "-")).is_none());
    none("not in the catalogue", codes);
}

#[test]
fn decisions_fit_a_page() {
    let architecture = read("ARCHITECTURE.md");
    let mut found = Vec::new();
    for file in documents().iter().filter(|file| file.path.starts_with("docs/decisions/")) {
        let lines = file.text.lines().count();
        if lines > DECISION_LINES_MAX {
            found.push(format!("{}: {lines} lines", file.path));
        }
        if !architecture.contains(&format!("({})", file.path)) {
            found.push(format!("{}: `ARCHITECTURE.md` has no link to it", file.path));
        }
    }
    none("decisions", found);
}

fn documents() -> Vec<File> {
    files(&["md"])
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

fn forbidden(text: &str, list: &[&str]) -> Vec<String> {
    let mut words = words(text);
    words.retain(|word| list.contains(&word.as_str()));
    words
}

/// A template's text without its tags and expressions.
fn visible(template: &str) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some(at) = rest.find(['<', '{']) {
        let (before, from) = rest.split_at(at);
        text.push_str(before);
        let close = [("{{", "}}"), ("{%", "%}"), ("{#", "#}"), ("<", ">")]
            .iter()
            .find(|(open, _)| from.starts_with(open));
        let end = close.and_then(|(_, close)| from.find(close).map(|at| at + close.len()));
        rest = from.get(end.unwrap_or(1)..).unwrap_or_default();
        text.push(' ');
    }
    text + rest
}

/// Paths that a document names: between backticks when they begin with a folder of the project, and targets of links.
/// `path#name` names something in the file. Blocks of code are examples.
fn paths(file: &File) -> Vec<String> {
    let prose = file.text.split("\n```").step_by(2).collect::<Vec<_>>().join("\n");
    let quoted = prose.split('`').skip(1).step_by(2).filter(|span| {
        let ours = ["crates/", "docs/", "tests/", "benches/", "deploy/", ".ci/"]
            .iter()
            .any(|folder| span.starts_with(folder));
        ours && !span.contains([' ', '{', '*', '…'])
    });
    let folder = Path::new(&file.path).parent().unwrap();
    let links = prose.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let links = links.filter(|target| !target.contains(':') && !target.starts_with('#'));
    let links = links.map(|target| folder.join(target).to_str().unwrap().to_owned());
    quoted.map(str::to_owned).chain(links).collect()
}

fn missing(named: &str) -> Option<&'static str> {
    let (path, name) = named.split_once('#').map_or((named, None), |(path, name)| (path, Some(name)));
    let path = root().join(path);
    if !path.exists() {
        return Some("does not exist");
    }
    let name = name.filter(|_| path.extension().is_some_and(|e| e != "md"))?;
    let text = std::fs::read_to_string(path).unwrap();
    let part = |c: char| c.is_alphanumeric() || c == '_';
    let whole = text.split(|c| !part(c)).any(|word| word == name);
    (!whole).then_some("has no such name in it")
}

/// The literals that follow each `before` in a file, from the first `from` on.
fn quoted_after(path: &str, from: &str, before: &str) -> Vec<String> {
    let text = read(path);
    let (_, body) = text.split_once(from).expect("the catalogue is where it was");
    // To the end of its last arm: titles and sentences have spaces in them.
    let literals = body.split(before).skip(1).filter_map(|rest| rest.split('"').next());
    literals
        .filter(|text| text.chars().all(|c| c.is_ascii_lowercase() || "-_".contains(c)))
        .map(str::to_owned)
        .collect()
}
