//! What is believed of rows once the logs have been read. Pure: the start acts on it, a look only tells it.

use std::collections::{BTreeMap, BTreeSet};

use byleave_api::payload::{FreezeRecord, SettingRecord};
use byleave_domain::approval::DeskKey;
use byleave_domain::contact::SecurityContact;
use byleave_domain::freeze::{Freeze, FreezeScope};
use byleave_domain::ids::{DeskPersonId, FreezeId, OrganizationId};
use byleave_domain::support_access::{self, Setting, SupportAccess};
use byleave_domain::text::InvalidText;
use jiff::Timestamp;

use super::{Proof, read_setting};
use crate::ports::{FreezeRow, OutboxRow, SettingRow, StoreError, StoredOrganization};

/// Words to lift one freeze that a row is believed to hold, the newest. No desk has as many people; each is verified once a
/// second while the freeze is in force, and whoever writes rows could have the start see to nothing else.
const APPROVALS_MAX: usize = 100;

/// What the start believes of an organization.
pub(crate) struct Believed {
    pub contacts: Vec<SecurityContact>,
    pub row_setting: Option<Setting>,
    /// The last setting that its log proves, or a disable that waits for it.
    pub logged: Option<Setting>,
    /// Whether such a disable waits.
    pub pending: bool,
    /// Why it is closed, if it is.
    pub fault: Option<String>,
}

pub(crate) fn believe(stored: &StoredOrganization, proof: &Proof, waiting: Option<&OutboxRow>) -> Believed {
    let id = stored.row.id;
    let contacts = proven_contacts(stored, proof);
    let row_setting = stored.setting.as_ref().and_then(read_row);
    // A disable that waits for its log counts as the log's last word; it needs a contact's statement like any other.
    let waits = waiting.and_then(|row| read_setting(row.record.as_bytes()).ok()).filter(|setting| {
        matches!(setting.access, SupportAccess::Disabled { .. })
            && (setting.epoch == proof.epoch.saturating_add(1) || proof.broken.is_some())
            && setting.check(id, &contacts, &proof.desk_keys).is_ok()
    });
    let pending = waits.is_some();
    let logged = waits.or_else(|| proof.setting.clone());
    let proven = support_access::prove(
        row_setting.as_ref(),
        logged.as_ref(),
        id,
        &[contacts.as_slice(), &proof.former.contacts].concat(),
        &[proof.desk_keys.as_slice(), &proof.former.desk_keys].concat(),
    );
    let fault = proof.broken.clone().or_else(|| proven.err().map(|why| why.to_string()));
    Believed { contacts, row_setting, logged, pending, fault }
}

/// A freeze as it is believed.
pub(crate) struct BelievedFreeze {
    pub freeze: Freeze,
    /// What is wrong with its row, if anything is.
    pub fault: Option<String>,
}

/// The freezes that rows and logs tell of. A row that cannot be read is one in force, of everybody where no log tells whom
/// it keeps out: two desk people lift it like any other.
pub(crate) fn proven_freezes(
    rows: &[FreezeRow],
    proofs: &BTreeMap<OrganizationId, Proof>,
    now: Timestamp,
) -> Result<BTreeMap<FreezeId, BelievedFreeze>, StoreError> {
    let stored: BTreeMap<_, _> = rows.iter().map(|row| (row.id, read_freeze(row))).collect();
    let holding: Vec<&Proof> = proofs.values().filter(|proof| proof.holds()).collect();
    let logged = || holding.iter().flat_map(|proof| proof.freezes.values().map(|logged| &logged.freeze));
    // Where there is no organization, nothing is kept from anybody, and no log or desk can speak against a row.
    let nobody = proofs.is_empty();
    let desks: Vec<&[DeskKey]> = holding.iter().map(|proof| proof.desk_keys.as_slice()).collect();
    let all: BTreeSet<FreezeId> = stored.keys().copied().chain(logged().map(|told| told.id)).collect();
    let mut freezes = BTreeMap::new();
    for id in all {
        let told: Vec<&Freeze> = logged().filter(|told| told.id == id).collect();
        let (row, fault) = match stored.get(&id) {
            None => (None, Some(format!("{id} is in a log and was not stored"))),
            Some(Ok(row)) => (Some(row.clone()), None),
            Some(Err(why)) => {
                let fault = format!("what is stored of {id} cannot be read; it is in force: {why}");
                (Some(unreadable(id, told.first().copied(), now)?), Some(fault))
            }
        };
        let Some(freeze) = proven_freeze(row.as_ref(), &told, &desks, nobody) else { continue };
        let fault = fault.or_else(|| differs(row.as_ref()?, &freeze));
        freezes.insert(id, BelievedFreeze { freeze, fault });
    }
    Ok(freezes)
}

/// How a row that can be read is not what is believed of it.
fn differs(row: &Freeze, believed: &Freeze) -> Option<String> {
    let id = row.id;
    if believed.is_in_force() && !row.is_in_force() {
        return Some(format!("{id} is stored as lifted, which is not proven; it is in force"));
    }
    let others = row.scope != believed.scope;
    others.then(|| format!("{id} is stored as keeping out others than the logs say; what they say counts"))
}

fn read_freeze(row: &FreezeRow) -> Result<Freeze, String> {
    let record: FreezeRecord = serde_json::from_str(&row.record).map_err(|why| why.to_string())?;
    let mut freeze = Freeze::try_from(&record).map_err(|why| why.to_string())?;
    let older = freeze.approvals.len().saturating_sub(APPROVALS_MAX);
    freeze.approvals.drain(..older);
    Ok(Freeze { id: row.id, ..freeze })
}

/// What stands for a row that cannot be read: whom it keeps out is as a log tells it, and everybody where none does.
fn unreadable(id: FreezeId, told: Option<&Freeze>, now: Timestamp) -> Result<Freeze, StoreError> {
    if let Some(told) = told {
        return Ok(Freeze { approvals: Vec::new(), lifted_at: None, ..told.clone() });
    }
    let row = id.to_string();
    let corrupt = |why: InvalidText| StoreError::Corrupt { what: "freeze", row, why: why.to_string() };
    let reason = "what is stored of this freeze cannot be read".parse().map_err(corrupt)?;
    let (scope, by) = (FreezeScope::Everybody, DeskPersonId::from_bytes([0; 16]));
    Ok(Freeze { id, scope, reason, by, at: now, approvals: Vec::new(), lifted_at: None })
}

/// A freeze as the logs have it that tell of it, whatever its row says or that there is none: in force where one of them
/// lacks its end, and over where none does. Rows are not signed, so no date and no word of one lifts anything. A row that
/// says "in force" is believed: then the logs have not all been told yet. Where no log tells of it, every log's desk, as
/// it is now, must carry the end that the row has; where there is no organization, the row is all that there is.
fn proven_freeze(
    stored: Option<&Freeze>,
    told: &[&Freeze],
    desks: &[&[DeskKey]],
    nobody: bool,
) -> Option<Freeze> {
    let Some(first) = told.first() else {
        let carried =
            |row: &Freeze| nobody || (!desks.is_empty() && desks.iter().all(|keys| row.may_be_lifted(keys)));
        return stored.map(|row| Freeze { lifted_at: row.lifted_at.filter(|_| carried(row)), ..row.clone() });
    };
    let mut approvals = Vec::new();
    for signed in told.iter().copied().chain(stored).flat_map(|freeze| &freeze.approvals) {
        if !approvals.contains(signed) {
            approvals.push(signed.clone());
        }
    }
    let mut all = stored.into_iter().chain(told.iter().copied());
    let in_force = all.any(Freeze::is_in_force);
    let lifted_at = told.iter().filter_map(|freeze| freeze.lifted_at).max().filter(|_| !in_force);
    Some(Freeze { approvals, lifted_at, ..(*first).clone() })
}

/// A row counts as a setting only if its columns say the same as its record, and the epoch is one that can go on.
fn read_row(row: &SettingRow) -> Option<Setting> {
    i64::try_from(row.epoch).ok()?.checked_add(1)?;
    let record: SettingRecord = serde_json::from_str(&row.record).ok()?;
    let same = record.epoch == row.epoch && record.support_access == row.state;
    Setting::try_from(&record).ok().filter(|_| same)
}

/// Whose word counts is what the log says; the rows serve lists only. With a broken log the rows have to do, since all
/// that a contact can do then is to disable.
fn proven_contacts(stored: &StoredOrganization, proof: &Proof) -> Vec<SecurityContact> {
    if proof.broken.is_some() {
        return stored.contacts.clone();
    }
    proof.contacts.clone()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

    use byleave_domain::organization::Signers;
    use byleave_domain::signature::Signature;
    use byleave_domain::statement::public_key;

    use super::super::LoggedFreeze;
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn person(number: u8) -> DeskPersonId {
        DeskPersonId::from_bytes([number; 16])
    }

    fn desk(people: &[u8]) -> Vec<DeskKey> {
        let key = |n: &u8| DeskKey { person: person(*n), key: public_key(&[*n + 20; 32]) };
        people.iter().map(key).collect()
    }

    /// Wanted lifted by these people.
    fn freeze(lifters: &[u8], lifted_at: Option<Timestamp>) -> Freeze {
        let (scope, reason) = (FreezeScope::Everybody, "a subprocessor was broken into".parse().unwrap());
        let id = FreezeId::from_bytes([1; 16]);
        let approvals = Vec::new();
        let begun = Freeze { id, scope, reason, by: person(1), at: at(0), approvals, lifted_at };
        let word = |n: &u8| begun.lift(person(*n), at(1)).sign(&[*n + 20; 32]);
        Freeze { approvals: lifters.iter().map(word).collect(), ..begun }
    }

    /// What a log tells of it: nothing, its begin, or its end at a time.
    enum Tells {
        Nothing,
        Begin,
        End(i64),
    }

    fn log(tells: &Tells, now: &[u8], once: &[u8]) -> Proof {
        let former = Signers { desk_keys: desk(once), ..Signers::default() };
        let mut proof = Proof { desk_keys: desk(now), former, ..Proof::default() };
        let (lifters, lift): (&[u8], _) = match tells {
            Tells::Nothing => return proof,
            Tells::Begin => (&[], None),
            Tells::End(second) => (&[1, 2], Some(at(*second))),
        };
        let logged = LoggedFreeze { freeze: freeze(lifters, lift), lift: lift.map(|_| 9) };
        proof.freezes.insert(5, logged);
        proof
    }

    /// What is believed of the one freeze: none, or when it was lifted, if it was.
    fn believed(row: Option<Freeze>, logs: Vec<Proof>) -> Option<Option<Timestamp>> {
        let record = row.map(|freeze| serde_json::to_string(&FreezeRecord::from(&freeze)).unwrap());
        freeze_of(record, logs).map(|freeze| freeze.lifted_at)
    }

    fn freeze_of(record: Option<String>, logs: Vec<Proof>) -> Option<Freeze> {
        let rows = record.map(|record| FreezeRow { id: FreezeId::from_bytes([1; 16]), record });
        let numbered = (1..).map(|number| OrganizationId::from_bytes([number; 16]));
        let freezes = proven_freezes(rows.as_slice(), &numbered.zip(logs).collect(), at(99)).unwrap();
        freezes.into_values().next().map(|believed| believed.freeze)
    }

    #[test]
    fn a_row_that_cannot_be_read_keeps_out_whom_the_logs_say_and_everybody_where_none_does() {
        let helpline = || FreezeScope::Employer("Helpline Partners".parse().unwrap());
        let tells = |tells: Tells| {
            let mut proof = log(&tells, &[1, 2], &[]);
            proof.freezes.values_mut().for_each(|logged| logged.freeze.scope = helpline());
            proof
        };
        for (what, record, logs, scope, since) in [
            ("its begin is told", "{}", vec![tells(Tells::Begin)], helpline(), at(0)),
            ("its end is told", "null", vec![tells(Tells::End(40))], helpline(), at(0)),
            ("no log tells of it", "", vec![tells(Tells::Nothing)], FreezeScope::Everybody, at(99)),
            ("there is no log", "{}", vec![], FreezeScope::Everybody, at(99)),
        ] {
            let freeze = freeze_of(Some(record.into()), logs).unwrap();
            assert!(freeze.is_in_force(), "{what}");
            assert_eq!((freeze.scope, freeze.at), (scope, since), "{what}");
        }
    }

    #[test]
    fn of_a_row_full_of_words_only_the_newest_are_looked_at() {
        let genuine = freeze(&[1, 2], None);
        let forged = genuine.approvals.iter().cycle().take(20_000).cloned().map(|mut word| {
            let Signature::Key(bytes) = &mut word.signature else { panic!("a key signed") };
            bytes[9] ^= 1;
            word
        });
        let approvals = forged.chain(genuine.approvals.clone()).collect();
        let row = serde_json::to_string(&FreezeRecord::from(&Freeze { approvals, ..genuine })).unwrap();
        for tells in [Tells::Begin, Tells::Nothing] {
            let found = freeze_of(Some(row.clone()), vec![log(&tells, &[1, 2], &[])]).unwrap();
            assert!(found.approvals.len() <= APPROVALS_MAX);
            assert!(found.may_be_lifted(&desk(&[1, 2])), "what was said last is there");
        }
    }

    #[test]
    fn the_logs_say_whether_a_freeze_is_over_and_no_row_does() {
        use Tells::{Begin, End, Nothing};
        let (open, over) = (|| Some(freeze(&[1, 2], None)), || Some(freeze(&[1, 2], Some(at(-900_000)))));
        let in_force = Some(None);
        for (what, row, logs, wanted) in [
            ("no end in the only log", over(), vec![Begin], in_force),
            ("no end in one of the logs", over(), vec![End(40), Begin], in_force),
            ("no row, no end", None, vec![Begin], in_force),
            ("no row, and one of the logs has no end", None, vec![Begin, End(40)], in_force),
            ("an end in each", over(), vec![End(40), End(50)], Some(Some(at(50)))),
            ("no row, and an end in each", None, vec![End(40)], Some(Some(at(40)))),
            (
                "an end, and an organization that came later",
                over(),
                vec![End(40), Nothing],
                Some(Some(at(40))),
            ),
            ("not every log is told yet", open(), vec![End(40), Nothing], in_force),
            ("no log tells of it, nor does a row", None, vec![Nothing], None),
        ] {
            let logs = logs.iter().map(|tells| log(tells, &[1, 2], &[])).collect();
            assert_eq!(believed(row, logs), wanted, "{what}");
        }
    }

    #[test]
    fn what_no_log_tells_of_is_over_only_where_the_desk_of_now_says_so() {
        let log = |now: &[u8], once: &[u8]| log(&Tells::Nothing, now, once);
        let (over, in_force) = (Some(Some(at(60))), Some(None));
        for (what, lifters, logs, wanted) in [
            ("by both", &[1, 2][..], vec![log(&[1, 2], &[])], over),
            ("by one who has left", &[1, 2], vec![log(&[1], &[2])], in_force),
            (
                "by one whom one log knows no more",
                &[1, 2],
                vec![log(&[1, 2], &[]), log(&[1], &[2])],
                in_force,
            ),
            ("by one alone", &[1], vec![log(&[1, 2], &[])], in_force),
            ("by nobody", &[], vec![log(&[1, 2], &[])], in_force),
            ("without an organization", &[1, 2], vec![], over),
            (
                "without a log that holds",
                &[1, 2],
                vec![Proof { broken: Some("it is cut off".into()), ..log(&[1, 2], &[]) }],
                in_force,
            ),
        ] {
            let row = Some(freeze(lifters, Some(at(60))));
            assert_eq!(believed(row, logs), wanted, "{what}");
        }
    }
}
