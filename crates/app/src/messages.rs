//! Messages that came in without anybody to hold to them: kept until a desk person opens a request from one
//! or dismisses it. A message decides nothing, whatever it says.

use byleave_domain::change_request::{ChangeRequest, Items, Source};
use byleave_domain::ids::{ChangeRequestId, ContactId, DeskPersonId, MessageId, OrganizationId};
use byleave_domain::statement::Wish;
use byleave_mail::visible::visible;

use crate::change_requests::Message;
use crate::evidence::Document;
use crate::intake::{MAIL, MailRecord, held_words};
use crate::ports::{Change, MessageRow};
use crate::setting::NotChanged;
use crate::world::World;
use crate::writer::Writer;
use crate::{App, NotWritten};

/// The way of the form on the help page, which anybody can send.
pub const HELP_PAGE: &str = "help_page";

/// Longest message that is taken, bytes.
pub const MESSAGE_BYTES_MAX: usize = 1024 * 1024;

/// Messages held at most: of those that anybody can send, and of those that came through the vendor's own hands. Whoever
/// floods the desk fills no disk, and keeps out nobody's mail.
const HELD_MAX: [usize; 2] = [1_000, 10_000];

/// Longest name of a customer that a message is filed under, characters.
const CLAIMED_MAX: usize = 120;

/// What a desk person makes of a message.
#[derive(Debug, Clone)]
pub struct Opening {
    /// Whose request it is.
    pub organization: OrganizationId,
    /// What is asked for.
    pub wish: Wish,
    /// Whose address it bears, if it is on file.
    pub contact: Option<ContactId>,
    /// Which of the article's three items it has.
    pub items: Items,
}

impl App {
    /// A message comes in by `way` and is held for a desk person. It is durable when this returns.
    ///
    /// # Errors
    /// [`NotChanged::Document`] when it is empty or too long; `Unavailable` when too many are held.
    pub async fn message_receive(
        &self,
        way: &'static str,
        claimed: &str,
        bytes: Vec<u8>,
    ) -> Result<MessageId, NotChanged> {
        let refuse = |why: String| Err(NotChanged::Document(why));
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return refuse("the message is empty".into());
        }
        if bytes.len() > MESSAGE_BYTES_MAX {
            return refuse(format!(
                "the message has {} bytes; at most {MESSAGE_BYTES_MAX} are taken",
                bytes.len()
            ));
        }
        let id = MessageId::from_bytes(self.random_bits());
        let claimed = self::claimed(claimed);
        let received_at = self.now();
        self.jobs
            .command(move |writer| {
                let anybodys = |way: &str| way == HELP_PAGE;
                let most = if anybodys(way) { HELD_MAX[0] } else { HELD_MAX[1] };
                let world = writer.shared.world();
                let counted = |row: &&MessageRow| row.way != MAIL && anybodys(&row.way) == anybodys(way);
                let held = world.messages.values().filter(counted).count();
                drop(world);
                if held >= most {
                    let why =
                        format!("{most} messages wait for the desk already; try again later, or telephone");
                    return Err(NotWritten::Unavailable(why).into());
                }
                let (way, text) = (way.to_owned(), bytes);
                let row = MessageRow { id, way, claimed, received_at, text, settled: None };
                writer.write(Vec::new(), |_| vec![Change::MessagePut(row.clone())])?;
                writer.shared.world_mut().messages.insert(id, row);
                Ok(id)
            })
            .await?
    }

    /// The text of a message that is held, as far as it is text; of a mail, what a person would read.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub async fn message_text(&self, id: MessageId) -> Result<String, NotChanged> {
        let row = held(&self.world(), id)?;
        if row.way == MAIL {
            return Ok(self.mail_text(id).await?.1);
        }
        Ok(visible(&String::from_utf8_lossy(&row.text)))
    }

    /// A desk person opens a request from a message, or has it join the open one. All of it becomes evidence, and counts
    /// as unauthenticated whatever it says.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub async fn message_open(&self, id: MessageId, opening: Opening) -> Result<ChangeRequest, NotChanged> {
        let Opening { organization, wish, contact, items } = opening;
        let (source, text) = (Source::Unauthenticated, String::new());
        let message = Message { wish, source, contact, items, text };
        let (words, mail) = self.message_words(id).await?;
        self.receive(organization, message, words, Some(Held { message: id, joins: None, mail })).await
    }

    /// A desk person has a message join a request that is open. It counts as unauthenticated there, too.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub async fn message_attach(
        &self,
        id: MessageId,
        request: ChangeRequestId,
    ) -> Result<ChangeRequest, NotChanged> {
        let (organization, wish) = {
            let world = self.world();
            let tracked = world.change_requests.get(&request);
            let request = &tracked.ok_or(NotChanged::UnknownChangeRequest(request))?.request;
            (request.organization, request.received.wish)
        };
        let (source, items, text) = (Source::Unauthenticated, Items::default(), String::new());
        let message = Message { wish, source, contact: None, items, text };
        let (words, mail) = self.message_words(id).await?;
        let held = Held { message: id, joins: Some(request), mail };
        self.receive(organization, message, words, Some(held)).await
    }

    async fn message_words(&self, id: MessageId) -> Result<(Document, Option<MailRecord>), NotChanged> {
        let row = held(&self.world(), id)?;
        if row.way == MAIL {
            let (words, record) = self.beside(move |app| held_words(&app.shared, id)).await??;
            return Ok((words, Some(record)));
        }
        Ok((Document { media_type: "text/plain", bytes: row.text }, None))
    }

    /// A desk person dismisses a message, with a reason. It stays stored for as long as evidence does.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub async fn message_dismiss(
        &self,
        id: MessageId,
        by: DeskPersonId,
        reason: &str,
    ) -> Result<(), NotChanged> {
        let reason: String = reason.trim().chars().take(500).collect();
        if reason.is_empty() {
            return Err(NotChanged::Document("say in a few words why it is dismissed".into()));
        }
        let settled = Some(format!("dismissed by {by}: {reason}"));
        self.jobs
            .command(move |writer| {
                let row = MessageRow { settled, ..held_message(writer, id)? };
                let mail = (row.way == MAIL).then_some(Change::MailDismissed(id));
                let changes = std::iter::once(Change::MessagePut(row)).chain(mail).collect();
                writer.write(Vec::new(), |_| changes)?;
                writer.shared.world_mut().messages.remove(&id);
                Ok(())
            })
            .await?
    }
}

/// A held message that goes to a request.
#[derive(Debug)]
pub(crate) struct Held {
    pub message: MessageId,
    /// The open request that it joins, where a person has said which.
    pub joins: Option<ChangeRequestId>,
    /// What was made of it, if it is a mail.
    pub mail: Option<MailRecord>,
}

/// The name that a message is filed under, within bounds.
pub(crate) fn claimed(name: &str) -> String {
    visible(name).trim().chars().filter(|c| !c.is_control()).take(CLAIMED_MAX).collect()
}

/// A message that waits.
pub(crate) fn held_message(writer: &Writer, id: MessageId) -> Result<MessageRow, NotChanged> {
    held(&writer.shared.world(), id)
}

fn held(world: &World, id: MessageId) -> Result<MessageRow, NotChanged> {
    world.messages.get(&id).cloned().ok_or(NotChanged::UnknownMessage(id))
}
