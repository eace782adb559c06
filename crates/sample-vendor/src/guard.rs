//! The one thing this back office does for Byleave: no request is served without a valid assertion, and the organization
//! it names is the only one that the handlers are told of.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use byleave_assertion::{Assertion, HEADER_NAME, Refused, Verifier};

use crate::{Config, Organization};

/// What the guard checks against.
pub(crate) struct Guard {
    pub verifier: Verifier,
    pub config: Arc<Config>,
}

/// Who asks, and for which organization. Handlers get it as an extension; only the guard makes one.
pub(crate) struct Caller {
    pub assertion: Assertion,
    pub organization: Organization,
}

pub(crate) async fn require_assertion(
    State(guard): State<Arc<Guard>>,
    mut request: Request,
    next: Next,
) -> Response {
    let mut response = match guard.caller(request.headers()) {
        Ok(caller) => {
            request.extensions_mut().insert(Arc::new(caller));
            next.run(request).await
        }
        Err(reason) => reason.into_response(),
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_POLICY));
    response
}

/// Nothing inline and nothing from elsewhere; `data:` is the empty icon.
const CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
                              img-src data:; form-action 'self'; base-uri 'none'";

/// Why the guard does not let a request in.
#[derive(Debug, thiserror::Error)]
enum NotLetIn {
    #[error("This tool is only reached through Byleave: {0}.")]
    Assertion(&'static str),
    #[error("This tool is only reached through Byleave: {0}.")]
    Refused(#[from] Refused),
    #[error("Northwind Cloud (fictional) does not serve this organization.")]
    Organization,
}

impl Guard {
    fn caller(&self, headers: &HeaderMap) -> Result<Caller, NotLetIn> {
        let mut values = headers.get_all(HEADER_NAME).iter();
        let value = values.next().ok_or(NotLetIn::Assertion("the request has no assertion"))?;
        if values.next().is_some() {
            return Err(NotLetIn::Assertion("the request has several assertions"));
        }
        let value = value.to_str().map_err(|_| Refused::Malformed)?;
        let assertion = self.verifier.verify(value, (self.config.clock)())?;
        let known = self.config.organizations.iter().find(|known| known.id == assertion.sub);
        let organization = known.cloned().ok_or(NotLetIn::Organization)?;
        Ok(Caller { assertion, organization })
    }
}

impl IntoResponse for NotLetIn {
    fn into_response(self) -> Response {
        let text = format!("{self}\n");
        match self {
            NotLetIn::Organization => (StatusCode::FORBIDDEN, text).into_response(),
            NotLetIn::Assertion(_) | NotLetIn::Refused(_) => {
                (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, "Byleave-Assertion")], text).into_response()
            }
        }
    }
}
