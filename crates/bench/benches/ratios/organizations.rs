//! Many organizations at once: each has a log, a tree, a key of its own and an open visit, so that what one organization
//! shares among its requests is shared no more.

use std::time::Duration;

use crate::client::Way;
use crate::lanes::{Against, Lane, Of, Table};
use crate::load::SMALL;
use crate::proxy::{self, MANY_ORGANIZATIONS, PASS_THROUGH, RECORDING_ON};
use crate::site::{ORGANIZATIONS, TOOL, organization};
use crate::upstream::Upstream;
use crate::{Failure, site};

const BARE: &str = "bare: hyper pass-through";
const ONE: &str = "one organization, one visit";

const ROUNDS: usize = 5;
/// How long each lane is put under load in a round.
const LENGTH: Duration = Duration::from_secs(1);

const AGAINST: &[Against] = &[
    Against(Of::Time, BARE, "time to bare"),
    Against(Of::Time, ONE, "time to one"),
    Against(Of::Processor, BARE, "processor to bare"),
    Against(Of::Processor, ONE, "processor to one"),
];

/// Prints the section.
///
/// # Errors
/// When something does not start, or answers wrongly.
pub fn measure() -> Result<(), Failure> {
    rlimit::increase_nofile_limit(u64::MAX)?;
    let upstream = Upstream::start()?;
    let folder = site::folder()?;
    let folder = folder.path();
    let origin = format!("http://{}", upstream.one);
    let bare = proxy::start(PASS_THROUGH, &origin, folder)?;
    let one = proxy::start(RECORDING_ON, &origin, folder)?;
    let many = proxy::start(MANY_ORGANIZATIONS, &origin, folder)?;

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for at_once in [16, 256] {
        let mut lanes = vec![
            (Lane::through(BARE, &bare), all_in_one_visit as fn(&Way) -> Vec<Way>),
            (Lane::through(ONE, &one), all_in_one_visit),
            (Lane::through("one organization, 1,000 visits", &one), each_its_visit),
            (Lane::through("1,000 organizations, a visit each", &many), each_its_organization),
        ];
        for _ in 0..ROUNDS {
            for (lane, ways) in &mut lanes {
                let ways = ways(&lane.way);
                runtime.block_on(lane.small(&ways, at_once, LENGTH))?;
            }
        }
        let title = format!(
            "organizations: GETs of {SMALL} bytes on {ORGANIZATIONS} connections, {at_once} at once, turns of {} s",
            LENGTH.as_secs()
        );
        let lanes: Vec<_> = lanes.into_iter().map(|(lane, _)| lane).collect();
        Table { title, rate: ("requests/s", 1.0), against: AGAINST }.print(&lanes);
    }
    Ok(())
}

fn all_in_one_visit(way: &Way) -> Vec<Way> {
    way.times(1).into_iter().cycle().take(ORGANIZATIONS).collect()
}

fn each_its_visit(way: &Way) -> Vec<Way> {
    way.times(ORGANIZATIONS)
}

fn each_its_organization(way: &Way) -> Vec<Way> {
    let prefix = |n| format!("/t/{TOOL}/{}", organization(n));
    (0..ORGANIZATIONS).map(|n| Way { prefix: prefix(n), ..way.clone() }).collect()
}
