//! `/portal/history`: everybody who was inside, drawn, listed, looked for, and as a file to take away.

use askama::Template;
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use byleave_app::ports::VisitRow;
use byleave_app::world::World;
use byleave_domain::ids::OrganizationId;
use serde::Serialize;

use crate::auth::Known;
use crate::pages::portal::{Past, past, person, reason, tool_name};
#[cfg(test)]
use crate::pages::samples::{Sample, long, sample};
use crate::pages::timeline::Timeline;
use crate::pages::visit_search::{Asked, Length, Period, Search, day, place_text};
use crate::pages::{Frame, render};
use crate::problem::Refusal;
use crate::site::Site;
use crate::text::filters;

/// Visits of a page.
const PAGE: usize = 50;
/// Visits that are drawn.
const DRAWN: usize = 300;
/// Visits that are looked at for one page.
const LOOKED_AT_MAX: u64 = 5_000;
/// Visits of a file at most; whoever wants more asks for shorter periods.
const FILE_MAX: usize = 10_000;

#[derive(Template)]
#[template(path = "portal_history.html")]
struct HistoryPage {
    frame: Frame,
    first: String,
    last: String,
    asked: Asked,
    /// Word, address and whether it is the present one.
    lengths: Vec<(&'static str, String, bool)>,
    earlier: String,
    later: String,
    timeline: Timeline,
    /// Only the newest of the period are drawn.
    drawn_in_part: bool,
    visits: Vec<Past>,
    people: Vec<Choice>,
    tools: Vec<Choice>,
    /// Address of the next page.
    next: Option<String>,
    csv: String,
    json: String,
}

/// Something that can be chosen in the form.
struct Choice {
    value: String,
    name: String,
    chosen: bool,
}

/// `GET /portal/history`
pub(crate) async fn show(
    State(site): State<Site>,
    known: Known,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let (_, organization) = known.contact()?;
    let frame = Frame::new(&site, Some(&known));
    let search = asked.understood(&site.app.world(), site.app.now())?;
    let first = Search { after: None, ..search.clone() };
    let drawn = first.find(&site, organization, DRAWN, LOOKED_AT_MAX).await?;
    let before = first.find_reaching_in(&site, organization, DRAWN, LOOKED_AT_MAX).await?;
    let in_part = drawn.next.is_some() || before.next.is_some();
    let drawn: Vec<_> = drawn.visits.into_iter().chain(before.visits).collect();
    let listed = search.find(&site, organization, PAGE, LOOKED_AT_MAX).await?;
    let page = {
        let world = site.app.world();
        let now = site.app.now();
        let period = search.period;
        let next = listed.next.map(place_text);
        HistoryPage {
            frame,
            first: period.first.to_string(),
            last: period.last.to_string(),
            lengths: Length::ALL
                .into_iter()
                .map(|length| {
                    let period = Period::until(length, period.last.min(day(now)).max(period.first));
                    (length.word(), address("", &asked, period, None), Some(length) == search.period.length)
                })
                .collect(),
            earlier: address("", &asked, period.beside(-1), None),
            later: address("", &asked, period.beside(1), None),
            timeline: Timeline::of(&world, period, &drawn, now),
            drawn_in_part: in_part,
            visits: listed.visits.iter().map(|row| past(&site, &world, row)).collect(),
            people: people(&world, &search, &drawn),
            tools: tools(&world, &search),
            next: next.map(|place| address("", &asked, period, Some(place))),
            csv: address(".csv", &asked, period, None),
            json: address(".json", &asked, period, None),
            asked,
        }
    };
    render(StatusCode::OK, &page)
}

/// The page, or its file, for the same person, tool and words in a period.
fn address(suffix: &str, asked: &Asked, period: Period, after: Option<String>) -> String {
    let span = period.length.map_or("", Length::word).to_owned();
    let until = if period.length.is_none() { period.last.to_string() } else { String::new() };
    let fields = [
        ("span", span),
        ("from", period.first.to_string()),
        ("until", until),
        ("person", asked.person.clone()),
        ("tool", asked.tool.clone()),
        ("q", asked.q.clone()),
        ("after", after.unwrap_or_default()),
    ];
    let given: Vec<_> = fields.into_iter().filter(|(_, value)| !value.trim().is_empty()).collect();
    format!("/portal/history{suffix}?{}", serde_urlencoded::to_string(given).unwrap_or_default())
}

/// Those whom the period shows, and the one who was asked for.
fn people(world: &World, search: &Search, visits: &[VisitRow]) -> Vec<Choice> {
    let shown = visits.iter().map(|row| row.visit.subject).chain(search.subject);
    let mut people: Vec<_> = shown.collect::<std::collections::BTreeSet<_>>().into_iter().collect();
    people.sort_by_cached_key(|id| person(world, *id));
    let choice = |id| {
        let (name, employer) = person(world, id);
        Choice {
            value: id.to_string(),
            name: format!("{name} ({employer})"),
            chosen: search.subject == Some(id),
        }
    };
    people.into_iter().map(choice).collect()
}

fn tools(world: &World, search: &Search) -> Vec<Choice> {
    let mut tools: Vec<_> = world
        .tools
        .values()
        .map(|tool| Choice {
            value: tool.slug.to_string(),
            name: tool.name.to_string(),
            chosen: search.tool == Some(tool.id),
        })
        .collect();
    tools.sort_by(|a, b| a.name.cmp(&b.name));
    tools
}

/// A visit in a file.
#[derive(Serialize)]
struct Row {
    visit: String,
    /// Its place in the organization's log.
    entry: u64,
    person: String,
    employer: String,
    tool: String,
    reason: String,
    case: String,
    opened_at: String,
    /// Empty while it is open.
    ended_at: String,
    end: &'static str,
    requests: u64,
    bytes_sent: u64,
}

/// `GET /portal/history.json`
pub(crate) async fn json(
    State(site): State<Site>,
    known: Known,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let (_, organization) = known.contact()?;
    let (name, rows) = rows(&site, organization, &asked).await?;
    let text = serde_json::to_vec(&rows).map_err(Refusal::failed)?;
    Ok(file(&format!("{name}.json"), "application/json", text))
}

/// `GET /portal/history.csv`: RFC 4180, with a line of names first.
pub(crate) async fn csv(
    State(site): State<Site>,
    known: Known,
    Query(asked): Query<Asked>,
) -> Result<Response, Refusal> {
    let (_, organization) = known.contact()?;
    let (name, rows) = rows(&site, organization, &asked).await?;
    Ok(file(&format!("{name}.csv"), "text/csv; charset=utf-8", table(rows).map_err(Refusal::failed)?))
}

fn table(rows: Vec<Row>) -> Result<Vec<u8>, csv::Error> {
    let mut csv = csv::WriterBuilder::new()
        .has_headers(false)
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    csv.write_record([
        "visit",
        "entry",
        "person",
        "employer",
        "tool",
        "reason",
        "case",
        "opened_at",
        "ended_at",
        "end",
        "requests",
        "bytes_sent",
    ])?;
    for row in rows {
        let Row { person, employer, tool, reason, case, .. } = row;
        let [person, employer, tool, reason, case] = [person, employer, tool, reason, case].map(harmless);
        csv.serialize(Row { person, employer, tool, reason, case, ..row })?;
    }
    csv.into_inner().map_err(|why| why.into_error().into())
}

/// A text that no spreadsheet takes for a formula: those begin with one of these.
fn harmless(text: String) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '|', '%']) { format!("'{text}") } else { text }
}

/// All visits that fit, newest first, and what a file of them is called.
async fn rows(
    site: &Site,
    organization: OrganizationId,
    asked: &Asked,
) -> Result<(String, Vec<Row>), Refusal> {
    let search = asked.understood(&site.app.world(), site.app.now())?;
    let found = search.find(site, organization, FILE_MAX, FILE_MAX as u64).await?;
    let Period { first, last, .. } = search.period;
    if found.next.is_some() {
        let why = format!(
            "from {first} to {last} there are more than {FILE_MAX} visits, which is what a file takes; ask for a \
             shorter period"
        );
        return Err(Refusal::unfit("from", &first.to_string(), why));
    }
    let world = site.app.world();
    let slug = world.organizations.get(&organization).map(|tenant| tenant.organization.slug.to_string());
    let name = format!("{}-visits-{first}-{last}", slug.unwrap_or_default());
    Ok((name, found.visits.iter().map(|row| exported(&world, row)).collect()))
}

fn exported(world: &World, row: &VisitRow) -> Row {
    let visit = &row.visit;
    let (person, employer) = person(world, visit.subject);
    Row {
        visit: visit.id.to_string(),
        entry: row.entry,
        person,
        employer,
        tool: tool_name(world, visit.tool),
        reason: reason(world, visit).unwrap_or_default(),
        case: visit.case.as_ref().map(ToString::to_string).unwrap_or_default(),
        opened_at: visit.opened_at.to_string(),
        ended_at: visit.ended.map(|(at, _)| at.to_string()).unwrap_or_default(),
        end: visit.ended.map_or("", |(_, end)| end.as_str()),
        requests: row.requests,
        bytes_sent: row.bytes_down,
    }
}

fn file(name: &str, media_type: &'static str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    (headers, bytes).into_response()
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<Sample> {
    use crate::pages::portal::past_samples;
    use crate::pages::timeline;

    let page = |length, timeline, visits: Vec<Past>| {
        let period = Period::until(length, "2026-11-28".parse().unwrap());
        HistoryPage {
            frame: Frame::of_contact(),
            first: period.first.to_string(),
            last: period.last.to_string(),
            asked: Asked::default(),
            lengths: Length::ALL
                .map(|other| (other.word(), address("", &Asked::default(), period, None), other == length))
                .into(),
            earlier: address("", &Asked::default(), period.beside(-1), None),
            later: address("", &Asked::default(), period.beside(1), None),
            timeline,
            drawn_in_part: false,
            next: (!visits.is_empty()).then(|| "/portal/history?after=1.visit_1".to_owned()),
            people: visits
                .iter()
                .map(|visit| Choice { value: visit.id.clone(), name: visit.person.clone(), chosen: false })
                .collect(),
            visits,
            tools: vec![Choice { value: "log".to_owned(), name: long(), chosen: true }],
            csv: address(".csv", &Asked::default(), period, None),
            json: address(".json", &Asked::default(), period, None),
        }
    };
    let drawn = |length| timeline::sample_of(Period::until(length, "2026-11-28".parse().unwrap()));
    let nobody = |length| timeline::sample_of(Period::from(length, "2027-01-01".parse().unwrap()));
    vec![
        sample("history-day", page(Length::Day, drawn(Length::Day), past_samples())),
        sample("history-week", page(Length::Week, drawn(Length::Week), past_samples())),
        sample(
            "history-quarter",
            HistoryPage {
                drawn_in_part: true,
                ..page(Length::Quarter, drawn(Length::Quarter), past_samples())
            },
        ),
        sample("history-empty", page(Length::Week, nobody(Length::Week), Vec::new())),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_rfc_4180_and_holds_no_formula() {
        let row = Row {
            visit: "visit_1".to_owned(),
            entry: 7,
            person: "=HYPERLINK(1)".to_owned(),
            employer: "@vendor".to_owned(),
            tool: "+tool".to_owned(),
            reason: "says \"no\",\nand -1".to_owned(),
            case: "-1".to_owned(),
            opened_at: "2026-11-28T10:00:00Z".to_owned(),
            ended_at: String::new(),
            end: "",
            requests: 2,
            bytes_sent: 3,
        };
        let text = String::from_utf8(table(vec![row]).unwrap()).unwrap();
        let (names, line) = text.split_once("\r\n").unwrap();
        assert!(names.starts_with("visit,entry,person,") && names.ends_with(",bytes_sent"), "{names}");
        assert_eq!(
            line,
            "visit_1,7,'=HYPERLINK(1),'@vendor,'+tool,\"says \"\"no\"\",\nand -1\",'-1,2026-11-28T10:00:00Z,,,2,3\r\n"
        );
        // Names stand also where there is nobody.
        assert_eq!(table(Vec::new()).unwrap().iter().filter(|byte| **byte == b'\n').count(), 1);
    }
}
