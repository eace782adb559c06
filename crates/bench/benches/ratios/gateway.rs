//! The gateway against a bare pass-through and nginx, in front of the same upstream.

use std::net::SocketAddr;
use std::time::Duration;

use crate::Failure;
use crate::figures::{median, quantile, ratio, time};
use crate::load::{self, LARGE, SMALL, Way};
use crate::proxy::{self, PASS_THROUGH, RECORDING_OFF, RECORDING_ON, Running};
use crate::{nginx, site};

const BARE: &str = "bare: hyper pass-through";
const NGINX: &str = "nginx, one worker";

const ROUNDS: usize = 5;
const CONNECTIONS: usize = 16;
/// How long each proxy is put under load in a round.
const LENGTH: Duration = Duration::from_secs(1);

/// One way to the upstream, and what was seen on it, round by round.
struct Lane {
    name: &'static str,
    way: Way,
    /// Its process; none on the straight way.
    proxy: Option<Running>,
    small: Turns,
    large: Turns,
}

/// What was seen, turn by turn, in seconds.
#[derive(Default)]
struct Turns {
    /// Per answer: the inverse of the rate.
    time: Vec<f64>,
    /// Processor time of the proxy per answer.
    processor: Vec<f64>,
    /// Median wait for an answer.
    p50: Vec<f64>,
    /// What 99 of 100 answers did not exceed.
    p99: Vec<f64>,
}

/// Prints the section.
///
/// # Errors
/// When something does not start, or answers wrongly.
pub fn measure() -> Result<(), Failure> {
    let upstream = load::upstream()?;
    let folder = site::folder()?;
    let mut lanes = vec![
        Lane::straight(upstream),
        Lane::through(BARE, proxy::start(PASS_THROUGH, upstream)?),
        Lane::through("gateway, recording off", proxy::start(RECORDING_OFF, upstream)?),
        Lane::through("gateway, recording on", proxy::start(RECORDING_ON, upstream)?),
    ];
    let nginx = nginx::start(folder.path(), upstream)?;
    lanes.extend(nginx.map(|running| Lane::through(NGINX, running)));

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    for _ in 0..ROUNDS {
        for lane in &mut lanes {
            runtime.block_on(lane.small())?;
        }
    }
    for _ in 0..ROUNDS {
        for lane in &mut lanes {
            runtime.block_on(lane.large())?;
        }
    }
    print(&lanes);
    Ok(())
}

impl Lane {
    fn straight(upstream: SocketAddr) -> Self {
        let way = Way { address: upstream, prefix: String::new(), token: None };
        Self::new("(straight to the upstream)", way, None)
    }

    fn through(name: &'static str, proxy: Running) -> Self {
        let way = Way { address: proxy.address, prefix: proxy.prefix.clone(), token: proxy.token.clone() };
        Self::new(name, way, Some(proxy))
    }

    fn new(name: &'static str, way: Way, proxy: Option<Running>) -> Self {
        Self { name, way, proxy, small: Turns::default(), large: Turns::default() }
    }

    async fn small(&mut self) -> Result<(), Failure> {
        let before = self.processor_time()?;
        let seen = load::small(&self.way, CONNECTIONS, LENGTH).await?;
        self.small.processor.push((self.processor_time()? - before) / seen.times.len() as f64);
        self.small.time.push(1.0 / seen.rate);
        self.small.p50.push(quantile(&seen.times, 0.5));
        self.small.p99.push(quantile(&seen.times, 0.99));
        Ok(())
    }

    async fn large(&mut self) -> Result<(), Failure> {
        let before = self.processor_time()?;
        self.large.time.push(load::large(&self.way).await?);
        self.large.processor.push(self.processor_time()? - before);
        Ok(())
    }

    /// Processor seconds of the proxy so far, user and system, to 10 ms (proc_pid_stat(5); Linux counts 100 a second).
    fn processor_time(&self) -> Result<f64, Failure> {
        let Some(proxy) = &self.proxy else { return Ok(0.0) };
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", proxy.id()))?;
        let after_name = stat.rsplit_once(')').ok_or("no name in the process's state")?.1;
        // Fields 14 and 15; the first one after the name is field 3.
        let ticks = after_name.split_whitespace().skip(11).take(2).map(str::parse::<u32>);
        Ok(f64::from(ticks.sum::<Result<u32, _>>()?) / 100.0)
    }
}

fn print(lanes: &[Lane]) {
    println!(
        "\ngateway: GETs of {SMALL} bytes on {CONNECTIONS} connections, turns of {} s",
        LENGTH.as_secs()
    );
    heading("requests/s");
    for lane in lanes {
        line(lane, lanes, |lane| &lane.small, 1.0);
    }
    println!("\ngateway: one download of {} MiB", LARGE >> 20);
    heading("MiB/s");
    for lane in lanes {
        line(lane, lanes, |lane| &lane.large, (LARGE >> 20) as f64);
    }
    if lanes.iter().all(|lane| lane.name != NGINX) {
        println!("{NGINX:<26}{}", nginx::MISSING);
    }
}

fn heading(rate: &str) {
    let times = format!("{:>9}{:>9}{:>11}", "p50", "p99", "processor");
    println!("{:<26}{rate:>11}{times}  {:<19}{:<19}processor to bare", "", "time to bare", "time to nginx");
}

fn line(lane: &Lane, lanes: &[Lane], of: fn(&Lane) -> &Turns, units: f64) {
    let turns = of(lane);
    let other = |name| lanes.iter().find(|lane| lane.name == name).map(of);
    let ratio_to = |name| other(name).map(|other| ratio(&turns.time, &other.time)).unwrap_or_default();
    let shown = |times: &Vec<f64>| if times.is_empty() { String::new() } else { time(median(times)) };
    let processor = other(BARE).filter(|_| lane.proxy.is_some());
    println!(
        "{:<26}{:>11.0}{:>9}{:>9}{:>11}  {:<19}{:<19}{}",
        lane.name,
        units / median(&turns.time),
        shown(&turns.p50),
        shown(&turns.p99),
        processor.map(|_| shown(&turns.processor)).unwrap_or_default(),
        ratio_to(BARE),
        ratio_to(NGINX),
        processor.map(|other| ratio(&turns.processor, &other.processor)).unwrap_or_default(),
    );
}
