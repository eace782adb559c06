//! `/desk/vendor`: the vendor's people and their ways in, the process, and how what enforces it all is doing.
//!
//! What the administrator's token changes is changed on the command line: the page names the command.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use byleave_api::v1::TokenCreate;
use byleave_app::credentials::Holder;
use byleave_app::world::World;
use byleave_domain::process::{Profile, ProfileName};
use byleave_domain::subject::SubjectKind;
use byleave_domain::token::{HolderKind, Scopes};
use serde::Deserialize;

use crate::api::tokens::{self, Giver};
use crate::auth::Known;
use crate::form::{Nothing, Posted};
use crate::operations::Missing;
use crate::pages::desk_find::{Find, Sought, holder};
#[cfg(test)]
use crate::pages::samples::{Sample, sample};
use crate::pages::signing::Signer;
use crate::pages::token_view::{self, TokenRow};
use crate::pages::{Frame, render, see};
use crate::problem::{Refusal, read};
use crate::site::Site;
use crate::text::{Moment, Text, filters};
use crate::words;

/// Support people that are listed at most.
const LISTED_MAX: usize = 200;

#[derive(Template)]
#[template(path = "desk_vendor.html")]
struct VendorPage {
    frame: Frame,
    desk: Vec<DeskRow>,
    support: Vec<SupportRow>,
    /// Support people that are not listed.
    more: usize,
    /// Who is given a link.
    find: Find,
    signer: Signer,
    /// The desk person's own tokens that work, newest first.
    tokens: Vec<TokenRow>,
    process: Vec<Text>,
    office_hours: String,
    points: Vec<Point>,
    logs: Logs,
    /// Letters that wait, and since when the oldest does.
    letters: (usize, Option<Moment>),
    /// The address that letters come from; none where nobody writes any.
    letters_from: Option<String>,
    /// Weak settings that are accepted: name, and what it means.
    risks: Vec<(&'static str, &'static str)>,
}

#[derive(Template)]
#[template(path = "desk_secret.html")]
pub(super) struct SecretPage {
    pub frame: Frame,
    pub title: Text,
    pub secret: String,
    pub what_it_is: Text,
}

struct DeskRow {
    name: String,
    email: String,
    /// Whether they can approve.
    has_key: bool,
    /// Whether the configuration names them.
    configured: bool,
}

struct SupportRow {
    name: String,
    employer: String,
    email: String,
    is_person: bool,
}

/// Something without which nobody is let in, or cut off.
struct Point {
    name: Text,
    /// What is wrong with it, if anything.
    why: Option<String>,
}

/// All logs together.
struct Logs {
    count: usize,
    entries: u64,
    /// Organization and why nothing can be added to its log.
    broken: Vec<(String, String)>,
    /// Organizations that nobody enters until their setting is settled.
    closed: Vec<String>,
}

#[derive(Deserialize)]
pub(crate) struct LinkWanted {
    pub(super) holder: String,
}

#[derive(Deserialize)]
pub(crate) struct PersonWanted {
    name: String,
    email: String,
    employer: String,
}

/// `GET /desk/vendor?find=…`
pub(crate) async fn show(
    State(site): State<Site>,
    known: Known,
    Query(sought): Query<Sought>,
) -> Result<Response, Refusal> {
    let signer = known.desk_person()?;
    let frame = Frame::new(&site, Some(&known));
    let mut missing = site.config.operations.missing().await;
    if let Err(why) = site.app.can_write().await {
        missing.push(Missing { name: "writer", why: why.to_string() });
    }
    let (waiting, oldest) = site.app.letters_waiting();
    let process = site.app.process();
    let page = {
        let world = site.app.world();
        let support = world.subjects.values().take(LISTED_MAX).map(|subject| SupportRow {
            name: subject.name.to_string(),
            employer: subject.employer.to_string(),
            email: subject.email.to_string(),
            is_person: subject.kind == SubjectKind::SupportPerson,
        });
        let desk = world.desk_people.values().map(|person| DeskRow {
            name: person.name.to_string(),
            email: person.email.to_string(),
            has_key: person.key.is_some(),
            configured: world.desk_configured.contains(&person.id),
        });
        VendorPage {
            frame,
            desk: desk.collect(),
            support: support.collect(),
            more: world.subjects.len().saturating_sub(LISTED_MAX),
            find: Find::person(&world, "/desk/vendor".to_owned(), &sought.find.unwrap_or_default()),
            signer: Signer::new(&site, &world, &known)?,
            tokens: token_view::rows(&world, Holder::DeskPerson(signer), site.app.now()),
            process: process_in_words(&process.profile),
            office_hours: process.office_hours.to_string(),
            points: points(&missing),
            logs: logs(&world),
            letters: (waiting, oldest.map(Moment)),
            letters_from: process.post.as_ref().map(|post| post.from.clone()),
            risks: site.config.risks.clone(),
        }
    };
    render(StatusCode::OK, &page)
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
        title: Text::of("desk-link-for").arg("who", name),
        secret: format!("{}/sign-in/{}", site.reached(&headers), link.reveal()),
        what_it_is: Text::of("desk-link-is"),
    };
    render(StatusCode::OK, &page)
}

/// `POST /desk/support-people`: a support person, whose way in is a link or the provider, as for everybody else.
pub(crate) async fn register(
    State(site): State<Site>,
    Posted { known, fields }: Posted<PersonWanted>,
) -> Result<Response, Refusal> {
    let by = known.desk_person()?;
    let name = read("name", &fields.name)?;
    let email = read("email", &fields.email)?;
    let employer = read("employer", &fields.employer)?;
    let id = site.app.subject_create(SubjectKind::SupportPerson, name, email, employer).await?;
    tracing::info!("desk person {by} registered support person {id}");
    Ok(see("/desk/vendor#support-people"))
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
        title: Text::of("desk-token-yours"),
        secret: token.reveal().to_owned(),
        what_it_is: Text::of("desk-token-is"),
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
    Ok(see("/desk/vendor"))
}

fn process_in_words(profile: &Profile) -> Vec<Text> {
    let plus = profile.name == ProfileName::ArticlePlus;
    let wait = match profile.enable_wait.is_zero() {
        true => Text::of("desk-process-no-wait"),
        false => Text::of("desk-process-wait").arg("wait", words::lasting(profile.enable_wait)),
    };
    let number = match profile.number_age.is_zero() {
        true => Text::of("desk-process-any-number"),
        false => Text::of("desk-process-number").arg("age", words::lasting(profile.number_age)),
    };
    vec![
        Text::of("desk-process-profile").arg("profile", profile.name.as_str()),
        Text::of(if plus { "desk-process-second" } else { "desk-process-one" }),
        Text::of("desk-process-two"),
        wait,
        number,
    ]
}

/// What is asked whether it is well, in the order in which it matters.
fn points(missing: &[Missing]) -> Vec<Point> {
    let named = [
        ("gateway", Text::of("desk-point-gateway")),
        ("writer", Text::of("desk-point-writer")),
        ("ends", Text::of("desk-point-ends")),
        ("disk", Text::of("desk-point-disk")),
        ("clock", Text::of("desk-point-clock")),
        ("mail", Text::of("desk-point-mail")),
    ];
    let why = |name| missing.iter().find(|missing| missing.name == name).map(|missing| missing.why.clone());
    named.into_iter().map(|(word, name)| Point { name, why: why(word) }).collect()
}

fn logs(world: &World) -> Logs {
    let tenants = world.organizations.values();
    let name = |tenant: &byleave_app::world::Tenant| tenant.organization.name.to_string();
    let broken = tenants.clone().filter_map(|tenant| Some((name(tenant), tenant.log.broken.clone()?)));
    Logs {
        count: world.organizations.len(),
        entries: tenants.clone().map(|tenant| tenant.log.edge.size()).sum(),
        broken: broken.collect(),
        closed: tenants.filter(|tenant| tenant.organization.closed.is_some()).map(name).collect(),
    }
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<Sample> {
    use super::desk_find::samples::{among, chosen, none, nothing, person};
    use super::samples::moment;

    let well = || VendorPage {
        frame: Frame::of_person("Dana Example", "/desk"),
        desk: vec![
            DeskRow {
                name: "Dana Example".into(),
                email: "dana@vendor.example".into(),
                has_key: true,
                configured: true,
            },
            DeskRow {
                name: "Lee Example".into(),
                email: "lee@vendor.example".into(),
                has_key: false,
                configured: false,
            },
        ],
        support: vec![SupportRow {
            name: "Kim Example".into(),
            employer: "Helpline Partners".into(),
            email: "kim@helpline.example".into(),
            is_person: true,
        }],
        more: 0,
        find: nothing("/desk/vendor"),
        signer: Signer::sample(true, false),
        tokens: Vec::new(),
        process: process_in_words(&Profile::usual(ProfileName::ArticlePlus)),
        office_hours: "Mon-Fri 09:00-17:00 Europe/Berlin".into(),
        points: points(&[]),
        logs: Logs { count: 3, entries: 4_711, broken: Vec::new(), closed: Vec::new() },
        letters: (0, None),
        letters_from: Some("support-access@vendor.example".into()),
        risks: Vec::new(),
    };
    let unwell = VendorPage {
        desk: Vec::new(),
        support: Vec::new(),
        more: 12,
        signer: Signer::sample(false, false),
        tokens: vec![TokenRow {
            id: "token_1".into(),
            name: "command line".into(),
            scopes: "read, contents, requests".into(),
            until: moment(2_000),
            last_used: "never".into(),
        }],
        process: process_in_words(&Profile::usual(ProfileName::Article).without_waiting()),
        points: points(&[Missing {
            name: "disk",
            why: "4 % of the disk is free, and 10 % is wanted".into(),
        }]),
        logs: Logs {
            count: 2,
            entries: 12,
            broken: vec![("Acme Rockets".into(), "entry 7 is not what its tree says".into())],
            closed: vec!["Globex Widgets".into()],
        },
        letters: (3, Some(moment(-5))),
        letters_from: None,
        risks: vec![("no-waiting-time", "nobody can object in time")],
        ..well()
    };
    let secret = SecretPage {
        frame: Frame::of_person("Dana Example", "/desk"),
        title: Text::of("desk-link-for").arg("who", "Kim Example"),
        secret: format!("https://vendor.example/sign-in/{}", "x7".repeat(21)),
        what_it_is: Text::of("desk-link-is"),
    };
    let long = "The Company of Those Who Have a Name that Goes On and On, Limited by Guarantee";
    let robins =
        vec![person("Robin Example", Some("Acme Rockets (acme)")), person("Robin Example", Some(long))];
    let finding = |find| VendorPage { find, ..well() };
    vec![
        sample("desk-vendor", well()),
        sample("desk-vendor-several", finding(among("/desk/vendor", robins))),
        sample("desk-vendor-none", finding(none("/desk/vendor"))),
        sample("desk-vendor-chosen", finding(chosen("/desk/vendor", person("Robin Example", Some(long))))),
        sample("desk-vendor-unwell", unwell),
        sample("desk-secret", secret),
    ]
}
