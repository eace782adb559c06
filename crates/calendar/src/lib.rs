//! Meeting times within office hours, and invitations as calendars take them (RFC 5545, RFC 5546). Pure.
//!
//! The text is written by hand: one event with ten properties is less than what an iCalendar library brings along. A
//! test has it judged by libical.
//!
//! Absent: the clock, mail, and reading other people's calendars.

mod invitation;
mod office_hours;

pub use invitation::{Invitation, Party};
pub use office_hours::{InvalidOfficeHours, OfficeHours};
