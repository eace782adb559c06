//! `/support`: organizations as a support person finds them and may enter them; `/support/visits`: their own visits.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use byleave_app::visits::covered;
use byleave_app::world::World;
use byleave_domain::ids::SubjectId;
use byleave_domain::organization::Organization;
use byleave_domain::snapshot::PolicySnapshot;
use byleave_domain::tool::Tool;
use byleave_domain::visit::Visit;
use jiff::Timestamp;
use serde::Deserialize;

use crate::api::freezes::employer;
use crate::auth::Known;
#[cfg(test)]
use crate::pages::samples::{Sample, sample};
use crate::pages::visit_search::{place, place_text};
use crate::pages::{Frame, denial, render, visit_form};
use crate::problem::Refusal;
use crate::site::{Site, blocking};
use crate::text::{Moment, Text, filters};
use crate::words::{self, State as Shown};

/// Organizations on one page at most.
const ORGANIZATIONS_MAX: usize = 50;
/// Visits in one list at most.
const VISITS_MAX: usize = 50;

#[derive(Deserialize)]
pub(crate) struct Search {
    #[serde(default)]
    q: String,
}

#[derive(Template)]
#[template(path = "support.html")]
struct SupportPage {
    frame: Frame,
    /// Why nobody can enter anywhere, if so.
    closed: Option<&'static str>,
    frozen: Option<Frozen>,
    query: String,
    visits: Vec<OwnVisit>,
    organizations: Vec<Row>,
    more: usize,
}

#[derive(Template)]
#[template(path = "support_visits.html")]
struct OwnVisitsPage {
    frame: Frame,
    /// Those that are open; none where the list goes on.
    visits: Vec<OwnVisit>,
    /// Those that are over, newest first.
    over: Vec<OwnVisit>,
    /// Whether this is where the list goes on.
    goes_on: bool,
    /// Address of the next page.
    next: Option<String>,
}

/// Where a list of one's own visits goes on.
#[derive(Deserialize)]
pub(crate) struct Own {
    #[serde(default)]
    after: String,
}

/// What keeps this person out everywhere.
struct Frozen {
    /// Whose people; everybody without one.
    employer: Option<String>,
    since: Moment,
    reason: String,
}

struct OwnVisit {
    id: String,
    organization: String,
    tool: String,
    reason: Option<String>,
    since: Moment,
    lasting: Text,
    /// How it ended, once it is over.
    end: Option<Text>,
}

struct Row {
    slug: String,
    name: String,
    state: Shown,
    /// Whether and how one may enter, in a sentence.
    way: Text,
    /// Where it says what to do instead, if one may not.
    instead: Option<String>,
    tools: Vec<ToolLink>,
}

struct ToolLink {
    href: String,
    name: String,
    /// Whether a visit can be opened there now.
    enters: bool,
    covered: bool,
}

/// `GET /support?q=…`
pub(crate) async fn show(
    State(site): State<Site>,
    known: Known,
    Query(search): Query<Search>,
) -> Result<Response, Refusal> {
    let subject = known.subject()?;
    let frame = Frame::new(&site, Some(&known));
    let asking = Asking { policy: &site.app.policy(), subject, now: site.app.now() };
    let page = {
        let world = site.app.world();
        let (organizations, more) = organizations(&world, search.q.trim(), &asking);
        let visits = open_visits(&world, subject, asking.now);
        let frozen = frozen(&world, subject);
        let (closed, query) = (asking.policy.closed, search.q);
        SupportPage { frame, closed, frozen, query, visits, organizations, more }
    };
    render(StatusCode::OK, &page)
}

/// `GET /support/visits`
pub(crate) async fn visits(
    State(site): State<Site>,
    known: Known,
    Query(own): Query<Own>,
) -> Result<Response, Refusal> {
    let subject = known.subject()?;
    let frame = Frame::new(&site, Some(&known));
    let after = Some(own.after.as_str()).filter(|after| !after.is_empty()).map(place).transpose()?;
    let app = site.app.clone();
    // One more says whether there is a next page.
    let ended = blocking(move || app.visits_over(subject, after, VISITS_MAX as u64 + 1));
    let ended = ended.await?.map_err(Refusal::failed)?;
    let now = site.app.now();
    let page = {
        let world = site.app.world();
        let next = ended.get(VISITS_MAX).and_then(|_| ended.get(VISITS_MAX - 1));
        let next = next.map(|row| place_text((row.visit.opened_at, row.visit.id)));
        let over = ended.iter().map(|row| &row.visit).take(VISITS_MAX);
        let goes_on = after.is_some();
        // What is over and not yet closed is still among the open ones.
        let own = world.visits.values().map(|open| &open.row.visit).filter(|visit| visit.subject == subject);
        let closing = own.filter(|visit| !goes_on && visit.end_at(now).is_some());
        OwnVisitsPage {
            frame,
            visits: if goes_on { Vec::new() } else { open_visits(&world, subject, now) },
            over: newest(closing).chain(over).filter_map(|visit| own_visit(&world, visit, now)).collect(),
            goes_on,
            next: next.map(|place| format!("/support/visits?after={place}")),
        }
    };
    render(StatusCode::OK, &page)
}

fn frozen(world: &World, subject: SubjectId) -> Option<Frozen> {
    let freeze = world.frozen(subject)?;
    Some(Frozen {
        employer: employer(freeze).map(str::to_owned),
        since: Moment(freeze.at),
        reason: freeze.reason.to_string(),
    })
}

fn open_visits(world: &World, subject: SubjectId, now: Timestamp) -> Vec<OwnVisit> {
    let open = world.visits.values().map(|open| &open.row.visit);
    let open = open.filter(|visit| visit.subject == subject && visit.end_at(now).is_none());
    newest(open).take(VISITS_MAX).filter_map(|visit| own_visit(world, visit, now)).collect()
}

fn newest<'a>(visits: impl Iterator<Item = &'a Visit>) -> impl Iterator<Item = &'a Visit> {
    let mut visits: Vec<_> = visits.collect();
    visits.sort_by_key(|visit| std::cmp::Reverse(visit.opened_at));
    visits.into_iter()
}

fn own_visit(world: &World, visit: &Visit, now: Timestamp) -> Option<OwnVisit> {
    let organization = &world.organizations.get(&visit.organization)?.organization;
    let until = visit.ended.map_or(now, |(at, _)| at);
    Some(OwnVisit {
        id: visit.id.to_string(),
        organization: organization.name.to_string(),
        tool: world.tools.get(&visit.tool)?.name.to_string(),
        reason: visit.reason.as_ref().map(ToString::to_string),
        since: Moment(visit.opened_at),
        lasting: words::lasting(until.duration_since(visit.opened_at)),
        end: visit.end_at(now).map(denial::over),
    })
}

/// Who asks whether they may enter, and when.
struct Asking<'a> {
    policy: &'a PolicySnapshot,
    subject: SubjectId,
    now: Timestamp,
}

/// Those that match, by name, and how many more there are.
fn organizations(world: &World, query: &str, asking: &Asking<'_>) -> (Vec<Row>, usize) {
    let query = query.to_lowercase();
    let mut matching: Vec<_> = world
        .organizations
        .values()
        .map(|tenant| &tenant.organization)
        .filter(|o| o.name.as_str().to_lowercase().contains(&query) || o.slug.as_str().contains(&query))
        .collect();
    matching.sort_by(|a, b| (&a.name, &a.slug).cmp(&(&b.name, &b.slug)));
    let more = matching.len().saturating_sub(ORGANIZATIONS_MAX);
    let mut tools: Vec<_> = world.tools.values().collect();
    tools.sort_by(|a, b| (&a.name, &a.slug).cmp(&(&b.name, &b.slug)));
    let rows = matching.into_iter().take(ORGANIZATIONS_MAX);
    (rows.map(|organization| row(organization, &tools, asking)).collect(), more)
}

fn row(organization: &Organization, tools: &[&Tool], asking: &Asking<'_>) -> Row {
    let Asking { policy, subject, now } = *asking;
    let refusal = |tool: &Tool| visit_form::refusal(policy, subject, organization.id, tool.id, now);
    let refusals: Vec<_> = tools.iter().map(|tool| refusal(tool)).collect();
    let link = |(tool, refusal): (&&Tool, &Option<_>)| ToolLink {
        // Slugs need no encoding.
        href: format!("/support/visit?organization={}&tool={}", organization.slug, tool.slug),
        name: tool.name.to_string(),
        enters: refusal.is_none(),
        covered: covered(tool),
    };
    let way = match refusals.iter().flatten().next() {
        _ if tools.is_empty() => Text::of("support-no-tools"),
        Some(why) if refusals.iter().all(Option::is_some) => denial::why(why),
        _ => Text::of("support-may-enter"),
    };
    let tools: Vec<_> = tools.iter().zip(&refusals).map(link).collect();
    let instead = tools.first().filter(|_| tools.iter().all(|tool| !tool.enters));
    Row {
        slug: organization.slug.to_string(),
        name: organization.name.to_string(),
        state: words::state(organization),
        way,
        instead: instead.map(|tool| tool.href.clone()),
        tools,
    }
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<Sample> {
    use byleave_domain::visit::VisitEnd;

    let at: Timestamp = "2026-11-23T10:02:11Z".parse().unwrap();
    let frame = || Frame::of_person("Sam Example", "/support");
    let state = |word, icon, title| Shown { word, icon, title, sentence: Text::of("state-enabled-means") };
    let tools = |enters| {
        let tool = |name: &str, covered| ToolLink {
            href: "/support/visit?organization=acme&tool=system-log".to_owned(),
            name: name.to_owned(),
            enters,
            covered,
        };
        vec![tool("System log", true), tool("Customer settings", true), tool("Status page", false)]
    };
    let row = |name: &str, shown, way, tools: Vec<ToolLink>| {
        let instead = tools.first().filter(|tool| !tool.enters).map(|tool| tool.href.clone());
        Row { slug: "acme".to_owned(), name: name.to_owned(), state: shown, way, instead, tools }
    };
    let visit = |organization: &str, end| OwnVisit {
        id: "vis_01".to_owned(),
        organization: organization.to_owned(),
        tool: "System log".to_owned(),
        reason: Some("Sign-ins from Oslo fail since noon".to_owned()),
        since: Moment(at),
        lasting: words::lasting(jiff::SignedDuration::from_secs(307)),
        end,
    };
    let long = "The Company of Those Who Have a Name that Goes On and On, Limited by Guarantee";
    let enabled = || state("enabled", "lock-open", Text::of("state-enabled"));
    let may = || Text::of("support-may-enter");
    let page = || SupportPage {
        frame: frame(),
        closed: None,
        frozen: None,
        query: String::new(),
        visits: vec![visit("Acme Rockets", None)],
        organizations: vec![
            row("Acme Rockets", enabled(), may(), tools(true)),
            row(
                "Globex Widgets",
                state("disabled", "lock", Text::of("state-disabled")),
                Text::of("deny-disabled").arg("when", at),
                tools(false),
            ),
            row(
                "Hooli",
                state("approval_required", "circle-help", Text::of("state-asks")),
                Text::of("deny-approval"),
                tools(false),
            ),
            row(
                "Initech Paper",
                state("closed", "circle-x", Text::of("state-closed")),
                Text::of("deny-closed").arg("when", at),
                tools(false),
            ),
            row(long, enabled(), may(), tools(true)),
        ],
        more: 9_950,
    };
    let none = SupportPage {
        query: "nobody & nothing".to_owned(),
        visits: Vec::new(),
        organizations: Vec::new(),
        more: 0,
        ..page()
    };
    let frozen = SupportPage {
        frozen: Some(Frozen {
            employer: Some("Helpline Partners".to_owned()),
            since: Moment(at),
            reason: "A lost laptop".to_owned(),
        }),
        visits: Vec::new(),
        organizations: vec![row(
            "Acme Rockets",
            enabled(),
            Text::of("deny-frozen-employer").arg("employer", "Helpline Partners").arg("when", at),
            tools(false),
        )],
        more: 0,
        ..page()
    };
    let closed = SupportPage {
        closed: Some("the clock was set back"),
        frozen: None,
        visits: Vec::new(),
        organizations: vec![row("Acme Rockets", enabled(), Text::of("support-no-tools"), Vec::new())],
        more: 0,
        ..page()
    };
    let ended = |end| Some(denial::over(end));
    let visits = OwnVisitsPage {
        frame: frame(),
        visits: vec![visit("Acme Rockets", None)],
        over: VisitEnd::ALL.map(|end| visit(long, ended(end))).into(),
        goes_on: false,
        next: Some("/support/visits?after=1.visit_1".to_owned()),
    };
    let no_visits =
        || OwnVisitsPage { frame: frame(), visits: Vec::new(), over: Vec::new(), goes_on: false, next: None };
    let older =
        OwnVisitsPage { over: vec![visit("Hooli", ended(VisitEnd::Left))], goes_on: true, ..no_visits() };
    vec![
        sample("support", page()),
        sample("support-nothing-found", none),
        sample("support-frozen", frozen),
        sample("support-closed", closed),
        sample("support-visits", visits),
        sample("support-visits-none", no_visits()),
        sample("support-visits-older", older),
    ]
}
