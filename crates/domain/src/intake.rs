//! To which change request a proven contact's message belongs. It joins one that is open, opens one, or waits for a
//! person; nothing that a message says takes a step of the process in the desk's place.
//!
//! Absent: who wrote it and whether that is proven, and what its words mean. Both are plain data here.

use crate::change_request::ChangeRequest;
use crate::ids::ChangeRequestId;
use crate::statement::Wish;

/// What a message says of what it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Told {
    /// What it asks for, if that is plain.
    pub wish: Option<Wish>,
    /// The change request that it answers by name.
    pub answers: Option<ChangeRequestId>,
    /// Whether it takes a request back.
    pub withdraws: bool,
    /// Whether something came with it that may be the form.
    pub has_form: bool,
}

/// The open request, of those of one organization, that a message belongs to. Where it could be one of several, a person
/// looks; so it is where it answers one that is over and does not say anew what is wanted.
#[must_use]
pub fn belongs_to(told: &Told, open: &[&ChangeRequest]) -> Option<ChangeRequestId> {
    let of_the_wish = |request: &&&ChangeRequest| told.wish.is_none_or(|wish| request.received.wish == wish);
    let answered = open.iter().find(|request| Some(request.id) == told.answers);
    if let Some(request) = answered.filter(of_the_wish) {
        return Some(request.id);
    }
    let answers_none = told.answers.is_some() && answered.is_none();
    let says_which = |request: &&&ChangeRequest| {
        let by_kind = told.withdraws || (told.has_form && request.form.is_some());
        told.wish.is_some() || (by_kind && !answers_none)
    };
    let mut meant = open.iter().filter(of_the_wish).filter(says_which);
    let first = meant.next()?;
    meant.next().is_none().then_some(first.id)
}
