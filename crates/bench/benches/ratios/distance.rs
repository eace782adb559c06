//! One transfer at 80 ms round trip, the person far away or the tool: whether what bounds memory and what a cut leaves on
//! its way also bounds how fast a long way can be filled.

use crate::client::Way;
use crate::lanes::{Against, Lane, Of, Table};
use crate::proxy::{self, RECORDING_ON};
use crate::relay::{self, GIGABITS};
use crate::upstream::Upstream;
use crate::{Failure, load, nginx, site};

const ROUNDS: usize = 5;
/// Bytes of the download.
const DOWN: usize = 64 * 1024 * 1024;
/// Bytes of the upload.
const UP: usize = 16 * 1024 * 1024;

const DIRECT: &str = "direct";
const DIRECT_TWO: &str = "direct, HTTP/2";

const AGAINST: &[Against] =
    &[Against(Of::Time, DIRECT, "time to direct"), Against(Of::Time, DIRECT_TWO, "time to direct, HTTP/2")];

/// Prints the section.
///
/// # Errors
/// When something does not start, or answers wrongly.
pub fn measure() -> Result<(), Failure> {
    let upstream = Upstream::start()?;
    let folder = site::folder()?;
    let folder = folder.path();
    let gateway = |origin: String| proxy::start(RECORDING_ON, &origin, folder);
    let near = gateway(format!("http://{}", upstream.one))?;
    let (far_one, far_two) = (relay::start(upstream.one)?, relay::start(upstream.two)?);
    let beyond = gateway(format!("http://{far_one}"))?;
    let beyond_two = gateway(format!("h2c://{far_two}"))?;
    let [nginx_near, nginx_beyond] =
        [nginx::start(folder, upstream.one, None)?, nginx::start(folder, far_one, None)?];
    let far_from = |way: Way| Ok::<_, Failure>(Way { address: relay::start(way.address)?, ..way });
    let (far_gateway, far_nginx) =
        (far_from(near.way())?, nginx_near.as_ref().map(|nginx| far_from(nginx.way())).transpose()?);

    let lanes = || {
        let mut lanes = vec![
            Lane::straight(DIRECT, Way::to(far_one)),
            Lane::straight(DIRECT_TWO, Way::to(far_two).two()),
            Lane::through("person far: gateway", &near).by(|_| far_gateway.clone()),
            Lane::through("person far: gateway, HTTP/2", &near).by(|_| far_gateway.clone().two()),
            Lane::through("tool far: gateway", &beyond),
            Lane::through("tool far: gateway, HTTP/2 to it", &beyond_two),
        ];
        let far = nginx_near.as_ref().zip(far_nginx.as_ref());
        lanes.extend(far.map(|(nginx, way)| Lane::through("person far: nginx", nginx).by(|_| way.clone())));
        lanes.extend(nginx_beyond.as_ref().map(|nginx| Lane::through("tool far: nginx", nginx)));
        lanes
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let [mut down, mut up] = [lanes(), lanes()];
    for _ in 0..ROUNDS {
        for lane in &mut down {
            runtime.block_on(lane.whole(1, async |way: &Way| load::download(way, DOWN).await))?;
        }
        for lane in &mut up {
            runtime.block_on(lane.whole(1, async |way: &Way| load::upload(way, UP).await))?;
        }
    }
    let far = format!("{} ms round trip, {GIGABITS} Gbit/s", relay::ROUND_TRIP.as_millis());
    for (what, bytes, lanes) in [("download", DOWN, &down), ("upload", UP, &up)] {
        let mib = bytes >> 20;
        let title = format!("distance: one {what} of {mib} MiB, {far}");
        Table { title, rate: ("MiB/s", mib as f64), against: AGAINST }.print(lanes);
    }
    Ok(())
}
