//! The step-up: a session of somebody who has passkeys shows things, and decides only for a while after one of them has
//! answered in it. It gets another secret then, so that a copy of the one from before is worth nothing (threat model K7, K17).
//!
//! Absent: what is a decision, which the pages' routes say.

use byleave_domain::ids::SessionId;
use byleave_passkey::{Ceremony, Challenge, RelyingParty};
use jiff::{SignedDuration, Timestamp};

use super::challenges::Asked;
use super::{Passkey, PasskeyRefused, Used, answered};
use crate::App;
use crate::credentials::{Holder, Secret};
use crate::ports::Change;
use crate::sessions::{Session, Shown};
use crate::writer::Writer;

/// For so long a session decides after a passkey has answered in it.
pub const STEP_UP_LIFE: SignedDuration = SignedDuration::from_mins(10);

/// Whether a session decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decides {
    /// It does: whoever has it has no passkey that counts, and never had one.
    WithoutPasskey,
    /// It does until then.
    Until(Timestamp),
    /// Not before one of their passkeys has answered in it.
    AfterPasskey,
}

impl App {
    /// Whether this session decides now. One that is over does not.
    #[must_use]
    pub fn decides(&self, session: SessionId) -> Decides {
        let (now, world) = (self.now(), self.world());
        let Some(session) = world.session_by_id(session).filter(|session| session.works(now)) else {
            return Decides::AfterPasskey;
        };
        let wait = self.shared.process.passkey_wait;
        let counts =
            |passkey: &Passkey| passkey.holder == session.holder && passkey.counts(wait, now).is_ok();
        let shows = match session.holder {
            Holder::DeskPerson(id) => world.desk_people.get(&id).is_none_or(|person| person.shows_passkey),
            _ => false,
        };
        if !shows && !world.passkeys_of(session.holder).any(counts) {
            return Decides::WithoutPasskey;
        }
        // What was answered by one that is removed since counts for nothing.
        let there = |shown: &Shown| world.passkeys.get(&shown.passkey).is_some_and(counts);
        let until = session.shown.filter(there).map(|shown| shown.at + STEP_UP_LIFE);
        until.filter(|until| *until > now).map_or(Decides::AfterPasskey, Decides::Until)
    }

    /// From when on a decision may rest on this passkey.
    #[must_use]
    pub fn passkey_counts_from(&self, passkey: &Passkey) -> Timestamp {
        passkey.counts_from(self.shared.process.passkey_wait)
    }

    /// What one of their passkeys has to answer for this session to decide.
    #[must_use]
    pub fn step_up_begin(&self, session: SessionId) -> Challenge {
        self.ask(Ceremony::StepUp, Asked::StepUp { session })
    }

    /// Has this session decide, once a passkey of whoever has it has answered. The session goes on, with what was entered
    /// from it, to the limits that it had; its secret is the one that this answers, and the one from before works no more.
    ///
    /// # Errors
    /// [`PasskeyRefused`]; the session is what it was.
    pub async fn step_up(
        &self,
        page: RelyingParty,
        session: SessionId,
        challenge: String,
        used: Used,
    ) -> Result<Secret, PasskeyRefused> {
        let (secret, now) = (Secret::fresh(&*self.shared.entropy), self.now());
        let hash = secret.hash();
        let stepped = self.jobs.command(move |writer: &mut Writer| {
            let (challenge, asked) = writer.shared.challenges.take(&challenge, now)?;
            if asked != (Asked::StepUp { session }) {
                return Err(PasskeyRefused::NotAsked);
            }
            let (session, passkey) = {
                let world = writer.shared.world();
                let known = world.session_by_id(session).filter(|session| session.works(now));
                let known = known.ok_or(PasskeyRefused::NotAsked)?;
                let (passkey, _) = answered(&world, &page, &challenge, known.holder, &used, now)?;
                passkey.counts(writer.shared.process.passkey_wait, now)?;
                let shown = Some(Shown { passkey: passkey.id, at: now });
                (Session { hash, shown, seen_at: now, ..known.clone() }, passkey)
            };
            let changes =
                vec![Change::SessionPut(session.clone()), Change::PasskeyPut(Box::new(passkey.clone()))];
            writer.write(Vec::new(), |_| changes)?;
            let mut world = writer.shared.world_mut();
            world.put_session(session);
            world.put_passkey(passkey);
            Ok(())
        });
        stepped.await?.map(|()| secret)
    }
}
