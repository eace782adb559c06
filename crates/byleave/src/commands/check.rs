//! `byleave check`: whether anybody gets past the gateway, from where it runs and from here.

use std::path::PathBuf;

use byleave_api::v1::{Tool as Declared, ToolCheck};
use byleave_app::clock::SystemClock;
use byleave_app::ports::Clock as _;
use byleave_domain::ids::ToolId;
use byleave_domain::tool::{Injection, Isolation, Requirement, Tool};
use clap::Args;
use serde::Serialize;

use super::{check_data, print_list, segment};
use crate::bypass::{self, Signers};
use crate::client::Server;
use crate::failure::Failure;

/// Asks every tool's application directly, as somebody who goes past the gateway would
///
/// Once from where the gateway runs, with every assertion that has to be refused, and once from here, which may be a
/// support person's computer. Fails when a tool that is said to verify the assertion answers without a valid one.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  byleave check\n  byleave check --tool system-log\n  byleave check --data /var/lib/byleave"
)]
pub struct Check {
    /// Slug of one tool; all without it
    #[arg(long, value_name = "SLUG")]
    tool: Option<String>,
    /// Look at this data directory instead, which nobody serves: one line per log
    #[arg(long, value_name = "DIR", conflicts_with = "tool")]
    data: Option<PathBuf>,
}

/// One tool, asked from one place.
#[derive(Serialize)]
struct Row {
    /// `gateway` or `here`.
    from: &'static str,
    #[serde(flatten)]
    check: ToolCheck,
}

impl Check {
    /// Runs the command.
    ///
    /// # Errors
    /// What the server refused, or a declaration that is contradicted.
    pub async fn run(self, server: &Server, json: bool) -> Result<(), Failure> {
        if let Some(data) = &self.data {
            return check_data::run(data, json);
        }
        let mut tools: Vec<Declared> = match &self.tool {
            Some(slug) => vec![server.get(&format!("/v1/tools/{}", segment(slug))).await?],
            None => server.list("/v1/tools").await?,
        };
        tools.sort_by(|one, other| one.slug.cmp(&other.slug));
        let foreign = bypass::somebody_else()?;
        let now = SystemClock.now().as_second();
        let mut rows = Vec::new();
        for declared in &tools {
            let path = format!("/v1/tools/{}/check", segment(&declared.slug));
            rows.push(Row { from: "gateway", check: server.post(&path, &()).await? });
            let signers = Signers { own: None, foreign: &foreign, issuer: "https://byleave.example", now };
            rows.push(Row { from: "here", check: bypass::check(&tool(declared)?, &signers).await? });
        }
        print_list(json, &rows, text)?;
        let contradicted: Vec<_> =
            rows.iter().filter(|row| row.check.contradicted).map(|row| row.check.tool.as_str()).collect();
        if contradicted.is_empty() {
            return Ok(());
        }
        let mut names = contradicted;
        names.dedup();
        Err(Failure::new(format_args!(
            "`{}` answers without a valid assertion; have it verify each request's, or declare another isolation",
            names.join("`, `")
        )))
    }
}

fn text(row: &Row) -> String {
    let ToolCheck { tool, requests, meaning, .. } = &row.check;
    let place = if row.from == "gateway" { "from where the gateway runs" } else { "from here" };
    let asked = requests.iter().map(|probe| {
        let status = probe.status.map(|status| format!(" ({status})")).unwrap_or_default();
        format!("\n  {:<32} {}{status}", probe.request, probe.outcome)
    });
    format!("{tool}, {place}:{}\n  {meaning}", asked.collect::<String>())
}

/// What a check needs to know of a tool.
fn tool(declared: &Declared) -> Result<Tool, Failure> {
    let isolation = match declared.isolation.as_str() {
        "upstream-verified" => Isolation::UpstreamVerified,
        "injected" => Isolation::Injected(Injection::Prefix),
        _ => Isolation::Shared { accepted: true },
    };
    Ok(Tool {
        id: ToolId::from_bytes([0; 16]),
        slug: declared.slug.parse().map_err(Failure::new)?,
        name: declared.name.parse().map_err(Failure::new)?,
        upstream: declared.upstream.clone(),
        isolation,
        reason: Requirement::Optional,
        case: Requirement::Optional,
        assets: Vec::new(),
    })
}
