//! An organization's setting: a contact disables it, and what every change of it has to go through.

use byleave_api::entry::Kind;
use byleave_api::payload::SettingRecord;
use byleave_domain::change_request::StepRefused;
use byleave_domain::contact_change::ContactChangeRefused;
use byleave_domain::ids::{ChangeRequestId, MessageId, OrganizationId, RequestId};
use byleave_domain::organization::{Disable, Organization, StatementNotTaken};
use byleave_domain::statement::{SignedStatement, Wish};
use byleave_domain::support_access::{DecidedBy, Setting, SettingUnproven, SupportAccess};
use byleave_domain::visit::VisitEnd;
use byleave_fail_point::fail_point;

use crate::catalog::{self, payload};
use crate::change_requests::{self, CallRefused, Taken};
use crate::passkeys::PasskeyRefused;
use crate::ports::{Change, OutboxRow, SettingRow};
use crate::world::Tenant;
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
    /// There is no such message, or it is settled.
    #[error("there is no message `{0}` that waits")]
    UnknownMessage(MessageId),
    /// The statement does not do.
    #[error(transparent)]
    Statement(#[from] StatementNotTaken),
    /// The step cannot be taken now, or not by this person.
    #[error(transparent)]
    Step(#[from] StepRefused),
    /// The change of contacts cannot go on, or not by this person.
    #[error(transparent)]
    Contacts(#[from] ContactChangeRefused),
    /// The organization's stored setting and its log have yet to be brought together.
    #[error("`{0}` takes no change of contacts until its stored setting and its log agree")]
    Unsettled(OrganizationId),
    /// The setting would not carry its own proof.
    #[error("{0}; nothing was changed")]
    Unproven(#[from] SettingUnproven),
    /// The passkey's signature cannot be taken.
    #[error(transparent)]
    Passkey(#[from] PasskeyRefused),
    /// Nothing came of the call.
    #[error(transparent)]
    Call(#[from] CallRefused),
    /// The returned file, or the text, cannot be taken.
    #[error("{0}")]
    Document(String),
    /// The setting moved on before the disable was through.
    #[error("support access was changed again before this was through; look, and ask again")]
    Overtaken,
    /// A disable still waits for its place in the log (protocols 2.4).
    #[error("an earlier disable still waits for its place in the organization's log")]
    OutboxWaits,
    /// It could not be written.
    #[error(transparent)]
    NotWritten(#[from] NotWritten),
}

impl App {
    /// What cuts off whoever is inside where support access is disabled, by its name in receipts.
    #[must_use]
    pub fn enforcement_point(&self) -> &'static str {
        self.enforcement.name()
    }

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
        fail_point("disable.asked");
        // C1: committed before anything else happens.
        let put = self.jobs.command(move |writer| {
            match with_organization(writer, organization, |o| Ok(o.disable(&signed, now)?))? {
                Disable::Already { supersedes } => settle(writer, organization, supersedes),
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
        fail_point("disable.committed");
        let connections = self.finish_disable(organization, setting.epoch).await?;
        fail_point("disable.before_receipt");
        self.receipt(organization, setting, connections).await
    }

    pub(crate) async fn receipt(
        &self,
        organization: OrganizationId,
        setting: Setting,
        connections: usize,
    ) -> Result<Receipt, NotChanged> {
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
    pub(crate) async fn finish_disable(
        &self,
        organization: OrganizationId,
        epoch: u64,
    ) -> Result<usize, NotWritten> {
        let connections = self.enforcement.cut(organization, epoch).await;
        fail_point("disable.cut");
        self.jobs.command(move |writer| drain(writer, organization)).await?;
        fail_point("disable.in_log");
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
}

/// The log's last word, or a disable that waits for the log, says disabled already. The stored row says so again from
/// here on, if it did not; and what was asked for in the meantime is over, if that is to be `superseded`.
fn settle(
    writer: &mut Writer,
    organization: OrganizationId,
    superseded: bool,
) -> Result<Setting, NotChanged> {
    let (setting, broken, unsettled) = with_tenant(writer, organization, |tenant| {
        let broken = tenant.log.broken.is_some();
        let unsettled = tenant.organization.closed.is_some() && !broken;
        Ok((tenant.organization.setting.clone(), broken, unsettled))
    })?;
    let over = if superseded && !broken {
        change_requests::superseded(writer, organization, &[Wish::Enabled], None)
    } else {
        Taken::default()
    };
    let mut changes = Vec::new();
    if unsettled {
        changes.push(Change::SettingPut { organization, expected: None, setting: setting_row(&setting)? });
    }
    let drafts = over.drafts(writer, 0)?;
    let indices = writer.write(drafts, |_| changes)?;
    over.apply(writer, &indices);
    if unsettled {
        apply(writer, organization, &setting);
    }
    Ok(setting)
}

pub(crate) fn put_disabled(
    writer: &mut Writer,
    organization: OrganizationId,
    setting: Setting,
) -> Result<Setting, NotChanged> {
    proven(writer, organization, &setting)?;
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

/// What is put in force carries its own proof, as whoever enforces will ask (protocols 1.11).
pub(crate) fn proven(
    writer: &Writer,
    organization: OrganizationId,
    setting: &Setting,
) -> Result<(), NotChanged> {
    with_organization(writer, organization, |known| {
        let signers = known.signers();
        Ok(setting.check(organization, &signers.contacts, &signers.desk_keys)?)
    })
}

pub(crate) fn apply(writer: &Writer, organization: OrganizationId, setting: &Setting) {
    if let Some(tenant) = writer.shared.world_mut().organizations.get_mut(&organization) {
        tenant.organization.apply(setting.clone());
    }
    writer.publish_policy();
}

/// Gives a disable that waits its place in the log, if the log takes it (2.4), and the desk of now behind it. Off never
/// waits for this.
pub(crate) fn drain(writer: &mut Writer, id: OrganizationId) {
    let waiting = {
        let world = writer.shared.world();
        let tenant = world.organizations.get(&id).filter(|tenant| tenant.log.broken.is_none());
        tenant.and_then(|tenant| Some((tenant.waiting.clone()?, tenant.organization.setting.clone())))
    };
    let Some((row, setting)) = waiting else { return };
    let SupportAccess::Disabled { by, .. } = setting.access else { return };
    let request = row.request;
    let cause = setting.evidence.as_ref().and_then(|evidence| evidence.change_request);
    let reference = cause.and_then(|id| writer.shared.world().change_requests.get(&id).map(|t| t.entry));
    let draft = Draft {
        organization: id,
        kind: Kind::SupportAccessDisabled,
        request: *request.as_bytes(),
        actor: match by {
            DecidedBy::Contact(contact) => contact.as_bytes().to_vec(),
            DecidedBy::Desk(person) => person.as_bytes().to_vec(),
        },
        person: None,
        reference,
        ends: Vec::new(),
        epoch: Some(setting.epoch),
        payload: row.record.into_bytes(),
        admits_under: None,
    };
    // A contact's own disable is provisional; the article's steps, which confirm it, begin with it.
    let mut taken = change_requests::superseded(writer, id, &[Wish::Enabled], cause);
    taken.append(change_requests::opened_by_disable(writer, id, &setting));
    let written = taken.drafts(writer, 1).and_then(|steps| {
        let drafts = std::iter::once(draft).chain(steps).collect();
        writer.write(drafts, |_| vec![Change::OutboxTaken(request)])
    });
    match written {
        Ok(indices) => {
            if let Some(tenant) = writer.shared.world_mut().organizations.get_mut(&id) {
                tenant.waiting = None;
                tenant.log.setting_entry = indices.first().copied();
            }
            taken.apply(writer, indices.get(1..).unwrap_or_default());
            // What changed at the desk in the meantime waited for this.
            if let Err(why) = catalog::desk_keys_name(writer, id) {
                tracing::error!(organization.id = %id, "{id}'s log does not name the desk of now: {why}");
            }
        }
        Err(why) => tracing::error!(organization.id = %id, "{id} is disabled, and its entry waits: {why}"),
    }
}

pub(crate) fn with_tenant<T>(
    writer: &Writer,
    id: OrganizationId,
    ask: impl FnOnce(&Tenant) -> Result<T, NotChanged>,
) -> Result<T, NotChanged> {
    let world = writer.shared.world();
    let tenant = world.organizations.get(&id);
    ask(tenant.ok_or_else(|| NotChanged::UnknownOrganization(id.to_string()))?)
}

pub(crate) fn with_organization<T>(
    writer: &Writer,
    id: OrganizationId,
    ask: impl FnOnce(&Organization) -> Result<T, NotChanged>,
) -> Result<T, NotChanged> {
    with_tenant(writer, id, |tenant| ask(&tenant.organization))
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
