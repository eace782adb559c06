//! What both sides see of an organization's security contacts, and of changes of them.

use std::collections::BTreeSet;

use byleave_api::v1;
use byleave_app::credentials::Holder;
use byleave_app::world::World;
use byleave_domain::change_request::By;
use byleave_domain::contact_change::{ContactChange, ContactChangeEnd, Kind};
use byleave_domain::ids::{DeskPersonId, OrganizationId, to_hex};
use byleave_domain::organization::Organization;
use byleave_domain::text::Email;
use serde::Deserialize;

use crate::pages::call_view::{CallView, called};
use crate::pages::passkey_form::{self, PasskeyRow};
use crate::pages::request_view::{contact_name, desk_name, strength};
use crate::site::Site;
use crate::text::{Moment, Text};
use crate::words;

/// Calls to a contact that are shown: two confirm them.
const CALLS_SHOWN: usize = 2;

/// A contact on file.
pub(crate) struct ContactView {
    pub id: String,
    pub name: String,
    pub email: String,
    pub phone: String,
    pub number_since: Moment,
    pub standing: Text,
    pub has_key: bool,
    /// Shown to the desk.
    pub passkeys: Vec<PasskeyRow>,
    /// The newest calls that confirmed them, the newest first.
    pub calls: Vec<Text>,
    /// A call to confirm them that is under way; shown to the desk.
    pub calling: Option<CallView>,
}

/// A change of contacts.
pub(crate) struct ChangeView {
    pub id: String,
    pub number: String,
    /// What is to be changed, in a sentence.
    pub what: Text,
    pub by: String,
    pub announced_at: Moment,
    pub from: Moment,
    pub agreed_by: Vec<String>,
    pub open: bool,
    /// What became of it, once it is over.
    pub end: Option<Text>,
    /// SHA-256 of the form that it takes, if it takes one.
    pub form: Option<String>,
    pub returned: Option<Text>,
}

/// A change as a page's form announces it; an empty field is none.
#[derive(Deserialize)]
pub(crate) struct Announced {
    kind: String,
    #[serde(default)]
    contact: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    key: String,
}

impl From<Announced> for v1::ContactChangeCreate {
    fn from(fields: Announced) -> Self {
        let Announced { kind, contact, name, email, phone, key } = fields;
        let some = |text: String| Some(text).filter(|text| !text.trim().is_empty());
        Self {
            kind,
            contact: some(contact),
            name: some(name),
            email: some(email),
            phone: some(phone),
            key: some(key),
        }
    }
}

/// Those on file; with the call that is under way where somebody at the desk looks.
pub(crate) fn contacts(
    site: &Site,
    world: &World,
    organization: &Organization,
    desk: Option<DeskPersonId>,
) -> Vec<ContactView> {
    let now = site.app.now();
    let view = |contact: &byleave_domain::contact::SecurityContact| ContactView {
        id: contact.id.to_string(),
        name: contact.name.to_string(),
        email: contact.email.to_string(),
        phone: contact.phone.to_string(),
        number_since: Moment(contact.number_since),
        standing: words::standing(contact.standing(now)),
        has_key: contact.key.is_some(),
        passkeys: passkey_form::rows(world, Holder::Contact(contact.id)),
        calls: contact.calls.iter().rev().take(CALLS_SHOWN).map(|call| called(world, call)).collect(),
        calling: desk.and_then(|by| site.app.contact_calling(contact.id, by)).map(|calling| {
            let action = format!("/desk/contacts/{}/call", contact.id);
            CallView::new(world, organization, calling, action, true)
        }),
    };
    organization.contacts.iter().map(view).collect()
}

/// The organization's changes, newest first.
pub(crate) fn changes(world: &World, organization: &Organization) -> Vec<ChangeView> {
    let mut own: Vec<_> = of(world, organization.id).collect();
    own.sort_by_key(|change| std::cmp::Reverse(change.announced_at));
    own.into_iter().map(|change| view(world, organization, change)).collect()
}

pub(crate) fn of(world: &World, organization: OrganizationId) -> impl Iterator<Item = &ContactChange> {
    let all = world.contact_changes.values().map(|(change, _)| change);
    all.filter(move |change| change.organization == organization)
}

fn view(world: &World, organization: &Organization, change: &ContactChange) -> ChangeView {
    let wanted = &change.particulars;
    let known = |id| contact_name(Some(organization), id);
    let new = format!("{} ({}, {})", wanted.name, wanted.email, wanted.phone);
    let what = match change.kind {
        Kind::Add => Text::of("contact-change-add").arg("new", new),
        Kind::Replace(old) => Text::of("contact-change-replace").arg("new", new).arg("old", known(old)),
        Kind::Number => Text::of("contact-change-number")
            .arg("name", wanted.name.to_string())
            .arg("phone", wanted.phone.to_string()),
        Kind::Successor => Text::of("contact-change-successor").arg("new", new),
    };
    let end = change.ended.map(|(how, at)| {
        let how = match how {
            ContactChangeEnd::Made => Text::of("contact-change-made"),
            ContactChangeEnd::Vetoed(by) => Text::of("contact-change-vetoed").arg("who", known(by)),
            ContactChangeEnd::Refused(by) => {
                Text::of("contact-change-refused").arg("who", desk_name(world, by))
            }
            ContactChangeEnd::Expired => Text::of("contact-change-expired"),
        };
        Text::of("contact-change-end").arg("how", how).arg("when", at)
    });
    ChangeView {
        id: change.id.to_string(),
        number: change.id.number(),
        what,
        by: match change.by {
            By::Desk(by) => desk_name(world, by),
            By::Contact(by) => known(by),
            By::Nobody => Text::of("contact-administrator").plain(),
        },
        announced_at: Moment(change.announced_at),
        from: Moment(change.in_force_from()),
        agreed_by: change.agreements.iter().map(|agreement| desk_name(world, agreement.by)).collect(),
        open: change.is_open(),
        end,
        form: change.form.as_ref().map(|form| to_hex(&form.sha256)),
        returned: change.returned.as_ref().map(|returned| strength(&returned.strength)),
    }
}

/// Notice addresses as people read them.
pub(crate) fn listed(addresses: &BTreeSet<Email>) -> String {
    addresses.iter().map(Email::as_str).collect::<Vec<_>>().join(", ")
}
