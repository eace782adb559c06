//! `byleave organization import`: organizations from a CSV file (RFC 4180), all of them or none. Every line that does not
//! fit is named at once, with its column and its value, so that a file is put right in one go.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::path::Path;
use std::str::FromStr;

use byleave_api::problem::Problem;
use byleave_api::v1::{OrganizationCreate, OrganizationImport, OrganizationsImported};
use byleave_domain::text::{Email, MailDomain, Name, Slug};
use csv::{ReaderBuilder, StringRecord};
use serde::Serialize;

use crate::client::Server;
use crate::commands::print_list;
use crate::failure::{Context as _, Failure};

/// Lines of a file at most, without its heading.
const LINES_MAX: usize = 10_000;
/// Bytes of a file at most.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Characters of a value that does not fit, as it is shown again, at most.
const VALUE_SHOWN_MAX: usize = 80;

/// What stands at one line of the file.
struct Line {
    number: u64,
    organization: OrganizationCreate,
}

/// What came of one line.
#[derive(Serialize)]
struct Outcome {
    line: u64,
    id: String,
    slug: String,
    /// `created`, or `present` where it was there already.
    outcome: &'static str,
}

/// Imports `file`.
///
/// # Errors
/// Every line that does not fit, or what the server refused.
pub async fn run(server: &Server, json: bool, file: &Path) -> Result<(), Failure> {
    let named = format!("`{}`", file.display());
    let length = std::fs::metadata(file).context(&named)?.len();
    if length > FILE_BYTES_MAX {
        return Err(Failure::new(format_args!(
            "{named} has {length} bytes; at most {FILE_BYTES_MAX} are taken"
        )));
    }
    let lines = read(&std::fs::read(file).context(&named)?).map_err(|faults| refused(&named, &faults))?;
    let wanted =
        OrganizationImport { organizations: lines.iter().map(|line| line.organization.clone()).collect() };
    match server.post_or_problem("/v1/organization-imports", &wanted).await? {
        Ok(imported) => print_list(json, &outcomes(&lines, &imported), |outcome| {
            let Outcome { line, id, slug, outcome } = outcome;
            let said = if *outcome == "created" { "created" } else { "there already" };
            format!("line {line}  {id}  {slug}  {said}")
        }),
        Err(problem) => Err(match of_the_server(&lines, &problem) {
            faults if faults.is_empty() => Failure::new(problem.detail),
            faults => refused(&named, &faults),
        }),
    }
}

/// Reads a file; or else every fault in it.
fn read(bytes: &[u8]) -> Result<Vec<Line>, Vec<String>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(bytes);
    let heading = reader.headers().map_err(|why| vec![format!("line 1: {why}")])?.clone();
    let Columns { name, slug, domains, notice_addresses } = columns(&heading)?;
    let (mut lines, mut faults, mut first) = (Vec::new(), Vec::new(), BTreeMap::new());
    let mut places = Places { bytes, at: 0, line: 1 };
    for record in reader.records() {
        let position = record.as_ref().map_or_else(csv::Error::position, StringRecord::position);
        let number = places.line_of(position.map_or(0, csv::Position::byte));
        let Ok(record) = record else {
            faults.push(format!("line {number}: it is not UTF-8 text"));
            continue;
        };
        if record.len() != heading.len() {
            let (has, wanted) = (record.len(), heading.len());
            faults.push(format!("line {number}: it has {has} values where the heading has {wanted} columns"));
            continue;
        }
        let value = |column: usize| record.get(column).unwrap_or_default();
        faults.extend(fault::<Name>(number, "name", value(name)));
        let bad_slug = fault::<Slug>(number, "slug", value(slug));
        if bad_slug.is_none() {
            let before = *first.entry(value(slug).to_owned()).or_insert(number);
            if before != number {
                let slug = value(slug);
                faults
                    .push(format!("line {number}, column `slug`: `{slug}` stands at line {before} already"));
            }
        }
        faults.extend(bad_slug);
        let listed = |column: Option<usize>| -> Vec<_> {
            let all = column.map_or("", value).split([' ', ';']).filter(|one| !one.is_empty());
            all.map(str::to_owned).collect()
        };
        let (domains, notice_addresses) = (listed(domains), listed(notice_addresses));
        faults.extend(domains.iter().filter_map(|domain| fault::<MailDomain>(number, "domains", domain)));
        let unfit = notice_addresses.iter().filter_map(|one| fault::<Email>(number, "notice_addresses", one));
        faults.extend(unfit);
        let (name, slug) = (value(name).to_owned(), value(slug).to_owned());
        let organization = OrganizationCreate { name, slug, domains, notice_addresses };
        lines.push(Line { number, organization });
    }
    if lines.len() > LINES_MAX {
        faults.push(format!("{} lines; at most {LINES_MAX} are taken at once", lines.len()));
    }
    if faults.is_empty() { Ok(lines) } else { Err(faults) }
}

/// Counts lines. A record's own position is where the one before ended, so line breaks and empty lines are still before it.
struct Places<'a> {
    bytes: &'a [u8],
    at: usize,
    line: u64,
}

impl Places<'_> {
    /// The line of the first record from byte `from` on; asked in the order of the file.
    fn line_of(&mut self, from: u64) -> u64 {
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        while let Some(byte) = self.bytes.get(self.at) {
            if self.at >= from && !b"\r\n".contains(byte) {
                break;
            }
            self.line += u64::from(*byte == b'\n');
            self.at += 1;
        }
        self.line
    }
}

/// Where each column stands.
struct Columns {
    name: usize,
    slug: usize,
    domains: Option<usize>,
    notice_addresses: Option<usize>,
}

/// Where the columns stand, in any order. What nobody would look at is refused and not passed over.
fn columns(heading: &StringRecord) -> Result<Columns, Vec<String>> {
    const KNOWN: [&str; 4] = ["name", "slug", "domains", "notice_addresses"];
    let place = |wanted: &str| heading.iter().position(|column| column.trim() == wanted);
    let unknown = heading.iter().filter(|column| !KNOWN.contains(&column.trim()));
    let mut faults: Vec<_> = unknown
        .map(|column| {
            format!("line 1: the column `{column}` is unknown; `name`, `slug`, `domains` and `notice_addresses` are taken")
        })
        .collect();
    let again = |wanted: &&str| heading.iter().filter(|column| column.trim() == *wanted).count() > 1;
    let twice = KNOWN.iter().any(again);
    faults.extend(twice.then(|| "line 1: a column stands there twice".to_owned()));
    for wanted in ["name", "slug"] {
        let missing = place(wanted).is_none();
        faults.extend(missing.then(|| format!("line 1: the column `{wanted}` is missing")));
    }
    let found = place("name").zip(place("slug")).filter(|_| faults.is_empty());
    let [domains, notice_addresses] = ["domains", "notice_addresses"].map(place);
    found.map(|(name, slug)| Columns { name, slug, domains, notice_addresses }).ok_or(faults)
}

fn fault<T: FromStr<Err: Display>>(line: u64, column: &str, value: &str) -> Option<String> {
    value.parse::<T>().err().map(|why| at(line, column, value, &why.to_string()))
}

fn at(line: u64, column: &str, value: &str, why: &str) -> String {
    let value: String = value.chars().take(VALUE_SHOWN_MAX).collect();
    format!("line {line}, column `{column}`, value `{value}`: {why}")
}

/// What the server found, at the lines of the file.
fn of_the_server(lines: &[Line], problem: &Problem) -> Vec<String> {
    let of = |fault: &byleave_api::problem::Fault| {
        let (place, column) = fault.pointer.strip_prefix("#/organizations/")?.split_once('/')?;
        let line = lines.get(place.parse::<usize>().ok()?)?;
        let column = column.split('/').next().unwrap_or(column);
        Some(at(line.number, column, &fault.value, &fault.detail))
    };
    problem.errors.iter().filter_map(of).collect()
}

fn refused(file: &str, faults: &[String]) -> Failure {
    let count = faults.len();
    let them = if count == 1 { "one fault" } else { "faults" };
    Failure::new(format_args!("{file}: {them}, so nothing was imported ({count})\n  {}", faults.join("\n  ")))
}

fn outcomes(lines: &[Line], imported: &OrganizationsImported) -> Vec<Outcome> {
    let created = imported.created.iter().map(|organization| (organization, "created"));
    let present = imported.present.iter().map(|organization| (organization, "present"));
    let known: BTreeMap<_, _> = created.chain(present).map(|known| (known.0.slug.as_str(), known)).collect();
    let of = |line: &Line| {
        let (organization, outcome) = known.get(line.organization.slug.as_str())?;
        let (id, slug) = (organization.id.clone(), organization.slug.clone());
        Some(Outcome { line: line.number, id, slug, outcome })
    };
    lines.iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::read;

    fn lines(text: &str) -> Vec<(u64, String, String)> {
        let lines = read(text.as_bytes()).unwrap_or_else(|faults| panic!("{faults:?}"));
        lines.into_iter().map(|l| (l.number, l.organization.name, l.organization.slug)).collect()
    }

    #[test]
    fn files_are_read_as_spreadsheets_write_them() {
        let two = [(2, "Acme, Inc.".to_owned(), "acme".to_owned()), (3, "Globex".into(), "globex".into())];
        assert_eq!(lines("name,slug\n\"Acme, Inc.\",acme\nGlobex,globex\n"), two);
        assert_eq!(lines("\u{feff}name,slug\r\n\"Acme, Inc.\",acme\r\nGlobex,globex"), two);
        let other_order = lines("slug,name\nacme,\"Acme \"\"Rockets\"\"\"\n\nglobex,Globex\n");
        assert_eq!(other_order[0], (2, "Acme \"Rockets\"".into(), "acme".into()));
        assert_eq!(other_order[1].0, 4, "empty lines count as lines");
        assert!(lines("name,slug\n").is_empty());
        let file =
            b"name,domains,slug,notice_addresses\nAcme,acme.example; mail.acme.example  acme.test,acme,soc@acme.example;\nGlobex,,globex,\n";
        let read: Vec<_> = read(file).ok().into_iter().flatten().map(|line| line.organization).collect();
        let [domains, addresses] = [
            read.iter().map(|new| new.domains.clone()).collect::<Vec<_>>(),
            read.iter().map(|new| new.notice_addresses.clone()).collect(),
        ];
        assert_eq!(domains, [vec!["acme.example", "mail.acme.example", "acme.test"], Vec::new()]);
        assert_eq!(addresses, [vec!["soc@acme.example"], Vec::new()]);
    }

    #[test]
    fn every_fault_is_named_with_line_column_and_value() {
        let faults = |bytes: &[u8]| read(bytes).err().unwrap_or_default();
        let found = faults(b"name,slug\n,acme\nBad,A--B\nShort\nTwice,fine\nAgain,fine\n\xff,latin\nOk,ok\n");
        let begin = [
            "line 2, column `name`, value ``: the name is empty",
            "line 3, column `slug`, value `A--B`: the slug `A--B` holds 'A'",
            "line 4: it has 1 values where the heading has 2 columns",
            "line 6, column `slug`: `fine` stands at line 5 already",
            "line 7: it is not UTF-8 text",
        ];
        assert_eq!(found.len(), begin.len(), "{found:?}");
        for (found, begin) in found.iter().zip(begin) {
            assert!(found.starts_with(begin), "`{found}` begins with `{begin}`");
        }
        let unknown = faults(b"name,owner\nAcme,acme.example\n");
        assert_eq!(unknown.len(), 2, "{unknown:?}");
        assert!(unknown[0].contains("`owner`") && unknown[1].contains("`slug`"), "{unknown:?}");
        assert!(faults(b"name,slug,slug\n")[0].contains("twice"));
        let bad =
            faults(b"slug,name,domains,notice_addresses\nacme,Acme,acme.example 192.0.2.1;nothing,soc\n");
        let begin = [
            "line 2, column `domains`, value `192.0.2.1`",
            "line 2, column `domains`, value `nothing`",
            "line 2, column `notice_addresses`, value `soc`",
        ];
        assert!(
            bad.len() == 3 && bad.iter().zip(begin).all(|(bad, begin)| bad.starts_with(begin)),
            "{bad:?}"
        );
        let many: String = (0..10_001).map(|n| format!("N,s{n}\n")).collect();
        assert!(faults(format!("name,slug\n{many}").as_bytes())[0].contains("10001 lines"));
    }
}
