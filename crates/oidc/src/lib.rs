//! The relying party's side of OpenID Connect: whoever the provider says somebody is, and what it says of them.
//!
//! | question | module |
//! |---|---|
//! | what does a token have to say, and who has to have signed it? | `token`: every check, no IO |
//! | what is asked of the provider, and how much of its answers is read? | `provider` |
//!
//! Absent: who may sign in, which groups are which roles, sessions, pages. What a provider says is told as it says it.

#[cfg(any(test, fuzzing))]
pub mod properties;
mod provider;
mod token;

pub use provider::{Provider, Settings};
