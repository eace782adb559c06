//! `/support/visit`: the page between a support person and an organization's tool, where they say why they enter.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use byleave_app::visits::{NotEntered, Opening};
use byleave_domain::decision::{AccessAttempt, Decision, DenyReason, VisitClaim, authorize};
use byleave_domain::ids::{OrganizationId, SubjectId, ToolId};
use byleave_domain::snapshot::PolicySnapshot;
use byleave_domain::text::{CaseNumber, InvalidText, Reason};
use byleave_domain::tool::Requirement;
use jiff::Timestamp;
use serde::Deserialize;

use crate::auth::Known;
use crate::form::Posted;
#[cfg(test)]
use crate::pages::samples::{Sample, sample};
use crate::pages::{Frame, denial, denial::Denial, render, see, visit};
use crate::problem::Refusal;
use crate::site::Site;
use crate::text::{Text, filters};

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
    refusal: Option<Denial>,
    /// The person's own visit that is open there already.
    open: Option<String>,
    to: Option<String>,
    reason: Field,
    case: Field,
}

/// Where the visit would be.
struct At {
    organization: OrganizationId,
    organization_name: String,
    organization_slug: String,
    tool: ToolId,
    tool_name: String,
    tool_slug: String,
    reason: Requirement,
    case: Requirement,
    covered: bool,
}

struct Field {
    value: String,
    required: bool,
    error: Option<Text>,
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
    let refusal = refused(&site, subject, at.organization, at.tool);
    let status = if refusal.is_some() { StatusCode::FORBIDDEN } else { StatusCode::OK };
    let page = VisitFormPage {
        frame: Frame::new(&site, Some(&known)),
        refusal: refusal.map(|why| denied_there(&site, &at, &why)),
        open: open_visit(&site, subject, &at),
        to: place.to.filter(|to| is_inside(to)),
        reason: Field::new("", at.reason),
        case: Field::new("", at.case),
        at,
    };
    render(status, &page)
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
        open: open_visit(&site, subject, &at),
        to: to.clone(),
        reason: Field::new(&fields.reason, at.reason),
        case: Field::new(&fields.case, at.case),
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
        tool: page.at.tool,
        reason,
        case,
        token: None,
    };
    let visit = match site.app.visit_open(opening).await {
        Ok(visit) => visit,
        Err(NotEntered::Denied(why)) => return denied(&site, page, &why),
        Err(failed) => return Err(failed.into()),
    };
    match to {
        Some(to) => visit::into_tool(&site, &headers, &visit, known.session()?, &to),
        None => Ok(see(&format!("/support/visits/{}", visit.id))),
    }
}

fn denied(site: &Site, mut page: VisitFormPage, why: &DenyReason) -> Result<Response, Refusal> {
    let status = match why {
        DenyReason::ReasonRequired => {
            page.reason.error = Some(denial::why(why));
            StatusCode::UNPROCESSABLE_ENTITY
        }
        DenyReason::CaseRequired => {
            page.case.error = Some(denial::why(why));
            StatusCode::UNPROCESSABLE_ENTITY
        }
        other => {
            page.refusal = Some(denied_there(site, &page.at, other));
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
    refusal(&site.app.policy(), subject, organization, tool, site.app.now())
}

/// The same by a policy that is at hand.
pub(super) fn refusal(
    policy: &PolicySnapshot,
    subject: SubjectId,
    organization: OrganizationId,
    tool: ToolId,
    now: Timestamp,
) -> Option<DenyReason> {
    let visit = VisitClaim::Opens { reason: None, case: None };
    match authorize(policy, &AccessAttempt { subject, organization, tool, visit }, now) {
        // What the form is there to ask for.
        Decision::Permit { .. } | Decision::Deny(DenyReason::ReasonRequired | DenyReason::CaseRequired) => {
            None
        }
        Decision::Deny(why) => Some(why),
    }
}

fn denied_there(site: &Site, at: &At, why: &DenyReason) -> Denial {
    denial::of(why, &at.tool_name, &format!("{}/", site.config.base_url))
}

fn open_visit(site: &Site, subject: SubjectId, at: &At) -> Option<String> {
    let (world, now) = (site.app.world(), site.app.now());
    let mut visits = world.visits_open(at.organization).map(|open| &open.row.visit);
    let own =
        visits.find(|visit| visit.subject == subject && visit.tool == at.tool && visit.end_at(now).is_none());
    own.map(|visit| visit.id.to_string())
}

fn find(site: &Site, organization: &str, tool: &str) -> Result<At, Refusal> {
    let world = site.app.world();
    let known = world.organization(organization).map(|tenant| &tenant.organization);
    let known = known.ok_or_else(|| nowhere(&DenyReason::UnknownOrganization))?;
    let tool = match tool.parse::<ToolId>() {
        Ok(id) => world.tools.get(&id),
        Err(_) => world.tools.values().find(|known| known.slug.as_str() == tool),
    };
    let tool = tool.ok_or_else(|| nowhere(&DenyReason::UnknownTool))?;
    Ok(At {
        organization: known.id,
        organization_name: known.name.to_string(),
        organization_slug: known.slug.to_string(),
        tool: tool.id,
        tool_name: tool.name.to_string(),
        tool_slug: tool.slug.to_string(),
        reason: tool.reason,
        case: tool.case,
        covered: byleave_app::visits::covered(tool),
    })
}

fn nowhere(why: &DenyReason) -> Refusal {
    let what_now = denial::of(why, "", "").instead;
    let said: Vec<_> = [denial::why(why)].iter().chain(&what_now).map(Text::plain).collect();
    let refusal = Refusal::new(byleave_api::problem::ProblemType::NotFound, said.join(" "));
    Refusal { home: Some("/support"), ..refusal }
}

/// An empty field is no text at all; whether one is needed is not this page's question.
fn read<T: std::str::FromStr<Err = InvalidText>>(field: &mut Field) -> Option<T> {
    match field.value.parse() {
        Ok(text) => Some(text),
        Err(InvalidText::Empty { .. }) => None,
        Err(why) => {
            field.error = Some(Text::of("field-unfit").arg("why", why.to_string()));
            None
        }
    }
}

/// A path inside a tool, and nothing that a browser would take for another host.
fn is_inside(to: &str) -> bool {
    to.starts_with('/') && !to.starts_with("//") && !to.contains('\\') && !to.chars().any(char::is_control)
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<Sample> {
    let at = |organization: &str, covered| At {
        organization: OrganizationId::from_bytes([1; 16]),
        organization_name: organization.to_owned(),
        organization_slug: "acme".to_owned(),
        tool: ToolId::from_bytes([2; 16]),
        tool_name: "System log".to_owned(),
        tool_slug: "system-log".to_owned(),
        reason: Requirement::Required,
        case: Requirement::Optional,
        covered,
    };
    let page = || VisitFormPage {
        frame: Frame::of_person("Sam Example", "/support"),
        at: at("Acme Rockets", true),
        refusal: None,
        open: None,
        to: None,
        reason: Field::new("", Requirement::Required),
        case: Field::new("", Requirement::Optional),
    };
    let wrong = VisitFormPage {
        at: at("The Company of Those Who Have a Name that Goes On and On, Limited by Guarantee", false),
        open: Some("vis_01".to_owned()),
        to: Some("/events?after=5".to_owned()),
        reason: Field { error: Some(denial::why(&DenyReason::ReasonRequired)), ..page().reason },
        case: Field {
            value: "C 1".to_owned(),
            error: Some(Text::of("field-unfit").arg("why", "a case number is visible ASCII")),
            ..page().case
        },
        ..page()
    };
    let since = "2026-11-23T10:02:11Z".parse().unwrap();
    let confirmation = byleave_domain::support_access::Confirmation::Confirmed;
    let refused = |why: &DenyReason| VisitFormPage {
        refusal: Some(denial::of(why, "System log", "https://byleave.vendor.example/")),
        ..page()
    };
    vec![
        sample("visit-form", page()),
        sample("visit-form-wrong", wrong),
        sample("visit-form-disabled", refused(&DenyReason::SupportAccessDisabled { since, confirmation })),
        sample("visit-form-approval", refused(&DenyReason::ApprovalRequired)),
        sample("visit-form-closed", refused(&DenyReason::OrganizationClosed { since })),
        sample("visit-form-frozen", refused(&DenyReason::Frozen { since, employer: None })),
        sample("visit-form-shared", refused(&DenyReason::ToolNotAccepted)),
        sample("visit-form-no-room", refused(&DenyReason::NoRoom)),
    ]
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
