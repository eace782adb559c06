//! A vendor's application behind Byleave: it refuses what carries no valid assertion, and whatever the address says, it
//! answers for the asserted organization alone.
//!
//! ```sh
//! curl -s http://localhost:8080/oauth2/jwks > jwks.json
//! cargo run -p byleave-assertion --example verify -- jwks.json http://127.0.0.1:8080 system-log
//! ```

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router, routing::get};
use byleave_assertion::{Assertion, HEADER_NAME, Verifier};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [keys, issuer, tool] = arguments.as_slice() else {
        return Err("usage: verify JWKS_FILE ISSUER TOOL".into());
    };
    let verifier = Arc::new(Verifier::from_jwks(&std::fs::read_to_string(keys)?, issuer, tool)?);
    let app = Router::new().route("/", get(orders)).layer(middleware::from_fn_with_state(verifier, guard));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:9000").await?;
    Ok(axum::serve(listener, app).await?)
}

/// Nothing of the application runs before this has passed.
async fn guard(State(verifier): State<Arc<Verifier>>, mut request: Request, next: Next) -> Response {
    let value = request.headers().get(HEADER_NAME).and_then(|value| value.to_str().ok()).unwrap_or_default();
    #[expect(clippy::disallowed_methods, reason = "an application has a clock")]
    match verifier.verify(value, jiff::Timestamp::now()) {
        Ok(assertion) => {
            request.extensions_mut().insert(assertion);
            next.run(request).await
        }
        Err(refused) => (StatusCode::UNAUTHORIZED, format!("{refused}\n")).into_response(),
    }
}

/// The organization comes from the assertion, never from the address or a parameter.
async fn orders(Extension(assertion): Extension<Assertion>) -> String {
    let query = format!("SELECT … FROM orders WHERE organization = '{}'", assertion.sub); // a real one binds it
    format!("{} of {} asks: {query}\n", assertion.act.name, assertion.act.employer)
}
