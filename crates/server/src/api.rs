//! `/v1` for programs: one file per resource. JSON in, JSON out, problems for refusals. [`operations`] lists them all.

pub(crate) mod change_requests;
pub(crate) mod contact_changes;
pub(crate) mod contacts;
pub(crate) mod desk_people;
pub(crate) mod doubts;
pub(crate) mod freezes;
pub(crate) mod intake;
pub(crate) mod letters;
pub(crate) mod messages;
mod named;
pub(crate) mod operations;
pub(crate) mod organizations;
pub(crate) mod page;
pub(crate) mod payloads;
pub(crate) mod support_access;
pub(crate) mod support_people;
pub(crate) mod tokens;
pub(crate) mod tools;
pub(crate) mod visits;

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use byleave_api::problem::ProblemType;
use byleave_app::caller::Caller;
use byleave_domain::ids::{DeskPersonId, OrganizationId};
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;

use crate::api::named::Named;
use crate::auth::Known;
use crate::form::bytes;
use crate::once::HoldsSecret;
use crate::openapi::{Answer, Operation, Part};
use crate::problem::Refusal;
use crate::site::Site;

/// Whoever calls `/v1`. A browser's session reads here and changes nothing, so no foreign page can make it (K17).
pub(crate) struct Asker(pub Caller);

impl FromRequestParts<Site> for Asker {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Refusal> {
        let known = Known::from_request_parts(parts, site).await?;
        if known.by_cookie() && !parts.method.is_safe() {
            return Err(Refusal::new(
                ProblemType::Unauthenticated,
                "a browser's session changes nothing here; send a bearer token",
            ));
        }
        Ok(Self(known.caller))
    }
}

/// The vendor's administrator.
pub(crate) struct Admin;

impl FromRequestParts<Site> for Admin {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Refusal> {
        match Asker::from_request_parts(parts, site).await?.0 {
            Caller::Admin => Ok(Self),
            other => Err(Refusal::elsewhere(other, "the administrator")),
        }
    }
}

/// A desk person.
pub(crate) struct Desk(pub DeskPersonId);

impl FromRequestParts<Site> for Desk {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Refusal> {
        match Asker::from_request_parts(parts, site).await?.0 {
            Caller::DeskPerson(by) => Ok(Self(by)),
            other => Err(Refusal::elsewhere(other, "desk people")),
        }
    }
}

/// A JSON body.
pub(crate) struct Body<T>(pub T);

/// A body that is a file.
pub(crate) struct Sent(pub Vec<u8>);

impl FromRequest<Site> for Sent {
    type Rejection = Refusal;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Refusal> {
        Ok(Self(bytes(request, site).await?.to_vec()))
    }
}

/// A body that is not what is taken, with the field at which that shows and what it holds.
fn unread(body: &[u8], path: &str, why: &str) -> Refusal {
    let Ok(whole @ Value::Object(_)) = serde_json::from_slice(body) else {
        return Refusal::invalid(why);
    };
    // A field that is not there has no path; its name is in the sentence.
    let missing = why.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
    let field = missing.unwrap_or(path);
    let value = match whole.pointer(&format!("/{field}")) {
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
        None => String::new(),
    };
    Refusal::unfit(field, &value, why)
}

/// One part of a JSON Pointer (RFC 6901 §3).
fn segment(of: &Segment) -> String {
    match of {
        Segment::Seq { index } => index.to_string(),
        named => named.to_string().replace('~', "~0").replace('/', "~1"),
    }
}

/// Query parameters.
pub(crate) struct Asked<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<Site> for Asked<T> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> Result<Self, Refusal> {
        let query = Query::from_request_parts(parts, site).await;
        query.map(|Query(asked)| Self(asked)).map_err(|rejected| Refusal::invalid(rejected.body_text()))
    }
}

/// Something that was made just now, and where it is.
pub(crate) struct Created<T> {
    location: String,
    made: T,
    is_secret: bool,
}

impl<T> Created<T> {
    pub fn at(location: String, made: T) -> Self {
        Self { location, made, is_secret: false }
    }

    /// The same with a secret in it, which is in no other answer.
    pub fn shown_once(location: String, made: T) -> Self {
        Self { location, made, is_secret: true }
    }
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let headers = [(header::LOCATION, self.location)];
        let mut response = (StatusCode::CREATED, headers, Json(self.made)).into_response();
        if self.is_secret {
            response.extensions_mut().insert(HoldsSecret);
        }
        response
    }
}

/// An answer with a secret in it, which is not given again.
pub(crate) struct Told<T>(pub T);

impl<T: Serialize> IntoResponse for Told<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.0).into_response();
        response.extensions_mut().insert(HoldsSecret);
        response
    }
}

impl<T: DeserializeOwned> FromRequest<Site> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Refusal> {
        parsed(&bytes(request, site).await?).map(Self)
    }
}

/// A JSON body where nothing needs to be said.
pub(crate) struct Perhaps<T>(pub T);

impl<T: DeserializeOwned + Default> FromRequest<Site> for Perhaps<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Refusal> {
        let body = bytes(request, site).await?;
        if body.is_empty() { Ok(Self(T::default())) } else { parsed(&body).map(Self) }
    }
}

fn parsed<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    let mut reader = serde_json::Deserializer::from_slice(body);
    let read = serde_path_to_error::deserialize(Named(&mut reader)).map_err(|why| {
        let segments: Vec<_> = why.path().iter().map(segment).collect();
        unread(body, &segments.join("/"), &why.inner().to_string())
    })?;
    reader.end().map_err(Refusal::invalid)?;
    Ok(read)
}

/// The organization that a body names, for somebody at the desk, who may know of all. 404 is about the address alone.
fn organization_named(site: &Site, named: &str) -> Result<OrganizationId, Refusal> {
    let found = site.app.world().organization(named).map(|tenant| tenant.organization.id);
    found
        .ok_or_else(|| Refusal::refused("organization", named, format!("there is no organization `{named}`")))
}

/// The organization that `named` (id or slug) is, as far as this caller may know of it: the administrator of all, its
/// own people and programs of their own, desk people where `desk` says so. Everybody else's place is elsewhere.
fn organization(site: &Site, asker: &Asker, named: &str, desk: bool) -> Result<OrganizationId, Refusal> {
    let found = site.app.world().organization(named).map(|tenant| tenant.organization.id);
    let visible = match asker.0 {
        Caller::Admin => found,
        Caller::DeskPerson(_) if desk => found,
        Caller::Contact(_, own) | Caller::Organization(own) => found.filter(|id| *id == own),
        Caller::DeskPerson(_) | Caller::Subject(_) => {
            return Err(Refusal::elsewhere(asker.0, "the organization and the administrator"));
        }
    };
    visible.ok_or_else(|| Refusal::not_found("organization"))
}

impl Part for Asker {
    fn describe(operation: &mut Operation<'_>) {
        operation.known(None);
    }
}

impl Part for Admin {
    fn describe(operation: &mut Operation<'_>) {
        operation.known(Some("the administrator"));
    }
}

impl Part for Desk {
    fn describe(operation: &mut Operation<'_>) {
        operation.known(Some("desk people"));
    }
}

impl<T: JsonSchema> Part for Body<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.takes::<T>();
    }
}

impl<T: JsonSchema> Part for Perhaps<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.takes_perhaps::<T>();
    }
}

impl<T: JsonSchema> Part for Asked<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.asks::<T>();
    }
}

impl Part for Sent {
    fn describe(operation: &mut Operation<'_>) {
        operation.takes_file();
    }
}

impl<T: JsonSchema> Answer for Told<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.gives::<T>(StatusCode::OK);
    }
}

impl<T: JsonSchema> Answer for Created<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.gives::<T>(StatusCode::CREATED);
        operation.located(StatusCode::CREATED);
    }
}

#[cfg(test)]
mod tests {
    use byleave_api::v1::{OrganizationImport, TokenCreate};

    use super::*;

    #[test]
    fn a_body_is_an_object_and_what_is_in_it_is_one() {
        assert!(parsed::<TokenCreate>(br#"{"name": null, "scopes": ["read"], "days": 1}"#).is_ok());
        for list in ["[null, null, null]", " []"] {
            let refused = parsed::<TokenCreate>(list.as_bytes()).map(|_| ()).unwrap_err();
            assert!(refused.problem.detail.contains("invalid type: sequence"), "{:?}", refused.problem);
            assert!(
                parsed::<Option<TokenCreate>>(list.as_bytes()).is_err(),
                "nor where it may be absent: {list}"
            );
        }
        let import =
            |of: &str| parsed::<OrganizationImport>(format!("{{\"organizations\": [{of}]}}").as_bytes());
        assert!(import(r#"{"name": "Initech", "slug": "initech"}"#).is_ok());
        for list in [r#"["Initech", "initech", []]"#, "[]"] {
            let refused = import(list).map(|_| ()).unwrap_err();
            let errors = refused.problem.errors.iter().map(|error| error.pointer.as_str());
            assert_eq!(errors.collect::<Vec<_>>(), ["#/organizations/0"], "{:?}", refused.problem);
        }
    }
}
