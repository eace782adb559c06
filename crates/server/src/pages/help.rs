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
    /// Our own origin.
    site: String,
    ask: Ask,
}

/// The form for the three items, as it was filled in.
#[derive(Default)]
pub(super) struct Ask {
    pub claimed: Field,
    pub contact: Field,
    pub text: Field,
    /// `disable` or `enable`.
    pub action: String,
}

/// What somebody wrote, and why it cannot stay.
#[derive(Default)]
pub(super) struct Field {
    pub value: String,
    pub error: Option<Text>,
}

impl Field {
    /// What may be empty where `missing` is none, and has `most` characters at most.
    pub fn read(value: String, missing: Option<Text>, most: usize) -> Self {
        let length = value.chars().count();
        let error = match missing {
            Some(missing) if value.trim().is_empty() => Some(missing),
            _ if length > most => Some(Text::of("help-ask-too-long").arg("length", length).arg("most", most)),
            _ => None,
        };
        Self { value, error }
    }
}

impl Ask {
    pub fn is_wrong(&self) -> bool {
        [&self.claimed, &self.contact, &self.text].iter().any(|field| field.error.is_some())
    }
}

/// `GET /`
pub(crate) async fn show(State(site): State<Site>, known: Option<Known>) -> Result<Response, Refusal> {
    render(StatusCode::OK, &page(&site, known.as_ref(), Ask::default()))
}

/// The same with the form as it was sent, which cannot be taken.
pub(super) fn again(site: &Site, known: Option<&Known>, ask: Ask) -> Result<Response, Refusal> {
    render(StatusCode::UNPROCESSABLE_ENTITY, &page(site, known, ask))
}

fn page(site: &Site, known: Option<&Known>, ask: Ask) -> HelpPage {
    let process = site.app.process();
    let tools: Vec<_> = site.app.world().tools.values().map(|tool| tool.name.to_string()).collect();
    HelpPage {
        frame: Frame::new(site, known),
        address: process.address.clone(),
        policy: process.policy.clone(),
        tools: tools.join(", "),
        plus: process.profile.name == ProfileName::ArticlePlus,
        wait: Some(process.profile.enable_wait).filter(|wait| !wait.is_zero()).map(words::lasting),
        site: site.config.base_url.clone(),
        ask,
    }
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
        site: "https://byleave.vendor.example".to_owned(),
        ask: Ask::default(),
    };
    let plus = HelpPage {
        frame: Frame::of_person("Dana Example", "/portal"),
        policy: "our security policy, section 7".to_owned(),
        tools: "System log, Customer settings".to_owned(),
        plus: true,
        wait: Some(words::lasting(jiff::SignedDuration::from_hours(24))),
        ..article()
    };
    let missing = Text::of("help-ask-customer-missing");
    let wrong = HelpPage {
        ask: Ask {
            claimed: Field::read(" ".to_owned(), Some(missing), 120),
            contact: Field::read("security@acme.example".to_owned(), None, 200),
            text: Field::read("We asked <before> & again. ".repeat(200), None, 5_000),
            action: "enable".to_owned(),
        },
        ..article()
    };
    vec![sample("help", article()), sample("help-plus", plus), sample("help-wrong", wrong)]
}
