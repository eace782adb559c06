//! The server as outsiders meet it: every route as everybody, and what each person sees.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "what is shared by tests fails as they do"
)]

mod ask;
#[path = "../../../app/tests/support/authenticator.rs"]
mod authenticator;
mod browser;
mod calls;
mod changes;
mod contract;
mod differential;
mod domains;
mod finding;
mod forms;
mod freezes;
mod history;
mod html;
mod imports;
mod invitations;
mod letters;
mod limits;
mod lists;
mod log;
#[path = "../../../app/tests/support/mail.rs"]
mod mail;
mod messages;
mod once;
mod operations;
mod passkeys;
mod stage;
mod step_up;
mod table;
mod tenants;
mod tokens;
mod vendor;
mod visits;
