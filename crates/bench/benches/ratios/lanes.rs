//! Lanes: ways to the upstream under one load, which take turns; and the table of what was seen on them.

use std::sync::Arc;
use std::time::Duration;

use crate::Failure;
use crate::client::Way;
use crate::figures::{median, quantile, ratio, time};
use crate::load::{self, Seen};
use crate::proxy::Running;

/// One way to the upstream, and what was seen on it.
pub struct Lane {
    /// What it is called in the table.
    pub name: &'static str,
    /// How to go.
    pub way: Way,
    /// The process whose processor time is its; none on the straight way.
    proxy: Option<Arc<Running>>,
    turns: Turns,
}

/// What was seen, turn by turn, in seconds.
#[derive(Default)]
struct Turns {
    /// Per answer: the inverse of the rate.
    time: Vec<f64>,
    /// Processor time of the proxy per answer.
    processor: Vec<f64>,
    /// Median wait for an answer; of what is timed whole, that time.
    p50: Vec<f64>,
    /// What 99 of 100 answers did not exceed.
    p99: Vec<f64>,
}

/// How the lanes of a table are shown.
pub struct Table {
    /// What stands above it.
    pub title: String,
    /// What the rate counts, and how many of that one turn's time stands for.
    pub rate: (&'static str, f64),
    /// What is compared with which lane.
    pub against: &'static [Against],
}

/// A column of ratios: what is compared, with the lane of this name, and what stands above it.
pub struct Against(pub Of, pub &'static str, pub &'static str);

/// What is compared.
#[derive(Clone, Copy)]
pub enum Of {
    /// Time per answer, which is the inverse of the rate.
    Time,
    /// Processor time of the proxy per answer.
    Processor,
}

impl Lane {
    /// Past every proxy.
    pub fn straight(name: &'static str, way: Way) -> Self {
        Self { name, way, proxy: None, turns: Turns::default() }
    }

    /// Through a proxy.
    pub fn through(name: &'static str, proxy: &Arc<Running>) -> Self {
        Self { proxy: Some(Arc::clone(proxy)), ..Self::straight(name, proxy.way()) }
    }

    /// The same by another way.
    pub fn by(self, change: impl FnOnce(Way) -> Way) -> Self {
        Self { way: change(self.way), ..self }
    }

    /// One turn of small answers over kept-alive connections, one for each of `ways`, `at_once` at a time.
    ///
    /// # Errors
    /// When any answer is not the upstream's.
    pub async fn small(&mut self, ways: &[Way], at_once: usize, length: Duration) -> Result<(), Failure> {
        let workers = load::connected(ways, at_once).await?;
        self.answers(load::small(workers, length)).await
    }

    /// One turn of small answers, each over a connection of its own.
    ///
    /// # Errors
    /// When any answer is not the upstream's.
    pub async fn connections(&mut self, at_once: usize, length: Duration) -> Result<(), Failure> {
        let way = self.way.clone();
        self.answers(load::connections(&way, at_once, length)).await
    }

    async fn answers(&mut self, load: impl Future<Output = Result<Seen, Failure>>) -> Result<(), Failure> {
        let before = self.processor_time()?;
        let seen = load.await?;
        self.turns.processor.push((self.processor_time()? - before) / seen.times.len() as f64);
        self.turns.time.push(1.0 / seen.rate);
        self.turns.p50.push(quantile(&seen.times, 0.5));
        self.turns.p99.push(quantile(&seen.times, 0.99));
        Ok(())
    }

    /// One turn of `times` things that are timed whole, in seconds.
    ///
    /// # Errors
    /// Those of `load`.
    pub async fn whole(
        &mut self,
        times: u32,
        load: impl AsyncFn(&Way) -> Result<f64, Failure>,
    ) -> Result<(), Failure> {
        let before = self.processor_time()?;
        let mut took = 0.0;
        for _ in 0..times {
            took += load(&self.way).await?;
        }
        self.turns.time.push(took / f64::from(times));
        self.turns.p50.push(took / f64::from(times));
        self.turns.processor.push((self.processor_time()? - before) / f64::from(times));
        Ok(())
    }

    fn compared(&self, Against(of, name, _): &Against, lanes: &[Self]) -> String {
        let Some(other) = lanes.iter().find(|lane| lane.name == *name) else { return String::new() };
        match of {
            Of::Time => ratio(&self.turns.time, &other.turns.time),
            Of::Processor if self.proxy.is_none() => String::new(),
            Of::Processor => ratio(&self.turns.processor, &other.turns.processor),
        }
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

impl Table {
    /// Prints what was seen.
    pub fn print(&self, lanes: &[Lane]) {
        println!("\n{}", self.title);
        let headings = self.against.iter().map(|Against(_, _, heading)| format!("{heading:<22}"));
        let (unit, units) = self.rate;
        let times = format!("{:>11}{:>11}{:>11}", "p50", "p99", "processor");
        println!("{:<34}{unit:>11}{times}  {}", "", headings.collect::<String>().trim_end());
        for lane in lanes {
            let Turns { time, processor, p50, p99 } = &lane.turns;
            let processor = if lane.proxy.is_some() { shown(processor) } else { String::new() };
            let ratios = self.against.iter().map(|against| format!("{:<22}", lane.compared(against, lanes)));
            println!(
                "{:<34}{:>11.0}{:>11}{:>11}{processor:>11}  {}",
                lane.name,
                units / median(time),
                shown(p50),
                shown(p99),
                ratios.collect::<String>().trim_end(),
            );
        }
    }
}

fn shown(times: &[f64]) -> String {
    if times.is_empty() { String::new() } else { time(median(times)) }
}
