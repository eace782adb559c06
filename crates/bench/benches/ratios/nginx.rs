//! nginx as a proxy: one worker, kept-alive upstream connections, no access log, its defaults otherwise.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use crate::Failure;
use crate::certificate::Certificate;
use crate::lanes::Lane;
use crate::proxy::Running;

/// What it is called in tables.
pub const NAME: &str = "nginx, one worker";

/// Starts nginx in front of `upstream`, with its files in `folder`; with a certificate it speaks TLS on both sides. `None`
/// when it is not installed.
///
/// # Errors
/// When it is installed and does not start.
pub fn start(
    folder: &Path,
    upstream: SocketAddr,
    tls: Option<&Certificate>,
) -> Result<Option<Arc<Running>>, Failure> {
    // nginx cannot be asked which port it took; this one was free a moment ago.
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let folder = folder.join(format!("nginx-{}", address.port()));
    std::fs::create_dir(&folder)?;
    let file = folder.join("nginx.conf");
    std::fs::write(&file, configuration(&folder, address, upstream, tls))?;
    let started = Command::new("nginx")
        .args(["-e", "stderr", "-p"])
        .arg(&folder)
        .arg("-c")
        .arg(&file)
        .stdin(Stdio::null())
        .spawn();
    let process = match started {
        Ok(process) => process,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let running = Running::transparent(process, address);
    for _ in 0..100 {
        if TcpStream::connect(address).is_ok() {
            return Ok(Some(Arc::new(running)));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Err("nginx did not start".into())
}

/// Says so where there is no lane of it.
pub fn say_if_missing(lanes: &[Lane]) {
    if lanes.iter().all(|lane| lane.name != NAME) {
        println!("{NAME}: not measured, since it is not installed (Debian: apt-get install nginx)");
    }
}

fn configuration(
    folder: &Path,
    address: SocketAddr,
    upstream: SocketAddr,
    tls: Option<&Certificate>,
) -> String {
    let folder = folder.display();
    let (ssl, scheme) = if tls.is_some() { (" ssl", "https") } else { ("", "http") };
    let certificate = tls.map_or(String::new(), |Certificate { certificate, key }| {
        format!("ssl_certificate {}; ssl_certificate_key {};", certificate.display(), key.display())
    });
    format!(
        "daemon off;
master_process off; # one process, which is the worker, so that its processor time is found
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr error;
events {{ worker_connections 8192; }}
http {{
  access_log off;
  client_max_body_size 0;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  upstream tool {{
    server {upstream};
    keepalive 64;
    keepalive_requests 1000000000;
  }}
  server {{
    listen {address}{ssl};
    {certificate}
    keepalive_requests 1000000000;
    location / {{
      proxy_pass {scheme}://tool;
      proxy_http_version 1.1;
      proxy_set_header Connection \"\";
      proxy_max_temp_file_size 0; # a large answer streams instead of going to disk
      proxy_request_buffering off; # and so does a large request
    }}
  }}
}}
"
    )
}
