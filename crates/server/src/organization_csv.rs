//! Organizations from a CSV file (RFC 4180), as the command and the desk's page take it. Every line that does not fit is named
//! at once, with its column and its value, so that a file is put right in one go.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::str::FromStr;

use byleave_api::problem;
use byleave_api::v1::OrganizationCreate;
use byleave_domain::text::{Email, MailDomain, Name, Slug};
use csv::{ReaderBuilder, StringRecord};

/// Lines of a file at most, without its heading.
pub const LINES_MAX: usize = 10_000;
/// Bytes of a file at most.
pub const FILE_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Characters of a value that does not fit, as it is shown again, at most.
const VALUE_SHOWN_MAX: usize = 80;
/// The columns, in any order; the first two have to be there.
const COLUMNS: [&str; 4] = ["name", "slug", "domains", "notice_addresses"];

/// What stands at one line of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// From 1, with the heading.
    pub number: u64,
    /// The organization there.
    pub organization: OrganizationCreate,
}

/// What does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Line of the file, from 1.
    pub line: u64,
    /// The column and the value there, where it is about one.
    pub at: Option<(String, String)>,
    /// What it is.
    pub what: What,
}

/// Why something does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The file has so many bytes.
    TooLarge(usize),
    /// Other bytes than UTF-8.
    NotText,
    /// Too few values, or too many.
    Values {
        /// On this line.
        has: usize,
        /// In the heading.
        wanted: usize,
    },
    /// The heading names a column that nobody would look at.
    UnknownColumn(String),
    /// The heading names one twice.
    ColumnTwice,
    /// The heading lacks one.
    NoColumn(&'static str),
    /// The organization stands at this line already.
    Twice(u64),
    /// The value is not what its column holds; how so, in English.
    Unfit(String),
    /// There are so many lines.
    TooMany(usize),
}

impl Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge(bytes) => {
                write!(f, "the file has {bytes} bytes; at most {FILE_BYTES_MAX} are taken")
            }
            Self::NotText => f.write_str("it is not UTF-8 text"),
            Self::Values { has, wanted } => {
                write!(f, "it has {has} values where the heading has {wanted} columns")
            }
            Self::UnknownColumn(column) => write!(
                f,
                "the column `{column}` is unknown; `name`, `slug`, `domains` and `notice_addresses` are taken"
            ),
            Self::ColumnTwice => f.write_str("a column stands there twice"),
            Self::NoColumn(column) => write!(f, "the column `{column}` is missing"),
            Self::Twice(line) => write!(f, "it stands at line {line} already"),
            Self::Unfit(why) => f.write_str(why),
            Self::TooMany(lines) => write!(f, "{lines} lines; at most {LINES_MAX} are taken at once"),
        }
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { line, at, what } = self;
        match at {
            Some((column, value)) => write!(f, "line {line}, column `{column}`, value `{value}`: {what}"),
            None => write!(f, "line {line}: {what}"),
        }
    }
}

impl Fault {
    /// Of a whole line, or of the file.
    #[must_use]
    pub const fn of(line: u64, what: What) -> Self {
        Self { line, at: None, what }
    }

    /// Of a value.
    fn at(line: u64, column: &str, value: &str, what: What) -> Self {
        let value = value.chars().take(VALUE_SHOWN_MAX).collect();
        Self { line, at: Some((column.to_owned(), value)), what }
    }

    /// What `/v1/organization-imports` says of the organizations of these lines; none where it is about something else.
    #[must_use]
    pub fn said(lines: &[Line], fault: &problem::Fault) -> Option<Self> {
        let (place, column) = fault.pointer.strip_prefix("#/organizations/")?.split_once('/')?;
        let line = lines.get(place.parse::<usize>().ok()?)?;
        let column = column.split('/').next().unwrap_or(column);
        Some(Self::at(line.number, column, &fault.value, What::Unfit(fault.detail.clone())))
    }
}

/// Reads a file.
///
/// # Errors
/// Every fault in it.
pub fn read(bytes: &[u8]) -> Result<Vec<Line>, Vec<Fault>> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(vec![Fault::of(1, What::TooLarge(bytes.len()))]);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut reader = ReaderBuilder::new().flexible(true).from_reader(bytes);
    let heading = reader.headers().map_err(|_| vec![Fault::of(1, What::NotText)])?.clone();
    let Columns { name, slug, domains, notice_addresses } = columns(&heading)?;
    let (mut lines, mut faults, mut first) = (Vec::new(), Vec::new(), BTreeMap::new());
    let mut places = Places { bytes, at: 0, line: 1 };
    for record in reader.records() {
        let position = record.as_ref().map_or_else(csv::Error::position, StringRecord::position);
        let number = places.line_of(position.map_or(0, csv::Position::byte));
        let Ok(record) = record else {
            faults.push(Fault::of(number, What::NotText));
            continue;
        };
        if record.len() != heading.len() {
            let (has, wanted) = (record.len(), heading.len());
            faults.push(Fault::of(number, What::Values { has, wanted }));
            continue;
        }
        let value = |column: usize| record.get(column).unwrap_or_default();
        faults.extend(fault::<Name>(number, "name", value(name)));
        let bad_slug = fault::<Slug>(number, "slug", value(slug));
        if bad_slug.is_none() {
            let before = *first.entry(value(slug).to_owned()).or_insert(number);
            if before != number {
                faults.push(Fault::at(number, "slug", value(slug), What::Twice(before)));
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
    if let Some(first) = lines.get(LINES_MAX) {
        faults.push(Fault::of(first.number, What::TooMany(lines.len())));
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
fn columns(heading: &StringRecord) -> Result<Columns, Vec<Fault>> {
    let place = |wanted: &str| heading.iter().position(|column| column.trim() == wanted);
    let unknown = heading.iter().filter(|column| !COLUMNS.contains(&column.trim()));
    let mut faults: Vec<_> = unknown.map(|column| What::UnknownColumn(column.to_owned())).collect();
    let again = |wanted: &&str| heading.iter().filter(|column| column.trim() == *wanted).count() > 1;
    faults.extend(COLUMNS.iter().any(again).then_some(What::ColumnTwice));
    let missing = COLUMNS.iter().take(2).filter(|wanted| place(wanted).is_none());
    faults.extend(missing.map(|wanted| What::NoColumn(wanted)));
    let found = place("name").zip(place("slug")).filter(|_| faults.is_empty());
    let [domains, notice_addresses] = ["domains", "notice_addresses"].map(place);
    let columns = found.map(|(name, slug)| Columns { name, slug, domains, notice_addresses });
    columns.ok_or_else(|| faults.into_iter().map(|what| Fault::of(1, what)).collect())
}

fn fault<T: FromStr<Err: Display>>(line: u64, column: &str, value: &str) -> Option<Fault> {
    value.parse::<T>().err().map(|why| Fault::at(line, column, value, What::Unfit(why.to_string())))
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
        let faults = |bytes: &[u8]| -> Vec<_> {
            read(bytes).err().unwrap_or_default().iter().map(ToString::to_string).collect()
        };
        let found = faults(b"name,slug\n,acme\nBad,A--B\nShort\nTwice,fine\nAgain,fine\n\xff,latin\nOk,ok\n");
        let begin = [
            "line 2, column `name`, value ``: the name is empty",
            "line 3, column `slug`, value `A--B`: the slug `A--B` holds 'A'",
            "line 4: it has 1 values where the heading has 2 columns",
            "line 6, column `slug`, value `fine`: it stands at line 5 already",
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
        assert!(faults(format!("name,slug\n{many}").as_bytes())[0].starts_with("line 10002: 10001 lines"));
    }
}
