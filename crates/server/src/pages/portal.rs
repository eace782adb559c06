//! `/portal`: the security contact's page. What holds, who is inside and why, and the button that ends it.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use byleave_api::v1::Log;
use byleave_app::credentials::Holder;
use byleave_app::ports::VisitRow;
use byleave_app::setting::Receipt;
use byleave_app::visits::covered;
use byleave_app::world::World;
use byleave_domain::ids::{ContactId, OrganizationId, to_hex};
use byleave_domain::organization::Organization;
use byleave_domain::statement::Wish;
use byleave_domain::visit::VisitEnd;

use crate::api::organizations::log_view;
use crate::api::tokens;
use crate::auth::Known;
use crate::form::{Nothing, Posted};
use crate::pages::contact_view::{self, ContactView};
use crate::pages::freeze_view::{self, FreezeView};
use crate::pages::token_view::{self, TokenRow};
use crate::pages::{Frame, doubt_view, render, request_view, see, visit_rows};
use crate::problem::Refusal;
use crate::site::Site;
use crate::text::{Text, filters};
use crate::words;

/// Visits in the history.
const HISTORY: u64 = 50;
/// Requests in the list.
const REQUESTS: usize = 10;

/// What stands where a person's part was.
pub(super) const ERASED: &str = "erased";

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
    contact: ContactId,
    /// The contact's public key, 64 hex digits.
    key: Option<String>,
    /// What a statement would have to say.
    epoch_next: u64,
    /// Set right after a disable.
    receipt: Option<Shown>,
    /// Whether a request to enable is open.
    asked_to_enable: bool,
    requests: Vec<Asked>,
    contacts: Vec<ContactView>,
    freezes: Vec<FreezeView>,
    /// Changes of the security contacts that are announced.
    open_changes: usize,
    /// Whether the vendor asks that copies of letters go elsewhere.
    notices_asked: bool,
    inside: Inside,
    history: Vec<Past>,
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
            reset: words::count(receipt.connections, "connection", "connections"),
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

/// What a disable has brought about.
struct Shown {
    point: &'static str,
    reset: String,
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
    fn count(&self) -> String {
        words::count(self.visits.len(), "open visit", "open visits")
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
    since: String,
    lasting: Text,
    requests: u64,
}

struct Past {
    id: String,
    person: String,
    employer: String,
    tool: String,
    reason: Option<String>,
    case: Option<String>,
    since: String,
    lasting: Text,
    end: Option<Text>,
    requests: u64,
    /// Where the newest doubt about it stands.
    doubt: Option<String>,
}

struct ToolRow {
    name: String,
    covered: bool,
}

/// A change request, newest first.
struct Asked {
    id: String,
    number: String,
    wish: &'static str,
    since: String,
    state: Text,
    next: Option<Text>,
}

/// `GET /portal`
pub(crate) async fn show(State(site): State<Site>, known: Known) -> Result<Response, Refusal> {
    let portal = portal(&site, &known).await?;
    render(StatusCode::OK, &PortalPage { frame: Frame::new(&site, Some(&known)), portal })
}

/// `GET /portal/inside`: the part of the page that changes by itself.
pub(crate) async fn inside(State(site): State<Site>, known: Known) -> Result<Response, Refusal> {
    let (_, id) = known.contact()?;
    let inside = {
        let world = site.app.world();
        let tenant = world.organizations.get(&id).ok_or_else(missing)?;
        inside_of(&site, &world, &tenant.organization)
    };
    render(StatusCode::OK, &InsidePart { csrf: known.csrf(), inside })
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
    let rows = visit_rows::newest(site, id, HISTORY).await?;
    let world = site.app.world();
    let tenant = world.organizations.get(&id).ok_or_else(missing)?;
    let organization = &tenant.organization;
    let log = log_view(site, organization.log)?;
    let key = organization.contacts.iter().find(|known| known.id == contact).and_then(|known| known.key);
    Ok(Portal {
        csrf: known.csrf(),
        organization: id,
        name: organization.name.to_string(),
        slug: organization.slug.to_string(),
        state: words::state(organization),
        contact,
        key: key.map(|key| to_hex(&key.0)),
        epoch_next: organization.setting.epoch + 1,
        receipt: None,
        asked_to_enable: world.requests_of(id).any(|r| r.is_open() && r.received.wish == Wish::Enabled),
        requests: requests(&world, id),
        contacts: contact_view::contacts(site, organization),
        freezes: freeze_view::of(&world, tenant),
        open_changes: contact_view::of(&world, id).filter(|change| change.is_open()).count(),
        notices_asked: tenant.notices.asked.is_some(),
        inside: inside_of(site, &world, organization),
        history: rows.iter().map(|row| past(site, &world, row)).collect(),
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

fn inside_of(site: &Site, world: &World, organization: &Organization) -> Inside {
    let now = site.app.now();
    let mut open: Vec<_> = world.visits_open(organization.id).map(|open| &open.row).collect();
    open.sort_by_key(|row| std::cmp::Reverse(row.visit.opened_at));
    let people: std::collections::BTreeSet<_> = open.iter().map(|row| row.visit.subject).collect();
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
            since: words::instant(visit.opened_at),
            lasting: words::lasting(now.duration_since(visit.opened_at)),
            requests: row.requests,
        }
    });
    let frozen = world.freezes.values().filter(|freeze| freeze.is_in_force()).count();
    let state = words::state_word(organization);
    let token = format!("{state}-{}-{frozen}-{}", organization.setting.epoch, world.freezes.len());
    Inside { token, visits: visits.collect(), people: people.len() }
}

fn past(site: &Site, world: &World, row: &VisitRow) -> Past {
    let visit = &row.visit;
    let (person, employer) = person(world, visit.subject);
    let until = visit.ended.map_or_else(|| site.app.now(), |(at, _)| at);
    Past {
        id: visit.id.to_string(),
        person,
        employer,
        tool: world.tools.get(&visit.tool).map(|tool| tool.name.to_string()).unwrap_or_default(),
        reason: reason(world, visit),
        case: visit.case.as_ref().map(ToString::to_string),
        since: words::instant(visit.opened_at),
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
    known.map_or_else(|| "a former security contact".to_owned(), |contact| contact.name.to_string())
}

/// Name and employer, as customers see them; or that they are erased.
pub(super) fn person(world: &World, id: byleave_domain::ids::SubjectId) -> (String, String) {
    let subject = world.subjects.get(&id);
    let known = subject.map(|s| (s.name.to_string(), s.employer.to_string()));
    known.unwrap_or_else(|| ("a person who is erased".to_owned(), ERASED.to_owned()))
}

/// Why they came, as they said; or that it is erased with them.
pub(super) fn reason(world: &World, visit: &byleave_domain::visit::Visit) -> Option<String> {
    let said = visit.reason.as_ref().map(ToString::to_string);
    if world.subjects.contains_key(&visit.subject) { said } else { Some(ERASED.to_owned()) }
}

fn requests(world: &World, organization: OrganizationId) -> Vec<Asked> {
    let mut all: Vec<_> = world.requests_of(organization).collect();
    all.sort_by_key(|request| std::cmp::Reverse(request.received_at));
    let view = |request: &byleave_domain::change_request::ChangeRequest| Asked {
        id: request.id.to_string(),
        number: request.id.number(),
        wish: words::wish(request.received.wish),
        since: words::instant(request.received_at),
        state: request_view::state_title(request.state()),
        next: words::next_step(world, request),
    };
    all.into_iter().take(REQUESTS).map(view).collect()
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
