//! One message from its bytes to what becomes of it, in the order in which an application asks:
//!
//! 1. [`wire_form`](crate::envelope::wire_form) and [`Fields::read`] its bytes. What cannot be read is refused while the
//!    peer still listens.
//! 2. [`Resolver::check`](crate::checks::Resolver::check) it while DNS still agrees.
//! 3. [`Reading::of`] the bytes, and [`Reading::find`] what there is to find. How much that takes is the author's choice,
//!    so it is done where nobody waits.
//! 4. Look up what is [`Known`]: by the author, the identifier and what the message answers.
//! 5. [`Findings::conclude`], store all of it, and answer the peer. Nothing is read here any more.

use crate::address::Mailbox;
use crate::checks::Checks;
use crate::envelope::Envelope;
use crate::fields::{Fields, Malformed, Unreadable};
use crate::interpret::{Understood, interpret, weigh};
use crate::judge::{self, Arrival, Disposition, Examined, Judgement, Known, Reason, Warning};
use crate::message::View;

/// A message, read but not judged.
#[derive(Debug, Clone)]
pub struct Reading<'m> {
    /// Its header.
    pub fields: Fields<'m>,
    /// Whether its header can be read in one way alone.
    pub sound: Result<(), Malformed>,
    /// What it says.
    pub view: View,
}

/// What was found in a message. Its size is bounded by the message's header, not by its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Findings {
    /// What it is by itself.
    pub examined: Examined,
    /// What it asks for.
    pub understood: Understood,
    /// What a person should know of its text.
    warnings: Vec<Warning>,
}

impl<'m> Reading<'m> {
    /// Reads a message whose lines end in CR LF.
    ///
    /// # Errors
    /// [`Unreadable`]: the message is refused.
    pub fn of(message: &'m [u8]) -> Result<Self, Unreadable> {
        let (fields, sound) = Fields::read(message)?;
        Ok(Self { view: View::read(&fields)?, fields, sound })
    }

    /// Finds what there is. `names` are those of each organization whose contact the author is.
    #[must_use]
    pub fn find(
        &self,
        envelope: &Envelope,
        checks: &Checks,
        arrival: &Arrival<'_>,
        names: &[Vec<String>],
    ) -> Findings {
        let examined = judge::examine(&self.fields, &self.sound, envelope, checks, arrival);
        let author = examined.author.as_ref().map(Mailbox::address);
        let understood = interpret(&self.view, author.as_deref(), names);
        let mut warnings: Vec<_> = self.view.notes.iter().cloned().map(Warning::Content).collect();
        let elsewhere = understood.contact.as_ref();
        let elsewhere = elsewhere.filter(|contact| contact.contains('@') && author.as_ref() != Some(contact));
        warnings.extend(elsewhere.cloned().map(Warning::OtherContact));
        Findings { examined, understood, warnings }
    }
}

impl Findings {
    /// What becomes of the message. `belongs` names what it belongs to, and is asked only where the message is proven to
    /// be the contact's own.
    #[must_use]
    pub fn conclude<B>(
        &self,
        known: &Known<'_>,
        belongs: impl FnOnce() -> Option<B>,
    ) -> (Judgement, Option<B>) {
        let mut judgement = judge::decide(&self.examined, self.understood.organization_name(), known);
        judgement.warnings.extend(self.warnings.iter().cloned());
        let belongs = if judgement.proven { belongs() } else { None };
        let was_accepted = judgement.disposition == Disposition::Accepted;
        let mut judgement = weigh(judgement, &self.understood, belongs.is_some());
        let unsigned = &self.examined.read_by_unsigned;
        // Perhaps the contact wrote another text, and somebody has made this of it. Then that one is no duplicate of this.
        if was_accepted && judgement.disposition == Disposition::Held && !unsigned.is_empty() {
            judgement.proven = false;
            judgement.reasons.push(Reason::Unsigned(unsigned.join(", ")));
        }
        (judgement, belongs)
    }
}
