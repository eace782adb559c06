//! Tokens: what they are good for and until when, without their secrets.

use axum::Json;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::request::Parts;
use byleave_api::v1;
use byleave_app::caller::Caller;
use byleave_app::credentials::{Holder, Secret};
use byleave_app::tokens::{Token, holder_of, oversees};
use byleave_domain::ids::SubjectId;
use byleave_domain::token::{Bounds, Scope, Scopes, Wanted};
use jiff::{SignedDuration, Timestamp};

use crate::api::page::{Listed, Page, newest_first};
use crate::api::{Admin, Asked, Asker, Created, Perhaps, organization};
use crate::auth::Known;
use crate::openapi::{Operation, Part};
use crate::problem::{Refusal, read};
use crate::site::Site;

/// What a token is called where nobody says.
const NAME: &str = "token";

/// Whoever makes tokens, and how far the token goes by which they ask: of what could be theirs, nobody gives on more than
/// they have.
pub(crate) struct Giver {
    pub caller: Caller,
    /// None for somebody who is signed in.
    pub bounds: Option<Bounds>,
}

impl FromRequestParts<Site> for Giver {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Refusal> {
        let Asker(caller) = Asker::from_request_parts(parts, site).await?;
        let bounds = Known::from_request_parts(parts, site).await?.bounds();
        Ok(Self { caller, bounds })
    }
}

impl Part for Giver {
    fn describe(operation: &mut Operation<'_>) {
        operation.known(None);
    }
}

/// `GET /v1/tokens`
pub(crate) async fn list(
    State(site): State<Site>,
    Asker(caller): Asker,
    Asked(page): Asked<Page>,
) -> Result<Listed<v1::Token>, Refusal> {
    listed(&site, holder_of(caller), page)
}

/// `POST /v1/tokens`
pub(crate) async fn create(
    State(site): State<Site>,
    giver: Giver,
    Perhaps(wanted): Perhaps<v1::TokenCreate>,
) -> Result<Created<v1::Token>, Refusal> {
    created(&site, &giver, holder_of(giver.caller), wanted).await
}

/// `GET /v1/tokens/{id}`
pub(crate) async fn show(
    State(site): State<Site>,
    Asker(caller): Asker,
    Path(id): Path<String>,
) -> Result<Json<v1::Token>, Refusal> {
    let token = overseen(&site, caller, &id)?;
    Ok(Json(view(&token, site.app.now())))
}

/// `POST /v1/tokens/{id}/revoke`
pub(crate) async fn revoke(
    State(site): State<Site>,
    Asker(caller): Asker,
    Path(id): Path<String>,
) -> Result<Json<v1::Token>, Refusal> {
    let token = revoked(&site, caller, &id).await?;
    Ok(Json(view(&token, site.app.now())))
}

/// `GET /v1/organizations/{organization}/tokens`
pub(crate) async fn list_of_organization(
    State(site): State<Site>,
    asker: Asker,
    Path(named): Path<String>,
    Asked(page): Asked<Page>,
) -> Result<Listed<v1::Token>, Refusal> {
    listed(&site, Holder::Organization(organization(&site, &asker, &named, false)?), page)
}

/// `POST /v1/organizations/{organization}/tokens`
pub(crate) async fn create_for_organization(
    State(site): State<Site>,
    giver: Giver,
    Path(named): Path<String>,
    Perhaps(wanted): Perhaps<v1::TokenCreate>,
) -> Result<Created<v1::Token>, Refusal> {
    let holder = Holder::Organization(organization(&site, &Asker(giver.caller), &named, false)?);
    created(&site, &giver, holder, wanted).await
}

/// `GET /v1/support-people/{id}/tokens`
pub(crate) async fn list_of_support_person(
    State(site): State<Site>,
    _: Admin,
    Path(id): Path<String>,
    Asked(page): Asked<Page>,
) -> Result<Listed<v1::Token>, Refusal> {
    listed(&site, support_person(&site, &id)?, page)
}

/// `POST /v1/support-people/{id}/tokens`
pub(crate) async fn create_for_support_person(
    State(site): State<Site>,
    _: Admin,
    giver: Giver,
    Path(id): Path<String>,
    Perhaps(wanted): Perhaps<v1::TokenCreate>,
) -> Result<Created<v1::Token>, Refusal> {
    created(&site, &giver, support_person(&site, &id)?, wanted).await
}

/// Revokes a token as whoever oversees it.
pub(crate) async fn revoked(site: &Site, caller: Caller, id: &str) -> Result<Token, Refusal> {
    let token = overseen(site, caller, id)?;
    let token = site.app.token_revoke(token.id, caller).await?;
    tracing::info!(token.id = %token.id, "{} revoked {}", who(caller), token.id);
    Ok(token)
}

/// Makes a token as whoever asks.
pub(crate) async fn made(
    site: &Site,
    giver: &Giver,
    holder: Holder,
    wanted: v1::TokenCreate,
) -> Result<(Token, Secret), Refusal> {
    let name = read("name", wanted.name.as_deref().unwrap_or(NAME))?;
    let scopes = wanted.scopes.map(|words| scopes(&words)).transpose()?;
    let life = wanted.days.map(|days| SignedDuration::from_hours(24 * i64::from(days)));
    let wanted = Wanted { scopes, life };
    let (token, secret) = site.app.token_create(giver.caller, giver.bounds, holder, name, wanted).await?;
    tracing::info!(token.id = %token.id, "{} made {}", who(giver.caller), token.id);
    Ok((token, secret))
}

async fn created(
    site: &Site,
    giver: &Giver,
    holder: Holder,
    wanted: v1::TokenCreate,
) -> Result<Created<v1::Token>, Refusal> {
    let (token, secret) = made(site, giver, holder, wanted).await?;
    let shown = v1::Token { token: Some(secret.reveal().to_owned()), ..view(&token, site.app.now()) };
    Ok(Created::shown_once(format!("/v1/tokens/{}", token.id), shown))
}

fn scopes(words: &[String]) -> Result<Scopes, Refusal> {
    let read = |(place, word): (usize, &String)| read::<Scope>(&format!("scopes/{place}"), word);
    let scopes: Vec<_> = words.iter().enumerate().map(read).collect::<Result<_, _>>()?;
    Ok(Scopes::of(&scopes))
}

fn listed(site: &Site, holder: Holder, page: Page) -> Result<Listed<v1::Token>, Refusal> {
    let now = site.app.now();
    let world = site.app.world();
    let page = page.of(world.tokens_of(holder), |token| newest_first(token.created_at, token.id))?;
    Ok(page.shown(|token| view(token, now)))
}

fn overseen(site: &Site, caller: Caller, id: &str) -> Result<Token, Refusal> {
    let id = id.parse().map_err(|_| missing())?;
    let found = site.app.world().token_by_id(id).filter(|token| oversees(caller, token.holder)).cloned();
    found.ok_or_else(missing)
}

fn support_person(site: &Site, id: &str) -> Result<Holder, Refusal> {
    let missing = || Refusal::not_found("support person");
    let id: SubjectId = id.parse().map_err(|_| missing())?;
    site.app.world().subjects.contains_key(&id).then_some(Holder::Subject(id)).ok_or_else(missing)
}

fn missing() -> Refusal {
    Refusal::not_found("token")
}

fn who(caller: Caller) -> String {
    holder_words(holder_of(caller)).1.unwrap_or_else(|| "the administrator".to_owned())
}

fn holder_words(holder: Holder) -> (&'static str, Option<String>) {
    match holder {
        Holder::Admin => ("admin", None),
        Holder::DeskPerson(id) => ("desk_person", Some(id.to_string())),
        Holder::Contact(id) => ("contact", Some(id.to_string())),
        Holder::Subject(id) => ("support_person", Some(id.to_string())),
        Holder::Organization(id) => ("organization", Some(id.to_string())),
    }
}

/// What is shown of a token.
fn view(token: &Token, now: Timestamp) -> v1::Token {
    let (holder, holder_id) = holder_words(token.holder);
    let state = match token.revoked_at {
        Some(_) => "revoked",
        None if token.works(now) => "works",
        None => "expired",
    };
    v1::Token {
        id: token.id.to_string(),
        name: token.name.as_ref().map(ToString::to_string),
        holder: holder.to_owned(),
        holder_id,
        scopes: token.bounds.scopes.iter().map(|scope| scope.to_string()).collect(),
        state: state.to_owned(),
        created_at: token.created_at.to_string(),
        expires_at: token.bounds.expires_at.to_string(),
        last_used_on: token.used_on.map(|day| day.strftime("%Y-%m-%d").to_string()),
        revoked_at: token.revoked_at.map(|at| at.to_string()),
        token: None,
    }
}
