//! `/desk`: what waits for a desk person, and the sign-in links and tokens that are handed out here.

use std::cmp::Reverse;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use byleave_api::v1::TokenCreate;
use byleave_app::credentials::Holder;
use byleave_app::ports::MessageRow;
use byleave_app::world::World;
use byleave_domain::change_request::ChangeRequest;
use byleave_domain::contact::ContactStanding;
use byleave_domain::ids::{DeskPersonId, to_hex};
use byleave_domain::organization::Organization;
use byleave_domain::token::{HolderKind, Scopes};
use byleave_domain::tool::{Isolation, Tool};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::api::freezes;
use crate::api::tokens::{self, Giver};
use crate::auth::Known;
use crate::form::{Nothing, Posted};
use crate::pages::doubt_view::{self, DoubtView};
use crate::pages::token_view::{self, TokenRow};
use crate::pages::{Frame, contact_view, desk_letters, freeze_view, messages, render, request_view, see};
use crate::problem::Refusal;
use crate::site::Site;
use crate::text::{Text, filters};
use crate::words;

/// Messages that are listed, at most: whoever floods the desk makes no page that takes minutes.
const LISTED_MAX: usize = 200;

/// How long a request may wait for its next step.
const DUE_AFTER: SignedDuration = SignedDuration::from_hours(24);

#[derive(Template)]
#[template(path = "desk.html")]
struct DeskPage {
    frame: Frame,
    waiting: Vec<Waiting>,
    /// Held messages: id, when, by which way, and whose it says it is.
    messages: Vec<[String; 4]>,
    /// Held messages that are older than those.
    older: usize,
    organizations: Vec<OrganizationRow>,
    contacts: Vec<(String, String)>,
    holders: Vec<HolderOption>,
    signer: DeskPersonId,
    /// The desk person's public key, 64 hex digits.
    key: Option<String>,
    /// Weak settings that are accepted: name, and what it means.
    risks: Vec<(&'static str, &'static str)>,
    /// Slug, name, application, and who keeps organizations apart there.
    tools: Vec<[String; 4]>,
    /// Freezes in force: id, whom each keeps out, and since when.
    freezes: Vec<[String; 3]>,
    /// Visits that are not recognised, and wait for an answer.
    doubts: Vec<DoubtView>,
    /// Who does not get their letters.
    alarms: Vec<desk_letters::Alarm>,
    /// How many letters wait.
    letters: String,
    /// The desk person's own tokens that work, newest first.
    tokens: Vec<TokenRow>,
}

#[derive(Template)]
#[template(path = "desk_secret.html")]
struct SecretPage {
    frame: Frame,
    title: String,
    secret: String,
    what_it_is: &'static str,
}

struct Waiting {
    id: String,
    number: String,
    organization: String,
    wish: &'static str,
    state: Text,
    next: Option<Text>,
    since: String,
    due: String,
    overdue: bool,
}

struct OrganizationRow {
    slug: String,
    name: String,
    contacts: String,
    /// What there is to do about its contacts.
    waits: Vec<String>,
}

/// Somebody who can be given a link.
struct HolderOption {
    group: &'static str,
    value: String,
    label: String,
}

#[derive(Deserialize)]
pub(crate) struct LinkWanted {
    holder: String,
}

/// `GET /desk`
pub(crate) async fn show(State(site): State<Site>, known: Known) -> Result<Response, Refusal> {
    let signer = known.desk_person()?;
    let frame = Frame::new(&site, Some(&known));
    let overview = site.app.letters_overview().await?;
    let page = {
        let world = site.app.world();
        let organizations = world.organizations.values().map(|tenant| &tenant.organization);
        let contacts = organizations.clone().flat_map(|organization| {
            let label = |name: &dyn std::fmt::Display| format!("{name} ({})", organization.name);
            organization.contacts.iter().map(move |c| (c.id.to_string(), label(&c.name)))
        });
        DeskPage {
            frame,
            waiting: waiting(&world, site.app.now()),
            messages: held(&world),
            older: world.messages.len().saturating_sub(LISTED_MAX),
            contacts: contacts.collect(),
            organizations: organizations.map(|o| organization_row(&world, o, site.app.now())).collect(),
            holders: holders(&world),
            signer,
            key: key(&world, signer),
            risks: site.config.risks.clone(),
            tools: tools(&world),
            freezes: frozen(&world),
            doubts: doubt_view::open(&world, site.app.now()),
            alarms: desk_letters::alarms(&world, &overview),
            letters: words::count(overview.waiting, "letter waits", "letters wait"),
            tokens: token_view::rows(&world, Holder::DeskPerson(signer), site.app.now()),
        }
    };
    render(StatusCode::OK, &page)
}

fn tools(world: &World) -> Vec<[String; 4]> {
    let apart = |tool: &Tool| match tool.isolation {
        Isolation::UpstreamVerified => "the application",
        Isolation::Injected(_) => "the gateway",
        Isolation::Shared { .. } => "nobody",
    };
    let row = |tool: &Tool| {
        [tool.slug.to_string(), tool.name.to_string(), tool.upstream.clone(), apart(tool).to_owned()]
    };
    world.tools.values().map(row).collect()
}

/// `POST /desk/links`: a one-time sign-in link for somebody, shown once.
pub(crate) async fn issue_link(
    State(site): State<Site>,
    headers: HeaderMap,
    Posted { known, fields }: Posted<LinkWanted>,
) -> Result<Response, Refusal> {
    let by = known.desk_person()?;
    let (holder, name) =
        holder(&site.app.world(), &fields.holder).ok_or_else(|| Refusal::not_found("person"))?;
    let link = site.app.issue_link(holder).await?;
    tracing::info!("desk person {by} issued a sign-in link for {}", fields.holder);
    let page = SecretPage {
        frame: Frame::new(&site, Some(&known)),
        title: format!("Sign-in link for {name}"),
        secret: format!("{}/sign-in/{}", site.reached(&headers), link.reveal()),
        what_it_is: "It works once, within 24 hours. Hand it over in person or by a channel that is theirs alone: \
                     whoever opens it first is signed in.",
    };
    render(StatusCode::OK, &page)
}

/// `POST /desk/token`: a token for the desk person's own command line, shown once.
pub(crate) async fn issue_token(
    State(site): State<Site>,
    form: Posted<Nothing>,
) -> Result<Response, Refusal> {
    let by = form.known.desk_person()?;
    // Signed in as they are, they are given all that is theirs.
    let scopes = Scopes::whole(HolderKind::DeskPerson).iter().map(|scope| scope.to_string()).collect();
    let wanted = TokenCreate { name: Some("command line".to_owned()), scopes: Some(scopes), days: None };
    let giver = Giver { caller: form.known.caller, bounds: form.known.bounds() };
    let (_, token) = tokens::made(&site, &giver, Holder::DeskPerson(by), wanted).await?;
    let page = SecretPage {
        frame: Frame::new(&site, Some(&form.known)),
        title: "Your token for the command line".to_owned(),
        secret: token.reveal().to_owned(),
        what_it_is: "Put it into BYLEAVE_TOKEN. It works for 90 days and speaks for you.",
    };
    render(StatusCode::OK, &page)
}

/// `POST /desk/tokens/{id}/revoke`
pub(crate) async fn revoke_token(
    State(site): State<Site>,
    Path(id): Path<String>,
    form: Posted<Nothing>,
) -> Result<Response, Refusal> {
    form.known.desk_person()?;
    tokens::revoked(&site, form.known.caller, &id).await?;
    Ok(see("/desk"))
}

/// The public key of a desk person, 64 hex digits.
pub(super) fn key(world: &World, id: DeskPersonId) -> Option<String> {
    world.desk_people.get(&id)?.key.map(|key| to_hex(&key.0))
}

/// Freezes in force.
fn frozen(world: &World) -> Vec<[String; 3]> {
    let in_force = world.freezes.values().filter(|freeze| freeze.is_in_force());
    let whom = |freeze| freeze_view::whom(freezes::employer(freeze));
    in_force.map(|freeze| [freeze.id.to_string(), whom(freeze), words::instant(freeze.at)]).collect()
}

/// Open requests, the one that is due first on top.
fn waiting(world: &World, now: Timestamp) -> Vec<Waiting> {
    let all = world.change_requests.values().map(|tracked| &tracked.request);
    let mut waiting: Vec<_> = all.filter(|request| request.is_open()).collect();
    waiting.sort_by_key(|request| request.moved_at);
    let view = |request: &ChangeRequest| {
        let organization = &world.organizations.get(&request.organization)?.organization;
        let due = request.moved_at.saturating_add(DUE_AFTER).unwrap_or(Timestamp::MAX);
        Some(Waiting {
            id: request.id.to_string(),
            number: request.id.number(),
            organization: organization.name.to_string(),
            wish: words::wish(request.received.wish),
            state: request_view::state_title(request.state()),
            next: words::next_step(world, request),
            since: words::instant(request.received_at),
            due: words::instant(due),
            overdue: due < now,
        })
    };
    waiting.into_iter().filter_map(view).collect()
}

/// The newest messages that belong to no request yet, newest first.
fn held(world: &World) -> Vec<[String; 4]> {
    let mut held: Vec<_> = world.messages.values().collect();
    held.sort_unstable_by_key(|row| Reverse((row.received_at, row.id)));
    let view = |row: &MessageRow| {
        let way = messages::way(&row.way).to_owned();
        [row.id.to_string(), words::instant(row.received_at), way, row.claimed.clone()]
    };
    held.into_iter().take(LISTED_MAX).map(view).collect()
}

fn organization_row(world: &World, organization: &Organization, now: Timestamp) -> OrganizationRow {
    let open = contact_view::of(world, organization.id).filter(|change| change.is_open()).count();
    let to_call = organization.contacts.iter().filter_map(|contact| match contact.standing(now) {
        ContactStanding::Confirmed(_) => None,
        ContactStanding::Unconfirmed => Some(format!("call {} to confirm", contact.name)),
        ContactStanding::Due(_) => Some(format!("call {} again", contact.name)),
    });
    let changes = (open > 0).then(|| words::count(open, "change of contacts", "changes of contacts"));
    OrganizationRow {
        slug: organization.slug.to_string(),
        name: organization.name.to_string(),
        contacts: organization.contacts.iter().map(|c| c.name.to_string()).collect::<Vec<_>>().join(", "),
        waits: changes.into_iter().chain(to_call).collect(),
    }
}

fn holders(world: &World) -> Vec<HolderOption> {
    let contacts = world.organizations.values().flat_map(|tenant| {
        tenant.organization.contacts.iter().map(|contact| HolderOption {
            group: "Security contacts",
            value: format!("contact:{}", contact.id),
            label: format!("{} ({})", contact.name, tenant.organization.name),
        })
    });
    let subjects = world.subjects.values().map(|subject| HolderOption {
        group: "Support people",
        value: format!("support:{}", subject.id),
        label: format!("{} ({})", subject.name, subject.employer),
    });
    let desk = world.desk_people.values().map(|person| HolderOption {
        group: "Desk people",
        value: format!("desk:{}", person.id),
        label: person.name.to_string(),
    });
    let mut all: Vec<_> = contacts.chain(subjects).chain(desk).collect();
    all.sort_by(|a, b| (a.group, &a.label).cmp(&(b.group, &b.label)));
    all
}

/// Support and desk people's ids look alike, so the form says which it is.
fn holder(world: &World, value: &str) -> Option<(Holder, String)> {
    let (kind, id) = value.split_once(':')?;
    match kind {
        "contact" => {
            let id = id.parse().ok()?;
            let contacts = &world.organization_of(id)?.organization.contacts;
            let contact = contacts.iter().find(|contact| contact.id == id)?;
            Some((Holder::Contact(id), contact.name.to_string()))
        }
        "support" => {
            let subject = world.subjects.get(&id.parse().ok()?)?;
            Some((Holder::Subject(subject.id), subject.name.to_string()))
        }
        "desk" => {
            let person = world.desk_people.get(&id.parse().ok()?)?;
            Some((Holder::DeskPerson(person.id), person.name.to_string()))
        }
        _ => None,
    }
}
