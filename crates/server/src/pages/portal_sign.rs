//! `/portal/change-requests/{id}/sign`: a security contact signs the acknowledgement form with a passkey. What is signed
//! is shown in full, beside the form that it names.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use crate::auth::Known;
use crate::form::Posted;
use crate::pages::passkey_form::UsedFields;
use crate::pages::portal_request::{address, back, own};
#[cfg(test)]
use crate::pages::samples::{Sample, sample};
use crate::pages::{Frame, render, see};
use crate::problem::Refusal;
use crate::site::Site;
use crate::text::{Text, filters};

#[derive(Template)]
#[template(path = "portal_sign.html")]
struct SignPage {
    frame: Frame,
    id: String,
    number: String,
    sha256: String,
    statement: String,
    /// What the browser is asked; where it cannot be, why.
    options: Result<String, Text>,
}

/// `GET /portal/change-requests/{id}/sign`
pub(crate) async fn show(
    State(site): State<Site>,
    known: Known,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let (contact, _, id) = own(&site, &known, &id)?;
    let to_sign = site.app.form_to_sign(id, contact, known.session()?).map_err(back)?;
    let these = to_sign.credentials.iter().map(Vec::as_slice);
    let page = SignPage {
        frame: Frame::new(&site, Some(&known)),
        id: id.to_string(),
        number: id.number(),
        sha256: byleave_domain::ids::to_hex(&to_sign.form_sha256),
        options: site.passkey_page(&headers).map(|page| page.to_use(&to_sign.challenge, these)),
        statement: to_sign.statement,
    };
    render(StatusCode::OK, &page)
}

/// `POST /portal/change-requests/{id}/sign`
pub(crate) async fn sign(
    State(site): State<Site>,
    Path(id): Path<String>,
    Posted { known, fields }: Posted<UsedFields>,
) -> Result<Response, Refusal> {
    let (contact, _, id) = own(&site, &known, &id)?;
    let used = fields.used()?;
    let signed = site.app.form_sign(site.passkeys()?, id, contact, known.session()?, fields.challenge, used);
    signed.await.map_err(back)?;
    Ok(see(&address(id)))
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<Sample> {
    let digits = "0123456789abcdef".repeat(4);
    let page = SignPage {
        frame: Frame::of_contact(),
        id: format!("change_{}", "0".repeat(32)),
        number: "R-0000-0000".to_owned(),
        statement: format!(
            r#"{{"action":"disable","form_sha256":"{digits}","nonce":"{digits}","org":"org_0","v":1}}"#
        ),
        sha256: digits,
        options: crate::pages::passkey_form::sample_options(),
    };
    vec![sample("sign-form", page)]
}
