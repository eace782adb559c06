//! How the vendor's people sign in: by an OpenID provider, which says who somebody is and in which groups. Which groups are which
//! roles, the configuration says; who the registered people are, the catalog.
//!
//! A person is linked to the provider's name for them the first time, by an address that the provider has verified, and known by
//! that name alone from then on. Groups are looked at with each sign-in: of whom they no longer make anything, the sessions end.
//!
//! Absent: what tokens have to say, and HTTP (`byleave_oidc`).

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use byleave_domain::subject::SubjectKind;
use byleave_domain::text::Email;
use jiff::{SignedDuration, Timestamp};

use crate::credentials::{self, Holder, Secret};
use crate::ports::{Ceremony, Change, Entropy, Identity, IdentityProvider, Logout, ProviderFailed};
use crate::sessions::{self, Beginning, ByProvider, Session, SignedIn};
use crate::world::World;
use crate::writer::Writer;
use crate::{App, NotWritten};

/// How long somebody may take at the provider.
pub const CEREMONY_LIFE: SignedDuration = SignedDuration::from_mins(10);
/// Sign-ins under way at most; with one more the oldest is forgotten.
const CEREMONIES_MAX: usize = 20_000;
/// Logout tokens that are remembered at most; beyond it the oldest may come again, and would end what it has ended. A sign-in
/// that began before one that is forgotten is begun anew.
const LOGOUTS_MAX: usize = 20_000;

/// What a group can make somebody. The order is that in which somebody of several signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// A desk person.
    Desk,
    /// A support person.
    Support,
    /// The administrator.
    Admin,
}

impl Role {
    const ALL: [Self; 3] = [Self::Desk, Self::Support, Self::Admin];

    const fn of(holder: Holder) -> Option<Self> {
        match holder {
            Holder::DeskPerson(_) => Some(Self::Desk),
            Holder::Subject(_) => Some(Self::Support),
            Holder::Admin => Some(Self::Admin),
            Holder::Contact(_) | Holder::Organization(_) => None,
        }
    }
}

/// Who stands for a person at the provider: both under the deployment's key, so that nobody's name lies in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProviderLink {
    /// Who is registered.
    pub holder: Holder,
    /// The provider.
    pub issuer: [u8; 16],
    /// The provider's name for them.
    pub identity: [u8; 16],
}

/// The provider, and what its groups mean.
pub struct Vendor {
    provider: Arc<dyn IdentityProvider>,
    roles: Vec<(String, Role)>,
    under_way: Mutex<UnderWay>,
    logged_out: Arc<Mutex<LoggedOut>>,
}

#[derive(Default)]
struct UnderWay {
    ceremonies: HashMap<[u8; 32], Pending>,
    order: VecDeque<[u8; 32]>,
    logouts: HashMap<String, Timestamp>,
}

/// Whom the provider has logged out, in order: a sign-in that was under way meanwhile makes no session.
#[derive(Default)]
struct LoggedOut {
    last: VecDeque<Whom>,
    /// Those that came before them.
    forgotten: usize,
}

/// Whom a logout token names, under the deployment's key.
#[derive(Clone, Copy)]
struct Whom {
    identity: Option<[u8; 16]>,
    session: Option<[u8; 16]>,
}

impl Whom {
    fn is(&self, by: ByProvider) -> bool {
        let of_person = self.identity.is_none_or(|identity| by.identity == identity);
        // A session of which the provider did not say which it is ends with the person's others.
        let of_session = match (self.session, by.session) {
            (Some(wanted), Some(own)) => wanted == own,
            (Some(_), None) => self.identity.is_some(),
            (None, _) => true,
        };
        of_person && of_session
    }
}

impl LoggedOut {
    fn count(&self) -> usize {
        self.forgotten + self.last.len()
    }

    fn add(&mut self, whom: Whom) {
        self.last.push_back(whom);
        if self.last.len() > LOGOUTS_MAX {
            self.last.pop_front();
            self.forgotten += 1;
        }
    }

    /// Whether this may be one of those after the first `count`.
    fn has_after(&self, count: usize, by: ByProvider) -> bool {
        match count.checked_sub(self.forgotten) {
            Some(known) => self.last.iter().skip(known).any(|whom| whom.is(by)),
            None => true,
        }
    }
}

struct Pending {
    ceremony: Ceremony,
    /// SHA-256 of the browser's cookie.
    browser: [u8; 32],
    next: Option<String>,
    until: Timestamp,
    /// How many had been logged out when it began.
    logged_out: usize,
}

/// A sign-in that has begun.
#[derive(Debug)]
pub struct Begun {
    /// Where the browser goes.
    pub address: String,
    /// For a cookie, so that it ends in the browser in which it began.
    pub browser: Secret,
}

/// What a browser brings back from the provider.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// Its cookie.
    pub browser: Option<&'a str>,
    /// As it was sent.
    pub state: &'a str,
    /// What is redeemed; none where the provider lets nobody in.
    pub code: Option<&'a str>,
    /// Who says so (RFC 9207).
    pub iss: Option<&'a str>,
}

/// Why somebody did not sign in.
#[derive(Debug, thiserror::Error)]
pub enum NotSignedIn {
    /// Nothing like it began in this browser, within the time that there is, and has not ended; or whoever it is was logged out
    /// meanwhile.
    #[error("this sign-in did not begin in this browser, took too long, or is over")]
    Stale,
    /// The provider cannot be asked.
    #[error("the OpenID provider cannot be asked: {0}")]
    Unreachable(String),
    /// The provider is asked, and nobody is let in. Why is for the operator: it would tell who is registered.
    #[error("nobody signs in: {0}")]
    Refused(&'static str),
    /// It could not be written.
    #[error(transparent)]
    NotWritten(#[from] NotWritten),
}

impl From<ProviderFailed> for NotSignedIn {
    fn from(why: ProviderFailed) -> Self {
        match why {
            ProviderFailed::Unreachable(why) => Self::Unreachable(why),
            ProviderFailed::Refused(why) => Self::Refused(why),
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Vendor {
    /// The provider, and which of its groups make what.
    #[must_use]
    pub fn new(provider: Arc<dyn IdentityProvider>, roles: Vec<(String, Role)>) -> Self {
        Self { provider, roles, under_way: Mutex::default(), logged_out: Arc::default() }
    }

    fn under_way(&self) -> MutexGuard<'_, UnderWay> {
        lock(&self.under_way)
    }

    /// What somebody's groups make them.
    fn granted(&self, groups: &[String]) -> BTreeSet<Role> {
        self.roles.iter().filter(|(group, _)| groups.contains(group)).map(|(_, role)| *role).collect()
    }

    fn begin(&self, entropy: &dyn Entropy, next: Option<String>, now: Timestamp) -> (Ceremony, Secret) {
        let fresh = || Secret::fresh(entropy).reveal().to_owned();
        let ceremony = Ceremony { state: fresh(), nonce: fresh(), verifier: fresh() };
        let browser = Secret::fresh(entropy);
        let key = credentials::hash(&ceremony.state);
        let until = now + CEREMONY_LIFE;
        let logged_out = lock(&self.logged_out).count();
        let pending =
            Pending { ceremony: ceremony.clone(), browser: browser.hash(), next, until, logged_out };
        let mut under_way = self.under_way();
        under_way.ceremonies.insert(key, pending);
        under_way.order.push_back(key);
        while under_way.order.len() > CEREMONIES_MAX {
            let oldest = under_way.order.pop_front();
            oldest.and_then(|oldest| under_way.ceremonies.remove(&oldest));
        }
        (ceremony, browser)
    }

    /// The sign-in that came back, once.
    fn take(&self, answer: &Answer<'_>, now: Timestamp) -> Option<Pending> {
        let browser = answer.browser.map(credentials::hash)?;
        let key = credentials::hash(answer.state);
        let mut under_way = self.under_way();
        under_way.ceremonies.get(&key).filter(|pending| pending.browser == browser)?;
        under_way.ceremonies.remove(&key).filter(|pending| now < pending.until)
    }

    /// Whether a logout token comes for the first time.
    fn is_new(&self, logout: &Logout, now: Timestamp) -> bool {
        let logouts = &mut self.under_way().logouts;
        logouts.retain(|_, until| now < *until);
        if logouts.len() >= LOGOUTS_MAX {
            let oldest = logouts.iter().min_by_key(|(_, until)| **until).map(|(id, _)| id.clone());
            oldest.and_then(|id| logouts.remove(&id));
        }
        logouts.insert(logout.id.clone(), logout.until).is_none()
    }
}

impl App {
    /// Begins a sign-in at the vendor's provider; `next` is where whoever it is wants to be afterwards.
    ///
    /// # Errors
    /// [`NotSignedIn::Unreachable`].
    pub async fn vendor_begin(&self, vendor: &Vendor, next: Option<String>) -> Result<Begun, NotSignedIn> {
        let (ceremony, browser) = vendor.begin(&*self.shared.entropy, next, self.now());
        Ok(Begun { address: vendor.provider.address(&ceremony).await?, browser })
    }

    /// Ends a sign-in with a session, if the provider says who it is and their groups make them something that they are
    /// registered as. Answers where they wanted to be, too.
    ///
    /// # Errors
    /// [`NotSignedIn`].
    pub async fn vendor_sign_in(
        &self,
        vendor: &Vendor,
        answer: Answer<'_>,
        beginning: Beginning,
    ) -> Result<(SignedIn, Option<String>), NotSignedIn> {
        let now = self.now();
        let Pending { ceremony, next, logged_out: before, .. } =
            vendor.take(&answer, now).ok_or(NotSignedIn::Stale)?;
        let code = answer.code.ok_or(NotSignedIn::Refused("the provider let nobody in"))?;
        let identity = vendor.provider.redeem(&ceremony, code, answer.iss, now).await?;
        let granted = vendor.granted(&identity.groups);
        let issuer = vendor.provider.issuer().to_owned();
        let logged_out = Arc::clone(&vendor.logged_out);
        let app = self.clone();
        let signed_in = self.to_its_end(async move {
            let by = app.by_provider(&issuer, &identity.subject, identity.session.as_deref());
            let link = app.shared.keys.identity(&[&issuer]);
            app.end_what_groups_no_longer_make(by.identity, link, &granted).await?;
            let linked = Linking { issuer: link, by, granted, email: verified(&identity) };
            let still = move || !lock(&logged_out).has_after(before, by);
            app.link_and_begin(linked, beginning, still).await
        });
        Ok((signed_in.await??, next))
    }

    /// Ends the sessions of whoever the provider has logged out. Answers how many there were.
    ///
    /// # Errors
    /// [`NotSignedIn`]: none that could be believed, or not written.
    pub async fn vendor_logout(&self, vendor: &Vendor, token: &str) -> Result<usize, NotSignedIn> {
        let now = self.now();
        let logout = vendor.provider.logout(token, now).await?;
        if !vendor.is_new(&logout, now) {
            return Err(NotSignedIn::Refused("the logout token came before"));
        }
        let issuer = vendor.provider.issuer();
        let identity = logout.subject.as_deref().map(|subject| self.shared.keys.identity(&[issuer, subject]));
        let session = logout.session.as_deref().map(|sid| self.shared.keys.identity(&[issuer, "sid", sid]));
        let whom = Whom { identity, session };
        // First, so that whoever's session is not there yet makes none.
        lock(&vendor.logged_out).add(whom);
        let is_theirs = move |known: &Session| known.by_provider.is_some_and(|by| whom.is(by));
        let ended = self.sessions_end_where(is_theirs).await;
        if ended.is_err() {
            // They go on to work, so the provider must be able to say it again.
            vendor.under_way().logouts.remove(&logout.id);
        }
        Ok(ended?)
    }

    fn by_provider(&self, issuer: &str, subject: &str, session: Option<&str>) -> ByProvider {
        let keys = &self.shared.keys;
        let session = session.map(|sid| keys.identity(&[issuer, "sid", sid]));
        ByProvider { identity: keys.identity(&[issuer, subject]), session }
    }

    /// Whatever somebody was by their groups and is no longer ends, however they had signed in.
    async fn end_what_groups_no_longer_make(
        &self,
        identity: [u8; 16],
        issuer: [u8; 16],
        granted: &BTreeSet<Role>,
    ) -> Result<(), NotWritten> {
        let holders: Vec<_> = {
            let world = self.world();
            let own =
                world.provider_links.iter().filter(|link| (link.issuer, link.identity) == (issuer, identity));
            own.map(|link| link.holder).collect()
        };
        let granted = granted.clone();
        let lost = move |session: &Session| {
            let theirs = session.by_provider.is_some_and(|by| by.identity == identity)
                || holders.contains(&session.holder);
            theirs && !Role::of(session.holder).is_some_and(|role| granted.contains(&role))
        };
        if self.world().sessions().any(&lost) {
            self.sessions_end_where(lost).await?;
        }
        Ok(())
    }

    /// `still` says whether nobody has logged them out meanwhile; it is asked where no session can end between.
    async fn link_and_begin(
        &self,
        linking: Linking,
        beginning: Beginning,
        still: impl Fn() -> bool + Send + 'static,
    ) -> Result<SignedIn, NotSignedIn> {
        let link = linking.find(&self.world())?;
        let (session, secret) = sessions::fresh(self, link.holder, &beginning, Some(linking.by));
        let begin = move |writer: &mut Writer| {
            if !still() {
                return Err(NotSignedIn::Stale);
            }
            let caller = {
                let world = writer.shared.world();
                // Asked again where nobody else can be between: each is linked once.
                let caller =
                    world.holder(link.holder).filter(|_| linking.find(&world).is_ok_and(|now| now == link));
                caller.ok_or(NotSignedIn::Stale)?
            };
            // There is one administrator, and as many people who may be.
            let new = link.holder != Holder::Admin && !writer.shared.world().provider_links.contains(&link);
            let with = if new { vec![Change::ProviderLinkPut(link)] } else { Vec::new() };
            let visits = sessions::begin(writer, session, beginning.instead_of.as_deref(), with)?;
            if new {
                let mut world = writer.shared.world_mut();
                world.provider_links.retain(|other| other.holder != link.holder);
                world.provider_links.push(link);
            }
            Ok::<_, NotSignedIn>((caller, visits))
        };
        let (caller, visits) = self.jobs.command(begin).await??;
        self.cut_left(&visits).await;
        Ok(SignedIn { secret, caller })
    }
}

/// What the provider has said, on its way to somebody who is registered.
struct Linking {
    issuer: [u8; 16],
    by: ByProvider,
    granted: BTreeSet<Role>,
    email: Option<Email>,
}

impl Linking {
    /// Who it is: the first of what their groups make them that they are registered as.
    fn find(&self, world: &World) -> Result<ProviderLink, NotSignedIn> {
        if self.granted.is_empty() {
            return Err(NotSignedIn::Refused("their groups make them nothing"));
        }
        let found = Role::ALL
            .into_iter()
            .filter(|role| self.granted.contains(role))
            .find_map(|role| self.find_as(world, role));
        found.ok_or(NotSignedIn::Refused(
            "nobody is registered whom the provider's name or verified address names",
        ))
    }

    fn find_as(&self, world: &World, role: Role) -> Option<ProviderLink> {
        let (issuer, identity) = (self.issuer, self.by.identity);
        if role == Role::Admin {
            return Some(ProviderLink { holder: Holder::Admin, issuer, identity });
        }
        let is_there = |holder: Holder| match holder {
            // Whoever is taken out of the configuration is no desk person any more.
            Holder::DeskPerson(id) => world.desk_configured.contains(&id),
            Holder::Subject(id) => {
                world.subjects.get(&id).is_some_and(|s| s.kind == SubjectKind::SupportPerson)
            }
            _ => false,
        };
        let of_issuer = || world.provider_links.iter().filter(|link| link.issuer == issuer);
        let linked =
            of_issuer().find(|link| link.identity == identity && Role::of(link.holder) == Some(role));
        if let Some(link) = linked {
            return Some(*link).filter(|link| is_there(link.holder));
        }
        let email = self.email.as_ref()?;
        let holder = match role {
            Role::Desk => {
                let person = world.desk_people.values().find(|person| person.email == *email);
                Holder::DeskPerson(person?.id)
            }
            _ => Holder::Subject(world.subjects.values().find(|subject| subject.email == *email)?.id),
        };
        // An address that went on to somebody else does not bring along whom it named.
        let is_free = !of_issuer().any(|link| link.holder == holder);
        (is_there(holder) && is_free).then_some(ProviderLink { holder, issuer, identity })
    }
}

/// The address that the provider has verified. Letters beyond ASCII that look or fold alike make nobody somebody else.
fn verified(identity: &Identity) -> Option<Email> {
    identity.email.as_deref().filter(|email| email.is_ascii())?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_in_from_before_the_oldest_logout_that_is_known_is_begun_anew() {
        let mut logged_out = LoggedOut::default();
        let other = Whom { identity: Some([1; 16]), session: None };
        let by = ByProvider { identity: [2; 16], session: None };
        for _ in 0..LOGOUTS_MAX {
            logged_out.add(other);
        }
        assert!(!logged_out.has_after(0, by));
        logged_out.add(other);
        assert_eq!(logged_out.last.len(), LOGOUTS_MAX);
        assert!(logged_out.has_after(0, by));
        assert!(!logged_out.has_after(1, by));
    }
}
