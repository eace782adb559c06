//! `Idempotency-Key`: a change of `/v1` that is asked for once more under its key is not made again, and is answered as the
//! first time (draft-ietf-httpapi-idempotency-key-header-07).
//!
//! Absent: what stops something, which takes no key; and secrets and long answers. Of them it is kept that they were given;
//! whoever asks again is told where to look.

use std::pin::Pin;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts as _, Request};
use axum::handler::Handler;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use byleave_api::problem::{Problem, ProblemType};
use byleave_app::once::{ANSWER_BYTES_MAX, Asked, KEYS_MAX, KEYS_OF_ALL_MAX, Once};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::auth::Known;
use crate::form::bytes;
use crate::limit;
use crate::problem::Refusal;
use crate::site::Site;

/// The header with the key.
pub(crate) const KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that an answer was given before.
pub(crate) const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
/// Characters of a key at most.
const KEY_CHARS_MAX: usize = 200;

/// Seconds after which to ask again for what is under way.
const UNDER_WAY_WAIT: HeaderValue = HeaderValue::from_static("2");

/// In the extensions of an answer that holds a secret.
#[derive(Clone, Copy)]
pub(crate) struct HoldsSecret;

/// An answer as it is kept.
#[derive(Serialize, Deserialize)]
struct Kept {
    status: u16,
    location: Option<String>,
    media_type: Option<String>,
    /// What was refused.
    problem: Option<Box<Problem>>,
    /// None of an answer that is not kept itself.
    body: Option<Vec<u8>>,
}

/// A handler of `/v1`, which makes a change once under its key. Inside of what bounds the body and says the scope: whoever's
/// token is not good for it costs nothing.
#[derive(Clone)]
pub(crate) struct Keyed<H>(pub H);

impl<T: 'static, H: Handler<T, Site>> Handler<T, Site> for Keyed<H> {
    type Future = Pin<Box<dyn Future<Output = Response> + Send>>;

    fn call(self, request: Request, site: Site) -> Self::Future {
        Box::pin(async move { once(self.0, request, site).await.unwrap_or_else(Refusal::into_response) })
    }
}

fn key(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let mut all = headers.get_all(KEY).iter();
    let (Some(key), more) = (all.next(), all.next()) else { return Ok(None) };
    let text = key.to_str().unwrap_or_default();
    let fits = (1..=KEY_CHARS_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if fits && more.is_none() {
        return Ok(Some(text.to_owned()));
    }
    let why = format!("`Idempotency-Key` is once, and 1 to {KEY_CHARS_MAX} visible ASCII characters");
    Err(Refusal::unfit("Idempotency-Key", text, why))
}

async fn once<T: 'static>(
    handler: impl Handler<T, Site>,
    request: Request,
    site: Site,
) -> Result<Response, Refusal> {
    // Off waits for no key to be written, and what was answered before is no stop of what is there now.
    if request.method() != Method::POST || limit::stops(&request) {
        return Ok(handler.call(request, site).await);
    }
    let (mut parts, body) = request.into_parts();
    let known = Known::from_request_parts(&mut parts, &site).await?;
    let (Some(token), Some(key)) = (known.token(), key(&parts.headers)?) else {
        return Ok(handler.call(Request::from_parts(parts, body), site).await);
    };
    let body = bytes(Request::from_parts(parts.clone(), body), &site).await?;
    let target = parts.uri.path_and_query().map_or("", |target| target.as_str());
    let digest = Sha256::new().chain_update(target).chain_update([0]).chain_update(&body).finalize();
    let whole = Request::from_parts(parts, Body::from(body));
    match site.app.once_begin(token, &key, digest.into()).await? {
        Once::First(asked) => {
            // To its end, whether or not the client waits: what is under way is to be known to be over.
            let run = async move {
                let worked = site.clone();
                let work = async move {
                    let response = handler.call(whole, worked.clone()).await;
                    keep(&worked, asked, response).await
                };
                // One of its own: who panics in it does not take along what is done about that.
                match tokio::spawn(work).await {
                    Ok(Ok(response)) => Ok(response),
                    broke => {
                        let why =
                            broke.map_or_else(|why| why.to_string(), |_| "its answer is not kept".into());
                        tracing::error!("a request under a key broke off: {why}");
                        site.app.once_lost(asked).await?;
                        Err(unknown())
                    }
                }
            };
            tokio::spawn(run).await.map_err(Refusal::failed)?
        }
        Once::Answered(kept) => again(&serde_json::from_slice(&kept).map_err(Refusal::failed)?),
        Once::Other => Err(Refusal::new(
            ProblemType::KeyReused,
            "the key was sent with another request within the last day; take a fresh one for each",
        )),
        Once::UnderWay => {
            let why = "the same request is being worked on; ask again in a moment, with the same key";
            let mut response = Refusal::new(ProblemType::UnderWay, why).into_response();
            response.headers_mut().insert(header::RETRY_AFTER, UNDER_WAY_WAIT);
            Ok(response)
        }
        Once::Unknown => Err(unknown()),
        Once::NoRoom => {
            let why = format!(
                "this token has sent {KEYS_MAX} keys within a day, or all have sent {KEYS_OF_ALL_MAX}, or the disk is \
                 nearly full; ask again without a key"
            );
            Err(Refusal::new(ProblemType::KeyNotTaken, why))
        }
    }
}

fn unknown() -> Refusal {
    let why = "it was begun and broke off, and may have been done; look, then ask with a fresh key";
    Refusal::new(ProblemType::AlreadyAsked, why)
}

/// Keeps what was done, and that the present state did not allow it. Anything else may be asked again under its key: it was
/// a failure of ours, or was for somebody else, of nothing, or unreadable.
async fn keep(site: &Site, asked: Asked, response: Response) -> Result<Response, Refusal> {
    let status = response.status();
    if !status.is_success() && status != StatusCode::CONFLICT {
        site.app.once_end(asked, None).await?;
        return Ok(response);
    }
    let is_secret = response.extensions().get::<HoldsSecret>().is_some();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.map_err(Refusal::failed)?;
    let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let kept = Kept {
        status: status.as_u16(),
        location: text(header::LOCATION),
        media_type: text(header::CONTENT_TYPE),
        problem: parts.extensions.get::<Refusal>().map(|refusal| refusal.problem.clone()),
        body: Some(body.to_vec()).filter(|body| !is_secret && body.len() <= ANSWER_BYTES_MAX),
    };
    site.app.once_end(asked, Some(serde_json::to_vec(&kept).map_err(Refusal::failed)?)).await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}

fn again(kept: &Kept) -> Result<Response, Refusal> {
    if let Some(problem) = &kept.problem {
        let mut response = Refusal { problem: problem.clone(), said: None, home: None }.into_response();
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
        return Ok(response);
    }
    let Some(body) = &kept.body else {
        let place = kept.location.as_ref().map(|place| format!(", at `{place}`")).unwrap_or_default();
        let why = format!("it was done{place}; what was answered is not kept, for it is secret or too long");
        return Err(Refusal::new(ProblemType::AlreadyAsked, why));
    };
    let status = StatusCode::from_u16(kept.status).map_err(Refusal::failed)?;
    let mut response = (status, body.clone()).into_response();
    let headers = response.headers_mut();
    headers.remove(header::CONTENT_TYPE);
    for (name, value) in [(header::LOCATION, &kept.location), (header::CONTENT_TYPE, &kept.media_type)] {
        if let Some(value) = value.as_ref().and_then(|value| HeaderValue::from_str(value).ok()) {
            headers.insert(name, value);
        }
    }
    headers.insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}
