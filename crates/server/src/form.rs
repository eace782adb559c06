//! Forms that change something: who sent them is known and meant it before their fields are looked at.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts as _, Multipart, Request};
use byleave_api::problem::ProblemType;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::auth::{Known, from_own_page};
use crate::problem::Refusal;
use crate::site::Site;
use crate::text::Text;

/// A form with its sender.
pub(crate) struct Posted<T> {
    pub known: Known,
    pub fields: T,
}

/// A form whose only content is that it was sent.
#[derive(Deserialize)]
pub(crate) struct Nothing {}

#[derive(Deserialize)]
struct Token {
    #[serde(default)]
    csrf: String,
}

impl<T: DeserializeOwned> FromRequest<Site> for Posted<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Refusal> {
        let (mut parts, body) = request.into_parts();
        let known = Known::from_request_parts(&mut parts, site).await?;
        let headers = parts.headers.clone();
        let body = bytes(Request::from_parts(parts, body), site).await?;
        let token = serde_urlencoded::from_bytes::<Token>(&body).map_err(Refusal::invalid)?;
        known.meant(site, &headers, &token.csrf)?;
        let fields = serde_urlencoded::from_bytes(&body).map_err(Refusal::invalid)?;
        Ok(Self { known, fields })
    }
}

/// A form that anybody may send, from a page of ours.
pub(crate) struct Anyones<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Site> for Anyones<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Refusal> {
        if !from_own_page(site, request.headers()) {
            let refusal = Refusal::new(ProblemType::Forbidden, "the form did not come from a page of ours");
            return Err(refusal.saying(Text::of("refusal-form")));
        }
        let body = bytes(request, site).await?;
        serde_urlencoded::from_bytes(&body).map(Self).map_err(Refusal::invalid)
    }
}

/// A form with one file in it.
pub(crate) struct Uploaded {
    pub known: Known,
    pub file: Vec<u8>,
}

impl FromRequest<Site> for Uploaded {
    type Rejection = Refusal;

    async fn from_request(request: Request, site: &Site) -> Result<Self, Refusal> {
        let (mut parts, body) = request.into_parts();
        let known = Known::from_request_parts(&mut parts, site).await?;
        let headers = parts.headers.clone();
        let unread =
            |why: &dyn std::fmt::Display| Refusal::invalid(format!("the form cannot be read: {why}"));
        let mut form = Multipart::from_request(Request::from_parts(parts, body), site)
            .await
            .map_err(|why| unread(&why.body_text()))?;
        let (mut token, mut file) = (String::new(), Vec::new());
        while let Some(field) = form.next_field().await.map_err(|why| unread(&why.body_text()))? {
            let name = field.name().unwrap_or_default().to_owned();
            let bytes = field.bytes().await.map_err(|why| unread(&why.body_text()))?;
            match name.as_str() {
                "csrf" => token = String::from_utf8_lossy(&bytes).into_owned(),
                "file" => file = bytes.to_vec(),
                _ => {}
            }
        }
        known.meant(site, &headers, &token)?;
        Ok(Self { known, file })
    }
}

/// The whole body, within the router's limit.
pub(crate) async fn bytes(request: Request, site: &Site) -> Result<Bytes, Refusal> {
    Bytes::from_request(request, site).await.map_err(|rejected| {
        let refusal = Refusal::plain(rejected.status(), "the body is too large, or did not arrive whole");
        refusal.saying(Text::of("refusal-body"))
    })
}
