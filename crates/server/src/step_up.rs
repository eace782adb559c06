//! The gate before what a desk person decides in a browser: whoever has a passkey is asked for it first, and then not again
//! for a while (threat model K7). It stands before all routes, so that no handler has to think of it.
//!
//! What was typed is not lost: the page that asks holds the form, which is sent once more to where it was going, with what
//! the passkey has answered. So there is no address to go on to, and both times the form has to be meant (K17).
//!
//! Absent: whether a session decides (`byleave_app`). Tokens are not sessions, and nobody else's session decides anything.

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use byleave_api::problem::ProblemType;
use byleave_app::caller::Caller;
use byleave_app::credentials::Secret;
use byleave_app::passkeys::{Decides, PasskeyRefused};
use byleave_domain::ids::SessionId;

use crate::auth::Known;
use crate::form::bytes;
use crate::pages::passkey_form::UsedFields;
use crate::pages::sign_in;
use crate::pages::step_up::{Held, Why, ask, came_from, ours};
use crate::present::wants_page;
use crate::problem::Refusal;
use crate::router::{IMPORT, IMPORT_BYTES_MAX};
use crate::site::Site;

/// Forms by which the session alone decides nothing, as the router names their addresses. Every other form that a desk person's session sends
/// decides, so a new route is behind the gate until it stands here.
const DECIDE_NOTHING: [&str; 19] = [
    // They close, which waits for nothing (K8).
    "/desk/freezes",
    "/desk/change-requests/{id}/provisional",
    "/sign-out",
    "/sessions/end-others",
    "/sessions/{id}/end",
    // They take a signature of the person's own key, or of a passkey in its place, and nothing else (K7).
    "/desk/change-requests/{id}/approve",
    "/desk/contact-changes/{id}/agree",
    "/desk/freezes/{id}/lift",
    "/passkeys/{id}/delegate",
    // They ask for a passkey or a link themselves.
    "/sign-in",
    "/enrol/{link}",
    "/passkeys",
    "/passkeys/vouch",
    // They take in what anybody may send, or look.
    "/messages",
    "/desk/messages",
    "/desk/tools/{slug}/check",
    // It takes in a file, which could not be held, and says what it would do.
    "/desk/organization-imports/check",
    "/language",
    "/sign-in/back-channel-logout",
];

/// Fields of a form that is held, at most; none of ours has half as many.
const FIELDS_MAX: usize = 40;

pub(crate) async fn gate(State(site): State<Site>, request: Request, next: Next) -> Response {
    let Some((known, session)) = decider(&request) else { return next.run(request).await };
    match pass(&site, &known, session, request).await.unwrap_or_else(|why| Gate::Shut(why.into_response())) {
        Gate::Open(request) => next.run(request).await,
        Gate::Stepped(request, secret) => {
            let mut response = next.run(request).await;
            match sign_in::renew_cookie(&site, &mut response, session, &secret) {
                Ok(()) => response,
                Err(why) => why.into_response(),
            }
        }
        Gate::Shut(response) => response,
    }
}

enum Gate {
    Open(Request),
    /// A passkey has answered: the session has another secret.
    Stepped(Request, Secret),
    Shut(Response),
}

/// The desk person whose session would decide something by this request.
fn decider(request: &Request) -> Option<(Known, SessionId)> {
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    if request.method() != Method::POST || DECIDE_NOTHING.contains(&route) {
        return None;
    }
    let known = Known::signed_in(request.extensions())?;
    let session = known.session().ok()?;
    matches!(known.caller, Caller::DeskPerson(_)).then(|| (known.clone(), session))
}

async fn pass(site: &Site, known: &Known, session: SessionId, request: Request) -> Result<Gate, Refusal> {
    if site.app.decides(session) != Decides::AfterPasskey {
        return Ok(Gate::Open(request));
    }
    if !wants_page(&request) {
        let why = "your passkey has to answer first; send the form from its page";
        return Err(Refusal::new(ProblemType::PasskeyWanted, why));
    }
    let media_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if media_type.is_some_and(|value| value.starts_with("multipart/")) {
        // No page can hold a file. Nothing of the form is looked at.
        let back = came_from(site, request.headers());
        return ask(site, known, request.headers(), Held::nothing(back), Why::File).map(Gate::Shut);
    }
    let mut request = request;
    if request.extensions().get::<MatchedPath>().is_some_and(|route| route.as_str() == IMPORT) {
        DefaultBodyLimit::max(IMPORT_BYTES_MAX).apply(&mut request);
    }
    let (mut parts, body) = request.into_parts();
    let body = bytes(Request::from_parts(parts.clone(), body), site).await?;
    let mut fields: Vec<(String, String)> = serde_urlencoded::from_bytes(&body).map_err(Refusal::invalid)?;
    let mut take = |name| fields.iter().position(|(of, _)| of == name).map(|place| fields.remove(place).1);
    let (answer, token, next) = (take("passkey"), take("csrf"), take("next"));
    known.meant(site, &parts.headers, token.as_deref().unwrap_or_default())?;
    if fields.len() > FIELDS_MAX {
        return Err(Refusal::invalid(format!("the form has more than {FIELDS_MAX} fields")));
    }
    let back = next.filter(|next| ours(next)).unwrap_or_else(|| came_from(site, &parts.headers));
    let held = Held { action: parts.uri.path().to_owned(), fields, back };
    let Some(answer) = answer else {
        return ask(site, known, &parts.headers, held, Why::Decides).map(Gate::Shut);
    };
    let answer: UsedFields = serde_urlencoded::from_str(&answer).map_err(Refusal::invalid)?;
    let used = answer.used()?;
    match site.app.step_up(site.passkeys()?, session, answer.challenge, used).await {
        Ok(secret) => {
            Known::replace(site, secret.reveal(), &mut parts.extensions);
            Ok(Gate::Stepped(Request::from_parts(parts, Body::from(body)), secret))
        }
        Err(PasskeyRefused::NotWritten(why)) => Err(why.into()),
        Err(why) => {
            tracing::info!("session {session}: what a passkey answered is not taken: {why}");
            ask(site, known, &parts.headers, held, Why::NotTaken).map(Gate::Shut)
        }
    }
}
