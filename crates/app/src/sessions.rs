//! Sessions: browsers in which somebody is signed in. Each lasts for a time, and as long as it is used; whoever it is of sees
//! theirs and ends them.
//!
//! Ending one is a cut, as revoking a token is: when it returns, the session shows nothing, and no connection is left of any
//! visit that was entered from it. A session whose time is over takes its visits along within a second. Using a tool is using
//! the session that it was entered from, so whoever works there is not signed out meanwhile.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use byleave_domain::ids::{PasskeyId, SessionId, VisitId};
use byleave_domain::visit::VisitEnd;
use jiff::{SignedDuration, Timestamp};

use crate::caller::Caller;
use crate::credentials::{self, Holder, Secret};
use crate::ports::Change;
use crate::visits::end_all;
use crate::writer::Writer;
use crate::{App, NotWritten};

/// Sessions of one holder at the same time, at most: with one more, the one ends that was seen the longest ago.
pub const SESSIONS_MAX: usize = 20;
/// No finer is it kept when a session was seen.
const SEEN_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// How long sessions last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimits {
    /// From sign-in on, whatever is done.
    pub lasts: SignedDuration,
    /// Unused, of the vendor's people.
    pub idle: SignedDuration,
    /// Unused, of security contacts: what they keep open is a page to look at.
    pub contact_idle: SignedDuration,
}

impl SessionLimits {
    /// What holds where nobody has said otherwise.
    pub const USUAL: Self = Self {
        lasts: SignedDuration::from_hours(8),
        idle: SignedDuration::from_mins(15),
        contact_idle: SignedDuration::from_hours(1),
    };

    const fn idle_of(&self, holder: Holder) -> SignedDuration {
        match holder {
            Holder::Contact(_) => self.contact_idle,
            Holder::Admin | Holder::DeskPerson(_) | Holder::Subject(_) | Holder::Organization(_) => self.idle,
        }
    }
}

/// A session as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id, which is no secret.
    pub id: SessionId,
    /// SHA-256 of the secret.
    pub hash: [u8; 32],
    /// Who is signed in.
    pub holder: Holder,
    /// What the browser says it is, in words of ours, such as `Firefox, Linux`; empty where that is nothing that we know.
    pub browser: String,
    /// When they signed in.
    pub created_at: Timestamp,
    /// When it was used last, to the minute.
    pub seen_at: Timestamp,
    /// From when on it no longer works.
    pub expires_at: Timestamp,
    /// Unused for so long it no longer works.
    pub idle: SignedDuration,
    /// By which session at the vendor's provider, if by one.
    pub by_provider: Option<ByProvider>,
    /// The passkey that has answered in it last, at sign-in or at a step-up, if one has.
    pub shown: Option<Shown>,
}

/// A passkey that has answered in a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    /// Which.
    pub passkey: PasskeyId,
    /// When.
    pub at: Timestamp,
}

/// Who signed in at the vendor's provider, and in which session there: digests under the deployment's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByProvider {
    /// The provider's name for them.
    pub identity: [u8; 16],
    /// Their session there, where the provider says.
    pub session: Option<[u8; 16]>,
}

impl Session {
    /// Whether it still shows anything.
    #[must_use]
    pub fn works(&self, now: Timestamp) -> bool {
        now < self.expires_at && now.duration_since(self.seen_at) < self.idle
    }

    /// Whether it is the same person's as `other`. There is one administrator, and whoever signs in as that has sessions of
    /// their own.
    fn is_with(&self, other: &Self) -> bool {
        let identity = |session: &Self| session.by_provider.map(|by| by.identity);
        self.holder == other.holder && (self.holder != Holder::Admin || identity(self) == identity(other))
    }
}

/// What a session begins with.
#[derive(Debug, Clone)]
pub struct Beginning {
    /// How long it lasts.
    pub limits: SessionLimits,
    /// What the browser says it is.
    pub browser: String,
    /// The secret of the session that the browser has until now: it ends.
    pub instead_of: Option<String>,
}

/// Somebody who has just signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// For the cookie.
    pub secret: Secret,
    /// Who.
    pub caller: Caller,
}

/// When sessions were used, as far as it has yet to be written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seen(Arc<Mutex<HashMap<SessionId, Timestamp>>>);

impl Seen {
    fn take(&self) -> HashMap<SessionId, Timestamp> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl App {
    /// Whose session `presented` is, if it is one that works now, and which.
    #[must_use]
    pub fn session(&self, presented: &str) -> Option<(Caller, SessionId)> {
        let world = self.world();
        let session = world.session(&credentials::hash(presented))?;
        if !session.works(self.now()) {
            return None;
        }
        Some((world.holder(session.holder)?, session.id))
    }

    /// Notes that a session was used. Written within a second, at most once a minute for each.
    pub fn session_seen(&self, id: SessionId) {
        self.seen.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id, self.now());
    }

    /// The sessions of whoever has this one that work now, those seen last first.
    #[must_use]
    pub fn sessions_beside(&self, own: SessionId) -> Vec<Session> {
        let now = self.now();
        let world = self.world();
        let Some(own) = world.session_by_id(own) else { return Vec::new() };
        let theirs = world.sessions().filter(|session| session.is_with(own) && session.works(now));
        let mut theirs: Vec<_> = theirs.cloned().collect();
        theirs.sort_by_key(|session| std::cmp::Reverse((session.seen_at, session.created_at, session.id)));
        theirs
    }

    /// Ends those sessions of whoever has the session `own` that `which` names. When this returns they show nothing, and no
    /// connection is left of the visits that were entered from them; goes on to its end whether or not the caller waits for
    /// it. Answers how many there were.
    ///
    /// # Errors
    /// [`NotWritten`]; they are what they were.
    pub async fn sessions_end(
        &self,
        own: SessionId,
        which: impl Fn(SessionId) -> bool + Send + 'static,
    ) -> Result<usize, NotWritten> {
        let Some(own) = self.world().session_by_id(own).cloned() else { return Ok(0) };
        self.sessions_end_where(move |session| session.is_with(&own) && which(session.id)).await
    }

    /// The same of whomever.
    pub(crate) async fn sessions_end_where(
        &self,
        which: impl Fn(&Session) -> bool + Send + 'static,
    ) -> Result<usize, NotWritten> {
        let app = self.clone();
        let ended = self.to_its_end(async move {
            let end = move |writer: &mut Writer| {
                let ends: BTreeSet<_> = {
                    let world = writer.shared.world();
                    world.sessions().filter(|session| which(session)).map(|session| session.id).collect()
                };
                let count = ends.len();
                Ok((turn_over(writer, None, ends, Vec::new())?, count))
            };
            let (visits, count) = app.jobs.command(end).await??;
            app.cut_left(&visits).await;
            Ok(count)
        });
        ended.await?
    }

    /// Resets the connections of visits whose session has ended, and writes their last entries.
    pub(crate) async fn cut_left(&self, visits: &[VisitId]) {
        self.enforcement.cut_visits(&visits.iter().copied().collect()).await;
        if let Err(why) = self.write_closed(visits).await {
            tracing::warn!("visits whose session ended are over, and their entries follow: {why}");
        }
    }

    /// Writes when sessions were used, where that is a minute later than was known.
    pub(crate) async fn keep_seen(&self) -> Result<(), NotWritten> {
        let mut seen = self.seen.take();
        let later = {
            let world = self.world();
            for open in world.visits.values() {
                for id in &open.sessions {
                    let last = seen.entry(*id).or_insert(open.row.visit.used_at);
                    *last = open.row.visit.used_at.max(*last);
                }
            }
            let later = |session: &Session| {
                let at = *seen.get(&session.id)?;
                // Whatever was used after its time was over is over all the same.
                let used = at.duration_since(session.seen_at);
                (used >= SEEN_EVERY && session.works(at)).then_some((session.id, at))
            };
            world.sessions().filter_map(later).collect::<BTreeMap<_, _>>()
        };
        if later.is_empty() {
            return Ok(());
        }
        self.jobs.command(move |writer| write_seen(writer, &later)).await?
    }
}

/// A session of `holder` that begins now, and its secret.
pub(crate) fn fresh(
    app: &App,
    holder: Holder,
    beginning: &Beginning,
    by_provider: Option<ByProvider>,
) -> (Session, Secret) {
    let (secret, now) = (Secret::fresh(&*app.shared.entropy), app.now());
    let session = Session {
        id: SessionId::from_bytes(app.random_bits()),
        hash: secret.hash(),
        holder,
        browser: beginning.browser.clone(),
        created_at: now,
        seen_at: now,
        expires_at: now + beginning.limits.lasts,
        idle: beginning.limits.idle_of(holder),
        by_provider,
        shown: None,
    };
    (session, secret)
}

/// Begins `session`, with what else goes with it; the one that the browser had until now ends, and whichever are too many.
/// Answers with the visits that are over with them.
pub(crate) fn begin(
    writer: &mut Writer,
    session: Session,
    instead_of: Option<&str>,
    with: Vec<Change>,
) -> Result<Vec<VisitId>, NotWritten> {
    let ends = {
        let world = writer.shared.world();
        let replaced = instead_of.and_then(|secret| world.session(&credentials::hash(secret)));
        let replaced = replaced.map(|before| before.id);
        let own = world.sessions().filter(|other| other.is_with(&session) && Some(other.id) != replaced);
        let mut own: Vec<_> = own.map(|other| (other.seen_at, other.created_at, other.id)).collect();
        own.sort_unstable_by(|a, b| b.cmp(a));
        own.into_iter().skip(SESSIONS_MAX - 1).map(|(.., id)| id).chain(replaced).collect()
    };
    turn_over(writer, Some(session), ends, with)
}

/// Sessions begin and end in one transaction, with what else goes with it. Answers with the visits that are over with them.
fn turn_over(
    writer: &mut Writer,
    begins: Option<Session>,
    ends: BTreeSet<SessionId>,
    mut changes: Vec<Change>,
) -> Result<Vec<VisitId>, NotWritten> {
    changes.extend(ends.iter().copied().map(Change::SessionRemoved));
    changes.extend(begins.iter().cloned().map(Change::SessionPut));
    writer.write(Vec::new(), |_| changes)?;
    let now = writer.shared.clock.now();
    let mut world = writer.shared.world_mut();
    ends.iter().for_each(|id| world.remove_session(*id));
    begins.into_iter().for_each(|session| world.put_session(session));
    let entered = world.visits.values().filter(|open| !open.sessions.is_disjoint(&ends));
    let visits: Vec<_> = entered.map(|open| open.row.visit.id).collect();
    end_all(&mut world, &visits, VisitEnd::SessionEnded, now);
    Ok(visits)
}

fn write_seen(writer: &mut Writer, later: &BTreeMap<SessionId, Timestamp>) -> Result<(), NotWritten> {
    let seen: Vec<_> = {
        let world = writer.shared.world();
        let known = later.iter().filter_map(|(id, at)| Some((world.session_by_id(*id)?, *at)));
        known.map(|(session, seen_at)| Session { seen_at, ..session.clone() }).collect()
    };
    let changes = seen.iter().cloned().map(Change::SessionPut).collect();
    writer.write(Vec::new(), |_| changes)?;
    let mut world = writer.shared.world_mut();
    seen.into_iter().for_each(|session| world.put_session(session));
    Ok(())
}
