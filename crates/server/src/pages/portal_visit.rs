//! `/portal/visits/{id}`: one visit with its requests, what let it in and what proves it, read from the organization's log.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use byleave_api::entry::{Kind, Leaf};
use byleave_api::payload::{AccessBegin, AccessEnd, VisitEnds};
use byleave_app::ports::Entry;
use byleave_domain::ids::{OrganizationId, VisitId};
use jiff::Timestamp;

use crate::api::organizations::log_view;
use crate::auth::Known;
use crate::pages::doubt_view::{self, DoubtView};
#[cfg(test)]
use crate::pages::samples::{Sample, at, long, sample};
use crate::pages::{Frame, portal, render, visit_rows};
use crate::problem::Refusal;
use crate::site::{Site, blocking};
use crate::text::{Moment, Text, filters};
use crate::words;

/// Entries under a visit that are read at most.
const ENTRIES_MAX: u64 = 2_000;
/// Of an open visit, requests that are shown as the newest, and entries that are read for them.
const NEWEST: usize = 4;
const NEWEST_ENTRIES: u64 = 12;

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
    since: Moment,
    until: Option<Moment>,
    lasting: Text,
    end: Option<Text>,
    recorded: u64,
    assets: u64,
    bytes_down: String,
    /// Place of its beginning in the organization's log.
    entry: u64,
    /// The setting that let it in: how many decisions there had been.
    epoch: u64,
    requests: Vec<Request>,
    /// Oldest first.
    doubts: Vec<DoubtView>,
    /// Whether none of them waits for the desk.
    may_doubt: bool,
    /// There are more than are shown.
    cut_short: bool,
    /// What checks the log.
    verify: String,
}

struct Request {
    entry: u64,
    at: Option<Moment>,
    method: String,
    target: String,
    /// Status and, where it did not simply end, how.
    outcome: Text,
    bytes_down: String,
    /// Id of the decision that let it pass.
    decision: String,
}

/// A request of a visit that is open.
pub(super) struct Newest {
    pub at: Option<Moment>,
    pub method: String,
    pub target: String,
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
        let tenant = world.organizations.get(&organization).ok_or_else(missing)?;
        let (person, employer) = portal::person(&world, row.visit.subject);
        let doubts = doubt_view::of(&world, row.visit.id, site.app.now());
        let until = row.visit.ended.map_or_else(|| site.app.now(), |(at, _)| at);
        PortalVisitPage {
            frame,
            id: row.visit.id.to_string(),
            person,
            employer,
            tool: portal::tool_name(&world, row.visit.tool),
            reason: portal::reason(&world, &row.visit),
            case: row.visit.case.as_ref().map(ToString::to_string),
            since: Moment(row.visit.opened_at),
            until: row.visit.ended.map(|(at, _)| Moment(at)),
            lasting: words::lasting(until.duration_since(row.visit.opened_at)),
            end: portal::end(&world, &row),
            recorded: row.requests,
            assets: row.assets,
            bytes_down: words::size(row.bytes_down),
            entry,
            epoch: row.visit.epoch,
            cut_short: entries.len() as u64 >= ENTRIES_MAX,
            requests: requests(&entries),
            may_doubt: doubts.iter().all(|doubt| doubt.answered.is_some()),
            doubts,
            verify: portal::verify_command(&log_view(&site, tenant.organization.log)?),
        }
    };
    render(StatusCode::OK, &page)
}

/// The newest requests of open visits, each with the place of its beginning in the log.
pub(super) async fn newest_requests(
    site: &Site,
    organization: OrganizationId,
    open: Vec<(VisitId, u64)>,
) -> Result<BTreeMap<VisitId, Vec<Newest>>, Refusal> {
    let app = site.app.clone();
    let read = blocking(move || {
        open.into_iter()
            .map(|(id, entry)| Ok((id, app.visit_entries_last(organization, entry, NEWEST_ENTRIES)?)))
            .collect::<Result<Vec<_>, byleave_app::ports::StoreError>>()
    });
    let read = read.await?.map_err(Refusal::failed)?;
    Ok(read
        .into_iter()
        .map(|(id, entries)| (id, entries.iter().filter_map(newest).take(NEWEST).collect()))
        .collect())
}

fn newest(entry: &Entry) -> Option<Newest> {
    let leaf = Leaf::decode(&entry.leaf).ok().filter(|leaf| leaf.kind == Kind::AccessBegin)?;
    let began: AccessBegin = serde_json::from_slice(entry.payload()?).ok()?;
    Some(Newest { at: moment(leaf.time_us), method: began.method, target: began.target })
}

fn moment(time_us: i64) -> Option<Moment> {
    Timestamp::from_microsecond(time_us).ok().map(Moment)
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
    let at = moment(time_us);
    let Some(payload) = entry.payload() else {
        let [method, target, decision] = [(); 3].map(|()| portal::erased());
        let (outcome, bytes_down) = (Text::of("portal-erased"), String::new());
        return Some(Request { entry: entry.index, at, method, target, outcome, bytes_down, decision });
    };
    let began: AccessBegin = serde_json::from_slice(payload).ok()?;
    Some(Request {
        entry: entry.index,
        at,
        method: began.method,
        target: began.target,
        outcome: end.map_or_else(|| Text::of("portal-visit-request-under-way"), outcome),
        bytes_down: end.map(|end| words::size(end.bytes_down)).unwrap_or_default(),
        decision: began.decision,
    })
}

fn outcome(end: &AccessEnd) -> Text {
    let status = Text::of("portal-visit-request-status").arg("status", end.status.to_string());
    let how = Text::of(match end.reason.as_str() {
        "done" if end.status == 0 => "portal-visit-request-no-answer",
        "done" => return status,
        "client_abort" => "portal-visit-request-left",
        "upstream_abort" => "portal-visit-request-broke-off",
        "cut" => "portal-visit-request-cut",
        "not_forwarded" => "portal-visit-request-not-forwarded",
        "node_lost" => "portal-visit-request-lost",
        _ => "portal-visit-request-otherwise",
    });
    if end.status == 0 {
        how
    } else {
        Text::of("portal-visit-request-and").arg("status", status).arg("how", how)
    }
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<Sample> {
    let request = |target: &str, outcome: Text| Request {
        entry: 12,
        at: Some(at("10:03")),
        method: "GET".to_owned(),
        target: target.to_owned(),
        outcome,
        bytes_down: words::size(5_100),
        decision: "decision_1".to_owned(),
    };
    let status = || Text::of("portal-visit-request-status").arg("status", "200");
    let cut = Text::of("portal-visit-request-and")
        .arg("status", status())
        .arg("how", Text::of("portal-visit-request-cut"));
    let visit = || PortalVisitPage {
        frame: Frame::of_contact(),
        id: "visit_1".to_owned(),
        person: "Sasha Example".to_owned(),
        employer: "Northwind Cloud".to_owned(),
        tool: "System log".to_owned(),
        reason: None,
        case: None,
        since: at("10:02"),
        until: None,
        lasting: words::lasting(jiff::SignedDuration::from_secs(754)),
        end: None,
        recorded: 0,
        assets: 0,
        bytes_down: words::size(0),
        entry: 11,
        epoch: 0,
        requests: Vec::new(),
        doubts: Vec::new(),
        may_doubt: true,
        cut_short: false,
        verify: "byleave verify https://byleave.example/c/s --vkey 'byleave.example/acme+0+A'".to_owned(),
    };
    let over = PortalVisitPage {
        reason: Some("Sign-ins from Oslo fail since noon".to_owned()),
        case: Some("CASE-7".to_owned()),
        until: Some(at("10:15")),
        end: Some(Text::of("end-disabled")),
        recorded: 2,
        assets: 3,
        epoch: 4,
        requests: vec![request("/events?after=5", status()), request("/live", cut)],
        ..visit()
    };
    let long = PortalVisitPage {
        person: long(),
        employer: long(),
        tool: long(),
        reason: Some(long()),
        case: Some(long()),
        requests: vec![request(&format!("/{}", long()), Text::of("portal-visit-request-under-way"))],
        cut_short: true,
        ..visit()
    };
    vec![
        sample("portal-visit", over),
        sample("portal-visit-open", visit()),
        sample("portal-visit-long", long),
    ]
}
