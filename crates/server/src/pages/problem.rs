//! `/problems/{problem}`: what a problem document's `type` leads to.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use byleave_api::problem::ProblemType;

use crate::auth::Known;
#[cfg(test)]
use crate::pages::samples::{Sample, sample};
use crate::pages::{Frame, render};
use crate::problem::Refusal;
use crate::site::Site;
use crate::text::filters;

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    frame: Frame,
    kind: ProblemType,
    status: u64,
    happened: Vec<Span>,
    remedy: Vec<Span>,
}

/// A part of a sentence: words, or what is typed as it stands.
struct Span {
    text: &'static str,
    literal: bool,
}

/// `GET /problems/{problem}`
pub(crate) async fn show(
    State(site): State<Site>,
    known: Option<Known>,
    Path(slug): Path<String>,
) -> Result<Response, Refusal> {
    let kind = ProblemType::from_slug(&slug).ok_or_else(|| Refusal::not_found("problem"))?;
    let page = ProblemPage {
        frame: Frame::new(&site, known.as_ref()),
        kind,
        status: kind.status().into(),
        happened: spans(kind.happened()),
        remedy: spans(kind.remedy()),
    };
    render(StatusCode::OK, &page)
}

/// The catalogue marks what is typed with backticks.
fn spans(sentence: &'static str) -> Vec<Span> {
    sentence.split('`').enumerate().map(|(at, text)| Span { text, literal: at % 2 == 1 }).collect()
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<Sample> {
    let kind = ProblemType::TooManyRequests;
    let page = ProblemPage {
        frame: Frame::of_stranger(),
        kind,
        status: kind.status().into(),
        happened: spans(kind.happened()),
        remedy: spans(kind.remedy()),
    };
    vec![sample("problem", page)]
}
