//! Organizations, support people, desk people and tools: made once by the vendor's administrator.

use std::collections::BTreeMap;

use byleave_api::entry::Kind;
use byleave_api::payload::{DeskKeyRecord, LogOpen};
use byleave_domain::approval::DeskKey;
use byleave_domain::contact::PublicKey;
use byleave_domain::ids::{DeskPersonId, LogId, OrganizationId, SubjectId, ToolId, to_hex};
use byleave_domain::organization::{Organization, Signers};
use byleave_domain::subject::{DeskPerson, Subject, SubjectKind};
use byleave_domain::support_access::Setting;
use byleave_domain::text::{Email, Name, Slug};
use byleave_domain::tool::{Injection, Isolation, Tool};
use byleave_tlog::RightEdge;

use crate::freezes;
use crate::ports::{Change, OrganizationRow, Person};
use crate::setting::{self, setting_row};
use crate::world::{Log, Tenant};
use crate::writer::{Draft, Writer};
use crate::{App, NotWritten};

/// Why something was not created.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotCreated {
    /// There is no such organization.
    #[error("there is no organization `{0}`")]
    UnknownOrganization(String),
    /// A shared tool that the vendor has not accepted by name.
    #[error(
        "tool `{0}` would keep no organizations apart; let it verify the assertion, let the gateway inject the \
         organization, or accept it as it is by naming it once more"
    )]
    SharedNotAccepted(Slug),
    /// An organization's slug that a tool would take for the place of its assets.
    #[error(
        "organization `{organization}` and tool `{tool}` cannot go together: the tool's assets are below `/{organization}`"
    )]
    AssetsOfOrganization {
        /// The slug.
        organization: Slug,
        /// The tool's slug.
        tool: Slug,
    },
    /// It could not be written.
    #[error(transparent)]
    NotWritten(#[from] NotWritten),
}

/// Where the organization's slug goes in front of the path, no slug may be the place of the tool's assets, which go
/// without: what is below would be anybody's.
fn apart(tool: &Tool, organization: &Slug) -> Result<(), NotCreated> {
    let below =
        |asset: &String| asset.trim_start_matches('/').split('/').next() == Some(organization.as_str());
    if tool.isolation == Isolation::Injected(Injection::Prefix) && tool.assets.iter().any(below) {
        return Err(NotCreated::AssetsOfOrganization {
            organization: organization.clone(),
            tool: tool.slug.clone(),
        });
    }
    Ok(())
}

impl App {
    /// Creates an organization; support access is enabled, and its log opens.
    ///
    /// # Errors
    /// [`NotCreated::NotWritten`], with `Taken` when the slug is in use.
    pub async fn organization_create(&self, name: Name, slug: Slug) -> Result<OrganizationId, NotCreated> {
        let id = OrganizationId::from_bytes(self.random_bits());
        let log = LogId::from_bytes(self.random_bits());
        let row = OrganizationRow { id, slug, name, log, created_at: self.now() };
        let app = self.clone();
        let created = self.to_its_end(async move {
            app.jobs.command(move |writer| organization_create(writer, row)).await??;
            app.enforcement.open(id, 0);
            Ok(id)
        });
        created.await?
    }

    /// Adds a support person or support service.
    ///
    /// # Errors
    /// [`NotCreated::NotWritten`], with `Taken` when the e-mail address is in use.
    pub async fn subject_create(
        &self,
        kind: SubjectKind,
        name: Name,
        email: Email,
        employer: Name,
    ) -> Result<SubjectId, NotCreated> {
        let id = SubjectId::from_bytes(self.random_bits());
        let subject = Subject { id, kind, name, email, employer };
        self.jobs
            .command(move |writer| {
                // Addresses are sealed, so that no table can say which are in use.
                if writer.shared.world().subjects.values().any(|known| known.email == subject.email) {
                    return Err(NotWritten::Taken("e-mail address"));
                }
                writer.write(Vec::new(), |_| vec![Change::SubjectCreated(subject.clone())])?;
                writer.shared.world_mut().subjects.insert(id, subject);
                writer.publish_policy();
                Ok::<_, NotWritten>(())
            })
            .await??;
        Ok(id)
    }

    /// Makes sure that the desk person with this address exists under this name. Their key counts for an organization
    /// once [`desk_keys_settle`](Self::desk_keys_settle) has put it into its log.
    ///
    /// # Errors
    /// [`NotCreated::NotWritten`].
    pub async fn desk_person_put(
        &self,
        name: Name,
        email: Email,
        key: Option<PublicKey>,
    ) -> Result<DeskPersonId, NotCreated> {
        let fresh = DeskPersonId::from_bytes(self.random_bits());
        let put = self.jobs.command(move |writer| {
            let known = writer.shared.world().desk_people.values().find(|p| p.email == email).map(|p| p.id);
            let person = DeskPerson { id: known.unwrap_or(fresh), name, email, key };
            writer.write(Vec::new(), |_| vec![Change::DeskPersonPut(person.clone())])?;
            let id = person.id;
            writer.shared.world_mut().desk_people.insert(id, person);
            Ok::<_, NotWritten>(id)
        });
        Ok(put.await??)
    }

    /// Has every organization's log name the desk people whose approvals count, and no others. To be called once all of
    /// them are put.
    ///
    /// # Errors
    /// [`NotWritten`].
    pub async fn desk_keys_settle(&self) -> Result<(), NotWritten> {
        self.jobs
            .command(|writer| {
                let all: Vec<_> = writer.shared.world().organizations.keys().copied().collect();
                all.into_iter().try_for_each(|id| desk_keys_settle(writer, id))
            })
            .await?
    }

    /// Adds a tool.
    ///
    /// # Errors
    /// [`NotCreated::SharedNotAccepted`], or [`NotCreated::NotWritten`] with `Taken` when the slug is in use.
    pub async fn tool_create(&self, tool: Tool) -> Result<(), NotCreated> {
        if tool.isolation == (Isolation::Shared { accepted: false }) {
            return Err(NotCreated::SharedNotAccepted(tool.slug));
        }
        self.jobs
            .command(move |writer| {
                for tenant in writer.shared.world().organizations.values() {
                    apart(&tool, &tenant.organization.slug)?;
                }
                writer.write(Vec::new(), |_| vec![Change::ToolCreated(tool.clone())])?;
                writer.shared.world_mut().tools.insert(tool.id, tool);
                writer.publish_policy();
                Ok::<_, NotCreated>(())
            })
            .await??;
        Ok(())
    }

    /// An id for a tool to be.
    #[must_use]
    pub fn fresh_tool_id(&self) -> ToolId {
        ToolId::from_bytes(self.random_bits())
    }
}

fn organization_create(writer: &mut Writer, row: OrganizationRow) -> Result<(), NotCreated> {
    if writer.shared.world().organization(row.slug.as_str()).is_some() {
        return Err(NotWritten::Taken("slug").into());
    }
    for tool in writer.shared.world().tools.values() {
        apart(tool, &row.slug)?;
    }
    let setting = Setting::at_creation();
    let (id, log_id) = (row.id, row.log);
    let opened = LogOpen { organization: id.to_string(), name: row.name.to_string() };
    let organization = Organization {
        id,
        slug: row.slug.clone(),
        name: row.name.clone(),
        log: log_id,
        created_at: row.created_at,
        setting: setting.clone(),
        closed: None,
        last_word_unknown: false,
        contacts: Vec::new(),
        desk_keys: Vec::new(),
        former: Signers::default(),
    };
    let log = Log {
        edge: RightEdge::new(),
        epoch: 0,
        setting_entry: None,
        time_us: 0,
        checkpoint: String::new(),
        broken: None,
    };
    // The log must be known before its first entry can be planned; nobody can enter before the policy is published.
    writer
        .shared
        .world_mut()
        .organizations
        .insert(id, Tenant { organization, log, waiting: None, freezes: BTreeMap::new() });
    let draft = vendor_entry(writer, id, Kind::LogOpen, payload(&opened)?);
    let changes = vec![
        Change::OrganizationCreated(row),
        Change::SettingPut { organization: id, expected: None, setting: setting_row(&setting)? },
    ];
    if let Err(refused) = writer.write(vec![draft], |_| changes) {
        writer.shared.world_mut().organizations.remove(&id);
        return Err(refused.into());
    }
    let capability = writer.shared.keys.capability(log_id);
    writer.shared.world_mut().capabilities.insert(capability, id);
    desk_keys_settle(writer, id)?;
    freezes::record(writer, &[id])?;
    writer.publish_policy();
    Ok(())
}

/// Adds and removes desk people's keys until the organization's log names those that are there now. A log that takes
/// nothing is left as it is: then nothing of the organization's can be approved either.
fn desk_keys_settle(writer: &mut Writer, id: OrganizationId) -> Result<(), NotWritten> {
    setting::drain(writer, id);
    let (wanted, names, known) = {
        let world = writer.shared.world();
        let key = |p: &DeskPerson| Some(DeskKey { person: p.id, key: p.key? });
        let wanted: Vec<_> = world.desk_people.values().filter_map(key).collect();
        let names: Vec<_> = world.desk_people.values().map(|p| (p.id, p.name.to_string())).collect();
        let tenant = world.organizations.get(&id).filter(|t| t.log.broken.is_none() && t.waiting.is_none());
        let Some(tenant) = tenant else { return Ok(()) };
        (wanted, names, tenant.organization.desk_keys.clone())
    };
    let gone = known.iter().filter(|key| !wanted.contains(key)).map(|key| (Kind::DeskKeyRemoved, key));
    let new = wanted.iter().filter(|key| !known.contains(key)).map(|key| (Kind::DeskKeyAdded, key));
    let mut drafts = Vec::new();
    for (kind, key) in gone.chain(new) {
        let name = names.iter().find(|(id, _)| *id == key.person).map(|(_, name)| name.clone());
        let record = DeskKeyRecord {
            person: key.person.to_string(),
            name: name.unwrap_or_default(),
            key: to_hex(&key.key.0),
        };
        let draft = vendor_entry(writer, id, kind, payload(&record)?);
        drafts.push(Draft { person: Some(Person::DeskPerson(key.person)), ..draft });
    }
    if !drafts.is_empty() {
        writer.write(drafts, |_| Vec::new())?;
    }
    if let Some(tenant) = writer.shared.world_mut().organizations.get_mut(&id) {
        tenant.organization.set_desk_keys(wanted);
    }
    Ok(())
}

pub(crate) fn vendor_entry(
    writer: &Writer,
    organization: OrganizationId,
    kind: Kind,
    payload: Vec<u8>,
) -> Draft {
    Draft {
        organization,
        kind,
        request: writer.shared.random_bits(),
        actor: b"vendor".to_vec(),
        person: None,
        reference: None,
        ends: Vec::new(),
        epoch: None,
        payload,
        admits_under: None,
    }
}

/// A payload's bytes, as they are committed to.
pub(crate) fn payload(of: &impl serde::Serialize) -> Result<Vec<u8>, NotWritten> {
    serde_json::to_vec(of).map_err(|why| NotWritten::Unavailable(why.to_string()))
}
