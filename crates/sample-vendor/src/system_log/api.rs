//! `GET /api/v1/logs`, with the parameters, the order and the paging of Okta's System Log. A parameter that is not served
//! (`filter` is one) is refused rather than passed over. Absent: rate limits.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::header::{HeaderMap, HeaderValue, LINK};
use axum::http::{StatusCode, header::InvalidHeaderValue};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Search, cursor, read, search_page_of, words};
use crate::BackOffice;
use crate::answer::Failure;
use crate::database::Order;
use crate::guard::Caller;
use crate::log_event::LogEvent;

/// The parameters as they were sent; links repeat them.
#[derive(Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct LogsQuery {
    q: Option<String>,
    since: Option<String>,
    until: Option<String>,
    limit: Option<u32>,
    sort_order: Option<String>,
    after: Option<String>,
}

const LIMIT_DEFAULT: u32 = 100;
const LIMIT_MAX: u32 = 1000;

/// How far back an answer reaches when `since` is not given.
const SINCE_DEFAULT: SignedDuration = SignedDuration::from_hours(7 * 24);

pub(crate) async fn logs(
    State(back_office): State<BackOffice>,
    Extension(caller): Extension<Arc<Caller>>,
    query: Result<Query<LogsQuery>, QueryRejection>,
) -> Response {
    match answer(&back_office, &caller, query).await {
        Ok((links, events)) => (links, Json(events)).into_response(),
        Err(Failure::BadRequest(why)) => {
            (StatusCode::BAD_REQUEST, Json(validation_error(&why))).into_response()
        }
        Err(failure) => failure.into_response(),
    }
}

async fn answer(
    back_office: &BackOffice,
    caller: &Caller,
    query: Result<Query<LogsQuery>, QueryRejection>,
) -> Result<(HeaderMap, Vec<Value>), Failure> {
    let query = read(query)?;
    let search = query.search(caller, back_office.now())?;
    // Without an end and in ascending order the pages never end: a poller comes back with the last link (Okta: "polling").
    let polling = query.until.is_none() && search.order == Order::Ascending;
    let (events, more) = search_page_of(back_office, search).await?;
    let reached =
        events.last().map(|last| super::cursor_text(super::cursor_of(last))).or(query.after.clone());
    let next = if polling { Some(LogsQuery { after: reached, ..query.clone() }) } else { query.after(more) };
    let links = links(&query, next.as_ref()).map_err(|error| Failure::BadRequest(error.to_string()))?;
    Ok((links, events.iter().map(LogEvent::json).collect()))
}

impl LogsQuery {
    fn search(&self, caller: &Caller, now: Timestamp) -> Result<Search, Failure> {
        let until = self.until.as_deref().map(instant).transpose()?;
        let since = match &self.since {
            Some(since) => instant(since)?,
            None => until.unwrap_or(now).saturating_sub(SINCE_DEFAULT).unwrap_or(Timestamp::MIN),
        };
        let limit = self.limit.unwrap_or(LIMIT_DEFAULT);
        if limit > LIMIT_MAX {
            return Err(Failure::BadRequest(format!("limit `{limit}` is over {LIMIT_MAX}")));
        }
        let order = match self.sort_order.as_deref() {
            None | Some("ASCENDING") => Order::Ascending,
            Some("DESCENDING") => Order::Descending,
            Some(other) => return Err(Failure::BadRequest(format!("unknown sortOrder `{other}`"))),
        };
        Ok(Search {
            words: words(self.q.as_deref().unwrap_or_default())?,
            since: since.as_millisecond(),
            until: until.map_or(i64::MAX, Timestamp::as_millisecond),
            after: self.after.as_deref().map(cursor).transpose()?,
            order,
            ..Search::newest(&caller.organization, limit)
        })
    }

    /// The same query for the next page, if there is one.
    fn after(&self, cursor: Option<String>) -> Option<Self> {
        cursor.map(|after| Self { after: Some(after), ..self.clone() })
    }
}

/// `self`, then `next`, each on a line of its own. The addresses are relative (RFC 8288, 3.2): the tool does not know under
/// which address it is reached.
fn links(this: &LogsQuery, next: Option<&LogsQuery>) -> Result<HeaderMap, InvalidHeaderValue> {
    let mut links = HeaderMap::new();
    for (relation, query) in std::iter::once(("self", this)).chain(next.map(|next| ("next", next))) {
        let parameters = serde_urlencoded::to_string(query).unwrap_or_default();
        links.append(LINK, HeaderValue::try_from(format!("<logs?{parameters}>; rel=\"{relation}\""))?);
    }
    Ok(links)
}

fn instant(text: &str) -> Result<Timestamp, Failure> {
    text.parse().map_err(|_| Failure::BadRequest(format!("`{text}` is not an RFC 3339 instant")))
}

fn validation_error(why: &str) -> Value {
    json!({
        "errorCode": "E0000001", "errorSummary": format!("Api validation failed: {why}"), "errorLink": "E0000001",
        "errorId": "oae-sample-vendor", "errorCauses": [{"errorSummary": why}],
    })
}
