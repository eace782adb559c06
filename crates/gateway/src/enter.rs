//! `/.byleave/…` inside a tool's address belongs to the gateway: the way in from the visit page, and nothing else.

use http::{Method, StatusCode};
use tokio::time::timeout;

use crate::arrive::Arrival;
use crate::classify::{self, Unclassified};
use crate::config::{ExternalScheme, RECORD_WAIT_MAX};
use crate::origin;
use crate::ports::ControlPlane;
use crate::refuse::{Answer, Refusal};
use crate::target::Target;
use crate::words;

/// Whether this address is the gateway's own.
pub(crate) fn is_own(inside: &Target) -> bool {
    let path = inside.path();
    path == "/.byleave" || path.starts_with("/.byleave/")
}

/// Answers a request for an address of the gateway's own: turns the code of the visit page into a cookie and leads on
/// to `to`, a path inside the tool.
pub(crate) async fn answer(control: &dyn ControlPlane, arrival: &Arrival<'_>) -> Answer {
    let inside = &arrival.route.inside;
    if inside.path() != "/.byleave/enter" || arrival.head.method != Method::GET {
        return Refusal::not_found().into();
    }
    if origin::is_foreign_read(&arrival.head.headers) {
        return Refusal::cross_origin().into();
    }
    let (organization, tool) = match classify::place(arrival) {
        Ok(place) => place,
        Err(Unclassified::Answered(answer)) => return answer,
        Err(Unclassified::UnknownTool(_)) => return Refusal::not_found().into(),
    };
    // Read by the same parser as request targets: one leading slash, no backslash, nothing that leads elsewhere.
    let to = Target::parse(inside.parameter("to").as_deref().unwrap_or("/"));
    let (Ok(to), Some(code)) = (to, inside.parameter("code")) else {
        return Refusal::bad_request(words::CODE_DAMAGED).into();
    };
    match timeout(RECORD_WAIT_MAX, control.redeem(&code, organization, tool)).await {
        Ok(Some(secret)) => enter(arrival, &secret, &to),
        Ok(None) => Refusal::entry_code().into(),
        Err(_late) => Refusal::unrecorded(words::ENTRY_LATE).into(),
    }
}

fn enter(arrival: &Arrival<'_>, secret: &str, to: &Target) -> Answer {
    let prefix = &arrival.route.prefix;
    let secure = match arrival.config.external_scheme {
        ExternalScheme::Https => "; Secure",
        ExternalScheme::Http => "",
    };
    let name = arrival.cookie_name();
    Answer::Elsewhere {
        status: StatusCode::SEE_OTHER,
        location: to.below(prefix).to_string(),
        cookie: Some(format!("{name}={secret}; Path={prefix}/; HttpOnly; SameSite=Lax{secure}")),
    }
}
