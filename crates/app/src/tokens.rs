//! Bearer tokens: made and shown once, looked up, listed without their secret, revoked.
//!
//! Revoking one is a cut: when it returns, the token opens nothing, and no connection is left of any visit that was
//! entered with it. Which visits those are is known in memory alone, since a restart ends every visit.
//! A token that acts for an organization is told of in its log: when it is made, or it is not made; when it is revoked, or the
//! operator's log says that it is not told of, since an end waits for nothing.
//!
//! Absent: what a token may do, and what it may hand on (`byleave_domain::token`).

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use byleave_api::entry::Kind;
use byleave_api::payload::{TokenMade, TokenRevoked};
use byleave_domain::ids::{TokenId, VisitId};
use byleave_domain::text::Name;
use byleave_domain::token::{Bounds, HolderKind, LIFE, Maker, NotGiven, Scopes, Wanted, bounds};
use byleave_domain::visit::VisitEnd;
use jiff::{SignedDuration, Timestamp};

use crate::caller::Caller;
use crate::catalog::{payload, vendor_entry};
use crate::credentials::{self, Holder, Secret};
use crate::ports::Change;
use crate::visits::end_all;
use crate::world::World;
use crate::writer::{Draft, Writer};
use crate::{App, NotWritten};

/// Tokens of one holder that work at the same time, at most.
pub const TOKENS_MAX: usize = 100;
/// Tokens of one holder that no longer work and are still known, at most: of more, those are forgotten that have not worked
/// for the longest.
pub const OVER_MAX: usize = 100;
/// How long a token is still listed, and its secret told from one that never was, once it no longer works.
pub const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24 * 90);
/// Seconds of a day: no finer is it kept when a token was used.
const DAY: i64 = 86_400;

/// A token as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its id, which is no secret.
    pub id: TokenId,
    /// SHA-256 of the secret.
    pub hash: [u8; 32],
    /// Whom it stands for.
    pub holder: Holder,
    /// What it is called, so that people know which one to revoke; none of those made before tokens had names.
    pub name: Option<Name>,
    /// How far it goes.
    pub bounds: Bounds,
    /// When it was made.
    pub created_at: Timestamp,
    /// The day on which it was used last, as its first instant in UTC.
    pub used_on: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl Token {
    /// Whether it opens anything.
    #[must_use]
    pub fn works(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && now < self.bounds.expires_at
    }

    /// From when on it opens nothing.
    fn over_at(&self) -> Timestamp {
        self.revoked_at.map_or(self.bounds.expires_at, |at| at.min(self.bounds.expires_at))
    }
}

/// A caller who has shown a token, with how far it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bearer {
    /// Who.
    pub caller: Caller,
    /// The token.
    pub token: TokenId,
    /// How far it goes.
    pub bounds: Bounds,
}

/// Why a token opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotKnown {
    /// It is none of ours, was revoked, or its holder is gone.
    #[error("the token is none that works")]
    Unknown,
    /// Its time is over.
    #[error("the token worked until {0}; make another")]
    Expired(Timestamp),
}

/// Why a token was not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotIssued {
    /// It would go too far.
    #[error(transparent)]
    NotGiven(#[from] NotGiven),
    /// It would be of a security contact, or made by one.
    #[error("a security contact has no tokens, and makes none; they sign in to their portal")]
    Contact,
    /// There are enough.
    #[error("there are {TOKENS_MAX} tokens that work already; revoke one")]
    TooMany,
    /// It could not be written.
    #[error(transparent)]
    NotWritten(#[from] NotWritten),
}

/// Why a token was not revoked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotRevoked {
    /// There is no such token.
    #[error("there is no token `{0}`")]
    Unknown(TokenId),
    /// It could not be written. Whether it still works is not known.
    #[error(transparent)]
    NotWritten(#[from] NotWritten),
}

/// On which day each token was used, as far as it has yet to be written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Uses(Arc<Mutex<HashMap<TokenId, Timestamp>>>);

impl Uses {
    fn note(&self, token: &Token, now: Timestamp) {
        let day = Timestamp::from_second(now.as_second().div_euclid(DAY) * DAY).unwrap_or(now);
        // At most once a day for each token, so that a busy one takes no lock.
        if token.used_on != Some(day) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(token.id, day);
        }
    }

    fn take(&self) -> HashMap<TokenId, Timestamp> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What a caller is when it comes to tokens.
#[must_use]
pub const fn holder_of(caller: Caller) -> Holder {
    match caller {
        Caller::Admin => Holder::Admin,
        Caller::DeskPerson(id) => Holder::DeskPerson(id),
        Caller::Contact(id, _) => Holder::Contact(id),
        Caller::Subject(id) => Holder::Subject(id),
        Caller::Organization(id) => Holder::Organization(id),
    }
}

/// The kind of a holder; none of a security contact, who has no tokens.
#[must_use]
pub const fn kind_of(holder: Holder) -> Option<HolderKind> {
    match holder {
        Holder::Admin => Some(HolderKind::Admin),
        Holder::DeskPerson(_) => Some(HolderKind::DeskPerson),
        Holder::Contact(_) => None,
        Holder::Subject(_) => Some(HolderKind::Subject),
        Holder::Organization(_) => Some(HolderKind::Organization),
    }
}

/// Whether a caller may see and revoke this holder's tokens. To everybody else there are none.
#[must_use]
pub fn oversees(caller: Caller, holder: Holder) -> bool {
    match (caller, holder) {
        _ if holder_of(caller) == holder => true,
        (Caller::Admin, _) => true,
        (Caller::Contact(_, own), Holder::Organization(other)) => own == other,
        _ => false,
    }
}

impl App {
    /// Whose token this is, and how far it goes, if it works now.
    ///
    /// # Errors
    /// [`NotKnown`].
    pub fn bearer(&self, presented: &str) -> Result<Bearer, NotKnown> {
        let now = self.now();
        let world = self.world();
        let token = world.token(&credentials::hash(presented)).ok_or(NotKnown::Unknown)?;
        let caller = world.holder(token.holder).ok_or(NotKnown::Unknown)?;
        match token {
            Token { revoked_at: Some(_), .. } => Err(NotKnown::Unknown),
            Token { bounds, .. } if bounds.expires_at <= now => Err(NotKnown::Expired(bounds.expires_at)),
            Token { id, bounds, .. } => {
                self.uses.note(token, now);
                Ok(Bearer { caller, token: *id, bounds: *bounds })
            }
        }
    }

    /// A token for `holder` that goes as far as theirs can, for [`LIFE`]: for whom the process itself hands one out.
    ///
    /// # Errors
    /// [`NotWritten`].
    pub async fn issue_token(&self, holder: Holder, name: &'static str) -> Result<Secret, NotWritten> {
        let kind = kind_of(holder).ok_or_else(|| NotWritten::Refused(NotIssued::Contact.to_string()))?;
        let bounds = Bounds { scopes: Scopes::whole(kind), expires_at: self.now() + LIFE };
        let unnamed = |why: byleave_domain::text::InvalidText| NotWritten::Refused(why.to_string());
        let (token, secret) = self.fresh(holder, name.parse().map_err(unnamed)?, bounds);
        self.jobs.command(move |writer| put(writer, Some((token, Caller::Admin)))).await??;
        Ok(secret)
    }

    /// A token for `holder`, made by whoever has shown a token that goes as far as `by`, or is signed in.
    ///
    /// # Errors
    /// [`NotIssued`].
    pub async fn token_create(
        &self,
        maker: Caller,
        by: Option<Bounds>,
        holder: Holder,
        name: Name,
        wanted: Wanted,
    ) -> Result<(Token, Secret), NotIssued> {
        let (now, by_whom) = (self.now(), maker);
        let (Some(kind), Some(for_kind)) = (kind_of(holder_of(maker)), kind_of(holder)) else {
            return Err(NotIssued::Contact);
        };
        let whole = Bounds { scopes: Scopes::whole(kind), expires_at: Timestamp::MAX };
        let maker = Maker { kind, for_self: holder_of(maker) == holder, by: by.unwrap_or(whole) };
        let (token, secret) = self.fresh(holder, name, bounds(&maker, for_kind, wanted, now)?);
        let made = token.clone();
        let put = self.jobs.command(move |writer| {
            let working = writer.shared.world().tokens_of(holder).filter(|token| token.works(now)).count();
            if working >= TOKENS_MAX {
                return Err(NotIssued::TooMany);
            }
            Ok(put(writer, Some((token, by_whom)))?)
        });
        put.await??;
        Ok((made, secret))
    }

    fn fresh(&self, holder: Holder, name: Name, bounds: Bounds) -> (Token, Secret) {
        let secret = Secret::fresh(&*self.shared.entropy);
        let (id, hash) = (TokenId::from_bytes(self.random_bits()), secret.hash());
        let (created_at, name) = (self.now(), Some(name));
        let token = Token { id, hash, holder, name, bounds, created_at, used_on: None, revoked_at: None };
        (token, secret)
    }

    /// Revokes a token. When this returns it opens nothing, and no connection is left of the visits that were entered
    /// with it; goes on to its end whether or not the caller waits for it.
    ///
    /// # Errors
    /// [`NotRevoked`].
    pub async fn token_revoke(&self, id: TokenId, by: Caller) -> Result<Token, NotRevoked> {
        let app = self.clone();
        let revoked = self.to_its_end(async move {
            let (token, visits) = app.jobs.command(move |writer| revoke(writer, id, by)).await??;
            app.enforcement.cut_visits(&visits.iter().copied().collect::<BTreeSet<_>>()).await;
            app.write_closed(&visits).await?;
            Ok(token)
        });
        revoked.await?
    }

    /// Forgets tokens of which nothing need be known any more. Looks once an hour.
    pub(crate) async fn forget_tokens(&self) -> Result<(), NotWritten> {
        let now = self.now();
        if !self.tokens_swept.due(now) || forgotten(&self.world(), now).is_empty() {
            return Ok(());
        }
        self.jobs.command(|writer| put(writer, None)).await?
    }

    /// Writes on which day tokens were used, where that is another day than before.
    pub(crate) async fn keep_uses(&self) -> Result<(), NotWritten> {
        let uses = self.uses.take();
        if uses.is_empty() {
            return Ok(());
        }
        self.jobs.command(move |writer| write_uses(writer, &uses)).await?
    }
}

/// Keeps what was made, and by whom, and forgets those of which nothing need be known any more.
fn put(writer: &mut Writer, made: Option<(Token, Caller)>) -> Result<(), NotWritten> {
    let forgotten = forgotten(&writer.shared.world(), writer.shared.clock.now());
    let removed = forgotten.iter().copied().map(Change::TokenRemoved);
    let changes = removed.chain(made.iter().map(|(token, _)| Change::TokenPut(token.clone()))).collect();
    let told = match &made {
        Some((token, by)) => told(writer, Kind::TokenMade, token, *by)?,
        None => None,
    };
    writer.write(told.into_iter().collect(), |_| changes)?;
    let mut world = writer.shared.world_mut();
    forgotten.iter().for_each(|id| world.remove_token(*id));
    if let Some((token, _)) = made {
        world.put_token(token);
    }
    Ok(())
}

/// Tokens of which nothing need be known any more.
fn forgotten(world: &World, now: Timestamp) -> Vec<TokenId> {
    let mut over: Vec<_> = world.tokens().filter(|token| !token.works(now)).collect();
    over.sort_by_key(|token| std::cmp::Reverse((token.over_at(), token.id)));
    let mut counts = HashMap::<_, usize>::new();
    let mut is_forgotten = |token: &Token| {
        let newer = counts.entry(token.holder).or_default();
        *newer += 1;
        *newer > OVER_MAX || now.duration_since(token.over_at()) >= KEPT_FOR
    };
    over.into_iter().filter(|token| is_forgotten(token)).map(|token| token.id).collect()
}

fn revoke(writer: &mut Writer, id: TokenId, by: Caller) -> Result<(Token, Vec<VisitId>), NotRevoked> {
    let now = writer.shared.clock.now();
    let known = writer.shared.world().token_by_id(id).cloned();
    let mut token = known.ok_or(NotRevoked::Unknown(id))?;
    if token.revoked_at.is_none() {
        token.revoked_at = Some(now);
        let ended = |writer: &mut Writer, told| writer.write(told, |_| vec![Change::TokenPut(token.clone())]);
        match told(writer, Kind::TokenRevoked, &token, by)? {
            None => drop(ended(writer, Vec::new())?),
            // An end waits for nothing, and least of all for a log that is broken.
            Some(told) => drop(ended(writer, vec![told]).or_else(|why| {
                tracing::error!(token.id = %id, "{id} is revoked, and its log does not tell of it: {why}");
                ended(writer, Vec::new())
            })?),
        }
    }
    let mut world = writer.shared.world_mut();
    world.put_token(token.clone());
    let entered = world.visits.values().filter(|open| open.tokens.contains(&id));
    let visits: Vec<_> = entered.map(|open| open.row.visit.id).collect();
    end_all(&mut world, &visits, VisitEnd::TokenEnded, now);
    Ok((token, visits))
}

/// The entry about a token, in the log of the organization for which it acts; none where it acts for none.
fn told(writer: &Writer, kind: Kind, token: &Token, by: Caller) -> Result<Option<Draft>, NotWritten> {
    let Holder::Organization(organization) = token.holder else {
        return Ok(None);
    };
    let (actor, by) = match by {
        Caller::Admin => (b"vendor".to_vec(), None),
        Caller::DeskPerson(id) => (id.as_bytes().to_vec(), Some(id.to_string())),
        Caller::Contact(id, _) => (id.as_bytes().to_vec(), Some(id.to_string())),
        Caller::Subject(id) => (id.as_bytes().to_vec(), Some(id.to_string())),
        Caller::Organization(id) => (id.as_bytes().to_vec(), Some(id.to_string())),
    };
    if kind == Kind::TokenMade {
        let made = TokenMade {
            token: token.id.to_string(),
            holder: organization.to_string(),
            name: token.name.as_ref().map(ToString::to_string),
            scopes: token.bounds.scopes.iter().map(|scope| scope.to_string()).collect(),
            expires_at: token.bounds.expires_at.to_string(),
            by,
        };
        let entry = vendor_entry(writer, organization, kind, payload(&made)?);
        // By this the making is found again.
        return Ok(Some(Draft { request: *token.id.as_bytes(), actor, ..entry }));
    }
    // That it is not found where it was made keeps nobody from ending it.
    let made = writer.shared.store.entry_of_request(organization, token.id.as_bytes());
    let reference = made.unwrap_or_else(|why| {
        tracing::error!(token.id = %token.id, "where {} was made is not found: {why}", token.id);
        None
    });
    let entry =
        vendor_entry(writer, organization, kind, payload(&TokenRevoked { token: token.id.to_string(), by })?);
    Ok(Some(Draft { actor, reference, ..entry }))
}

fn write_uses(writer: &mut Writer, uses: &HashMap<TokenId, Timestamp>) -> Result<(), NotWritten> {
    let used: Vec<_> = {
        let world = writer.shared.world();
        let known = uses.iter().filter_map(|(id, day)| Some((world.token_by_id(*id)?, *day)));
        known.map(|(token, day)| Token { used_on: Some(day), ..token.clone() }).collect()
    };
    let changes = used.iter().cloned().map(Change::TokenPut).collect();
    writer.write(Vec::new(), |_| changes)?;
    let mut world = writer.shared.world_mut();
    used.into_iter().for_each(|token| world.put_token(token));
    Ok(())
}
