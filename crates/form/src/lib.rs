//! The acknowledgement form: what a security contact acknowledges before support access is disabled, as a PDF that
//! anybody can read, and a look at the file that comes back. Pure: bytes in, bytes out.
//!
//! | question | module |
//! |---|---|
//! | what does the form say? | [`FormText`] |
//! | how does it look? | `write`, `page`, `type_setting` |
//! | what is this file that came back? | [`inspect`] |
//!
//! The bytes that [`write`] makes are the document: they are stored once and never made again.
//!
//! Absent: whether a returned form counts. A person decides that; this says what the file itself shows.

mod inspect;
mod page;
mod text;
mod type_setting;
mod write;

pub use inspect::{Inspection, RETURN_BYTES_MAX, RETURN_PAGES_MAX, ReturnRefused, Strength, inspect};
pub use text::{FormText, Section};
pub use write::{Form, Made, NotWritten, Request, write};
