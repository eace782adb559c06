//! `byleave check`: whether anybody gets past the gateway, from where it runs and from here.

use std::path::PathBuf;

use byleave_api::v1::{Tool, ToolCheck};
use byleave_app::clock::SystemClock;
use byleave_app::ports::Clock as _;
use clap::Args;
use serde::Serialize;

use super::{check_data, print_list, segment};
use crate::bypass::{self, AskedFrom, Signers};
use crate::client::Server;
use crate::config::is_loopback;
use crate::failure::Failure;

/// Whether anybody gets past the gateway; with --data, whether store and logs agree
///
/// Without --data: asks every tool's application directly, as somebody who goes past the gateway would. Once from where the
/// gateway runs, with every assertion that has to be refused, and once from here, which may be a support person's computer.
/// Fails when a tool that is said to verify the assertion answers without a valid one; when any other answers from here, unless
/// it is on this very machine; and when it could not be found out.
///
/// With --data DIR: reads a data directory that nobody serves, as a start would, and proves that what is stored is what the
/// logs say and that each log verifies. Asks no server, changes nothing, and fails when a log does not hold.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  byleave check                           # all tools; with the administrator's token\n  \
                  byleave check --tool system-log\n  \
                  byleave check --data /var/lib/byleave   # the store, while nobody serves it"
)]
pub struct Check {
    /// Slug of one tool; all without it
    #[arg(long, value_name = "SLUG")]
    tool: Option<String>,
    /// Check this data directory instead of the tools: one line per log
    #[arg(long, value_name = "DIR", conflicts_with = "tool")]
    data: Option<PathBuf>,
}

/// One tool, asked from one place.
#[derive(Serialize)]
struct Row {
    from: AskedFrom,
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
        let mut tools: Vec<Tool> = match &self.tool {
            Some(slug) => vec![server.get(&format!("/v1/tools/{}", segment(slug))).await?],
            None => server.list("/v1/tools").await?,
        };
        tools.sort_by(|one, other| one.slug.cmp(&other.slug));
        let foreign = bypass::somebody_else()?;
        let now = SystemClock.now().as_second();
        let mut rows = Vec::new();
        for tool in &tools {
            let path = format!("/v1/tools/{}/check", segment(&tool.slug));
            // One that fails is told in its row: the others are worth knowing.
            let check = server.post(&path, &()).await.unwrap_or_else(|why| unasked(tool, &why));
            rows.push(Row { from: AskedFrom::Gateway, check });
            let signers = Signers { own: None, foreign: &foreign, issuer: "https://byleave.example", now };
            let check = bypass::check(tool.into(), AskedFrom::Here, &signers).await?;
            rows.push(Row { from: AskedFrom::Here, check });
        }
        print_list(json, &rows, text)?;
        let contradicted = named(&rows, |row| row.check.contradicted);
        let unknown = named(&rows, |row| !row.check.checked && !row.is_out_of_reach());
        let mut wrong = Vec::new();
        if let Some(names) = contradicted {
            wrong.push(format!(
                "{names} answers without a valid assertion; have it verify each request's, or declare another isolation"
            ));
        }
        if let Some(names) = named(&rows, Row::is_open_from_here) {
            wrong.push(format!(
                "{names} answers from here, past the gateway; close that way by network (where here is the gateway's own \
                 machine, ask from another)"
            ));
        }
        if let Some(names) = unknown {
            wrong.push(format!("{names} could not be checked; see above why, and check again"));
        }
        if wrong.is_empty() { Ok(()) } else { Err(Failure::new(wrong.join("\nbyleave: "))) }
    }
}

/// What is said of a tool that the server did not ask.
fn unasked(tool: &Tool, why: &Failure) -> ToolCheck {
    ToolCheck {
        tool: tool.slug.clone(),
        upstream: tool.upstream.clone(),
        isolation: tool.isolation.clone(),
        requests: Vec::new(),
        checked: false,
        contradicted: false,
        meaning: format!("NOT CHECKED: {why}"),
    }
}

impl Row {
    /// Not reached from here, which is as it should be. From where the gateway runs it has to be.
    fn is_out_of_reach(&self) -> bool {
        self.from == AskedFrom::Here && self.check.requests.iter().all(|probe| probe.outcome == "unreachable")
    }

    /// Whoever is at this machine gets in, unrecorded. What listens on this machine alone is reached from nowhere else.
    fn is_open_from_here(&self) -> bool {
        self.from == AskedFrom::Here
            && !self.check.contradicted
            && self.check.requests.iter().any(|probe| probe.outcome == "answered")
            && !is_loopback(&self.check.upstream)
    }
}

/// The tools of which it is true, for a sentence.
fn named(rows: &[Row], is_true: impl Fn(&Row) -> bool) -> Option<String> {
    let mut names: Vec<_> =
        rows.iter().filter(|row| is_true(row)).map(|row| row.check.tool.as_str()).collect();
    names.dedup();
    (!names.is_empty()).then(|| format!("`{}`", names.join("`, `")))
}

fn text(row: &Row) -> String {
    let ToolCheck { tool, isolation, requests, meaning, .. } = &row.check;
    let place = match row.from {
        AskedFrom::Gateway => "from where the gateway runs",
        AskedFrom::Here => "from here",
    };
    let asked = requests.iter().map(|probe| {
        let status = probe.status.map(|status| format!(" ({status})")).unwrap_or_default();
        format!("\n  {:<32} {}{status}", probe.request, probe.outcome)
    });
    let isolation = match isolation.as_str() {
        known @ ("upstream-verified" | "injected" | "shared") => known.to_owned(),
        other => format!("`{other}`, unknown to this byleave"),
    };
    format!("{tool} ({isolation}), {place}:{}\n  {meaning}", asked.collect::<String>())
}

#[cfg(test)]
mod tests {
    use byleave_api::v1::ToolProbe;

    use super::*;

    #[test]
    fn what_answers_from_here_is_open_unless_it_is_on_this_machine() {
        for (from, upstream, outcome, open) in [
            (AskedFrom::Here, "http://tools.vendor.example:9090", "answered", true),
            (AskedFrom::Here, "http://192.0.2.7:9090", "answered", true),
            (AskedFrom::Here, "http://192.0.2.7:9090", "unreachable", false),
            (AskedFrom::Here, "http://192.0.2.7:9090", "refused", false),
            (AskedFrom::Here, "http://127.0.0.1:9090", "answered", false),
            (AskedFrom::Here, "http://[::1]:9090", "answered", false),
            (AskedFrom::Here, "http://localhost:9090", "answered", false),
            (AskedFrom::Here, "http://metrics.localhost:9090", "answered", false),
            (AskedFrom::Here, "h2c://127.0.0.1:9090", "answered", false),
            (AskedFrom::Here, "http://localhost.vendor.example:9090", "answered", true),
            (AskedFrom::Gateway, "http://192.0.2.7:9090", "answered", false),
        ] {
            let request = "without an assertion".to_owned();
            let probe = ToolProbe { request, outcome: outcome.to_owned(), status: None };
            let check = ToolCheck {
                tool: "metrics".into(),
                upstream: upstream.into(),
                isolation: "shared".into(),
                requests: vec![probe],
                checked: true,
                contradicted: false,
                meaning: String::new(),
            };
            assert_eq!(Row { from, check }.is_open_from_here(), open, "{from:?} {upstream} {outcome}");
        }
    }
}
