//! What Byleave costs, as ratios to the bare things it stands on, measured side by side in one run.
//!
//! | section | ours | against |
//! |---|---|---|
//! | `authorize` | the decision | two probes of a hash map |
//! | `append` | one durable entry | `write` and `fdatasync` of as many bytes |
//! | `gateway` | the gateway, recording on and off | a bare hyper pass-through, and nginx |
//!
//! Two things are compared by taking turns, several rounds of each, so that a machine that slows down slows both. What
//! is printed is the median of the rounds' ratios with the lowest and the highest. Times stand beside them for
//! orientation; nothing here passes or fails by a time. `docs/benchmarks.md` says what the ratios mean.
//!
//! Absent: other machines (everything is on loopback), and any code that only a benchmark would take.

mod append;
mod authorize;
#[path = "../../../byleave/src/control.rs"]
mod control; // The binary's own adapter: what is measured is what runs.
mod figures;
mod gateway;
mod load;
#[path = "../../../byleave/src/metrics.rs"]
#[expect(dead_code, reason = "counted, and asked by nobody")]
mod metrics; // What it counts is part of what it costs.
mod nginx;
mod proxy;
mod site;
mod unrecorded;

use std::process::ExitCode;

/// Whatever kept a measurement from being made.
type Failure = Box<dyn std::error::Error + Send + Sync>;

const SECTIONS: [&str; 3] = ["authorize", "append", "gateway"];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match words.as_slice() {
        ["proxy", kind, upstream] => proxy::run(kind, upstream),
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
    let sections: Vec<&str> = words.iter().copied().filter(|word| *word != "--bench").collect();
    if let Some(unknown) = sections.iter().find(|word| !SECTIONS.contains(word)) {
        return Err(format!("no section `{unknown}`; there are {}", SECTIONS.join(", ")).into());
    }
    let wanted = |name| sections.is_empty() || sections.contains(&name);
    println!("{} cores; ratio: median of the rounds (lowest–highest)", std::thread::available_parallelism()?);
    if wanted("authorize") {
        authorize::measure()?;
    }
    if wanted("append") {
        append::measure()?;
    }
    if wanted("gateway") {
        gateway::measure()?;
    }
    Ok(())
}
