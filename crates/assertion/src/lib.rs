//! What a vendor's application embeds to know on whose behalf a request came.
//!
//! Byleave's gateway adds the header `Byleave-Assertion` to each request that it forwards: a JWT (RFC 7519) signed with
//! Ed25519 (RFC 8037) that names the organization, the support person or support service who acts (RFC 8693 `act`), the
//! visit and the decision. An application that verifies it ([`Verifier`]) and answers for the asserted organization
//! alone needs no trust in addresses: the URL is not the boundary, and a request that went around the gateway is refused.
//!
//! The gateway signs with [`Signer`]; it lives here so that both ends share one definition of the claims.
//!
//! Absent on purpose: fetching the keys (the application fetches `/oauth2/jwks` with the HTTP client it already has),
//! the clock (time is an argument), and memory of assertions already seen. The last means that whoever copies a header
//! value can use it again for [`LIFE_SECONDS`] + [`LEEWAY_SECONDS`].
//!
//! ```
//! use byleave_assertion::{Act, Assertion, Refused, Signer, Verifier};
//!
//! let signer = Signer::from_seed(&[7; 32])?;
//! let verifier = Verifier::from_jwks(&signer.jwks(), "https://byleave.vendor.example", "system-log")?;
//! let now: jiff::Timestamp = "2026-11-23T10:00:00Z".parse()?;
//! let header = signer.sign(&Assertion {
//!     iss: "https://byleave.vendor.example".into(),
//!     aud: "system-log".into(),
//!     sub: "org_0000000000000000000000000000000a".into(),
//!     organization: "acme".into(),
//!     act: Act { sub: "person_01".into(), name: "Ines Okafor".into(), employer: "Northwind Cloud".into() },
//!     visit: "visit_01".into(),
//!     jti: "decision_01".into(),
//!     iat: now.as_second(),
//!     exp: now.as_second() + byleave_assertion::LIFE_SECONDS,
//! });
//! assert_eq!(verifier.verify(&header, now)?.organization, "acme");
//! let later: jiff::Timestamp = "2026-11-23T10:01:00Z".parse()?;
//! assert_eq!(verifier.verify(&header, later), Err(Refused::Expired));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod signer;
mod verifier;

pub use signer::{SeedRejected, Signer};
pub use verifier::{KeysRejected, Refused, Verifier};

use serde::{Deserialize, Serialize};

/// Name of the request header that carries the assertion, in the lower case that HTTP libraries compare with.
pub const HEADER_NAME: &str = "byleave-assertion";

/// The only `typ` accepted in the header of the JWT; it keeps other JWTs of the same issuer from passing as assertions
/// (RFC 8725, 3.11).
pub const TYPE: &str = "byleave-assertion+jwt";

/// Longest life of an assertion in seconds, from `iat` to `exp`.
pub const LIFE_SECONDS: i64 = 30;

/// How far the two clocks may disagree, in seconds.
pub const LEEWAY_SECONDS: i64 = 5;

/// Longest header value that is looked at, in bytes.
pub const VALUE_BYTES_MAX: usize = 4 * 1024;

/// The claims of one assertion, under the names that RFC 7519 and RFC 8693 give them. Claims that this version does not
/// know are ignored, so that a newer gateway can add some.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assertion {
    /// Base URL of the control plane that vouches, exactly as it calls itself.
    pub iss: String,
    /// Slug of the tool that the request is for.
    pub aud: String,
    /// Id of the organization whose data the request may touch: `org_` and 32 hexadecimal digits. Scope every query by it.
    pub sub: String,
    /// Slug of the same organization, for people to read.
    pub organization: String,
    /// Who acts.
    pub act: Act,
    /// Id of the visit that the request belongs to, `visit_…`.
    pub visit: String,
    /// Id of the decision that let the request in.
    pub jti: String,
    /// When it was signed, in seconds since the Unix epoch.
    pub iat: i64,
    /// When it ends, in seconds since the Unix epoch; at most [`LIFE_SECONDS`] after `iat`.
    pub exp: i64,
}

/// Who acts for the vendor: a support person or a support service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// `person_…` or `service_…`.
    pub sub: String,
    /// Name for people to read.
    pub name: String,
    /// Who employs the person or runs the service.
    pub employer: String,
}
