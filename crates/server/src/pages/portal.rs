//! `/portal`: the security contact's page. What holds and by whose decision, who is inside and why, and the button that
//! ends it.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use byleave_api::v1::Log;
use byleave_app::credentials::Holder;
use byleave_app::ports::VisitRow;
use byleave_app::setting::Receipt;
use byleave_app::visits::covered;
use byleave_app::world::{Tenant, World};
use byleave_domain::change_request::{ChangeRequest, Step};
use byleave_domain::ids::{ContactId, OrganizationId, SubjectId, ToolId, VisitId};
use byleave_domain::statement::Wish;
use byleave_domain::support_access::SupportAccess;
use byleave_domain::visit::VisitEnd;

use crate::api::organizations::log_view;
use crate::api::tokens;
use crate::auth::Known;
use crate::form::{Nothing, Posted};
use crate::pages::freeze_view::{self, FreezeView};
use crate::pages::portal_visit::{Newest, newest_requests};
use crate::pages::signing::Signer;
use crate::pages::token_view::{self, TokenRow};
use crate::pages::{Frame, call_view, contact_view, doubt_view, render, request_view, see, visit_rows};
use crate::problem::Refusal;
use crate::site::Site;
use crate::text::{Moment, Text, filters};
use crate::words;

/// Visits that are shown as the last ones.
const LATELY: u64 = 5;
/// Open visits whose newest requests are shown.
const FOLLOWED_MAX: usize = 10;

#[derive(Template)]
#[template(path = "portal.html")]
struct PortalPage {
    frame: Frame,
    portal: Portal,
}

#[derive(Template)]
#[template(path = "portal_main.html")]
struct Content {
    portal: Portal,
}

#[derive(Template)]
#[template(path = "portal_inside.html")]
struct InsidePart {
    csrf: String,
    inside: Inside,
}

/// All that a security contact sees below the frame.
pub(super) struct Portal {
    csrf: String,
    organization: OrganizationId,
    name: String,
    slug: String,
    state: words::State,
    decided: Decided,
    contact: ContactId,
    signer: Signer,
    /// What a statement would have to say.
    epoch_next: u64,
    /// What cuts off whoever is inside, by its name.
    point: &'static str,
    /// Set right after a disable.
    receipt: Option<Shown>,
    /// Whether a request to enable is open.
    asked_to_enable: bool,
    /// Requests that are open.
    requests: Vec<Asked>,
    freezes: Vec<FreezeView>,
    /// Changes of the security contacts that are announced.
    open_changes: usize,
    /// Whether the vendor asks that copies of letters go elsewhere.
    notices_asked: bool,
    inside: Inside,
    /// The last visits.
    lately: Vec<Past>,
    tools: Vec<ToolRow>,
    /// The organization's own tokens that work, newest first.
    tokens: Vec<TokenRow>,
    verify: String,
}

impl Portal {
    /// With the receipt of the disable that has just been done.
    pub(super) fn with(self, receipt: Receipt) -> Self {
        let shown = Shown {
            point: receipt.enforcement_point,
            reset: receipt.connections,
            entry: receipt.entry,
            checkpoint: receipt.checkpoint,
        };
        Self { receipt: Some(shown), ..self }
    }

    /// Whether the vendor keeps everybody out, whatever the setting.
    fn is_frozen(&self) -> bool {
        self.freezes.iter().any(|freeze| freeze.closes)
    }

    fn is_disabled(&self) -> bool {
        self.state.word == "disabled"
    }
}

/// What the setting rests on.
struct Decided {
    since: Option<Moment>,
    by: Text,
    /// Who signed, and with what.
    signed: Option<Text>,
    /// The call-back that it rests on, if it does.
    called: Option<Text>,
    /// Place of the decision in the organization's log; none before the first one, or while it is on its way there.
    entry: Option<u64>,
    /// The change request that led to it: id and number.
    request: Option<(String, String)>,
}

/// What a disable has brought about.
struct Shown {
    point: &'static str,
    reset: usize,
    entry: Option<u64>,
    checkpoint: String,
}

/// Who is inside right now.
struct Inside {
    /// Changes when the rest of the page is out of date.
    token: String,
    visits: Vec<Present>,
    people: usize,
}

impl Inside {
    fn count(&self) -> Text {
        Text::of("portal-open-visits").arg("count", self.visits.len())
    }

    /// The cases that are worked on inside, as a list.
    fn cases(&self) -> String {
        let cases: BTreeSet<_> = self.visits.iter().filter_map(|visit| visit.case.as_deref()).collect();
        cases.into_iter().collect::<Vec<_>>().join(", ")
    }
}

struct Present {
    id: String,
    person: String,
    employer: String,
    tool: String,
    covered: bool,
    reason: Option<String>,
    case: Option<String>,
    since: Moment,
    lasting: Text,
    requests: u64,
    /// The last few, newest first.
    newest: Vec<Newest>,
}

/// A visit in a list.
pub(super) struct Past {
    pub id: String,
    pub person: String,
    pub employer: String,
    pub tool: String,
    pub reason: Option<String>,
    pub case: Option<String>,
    pub since: Moment,
    pub lasting: Text,
    pub end: Option<Text>,
    pub requests: u64,
    /// Where the newest doubt about it stands.
    pub doubt: Option<Text>,
}

struct ToolRow {
    name: String,
    covered: bool,
}

/// A change request in a list.
pub(super) struct Asked {
    pub id: String,
    pub number: String,
    pub wish: Text,
    pub since: Moment,
    pub state: Text,
    pub open: bool,
    pub next: Option<Text>,
}

/// `GET /portal`
pub(crate) async fn show(State(site): State<Site>, known: Known) -> Result<Response, Refusal> {
    let portal = portal(&site, &known).await?;
    render(StatusCode::OK, &PortalPage { frame: Frame::new(&site, Some(&known)), portal })
}

/// `GET /portal/inside`: the part of the page that changes by itself.
pub(crate) async fn inside(State(site): State<Site>, known: Known) -> Result<Response, Refusal> {
    let (_, id) = known.contact()?;
    let newest = followed(&site, id).await?;
    let inside = {
        let world = site.app.world();
        let tenant = world.organizations.get(&id).ok_or_else(missing)?;
        inside_of(&site, &world, tenant, newest)
    };
    render(StatusCode::OK, &InsidePart { csrf: known.csrf().to_owned(), inside })
}

/// `GET /portal/checkpoint`: the newest checkpoint as a file to keep.
pub(crate) async fn checkpoint(State(site): State<Site>, known: Known) -> Result<Response, Refusal> {
    let (_, id) = known.contact()?;
    let world = site.app.world();
    let tenant = world.organizations.get(&id).ok_or_else(missing)?;
    let name = format!("{}-checkpoint-{}.txt", tenant.organization.slug, tenant.log.edge.size());
    let headers = [
        (header::CONTENT_TYPE, "text/plain; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, tenant.log.checkpoint.clone()).into_response())
}

/// `POST /portal/tokens/{id}/revoke`: one of the organization's own programs'.
pub(crate) async fn revoke_token(
    State(site): State<Site>,
    Path(id): Path<String>,
    form: Posted<Nothing>,
) -> Result<Response, Refusal> {
    form.known.contact()?;
    tokens::revoked(&site, form.known.caller, &id).await?;
    Ok(see("/portal"))
}

/// The page without its frame, for the script to put in place.
pub(super) fn content(portal: Portal) -> Result<Response, Refusal> {
    render(StatusCode::OK, &Content { portal })
}

/// The page's content as it stands.
pub(super) async fn portal(site: &Site, known: &Known) -> Result<Portal, Refusal> {
    let (contact, id) = known.contact()?;
    let rows = visit_rows::newest(site, id, LATELY).await?;
    let newest = followed(site, id).await?;
    let world = site.app.world();
    let tenant = world.organizations.get(&id).ok_or_else(missing)?;
    let organization = &tenant.organization;
    let log = log_view(site, organization.log)?;
    let open: Vec<_> = requests(&world, id).into_iter().filter(|request| request.open).collect();
    Ok(Portal {
        csrf: known.csrf().to_owned(),
        organization: id,
        name: organization.name.to_string(),
        slug: organization.slug.to_string(),
        state: words::state(organization),
        decided: decided(&world, tenant),
        contact,
        signer: Signer::new(site, &world, known)?,
        epoch_next: organization.setting.epoch + 1,
        point: site.app.enforcement_point(),
        receipt: None,
        asked_to_enable: world.requests_of(id).any(|r| r.is_open() && r.received.wish == Wish::Enabled),
        requests: open,
        freezes: freeze_view::of(&world, tenant),
        open_changes: contact_view::of(&world, id).filter(|change| change.is_open()).count(),
        notices_asked: tenant.notices.asked.is_some(),
        inside: inside_of(site, &world, tenant, newest),
        lately: rows.iter().map(|row| past(site, &world, row)).collect(),
        tools: tools(&world),
        tokens: token_view::rows(&world, Holder::Organization(id), site.app.now()),
        verify: verify_command(&log),
    })
}

/// What checks a log on the reader's own computer. A key holds neither quotes nor backslashes.
pub(super) fn verify_command(log: &Log) -> String {
    format!("byleave verify {} --vkey '{}'", log.url, log.vkey)
}

fn missing() -> Refusal {
    Refusal::not_found("organization")
}

/// Since when, by whom, and what proves it.
fn decided(world: &World, tenant: &Tenant) -> Decided {
    let organization = &tenant.organization;
    let setting = &organization.setting;
    let Some(evidence) = &setting.evidence else {
        let by = Text::of("portal-decided-nobody");
        return Decided {
            since: Some(Moment(organization.created_at)),
            by,
            signed: None,
            called: None,
            entry: None,
            request: None,
        };
    };
    let contact = |id| request_view::contact_name(Some(organization), id);
    let tracked = evidence.change_request.and_then(|id| world.change_requests.get(&id));
    let processed = tracked.and_then(|tracked| {
        tracked.steps.iter().find_map(|(_, at, step)| matches!(step, Step::Processed { .. }).then_some(*at))
    });
    let since = match &setting.access {
        SupportAccess::Disabled { at, .. } => Some(*at),
        SupportAccess::Enabled | SupportAccess::ApprovalRequired => processed,
    };
    let people: Vec<_> =
        evidence.approvals.iter().map(|signed| request_view::desk_name(world, signed.approval.by)).collect();
    let by_contact = evidence.statement.as_ref().map(|signed| contact(signed.statement.contact));
    let by_passkey = evidence.statement.as_ref().is_some_and(|signed| signed.signature.passkey().is_some());
    let way = if by_passkey { "passkey" } else { "key" };
    let signed = match (&by_contact, people.is_empty()) {
        (Some(contact), true) => Text::of("portal-signed-contact").arg("contact", contact).arg("way", way),
        (Some(contact), false) => {
            let both = Text::of("portal-signed-both").arg("contact", contact).arg("way", way);
            both.arg("people", people.join(", "))
        }
        (None, _) => Text::of("portal-signed-desk").arg("people", people.join(", ")),
    };
    Decided {
        since: since.map(Moment),
        by: match by_contact {
            Some(contact) => Text::of("portal-decided-contact").arg("contact", contact),
            None => Text::of("portal-decided-request"),
        },
        signed: Some(signed),
        called: tracked
            .and_then(|tracked| call_view::rests_on(world, &tracked.request))
            .map(|(_, told)| told),
        entry: tenant.log.setting_entry.filter(|_| tenant.log.epoch == setting.epoch),
        request: tracked.map(|tracked| (tracked.request.id.to_string(), tracked.request.id.number())),
    }
}

/// The newest requests of the visits that are open.
async fn followed(site: &Site, id: OrganizationId) -> Result<BTreeMap<VisitId, Vec<Newest>>, Refusal> {
    let open: Vec<_> = {
        let world = site.app.world();
        world.visits_open(id).map(|open| (open.row.visit.id, open.row.entry)).take(FOLLOWED_MAX).collect()
    };
    newest_requests(site, id, open).await
}

fn inside_of(
    site: &Site,
    world: &World,
    tenant: &Tenant,
    mut newest: BTreeMap<VisitId, Vec<Newest>>,
) -> Inside {
    let now = site.app.now();
    let organization = &tenant.organization;
    let mut open: Vec<_> = world.visits_open(organization.id).map(|open| &open.row).collect();
    open.sort_by_key(|row| std::cmp::Reverse(row.visit.opened_at));
    let people: BTreeSet<_> = open.iter().map(|row| row.visit.subject).collect();
    let visits = open.iter().map(|row| {
        let visit = &row.visit;
        let (person, employer) = person(world, visit.subject);
        let tool = world.tools.get(&visit.tool);
        Present {
            id: visit.id.to_string(),
            person,
            employer,
            tool: tool.map(|tool| tool.name.to_string()).unwrap_or_default(),
            covered: tool.is_some_and(covered),
            reason: reason(world, visit),
            case: visit.case.as_ref().map(ToString::to_string),
            since: Moment(visit.opened_at),
            lasting: words::lasting(now.duration_since(visit.opened_at)),
            requests: row.requests,
            newest: newest.remove(&visit.id).unwrap_or_default(),
        }
    });
    let frozen = world.freezes.values().filter(|freeze| freeze.is_in_force()).count();
    let state = words::state_word(organization);
    let token = format!("{state}-{}-{frozen}-{}", organization.setting.epoch, world.freezes.len());
    Inside { token, visits: visits.collect(), people: people.len() }
}

pub(super) fn past(site: &Site, world: &World, row: &VisitRow) -> Past {
    let visit = &row.visit;
    let (person, employer) = person(world, visit.subject);
    let until = visit.ended.map_or_else(|| site.app.now(), |(at, _)| at);
    Past {
        id: visit.id.to_string(),
        person,
        employer,
        tool: tool_name(world, visit.tool),
        reason: reason(world, visit),
        case: visit.case.as_ref().map(ToString::to_string),
        since: Moment(visit.opened_at),
        lasting: words::lasting(until.duration_since(visit.opened_at)),
        end: end(world, row),
        requests: row.requests,
        doubt: doubt_view::state(world, visit.id, site.app.now()),
    }
}

/// Why a visit is over, and which contact stopped it, if one did.
pub(super) fn end(world: &World, row: &VisitRow) -> Option<Text> {
    let (_, end) = row.visit.ended?;
    if end != VisitEnd::StoppedByOrganization {
        return Some(words::end(end));
    }
    let by = row.stopped_by.map(|by| contact(world, row.visit.organization, by));
    Some(match by {
        Some(by) => Text::of("end-stopped-by").arg("who", by),
        None => Text::of("end-stopped-by-program"),
    })
}

/// A contact's name, while they are on file.
pub(super) fn contact(world: &World, organization: OrganizationId, id: ContactId) -> String {
    let contacts = world.organizations.get(&organization).map(|tenant| &tenant.organization.contacts);
    let known = contacts.and_then(|contacts| contacts.iter().find(|contact| contact.id == id));
    known.map_or_else(|| Text::of("portal-former-contact").plain(), |contact| contact.name.to_string())
}

/// Name and employer, as customers see them; or that they are erased.
pub(super) fn person(world: &World, id: SubjectId) -> (String, String) {
    let subject = world.subjects.get(&id);
    let known = subject.map(|s| (s.name.to_string(), s.employer.to_string()));
    known.unwrap_or_else(|| (Text::of("portal-person-erased").plain(), erased()))
}

/// Why they came, as they said; or that it is erased with them.
pub(super) fn reason(world: &World, visit: &byleave_domain::visit::Visit) -> Option<String> {
    let said = visit.reason.as_ref().map(ToString::to_string);
    if world.subjects.contains_key(&visit.subject) { said } else { Some(erased()) }
}

/// What stands where a person's part was.
pub(super) fn erased() -> String {
    Text::of("portal-erased").plain()
}

pub(super) fn tool_name(world: &World, id: ToolId) -> String {
    world.tools.get(&id).map(|tool| tool.name.to_string()).unwrap_or_default()
}

/// All of the organization's change requests, newest first.
pub(super) fn requests(world: &World, organization: OrganizationId) -> Vec<Asked> {
    let mut all: Vec<_> = world.requests_of(organization).collect();
    all.sort_by_key(|request| std::cmp::Reverse(request.received_at));
    let view = |request: &ChangeRequest| Asked {
        id: request.id.to_string(),
        number: request.id.number(),
        wish: wish(request.received.wish),
        since: Moment(request.received_at),
        state: request_view::state_title(request.state()),
        open: request.is_open(),
        next: words::next_step(world, request),
    };
    all.into_iter().map(view).collect()
}

/// What a change request asks for, as its title.
pub(super) const fn wish(wish: Wish) -> Text {
    Text::of(match wish {
        Wish::Disabled => "portal-wish-disable",
        Wish::Enabled => "portal-wish-enable",
    })
}

fn tools(world: &World) -> Vec<ToolRow> {
    let mut tools: Vec<_> = world
        .tools
        .values()
        .map(|tool| ToolRow { name: tool.name.to_string(), covered: covered(tool) })
        .collect();
    tools.sort_by(|a, b| a.name.cmp(&b.name));
    tools
}

#[cfg(test)]
#[path = "portal_samples.rs"]
mod samples;
#[cfg(test)]
pub(crate) use samples::samples;
#[cfg(test)]
pub(super) use samples::{asked_samples, past_samples};
