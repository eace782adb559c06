//! An organization's setting: read it, disable it, ask to enable it. The signature decides, whoever carries it here.

use axum::Json;
use axum::extract::{Path, State};
use byleave_api::v1;
use byleave_app::setting::Receipt;
use byleave_domain::signature::Signature;
use byleave_domain::statement::SignedStatement;
use byleave_domain::support_access::SupportAccess;

use crate::api::{Asker, Body, Created, change_requests, organization};
use crate::problem::{Refusal, statement};
use crate::site::Site;
use crate::words;

/// `GET /v1/organizations/{organization}/support-access`
pub(crate) async fn show(
    State(site): State<Site>,
    asker: Asker,
    Path(named): Path<String>,
) -> Result<Json<v1::SupportAccess>, Refusal> {
    let id = organization(&site, &asker, &named, true)?;
    let world = site.app.world();
    let tenant = world.organizations.get(&id).ok_or_else(|| Refusal::not_found("organization"))?;
    let known = &tenant.organization;
    let (confirmation, since, by) = match (&known.closed, &known.setting.access) {
        (Some(since), _) => (None, Some(*since), None),
        (None, SupportAccess::Disabled { by, at, confirmation }) => {
            (Some(words::confirmation(*confirmation).to_owned()), Some(*at), Some(words::decided_by(*by)))
        }
        (None, SupportAccess::Enabled | SupportAccess::ApprovalRequired) => (None, None, None),
    };
    Ok(Json(v1::SupportAccess {
        organization: id.to_string(),
        support_access: words::state_word(known).to_owned(),
        confirmation,
        since: since.map(|since| since.to_string()),
        by,
        epoch: known.setting.epoch,
        checkpoint: tenant.log.checkpoint.clone(),
    }))
}

/// `POST /v1/organizations/{organization}/support-access/disable`: answers once it is in force.
pub(crate) async fn disable(
    State(site): State<Site>,
    asker: Asker,
    Path(named): Path<String>,
    Body(change): Body<v1::Change>,
) -> Result<Json<v1::Receipt>, Refusal> {
    let id = organization(&site, &asker, &named, false)?;
    let receipt = site
        .app
        .disable(id, signed(&change.statement, change_requests::key_signature(&change.signature)?.into())?)
        .await?;
    Ok(Json(receipt_view(receipt)))
}

/// `POST /v1/organizations/{organization}/support-access/enable`: opens a change request.
pub(crate) async fn request_enable(
    State(site): State<Site>,
    asker: Asker,
    Path(named): Path<String>,
    Body(change): Body<v1::Change>,
) -> Result<Created<v1::ChangeRequest>, Refusal> {
    let id = organization(&site, &asker, &named, false)?;
    let request = site
        .app
        .request_enable(
            id,
            signed(&change.statement, change_requests::key_signature(&change.signature)?.into())?,
        )
        .await?;
    change_requests::created(&site, request.id)
}

/// A signed statement as sent.
pub(crate) fn signed(text: &str, signature: Signature) -> Result<SignedStatement, Refusal> {
    Ok(SignedStatement { statement: statement(text)?, signature })
}

/// A receipt as sent.
pub(crate) fn receipt_view(receipt: Receipt) -> v1::Receipt {
    let (by, since, confirmation) = match &receipt.setting.access {
        SupportAccess::Disabled { by, at, confirmation } => {
            (words::decided_by(*by), at.to_string(), words::confirmation(*confirmation))
        }
        // A receipt is made for a disable alone.
        SupportAccess::Enabled | SupportAccess::ApprovalRequired => Default::default(),
    };
    v1::Receipt {
        organization: receipt.organization.to_string(),
        support_access: "disabled".to_owned(),
        confirmation: confirmation.to_owned(),
        epoch: receipt.setting.epoch,
        since,
        by,
        enforcement_points: vec![v1::EnforcementPoint {
            name: receipt.enforcement_point.to_owned(),
            how: "drained".to_owned(),
            connections: receipt.connections,
        }],
        entry: receipt.entry,
        checkpoint: receipt.checkpoint,
    }
}
