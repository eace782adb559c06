//! The look-up of people: page, detail page, JSON. Another organization's person is answered as one who does not exist.

use std::sync::Arc;

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::answer::{Failure, page};
use crate::database::Search;
use crate::guard::Caller;
use crate::log_event::rfc3339;
use crate::seed::Person;
use crate::system_log::{read, words};
use crate::{BackOffice, Organization};

pub(crate) fn routes() -> Router<BackOffice> {
    Router::new()
        .route("/", get(people_page))
        .route("/person", get(person_page))
        .route("/api/v1/users", get(people_json))
        .route("/api/v1/users/{id}", get(person_json))
}

#[derive(Deserialize)]
struct PeopleQuery {
    #[serde(default)]
    q: String,
}

#[derive(Deserialize)]
struct PersonQuery {
    id: String,
}

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage<'a> {
    organization: &'a Organization,
    q: String,
    people: Vec<Person>,
}

#[derive(Template)]
#[template(path = "person.html")]
struct PersonPage<'a> {
    organization: &'a Organization,
    person: Person,
    /// Instant, message and outcome of the latest events.
    recent: Vec<(String, &'static str, &'static str)>,
}

/// How many events a person's page shows.
const RECENT_ROWS: u32 = 10;

impl Person {
    fn last_sign_in_text(&self) -> String {
        self.last_sign_in.map_or_else(|| "never".to_owned(), rfc3339)
    }

    fn json(&self) -> Value {
        json!({
            "id": self.actor.id, "status": self.status, "lastLogin": self.last_sign_in.map(rfc3339),
            "profile": {"displayName": self.actor.name, "email": self.actor.email, "title": self.title},
            "factors": self.factors.split(", ").collect::<Vec<_>>(),
        })
    }
}

async fn people_page(
    State(back_office): State<BackOffice>,
    Extension(caller): Extension<Arc<Caller>>,
    query: Result<Query<PeopleQuery>, QueryRejection>,
) -> Result<Response, Failure> {
    let PeopleQuery { q } = read(query)?;
    let people = back_office.database.people(&caller.organization, words(&q)?).await?;
    page(&PeoplePage { organization: &caller.organization, q, people })
}

async fn person_page(
    State(back_office): State<BackOffice>,
    Extension(caller): Extension<Arc<Caller>>,
    query: Result<Query<PersonQuery>, QueryRejection>,
) -> Result<Response, Failure> {
    let PersonQuery { id } = read(query)?;
    let organization = &caller.organization;
    let person = back_office.database.person(organization, id).await?.ok_or(Failure::NotFound)?;
    let search =
        Search { words: vec![person.actor.email.clone()], ..Search::newest(organization, RECENT_ROWS) };
    let recent = back_office.database.search(search).await?;
    let recent = recent.iter().map(|event| {
        let kind = event.facts().kind;
        (rfc3339(event.published), kind.message, kind.outcome)
    });
    page(&PersonPage { organization, person, recent: recent.collect() })
}

async fn people_json(
    State(back_office): State<BackOffice>,
    Extension(caller): Extension<Arc<Caller>>,
    query: Result<Query<PeopleQuery>, QueryRejection>,
) -> Result<Json<Vec<Value>>, Failure> {
    let people = back_office.database.people(&caller.organization, words(&read(query)?.q)?).await?;
    Ok(Json(people.iter().map(Person::json).collect()))
}

async fn person_json(
    State(back_office): State<BackOffice>,
    Extension(caller): Extension<Arc<Caller>>,
    Path(id): Path<String>,
) -> Result<Json<Value>, Failure> {
    let person = back_office.database.person(&caller.organization, id).await?.ok_or(Failure::NotFound)?;
    Ok(Json(person.json()))
}
