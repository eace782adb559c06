//! TLS on both sides of the gateway, against nginx with the same, and against the gateway without.

use std::time::Duration;

use crate::certificate::Certificate;
use crate::client::Way;
use crate::lanes::{Against, Lane, Of, Table};
use crate::load::{self, SMALL};
use crate::proxy::{self, RECORDING_ON, TLS};
use crate::upstream::{self, Upstream};
use crate::{Failure, nginx, site};

const WITHOUT: &str = "gateway, without TLS";

const ROUNDS: usize = 5;
/// Connections at once, each with one request under way.
const CONNECTIONS: usize = 16;
/// How long each proxy is put under load in a round.
const LENGTH: Duration = Duration::from_secs(1);
/// Bytes of the download.
const LARGE: usize = 256 * 1024 * 1024;

const AGAINST: &[Against] = &[
    Against(Of::Time, nginx::NAME, "time to nginx"),
    Against(Of::Time, WITHOUT, "time to without"),
    Against(Of::Processor, nginx::NAME, "processor to nginx"),
    Against(Of::Processor, WITHOUT, "processor to without"),
];

/// Prints the section.
///
/// # Errors
/// When something does not start, or answers wrongly.
pub fn measure() -> Result<(), Failure> {
    let folder = site::folder()?;
    let folder = folder.path();
    let certificate = Certificate::make(folder)?;
    let client = certificate.client()?;
    let plain = Upstream::start()?.one;
    let encrypted = upstream::encrypted(certificate.server()?)?;
    let without = proxy::start(RECORDING_ON, &format!("http://{plain}"), folder)?;
    let gateway = proxy::start(TLS, &format!("https://{encrypted}"), folder)?;
    let nginx = nginx::start(folder, encrypted, Some(&certificate))?;
    let lanes = || {
        let with_tls = |way: Way| way.encrypted(&client);
        let mut lanes = vec![
            Lane::straight("(straight to the upstream)", Way::to(encrypted)).by(with_tls),
            Lane::through(WITHOUT, &without),
            Lane::through("gateway, TLS on both sides", &gateway).by(with_tls),
        ];
        lanes.extend(nginx.iter().map(|nginx| Lane::through(nginx::NAME, nginx).by(with_tls)));
        lanes
    };

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let [mut small, mut fresh, mut large] = [lanes(), lanes(), lanes()];
    for _ in 0..ROUNDS {
        for lane in &mut small {
            let ways = lane.way.times(CONNECTIONS);
            runtime.block_on(lane.small(&ways, CONNECTIONS, LENGTH))?;
        }
        for lane in &mut fresh {
            runtime.block_on(lane.connections(CONNECTIONS, LENGTH))?;
        }
        for lane in &mut large {
            runtime.block_on(lane.whole(1, async |way: &Way| load::download(way, LARGE).await))?;
        }
    }
    let length = LENGTH.as_secs();
    let title = format!("tls: GETs of {SMALL} bytes on {CONNECTIONS} connections, turns of {length} s");
    Table { title, rate: ("requests/s", 1.0), against: AGAINST }.print(&small);
    let title = format!("tls: a connection for each GET, {CONNECTIONS} at once, turns of {length} s");
    Table { title, rate: ("requests/s", 1.0), against: AGAINST }.print(&fresh);
    let mib = LARGE >> 20;
    let title = format!("tls: one download of {mib} MiB");
    Table { title, rate: ("MiB/s", mib as f64), against: AGAINST }.print(&large);
    nginx::say_if_missing(&small);
    Ok(())
}
