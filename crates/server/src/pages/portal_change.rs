//! Disable and ask to enable, from the security contact's page: the script there signs, the application decides.
//!
//! The answer is the page's content as it stands afterwards, which the script puts in place.

use axum::extract::State;
use axum::response::Response;

use crate::api::support_access::signed;
use crate::form::Posted;
use crate::pages::portal::{content, portal};
use crate::pages::signing::Signed;
use crate::problem::Refusal;
use crate::site::Site;

/// `POST /portal/disable`
pub(crate) async fn disable(
    State(site): State<Site>,
    Posted { known, fields }: Posted<Signed>,
) -> Result<Response, Refusal> {
    let (_, organization) = known.contact()?;
    let (text, signature) = fields.read(&site, &known).await?;
    let receipt = site.app.disable(organization, signed(&text, signature)?).await?;
    content(portal(&site, &known).await?.with(receipt))
}

/// `POST /portal/enable`: opens a change request.
pub(crate) async fn request_enable(
    State(site): State<Site>,
    Posted { known, fields }: Posted<Signed>,
) -> Result<Response, Refusal> {
    let (_, organization) = known.contact()?;
    let (text, signature) = fields.read(&site, &known).await?;
    site.app.request_enable(organization, signed(&text, signature)?).await?;
    content(portal(&site, &known).await?)
}
