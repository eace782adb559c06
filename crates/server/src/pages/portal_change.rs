//! Disable and ask to enable, from the security contact's page: the script there signs, the application decides.
//!
//! The answer is the page's content as it stands afterwards, which the script puts in place.

use axum::extract::State;
use axum::response::Response;
use byleave_api::v1;
use serde::Deserialize;

use crate::api::support_access::signed;
use crate::form::Posted;
use crate::pages::portal::{content, portal};
use crate::problem::Refusal;
use crate::site::Site;

/// A signed statement, as the page's script sends it.
#[derive(Deserialize)]
pub(crate) struct Signed {
    statement: String,
    signature: String,
}

impl Signed {
    fn into_change(self) -> v1::Change {
        v1::Change { statement: self.statement, signature: self.signature }
    }
}

/// `POST /portal/disable`
pub(crate) async fn disable(
    State(site): State<Site>,
    Posted { known, fields }: Posted<Signed>,
) -> Result<Response, Refusal> {
    let (_, organization) = known.contact()?;
    let receipt = site.app.disable(organization, signed(&fields.into_change())?).await?;
    content(portal(&site, &known).await?.with(receipt))
}

/// `POST /portal/enable`: opens a change request.
pub(crate) async fn request_enable(
    State(site): State<Site>,
    Posted { known, fields }: Posted<Signed>,
) -> Result<Response, Refusal> {
    let (_, organization) = known.contact()?;
    site.app.request_enable(organization, signed(&fields.into_change())?).await?;
    content(portal(&site, &known).await?)
}
