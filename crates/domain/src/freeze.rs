//! Freezes: one desk person keeps everybody out of everywhere, or one employer's people; two different desk people's
//! signatures let them in again, and whoever began it may be one of the two. A freeze is beside every organization's setting
//! and changes none.
//!
//! Who lifts signs a text of their own, as an [`approval`](crate::approval) is:
//!
//! ```text
//! byleave/lift/v1
//! freeze: freeze_…
//! keeps out: everybody
//! desk person: person_…
//! issued: 2026-11-23T10:02:11Z
//! ```
//!
//! Each line ends in LF. `keeps out` is `everybody`, or `employer ` and the name. The id is drawn at random when a freeze
//! begins, so that a signature fits one freeze once.

use std::str::FromStr;

use jiff::Timestamp;

use crate::approval::DeskKey;
use crate::contact::PublicKey;
use crate::ids::{DeskPersonId, FreezeId};
use crate::signature::Signature;
use crate::statement::{Fields, InvalidStatement, StatementRefused, canonical, fresh, sign_text};
use crate::text::{Name, Reason};

const TITLE: &str = "byleave/lift/v1";

/// How many desk people it takes to lift a freeze.
pub const LIFTERS: usize = 2;

/// Who is kept out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FreezeScope {
    /// Every support person and service.
    Everybody,
    /// Those of one employer, such as a subprocessor.
    Employer(Name),
}

/// Nobody of its scope enters anywhere from here on, until it is lifted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freeze {
    /// This freeze.
    pub id: FreezeId,
    /// Who is kept out.
    pub scope: FreezeScope,
    /// Why; every organization reads it.
    pub reason: Reason,
    /// The desk person who began it.
    pub by: DeskPersonId,
    /// Since when.
    pub at: Timestamp,
    /// What desk people have signed to lift it.
    pub approvals: Vec<SignedLift>,
    /// When it was lifted, and every log said so.
    pub lifted_at: Option<Timestamp>,
}

/// One desk person's word that a freeze is to be lifted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lift {
    /// Which freeze.
    pub freeze: FreezeId,
    /// Whom it keeps out, for whoever signs to read.
    pub scope: FreezeScope,
    /// Who says so.
    pub by: DeskPersonId,
    /// When it was signed, by the signer's clock, in whole seconds.
    pub issued: Timestamp,
}

/// A [`Lift`] with a signature over [`Lift::to_text`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedLift {
    /// What was signed.
    pub lift: Lift,
    /// The desk person's.
    pub signature: Signature,
}

/// Why a desk person's word to lift was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LiftRefused {
    /// It was lifted before.
    #[error("the freeze is lifted already")]
    Over,
    /// The text is another freeze's, or says something else of it.
    #[error("what was signed is about another freeze")]
    OtherFreeze,
    /// The text names somebody else.
    #[error("what was signed names `{0}`, and not you")]
    OtherPerson(DeskPersonId),
    /// It takes two different people.
    #[error("you have approved it already; it takes another desk person")]
    Twice,
    /// Signature or age.
    #[error(transparent)]
    Signature(#[from] StatementRefused),
}

impl FreezeScope {
    /// Whether somebody of this employer is kept out, and of whom none is known: that is anybody. Names of employers are
    /// typed by people: capitals and spaces do not tell two apart.
    #[must_use]
    pub fn covers(&self, employer: Option<&Name>) -> bool {
        let plain = |name: &Name| {
            let words: Vec<_> = name.as_str().split_whitespace().map(str::to_lowercase).collect();
            words.join(" ")
        };
        match (self, employer) {
            (Self::Everybody, _) | (Self::Employer(_), None) => true,
            (Self::Employer(kept_out), Some(employer)) => plain(kept_out) == plain(employer),
        }
    }

    /// Whose people; everybody without one.
    #[must_use]
    pub const fn employer(&self) -> Option<&Name> {
        match self {
            Self::Everybody => None,
            Self::Employer(name) => Some(name),
        }
    }

    /// As the signed text has it.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Everybody => "everybody".to_owned(),
            Self::Employer(name) => format!("employer {name}"),
        }
    }

    fn from_words(words: &str) -> Option<Self> {
        if words == "everybody" {
            return Some(Self::Everybody);
        }
        words.strip_prefix("employer ")?.parse().ok().map(Self::Employer)
    }
}

impl Freeze {
    /// Whether anybody is kept out by it.
    #[must_use]
    pub const fn is_in_force(&self) -> bool {
        self.lifted_at.is_none()
    }

    /// What `by` would sign to lift it at `now`.
    #[must_use]
    pub fn lift(&self, by: DeskPersonId, now: Timestamp) -> Lift {
        let issued = Timestamp::from_second(now.as_second()).unwrap_or(now);
        Lift { freeze: self.id, scope: self.scope.clone(), by, issued }
    }

    /// A desk person wants it lifted. What follows is the freeze with their word; it is lifted once
    /// [`may_be_lifted`](Self::may_be_lifted).
    ///
    /// # Errors
    /// [`LiftRefused`].
    pub fn approve(
        &self,
        by: DeskPersonId,
        signed: SignedLift,
        keys: &[DeskKey],
        now: Timestamp,
    ) -> Result<Self, LiftRefused> {
        if !self.is_in_force() {
            return Err(LiftRefused::Over);
        }
        if signed.lift.by != by {
            return Err(LiftRefused::OtherPerson(signed.lift.by));
        }
        if signed.lift.freeze != self.id || signed.lift.scope != self.scope {
            return Err(LiftRefused::OtherFreeze);
        }
        signed.verify(keys)?;
        fresh(signed.lift.issued, now)?;
        if self.lifters(keys).iter().any(|known| known.lift.by == by) {
            return Err(LiftRefused::Twice);
        }
        // An earlier word under a key that no longer counts is replaced.
        let others = self.approvals.iter().filter(|known| known.lift.by != by).cloned();
        Ok(Self { approvals: others.chain([signed]).collect(), ..self.clone() })
    }

    /// The approvals that count: of this freeze, one a person, each under a key that is that person's and nobody else's.
    #[must_use]
    pub fn lifters(&self, keys: &[DeskKey]) -> Vec<&SignedLift> {
        self.counted(keys, &[])
    }

    /// Whether two different desk people have said so.
    #[must_use]
    pub fn may_be_lifted(&self, keys: &[DeskKey]) -> bool {
        self.lifters(keys).len() >= LIFTERS
    }

    /// Whether two different desk people had said so where a log tells its end. Whoever left the desk after their word was
    /// taken counts there, under the key that they had.
    #[must_use]
    pub fn was_lifted(&self, keys: &[DeskKey], former: &[DeskKey]) -> bool {
        self.counted(keys, former).len() >= LIFTERS
    }

    fn counted(&self, keys: &[DeskKey], former: &[DeskKey]) -> Vec<&SignedLift> {
        let mut counted: Vec<(&SignedLift, PublicKey)> = Vec::new();
        let about_this =
            |signed: &&SignedLift| signed.lift.freeze == self.id && signed.lift.scope == self.scope;
        for signed in self.approvals.iter().filter(about_this) {
            let Ok(key) = signed.key(keys, former) else { continue };
            if counted.iter().all(|(known, other)| known.lift.by != signed.lift.by && *other != key) {
                counted.push((signed, key));
            }
        }
        counted.into_iter().map(|(signed, _)| signed).collect()
    }
}

impl Lift {
    /// The canonical bytes, as text.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!(
            "{TITLE}\nfreeze: {}\nkeeps out: {}\ndesk person: {}\nissued: {}\n",
            self.freeze,
            self.scope.words(),
            self.by,
            self.issued.strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
    }

    /// Signs with a desk person's 32-byte Ed25519 seed.
    #[must_use]
    pub fn sign(self, seed: &[u8; 32]) -> SignedLift {
        let signature = sign_text(&self.to_text(), seed);
        SignedLift { lift: self, signature: signature.into() }
    }
}

impl FromStr for Lift {
    type Err = InvalidStatement;

    fn from_str(text: &str) -> Result<Self, InvalidStatement> {
        canonical(text, read, Self::to_text)
    }
}

fn read(text: &str) -> Result<Lift, &str> {
    let mut fields = Fields::of(text, TITLE)?;
    let freeze = fields.next("freeze")?;
    let scope = fields.next("keeps out")?;
    let by = fields.next("desk person")?;
    let issued = fields.next("issued")?;
    Ok(Lift {
        freeze: freeze.parse().map_err(|_| freeze)?,
        scope: FreezeScope::from_words(scope).ok_or(scope)?,
        by: by.parse().map_err(|_| by)?,
        issued: issued.parse().map_err(|_| issued)?,
    })
}

impl SignedLift {
    /// Whether a key that is the desk person's among `keys`, and nobody else's, signed exactly this.
    ///
    /// # Errors
    /// [`StatementRefused::NoKey`] or [`StatementRefused::Signature`].
    pub fn verify(&self, keys: &[DeskKey]) -> Result<(), StatementRefused> {
        self.key(keys, &[]).map(drop)
    }

    /// The key under which it counts, the desk person's own now or formerly. A key that is somebody else's now is nobody's;
    /// that it once was is no matter: a person is another one to the desk once their address changes.
    fn key(&self, keys: &[DeskKey], former: &[DeskKey]) -> Result<PublicKey, StatementRefused> {
        let text = self.lift.to_text();
        let is_anothers =
            |key: PublicKey| keys.iter().any(|known| known.person != self.lift.by && known.key == key);
        let mut result = Err(StatementRefused::NoKey);
        let own = keys.iter().chain(former).filter(|known| known.person == self.lift.by);
        for DeskKey { key, .. } in own.filter(|known| !is_anothers(known.key)) {
            result = self.signature.verify(&text, Some(key)).map(|()| *key);
            if result.is_ok() {
                break;
            }
        }
        result
    }
}
