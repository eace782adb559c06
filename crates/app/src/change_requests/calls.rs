//! The one-time words of a call-back: what the desk person says, and what the contact answers (threat model K9).
//!
//! The contact's own signed-in page shows both, so that each side can tell that the other is real. The desk sees its own
//! alone, types what it heard, and is told whether that was it: who could see the answer could say that it was heard.
//!
//! Words are in memory and nowhere else: a restart ends every call. Absent: words in logs, letters and errors.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use byleave_domain::change_request::{Call, CallOutcome, CallWords, WithoutWords};
use byleave_domain::ids::{ChangeRequestId, ContactId, DeskPersonId};
use jiff::{SignedDuration, Timestamp};
use subtle::ConstantTimeEq as _;

use crate::setting::NotChanged;
use crate::{App, NotWritten};

/// How long the words of a call are good.
pub const WORDS_LIFE: SignedDuration = SignedDuration::from_mins(15);

/// How long what came of a call can be said, and wrong tries are known.
const CALL_LIFE: SignedDuration = SignedDuration::from_hours(1);

/// How often what was heard may be something else than the words, before they are spent.
pub const TRIES: u8 = 3;

/// Characters of what was heard, at most.
const HEARD_CHARS_MAX: usize = 100;

/// Calls under way at most.
const CALLS_MAX: usize = 1_000;

/// Both sets of words, for the contact who is called.
#[derive(Clone, PartialEq, Eq)]
pub struct Words {
    /// What the desk person says.
    pub desk: String,
    /// What the contact answers.
    pub answer: String,
    /// Until when they are good.
    pub until: Timestamp,
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Words(until {})", self.until)
    }
}

/// A call that is under way, as the desk sees it.
#[derive(Clone, PartialEq, Eq)]
pub struct Calling {
    /// Who calls.
    pub by: DeskPersonId,
    /// Whom.
    pub contact: ContactId,
    /// What the desk person says; for the one who calls.
    pub words: Option<String>,
    /// Until when the words are good.
    pub until: Timestamp,
    /// Whether the contact's words were heard.
    pub heard: Heard,
    /// How often something else was heard, in earlier calls about the same included.
    pub wrong_tries: u8,
}

impl fmt::Debug for Calling {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Calling({} by {}, {:?})", self.contact, self.by, self.heard)
    }
}

/// Whether the contact's words were heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// Not yet; so many tries are left.
    NotYet(u8),
    /// They were.
    Matched,
    /// Something else was, [`TRIES`] times.
    Spent,
    /// Their time is over.
    Expired,
}

/// Why nothing came of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CallRefused {
    /// It is not known, or another desk person's.
    #[error(
        "no call of yours is under way here: one is known for an hour, and a restart ends it; begin the call anew"
    )]
    NotBegun,
    /// The words are over.
    #[error("the words of the call were good for 15 minutes; begin the call anew")]
    Expired,
    /// Something else was heard.
    #[error("those are not the contact's words; tries left: {0}")]
    Wrong(u8),
    /// Something else was heard too often.
    #[error("three times those were not the contact's words, and they are spent; begin the call anew")]
    Spent,
    /// More was typed than words can be.
    #[error("three words have at most {HEARD_CHARS_MAX} characters; type those that you heard")]
    TooLong,
    /// Confirmed, and neither words nor a reason.
    #[error(
        "the contact's words were not heard; type what you heard, or say why it was confirmed without words"
    )]
    NotHeard,
    /// A reason for nothing.
    #[error("why a call was without words is said of one that was confirmed without them, and of no other")]
    NoReasonNeeded,
}

/// Calls under way, by the id of the change request or contact that they are about.
#[derive(Clone, Default)]
pub(crate) struct Calls(Arc<Mutex<BTreeMap<[u8; 16], UnderWay>>>);

struct UnderWay {
    by: DeskPersonId,
    contact: ContactId,
    begun_at: Timestamp,
    words: Words,
    matched: bool,
    /// Wrong tries of this call, and of those before it.
    wrong: [u8; 2],
}

impl UnderWay {
    fn is_known(&self, now: Timestamp) -> bool {
        now.duration_since(self.begun_at) < CALL_LIFE
    }

    fn heard(&self, now: Timestamp) -> Heard {
        match TRIES.saturating_sub(self.wrong[0]) {
            _ if self.matched => Heard::Matched,
            0 => Heard::Spent,
            _ if self.words.until <= now => Heard::Expired,
            left => Heard::NotYet(left),
        }
    }

    fn wrong_tries(&self) -> u8 {
        self.wrong[0].saturating_add(self.wrong[1])
    }

    fn seen_by(&self, who: DeskPersonId, now: Timestamp) -> Calling {
        Calling {
            by: self.by,
            contact: self.contact,
            words: (self.by == who).then(|| self.words.desk.clone()),
            until: self.words.until,
            heard: self.heard(now),
            wrong_tries: self.wrong_tries(),
        }
    }
}

impl Calls {
    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<[u8; 16], UnderWay>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins a call. One that was under way about the same is over; its wrong tries stay known.
    pub fn begin(
        &self,
        about: [u8; 16],
        by: DeskPersonId,
        contact: ContactId,
        [desk, answer]: [String; 2],
        now: Timestamp,
    ) -> Result<Calling, NotWritten> {
        let mut calls = self.lock();
        calls.retain(|_, call| call.is_known(now));
        if calls.len() >= CALLS_MAX && !calls.contains_key(&about) {
            return Err(NotWritten::Unavailable("too many calls are under way".into()));
        }
        let before = calls.get(&about).map_or(0, UnderWay::wrong_tries);
        let until = now.saturating_add(WORDS_LIFE).unwrap_or(Timestamp::MAX);
        let words = Words { desk, answer, until };
        let call = UnderWay { by, contact, begun_at: now, words, matched: false, wrong: [0, before] };
        let calling = call.seen_by(by, now);
        calls.insert(about, call);
        Ok(calling)
    }

    /// The call that is under way, as `who` at the desk sees it.
    pub fn seen_by(&self, about: [u8; 16], who: DeskPersonId, now: Timestamp) -> Option<Calling> {
        self.lock().get(&about).filter(|call| call.is_known(now)).map(|call| call.seen_by(who, now))
    }

    /// Both sets of words, for the contact who is called and nobody beside them.
    pub fn words(&self, about: [u8; 16], contact: ContactId, now: Timestamp) -> Option<Words> {
        let calls = self.lock();
        let call = calls.get(&about).filter(|call| call.contact == contact)?;
        matches!(call.heard(now), Heard::NotYet(_) | Heard::Matched)
            .then(|| call.words.clone())
            .filter(|words| words.until > now)
    }

    /// Holds what `by` has heard against the contact's words. Once it was them, it stays so.
    pub fn hear(
        &self,
        about: [u8; 16],
        by: DeskPersonId,
        heard: &str,
        now: Timestamp,
    ) -> Result<(), CallRefused> {
        if heard.chars().count() > HEARD_CHARS_MAX {
            return Err(CallRefused::TooLong);
        }
        let mut calls = self.lock();
        let call = calls.get_mut(&about).filter(|call| call.by == by && call.is_known(now));
        let call = call.ok_or(CallRefused::NotBegun)?;
        match call.heard(now) {
            Heard::Matched => Ok(()),
            Heard::Spent => Err(CallRefused::Spent),
            Heard::Expired => Err(CallRefused::Expired),
            Heard::NotYet(left) => {
                call.matched = same(heard, &call.words.answer);
                if call.matched {
                    return Ok(());
                }
                call.wrong[0] = call.wrong[0].saturating_add(1);
                Err(if left > 1 { CallRefused::Wrong(left - 1) } else { CallRefused::Spent })
            }
        }
    }

    /// Ends the call that `by` began, with what came of it. Refused, it goes on.
    pub fn end(
        &self,
        about: [u8; 16],
        by: DeskPersonId,
        outcome: CallOutcome,
        without: Option<WithoutWords>,
        now: Timestamp,
    ) -> Result<Call, CallRefused> {
        let mut calls = self.lock();
        let call = calls.get(&about).filter(|call| call.by == by && call.is_known(now));
        let call = call.ok_or(CallRefused::NotBegun)?;
        let words = match (outcome, call.heard(now), without) {
            (CallOutcome::Confirmed, Heard::Matched, None) => Some(CallWords::Matched),
            (CallOutcome::Confirmed, Heard::Spent, _) => return Err(CallRefused::Spent),
            (CallOutcome::Confirmed, Heard::NotYet(_) | Heard::Expired, Some(why)) => {
                Some(CallWords::Without(why))
            }
            (CallOutcome::Confirmed, Heard::NotYet(_) | Heard::Expired, None) => {
                return Err(CallRefused::NotHeard);
            }
            (_, _, Some(_)) => return Err(CallRefused::NoReasonNeeded),
            (CallOutcome::NotReached | CallOutcome::Denied, _, None) => None,
        };
        let (contact, wrong_tries) = (call.contact, call.wrong_tries());
        calls.remove(&about);
        Ok(Call { by, contact, outcome, words, wrong_tries, at: now, entry: 0 })
    }
}

impl App {
    /// A desk person is about to call a security contact at the number on file.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub fn call_begin(
        &self,
        id: ChangeRequestId,
        by: DeskPersonId,
        contact: ContactId,
    ) -> Result<Calling, NotChanged> {
        let now = self.now();
        {
            let world = self.world();
            let (tracked, _) = world.change_request(id).ok_or(NotChanged::UnknownChangeRequest(id))?;
            let tenant = world.organizations.get(&tracked.request.organization);
            let tenant = tenant.ok_or(NotChanged::UnknownChangeRequest(id))?;
            tracked.request.may_call(&tenant.organization, contact, now)?;
        }
        Ok(self.calls.begin(*id.as_bytes(), by, contact, self.fresh_words(), now)?)
    }

    /// The call about a request that is under way, as `who` at the desk sees it.
    #[must_use]
    pub fn calling(&self, id: ChangeRequestId, who: DeskPersonId) -> Option<Calling> {
        self.calls.seen_by(*id.as_bytes(), who, self.now())
    }

    /// The words of a call about a request that is under way, for the contact who is called.
    #[must_use]
    pub fn call_words(&self, id: ChangeRequestId, contact: ContactId) -> Option<Words> {
        self.calls.words(*id.as_bytes(), contact, self.now())
    }

    /// What the desk person who calls has heard.
    ///
    /// # Errors
    /// [`CallRefused`].
    pub fn call_heard(&self, id: ChangeRequestId, by: DeskPersonId, heard: &str) -> Result<(), CallRefused> {
        self.calls.hear(*id.as_bytes(), by, heard, self.now())
    }

    /// What the desk person says, and what the contact answers.
    pub(crate) fn fresh_words(&self) -> [String; 2] {
        [(); 2].map(|()| three_of(&self.random_bits()))
    }
}

/// Whether these are the words, whatever the case, the spaces and what stands between them. Takes as long wherever they
/// differ.
fn same(heard: &str, words: &str) -> bool {
    let letters = |text: &str| {
        let kept = text.chars().filter(|c| !c.is_whitespace() && !matches!(c, ',' | ';' | '.' | '-'));
        kept.map(|c| c.to_ascii_lowercase()).collect::<String>()
    };
    letters(heard).as_bytes().ct_eq(letters(words).as_bytes()).into()
}

/// Three words, each by two of the bytes.
fn three_of(bits: &[u8; 16]) -> String {
    let word = |pair: &[u8; 2]| WORDS.get(usize::from(u16::from_be_bytes(*pair)) % WORDS.len()).copied();
    let (pairs, _) = bits.as_chunks::<2>();
    pairs.iter().take(3).filter_map(word).collect::<Vec<_>>().join(" ")
}

/// Short, plain and harmless, unlike each other on the telephone; so many that eleven random bits choose one.
static WORDS: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| include_str!("words.txt").split_whitespace().collect());

#[cfg(test)]
mod tests {
    #![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may panic")]

    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_word_of_a_call_is_as_likely_as_any_other_and_can_be_said() {
        assert_eq!(WORDS.len(), 2048);
        assert_eq!(WORDS.iter().collect::<BTreeSet<_>>().len(), 2048, "a word is there twice");
        let plain = |word: &&&str| word.len() > 2 && word.bytes().all(|byte| byte.is_ascii_lowercase());
        assert_eq!(WORDS.iter().filter(plain).count(), 2048);
        assert_eq!([three_of(&[0; 16]), three_of(&[0xff; 16])], [0, 2047].map(|at| [WORDS[at]; 3].join(" ")));
        let differ = (0..6).map(|byte| three_of(&std::array::from_fn(|at| u8::from(at == byte))));
        assert_eq!(differ.collect::<BTreeSet<_>>().len(), 6, "each of the bits counts");
        let longest = WORDS.iter().map(|word| word.len()).max().unwrap();
        assert!(3 * longest + 2 <= HEARD_CHARS_MAX);
    }

    #[test]
    fn what_was_heard_is_the_words_however_it_is_typed_and_nothing_else_is() {
        let words = "quiet harbour acorn";
        for heard in [words, " Quiet  HARBOUR\tacorn ", "quiet, harbour, acorn.", "quietharbour-acorn"] {
            assert!(same(heard, words), "{heard}");
        }
        let others =
            ["", " ", "quiet harbour", "harbour quiet acorn", "quiet harbour acorns", "quiet harbour äcorn"];
        for heard in others {
            assert!(!same(heard, words), "{heard}");
        }
    }

    #[test]
    fn no_word_is_printed() {
        let words = Words { desk: "copper".into(), answer: "quiet".into(), until: Timestamp::UNIX_EPOCH };
        assert_eq!(format!("{words:?}"), "Words(until 1970-01-01T00:00:00Z)");
        let (by, contact) = (DeskPersonId::from_bytes([1; 16]), ContactId::from_bytes([2; 16]));
        let both = ["copper", "quiet"].map(str::to_owned);
        let calling = Calls::default().begin([0; 16], by, contact, both, Timestamp::UNIX_EPOCH).unwrap();
        assert!(!format!("{calling:?}").contains("copper"));
    }
}
