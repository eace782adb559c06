//! `/portal/requests`: what the organization has asked for, and how to ask.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use crate::auth::Known;
use crate::pages::portal::{Asked, requests};
#[cfg(test)]
use crate::pages::samples::{Sample, sample};
use crate::pages::{Frame, render};
use crate::problem::Refusal;
use crate::site::Site;
use crate::text::filters;

/// Requests in the list.
const SHOWN: usize = 100;

#[derive(Template)]
#[template(path = "portal_requests.html")]
struct RequestsPage {
    frame: Frame,
    /// Newest first.
    requests: Vec<Asked>,
    /// How many there are in all.
    all: usize,
}

/// `GET /portal/requests`
pub(crate) async fn show(State(site): State<Site>, known: Known) -> Result<Response, Refusal> {
    let (_, organization) = known.contact()?;
    let frame = Frame::new(&site, Some(&known));
    let page = {
        let mut requests = requests(&site.app.world(), organization);
        let all = requests.len();
        requests.truncate(SHOWN);
        RequestsPage { frame, requests, all }
    };
    render(StatusCode::OK, &page)
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<Sample> {
    use crate::pages::portal::asked_samples;

    let page = |requests: Vec<Asked>, all| RequestsPage { frame: Frame::of_contact(), requests, all };
    vec![sample("requests", page(asked_samples(), 120)), sample("requests-none", page(Vec::new(), 0))]
}
