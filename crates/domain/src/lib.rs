//! What is allowed, and what follows from a command. Pure: no IO, no clock, no randomness, no serialisation.
//!
//! | question | module |
//! |---|---|
//! | may this happen now? | [`decision`] |
//! | is everybody kept out, or one employer's people, and who lifts that? | [`freeze`] |
//! | what did a decision look at, so that it can be taken again? | [`facts`] |
//! | what does an enforcement point need to know to answer that? | [`snapshot`] |
//! | is support access on, by whose word, and does the log agree? | [`support_access`] |
//! | what exactly did a security contact sign? | [`statement`] |
//! | what exactly did a desk person approve? | [`approval`] |
//! | who signed it: a key, or a passkey in its place? | [`signature`] |
//! | what may a security contact or a desk person change, and by which steps? | [`organization`], [`change_request`] |
//! | who is a security contact, and how does that change? | [`contact`], [`contact_change`] |
//! | who is written to, and when again? Of which month? | [`letter`], [`month`] |
//! | which steps does the vendor's process add? | [`process`] |
//! | to which change request does a message belong? | [`intake`] |
//! | who wants in, why, and for how long? And who may be erased? | [`subject`], [`visit`] |
//! | is there room for whoever wants in? | [`room`] |
//! | what is a tool, and who keeps its organizations apart? | [`tool`] |
//! | what is a token good for, and what may it hand on? | [`token`] |
//! | what is a well-formed name, slug, reason? | [`text`] |
//!
//! Time is an argument everywhere (`jiff::Timestamp`). Types here derive neither `Serialize` nor anything of a
//! database: both are promises to someone outside and live in `api` and `store`.

pub mod approval;
pub mod change_request;
pub mod contact;
pub mod contact_change;
pub mod decision;
pub mod doubt;
pub mod facts;
pub mod freeze;
pub mod ids;
pub mod intake;
pub mod letter;
pub mod month;
pub mod organization;
pub mod process;
#[cfg(any(test, fuzzing))]
pub mod properties;
pub mod room;
pub mod signature;
pub mod snapshot;
pub mod statement;
pub mod subject;
pub mod support_access;
pub mod text;
pub mod token;
pub mod tool;
pub mod visit;
