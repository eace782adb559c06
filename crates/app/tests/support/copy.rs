//! A log that is published anew after somebody with its key and every payload has been at it.

use std::collections::BTreeMap;

use byleave_api::disclosure::{Disclosed, Opening};
use byleave_api::entry::{Kind, Leaf, Run, commitment};
use byleave_domain::ids::{LogId, to_hex};
use byleave_tlog::tile::{encode_entries, encode_hashes};
use byleave_tlog::{Checkpoint, Hash, RightEdge, TilePath, leaf_hash};
use byleave_verify::Report;
use serde_json::Value;

use super::{Site, keys};

/// A log as somebody has it who holds the log's key and every payload.
pub struct Copy {
    pub log: LogId,
    pub header: String,
    pub leaves: Vec<Leaf>,
    pub payloads: Vec<Value>,
    /// Lines that are not made of the payloads.
    pub lines: BTreeMap<usize, Option<String>>,
}

struct Files(BTreeMap<String, Vec<u8>>);

impl byleave_verify::Source for Files {
    fn get(&self, path: &str) -> std::io::Result<Option<Vec<u8>>> {
        Ok(self.0.get(path).cloned())
    }
}

impl Copy {
    pub fn of(site: &Site) -> Self {
        let mut lines = site.organization_file().into_iter();
        let header = lines.next().unwrap();
        let payload = |line: String| {
            let said: Disclosed = serde_json::from_str(&line).unwrap();
            said.opening.map_or(Value::Null, |opening| serde_json::from_str(&opening.payload).unwrap())
        };
        let log = site.app.world().organizations[&site.organization].organization.log;
        let (leaves, payloads) = (site.leaves(), lines.map(payload).collect());
        Self { log, header, leaves, payloads, lines: BTreeMap::new() }
    }

    /// The places of a kind's entries.
    pub fn places(&self, kind: Kind) -> Vec<usize> {
        let all = self.leaves.iter().enumerate();
        all.filter(|(_, leaf)| leaf.kind == kind).map(|(index, _)| index).collect()
    }

    pub fn last(&self, kind: Kind) -> usize {
        *self.places(kind).last().unwrap()
    }

    /// Takes entries out as if they had never been: everything behind moves up, and so does what refers to it.
    pub fn remove(&mut self, gone: &[usize]) {
        let moved = |index: u64| index - gone.iter().filter(|at| (**at as u64) < index).count() as u64;
        for leaf in &mut self.leaves {
            leaf.reference = leaf.reference.map(moved);
            for run in &mut leaf.ends {
                *run = Run { first: moved(run.first), count: run.count };
            }
        }
        for at in gone.iter().rev() {
            self.leaves.remove(*at);
            self.payloads.remove(*at);
        }
    }

    /// Publishes it all anew, every commitment, tile and signature as it should be.
    pub fn verify(&self) -> Result<Report, String> {
        let mut lines = vec![self.header.clone()];
        let mut entries = Vec::new();
        for (index, (leaf, payload)) in self.leaves.iter().zip(&self.payloads).enumerate() {
            let (salt, payload) = ([index as u8; 32], payload.to_string());
            let leaf = Leaf { commitment: commitment(&salt, payload.as_bytes()), ..leaf.clone() };
            entries.push(leaf.encode().unwrap());
            let opening = Some(Opening { salt: to_hex(&salt), payload });
            let line = serde_json::to_string(&Disclosed { entry: index as u64, opening }).unwrap();
            lines.extend(self.lines.get(&index).cloned().unwrap_or(Some(line)));
        }
        let size = format!("\"size\":{}", entries.len());
        let (before, _) = lines[0].split_once("\"size\":").unwrap();
        lines[0] = format!("{before}{size}}}");
        let files = publish(self.log, &entries);
        let verifier = keys().verifier(self.log).unwrap();
        let mut lines = lines.into_iter().map(Ok);
        byleave_verify::verify_disclosed(&files, &verifier, None, &mut lines)
            .map_err(|fault| fault.to_string())
    }

    /// One more of it.
    pub fn as_it_is(&self) -> Self {
        Self {
            log: self.log,
            header: self.header.clone(),
            leaves: self.leaves.clone(),
            payloads: self.payloads.clone(),
            lines: BTreeMap::new(),
        }
    }

    /// The fault that is found once `tamper` is done.
    pub fn fault(&self, tamper: impl FnOnce(&mut Self)) -> String {
        let mut copy = self.as_it_is();
        tamper(&mut copy);
        copy.verify().map(|report| report.sentence()).unwrap_err()
    }
}

fn publish(log: LogId, entries: &[Vec<u8>]) -> Files {
    let mut edge = RightEdge::new();
    let hashes: Vec<Hash> = entries.iter().map(|entry| leaf_hash(entry)).collect();
    hashes.iter().for_each(|hash| drop(edge.push(*hash)));
    assert!(entries.len() <= 256, "one level of tiles is enough here");
    let file = |path: TilePath| {
        let bytes = match path.level() {
            Some(_) => encode_hashes(&hashes),
            None => encode_entries(entries).unwrap(),
        };
        (path.to_string(), bytes)
    };
    let mut files: BTreeMap<_, _> = TilePath::all_for(edge.size()).map(file).collect();
    let checkpoint = Checkpoint { origin: keys().origin(log), size: edge.size(), root: edge.root() };
    let note = checkpoint.sign(&keys().signer(log).unwrap()).unwrap();
    files.insert("checkpoint".into(), note.into_bytes());
    Files(files)
}
