//! Organizations.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::{Path, State};
use byleave_api::v1;
use byleave_app::catalog::{NewOrganization, NotImported, Unfit};
use byleave_app::mail_domains::domains_fit;
use byleave_app::notice_addresses::notices_fit;
use byleave_domain::ids::OrganizationId;
use byleave_domain::text::{Email, MailDomain};

use crate::api::page::{Listed, Page};
use crate::api::{Admin, Asked, Asker, Body, Created, organization};
use crate::organization_csv::LINES_MAX;
use crate::problem::{Refusal, read};
use crate::refused;
use crate::site::Site;
use crate::text::Text;
use crate::words;

/// `GET /v1/organizations`, in the order of their slugs.
pub(crate) async fn list(
    State(site): State<Site>,
    _: Admin,
    Asked(page): Asked<Page>,
) -> Result<Listed<v1::Organization>, Refusal> {
    let ids: Vec<_> = {
        let world = site.app.world();
        world.organizations.values().map(|t| (t.organization.slug.to_string(), t.organization.id)).collect()
    };
    page.of(ids, |(slug, _)| slug.clone())?.try_shown(|(_, id)| view(&site, id))
}

/// `POST /v1/organizations`
pub(crate) async fn create(
    State(site): State<Site>,
    _: Admin,
    Body(wanted): Body<v1::OrganizationCreate>,
) -> Result<Created<v1::Organization>, Refusal> {
    let new = new(&site, &wanted, "").map_err(Refusal::together)?;
    let id = site.app.organization_create_from(new).await?;
    Ok(Created::at(format!("/v1/organizations/{id}"), view(&site, id)?))
}

/// `POST /v1/organization-imports`: all or none; what does not fit is named, each field of each line.
pub(crate) async fn import(
    State(site): State<Site>,
    _: Admin,
    Body(wanted): Body<v1::OrganizationImport>,
) -> Result<Json<v1::OrganizationsImported>, Refusal> {
    let lines = wanted.organizations;
    if lines.len() > LINES_MAX {
        let why = format!("{} organizations; at most {LINES_MAX} are taken at once", lines.len());
        return Err(Refusal::unfit("organizations", &lines.len().to_string(), why));
    }
    let organizations = all_new(&site, &lines).map_err(Refusal::together)?;
    let imported = site.app.organizations_import(organizations).await.map_err(|why| match why {
        NotImported::Unfit(faults) => {
            Refusal::together(faults.iter().map(|(place, why)| unfit(&lines, *place, why)))
        }
        NotImported::NotCreated(why) => why.into(),
    })?;
    let views =
        |ids: Vec<OrganizationId>| ids.into_iter().map(|id| view(&site, id)).collect::<Result<_, _>>();
    let (created, present) = (views(imported.created)?, views(imported.present)?);
    Ok(Json(v1::OrganizationsImported { created, present }))
}

/// What is to be created, or every field of each line that does not fit.
pub(crate) fn all_new(
    site: &Site,
    lines: &[v1::OrganizationCreate],
) -> Result<Vec<NewOrganization>, Vec<Refusal>> {
    let (mut organizations, mut faults) = (Vec::with_capacity(lines.len()), Vec::new());
    for (place, line) in lines.iter().enumerate() {
        match new(site, line, &format!("organizations/{place}/")) {
            Ok(new) => organizations.push(new),
            Err(unfit) => faults.extend(unfit),
        }
    }
    if faults.is_empty() { Ok(organizations) } else { Err(faults) }
}

/// What is to be created, or every field that does not fit; `at` is where the fields are.
fn new(site: &Site, wanted: &v1::OrganizationCreate, at: &str) -> Result<NewOrganization, Vec<Refusal>> {
    let name = read(&format!("{at}name"), &wanted.name);
    let slug = read(&format!("{at}slug"), &wanted.slug);
    let notices = notices(site, &wanted.notice_addresses, at);
    match (name, slug, domains(&wanted.domains, at), notices) {
        (Ok(name), Ok(slug), Ok(domains), Ok(notices)) => {
            Ok(NewOrganization { name, slug, domains, notices })
        }
        (name, slug, domains, notices) => {
            let faults = [domains.err(), notices.err()].into_iter().flatten().flatten();
            Err([name.err(), slug.err()].into_iter().flatten().chain(faults).collect())
        }
    }
}

fn domains(wanted: &[String], at: &str) -> Result<BTreeSet<MailDomain>, Vec<Refusal>> {
    each(wanted, &format!("{at}domains"), domains_fit, read)
}

/// Addresses that copies can go to; `at` is where the field is.
pub(crate) fn notices(site: &Site, wanted: &[String], at: &str) -> Result<BTreeSet<Email>, Vec<Refusal>> {
    each(wanted, &format!("{at}notice_addresses"), notices_fit, |field, text| {
        let address: Email = read(field, text)?;
        if site.app.is_own_address(&address) {
            let why = format!(
                "`{address}` is where mail to the vendor comes in; name an address of the organization's"
            );
            return Err(Refusal::unfit(field, text, why).saying(Text::of("rule-own-address")));
        }
        Ok(address)
    })
}

/// What stands in a list, or everything in it that does not fit.
fn each<T: Ord, E: std::fmt::Display>(
    wanted: &[String],
    field: &str,
    fit: impl Fn(usize) -> Result<(), E>,
    read: impl Fn(&str, &str) -> Result<T, Refusal>,
) -> Result<BTreeSet<T>, Vec<Refusal>> {
    let (mut all, mut faults) = (BTreeSet::new(), Vec::new());
    let count = wanted.len();
    if let Err(why) = fit(count) {
        faults.push(Refusal::unfit(field, &count.to_string(), why).saying(refused::too_many()));
    }
    for (place, text) in wanted.iter().enumerate() {
        match read(&format!("{field}/{place}"), text) {
            Ok(one) => drop(all.insert(one)),
            Err(unfit) => faults.push(unfit),
        }
    }
    if faults.is_empty() { Ok(all) } else { Err(faults) }
}

/// What a line holds that is not taken.
pub(crate) fn unfit(lines: &[v1::OrganizationCreate], place: usize, why: &Unfit) -> Refusal {
    let Some(line) = lines.get(place) else { return Refusal::failed(why) };
    let (field, value) = match why {
        Unfit::Taken(_) | Unfit::Assets { .. } => ("slug", line.slug.clone()),
        Unfit::OtherDomains { .. } | Unfit::TooManyDomains(_) => ("domains", line.domains.join(" ")),
        Unfit::OtherNotices { .. } | Unfit::TooManyNotices(_) => {
            ("notice_addresses", line.notice_addresses.join(" "))
        }
    };
    let refusal = Refusal::refused(&format!("organizations/{place}/{field}"), &value, why.to_string());
    refusal.saying(refused::unfit(why))
}

/// `POST /v1/organizations/{organization}/domains`
pub(crate) async fn put_domains(
    State(site): State<Site>,
    _: Admin,
    asker: Asker,
    Path(named): Path<String>,
    Body(wanted): Body<v1::MailDomains>,
) -> Result<Json<v1::Organization>, Refusal> {
    let id = organization(&site, &asker, &named, false)?;
    let domains = domains(&wanted.domains, "").map_err(Refusal::together)?;
    site.app.mail_domains_put(id, domains).await?;
    view(&site, id).map(Json)
}

/// `POST /v1/organizations/{organization}/notice-addresses`: asked for, once there are security contacts.
pub(crate) async fn put_notice_addresses(
    State(site): State<Site>,
    _: Admin,
    asker: Asker,
    Path(named): Path<String>,
    Body(wanted): Body<v1::NoticeAddresses>,
) -> Result<Json<v1::Organization>, Refusal> {
    let id = organization(&site, &asker, &named, false)?;
    let addresses = notices(&site, &wanted.notice_addresses, "").map_err(Refusal::together)?;
    site.app.notice_addresses_put(id, None, addresses).await?;
    view(&site, id).map(Json)
}

/// `GET /v1/organizations/{organization}`
pub(crate) async fn show(
    State(site): State<Site>,
    asker: Asker,
    Path(named): Path<String>,
) -> Result<Json<v1::Organization>, Refusal> {
    view(&site, organization(&site, &asker, &named, false)?).map(Json)
}

fn listed(addresses: &BTreeSet<Email>) -> Vec<String> {
    addresses.iter().map(ToString::to_string).collect()
}

fn view(site: &Site, id: OrganizationId) -> Result<v1::Organization, Refusal> {
    let world = site.app.world();
    let known = world.organizations.get(&id).ok_or_else(|| Refusal::not_found("organization"))?;
    let organization = &known.organization;
    Ok(v1::Organization {
        id: organization.id.to_string(),
        slug: organization.slug.to_string(),
        name: organization.name.to_string(),
        domains: known.domains.iter().map(ToString::to_string).collect(),
        notice_addresses: listed(&known.notices.addresses),
        notice_addresses_asked: known.notices.asked.as_ref().map(listed),
        support_access: words::state_word(organization).to_owned(),
        log: log_view(site, organization.log)?,
    })
}

/// Where a log is, and with which key it is verified.
pub(crate) fn log_view(site: &Site, log: byleave_domain::ids::LogId) -> Result<v1::Log, Refusal> {
    let keys = site.app.keys();
    Ok(v1::Log {
        url: format!("{}/c/{}", site.config.base_url, keys.capability(log)),
        origin: keys.origin(log),
        vkey: keys.verifier(log).map_err(Refusal::failed)?.to_string(),
    })
}
