//! `/desk/doubts/{id}`: a visit that its organization does not recognise, and the desk's answer.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::api::doubts::{missing, parse_id};
use crate::auth::Known;
use crate::form::Posted;
use crate::pages::doubt_view::{self, DoubtView};
use crate::pages::{Frame, portal, render, see, visit_rows};
use crate::problem::{Refusal, words as text};
use crate::site::Site;
use crate::text::{Text, filters};
use crate::words;

#[derive(Template)]
#[template(path = "desk_doubt.html")]
struct DeskDoubtPage {
    frame: Frame,
    doubt: DoubtView,
    slug: String,
    person: String,
    employer: String,
    tool: String,
    reason: Option<String>,
    case: Option<String>,
    since: String,
    until: Option<String>,
    end: Option<Text>,
    requests: u64,
}

#[derive(Deserialize)]
pub(crate) struct Answer {
    text: String,
}

/// `GET /desk/doubts/{id}`
pub(crate) async fn show(
    State(site): State<Site>,
    known: Known,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    known.desk_person()?;
    let id = parse_id(&id)?;
    let doubt = site.app.world().doubts.get(&id).map(|(doubt, _)| *doubt).ok_or_else(missing)?;
    let row = visit_rows::find(&site, doubt.organization, doubt.visit).await?.ok_or_else(missing)?;
    let frame = Frame::new(&site, Some(&known));
    let page = {
        let world = site.app.world();
        let (person, employer) = portal::person(&world, row.visit.subject);
        let tenant = world.organizations.get(&doubt.organization);
        DeskDoubtPage {
            frame,
            doubt: doubt_view::view(&world, &doubt, site.app.now()),
            slug: tenant.map(|tenant| tenant.organization.slug.to_string()).unwrap_or_default(),
            person,
            employer,
            tool: world.tools.get(&row.visit.tool).map(|tool| tool.name.to_string()).unwrap_or_default(),
            reason: portal::reason(&world, &row.visit),
            case: row.visit.case.as_ref().map(ToString::to_string),
            since: words::instant(row.visit.opened_at),
            until: row.visit.ended.map(|(at, _)| words::instant(at)),
            end: portal::end(&world, &row),
            requests: row.requests,
        }
    };
    render(StatusCode::OK, &page)
}

/// `POST /desk/doubts/{id}/answer`
pub(crate) async fn answer(
    State(site): State<Site>,
    Path(id): Path<String>,
    Posted { known, fields }: Posted<Answer>,
) -> Result<Response, Refusal> {
    let by = known.desk_person()?;
    let answer = text("text", &fields.text)?;
    let doubt = site.app.doubt_answer(parse_id(&id)?, by, &answer).await?;
    Ok(see(&format!("/desk/doubts/{}", doubt.id)))
}
