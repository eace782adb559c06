//! The system log tool: page, global search, export, JSON ([`api`]) and live tail ([`live`]).

pub(crate) mod api;
pub(crate) mod live;

use std::sync::Arc;

use askama::Template;
use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use futures_util::stream;
use serde::{Deserialize, Serialize};

use crate::answer::{Failure, JAVASCRIPT, asset, page};
use crate::database::{Cursor, Order, Search};
use crate::guard::Caller;
use crate::log_event::{LogEvent, rfc3339};
use crate::{BackOffice, Organization};

pub(crate) fn routes() -> Router<BackOffice> {
    Router::new()
        .route("/", get(log_page))
        .route("/search", get(search_page))
        .route("/export.ndjson", get(export))
        .route("/api/v1/logs", get(api::logs))
        .route("/live", get(live::live))
        .route("/assets/tail.js", asset(JAVASCRIPT, include_str!("../assets/tail.js")))
}

/// Rows on a page.
const PAGE_ROWS: u32 = 50;

#[derive(Clone, Default, Deserialize, Serialize)]
struct LogQuery {
    #[serde(default)]
    q: String,
    #[serde(default)]
    severity: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<String>,
}

#[derive(Template)]
#[template(path = "system_log.html")]
struct LogPage<'a> {
    organization: &'a Organization,
    query: LogQuery,
    total: i64,
    rows: Vec<EventRow>,
    /// The address of the next page, with older events.
    older: Option<String>,
    /// New events are shown above the newest page of everything only: elsewhere they would be in the wrong place.
    live: bool,
}

/// An event as the pages show it.
struct EventRow {
    organization: String,
    published: String,
    severity: &'static str,
    event_type: &'static str,
    message: &'static str,
    actor: String,
    email: String,
    outcome: &'static str,
    ip: String,
    city: &'static str,
    device: &'static str,
}

impl EventRow {
    fn new(organization: &Organization, event: &LogEvent) -> Self {
        let facts = event.facts();
        Self {
            organization: organization.name.clone(),
            published: rfc3339(event.published),
            severity: facts.kind.severity,
            event_type: facts.kind.event_type,
            message: facts.kind.message,
            actor: event.actor.name.clone(),
            email: event.actor.email.clone(),
            outcome: facts.kind.outcome,
            city: facts.origin.city,
            device: facts.device.raw,
            ip: facts.ip,
        }
    }
}

async fn log_page(
    State(back_office): State<BackOffice>,
    Extension(caller): Extension<Arc<Caller>>,
    query: Result<Query<LogQuery>, QueryRejection>,
) -> Result<Response, Failure> {
    let query = read(query)?;
    let organization = &caller.organization;
    let search = Search {
        words: words(&query.q)?,
        severity: Some(query.severity.clone()).filter(|severity| !severity.is_empty()),
        after: query.after.as_deref().map(cursor).transpose()?,
        ..Search::newest(organization, PAGE_ROWS)
    };
    let live = search.words.is_empty() && search.severity.is_none() && search.after.is_none();
    let (events, next) = search_page_of(&back_office, search).await?;
    let older = next
        .map(|after| serde_urlencoded::to_string(LogQuery { after: Some(after), ..query.clone() }))
        .transpose()
        .map_err(|error| Failure::BadRequest(error.to_string()))?;
    page(&LogPage {
        organization,
        total: back_office.database.count(organization).await?,
        rows: events.iter().map(|event| EventRow::new(organization, event)).collect(),
        query,
        older,
        live,
    })
}

#[derive(Deserialize)]
struct SearchQuery {
    #[serde(default)]
    q: String,
    #[serde(default)]
    organization: String,
}

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage<'a> {
    organization: &'a Organization,
    query: SearchQuery,
    rows: Vec<EventRow>,
}

#[derive(Template)]
#[template(path = "refused.html")]
struct RefusedPage<'a> {
    organization: &'a Organization,
    wanted: String,
}

/// The global search, as the vendor's own engineers built it for themselves: over all organizations, or the one that the
/// address names. What keeps a visitor in is [`confine`] alone.
async fn search_page(
    State(back_office): State<BackOffice>,
    Extension(caller): Extension<Arc<Caller>>,
    query: Result<Query<SearchQuery>, QueryRejection>,
) -> Result<Response, Failure> {
    let query = read(query)?;
    let words = words(&query.q)?;
    let Some(organizations) = confine(&caller, &query.organization, &back_office.config.organizations) else {
        let refused = RefusedPage { organization: &caller.organization, wanted: query.organization };
        return Ok((StatusCode::FORBIDDEN, page(&refused)?).into_response());
    };
    let mut rows = Vec::new();
    for organization in organizations {
        let search = Search { words: words.clone(), ..Search::newest(organization, PAGE_ROWS) };
        let found = back_office.database.search(search).await?;
        rows.extend(found.iter().map(|event| EventRow::new(organization, event)));
    }
    page(&SearchPage { organization: &caller.organization, query, rows })
}

/// The organizations that a search may touch: of those it wants (a slug or id, or all when it names none) the asserted
/// one. `None` when it names another; one that does not exist is answered alike.
fn confine<'a>(caller: &Caller, wanted: &str, all: &'a [Organization]) -> Option<Vec<&'a Organization>> {
    let is_wanted = |one: &&Organization| wanted.is_empty() || one.slug == wanted || one.id == wanted;
    let confined: Vec<_> =
        all.iter().filter(is_wanted).filter(|one| one.id == caller.assertion.sub).collect();
    (!confined.is_empty()).then_some(confined)
}

/// Rows read at once for an export.
const EXPORT_ROWS: u32 = 500;

/// All events of the organization, oldest first, one JSON object a line (NDJSON), read and sent in pieces: the memory it
/// takes does not grow with the log.
async fn export(
    State(back_office): State<BackOffice>,
    Extension(caller): Extension<Arc<Caller>>,
) -> Response {
    let search = Search {
        order: Order::Ascending,
        // Ends it: without this, the live tail could feed it for ever.
        until: back_office.now().as_millisecond(),
        ..Search::newest(&caller.organization, EXPORT_ROWS)
    };
    let pieces = stream::try_unfold(Some(search), move |search| {
        let back_office = back_office.clone();
        async move {
            let Some(search) = search else { return Ok::<_, Failure>(None) };
            let events = back_office.database.search(search.clone()).await?;
            let lines: String = events.iter().map(LogEvent::line).collect();
            let next = events.last().map(|last| Search { after: Some(cursor_of(last)), ..search });
            Ok(next.map(|next| (lines, Some(next))))
        }
    });
    let headers = [
        (CONTENT_TYPE, "application/x-ndjson"),
        (CONTENT_DISPOSITION, "attachment; filename=\"system-log.ndjson\""),
    ];
    (headers, Body::from_stream(pieces)).into_response()
}

/// One page of a search, and the cursor for the next if there is more.
async fn search_page_of(
    back_office: &BackOffice,
    search: Search,
) -> Result<(Vec<LogEvent>, Option<String>), Failure> {
    let limit = search.limit as usize;
    let one_more = Search { limit: search.limit.saturating_add(1), ..search };
    let mut events = back_office.database.search(one_more).await?;
    let more = events.len() > limit;
    events.truncate(limit);
    let next = events.last().filter(|_| more).map(|last| cursor_text(cursor_of(last)));
    Ok((events, next))
}

fn cursor_of(event: &LogEvent) -> Cursor {
    Cursor(event.published.as_millisecond(), event.id)
}

fn cursor_text(Cursor(published, id): Cursor) -> String {
    format!("{published}_{id}")
}

fn cursor(text: &str) -> Result<Cursor, Failure> {
    let parts =
        text.split_once('_').and_then(|(published, id)| Some((published.parse().ok()?, id.parse().ok()?)));
    let (published, id) = parts.ok_or_else(|| Failure::BadRequest(format!("bad cursor `{text}`")))?;
    Ok(Cursor(published, id))
}

/// The words of `q`: not case-sensitive, all must match, at most 10 words of 40 characters (as in Okta's System Log).
pub(crate) fn words(q: &str) -> Result<Vec<String>, Failure> {
    let words: Vec<String> = q.split_whitespace().map(str::to_lowercase).collect();
    if words.len() > 10 || words.iter().any(|word| word.chars().count() > 40) {
        return Err(Failure::BadRequest("a search takes at most 10 words of 40 characters".to_owned()));
    }
    Ok(words)
}

/// A query string that does not parse is the asker's mistake.
pub(crate) fn read<T>(query: Result<Query<T>, QueryRejection>) -> Result<T, Failure> {
    query.map(|Query(query)| query).map_err(|rejection| Failure::BadRequest(rejection.body_text()))
}
