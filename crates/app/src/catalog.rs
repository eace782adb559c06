//! Organizations, support people, desk people and tools: made once by the vendor's administrator.

mod import;

use std::collections::{BTreeMap, BTreeSet};

use byleave_api::entry::Kind;
use byleave_api::payload::{DeskKeyRecord, LogOpen};
use byleave_domain::approval::DeskKey;
use byleave_domain::contact::PublicKey;
use byleave_domain::ids::{ContactId, DeskPersonId, LogId, OrganizationId, SubjectId, ToolId, to_hex};
use byleave_domain::organization::{Organization, Signers};
use byleave_domain::subject::{DeskPerson, Subject, SubjectKind};
use byleave_domain::support_access::Setting;
use byleave_domain::text::{Email, MailDomain, Name, Slug};
use byleave_domain::tool::{Injection, Isolation, Tool};
use byleave_tlog::RightEdge;

pub use import::{Imported, NotImported, Unfit};

use crate::mail_domains::{TooManyDomains, domains_fit};
use crate::notice_addresses::{Notices, TooManyNotices, notices_fit};
use crate::ports::{Batch, Change, OrganizationRow, Person};
use crate::setting::{self, setting_row};
use crate::world::{Log, Tenant, World};
use crate::writer::{self, Draft, Writer};
use crate::{App, NotWritten, Shared};

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
    /// An organization with too many mail domains.
    #[error(transparent)]
    TooManyDomains(#[from] TooManyDomains),
    /// An organization with too many notice addresses.
    #[error(transparent)]
    TooManyNotices(#[from] TooManyNotices),
    /// A notice address that is a security contact's.
    #[error("`{0}` is a security contact's address, and gets every letter as it is; name another one")]
    NoticeOfContact(Email),
    /// Somebody who is no security contact any more.
    #[error("`{0}` is no security contact of the organization")]
    NotAContact(ContactId),
    /// It could not be written.
    #[error(transparent)]
    NotWritten(#[from] NotWritten),
}

/// An organization to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrganization {
    /// Name on pages.
    pub name: Name,
    /// Name in addresses.
    pub slug: Slug,
    /// Where its mail comes from; two organizations may share a domain, as those of one group do.
    pub domains: BTreeSet<MailDomain>,
    /// Where copies of what its contacts are told go, as many as [`notices_fit`] says.
    pub notices: BTreeSet<Email>,
}

/// Where the organization's slug goes in front of the path, no slug may be the place of the tool's assets, which go
/// without: what is below would be anybody's.
fn apart(tool: &Tool, organization: &Slug) -> bool {
    let below =
        |asset: &String| asset.trim_start_matches('/').split('/').next() == Some(organization.as_str());
    tool.isolation != Isolation::Injected(Injection::Prefix) || !tool.assets.iter().any(below)
}

fn not_apart(tool: &Tool, organization: &Slug) -> NotCreated {
    NotCreated::AssetsOfOrganization { organization: organization.clone(), tool: tool.slug.clone() }
}

impl App {
    /// Creates an organization of which no mail domain is known, as [`Self::organization_create_from`] does.
    ///
    /// # Errors
    /// The same.
    pub async fn organization_create(&self, name: Name, slug: Slug) -> Result<OrganizationId, NotCreated> {
        let (domains, notices) = (BTreeSet::new(), BTreeSet::new());
        self.organization_create_from(NewOrganization { name, slug, domains, notices }).await
    }

    /// Creates an organization; support access is enabled, and its log opens.
    ///
    /// # Errors
    /// [`NotCreated::TooManyDomains`], [`NotCreated::TooManyNotices`], or [`NotCreated::NotWritten`] with `Taken` when the slug is in use.
    pub async fn organization_create_from(&self, new: NewOrganization) -> Result<OrganizationId, NotCreated> {
        domains_fit(new.domains.len())?;
        notices_fit(new.notices.len())?;
        let row = self.organization_row(new);
        let (id, app) = (row.id, self.clone());
        let created = self.to_its_end(async move {
            app.jobs.command(move |writer| organization_create(writer, row)).await??;
            app.enforcement.open(id, 0);
            Ok(id)
        });
        created.await?
    }

    fn organization_row(&self, new: NewOrganization) -> OrganizationRow {
        let NewOrganization { name, slug, domains, notices } = new;
        let id = OrganizationId::from_bytes(self.random_bits());
        let log = LogId::from_bytes(self.random_bits());
        let notices = Notices { addresses: notices, asked: None };
        OrganizationRow { id, slug, name, log, created_at: self.now(), domains, notices }
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
            let known = writer.shared.world().desk_people.values().find(|p| p.email == email).cloned();
            let (id, shows_passkey) = known.map_or((fresh, false), |p| (p.id, p.shows_passkey));
            let person = DeskPerson { id, name, email, key, shows_passkey };
            writer.write(Vec::new(), |_| vec![Change::DeskPersonPut(person.clone())])?;
            let mut world = writer.shared.world_mut();
            world.desk_people.insert(id, person);
            world.desk_configured.insert(id);
            Ok::<_, NotWritten>(id)
        });
        Ok(put.await??)
    }

    /// Has every organization's log name the desk people whose approvals count, and no others. To be called once all of
    /// them are put; from then on each log follows.
    ///
    /// # Errors
    /// [`NotWritten`].
    pub async fn desk_keys_settle(&self) -> Result<(), NotWritten> {
        self.jobs
            .command(|writer| {
                let all: Vec<_> = {
                    let mut world = writer.shared.world_mut();
                    world.desk_is_read = true;
                    world.organizations.keys().copied().collect()
                };
                all.into_iter().try_for_each(|id| {
                    setting::drain(writer, id);
                    desk_keys_name(writer, id)
                })
            })
            .await?
    }

    /// Has the logs name the desk of now that something kept from it.
    pub(crate) async fn finish_desk_keys(&self) -> Result<(), NotWritten> {
        let lacking: Vec<_> = {
            let world = self.world();
            let wanted = keys_of_now(&world);
            let lacks = |tenant: &&Tenant| names_another_desk(&world, tenant, &wanted);
            world.organizations.values().filter(lacks).map(|tenant| tenant.organization.id).collect()
        };
        for id in lacking {
            self.jobs.command(move |writer| desk_keys_name(writer, id)).await??;
        }
        Ok(())
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
                let world = writer.shared.world();
                let mut slugs = world.organizations.values().map(|tenant| &tenant.organization.slug);
                if let Some(slug) = slugs.find(|slug| !apart(&tool, slug)) {
                    return Err(not_apart(&tool, slug));
                }
                drop(world);
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
    {
        let world = writer.shared.world();
        if world.organization(row.slug.as_str()).is_some() {
            return Err(NotWritten::Taken("slug").into());
        }
        if let Some(tool) = world.tools.values().find(|tool| !apart(tool, &row.slug)) {
            return Err(not_apart(tool, &row.slug));
        }
    }
    let desk = desk_keys(&writer.shared.world());
    let (tenants, batch) = open(&writer.shared, vec![row], &desk)?;
    writer.commit(&batch)?;
    let opened = opened(&writer.shared, tenants);
    enter(writer, opened);
    Ok(())
}

/// An organization that is written, and not known yet.
struct Opened {
    tenant: Tenant,
    capability: String,
}

/// Organizations to be, and what writes them: with the first entries of their logs.
fn open(
    shared: &Shared,
    rows: Vec<OrganizationRow>,
    desk: &[(DeskKey, String)],
) -> Result<(Vec<Tenant>, Batch), NotWritten> {
    let setting = Setting::at_creation();
    let (mut tenants, mut drafts, mut changes) = (Vec::new(), Vec::new(), Vec::new());
    let mut places = BTreeMap::new();
    for row in rows {
        let said = LogOpen { organization: row.id.to_string(), name: row.name.to_string() };
        drafts.push(vendor_draft(shared.random_bits(), row.id, Kind::LogOpen, payload(&said)?));
        for (key, name) in desk {
            drafts.push(desk_key_entry(shared, row.id, Kind::DeskKeyAdded, key, name.clone())?);
        }
        changes.push(Change::OrganizationCreated(row.clone()));
        let setting_row = setting_row(&setting)?;
        changes.push(Change::SettingPut { organization: row.id, expected: None, setting: setting_row });
        places.insert(row.id, tenants.len());
        tenants.push(opening(row, &setting, desk.iter().map(|(key, _)| *key).collect()));
    }
    let planned = writer::plan(shared, drafts, |id| tenants.get(*places.get(&id)?))?;
    for (id, log) in planned.logs {
        let tenant = places.get(&id).and_then(|place| tenants.get_mut(*place));
        tenant.into_iter().for_each(|tenant| tenant.log = log.clone());
    }
    Ok((tenants, Batch { appends: planned.appends, changes }))
}

/// S5: what is durable is signed for others.
fn opened(shared: &Shared, tenants: Vec<Tenant>) -> Vec<Opened> {
    let opened = tenants.into_iter().map(|mut tenant| {
        let log = tenant.organization.log;
        tenant.log.checkpoint = writer::sign(shared, log, &tenant.log);
        Opened { tenant, capability: shared.keys.capability(log) }
    });
    opened.collect()
}

/// Has everybody know them. Freezes keep people out from here on; their logs are told with the next turn, as others' are.
fn enter(writer: &Writer, opened: Vec<Opened>) {
    {
        let mut world = writer.shared.world_mut();
        for Opened { tenant, capability } in opened {
            world.capabilities.insert(capability, tenant.organization.id);
            world.add(tenant);
        }
    }
    writer.publish_policy();
}

/// An organization before its first entry.
fn opening(row: OrganizationRow, setting: &Setting, desk_keys: Vec<DeskKey>) -> Tenant {
    let organization = Organization {
        id: row.id,
        slug: row.slug,
        name: row.name,
        log: row.log,
        created_at: row.created_at,
        setting: setting.clone(),
        closed: None,
        last_word_unknown: false,
        contacts: Vec::new(),
        desk_keys,
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
    let (domains, notices) = (row.domains, row.notices);
    let (freezes, erased) = (BTreeMap::new(), BTreeSet::new());
    Tenant { organization, domains, notices, log, waiting: None, freezes, erased }
}

/// The keys that count at the desk now, with their holders' names.
fn desk_keys(world: &World) -> Vec<(DeskKey, String)> {
    let key = |p: &DeskPerson| Some((DeskKey { person: p.id, key: p.key? }, p.name.to_string()));
    world.desk_people.values().filter_map(key).collect()
}

fn keys_of_now(world: &World) -> Vec<DeskKey> {
    desk_keys(world).into_iter().map(|(key, _)| key).collect()
}

/// Whether a log that could be told of it names other desk people's keys than are `wanted`.
fn names_another_desk(world: &World, tenant: &Tenant, wanted: &[DeskKey]) -> bool {
    let named = &tenant.organization.desk_keys;
    let same = named.len() == wanted.len() && wanted.iter().all(|key| named.contains(key));
    world.desk_is_read && tenant.waiting.is_none() && tenant.log.broken.is_none() && !same
}

fn desk_key_entry(
    shared: &Shared,
    organization: OrganizationId,
    kind: Kind,
    key: &DeskKey,
    name: String,
) -> Result<Draft, NotWritten> {
    let record = DeskKeyRecord { person: key.person.to_string(), name, key: to_hex(&key.key.0) };
    let draft = vendor_draft(shared.random_bits(), organization, kind, payload(&record)?);
    Ok(Draft { person: Some(Person::DeskPerson(key.person)), ..draft })
}

/// Adds and removes desk people's keys until the organization's log names those that are there now, and no others. A
/// disable that waits for the log comes first; a log that takes nothing is left as it is: then nothing of the organization's
/// can be approved either.
pub(crate) fn desk_keys_name(writer: &mut Writer, id: OrganizationId) -> Result<(), NotWritten> {
    let (wanted, names, known) = {
        let world = writer.shared.world();
        let wanted = keys_of_now(&world);
        let tenant =
            world.organizations.get(&id).filter(|tenant| names_another_desk(&world, tenant, &wanted));
        let Some(tenant) = tenant else { return Ok(()) };
        let names: Vec<_> = world.desk_people.values().map(|p| (p.id, p.name.to_string())).collect();
        (wanted, names, tenant.organization.desk_keys.clone())
    };
    let gone = known.iter().filter(|key| !wanted.contains(key)).map(|key| (Kind::DeskKeyRemoved, key));
    let new = wanted.iter().filter(|key| !known.contains(key)).map(|key| (Kind::DeskKeyAdded, key));
    let mut drafts = Vec::new();
    for (kind, key) in gone.chain(new) {
        let name = names.iter().find(|(id, _)| *id == key.person).map(|(_, name)| name.clone());
        drafts.push(desk_key_entry(&writer.shared, id, kind, key, name.unwrap_or_default())?);
    }
    writer.write(drafts, |_| Vec::new())?;
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
    vendor_draft(writer.shared.random_bits(), organization, kind, payload)
}

fn vendor_draft(request: [u8; 16], organization: OrganizationId, kind: Kind, payload: Vec<u8>) -> Draft {
    Draft {
        organization,
        kind,
        request,
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
