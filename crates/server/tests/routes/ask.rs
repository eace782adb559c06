//! Requests as browsers and programs make them, and what comes back.

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::contract;
use crate::stage::{BASE, Caller, Stage};

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|why| panic!("{why}: {}", self.text()))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// What a request carries.
#[derive(Clone)]
pub enum Carries {
    Nothing,
    Json(Value),
    /// Fields of a form; the token of the caller's session is added.
    Form(Vec<(&'static str, String)>),
    /// A form with a file, as browsers send one.
    File(&'static [u8]),
}

impl Carries {
    /// The media type, where it must be said, and the bytes; in a form with this token.
    pub fn encoded(self, token: &str) -> (Option<&'static str>, Body) {
        match self {
            Self::Nothing => (None, Body::empty()),
            Self::Json(value) => (None, Body::from(value.to_string())),
            Self::Form(mut fields) => {
                fields.push(("csrf", token.to_owned()));
                (None, Body::from(serde_urlencoded::to_string(fields).unwrap()))
            }
            Self::File(bytes) => {
                let head =
                    format!("--b\r\ncontent-disposition: form-data; name=\"csrf\"\r\n\r\n{token}\r\n--b\r\n");
                let file = b"content-disposition: form-data; name=\"file\"; filename=\"f.pdf\"\r\n\r\n";
                let body = Body::from([head.as_bytes(), file, bytes, b"\r\n--b--\r\n"].concat());
                (Some("multipart/form-data; boundary=b"), body)
            }
        }
    }
}

/// Sends a request as `caller` would: a session on pages and for reading, else a token, where there is one.
pub async fn ask(stage: &Stage, caller: &Caller, method: &str, path: &str, carries: Carries) -> Answer {
    let changes_by_token = method == "POST" && path.starts_with("/v1/");
    let session = caller.session.as_ref().filter(|_| !changes_by_token || caller.token.is_none());
    let mut request = Request::builder().method(method).uri(path).header("host", "127.0.0.1:8080");
    match (session, &caller.token) {
        (Some(session), _) => request = request.header("cookie", format!("byleave_session={session}")),
        (None, Some(token)) => request = request.header("authorization", format!("Bearer {token}")),
        (None, None) => {}
    }
    if matches!(carries, Carries::Form(_) | Carries::File(_)) {
        request = request.header("origin", BASE);
    }
    let token = session.map(|session| csrf(stage, session)).unwrap_or_default();
    let (media_type, body) = carries.encoded(&token);
    if let Some(media_type) = media_type {
        request = request.header("content-type", media_type);
    }
    send(stage, request.body(body).unwrap()).await
}

pub async fn get(stage: &Stage, caller: &Caller, path: &str) -> Answer {
    ask(stage, caller, "GET", path, Carries::Nothing).await
}

pub async fn send(stage: &Stage, request: Request<Body>) -> Answer {
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let (parts, body) = stage.router.clone().oneshot(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    let answer = Answer { status: parts.status, headers: parts.headers, body };
    contract::holds(method.as_str(), &path, &answer);
    answer
}

/// What forms carry in this session; nothing in one that is over.
pub fn csrf(stage: &Stage, session: &str) -> String {
    stage.app.session(session).map(|(_, id)| stage.app.keys().form_token(id)).unwrap_or_default()
}
