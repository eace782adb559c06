//! `/desk/organizations`: an organization in a few keystrokes, by its name, or a contact's name, address or number.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use byleave_app::world::World;
use byleave_domain::contact::ContactStanding;
use byleave_domain::organization::Organization;
use jiff::Timestamp;
use serde::Deserialize;

use crate::auth::Known;
#[cfg(test)]
use crate::pages::samples::{Sample, sample};
use crate::pages::{Frame, contact_view, render};
use crate::problem::Refusal;
use crate::site::Site;
use crate::text::{Text, filters};
use crate::words;

/// Organizations that are listed at most.
const LISTED_MAX: usize = 50;

#[derive(Template)]
#[template(path = "desk_organizations.html")]
struct OrganizationsPage {
    frame: Frame,
    find: String,
    organizations: Vec<Row>,
    /// Those that fit besides.
    more: usize,
}

struct Row {
    slug: String,
    name: String,
    state: words::State,
    contacts: String,
    /// What there is to do about its contacts.
    waits: Vec<Text>,
}

#[derive(Deserialize)]
pub(crate) struct Search {
    #[serde(default)]
    find: String,
}

/// `GET /desk/organizations`
pub(crate) async fn list(
    State(site): State<Site>,
    known: Known,
    Query(search): Query<Search>,
) -> Result<Response, Refusal> {
    known.desk_person()?;
    let frame = Frame::new(&site, Some(&known));
    let page = {
        let world = site.app.world();
        let now = site.app.now();
        let sought = search.find.trim().to_lowercase();
        let all = world.organizations.values().map(|tenant| &tenant.organization);
        let mut found: Vec<_> = all.filter(|organization| fits(organization, &sought)).collect();
        // Those where something is to be done are on top.
        found.sort_by_cached_key(|organization| {
            (waits(&world, organization, now).is_empty(), organization.name.as_str().to_lowercase())
        });
        let more = found.len().saturating_sub(LISTED_MAX);
        let shown = found.into_iter().take(LISTED_MAX);
        let organizations = shown.map(|organization| row(&world, organization, now)).collect();
        OrganizationsPage { frame, find: search.find, organizations, more }
    };
    render(StatusCode::OK, &page)
}

/// Whether its name, or what is on file of a contact, has what is sought.
pub(super) fn fits(organization: &Organization, sought: &str) -> bool {
    let has = |text: &str| text.to_lowercase().contains(sought);
    let contact = |contact: &byleave_domain::contact::SecurityContact| {
        has(contact.name.as_str()) || has(contact.email.as_str()) || has(&contact.phone.to_string())
    };
    has(organization.name.as_str())
        || has(organization.slug.as_str())
        || organization.contacts.iter().any(contact)
}

fn row(world: &World, organization: &Organization, now: Timestamp) -> Row {
    Row {
        slug: organization.slug.to_string(),
        name: organization.name.to_string(),
        state: words::state(organization),
        contacts: organization.contacts.iter().map(|c| c.name.to_string()).collect::<Vec<_>>().join(", "),
        waits: waits(world, organization, now),
    }
}

fn waits(world: &World, organization: &Organization, now: Timestamp) -> Vec<Text> {
    let open = contact_view::of(world, organization.id).filter(|change| change.is_open()).count();
    let to_call = organization.contacts.iter().filter_map(|contact| match contact.standing(now) {
        ContactStanding::Confirmed(_) => None,
        ContactStanding::Unconfirmed => Some(Text::of("desk-call-first").arg("who", contact.name.as_str())),
        ContactStanding::Due(_) => Some(Text::of("desk-call-again").arg("who", contact.name.as_str())),
    });
    let changes = (open > 0).then(|| Text::of("desk-contact-changes").arg("number", open));
    changes.into_iter().chain(to_call).collect()
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<Sample> {
    let page = |find: &str, organizations, more| OrganizationsPage {
        frame: Frame::of_person("Dana Example", "/desk"),
        find: find.to_owned(),
        organizations,
        more,
    };
    let state = |word, icon, title| words::State { word, icon, title, sentence: Text::of("state-confirmed") };
    let rows = vec![
        Row {
            slug: "acme".to_owned(),
            name: "Acme Rockets".to_owned(),
            state: state("disabled", "lock", Text::of("state-disabled")),
            contacts: "Robin Example, Sam Example".to_owned(),
            waits: vec![
                Text::of("desk-contact-changes").arg("number", 2_u64),
                Text::of("desk-call-first").arg("who", "Robin Example"),
            ],
        },
        Row {
            slug: "long".to_owned(),
            name: "Gesellschaft für außerordentlich lange Firmennamen und Donaudampfschifffahrt".to_owned(),
            state: state("enabled", "lock-open", Text::of("state-enabled")),
            contacts: String::new(),
            waits: Vec::new(),
        },
    ];
    vec![
        sample("desk-organizations", page("", rows, 9_950)),
        sample("desk-organizations-none", page("nobody <b>here</b>", Vec::new(), 0)),
    ]
}
