//! Freezes: begun by a desk person's token, lifted by two desk people's signatures, seen by every organization.

use axum::Json;
use axum::extract::{Path, State};
use byleave_api::v1;
use byleave_app::caller::Caller;
use byleave_app::freezes::FreezeReceipt;
use byleave_app::world::World;
use byleave_domain::freeze::{Freeze, FreezeScope};
use byleave_domain::ids::{DeskPersonId, FreezeId};
use byleave_domain::signature::Signature;
use byleave_domain::text::Name;
use jiff::Timestamp;

use crate::api::change_requests::key_signature;
use crate::api::page::{Listed, Page, newest_first};
use crate::api::{Asked, Asker, Body, Created, Desk};
use crate::problem::{Refusal, read};
use crate::site::Site;

/// `GET /v1/freezes`, newest first.
pub(crate) async fn list(
    State(site): State<Site>,
    asker: Asker,
    Asked(page): Asked<Page>,
) -> Result<Listed<v1::Freeze>, Refusal> {
    let world = site.app.world();
    let seen = page.of(visible(&world, asker.0)?, |freeze| newest_first(freeze.at, freeze.id))?;
    Ok(seen.shown(|freeze| view(&world, freeze, asker.0, site.app.now())))
}

/// `POST /v1/freezes`
pub(crate) async fn create(
    State(site): State<Site>,
    Desk(by): Desk,
    Body(wanted): Body<v1::FreezeCreate>,
) -> Result<Created<v1::FreezeReceipt>, Refusal> {
    let receipt = begun(&site, by, wanted.employer.as_deref(), &wanted.reason).await?;
    let freeze = view(&site.app.world(), &receipt.freeze, Caller::DeskPerson(by), site.app.now());
    let receipt = v1::FreezeReceipt {
        freeze,
        enforcement_point: receipt.enforcement_point.to_owned(),
        connections_reset: receipt.connections,
        visits_ended: receipt.visits,
        organizations: receipt.organizations,
        organizations_told: receipt.recorded,
    };
    Ok(Created::at(format!("/v1/freezes/{}", receipt.freeze.id), receipt))
}

/// `GET /v1/freezes/{id}`
pub(crate) async fn show(
    State(site): State<Site>,
    asker: Asker,
    Path(id): Path<String>,
) -> Result<Json<v1::Freeze>, Refusal> {
    let world = site.app.world();
    let id = parse_id(&id)?;
    let freeze = visible(&world, asker.0)?.into_iter().find(|freeze| freeze.id == id).ok_or_else(missing)?;
    Ok(Json(view(&world, freeze, asker.0, site.app.now())))
}

/// `POST /v1/freezes/{id}/lift`: the text of [`show`]'s `lift`, signed with the desk person's key. The second one lifts.
pub(crate) async fn lift(
    State(site): State<Site>,
    Desk(by): Desk,
    Path(id): Path<String>,
    Body(signed): Body<v1::Change>,
) -> Result<Json<v1::Freeze>, Refusal> {
    let signature = key_signature(&signed.signature)?.into();
    let freeze = lifted(&site, parse_id(&id)?, by, (signed.statement, signature)).await?;
    Ok(Json(view(&site.app.world(), &freeze, Caller::DeskPerson(by), site.app.now())))
}

/// Begins a freeze as it was asked for.
pub(crate) async fn begun(
    site: &Site,
    by: DeskPersonId,
    employer: Option<&str>,
    reason: &str,
) -> Result<FreezeReceipt, Refusal> {
    let scope = match employer {
        None => FreezeScope::Everybody,
        Some(name) => FreezeScope::Employer(read("employer", name)?),
    };
    let reason = read("reason", reason)?;
    Ok(site.app.freeze_begin(by, scope, reason).await?)
}

/// Takes a desk person's word to lift as it was sent.
pub(crate) async fn lifted(
    site: &Site,
    id: FreezeId,
    by: DeskPersonId,
    (text, signature): (String, Signature),
) -> Result<Freeze, Refusal> {
    Ok(site.app.freeze_lift(id, by, &text, signature).await?)
}

pub(crate) fn parse_id(text: &str) -> Result<FreezeId, Refusal> {
    text.parse().map_err(|_| missing())
}

pub(crate) fn missing() -> Refusal {
    Refusal::not_found("freeze")
}

/// The vendor's people see all; an organization those of its own time.
fn visible(world: &World, caller: Caller) -> Result<Vec<&Freeze>, Refusal> {
    let all = world.freezes.values();
    match caller {
        Caller::Admin | Caller::DeskPerson(_) => Ok(all.collect()),
        Caller::Contact(_, own) | Caller::Organization(own) => {
            let since = world.organizations.get(&own).map(|tenant| tenant.organization.created_at);
            Ok(all.filter(|freeze| since.is_some_and(|since| concerns(freeze, since))).collect())
        }
        Caller::Subject(_) => Err(Refusal::elsewhere(caller, "desk people and organizations")),
    }
}

/// Whether a freeze was ever in force for an organization that there is `since` then.
pub(crate) fn concerns(freeze: &Freeze, since: Timestamp) -> bool {
    freeze.lifted_at.is_none_or(|lifted| lifted >= since)
}

fn view(world: &World, freeze: &Freeze, caller: Caller, now: Timestamp) -> v1::Freeze {
    let by_desk = matches!(caller, Caller::DeskPerson(_) | Caller::Admin);
    let places = caller.organization().and_then(|id| world.organizations.get(&id));
    let places = places.and_then(|tenant| tenant.freezes.get(&freeze.id));
    let approved_by = freeze.approvals.iter().map(|signed| signed.lift.by.to_string());
    v1::Freeze {
        id: freeze.id.to_string(),
        employer: employer(freeze).map(str::to_owned),
        reason: freeze.reason.to_string(),
        state: if freeze.is_in_force() { "in_force" } else { "lifted" }.to_owned(),
        begun_at: freeze.at.to_string(),
        begun_by: by_desk.then(|| freeze.by.to_string()),
        approvals: freeze.approvals.len(),
        approved_by: if by_desk { approved_by.collect() } else { Vec::new() },
        lifted_at: freeze.lifted_at.map(|at| at.to_string()),
        entries: places.map(|p| std::iter::once(p.begin).chain(p.lift).collect()).unwrap_or_default(),
        lift: match caller {
            Caller::DeskPerson(by) if freeze.is_in_force() => Some(freeze.lift(by, now).to_text()),
            _ => None,
        },
    }
}

/// Whose people are kept out, unless everybody is.
pub(crate) fn employer(freeze: &Freeze) -> Option<&str> {
    freeze.scope.employer().map(Name::as_str)
}
