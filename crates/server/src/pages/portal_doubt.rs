//! A security contact does not recognise a visit.

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use crate::form::Posted;
use crate::pages::see;
use crate::problem::Refusal;
use crate::site::Site;

#[derive(Deserialize)]
pub(crate) struct Words {
    #[serde(default)]
    text: String,
}

/// `POST /portal/visits/{id}/doubts`
pub(crate) async fn raise(
    State(site): State<Site>,
    Path(id): Path<String>,
    Posted { known, fields }: Posted<Words>,
) -> Result<Response, Refusal> {
    let (by, organization) = known.contact()?;
    let id = id.parse().map_err(|_| Refusal::not_found("visit"))?;
    let text = Some(fields.text.as_str()).filter(|text| !text.trim().is_empty());
    site.app.doubt_raise(organization, id, Some(by), text).await?;
    Ok(see(&format!("/portal/visits/{id}")))
}
