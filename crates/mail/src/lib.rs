//! What mail comes in: judged by DNS while DNS still agrees, and read as text. What a message is worth follows from
//! one pure function, [`judge::decide`]; whatever it says, a message changes nothing by itself.
//!
//! | question | answered by |
//! |---|---|
//! | what is done with a message, in which order? | [`intake`] |
//! | how does it come in? | [`smtp`] |
//! | what do the header fields say, byte by byte? | [`fields`], [`address`] |
//! | what do SPF, DKIM, DMARC and ARC make of it? | [`checks`] |
//! | what does it say, and what is attached? | [`message`] |
//! | may a person be shown it as it is? | [`mod@visible`] |
//! | what does it ask for? | [`mod@interpret`] |
//! | is it the registered contact's word? | [`judge`] |
//!
//! And what mail goes out:
//!
//! | question | answered by |
//! |---|---|
//! | what does a letter say, in which language? | [`texts`] |
//! | how is it written out, and signed? | [`compose`], [`sign`] |
//! | who takes it? | [`relay`], or the recipients' own servers: [`direct`] |
//!
//! Absent: the database, organizations and requests (the application knows them and says what is needed in
//! [`judge::Known`]), the clock, and any belief in what a message says about its own checks.

pub mod address;
pub mod checks;
pub mod compose;
pub mod direct;
pub mod envelope;
pub mod fields;
pub mod intake;
pub mod interpret;
pub mod judge;
pub mod message;
#[cfg(any(test, fuzzing))]
pub mod properties;
pub mod relay;
pub mod sign;
pub mod smtp;
pub mod texts;
pub mod visible;
