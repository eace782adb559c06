//! TLS at the real program: both listeners show the certificate of the files, and the next one without a restart.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod served;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::{Certificate, Client};
use served::free_ports;

struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Puts a fresh certificate and its key in place.
fn renew(folder: &Path) -> Certificate {
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    private(&folder.join("key.pem"), &own.signing_key.serialize_pem());
    private(&folder.join("certificate.pem"), &own.cert.pem());
    Certificate::from_pem(own.cert.pem().as_bytes()).unwrap()
}

/// A client that trusts one certificate, and has no connection yet.
fn trusting(certificate: &Certificate) -> Client {
    Client::builder().tls_certs_only([certificate.clone()]).build().unwrap()
}

fn private(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

/// Waits until a client that trusts one certificate is answered with this.
async fn answers(client: &Client, url: &str, status: u16) {
    let since = Instant::now();
    loop {
        let answer = client.get(url).send().await;
        match answer {
            Ok(answer) if answer.status() == status => return,
            other => assert!(since.elapsed() < Duration::from_secs(20), "{url}: {other:?}"),
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn both_listeners_show_the_certificate_of_the_files_as_it_changes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let [port, gateway_port] = free_ports();
    let config = format!(
        r#"deployment = "byleave.vendor.example"
data = "{0}/data"
vendor_name = "Vendor"
listen = "127.0.0.1:{port}"
gateway_listen = "127.0.0.1:{gateway_port}"
base_url = "https://localhost:{port}"
gateway_url = "https://localhost:{gateway_port}"
support_domain = "localhost"
support_access_address = "support-access@vendor.example"
accept = ["single-desk-person", "few-approvers"]

[tls]
certificate = "{0}/certificate.pem"
key = "{0}/key.pem"
"#,
        folder.display()
    );
    private(&folder.join("byleave.toml"), &config);
    let certificate = renew(folder);
    let first = trusting(&certificate);
    let said = std::fs::File::create(folder.join("said.log")).unwrap();
    let serve = ["serve", "--config"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_byleave"));
    command.args(serve).arg(folder.join("byleave.toml")).stdout(Stdio::null()).stderr(said);
    let _process = Process(command.spawn().unwrap());
    let control = format!("https://localhost:{port}/readyz");
    let gateway = format!("https://localhost:{gateway_port}/");
    answers(&first, &control, 200).await;
    answers(&first, &gateway, 404).await;
    assert!(Client::new().get(control.replace("https", "http")).send().await.is_err());

    // This machine asks, and nothing is in front. 4096-01-01, as the certificate was made.
    let metrics = first.get(control.replace("readyz", "metrics")).send().await.unwrap().text().await.unwrap();
    assert!(
        metrics.contains("\nbyleave_certificate_not_after_timestamp_seconds{} 67090118400\n"),
        "{metrics}"
    );

    let second = trusting(&renew(folder));
    answers(&second, &control, 200).await;
    answers(&second, &gateway, 404).await;
    for url in [&control, &gateway] {
        let late = trusting(&certificate).get(url).send().await;
        assert!(late.is_err(), "{url}: the first certificate is shown no more");
    }

    // A key that does not belong to the certificate changes nothing.
    let other = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    private(&folder.join("key.pem"), &other.signing_key.serialize_pem());
    let told =
        || std::fs::read_to_string(folder.join("said.log")).unwrap().contains("do not belong together");
    let since = Instant::now();
    while !told() {
        assert!(since.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    answers(&second, &control, 200).await;
}
