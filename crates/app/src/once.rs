//! What is asked once more under the same key is done once, and answered as the first time: a line that breaks leaves
//! nobody wondering whether something was done.
//!
//! That it began is durable before it is done, and its answer before it is sent. What a crash left between the two is
//! known to have begun and no more; it is not done again, and whoever asks is told to look.
//!
//! Absent: what a request or an answer is. Keys are a token's own, so nobody is answered what another was.

use std::collections::BTreeMap;

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
    /// The token has [`KEYS_MAX`] keys, or the disk is nearly full. Nothing is kept, and nothing was done.
    NoRoom,
}

pub(crate) type Known = BTreeMap<OnceId, (Asked, Stage)>;

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
        let has_room = self.space().await.is_some_and(|space| space.is_enough());
        self.jobs.command(move |writer| begin(writer, asked, has_room)).await?
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
                    Some(stage) => known.insert(asked.id, (asked, stage)),
                    None => known.remove(&asked.id),
                };
                Ok(())
            })
            .await?
    }

    /// Forgets what was asked longer ago than [`KEPT_FOR`].
    pub(crate) async fn forget_answers(&self) -> Result<(), NotWritten> {
        let now = self.now();
        if !self.world().answers.values().any(|(asked, _)| asked.is_over(now)) {
            return Ok(());
        }
        let forgotten = self.jobs.command(move |writer| {
            let over: Vec<_> = {
                let known = &writer.shared.world().answers;
                known.values().filter(|(asked, _)| asked.is_over(now)).map(|(asked, _)| asked.id).collect()
            };
            writer.write(Vec::new(), |_| over.iter().copied().map(Change::AnswerRemoved).collect())?;
            let known = &mut writer.shared.world_mut().answers;
            known.retain(|id, _| !over.contains(id));
            Ok(())
        });
        forgotten.await?
    }

    /// It broke off, and what came of it is not known.
    ///
    /// # Errors
    /// [`NotWritten`].
    pub async fn once_lost(&self, asked: Asked) -> Result<(), NotWritten> {
        let lost = self.jobs.command(move |writer| {
            writer.shared.world_mut().answers.insert(asked.id, (asked, Stage::Unknown));
            Ok(())
        });
        lost.await?
    }
}

fn begin(writer: &mut Writer, asked: Asked, has_room: bool) -> Result<Once, NotWritten> {
    let is_over = |known: &Asked| known.is_over(asked.at);
    let (found, count) = {
        let known = &writer.shared.world().answers;
        let own = known.values().filter(|(known, _)| known.token == asked.token && !is_over(known));
        (known.get(&asked.id).copied().filter(|(known, _)| !is_over(known)), own.count())
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
        None if count >= KEYS_MAX || !has_room => return Ok(Once::NoRoom),
        None => {}
    }
    writer.write(Vec::new(), |_| vec![Change::AnswerPut(asked, None)])?;
    writer.shared.world_mut().answers.insert(asked.id, (asked, Stage::UnderWay));
    Ok(Once::First(asked))
}
