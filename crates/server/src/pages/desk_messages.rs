//! `/desk/messages`: what came in and belongs to no request yet, and what a desk person takes in by hand.

use std::cmp::Reverse;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use byleave_app::world::World;

use crate::auth::Known;
use crate::pages::desk_find::{self, Find, Sought};
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
    /// Whose message is pasted.
    find: Find,
    /// Id, and name with address, of that organization's.
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

/// `GET /desk/messages?find=…`
pub(crate) async fn list(
    State(site): State<Site>,
    known: Known,
    Query(sought): Query<Sought>,
) -> Result<Response, Refusal> {
    known.desk_person()?;
    let frame = Frame::new(&site, Some(&known));
    let page = {
        let world = site.app.world();
        let mut messages = held(&world);
        let older = messages.len().saturating_sub(LISTED_MAX);
        messages.truncate(LISTED_MAX);
        let sought = sought.find.unwrap_or_default();
        let find = Find::organization(&world, "/desk/messages".to_owned(), &sought);
        MessagesPage { frame, messages, older, contacts: desk_find::contacts(&world, &find), find }
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
    use super::desk_find::samples::{choice, chosen, nothing};

    let empty = || MessagesPage {
        frame: Frame::of_person("Dana Example", "/desk"),
        messages: Vec::new(),
        older: 0,
        find: nothing("/desk/messages"),
        contacts: Vec::new(),
    };
    let long =
        "It says that it is from somebody with a very long name who writes on behalf of an organization";
    let full = MessagesPage { messages: vec![sample_row(""), sample_row(long)], older: 31, ..empty() };
    let pasting = MessagesPage {
        find: chosen("/desk/messages", choice("Acme Rockets", "acme")),
        contacts: vec![("contact_1".to_owned(), "Robin Example (robin@acme.example)".to_owned())],
        ..empty()
    };
    vec![
        sample("desk-messages-empty", empty()),
        sample("desk-messages", full),
        sample("desk-messages-pasting", pasting),
    ]
}
