//! What an organization has of its own log beside the leaves: salts and payloads, for it alone.

use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use byleave_api::disclosure::{Disclosed, Opening};
use byleave_app::caller::Caller;
use byleave_app::ports::{Entry, Kept};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::api::{Asked, Asker, organization};
use crate::openapi::{Answer, Operation};
use crate::problem::Refusal;
use crate::site::{Site, blocking};

const MEDIA_TYPE: &str = "application/jsonl";

/// Which page.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct Wanted {
    /// The entry to begin with; the first of the log without one.
    #[serde(default)]
    #[schemars(extend("maximum" = 9_007_199_254_740_991_u64))]
    first: u64,
}

/// One JSON object a line.
pub(crate) struct Page(Response);

/// `GET /v1/organizations/{organization}/payloads?first=…`: one JSON object a line, from that entry on, as many as make
/// a page; none where the log is at its end.
pub(crate) async fn list(
    State(site): State<Site>,
    asker: Asker,
    Path(named): Path<String>,
    Asked(Wanted { first }): Asked<Wanted>,
) -> Result<Page, Refusal> {
    if matches!(asker.0, Caller::Admin) {
        return Err(Refusal::elsewhere(asker.0, "the organization"));
    }
    let id = organization(&site, &asker, &named, false)?;
    let app = site.app.clone();
    let page = blocking(move || app.entries_disclosed(id, first)).await?.map_err(Refusal::failed)?;
    let mut lines = String::new();
    for entry in &page {
        lines.push_str(&serde_json::to_string(&disclosed(entry)?).map_err(Refusal::failed)?);
        lines.push('\n');
    }
    Ok(Page(([(header::CONTENT_TYPE, MEDIA_TYPE)], lines).into_response()))
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        self.0
    }
}

impl Answer for Page {
    fn describe(operation: &mut Operation<'_>) {
        operation.gives_file(&[MEDIA_TYPE]);
    }
}

fn disclosed(entry: &Entry) -> Result<Disclosed, Refusal> {
    let opening = match &entry.kept {
        Kept::Whole { salt, payload } => {
            Some(Opening::new(salt, payload).ok_or_else(|| Refusal::failed("a payload is no text"))?)
        }
        Kept::Erased => None,
        Kept::Unreadable => return Err(Refusal::failed("a payload cannot be opened")),
    };
    Ok(Disclosed { entry: entry.index, opening })
}
