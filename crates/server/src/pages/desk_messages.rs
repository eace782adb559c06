//! `/desk/messages`: what came in and belongs to no request yet, and what a desk person takes in by hand.

use std::cmp::Reverse;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use byleave_app::world::World;

use crate::auth::Known;
#[cfg(test)]
use crate::pages::samples::{Sample, sample};
use crate::pages::{Frame, messages, render};
use crate::problem::Refusal;
use crate::site::Site;
use crate::text::{Moment, Text, filters};

/// Messages that are listed, at most: whoever floods the desk makes no page that takes minutes.
const LISTED_MAX: usize = 200;

#[derive(Template)]
#[template(path = "desk_messages.html")]
struct MessagesPage {
    frame: Frame,
    messages: Vec<MessageRow>,
    /// Held messages that are older than those.
    older: usize,
    /// Slug and name.
    organizations: Vec<(String, String)>,
    /// Id, and name with the organization's.
    contacts: Vec<(String, String)>,
}

/// A held message in a list.
pub(super) struct MessageRow {
    pub id: String,
    pub at: Moment,
    pub way: Text,
    /// Whose it says it is.
    pub claimed: String,
}

/// `GET /desk/messages`
pub(crate) async fn list(State(site): State<Site>, known: Known) -> Result<Response, Refusal> {
    known.desk_person()?;
    let frame = Frame::new(&site, Some(&known));
    let page = {
        let world = site.app.world();
        let mut messages = held(&world);
        let older = messages.len().saturating_sub(LISTED_MAX);
        messages.truncate(LISTED_MAX);
        MessagesPage {
            frame,
            messages,
            older,
            organizations: organizations(&world),
            contacts: contacts(&world),
        }
    };
    render(StatusCode::OK, &page)
}

/// The messages that belong to no request yet, newest first.
pub(super) fn held(world: &World) -> Vec<MessageRow> {
    let mut held: Vec<_> = world.messages.values().collect();
    held.sort_unstable_by_key(|row| Reverse((row.received_at, row.id)));
    let view = |row: &byleave_app::ports::MessageRow| MessageRow {
        id: row.id.to_string(),
        at: Moment(row.received_at),
        way: messages::way(&row.way),
        claimed: row.claimed.clone(),
    };
    held.into_iter().map(view).collect()
}

/// Slug and name of every organization, to choose one.
pub(super) fn organizations(world: &World) -> Vec<(String, String)> {
    let all = world.organizations.values().map(|tenant| &tenant.organization);
    all.map(|organization| (organization.slug.to_string(), organization.name.to_string())).collect()
}

/// Id and name of every security contact, to choose one.
pub(super) fn contacts(world: &World) -> Vec<(String, String)> {
    let all = world.organizations.values().flat_map(|tenant| {
        let organization = &tenant.organization;
        let label = |name: &dyn std::fmt::Display| format!("{name} ({})", organization.name);
        organization.contacts.iter().map(move |contact| (contact.id.to_string(), label(&contact.name)))
    });
    all.collect()
}

#[cfg(test)]
pub(super) fn sample_row(claimed: &str) -> MessageRow {
    MessageRow {
        id: "message_1".to_owned(),
        at: super::samples::moment(-1),
        way: messages::way(byleave_app::intake::MAIL),
        claimed: claimed.to_owned(),
    }
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<Sample> {
    let empty = || MessagesPage {
        frame: Frame::of_person("Dana Example", "/desk"),
        messages: Vec::new(),
        older: 0,
        organizations: vec![("acme".to_owned(), "Acme Rockets".to_owned())],
        contacts: vec![("contact_1".to_owned(), "Robin Example (Acme Rockets)".to_owned())],
    };
    let long =
        "It says that it is from somebody with a very long name who writes on behalf of an organization";
    let full = MessagesPage { messages: vec![sample_row(""), sample_row(long)], older: 31, ..empty() };
    vec![sample("desk-messages-empty", empty()), sample("desk-messages", full)]
}
