//! A month by UTC, as the monthly statement speaks of one.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

/// A month by UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month(Date);

impl Month {
    /// The last month that is over at `now`.
    #[must_use]
    pub fn before(now: Timestamp) -> Self {
        let this = Offset::UTC.to_datetime(now).date().first_of_month();
        // Before the first day that there is, is none.
        Self(this.yesterday().map_or(this, Date::first_of_month))
    }

    /// Its first instant.
    #[must_use]
    pub fn begin(self) -> Timestamp {
        start(self.0)
    }

    /// The first instant after it.
    #[must_use]
    pub fn end(self) -> Timestamp {
        self.0.last_of_month().tomorrow().map_or(Timestamp::MAX, start)
    }

    /// Year and month in one number, such as 202611.
    #[must_use]
    pub fn number(self) -> i64 {
        i64::from(self.0.year()) * 100 + i64::from(self.0.month())
    }
}

fn start(day: Date) -> Timestamp {
    Offset::UTC.to_timestamp(day.into()).unwrap_or(Timestamp::MAX)
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.year(), self.0.month())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_over_with_its_last_instant() {
        for (now, name, begin, end) in [
            ("2026-12-01T00:00:00Z", "2026-11", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z"),
            ("2026-11-30T23:59:59.999999Z", "2026-10", "2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z"),
            ("2027-01-31T12:00:00Z", "2026-12", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            ("2028-03-29T00:00:00Z", "2028-02", "2028-02-01T00:00:00Z", "2028-03-01T00:00:00Z"),
        ] {
            let month = Month::before(now.parse().unwrap());
            assert_eq!((month.to_string(), month.number().to_string()), (name.into(), name.replace('-', "")));
            assert_eq!((month.begin().to_string(), month.end().to_string()), (begin.into(), end.into()));
        }
    }
}
