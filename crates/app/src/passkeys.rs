//! Passkeys of security contacts and desk people: registered by a verified path, used to sign in, to sign forms and to
//! decide, removed.
//!
//! The first one takes a link that a desk person hands over, each further one a passkey that is there. So whoever has a
//! session alone has none for the future. An organization's log tells of its contacts' passkeys, and every contact is
//! written to; a row that the log does not tell of is no passkey (`load`).
//!
//! | question | module |
//! |---|---|
//! | what was asked of a passkey, and by whom is it to be answered? | `challenges` |
//! | who signs in? | `sign_in` |
//! | who decides with one? | `delegation` |
//! | may a session decide, and what makes it? | `step_up` |
//! | who signs a form? | [`change_requests`](crate::change_requests) |
//!
//! Absent: what makes a signature hold (`byleave_passkey`).

pub(crate) mod challenges;
mod delegation;
mod sign_in;
mod step_up;

use byleave_api::entry::Kind;
use byleave_api::payload::{PasskeyAdded, PasskeyRemoved};
use byleave_domain::ids::{ContactId, DeskPersonId, OrganizationId, PasskeyId, SessionId, to_hex};
pub use byleave_domain::signature::{Delegation, SignedDelegation};
use byleave_domain::statement::StatementRefused;
use byleave_domain::subject::DeskPerson;
use byleave_domain::text::Name;
pub use byleave_passkey::{
    Acknowledgement, Assertion, Ceremony, Challenge, Evidence, Flags, InvalidAcknowledgement, NotProven,
    Person as Owner, PublicKey, Refused, Registration, RelyingParty, from_base64,
};
use jiff::{SignedDuration, Timestamp};
pub use step_up::{Decides, STEP_UP_LIFE};

use crate::caller::Caller;
use crate::catalog::{payload, vendor_entry};
use crate::credentials::{self, Holder, Secret};
use crate::passkeys::challenges::Asked;
use crate::ports::{Change, Person};
use crate::tokens::holder_of;
use crate::world::World;
use crate::writer::{Draft, Writer};
use crate::{App, NotWritten};

/// Passkeys of one person, at most.
pub const PASSKEYS_MAX: usize = 10;

/// How long a link works with which somebody registers a passkey, if it is not used before.
pub const ENROLMENT_LIFE: SignedDuration = SignedDuration::from_hours(24);

/// How long a desk person's passkey waits that was registered with a link, until it counts (threat model K9): everybody at the
/// desk sees it meanwhile, and may remove it.
pub const PASSKEY_WAIT: SignedDuration = SignedDuration::from_hours(24);

/// A passkey as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// Our id of it.
    pub id: PasskeyId,
    /// Whose: a security contact's or a desk person's.
    pub holder: Holder,
    /// What it is called, so that people know which one to remove.
    pub name: Name,
    /// The authenticator's id of it.
    pub credential: Vec<u8>,
    /// Its key.
    pub key: PublicKey,
    /// Which model the authenticator says that it is; zeros for none.
    pub aaguid: [u8; 16],
    /// How it was made.
    pub flags: Flags,
    /// How often it has signed, as far as it counts.
    pub counter: u32,
    /// When it was registered.
    pub registered_at: Timestamp,
    /// By which way.
    pub way: Way,
    /// The session in which it was added.
    pub session: Option<SessionId>,
    /// The place in the organization's log that tells of it; none of a desk person's.
    pub entry: Option<u64>,
    /// When it was used last.
    pub used_at: Option<Timestamp>,
    /// Its holder's own key's word that it signs in the key's place, if there is one. Whether that holds is asked each time.
    pub delegation: Option<SignedDelegation>,
}

/// By which way a passkey was registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A link that a desk person handed over.
    Link,
    /// Another passkey of the same person.
    Passkey,
}

impl Way {
    /// The word in logs and rows.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Link => "link",
            Self::Passkey => "passkey",
        }
    }

    /// What `word` names, if it is a way.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Link, Self::Passkey].into_iter().find(|way| way.as_str() == word)
    }
}

impl Passkey {
    /// From when on a decision may rest on it, where links wait for so long. One desk person alone hands over a link, and
    /// whoever opens it must not be another desk person at once.
    #[must_use]
    pub fn counts_from(&self, wait: SignedDuration) -> Timestamp {
        match (self.holder, self.way) {
            (Holder::DeskPerson(_), Way::Link) => {
                self.registered_at.saturating_add(wait).unwrap_or(Timestamp::MAX)
            }
            _ => self.registered_at,
        }
    }

    /// The same, as a refusal while it waits.
    fn counts(&self, wait: SignedDuration, now: Timestamp) -> Result<(), PasskeyRefused> {
        let from = self.counts_from(wait);
        if from <= now { Ok(()) } else { Err(PasskeyRefused::Waits(from)) }
    }

    /// Whether it may sign under a request that came in at `request` in its organization's log, in this session: it was
    /// there before both.
    ///
    /// # Errors
    /// [`PasskeyRefused::TooNew`].
    pub fn may_sign(&self, request: u64, session: SessionId) -> Result<(), PasskeyRefused> {
        let before = self.entry.is_some_and(|entry| entry < request);
        if before && self.session != Some(session) { Ok(()) } else { Err(PasskeyRefused::TooNew) }
    }
}

/// A link with which somebody registers a passkey, as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// SHA-256 of the secret.
    pub hash: [u8; 32],
    /// Who registers one.
    pub holder: Holder,
    /// The desk person who handed it over.
    pub by: DeskPersonId,
    /// From when on it no longer works.
    pub expires_at: Timestamp,
}

/// A passkey that was used, as the browser sends it.
#[derive(Debug, Clone)]
pub struct Used {
    /// The authenticator's id of it.
    pub credential: Vec<u8>,
    /// Whose it says that it is; none where it was asked for by its id.
    pub handle: Option<Vec<u8>>,
    /// Its signature.
    pub assertion: Assertion,
}

/// A passkey that was made, as the browser sends it.
#[derive(Debug, Clone)]
pub struct New {
    /// What it is to be called.
    pub name: Name,
    /// What came of it.
    pub registration: Registration,
}

/// Why a passkey was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasskeyRefused {
    /// Nothing waits for this answer.
    #[error("the page was open for too long, or was used already; load it again")]
    NotAsked,
    /// What the browser sent does not hold.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It is none of ours, or not of whoever has to answer.
    #[error("this passkey is not registered here for whoever was asked; it may have been removed")]
    Unknown,
    /// The link is used, too old, or never was.
    #[error("the link does not work; ask the trust desk for a new one")]
    Link,
    /// It came after what is to be signed, or in the same session.
    #[error(
        "a passkey signs only under requests that were opened after it was registered, and not in the session in \
         which it was added; return the form as a file, or ask anew"
    )]
    TooNew,
    /// The key that its holder decides with has not said that it does.
    #[error(
        "this passkey does not decide yet: on \"Passkeys\", your own key has to say that it signs in its place"
    )]
    NotDelegated,
    /// It came in this session.
    #[error(
        "a passkey does not decide in the session in which it was added; sign in again, with it or another"
    )]
    AddedHere,
    /// What was signed is about something else.
    #[error("what was signed is about another passkey, or other pages")]
    OtherDelegation,
    /// The key's signature.
    #[error(transparent)]
    Delegation(#[from] StatementRefused),
    /// It waits.
    #[error("this passkey was registered with a link, and counts at the desk from {0} on")]
    Waits(Timestamp),
    /// There are enough.
    #[error("there are {PASSKEYS_MAX} passkeys already; remove one")]
    TooMany,
    /// The same one again.
    #[error("this passkey is registered already")]
    Twice,
    /// Nobody hands a link to themselves.
    #[error("another desk person has to hand you the link")]
    OwnLink,
    /// They are nobody who has passkeys.
    #[error("security contacts and desk people have passkeys; support people have none")]
    NoHolder,
    /// There is no such passkey for this caller.
    #[error("there is no passkey `{0}`")]
    NotFound(PasskeyId),
    /// It could not be written.
    #[error(transparent)]
    NotWritten(#[from] NotWritten),
}

impl App {
    /// A link's secret with which `holder` registers a passkey once, within [`ENROLMENT_LIFE`].
    ///
    /// # Errors
    /// [`PasskeyRefused`].
    pub async fn enrolment_issue(&self, holder: Holder, by: DeskPersonId) -> Result<Secret, PasskeyRefused> {
        let secret = Secret::fresh(&*self.shared.entropy);
        let now = self.now();
        let enrolment = Enrolment { hash: secret.hash(), holder, by, expires_at: now + ENROLMENT_LIFE };
        let issued = self.jobs.command(move |writer| {
            let old = {
                let world = writer.shared.world();
                may_be_issued(&world, holder, by)?;
                // Of two links for one person, the one that was meant to be used up is the one that is found.
                let old =
                    world.enrolments.values().filter(|old| old.holder == holder || old.expires_at <= now);
                old.map(|old| old.hash).collect::<Vec<_>>()
            };
            let removed = old.iter().copied().map(Change::EnrolmentRemoved);
            let changes = removed.chain([Change::EnrolmentPut(enrolment.clone())]).collect();
            writer.write(Vec::new(), |_| changes)?;
            let mut world = writer.shared.world_mut();
            world.enrolments.retain(|hash, _| !old.contains(hash));
            world.enrolments.insert(enrolment.hash, enrolment);
            Ok(())
        });
        issued.await?.map(|()| secret)
    }

    /// Who registers a passkey with this link, and what the passkey has to answer; none where the link does not work.
    #[must_use]
    pub fn enrolment_begin(&self, link: &str) -> Option<(Holder, Challenge)> {
        let (hash, now) = (credentials::hash(link), self.now());
        let holder = working(&self.world(), &hash, now)?.holder;
        Some((holder, self.ask(Ceremony::Enrol, Asked::Enrol { link: hash })))
    }

    /// Registers a passkey with a link, which is used up by it.
    ///
    /// # Errors
    /// [`PasskeyRefused`].
    pub async fn enrol(
        &self,
        page: RelyingParty,
        link: &str,
        challenge: String,
        new: New,
    ) -> Result<Passkey, PasskeyRefused> {
        let (hash, now, id) =
            (credentials::hash(link), self.now(), PasskeyId::from_bytes(self.random_bits()));
        let enrolled = self.jobs.command(move |writer| {
            let (challenge, asked) = writer.shared.challenges.take(&challenge, now)?;
            if asked != (Asked::Enrol { link: hash }) {
                return Err(PasskeyRefused::NotAsked);
            }
            let link = working(&writer.shared.world(), &hash, now).ok_or(PasskeyRefused::Link)?;
            let passkey = made(&page, &challenge, new, (id, link.holder, Way::Link, None), now)?;
            let passkey =
                put(writer, passkey, link.by.to_string(), vec![Change::EnrolmentRemoved(link.hash)])?;
            writer.shared.world_mut().enrolments.remove(&link.hash);
            Ok(passkey)
        });
        enrolled.await?
    }

    /// Somebody who is signed in wants another passkey: one that they have has to vouch for it, by answering this.
    ///
    /// # Errors
    /// [`PasskeyRefused`].
    pub fn passkey_add_begin(&self, holder: Holder, session: SessionId) -> Result<Challenge, PasskeyRefused> {
        {
            let world = self.world();
            may_add(&world, holder)?;
            world.passkeys_of(holder).next().ok_or(PasskeyRefused::Unknown)?;
        }
        Ok(self.ask(Ceremony::Add, Asked::Vouch { holder, session }))
    }

    /// A passkey vouches for another one to be made; what that one has to answer.
    ///
    /// # Errors
    /// [`PasskeyRefused`].
    pub async fn passkey_vouch(
        &self,
        page: RelyingParty,
        holder: Holder,
        session: SessionId,
        challenge: String,
        used: Used,
    ) -> Result<Challenge, PasskeyRefused> {
        let now = self.now();
        let vouched = self.jobs.command(move |writer| {
            let (challenge, asked) = writer.shared.challenges.take(&challenge, now)?;
            if asked != (Asked::Vouch { holder, session }) {
                return Err(PasskeyRefused::NotAsked);
            }
            let passkey = answered(&writer.shared.world(), &page, &challenge, holder, &used, now)?.0;
            passkey.counts(writer.shared.process.passkey_wait, now)?;
            let by = passkey.id;
            note_used(writer, passkey)?;
            Ok(by)
        });
        let by = vouched.await??;
        Ok(self.ask(Ceremony::Enrol, Asked::Add { holder, session, by }))
    }

    /// Registers a passkey for which another one has vouched in this session.
    ///
    /// # Errors
    /// [`PasskeyRefused`].
    pub async fn passkey_add(
        &self,
        page: RelyingParty,
        holder: Holder,
        session: SessionId,
        challenge: String,
        new: New,
    ) -> Result<Passkey, PasskeyRefused> {
        let now = self.now();
        let id = PasskeyId::from_bytes(self.random_bits());
        let added = self.jobs.command(move |writer| {
            let (challenge, asked) = writer.shared.challenges.take(&challenge, now)?;
            let Asked::Add { holder: whose, session: where_, by } = asked else {
                return Err(PasskeyRefused::NotAsked);
            };
            // Whoever vouched may have been removed since.
            let there = writer.shared.world().passkeys.contains_key(&by);
            if (whose, where_) != (holder, session) || !there {
                return Err(PasskeyRefused::NotAsked);
            }
            let passkey = made(&page, &challenge, new, (id, holder, Way::Passkey, Some(session)), now)?;
            put(writer, passkey, by.to_string(), Vec::new())
        });
        added.await?
    }

    /// Removes a passkey: one of their organization's security contacts', their own, or as a desk person anybody's. Nothing
    /// can be done with it when this returns.
    ///
    /// # Errors
    /// [`PasskeyRefused`].
    pub async fn passkey_remove(&self, id: PasskeyId, by: Caller) -> Result<Passkey, PasskeyRefused> {
        let now = self.now();
        self.jobs.command(move |writer| remove(writer, id, by, now)).await?
    }

    fn ask(&self, ceremony: Ceremony, asked: Asked) -> Challenge {
        let mut random = [0; 32];
        self.shared.entropy.fill(&mut random);
        let challenge = Challenge::ceremony(ceremony, &random);
        self.shared.challenges.put(challenge.clone(), asked, self.now());
        challenge
    }
}

/// Nobody hands a link to themselves, under whichever of their names.
fn may_be_issued(world: &World, holder: Holder, by: DeskPersonId) -> Result<(), PasskeyRefused> {
    may_add(world, holder)?;
    let own = world.desk_people.get(&by).map(|person| &person.email);
    let email = match holder {
        Holder::Contact(id) => contact(world, id).map(|(_, contact)| &contact.email),
        Holder::DeskPerson(id) => world.desk_people.get(&id).map(|person| &person.email),
        Holder::Admin | Holder::Subject(_) | Holder::Organization(_) => None,
    };
    if own.is_none() || own == email { Err(PasskeyRefused::OwnLink) } else { Ok(()) }
}

/// Whether they have passkeys at all, and may have one more.
fn may_add(world: &World, holder: Holder) -> Result<(), PasskeyRefused> {
    match world.holder(holder) {
        Some(Caller::Contact(..) | Caller::DeskPerson(_)) => {}
        _ => return Err(PasskeyRefused::NoHolder),
    }
    if world.passkeys_of(holder).count() >= PASSKEYS_MAX { Err(PasskeyRefused::TooMany) } else { Ok(()) }
}

fn contact(
    world: &World,
    id: ContactId,
) -> Option<(OrganizationId, &byleave_domain::contact::SecurityContact)> {
    let organization = &world.organization_of(id)?.organization;
    let contact = organization.contacts.iter().find(|known| known.id == id)?;
    Some((organization.id, contact))
}

fn working(world: &World, hash: &[u8; 32], now: Timestamp) -> Option<Enrolment> {
    let known = world.enrolments.get(hash).filter(|known| known.expires_at > now)?;
    world.holder(known.holder).map(|_| known.clone())
}

/// What a passkey says of whose it is.
#[must_use]
pub const fn handle(holder: Holder) -> [u8; 16] {
    match holder {
        Holder::Contact(id) => *id.as_bytes(),
        Holder::DeskPerson(id) => *id.as_bytes(),
        Holder::Subject(id) => *id.as_bytes(),
        Holder::Organization(id) => *id.as_bytes(),
        Holder::Admin => [0; 16],
    }
}

fn made(
    page: &RelyingParty,
    challenge: &Challenge,
    new: New,
    (id, holder, way, session): (PasskeyId, Holder, Way, Option<SessionId>),
    now: Timestamp,
) -> Result<Passkey, PasskeyRefused> {
    let made = page.register(challenge, &new.registration)?;
    Ok(Passkey {
        id,
        holder,
        name: new.name,
        credential: made.credential,
        key: made.key,
        aaguid: made.aaguid,
        flags: made.flags,
        counter: made.counter,
        registered_at: now,
        way,
        session,
        entry: None,
        used_at: None,
        delegation: None,
    })
}

/// The passkey of `holder` that has answered `challenge`, with its use noted, and on which page that was.
pub(crate) fn answered(
    world: &World,
    page: &RelyingParty,
    challenge: &Challenge,
    holder: Holder,
    used: &Used,
    now: Timestamp,
) -> Result<(Passkey, String), PasskeyRefused> {
    let own = world.passkey_by_credential(&used.credential).filter(|known| known.holder == holder);
    let known = own.ok_or(PasskeyRefused::Unknown)?;
    if used.handle.as_ref().is_some_and(|said| *said != handle(holder)) {
        return Err(PasskeyRefused::Unknown);
    }
    world.holder(holder).ok_or(PasskeyRefused::Unknown)?;
    let seen = page.verify(&known.key, challenge, known.counter, &used.assertion)?;
    Ok((Passkey { counter: seen.counter, used_at: Some(now), ..known.clone() }, seen.origin))
}

/// Keeps when and how often it was used.
fn note_used(writer: &mut Writer, passkey: Passkey) -> Result<(), NotWritten> {
    writer.write(Vec::new(), |_| vec![Change::PasskeyPut(Box::new(passkey.clone()))])?;
    writer.shared.world_mut().put_passkey(passkey);
    Ok(())
}

/// Keeps a new passkey, and what goes with it; and has the log tell of it, and with that every contact.
fn put(
    writer: &mut Writer,
    passkey: Passkey,
    by: String,
    more: Vec<Change>,
) -> Result<Passkey, PasskeyRefused> {
    let told = {
        let world = writer.shared.world();
        may_add(&world, passkey.holder)?;
        if world.passkey_by_credential(&passkey.credential).is_some() {
            return Err(PasskeyRefused::Twice);
        }
        told_of(&world, passkey.holder)
    };
    let mut drafts = Vec::new();
    if let Some((organization, contact)) = told {
        let added = PasskeyAdded {
            passkey: passkey.id.to_string(),
            contact: contact.to_string(),
            name: passkey.name.to_string(),
            credential: to_hex(&passkey.credential),
            public_key: to_hex(passkey.key.as_cose()),
            aaguid: to_hex(&passkey.aaguid),
            flags: passkey.flags.to_byte(),
            way: passkey.way.as_str().to_owned(),
            by,
        };
        let draft = vendor_entry(writer, organization, Kind::PasskeyAdded, payload(&added)?);
        drafts.push(Draft {
            request: *passkey.id.as_bytes(),
            actor: contact.as_bytes().to_vec(),
            person: Some(Person::Contact(contact)),
            ..draft
        });
    }
    let placed = |entry| Passkey { entry, ..passkey.clone() };
    let indices = writer.write(drafts, |indices| {
        std::iter::once(Change::PasskeyPut(Box::new(placed(indices.first().copied())))).chain(more).collect()
    })?;
    let passkey = placed(indices.first().copied());
    writer.shared.world_mut().put_passkey(passkey.clone());
    Ok(passkey)
}

/// Whose log tells of somebody's passkeys, where one does.
fn told_of(world: &World, holder: Holder) -> Option<(OrganizationId, ContactId)> {
    let Holder::Contact(id) = holder else { return None };
    contact(world, id).map(|(organization, _)| (organization, id))
}

fn remove(writer: &mut Writer, id: PasskeyId, by: Caller, now: Timestamp) -> Result<Passkey, PasskeyRefused> {
    let (passkey, told, person) = {
        let world = writer.shared.world();
        let known = world.passkeys.get(&id);
        let passkey = known.cloned().ok_or(PasskeyRefused::NotFound(id))?;
        let told = told_of(&world, passkey.holder);
        let may = match by {
            Caller::DeskPerson(_) => true,
            Caller::Contact(_, own) => told.is_some_and(|(organization, _)| organization == own),
            _ => false,
        };
        if !may {
            return Err(PasskeyRefused::NotFound(id));
        }
        let told = told.zip(passkey.entry);
        // Who never had one decides without one. Whoever removes one that counts must not make somebody such a person: one
        // desk person would remove another's, sign in as them with a link, and decide.
        let counted = passkey.counts(writer.shared.process.passkey_wait, now).is_ok();
        let person = match passkey.holder {
            Holder::DeskPerson(id) if counted => world.desk_people.get(&id).cloned(),
            _ => None,
        };
        (passkey, told, person.map(|person| DeskPerson { shows_passkey: true, ..person }))
    };
    let removed = |writer: &mut Writer, drafts| writer.write(drafts, |_| vec![Change::PasskeyRemoved(id)]);
    match told {
        None => {
            let more = person.iter().cloned().map(Change::DeskPersonPut);
            let changes = std::iter::once(Change::PasskeyRemoved(id)).chain(more).collect();
            writer.write(Vec::new(), |_| changes)?;
        }
        Some(((organization, contact), entry)) => {
            let actor = handle(holder_of(by)).to_vec();
            let by = match by {
                Caller::DeskPerson(id) => id.to_string(),
                Caller::Contact(id, _) => id.to_string(),
                Caller::Admin | Caller::Subject(_) | Caller::Organization(_) => String::new(),
            };
            let name = passkey.name.to_string();
            let said = PasskeyRemoved { passkey: id.to_string(), contact: contact.to_string(), name, by };
            let draft = vendor_entry(writer, organization, Kind::PasskeyRemoved, payload(&said)?);
            let person = Some(Person::Contact(contact));
            let draft = Draft { actor, person, reference: Some(entry), ..draft };
            // An end waits for nothing, and least of all for a log that is broken.
            drop(removed(writer, vec![draft]).or_else(|why| {
                tracing::error!(passkey.id = %id, "{id} is removed, and its log does not tell of it: {why}");
                removed(writer, Vec::new())
            })?);
        }
    }
    let mut world = writer.shared.world_mut();
    world.remove_passkey(id);
    person.into_iter().for_each(|person| drop(world.desk_people.insert(person.id, person)));
    drop(world);
    Ok(passkey)
}
