//! `byleave serve` from a configuration file: what a platform engineer meets first.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod served;

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use served::{configuration, free_ports};

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve(config: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_byleave"));
    command.arg("serve").arg("--config").arg(config).stderr(Stdio::piped());
    command
}

fn start(config: &Path, port: u16) -> Process {
    let process = Process(serve(config).stderr(Stdio::null()).spawn().unwrap());
    let begun = Instant::now();
    // It listens before it is ready, and answers once it is.
    let answers = || byleave(port, "bl_none", &["organization", "list"]).stderr;
    while !String::from_utf8_lossy(&answers()).contains("no session or token") {
        assert!(begun.elapsed() < Duration::from_secs(30), "it does not answer");
        std::thread::sleep(Duration::from_millis(20));
    }
    process
}

fn byleave(port: u16, token: &str, arguments: &[&str]) -> Output {
    let url = format!("http://127.0.0.1:{port}");
    let mut command = Command::new(env!("CARGO_BIN_EXE_byleave"));
    command.args(arguments).args(["--json", "--url", &url, "--token", token]).output().unwrap()
}

#[test]
fn the_first_start_hands_out_what_is_needed_and_the_second_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let [port, gateway_port] = free_ports();
    let config = folder.path().join("byleave.toml");
    std::fs::write(&config, configuration(folder.path(), port, gateway_port)).unwrap();
    let process = start(&config, port);

    let steps = folder.path().join("data/first-steps.txt");
    let text = std::fs::read_to_string(&steps).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&steps).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    let token = text.lines().nth(1).unwrap().to_owned();
    assert!(token.starts_with("bl_"), "{text}");
    let created =
        byleave(port, &token, &["organization", "create", "--name", "Acme Rockets", "--slug", "acme"]);
    assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stderr));
    assert!(text.contains(&format!("http://localhost:{port}/sign-in/bl_")), "{text}");

    // A second process on the same data is refused before it touches anything.
    let second = config.with_extension("second");
    std::fs::write(&second, {
        let [port, gateway_port] = free_ports();
        configuration(folder.path(), port, gateway_port)
    })
    .unwrap();
    let refused = serve(&second).output().unwrap();
    let complaint = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1));
    assert!(complaint.contains("in use by another process"), "{complaint}");

    drop(process);
    std::fs::remove_file(&steps).unwrap();
    std::fs::write(&steps, "kept").unwrap();
    std::fs::set_permissions(&steps, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let _process = start(&config, port);
    assert_eq!(std::fs::read_to_string(&steps).unwrap(), "kept");
    let shown = byleave(port, &token, &["organization", "show", "acme"]);
    assert!(String::from_utf8_lossy(&shown.stdout).contains("\"support_access\":\"enabled\""));
}

/// The vendor's own settings are what the article and the form say.
#[test]
fn the_help_page_and_the_form_are_the_vendors() {
    let folder = tempfile::tempdir().unwrap();
    let [port, gateway_port] = free_ports();
    let config = folder.path().join("byleave.toml");
    let settings = configuration(folder.path(), port, gateway_port).replacen(
        "listen =",
        "support_access_address = \"block@vendor.example\"\nsupport_access_policy = \"the Trust Policy of Vendor\"\n\
         process_profile = \"article\"\nlisten =",
        1,
    );
    let form = r#"
[acknowledgement_form]
version = "vendor-7"
title = "Our own title"
introduction = "Our own introduction."
declaration = "I understand."
sections = [{ heading = "What is closed", points = ["Everything"] }]
"#;
    std::fs::write(&config, settings + form).unwrap();
    let _process = start(&config, port);
    let get = |path: &str| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let url = format!("http://127.0.0.1:{port}{path}");
        runtime.block_on(async { reqwest::get(url).await.unwrap().bytes().await.unwrap().to_vec() })
    };
    let page = String::from_utf8(get("/")).unwrap();
    for wanted in ["block@vendor.example", "the Trust Policy of Vendor", "Two people at our desk approve."] {
        assert!(page.contains(wanted), "{wanted}: {page}");
    }
    assert!(!page.contains("a second person at our desk"), "the article alone has none for disabling");
    let file = folder.path().join("form.pdf");
    std::fs::write(&file, get("/acknowledgement-form.pdf")).unwrap();
    let text = Command::new("pdftotext").arg(&file).arg("-").output().unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    for wanted in ["Our own title", "Our own introduction.", "vendor-7", "Everything"] {
        assert!(text.contains(wanted), "{wanted}: {text}");
    }
}

#[test]
fn without_its_key_a_data_directory_is_not_continued() {
    let folder = tempfile::tempdir().unwrap();
    let [port, gateway_port] = free_ports();
    let config = folder.path().join("byleave.toml");
    std::fs::write(&config, configuration(folder.path(), port, gateway_port)).unwrap();
    drop(start(&config, port));
    std::fs::remove_file(folder.path().join("data/deployment.key")).unwrap();
    let refused = serve(&config).output().unwrap();
    let complaint = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1));
    assert!(complaint.contains("deployment.key") && complaint.contains("bring it back"), "{complaint}");
}
