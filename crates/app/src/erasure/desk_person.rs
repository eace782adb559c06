//! Erasing a former desk person: their name goes from every organization's log, and with it the row that has their address.
//!
//! What they signed stays proven: each log's `erase` entry says which keys the erased payloads named. Every organization is a
//! transaction of its own, so that others get their turn; only when nothing is left in any log does the person go, and their
//! key with them. Broken off before that, it is asked for again and goes on.

use byleave_api::payload::{DeskKeyRecord, ErasedDeskKey, Erasure};
use byleave_domain::ids::{DeskPersonId, OrganizationId, to_hex};
use byleave_domain::text::{Reason, Slug};

use super::{Access, erase_entry};
use crate::catalog::desk_keys_name;
use crate::credentials::Holder;
use crate::ports::{Change, Entry, Kept, Person, StoreError};
use crate::world::World;
use crate::writer::Writer;
use crate::{App, NotWritten, setting};

/// Why a former desk person was not erased.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeskPersonNotErased {
    /// There is no such desk person, or they are erased already.
    #[error("there is no desk person `{0}`")]
    UnknownPerson(DeskPersonId),
    /// Nobody takes their own traces away.
    #[error("this is you; another desk person has to do it")]
    OwnRecord,
    /// They would be there again with the next start.
    #[error("the configuration names them; take them out of `desk_people`, start again, and then erase them")]
    Configured,
    /// A log that names them takes no entry, and it has to say so.
    #[error("the log of `{0}`, which names them, takes no entry; that has to be settled first")]
    LogBroken(Slug),
    /// It could not be written, or not everywhere; asked for again, it goes on.
    #[error(transparent)]
    NotWritten(#[from] NotWritten),
}

impl From<StoreError> for DeskPersonNotErased {
    fn from(why: StoreError) -> Self {
        Self::NotWritten(NotWritten::Unavailable(why.to_string()))
    }
}

impl App {
    /// A desk person erases somebody who was one, and says why. Answers with the organizations whose logs say so now.
    ///
    /// # Errors
    /// [`DeskPersonNotErased`] names what has to be done first.
    pub async fn desk_person_erase(
        &self,
        person: DeskPersonId,
        by: DeskPersonId,
        reason: Reason,
    ) -> Result<Vec<OrganizationId>, DeskPersonNotErased> {
        let app = self.clone();
        let erased = self.to_its_end(async move {
            let named = app.jobs.command(move |writer| named(writer, person, by)).await??;
            for organization in named.iter().copied() {
                let reason = reason.clone();
                let erasing = move |writer: &mut Writer| erase_in(writer, organization, person, by, &reason);
                app.jobs.command(erasing).await??;
            }
            app.jobs.command(move |writer| erase(writer, person, by)).await??;
            Ok(named)
        });
        erased.await?
    }
}

/// The organizations whose logs name them, if they may be erased.
fn named(
    writer: &Writer,
    person: DeskPersonId,
    by: DeskPersonId,
) -> Result<Vec<OrganizationId>, DeskPersonNotErased> {
    let world = writer.shared.world();
    may_erase(&world, person, by)?;
    let named = writer.shared.store.first_about(Person::DeskPerson(person))?;
    let named: Vec<_> = named.into_iter().map(|(organization, _)| organization).collect();
    let mut tenants = named.iter().filter_map(|id| world.organizations.get(id));
    match tenants.find(|tenant| tenant.log.broken.is_some()) {
        Some(broken) => Err(DeskPersonNotErased::LogBroken(broken.organization.slug.clone())),
        None => Ok(named),
    }
}

/// What one log says of them goes.
fn erase_in(
    writer: &mut Writer,
    id: OrganizationId,
    person: DeskPersonId,
    by: DeskPersonId,
    reason: &Reason,
) -> Result<(), DeskPersonNotErased> {
    // Their key counts no more, wherever something kept the log from saying so.
    setting::drain(writer, id);
    desk_keys_name(writer, id)?;
    let places = writer.shared.store.kept_about(id, Person::DeskPerson(person))?;
    let (Some(first), Some(last)) = (places.first(), places.last()) else { return Ok(()) };
    let mut desk_keys = Vec::new();
    for place in &places {
        desk_keys.extend(writer.shared.store.entries(id, *place, 1)?.iter().map(erased_key));
    }
    let said = {
        let world = writer.shared.world();
        let tenant = world.organizations.get(&id);
        let tenant = tenant.ok_or_else(|| NotWritten::Unavailable(format!("`{id}` is not known")))?;
        if tenant.log.broken.is_some() || tenant.organization.desk_keys.iter().any(|key| key.person == person)
        {
            return Err(DeskPersonNotErased::LogBroken(tenant.organization.slug.clone()));
        }
        Erasure {
            actor: to_hex(&writer.shared.keys.pseudonym(tenant.organization.log, person.as_bytes())),
            first: *first,
            last: *last,
            reason: reason.to_string(),
            by: by.to_string(),
            entries: places.clone(),
            not_on_file: Vec::new(),
            desk_keys: desk_keys.into_iter().collect::<Result<_, _>>()?,
        }
    };
    let draft = erase_entry(writer, id, by, &said)?;
    let erased = Change::EntriesErased { organization: id, places: places.clone() };
    super::places_go(writer, id, &places, |writer| writer.write(vec![draft], |_| vec![erased]))?;
    Ok(())
}

fn erased_key(entry: &Entry) -> Result<ErasedDeskKey, NotWritten> {
    let payload = match &entry.kept {
        Kept::Whole { payload, .. } => payload.as_slice(),
        Kept::Erased | Kept::Unreadable => &[],
    };
    let record: DeskKeyRecord = serde_json::from_slice(payload)
        .map_err(|why| NotWritten::Unavailable(format!("entry {} names no key: {why}", entry.index)))?;
    Ok(ErasedDeskKey { entry: entry.index, person: record.person, key: record.key })
}

/// Nothing is left of them in any log: they go.
fn erase(writer: &mut Writer, person: DeskPersonId, by: DeskPersonId) -> Result<(), DeskPersonNotErased> {
    may_erase(&writer.shared.world(), person, by)?;
    if writer.shared.store.is_something_left(Person::DeskPerson(person))? {
        return Err(NotWritten::Unavailable("a log names them anew; ask again".to_owned()).into());
    }
    let access = Access::of(&writer.shared.world(), Holder::DeskPerson(person));
    let changes = std::iter::once(Change::DeskPersonErased(person)).chain(access.removed()).collect();
    writer.write(Vec::new(), |_| changes)?;
    let mut world = writer.shared.world_mut();
    world.desk_people.remove(&person);
    access.leave(&mut world);
    Ok(())
}

fn may_erase(world: &World, person: DeskPersonId, by: DeskPersonId) -> Result<(), DeskPersonNotErased> {
    if !world.desk_people.contains_key(&person) {
        return Err(DeskPersonNotErased::UnknownPerson(person));
    }
    if person == by {
        return Err(DeskPersonNotErased::OwnRecord);
    }
    if !world.desk_is_read || world.desk_configured.contains(&person) {
        return Err(DeskPersonNotErased::Configured);
    }
    Ok(())
}
