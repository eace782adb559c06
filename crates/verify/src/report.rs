//! What a log that verifies says, in figures and in one sentence.

use byleave_domain::change_request::WithoutWords;
use byleave_tlog::Checkpoint;
use jiff::Timestamp;

/// The outcome of a verification that found nothing wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The log's checkpoint: its origin, how many entries it has, and their root.
    pub checkpoint: Checkpoint,
    /// How many visits there were, over or not.
    pub visits: u64,
    /// By how many different people.
    pub people: u64,
    /// How many requests were let through.
    pub requests: u64,
    /// How many attempts were refused.
    pub denied: u64,
    /// Visits that are not closed: in progress when the checkpoint was signed.
    pub open_visits: u64,
    /// Requests that have not ended; all are in visits that are not closed.
    pub open_requests: u64,
    /// Each change of the setting, in order. Before the first one support access is enabled.
    pub changes: Vec<Change>,
    /// Visits opened after the last change; in the whole log when there is none.
    pub visits_since_change: u64,
    /// Attempts refused after the last change; in the whole log when there is none.
    pub denied_since_change: u64,
    /// Since when the vendor keeps everybody out, if it does.
    pub frozen_since: Option<Timestamp>,
    /// How many tokens of the organization's programs were made.
    pub tokens_made: u64,
    /// How many were revoked, those included of whose making the log does not tell.
    pub tokens_revoked: u64,
    /// Calls that a security contact confirmed with the words of the call.
    pub calls_with_words: u64,
    /// Calls that one confirmed without them. Calls from before logs said which are in neither.
    pub calls_without_words: u64,
    /// What came of the decisions, where an organization file was given.
    pub replayed: Option<Replayed>,
}

/// What an organization file let be done beyond the log itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Replayed {
    /// Decisions that were taken again, with the same outcome.
    pub followed: u64,
    /// Decisions that do not say what they looked at, from before decisions did.
    pub without_facts: u64,
    /// Decisions that rest on what the log had yet to say at its end.
    pub unsettled: u64,
    /// Entries whose payload was erased.
    pub erased: u64,
    /// Calls that were confirmed without words, by why, in the order of [`WithoutWords::ALL`].
    pub without_words: [u64; 4],
}

/// A change of the organization's setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// Index of the entry that made it.
    pub index: u64,
    /// When, by the clock of whoever recorded it.
    pub at: Timestamp,
    /// Whether support access was enabled by it, rather than disabled.
    pub enabled: bool,
}

impl Report {
    /// One sentence for someone who answers for the organization: who came in, what the setting is since when, what was
    /// tried since, and that nothing is missing. Times are UTC, to the second.
    #[must_use]
    pub fn sentence(&self) -> String {
        let mut parts = vec![self.visits_part()];
        parts.extend(self.setting_parts());
        parts.extend(
            self.frozen_since.map(|at| format!("everybody kept out by the vendor since {}", instant(at))),
        );
        parts.extend(self.tokens_part());
        parts.extend(self.calls_part());
        parts.push("nothing missing".to_owned());
        parts.extend(self.replayed.iter().flat_map(Replayed::parts));
        parts.join("; ") + "."
    }

    fn visits_part(&self) -> String {
        if self.visits == 0 {
            return "no visits".to_owned();
        }
        let visits = count(self.visits, "visit", "visits");
        let people = count(self.people, "person", "people");
        match self.open_visits {
            0 => format!("{visits} by {people}"),
            open => format!("{visits} by {people}, {open} still open"),
        }
    }

    fn tokens_part(&self) -> Option<String> {
        let made = (self.tokens_made > 0).then(|| count(self.tokens_made, "token", "tokens") + " made");
        let revoked = self.tokens_revoked;
        match (made, revoked) {
            (made, 0) => made,
            (Some(made), revoked) => Some(format!("{made}, {revoked} revoked")),
            (None, revoked) => Some(count(revoked, "token", "tokens") + " revoked"),
        }
    }

    fn calls_part(&self) -> Option<String> {
        let calls = |number, how| count(number, "call-back", "call-backs") + how;
        match (self.calls_with_words, self.calls_without_words) {
            (0, 0) => None,
            (with, 0) => Some(calls(with, " with words")),
            (0, without) => Some(calls(without, " without words")),
            (with, without) => Some(format!("{}, {without} without", calls(with, " with words"))),
        }
    }

    fn setting_parts(&self) -> Vec<String> {
        let refused = count(self.denied_since_change, "attempt", "attempts") + " refused";
        let any_refused = self.denied_since_change > 0;
        let Some(last) = self.changes.last() else {
            let enabled = "support access is enabled".to_owned();
            return [enabled].into_iter().chain(any_refused.then_some(refused)).collect();
        };
        // Enabling is told together with the disabling that it ended.
        let told = if last.enabled { 2 } else { 1 };
        let earlier = self.changes.len().saturating_sub(told);
        let changes: Vec<String> = self.changes.iter().skip(earlier).map(Change::text).collect();
        let after = match self.visits_since_change {
            // While disabled there are none: the grammar refuses them.
            0 => "none after".to_owned(),
            visits => count(visits, "visit", "visits") + " after",
        };
        let parts = [changes.join(", "), after];
        parts.into_iter().chain(any_refused.then(|| refused + " since")).collect()
    }
}

impl Replayed {
    fn parts(&self) -> Vec<String> {
        let decisions = count(self.followed, "decision follows", "decisions follow");
        let mut parts = vec![decisions + " from what was in force"];
        let mut part = |number, one, many| {
            if number > 0 {
                parts.push(count(number, one, many));
            }
        };
        part(self.without_facts, "cannot be replayed", "cannot be replayed");
        part(self.unsettled, "waits for what the log has yet to say", "wait for what the log has yet to say");
        part(self.erased, "entry erased", "entries erased");
        for (why, number) in WithoutWords::ALL.into_iter().zip(self.without_words) {
            if number > 0 {
                let calls = count(number, "call-back", "call-backs");
                parts.push(format!("{calls} without words since {}", in_words(why)));
            }
        }
        parts
    }
}

/// Why a call was without words, as the desk person said.
const fn in_words(why: WithoutWords) -> &'static str {
    match why {
        WithoutWords::CannotSignIn => "the contact could not sign in",
        WithoutWords::NoScreen => "the contact had nothing at hand to sign in with",
        WithoutWords::PortalAway => "the portal did not show them",
        WithoutWords::Other => "of what the desk's note says",
    }
}

impl Change {
    fn text(&self) -> String {
        let what = if self.enabled { "enabled again" } else { "disabled" };
        format!("{what} at {}", instant(self.at))
    }
}

fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
