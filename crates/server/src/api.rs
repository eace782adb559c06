//! `/v1` for programs: one file per resource. JSON in, JSON out, problems for refusals.

pub(crate) mod change_requests;
pub(crate) mod contact_changes;
pub(crate) mod contacts;
pub(crate) mod messages;
pub(crate) mod organizations;
pub(crate) mod support_access;
pub(crate) mod support_people;
pub(crate) mod tools;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use byleave_api::problem::ProblemType;
use byleave_app::caller::Caller;
use byleave_domain::ids::{DeskPersonId, OrganizationId};
use serde::de::DeserializeOwned;

use crate::auth::Known;
use crate::form::bytes;
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

impl<T: DeserializeOwned> FromRequest<Site> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Refusal> {
        let body = bytes(request, site).await?;
        serde_json::from_slice(&body).map(Self).map_err(Refusal::invalid)
    }
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
