//! An organization's visits as its contacts look for them: a period, a person, a tool, words. Reasons are sealed where
//! they are stored, so words are looked for here, visit by visit, as far as a bound.

use byleave_app::ports::{VisitRow, VisitsWanted};
use byleave_app::world::World;
use byleave_domain::ids::{OrganizationId, SubjectId, ToolId, VisitId};
use byleave_domain::visit::LENGTH_MAX;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::pages::portal::{person, reason, tool_name};
use crate::pages::visit_rows;
use crate::problem::Refusal;
use crate::site::Site;

/// Visits that are read from the store at a time.
const READ: u64 = 500;
/// Bytes of words to look for at most.
const WORDS_BYTES_MAX: usize = 200;

/// What a page's form says; an empty field is none.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Asked {
    /// `day`, `week` or `quarter`, from `from` on; without it the period ends with `until`.
    pub span: String,
    /// The first day, such as 2026-11-23.
    pub from: String,
    /// The last day.
    pub until: String,
    /// A support person's id.
    pub person: String,
    /// A tool's slug.
    pub tool: String,
    /// Words that stand in the name, employer, tool, reason or case.
    pub q: String,
    /// Where the page before ended: microseconds and id of its last visit.
    pub after: String,
}

/// The lengths of a period that there are links for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Length {
    Day,
    Week,
    Quarter,
}

/// Days, in UTC: from the beginning of the first to the end of the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Period {
    pub length: Option<Length>,
    pub first: Date,
    pub last: Date,
}

/// What was asked for, understood.
#[derive(Debug, Clone)]
pub(crate) struct Search {
    pub period: Period,
    pub subject: Option<SubjectId>,
    pub tool: Option<ToolId>,
    /// In lower case.
    pub words: String,
    pub after: Option<(Timestamp, VisitId)>,
}

/// What was found.
pub(crate) struct Found {
    /// Newest first.
    pub visits: Vec<VisitRow>,
    /// Where the next page begins, if there may be more: the last visit that was looked at.
    pub next: Option<(Timestamp, VisitId)>,
}

impl Length {
    pub const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Quarter];

    /// Its word in an address.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Quarter => "quarter",
        }
    }

    const fn days(self) -> i32 {
        match self {
            Self::Day => 1,
            Self::Week => 7,
            Self::Quarter => 91,
        }
    }
}

impl Period {
    /// One of this length that begins on this day.
    pub fn from(length: Length, first: Date) -> Self {
        Self { length: Some(length), first, last: moved(first, length.days() - 1) }
    }

    /// One of this length that ends on this day.
    pub fn until(length: Length, last: Date) -> Self {
        Self { length: Some(length), first: moved(last, 1 - length.days()), last }
    }

    /// The one that ends where this one begins (`-1`), or begins where it ends (`1`).
    pub fn beside(self, by: i32) -> Self {
        let days = self.days() * by;
        Self { first: moved(self.first, days), last: moved(self.last, days), ..self }
    }

    /// How many days.
    pub fn days(self) -> i32 {
        self.first.until(self.last).map_or(1, |span| span.get_days() + 1)
    }

    /// Its first instant, and the first one behind it.
    pub fn instants(self) -> (Timestamp, Timestamp) {
        (start(self.first), start(moved(self.last, 1)))
    }
}

/// The first instant of a day, in UTC.
pub(crate) fn start(day: Date) -> Timestamp {
    TimeZone::UTC.to_timestamp(day.at(0, 0, 0, 0)).unwrap_or(Timestamp::MAX)
}

/// The day of an instant, in UTC.
pub(crate) fn day(at: Timestamp) -> Date {
    TimeZone::UTC.to_datetime(at).date()
}

fn moved(day: Date, days: i32) -> Date {
    day.saturating_add(jiff::Span::new().days(days))
}

impl Asked {
    /// What it means.
    pub fn understood(&self, world: &World, now: Timestamp) -> Result<Search, Refusal> {
        let no_person =
            || Refusal::unfit("person", &self.person, format!("`{}` is nobody's id", self.person));
        let no_tool = || Refusal::unfit("tool", &self.tool, format!("there is no tool `{}`", self.tool));
        let tool =
            |slug: &str| world.tools.values().find(|tool| tool.slug.as_str() == slug).map(|tool| tool.id);
        if self.q.len() > WORDS_BYTES_MAX {
            let why = format!("`q` is {} bytes long; {WORDS_BYTES_MAX} are taken", self.q.len());
            return Err(Refusal::unfit("q", &self.q, why));
        }
        Ok(Search {
            period: self.period(day(now))?,
            subject: given(&self.person).map(|id| id.parse().map_err(|_| no_person())).transpose()?,
            tool: given(&self.tool).map(|slug| tool(slug).ok_or_else(no_tool)).transpose()?,
            words: self.q.trim().to_lowercase(),
            after: given(&self.after).map(place).transpose()?,
        })
    }

    fn period(&self, today: Date) -> Result<Period, Refusal> {
        let length = match given(&self.span) {
            None => None,
            Some(word) => {
                Some(Length::ALL.into_iter().find(|length| length.word() == word).ok_or_else(|| {
                    let why = format!("the span `{word}` is none of `day`, `week`, `quarter`");
                    Refusal::unfit("span", word, why)
                })?)
            }
        };
        let from = given(&self.from).map(|text| date("from", text)).transpose()?;
        let until = given(&self.until).map(|text| date("until", text)).transpose()?;
        match (length, from, until) {
            (Some(length), Some(first), _) => Ok(Period::from(length, first)),
            (Some(length), None, last) => Ok(Period::until(length, last.unwrap_or(today))),
            (None, None, last) => Ok(Period::until(Length::Week, last.unwrap_or(today))),
            (None, Some(first), last) => {
                let last = last.unwrap_or_else(|| today.max(first));
                if last < first {
                    let why = format!("`until` is {last}, before `from`, {first}");
                    return Err(Refusal::unfit("until", &self.until, why));
                }
                Ok(Period { length: None, first, last })
            }
        }
    }
}

impl Search {
    /// Up to `count` visits of the organization that fit, after looking at no more than `bound`.
    pub async fn find(
        &self,
        site: &Site,
        organization: OrganizationId,
        count: usize,
        bound: u64,
    ) -> Result<Found, Refusal> {
        let period = self.period.instants();
        self.look(site, organization, period, count, bound, |_| true).await
    }

    /// The same of those that began before the period and reach into it.
    pub async fn find_reaching_in(
        &self,
        site: &Site,
        organization: OrganizationId,
        count: usize,
        bound: u64,
    ) -> Result<Found, Refusal> {
        let (begin, _) = self.period.instants();
        // None lasts longer.
        let earliest = begin.saturating_sub(LENGTH_MAX).unwrap_or(Timestamp::MIN);
        let now = site.app.now();
        let reaches = |row: &VisitRow| row.visit.ended.map_or(now, |(at, _)| at) > begin;
        self.look(site, organization, (earliest, begin), count, bound, reaches).await
    }

    async fn look(
        &self,
        site: &Site,
        organization: OrganizationId,
        (from, until): (Timestamp, Timestamp),
        count: usize,
        bound: u64,
        also: impl Fn(&VisitRow) -> bool,
    ) -> Result<Found, Refusal> {
        let (subject, tool) = (self.subject, self.tool);
        let mut wanted = VisitsWanted { organization, from, until, subject, tool, after: self.after };
        let (mut visits, mut looked_at) = (Vec::new(), 0);
        while looked_at < bound {
            let rows = visit_rows::newest(site, wanted, READ).await?;
            let last_page = (rows.len() as u64) < READ;
            for row in rows {
                let place = (row.visit.opened_at, row.visit.id);
                if also(&row) && self.fits(&site.app.world(), &row) {
                    if visits.len() == count {
                        return Ok(Found { visits, next: wanted.after });
                    }
                    visits.push(row);
                }
                wanted.after = Some(place);
                looked_at += 1;
            }
            if last_page {
                return Ok(Found { visits, next: None });
            }
        }
        Ok(Found { visits, next: wanted.after })
    }

    fn fits(&self, world: &World, row: &VisitRow) -> bool {
        if self.words.is_empty() {
            return true;
        }
        let (name, employer) = person(world, row.visit.subject);
        let case = row.visit.case.as_ref().map(ToString::to_string);
        let texts = [name, employer, tool_name(world, row.visit.tool)];
        let said = [reason(world, &row.visit), case].into_iter().flatten();
        texts.into_iter().chain(said).any(|text| text.to_lowercase().contains(&self.words))
    }
}

fn given(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

fn date(field: &str, text: &str) -> Result<Date, Refusal> {
    text.parse().map_err(|_| Refusal::unfit(field, text, format!("`{text}` is no day like 2026-11-23")))
}

/// A visit's place in the order, as addresses have it.
pub(crate) fn place_text((at, id): (Timestamp, VisitId)) -> String {
    format!("{}.{id}", at.as_microsecond())
}

/// The place that an address has.
pub(crate) fn place(text: &str) -> Result<(Timestamp, VisitId), Refusal> {
    let parts = text.split_once('.');
    let read = parts.and_then(|(at, id)| {
        let at = Timestamp::from_microsecond(at.parse().ok()?).ok()?;
        Some((at, id.parse().ok()?))
    });
    read.ok_or_else(|| {
        let why = format!("the place `{text}` is none of ours; begin without one");
        Refusal::unfit("after", text, why)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_period_is_what_was_asked_for() {
        let today: Date = "2026-11-28".parse().unwrap();
        let rows = [
            (("", "", ""), Some(("2026-11-22", "2026-11-28"))),
            (("day", "2026-11-03", ""), Some(("2026-11-03", "2026-11-03"))),
            (("week", "2026-11-30", "2026-12-01"), Some(("2026-11-30", "2026-12-06"))),
            (("quarter", "", ""), Some(("2026-08-30", "2026-11-28"))),
            (("", "2026-02-01", "2026-02-28"), Some(("2026-02-01", "2026-02-28"))),
            (("", "2026-11-01", ""), Some(("2026-11-01", "2026-11-28"))),
            (("", "2027-01-01", ""), Some(("2027-01-01", "2027-01-01"))),
            (("", "2026-02-02", "2026-02-01"), None),
            (("month", "", ""), None),
            (("", "yesterday", ""), None),
        ];
        for ((span, from, until), expected) in rows {
            let [span, from, until] = [span, from, until].map(str::to_owned);
            let asked = Asked { span, from, until, ..Asked::default() };
            let read =
                asked.period(today).ok().map(|period| (period.first.to_string(), period.last.to_string()));
            let read = read.as_ref().map(|(first, last)| (first.as_str(), last.as_str()));
            assert_eq!(read, expected, "{asked:?}");
        }
        let week = Period::until(Length::Week, today);
        assert_eq!((week.days(), week.beside(-1).last.to_string()), (7, "2026-11-21".to_owned()));
        // Far away there is an end, too.
        assert_eq!(Period::from(Length::Quarter, Date::MAX).last, Date::MAX);
    }
}
