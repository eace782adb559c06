//! Logs for tests, told in a line.
//!
//! Entries are separated by `;` and numbered from 0. Each is a kind and, where the test wants something else than what
//! the builder would fill in: `@3` refers to entry 3, `-4` ends request 4 and `-4+2` requests 4 and 5, `e=1` carries
//! epoch 1, `t=9` happened at second 9, `rid=5` has the request id of entry 5, `by=2` was done by person 2.

#![allow(dead_code, reason = "each test file uses some of it")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{LazyLock, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use byleave_api::entry::{Kind, Leaf, Run, commitment};
use byleave_tlog::tile::{encode_entries, encode_hashes};
use byleave_tlog::{Checkpoint, Hash, NoteSigner, NoteVerifier, RightEdge, TilePath, leaf_hash};
use byleave_verify::{Fault, Report, Source, verify};

pub const ORIGIN: &str = "log.example/o/00ff";

/// Second 0 of the told times: 2026-11-23 10:00:00 UTC.
const START: i64 = 1_795_428_000;

pub fn signer() -> NoteSigner {
    NoteSigner::from_seed(ORIGIN, &[7; 32]).unwrap()
}

/// The leaves of a told log; epochs as they should be unless told otherwise.
pub fn leaves(told: &str) -> Vec<Leaf> {
    let mut epoch = 0;
    let told = told.split(';').map(str::trim).filter(|entry| !entry.is_empty());
    told.enumerate().map(|(index, entry)| leaf(index as u64, entry, &mut epoch)).collect()
}

fn leaf(index: u64, told: &str, epoch: &mut u64) -> Leaf {
    let mut words = told.split_whitespace();
    let kind: Kind = words.next().unwrap().parse().unwrap();
    if matches!(kind, Kind::SupportAccessDisabled | Kind::SupportAccessEnabled) {
        *epoch += 1;
    }
    let mut leaf = Leaf {
        kind,
        request: id(index),
        time_us: (START + index as i64) * 1_000_000,
        epoch: *epoch,
        node: id(99),
        actor: id(1),
        reference: None,
        ends: Vec::new(),
        commitment: commitment(&[index as u8; 32], told.as_bytes()),
    };
    for word in words {
        if let Some(reference) = word.strip_prefix('@') {
            leaf.reference = Some(reference.parse().unwrap());
        } else if let Some(run) = word.strip_prefix('-') {
            let (first, count) = run.split_once('+').unwrap_or((run, "1"));
            leaf.ends.push(Run { first: first.parse().unwrap(), count: count.parse().unwrap() });
        } else {
            let (name, value) = word.split_once('=').unwrap();
            match name {
                "e" => leaf.epoch = value.parse().unwrap(),
                "t" => leaf.time_us = (START + value.parse::<i64>().unwrap()) * 1_000_000,
                "rid" => leaf.request = id(value.parse().unwrap()),
                "by" => leaf.actor = id(value.parse().unwrap()),
                other => panic!("`{other}` means nothing here"),
            }
        }
    }
    leaf
}

fn id(number: u64) -> [u8; 16] {
    let mut id = [0x5a; 16];
    id[..8].copy_from_slice(&number.to_be_bytes());
    id
}

pub fn encoded(told: &str) -> Vec<Vec<u8>> {
    leaves(told).iter().map(|leaf| leaf.encode().unwrap()).collect()
}

/// A log's files by path, as a source.
#[derive(Clone, Default)]
pub struct Files(pub BTreeMap<String, Vec<u8>>);

impl Source for Files {
    fn get(&self, path: &str) -> io::Result<Option<Vec<u8>>> {
        Ok(self.0.get(path).cloned())
    }
}

impl Files {
    pub fn verify(&self) -> Result<Report, Fault> {
        self.verify_with(signer().verifier(), None)
    }

    /// With another key than the log's, or a checkpoint that was kept from earlier.
    pub fn verify_with(&self, key: &NoteVerifier, remembered: Option<&[u8]>) -> Result<Report, Fault> {
        let outcome = verify(self, key, remembered);
        keep(self, key, remembered, &outcome);
        outcome
    }

    /// The message of the fault that is expected.
    pub fn fault(&self) -> String {
        self.verify().map(|report| report.sentence()).unwrap_err().to_string()
    }

    /// The same of a log that nobody else has to look at.
    pub fn fault_not_kept(&self) -> String {
        let outcome = verify(self, signer().verifier(), None);
        outcome.map(|report| report.sentence()).unwrap_err().to_string()
    }
}

/// Logs above this are not kept.
const KEPT_BYTES_MAX: usize = 512 * 1024;

/// Where logs are kept for the other verifier (`docs/two-verifiers.md`), if they are: a file for each process.
static KEPT: LazyLock<Option<Mutex<File>>> = LazyLock::new(|| {
    let folder = std::env::var_os("BYLEAVE_KEPT_LOGS")?;
    std::fs::create_dir_all(&folder).unwrap();
    let path = Path::new(&folder).join(format!("{}.jsonl", std::process::id()));
    Some(Mutex::new(File::create(path).unwrap()))
});

/// Keeps a log with what was found of it, on a line of JSON.
fn keep(files: &Files, key: &NoteVerifier, remembered: Option<&[u8]>, outcome: &Result<Report, Fault>) {
    let Some(kept) = KEPT.as_ref() else { return };
    if files.0.values().map(Vec::len).sum::<usize>() > KEPT_BYTES_MAX {
        return;
    }
    let encoded = files.0.iter().map(|(path, bytes)| (path.clone(), STANDARD.encode(bytes).into()));
    let line = serde_json::json!({
        "vkey": key.to_string(),
        "remembered": remembered.map(|note| STANDARD.encode(note)),
        "files": encoded.collect::<serde_json::Map<_, _>>(),
        "sentence": outcome.as_ref().ok().map(Report::sentence),
        "fault": outcome.as_ref().err().map(ToString::to_string),
    });
    kept.lock().unwrap().write_all(format!("{line}\n").as_bytes()).unwrap();
}

/// All files of the log with these entries, properly signed whatever they say.
pub fn publish(entries: &[Vec<u8>]) -> Files {
    let mut edge = RightEdge::new();
    let mut levels: Vec<Vec<Hash>> = vec![Vec::new(); 8];
    for entry in entries {
        levels[0].push(leaf_hash(entry));
        for node in edge.push(leaf_hash(entry)) {
            levels[usize::from(node.level)].push(node.hash);
        }
    }
    let file = |path: TilePath| {
        let first = path.first().unwrap() as usize;
        let range = first..first + usize::from(path.width());
        let bytes = match path.level() {
            Some(level) => encode_hashes(&levels[usize::from(level)][range]),
            None => encode_entries(&entries[range]).unwrap(),
        };
        (path.to_string(), bytes)
    };
    let mut files = Files(TilePath::all_for(edge.size()).map(file).collect());
    files.0.insert("checkpoint".to_owned(), checkpoint(entries));
    files
}

/// The signed checkpoint of the log with these entries.
pub fn checkpoint(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut edge = RightEdge::new();
    entries.iter().for_each(|entry| drop(edge.push(leaf_hash(entry))));
    let checkpoint = Checkpoint { origin: ORIGIN.to_owned(), size: edge.size(), root: edge.root() };
    checkpoint.sign(&signer()).unwrap().into_bytes()
}

pub fn told(told: &str) -> Files {
    publish(&encoded(told))
}

/// A correct log of `size` entries: visits of one to four requests by three people, some attempts refused.
pub fn long(size: usize) -> Vec<Vec<u8>> {
    let mut told = vec!["log.open".to_owned(), "contact.added".to_owned()];
    for round in 0.. {
        let visit = told.len();
        let requests = round % 4 + 1;
        told.push(format!("visit.open by={}", round % 3));
        told.extend((0..requests).map(|_| format!("access.begin @{visit} by={}", round % 3)));
        told.push(format!("visit.progress @{visit} -{}", visit + 1));
        let rest = if requests > 1 { format!("-{}+{}", visit + 2, requests - 1) } else { String::new() };
        told.push(format!("visit.close @{visit} {rest}"));
        if round % 5 == 0 {
            told.push("access.denied".to_owned());
        }
        if told.len() >= size {
            break;
        }
    }
    encoded(&told[..size].join(";"))
}
