//! Everything that people do, with the disk going wrong at every point of it: power cuts that lose and tear, no room,
//! failing writes, flushes and reads, a disk that turns read-only, bits that flip. After each, what was answered holds,
//! `check` and `verify` find nothing, and nothing was admitted after a failure.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod faulted;
mod support;

use std::collections::BTreeMap;

use byleave_faulting_vfs::{Chance, Counts, Fault, Keep, Kind};
use faulted::{Outcome, STANDARD, Stage};

#[derive(Default)]
struct Tally(BTreeMap<Outcome, u64>);

impl Tally {
    fn add(&mut self, outcome: Outcome) {
        *self.0.entry(outcome).or_default() += 1;
    }

    fn of(&self, outcome: Outcome) -> u64 {
        self.0.get(&outcome).copied().unwrap_or(0)
    }

    fn say(&self, what: &str) {
        let all: u64 = self.0.values().sum();
        println!("{what}: {all} points, {:?}", self.0);
    }
}

/// Seeds of random schedules, and bits that flip; with this variable there are more, and every point is asked instead of some.
const SEEDS_VARIABLE: &str = "BYLEAVE_FAULT_SEEDS";
const SEEDS: u64 = 60;

fn seeds() -> Option<u64> {
    std::env::var(SEEDS_VARIABLE).ok().map(|seeds| seeds.parse().unwrap())
}

/// The fault at every `stride`-th of its operations in the standard schedule.
fn each(kind: Kind, of: fn(&Counts) -> u64, lasting: bool, after: Keep, stride: usize) -> Tally {
    let stage = Stage::new();
    // How many pages a commit writes depends on ids, which are random: as many as there are at least.
    let points = (0..3).map(|_| of(&stage.counts(STANDARD))).min().unwrap();
    let stride = if seeds().is_some() { 1 } else { stride };
    let mut tally = Tally::default();
    for at in (0..points).step_by(stride) {
        tally.add(stage.run(STANDARD, Fault { kind, at, lasting }, after, at));
    }
    tally.say(&format!("{kind:?}{}, then {after:?}", if lasting { " for good" } else { "" }));
    assert!(tally.of(Outcome::NotStruck) <= points / 20, "the faults come too late");
    tally
}

#[test]
fn a_power_cut_at_any_change_loses_nothing_that_was_answered() {
    let tally = each(Kind::Cut(Keep::Some), |counts| counts.changes, false, Keep::Some, 2);
    assert!(tally.of(Outcome::Halted) > 150 && tally.of(Outcome::NotStarted) > 10);
    each(Kind::Cut(Keep::Nothing), |counts| counts.changes, false, Keep::Nothing, 6);
}

#[test]
fn a_kill_at_any_change_loses_nothing_that_was_answered() {
    each(Kind::Cut(Keep::Everything), |counts| counts.changes, false, Keep::Everything, 8);
}

#[test]
fn a_disk_without_room_ends_writing_and_loses_nothing_that_was_answered() {
    each(Kind::Full, |counts| counts.writes, false, Keep::Everything, 6);
    let tally = each(Kind::Full, |counts| counts.writes, true, Keep::Some, 12);
    assert_eq!(tally.of(Outcome::Unnoticed), 0);
}

#[test]
fn a_write_that_fails_ends_writing_and_loses_nothing_that_was_answered() {
    each(Kind::WriteFails, |counts| counts.writes, false, Keep::Some, 6);
    each(Kind::ReadOnly, |counts| counts.writes, true, Keep::Some, 12);
}

#[test]
fn a_flush_that_fails_ends_writing_and_loses_nothing_that_was_answered() {
    each(Kind::FlushFails, |counts| counts.flushes, false, Keep::Everything, 1);
    each(Kind::FlushFails, |counts| counts.flushes, false, Keep::Some, 1);
    each(Kind::FlushFails, |counts| counts.flushes, true, Keep::Nothing, 2);
}

/// The next flush of that file succeeds and writes nothing, so that a start, which reads what is in memory, may put into the
/// database what the WAL does not have. Nothing can be done about that; it must not go unnoticed.
#[test]
fn a_cut_while_starting_after_a_failed_flush_is_told_or_does_nothing() {
    let stage = Stage::new();
    let flushes = stage.counts(STANDARD).flushes;
    let (every_flush, every_change) = if seeds().is_some() { (1, 3) } else { (4, 15) };
    let mut tally = Tally::default();
    for flush in (2..flushes).step_by(every_flush) {
        for change in (0..120).step_by(every_change) {
            tally.add(stage.run_and_cut_the_start(STANDARD, flush, change, flush * 1000 + change));
        }
    }
    tally.say("a failed flush, and a cut while starting");
}

#[test]
fn a_read_that_fails_or_lies_is_told_or_does_nothing() {
    each(Kind::ReadFails, |counts| counts.reads, false, Keep::Some, 4);
    each(Kind::ReadFlips, |counts| counts.reads, false, Keep::Some, 2);
}

#[test]
fn a_bit_that_flips_at_rest_is_told_or_does_nothing() {
    let stage = Stage::new();
    let mut tally = Tally::default();
    (0..seeds().unwrap_or(150)).for_each(|seed| tally.add(stage.flip(".db", seed)));
    tally.say("one bit at rest");
    assert!(tally.of(Outcome::Damaged) > 10);
}

#[test]
fn no_fault_in_any_schedule_loses_what_was_answered() {
    let stage = Stage::new();
    let mut tally = Tally::default();
    for seed in 0..seeds().unwrap_or(SEEDS) {
        tally.add(random(&stage, seed));
    }
    tally.say("random schedules");
}

fn random(stage: &Stage, seed: u64) -> Outcome {
    let mut chance = Chance::new(seed);
    let steps = faulted::at_random(&mut chance);
    let after = [Keep::Nothing, Keep::Some, Keep::Everything][usize::try_from(chance.below(3)).unwrap()];
    let (kind, most) = match chance.below(8) {
        0..3 => (Kind::Cut(after), 250),
        3 => (Kind::Full, 250),
        4 => (Kind::WriteFails, 250),
        5 => (Kind::FlushFails, 20),
        6 => (Kind::ReadFails, 120),
        _ => (Kind::ReadFlips, 120),
    };
    let fault = Fault { kind, at: chance.below(most), lasting: chance.hit(30) };
    stage.run(&steps, fault, after, seed)
}
