//! One message from its bytes to what becomes of it, in the order in which an application asks:
//!
//! 1. [`Reading::of`] the bytes. What cannot be read is refused while the peer still listens.
//! 2. [`Resolver::check`](crate::checks::Resolver::check) it while DNS still agrees.
//! 3. Look up what is [`Known`]: by the author, the identifier and what the message answers.
//! 4. [`Reading::conclude`], store all of it, and answer the peer.

use sha2::{Digest, Sha256};

use crate::address::Mailbox;
use crate::checks::Checks;
use crate::envelope::Envelope;
use crate::fields::{Fields, Malformed, Unreadable};
use crate::interpret::{Understood, interpret, weigh};
use crate::judge::{self, Judgement, Known, Reason, Warning};
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
    /// Whose it says it is.
    pub author: Result<Mailbox, Reason>,
    /// Its identifier.
    pub message_id: Option<String>,
    /// SHA-256 of all its bytes.
    pub sha256: [u8; 32],
    /// SHA-256 of its body.
    pub body_sha256: [u8; 32],
}

impl<'m> Reading<'m> {
    /// Reads a message whose lines end in CR LF.
    ///
    /// # Errors
    /// [`Unreadable`]: the message is refused.
    pub fn of(message: &'m [u8]) -> Result<Self, Unreadable> {
        let (fields, sound) = Fields::read(message)?;
        Ok(Self {
            view: View::read(&fields)?,
            author: judge::author(&fields),
            message_id: fields.message_id(),
            sha256: Sha256::digest(message).into(),
            body_sha256: Sha256::digest(fields.body()).into(),
            fields,
            sound,
        })
    }

    /// The domain that DMARC is about.
    #[must_use]
    pub fn domain(&self) -> Option<&str> {
        self.author.as_ref().ok().map(|author| author.domain.as_str())
    }

    /// What becomes of the message, and what it asks for. `belongs` says that it answers a message of ours about a request
    /// that is open, by [`judge::answers`] or the request's number.
    #[must_use]
    pub fn conclude(
        &self,
        envelope: &Envelope,
        checks: &Checks,
        known: &Known<'_>,
        belongs: bool,
    ) -> (Judgement, Understood) {
        let author = self.author.as_ref().ok().map(Mailbox::address);
        let names = known.contact.map(|contact| contact.organization_names.as_slice()).unwrap_or_default();
        let understood = interpret(&self.view, author.as_deref(), names);
        let organization = understood.organization_name.as_deref();
        let judgement = judge::decide(&self.fields, &self.sound, envelope, checks, organization, known);
        let mut judgement = weigh(judgement, &understood, belongs);
        judgement.warnings.extend(self.view.notes.iter().cloned().map(Warning::Content));
        let elsewhere = understood
            .contact
            .as_ref()
            .filter(|contact| contact.contains('@') && author.as_ref() != Some(contact));
        judgement.warnings.extend(elsewhere.map(|contact| Warning::OtherContact(contact.clone())));
        (judgement, understood)
    }
}
