//! Disable, ask to enable, approve: the three commands that move an organization's setting.

use byleave_api::entry::Kind;
use byleave_api::payload::{ChangeRequestApproved, ChangeRequestReceived, SettingRecord, SignedRecord};
use byleave_domain::change_request::{ChangeRequest, ChangeRequestState};
use byleave_domain::ids::{ChangeRequestId, DeskPersonId, OrganizationId, RequestId};
use byleave_domain::organization::{ApprovalNotTaken, Disable, Organization, StatementNotTaken};
use byleave_domain::statement::SignedStatement;
use byleave_domain::support_access::{Setting, SupportAccess};
use byleave_domain::visit::VisitEnd;

use crate::catalog::payload;
use crate::ports::{Change, OutboxRow, SettingRow};
use crate::writer::{Draft, Writer};
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
    /// A disable still waits for its place in the log (protocols 2.4).
    #[error("an earlier disable still waits for its place in the organization's log")]
    OutboxWaits,
    /// It could not be written.
    #[error(transparent)]
    NotWritten(#[from] NotWritten),
}

impl App {
    /// Disables support access on a security contact's word. Returns once nobody can enter, no connection is open,
    /// and (unless the log is broken) the entry is under the checkpoint in the receipt.
    ///
    /// # Errors
    /// [`NotChanged`]. After [`NotWritten::Unavailable`] the caller must ask again: it is not known to be in force.
    pub async fn disable(
        &self,
        organization: OrganizationId,
        signed: SignedStatement,
    ) -> Result<Receipt, NotChanged> {
        let now = self.now();
        // C1: committed before anything else happens.
        let setting = self
            .jobs
            .command(move |writer| {
                match with_organization(writer, organization, |o| Ok(o.disable(&signed, now)?))? {
                    Disable::Already => settle_row(writer, organization),
                    Disable::Becomes(setting) => put_disabled(writer, organization, *setting),
                }
            })
            .await??;
        // C3, one process (protocols 1.13): the cut is a call, and returns when it is complete (N6).
        let connections = self.enforcement.cut(organization, setting.epoch).await;
        self.close_visits(organization, VisitEnd::SupportAccessDisabled).await?;
        self.jobs.command(move |writer| drain(writer, organization)).await?;
        let (entry, checkpoint) = {
            let world = self.world();
            let tenant = world.organizations.get(&organization);
            let entry = tenant.filter(|t| t.waiting.is_none()).and_then(|t| t.log.setting_entry);
            (entry, tenant.map(|t| t.log.checkpoint.clone()).unwrap_or_default())
        };
        Ok(Receipt {
            organization,
            setting,
            enforcement_point: self.enforcement.name(),
            connections,
            entry,
            checkpoint,
        })
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
                let received = ChangeRequestReceived {
                    change_request: id.to_string(),
                    signed: SignedRecord::from(&request.statement),
                };
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
        let (request, setting) = self.jobs.command(move |writer| approve(writer, id, by, now)).await??;
        self.enforcement.open(request.organization, setting.epoch);
        Ok(request)
    }
}

/// The log says disabled already. If the stored row said otherwise, it says so again from here on.
fn settle_row(writer: &mut Writer, organization: OrganizationId) -> Result<Setting, NotChanged> {
    let (setting, settle) = {
        let world = writer.shared.world();
        let tenant = world.organizations.get(&organization);
        let tenant = tenant.ok_or_else(|| NotChanged::UnknownOrganization(organization.to_string()))?;
        let settle = tenant.organization.closed.is_some() && tenant.log.broken.is_none();
        (tenant.organization.setting.clone(), settle)
    };
    if settle {
        let row = setting_row(&setting)?;
        writer
            .write(Vec::new(), |_| vec![Change::SettingPut { organization, expected: None, setting: row }])?;
        if let Some(tenant) = writer.shared.world_mut().organizations.get_mut(&organization) {
            tenant.organization.apply(setting.clone());
        }
        writer.publish_policy();
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
        tenant.organization.apply(setting.clone());
        tenant.waiting = Some(waiting);
    }
    writer.publish_policy();
    Ok(setting)
}

/// Gives a disable that waits its place in the log, if the log takes it (2.4). Off never waits for this.
pub(crate) fn drain(writer: &mut Writer, id: OrganizationId) {
    let waiting = {
        let world = writer.shared.world();
        let tenant = world.organizations.get(&id);
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
    let (setting, before) = with_organization(writer, organization, |known| {
        Ok((known.approve_enable(&request, by)?, known.setting.clone()))
    })?;
    if writer.shared.world().organizations.get(&organization).is_some_and(|t| t.waiting.is_some()) {
        return Err(NotChanged::OutboxWaits);
    }
    let received = writer
        .shared
        .store
        .entry_of_request(organization, id.as_bytes())
        .map_err(|why| NotWritten::Unavailable(why.to_string()))?;
    let name = writer.shared.world().desk_people.get(&by).map(|p| p.name.to_string()).unwrap_or_default();
    let approved = ChangeRequestApproved { change_request: id.to_string(), by: by.to_string(), name };
    let actor = by.as_bytes().to_vec();
    let mut approval = draft(
        organization,
        Kind::ChangeRequestApproved,
        writer.shared.random_bits(),
        actor.clone(),
        &approved,
    )?;
    approval.reference = received;
    let request_id = *request.statement.statement.request.as_bytes();
    let record = SettingRecord::from(&setting);
    let mut enabled = draft(organization, Kind::SupportAccessEnabled, request_id, actor, &record)?;
    enabled.reference = received;
    enabled.epoch = Some(setting.epoch);
    let approval_given = setting.evidence.as_ref().and_then(|evidence| evidence.approval.clone());
    if let Some(approval) = approval_given {
        request.state = ChangeRequestState::Processed { approval, at: now };
    }
    // C8: entries and row in one transaction, so the log is never behind an enabled row.
    let changes = vec![
        Change::SettingPut {
            organization,
            expected: Some(setting_row(&before)?),
            setting: setting_row(&setting)?,
        },
        Change::ChangeRequestPut(request.clone()),
    ];
    let indices = writer.write(vec![approval, enabled], |_| changes)?;
    {
        let mut world = writer.shared.world_mut();
        world.change_requests.insert(id, request.clone());
        if let Some(tenant) = world.organizations.get_mut(&organization) {
            tenant.organization.apply(setting.clone());
            tenant.log.setting_entry = indices.last().copied();
        }
    }
    supersede(writer, organization)?;
    writer.publish_policy();
    Ok((request, setting))
}

/// Requests whose statement no longer fits the setting are over.
fn supersede(writer: &mut Writer, id: OrganizationId) -> Result<(), NotChanged> {
    let over: Vec<_> = {
        let world = writer.shared.world();
        let epoch = world.organizations.get(&id).map_or(0, |tenant| tenant.organization.setting.epoch);
        let stale = |r: &&ChangeRequest| {
            r.organization == id
                && r.state == ChangeRequestState::Received
                && r.statement.statement.epoch <= epoch
        };
        world.change_requests.values().filter(stale).cloned().collect()
    };
    for mut request in over {
        request.state = ChangeRequestState::Superseded;
        writer.write(Vec::new(), |_| vec![Change::ChangeRequestPut(request.clone())])?;
        writer.shared.world_mut().change_requests.insert(request.id, request);
    }
    Ok(())
}

fn with_organization<T>(
    writer: &Writer,
    id: OrganizationId,
    ask: impl FnOnce(&Organization) -> Result<T, NotChanged>,
) -> Result<T, NotChanged> {
    let world = writer.shared.world();
    let tenant =
        world.organizations.get(&id).ok_or_else(|| NotChanged::UnknownOrganization(id.to_string()))?;
    ask(&tenant.organization)
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
