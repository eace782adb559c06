//! Logs for the other verifier to be held to beside those of the other tests (`docs/two-verifiers.md`): walks by chance that
//! go where nobody thought of going, and entries that are damaged before they are signed, so that the hashes fit.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

mod support;

use std::collections::BTreeMap;

use byleave_api::entry::Kind;
use byleave_tlog::{Checkpoint, EMPTY_ROOT, Hash};
use support::{Files, ORIGIN, checkpoint, encoded, long, publish, signer, told};

/// How many walks there are, and entries that each tries.
const WALKS: u64 = 40;
const TRIES: usize = 120;

/// What a walk would rarely come across by chance alone.
const OFTEN: [&str; 29] = [
    "access.begin",
    "access.begin",
    "change_request.announced",
    "change_request.approved",
    "change_request.approved",
    "change_request.called",
    "change_request.called_with_words",
    "change_request.called_without_words",
    "change_request.form_sent",
    "change_request.found",
    "change_request.found",
    "change_request.matched",
    "change_request.processed",
    "change_request.reviewed",
    "change_request.reviewed",
    "contact_change.agreed",
    "contact_change.made",
    "doubt.answered",
    "doubt.raised",
    "freeze.approved",
    "freeze.lift",
    "support_access.confirmed",
    "support_access.disabled",
    "support_access.enabled",
    "support_access.enabled",
    "token.made",
    "token.revoked",
    "visit.close",
    "visit.open",
];

/// What mostly refers to nothing.
const ALONE: [&str; 6] = ["contact.", "desk_key.", "evidence.", "erase", "log.", "mail_domains."];

/// Where walks begin: what takes many steps in a row.
const STARTS: [&str; 5] = [
    "log.open",
    "log.open; support_access.disabled; change_request.received; change_request.reviewed @2; change_request.form_sent @2; \
     change_request.found @2; change_request.found @2; change_request.matched @2; change_request.approved @2",
    "log.open; support_access.disabled; change_request.received; change_request.signed @2; change_request.reviewed @2; \
     change_request.approved @2; support_access.enabled @2",
    "log.open; visit.open by=1; access.begin @1 by=1; freeze.begin; freeze.approved @3 by=1; freeze.approved @3 by=2",
    "log.open; contact_change.announced; contact_change.agreed @1 by=1; contact_change.agreed @1 by=2",
];

/// The same numbers in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        (!of.is_empty()).then(|| &of[self.below(of.len())])
    }

    /// An entry that could follow, or nearly: of a kind that is often wanted or any, about something that suits or anything.
    fn entry(&mut self, told: &[String]) -> String {
        let all = Kind::ALL.map(|kind| kind.to_string());
        let kind =
            if self.below(3) > 0 { OFTEN[self.below(OFTEN.len())] } else { &all[self.below(all.len())] };
        let mut entry = format!("{kind} by={}", self.below(3));
        let begins = match kind.split('.').next().unwrap() {
            "access" | "visit" => "visit.open",
            "contact_change" => "contact_change.announced",
            "doubt" if kind == "doubt.raised" => "visit.open",
            "doubt" => "doubt.raised",
            "freeze" => "freeze.begin",
            "token" => "token.made",
            "passkey" => "passkey.added",
            _ => "change_request.received",
        };
        let suiting: Vec<usize> = (0..told.len()).filter(|&at| told[at].starts_with(begins)).collect();
        let suiting = &suiting[suiting.len().saturating_sub(1 + self.below(2))..];
        let alone = kind == begins || ALONE.iter().any(|family| kind.starts_with(family));
        let about = match self.below(12) {
            0 => Some(self.below(told.len() + 2)),
            1 => None,
            2..=3 => self.pick(suiting).copied(),
            _ if alone => None,
            _ => self.pick(suiting).copied(),
        };
        entry.extend(about.map(|about| format!(" @{about}")));
        if ["visit.progress", "visit.close"].contains(&kind) || self.below(40) == 0 {
            let begun = |at: &usize| {
                told[*at].starts_with("access.begin")
                    && told[*at].ends_with(&format!("@{}", about.unwrap_or(0)))
            };
            let begun: Vec<usize> = (0..told.len()).filter(begun).collect();
            let left_out = self.below(3);
            entry.extend(begun.iter().skip(left_out).map(|request| format!(" -{request}")));
        }
        if self.below(12) == 0 {
            entry.push_str(self.pick(&[" e=0", " e=1", " e=2", " e=9", " t=1", " rid=1", " -2+2"]).unwrap());
        }
        entry
    }
}

/// Each goes on from what holds; what does not is looked at and left out.
#[test]
fn walks_by_chance() {
    let mut breaches = BTreeMap::<String, usize>::new();
    let mut sound = BTreeMap::<String, usize>::new();
    for (walk, start) in (0..WALKS).zip(STARTS.iter().cycle()) {
        let mut chance = Chance(walk);
        let mut entries: Vec<String> = start.split("; ").map(str::to_owned).collect();
        for _ in 0..TRIES {
            entries.push(chance.entry(&entries));
            match told(&entries.join(";")).verify() {
                Ok(_) => {
                    let kind = entries.last().unwrap().split(' ').next().unwrap().to_owned();
                    *sound.entry(kind).or_default() += 1;
                }
                Err(fault) => {
                    entries.pop();
                    let (_, breach) = fault
                        .to_string()
                        .split_once("entry ")
                        .map(|(a, b)| (a.to_owned(), b.to_owned()))
                        .unwrap();
                    *breaches.entry(breach.replace(|c: char| c.is_ascii_digit(), "")).or_default() += 1;
                }
            }
        }
    }
    assert_eq!(
        sound.len(),
        Kind::ALL.len() - 1,
        "every kind stood where it may, but for `log.open`: {sound:#?}"
    );
    assert!(breaches.len() > 80, "most rules were broken: {} {breaches:#?}", breaches.len());
}

/// Whatever is done to an entry's bytes, and signed then.
#[test]
fn entries_damaged_before_they_are_signed() {
    let told = "log.open; visit.open; access.begin @1; access.denied; access.begin @1; visit.close @1 -2 -4";
    let honest = encoded(told);
    let (last, before) = honest.split_last().unwrap();
    let holds = |entry: &[u8]| publish(&[before, &[entry.to_vec()]].concat()).verify().is_ok();
    assert!(holds(last));
    let mut sound = 0;
    for at in 0..last.len() {
        let (head, byte, rest) = (&last[..at], last[at], &last[at + 1..]);
        for bit in 0..8 {
            sound += usize::from(holds(&[head, &[byte ^ 1 << bit], rest].concat()));
        }
        assert!(!holds(head), "cut off at {at}");
        assert!(!holds(&[head, rest].concat()), "without its byte at {at}");
        // The same number in more bytes than it takes, where this is the head of something.
        let (major, number) = (byte & 0xe0, byte & 0x1f);
        if number < 24 {
            for more in [24_u8, 25, 26, 27, 28] {
                let wide = [vec![major | more], vec![0; (1 << (more - 24)) - 1], vec![number]].concat();
                assert!(!holds(&[head, &wide, rest].concat()), "{more} at {at}");
            }
            holds(&[head, &[major | 31], rest].concat());
        }
    }
    // Ids and commitment may be anything, and the time anything later.
    assert!((500..800).contains(&sound), "{sound}");
    assert!(!holds(&[last, &[0][..]].concat()));
    let items = items(last);
    assert_eq!(items.len(), 10);
    let map = |items: &[&[u8]]| [&[0xa0 | items.len() as u8], items.concat().as_slice()].concat();
    assert!(holds(&map(&items)));
    for at in 0..items.len() {
        let (head, item, rest) = (&items[..at], items[at], &items[at + 1..]);
        assert!(!holds(&map(&[head, rest].concat())), "without item {at}");
        assert!(!holds(&map(&[head, &[item, item], rest].concat())), "item {at} twice");
        assert!(!holds(&map(&[rest, head, &[item]].concat())) || at + 1 == items.len(), "item {at} last");
    }
}

/// A leaf's keys with their values.
fn items(leaf: &[u8]) -> Vec<&[u8]> {
    let keys = ["c", "t", "v", "ref", "rid", "ends", "kind", "node", "actor", "epoch"];
    let mut starts = Vec::new();
    for key in keys {
        let encoded = [&[0x60 | key.len() as u8], key.as_bytes()].concat();
        let from = starts.last().map_or(1, |start| start + 2);
        starts.push(from + leaf[from..].windows(encoded.len()).position(|window| window == encoded).unwrap());
    }
    let ends = starts.iter().skip(1).copied().chain([leaf.len()]);
    starts.iter().zip(ends).map(|(&start, end)| &leaf[start..end]).collect()
}

/// A story that holds, whose files fit each other, and that nobody has signed: only the root tells.
#[test]
fn stories_that_nobody_signed() {
    for size in [2, 3, 100, 256, 257, 300, 512] {
        let entries = long(size);
        let honest = publish(&entries);
        for at in [0, 1, size / 2, size - 1] {
            let mut forged = entries.clone();
            let commitment = 3 + forged[at].iter().position(|&byte| byte == 0x58).unwrap();
            forged[at][commitment] ^= 1;
            let mut files = publish(&forged);
            assert!(files.verify().is_ok(), "the story holds");
            files.0.insert("checkpoint".to_owned(), honest.0["checkpoint"].clone());
            assert!(files.fault().starts_with("`checkpoint` signs the root"), "{at} of {size}");
        }
    }
}

/// As many runs as an entry may end, and one more.
#[test]
fn two_hundred_runs() {
    let mut told = vec!["log.open".to_owned(), "visit.open".to_owned()];
    told.extend((0..201).flat_map(|_| ["access.begin @1".to_owned(), "access.denied".to_owned()]));
    let ends: String = (0..200).map(|run| format!(" -{}", 2 + run * 2)).collect();
    told.push(format!("visit.progress @1{ends}"));
    let mut entries = encoded(&told.join(";"));
    assert!(publish(&entries).verify().is_ok());
    let last = entries.pop().unwrap();
    let head = b"\x64ends\x98\xc8";
    let at = last.windows(head.len()).position(|window| window == head).unwrap() + head.len();
    let kind = last.windows(5).position(|window| window == b"\x64kind").unwrap();
    let more = [&last[..at - 1], &[0xc9], &last[at..kind], b"\x82\x19\x01\x92\x01", &last[kind..]].concat();
    entries.push(more);
    let fault = publish(&entries).fault();
    assert!(fault.contains("200 runs"), "{fault}");
}

/// Sizes at which trees and files change their shape, and the largest numbers that there are.
#[test]
fn sizes_and_numbers() {
    let entries = long(700);
    for size in [1, 2, 3, 255, 256, 257, 511, 512, 513, 700] {
        let files = publish(&entries[..size]);
        for kept in [0, 1, 128, 255, 256, 257, size - 1, size] {
            let remembered = checkpoint(&entries[..kept.min(size)]);
            assert!(files.verify_with(signer().verifier(), Some(&remembered)).is_ok(), "{size} from {kept}");
        }
        let sign = |size: u64, root: Hash| {
            Checkpoint { origin: ORIGIN.to_owned(), size, root }.sign(&signer()).unwrap().into_bytes()
        };
        for (size, root) in [
            (0, EMPTY_ROOT),
            (size as u64 + 1, EMPTY_ROOT),
            (1 << 53, EMPTY_ROOT),
            ((1 << 63) - 1, EMPTY_ROOT),
        ] {
            let files = Files(
                files.0.clone().into_iter().chain([("checkpoint".to_owned(), sign(size, root))]).collect(),
            );
            assert!(files.verify().is_err());
        }
    }
    for time in ["251606779200", "251606779201", "251606779199"] {
        let holds = told(&format!("log.open; contact.added t={time}")).verify().is_ok();
        assert_eq!(holds, time != "251606779201", "{time}");
    }
    for log in [
        "log.open; contact.added e=18446744073709551615",
        "log.open; access.denied @18446744073709551615",
        "log.open; visit.open; visit.close @1 -18446744073709551614",
        "log.open; visit.open; visit.close @1 -1+18446744073709551614",
        "log.open; visit.open; visit.close @9007199254740993",
    ] {
        assert!(told(log).verify().is_err(), "{log}");
    }
}
