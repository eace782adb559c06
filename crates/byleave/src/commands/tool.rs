//! `byleave tool`: the vendor's applications behind the gateway.

use byleave_api::v1::{Tool, ToolCreate};
use clap::{Subcommand, ValueEnum};

use super::{print, print_list, segment};
use crate::client::Server;
use crate::failure::Failure;

/// Who keeps organizations apart in the tool.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Isolation {
    /// The upstream verifies the assertion
    UpstreamVerified,
    /// The gateway forces the organization into each request (needs --inject)
    Injected,
    /// Nobody (needs --accept-shared); customers see it as not covered
    Shared,
}

/// Whether a visit must state something.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Requirement {
    /// Refused without
    Required,
    /// Shown as lacking
    Optional,
}

/// What to do with tools.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Puts an application behind the gateway
    #[command(after_help = "Example:\n  byleave tool create --name Datasette --slug datasette \
                            --upstream http://127.0.0.1:8001 --isolation injected --inject prefix --asset /-/static/")]
    Create {
        /// Name on pages
        #[arg(long)]
        name: String,
        /// Name in addresses: a–z, 0–9 and inner hyphens
        #[arg(long)]
        slug: String,
        /// Scheme, host and port of the application
        #[arg(long)]
        upstream: String,
        /// Who keeps organizations apart
        #[arg(long, value_enum)]
        isolation: Isolation,
        /// With injected: `prefix`, `header:NAME` or `query:NAME`
        #[arg(long)]
        inject: Option<String>,
        /// With shared: the slug once more, by which you accept that nobody keeps organizations apart
        #[arg(long, value_name = "SLUG")]
        accept_shared: Option<String>,
        /// Whether a visit must state a reason
        #[arg(long, value_enum, default_value = "required")]
        reason: Requirement,
        /// Whether a visit must name a case
        #[arg(long, value_enum, default_value = "optional")]
        case: Requirement,
        /// Path prefix of files without any organization's data; may be repeated
        #[arg(long = "asset", value_name = "PREFIX")]
        assets: Vec<String>,
    },
    /// Lists the tools
    #[command(after_help = "Example:\n  byleave tool list")]
    List,
    /// Shows one tool
    #[command(after_help = "Example:\n  byleave tool show datasette")]
    Show {
        /// Slug
        tool: String,
    },
}

impl Command {
    /// Runs the command.
    ///
    /// # Errors
    /// What the server refused.
    pub async fn run(self, server: &Server, json: bool) -> Result<(), Failure> {
        match self {
            Self::Create { name, slug, upstream, isolation, inject, accept_shared, reason, case, assets } => {
                let body = ToolCreate {
                    slug,
                    name,
                    upstream,
                    isolation: word(isolation),
                    inject,
                    accept_shared,
                    reason: word(reason),
                    case: word(case),
                    assets,
                };
                print(json, &server.post("/v1/tools", &body).await?, text)
            }
            Self::List => {
                let all: Vec<Tool> = server.list("/v1/tools").await?;
                print_list(json, &all, |t| format!("{}  {}  {}", t.slug, t.isolation, t.upstream))
            }
            Self::Show { tool } => {
                print(json, &server.get(&format!("/v1/tools/{}", segment(&tool))).await?, text)
            }
        }
    }
}

fn word(value: impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

fn text(tool: &Tool) -> String {
    let Tool { slug, name, upstream, isolation, inject, reason, case, assets, .. } = tool;
    let inject = inject.as_deref().map(|inject| format!(" ({inject})")).unwrap_or_default();
    format!(
        "{name}\n  slug       {slug}\n  upstream   {upstream}\n  isolation  {isolation}{inject}\n  \
         reason     {reason}\n  case       {case}\n  assets     {}",
        if assets.is_empty() { "none".to_owned() } else { assets.join(" ") }
    )
}
