//! Erasing a support person, here; a former security contact and a former desk person, in modules of their own. What is about
//! them goes, from every organization's log and from the tables; that they were there stays, under a pseudonym, and so does
//! every proof.
//!
//! One transaction adds an `erase` entry to each log that they are in; then their key is destroyed, or at the next start if a
//! crash comes between, and nobody can open what is sealed about them. That is cleared after it, in parts, so that others get
//! their turn. Copies of the files from before are beyond reach.

mod contact;
mod desk_person;

use byleave_api::entry::Kind;
use byleave_api::payload::Erasure;
use byleave_domain::ids::{DeskPersonId, OrganizationId, PasskeyId, SessionId, SubjectId, TokenId, to_hex};
use byleave_domain::subject::ErasureRefused;
use byleave_domain::text::{Reason, Slug};
use jiff::Timestamp;

use crate::catalog::{payload, vendor_entry};
use crate::credentials::Holder;
use crate::ports::{Change, Person};
use crate::world::World;
use crate::writer::{Draft, Writer};
use crate::{App, NotWritten};

pub use contact::ContactNotErased;
pub use desk_person::DeskPersonNotErased;

/// Most entries that are cleared in one transaction.
const CLEARED_AT_ONCE: u64 = 1_000;

/// Why somebody was not erased.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotErased {
    /// There is no such support person, or they are erased already.
    #[error("there is no support person `{0}`")]
    UnknownPerson(SubjectId),
    /// Something else has to be done first, or somebody else has to do it.
    #[error(transparent)]
    Refused(#[from] ErasureRefused),
    /// They were in an organization whose log takes no entry, and it has to say so.
    #[error("the log of `{0}`, where they were, takes no entry; that has to be settled first")]
    LogBroken(Slug),
    /// It could not be written; nobody is erased.
    #[error(transparent)]
    NotWritten(#[from] NotWritten),
}

impl App {
    /// A desk person erases a support person or service, and says why. Answers with the organizations whose logs say so
    /// now. When it returns, nothing about the person can be read any more, by this process or by whoever has its files.
    ///
    /// # Errors
    /// [`NotErased`] names what has to be done first.
    pub async fn subject_erase(
        &self,
        subject: SubjectId,
        by: DeskPersonId,
        reason: Reason,
    ) -> Result<Vec<OrganizationId>, NotErased> {
        let now = self.now();
        let app = self.clone();
        let erased = self.to_its_end(async move {
            let touched = app.jobs.command(move |writer| erase(writer, subject, by, &reason, now)).await??;
            // Their key is gone, so they are erased; what is not cleared now is cleared at the next start.
            if let Err(why) = app.clear(subject).await {
                tracing::warn!("what is left of `{subject}`, unreadable, is not cleared: {why}");
            }
            Ok(touched)
        });
        erased.await?
    }

    async fn clear(&self, subject: SubjectId) -> Result<(), NotWritten> {
        let mut left = true;
        while left {
            let cleared = self.jobs.command(move |writer| {
                let most = CLEARED_AT_ONCE;
                writer.write(Vec::new(), |_| vec![Change::ErasedCleared { subject, most }])?;
                let left = writer.shared.store.is_something_left(Person::Subject(subject));
                left.map_err(|why| NotWritten::Unavailable(why.to_string()))
            });
            left = cleared.await??;
        }
        Ok(())
    }
}

fn erase(
    writer: &mut Writer,
    subject: SubjectId,
    by: DeskPersonId,
    reason: &Reason,
    now: Timestamp,
) -> Result<Vec<OrganizationId>, NotErased> {
    may_erase(&writer.shared.world(), subject, by)?;
    let found = writer.shared.store.first_about(Person::Subject(subject));
    let found = found.map_err(|why| NotWritten::Unavailable(why.to_string()))?;
    let mut drafts = Vec::new();
    for (organization, first) in &found {
        let world = writer.shared.world();
        let unknown = || NotWritten::Unavailable(format!("`{organization}` is not known"));
        let tenant = world.organizations.get(organization).ok_or_else(unknown)?;
        if tenant.log.broken.is_some() {
            return Err(NotErased::LogBroken(tenant.organization.slug.clone()));
        }
        let said = Erasure {
            actor: to_hex(&writer.shared.keys.pseudonym(tenant.organization.log, subject.as_bytes())),
            first: *first,
            last: tenant.log.edge.size().saturating_sub(1),
            reason: reason.to_string(),
            by: by.to_string(),
            entries: Vec::new(),
            not_on_file: Vec::new(),
            desk_keys: Vec::new(),
        };
        drop(world);
        drafts.push(erase_entry(writer, *organization, by, &said)?);
    }
    let access = Access::of(&writer.shared.world(), Holder::Subject(subject));
    let changes =
        std::iter::once(Change::SubjectErased { subject, at: now }).chain(access.removed()).collect();
    // Before it is written: whoever reads in between finds payloads gone, and has to find that by right.
    writer.shared.world_mut().subjects_gone.insert(subject);
    if let Err(why) = writer.write(drafts, |_| changes) {
        writer.shared.world_mut().subjects_gone.remove(&subject);
        return Err(why.into());
    }
    {
        let mut world = writer.shared.world_mut();
        world.subjects.remove(&subject);
        access.leave(&mut world);
        // What they wrote must not outlive them in memory either.
        world.visits_over.retain(|row| row.visit.subject != subject);
    }
    writer.publish_policy();
    Ok(found.into_iter().map(|(organization, _)| organization).collect())
}

/// The entry that says so, in one log.
fn erase_entry(
    writer: &Writer,
    organization: OrganizationId,
    by: DeskPersonId,
    said: &Erasure,
) -> Result<Draft, NotWritten> {
    let draft = vendor_entry(writer, organization, Kind::Erase, payload(said)?);
    Ok(Draft { actor: by.as_bytes().to_vec(), ..draft })
}

/// Writes an erasure of what is kept at these places of a log. Before it is written they are noted: whoever reads in between
/// finds payloads gone, and has to find that by right.
fn places_go<T>(
    writer: &mut Writer,
    organization: OrganizationId,
    places: &[u64],
    write: impl FnOnce(&mut Writer) -> Result<T, NotWritten>,
) -> Result<(), NotWritten> {
    let note = |writer: &Writer, gone: bool| {
        let mut world = writer.shared.world_mut();
        let erased = world.organizations.get_mut(&organization).map(|tenant| &mut tenant.erased);
        erased.into_iter().for_each(|erased| {
            if gone { erased.extend(places) } else { erased.retain(|place| !places.contains(place)) }
        });
    };
    note(writer, true);
    write(writer).map(drop).inspect_err(|_| note(writer, false))
}

/// By what somebody is known who signs in, signs with a passkey or carries a token: it goes with them.
struct Access {
    holder: Holder,
    credentials: Vec<[u8; 32]>,
    sessions: Vec<SessionId>,
    tokens: Vec<TokenId>,
    passkeys: Vec<PasskeyId>,
    enrolments: Vec<[u8; 32]>,
}

impl Access {
    fn of(world: &World, holder: Holder) -> Self {
        let own = world.credentials.values().filter(|known| known.holder == holder);
        let sessions = world.sessions().filter(|known| known.holder == holder);
        let tokens = world.tokens_of(holder).map(|token| token.id);
        let enrolments = world.enrolments.values().filter(|known| known.holder == holder);
        Self {
            holder,
            credentials: own.map(|known| known.hash).collect(),
            sessions: sessions.map(|known| known.id).collect(),
            tokens: tokens.collect(),
            passkeys: world.passkeys_of(holder).map(|passkey| passkey.id).collect(),
            enrolments: enrolments.map(|known| known.hash).collect(),
        }
    }

    fn removed(&self) -> impl Iterator<Item = Change> {
        let credentials = self.credentials.iter().copied().map(Change::CredentialRemoved);
        let sessions = self.sessions.iter().copied().map(Change::SessionRemoved);
        let tokens = self.tokens.iter().copied().map(Change::TokenRemoved);
        let link = std::iter::once(Change::ProviderLinkRemoved(self.holder));
        let passkeys = self.passkeys.iter().copied().map(Change::PasskeyRemoved);
        let enrolments = self.enrolments.iter().copied().map(Change::EnrolmentRemoved);
        credentials.chain(sessions).chain(tokens).chain(link).chain(passkeys).chain(enrolments)
    }

    fn leave(&self, world: &mut World) {
        world.credentials.retain(|hash, _| !self.credentials.contains(hash));
        self.sessions.iter().for_each(|id| world.remove_session(*id));
        self.tokens.iter().for_each(|id| world.remove_token(*id));
        world.provider_links.retain(|link| link.holder != self.holder);
        self.passkeys.iter().for_each(|id| world.remove_passkey(*id));
        world.enrolments.retain(|hash, _| !self.enrolments.contains(hash));
    }
}

fn may_erase(world: &World, subject: SubjectId, by: DeskPersonId) -> Result<(), NotErased> {
    let known = world.subjects.get(&subject).ok_or(NotErased::UnknownPerson(subject))?;
    let open: Vec<_> = world.visits.values().filter(|open| open.row.visit.subject == subject).collect();
    // Such a visit is over, and waits for a log that takes no entry; there is nothing to leave.
    let tenants = open.iter().filter_map(|open| world.organizations.get(&open.row.visit.organization));
    if let Some(broken) = tenants.into_iter().find(|tenant| tenant.log.broken.is_some()) {
        return Err(NotErased::LogBroken(broken.organization.slug.clone()));
    }
    let organizations = world.organizations.values().map(|tenant| &tenant.organization);
    let contacts =
        organizations.flat_map(|known| known.contacts.iter().map(|contact| (&known.slug, contact)));
    Ok(known.may_be_erased(open.len(), world.desk_people.get(&by), contacts)?)
}
