//! Messages that came in without anybody to hold to them: kept, encrypted, until a desk person opens a request from one
//! or dismisses it. A message decides nothing, whatever it says.

use byleave_domain::change_request::{ChangeRequest, Items, Source};
use byleave_domain::ids::{ContactId, DeskPersonId, MessageId, OrganizationId};
use byleave_domain::statement::Wish;

use crate::App;
use crate::change_requests::{Message, TEXT_MAX};
use crate::evidence;
use crate::ports::{Change, MessageRow};
use crate::setting::NotChanged;

/// Longest message that is taken, bytes.
pub const MESSAGE_BYTES_MAX: usize = 1024 * 1024;

/// Messages held at most; whoever floods the desk fills no disk.
const HELD_MAX: usize = 1_000;

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
    /// [`NotChanged::Document`] when it is empty or too long, or too many are held.
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
        let claimed: String = claimed.trim().chars().filter(|c| !c.is_control()).take(CLAIMED_MAX).collect();
        let received_at = self.now();
        self.jobs
            .command(move |writer| {
                if writer.shared.world().messages.len() >= HELD_MAX {
                    let why = format!("{HELD_MAX} messages wait for the desk already; please telephone");
                    return Err(NotChanged::Document(why));
                }
                let sealed = evidence::seal_message(&writer.shared, id, bytes)?;
                let row = MessageRow { id, way: way.to_owned(), claimed, received_at, sealed, settled: None };
                writer.write(Vec::new(), |_| vec![Change::MessagePut(row.clone())])?;
                writer.shared.world_mut().messages.insert(id, row);
                Ok(id)
            })
            .await?
    }

    /// The text of a message that is held, as far as it is text.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub fn message_text(&self, id: MessageId) -> Result<String, NotChanged> {
        let row = self.held(id)?;
        Ok(String::from_utf8_lossy(&evidence::open_message(&self.shared, &row)?).into_owned())
    }

    /// A desk person opens a request from a message, or has it join the open one. The text becomes evidence, and counts
    /// as unauthenticated whatever it says.
    ///
    /// # Errors
    /// [`NotChanged`].
    pub async fn message_open(&self, id: MessageId, opening: Opening) -> Result<ChangeRequest, NotChanged> {
        let text: String = self.message_text(id)?.chars().take(TEXT_MAX).collect();
        let Opening { organization, wish, contact, items } = opening;
        let message = Message { wish, source: Source::Unauthenticated, contact, items, text };
        let request = self.change_request_receive(organization, message).await?;
        // A crash in between leaves the message held; opened again it joins the request that is there.
        self.settle(id, request.id.to_string()).await?;
        Ok(request)
    }

    /// A desk person dismisses a message, with a reason. It stays stored.
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
        self.settle(id, format!("dismissed by {by}: {reason}")).await
    }

    async fn settle(&self, id: MessageId, how: String) -> Result<(), NotChanged> {
        let row = MessageRow { settled: Some(how), ..self.held(id)? };
        self.jobs
            .command(move |writer| {
                writer.write(Vec::new(), |_| vec![Change::MessagePut(row)])?;
                writer.shared.world_mut().messages.remove(&id);
                Ok(())
            })
            .await?
    }

    fn held(&self, id: MessageId) -> Result<MessageRow, NotChanged> {
        self.world().messages.get(&id).cloned().ok_or(NotChanged::UnknownMessage(id))
    }
}
