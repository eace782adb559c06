//! Who decides at a site, and who works at its desk.

use byleave_app::contacts::Wanted;
use byleave_app::credentials::Holder;
use byleave_domain::change_request::By;
use byleave_domain::ids::{ContactId, SessionId};
use byleave_domain::statement::public_key;

use super::{DESK_SEED, SECOND_DESK_SEED, Site, beginning, new_contact};

impl Site {
    /// Somebody becomes a security contact, in the place of `old` if there is one.
    pub async fn becomes(&self, name: &str, old: Option<ContactId>) -> ContactId {
        let email = format!("{}@acme.example", name.to_lowercase());
        let new = new_contact(&format!("{name} Example"), &email, &[77; 32]);
        let wanted = old.map_or(Wanted::Add(new.clone()), |old| Wanted::Replace(old, new));
        let change = self.app.contact_change_begin(self.organization, By::Nobody, wanted).await.unwrap();
        self.agree(change.id).await.unwrap();
        change.particulars.contact
    }

    /// The configuration names both desk people with their keys, or the first alone with one.
    pub async fn configure_desk(&self, both: bool) {
        self.configure(&[Some(DESK_SEED), Some(SECOND_DESK_SEED).filter(|_| both)]).await.unwrap();
    }

    /// The configuration names both desk people, with these keys.
    pub async fn configure(&self, seeds: &[Option<[u8; 32]>; 2]) -> Result<(), String> {
        for (id, seed) in [self.desk_person, self.second_desk_person].into_iter().zip(seeds) {
            let person = self.app.world().desk_people[&id].clone();
            let key = seed.map(|seed| public_key(&seed));
            let put = self.app.desk_person_put(person.name, person.email, key).await;
            put.map_err(|why| why.to_string())?;
        }
        self.app.desk_keys_settle().await.map_err(|why| why.to_string())
    }

    /// Somebody signs in, with the limits that are usual, in place of a session that their browser had.
    pub async fn signed_in(&self, holder: Holder, instead_of: Option<&str>) -> (String, SessionId) {
        let link = self.app.issue_link(holder).await.unwrap();
        let signed_in = self.app.sign_in(link.reveal(), beginning(instead_of)).await.unwrap().unwrap();
        let secret = signed_in.secret.reveal().to_owned();
        let (caller, session) = self.app.session(&secret).unwrap();
        assert_eq!(caller, signed_in.caller);
        (secret, session)
    }
}
