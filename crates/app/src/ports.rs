//! What the use cases need from the world. Implemented by `store`, by the gateway's registry, and by tests.

mod mail;
mod provider;
mod rows;
mod spool;

use std::collections::BTreeSet;

use async_trait::async_trait;
use byleave_domain::contact::SecurityContact;
use byleave_domain::ids::{
    ChangeRequestId, ContactId, DeskPersonId, EvidenceId, LetterId, MessageId, OrganizationId, PasskeyId,
    RequestId, SessionId, SubjectId, TokenId, VisitId,
};
use byleave_domain::month::Month;
use byleave_domain::room::Space;
use byleave_domain::subject::{DeskPerson, Subject};
use byleave_domain::text::MailDomain;
use byleave_domain::tool::Tool;
use byleave_tlog::{Hash, TileNode};
use jiff::Timestamp;

use crate::credentials::{Credential, Holder};
pub use crate::letters::stored::{LetterRow, LetterState, ThreadRow};
use crate::notice_addresses::Notices;
use crate::once::{Asked, OnceId};
use crate::passkeys::{Enrolment, Passkey};
use crate::sessions::Session;
use crate::tokens::Token;
use crate::vendor::ProviderLink;
pub use mail::{Earlier, MailChecks, MailKnown, MailRow, StoredMail};
pub use provider::{Ceremony, Identity, IdentityProvider, Logout, ProviderFailed};
pub use rows::{
    EvidenceRow, FreezeRow, MessageRow, OldEvidence, OrganizationRow, OutboxRow, SettingRow, VisitRow,
    VisitSum, VisitsWanted,
};
pub use spool::{LeftEnds, Spool, WaitingEnd};

/// The only way to read the time.
pub trait Clock: Send + Sync + 'static {
    /// Now.
    fn now(&self) -> Timestamp;
}

/// The only way to get randomness.
pub trait Entropy: Send + Sync + 'static {
    /// Fills `bytes` from the operating system's generator.
    fn fill(&self, bytes: &mut [u8]);
}

/// The only way to know how full the disk is.
pub trait Disk: Send + Sync + 'static {
    /// The disk that things are kept on; `None` when it cannot be asked.
    fn space(&self) -> Option<Space>;
}

/// Whatever lets people in, and can be told to stop.
#[async_trait]
pub trait Enforcement: Send + Sync + 'static {
    /// Its name in receipts.
    fn name(&self) -> &'static str;
    /// Lets nobody into `organization` from here on, and returns once every open connection is closed (N6).
    /// The number is how many there were.
    async fn cut(&self, organization: OrganizationId, epoch: u64) -> usize;
    /// Closes the connections of these visits, and returns once they are closed. The number is how many there were.
    async fn cut_visits(&self, visits: &BTreeSet<VisitId>) -> usize;
    /// Lets people into `organization` under `epoch`.
    fn open(&self, organization: OrganizationId, epoch: u64);
}

/// The only door to what is stored. [`commit`](Store::commit) is the only write: state, log entries and outbox in one
/// transaction, or nothing.
pub trait Store: Send + Sync + 'static {
    /// Everything that is kept in memory, read once at start.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    fn load(&self) -> Result<Stored, StoreError>;
    /// Writes `batch` whole and durably, or not at all.
    ///
    /// # Errors
    /// [`StoreError::Taken`], [`StoreError::Refused`] and [`StoreError::NotAdmitted`] leave everything as it was. After
    /// [`StoreError::Failed`] the outcome is unknown (D2).
    fn commit(&self, batch: &Batch) -> Result<(), StoreError>;
    /// Makes whatever it takes to keep something of each of these organizations to be, durably and at once, so that the
    /// commit that creates them does not have to, one after the other. Not needed for a few.
    ///
    /// # Errors
    /// [`StoreError::Failed`]; nothing was created.
    fn make_keys(&self, organizations: &[OrganizationId]) -> Result<(), StoreError>;
    /// Has what was erased overwritten where it lay, if a reader of the file kept that from being done with the commit.
    /// Waits for nobody; to be asked again and again.
    ///
    /// # Errors
    /// [`StoreError::Failed`]; what the file holds is unknown then, as after a commit that failed (2.12).
    fn overwrite_erased(&self) -> Result<(), StoreError>;
    /// Up to `count` entries of a log from index `first`, in order.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    fn entries(&self, organization: OrganizationId, first: u64, count: u64)
    -> Result<Vec<Entry>, StoreError>;
    /// The leaves of up to `count` entries from index `first`, in order; what is sealed stays so.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    fn leaves(
        &self,
        organization: OrganizationId,
        first: u64,
        count: u64,
    ) -> Result<Vec<Vec<u8>>, StoreError>;
    /// Place of the entry with this request id.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    fn entry_of_request(
        &self,
        organization: OrganizationId,
        request: &[u8; 16],
    ) -> Result<Option<u64>, StoreError>;
    /// Up to `count` entries that refer to entry `reference`, oldest first.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    fn entries_referring(
        &self,
        organization: OrganizationId,
        reference: u64,
        count: u64,
    ) -> Result<Vec<Entry>, StoreError>;
    /// The last `count` entries that refer to entry `reference`, newest first.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    fn entries_referring_last(
        &self,
        organization: OrganizationId,
        reference: u64,
        count: u64,
    ) -> Result<Vec<Entry>, StoreError>;
    /// In which logs there is something about a person, and from which entry on.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    fn first_about(&self, person: Person) -> Result<Vec<(OrganizationId, u64)>, StoreError>;
    /// The places in a log at which something is kept about a person, in order.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    fn kept_about(&self, organization: OrganizationId, person: Person) -> Result<Vec<u64>, StoreError>;
    /// Whether something is still kept about a person in any log.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    fn is_something_left(&self, person: Person) -> Result<bool, StoreError>;
    /// Up to `count` tree nodes of tile level `level` (1 and up) from place `first`, in order.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    fn nodes(
        &self,
        organization: OrganizationId,
        level: u8,
        first: u64,
        count: u64,
    ) -> Result<Vec<Hash>, StoreError>;
    /// One document or note.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    fn evidence(&self, id: EvidenceId) -> Result<Option<EvidenceRow>, StoreError>;
    /// Evidence taken in at or before `until`, oldest first, at most `count`.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    fn evidence_old(&self, until: Timestamp, count: u64) -> Result<Vec<OldEvidence>, StoreError>;
    /// What is known of a Message-ID and a body, each under the deployment's key.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    fn mail_known(&self, identifier: Option<&[u8; 32]>, body: &[u8; 32]) -> Result<MailKnown, StoreError>;
    /// Mail with this Message-ID, under the deployment's key, oldest first, at most `count`.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    fn mail_with(&self, identifier: &[u8; 32], count: u64) -> Result<Vec<StoredMail>, StoreError>;
    /// Mail that belongs to a change request, oldest first, at most `count`.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    fn mail_of(&self, request: ChangeRequestId, count: u64) -> Result<Vec<StoredMail>, StoreError>;
    /// One mail, and its bytes where they are kept with it.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    fn mail(&self, id: MessageId) -> Result<Option<StoredMail>, StoreError>;
    /// One letter.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    fn letter(&self, id: LetterId) -> Result<Option<LetterRow>, StoreError>;
    /// The newest letters, and those that wait or did not arrive, at most `count` of each, newest first.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    fn letters(&self, count: u64) -> Result<Vec<LetterRow>, StoreError>;
    /// Organizations that were created before the month's end and have no statement of it, at most `count`.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    fn statements_due(&self, month: Month, count: u64) -> Result<Vec<OrganizationId>, StoreError>;
    /// The visits of an organization that were opened in a month, together, by tool and subject.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    fn visits_summed(&self, organization: OrganizationId, month: Month) -> Result<Vec<VisitSum>, StoreError>;
    /// What was answered under a key.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    fn answer(&self, id: OnceId) -> Result<Option<Vec<u8>>, StoreError>;
    /// One visit.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    fn visit(&self, id: VisitId) -> Result<Option<VisitRow>, StoreError>;
    /// The newest of the visits that are wanted, newest first.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    fn visits(&self, wanted: &VisitsWanted, count: u64) -> Result<Vec<VisitRow>, StoreError>;
    /// The newest of a support person's visits that are over, of all organizations, newest first and of those opened at one
    /// instant by id; behind `after` in that order.
    ///
    /// # Errors
    /// [`StoreError::Failed`].
    fn visits_over(
        &self,
        subject: SubjectId,
        after: Option<(Timestamp, VisitId)>,
        count: u64,
    ) -> Result<Vec<VisitRow>, StoreError>;
}

/// Why a store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A name that must be unique is in use.
    #[error("the {what} is in use already")]
    Taken {
        /// Which.
        what: &'static str,
    },
    /// A rule of the schema refused the batch; everything is as it was.
    #[error("the database refused it: {0}")]
    Refused(String),
    /// The stored setting does not admit what the batch would record (S3), or is not the one to be replaced.
    #[error("the stored setting of `{0}` is not the one expected")]
    NotAdmitted(OrganizationId),
    /// A row that cannot be read as what it should be.
    #[error(
        "the stored {what} `{row}` cannot be read: {why}; put the row right, or bring back a copy with `byleave restore`"
    )]
    Corrupt {
        /// The table.
        what: &'static str,
        /// Which row.
        row: String,
        /// What is wrong.
        why: String,
    },
    /// The database failed; what happened is unknown.
    #[error("the database failed: {0}")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// One transaction's worth of writing.
#[derive(Debug, Default)]
pub struct Batch {
    /// Additions to logs, at most one per organization.
    pub appends: Vec<Append>,
    /// Rows.
    pub changes: Vec<Change>,
}

/// An addition to one organization's log.
#[derive(Debug)]
pub struct Append {
    /// Whose log.
    pub organization: OrganizationId,
    /// Its size before; the transaction fails if it is another.
    pub size_before: u64,
    /// What is added, in order.
    pub entries: Vec<Entry>,
    /// Tree nodes that the addition completed.
    pub nodes: Vec<TileNode>,
    /// The new head.
    pub head: Head,
    /// Set when anything added admits somebody: the transaction fails unless the stored setting is enabled and of this
    /// epoch (S3).
    pub admits_under: Option<u64>,
}

/// A log entry with what its commitment commits to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Place in the log.
    pub index: u64,
    /// The leaf's own `rid`, unique in the log.
    pub request: [u8; 16],
    /// The entry that it refers to.
    pub reference: Option<u64>,
    /// The leaf's bytes.
    pub leaf: Vec<u8>,
    /// The person whom it is about, if one.
    pub person: Option<Person>,
    /// What the leaf's commitment commits to.
    pub kept: Kept,
}

/// What is kept beside a leaf, sealed under the keys of the organization and of whom it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// Salt and payload.
    Whole {
        /// Salt of the commitment.
        salt: [u8; 32],
        /// Payload of the commitment.
        payload: Vec<u8>,
    },
    /// Nothing: it was erased. Whether by right is not the store's question.
    Erased,
    /// Something that cannot be opened: a key is gone, or it is not what was sealed at this place.
    Unreadable,
}

impl Entry {
    /// The payload, where it is there.
    #[must_use]
    pub fn payload(&self) -> Option<&[u8]> {
        match &self.kept {
            Kept::Whole { payload, .. } => Some(payload),
            Kept::Erased | Kept::Unreadable => None,
        }
    }
}

/// A person whom something stored is about. What is sealed under a person's key goes with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Person {
    /// A support person or service.
    Subject(SubjectId),
    /// A security contact.
    Contact(ContactId),
    /// A desk person.
    DeskPerson(DeskPersonId),
}

/// The head of one log as stored: signed, so that nobody who only writes the database can extend or cut the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Entries.
    pub size: u64,
    /// The tree's peaks, largest first.
    pub peaks: Vec<Hash>,
    /// Ed25519 signature of the deployment's log key over origin, size and root (`keys::Keys::sign_head`).
    pub signature: [u8; 64],
}

/// One row's worth of change.
#[derive(Debug, Clone)]
pub enum Change {
    /// A new organization with its setting at creation.
    OrganizationCreated(OrganizationRow),
    /// These organizations, created in the same batch, are an import's that is under way: nobody finds them, and they are gone
    /// with the next start.
    ImportStaged(Vec<OrganizationId>),
    /// The import is whole: from here on all that was staged is there.
    ImportMade,
    /// What was staged of these goes.
    ImportDropped(Vec<OrganizationId>),
    /// Where an organization's mail comes from from now on.
    MailDomainsPut {
        /// Whose.
        organization: OrganizationId,
        /// All of them.
        domains: BTreeSet<MailDomain>,
    },
    /// Where copies of what an organization's contacts are told go from now on.
    NoticesPut {
        /// Whose.
        organization: OrganizationId,
        /// All of them, and what is asked for.
        notices: Notices,
    },
    /// An organization's security contacts from now on.
    ContactsPut {
        /// Whose.
        organization: OrganizationId,
        /// All of them.
        contacts: Vec<SecurityContact>,
    },
    /// A new support person or service.
    SubjectCreated(Subject),
    /// A support person or service is erased: their names, and with their key all that is sealed about them in every log.
    SubjectErased {
        /// Who.
        subject: SubjectId,
        /// When.
        at: Timestamp,
    },
    /// Of what is sealed about somebody erased, and can be opened by nobody any more, the next part goes.
    ErasedCleared {
        /// Who.
        subject: SubjectId,
        /// At most so many entries.
        most: u64,
    },
    /// A former security contact is erased, and their key with them. Goes with [`Change::EntriesErased`].
    ContactErased(ContactId),
    /// A former desk person is erased: row and key. Nothing is left of them in any log by then.
    DeskPersonErased(DeskPersonId),
    /// What is kept at these places of a log goes.
    EntriesErased {
        /// Whose log.
        organization: OrganizationId,
        /// Which.
        places: Vec<u64>,
    },
    /// A desk person, new or with a new name; known by e-mail address.
    DeskPersonPut(DeskPerson),
    /// A new tool.
    ToolCreated(Tool),
    /// Another setting. With `expected`, the transaction fails unless that is what is stored.
    SettingPut {
        /// Whose.
        organization: OrganizationId,
        /// What must be stored before; a disable expects nothing, since it must always succeed.
        expected: Option<SettingRow>,
        /// What is stored from now on.
        setting: SettingRow,
    },
    /// An entry that waits for its log (C1).
    OutboxPut(OutboxRow),
    /// The entry is in its log.
    OutboxTaken(RequestId),
    /// A document or note of a change request.
    EvidencePut(EvidenceRow),
    /// Evidence that has been kept for its time.
    EvidenceErased(EvidenceId),
    /// A message, new or settled.
    MessagePut(MessageRow),
    /// Settled messages that came in at or before this are gone, and so is mail of which none waits.
    MessagesErased(Timestamp),
    /// A mail came in.
    MailPut(MailRow),
    /// A held mail belongs to a change request: its bytes are evidence there, and not kept here.
    MailJoined {
        /// Which.
        id: MessageId,
        /// To which.
        request: ChangeRequestId,
        /// `crate::intake::MailRecord`, as JSON.
        record: Vec<u8>,
    },
    /// A held mail waits no more.
    MailDismissed(MessageId),
    /// Of the mail with this disposition, only the newest are kept.
    MailTrimmed {
        /// Which.
        disposition: &'static str,
        /// So many.
        keep: u64,
    },
    /// A letter, new or tried.
    LetterPut(LetterRow),
    /// Letters that were settled at or before this are gone.
    LettersErased(Timestamp),
    /// The message that a request's next answer answers.
    ThreadPut(ThreadRow),
    /// An organization's statement of a month is written; there is one.
    StatementPut(OrganizationId, Month),
    /// A freeze, new or moved on.
    FreezePut(FreezeRow),
    /// A visit, new or moved on.
    VisitPut(VisitRow),
    /// A sign-in link.
    CredentialPut(Credential),
    /// It no longer works.
    CredentialRemoved([u8; 32]),
    /// A session, new or seen later.
    SessionPut(Session),
    /// It no longer works.
    SessionRemoved(SessionId),
    /// A registered person is known by the provider's name for them, and by no earlier one.
    ProviderLinkPut(ProviderLink),
    /// They are known by none.
    ProviderLinkRemoved(Holder),
    /// A token, new or with another use or end.
    TokenPut(Token),
    /// Nothing is known of it any more.
    TokenRemoved(TokenId),
    /// A passkey, new or used.
    PasskeyPut(Box<Passkey>),
    /// It is nobody's any more.
    PasskeyRemoved(PasskeyId),
    /// A link with which somebody registers a passkey.
    EnrolmentPut(Enrolment),
    /// It no longer works.
    EnrolmentRemoved([u8; 32]),
    /// A request that came with a key, with its answer once there is one.
    AnswerPut(Asked, Option<Vec<u8>>),
    /// It may come again.
    AnswerRemoved(OnceId),
}

/// Everything that is kept in memory.
#[derive(Debug, Default)]
pub struct Stored {
    /// When it was copied, where it is a copy: the original may have gone on since.
    pub copied_at: Option<Timestamp>,
    /// Organizations with what hangs on them.
    pub organizations: Vec<StoredOrganization>,
    /// Support people and services.
    pub subjects: Vec<Subject>,
    /// Those of whom nothing can be read: erased, or their key is gone.
    pub subjects_gone: Vec<SubjectId>,
    /// Desk people.
    pub desk_people: Vec<DeskPerson>,
    /// Tools.
    pub tools: Vec<Tool>,
    /// Visits without an end.
    pub visits_open: Vec<VisitRow>,
    /// Freezes, lifted or not.
    pub freezes: Vec<FreezeRow>,
    /// Entries that wait for their logs.
    pub outbox: Vec<OutboxRow>,
    /// Messages that are held.
    pub messages: Vec<MessageRow>,
    /// Messages that are held and cannot be read. They are left out: a message decides nothing.
    pub messages_unreadable: Vec<StoreError>,
    /// Letters that wait, as far as they can be opened, in the order in which they were written.
    pub letters: Vec<LetterRow>,
    /// How many letters were ever written.
    pub letters_written: u64,
    /// Which messages answers answer.
    pub threads: Vec<ThreadRow>,
    /// Sign-in links.
    pub credentials: Vec<Credential>,
    /// Sessions.
    pub sessions: Vec<Session>,
    /// Who is known by a provider's name.
    pub provider_links: Vec<ProviderLink>,
    /// Tokens, those that no longer work for a while as well.
    pub tokens: Vec<Token>,
    /// Passkeys, as far as they can be opened.
    pub passkeys: Vec<Passkey>,
    /// Links with which somebody registers one.
    pub enrolments: Vec<Enrolment>,
    /// Requests that came with a key, and whether they are answered.
    pub answers: Vec<(Asked, bool)>,
}

/// A stored organization with what hangs on it.
#[derive(Debug)]
pub struct StoredOrganization {
    /// The organization.
    pub row: OrganizationRow,
    /// Its setting; `None` when the row is missing.
    pub setting: Option<SettingRow>,
    /// Its contacts, as far as they can be read.
    pub contacts: Vec<SecurityContact>,
    /// Its log's head; `None` when the row is missing.
    pub head: Option<Head>,
}
