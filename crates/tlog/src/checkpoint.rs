//! Checkpoints (C2SP `tlog-checkpoint`): the signed statement of which tree a log is.
//!
//! Extension lines are refused: this log writes none, witnesses refuse them, and a reader who skipped them would not
//! know what was signed.

use crate::hash::Hash;
use crate::note::{NoteError, NoteSigner, NoteVerifier};
use crate::tree::SIZE_MAX;

/// What a log commits itself to: which log, how many entries, which tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name, the same as its key's.
    pub origin: String,
    /// Number of entries, at most [`SIZE_MAX`].
    pub size: u64,
    /// Root of the tree of all entries' leaf hashes.
    pub root: Hash,
}

/// A checkpoint that is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The note around it, or its signature.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The text is not origin, size and root on a line each.
    #[error("is not a checkpoint: {0}")]
    Form(&'static str),
    /// A checkpoint of another log, though signed by this key.
    #[error("is of the log `{found}`, not of `{wanted}`")]
    Origin {
        /// The name of the key that it was opened with.
        wanted: String,
        /// The origin that it names.
        found: String,
    },
}

impl Checkpoint {
    /// The three lines that get signed.
    #[must_use]
    pub fn to_text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root)
    }

    /// Reads exactly what [`to_text`](Self::to_text) writes.
    ///
    /// # Errors
    /// [`CheckpointError::Form`].
    pub fn parse(text: &str) -> Result<Self, CheckpointError> {
        let lines = text.strip_suffix('\n').map(|text| text.split('\n').collect::<Vec<_>>());
        let Some([origin, size, root]) = lines.as_deref() else {
            return Err(CheckpointError::Form("it does not have three lines"));
        };
        if origin.is_empty() {
            return Err(CheckpointError::Form("its origin is empty"));
        }
        let number =
            size.parse().ok().filter(|number: &u64| *number <= SIZE_MAX && number.to_string() == *size);
        let size = number.ok_or(CheckpointError::Form("its size is not a decimal number below 2^63"))?;
        let root = Hash::from_base64(root)
            .map_err(|_| CheckpointError::Form("its root is not 32 bytes in base64"))?;
        Ok(Self { origin: (*origin).to_owned(), size, root })
    }

    /// The checkpoint as a signed note, as it is published.
    ///
    /// A log must never sign two checkpoints that are not consistent with each other: whoever calls this has made the
    /// tree durable before.
    ///
    /// # Errors
    /// [`CheckpointError::Origin`] when the signer is another log's; [`CheckpointError::Note`] never in practice, since
    /// an origin that is a key's name has no control characters.
    pub fn sign(&self, signer: &NoteSigner) -> Result<String, CheckpointError> {
        self.expect_origin(signer.verifier())?;
        Ok(signer.sign(&self.to_text())?)
    }

    /// The checkpoint in a signed note, once the log's signature is proved and the origin is the key's name.
    ///
    /// # Errors
    /// [`CheckpointError`]: nothing in the note may be believed.
    pub fn open(note: &[u8], verifier: &NoteVerifier) -> Result<Self, CheckpointError> {
        let checkpoint = Self::parse(verifier.open(note)?)?;
        checkpoint.expect_origin(verifier)?;
        Ok(checkpoint)
    }

    fn expect_origin(&self, verifier: &NoteVerifier) -> Result<(), CheckpointError> {
        if self.origin == verifier.name() {
            return Ok(());
        }
        let (wanted, found) = (verifier.name().to_owned(), self.origin.clone());
        Err(CheckpointError::Origin { wanted, found })
    }
}
