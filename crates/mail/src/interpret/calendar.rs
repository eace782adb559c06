//! Calendar objects that come in (RFC 5545, 5546): lenient in reading, strict in what counts. Of an answer, the attendee's
//! word alone is taken; whatever else it carries changes nothing. Nothing is expanded, and nothing is fetched.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use thiserror::Error;

/// Longest object, bytes.
const OBJECT_BYTES_MAX: usize = 64 * 1024;

/// What an attendee says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Comes.
    Accepted,
    /// Perhaps.
    Tentative,
    /// Does not come.
    Declined,
    /// Sends somebody else: a stranger, whom a person checks.
    Delegated(String),
    /// Proposes another time, which a person looks at.
    Counter,
    /// Wants the invitation again.
    Refresh,
    /// Something that only an organizer says. The organizer is us: it changes nothing.
    NotTheirs(String),
}

/// A calendar object, as far as it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CalendarAnswer {
    /// What is said.
    pub answer: Answer,
    /// Of which meeting.
    pub uid: String,
    /// About which version of it.
    pub sequence: u32,
    /// When it was said; of two about one version, the later counts.
    pub stamp: Option<Timestamp>,
    /// Whose answer it says it is; who sent it is another question.
    pub attendee: String,
}

/// Why a calendar object is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidCalendar {
    /// Too long.
    #[error("its calendar object is longer than {} kB", OBJECT_BYTES_MAX / 1024)]
    TooLong,
    /// Not exactly one event.
    #[error("its calendar object does not have exactly one event")]
    NotOneEvent,
    /// It repeats.
    #[error("its calendar object repeats")]
    Repeats,
    /// Something without which it says nothing.
    #[error("its calendar object lacks `{0}`")]
    Lacks(&'static str),
}

/// Reads one object.
pub(super) fn read(object: &str) -> Result<CalendarAnswer, InvalidCalendar> {
    if object.len() > OBJECT_BYTES_MAX {
        return Err(InvalidCalendar::TooLong);
    }
    let unfolded = object.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "");
    let lines: Vec<Line<'_>> = unfolded.lines().filter_map(Line::read).collect();
    let all = |name: &'static str| lines.iter().filter(move |line| line.name == name);
    let one = |name: &'static str| {
        let mut all = all(name);
        all.next().filter(|_| all.next().is_none()).ok_or(InvalidCalendar::Lacks(name))
    };
    if all("BEGIN").filter(|line| line.value.eq_ignore_ascii_case("VEVENT")).count() != 1 {
        return Err(InvalidCalendar::NotOneEvent);
    }
    if ["RRULE", "RDATE", "RECURRENCE-ID"].iter().any(|name| all(name).next().is_some()) {
        return Err(InvalidCalendar::Repeats);
    }
    let method = one("METHOD")?.value.trim().to_uppercase();
    let attendee = one("ATTENDEE");
    let says = |line: &Line<'_>| {
        let partstat = line.parameter("PARTSTAT").unwrap_or_default().to_uppercase();
        match partstat.as_str() {
            "ACCEPTED" => Ok(Answer::Accepted),
            "TENTATIVE" => Ok(Answer::Tentative),
            "DECLINED" => Ok(Answer::Declined),
            "DELEGATED" => Ok(Answer::Delegated(address(line.parameter("DELEGATED-TO").unwrap_or_default()))),
            _ => Err(InvalidCalendar::Lacks("PARTSTAT")),
        }
    };
    let answer = match method.as_str() {
        "REPLY" => says(attendee?)?,
        "COUNTER" => Answer::Counter,
        "REFRESH" => Answer::Refresh,
        _ => Answer::NotTheirs(method),
    };
    let sequence = all("SEQUENCE").next().and_then(|line| line.value.trim().parse().ok()).unwrap_or(0);
    Ok(CalendarAnswer {
        answer,
        uid: one("UID")?.value.trim().to_owned(),
        sequence,
        stamp: all("DTSTAMP").next().and_then(|line| instant(line.value)),
        attendee: attendee.map(|line| address(line.value)).unwrap_or_default(),
    })
}

/// `NAME;PARAMETER=value:value`.
struct Line<'t> {
    name: String,
    parameters: &'t str,
    value: &'t str,
}

impl<'t> Line<'t> {
    fn read(line: &'t str) -> Option<Self> {
        let mut quoted = false;
        let colon = line.find(|c| {
            quoted ^= c == '"';
            c == ':' && !quoted
        })?;
        let (head, value) = line.split_at(colon);
        let (name, parameters) = head.split_once(';').unwrap_or((head, ""));
        Some(Self { name: name.trim().to_uppercase(), parameters, value: value.get(1..)? })
    }

    fn parameter(&self, name: &str) -> Option<&'t str> {
        let mut quoted = false;
        let parts = self.parameters.split(move |c| {
            quoted ^= c == '"';
            c == ';' && !quoted
        });
        let mut named = parts.filter_map(|part| part.split_once('='));
        named.find(|(n, _)| n.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim_matches('"'))
    }
}

fn address(value: &str) -> String {
    let value = value.trim().trim_matches('"');
    let bare =
        value.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:")).and_then(|_| value.get(7..));
    crate::address::Mailbox::parse(bare.unwrap_or(value)).map(|m| m.address()).unwrap_or_default()
}

fn instant(value: &str) -> Option<Timestamp> {
    let civil = DateTime::strptime("%Y%m%dT%H%M%SZ", value.trim()).ok()?;
    TimeZone::UTC.to_timestamp(civil).ok()
}
