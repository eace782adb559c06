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
#[cfg(test)]
use crate::pages::samples::{Sample, sample};
use crate::pages::{Frame, portal, render, see, visit_rows};
use crate::problem::{Refusal, words as text};
use crate::site::Site;
use crate::text::{Moment, Text, filters};

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
    since: Moment,
    until: Option<Moment>,
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
            since: Moment(row.visit.opened_at),
            until: row.visit.ended.map(|(at, _)| Moment(at)),
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

#[cfg(test)]
pub(crate) fn samples() -> Vec<Sample> {
    use super::samples::moment;
    use crate::pages::doubt_view::Answered;

    let page = |overdue, answered: bool| DeskDoubtPage {
        frame: Frame::of_person("Dana Example", "/desk"),
        doubt: DoubtView {
            id: "doubt_1".to_owned(),
            organization: "Gesellschaft für außerordentlich lange Firmennamen mbH".to_owned(),
            by: "Robin Example".to_owned(),
            at: moment(-30),
            text: answered.then(|| "evidence_1".to_owned()),
            due: moment(-6),
            overdue,
            answered: answered.then(|| Answered {
                by: "Lee Example".to_owned(),
                at: moment(-1),
                text: "evidence_2".to_owned(),
            }),
        },
        slug: "acme".to_owned(),
        person: "Sasha Example".to_owned(),
        employer: "Northwind Cloud".to_owned(),
        tool: "System log".to_owned(),
        reason: answered.then(|| "Sign-ins from Oslo fail since noon".to_owned()),
        case: answered.then(|| "CASE-7".to_owned()),
        since: moment(-40),
        until: answered.then(|| moment(-39)),
        end: answered.then(|| Text::of("end-left")),
        requests: 12,
    };
    vec![
        sample("desk-doubt", page(false, false)),
        sample("desk-doubt-overdue", page(true, false)),
        sample("desk-doubt-answered", page(false, true)),
    ]
}
