//! `/enrol/{link}`: somebody registers a passkey with a link that a desk person handed over. Nobody is signed in by it.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use byleave_app::passkeys::PasskeyRefused;

use crate::auth::Known;
use crate::form::{Anyones, Posted};
use crate::pages::desk_find::holder;
use crate::pages::desk_vendor::{LinkWanted, SecretPage};
use crate::pages::passkey_form::{MadeFields, to_make};
#[cfg(test)]
use crate::pages::samples::{Sample, sample};
use crate::pages::{Frame, name, render};
use crate::problem::Refusal;
use crate::site::Site;
use crate::text::{Text, filters};

#[derive(Template)]
#[template(path = "enrol.html")]
struct EnrolPage {
    frame: Frame,
    link: String,
    person: String,
    /// What the browser is asked; where it cannot be, why.
    options: Result<String, Text>,
}

#[derive(Template)]
#[template(path = "enrolled.html")]
struct EnrolledPage {
    frame: Frame,
    name: String,
}

/// `GET /enrol/{link}`: looking at it uses nothing up.
pub(crate) async fn show(
    State(site): State<Site>,
    known: Option<Known>,
    headers: HeaderMap,
    Path(link): Path<String>,
) -> Result<Response, Refusal> {
    let (whose, challenge) = site.app.enrolment_begin(&link).ok_or(PasskeyRefused::Link)?;
    let frame = Frame::new(&site, known.as_ref());
    let page = {
        let world = site.app.world();
        let person = world.holder(whose).map(|caller| name(&world, caller)).unwrap_or_default();
        let options = site
            .passkey_page(&headers)
            .map(|page| to_make(&world, &page, &site.config.vendor_name, (whose, &person), &challenge));
        EnrolPage { frame, link, person, options }
    };
    render(StatusCode::OK, &page)
}

/// `POST /enrol/{link}`
pub(crate) async fn take(
    State(site): State<Site>,
    known: Option<Known>,
    Path(link): Path<String>,
    Anyones(fields): Anyones<MadeFields>,
) -> Result<Response, Refusal> {
    let made = fields.made()?;
    let passkey = site.app.enrol(site.passkeys()?, &link, fields.challenge, made).await?;
    let frame = Frame::new(&site, known.as_ref());
    render(StatusCode::OK, &EnrolledPage { frame, name: passkey.name.to_string() })
}

/// `POST /desk/enrolments`: a link with which somebody registers a passkey, shown once.
pub(crate) async fn issue(
    State(site): State<Site>,
    headers: HeaderMap,
    Posted { known, fields }: Posted<LinkWanted>,
) -> Result<Response, Refusal> {
    let by = known.desk_person()?;
    let found = holder(&site.app.world(), &fields.holder);
    let (whose, name) = found.ok_or_else(|| Refusal::not_found("person"))?;
    let link = site.app.enrolment_issue(whose, by).await?;
    tracing::info!("desk person {by} issued a passkey link for {}", fields.holder);
    let page = SecretPage {
        frame: Frame::new(&site, Some(&known)),
        title: Text::of("enrol-link-for").arg("who", name),
        secret: format!("{}/enrol/{}", site.passkey_address(&headers), link.reveal()),
        what_it_is: Text::of("enrol-link-is"),
    };
    render(StatusCode::OK, &page)
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<Sample> {
    let page = |options| EnrolPage {
        frame: Frame::of_stranger(),
        link: "bl_0".to_owned(),
        person: "Dana Example".to_owned(),
        options,
    };
    let done = EnrolledPage { frame: Frame::of_stranger(), name: "Laptop".to_owned() };
    vec![
        sample("enrol", page(crate::pages::passkey_form::sample_options())),
        sample("enrol-no-name", page(Err(Text::of("passkeys-no-name")))),
        sample("enrolled", done),
    ]
}
