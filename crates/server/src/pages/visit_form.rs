//! `/support/visit`: the page between a support person and an organization's tool, where they say why they enter.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use byleave_app::visits::{NotEntered, Opening};
use byleave_domain::decision::{AccessAttempt, Decision, DenyReason, VisitClaim, authorize};
use byleave_domain::ids::{OrganizationId, SubjectId, ToolId};
use byleave_domain::text::{CaseNumber, InvalidText, Reason};
use byleave_domain::tool::{Requirement, Tool};
use serde::Deserialize;

use crate::auth::Known;
use crate::form::Posted;
use crate::pages::{Frame, render, see, visit};
use crate::problem::Refusal;
use crate::site::Site;
use crate::text::filters;

/// Where somebody wants to go; ids or slugs. `to` is a path inside the tool, from a browser that was sent here.
#[derive(Deserialize)]
pub(crate) struct Place {
    #[serde(default)]
    organization: String,
    #[serde(default)]
    tool: String,
    to: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct Asked {
    organization: String,
    tool: String,
    to: Option<String>,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    case: String,
}

#[derive(Template)]
#[template(path = "visit_form.html")]
struct VisitFormPage {
    frame: Frame,
    at: At,
    /// Set when nobody may enter: shown in place of the form.
    refusal: Option<DenyReason>,
    to: Option<String>,
    reason: Field,
    case: Field,
}

/// Where the visit would be.
struct At {
    organization: OrganizationId,
    organization_name: String,
    organization_slug: String,
    tool: Tool,
    covered: bool,
}

struct Field {
    value: String,
    required: bool,
    error: Option<String>,
}

impl Field {
    fn new(value: &str, requirement: Requirement) -> Self {
        Self { value: value.to_owned(), required: requirement == Requirement::Required, error: None }
    }
}

/// `GET /support/visit?organization=…&tool=…&to=…`
pub(crate) async fn show(
    State(site): State<Site>,
    known: Known,
    Query(place): Query<Place>,
) -> Result<Response, Refusal> {
    let subject = known.subject()?;
    let at = find(&site, &place.organization, &place.tool)?;
    let refusal = refused(&site, subject, at.organization, at.tool.id);
    let status = if refusal.is_some() { StatusCode::FORBIDDEN } else { StatusCode::OK };
    let reason = Field::new("", at.tool.reason);
    let case = Field::new("", at.tool.case);
    let frame = Frame::new(&site, Some(&known));
    render(
        status,
        &VisitFormPage { frame, at, refusal, to: place.to.filter(|to| is_inside(to)), reason, case },
    )
}

/// `POST /support/visit`
pub(crate) async fn open(
    State(site): State<Site>,
    headers: HeaderMap,
    Posted { known, fields }: Posted<Asked>,
) -> Result<Response, Refusal> {
    let subject = known.subject()?;
    let at = find(&site, &fields.organization, &fields.tool)?;
    let to = fields.to.filter(|to| is_inside(to));
    let mut page = VisitFormPage {
        frame: Frame::new(&site, Some(&known)),
        refusal: None,
        to: to.clone(),
        reason: Field::new(&fields.reason, at.tool.reason),
        case: Field::new(&fields.case, at.tool.case),
        at,
    };
    let reason: Option<Reason> = read(&mut page.reason);
    let case: Option<CaseNumber> = read(&mut page.case);
    if page.reason.error.is_some() || page.case.error.is_some() {
        return render(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    let opening = Opening {
        subject,
        organization: page.at.organization,
        tool: page.at.tool.id,
        reason,
        case,
        token: None,
    };
    let visit = match site.app.visit_open(opening).await {
        Ok(visit) => visit,
        Err(NotEntered::Denied(why)) => return denied(page, why),
        Err(failed) => return Err(failed.into()),
    };
    match to {
        Some(to) => visit::into_tool(&site, &headers, &visit, known.session()?, &to),
        None => Ok(see(&format!("/support/visits/{}", visit.id))),
    }
}

fn denied(mut page: VisitFormPage, why: DenyReason) -> Result<Response, Refusal> {
    let status = match why {
        DenyReason::ReasonRequired => {
            page.reason.error = Some(why.explanation());
            StatusCode::UNPROCESSABLE_ENTITY
        }
        DenyReason::CaseRequired => {
            page.case.error = Some(why.explanation());
            StatusCode::UNPROCESSABLE_ENTITY
        }
        other => {
            page.refusal = Some(other);
            StatusCode::FORBIDDEN
        }
    };
    render(status, &page)
}

/// Why `subject` could not open a visit there now whatever they said, if so.
pub(crate) fn refused(
    site: &Site,
    subject: SubjectId,
    organization: OrganizationId,
    tool: ToolId,
) -> Option<DenyReason> {
    let visit = VisitClaim::Opens { reason: None, case: None };
    let attempt = AccessAttempt { subject, organization, tool, visit };
    match authorize(&site.app.policy(), &attempt, site.app.now()) {
        // What the form is there to ask for.
        Decision::Permit { .. } | Decision::Deny(DenyReason::ReasonRequired | DenyReason::CaseRequired) => {
            None
        }
        Decision::Deny(why) => Some(why),
    }
}

fn find(site: &Site, organization: &str, tool: &str) -> Result<At, Refusal> {
    let world = site.app.world();
    let known = world.organization(organization).map(|tenant| &tenant.organization);
    let known = known.ok_or_else(|| nowhere(&DenyReason::UnknownOrganization))?;
    let tool = match tool.parse::<ToolId>() {
        Ok(id) => world.tools.get(&id),
        Err(_) => world.tools.values().find(|known| known.slug.as_str() == tool),
    };
    let tool = tool.cloned().ok_or_else(|| nowhere(&DenyReason::UnknownTool))?;
    Ok(At {
        organization: known.id,
        organization_name: known.name.to_string(),
        organization_slug: known.slug.to_string(),
        covered: byleave_app::visits::covered(&tool),
        tool,
    })
}

fn nowhere(why: &DenyReason) -> Refusal {
    let detail = format!("{} {}", why.explanation(), why.what_now());
    let refusal = Refusal::new(byleave_api::problem::ProblemType::NotFound, detail);
    Refusal { home: Some("/support"), ..refusal }
}

/// An empty field is no text at all; whether one is needed is not this page's question.
fn read<T: std::str::FromStr<Err = InvalidText>>(field: &mut Field) -> Option<T> {
    match field.value.parse() {
        Ok(text) => Some(text),
        Err(InvalidText::Empty { .. }) => None,
        Err(why) => {
            field.error = Some(format!("{why}."));
            None
        }
    }
}

/// A path inside a tool, and nothing that a browser would take for another host.
fn is_inside(to: &str) -> bool {
    to.starts_with('/') && !to.starts_with("//") && !to.contains('\\') && !to.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::is_inside;

    #[test]
    fn only_paths_inside_a_tool_are_gone_to() {
        for good in ["/", "/events?after=5", "/a%20b"] {
            assert!(is_inside(good), "{good}");
        }
        for bad in ["", "events", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nb"] {
            assert!(!is_inside(bad), "{bad}");
        }
    }
}
