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
use crate::text::{Text, filters};

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage {
    frame: Frame,
    kind: ProblemType,
    title: Text,
    happened: Text,
    remedy: Text,
    status: u64,
}

/// `GET /problems/{problem}`
pub(crate) async fn show(
    State(site): State<Site>,
    known: Option<Known>,
    Path(slug): Path<String>,
) -> Result<Response, Refusal> {
    let kind = ProblemType::from_slug(&slug).ok_or_else(|| Refusal::not_found("problem"))?;
    render(StatusCode::OK, &page(Frame::new(&site, known.as_ref()), kind))
}

fn page(frame: Frame, kind: ProblemType) -> ProblemPage {
    let [title, happened, remedy] = ["title", "happened", "remedy"].map(|part| Text::about(kind, part));
    ProblemPage { frame, kind, title, happened, remedy, status: kind.status().into() }
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<Sample> {
    vec![sample("problem", page(Frame::of_stranger(), ProblemType::TooManyRequests))]
}
