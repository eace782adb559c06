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
//! | what does mail that comes in mean for letters? | `mail` |
//! | what is written of a month that is over, and when? | `monthly` |
//!
//! Absent: words and sockets, which are the business of whoever sends.

mod facts;
mod mail;
mod monthly;
mod queue;
pub mod stored;

use std::collections::{BTreeMap, BTreeSet};

use byleave_domain::ids::{ChangeRequestId, LetterId, OrganizationId, parse_hex, to_hex};
use byleave_domain::letter::{self, Answered, Next, OnFile, Recipient};
use byleave_domain::text::Slug;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ports::{Change, LetterRow, LetterState, StoreError, ThreadRow};
use crate::world::World;
use crate::writer::Draft;
use crate::{App, NotWritten, Shared};
pub(crate) use mail::Answers;
pub(crate) use monthly::Written as MonthsWritten;
pub use queue::Queue;
use queue::{Addressee, Waiting};

/// Letters that wait at most. A change is never refused for their sake: beyond it they are kept as failed, for the desk.
pub const WAITING_MAX: usize = 100_000;

/// How long a letter is put off that the store does not give.
const UNREAD_FOR: SignedDuration = SignedDuration::from_mins(1);

/// How long a letter is kept once it is settled.
const SETTLED_FOR: SignedDuration = SignedDuration::from_hours(24 * 90);

/// Longest word of a server about a letter, characters.
const SAID_CHARS_MAX: usize = 500;

/// How long the desk is told of a letter that did not arrive.
const UNDELIVERED_FOR: SignedDuration = SignedDuration::from_hours(24 * 7);

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
    /// Whether there is a statement of each month.
    pub statements: bool,
}

/// A letter with all that it takes to write it out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Its Message-ID without brackets, the same however often it is sent.
    pub message_id: String,
    /// The contact's name; empty where it is a copy to a notice address.
    pub to_name: String,
    /// The contact's address, or the notice address.
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

/// The form that goes with a letter, if one does; or why it is not to be had.
pub type Form = Result<Option<Vec<u8>>, String>;

/// The letters as the desk sees them.
#[derive(Debug, Clone)]
pub struct Overview {
    /// How many wait.
    pub waiting: usize,
    /// Since when the oldest of them does.
    pub oldest: Option<Timestamp>,
    /// When this was so.
    pub at: Timestamp,
    /// The newest, and those that wait or, of the last 90 days, did not arrive: at most so many of each, newest first.
    pub letters: Vec<(LetterRow, Written)>,
}

impl Overview {
    /// Of each contact or notice address that did not get a letter lately at the address that is on file, the newest such
    /// letter: nobody learns of anything by mail there.
    #[must_use]
    pub fn undelivered(&self, world: &World) -> Vec<&(LetterRow, Written)> {
        let on_file = |(row, written): &&(LetterRow, Written)| {
            let Some(tenant) = world.organizations.get(&row.organization) else { return false };
            let Some(id) = row.contact else {
                return tenant.notices.addresses.iter().any(|address| address.as_str() == written.to_email);
            };
            let mut contacts = tenant.organization.contacts.iter();
            contacts.any(|contact| contact.id == id && contact.email.as_str() == written.to_email)
        };
        let lately = |(row, _): &&(LetterRow, Written)| {
            row.settled_at.is_some_and(|at| self.at.duration_since(at) < UNDELIVERED_FOR)
        };
        let mut seen = BTreeSet::new();
        let letters = self.letters.iter().filter(|(row, _)| row.state.did_not_arrive());
        let letters = letters.filter(lately).filter(on_file);
        letters.filter(|(row, written)| seen.insert((row.organization, &written.to_email))).collect()
    }
}

impl App {
    /// Nobody is written to while this is so: for what is set up before anything has happened.
    pub fn set_quiet(&self, quiet: bool) {
        self.shared.quiet.store(quiet, std::sync::atomic::Ordering::SeqCst);
    }

    /// The letters that are to go now, at most `most`, the longest due first and one for each contact and each notice address:
    /// the order in which somebody is told stays what it is, so whatever waits for one letter's sake waits with it.
    #[must_use]
    pub fn letters_due(&self, most: usize) -> Vec<LetterId> {
        self.world().letters.due(self.now(), most)
    }

    /// How many letters wait, and since when the oldest does.
    #[must_use]
    pub fn letters_waiting(&self) -> (usize, Option<Timestamp>) {
        let world = self.world();
        (world.letters.len(), world.letters.oldest())
    }

    /// A letter, to be written out, with its form or why that is not to be had. One that cannot be read holds up no other:
    /// while the store does not answer it is put off, and what cannot be opened waits no more.
    ///
    /// # Errors
    /// [`NotWritten`]; `None` when it is gone, or cannot be opened.
    pub async fn letter(&self, id: LetterId) -> Result<Option<(LetterRow, Written, Form)>, NotWritten> {
        let found = self.beside(move |app| {
            let Some((row, written)) = app.letter_stored(id)? else { return Ok(None) };
            let form = written.form.as_deref().and_then(|form| form.parse().ok());
            let form = form.map(|form| app.evidence_bytes(form)).transpose();
            Ok(Some((row, written, form.map_err(|why| why.to_string()))))
        });
        let found = found.await.and_then(|found| found);
        match &found {
            Ok(Some(_)) => {}
            Ok(None) => self.shared.world_mut().letters.give_up(id),
            Err(_) => {
                let until = self.now().saturating_add(UNREAD_FOR).unwrap_or(Timestamp::MAX);
                self.shared.world_mut().letters.put_off(id, until);
            }
        }
        found
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
        let said = said.chars().filter(|c| !c.is_control()).take(SAID_CHARS_MAX).collect();
        let content = crate::catalog::payload(&Written { said, ..written })?;
        let row = LetterRow { settled_at, content, ..row };
        self.jobs
            .command(move |writer| writer.write(Vec::new(), |_| vec![Change::LetterPut(row)]).map(drop))
            .await?
    }

    /// The letters, for the desk.
    ///
    /// # Errors
    /// [`NotWritten`].
    pub async fn letters_overview(&self) -> Result<Overview, NotWritten> {
        let (waiting, oldest) = self.letters_waiting();
        let at = self.now();
        self.beside(move |app| {
            let rows = app.shared.store.letters(SHOWN_MAX);
            let rows = rows.map_err(|why| NotWritten::Unavailable(why.to_string()))?;
            let letters = rows.into_iter().filter_map(|row| read(&row).map(|written| (row, written)));
            Ok(Overview { waiting, oldest, at, letters: letters.collect() })
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
    let (local, _) = message_id.split_once('@')?;
    let (id, _) = local.split_once('.').unwrap_or((local, ""));
    parse_hex(id).map(LetterId::from_bytes)
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
    let asked = changes.iter().filter(|_| !quiet).filter_map(facts::asked);
    let unclear = changes.iter().filter(|_| !quiet).filter_map(mail::unclear);
    let mut caused = mail::came_back(shared, changes);
    let world = shared.world();
    let mut about = About { world: &world, post, changes, threads: mail::threads(changes), before: 0 };
    for event in events.into_iter().chain(disabled).chain(asked).chain(unclear) {
        caused.extend(written(shared, &mut about, &event));
    }
    caused.extend(about.threads.into_values().map(Change::ThreadPut));
    caused
}

/// The letters that tell of a month, for what is about to be written with them and causes no others.
fn of_month(shared: &Shared, organization: OrganizationId, facts: BTreeMap<String, String>) -> Vec<Change> {
    let Some(post) = &shared.process.post else { return Vec::new() };
    let world = shared.world();
    let mut about = About { world: &world, post, changes: &[], threads: Threads::new(), before: 0 };
    written(shared, &mut about, &facts::Event::month(organization, facts))
}

/// What letters are written from.
struct About<'a> {
    world: &'a World,
    post: &'a Post,
    changes: &'a [Change],
    /// Messages that can be answered, as far as they change.
    threads: Threads,
    /// Letters that were written before.
    before: usize,
}

fn written(shared: &Shared, about: &mut About<'_>, event: &facts::Event) -> Vec<Change> {
    let (world, post, changes) = (about.world, about.post, about.changes);
    let Some(tenant) = world.organizations.get(&event.organization) else { return Vec::new() };
    let organization = &tenant.organization;
    let contacts = facts::on_file(organization, changes);
    let notices = facts::notices(tenant, &contacts, changes);
    let on_file = OnFile { contacts: &contacts, notices: &notices };
    let language = post.languages.get(&organization.slug).unwrap_or(&post.language);
    let now = shared.clock.now();
    let domain = post.from.rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    let mut rows = Vec::new();
    for letter in letter::letters(event.cause(), on_file) {
        let (contact, email) = match &letter.to {
            Recipient::Contact(id) => {
                let Some(to) = contacts.iter().find(|known| known.id == *id) else { continue };
                (Some(to), &to.email)
            }
            Recipient::Notice(address) => (None, address),
        };
        if let Some(to) = contact
            && event.is_mail_of(to.id)
            && !shared.answers.admits(to.id, now)
        {
            tracing::warn!(organization.id = %organization.id, "too many mails a day to answer: {}", to.id);
            continue;
        }
        let id = LetterId::from_bytes(shared.random_bits());
        let written = Written {
            message_id: mail::message_id(&to_hex(id.as_bytes()), event.request(), domain),
            to_name: contact.map(|to| to.name.to_string()).unwrap_or_default(),
            to_email: email.to_string(),
            language: language.clone(),
            text: letter.text.as_str().to_owned(),
            facts: facts::facts(shared, world, post, event, letter.event, contact, changes),
            is_answer: letter.answers,
            answers: if letter.answers { about.answered(event) } else { None },
            form: letter.form.then(|| event.form()).flatten(),
            invitation: contact
                .filter(|_| letter.invitation)
                .and_then(|to| facts::invitation(shared, event, to, now)),
            said: String::new(),
        };
        let Ok(content) = crate::catalog::payload(&written) else { continue };
        let full = world.letters.len() + about.before >= WAITING_MAX;
        rows.push(Change::LetterPut(LetterRow {
            id,
            place: world.letters_written + about.before as u64,
            organization: organization.id,
            contact: contact.map(|to| to.id),
            written_at: now,
            state: if full { LetterState::Failed } else { LetterState::Waiting },
            attempts: 0,
            next_at: now,
            settled_at: full.then_some(now),
            content,
        }));
        about.before += 1;
    }
    rows
}

impl About<'_> {
    /// The message that an answer to `event` answers: at most one answer a message.
    fn answered(&mut self, event: &facts::Event) -> Option<String> {
        let Some(request) = event.request() else { return event.answers() };
        let known = self.threads.get(&request).or_else(|| self.world.threads.get(&request));
        // A desk person may have given it to another organization's request, whose contacts never wrote it.
        let theirs = |thread: &&ThreadRow| thread.organization == event.organization;
        let thread = known.filter(|thread| !thread.answered).filter(theirs).cloned()?;
        let message_id = thread.message_id.clone();
        self.threads.insert(request, ThreadRow { answered: true, ..thread });
        Some(message_id)
    }
}

/// What has become durable is so from here on.
pub(crate) fn committed(shared: &Shared, changes: &[Change]) {
    let ours = |change: &Change| {
        matches!(change, Change::LetterPut(_) | Change::ThreadPut(_) | Change::ContactErased(_))
    };
    if !changes.iter().any(ours) {
        return;
    }
    let mut world = shared.world_mut();
    for change in changes {
        match change {
            Change::LetterPut(row) => put(&mut world, row),
            Change::ThreadPut(row) => drop(world.threads.insert(row.change_request, row.clone())),
            // Their letters cannot be opened any more.
            Change::ContactErased(contact) => world.letters.forget(*contact),
            _ => {}
        }
    }
}

/// Whose letter it is; a copy that cannot be read is nobody's, and can be sent to nobody.
fn addressee(row: &LetterRow) -> Option<Addressee> {
    match row.contact {
        Some(contact) => Some(Addressee::Contact(contact)),
        None => read(row).map(|written| Addressee::Notice(row.organization, written.to_email)),
    }
}

/// A letter as it is stored.
pub(crate) fn put(world: &mut World, row: &LetterRow) {
    world.letters_written = world.letters_written.max(row.place.saturating_add(1));
    if row.state == LetterState::Waiting {
        let Some(to) = addressee(row) else { return };
        let LetterRow { id, written_at, next_at, .. } = *row;
        world.letters.put(row.place, Waiting { id, to, written_at, next_at });
    } else {
        world.letters.remove(row.place);
    }
}
