//! What was read, and how much of it the logs prove, becomes the world.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use byleave_domain::ids::OrganizationId;
use byleave_domain::organization::Organization;
use byleave_domain::support_access::Setting;
use byleave_domain::visit::Visit;

use super::{Believed, BelievedFreeze, Proof, Requests, believe, held, proven_freezes};
use crate::letters;
use crate::once::Stage;
use crate::ports::{OutboxRow, Stored, StoredOrganization, VisitRow};
use crate::world::{COPIED, FreezePlaces, Log, OpenVisit, Tenant};
use crate::writer::{self, Writer};
use crate::{Shared, StartError, setting};

pub(super) fn fill(
    shared: &Arc<Shared>,
    mut stored: Stored,
    mut proofs: BTreeMap<OrganizationId, Proof>,
) -> Result<(), StartError> {
    {
        let mut world = shared.world_mut();
        world.closed = stored.copied_at.map(|_| COPIED);
        world.subjects = stored.subjects.into_iter().map(|s| (s.id, s)).collect();
        world.subjects_gone = stored.subjects_gone.into_iter().collect();
        world.desk_people = stored.desk_people.into_iter().map(|p| (p.id, p)).collect();
        world.tools = stored.tools.into_iter().map(|t| (t.id, t)).collect();
        world.messages = stored.messages.into_iter().map(|m| (m.id, m)).collect();
        world.letters_written = stored.letters_written;
        stored.letters.iter().for_each(|row| letters::put(&mut world, row));
        world.threads = stored.threads.into_iter().map(|row| (row.change_request, row)).collect();
        world.credentials = stored.credentials.into_iter().map(|c| (c.hash, c)).collect();
        world.provider_links = std::mem::take(&mut stored.provider_links);
        std::mem::take(&mut stored.sessions).into_iter().for_each(|session| world.put_session(session));
        let answers = std::mem::take(&mut stored.answers).into_iter();
        let stage = |answered| if answered { Stage::Answered } else { Stage::Unknown };
        answers.for_each(|(asked, answered)| world.answers.put(asked, stage(answered)));
        std::mem::take(&mut stored.passkeys).into_iter().for_each(|passkey| world.put_passkey(passkey));
        world.enrolments = std::mem::take(&mut stored.enrolments).into_iter().map(|e| (e.hash, e)).collect();
        std::mem::take(&mut stored.tokens).into_iter().for_each(|token| world.put_token(token));
    }
    let rows = std::mem::take(&mut stored.freezes);
    for (id, BelievedFreeze { freeze, fault }) in proven_freezes(&rows, &proofs, shared.clock.now())? {
        if let Some(why) = fault {
            tracing::error!(freeze.id = %id, "{why}");
        }
        shared.world_mut().freezes.insert(id, freeze);
    }
    for organization in stored.organizations {
        let id = organization.row.id;
        let mut proof = proofs.remove(&id).unwrap_or_default();
        let waiting = stored.outbox.iter().find(|row| row.organization == id);
        let copied_at = stored.copied_at;
        for row in stored.visits_open.iter().filter(|row| row.visit.organization == id) {
            let Requests { all, last, open } = proof.visits.remove(&row.entry).unwrap_or_default();
            let used_at = last.map_or(row.visit.used_at, |last| last.max(row.visit.used_at));
            let visit = Visit { used_at, ..row.visit.clone() };
            let row = VisitRow { visit, requests: all, ..row.clone() };
            shared.world_mut().visits.insert(
                row.visit.id,
                OpenVisit { row, begins_open: open, tokens: BTreeSet::new(), sessions: BTreeSet::new() },
            );
        }
        shared.world_mut().change_requests.append(&mut proof.change_requests);
        shared.world_mut().contact_changes.append(&mut proof.contact_changes);
        shared.world_mut().doubts.append(&mut proof.doubts);
        admit(shared, organization, proof, waiting, copied_at.map(held))?;
    }
    Ok(())
}

/// Puts one organization into the world, open or closed, and adds its waiting entry to its log. What is `held` takes
/// nothing, however well its log holds.
fn admit(
    shared: &Arc<Shared>,
    stored: StoredOrganization,
    proof: Proof,
    waiting: Option<&OutboxRow>,
    held: Option<String>,
) -> Result<(), StartError> {
    let id = stored.row.id;
    let Believed { contacts, row_setting, logged, pending, fault } = believe(&stored, &proof, waiting);
    let waiting = waiting.filter(|_| pending).cloned();
    let unreadable = proof.broken.is_some();
    let takes_nothing = proof.broken.or(held);
    let fault = fault.or_else(|| takes_nothing.clone());
    if let Some(why) = &fault {
        tracing::error!(organization.id = %id, "{id} is closed: {why}");
    }
    // A disable must name the epoch after the last one: after the log's where it holds, after any where it does not.
    let last_word_unknown = takes_nothing.is_some() && waiting.is_none();
    let setting = if last_word_unknown {
        [logged, row_setting].into_iter().flatten().max_by_key(|setting| setting.epoch)
    } else {
        logged
    };
    let (domains, notices) = (stored.row.domains, stored.row.notices);
    let organization = Organization {
        id,
        slug: stored.row.slug,
        name: stored.row.name,
        log: stored.row.log,
        created_at: stored.row.created_at,
        setting: setting.unwrap_or_else(Setting::at_creation),
        closed: fault.is_some().then(|| shared.clock.now()),
        last_word_unknown,
        contacts,
        desk_keys: proof.desk_keys,
        former: proof.former,
    };
    let mut log = Log {
        edge: proof.edge,
        epoch: proof.epoch,
        setting_entry: proof.setting_entry,
        time_us: proof.time_us,
        checkpoint: String::new(),
        broken: takes_nothing,
    };
    if !unreadable {
        log.checkpoint = writer::sign(shared, organization.log, &log);
    }
    let freezes = proof
        .freezes
        .iter()
        .map(|(begin, logged)| (logged.freeze.id, FreezePlaces { begin: *begin, lift: logged.lift }));
    let freezes = freezes.collect();
    let capability = shared.keys.capability(organization.log);
    {
        let mut world = shared.world_mut();
        world.capabilities.insert(capability, id);
        world.add(Tenant { organization, domains, notices, log, waiting, freezes, erased: proof.erased });
    }
    setting::drain(&mut Writer::inline(Arc::clone(shared)), id);
    Ok(())
}
