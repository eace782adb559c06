//! When meetings can be: days and hours of a place, daylight saving included.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// How far ahead a time is looked for.
const SEARCH: SignedDuration = SignedDuration::from_hours(24 * 60);

/// Days and hours, such as `Mon-Fri 09:00-17:00 Europe/Berlin`, or `always`.
#[derive(Debug, Clone)]
pub struct OfficeHours {
    text: String,
    zone: TimeZone,
    /// None for `always`.
    hours: Option<Hours>,
}

#[derive(Debug, Clone, Copy)]
struct Hours {
    first_day: Weekday,
    last_day: Weekday,
    from: Time,
    until: Time,
}

/// A text that is no office hours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{part}` is not understood; office hours are like `Mon-Fri 09:00-17:00 Europe/Berlin`, or `always`")]
pub struct InvalidOfficeHours {
    /// The part that was not understood.
    pub part: String,
}

impl OfficeHours {
    /// Every minute of the week.
    #[must_use]
    pub fn always() -> Self {
        Self { text: "always".to_owned(), zone: TimeZone::UTC, hours: None }
    }

    /// The next free times for a meeting of `length`, on a grid of that length and none before `earliest`; looked for in
    /// the next 60 days. With `always` the first is `earliest` itself, cut to the minute.
    #[must_use]
    pub fn slots(
        &self,
        earliest: Timestamp,
        length: SignedDuration,
        taken: &[Timestamp],
        count: usize,
    ) -> Vec<Timestamp> {
        let grid = length.as_secs().max(60);
        let on_grid = match self.hours {
            None => earliest.as_second().div_euclid(60) * 60,
            Some(_) => (earliest.as_second() + grid - 1).div_euclid(grid) * grid,
        };
        let limit = (SEARCH.as_secs() / grid).max(0);
        let at = |step: i64| Timestamp::from_second(on_grid.saturating_add(step.saturating_mul(grid))).ok();
        let free = |start: &Timestamp| {
            let apart = |other: &Timestamp| start.duration_since(*other).abs() >= length;
            self.holds(*start, length) && taken.iter().all(apart)
        };
        (0..limit).filter_map(at).filter(free).take(count).collect()
    }

    /// Whether a meeting of `length` from `start` on lies within the hours of one day.
    #[must_use]
    pub fn holds(&self, start: Timestamp, length: SignedDuration) -> bool {
        let Some(hours) = self.hours else { return true };
        let Ok(end) = start.checked_add(length) else { return false };
        let (start, end) = (self.zone.to_datetime(start), self.zone.to_datetime(end));
        let day = start.weekday().to_monday_zero_offset();
        let (first, last) = (hours.first_day.to_monday_zero_offset(), hours.last_day.to_monday_zero_offset());
        (first..=last).contains(&day)
            && start.date() == end.date()
            && start.time() >= hours.from
            && end.time() <= hours.until
    }

    /// A time as people at that place read it, such as `Tue 2026-12-01 11:00 Europe/Berlin`.
    #[must_use]
    pub fn local(&self, at: Timestamp) -> String {
        let zone = self.zone.iana_name().unwrap_or("UTC");
        format!("{} {zone}", self.zone.to_datetime(at).strftime("%a %Y-%m-%d %H:%M"))
    }
}

impl fmt::Display for OfficeHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for OfficeHours {
    type Err = InvalidOfficeHours;

    fn from_str(text: &str) -> Result<Self, InvalidOfficeHours> {
        if text.trim() == "always" {
            return Ok(Self::always());
        }
        let wrong = |part: &str| InvalidOfficeHours { part: part.chars().take(80).collect() };
        let mut parts = text.split_whitespace();
        let (Some(days), Some(hours), Some(zone), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong(text));
        };
        let (first, last) = days.split_once('-').unwrap_or((days, days));
        let (from, until) = hours.split_once('-').ok_or_else(|| wrong(hours))?;
        let read = Hours {
            first_day: weekday(first).ok_or_else(|| wrong(days))?,
            last_day: weekday(last).ok_or_else(|| wrong(days))?,
            from: from.parse().map_err(|_| wrong(hours))?,
            until: until.parse().map_err(|_| wrong(hours))?,
        };
        if read.from >= read.until {
            return Err(wrong(hours));
        }
        if read.first_day.to_monday_zero_offset() > read.last_day.to_monday_zero_offset() {
            return Err(wrong(days));
        }
        let zone = TimeZone::get(zone).map_err(|_| wrong(zone))?;
        Ok(Self { text: text.trim().to_owned(), zone, hours: Some(read) })
    }
}

fn weekday(name: &str) -> Option<Weekday> {
    Some(match name {
        "Mon" => Weekday::Monday,
        "Tue" => Weekday::Tuesday,
        "Wed" => Weekday::Wednesday,
        "Thu" => Weekday::Thursday,
        "Fri" => Weekday::Friday,
        "Sat" => Weekday::Saturday,
        "Sun" => Weekday::Sunday,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF_AN_HOUR: SignedDuration = SignedDuration::from_mins(30);

    fn berlin() -> OfficeHours {
        "Mon-Fri 09:00-17:00 Europe/Berlin".parse().unwrap()
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn meetings_keep_to_the_hours_of_the_place_in_summer_and_in_winter() {
        // The clocks went back on Sunday, 2026-10-25.
        for (earliest, first) in [
            ("2026-10-23T14:31:00Z", "2026-10-26T08:00:00Z"),
            ("2026-10-23T14:30:00Z", "2026-10-23T14:30:00Z"),
            ("2026-11-25T15:45:01Z", "2026-11-26T08:00:00Z"),
        ] {
            assert_eq!(berlin().slots(at(earliest), HALF_AN_HOUR, &[], 1), [at(first)], "{earliest}");
        }
        assert_eq!(berlin().local(at("2026-10-26T08:00:00Z")), "Mon 2026-10-26 09:00 Europe/Berlin");
    }

    #[test]
    fn taken_times_are_passed_over() {
        let taken = [at("2026-11-26T08:15:00Z")];
        let slots = berlin().slots(at("2026-11-26T05:00:00Z"), HALF_AN_HOUR, &taken, 2);
        assert_eq!(slots, [at("2026-11-26T09:00:00Z"), at("2026-11-26T09:30:00Z")]);
    }

    #[test]
    fn always_begins_at_once() {
        let now = at("2026-11-28T23:59:30Z");
        assert_eq!(OfficeHours::always().slots(now, HALF_AN_HOUR, &[], 1), [at("2026-11-28T23:59:00Z")]);
    }

    #[test]
    fn what_is_not_understood_is_named() {
        for (text, part) in [
            ("", ""),
            ("Mon-Fri", "Mon-Fri"),
            ("Mon-Fry 09:00-17:00 Europe/Berlin", "Mon-Fry"),
            ("Fri-Mon 09:00-17:00 Europe/Berlin", "Fri-Mon"),
            ("Mon-Fri 17:00-09:00 Europe/Berlin", "17:00-09:00"),
            ("Mon-Fri 09:00-25:00 Europe/Berlin", "09:00-25:00"),
            ("Mon-Fri 09:00-17:00 Europe/Nowhere", "Europe/Nowhere"),
        ] {
            assert_eq!(text.parse::<OfficeHours>().unwrap_err().part, part, "{text}");
        }
        assert_eq!(berlin().to_string(), "Mon-Fri 09:00-17:00 Europe/Berlin");
    }
}
