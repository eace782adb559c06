//! `/portal/verify`: the organization's log, checked in the visitor's own browser; and the command that does it without us.
//!
//! The page says where the log is and with which key it is signed. Everything else is the script's (`static/verify.mjs`),
//! which believes nothing that the server answers.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use byleave_domain::ids::to_hex;

use crate::api::organizations::log_view;
use crate::auth::Known;
use crate::pages::portal::verify_command;
#[cfg(test)]
use crate::pages::samples::{Sample, long, sample};
use crate::pages::{Frame, render};
use crate::problem::Refusal;
use crate::site::Site;
use crate::text::filters;

#[derive(Template)]
#[template(path = "portal_verify.html")]
struct VerifyPage {
    frame: Frame,
    name: String,
    /// Where the log is for whoever is signed in, without a slash at the end.
    log: String,
    origin: String,
    vkey: String,
    command: String,
}

/// `GET /portal/verify`
pub(crate) async fn show(State(site): State<Site>, known: Known) -> Result<Response, Refusal> {
    let (_, id) = known.contact()?;
    let frame = Frame::new(&site, Some(&known));
    let page = {
        let world = site.app.world();
        let tenant = world.organizations.get(&id).ok_or_else(|| Refusal::not_found("organization"))?;
        let organization = &tenant.organization;
        let log = log_view(&site, organization.log)?;
        VerifyPage {
            frame,
            name: organization.name.to_string(),
            log: format!("/o/{}", to_hex(organization.log.as_bytes())),
            command: verify_command(&log),
            origin: log.origin,
            vkey: log.vkey,
        }
    };
    render(StatusCode::OK, &page)
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<Sample> {
    let page = |name: String| VerifyPage {
        frame: Frame::of_contact(),
        name,
        log: format!("/o/{}", "0".repeat(32)),
        origin: "byleave.example/acme".to_owned(),
        vkey: "byleave.example/acme+0+A".to_owned(),
        command: "byleave verify https://byleave.example/c/s --vkey 'byleave.example/acme+0+A'".to_owned(),
    };
    vec![sample("verify", page("Acme Rockets".to_owned())), sample("verify-long", page(long()))]
}
