//! Signing in with a passkey. Nobody is asked for a name, so there is nothing to guess: the passkey says whose it is.

use byleave_passkey::{Ceremony, Challenge, RelyingParty};

use super::challenges::Asked;
use super::{PasskeyRefused, Used, answered};
use crate::App;
use crate::ports::Change;
use crate::sessions::{self, Beginning, Session, Shown, SignedIn};
use crate::writer::Writer;

impl App {
    /// What a passkey has to answer with which somebody signs in.
    #[must_use]
    pub fn sign_in_begin(&self) -> Challenge {
        self.ask(Ceremony::SignIn, Asked::SignIn)
    }

    /// Begins a session for whoever's passkey has answered.
    ///
    /// # Errors
    /// [`PasskeyRefused`].
    pub async fn passkey_sign_in(
        &self,
        page: RelyingParty,
        challenge: String,
        used: Used,
        beginning: Beginning,
    ) -> Result<SignedIn, PasskeyRefused> {
        let app = self.clone();
        let signed_in = self.to_its_end(async move {
            let (asks, now) = (app.clone(), app.now());
            let begin = move |writer: &mut Writer| {
                let (challenge, asked) = writer.shared.challenges.take(&challenge, now)?;
                if asked != Asked::SignIn || used.handle.is_none() {
                    return Err(PasskeyRefused::NotAsked);
                }
                let (passkey, caller) = {
                    let world = writer.shared.world();
                    let known = world.passkey_by_credential(&used.credential);
                    let holder = known.ok_or(PasskeyRefused::Unknown)?.holder;
                    let (passkey, _) = answered(&world, &page, &challenge, holder, &used, now)?;
                    (passkey, world.holder(holder).ok_or(PasskeyRefused::Unknown)?)
                };
                let (session, secret) = sessions::fresh(&asks, passkey.holder, &beginning, None);
                let session = Session { shown: Some(Shown { passkey: passkey.id, at: now }), ..session };
                let counted = vec![Change::PasskeyPut(Box::new(passkey.clone()))];
                let visits = sessions::begin(writer, session, beginning.instead_of.as_deref(), counted)?;
                writer.shared.world_mut().put_passkey(passkey);
                Ok((SignedIn { secret, caller }, visits))
            };
            let (signed_in, visits) = app.jobs.command(begin).await??;
            app.cut_left(&visits).await;
            Ok(signed_in)
        });
        signed_in.await?
    }
}
