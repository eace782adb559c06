//! Calendar objects that come in (RFC 5545, 5546): lenient in reading, strict in what counts. Of an answer, the attendee's
//! word alone is taken, and of a proposal its time; whatever else it carries changes nothing. Nothing is expanded, and
//! nothing is fetched.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use thiserror::Error;

use crate::address::Mailbox;

/// Longest object, bytes.
const OBJECT_BYTES_MAX: usize = 64 * 1024;

/// Deepest component of an object.
const DEPTH_MAX: usize = 8;

/// Whether an attendee comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attendance {
    /// Comes.
    Accepted,
    /// Perhaps.
    Tentative,
    /// Does not come.
    Declined,
}

/// What an attendee says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Whether they come.
    Reply(Attendance),
    /// They send somebody else: a stranger, whom a person checks.
    Delegated(String),
    /// They propose that it begins at another time, and perhaps say whether they come if it does not.
    Counter(Option<Attendance>, Timestamp),
    /// They want the invitation again.
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
    pub stamp: Timestamp,
    /// Whose answer it says it is; who sent it is another question. None where it names nobody, or several.
    pub attendee: Option<Mailbox>,
}

impl CalendarAnswer {
    /// Why a person looks at it, whoever it is from.
    pub(super) fn waits(&self) -> Option<String> {
        match &self.answer {
            Answer::Delegated(to) => Some(format!("it sends `{to}` to the meeting in the contact's place")),
            Answer::NotTheirs(method) => Some(format!(
                "`{method}` is the organizer's word, and the vendor is the organizer: it changes nothing"
            )),
            Answer::Reply(_) | Answer::Counter(..) | Answer::Refresh => None,
        }
    }
}

/// Why a calendar object is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum InvalidCalendar {
    /// Too long.
    #[error("its calendar object is longer than {} kB", OBJECT_BYTES_MAX / 1024)]
    TooLong,
    /// Its components do not begin and end one within the other.
    #[error("its calendar object cannot be read")]
    Malformed,
    /// Not exactly one event.
    #[error("its calendar object does not have exactly one event")]
    NotOneEvent,
    /// It repeats.
    #[error("its calendar object repeats")]
    Repeats,
    /// Something without which it says nothing.
    #[error("its calendar object does not have exactly one `{0}` that can be read")]
    Lacks(&'static str),
}

/// Reads one object.
pub(super) fn read(object: &str) -> Result<CalendarAnswer, InvalidCalendar> {
    if object.len() > OBJECT_BYTES_MAX {
        return Err(InvalidCalendar::TooLong);
    }
    let unfolded = object.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "");
    let root = Component::read(&unfolded)?;
    let mut calendars = root.within("VCALENDAR");
    let (Some(calendar), None) = (calendars.next(), calendars.next()) else {
        return Err(InvalidCalendar::NotOneEvent);
    };
    let mut events = calendar.within("VEVENT");
    let (Some(event), None) = (events.next(), events.next()) else {
        return Err(InvalidCalendar::NotOneEvent);
    };
    if ["RRULE", "RDATE", "RECURRENCE-ID"].iter().any(|name| event.all(name).next().is_some()) {
        return Err(InvalidCalendar::Repeats);
    }
    let method = calendar.one("METHOD")?.value.trim().to_uppercase();
    let attendee = event.one("ATTENDEE");
    let says = attendee.ok().and_then(|line| line.parameter("PARTSTAT")).unwrap_or_default().to_uppercase();
    let attendance = match says.as_str() {
        "ACCEPTED" => Some(Attendance::Accepted),
        "TENTATIVE" => Some(Attendance::Tentative),
        "DECLINED" => Some(Attendance::Declined),
        _ => None,
    };
    let answer = match (method.as_str(), attendance) {
        ("REPLY", Some(attendance)) => Answer::Reply(attendance),
        ("REPLY", None) if says == "DELEGATED" => {
            let to = attendee?.parameter("DELEGATED-TO").and_then(address);
            Answer::Delegated(to.map(|to| to.address()).unwrap_or_default())
        }
        ("REPLY", None) => return Err(InvalidCalendar::Lacks("PARTSTAT")),
        ("COUNTER", attendance) => Answer::Counter(attendance, start(calendar, event.one("DTSTART")?)?),
        ("REFRESH", _) => Answer::Refresh,
        _ => Answer::NotTheirs(method),
    };
    let sequence = match event.all("SEQUENCE").next() {
        None => 0,
        Some(_) => {
            event.one("SEQUENCE")?.value.trim().parse().map_err(|_| InvalidCalendar::Lacks("SEQUENCE"))?
        }
    };
    Ok(CalendarAnswer {
        answer,
        uid: event.one("UID")?.value.trim().to_owned(),
        sequence,
        stamp: instant(event.one("DTSTAMP")?.value).ok_or(InvalidCalendar::Lacks("DTSTAMP"))?,
        attendee: attendee.ok().and_then(|line| address(line.value)),
    })
}

/// `BEGIN:NAME` to `END:NAME`, with what is in between.
#[derive(Default)]
struct Component<'t> {
    name: String,
    lines: Vec<Line<'t>>,
    inner: Vec<Self>,
}

impl<'t> Component<'t> {
    /// All of a text, as a component without a name.
    fn read(text: &'t str) -> Result<Self, InvalidCalendar> {
        let mut open = vec![Self::default()];
        for line in text.lines().filter_map(Line::read) {
            let name = || line.value.trim().to_uppercase();
            match (line.name.as_str(), open.as_mut_slice()) {
                ("BEGIN", within) if within.len() <= DEPTH_MAX => {
                    open.push(Self { name: name(), ..Self::default() })
                }
                ("END", [.., outer, ended]) if ended.name == name() => {
                    outer.inner.push(std::mem::take(ended));
                    open.pop();
                }
                ("BEGIN" | "END", _) => return Err(InvalidCalendar::Malformed),
                (_, [.., innermost]) => innermost.lines.push(line),
                (_, []) => {}
            }
        }
        let mut open = open.into_iter();
        open.next().filter(|_| open.next().is_none()).ok_or(InvalidCalendar::Malformed)
    }

    fn within(&self, name: &'static str) -> impl Iterator<Item = &Self> {
        self.inner.iter().filter(move |inner| inner.name == name)
    }

    fn all(&self, name: &str) -> impl Iterator<Item = &Line<'t>> {
        self.lines.iter().filter(move |line| line.name == name)
    }

    fn one(&self, name: &'static str) -> Result<&Line<'t>, InvalidCalendar> {
        let mut all = self.all(name);
        all.next().filter(|_| all.next().is_none()).ok_or(InvalidCalendar::Lacks(name))
    }
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

fn address(value: &str) -> Option<Mailbox> {
    let value = value.trim().trim_matches('"');
    let bare =
        value.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:")).and_then(|_| value.get(7..));
    Mailbox::parse(bare.unwrap_or(value)).ok()
}

fn instant(value: &str) -> Option<Timestamp> {
    let civil = DateTime::strptime("%Y%m%dT%H%M%SZ", value.trim()).ok()?;
    TimeZone::UTC.to_timestamp(civil).ok()
}

/// When a proposed meeting begins: in UTC, in a time zone that everybody knows, or in one that the object defines.
fn start(calendar: &Component<'_>, line: &Line<'_>) -> Result<Timestamp, InvalidCalendar> {
    let read = || {
        let Some(name) = line.parameter("TZID") else { return instant(line.value) };
        let civil = DateTime::strptime("%Y%m%dT%H%M%S", line.value.trim()).ok()?;
        let zone = TimeZone::get(name).ok().or_else(|| zone(calendar, name))?;
        zone.to_timestamp(civil).ok()
    };
    read().ok_or(InvalidCalendar::Lacks("DTSTART"))
}

/// A time zone that the object defines, as one rule for all years (POSIX): Outlook's names are its own.
fn zone(calendar: &Component<'_>, name: &str) -> Option<TimeZone> {
    let named = |zone: &&Component<'_>| zone.one("TZID").is_ok_and(|line| line.value.trim() == name);
    let zone = calendar.within("VTIMEZONE").find(named)?;
    let only = |name| {
        let mut all = zone.within(name);
        let first = all.next();
        all.next().is_none().then_some(first)
    };
    let (standard, daylight) = (only("STANDARD")??, only("DAYLIGHT")?);
    let rule = match daylight {
        None => format!("<std>{}", offset(standard)?),
        Some(daylight) => format!(
            "<std>{}<dst>{},{},{}",
            offset(standard)?,
            offset(daylight)?,
            change(daylight)?,
            change(standard)?
        ),
    };
    TimeZone::posix(&rule).ok()
}

/// `TZOFFSETTO`, which POSIX writes with the other sign.
fn offset(part: &Component<'_>) -> Option<String> {
    let value = part.one("TZOFFSETTO").ok()?.value.trim();
    let (sign, digits) = value.split_at_checked(1)?;
    let sign = match sign {
        "+" => "-",
        "-" => "+",
        _ => return None,
    };
    Some(format!("{sign}{}:{}", digits.get(..2)?, digits.get(2..4)?))
}

/// The yearly change to a part: `FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU` is the last Sunday of March.
fn change(part: &Component<'_>) -> Option<String> {
    let rule = part.one("RRULE").ok()?.value.to_uppercase();
    let of = |name: &str| rule.split(';').filter_map(|part| part.split_once('=')).find(|(n, _)| *n == name);
    let (_, month) = of("BYMONTH").filter(|_| of("FREQ").is_some_and(|(_, every)| every == "YEARLY"))?;
    let (_, day) = of("BYDAY")?;
    let (week, day) = day.split_at_checked(day.len().checked_sub(2)?)?;
    let week = if week == "-1" { "5" } else { week };
    let day = ["SU", "MO", "TU", "WE", "TH", "FR", "SA"].iter().position(|name| *name == day)?;
    let begins = DateTime::strptime("%Y%m%dT%H%M%S", part.one("DTSTART").ok()?.value.trim()).ok()?;
    Some(format!("M{month}.{week}.{day}/{}", begins.time().strftime("%H:%M:%S")))
}
