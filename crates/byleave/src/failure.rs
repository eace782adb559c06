//! How a command ends: 0 done, 1 refused or failed, 2 misused (clap's own). The message says what and how to go on.
//! What a mail system runs ends in its words (`sysexits.h`), or it would return mail that could be taken later.

use std::fmt;
use std::process::ExitCode;

/// Later it may work (`EX_TEMPFAIL`).
pub const TRY_LATER: u8 = 75;
/// It never will: the message itself is at fault (`EX_DATAERR`).
pub const BAD_MESSAGE: u8 = 65;
/// It never will: whoever asks may not (`EX_UNAVAILABLE`).
pub const NOT_TAKEN: u8 = 69;

/// A command's refusal or failure, in one sentence for the person at the prompt.
#[derive(Debug)]
pub struct Failure {
    what: String,
    code: u8,
}

impl Failure {
    /// A failure that says `what`.
    pub fn new(what: impl fmt::Display) -> Self {
        Self { what: what.to_string(), code: 1 }
    }

    /// The same, with another exit status.
    #[must_use]
    pub fn ends(self, code: u8) -> Self {
        Self { code, ..self }
    }

    /// The exit status.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

/// Adds what was being done to an error.
pub trait Context<T> {
    /// Turns an error into a [`Failure`] that begins with `what`.
    ///
    /// # Errors
    /// The error, as a [`Failure`].
    fn context(self, what: impl fmt::Display) -> Result<T, Failure>;
}

impl<T, E: fmt::Display> Context<T> for Result<T, E> {
    fn context(self, what: impl fmt::Display) -> Result<T, Failure> {
        self.map_err(|why| Failure::new(format_args!("{what}: {why}")))
    }
}
