//! `/desk/tools…`: the tools, how each is declared, and whether it answers past the gateway.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use byleave_api::v1;

use crate::api::tools;
use crate::auth::Known;
use crate::form::{Nothing, Posted};
#[cfg(test)]
use crate::pages::samples::{Sample, sample};
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

#[derive(Template)]
#[template(path = "desk_tools.html")]
struct ToolsPage {
    frame: Frame,
    tools: Vec<v1::Tool>,
}

/// `GET /desk/tools`
pub(crate) async fn list(State(site): State<Site>, known: Known) -> Result<Response, Refusal> {
    known.desk_person()?;
    let tools = site.app.world().tools.values().map(tools::view).collect();
    render(StatusCode::OK, &ToolsPage { frame: Frame::new(&site, Some(&known)), tools })
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

#[cfg(test)]
pub(crate) fn samples() -> Vec<Sample> {
    let frame = || Frame::of_person("Dana Example", "/desk");
    let tool = |slug: &str, isolation: &str| v1::Tool {
        slug: slug.to_owned(),
        name: format!("The tool called {slug}"),
        upstream: "http://127.0.0.1:9000".to_owned(),
        isolation: isolation.to_owned(),
        inject: None,
        accept_shared: None,
        reason: "required".to_owned(),
        case: "optional".to_owned(),
        assets: Vec::new(),
    };
    let tools =
        vec![tool("system-log", "upstream-verified"), tool("look-up", "injected"), tool("status", "shared")];
    let probe = |outcome: &str, status| v1::ToolProbe {
        request: "GET / without an assertion".to_owned(),
        status,
        outcome: outcome.to_owned(),
    };
    let check = |contradicted, requests| v1::ToolCheck {
        tool: "system-log".to_owned(),
        upstream: "http://127.0.0.1:9000".to_owned(),
        isolation: "upstream-verified".to_owned(),
        requests,
        checked: true,
        contradicted,
        meaning: "NOT VERIFIED: it answered whoever went past the gateway".to_owned(),
    };
    let page = |isolation, check| ToolPage { frame: frame(), tool: tool("system-log", isolation), check };
    let (bad, good) = (
        check(true, vec![probe("answered", Some(200)), probe("unclear", None)]),
        check(false, vec![probe("refused", Some(401)), probe("unreachable", None)]),
    );
    vec![
        sample("desk-tools", ToolsPage { frame: frame(), tools }),
        sample("desk-tools-none", ToolsPage { frame: frame(), tools: Vec::new() }),
        sample("desk-tool", page("shared", None)),
        sample("desk-tool-answers", page("upstream-verified", Some(bad))),
        sample("desk-tool-refuses", page("injected", Some(good))),
    ]
}
