//! Bearer tokens: what one may be used for, for how long, and what whoever has one may hand on.
//!
//! A token narrows what its holder may do and never widens it: it is good for the scopes that were chosen when it was
//! made, of those that its holder has, and for nothing else. Who the holder is, and what they may do at all, is asked
//! besides. What decides for an organization stays a security contact's signature, whatever a token is good for.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};

/// No token works longer than this.
pub const LIFE_MAX: SignedDuration = SignedDuration::from_hours(24 * 400);
/// How long one works where nothing else is asked for.
pub const LIFE: SignedDuration = SignedDuration::from_hours(24 * 90);

/// One thing that a token may be good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// See what its holder may see, but for what [`Scope::Contents`] is for.
    Read,
    /// Read what people wrote and did: payloads of the log, documents, messages.
    Contents,
    /// Create organizations, security contacts, support people and tools.
    Manage,
    /// Hand in what a security contact signed about support access; stop visits, and say which are not recognised.
    Access,
    /// Open and work change requests, changes of contacts, and calls.
    Requests,
    /// Begin freezes, and hand in what lifts them.
    Freeze,
    /// Erase support people, and those who were security contacts or desk people.
    Erase,
    /// Hand in messages.
    Intake,
    /// Enter tools through the gateway.
    Enter,
    /// List, make and revoke tokens.
    Tokens,
}

impl Scope {
    /// Every one.
    pub const ALL: [Self; 10] = [
        Self::Read,
        Self::Contents,
        Self::Manage,
        Self::Access,
        Self::Requests,
        Self::Freeze,
        Self::Erase,
        Self::Intake,
        Self::Enter,
        Self::Tokens,
    ];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Contents => "contents",
            Self::Manage => "manage",
            Self::Access => "access",
            Self::Requests => "requests",
            Self::Freeze => "freeze",
            Self::Erase => "erase",
            Self::Intake => "intake",
            Self::Enter => "enter",
            Self::Tokens => "tokens",
        }
    }

    /// Whose tokens can have it, in words.
    #[must_use]
    pub fn whose(self) -> String {
        let mut whose: Vec<_> = HolderKind::ALL
            .into_iter()
            .filter(|kind| Scopes::whole(*kind).has(self))
            .map(HolderKind::all_in_words)
            .collect();
        let last = whose.pop().unwrap_or("nobody");
        if whose.is_empty() { last.to_owned() } else { format!("{} and {last}", whose.join(", ")) }
    }

    const fn bit(self) -> u16 {
        1 << self as u16
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A word that names no scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown scope `{given}`; there are {}", Scopes::of(&Scope::ALL))]
pub struct UnknownScope {
    /// What was given, cut to 80 characters.
    given: String,
}

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        let known = Self::ALL.into_iter().find(|scope| scope.as_str() == text);
        known.ok_or_else(|| UnknownScope { given: text.chars().take(80).collect() })
    }
}

/// What a token lacks for what it was used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this takes a token with the scope `{0}`, which this one has not")]
pub struct ScopeMissing(pub Scope);

/// Some scopes. Printed and parsed as their names with a space between.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scopes(u16);

impl Scopes {
    /// These.
    #[must_use]
    pub fn of(scopes: &[Scope]) -> Self {
        Self(scopes.iter().fold(0, |bits, scope| bits | scope.bit()))
    }

    /// All that a holder of this kind can ever use: what is beyond is nobody's to give them.
    #[must_use]
    pub fn whole(holder: HolderKind) -> Self {
        use Scope::{Access, Contents, Enter, Erase, Freeze, Intake, Manage, Read, Requests, Tokens};
        match holder {
            HolderKind::Admin => Self::of(&[Read, Manage, Access, Requests, Intake, Tokens]),
            HolderKind::DeskPerson => Self::of(&[Read, Contents, Requests, Freeze, Erase, Intake, Tokens]),
            HolderKind::Organization => Self::of(&[Read, Contents, Access, Tokens]),
            HolderKind::Subject => Self::of(&[Enter, Tokens]),
        }
    }

    /// What a token has where nothing else is asked for: all but [`Scope::Tokens`], which makes more of them.
    #[must_use]
    pub fn usual(holder: HolderKind) -> Self {
        Self::whole(holder).without(Scope::Tokens)
    }

    /// Whether this one is among them.
    #[must_use]
    pub const fn has(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Whether what takes `wanted` may be done.
    ///
    /// # Errors
    /// [`ScopeMissing`] names what is lacking.
    pub const fn allow(self, wanted: Scope) -> Result<(), ScopeMissing> {
        if self.has(wanted) { Ok(()) } else { Err(ScopeMissing(wanted)) }
    }

    /// The first of these that `others` have not.
    #[must_use]
    pub fn beyond(self, others: Self) -> Option<Scope> {
        self.iter().find(|scope| !others.has(*scope))
    }

    /// Each of them.
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.has(*scope))
    }

    /// Those that are in both.
    #[must_use]
    pub const fn both(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    const fn without(self, scope: Scope) -> Self {
        Self(self.0 & !scope.bit())
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, scope) in self.iter().enumerate() {
            write!(f, "{}{scope}", if place == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}

impl FromStr for Scopes {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        let scopes: Vec<Scope> = text.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
        Ok(Self::of(&scopes))
    }
}

/// What somebody is who has a token. A security contact has none: they sign in, and decide with their key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HolderKind {
    /// The vendor's administrator.
    Admin,
    /// A desk person.
    DeskPerson,
    /// A support person or service.
    Subject,
    /// An organization's own programs.
    Organization,
}

impl HolderKind {
    const ALL: [Self; 4] = [Self::Admin, Self::DeskPerson, Self::Organization, Self::Subject];

    /// Whether whoever this is makes tokens for a holder of that kind; which one, is asked besides.
    const fn hands_to(self, other: Self) -> bool {
        matches!((self, other), (Self::Admin, Self::Organization | Self::Subject))
    }

    const fn in_words(self) -> &'static str {
        match self {
            Self::Admin => "the administrator",
            Self::DeskPerson => "a desk person",
            Self::Subject => "a support person",
            Self::Organization => "an organization",
        }
    }

    const fn all_in_words(self) -> &'static str {
        match self {
            Self::Admin => "the administrator",
            Self::DeskPerson => "desk people",
            Self::Subject => "support people",
            Self::Organization => "organizations",
        }
    }
}

impl fmt::Display for HolderKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.in_words())
    }
}

/// How far a token goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// What it is good for.
    pub scopes: Scopes,
    /// From when on it no longer works.
    pub expires_at: Timestamp,
}

/// Who makes a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Maker {
    /// What they are.
    pub kind: HolderKind,
    /// Whether the token to be is for themselves.
    pub for_self: bool,
    /// How far the token goes by which they ask.
    pub by: Bounds,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wanted {
    /// These scopes; else the usual ones that the maker may give.
    pub scopes: Option<Scopes>,
    /// So long; else [`LIFE`], or as long as the maker's own.
    pub life: Option<SignedDuration>,
}

/// Why a token is not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotGiven {
    /// The maker's token is not good for this.
    #[error(transparent)]
    ScopeMissing(#[from] ScopeMissing),
    /// It is nobody's of this kind to give.
    #[error("{maker} makes no token for {holder}")]
    NotTheirs {
        /// What the maker is.
        maker: HolderKind,
        /// What the holder would be.
        holder: HolderKind,
    },
    /// It would be good for nothing.
    #[error("it would be good for nothing; name at least one scope of: {}", Scopes::whole(*.0))]
    Nothing(HolderKind),
    /// A scope that means nothing for this holder.
    #[error("`{scope}` is nothing that {holder} does; theirs are: {}", Scopes::whole(*.holder))]
    Beyond {
        /// Which.
        scope: Scope,
        /// What the holder would be.
        holder: HolderKind,
    },
    /// A scope that the maker's own token has not.
    #[error("a token gives on what it has itself, and it has no `{0}`")]
    Widened(Scope),
    /// Longer than any token works, or not at all.
    #[error("a token works for 1 to {} days", LIFE_MAX.as_hours() / 24)]
    Life,
    /// Longer than the maker's own token.
    #[error("a token gives on no more time than it has itself: until {0}")]
    Outlives(Timestamp),
}

/// How far a token goes that `maker` makes for a holder of this kind.
///
/// # Errors
/// [`NotGiven`] says what would be too much.
pub fn bounds(maker: &Maker, holder: HolderKind, wanted: Wanted, now: Timestamp) -> Result<Bounds, NotGiven> {
    let own = maker.by.scopes;
    own.allow(Scope::Tokens)?;
    if !maker.for_self {
        if !maker.kind.hands_to(holder) {
            return Err(NotGiven::NotTheirs { maker: maker.kind, holder });
        }
        // Whoever hands on to others is the administrator.
        own.allow(Scope::Manage)?;
    }
    // What nobody of the maker's kind ever has, such as entering, narrows nothing of theirs.
    let whole = Scopes::whole(holder);
    let of_the_maker = whole.both(Scopes::whole(maker.kind));
    let given = Scopes(whole.0 & (own.0 | !of_the_maker.0));
    let scopes = wanted.scopes.unwrap_or(given.both(Scopes::usual(holder)));
    if scopes == Scopes::default() {
        return Err(NotGiven::Nothing(holder));
    }
    if let Some(scope) = scopes.beyond(whole) {
        return Err(NotGiven::Beyond { scope, holder });
    }
    if let Some(scope) = scopes.beyond(given) {
        return Err(NotGiven::Widened(scope));
    }
    let until = |life: SignedDuration| now.checked_add(life).unwrap_or(Timestamp::MAX);
    let expires_at = match wanted.life {
        None => until(LIFE).min(maker.by.expires_at),
        Some(life) if life <= SignedDuration::ZERO || life > LIFE_MAX => return Err(NotGiven::Life),
        Some(life) => until(life),
    };
    if expires_at > maker.by.expires_at {
        return Err(NotGiven::Outlives(maker.by.expires_at));
    }
    Ok(Bounds { scopes, expires_at })
}
