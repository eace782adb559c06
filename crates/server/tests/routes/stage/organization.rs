//! An organization with a security contact whom both desk people have called, and a token of its own.

use byleave_app::App;
use byleave_app::contacts::NewContact;
use byleave_app::credentials::Holder;
use byleave_domain::change_request::CallOutcome;
use byleave_domain::statement::public_key;

use super::{Caller, Organization, signed_in, token};

pub async fn organization(
    app: &App,
    slug: &'static str,
    name: &str,
    contact: &str,
    seed: u8,
) -> Organization {
    let seed = [seed; 32];
    let id = app.organization_create(name.parse().unwrap(), slug.parse().unwrap()).await.unwrap();
    let new = NewContact {
        name: contact.parse().unwrap(),
        email: format!("contact@{slug}.example").parse().unwrap(),
        phone: "+49 30 0000".parse().unwrap(),
        key: Some(public_key(&seed)),
    };
    let (contact_id, _) = app.contact_create(id, new).await.unwrap();
    let desk: Vec<_> = app.world().desk_people.keys().copied().collect();
    for by in desk {
        app.contact_call_begin(contact_id, by).unwrap();
        let words = app.contact_words(contact_id).unwrap();
        app.contact_call_heard(contact_id, by, &words.answer).unwrap();
        let called = app.contact_call_made(contact_id, by, CallOutcome::Confirmed, None, "answered");
        called.await.unwrap();
    }
    let contact = signed_in(app, Holder::Contact(contact_id)).await;
    let token = Caller { session: None, token: Some(token(app, Holder::Organization(id)).await) };
    Organization { id, slug, contact_id, contact, token, seed }
}
