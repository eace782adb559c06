//! The gateway against a bare pass-through and nginx, in front of the same upstream.

use std::time::Duration;

use crate::client::Way;
use crate::lanes::{Against, Lane, Of, Table};
use crate::load::{self, SMALL};
use crate::proxy::{self, PASS_THROUGH, RECORDING_OFF, RECORDING_ON};
use crate::upstream::Upstream;
use crate::{Failure, nginx, site};

const BARE: &str = "bare: hyper pass-through";

const ROUNDS: usize = 5;
/// Kept-alive connections, each with one request under way.
const CONNECTIONS: usize = 16;
/// How long each proxy is put under load in a round.
const LENGTH: Duration = Duration::from_secs(1);
/// Bytes of the download.
const LARGE: usize = 256 * 1024 * 1024;

const AGAINST: &[Against] = &[
    Against(Of::Time, BARE, "time to bare"),
    Against(Of::Time, nginx::NAME, "time to nginx"),
    Against(Of::Processor, BARE, "processor to bare"),
];

/// Prints the section.
///
/// # Errors
/// When something does not start, or answers wrongly.
pub fn measure() -> Result<(), Failure> {
    let upstream = Upstream::start()?;
    let folder = site::folder()?;
    let folder = folder.path();
    let origin = format!("http://{}", upstream.one);
    let mut proxies = vec![
        (BARE, proxy::start(PASS_THROUGH, &origin, folder)?),
        ("gateway, recording off", proxy::start(RECORDING_OFF, &origin, folder)?),
        ("gateway, recording on", proxy::start(RECORDING_ON, &origin, folder)?),
    ];
    proxies.extend(nginx::start(folder, upstream.one, None)?.map(|running| (nginx::NAME, running)));
    let lanes = || {
        let straight = Lane::straight("(straight to the upstream)", Way::to(upstream.one));
        let through = proxies.iter().map(|(name, proxy)| Lane::through(name, proxy));
        std::iter::once(straight).chain(through).collect::<Vec<_>>()
    };

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut small = lanes();
    for _ in 0..ROUNDS {
        for lane in &mut small {
            let ways = lane.way.times(CONNECTIONS);
            runtime.block_on(lane.small(&ways, CONNECTIONS, LENGTH))?;
        }
    }
    let length = LENGTH.as_secs();
    let title = format!("gateway: GETs of {SMALL} bytes on {CONNECTIONS} connections, turns of {length} s");
    Table { title, rate: ("requests/s", 1.0), against: AGAINST }.print(&small);

    let mut large = lanes();
    for _ in 0..ROUNDS {
        for lane in &mut large {
            runtime.block_on(lane.whole(1, async |way: &Way| load::download(way, LARGE).await))?;
        }
    }
    let mib = LARGE >> 20;
    let title = format!("gateway: one download of {mib} MiB");
    Table { title, rate: ("MiB/s", mib as f64), against: AGAINST }.print(&large);
    nginx::say_if_missing(&small);
    Ok(())
}
