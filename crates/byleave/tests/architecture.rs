//! The dependency rule: arrows point inward, pure crates do no IO, edges never know each other, only the root knows
//! everyone. A new edge is a line in the table below, to be read and argued about. `ARCHITECTURE.md` says why.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod source;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use source::{cargo, code, files, none, sources, unquoted};

/// A crate, what it uses of ours, and what it uses from outside; tests, examples and benchmarks apart.
type Row = (&'static str, &'static str, &'static str);

const TABLE: &[Row] = &[
    // Pure: no IO, no clock, no randomness.
    ("domain", "passkey", "ed25519-dalek jiff thiserror"),
    ("tlog", "", "base64 ed25519-dalek sha2 thiserror"),
    ("api", "domain", "jiff minicbor schemars serde serde_json sha2 thiserror"),
    // Takes decisions again, by the one function that takes them: a second one could differ.
    ("verify", "api domain tlog", "jiff serde serde_json thiserror"),
    ("calendar", "", "jiff thiserror"),
    // The only one that knows what a PDF is.
    ("form", "", "harfrust jiff krilla lopdf qrcode thiserror"),
    // What is signed with a passkey has to stay verifiable for years, in Rust alone.
    ("passkey", "", "base64 ed25519-dalek minicbor p256 serde serde_json sha2 thiserror"),
    // Embedded by vendors in their applications: knows nothing else of ours.
    ("assertion", "", "aws-lc-rs base64 jiff jsonwebtoken serde serde_json thiserror"),
    // Nothing at all in a release.
    ("fail-point", "", ""),
    // Use cases.
    (
        "app",
        "api calendar domain fail-point form mail passkey tlog",
        "async-trait base64 ed25519-dalek getrandom hmac jiff serde serde_json sha2 subtle thiserror tokio tracing",
    ),
    // Edges.
    // Seals what is personal, so it needs a cipher.
    ("store", "app domain fail-point tlog", "aws-lc-rs jiff rusqlite serde_json thiserror zeroize"),
    // Reads what strangers write. Knows nothing of ours: what it finds is plain data.
    (
        "mail",
        "",
        "aws-lc-rs base64 icu_normalizer idna jiff mail-auth mail-parser mail-send minijinja sha2 thiserror tokio \
         tokio-rustls",
    ),
    (
        "gateway",
        "api domain fail-point",
        "async-trait bytes http http-body http-body-util hyper hyper-util ipnet jiff ppp rlimit rustls \
         rustls-native-certs serde_json socket2 thiserror tokio tokio-rustls tokio-util tracing",
    ),
    (
        "server",
        "api app domain tlog",
        "askama axum csv fluent-bundle governor hyper hyper-util jiff rlimit rustls schemars serde serde_json serde_path_to_error \
         serde_urlencoded sha2 socket2 subtle tokio tokio-rustls tower tracing",
    ),
    // What an OpenID provider says, asked and checked.
    (
        "oidc",
        "app",
        "async-trait base64 jiff jsonwebtoken reqwest serde serde_json serde_urlencoded sha2 tokio",
    ),
    // The demo's fictional vendor: somebody else's software, save for the assertion.
    (
        "sample-vendor",
        "assertion",
        "askama axum futures-util jiff rusqlite serde serde_json serde_urlencoded thiserror tokio tracing",
    ),
    // Benchmarks alone, which may use everything; nothing uses them.
    ("bench", "", ""),
    // Tests alone; nothing else uses it. The one crate with `unsafe`.
    ("faulting-vfs", "", "rusqlite"),
    // The root.
    (
        "byleave",
        "api app assertion calendar domain form gateway mail oidc passkey sample-vendor server store tlog verify",
        "async-trait base64 clap clap_complete hickory-proto indicatif ipnet jiff prometheus-client reqwest rustix rustls \
         rustls-native-certs serde serde_json sha2 tempfile tokio tokio-rustls tokio-util toml tracing",
    ),
];

/// Crates from outside, and the only ones of ours that may use them.
const ONLY_UNDER: &[(&str, &[&str])] = &[
    ("rusqlite", &["faulting-vfs", "sample-vendor", "store"]),
    ("axum", &["sample-vendor", "server"]),
    ("krilla", &["form"]),
    ("lopdf", &["form"]),
    ("mail-auth", &["mail"]),
    ("mail-parser", &["mail"]),
    ("mail-send", &["mail"]),
    ("minijinja", &["mail"]),
];

/// Compiled into nothing of ours: one provider of cryptography, and it is aws-lc-rs.
const FORBIDDEN: &[&str] = &["native-tls", "openssl-sys", "ring"];

/// What a pure crate's source does not name.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "SystemTime",
    "Instant",
    "Timestamp::now",
    "Zoned::now",
    "async",
    "await",
    "getrandom",
    "println!",
    "eprintln!",
    "tracing",
];

/// What only SQL says, and in capitals.
const SQL: &[&str] =
    &["SELECT ", "INSERT INTO", "INSERT OR", "UPDATE ", "DELETE FROM", "CREATE TABLE", "DROP TRIGGER"];

#[test]
fn every_edge_is_in_the_table() {
    let mut table = BTreeMap::new();
    for (name, ours, outside) in TABLE {
        let ours = ours.split_whitespace().map(|ours| format!("crates/{ours}"));
        let used = ours.chain(outside.split_whitespace().map(str::to_owned));
        table.insert((*name).to_owned(), used.collect::<BTreeSet<_>>());
    }
    let found = dependencies();
    let differs = |name: &String| {
        let (is, may) = (found.get(name), table.get(name));
        let (Some(is), Some(may)) = (is, may) else { return vec![format!("`{name}` is on one side only")] };
        let new =
            is.difference(may).map(|used| format!("`{name}` uses `{used}`, which its row does not have"));
        let gone =
            may.difference(is).map(|used| format!("`{name}` does not use `{used}`, which its row has"));
        new.chain(gone).collect()
    };
    let names: BTreeSet<_> = found.keys().chain(table.keys()).collect();
    none("the manifests and the table differ", names.into_iter().flat_map(differs).collect());
}

#[test]
fn databases_and_http_servers_stay_at_their_edges() {
    let misplaced = |(name, used): (&String, &BTreeSet<String>)| {
        let of = ONLY_UNDER
            .iter()
            .filter(|(dependency, under)| used.contains(*dependency) && !under.contains(&name.as_str()));
        of.map(|(dependency, _)| format!("`{name}` uses `{dependency}`")).collect::<Vec<_>>()
    };
    none("out of place", dependencies().iter().flat_map(misplaced).collect());
}

#[test]
fn one_provider_of_cryptography() {
    let tree =
        cargo(&["tree", "--workspace", "--edges", "all", "--prefix", "none", "--format", "{p}", "--locked"]);
    let names: BTreeSet<_> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(names.contains("aws-lc-rs"), "the tree is read");
    none(
        "in the graph",
        FORBIDDEN.iter().filter(|name| names.contains(*name)).map(|n| n.to_string()).collect(),
    );
}

#[test]
fn pure_crates_do_nothing_but_compute() {
    let mut found = Vec::new();
    for file in ["calendar", "domain", "form", "tlog", "api", "verify"].iter().flat_map(|name| sources(name))
    {
        // Tests stand at the end, and may read what fuzzers have found.
        let product = file.text.split("\n#[cfg(test)]\nmod tests {").next().unwrap();
        for (number, line) in (1..).zip(product.lines()) {
            let impure = IMPURE.iter().filter(|name| names(code(line), name));
            found.extend(impure.map(|name| format!("{}:{number}: `{name}`", file.path)));
        }
    }
    none("not pure", found);
}

#[test]
fn sql_is_in_one_file() {
    let mut places = BTreeSet::new();
    for file in files(&["rs"]).into_iter().filter(|file| file.path.contains("/src/")) {
        if file.text.lines().any(|line| SQL.iter().any(|word| code(line).contains(word))) {
            places.insert(file.path);
        }
    }
    assert!(places.remove("crates/store/src/sql.rs"), "the store's statements are where they were");
    places.retain(|path| !path.starts_with("crates/sample-vendor/"));
    none("SQL outside the store's `sql.rs`", places.into_iter().collect());
}

/// Points at which a process ends itself are there where debug assertions are.
#[test]
fn no_profile_of_a_release_has_debug_assertions() {
    let manifest = std::fs::read_to_string(source::root().join("Cargo.toml")).unwrap();
    assert!(manifest.contains("[profile.release]") && !manifest.contains("debug-assertions"));
}

/// The workspace's lints forbid it; one crate has lints of its own.
#[test]
fn unsafe_is_in_one_module_of_the_tests() {
    let of_ours = |file: &source::File| file.path.starts_with("crates/");
    let has = |file: &source::File| file.text.lines().any(|line| names(&unquoted(code(line)), "unsafe"));
    let places: Vec<_> =
        files(&["rs"]).into_iter().filter(of_ours).filter(has).map(|file| file.path).collect();
    assert_eq!(places, ["crates/faulting-vfs/src/vfs.rs"]);
}

/// Whether `code` has `name` as a whole word.
fn names(code: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(name).any(|(at, _)| {
        let (before, after) =
            (code.get(..at).unwrap_or_default(), code.get(at + name.len()..).unwrap_or_default());
        !before.ends_with(part) && !after.starts_with(part)
    })
}

/// What each of our crates uses, by the name of its folder; of ours as `crates/{folder}`. Tests and examples may use
/// more, and do.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let metadata: Value =
        serde_json::from_str(&cargo(&["metadata", "--no-deps", "--format-version", "1", "--locked"]))
            .unwrap();
    let folder = |manifest: &Value| {
        let path = manifest.as_str().unwrap().replace('\\', "/");
        path.trim_end_matches("/Cargo.toml").rsplit('/').next().unwrap().to_owned()
    };
    let used = |dependency: &Value| match dependency.get("path") {
        Some(path) => format!("crates/{}", folder(path)),
        None => dependency.get("name").and_then(Value::as_str).unwrap().to_owned(),
    };
    let list = |value: &Value, key: &str| value.get(key).and_then(Value::as_array).unwrap().clone();
    let mut all = BTreeMap::new();
    for package in list(&metadata, "packages") {
        let normal =
            list(&package, "dependencies").into_iter().filter(|d| d.get("kind").is_none_or(Value::is_null));
        let name = folder(package.get("manifest_path").unwrap());
        all.insert(name, normal.map(|dependency| used(&dependency)).collect());
    }
    all
}
