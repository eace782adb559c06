//! A passkey that signs in the place of somebody's own key: the key says so once, and from then on the passkey is asked for
//! each decision.
//!
//! Whoever hands out links, or writes rows, makes nobody a passkey that decides: what is kept is the key's own word, and it
//! is verified each time. It ends with the key, or with the passkey.

use byleave_domain::contact::PublicKey;
use byleave_domain::ids::{PasskeyId, SessionId};
use byleave_domain::signature::{ByPasskey, Delegation, Signature, SignedDelegation};
use byleave_passkey::{Challenge, RelyingParty};
use jiff::Timestamp;

use super::{Passkey, PasskeyRefused, Used, answered, contact, note_used};
use crate::App;
use crate::credentials::Holder;
use crate::world::World;

impl App {
    /// Takes the word of `holder`'s own key that a passkey of theirs signs in its place.
    ///
    /// # Errors
    /// [`PasskeyRefused`].
    pub async fn passkey_delegate(
        &self,
        page: RelyingParty,
        holder: Holder,
        id: PasskeyId,
        signed: SignedDelegation,
    ) -> Result<Passkey, PasskeyRefused> {
        let now = self.now();
        let delegated = self.jobs.command(move |writer| {
            let passkey = {
                let world = writer.shared.world();
                let known = own(&world, holder, id)?;
                signed.verify(world.key_of(holder).as_ref())?;
                signed.fresh(now)?;
                if !is_of(&signed.delegation, known, &page) {
                    return Err(PasskeyRefused::OtherDelegation);
                }
                Passkey { delegation: Some(signed), ..known.clone() }
            };
            note_used(writer, passkey.clone())?;
            Ok(passkey)
        });
        delegated.await?
    }

    /// The signature under `text` of whoever is signed in, made by a passkey that signs in the place of their key. What it
    /// does is for whoever takes it.
    ///
    /// # Errors
    /// [`PasskeyRefused`].
    pub async fn passkey_sign(
        &self,
        page: RelyingParty,
        (holder, session): (Holder, SessionId),
        text: String,
        used: Used,
    ) -> Result<Signature, PasskeyRefused> {
        let now = self.now();
        let signed = self.jobs.command(move |writer| {
            let challenge = Challenge::document(text.as_bytes());
            let (passkey, delegation) = {
                let world = writer.shared.world();
                let (passkey, origin) = answered(&world, &page, &challenge, holder, &used, now)?;
                let delegation = decides(&world, &passkey, &page, session)?;
                if delegation.delegation.origin != origin {
                    return Err(PasskeyRefused::NotDelegated);
                }
                let delegation = delegation.clone();
                (passkey, delegation)
            };
            note_used(writer, passkey)?;
            Ok(Signature::Passkey(Box::new(ByPasskey { delegation, used: used.assertion })))
        });
        signed.await?
    }
}

impl Passkey {
    /// What its holder's key signs, so that it decides on pages of `origin`.
    #[must_use]
    pub fn to_delegate(&self, page: &RelyingParty, origin: &str, now: Timestamp) -> Delegation {
        Delegation {
            passkey: self.id,
            public_key: self.key.clone(),
            relying_party: page.id.clone(),
            origin: origin.to_owned(),
            issued: Timestamp::from_second(now.as_second()).unwrap_or(now),
        }
    }
}

impl World {
    /// The passkeys with which `holder` decides on these pages, in this session; by the authenticators' ids.
    pub fn deciding_passkeys(&self, page: &RelyingParty, holder: Holder, session: SessionId) -> Vec<&[u8]> {
        let own = self.passkeys_of(holder);
        let deciding = own.filter(|passkey| decides(self, passkey, page, session).is_ok());
        deciding.map(|passkey| passkey.credential.as_slice()).collect()
    }

    /// The key that somebody decides with.
    #[must_use]
    pub fn key_of(&self, holder: Holder) -> Option<PublicKey> {
        match holder {
            Holder::Contact(id) => contact(self, id)?.1.key,
            Holder::DeskPerson(id) => self.desk_people.get(&id)?.key,
            Holder::Admin | Holder::Subject(_) | Holder::Organization(_) => None,
        }
    }

    /// Whether the key of whoever has this passkey says that it decides.
    #[must_use]
    pub fn is_delegated(&self, passkey: &Passkey, page: &RelyingParty) -> bool {
        delegation(self, passkey, page).is_some()
    }
}

/// The word on which a passkey decides in this session. As with forms, not in the one in which it was added.
fn decides<'a>(
    world: &World,
    passkey: &'a Passkey,
    page: &RelyingParty,
    session: SessionId,
) -> Result<&'a SignedDelegation, PasskeyRefused> {
    if passkey.session == Some(session) {
        return Err(PasskeyRefused::AddedHere);
    }
    delegation(world, passkey, page).ok_or(PasskeyRefused::NotDelegated)
}

/// The key's word for a passkey, as far as it holds now: the key may be another one since.
fn delegation<'a>(world: &World, passkey: &'a Passkey, page: &RelyingParty) -> Option<&'a SignedDelegation> {
    let signed = passkey.delegation.as_ref()?;
    let holds = is_of(&signed.delegation, passkey, page)
        && signed.verify(world.key_of(passkey.holder).as_ref()).is_ok();
    holds.then_some(signed)
}

fn is_of(delegation: &Delegation, passkey: &Passkey, page: &RelyingParty) -> bool {
    delegation.passkey == passkey.id
        && delegation.public_key == passkey.key
        && delegation.relying_party == page.id
        && page.origins.contains(&delegation.origin)
}

fn own(world: &World, holder: Holder, id: PasskeyId) -> Result<&Passkey, PasskeyRefused> {
    let known = world.passkeys.get(&id).filter(|passkey| passkey.holder == holder);
    known.ok_or(PasskeyRefused::NotFound(id))
}
