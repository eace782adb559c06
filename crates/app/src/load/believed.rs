//! What is believed of rows once the logs have been read. Pure: the start acts on it, a look only tells it.

use std::collections::BTreeMap;

use byleave_api::payload::{FreezeRecord, SettingRecord};
use byleave_domain::contact::SecurityContact;
use byleave_domain::freeze::Freeze;
use byleave_domain::ids::{FreezeId, OrganizationId};
use byleave_domain::support_access::{self, Setting, SupportAccess};

use super::{Proof, read_setting};
use crate::ports::{FreezeRow, OutboxRow, SettingRow, StoreError, StoredOrganization};

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

/// The freezes that rows and logs tell of. One that stands in a log is as that log has it, whatever its row says or that
/// there is none. It counts as lifted only while two desk people's signatures carry that, and every log tells of its end:
/// what is unknown keeps people out.
pub(crate) fn proven_freezes(
    rows: &[FreezeRow],
    organizations: &[StoredOrganization],
    proofs: &BTreeMap<OrganizationId, Proof>,
) -> Result<BTreeMap<FreezeId, Freeze>, StoreError> {
    let mut freezes = BTreeMap::new();
    for row in rows {
        let corrupt = |why: String| StoreError::Corrupt { what: "freeze", row: row.id.to_string(), why };
        let record: FreezeRecord =
            serde_json::from_str(&row.record).map_err(|why| corrupt(why.to_string()))?;
        let freeze = Freeze::try_from(&record).map_err(|why| corrupt(why.to_string()))?;
        freezes.insert(row.id, Freeze { id: row.id, ..freeze });
    }
    for logged in proofs.values().flat_map(|proof| proof.freezes.values()) {
        let told = &logged.freeze;
        let known = freezes.entry(told.id).or_insert_with(|| {
            tracing::error!(freeze.id = %told.id, "{} is in a log and was not stored; it is in force", told.id);
            Freeze { approvals: Vec::new(), ..told.clone() }
        });
        let new = told.approvals.iter().filter(|signed| !known.approvals.contains(signed)).cloned();
        let approvals = known.approvals.iter().cloned().chain(new).collect();
        *known = Freeze { approvals, lifted_at: known.lifted_at, ..told.clone() };
    }
    let keys: Vec<_> = proofs
        .values()
        .flat_map(|proof| proof.desk_keys.iter().chain(&proof.former.desk_keys))
        .copied()
        .collect();
    for freeze in freezes.values_mut() {
        let Some(at) = freeze.lifted_at else { continue };
        let ends_in = |proof: &Proof| {
            proof.freezes.values().any(|logged| logged.freeze.id == freeze.id && logged.lift.is_some())
        };
        let told =
            organizations.iter().filter(|organization| organization.row.created_at < at).all(|known| {
                let proof = proofs.get(&known.row.id);
                proof.is_some_and(|proof| proof.broken.is_some() || ends_in(proof))
            });
        if !told || !freeze.may_be_lifted(&keys) {
            tracing::error!(freeze.id = %freeze.id, "{} is stored as lifted, which is not proven; it is in force", freeze.id);
            freeze.lifted_at = None;
        }
    }
    Ok(freezes)
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
