//! `/portal/visits/{id}`: one visit with its requests, read from the organization's log.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use byleave_api::entry::{Kind, Leaf};
use byleave_api::payload::{AccessBegin, AccessEnd, VisitEnds};
use byleave_app::ports::Entry;
use jiff::Timestamp;

use crate::auth::Known;
use crate::pages::doubt_view::{self, DoubtView};
use crate::pages::{Frame, portal, render, visit_rows};
use crate::problem::Refusal;
use crate::site::{Site, blocking};
use crate::text::{Text, filters};
use crate::words;

/// Entries under a visit that are read at most.
const ENTRIES_MAX: u64 = 2_000;

#[derive(Template)]
#[template(path = "portal_visit.html")]
struct PortalVisitPage {
    frame: Frame,
    id: String,
    person: String,
    employer: String,
    tool: String,
    reason: Option<String>,
    case: Option<String>,
    since: String,
    until: Option<String>,
    end: Option<Text>,
    recorded: u64,
    assets: u64,
    bytes_down: String,
    requests: Vec<Request>,
    /// Oldest first.
    doubts: Vec<DoubtView>,
    /// Whether none of them waits for the desk.
    may_doubt: bool,
    /// There are more than are shown.
    cut_short: bool,
}

struct Request {
    entry: u64,
    at: String,
    method: String,
    target: String,
    /// Status and, where it did not simply end, how.
    outcome: String,
    bytes_down: String,
}

/// `GET /portal/visits/{id}`
pub(crate) async fn show(
    State(site): State<Site>,
    known: Known,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let (_, organization) = known.contact()?;
    let missing = || Refusal::not_found("visit");
    let id = id.parse().map_err(|_| missing())?;
    let row = visit_rows::find(&site, organization, id).await?.ok_or_else(missing)?;
    let app = site.app.clone();
    let entry = row.entry;
    let entries = blocking(move || app.visit_entries(organization, entry, ENTRIES_MAX)).await?;
    let entries = entries.map_err(Refusal::failed)?;
    let page = {
        let frame = Frame::new(&site, Some(&known));
        let world = site.app.world();
        let (person, employer) = portal::person(&world, row.visit.subject);
        let doubts = doubt_view::of(&world, row.visit.id, site.app.now());
        PortalVisitPage {
            frame,
            id: row.visit.id.to_string(),
            person,
            employer,
            tool: world.tools.get(&row.visit.tool).map(|tool| tool.name.to_string()).unwrap_or_default(),
            reason: portal::reason(&world, &row.visit),
            case: row.visit.case.as_ref().map(ToString::to_string),
            since: words::instant(row.visit.opened_at),
            until: row.visit.ended.map(|(at, _)| words::instant(at)),
            end: portal::end(&world, &row),
            recorded: row.requests,
            assets: row.assets,
            bytes_down: words::size(row.bytes_down),
            cut_short: entries.len() as u64 >= ENTRIES_MAX,
            requests: requests(&entries),
            may_doubt: doubts.iter().all(|doubt| doubt.answered.is_some()),
            doubts,
        }
    };
    render(StatusCode::OK, &page)
}

fn requests(entries: &[Entry]) -> Vec<Request> {
    let mut ends = BTreeMap::new();
    let mut begins = Vec::new();
    for entry in entries {
        let Ok(leaf) = Leaf::decode(&entry.leaf) else { continue };
        match leaf.kind {
            Kind::AccessBegin => begins.push((entry, leaf.time_us)),
            Kind::VisitProgress | Kind::VisitClose => {
                let said =
                    entry.payload().and_then(|payload| serde_json::from_slice::<VisitEnds>(payload).ok());
                ends.extend(said.into_iter().flat_map(|said| said.requests).map(|end| (end.entry, end)));
            }
            _ => {}
        }
    }
    begins
        .into_iter()
        .filter_map(|(entry, time_us)| request(entry, time_us, ends.get(&entry.index)))
        .collect()
}

fn request(entry: &Entry, time_us: i64, end: Option<&AccessEnd>) -> Option<Request> {
    let at = Timestamp::from_microsecond(time_us).map(words::instant).unwrap_or_default();
    let Some(payload) = entry.payload() else {
        let [method, target, outcome] = [portal::ERASED; 3].map(str::to_owned);
        return Some(Request { entry: entry.index, at, method, target, outcome, bytes_down: String::new() });
    };
    let began: AccessBegin = serde_json::from_slice(payload).ok()?;
    Some(Request {
        entry: entry.index,
        at,
        method: began.method,
        target: began.target,
        outcome: end.map_or_else(|| "under way".to_owned(), outcome),
        bytes_down: end.map(|end| words::size(end.bytes_down)).unwrap_or_default(),
    })
}

fn outcome(end: &AccessEnd) -> String {
    let how = match end.reason.as_str() {
        "done" => None,
        "client_abort" => Some("left before the end"),
        "upstream_abort" => Some("the tool broke off"),
        "cut" => Some("cut off"),
        "not_forwarded" => Some("not forwarded"),
        "node_lost" => Some("the gateway was lost"),
        _ => Some("ended otherwise"),
    };
    match (end.status, how) {
        (0, how) => how.unwrap_or("no answer").to_owned(),
        (status, None) => status.to_string(),
        (status, Some(how)) => format!("{status}, {how}"),
    }
}
