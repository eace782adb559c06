//! Support people and support services.

use axum::Json;
use axum::extract::{Path, State};
use byleave_api::v1;
use byleave_app::credentials::Holder;
use byleave_domain::ids::SubjectId;
use byleave_domain::subject::{Subject, SubjectKind};
use byleave_domain::token::Scope;

use crate::api::page::{Listed, Page};
use crate::api::tokens::{self, Giver};
use crate::api::{Admin, Asked, Body, Created, Desk};
use crate::problem::{Refusal, read};
use crate::site::Site;

/// `GET /v1/support-people`
pub(crate) async fn list(
    State(site): State<Site>,
    _: Admin,
    Asked(page): Asked<Page>,
) -> Result<Listed<v1::SupportPerson>, Refusal> {
    let world = site.app.world();
    Ok(page.of(world.subjects.values(), |subject| subject.id.to_string())?.shown(view))
}

/// `POST /v1/support-people`: the answer holds the person's token for the gateway.
pub(crate) async fn create(
    State(site): State<Site>,
    _: Admin,
    giver: Giver,
    Body(wanted): Body<v1::SupportPersonCreate>,
) -> Result<Created<v1::SupportPerson>, Refusal> {
    let kind = kind(&wanted.kind)?;
    let name = read("name", &wanted.name)?;
    let email = read("email", &wanted.email)?;
    let employer = read("employer", &wanted.employer)?;
    // Before there is anybody: the answer holds a token.
    giver.bounds.map_or(Ok(()), |bounds| bounds.scopes.allow(Scope::Tokens))?;
    let id = site.app.subject_create(kind, name, email, employer).await?;
    let first = v1::TokenCreate { name: Some("first".to_owned()), ..v1::TokenCreate::default() };
    let (_, secret) = tokens::made(&site, &giver, Holder::Subject(id), first).await?;
    let created = v1::SupportPerson { token: Some(secret.reveal().to_owned()), ..find(&site, id)? };
    Ok(Created::shown_once(format!("/v1/support-people/{id}"), created))
}

/// `GET /v1/support-people/{id}`
pub(crate) async fn show(
    State(site): State<Site>,
    _: Admin,
    Path(id): Path<String>,
) -> Result<Json<v1::SupportPerson>, Refusal> {
    find(&site, id.parse().map_err(|_| missing())?).map(Json)
}

/// `POST /v1/support-people/{id}/erase`: for good, by a desk person, who says why.
pub(crate) async fn erase(
    State(site): State<Site>,
    Desk(by): Desk,
    Path(id): Path<String>,
    Body(wanted): Body<v1::PersonErase>,
) -> Result<Json<v1::PersonErased>, Refusal> {
    let id: SubjectId = id.parse().map_err(|_| missing())?;
    let reason = read("reason", &wanted.reason)?;
    let touched = site.app.subject_erase(id, by, reason).await?;
    let organizations = touched.iter().map(ToString::to_string).collect();
    Ok(Json(v1::PersonErased { id: id.to_string(), organizations }))
}

fn find(site: &Site, id: SubjectId) -> Result<v1::SupportPerson, Refusal> {
    site.app.world().subjects.get(&id).map(view).ok_or_else(missing)
}

fn missing() -> Refusal {
    Refusal::not_found("support person")
}

fn kind(word: &str) -> Result<SubjectKind, Refusal> {
    match word {
        "support_person" => Ok(SubjectKind::SupportPerson),
        "support_service" => Ok(SubjectKind::SupportService),
        _ => {
            let why = format!("the kind `{word}` is unknown; `support_person` or `support_service` is taken");
            Err(Refusal::unfit("kind", word, why))
        }
    }
}

fn view(subject: &Subject) -> v1::SupportPerson {
    let kind = match subject.kind {
        SubjectKind::SupportPerson => "support_person",
        SubjectKind::SupportService => "support_service",
    };
    v1::SupportPerson {
        id: subject.id.to_string(),
        kind: kind.to_owned(),
        name: subject.name.to_string(),
        email: subject.email.to_string(),
        employer: subject.employer.to_string(),
        token: None,
    }
}
