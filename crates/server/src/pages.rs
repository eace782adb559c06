//! Pages for people, one file each. Templates get view models with every text ready; they decide nothing.
//!
//! No page needs a script to be read. One does to disable, and to use a passkey: a signature is made where the person's key is.

mod call_view;
mod contact_view;
pub(crate) mod denial;
pub(crate) mod desk;
pub(crate) mod desk_contacts;
pub(crate) mod desk_doubt;
mod desk_find;
pub(crate) mod desk_freezes;
pub(crate) mod desk_import;
pub(crate) mod desk_letters;
pub(crate) mod desk_messages;
pub(crate) mod desk_organizations;
pub(crate) mod desk_request;
pub(crate) mod desk_tool;
pub(crate) mod desk_vendor;
mod doubt_view;
pub(crate) mod enrol;
mod freeze_view;
pub(crate) mod help;
pub(crate) mod language;
pub(crate) mod mail_view;
pub(crate) mod messages;
pub(crate) mod passkey_form;
pub(crate) mod passkeys;
pub(crate) mod portal;
pub(crate) mod portal_change;
pub(crate) mod portal_contacts;
pub(crate) mod portal_doubt;
pub(crate) mod portal_history;
pub(crate) mod portal_request;
pub(crate) mod portal_requests;
pub(crate) mod portal_sign;
pub(crate) mod portal_stop;
pub(crate) mod portal_verify;
pub(crate) mod portal_visit;
pub(crate) mod problem;
mod request_view;
#[cfg(test)]
pub(crate) mod samples;
pub(crate) mod sessions;
pub(crate) mod sign_in;
pub(crate) mod sign_in_vendor;
mod signing;
pub(crate) mod step_up;
pub(crate) mod support;
mod timeline;
mod token_view;
pub(crate) mod visit;
pub(crate) mod visit_form;
pub(crate) mod visit_rows;
mod visit_search;

use std::sync::Arc;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use byleave_app::caller::Caller;
use byleave_app::passkeys::Decides;
use byleave_app::world::World;

use crate::auth::Known;
use crate::brand::Brand;
use crate::problem::{Refusal, home};
use crate::site::Site;

/// What every page shows around its content.
pub(crate) struct Frame {
    pub vendor: String,
    pub brand: Arc<Brand>,
    pub person: Option<Person>,
}

/// Who is signed in.
pub(crate) struct Person {
    pub name: String,
    pub home: Option<&'static str>,
    pub csrf: String,
    /// Whether they decide, of a desk person.
    pub decides: Option<Decides>,
}

impl Frame {
    pub fn new(site: &Site, known: Option<&Known>) -> Self {
        let person = known.map(|known| Person {
            name: name(&site.app.world(), known.caller),
            home: home(known.caller),
            csrf: known.csrf().to_owned(),
            decides: known
                .desk_person()
                .and_then(|_| known.session())
                .ok()
                .map(|here| site.app.decides(here)),
        });
        Self { vendor: site.config.vendor_name.clone(), brand: Arc::clone(&site.config.brand), person }
    }

    /// Whether a passkey is asked for before anything is decided here.
    pub fn asks_for_passkey(&self) -> bool {
        self.decides() == Some(Decides::AfterPasskey)
    }

    fn decides(&self) -> Option<Decides> {
        self.person.as_ref().and_then(|person| person.decides)
    }

    /// The token that forms on this page carry.
    pub fn csrf(&self) -> &str {
        self.person.as_ref().map_or("", |person| &person.csrf)
    }
}

fn name(world: &World, caller: Caller) -> String {
    let name = match caller {
        Caller::Admin => return "administrator".to_owned(),
        Caller::DeskPerson(id) => world.desk_people.get(&id).map(|person| &person.name),
        Caller::Subject(id) => world.subjects.get(&id).map(|subject| &subject.name),
        Caller::Organization(id) => world.organizations.get(&id).map(|tenant| &tenant.organization.name),
        Caller::Contact(id, organization) => world
            .organizations
            .get(&organization)
            .and_then(|tenant| tenant.organization.contacts.iter().find(|contact| contact.id == id))
            .map(|contact| &contact.name),
    };
    name.map(ToString::to_string).unwrap_or_default()
}

fn render(status: StatusCode, page: &impl Template) -> Result<Response, Refusal> {
    Ok((status, Html(page.render()?)).into_response())
}

fn see(address: &str) -> Response {
    Redirect::to(address).into_response()
}
