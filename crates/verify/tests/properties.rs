//! What holds for every log, and for everything that is not one.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod support;

use std::collections::BTreeMap;

use byleave_api::entry::{Kind, Leaf, runs};
use byleave_tlog::NoteVerifier;
use proptest::prelude::*;
use support::{Files, checkpoint, leaves, long, publish, signer, told};

/// Turns any numbers into a story that the grammar allows.
#[derive(Default)]
struct Teller {
    told: Vec<String>,
    open: BTreeMap<usize, Open>,
    disabled: bool,
    approved: Option<usize>,
    visits: u64,
    requests: u64,
    changes: u64,
}

/// An open visit: by whom, after how many changes of the setting, with which open requests.
struct Open {
    by: usize,
    changes: u64,
    requests: Vec<usize>,
}

impl Teller {
    fn tell(&mut self, choice: u8, which: prop::sample::Index) {
        let here = self.told.len();
        let visit =
            (!self.open.is_empty()).then(|| *self.open.keys().nth(which.index(self.open.len())).unwrap());
        let entry = match (choice % 8, visit) {
            (0 | 1, _) if !self.disabled => {
                self.visits += 1;
                let by = which.index(5);
                self.open.insert(here, Open { by, changes: self.changes, requests: Vec::new() });
                format!("visit.open by={by}")
            }
            (2 | 3, Some(visit)) if !self.disabled && self.open[&visit].changes == self.changes => {
                self.requests += 1;
                let open = self.open.get_mut(&visit).unwrap();
                open.requests.push(here);
                format!("access.begin @{visit} by={}", open.by)
            }
            (4, Some(visit)) => {
                let open = &mut self.open.get_mut(&visit).unwrap().requests;
                let ended = open.split_off(open.len() / 2);
                format!("visit.progress @{visit}{}", ends(&ended))
            }
            (5, Some(visit)) => {
                format!("visit.close @{visit}{}", ends(&self.open.remove(&visit).unwrap().requests))
            }
            (6, _) => self.change(),
            (_, Some(visit)) => format!("access.denied @{visit}"),
            _ => "access.denied".to_owned(),
        };
        self.told.push(entry);
    }

    fn change(&mut self) -> String {
        if self.disabled {
            let request = *self.approved.get_or_insert_with(|| {
                self.told.push("change_request.received".to_owned());
                let request = self.told.len() - 1;
                for step in ["signed", "reviewed", "approved"] {
                    self.told.push(format!("change_request.{step} @{request}"));
                }
                request
            });
            self.approved = None;
            self.disabled = false;
            self.changes += 1;
            return format!("support_access.enabled @{request}");
        }
        self.disabled = true;
        self.changes += 1;
        "support_access.disabled".to_owned()
    }
}

fn ends(requests: &[usize]) -> String {
    let runs = runs(requests.iter().map(|&request| request as u64));
    runs.iter().map(|run| format!(" -{}+{}", run.first, run.count)).collect()
}

prop_compose! {
    fn any_leaf()(
        kind in prop::sample::select(Kind::ALL.to_vec()),
        request in 0_u8..200,
        time_us in 0_i64..3,
        epoch in 0_u64..2,
        reference in prop::option::of(0_u64..12),
        ends in prop::collection::vec(0_u64..12, 0..3),
    ) -> Leaf {
        let mut leaf = leaves("log.open").remove(0);
        (leaf.kind, leaf.request, leaf.time_us, leaf.epoch) = (kind, [request; 16], time_us, epoch);
        (leaf.reference, leaf.ends) = (reference, runs(ends));
        leaf
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Every possible story verifies, and the figures are those of who told it.
    #[test]
    fn stories_hold(choices in prop::collection::vec(any::<(u8, prop::sample::Index)>(), 0..400)) {
        let mut teller = Teller { told: vec!["log.open".to_owned()], ..Teller::default() };
        for (choice, which) in choices {
            teller.tell(choice, which);
        }
        let report = told(&teller.told.join(";")).verify();
        let report = report.map_err(|fault| TestCaseError::fail(fault.to_string()))?;
        prop_assert_eq!(report.checkpoint.size, teller.told.len() as u64);
        prop_assert_eq!((report.visits, report.requests), (teller.visits, teller.requests));
        prop_assert_eq!(report.open_visits, teller.open.len() as u64);
        prop_assert_eq!(report.open_requests, teller.open.values().map(|open| open.requests.len()).sum::<usize>() as u64);
        prop_assert_eq!(report.changes.len() as u64, teller.changes);
        prop_assert!(report.sentence().ends_with("; nothing missing."));
    }

    /// Properly signed nonsense is told apart from a log or not, but never breaks the verifier.
    #[test]
    fn nonsense_does_not_panic(nonsense in prop::collection::vec(any_leaf(), 0..12)) {
        let mut entries: Vec<Vec<u8>> = vec![leaves("log.open t=-1795428000")[0].encode().unwrap()];
        entries.extend(nonsense.iter().map(|leaf| leaf.encode().unwrap()));
        if let Ok(report) = publish(&entries).verify() {
            prop_assert!(report.sentence().ends_with("; nothing missing."));
        }
    }

    #[test]
    fn any_file_may_be_anything(size in 1_usize..270, which: prop::sample::Index, bytes: Vec<u8>) {
        let entries = long(size);
        let mut files = publish(&entries);
        let path = files.0.keys().nth(which.index(files.0.len())).unwrap().clone();
        files.0.insert(path.clone(), bytes.clone());
        let named = format!("`{path}`");
        prop_assert!(files.fault().starts_with(&named));
        let _ = publish(&entries).verify_with(signer().verifier(), Some(&bytes));
    }

    #[test]
    fn any_checkpoint_may_be_signed(size: u64, root: [u8; 32], rest: Vec<u8>) {
        let text = format!("{}\n{size}\n{}\n", support::ORIGIN, byleave_tlog::Hash(root));
        let note = signer().sign(&text).unwrap();
        let mut files = Files::default();
        files.0.insert("checkpoint".to_owned(), note.into_bytes());
        files.0.insert("tile/entries/000".to_owned(), rest);
        prop_assert!(files.verify().is_err());
    }

    /// With the log's real key unknown, nothing is believed.
    #[test]
    fn no_key_but_the_logs(seed: [u8; 32]) {
        prop_assume!(seed != [7; 32]);
        let verifier: NoteVerifier =
            byleave_tlog::NoteSigner::from_seed(support::ORIGIN, &seed).unwrap().verifier().clone();
        let entries = long(3);
        prop_assert!(publish(&entries).verify_with(&verifier, None).is_err());
        prop_assert!(publish(&entries).verify_with(signer().verifier(), Some(&checkpoint(&entries))).is_ok());
    }
}
