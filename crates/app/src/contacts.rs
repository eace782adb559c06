//! Security contacts: the first one named from the contract, every other by a change that is announced, agreed to by two
//! desk people, and waits; and the call-backs that confirm a contact.

use byleave_api::entry::Kind as EntryKind;
use byleave_api::payload::{ContactAdded, ContactCalled, ContactChangeAnnounced, ContactStepRecord};
use byleave_domain::change_request::{By, Call, CallOutcome, Form, Returned, WithoutWords};
use byleave_domain::contact::{PublicKey, SecurityContact};
use byleave_domain::contact_change::{
    ContactChange, ContactChangeEnd, ContactChangeRefused, ContactStep, Kind, Particulars,
};
use byleave_domain::ids::{ChangeRequestId, ContactId, DeskPersonId, EvidenceId, OrganizationId, to_hex};
use byleave_domain::organization::Organization;
use byleave_domain::signature::Signature;
use byleave_domain::text::{Email, Name, Phone};
use byleave_form::FormText;
use jiff::{SignedDuration, Timestamp};

use crate::App;
use crate::catalog::{payload, vendor_entry};
use crate::change_requests::{CallRefused, Calling, Filled, Words, actor, document};
use crate::evidence::{self, Document};
use crate::ports::{Change, EvidenceRow, Person};
use crate::setting::{self, NotChanged, with_organization};
use crate::world::{Tenant, World};
use crate::writer::{Draft, Writer};

/// How long a change of contacts waits, and how long when the last contact has left.
pub const CONTACT_WAIT: [SignedDuration; 2] =
    [SignedDuration::from_hours(72), SignedDuration::from_hours(7 * 24)];

/// A contact to be, as somebody names them.
#[derive(Debug, Clone)]
pub struct NewContact {
    /// Name.
    pub name: Name,
    /// E-mail address.
    pub email: Email,
    /// The number to have on file.
    pub phone: Phone,
    /// The key that they sign with.
    pub key: Option<PublicKey>,
}

/// What is to be changed.
#[derive(Debug, Clone)]
pub enum Wanted {
    /// One more contact.
    Add(NewContact),
    /// A new contact in the place of this one.
    Replace(ContactId, NewContact),
    /// A contact's number.
    Number(ContactId, Phone),
    /// The last contact has left, and this is who comes after.
    Successor(NewContact),
}

impl App {
    /// Names a security contact. The first one, from the contract, is on file at once, and unconfirmed; for any other a
    /// change is begun, which is returned.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub async fn contact_create(
        &self,
        organization: OrganizationId,
        contact: NewContact,
    ) -> Result<(ContactId, Option<ContactChange>), NotChanged> {
        let first = {
            let world = self.world();
            let tenant = world.organizations.get(&organization);
            let tenant = tenant.ok_or(NotChanged::UnknownOrganization(organization.to_string()))?;
            tenant.organization.contacts.is_empty()
        };
        if !first {
            let change = self.contact_change_begin(organization, By::Nobody, Wanted::Add(contact)).await?;
            return Ok((change.particulars.contact, Some(change)));
        }
        let id = ContactId::from_bytes(self.random_bits());
        let particulars = particulars(id, contact);
        self.jobs.command(move |writer| name_first(writer, organization, &particulars)).await??;
        Ok((id, None))
    }

    /// Announces a change of an organization's contacts to all of them. It is made when two desk people have agreed, it
    /// has waited, and nobody has objected.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub async fn contact_change_begin(
        &self,
        organization: OrganizationId,
        by: By,
        wanted: Wanted,
    ) -> Result<ContactChange, NotChanged> {
        let id = ChangeRequestId::from_bytes(self.random_bits());
        let fresh = ContactId::from_bytes(self.random_bits());
        let now = self.now();
        let form = match &wanted {
            Wanted::Successor(new) => Some(self.successor_form(id, organization, new, now).await?),
            Wanted::Add(_) | Wanted::Replace(..) | Wanted::Number(..) => None,
        };
        let (form, row) = form.unzip();
        let waits = self.shared.process.contact_wait;
        let begun = self.jobs.command(move |writer| {
            let (change, announced_to) = with_settled(writer, organization, |world, tenant| {
                let organization = &tenant.organization;
                let all = world.contact_changes.values().map(|(change, _)| change);
                let open = all.filter(|c| c.organization == organization.id && c.is_open()).count();
                let change = change(id, fresh, organization, by, wanted, waits, now)?;
                ContactChange::may_begin(organization, open, change.kind, &change.particulars)?;
                let to = organization.contacts.iter().map(|known| known.id.to_string()).collect();
                Ok((ContactChange { form, ..change }, to))
            })?;
            let record = ContactChangeAnnounced::new(&change, announced_to);
            let entry =
                vendor_entry(writer, organization, EntryKind::ContactChangeAnnounced, payload(&record)?);
            let person = Some(Person::Contact(change.particulars.contact));
            let draft = Draft { actor: actor(by), person, ..entry };
            let indices =
                writer.write(vec![draft], |_| row.into_iter().map(Change::EvidencePut).collect())?;
            let entry = indices.first().copied().unwrap_or_default();
            writer.shared.world_mut().contact_changes.insert(id, (change.clone(), entry));
            Ok(change)
        });
        begun.await?
    }

    /// A desk person agrees to a change, with their key.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub async fn contact_change_agree(
        &self,
        id: ChangeRequestId,
        by: DeskPersonId,
        text: String,
        signature: Signature,
    ) -> Result<ContactChange, NotChanged> {
        let now = self.now();
        let agreed = self.contact_step(id, By::Desk(by), None, move |at, _| {
            let own = at.desk_email.as_ref();
            let contacts = at.organization.contacts.iter().map(|known| &known.email);
            if own.is_some_and(|own| contacts.chain([&at.change.particulars.email]).any(|email| email == own))
            {
                return Err(ContactChangeRefused::OwnChange);
            }
            at.change.agree(at.organization, at.change.agreement(by, &text, signature)?, now)
        });
        agreed.await?;
        self.contact_change_tick(id, now).await
    }

    /// A present contact objects, or the desk calls the change off.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub async fn contact_change_end(&self, id: ChangeRequestId, by: By) -> Result<ContactChange, NotChanged> {
        self.contact_step(id, by, None, move |at, _| at.change.end(at.organization, by)).await
    }

    /// The form that a successor's organization signs comes back.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub async fn contact_change_return(
        &self,
        id: ChangeRequestId,
        by: By,
        bytes: Vec<u8>,
    ) -> Result<ContactChange, NotChanged> {
        let form = self.world().contact_changes.get(&id).and_then(|(change, _)| change.form.clone());
        let form = form.ok_or(ContactChangeRefused::FormUnexpected)?.evidence;
        let (returned, strength, sha256) = self.inspected(form, id.number(), bytes).await?;
        self.contact_step(id, by, Some(returned), move |at, evidence| {
            let evidence = evidence.ok_or(ContactChangeRefused::NoForm)?;
            at.change.take_return(Returned { by, evidence, sha256, strength: strength.to_owned() })
        })
        .await
    }

    /// A desk person is about to call a contact to confirm them.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub fn contact_call_begin(&self, contact: ContactId, by: DeskPersonId) -> Result<Calling, NotChanged> {
        self.world().organization_of(contact).ok_or(ContactChangeRefused::NotAContact(contact))?;
        Ok(self.calls.begin(*contact.as_bytes(), by, contact, self.fresh_words(), self.now())?)
    }

    /// The call to confirm a contact that is under way, as `who` at the desk sees it.
    #[must_use]
    pub fn contact_calling(&self, contact: ContactId, who: DeskPersonId) -> Option<Calling> {
        self.calls.seen_by(*contact.as_bytes(), who, self.now())
    }

    /// The words of a call to confirm a contact that is under way, for that contact.
    #[must_use]
    pub fn contact_words(&self, contact: ContactId) -> Option<Words> {
        self.calls.words(*contact.as_bytes(), contact, self.now())
    }

    /// What the desk person who calls has heard.
    ///
    /// # Errors
    /// [`CallRefused`].
    pub fn contact_call_heard(
        &self,
        contact: ContactId,
        by: DeskPersonId,
        heard: &str,
    ) -> Result<(), CallRefused> {
        self.calls.hear(*contact.as_bytes(), by, heard, self.now())
    }

    /// What came of a call to confirm a contact; of one that was confirmed although their words were not heard, why. Two
    /// desk people's calls confirm them.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub async fn contact_call_made(
        &self,
        contact: ContactId,
        by: DeskPersonId,
        outcome: CallOutcome,
        without: Option<WithoutWords>,
        note: &str,
    ) -> Result<SecurityContact, NotChanged> {
        let note = document(note)?;
        let call = self.calls.end(*contact.as_bytes(), by, outcome, without, self.now())?;
        let made = self.jobs.command(move |writer| {
            let organization = {
                let world = writer.shared.world();
                let tenant =
                    world.organization_of(contact).ok_or(ContactChangeRefused::NotAContact(contact))?;
                tenant.organization.id
            };
            let row = evidence::row(&writer.shared, organization, *contact.as_bytes(), note);
            let record = payload(&ContactCalled::new(&call, row.id))?;
            let entry = vendor_entry(writer, organization, ContactCalled::kind(&call), record);
            let person = Some(Person::Contact(contact));
            let draft = Draft { actor: by.as_bytes().to_vec(), person, ..entry };
            let indices = writer.write(vec![draft], |_| vec![Change::EvidencePut(row)])?;
            let entry = indices.first().copied().unwrap_or_default();
            let mut world = writer.shared.world_mut();
            let tenant = world.organizations.get_mut(&organization);
            let known = tenant.and_then(|t| t.organization.contacts.iter_mut().find(|c| c.id == contact));
            let known = known.ok_or(ContactChangeRefused::NotAContact(contact))?;
            known.called(Call { entry, ..call });
            Ok(known.clone())
        });
        made.await?
    }

    /// Makes the changes whose time has come, and ends what nobody agreed to.
    pub(crate) async fn finish_contact_changes(&self) {
        let now = self.now();
        let open: Vec<_> = {
            let world = self.world();
            let open = world.contact_changes.values().filter(|(change, _)| change.is_open());
            open.filter(|(change, _)| change.in_force_from() <= now).map(|(change, _)| change.id).collect()
        };
        for id in open {
            if let Err(why) = self.contact_change_tick(id, now).await {
                tracing::warn!("the change of contacts {id} does not move on: {why}");
            }
        }
    }

    async fn contact_change_tick(
        &self,
        id: ChangeRequestId,
        now: Timestamp,
    ) -> Result<ContactChange, NotChanged> {
        let ticked = self.jobs.command(move |writer| {
            let (organization, how, change) = asked(writer, id, |at| {
                Ok((at.organization.id, at.change.tick(at.organization, now), at.change.clone()))
            })?;
            match how {
                None => Ok(change),
                Some(how) => take(writer, organization, id, By::Nobody, &ContactStep::Ended(how), None, now),
            }
        });
        ticked.await?
    }

    async fn contact_step(
        &self,
        id: ChangeRequestId,
        by: By,
        file: Option<Document>,
        decide: impl FnOnce(&At<'_>, Option<EvidenceId>) -> Result<ContactStep, ContactChangeRefused>
        + Send
        + 'static,
    ) -> Result<ContactChange, NotChanged> {
        let now = self.now();
        let taken = self.jobs.command(move |writer| {
            let organization = asked(writer, id, |at| Ok(at.organization.id))?;
            let row = file.map(|file| evidence::row(&writer.shared, organization, *id.as_bytes(), file));
            let evidence = row.as_ref().map(|row| row.id);
            let step = asked_by(writer, id, by, |at| decide(at, evidence))?;
            take(writer, organization, id, by, &step, row, now)
        });
        taken.await?
    }

    async fn successor_form(
        &self,
        id: ChangeRequestId,
        organization: OrganizationId,
        new: &NewContact,
        now: Timestamp,
    ) -> Result<(Form, EvidenceRow), NotChanged> {
        let name = {
            let world = self.world();
            let tenant = world.organizations.get(&organization);
            let tenant = tenant.ok_or_else(|| NotChanged::UnknownOrganization(organization.to_string()))?;
            tenant.organization.name.to_string()
        };
        let filled = Filled {
            id,
            organization: (organization, name),
            name: new.name.to_string(),
            email: new.email.to_string(),
            now,
        };
        self.form_written(FormText::successor(&self.shared.process.vendor), filled).await
    }
}

/// A change with all that a decision about it looks at.
struct At<'a> {
    change: &'a ContactChange,
    organization: &'a Organization,
    /// The address of the desk person who acts.
    desk_email: Option<Email>,
}

fn asked<T>(
    writer: &Writer,
    id: ChangeRequestId,
    decide: impl FnOnce(&At<'_>) -> Result<T, ContactChangeRefused>,
) -> Result<T, NotChanged> {
    asked_by(writer, id, By::Nobody, decide)
}

fn asked_by<T>(
    writer: &Writer,
    id: ChangeRequestId,
    by: By,
    decide: impl FnOnce(&At<'_>) -> Result<T, ContactChangeRefused>,
) -> Result<T, NotChanged> {
    let world = writer.shared.world();
    let (change, _) = world.contact_changes.get(&id).ok_or(NotChanged::UnknownChangeRequest(id))?;
    let tenant = world.organizations.get(&change.organization);
    let organization = &tenant.ok_or(NotChanged::UnknownChangeRequest(id))?.organization;
    let desk_email = match by {
        By::Desk(person) => world.desk_people.get(&person).map(|person| person.email.clone()),
        By::Contact(_) | By::Nobody => None,
    };
    Ok(decide(&At { change, organization, desk_email })?)
}

/// Writes a step, and takes it.
fn take(
    writer: &mut Writer,
    organization: OrganizationId,
    id: ChangeRequestId,
    by: By,
    step: &ContactStep,
    evidence: Option<EvidenceRow>,
    now: Timestamp,
) -> Result<ContactChange, NotChanged> {
    let kind = match step {
        ContactStep::Returned(_) => EntryKind::ContactChangeReturned,
        ContactStep::Agreed(_) => EntryKind::ContactChangeAgreed,
        ContactStep::Ended(ContactChangeEnd::Made) => EntryKind::ContactChangeMade,
        ContactStep::Ended(_) => EntryKind::ContactChangeEnded,
    };
    let (mut change, entry, contacts) = with_settled(writer, organization, |world, tenant| {
        let (change, entry) = world.contact_changes.get(&id).ok_or(NotChanged::UnknownChangeRequest(id))?;
        let contacts = (kind == EntryKind::ContactChangeMade)
            .then(|| change.made(tenant.organization.contacts.clone(), tenant.log.epoch, now));
        Ok((change.clone(), *entry, contacts))
    })?;
    let record = ContactStepRecord::new(&change, step, now);
    let draft = vendor_entry(writer, organization, kind, payload(&record)?);
    // The text that is agreed to names them.
    let agreed = kind == EntryKind::ContactChangeAgreed;
    let person = agreed.then_some(Person::Contact(change.particulars.contact));
    let draft = Draft { actor: actor(by), person, reference: Some(entry), ..draft };
    let put = contacts.clone().map(|contacts| Change::ContactsPut { organization, contacts });
    writer.write(vec![draft], |_| evidence.map(Change::EvidencePut).into_iter().chain(put).collect())?;
    change.apply(step, now);
    let mut world = writer.shared.world_mut();
    world.contact_changes.insert(id, (change.clone(), entry));
    if let Some(contacts) = contacts {
        world.set_contacts(organization, contacts);
    }
    Ok(change)
}

/// What is added carries the log's epoch, from which it is read at the next start; so the log must be up to date.
fn with_settled<T>(
    writer: &mut Writer,
    organization: OrganizationId,
    act: impl FnOnce(&World, &Tenant) -> Result<T, NotChanged>,
) -> Result<T, NotChanged> {
    setting::drain(writer, organization);
    let world = writer.shared.world();
    let tenant = world.organizations.get(&organization);
    let tenant = tenant.ok_or(NotChanged::UnknownOrganization(organization.to_string()))?;
    if tenant.waiting.is_some() || tenant.organization.closed.is_some() {
        return Err(NotChanged::Unsettled(organization));
    }
    act(&world, tenant)
}

fn name_first(
    writer: &mut Writer,
    organization: OrganizationId,
    particulars: &Particulars,
) -> Result<(), NotChanged> {
    let now = writer.shared.clock.now();
    let epoch = with_settled(writer, organization, |_, tenant| Ok(tenant.log.epoch))?;
    with_organization(writer, organization, |known| {
        // Two at once: the second has to wait like any other.
        if known.contacts.is_empty() { Ok(()) } else { Err(ContactChangeRefused::TooMany.into()) }
    })?;
    let Particulars { contact: id, name, email, phone, key } = particulars.clone();
    let added = ContactAdded {
        contact: id.to_string(),
        name: name.to_string(),
        email: email.to_string(),
        phone: phone.to_string(),
        key: key.map(|key| to_hex(&key.0)),
    };
    let contact = SecurityContact {
        id,
        organization,
        name,
        email,
        phone,
        key,
        since_epoch: epoch,
        number_since: now,
        from_contract: true,
        calls: Vec::new(),
    };
    let entry = vendor_entry(writer, organization, EntryKind::ContactAdded, payload(&added)?);
    let draft = Draft { person: Some(Person::Contact(id)), ..entry };
    let contacts = vec![contact];
    writer.write(vec![draft], |_| vec![Change::ContactsPut { organization, contacts: contacts.clone() }])?;
    writer.shared.world_mut().set_contacts(organization, contacts);
    Ok(())
}

fn particulars(contact: ContactId, new: NewContact) -> Particulars {
    let NewContact { name, email, phone, key } = new;
    Particulars { contact, name, email, phone, key }
}

fn change(
    id: ChangeRequestId,
    fresh: ContactId,
    organization: &Organization,
    by: By,
    wanted: Wanted,
    [usual, longer]: [SignedDuration; 2],
    now: Timestamp,
) -> Result<ContactChange, ContactChangeRefused> {
    let (kind, particulars) = match wanted {
        Wanted::Add(new) => (Kind::Add, particulars(fresh, new)),
        Wanted::Replace(old, new) => (Kind::Replace(old), particulars(fresh, new)),
        Wanted::Successor(new) => (Kind::Successor, particulars(fresh, new)),
        Wanted::Number(contact, phone) => {
            let known = organization.contacts.iter().find(|known| known.id == contact);
            let known = known.ok_or(ContactChangeRefused::NotAContact(contact))?;
            let SecurityContact { name, email, key, .. } = known.clone();
            (Kind::Number, Particulars { contact, name, email, phone, key })
        }
    };
    let wait = if kind == Kind::Successor { longer } else { usual };
    Ok(ContactChange {
        id,
        organization: organization.id,
        kind,
        particulars,
        by,
        announced_at: now,
        wait,
        form: None,
        returned: None,
        agreements: Vec::new(),
        ended: None,
    })
}
