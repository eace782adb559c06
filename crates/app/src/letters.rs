//! Letters to security contacts: written in the transaction of whatever causes them, kept until a server has them, and tried
//! again until one does or time is up.
//!
//! [`caused`] looks at everything that is about to be committed. So no step can forget its letters, a crash between a change
//! and its letters does not exist, and one after a server took a letter sends it again under the Message-ID that it had.
//!
//! | question | answered by |
//! |---|---|
//! | who is told of what? | [`byleave_domain::letter`] |
//! | what is known about it, for the text? | `facts` |
//! | what goes now, and what became of it? | [`App::letters_due`], [`App::letter_tried`] |
//! | whose mail comes back? | [`App::letter_reported`] |
//!
//! Absent: words and sockets, which are the business of whoever sends.

mod facts;
pub mod stored;

use std::collections::{BTreeMap, BTreeSet};

use byleave_domain::ids::{ChangeRequestId, ContactId, LetterId, parse_hex, to_hex};
use byleave_domain::letter::{self, Answered, Next};
use byleave_domain::text::Slug;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ports::{Change, LetterRow, LetterState, StoreError, ThreadRow};
use crate::world::World;
use crate::writer::Draft;
use crate::{App, NotWritten, Shared};

/// Letters that wait at most. A change is never refused for their sake: beyond it they are kept as failed, for the desk.
pub const WAITING_MAX: usize = 10_000;

/// How long a letter is kept once it is settled.
const SETTLED_FOR: SignedDuration = SignedDuration::from_hours(24 * 90);

/// Letters that the desk is shown at most.
pub const SHOWN_MAX: u64 = 200;

/// The vendor's post.
#[derive(Debug, Clone)]
pub struct Post {
    /// The address that letters come from.
    pub from: String,
    /// Where a contact looks after what a letter tells.
    pub portal: String,
    /// The language of letters, such as `en`.
    pub language: String,
    /// Other languages, by the organization's slug.
    pub languages: BTreeMap<Slug, String>,
}

/// A letter with all that it takes to write it out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Its Message-ID without brackets, the same however often it is sent.
    pub message_id: String,
    /// The contact's name.
    pub to_name: String,
    /// The contact's address.
    pub to_email: String,
    /// The language.
    pub language: String,
    /// Which text.
    pub text: String,
    /// What the text tells of, by name.
    pub facts: BTreeMap<String, String>,
    /// Whether it answers what somebody wrote.
    pub is_answer: bool,
    /// The Message-ID of the message that it answers, where one is known.
    pub answers: Option<String>,
    /// The acknowledgement form that goes with it.
    pub form: Option<String>,
    /// The iCalendar object that goes with it.
    pub invitation: Option<String>,
    /// What was said when it was last tried, or came back.
    pub said: String,
}

/// A letter that waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// Id.
    pub id: LetterId,
    /// To whom.
    pub contact: ContactId,
    /// When it was written.
    pub written_at: Timestamp,
    /// When it goes.
    pub next_at: Timestamp,
}

/// The letters as the desk sees them.
#[derive(Debug, Clone, Default)]
pub struct Overview {
    /// How many wait.
    pub waiting: usize,
    /// Since when the oldest of them does.
    pub oldest: Option<Timestamp>,
    /// The newest, and those of the last 90 days that did not arrive, newest first.
    pub letters: Vec<(LetterRow, Written)>,
}

impl App {
    /// Nobody is written to while this is so: for what is set up before anything has happened.
    pub fn set_quiet(&self, quiet: bool) {
        self.shared.quiet.store(quiet, std::sync::atomic::Ordering::SeqCst);
    }

    /// The letters that are to go now, at most `most`, oldest first and one for each contact: the order in which a contact
    /// is told stays what it is, so whatever waits for one letter's sake waits with it.
    #[must_use]
    pub fn letters_due(&self, most: usize) -> Vec<LetterId> {
        let now = self.now();
        let world = self.world();
        let mut contacts = BTreeSet::new();
        let first = world.letters.values().filter(|letter| contacts.insert(letter.contact));
        first.filter(|letter| letter.next_at <= now).take(most).map(|letter| letter.id).collect()
    }

    /// How many letters wait, and since when the oldest does.
    #[must_use]
    pub fn letters_waiting(&self) -> (usize, Option<Timestamp>) {
        let world = self.world();
        (world.letters.len(), world.letters.values().map(|letter| letter.written_at).min())
    }

    /// A letter with its form, to be written out.
    ///
    /// # Errors
    /// [`NotWritten`]; `None` when it is gone, or cannot be opened.
    pub async fn letter(
        &self,
        id: LetterId,
    ) -> Result<Option<(LetterRow, Written, Option<Vec<u8>>)>, NotWritten> {
        self.beside(move |app| {
            let Some((row, written)) = app.letter_stored(id)? else { return Ok(None) };
            let form = written.form.as_deref().and_then(|form| form.parse().ok());
            let form = form.map(|form| app.evidence_bytes(form)).transpose()?;
            Ok(Some((row, written, form)))
        })
        .await?
    }

    fn letter_stored(&self, id: LetterId) -> Result<Option<(LetterRow, Written)>, NotWritten> {
        let unavailable = |why: StoreError| NotWritten::Unavailable(why.to_string());
        let row = self.shared.store.letter(id).map_err(unavailable)?;
        Ok(row.and_then(|row| read(&row).map(|written| (row, written))))
    }

    /// A letter was tried, and this came of it. What is next for it, durably.
    ///
    /// # Errors
    /// [`NotWritten`]; then it is tried again, under the same Message-ID.
    pub async fn letter_tried(
        &self,
        id: LetterId,
        answered: Answered,
        said: &str,
    ) -> Result<Next, NotWritten> {
        let now = self.now();
        let [jitter, ..] = self.random_bits();
        let known = self.beside(move |app| app.letter_stored(id)).await??;
        let gone = || NotWritten::Unavailable(format!("`{id}` is not there any more"));
        let (row, written) = known.ok_or_else(gone)?;
        let attempts = row.attempts.saturating_add(1);
        let next = letter::next(answered, attempts, row.written_at, now, jitter);
        let (state, next_at) = match next {
            Next::Sent => (LetterState::Sent, row.next_at),
            Next::Failed => (LetterState::Failed, row.next_at),
            Next::Again(at) => (LetterState::Waiting, at),
        };
        self.letter_put(LetterRow { state, attempts, next_at, ..row }, written, said).await?;
        Ok(next)
    }

    async fn letter_put(&self, row: LetterRow, written: Written, said: &str) -> Result<(), NotWritten> {
        let settled_at = (row.state != LetterState::Waiting).then(|| self.now());
        let said = said.chars().filter(|c| !c.is_control()).take(500).collect();
        let content = crate::catalog::payload(&Written { said, ..written })?;
        let row = LetterRow { settled_at, content, ..row };
        self.jobs
            .command(move |writer| writer.write(Vec::new(), |_| vec![Change::LetterPut(row)]).map(drop))
            .await?
    }

    /// A server says what became of a letter, by the Message-ID or the recipient that its report names: `failed` marks it as
    /// come back, anything else changes nothing. Reports can be written by anybody, so one counts only for a letter that was
    /// sent, to the very address that it had. Whether it did.
    ///
    /// # Errors
    /// [`NotWritten`].
    pub async fn letter_reported(
        &self,
        message_id: &str,
        recipient: &str,
        failed: bool,
        said: &str,
    ) -> Result<bool, NotWritten> {
        let Some(id) = id_of(message_id) else { return Ok(false) };
        let Some((row, written)) = self.beside(move |app| app.letter_stored(id)).await?? else {
            return Ok(false);
        };
        let ours = written.message_id == message_id.trim_matches(['<', '>', ' ']);
        let same = ours && written.to_email.eq_ignore_ascii_case(recipient);
        if !same || row.state != LetterState::Sent {
            return Ok(false);
        }
        if failed {
            tracing::warn!(organization.id = %row.organization, "a letter came back: {}", row.contact);
            self.letter_put(LetterRow { state: LetterState::Bounced, ..row }, written, said).await?;
        }
        Ok(true)
    }

    /// A request has come in a message that can be answered, or was joined by one: from the contact on file, proven, and
    /// written by nobody's machine. The next answer answers it; it goes to the contact on file all the same.
    ///
    /// # Errors
    /// [`NotWritten`].
    pub async fn request_answerable(&self, id: ChangeRequestId, message_id: &str) -> Result<(), NotWritten> {
        let found = self.world().change_request(id).map(|(tracked, _)| tracked.request.organization);
        let organization =
            found.ok_or_else(|| NotWritten::Unavailable(format!("there is no change request `{id}`")))?;
        let message_id = message_id.trim_matches(['<', '>', ' ']).chars().take(900).collect();
        let row = ThreadRow { change_request: id, organization, message_id, answered: false };
        let put = self
            .jobs
            .command(move |writer| writer.write(Vec::new(), |_| vec![Change::ThreadPut(row)]).map(drop));
        put.await?
    }

    /// The letters, for the desk.
    ///
    /// # Errors
    /// [`NotWritten`].
    pub async fn letters_overview(&self) -> Result<Overview, NotWritten> {
        let (waiting, oldest) = self.letters_waiting();
        self.beside(move |app| {
            let rows = app.shared.store.letters(SHOWN_MAX);
            let rows = rows.map_err(|why| NotWritten::Unavailable(why.to_string()))?;
            let letters = rows.into_iter().filter_map(|row| read(&row).map(|written| (row, written)));
            Ok(Overview { waiting, oldest, letters: letters.collect() })
        })
        .await?
    }

    /// Letters that were settled long ago are gone.
    pub(crate) async fn erase_letters(&self) -> Result<(), NotWritten> {
        let until = self.now().saturating_sub(SETTLED_FOR).unwrap_or(Timestamp::MIN);
        let erased = self.jobs.command(move |writer| {
            writer.write(Vec::new(), |_| vec![Change::LettersErased(until)]).map(drop)
        });
        erased.await?
    }
}

/// The id in a Message-ID of ours.
fn id_of(message_id: &str) -> Option<LetterId> {
    let (local, _) = message_id.trim_matches(['<', '>', ' ']).split_once('@')?;
    parse_hex(local).map(LetterId::from_bytes)
}

fn read(row: &LetterRow) -> Option<Written> {
    serde_json::from_slice(&row.content).ok()
}

/// What a request's newest message that can be answered is, and whether it was answered.
pub(crate) type Threads = BTreeMap<ChangeRequestId, ThreadRow>;

/// What is about to be written, as far as letters follow from it. Taken before the drafts are gone.
pub(crate) fn events(shared: &Shared, drafts: &[Draft]) -> Vec<facts::Event> {
    if shared.process.post.is_none() || shared.quiet.load(std::sync::atomic::Ordering::SeqCst) {
        return Vec::new();
    }
    facts::read(&shared.world(), drafts)
}

/// The letters that follow from what is about to be written, to be written with it.
pub(crate) fn caused(shared: &Shared, events: Vec<facts::Event>, changes: &[Change]) -> Vec<Change> {
    let Some(post) = &shared.process.post else { return Vec::new() };
    let quiet = shared.quiet.load(std::sync::atomic::Ordering::SeqCst);
    let disabled = changes.iter().filter_map(|change| match change {
        Change::OutboxPut(row) if !quiet => Some(facts::Event::setting(row.organization, "disabled")),
        _ => None,
    });
    let world = shared.world();
    let mut caused = Vec::new();
    for event in events.into_iter().chain(disabled) {
        caused.extend(written(shared, &world, post, &event, changes, caused.len()));
    }
    caused
}

fn written(
    shared: &Shared,
    world: &World,
    post: &Post,
    event: &facts::Event,
    changes: &[Change],
    before: usize,
) -> Vec<Change> {
    let Some(tenant) = world.organizations.get(&event.organization) else { return Vec::new() };
    let organization = &tenant.organization;
    let on_file = facts::on_file(organization, changes);
    let language = post.languages.get(&organization.slug).unwrap_or(&post.language);
    let thread = event.request().and_then(|id| facts::thread(world, changes, id));
    let now = shared.clock.now();
    let domain = post.from.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    let mut rows = Vec::new();
    for letter in letter::letters(event.cause(), &on_file) {
        let Some(to) = on_file.iter().find(|known| known.id == letter.to) else { continue };
        let id = LetterId::from_bytes(shared.random_bits());
        let answered = thread.clone().filter(|thread| letter.answers && !thread.answered);
        let written = Written {
            message_id: format!("{}@{domain}", to_hex(id.as_bytes())),
            to_name: to.name.to_string(),
            to_email: to.email.to_string(),
            language: language.clone(),
            text: letter.text.as_str().to_owned(),
            facts: facts::facts(shared, world, post, event, letter.event, to, changes),
            is_answer: letter.answers,
            answers: answered.as_ref().map(|thread| thread.message_id.clone()),
            form: letter.form.then(|| event.form()).flatten(),
            invitation: letter.invitation.then(|| facts::invitation(shared, event, to, now)).flatten(),
            said: String::new(),
        };
        let Ok(content) = crate::catalog::payload(&written) else { continue };
        let place = world.letters_written + (before + rows.len()) as u64;
        let full = world.letters.len() + before + rows.len() >= WAITING_MAX;
        let state = if full { LetterState::Failed } else { LetterState::Waiting };
        rows.push(Change::LetterPut(LetterRow {
            id,
            place,
            organization: organization.id,
            contact: to.id,
            written_at: now,
            state,
            attempts: 0,
            next_at: now,
            settled_at: full.then_some(now),
            content,
        }));
        // At most one answer a message.
        rows.extend(answered.map(|thread| Change::ThreadPut(ThreadRow { answered: true, ..thread })));
    }
    rows
}

/// What has become durable is so from here on.
pub(crate) fn committed(shared: &Shared, changes: &[Change]) {
    let ours = |change: &Change| matches!(change, Change::LetterPut(_) | Change::ThreadPut(_));
    if !changes.iter().any(ours) {
        return;
    }
    let mut world = shared.world_mut();
    for change in changes {
        match change {
            Change::LetterPut(row) => put(&mut world, row),
            Change::ThreadPut(row) => drop(world.threads.insert(row.change_request, row.clone())),
            _ => {}
        }
    }
}

/// A letter as it is stored.
pub(crate) fn put(world: &mut World, row: &LetterRow) {
    world.letters_written = world.letters_written.max(row.place.saturating_add(1));
    if row.state == LetterState::Waiting {
        let LetterRow { id, contact, written_at, next_at, .. } = *row;
        world.letters.insert(row.place, Waiting { id, contact, written_at, next_at });
    } else {
        world.letters.remove(&row.place);
    }
}
