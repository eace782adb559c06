//! What is asked once more under the same key is done once, and answered as the first time: a line that breaks leaves
//! nobody wondering whether something was done.
//!
//! That it began is durable before it is done, and its answer before it is sent. What a crash left between the two is
//! known to have begun and no more; it is not done again, and whoever asks is told to look.
//!
//! Absent: what a request or an answer is. Keys are a token's own, so nobody is answered what another was.

use std::collections::{BTreeMap, BTreeSet};

use byleave_domain::ids::TokenId;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::ports::Change;
use crate::writer::Writer;
use crate::{App, NotWritten};

/// How long an answer is kept.
pub const KEPT_FOR: SignedDuration = SignedDuration::from_hours(24);
/// Keys of one token in that time at most.
pub const KEYS_MAX: usize = 1_000;
/// Keys of all tokens in that time at most: some 20 MB of memory.
pub const KEYS_OF_ALL_MAX: usize = 100_000;
/// Keys that are forgotten in one transaction, at most: others write in between.
const FORGOTTEN_AT_ONCE: usize = 1_000;
/// Bytes of an answer that is kept at most; of a longer one it is known that it was given.
pub const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// A token's key, as it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct OnceId(pub [u8; 16]);

/// A request under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// Its key.
    pub id: OnceId,
    /// Whose.
    pub token: TokenId,
    /// SHA-256 of all that was asked.
    pub request: [u8; 32],
    /// When it came first.
    pub at: Timestamp,
}

impl Asked {
    /// Whether it is too long ago to be known any more.
    fn is_over(&self, now: Timestamp) -> bool {
        now.duration_since(self.at) >= KEPT_FOR
    }

    /// Where it is among all, by time.
    const fn place(&self) -> (Timestamp, TokenId, OnceId) {
        (self.at, self.token, self.id)
    }
}

/// How far it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// This process is at it.
    UnderWay,
    /// An earlier process was, or this one is no longer.
    Unknown,
    /// It is answered.
    Answered,
}

/// What is to be done about a request that came with a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Once {
    /// Do it, then say so with [`App::once_end`].
    First(Asked),
    /// It was answered so.
    Answered(Vec<u8>),
    /// The key was used for another request.
    Other,
    /// It is being done.
    UnderWay,
    /// It began, and what came of it is not known.
    Unknown,
    /// The token has [`KEYS_MAX`] keys, all have [`KEYS_OF_ALL_MAX`], or the disk is nearly full. Nothing is kept, and
    /// nothing was done.
    NoRoom,
}

/// Requests that came with a key.
#[derive(Debug, Default)]
pub(crate) struct Known {
    of_tokens: BTreeMap<TokenId, BTreeMap<OnceId, (Asked, Stage)>>,
    /// All of them, oldest first.
    by_time: BTreeSet<(Timestamp, TokenId, OnceId)>,
}

impl Known {
    pub fn put(&mut self, asked: Asked, stage: Stage) {
        if let Some((before, _)) =
            self.of_tokens.entry(asked.token).or_default().insert(asked.id, (asked, stage))
        {
            self.by_time.remove(&before.place());
        }
        self.by_time.insert(asked.place());
    }

    fn remove(&mut self, asked: &Asked) {
        self.by_time.remove(&asked.place());
        if let Some(own) = self.of_tokens.get_mut(&asked.token) {
            own.remove(&asked.id);
            if own.is_empty() {
                self.of_tokens.remove(&asked.token);
            }
        }
    }

    /// The same one, if it came before and not too long ago.
    fn found(&self, asked: &Asked) -> Option<(Asked, Stage)> {
        let known = self.of_tokens.get(&asked.token)?.get(&asked.id).copied();
        known.filter(|(known, _)| !known.is_over(asked.at))
    }

    /// Whether one more of this token is kept. What is over and not forgotten yet does not count.
    fn has_room(&self, token: TokenId, now: Timestamp) -> bool {
        let own_full = self.of_tokens.get(&token).is_some_and(|own| {
            let known = own.values().filter(|(asked, _)| !asked.is_over(now));
            own.len() >= KEYS_MAX && known.count() >= KEYS_MAX
        });
        let all = self.by_time.len();
        let all_full = all >= KEYS_OF_ALL_MAX && all - self.over(now).count() >= KEYS_OF_ALL_MAX;
        !own_full && !all_full
    }

    /// Those that are too long ago to be known any more, oldest first.
    fn over(&self, now: Timestamp) -> impl Iterator<Item = Asked> {
        let places = self.by_time.iter();
        let known = places.filter_map(|(_, token, id)| Some(self.of_tokens.get(token)?.get(id)?.0));
        known.take_while(move |asked| asked.is_over(now))
    }
}

impl App {
    /// Whether this is to be done, or was.
    ///
    /// # Errors
    /// [`NotWritten`]; nothing may be done then.
    pub async fn once_begin(&self, token: TokenId, key: &str, request: [u8; 32]) -> Result<Once, NotWritten> {
        let digest: [u8; 32] =
            Sha256::new().chain_update(token.as_bytes()).chain_update(key).finalize().into();
        let id = OnceId(*digest.first_chunk().unwrap_or(&[0; 16]));
        let asked = Asked { id, token, request, at: self.now() };
        let has_space = self.space().await.is_some_and(|space| space.is_enough());
        self.jobs.command(move |writer| begin(writer, asked, has_space)).await?
    }

    /// Keeps the answer, or with none forgets that it was asked: then it may be asked again.
    ///
    /// # Errors
    /// [`NotWritten`].
    pub async fn once_end(&self, asked: Asked, answer: Option<Vec<u8>>) -> Result<(), NotWritten> {
        self.jobs
            .command(move |writer| {
                let stage = answer.as_ref().map(|_| Stage::Answered);
                let change = match answer {
                    Some(answer) => Change::AnswerPut(asked, Some(answer)),
                    None => Change::AnswerRemoved(asked.id),
                };
                writer.write(Vec::new(), |_| vec![change])?;
                let known = &mut writer.shared.world_mut().answers;
                match stage {
                    Some(stage) => known.put(asked, stage),
                    None => known.remove(&asked),
                }
                Ok(())
            })
            .await?
    }

    /// Forgets what was asked longer ago than [`KEPT_FOR`].
    pub(crate) async fn forget_answers(&self) -> Result<(), NotWritten> {
        let now = self.now();
        loop {
            let over: Vec<_> = self.world().answers.over(now).take(FORGOTTEN_AT_ONCE).collect();
            if over.is_empty() {
                return Ok(());
            }
            self.jobs.command(move |writer| forget(writer, &over)).await??;
        }
    }

    /// It broke off, and what came of it is not known.
    ///
    /// # Errors
    /// [`NotWritten`].
    pub async fn once_lost(&self, asked: Asked) -> Result<(), NotWritten> {
        let lost = self.jobs.command(move |writer| {
            writer.shared.world_mut().answers.put(asked, Stage::Unknown);
            Ok(())
        });
        lost.await?
    }
}

fn begin(writer: &mut Writer, asked: Asked, has_space: bool) -> Result<Once, NotWritten> {
    let (found, has_room) = {
        let known = &writer.shared.world().answers;
        (known.found(&asked), has_space && known.has_room(asked.token, asked.at))
    };
    match found {
        Some((known, _)) if known.request != asked.request => return Ok(Once::Other),
        Some((_, Stage::UnderWay)) => return Ok(Once::UnderWay),
        Some((_, Stage::Unknown)) => return Ok(Once::Unknown),
        Some((_, Stage::Answered)) => {
            let answer = writer.shared.store.answer(asked.id);
            let answer = answer.map_err(|why| NotWritten::Unavailable(why.to_string()))?;
            return Ok(answer.map_or(Once::Unknown, Once::Answered));
        }
        None if !has_room => return Ok(Once::NoRoom),
        None => {}
    }
    writer.write(Vec::new(), |_| vec![Change::AnswerPut(asked, None)])?;
    writer.shared.world_mut().answers.put(asked, Stage::UnderWay);
    Ok(Once::First(asked))
}

fn forget(writer: &mut Writer, over: &[Asked]) -> Result<(), NotWritten> {
    writer.write(Vec::new(), |_| over.iter().map(|asked| Change::AnswerRemoved(asked.id)).collect())?;
    let known = &mut writer.shared.world_mut().answers;
    over.iter().for_each(|asked| known.remove(asked));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(token: u8, number: usize, at: Timestamp) -> Asked {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&number.to_be_bytes());
        id[8] = token;
        Asked { id: OnceId(id), token: TokenId::from_bytes([token; 16]), request: [0; 32], at }
    }

    #[test]
    fn neither_one_token_nor_all_of_them_fill_the_memory() {
        let start = Timestamp::UNIX_EPOCH;
        let mut known = Known::default();
        let put = |known: &mut Known, token, keys, at| {
            let taken = (0..keys).take_while(|number| {
                let asked = asked(token, *number, at);
                let has_room = known.has_room(asked.token, at);
                if has_room {
                    known.put(asked, Stage::Answered);
                }
                has_room
            });
            taken.count()
        };
        let tokens = u8::try_from(KEYS_OF_ALL_MAX / KEYS_MAX).unwrap();
        let second = SignedDuration::from_secs(1);
        assert_eq!(put(&mut known, 0, KEYS_MAX + 1, start), KEYS_MAX);
        for token in 1..tokens {
            assert_eq!(put(&mut known, token, KEYS_MAX, start + second), KEYS_MAX, "{token}");
        }
        assert_eq!(put(&mut known, tokens, 1, start + second), 0, "there are enough of all");
        // Each for a day, whether or not somebody forgot them: first those of the first.
        let day = start + KEPT_FOR;
        assert_eq!(known.over(day).count(), KEYS_MAX);
        assert_eq!(put(&mut known, tokens, 2 * KEYS_MAX, day), KEYS_MAX);
        assert_eq!(put(&mut known, 0, KEYS_MAX, day), 0, "as many as were over");
        let over: Vec<_> = known.over(day + second).collect();
        over.iter().for_each(|asked| known.remove(asked));
        assert_eq!((known.of_tokens.len(), known.by_time.len()), (1, KEYS_MAX), "the newest stay");
    }

    #[test]
    fn what_came_anew_is_no_older_than_that() {
        let mut known = Known::default();
        let first = asked(1, 1, Timestamp::UNIX_EPOCH);
        let again = Asked { at: first.at + KEPT_FOR, ..first };
        known.put(first, Stage::Answered);
        assert!(known.found(&first).is_some() && known.found(&again).is_none());
        known.put(again, Stage::UnderWay);
        assert_eq!(known.found(&again), Some((again, Stage::UnderWay)));
        assert_eq!((known.over(again.at).count(), known.by_time.len()), (0, 1));
    }
}
