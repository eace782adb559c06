//! `/desk/tools/{slug}`: how a tool is declared, and whether it answers past the gateway.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use byleave_api::v1;

use crate::api::tools;
use crate::auth::Known;
use crate::form::{Nothing, Posted};
use crate::pages::{Frame, render};
use crate::problem::Refusal;
use crate::site::Site;
use crate::text::filters;

#[derive(Template)]
#[template(path = "desk_tool.html")]
struct ToolPage {
    frame: Frame,
    tool: v1::Tool,
    check: Option<v1::ToolCheck>,
}

/// `GET /desk/tools/{slug}`
pub(crate) async fn show(
    State(site): State<Site>,
    known: Known,
    Path(slug): Path<String>,
) -> Result<Response, Refusal> {
    known.desk_person()?;
    let tool = tools::view(&tools::named(&site, &slug)?);
    render(StatusCode::OK, &ToolPage { frame: Frame::new(&site, Some(&known)), tool, check: None })
}

/// `POST /desk/tools/{slug}/check`
pub(crate) async fn check(
    State(site): State<Site>,
    Path(slug): Path<String>,
    posted: Posted<Nothing>,
) -> Result<Response, Refusal> {
    posted.known.desk_person()?;
    let tool = tools::named(&site, &slug)?;
    let view = tools::view(&tool);
    let check = Some(tools::checked(&site, tool).await?);
    render(StatusCode::OK, &ToolPage { frame: Frame::new(&site, Some(&posted.known)), tool: view, check })
}
