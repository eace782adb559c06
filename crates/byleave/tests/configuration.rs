//! What `byleave serve` says to a configuration: where it is wrong, what it is, and which risks it takes.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

mod source;

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::json;

/// Complete and without a weak setting. Line numbers below are its.
fn good(folder: &Path) -> String {
    format!(
        r#"deployment = "byleave.vendor.example"
data = "{}"
vendor_name = "Vendor"
listen = "127.0.0.1:18080"
gateway_listen = "127.0.0.1:18081"
base_url = "https://byleave.vendor.example"
gateway_url = "https://gate.vendor.example"
support_domain = "support.vendor.example"
support_access_address = "support-access@vendor.example"
process_profile = "article-plus"
enable_wait_hours = 24
office_hours = "Mon-Fri 09:00-17:00 Europe/Berlin"
evidence_days = 400
metrics.token = "0123456789abcdef0123"
[[desk_people]]
name = "Dana Example"
email = "dana@vendor.example"
key = "d04ab232742bb4ab3a1368bd4615e4e6d0224ab71a016baf8520a332c9778737"

[[desk_people]]
name = "Lee Example"
email = "lee@vendor.example"
key = "8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394"

[acknowledgement_form]
version = "vendor-1"
title = "A title"
introduction = "An introduction."
declaration = "I understand."
sections = [{{ heading = "A heading", points = ["A point"] }}]

[log]
format = "human"
level = "info"

[gateway]
trusted_forwarders = ["127.0.0.0/8", "::1/128"]
"#,
        folder.join("data").display()
    )
}

struct Tried {
    code: Option<i32>,
    said: String,
    printed: String,
}

/// Asks `serve` what it makes of a configuration, and no more.
fn print_config(folder: &Path, text: &str, variables: &[(&str, &str)]) -> Tried {
    run(folder, text, &["--print-config"], variables)
}

fn run(folder: &Path, text: &str, flags: &[&str], variables: &[(&str, &str)]) -> Tried {
    let config = folder.join("byleave.toml");
    std::fs::write(&config, text).unwrap();
    let mode = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(&config, mode).unwrap();
    let Output { status, stdout, stderr } = Command::new(env!("CARGO_BIN_EXE_byleave"))
        .current_dir(folder)
        .args(["serve", "--config", "byleave.toml"])
        .args(flags)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Tried { code: status.code(), said: text(stderr), printed: text(stdout) }
}

/// What is changed, into what, and what the complaint must hold: place, key, value, and the way out.
#[rustfmt::skip]
const WRONG: &[(&str, &str, &[&str])] = &[
    ("deployment = \"byleave.vendor.example\"\n", "", &["byleave.toml: `deployment`", "missing", "never changes"]),
    ("byleave.vendor.example\"\ndata", "by leave\"\ndata", &["byleave.toml:1:14: `deployment` = `by leave`", "' '", "write a name"]),
    ("byleave.vendor.example\"\ndata", "by+leave\"\ndata", &["1:14", "`by+leave`", "'+'"]),
    ("deployment =", "deploiment =", &["byleave.toml:1:1: `deploiment`", "no such key", "`deployment` may be meant"]),
    ("vendor_name", "vendor_nmae", &["3:1: `vendor_nmae`", "`vendor_name` may be meant"]),
    ("\"Vendor\"", "\"\"", &["3:15: `vendor_name` = ``", "empty", "as customers know it"]),
    ("\"Vendor\"", "5", &["3:15: `vendor_name` = `5`", "a text in quotes"]),
    ("\"Vendor\"", "[\"Vendor\"]", &["3:15: `vendor_name` = `[…]`", "a text in quotes"]),
    ("\"Vendor\"", "\"Vendor", &["byleave.toml:3:", "not TOML"]),
    ("vendor_name = \"Vendor\"", "vendor_name = \"Vendor\"\nvendor_name = \"V\"", &["byleave.toml:4:1", "not TOML", "each key stands once"]),
    ("listen = \"127.0.0.1:18080\"", "listen = \"one27\"", &["4:10: `listen` = `one27`", "`127.0.0.1:8080`"]),
    ("listen = \"127.0.0.1:18080\"", "listen = \"127.0.0.1\"", &["4:10: `listen` = `127.0.0.1`", "address and port"]),
    ("listen = \"127.0.0.1:18080\"", "listen = 18080", &["4:10: `listen` = `18080`", "a text in quotes"]),
    (":18081", ":18080", &["5:18: `gateway_listen`", "listens there", "another port"]),
    ("https://byleave.vendor.example\"", "byleave.vendor.example\"", &["6:12: `base_url` = `byleave.vendor.example`", "scheme, host and port"]),
    ("https://byleave.vendor.example\"", "https://byleave.vendor.example/\"", &["6:12: `base_url`", "not the origin `https://byleave.vendor.example`"]),
    ("https://byleave.vendor.example\"", "https://byleave.vendor.example/x?y\"", &["6:12", "scheme, host and port alone"]),
    ("https://byleave.vendor.example\"", "ftp://byleave.vendor.example\"", &["6:12", "neither http nor https"]),
    ("https://gate.vendor.example", "https://byleave.vendor.example", &["7:15: `gateway_url`", "control plane's", "of its own"]),
    ("\"support.vendor.example\"", "\"Support.Vendor\"", &["8:18: `support_domain` = `Support.Vendor`", "host name in lower case"]),
    ("\"support.vendor.example\"", "\"-a.example\"", &["8:18", "`-a.example`"]),
    ("\"support-access@vendor.example\"", "\"support-access\"", &["9:26: `support_access_address` = `support-access`"]),
    ("\"article-plus\"", "\"quick\"", &["10:19: `process_profile` = `quick`", "`article-plus` or `article`"]),
    ("enable_wait_hours = 24", "enable_wait_hours = 200", &["11:21: `enable_wait_hours` = `200`", "from 0 to 168"]),
    ("enable_wait_hours = 24", "enable_wait_hours = -1", &["11:21", "`-1`", "no whole number"]),
    ("enable_wait_hours = 24", "enable_wait_hours = 1.5", &["11:21", "a number is wanted"]),
    ("enable_wait_hours = 24", "enable_wait_hours = \"24\"", &["11:21", "a number is wanted"]),
    ("enable_wait_hours = 24", "enable_wait_hours = 1979-05-27", &["11:21", "a number is wanted"]),
    ("enable_wait_hours = 24", "brand.accent_light = \"#82bbf5\"", &["11:22: `brand.accent_light` = `#82bbf5`", "contrasts 1.", ":1 with the ground `#", "4.5:1", "a darker colour"]),
    ("enable_wait_hours = 24", "brand.accent_dark = \"#0b57a4\"", &["11:21: `brand.accent_dark` = `#0b57a4`", ":1 with the ground `#", "a lighter colour"]),
    ("enable_wait_hours = 24", "brand.accent_dark = \"blue\"", &["11:21: `brand.accent_dark` = `blue`", "no colour like"]),
    ("enable_wait_hours = 24", "brand.logo = \"none.svg\"", &["11:14: `brand.logo` = `none.svg`", "cannot be read", "at most 64 KiB"]),
    ("enable_wait_hours = 24", "brand.logo = \"byleave.toml\"", &["11:14: `brand.logo` = `byleave.toml`", "neither SVG nor PNG"]),
    ("\"127.0.0.0/8\"", "\"10.0.0.1/8\"", &["37:23: `gateway.trusted_forwarders` = `10.0.0.1/8`", "inside the network `10.0.0.0/8`"]),
    ("trusted_forwarders = [\"127.0.0.0/8\"", "proxy_protocol_from = [\"proxy\"", &["37:24: `gateway.proxy_protocol_from` = `proxy`", "no network", "`10.0.0.0/8`"]),
    ("enable_wait_hours = 24", "mail.listen = \"127.0.0.1\"", &["11:15: `mail.listen` = `127.0.0.1`", "`127.0.0.1:2525`", "`mail.addresses`: there are none", "support-access@vendor.example"]),
    ("enable_wait_hours = 24", "mail.addresses = [\"here\"]", &["`mail.addresses` = `here`", "a list of addresses"]),
    ("enable_wait_hours = 24", "mail.protocol = \"pop\"", &["11:17: `mail.protocol` = `pop`", "`smtp` or `lmtp`"]),
    ("enable_wait_hours = 24", "mail.resolver = \"dns\"", &["11:17: `mail.resolver` = `dns`", "`127.0.0.1:53`"]),
    ("enable_wait_hours = 24", "mail.message_megabytes_max = 26", &["11:30: `mail.message_megabytes_max` = `26`", "1 to 25"]),
    ("enable_wait_hours = 24", "mail.per_minute = 99", &["11:19: `mail.per_minute` = `99`", "put off", "100 or more"]),
    ("enable_wait_hours = 24", "mail.tls.certificate = \"none.pem\"", &["`mail.tls.certificate` = `none.pem`", "no such file", "`mail.tls.key`: the key is missing"]),
    ("enable_wait_hours = 24", "limits.credential = 0", &["11:21: `limits.credential` = `0`", "nobody could ask", "at least 1"]),
    ("enable_wait_hours = 24", "sessions.hours = 25", &["11:18: `sessions.hours` = `25`", "from 1 to 24"]),
    ("enable_wait_hours = 24", "sessions.idle_minutes = 4", &["11:25: `sessions.idle_minutes` = `4`", "from 5 to 1440"]),
    ("enable_wait_hours = 24", "sign_in.issuer = \"http://login.vendor.example\"", &["11:18: `sign_in.issuer`", "begin with `https:`", "`sign_in.client_id`: the key is missing", "`sign_in.client_secret`: the key is missing", "nobody could sign in"]),
    ("enable_wait_hours = 24", "sign_in.issuer = \"https://login.vendor.example/?tenant=1\"", &["11:18: `sign_in.issuer`", "no query"]),
    ("enable_wait_hours = 24", "sign_in.scopes = \"email groups\"", &["11:18: `sign_in.scopes` = `email groups`", "`openid` is missing"]),
    ("\"127.0.0.0/8\"", "\"0.0.0.0/0\"", &["37:23: `gateway.trusted_forwarders` = `0.0.0.0/0`", "every address", "`10.0.0.0/8`"]),
    ("trusted_forwarders = [\"127.0.0.0/8\"", "proxy_protocol_from = [\"::/0\"", &["37:24: `gateway.proxy_protocol_from` = `::/0`", "every address", "`10.0.0.0/8`"]),
    ("trusted_forwarders = [\"127.0.0.0/8\", \"::1/128\"]", "upgrades = [\"h2c\"]", &["37:13: `gateway.upgrades` = `h2c`", "unread and unrecorded"]),
    ("trusted_forwarders = [\"127.0.0.0/8\", \"::1/128\"]", "upgrades = [\"SPDY\"]", &["37:13: `gateway.upgrades` = `SPDY`", "lower case"]),
    ("enable_wait_hours = 24", "tls.certificate = \"/nowhere.pem\"", &["11:19: `tls.certificate` = `/nowhere.pem`", "no such file", "`tls.key`", "missing"]),
    ("Mon-Fri 09:00-17:00 Europe/Berlin", "sometimes", &["12:16: `office_hours` = `sometimes`", "days, hours and a place"]),
    ("Europe/Berlin", "Europe/Nowhere", &["12:16", "`Europe/Nowhere`"]),
    (" Europe/Berlin", "", &["12:16: `office_hours`", "a place"]),
    ("evidence_days = 400", "evidence_days = 10", &["13:17: `evidence_days` = `10`", "90 days or more"]),
    ("\"Dana Example\"", "\" \"", &["16:8: `desk_people[0].name`", "empty"]),
    ("\"dana@vendor.example\"", "\"dana\"", &["17:9: `desk_people[0].email` = `dana`", "the person's address"]),
    ("\"lee@vendor.example\"", "\"dana@vendor.example\"", &["22:9: `desk_people[1].email`", "earlier desk person", "once"]),
    ("8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394", "d04ab232742bb4ab3a1368bd4615e4e6d0224ab71a016baf8520a332c9778737", &["23:7: `desk_people[1].key`", "are one", "byleave keygen"]),
    ("d04ab232", "D04AB232", &["18:7: `desk_people[0].key`", "64 hex digits"]),
    ("email = \"dana", "mail = \"dana", &["17:1: `desk_people[0].mail`", "`desk_people[0].email` may be meant"]),
    ("title = \"A title\"\n", "", &["`acknowledgement_form.title`", "missing"]),
    ("sections = [{ heading = \"A heading\", points = [\"A point\"] }]", "sections = []", &["`acknowledgement_form.sections`", "there are none"]),
    ("points = [\"A point\"]", "points = [1]", &["30:", "`acknowledgement_form.sections[0].points` = `1`", "a text in quotes"]),
    ("[log]\nformat = \"human\"", "[log]\nformat = \"xml\"", &["33:10: `log.format` = `xml`", "`human` or `json`"]),
    ("level = \"info\"", "level = \"loud\"", &["34:9: `log.level` = `loud`", "`error`, `warn`"]),
    ("level = \"info\"", "lvl = \"info\"", &["34:1: `log.lvl`", "no such key"]),
    ("[log]\nformat = \"human\"\nlevel = \"info\"", "[logs]\nformat = \"human\"", &["`logs`", "`log` may be meant"]),
    ("token = \"0123456789abcdef0123\"", "token = \"short\"", &["14:17: `metrics.token`:", "too short"]),
    ("metrics.token = ", "metrics = ", &["14:11: `metrics`: a section is wanted here", "`[metrics]` with its keys below"]),
    ("metrics.token = ", "log = ", &["not TOML"]),
    ("evidence_days = 400", "accept = [\"everything\"]", &["13:11: `accept` = `everything`", "no such risk", "plain-http"]),
    ("evidence_days = 400", "accept = \"plain-http\"", &["13:10: `accept` = `plain-http`", "a list is wanted"]),
    ("evidence_days = 400", "log = 5", &["byleave.toml:32", "not TOML"]),
];

#[test]
fn what_is_wrong_is_named_by_place_key_value_and_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let good = good(folder.path());
    assert!(WRONG.len() >= 30);
    for (from, to, names) in WRONG {
        assert!(good.contains(from), "{from}");
        let tried = print_config(folder.path(), &good.replacen(from, to, 1), &[]);
        assert_eq!(tried.code, Some(1), "{to}: {}", tried.said);
        for name in *names {
            assert!(tried.said.contains(name), "{to}: `{name}` is not in: {}", tried.said);
        }
        assert!(!tried.said.contains("0123456789abcdef"), "a secret is repeated: {}", tried.said);
        assert!(!folder.path().join("data").exists(), "{to}: nothing is made before all is read");
    }
}

#[test]
fn everything_that_is_wrong_is_named_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let text = good(folder.path())
        .replace("\"Vendor\"", "5")
        .replace("= 400", "= 1")
        .replace("127.0.0.1:18081", "x");
    let tried = print_config(folder.path(), &text, &[]);
    let lines: Vec<_> = tried.said.lines().collect();
    assert_eq!(lines.len(), 3, "{}", tried.said);
    assert!(lines.iter().all(|line| line.starts_with("byleave: byleave.toml:")), "{}", tried.said);
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_byleave"))
        .args(["serve", "--config", "absent.toml"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("`absent.toml` cannot be read") && said.contains("--config"), "{said}");
}

#[test]
fn variables_stand_before_the_file_and_what_holds_is_printed_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let variables = [
        ("BYLEAVE_LISTEN", "127.0.0.1:19090"),
        ("BYLEAVE_ENABLE_WAIT_HOURS", "48"),
        ("BYLEAVE_LOG__FORMAT", "json"),
        ("BYLEAVE_METRICS__TOKEN", "another-secret-of-twenty"),
        ("BYLEAVE_ACCEPT", "[\"plain-http\"]"),
        // The command line's own, and what Kubernetes sets.
        ("BYLEAVE_URL", "http://127.0.0.1:1"),
        ("BYLEAVE_PORT", "tcp://10.0.0.1:80"),
    ];
    let tried = print_config(folder.path(), &good(folder.path()), &variables);
    assert_eq!(tried.code, Some(0), "{}", tried.said);
    for line in [
        "listen = \"127.0.0.1:19090\"  # BYLEAVE_LISTEN\n",
        "gateway_listen = \"127.0.0.1:18081\"  # byleave.toml:5\n",
        "enable_wait_hours = 48  # BYLEAVE_ENABLE_WAIT_HOURS\n",
        "log.format = \"json\"  # BYLEAVE_LOG__FORMAT\n",
        "log.level = \"info\"  # byleave.toml:34\n",
        "metrics.token = \"(secret)\"  # BYLEAVE_METRICS__TOKEN\n",
        "accept = [\"plain-http\"]  # BYLEAVE_ACCEPT\n",
        "support_access_policy = \"\"  # default\n",
        "brand.logo = \"\"  # default\n",
        "desk_people[1].email = \"lee@vendor.example\"  # byleave.toml:22\n",
        "# BYLEAVE_PORT names no key and is not read\n",
    ] {
        assert!(tried.printed.contains(line), "`{line}` is not in:\n{}", tried.printed);
    }
    assert!(!tried.printed.contains("another-secret"), "{}", tried.printed);

    for (name, value, names) in [
        ("BYLEAVE_LISTEN", "nowhere", ["BYLEAVE_LISTEN: `listen` = `nowhere`", "127.0.0.1:8080"]),
        ("BYLEAVE_ENABLE_WAIT_HOURS", "soon", ["BYLEAVE_ENABLE_WAIT_HOURS: ", "no whole number"]),
        ("BYLEAVE_LOG__FROMAT", "json", ["BYLEAVE_LOG__FROMAT: `log.fromat`", "`log.format` may be meant"]),
        ("BYLEAVE_LGO__FORMAT", "json", ["BYLEAVE_LGO__FORMAT: `lgo`", "`log` may be meant"]),
        ("BYLEAVE_LISTEN__PORT", "80", ["BYLEAVE_LISTEN__PORT: `listen__port`", "no section"]),
        ("BYLEAVE_DESK_PEOPLE", "Dana", ["BYLEAVE_DESK_PEOPLE: `desk_people`", "a list is wanted"]),
        ("BYLEAVE_LOG", "json", ["BYLEAVE_LOG: `log`: a section", "BYLEAVE_LOG__"]),
    ] {
        let tried = print_config(folder.path(), &good(folder.path()), &[(name, value)]);
        assert_eq!(tried.code, Some(1), "{name}: {}", tried.said);
        for wanted in names {
            assert!(tried.said.contains(wanted), "{name}: `{wanted}` is not in: {}", tried.said);
        }
    }
}

/// What is printed for programs is what is printed for people.
#[test]
fn what_holds_is_printed_as_json_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let variables = [("BYLEAVE_ENABLE_WAIT_HOURS", "48"), ("BYLEAVE_PORT", "tcp://10.0.0.1:80")];
    let tried = run(folder.path(), &good(folder.path()), &["--print-config", "--json"], &variables);
    let lines: Vec<serde_json::Value> =
        tried.printed.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in [
        json!({"key": "listen", "value": "127.0.0.1:18080", "from": "byleave.toml:4"}),
        json!({"key": "enable_wait_hours", "value": 48, "from": "BYLEAVE_ENABLE_WAIT_HOURS"}),
        json!({"key": "metrics.token", "value": "(secret)", "from": "byleave.toml:14"}),
        json!({"key": "gateway.trusted_forwarders", "value": ["127.0.0.0/8", "::1/128"], "from": "byleave.toml:37"}),
        json!({"key": "support_access_policy", "value": "", "from": "default"}),
        json!({"ignored": "BYLEAVE_PORT"}),
    ] {
        assert!(lines.contains(&line), "{line} is not in:\n{}{}", tried.printed, tried.said);
    }
    assert!(!tried.printed.contains("0123456789abcdef"), "{}", tried.printed);
}

/// Whoever begins with the file in the documentation takes no risk that nobody has told them of.
#[test]
fn the_sample_in_the_documentation_takes_no_risk() {
    let folder = tempfile::tempdir().unwrap();
    let page = std::fs::read_to_string(source::root().join("docs/operations.md")).unwrap();
    let (_, sample) = page.split_once("\n```toml\n").unwrap();
    let (sample, _) = sample.split_once("\n```\n").unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = format!("\"127.0.0.1:{}\"", taken.local_addr().unwrap().port());
    let text =
        sample.replace("\"127.0.0.1:8080\"", &listen).replace("/var/lib", folder.path().to_str().unwrap());
    assert_ne!(text, sample);
    // Whoever comes so far has accepted the configuration.
    let tried = run(folder.path(), &text, &[], &[]);
    assert!(tried.said.contains("Address already in use") && !tried.said.contains("risk"), "{}", tried.said);
}

#[test]
fn a_list_can_be_a_variable_and_is_read_as_toml() {
    let folder = tempfile::tempdir().unwrap();
    let people = r#"[{ name = "Nia Example", email = "nia@vendor.example" }]"#;
    let tried = print_config(folder.path(), &good(folder.path()), &[("BYLEAVE_DESK_PEOPLE", people)]);
    let line = "desk_people[0].email = \"nia@vendor.example\"  # BYLEAVE_DESK_PEOPLE\n";
    assert!(
        tried.printed.contains(line) && !tried.printed.contains("lee@"),
        "{}{}",
        tried.said,
        tried.printed
    );
}

/// What is changed to take each risk, and what the refusal must name beside the flag.
#[rustfmt::skip]
const WEAK: &[(&str, &str, &str, &str)] = &[
    ("plain-http", "base_url = \"https://byleave.vendor.example\"", "base_url = \"http://byleave.vendor.example\"", "`base_url` is `http://byleave.vendor.example`"),
    ("plain-http", "https://gate.vendor.example", "http://192.0.2.7", "`gateway_url` is `http://192.0.2.7`"),
    ("open-listener", "127.0.0.1:18080", "0.0.0.0:18080", "`listen` is `0.0.0.0:"),
    ("open-listener", "127.0.0.1:18081", "[::]:18081", "`gateway_listen` is `[::]:18081`"),
    ("unknown-addresses", "trusted_forwarders = [\"127.0.0.0/8\", \"::1/128\"]", "", "`gateway.trusted_forwarders` is empty"),
    ("keyless-desk-person", "key = \"8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394\"\n", "\n[[desk_people]]\nname = \"Nia Example\"\nemail = \"nia@vendor.example\"\nkey = \"8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394\"\n", "1 without a `key`"),
    ("no-waiting-time", "enable_wait_hours = 24", "enable_wait_hours = 0", "`enable_wait_hours` is 0"),
    ("placeholder-address", "support_access_address = \"support-access@vendor.example\"\n", "", "`support-access@localhost`"),
];

#[test]
fn each_weak_setting_is_refused_until_it_is_accepted_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let good = good(folder.path());
    for (risk, from, to, because) in WEAK {
        assert!(good.contains(from), "{from}");
        refused(folder.path(), &good.replacen(from, to, 1), &[risk], because);
    }
    let alone = good.split("[[desk_people]]\nname = \"Lee").next().unwrap().to_owned()
        + "[gateway]\ntrusted_forwarders = [\"127.0.0.0/8\"]\n";
    refused(folder.path(), &alone, &["single-desk-person", "few-approvers"], "`desk_people` names 1");

    let open = std::fs::Permissions::from_mode(0o755);
    std::fs::create_dir(folder.path().join("data")).unwrap();
    std::fs::set_permissions(folder.path().join("data"), open).unwrap();
    refused(folder.path(), &good, &["readable-secrets"], "has mode 755");
    std::fs::set_permissions(folder.path().join("data"), std::fs::Permissions::from_mode(0o700)).unwrap();
    // Handed over by its group it is as it should be; open to everybody it is not, once a secret is in it.
    for (mode, is_refused) in [(0o640, false), (0o600, false), (0o644, true), (0o660, true)] {
        let config = folder.path().join("byleave.toml");
        std::fs::write(&config, &good).unwrap();
        std::fs::set_permissions(&config, std::fs::Permissions::from_mode(mode)).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_byleave"))
            .current_dir(folder.path())
            .args(["serve", "--config", "byleave.toml"])
            // Whoever comes so far has accepted the configuration.
            .env("BYLEAVE_LISTEN", "127.0.0.1:1")
            .env("BYLEAVE_DATA", "/dev/null/nothing")
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(said.contains("--accept-readable-secrets"), is_refused, "{mode:o}: {said}");
    }
}

/// With all of `risks` accepted it goes on to its next question; without one of them it does not.
fn refused(folder: &Path, text: &str, risks: &[&str], because: &str) {
    // A port that is taken: whoever comes so far has accepted the configuration.
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let text = text.replace(":18080", &format!(":{}", taken.local_addr().unwrap().port()));
    let tried = run(folder, &text, &[], &[]);
    assert_eq!(tried.code, Some(1), "{}", tried.said);
    for risk in risks {
        let flag = format!("--accept-{risk}");
        let key = format!("accept = [\"{risk}\"]");
        for wanted in [flag.as_str(), &key, because] {
            assert!(tried.said.contains(wanted), "`{wanted}` is not in: {}", tried.said);
        }
    }
    let lines = tried.said.lines().count();
    assert_eq!(lines, risks.len(), "no other risk is taken: {}", tried.said);
    let flags: Vec<_> = risks.iter().map(|risk| format!("--accept-{risk}")).collect();
    let flags: Vec<_> = flags.iter().map(String::as_str).collect();
    let listed = risks.iter().map(|risk| format!("\"{risk}\"")).collect::<Vec<_>>().join(", ");
    let key = format!("accept = [{listed}]\n{text}");
    for (text, flags) in [(text.as_str(), flags.as_slice()), (&key, &[])] {
        let tried = run(folder, text, flags, &[]);
        assert!(tried.said.contains("Address already in use"), "{}", tried.said);
        for risk in risks {
            assert!(tried.said.contains(&format!("accepted risk {risk}")), "{}", tried.said);
        }
    }
}
