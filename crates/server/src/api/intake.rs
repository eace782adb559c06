//! Mail through a pipe, and what the intake made of mail.

use axum::Json;
use axum::extract::State;
use byleave_api::v1;
use byleave_app::caller::Caller;
use byleave_app::intake::{Attached, Note, ReceivedMail};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::api::{Asked, Asker, Created, Desk, Sent};
use crate::problem::Refusal;
use crate::site::Site;

/// Longest Message-ID: that of a line (RFC 5322 §2.1.1).
const MESSAGE_ID_BYTES_MAX: usize = 998;

/// Which mail.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    /// Its Message-ID, with or without brackets.
    #[schemars(extend("minLength" = 1, "maxLength" = 998))]
    pub message_id: String,
}

/// `GET /v1/intake/messages?message_id=`: what the intake made of mail with this Message-ID, oldest first.
pub(crate) async fn list(
    State(site): State<Site>,
    _: Desk,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Vec<v1::IntakeMessage>>, Refusal> {
    let id = wanted.message_id;
    if id.is_empty() || id.len() > MESSAGE_ID_BYTES_MAX {
        let why = format!("which mail? give its `message_id`, at most {MESSAGE_ID_BYTES_MAX} bytes");
        return Err(Refusal::unfit("message_id", &id, why));
    }
    let found = site.app.mail_with(&id).await?;
    Ok(Json(found.iter().map(view).collect()))
}

/// `POST /v1/intake/messages`: takes in a mail as it is, from the mail system's pipe.
pub(crate) async fn create(
    State(site): State<Site>,
    asker: Asker,
    Sent(bytes): Sent,
) -> Result<Created<v1::IntakeMessage>, Refusal> {
    if !matches!(asker.0, Caller::Admin | Caller::DeskPerson(_)) {
        return Err(Refusal::elsewhere(asker.0, "desk people and the administrator"));
    }
    let mail = site.app.mail_receive_piped(bytes).await?;
    let id = mail.record.message_id.as_deref().unwrap_or_default();
    let query = serde_urlencoded::to_string([("message_id", id)]).map_err(Refusal::failed)?;
    Ok(Created::at(format!("/v1/intake/messages?{query}"), view(&mail)))
}

fn view(mail: &ReceivedMail) -> v1::IntakeMessage {
    let record = &mail.record;
    let note = |note: &Note| format!("{}: {}", note.code, note.text);
    let attached = |file: &Attached| v1::IntakeAttachment {
        filename: file.filename.clone(),
        media_type: file.media_type.clone(),
        size: file.size,
        sha256: file.sha256.clone(),
    };
    v1::IntakeMessage {
        id: mail.id.to_string(),
        message_id: record.message_id.clone(),
        received_at: mail.received_at.to_string(),
        disposition: record.disposition.clone(),
        auth: v1::IntakeAuth {
            spf: record.checks.spf.clone(),
            dkim: record.checks.dkim.clone(),
            dmarc: record.checks.dmarc.clone(),
            arc: record.checks.arc.clone(),
            from_domain: Some(record.checks.from_domain.clone()).filter(|domain| !domain.is_empty()),
        },
        organization_name: record.organization_name.clone(),
        action: record.action.clone(),
        confirmation: record.confirmation,
        contact: record.contact.clone(),
        effective: false,
        attachments: record.attachments.iter().map(attached).collect(),
        warnings: record.warnings.iter().map(note).collect(),
        reasons: record.reasons.iter().map(note).collect(),
        change_request: record.change_request.clone(),
        sha256: record.sha256.clone(),
        size: record.size,
    }
}
