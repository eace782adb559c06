//! `/passkeys`: the passkeys of whoever is signed in, another one, and none any more.
//!
//! Another one takes two steps, each a ceremony of its own: one that is there vouches for it, and it is made.

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use byleave_app::caller::Caller;
use byleave_app::credentials::Holder;
use byleave_app::passkeys::{PASSKEYS_MAX, Passkey, PasskeyRefused, SignedDelegation};
use byleave_app::tokens::holder_of;
use byleave_app::world::World;
use byleave_domain::ids::PasskeyId;

use crate::auth::Known;
use crate::form::{Nothing, Posted};
use crate::pages::passkey_form::{MadeFields, PasskeyRow, UsedFields, rows, to_make};
#[cfg(test)]
use crate::pages::samples::{Sample, sample};
use crate::pages::signing::{Signed, Signer};
use crate::pages::{Frame, name, render, see};
use crate::problem::{Refusal, statement};
use crate::site::Site;
use crate::text::{Text, filters};

const HERE: &str = "/passkeys";

#[derive(Template)]
#[template(path = "passkeys.html")]
struct PasskeysPage {
    frame: Frame,
    /// Whoever it is, with their key: only that says which passkeys decide.
    signer: Signer,
    deciding: Vec<Deciding>,
    in_portal: bool,
    own: Vec<PasskeyRow>,
    /// The organization's other security contacts, with theirs.
    others: Vec<(String, Vec<PasskeyRow>)>,
    /// What the browser is asked, for another one to be vouched for; why it cannot be, where it cannot.
    vouch: Result<String, Text>,
}

/// Whether one's own passkey signs in the key's place.
struct Deciding {
    id: String,
    name: String,
    /// What the key has to sign first, if it has not.
    delegation: Option<String>,
}

#[derive(Template)]
#[template(path = "passkey_make.html")]
struct MakePage {
    frame: Frame,
    /// What the browser is asked.
    options: String,
}

/// `GET /passkeys`
pub(crate) async fn show(
    State(site): State<Site>,
    known: Known,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let holder = theirs(&known)?;
    let vouch = match site.passkey_page(&headers) {
        Err(why) => Err(why),
        Ok(page) => match site.app.passkey_add_begin(holder, known.session()?) {
            Err(PasskeyRefused::Unknown) => Err(Text::of("passkeys-first")),
            Err(PasskeyRefused::TooMany) => Err(Text::of("passkeys-enough").arg("number", PASSKEYS_MAX)),
            Err(why) => return Err(why.into()),
            Ok(challenge) => {
                let world = site.app.world();
                let own = world.passkeys_of(holder).map(|passkey| passkey.credential.as_slice());
                Ok(page.to_use(&challenge, own))
            }
        },
    };
    let page = {
        let frame = Frame::new(&site, Some(&known));
        let world = site.app.world();
        let mut others = Vec::new();
        if let Caller::Contact(own, organization) = known.caller {
            let tenant = world.organizations.get(&organization);
            let contacts = tenant.into_iter().flat_map(|tenant| &tenant.organization.contacts);
            for contact in contacts.filter(|contact| contact.id != own) {
                others.push((contact.name.to_string(), rows(&world, Holder::Contact(contact.id))));
            }
        }
        PasskeysPage {
            frame,
            signer: Signer::new(&site, &world, &known)?.by_key(),
            deciding: deciding(&site, &world, holder, &headers),
            in_portal: known.contact().is_ok(),
            own: rows(&world, holder),
            others,
            vouch,
        }
    };
    render(StatusCode::OK, &page)
}

/// `POST /passkeys/vouch`: a passkey that is there vouches for one to be made.
pub(crate) async fn vouch(
    State(site): State<Site>,
    Posted { known, fields }: Posted<UsedFields>,
) -> Result<Response, Refusal> {
    let holder = theirs(&known)?;
    let page = site.passkeys()?;
    let used = fields.used()?;
    let vouched = site.app.passkey_vouch(page.clone(), holder, known.session()?, fields.challenge, used);
    let challenge = vouched.await?;
    let frame = Frame::new(&site, Some(&known));
    let options = {
        let world = site.app.world();
        let person = name(&world, known.caller);
        to_make(&world, &page, &site.config.vendor_name, (holder, &person), &challenge)
    };
    render(StatusCode::OK, &MakePage { frame, options })
}

/// `POST /passkeys`: the one that was made.
pub(crate) async fn add(
    State(site): State<Site>,
    Posted { known, fields }: Posted<MadeFields>,
) -> Result<Response, Refusal> {
    let holder = theirs(&known)?;
    let made = fields.made()?;
    site.app.passkey_add(site.passkeys()?, holder, known.session()?, fields.challenge, made).await?;
    Ok(see(HERE))
}

/// `POST /passkeys/{id}/remove`
pub(crate) async fn remove(
    State(site): State<Site>,
    Path(id): Path<String>,
    form: Posted<Nothing>,
) -> Result<Response, Refusal> {
    theirs(&form.known)?;
    let id: PasskeyId = id.parse().map_err(|_| Refusal::not_found("passkey"))?;
    let removed = site.app.passkey_remove(id, form.known.caller).await?;
    let slug = match (form.known.caller, removed.holder) {
        (Caller::DeskPerson(_), Holder::Contact(contact)) => {
            let world = site.app.world();
            world.organization_of(contact).map(|tenant| tenant.organization.slug.to_string())
        }
        _ => None,
    };
    Ok(see(&slug.map_or_else(|| HERE.to_owned(), |slug| format!("/desk/organizations/{slug}"))))
}

/// `POST /passkeys/{id}/delegate`: one's own key says that a passkey signs in its place.
pub(crate) async fn delegate(
    State(site): State<Site>,
    Path(id): Path<String>,
    Posted { known, fields }: Posted<Signed>,
) -> Result<Response, Refusal> {
    let holder = theirs(&known)?;
    let id: PasskeyId = id.parse().map_err(|_| Refusal::not_found("passkey"))?;
    let (text, signature) = fields.by_key()?;
    let signed = SignedDelegation { delegation: statement(text)?, signature };
    site.app.passkey_delegate(site.passkeys()?, holder, id, signed).await?;
    Ok(see(HERE))
}

/// One's own passkeys, oldest first, each with what the key would sign.
fn deciding(site: &Site, world: &World, holder: Holder, headers: &HeaderMap) -> Vec<Deciding> {
    let Some(page) = &site.passkeys else { return Vec::new() };
    let origin = site.passkey_address(headers);
    let mut own: Vec<_> = world.passkeys_of(holder).collect();
    own.sort_by_key(|passkey| (passkey.registered_at, passkey.id));
    let view = |passkey: &Passkey| Deciding {
        id: passkey.id.to_string(),
        name: passkey.name.to_string(),
        delegation: (!world.is_delegated(passkey, page))
            .then(|| passkey.to_delegate(page, origin, site.app.now()).to_text()),
    };
    own.into_iter().map(view).collect()
}

/// Whoever has passkeys: those who decide.
fn theirs(known: &Known) -> Result<Holder, Refusal> {
    match known.caller {
        Caller::Contact(..) | Caller::DeskPerson(_) => Ok(holder_of(known.caller)),
        other => Err(Refusal::others_page(
            other,
            "security contacts and desk people",
            Text::of("refusal-for-both"),
        )),
    }
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<Sample> {
    use crate::pages::passkey_form::{sample_options, sample_rows};
    let frame = || Frame::of_contact();
    let long =
        "The key in the safe of the office in which nobody has been since the move, second shelf from above";
    let deciding = |names: &[&str]| {
        let text = format!(
            "byleave/delegation/v1\npasskey: passkey_{}\npublic key: {}\n",
            "0".repeat(32),
            "a5".repeat(77)
        );
        let one = |(number, name): (usize, &&str)| Deciding {
            id: format!("passkey_{number:032}"),
            name: (*name).to_owned(),
            delegation: (number > 0).then(|| text.clone()),
        };
        names.iter().enumerate().map(one).collect()
    };
    let none = PasskeysPage {
        signer: Signer::sample(true, false),
        deciding: Vec::new(),
        frame: frame(),
        in_portal: true,
        own: Vec::new(),
        others: vec![("Kim Example".to_owned(), Vec::new())],
        vouch: Err(Text::of("passkeys-first")),
    };
    let keyless = PasskeysPage {
        signer: Signer::sample(false, false),
        deciding: Vec::new(),
        frame: frame(),
        in_portal: true,
        own: sample_rows(&["Laptop"]),
        others: Vec::new(),
        vouch: sample_options(),
    };
    let some = PasskeysPage {
        signer: Signer::sample(true, false),
        deciding: deciding(&["Laptop", long]),
        frame: frame(),
        in_portal: true,
        own: sample_rows(&["Laptop", long]),
        others: vec![("Kim Example".to_owned(), sample_rows(&["Telephone", long]))],
        vouch: sample_options(),
    };
    let make = MakePage { frame: frame(), options: sample_options().unwrap_or_default() };
    vec![
        sample("passkeys-none", none),
        sample("passkeys-no-key", keyless),
        sample("passkeys", some),
        sample("passkey-make", make),
    ]
}
