//! Letters of the real program: none for what is set up, one to each contact for what happens, none twice; texts and keys.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use support::Demo;

/// Letters by file name.
fn letters(folder: &Path) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(letters(&path));
        } else if path.extension().is_some_and(|extension| extension == "eml") {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            found.insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
    found
}

fn until(folder: &Path, count: usize) -> BTreeMap<String, String> {
    for _ in 0..100 {
        if letters(folder).len() >= count {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    letters(folder)
}

#[test]
fn a_freeze_is_told_to_every_contact_once_and_what_was_set_up_to_nobody() {
    let demo = Demo::start();
    std::thread::sleep(Duration::from_millis(2500));
    assert_eq!(letters(demo.folder.path()).len(), 0, "setting up tells nobody anything");
    let contacts: usize = demo.ready["organizations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|organization| organization["contacts"].as_array().unwrap().len())
        .sum();
    let (desk, admin) = (demo.text("/desk_people/0/token"), demo.text("/admin_token"));
    demo.ok(&admin, &["organization", "create", "--name", "Umlaut", "--slug", "umlaut"]);
    let contact =
        ["contact", "create", "--organization", "umlaut", "--name", "Dana", "--phone", "+1 555 0199"];
    demo.ok(&admin, &[&contact[..], &["--email", "dana@bücher.example"]].concat());
    let contacts = contacts + 1;
    demo.ok(&desk, &["freeze", "begin", "--everybody", "--reason", "a break-in"]);
    let told = until(demo.folder.path(), contacts);
    assert_eq!(told.len(), contacts);
    let danas = told.values().filter(|letter| letter.contains("<dana@xn--bcher-kva.example>"));
    assert_eq!(danas.count(), 1, "as servers know the domain");
    for letter in told.values() {
        let letter = letter.replace("\r\n ", " ");
        for line in ["Auto-Submitted: auto-generated\r\n", "a break-in", "text/html; charset=utf-8"] {
            assert!(letter.contains(line), "{line} is not in {letter}");
        }
        assert!(!letter.contains("sign-in") && !letter.contains("In-Reply-To"), "{letter}");
    }
    while !demo.ok(&desk, &["mail", "letters", "--state", "waiting"]).is_empty() {
        std::thread::sleep(Duration::from_millis(100));
    }
    let demo = demo.kill_and_restart();
    std::thread::sleep(Duration::from_millis(2500));
    assert_eq!(letters(demo.folder.path()), told, "nothing twice after a crash");
}

/// A mail server whose first peer gets no word; it counts what it was given.
fn slow_server(taken: Arc<AtomicUsize>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let _silent = listener.accept().unwrap();
        for stream in listener.incoming() {
            let (mut stream, mut said) = (stream.unwrap(), "220 here");
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            loop {
                write!(stream, "{said}\r\n").unwrap();
                let Some(Ok(line)) = lines.next() else { break };
                said = match line.as_str() {
                    "DATA" => {
                        write!(stream, "354 go on\r\n").unwrap();
                        lines.by_ref().map_while(Result::ok).find(|line| line == ".");
                        taken.fetch_add(1, Ordering::SeqCst);
                        "250 taken"
                    }
                    "QUIT" => break,
                    _ => "250 ok",
                };
            }
        }
    });
    address
}

#[test]
fn a_server_that_is_slow_holds_up_its_own_contact_alone() {
    let taken = Arc::new(AtomicUsize::new(0));
    let demo = Demo::with(&["--relay", &slow_server(Arc::clone(&taken)).to_string()]);
    let desk = demo.text("/desk_people/0/token");
    demo.ok(&desk, &["freeze", "begin", "--everybody", "--reason", "a break-in"]);
    for _ in 0..200 {
        if taken.load(Ordering::SeqCst) == 2 {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("{} of the two others", taken.load(Ordering::SeqCst));
}

fn byleave(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output =
        Command::new(env!("CARGO_BIN_EXE_byleave")).args(arguments).current_dir(folder).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

#[test]
fn a_key_has_a_record_and_a_text_that_does_not_render_keeps_the_process_from_starting() {
    let folder = tempfile::tempdir().unwrap();
    let key = ["mail", "key", "dkim.pem", "--domain", "vendor.example"];
    let (code, said) = byleave(folder.path(), &key);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("byleave._domainkey.vendor.example TXT \"v=DKIM1; k=rsa; p=MIIB"), "{said}");
    assert_eq!(byleave(folder.path(), &key), (code, said), "an existing key is kept");
    std::fs::create_dir_all(folder.path().join("texts/en")).unwrap();
    let text = folder.path().join("texts/en/freeze.txt");
    std::fs::write(&text, "Subject: x\n\n{{ frieze }}\n").unwrap();
    let config = r#"deployment = "byleave.vendor.example"
data = "data"
vendor_name = "Vendor"
listen = "127.0.0.1:0"
gateway_listen = "127.0.0.1:0"
base_url = "https://byleave.vendor.example"
gateway_url = "https://gate.vendor.example"
support_domain = "support.vendor.example"
support_access_address = "support-access@vendor.example"

[mail]
relay = "mail.vendor.example:587"
relay_user = "byleave"
relay_password = "hunter2 is no password"
dkim_key = "dkim.pem"
texts = "texts"
languages = ["acme=de"]
"#;
    let file = folder.path().join("byleave.toml");
    std::fs::write(&file, config).unwrap();
    let (code, said) = byleave(folder.path(), &["serve", "--print-config"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("mail.from = \"support-access@vendor.example\"  # default"), "{said}");
    assert!(!said.contains("hunter2") && said.contains("mail.relay_password = \"(secret)\""), "{said}");
    for (from, to, why) in [
        ("587", "mail", "this is no port"),
        ("mail.vendor.example:587", "direct", "nobody logs in to others' servers"),
        ("acme=de", "acme=fr", "there are no texts in it"),
        ("texts = ", "statements = \"no\"\ntexts = ", "`true` or `false` is wanted here"),
        ("relay = \"mail.vendor.example:587\"", "statements = true", "it says nothing without `mail.relay`"),
        ("dkim.pem", "none.pem", "there is no such file"),
        ("relay_user = \"byleave\"\n", "", "it says nothing without `mail.relay_user`"),
        (
            "relay_password = \"hunter2 is no password\"\n",
            "",
            "it says nothing without `mail.relay_password`",
        ),
        ("dkim_key = \"dkim.pem\"", "dkim_selector = \"spring\"", "it says nothing without `mail.dkim_key`"),
        ("relay = \"mail.vendor.example:587\"\n", "", "it says nothing without `mail.relay`"),
        ("texts = \"texts\"\n", "hostname = \"mx.vendor.example\"\n", "mail.addresses"),
    ] {
        std::fs::write(&file, config.replace(from, to)).unwrap();
        let (code, said) = byleave(folder.path(), &["serve", "--print-config"]);
        assert!(code == Some(1) && said.contains(why), "{said}");
    }
    let alone = config.split("[mail]").next().unwrap();
    for (section, mail, says) in [
        ("addresses = [\"support-access@vendor.example\"]", Some(0), "mail.relay = \"\"  # default"),
        ("relay = \"127.0.0.1:25\"", Some(0), "mail.statements = true  # default"),
        ("relay = \"127.0.0.1:25\"\nstatements = false", Some(0), "mail.statements = false  # "),
        ("", Some(1), "mail.addresses"),
    ] {
        std::fs::write(&file, format!("{alone}[mail]\n{section}\n")).unwrap();
        let (code, said) = byleave(folder.path(), &["serve", "--print-config"]);
        assert!(code == mail && said.contains(says), "{section}: {said}");
    }
    std::fs::write(&file, config).unwrap();
    let accepted = [
        "--accept-unknown-addresses",
        "--accept-single-desk-person",
        "--accept-few-approvers",
        "--accept-keyless-desk-person",
        "--accept-readable-secrets",
    ];
    let (code, said) = byleave(folder.path(), &[&["serve"], &accepted[..]].concat());
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("`en/freeze.txt`, line 3"), "{said}");
}
