//! `/desk/organization-imports`: many organizations from a file, which is checked first. Between the check and the import the
//! file is in the page's form, and nothing is kept here; it is checked anew.

use std::fmt::Display;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use byleave_api::v1::OrganizationCreate;
use byleave_app::catalog::{NewOrganization, NotImported};
use serde::Deserialize;

use crate::api::organizations::{all_new, unfit};
use crate::auth::Known;
use crate::form::{Posted, Uploaded};
use crate::organization_csv::{FILE_BYTES_MAX, Fault, LINES_MAX, Line, What, read};
#[cfg(test)]
use crate::pages::samples::{Sample, sample};
use crate::pages::{Frame, render};
use crate::problem::Refusal;
use crate::site::Site;
use crate::text::{Text, filters};

/// Organizations that are shown of those that would be created, at most.
const SHOWN_MAX: usize = 10;

/// Faults that are named at once, at most.
const FAULTS_MAX: usize = 200;

#[derive(Template)]
#[template(path = "desk_import.html")]
struct ImportPage {
    frame: Frame,
    part: Part,
}

/// How far it is.
enum Part {
    Asks,
    Unfit {
        faults: Vec<FaultView>,
        /// Those that there are besides.
        more: usize,
    },
    Fits {
        /// The file, for the second step.
        file: String,
        /// How many would be created.
        new: usize,
        /// The first of them.
        first: Vec<Row>,
        /// Those that are there already.
        present: usize,
    },
    Done {
        created: usize,
        present: usize,
    },
}

struct FaultView {
    line: u64,
    /// The column, and the value there.
    at: Option<(String, String)>,
    /// What to do; where the catalogue has no words for it, what it is in English.
    what: Result<Text, String>,
}

struct Row {
    name: String,
    slug: String,
    domains: String,
    notices: String,
}

#[derive(Deserialize)]
pub(crate) struct Checked {
    #[serde(default)]
    file: String,
}

/// `GET /desk/organization-imports`
pub(crate) async fn show(State(site): State<Site>, known: Known) -> Result<Response, Refusal> {
    known.desk_person()?;
    page(StatusCode::OK, &site, &known, Part::Asks)
}

/// `POST /desk/organization-imports/check`: what the file would do; it does nothing.
pub(crate) async fn check(
    State(site): State<Site>,
    Uploaded { known, file }: Uploaded,
) -> Result<Response, Refusal> {
    known.desk_person()?;
    let (lines, new) = match fitting(&site, &file) {
        Ok(fitting) => fitting,
        Err(faults) => return refused(&site, &known, faults),
    };
    let present = lines.len();
    let missing = match site.app.organizations_missing(new) {
        Ok(missing) => missing,
        Err(why) => return not_imported(&site, &known, &lines, why),
    };
    let part = Part::Fits {
        // Where all lines are text, the rest of it is line breaks.
        file: String::from_utf8_lossy(&file).into_owned(),
        new: missing.len(),
        present: present.saturating_sub(missing.len()),
        first: missing.into_iter().take(SHOWN_MAX).map(row).collect(),
    };
    page(StatusCode::OK, &site, &known, part)
}

/// `POST /desk/organization-imports`: all or none, as `POST /v1/organization-imports`.
pub(crate) async fn create(
    State(site): State<Site>,
    Posted { known, fields }: Posted<Checked>,
) -> Result<Response, Refusal> {
    known.desk_person()?;
    let (lines, new) = match fitting(&site, fields.file.as_bytes()) {
        Ok(fitting) => fitting,
        Err(faults) => return refused(&site, &known, faults),
    };
    match site.app.organizations_import(new).await {
        Ok(imported) => {
            let (created, present) = (imported.created.len(), imported.present.len());
            page(StatusCode::OK, &site, &known, Part::Done { created, present })
        }
        Err(why) => not_imported(&site, &known, &lines, why),
    }
}

fn page(status: StatusCode, site: &Site, known: &Known, part: Part) -> Result<Response, Refusal> {
    render(status, &ImportPage { frame: Frame::new(site, Some(known)), part })
}

/// The file's lines, and the organizations that they name; or else everything in it that does not fit.
fn fitting(site: &Site, file: &[u8]) -> Result<(Vec<Line>, Vec<NewOrganization>), Vec<FaultView>> {
    let lines = read(file).map_err(|faults| faults.iter().map(fault).collect::<Vec<_>>())?;
    let new = all_new(site, &organizations(&lines)).map_err(|faults| of_lines(&lines, &faults))?;
    Ok((lines, new))
}

fn organizations(lines: &[Line]) -> Vec<OrganizationCreate> {
    lines.iter().map(|line| line.organization.clone()).collect()
}

fn not_imported(site: &Site, known: &Known, lines: &[Line], why: NotImported) -> Result<Response, Refusal> {
    match why {
        NotImported::Unfit(faults) => {
            let organizations = organizations(lines);
            let faults: Vec<_> =
                faults.iter().map(|(place, why)| unfit(&organizations, *place, why)).collect();
            refused(site, known, of_lines(lines, &faults))
        }
        NotImported::NotCreated(why) => Err(why.into()),
    }
}

fn refused(site: &Site, known: &Known, mut faults: Vec<FaultView>) -> Result<Response, Refusal> {
    let more = faults.len().saturating_sub(FAULTS_MAX);
    faults.truncate(FAULTS_MAX);
    page(StatusCode::UNPROCESSABLE_ENTITY, site, known, Part::Unfit { faults, more })
}

/// Refusals as the API makes them, at the lines of the file.
fn of_lines(lines: &[Line], refusals: &[Refusal]) -> Vec<FaultView> {
    let of = |refusal: &Refusal| {
        let fault = Fault::said(lines, refusal.problem.errors.first()?)?;
        let view = self::fault(&fault);
        Some(FaultView { what: refusal.said.clone().map_or(view.what, Ok), ..view })
    };
    refusals.iter().filter_map(of).collect()
}

fn fault(fault: &Fault) -> FaultView {
    let Fault { line, at, what } = fault;
    let column = at.as_ref().map(|(column, _)| column.as_str());
    FaultView { line: *line, at: at.clone(), what: says(column, what).ok_or_else(|| what.to_string()) }
}

fn says(column: Option<&str>, what: &What) -> Option<Text> {
    Some(match what {
        What::TooLarge(bytes) => {
            Text::of("desk-import-too-large").arg("bytes", *bytes).arg("most", FILE_BYTES_MAX)
        }
        What::NotText => Text::of("desk-import-not-text"),
        What::Values { has, wanted } => {
            Text::of("desk-import-values").arg("has", *has).arg("wanted", *wanted)
        }
        What::UnknownColumn(column) => Text::of("desk-import-unknown-column").arg("column", column),
        What::ColumnTwice => Text::of("desk-import-column-twice"),
        What::NoColumn(column) => Text::of("desk-import-no-column").arg("column", *column),
        What::Twice(line) => Text::of("desk-import-twice").arg("line", *line),
        What::TooMany(lines) => Text::of("desk-import-too-many").arg("lines", *lines).arg("most", LINES_MAX),
        What::Unfit(_) => Text::of(match column? {
            "name" => "desk-import-name",
            "slug" => "desk-import-slug",
            "domains" => "desk-import-domain",
            "notice_addresses" => "desk-import-address",
            _ => return None,
        }),
    })
}

fn row(new: NewOrganization) -> Row {
    fn listed(all: impl IntoIterator<Item = impl Display>) -> String {
        all.into_iter().map(|one| one.to_string()).collect::<Vec<_>>().join(", ")
    }
    Row {
        name: new.name.to_string(),
        slug: new.slug.to_string(),
        domains: listed(new.domains),
        notices: listed(new.notices),
    }
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<Sample> {
    use crate::pages::samples::long;

    let page = |part| ImportPage { frame: Frame::of_person("Dana Example", "/desk"), part };
    let row = |name: &str, slug: &str, domains: &str, notices: &str| Row {
        name: name.to_owned(),
        slug: slug.to_owned(),
        domains: domains.to_owned(),
        notices: notices.to_owned(),
    };
    let file = "name,slug\nAcme <Rockets>,acme\n".to_owned();
    let fits = |new, present, first| Part::Fits { file: file.clone(), new, first, present };
    let first = vec![
        row("Acme <Rockets>", "acme", "acme.example, rockets.example", "soc@acme.example"),
        row(&long(), "long", &format!("{}.example", long()), ""),
    ];
    let at = |line, column: &str, value: &str, what| Fault {
        line,
        at: Some((column.to_owned(), value.to_owned())),
        what,
    };
    let unfit = || What::Unfit("it does not fit".to_owned());
    let all = [
        Fault::of(1, What::TooLarge(5_000_000)),
        Fault::of(1, What::UnknownColumn("owner".to_owned())),
        Fault::of(1, What::ColumnTwice),
        Fault::of(1, What::NoColumn("slug")),
        Fault::of(2, What::NotText),
        Fault::of(3, What::Values { has: 1, wanted: 2 }),
        at(4, "name", &long(), unfit()),
        at(5, "slug", "A <b>", unfit()),
        at(6, "slug", "acme", What::Twice(2)),
        at(7, "domains", "192.0.2.1", unfit()),
        at(8, "notice_addresses", "soc", unfit()),
        at(9, "of a later version", "x", unfit()),
        Fault::of(10_002, What::TooMany(10_001)),
    ];
    let refused = |faults: Vec<FaultView>, more| page(Part::Unfit { faults, more });
    let rules = [
        crate::refused::too_many(),
        Text::of("rule-slug-taken"),
        Text::of("rule-slug-assets").arg("tool", "look-up"),
        Text::of("rule-domains-differ"),
        Text::of("rule-notices-differ"),
        Text::of("rule-own-address"),
    ];
    let ruled =
        rules.into_iter().map(|text| FaultView { what: Ok(text), ..fault(&at(2, "slug", "acme", unfit())) });
    vec![
        sample("desk-import", page(Part::Asks)),
        sample("desk-import-faults", refused(all.iter().map(fault).collect(), 31)),
        sample("desk-import-rules", refused(ruled.collect(), 0)),
        sample("desk-import-fits", page(fits(37, 2, first))),
        sample("desk-import-nothing", page(fits(0, 2, Vec::new()))),
        sample("desk-import-empty", page(fits(0, 0, Vec::new()))),
        sample("desk-import-done", page(Part::Done { created: 37, present: 1 })),
    ]
}
