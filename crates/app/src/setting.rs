//! Disable, ask to enable, approve: the three commands that move an organization's setting.

use byleave_api::entry::{Kind, Leaf, commitment};
use byleave_api::payload::{ChangeRequestApproved, ChangeRequestReceived, SettingRecord, SignedRecord};
use byleave_domain::change_request::{ChangeRequest, ChangeRequestState};
use byleave_domain::ids::{ChangeRequestId, DeskPersonId, OrganizationId, RequestId};
use byleave_domain::organization::{ApprovalNotTaken, Disable, Organization, StatementNotTaken};
use byleave_domain::statement::SignedStatement;
use byleave_domain::support_access::{Setting, SupportAccess};
use byleave_domain::visit::VisitEnd;

use crate::catalog::payload;
use crate::ports::{Change, OutboxRow, SettingRow, StoreError};
use crate::world::Tenant;
use crate::writer::{Draft, Index, Writer};
use crate::{App, NotWritten};

/// What a disable has brought about, once it is in force everywhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Whose setting.
    pub organization: OrganizationId,
    /// The setting in force: disabled.
    pub setting: Setting,
    /// The enforcement point.
    pub enforcement_point: &'static str,
    /// Connections that it reset.
    pub connections: usize,
    /// Place of the entry in the organization's log; `None` while the log cannot take it.
    pub entry: Option<u64>,
    /// The log's newest checkpoint, which includes the entry.
    pub checkpoint: String,
}

/// Why a statement had no effect.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotChanged {
    /// There is no such organization for this caller.
    #[error("there is no organization `{0}`")]
    UnknownOrganization(String),
    /// There is no such change request.
    #[error("there is no change request `{0}`")]
    UnknownChangeRequest(ChangeRequestId),
    /// The statement does not do.
    #[error(transparent)]
    Statement(#[from] StatementNotTaken),
    /// The approval does not do.
    #[error(transparent)]
    Approval(#[from] ApprovalNotTaken),
    /// The setting moved on before the disable was through.
    #[error("support access was changed again before this was through; look, and ask again")]
    Overtaken,
    /// The change request is not what the organization's log says of it.
    #[error("the change request is not in the organization's log as it is stored")]
    RequestUnproven,
    /// A disable still waits for its place in the log (protocols 2.4).
    #[error("an earlier disable still waits for its place in the organization's log")]
    OutboxWaits,
    /// It could not be written.
    #[error(transparent)]
    NotWritten(#[from] NotWritten),
}

impl App {
    /// Disables support access on a security contact's word. Returns once nobody can enter, no connection is open,
    /// and (unless the log is broken) the entry is under the checkpoint in the receipt. Goes on to its end whether or
    /// not the caller waits for it.
    ///
    /// # Errors
    /// [`NotChanged`]. After [`NotWritten::Unavailable`] the caller must ask again: it is not known to be in force.
    pub async fn disable(
        &self,
        organization: OrganizationId,
        signed: SignedStatement,
    ) -> Result<Receipt, NotChanged> {
        let app = self.clone();
        self.to_its_end(async move { app.disable_to_its_end(organization, signed).await }).await?
    }

    async fn disable_to_its_end(
        &self,
        organization: OrganizationId,
        signed: SignedStatement,
    ) -> Result<Receipt, NotChanged> {
        let now = self.now();
        let next = signed.statement.epoch;
        // C1: committed before anything else happens.
        let put = self.jobs.command(move |writer| {
            match with_organization(writer, organization, |o| Ok(o.disable(&signed, now)?))? {
                Disable::Already => settle(writer, organization),
                Disable::Becomes(setting) => put_disabled(writer, organization, *setting),
            }
        });
        let setting = match put.await? {
            Err(NotChanged::NotWritten(why)) => {
                // Unknown whether it is in force: then at least nobody is inside.
                self.enforcement.cut(organization, next).await;
                return Err(why.into());
            }
            put => put?,
        };
        let connections = self.finish_disable(organization, setting.epoch).await?;
        let enforcement_point = self.enforcement.name();
        let receipt = self.jobs.command(move |writer| {
            with_tenant(writer, organization, |tenant| {
                // C6: nothing is said of a setting that is no longer in force.
                if tenant.organization.setting != setting {
                    return Err(NotChanged::Overtaken);
                }
                let entry = tenant.log.setting_entry.filter(|_| tenant.waiting.is_none());
                let checkpoint = tenant.log.checkpoint.clone();
                Ok(Receipt { organization, setting, enforcement_point, connections, entry, checkpoint })
            })
        });
        receipt.await?
    }

    /// C3, one process (protocols 1.13): the cut is a call, and returns when it is complete (N6). Then the disable gets
    /// its place in the log, and the visits that it ended their last entries.
    async fn finish_disable(&self, organization: OrganizationId, epoch: u64) -> Result<usize, NotWritten> {
        let connections = self.enforcement.cut(organization, epoch).await;
        self.jobs.command(move |writer| drain(writer, organization)).await?;
        self.close_visits(organization, epoch, VisitEnd::SupportAccessDisabled).await?;
        Ok(connections)
    }

    /// Finishes disables that something kept from their end.
    pub(crate) async fn finish_disables(&self) -> Result<(), NotWritten> {
        let unfinished: Vec<_> = {
            let world = self.world();
            let waits = |tenant: &&Tenant| tenant.waiting.is_some() && tenant.log.broken.is_none();
            let waiting = world.organizations.values().filter(waits);
            waiting.map(|tenant| (tenant.organization.id, tenant.organization.setting.epoch)).collect()
        };
        for (organization, epoch) in unfinished {
            self.finish_disable(organization, epoch).await?;
        }
        Ok(())
    }

    /// Opens a change request to enable support access. Changes nothing yet.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub async fn request_enable(
        &self,
        organization: OrganizationId,
        signed: SignedStatement,
    ) -> Result<ChangeRequest, NotChanged> {
        let id = ChangeRequestId::from_bytes(self.random_bits());
        let now = self.now();
        self.jobs
            .command(move |writer| {
                let request = with_organization(writer, organization, |known| {
                    known.request_enable(id, &signed, now).map_err(NotChanged::from)
                })?;
                let received = received_payload(&request);
                let actor = request.statement.statement.contact.as_bytes().to_vec();
                // The entry's own id is the change request's, by which the approval finds it.
                let draft =
                    draft(organization, Kind::ChangeRequestReceived, *id.as_bytes(), actor, &received)?;
                writer.write(vec![draft], |_| vec![Change::ChangeRequestPut(request.clone())])?;
                writer.shared.world_mut().change_requests.insert(id, request.clone());
                Ok(request)
            })
            .await?
    }

    /// A desk person approves a change request; support access is enabled when this returns.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub async fn approve(&self, id: ChangeRequestId, by: DeskPersonId) -> Result<ChangeRequest, NotChanged> {
        let now = self.now();
        let app = self.clone();
        let approved = self.to_its_end(async move {
            let (request, setting) = app.jobs.command(move |writer| approve(writer, id, by, now)).await??;
            app.enforcement.open(request.organization, setting.epoch);
            Ok(request)
        });
        approved.await?
    }
}

/// The log's last word, or a disable that waits for the log, says disabled already. The stored row says so again from
/// here on, if it did not, and what was asked for in the meantime is over.
fn settle(writer: &mut Writer, organization: OrganizationId) -> Result<Setting, NotChanged> {
    let (setting, unsettled) = with_tenant(writer, organization, |tenant| {
        let unsettled = tenant.organization.closed.is_some() && tenant.log.broken.is_none();
        Ok((tenant.organization.setting.clone(), unsettled))
    })?;
    let mut changes = supersede(writer, organization, None);
    if unsettled {
        changes.push(Change::SettingPut { organization, expected: None, setting: setting_row(&setting)? });
    }
    writer.write(Vec::new(), |_| changes.clone())?;
    take_requests(writer, changes);
    if unsettled {
        apply(writer, organization, &setting);
    }
    Ok(setting)
}

fn put_disabled(
    writer: &mut Writer,
    organization: OrganizationId,
    setting: Setting,
) -> Result<Setting, NotChanged> {
    let row = setting_row(&setting)?;
    let request = RequestId::from_bytes(writer.shared.random_bits());
    let waiting = OutboxRow { request, organization, record: row.record.clone() };
    let changes = vec![
        Change::SettingPut { organization, expected: None, setting: row },
        Change::OutboxPut(waiting.clone()),
    ];
    writer.write(Vec::new(), |_| changes)?;
    if let Some(tenant) = writer.shared.world_mut().organizations.get_mut(&organization) {
        tenant.waiting = Some(waiting);
    }
    apply(writer, organization, &setting);
    Ok(setting)
}

fn apply(writer: &Writer, organization: OrganizationId, setting: &Setting) {
    if let Some(tenant) = writer.shared.world_mut().organizations.get_mut(&organization) {
        tenant.organization.apply(setting.clone());
    }
    writer.publish_policy();
}

/// Gives a disable that waits its place in the log, if the log takes it (2.4). Off never waits for this.
pub(crate) fn drain(writer: &mut Writer, id: OrganizationId) {
    let waiting = {
        let world = writer.shared.world();
        let tenant = world.organizations.get(&id).filter(|tenant| tenant.log.broken.is_none());
        tenant.and_then(|tenant| Some((tenant.waiting.clone()?, tenant.organization.setting.clone())))
    };
    let Some((row, setting)) = waiting else { return };
    let SupportAccess::Disabled { by, .. } = setting.access else { return };
    let request = row.request;
    let draft = Draft {
        organization: id,
        kind: Kind::SupportAccessDisabled,
        request: *request.as_bytes(),
        actor: by.as_bytes().to_vec(),
        reference: None,
        ends: Vec::new(),
        epoch: Some(setting.epoch),
        payload: row.record.into_bytes(),
        admits_under: None,
    };
    match writer.write(vec![draft], |_| vec![Change::OutboxTaken(request)]) {
        Ok(indices) => {
            if let Some(tenant) = writer.shared.world_mut().organizations.get_mut(&id) {
                tenant.waiting = None;
                tenant.log.setting_entry = indices.first().copied();
            }
        }
        Err(why) => tracing::error!(organization.id = %id, "{id} is disabled, and its entry waits: {why}"),
    }
}

fn approve(
    writer: &mut Writer,
    id: ChangeRequestId,
    by: DeskPersonId,
    now: jiff::Timestamp,
) -> Result<(ChangeRequest, Setting), NotChanged> {
    let mut request = writer
        .shared
        .world()
        .change_requests
        .get(&id)
        .cloned()
        .ok_or(NotChanged::UnknownChangeRequest(id))?;
    let organization = request.organization;
    let received = received_entry(writer, &request)?;
    let (setting, before) = with_organization(writer, organization, |known| {
        Ok((known.approve_enable(&request, by, now)?, known.setting.clone()))
    })?;
    if with_tenant(writer, organization, |tenant| Ok(tenant.waiting.is_some()))? {
        return Err(NotChanged::OutboxWaits);
    }
    let name = writer.shared.world().desk_people.get(&by).map(|p| p.name.to_string()).unwrap_or_default();
    let approved = ChangeRequestApproved { change_request: id.to_string(), by: by.to_string(), name };
    let actor = by.as_bytes().to_vec();
    let bits = || writer.shared.random_bits();
    let approval = draft(organization, Kind::ChangeRequestApproved, bits(), actor.clone(), &approved)?;
    let approval = Draft { reference: Some(received), ..approval };
    // Not the statement's request id: that is the contact's to choose, and an entry's must be unique.
    let enabled =
        draft(organization, Kind::SupportAccessEnabled, bits(), actor, &SettingRecord::from(&setting))?;
    let enabled = Draft { reference: Some(received), epoch: Some(setting.epoch), ..enabled };
    if let Some(approval) = setting.evidence.as_ref().and_then(|evidence| evidence.approval.clone()) {
        request.state = ChangeRequestState::Processed { approval, at: now };
    }
    // C8: entries and row in one transaction, so the log is never behind an enabled row.
    let mut changes = supersede(writer, organization, Some(id));
    changes.push(Change::ChangeRequestPut(request.clone()));
    changes.push(Change::SettingPut {
        organization,
        expected: Some(setting_row(&before)?),
        setting: setting_row(&setting)?,
    });
    let indices = writer.write(vec![approval, enabled], |_| changes.clone())?;
    take_requests(writer, changes);
    if let Some(tenant) = writer.shared.world_mut().organizations.get_mut(&organization) {
        tenant.log.setting_entry = indices.last().copied();
    }
    apply(writer, organization, &setting);
    Ok((request, setting))
}

/// The place of the request's own entry, which must say what the row says.
fn received_entry(writer: &Writer, request: &ChangeRequest) -> Result<Index, NotChanged> {
    let unavailable = |why: StoreError| NotWritten::Unavailable(why.to_string());
    let store = &writer.shared.store;
    let place = store.entry_of_request(request.organization, request.id.as_bytes()).map_err(unavailable)?;
    let place = place.ok_or(NotChanged::RequestUnproven)?;
    let entry = store.entries(request.organization, place, 1).map_err(unavailable)?;
    let entry = entry.first().ok_or(NotChanged::RequestUnproven)?;
    let leaf = Leaf::decode(&entry.leaf).map_err(|_| NotChanged::RequestUnproven)?;
    let at = request.received_at.as_microsecond();
    let same = leaf.kind == Kind::ChangeRequestReceived
        && leaf.commitment == commitment(&entry.salt, &entry.payload)
        && entry.payload == payload(&received_payload(request))?
        // The log's times never go back, so an entry may be a little later than its request, never earlier.
        && leaf.time_us >= at;
    if same { Ok(place) } else { Err(NotChanged::RequestUnproven) }
}

fn received_payload(request: &ChangeRequest) -> ChangeRequestReceived {
    ChangeRequestReceived {
        change_request: request.id.to_string(),
        signed: SignedRecord::from(&request.statement),
        received_at: request.received_at.to_string(),
    }
}

/// The organization's requests that wait, but for `processed`, are over: their statements no longer fit, or their
/// contact has spoken again since.
fn supersede(
    writer: &Writer,
    organization: OrganizationId,
    processed: Option<ChangeRequestId>,
) -> Vec<Change> {
    let world = writer.shared.world();
    let waits = |r: &&ChangeRequest| {
        r.organization == organization && r.state == ChangeRequestState::Received && Some(r.id) != processed
    };
    let over = |request: &ChangeRequest| {
        Change::ChangeRequestPut(ChangeRequest { state: ChangeRequestState::Superseded, ..request.clone() })
    };
    world.change_requests.values().filter(waits).map(over).collect()
}

fn take_requests(writer: &Writer, changes: Vec<Change>) {
    let mut world = writer.shared.world_mut();
    for change in changes {
        if let Change::ChangeRequestPut(request) = change {
            world.change_requests.insert(request.id, request);
        }
    }
}

fn with_tenant<T>(
    writer: &Writer,
    id: OrganizationId,
    ask: impl FnOnce(&Tenant) -> Result<T, NotChanged>,
) -> Result<T, NotChanged> {
    let world = writer.shared.world();
    let tenant = world.organizations.get(&id);
    ask(tenant.ok_or_else(|| NotChanged::UnknownOrganization(id.to_string()))?)
}

fn with_organization<T>(
    writer: &Writer,
    id: OrganizationId,
    ask: impl FnOnce(&Organization) -> Result<T, NotChanged>,
) -> Result<T, NotChanged> {
    with_tenant(writer, id, |tenant| ask(&tenant.organization))
}

fn draft(
    organization: OrganizationId,
    kind: Kind,
    request: [u8; 16],
    actor: Vec<u8>,
    of: &impl serde::Serialize,
) -> Result<Draft, NotWritten> {
    Ok(Draft {
        organization,
        kind,
        request,
        actor,
        reference: None,
        ends: Vec::new(),
        epoch: None,
        payload: payload(of)?,
        admits_under: None,
    })
}

/// A setting as stored: its record, with the two columns that people look at.
pub(crate) fn setting_row(setting: &Setting) -> Result<SettingRow, NotWritten> {
    let record = SettingRecord::from(setting);
    Ok(SettingRow {
        epoch: setting.epoch,
        state: record.support_access.clone(),
        record: String::from_utf8_lossy(&payload(&record)?).into_owned(),
    })
}
