//! Change requests: what waits for a desk person, and the approval.

use axum::Json;
use axum::extract::{Path, Query, State};
use byleave_api::problem::ProblemType;
use byleave_api::v1;
use byleave_app::caller::Caller;
use byleave_domain::change_request::{ChangeRequest, ChangeRequestState};
use serde::Deserialize;

use crate::api::Asker;
use crate::problem::Refusal;
use crate::site::Site;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wanted {
    state: Option<InState>,
}

#[derive(Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum InState {
    Received,
    Processed,
    Superseded,
}

/// `GET /v1/change-requests?state=…`, oldest first.
pub(crate) async fn list(
    State(site): State<Site>,
    asker: Asker,
    wanted: Result<Query<Wanted>, axum::extract::rejection::QueryRejection>,
) -> Result<Json<Vec<v1::ChangeRequest>>, Refusal> {
    if !matches!(asker.0, Caller::Admin | Caller::DeskPerson(_)) {
        return Err(Refusal::elsewhere(asker.0, "desk people and the administrator"));
    }
    let Query(wanted) = wanted.map_err(|rejected| Refusal::invalid(rejected.body_text()))?;
    let world = site.app.world();
    let mut requests: Vec<_> = world
        .change_requests
        .values()
        .filter(|request| wanted.state.as_ref().is_none_or(|state| *state == state_of(request)))
        .collect();
    requests.sort_by_key(|request| request.received_at);
    Ok(Json(requests.into_iter().map(view).collect()))
}

/// `GET /v1/change-requests/{id}`
pub(crate) async fn show(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Json<v1::ChangeRequest>, Refusal> {
    let world = site.app.world();
    let found = id.parse().ok().and_then(|id| world.change_requests.get(&id));
    let visible = match asker.0 {
        Caller::Admin | Caller::DeskPerson(_) => found,
        Caller::Contact(_, own) | Caller::Organization(own) => found.filter(|r| r.organization == own),
        Caller::Subject(_) => {
            return Err(Refusal::elsewhere(asker.0, "desk people and the organization"));
        }
    };
    visible.map(|request| Json(view(request))).ok_or_else(|| Refusal::not_found("change request"))
}

/// `POST /v1/change-requests/{id}/approve`: support access is enabled when this answers.
pub(crate) async fn approve(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Json<v1::ChangeRequest>, Refusal> {
    let by = match asker.0 {
        Caller::DeskPerson(by) => by,
        Caller::Admin => {
            return Err(Refusal::new(
                ProblemType::Forbidden,
                "an administrator cannot enable support access; a desk person approves what a security contact asked",
            ));
        }
        other => return Err(Refusal::elsewhere(other, "desk people")),
    };
    let id = id.parse().map_err(|_| Refusal::not_found("change request"))?;
    let request = site.app.approve(id, by).await?;
    Ok(Json(view(&request)))
}

/// A change request as sent.
pub(crate) fn view(request: &ChangeRequest) -> v1::ChangeRequest {
    let (state, approved_by) = match &request.state {
        ChangeRequestState::Received => ("received", None),
        ChangeRequestState::Processed { approval, .. } => ("processed", Some(approval.by.to_string())),
        ChangeRequestState::Superseded => ("superseded", None),
    };
    v1::ChangeRequest {
        id: request.id.to_string(),
        organization: request.organization.to_string(),
        action: "enable".to_owned(),
        state: state.to_owned(),
        contact: request.statement.statement.contact.to_string(),
        received_at: request.received_at.to_string(),
        approved_by,
    }
}

fn state_of(request: &ChangeRequest) -> InState {
    match request.state {
        ChangeRequestState::Received => InState::Received,
        ChangeRequestState::Processed { .. } => InState::Processed,
        ChangeRequestState::Superseded => InState::Superseded,
    }
}
