//! How a desk person says which organization they mean, or whom: they look for it, and choose among a few. It is chosen by an
//! id, or by words that name nothing else, and then stands on the page with what tells it from its neighbours before
//! anything is done to it.

use byleave_app::credentials::Holder;
use byleave_app::world::World;
use byleave_domain::ids::{ContactId, OrganizationId};
use byleave_domain::organization::Organization;
use byleave_domain::subject::SubjectKind;
use serde::Deserialize;

use crate::pages::desk_organizations::fits;
use crate::problem::{Refusal, read};
use crate::text::Text;

/// Those to choose among that are shown at most.
const SHOWN_MAX: usize = 20;

/// What is looked for; an empty text is nothing, none is a page that was just opened.
#[derive(Deserialize)]
pub(crate) struct Sought {
    pub find: Option<String>,
}

/// What `desk_find.html` shows.
pub(super) struct Find {
    /// The page that it stands on.
    pub page: String,
    pub label: Text,
    /// By what it is found.
    pub hint: Text,
    /// As it was typed.
    pub sought: String,
    pub chosen: Option<Choice>,
    /// Those that fit, where none is chosen.
    pub among: Vec<Choice>,
    /// Those that fit besides.
    pub more: usize,
}

pub(super) struct Choice {
    /// What a form sends for it, which names nothing else.
    pub value: String,
    pub kind: Option<Text>,
    pub name: String,
    /// Its slug, or their mail address.
    pub address: String,
    /// Where somebody belongs.
    pub place: Option<String>,
}

impl Find {
    /// Looks for an organization.
    pub fn organization(world: &World, page: String, sought: &str) -> Self {
        let find = Self::for_organization(page, sought);
        let by_id = sought.trim().parse().ok().and_then(|id| world.organizations.get(&id));
        if let Some(tenant) = by_id {
            return find.choosing(organization(&tenant.organization));
        }
        let wanted = sought.trim().to_lowercase();
        if wanted.is_empty() {
            return find;
        }
        let all = world.organizations.values().map(|tenant| &tenant.organization);
        find.among(all.filter(|organization| fits(organization, &wanted)).map(organization).collect())
    }

    /// Looks for somebody who can be given a link.
    pub fn person(world: &World, page: String, sought: &str) -> Self {
        let wanted = sought.trim().to_lowercase();
        let find = Self::for_person(page, sought);
        if wanted.is_empty() {
            return find;
        }
        match people(world).find(|person| person.value == sought.trim()) {
            Some(person) => find.choosing(person),
            None => find.among(people(world).filter(|person| person.has(&wanted)).collect()),
        }
    }

    fn for_organization(page: String, sought: &str) -> Self {
        let (label, hint) = (Text::of("desk-organization"), Text::of("desk-find"));
        Self { page, label, hint, sought: sought.to_owned(), chosen: None, among: Vec::new(), more: 0 }
    }

    fn for_person(page: String, sought: &str) -> Self {
        let (label, hint) = (Text::of("desk-link-whom"), Text::of("desk-link-find"));
        Self { label, hint, ..Self::for_organization(page, sought) }
    }

    /// Whether nothing fits.
    pub fn is_none(&self) -> bool {
        self.chosen.is_none() && self.among.is_empty() && !self.sought.trim().is_empty()
    }

    fn choosing(self, chosen: Choice) -> Self {
        Self { chosen: Some(chosen), ..self }
    }

    /// The one that is named in full, or else all that fit, likely ones first.
    fn among(self, mut found: Vec<Choice>) -> Self {
        let wanted = self.sought.trim().to_lowercase();
        let likely = |choice: &Choice| {
            let name = choice.name.to_lowercase();
            (!choice.is_named(&wanted), !name.starts_with(&wanted), name, choice.address.clone())
        };
        found.sort_by_cached_key(likely);
        if found.iter().filter(|choice| choice.is_named(&wanted)).count() == 1 {
            return Self { chosen: found.into_iter().next(), ..self };
        }
        let more = found.len().saturating_sub(SHOWN_MAX);
        found.truncate(SHOWN_MAX);
        Self { among: found, more, ..self }
    }
}

impl Choice {
    fn is_named(&self, wanted: &str) -> bool {
        self.name.to_lowercase() == wanted || self.address.to_lowercase() == wanted
    }

    fn has(&self, wanted: &str) -> bool {
        let texts = [Some(&self.name), Some(&self.address), self.place.as_ref()];
        texts.into_iter().flatten().any(|text| text.to_lowercase().contains(wanted))
    }
}

fn organization(organization: &Organization) -> Choice {
    Choice {
        value: organization.id.to_string(),
        kind: None,
        name: organization.name.to_string(),
        address: organization.slug.to_string(),
        place: None,
    }
}

fn people(world: &World) -> impl Iterator<Item = Choice> {
    let contacts = world.organizations.values().flat_map(|tenant| {
        let Organization { name, slug, contacts, .. } = &tenant.organization;
        contacts.iter().map(move |contact| Choice {
            value: format!("contact:{}", contact.id),
            kind: Some(Text::of("desk-holder-contact")),
            name: contact.name.to_string(),
            address: contact.email.to_string(),
            place: Some(format!("{name} ({slug})")),
        })
    });
    let subjects = world.subjects.values().map(|subject| Choice {
        value: format!("support:{}", subject.id),
        kind: Some(Text::of(match subject.kind {
            SubjectKind::SupportPerson => "desk-holder-support",
            SubjectKind::SupportService => "desk-holder-service",
        })),
        name: subject.name.to_string(),
        address: subject.email.to_string(),
        place: Some(subject.employer.to_string()),
    });
    let desk = world.desk_people.values().map(|person| Choice {
        value: format!("desk:{}", person.id),
        kind: Some(Text::of("desk-holder-desk")),
        name: person.name.to_string(),
        address: person.email.to_string(),
        place: None,
    });
    desk.chain(contacts).chain(subjects)
}

/// Whom a form means. Support and desk people's ids look alike, so the form says which it is.
pub(super) fn holder(world: &World, value: &str) -> Option<(Holder, String)> {
    let (kind, id) = value.split_once(':')?;
    match kind {
        "contact" => {
            let id = id.parse().ok()?;
            let contacts = &world.organization_of(id)?.organization.contacts;
            let contact = contacts.iter().find(|contact| contact.id == id)?;
            Some((Holder::Contact(id), contact.name.to_string()))
        }
        "support" => {
            let subject = world.subjects.get(&id.parse().ok()?)?;
            Some((Holder::Subject(subject.id), subject.name.to_string()))
        }
        "desk" => {
            let person = world.desk_people.get(&id.parse().ok()?)?;
            Some((Holder::DeskPerson(person.id), person.name.to_string()))
        }
        _ => None,
    }
}

/// The organization that a form means, by id or slug.
pub(super) fn organization_sent(world: &World, value: &str) -> Result<OrganizationId, Refusal> {
    let found = world.organization(value.trim()).map(|tenant| tenant.organization.id);
    found.ok_or_else(|| {
        let why = format!("there is no organization `{value}`; look for it, and choose it where it is found");
        let refusal = Refusal::refused("organization", value, why);
        refusal.saying(Text::of("desk-find-unknown").arg("value", value))
    })
}

/// The security contact that a form means, if any; the application knows whether it is the organization's.
pub(super) fn contact_sent(value: &str) -> Result<Option<ContactId>, Refusal> {
    Some(value.trim()).filter(|value| !value.is_empty()).map(|value| read("contact", value)).transpose()
}

/// Id, and name with address, of an organization's security contacts.
pub(super) fn contacts(world: &World, find: &Find) -> Vec<(String, String)> {
    let chosen = find.chosen.as_ref().and_then(|chosen| world.organization(&chosen.value));
    let contacts = chosen.map(|tenant| tenant.organization.contacts.as_slice()).unwrap_or_default();
    contacts
        .iter()
        .map(|contact| (contact.id.to_string(), format!("{} ({})", contact.name, contact.email)))
        .collect()
}

#[cfg(test)]
pub(super) mod samples {
    use super::{Choice, Find};
    use crate::text::Text;

    pub fn choice(name: &str, address: &str) -> Choice {
        let (name, address) = (name.to_owned(), address.to_owned());
        Choice { value: "org_1".to_owned(), kind: None, name, address, place: None }
    }

    pub fn person(name: &str, place: Option<&str>) -> Choice {
        let address = "robin@long-name-of-a-mail-domain.acme-rockets.example";
        let kind = Some(Text::of("desk-holder-contact"));
        Choice { kind, place: place.map(str::to_owned), ..choice(name, address) }
    }

    /// Nothing was looked for yet.
    pub fn nothing(page: &str) -> Find {
        match page {
            "/desk/vendor" => Find::for_person(page.to_owned(), ""),
            _ => Find::for_organization(page.to_owned(), ""),
        }
    }

    pub fn chosen(page: &str, chosen: Choice) -> Find {
        nothing(page).choosing(chosen)
    }

    /// Several have the name, and more fit.
    pub fn among(page: &str, among: Vec<Choice>) -> Find {
        Find { sought: "Acme <Rockets>".to_owned(), among, more: 9_950, ..nothing(page) }
    }

    pub fn none(page: &str) -> Find {
        Find { sought: "Nobody <b>& Sons</b>".to_owned(), ..nothing(page) }
    }
}
