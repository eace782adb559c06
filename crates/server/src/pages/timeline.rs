//! Who was inside when, drawn: a lane for each person in each tool, a bar for each visit. Drawn here, so that it takes no
//! script; all across is in per cent, so that letters keep their size on a narrow screen.

use std::collections::BTreeMap;

use byleave_app::ports::VisitRow;
use byleave_app::world::World;
use jiff::{SignedDuration, Timestamp};

use crate::pages::portal::{person, tool_name};
use crate::pages::visit_search::{Period, start};
use crate::text::{Language, Text};
use crate::words;

/// Lanes that are drawn.
const LANES_MAX: usize = 20;
/// Characters of a lane's name.
const NAME_MAX: usize = 38;
/// Pixels: what the days are written in, a lane, and from its top to its bars.
const HEAD: usize = 26;
const LANE: usize = 42;
const BARS: usize = 20;
/// Hundredths of a per cent that the shortest bar is wide.
const WIDTH_MIN: i64 = 60;
/// Marks across at most.
const TICKS_MAX: i32 = 8;

pub(crate) struct Timeline {
    pub height: usize,
    pub ticks: Vec<Tick>,
    pub lanes: Vec<Lane>,
    /// Lanes that have no room.
    pub left_out: usize,
    /// Visits that began before the period, and are cut at its edge.
    pub cut: usize,
}

pub(crate) struct Tick {
    pub x: String,
    pub label: String,
}

pub(crate) struct Lane {
    pub name: String,
    pub name_y: usize,
    pub bars_y: usize,
    pub bars: Vec<Bar>,
}

pub(crate) struct Bar {
    pub x: String,
    pub width: String,
    pub visit: String,
    /// In words, for whoever points at it or does not see it.
    pub label: String,
    pub open: bool,
}

impl Timeline {
    /// The visits of a period, in whatever order.
    pub fn of(world: &World, period: Period, visits: &[VisitRow], now: Timestamp) -> Self {
        let mut lanes: BTreeMap<(String, String), Vec<&VisitRow>> = BTreeMap::new();
        for row in visits {
            let ((name, _), tool) = (person(world, row.visit.subject), tool_name(world, row.visit.tool));
            lanes.entry((name, tool)).or_default().push(row);
        }
        let left_out = lanes.len().saturating_sub(LANES_MAX);
        let across = Across::of(period);
        let drawn = lanes.values().take(LANES_MAX).flatten();
        let cut = drawn.filter(|row| row.visit.opened_at < across.begin).count();
        let lanes = lanes.into_iter().take(LANES_MAX).enumerate().map(|(at, ((person, tool), rows))| {
            let top = HEAD + at * LANE;
            let bars = rows.into_iter().map(|row| across.bar(row, &person, &tool, now)).collect();
            let name = shortened(&format!("{person} · {tool}"));
            Lane { name, name_y: top + 14, bars_y: top + BARS, bars }
        });
        let lanes: Vec<_> = lanes.collect();
        Self { height: HEAD + lanes.len() * LANE, ticks: across.ticks(period), lanes, left_out, cut }
    }
}

/// What left and right are.
struct Across {
    begin: Timestamp,
    length: SignedDuration,
}

impl Across {
    fn of(period: Period) -> Self {
        let (begin, end) = period.instants();
        Self { begin, length: end.duration_since(begin) }
    }

    /// Hundredths of a per cent from the left.
    fn place(&self, at: Timestamp) -> i64 {
        let length = i128::from(self.length.as_secs()).max(1);
        let share = i128::from(at.duration_since(self.begin).as_secs()) * 10_000 / length;
        i64::try_from(share.clamp(0, 10_000)).unwrap_or_default()
    }

    fn bar(&self, row: &VisitRow, person: &str, tool: &str, now: Timestamp) -> Bar {
        let visit = &row.visit;
        let until = visit.ended.map_or(now, |(at, _)| at);
        let left = self.place(visit.opened_at).min(10_000 - WIDTH_MIN);
        let width = (self.place(until) - left).max(WIDTH_MIN);
        let said = match visit.ended {
            Some(_) => Text::of("timeline-bar"),
            None => Text::of("timeline-bar-open"),
        };
        let said = said.arg("person", person).arg("tool", tool).arg("since", visit.opened_at);
        let said = said.arg("lasting", words::lasting(until.duration_since(visit.opened_at)));
        Bar {
            x: percent(left),
            width: percent(width),
            visit: visit.id.to_string(),
            label: said.plain(),
            open: visit.ended.is_none(),
        }
    }

    fn ticks(&self, period: Period) -> Vec<Tick> {
        let days = period.days();
        if days == 1 {
            let hours = (0..24).step_by(3);
            return hours
                .map(|hour| self.tick(self.begin + SignedDuration::from_hours(hour), "%H:%M"))
                .collect();
        }
        let steps = [1, 2, 7, 14, 28, 91, 182, 365, 3_650];
        let step = steps.into_iter().find(|step| days / step < TICKS_MAX).unwrap_or(days);
        let format = match (Language::present(), step < 91) {
            (Language::English, true) => "%b %-d",
            (Language::German, true) => "%-d.%-m.",
            (_, false) => "%Y-%m",
        };
        let firsts = (0..days).step_by(usize::try_from(step).unwrap_or(1));
        let firsts = firsts.map(|days| start(period.first.saturating_add(jiff::Span::new().days(days))));
        firsts.map(|at| self.tick(at, format)).collect()
    }

    fn tick(&self, at: Timestamp, format: &str) -> Tick {
        Tick { x: percent(self.place(at)), label: at.strftime(format).to_string() }
    }
}

fn percent(hundredths: i64) -> String {
    format!("{}.{:02}%", hundredths / 100, hundredths % 100)
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= NAME_MAX {
        return name.to_owned();
    }
    name.chars().take(NAME_MAX - 1).chain(['…']).collect()
}

/// As it is drawn of a few visits in November 2026.
#[cfg(test)]
pub(super) fn sample_of(period: Period) -> Timeline {
    let across = Across::of(period);
    let (begin, end) = period.instants();
    let bars = |name: &str, times: &[(&str, &str)]| -> Vec<Bar> {
        let times = times.iter().map(|(from, to)| [from, to].map(|text| text.parse::<Timestamp>().unwrap()));
        let within = times.filter(|[from, _]| (begin..end).contains(from));
        within
            .map(|[from, to]| Bar {
                x: percent(across.place(from).min(10_000 - WIDTH_MIN)),
                width: percent((across.place(to) - across.place(from)).max(WIDTH_MIN)),
                visit: "visit_1".to_owned(),
                label: format!("{name}: {from}"),
                open: to.to_string().starts_with("2026-11-28T23"),
            })
            .collect()
    };
    let people = [
        (
            "Sasha Example · System log",
            &[
                ("2026-11-28T09:00:00Z", "2026-11-28T10:15:00Z"),
                ("2026-11-28T22:00:00Z", "2026-11-28T23:00:00Z"),
                ("2026-11-25T04:00:00Z", "2026-11-25T11:30:00Z"),
            ][..],
        ),
        (
            "Kim Example · Customer settings",
            &[
                ("2026-09-30T12:00:00Z", "2026-09-30T15:00:00Z"),
                ("2026-11-28T12:00:00Z", "2026-11-28T12:01:00Z"),
            ][..],
        ),
        (
            "A very long name of a person who came · A tool with a long name",
            &[("2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z")][..],
        ),
    ];
    let lanes =
        people.iter().map(|(name, times)| (name, bars(name, times))).filter(|(_, bars)| !bars.is_empty());
    let lanes: Vec<_> = lanes
        .enumerate()
        .map(|(at, (name, bars))| {
            let top = HEAD + at * LANE;
            Lane { name: shortened(name), name_y: top + 14, bars_y: top + BARS, bars }
        })
        .collect();
    Timeline { height: HEAD + lanes.len() * LANE, ticks: across.ticks(period), lanes, left_out: 2, cut: 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::visit_search::Length;

    #[test]
    fn what_is_drawn_stays_between_left_and_right() {
        let week = Period::from(Length::Week, "2026-11-22".parse().unwrap());
        let across = Across::of(week);
        let place = |text: &str| percent(across.place(text.parse().unwrap()));
        assert_eq!(place("2026-11-22T00:00:00Z"), "0.00%");
        assert_eq!(place("2026-11-25T12:00:00Z"), "50.00%");
        assert_eq!(place("2026-11-21T12:00:00Z"), "0.00%", "began before");
        assert_eq!(place("2027-01-01T00:00:00Z"), "100.00%", "not over yet");
        let labels = |length: Length| {
            let period = Period::from(length, "2026-11-22".parse().unwrap());
            let ticks = Across::of(period).ticks(period);
            ticks.iter().map(|tick| tick.label.clone()).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(labels(Length::Day), "00:00 03:00 06:00 09:00 12:00 15:00 18:00 21:00");
        assert_eq!(labels(Length::Week), "Nov 22 Nov 23 Nov 24 Nov 25 Nov 26 Nov 27 Nov 28");
        assert_eq!(labels(Length::Quarter), "Nov 22 Dec 6 Dec 20 Jan 3 Jan 17 Jan 31 Feb 14");
        assert_eq!(shortened(&"n".repeat(50)).chars().count(), NAME_MAX);
    }
}
