//! Erasing a former security contact: what is about them goes, from their organization's log and from memory.
//!
//! One transaction adds the `erase` entry, which names each place, and clears what is kept there; then their key is destroyed,
//! or at the next start if a crash comes between. What the log said of changes that were about them nobody can take again:
//! so the entry says who is not on file any more, and a start believes that much of it, which takes nobody in.
//!
//! Absent: documents, notes and mail of theirs, which go when they have been kept for their time.

use byleave_api::payload::Erasure;
use byleave_domain::contact::ContactErasureRefused;
use byleave_domain::ids::{ContactId, DeskPersonId, OrganizationId, to_hex};
use byleave_domain::text::{Email, Reason, Slug};

use super::{Access, erase_entry};
use crate::credentials::Holder;
use crate::ports::{Change, Person};
use crate::world::{Tenant, World};
use crate::writer::Writer;
use crate::{App, NotWritten};

/// Why a former security contact was not erased.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContactNotErased {
    /// There is no such contact, nor was there one; or they are erased already.
    #[error("there is no security contact `{0}`")]
    UnknownContact(ContactId),
    /// Something else has to be done first, or somebody else has to do it.
    #[error(transparent)]
    Refused(#[from] ContactErasureRefused),
    /// The organization's log takes no entry, and it has to say so.
    #[error("the log of `{0}` takes no entry; that has to be settled first")]
    LogBroken(Slug),
    /// It could not be written; nobody is erased.
    #[error(transparent)]
    NotWritten(#[from] NotWritten),
}

impl App {
    /// A desk person erases somebody who was a security contact, or was to be one, and says why. Answers with the organization,
    /// whose log says so now. When it returns, nothing about them can be read from its log any more.
    ///
    /// # Errors
    /// [`ContactNotErased`] names what has to be done first.
    pub async fn contact_erase(
        &self,
        contact: ContactId,
        by: DeskPersonId,
        reason: Reason,
    ) -> Result<OrganizationId, ContactNotErased> {
        self.jobs.command(move |writer| erase(writer, contact, by, &reason)).await?
    }
}

fn erase(
    writer: &mut Writer,
    contact: ContactId,
    by: DeskPersonId,
    reason: &Reason,
) -> Result<OrganizationId, ContactNotErased> {
    let organization = may_erase(&writer.shared.world(), contact, by)?;
    let places = writer.shared.store.kept_about(organization, Person::Contact(contact));
    let places = places.map_err(|why| NotWritten::Unavailable(why.to_string()))?;
    let (said, access) = {
        let world = writer.shared.world();
        let tenant = world.organizations.get(&organization);
        let Tenant { organization, .. } = tenant.ok_or(ContactNotErased::UnknownContact(contact))?;
        let said = Erasure {
            actor: to_hex(&writer.shared.keys.pseudonym(organization.log, contact.as_bytes())),
            first: places.first().copied().unwrap_or_default(),
            last: places.last().copied().unwrap_or_default(),
            reason: reason.to_string(),
            by: by.to_string(),
            entries: places.clone(),
            not_on_file: organization.former.contacts.iter().map(|known| known.id.to_string()).collect(),
            desk_keys: Vec::new(),
        };
        (said, Access::of(&world, Holder::Contact(contact)))
    };
    let draft = erase_entry(writer, organization, by, &said)?;
    let erased =
        [Change::EntriesErased { organization, places: places.clone() }, Change::ContactErased(contact)];
    let changes = erased.into_iter().chain(access.removed()).collect();
    super::places_go(writer, organization, &places, |writer| writer.write(vec![draft], |_| changes))?;
    let mut world = writer.shared.world_mut();
    world.contact_changes.retain(|_, (change, _)| change.particulars.contact != contact);
    access.leave(&mut world);
    if let Some(tenant) = world.organizations.get_mut(&organization) {
        tenant.organization.former.contacts.retain(|known| known.id != contact);
    }
    Ok(organization)
}

/// The organization whose contact they were, if they may be erased.
fn may_erase(
    world: &World,
    contact: ContactId,
    by: DeskPersonId,
) -> Result<OrganizationId, ContactNotErased> {
    let was = |tenant: &&Tenant| {
        let Tenant { organization, .. } = tenant;
        organization.contacts.iter().chain(&organization.former.contacts).any(|known| known.id == contact)
    };
    let about = world.contact_changes.values().map(|(change, _)| change);
    let changes: Vec<_> = about.filter(|change| change.particulars.contact == contact).collect();
    let of_changes = changes.first().and_then(|change| world.organizations.get(&change.organization));
    let tenant = world.organizations.values().find(was).or(of_changes);
    let Tenant { organization, log, .. } = tenant.ok_or(ContactNotErased::UnknownContact(contact))?;
    if log.broken.is_some() || organization.closed.is_some() {
        return Err(ContactNotErased::LogBroken(organization.slug.clone()));
    }
    let known = organization.former.contacts.iter().filter(|known| known.id == contact);
    let emails: Vec<&Email> = known
        .map(|known| &known.email)
        .chain(changes.iter().map(|change| &change.particulars.email))
        .collect();
    let open = changes.iter().any(|change| change.is_open());
    organization.contact_may_be_erased(contact, open, &emails, world.desk_people.get(&by))?;
    Ok(organization.id)
}
