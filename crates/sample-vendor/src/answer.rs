//! Answers that all three tools give alike.

use askama::Template;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use tokio::task::JoinError;

/// Why a request that was let in is not answered as asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The request makes no sense; the text says why.
    #[error("{0}")]
    BadRequest(String),
    #[error("nothing here")]
    NotFound,
    #[error("database")]
    Database(#[from] rusqlite::Error),
    #[error("template")]
    Template(#[from] askama::Error),
    #[error("query was cut off")]
    CutOff(#[from] JoinError),
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = match &self {
            Failure::BadRequest(_) => StatusCode::BAD_REQUEST,
            Failure::NotFound => StatusCode::NOT_FOUND,
            Failure::Database(_) | Failure::Template(_) | Failure::CutOff(_) => {
                tracing::error!(error = ?self, "the sample vendor failed to answer");
                return (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong here.\n").into_response();
            }
        };
        (status, format!("{self}\n")).into_response()
    }
}

/// A rendered page.
pub(crate) fn page(template: &impl Template) -> Result<Response, Failure> {
    Ok(Html(template.render()?).into_response())
}

/// A static file.
pub(crate) fn asset<S: Clone + Send + Sync + 'static>(
    media_type: &'static str,
    body: &'static str,
) -> MethodRouter<S> {
    get(move || async move { ([(CONTENT_TYPE, media_type)], body) })
}

/// The media type of scripts.
pub(crate) const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
