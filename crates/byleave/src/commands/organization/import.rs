//! `byleave organization import`: organizations from a CSV file, all of them or none.

use std::collections::BTreeMap;
use std::path::Path;

use byleave_api::v1::{OrganizationImport, OrganizationsImported};
use byleave_server::organization_csv::{FILE_BYTES_MAX, Fault, Line, What, read};
use serde::Serialize;

use crate::client::Server;
use crate::commands::print_list;
use crate::failure::{Context as _, Failure};

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
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    if length > FILE_BYTES_MAX {
        return Err(refused(&named, &[Fault::of(1, What::TooLarge(length))]));
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
        Err(problem) => {
            let faults: Vec<_> =
                problem.errors.iter().filter_map(|fault| Fault::said(&lines, fault)).collect();
            Err(if faults.is_empty() { Failure::new(problem.detail) } else { refused(&named, &faults) })
        }
    }
}

fn refused(file: &str, faults: &[Fault]) -> Failure {
    let count = faults.len();
    let them = if count == 1 { "one fault" } else { "faults" };
    let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
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
