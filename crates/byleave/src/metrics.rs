//! What is counted, in OpenMetrics. No label names an organization, a person or an address; docs/operations.md says what
//! each means.

use std::time::Duration;

use byleave_domain::room::Space;
use jiff::Timestamp;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// Upper ends of what an append takes, seconds.
const APPEND_SECONDS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.0];
/// Upper ends of how many entries one transaction has.
const APPEND_ENTRIES: [f64; 9] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0];
/// Upper ends of what a cut takes, seconds. After 1 s the process ends.
const CUT_SECONDS: [f64; 8] = [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Outcome {
    phase: &'static str,
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Became {
    became: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct State {
    support_access: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Version {
    version: &'static str,
}

/// All that is counted.
pub struct Metrics {
    registry: Registry,
    requests: Family<Outcome, Counter>,
    denials: Family<Reason, Counter>,
    denials_unrecorded: Family<Reason, Counter>,
    ends: Family<Reason, Counter>,
    append_seconds: Histogram,
    append_entries: Histogram,
    commit_failures: Counter,
    last_append: Gauge,
    cut_seconds: Histogram,
    cut_connections: Counter,
    letters: Family<Became, Counter>,
    organizations: Family<State, Gauge>,
    present: Gauges,
}

/// What is true at the moment of asking.
#[derive(Default)]
struct Gauges {
    streams: Gauge,
    connections: Gauge,
    visits: Gauge,
    outbox: Gauge,
    halted: Gauge,
    freezes: Gauge,
    disk_free: Gauge,
    disk_size: Gauge,
    ends: Gauge,
    oldest_end: Gauge,
    clock_ahead: Gauge,
    letters: Gauge,
    oldest_letter: Gauge,
    /// Of no label, so that there is none where there is no certificate.
    certificate: Family<[(&'static str, &'static str); 0], Gauge>,
}

/// The present, as whoever knows it tells.
#[derive(Debug, Default)]
pub struct Present {
    /// Requests and tunnels in progress.
    pub streams: usize,
    /// Connections to the gateway.
    pub connections: usize,
    /// Visits that are open.
    pub visits: usize,
    /// Disables that wait for their log.
    pub outbox: usize,
    /// Whether nothing can be recorded any more.
    pub halted: bool,
    /// Freezes in force.
    pub freezes: usize,
    /// The data directory's disk.
    pub disk: Option<Space>,
    /// Ends of requests that are in no log yet.
    pub ends: usize,
    /// Seconds that the oldest of them has waited.
    pub oldest_end: i64,
    /// Seconds by which the time here is ahead of the wall clock.
    pub clock_ahead: i64,
    /// Letters that wait.
    pub letters: usize,
    /// Seconds that the oldest of them has waited.
    pub oldest_letter: i64,
    /// Until when the certificate is valid that both listeners show.
    pub certificate: Option<Timestamp>,
    /// Organizations by the word for what holds.
    pub organizations: Vec<(&'static str, usize)>,
}

impl Metrics {
    /// With everything at nought, from a process that started at `started` (seconds since 1970).
    pub fn new(started: i64) -> Self {
        let mut metrics = Self {
            registry: Registry::default(),
            requests: Family::default(),
            denials: Family::default(),
            denials_unrecorded: Family::default(),
            ends: Family::default(),
            append_seconds: Histogram::new(APPEND_SECONDS),
            append_entries: Histogram::new(APPEND_ENTRIES),
            commit_failures: Counter::default(),
            last_append: Gauge::default(),
            cut_seconds: Histogram::new(CUT_SECONDS),
            cut_connections: Counter::default(),
            letters: Family::default(),
            organizations: Family::default(),
            present: Gauges::default(),
        };
        metrics.register(started);
        metrics
    }

    fn register(&mut self, started: i64) {
        let info = Family::<Version, Gauge>::default();
        info.get_or_create(&Version { version: env!("CARGO_PKG_VERSION") }).set(1);
        let start = Gauge::<i64>::default();
        start.set(started);
        let all = &mut self.registry;
        all.register_with_unit("process_start_time", "When the process started", Unit::Seconds, start);
        let all = all.sub_registry_with_prefix("byleave");
        all.register("build", "The release that runs", info);
        all.register("requests", "Requests to the gateway by the phase that answered", self.requests.clone());
        all.register("denials", "Attempts of known people that were denied", self.denials.clone());
        let unrecorded = self.denials_unrecorded.clone();
        all.register("denials_unrecorded", "Denied attempts that are in no log", unrecorded);
        all.register("access_ends", "Recorded requests that ended", self.ends.clone());
        let (seconds, bytes) = (|| Unit::Seconds, || Unit::Bytes);
        let append = self.append_seconds.clone();
        all.register_with_unit("append", "Time of a transaction that adds to logs", seconds(), append);
        let entries = self.append_entries.clone();
        all.register("append_entries", "Entries that one transaction added", entries);
        all.register("commit_failures", "Transactions that failed", self.commit_failures.clone());
        let last = self.last_append.clone();
        all.register_with_unit("last_append_timestamp", "When entries were added last", seconds(), last);
        all.register_with_unit(
            "cut",
            "Time until every connection was gone",
            seconds(),
            self.cut_seconds.clone(),
        );
        all.register("cut_connections", "Connections reset by cuts", self.cut_connections.clone());
        all.register("letters", "Tries to send a letter, by what became of it", self.letters.clone());
        all.register("organizations", "Organizations by what holds", self.organizations.clone());
        let now = &self.present;
        all.register("streams_open", "Requests and tunnels in progress", now.streams.clone());
        all.register("connections_open", "Connections to the gateway", now.connections.clone());
        all.register("visits_open", "Visits that are open", now.visits.clone());
        all.register("outbox_waiting", "Disables in force that wait for their log", now.outbox.clone());
        all.register("writer_halted", "1 when nothing can be recorded any more", now.halted.clone());
        all.register("freezes_in_force", "Freezes in force", now.freezes.clone());
        let (free, size) = (now.disk_free.clone(), now.disk_size.clone());
        all.register_with_unit("disk_free", "Left on the data directory's disk", bytes(), free);
        let certificate = now.certificate.clone();
        let until = "Until when the certificate is valid; without TLS there is none";
        all.register_with_unit("certificate_not_after_timestamp", until, seconds(), certificate);
        all.register("ends_waiting", "Ends of requests that are in no log yet", now.ends.clone());
        let oldest = now.oldest_end.clone();
        all.register_with_unit("ends_oldest", "How long the oldest of them has waited", seconds(), oldest);
        let ahead = "How far the time here is ahead of a wall clock that was set back";
        all.register_with_unit("clock_ahead", ahead, seconds(), now.clock_ahead.clone());
        all.register("letters_waiting", "Letters that no server has yet", now.letters.clone());
        let oldest = now.oldest_letter.clone();
        all.register_with_unit("letters_oldest", "How long the oldest of them has waited", seconds(), oldest);
        all.register_with_unit("disk_size", "Size of the data directory's disk", bytes(), size);
    }

    /// One request was answered.
    pub fn answered(&self, phase: &'static str, outcome: &'static str) {
        self.requests.get_or_create(&Outcome { phase, outcome }).inc();
    }

    /// One attempt of somebody known was denied.
    pub fn denied(&self, reason: &'static str) {
        self.denials.get_or_create(&Reason { reason }).inc();
    }

    /// One attempt that was denied is in no log.
    pub fn unrecorded(&self, reason: &'static str) {
        self.denials_unrecorded.get_or_create(&Reason { reason }).inc();
    }

    /// One recorded request ended.
    pub fn ended(&self, reason: &'static str) {
        self.ends.get_or_create(&Reason { reason }).inc();
    }

    /// One transaction was committed, or was not; `now` in seconds since 1970.
    pub fn committed(&self, entries: usize, took: Duration, worked: bool, now: i64) {
        if !worked {
            self.commit_failures.inc();
        } else if entries > 0 {
            self.append_seconds.observe(took.as_secs_f64());
            self.append_entries.observe(f64::from(u32::try_from(entries).unwrap_or(u32::MAX)));
            self.last_append.set(now);
        }
    }

    /// A letter was tried: `sent`, `put_off` or `failed`.
    pub fn letter(&self, became: &'static str) {
        self.letters.get_or_create(&Became { became }).inc();
    }

    /// Connections were reset.
    pub fn cut(&self, connections: usize, took: Duration) {
        self.cut_seconds.observe(took.as_secs_f64());
        self.cut_connections.inc_by(u64::try_from(connections).unwrap_or(u64::MAX));
    }

    /// Everything as text, OpenMetrics 1.0.
    ///
    /// # Errors
    /// When it cannot be written as text.
    pub fn text(&self, present: &Present) -> Result<String, std::fmt::Error> {
        let set = |gauge: &Gauge, value: usize| gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        let now = &self.present;
        set(&now.streams, present.streams);
        set(&now.connections, present.connections);
        set(&now.visits, present.visits);
        set(&now.outbox, present.outbox);
        now.halted.set(i64::from(present.halted));
        set(&now.freezes, present.freezes);
        if let Some(Space { free, size }) = present.disk {
            now.disk_free.set(i64::try_from(free).unwrap_or(i64::MAX));
            now.disk_size.set(i64::try_from(size).unwrap_or(i64::MAX));
        }
        set(&now.ends, present.ends);
        now.oldest_end.set(present.oldest_end);
        now.clock_ahead.set(present.clock_ahead);
        set(&now.letters, present.letters);
        now.oldest_letter.set(present.oldest_letter);
        if let Some(until) = present.certificate {
            now.certificate.get_or_create(&[]).set(until.as_second());
        }
        for (support_access, count) in &present.organizations {
            set(&self.organizations.get_or_create(&State { support_access }), *count);
        }
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}
