//! What a message asks for. People write the article's three items as labels, as sentences, in English or German; what
//! is not plainly there is not guessed but named, and a person reads the message.
//!
//! Pure, and without effect: an answer here opens a request at most, and only for a sender that [`crate::judge`] finds
//! proven.

mod calendar;
mod items;
mod own;
mod report;
mod wish;

use crate::judge::{Disposition, Judgement, Reason};
use crate::message::View;
pub use calendar::{Answer, Attendance, CalendarAnswer, InvalidCalendar};
pub use report::DeliveryReport;

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// That nobody enters any more.
    Disable,
    /// That people may enter again.
    Enable,
    /// Anything else, or nothing that is plain.
    Other,
}

impl Action {
    /// The word that is stored and shown.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Action::Disable => "disable",
            Action::Enable => "enable",
            Action::Other => "other",
        }
    }
}

/// Which kind of message it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A request to disable or to enable, or something that is to become one.
    Request,
    /// The form is asked for, and no more.
    FormWish,
    /// A request is taken back.
    Withdrawal,
    /// An answer to an invitation, or another calendar object; or why it is not read.
    Calendar(Result<CalendarAnswer, InvalidCalendar>),
    /// What a mail server says about a message of ours.
    Report(Vec<DeliveryReport>),
}

/// What was understood, and what was not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Understood {
    /// Which kind of message.
    pub kind: Kind,
    /// What is asked for.
    pub action: Action,
    /// Names of organizations, as written. More than one is unclear.
    pub organization_names: Vec<String>,
    /// Whether it says that this is wanted.
    pub confirmation: bool,
    /// Whom to speak to: an address if there is one, else what is written. Data to confirm; nothing is sent there.
    pub contact: Option<String>,
    /// What is missing or unclear, for a desk person and for the answer to a proven contact.
    pub unclear: Vec<String>,
}

impl Understood {
    /// The organization's name, if there is one alone.
    #[must_use]
    pub fn organization_name(&self) -> Option<&str> {
        match self.organization_names.as_slice() {
            [one] => Some(one),
            _ => None,
        }
    }
}

/// Reads a message. `author` is its author's address; `names` are those of each organization whose contact the author is.
/// They are looked for where no label names one.
#[must_use]
pub fn interpret(view: &View, author: Option<&str>, names: &[Vec<String>]) -> Understood {
    let kind = |kind| Understood {
        kind,
        action: Action::Other,
        organization_names: Vec::new(),
        confirmation: false,
        contact: None,
        unclear: Vec::new(),
    };
    if let Some(report) = &view.report {
        return kind(Kind::Report(report::read(report, view.returned.as_deref())));
    }
    if let Some(object) = &view.calendar {
        return kind(Kind::Calendar(calendar::read(object)));
    }
    let text = own::text(&view.text);
    let subject = own::subject(&view.subject);
    let wanted = wish::read(subject, &text);
    let mut unclear: Vec<String> = wanted.unclear.iter().map(|why| (*why).to_owned()).collect();
    let other = view.alternative.as_deref().map(|other| wish::read(subject, &own::text(other)).action);
    if other.is_some_and(|other| other != wanted.action) {
        unclear.push("its plain and its formatted text ask for different things".to_owned());
    }
    let items = items::read(&text, author, names);
    if wanted.withdraws {
        let (organization_names, contact) = (items.organization_names, items.contact);
        return Understood { unclear, organization_names, contact, ..kind(Kind::Withdrawal) };
    }
    unclear.extend(items.unclear);
    let missing = [
        (items.organization_names.is_empty(), "the customer's name is missing"),
        (!items.confirmation, "a confirmation that this is wanted is missing"),
        (items.contact.is_none(), "whom to speak to is missing"),
    ];
    unclear.extend(missing.iter().filter(|(is, _)| *is).map(|(_, why)| (*why).to_owned()));
    let form = wanted.form && !unclear.is_empty();
    Understood {
        kind: if form { Kind::FormWish } else { Kind::Request },
        action: wanted.action,
        organization_names: items.organization_names,
        confirmation: items.confirmation,
        contact: items.contact,
        unclear,
    }
}

/// The judgement once the text is read: what the contact has not said plainly is held, unless the message belongs to a
/// request that is open, where a person reads on anyway. Nothing belongs to a request while it names several
/// organizations, and of calendar objects only what an attendee says for themselves.
#[must_use]
pub fn weigh(mut judgement: Judgement, understood: &Understood, belongs: bool) -> Judgement {
    let names_several = understood.organization_names.len() > 1;
    let waits = match &understood.kind {
        Kind::Calendar(Err(why)) => Some(why.to_string()),
        Kind::Calendar(Ok(answer)) => answer.waits(),
        _ => None,
    };
    if judgement.disposition != Disposition::Accepted || (belongs && !names_several && waits.is_none()) {
        return judgement;
    }
    let why = match &understood.kind {
        Kind::Request => understood.unclear.clone(),
        _ if names_several => vec!["it names several organizations".to_owned()],
        Kind::FormWish => vec!["it asks for the form, and is no request yet".to_owned()],
        Kind::Withdrawal => {
            vec!["it takes a request back, and none of the organization's is open".to_owned()]
        }
        Kind::Calendar(_) => {
            vec![waits.unwrap_or_else(|| "it is about a meeting that is not known".to_owned())]
        }
        Kind::Report(_) => vec!["it is a report about a message that is not known".to_owned()],
    };
    if !why.is_empty() {
        judgement.disposition = Disposition::Held;
        judgement.reasons.extend(why.into_iter().map(Reason::Unclear));
    }
    judgement
}

#[cfg(test)]
mod tests;
