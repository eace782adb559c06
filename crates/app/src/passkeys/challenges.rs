//! What passkeys were asked, until they answer: in memory alone, since an answer is for minutes and a restart ends all of
//! them. Only the writer takes one out, so it is used once, whatever comes of it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};

use byleave_domain::ids::{ChangeRequestId, ContactId, EvidenceId, PasskeyId, SessionId};
use byleave_passkey::{Acknowledgement, Challenge};
use jiff::{SignedDuration, Timestamp};

use super::PasskeyRefused;
use crate::credentials::Holder;

/// How long an answer is waited for.
pub const CEREMONY_LIFE: SignedDuration = SignedDuration::from_mins(5);

/// Answers that are waited for at most, of people who are signed in or have a link; and as many of those whom nobody knows
/// yet. Beyond it, who was asked first has to ask again.
const WAITING_MAX: usize = 10_000;

/// What was asked, and who has to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Who are you?
    SignIn,
    /// Make a passkey, with this link.
    Enrol { link: [u8; 32] },
    /// Is it you who wants another passkey, in this session?
    Vouch { holder: Holder, session: SessionId },
    /// Is it you who wants to decide, in this session?
    StepUp { session: SessionId },
    /// Make another one; this passkey vouched for it.
    Add { holder: Holder, session: SessionId, by: PasskeyId },
    /// Sign this.
    Sign {
        contact: ContactId,
        session: SessionId,
        request: ChangeRequestId,
        form: EvidenceId,
        said: Acknowledgement,
    },
}

impl Asked {
    /// Whether `newer` is asked of the same one for the same: nobody needs to answer this any more.
    fn is_replaced_by(&self, newer: &Self) -> bool {
        match (self, newer) {
            (Self::Enrol { link }, Self::Enrol { link: newer }) => link == newer,
            (Self::Vouch { session, .. }, Self::Vouch { session: newer, .. })
            | (Self::StepUp { session }, Self::StepUp { session: newer })
            | (Self::Add { session, .. }, Self::Add { session: newer, .. })
            | (Self::Sign { session, .. }, Self::Sign { session: newer, .. }) => session == newer,
            _ => false,
        }
    }
}

/// What is waited for.
#[derive(Debug, Default)]
pub(crate) struct Challenges {
    strangers: Mutex<Waiting>,
    known: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    by_text: HashMap<String, (Challenge, Asked, Timestamp)>,
    /// Oldest first; what was answered is still in it.
    order: VecDeque<String>,
}

impl Challenges {
    pub fn put(&self, challenge: Challenge, asked: Asked, now: Timestamp) {
        let waiting = if asked == Asked::SignIn { &self.strangers } else { &self.known };
        let mut waiting = waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if asked != Asked::SignIn {
            waiting.by_text.retain(|_, (_, old, _)| !old.is_replaced_by(&asked));
        }
        while let Some(oldest) = waiting.order.front() {
            let until = waiting.by_text.get(oldest).map(|(.., until)| *until);
            if waiting.order.len() < WAITING_MAX && until.is_some_and(|until| until > now) {
                break;
            }
            if let Some(oldest) = waiting.order.pop_front() {
                waiting.by_text.remove(&oldest);
            }
        }
        let text = challenge.to_base64();
        let until = now.saturating_add(CEREMONY_LIFE).unwrap_or(Timestamp::MAX);
        waiting.order.push_back(text.clone());
        waiting.by_text.insert(text, (challenge, asked, until));
    }

    /// Takes out what `text`, base64url, answers. It cannot be answered again.
    pub fn take(&self, text: &str, now: Timestamp) -> Result<(Challenge, Asked), PasskeyRefused> {
        let taken = [&self.strangers, &self.known]
            .into_iter()
            .find_map(|waiting| waiting.lock().unwrap_or_else(PoisonError::into_inner).by_text.remove(text));
        let in_time = taken.filter(|(.., until)| *until > now);
        in_time.map(|(challenge, asked, _)| (challenge, asked)).ok_or(PasskeyRefused::NotAsked)
    }
}

#[cfg(test)]
mod tests {
    use byleave_passkey::Ceremony;

    use super::*;

    fn challenge(number: u32) -> Challenge {
        let mut random = [0; 32];
        random[..4].copy_from_slice(&number.to_be_bytes());
        Challenge::ceremony(Ceremony::SignIn, &random)
    }

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + 60 * minute).unwrap()
    }

    #[test]
    fn an_answer_is_taken_once_and_within_minutes() {
        let challenges = Challenges::default();
        let text = challenge(1).to_base64();
        challenges.put(challenge(1), Asked::SignIn, at(0));
        assert_eq!(challenges.take("", at(0)), Err(PasskeyRefused::NotAsked));
        assert_eq!(challenges.take(&text, at(4)), Ok((challenge(1), Asked::SignIn)));
        assert_eq!(challenges.take(&text, at(4)), Err(PasskeyRefused::NotAsked));
        challenges.put(challenge(2), Asked::SignIn, at(0));
        assert_eq!(challenges.take(&challenge(2).to_base64(), at(5)), Err(PasskeyRefused::NotAsked));
    }

    #[test]
    fn strangers_push_out_strangers_alone_and_their_number_is_bounded() {
        let challenges = Challenges::default();
        let link = Asked::Enrol { link: [1; 32] };
        challenges.put(challenge(u32::MAX), link.clone(), at(0));
        for number in 0..=10_000 {
            challenges.put(challenge(number), Asked::SignIn, at(0));
        }
        let waiting = challenges.strangers.lock().unwrap();
        assert_eq!((waiting.by_text.len(), waiting.order.len()), (10_000, 10_000));
        drop(waiting);
        assert_eq!(challenges.take(&challenge(0).to_base64(), at(0)), Err(PasskeyRefused::NotAsked));
        assert!(challenges.take(&challenge(1).to_base64(), at(0)).is_ok());
        assert_eq!(challenges.take(&challenge(u32::MAX).to_base64(), at(0)).map(|taken| taken.1), Ok(link));
    }

    #[test]
    fn what_is_asked_anew_is_answered_once() {
        let challenges = Challenges::default();
        let of = |link: u8| Asked::Enrol { link: [link; 32] };
        for (number, link) in [(1, 1), (2, 2), (3, 1)] {
            challenges.put(challenge(number), of(link), at(0));
        }
        let left = [1, 2, 3].map(|number| challenges.take(&challenge(number).to_base64(), at(0)).is_ok());
        assert_eq!(left, [false, true, true]);
    }
}
