//! What Byleave costs, as ratios to the bare things it stands on, measured side by side in one run.
//!
//! | section | ours | against |
//! |---|---|---|
//! | `authorize` | the decision | two probes of a hash map |
//! | `append` | one durable entry | `write` and `fdatasync` of as many bytes; the same SQLite with plain INSERTs |
//! | `gateway` | the gateway, recording on and off | a bare hyper pass-through, and nginx |
//! | `organizations` | the gateway over 1,000 organizations at once | over one, and a bare hyper pass-through |
//! | `page` | a page of 80 assets through the gateway | direct, and through a bare hyper pass-through |
//! | `tls` | the gateway with TLS on both sides | nginx with the same, and the gateway without |
//! | `distance` | a download at 80 ms round trip through the gateway | direct, and through nginx |
//!
//! Two things are compared by taking turns, several rounds of each, so that a machine that slows down slows both. What
//! is printed is the median of the rounds' ratios with the lowest and the highest. Times stand beside them for
//! orientation; nothing here passes or fails by a time. `docs/benchmarks.md` says what the ratios mean.
//!
//! Absent: other machines (everything is on loopback), and any code that only a benchmark would take.

mod append;
mod authorize;
mod bare_database;
mod certificate;
mod client;
#[path = "../../../byleave/src/control.rs"]
mod control; // The binary's own adapter: what is measured is what runs.
mod distance;
mod figures;
mod gateway;
mod lanes;
mod load;
#[path = "../../../byleave/src/metrics.rs"]
#[expect(dead_code, reason = "counted, and asked by nobody")]
mod metrics; // What it counts is part of what it costs.
mod nginx;
mod organizations;
mod page;
mod proxy;
mod relay;
mod site;
mod tls;
mod unrecorded;
mod upstream;

use std::path::Path;
use std::process::ExitCode;

/// Whatever kept a measurement from being made.
type Failure = Box<dyn std::error::Error + Send + Sync>;

/// A section: its name, and what measures and prints it.
type Section = (&'static str, fn() -> Result<(), Failure>);

const SECTIONS: [Section; 7] = [
    ("authorize", authorize::measure),
    ("append", append::measure),
    ("gateway", gateway::measure),
    ("organizations", organizations::measure),
    ("page", page::measure),
    ("tls", tls::measure),
    ("distance", distance::measure),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["proxy", kind, origin, folder] => proxy::run(kind, origin, Path::new(folder)),
        // Cargo says `--bench` when it measures, and not when it only tests that everything builds.
        words if words.contains(&"--bench") => all(words),
        _ => {
            println!("nothing measured; run: cargo bench -p byleave-bench");
            Ok(())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("error: {why}");
            ExitCode::FAILURE
        }
    }
}

fn all(words: &[&str]) -> Result<(), Failure> {
    let wanted: Vec<&str> = words.iter().copied().filter(|word| *word != "--bench").collect();
    let names = SECTIONS.map(|(name, _)| name);
    if let Some(unknown) = wanted.iter().find(|word| !names.contains(word)) {
        return Err(format!("no section `{unknown}`; there are {}", names.join(", ")).into());
    }
    println!("{} cores; ratio: median of the rounds (lowest–highest)", std::thread::available_parallelism()?);
    for (name, measure) in SECTIONS {
        if wanted.is_empty() || wanted.contains(&name) {
            measure()?;
        }
    }
    Ok(())
}
