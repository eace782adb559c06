//! `/`: what the vendor tells its customers.

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use byleave_domain::process::ProfileName;

use crate::auth::Known;
#[cfg(test)]
use crate::pages::samples::{Sample, sample};
use crate::pages::{Frame, render};
use crate::problem::Refusal;
use crate::site::{Site, blocking};
use crate::text::{Text, filters};
use crate::words;

#[derive(Template)]
#[template(path = "help.html")]
struct HelpPage {
    frame: Frame,
    address: String,
    policy: String,
    /// Their names, as a list.
    tools: String,
    /// Whether a second desk person approves, and any contact can object.
    plus: bool,
    /// How long an approved enabling waits, if it does.
    wait: Option<Text>,
}

/// `GET /`
pub(crate) async fn show(State(site): State<Site>, known: Option<Known>) -> Result<Response, Refusal> {
    let process = site.app.process();
    let tools: Vec<_> = site.app.world().tools.values().map(|tool| tool.name.to_string()).collect();
    let page = HelpPage {
        frame: Frame::new(&site, known.as_ref()),
        address: process.address.clone(),
        policy: process.policy.clone(),
        tools: tools.join(", "),
        plus: process.profile.name == ProfileName::ArticlePlus,
        wait: Some(process.profile.enable_wait).filter(|wait| !wait.is_zero()).map(words::lasting),
    };
    render(StatusCode::OK, &page)
}

/// `GET /acknowledgement-form.pdf`: a copy of the form for whoever wants to learn about it first.
pub(crate) async fn specimen(State(site): State<Site>) -> Result<Response, Refusal> {
    let bytes = blocking(move || site.app.form_specimen()).await??;
    let headers = [
        (header::CONTENT_TYPE, "application/pdf"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"acknowledgement-form.pdf\""),
    ];
    Ok((headers, bytes).into_response())
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<Sample> {
    let article = || HelpPage {
        frame: Frame::of_stranger(),
        address: "support-access@vendor.example".to_owned(),
        policy: String::new(),
        tools: String::new(),
        plus: false,
        wait: None,
    };
    let plus = HelpPage {
        frame: Frame::of_person("Dana Example", "/portal"),
        policy: "our security policy, section 7".to_owned(),
        tools: "System log, Customer settings".to_owned(),
        plus: true,
        wait: Some(words::lasting(jiff::SignedDuration::from_hours(24))),
        ..article()
    };
    vec![sample("help", article()), sample("help-plus", plus)]
}
