//! `byleave protect`: one application behind a gateway, with nothing configured.
//!
//! Everything that it needs is made in one directory and found there again the next time: an organization with its security
//! contact, a support person, two desk people, and the tool.

use std::path::{Path, PathBuf};

use byleave_api::v1::ToolCheck;
use byleave_app::App;
use byleave_app::clock::SystemClock;
use byleave_app::credentials::Holder;
use byleave_app::ports::Clock as _;
use byleave_domain::tool::{Injection, Isolation, Requirement, Tool};
use clap::{Args, ValueEnum};
use reqwest::Url;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::bypass::{self, AskedFrom, Signers};
use crate::commands::print;
use crate::commands::serve::stop_on_signal;
use crate::demo::ready::{self, Ready};
use crate::demo::{Here, place};
use crate::failure::{Context as _, Failure};
use crate::people::{desk_person, organization, support_person};
use crate::system::{Place, System};

const DEPLOYMENT: &str = "protect.byleave.example";
const VENDOR: &str = "Your support team";

/// Who keeps organizations apart in the application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kept {
    /// The application verifies the assertion
    UpstreamVerified,
    /// The gateway puts the organization in front of every path
    Injected,
    /// Nobody
    Shared,
}

/// Puts one application behind a gateway, with nothing configured, and prints both people's links
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  byleave protect http://localhost:9090 --tool metrics")]
pub struct Protect {
    /// Scheme, host and port of the application
    upstream: String,
    /// Name in addresses: a–z, 0–9 and inner hyphens; by naming it you accept that without --isolation nobody keeps
    /// organizations apart in it
    #[arg(long, value_name = "NAME")]
    tool: String,
    /// Who keeps organizations apart
    #[arg(long, value_enum, default_value = "shared")]
    isolation: Kept,
    /// Directory to keep everything in; without it `byleave-NAME` here
    #[arg(long)]
    data: Option<PathBuf>,
    #[command(flatten)]
    here: Here,
}

impl Protect {
    /// Runs until it is told to stop.
    ///
    /// # Errors
    /// What kept it from starting, or stopped it.
    pub async fn run(self, json: bool) -> Result<(), Failure> {
        let upstream = origin(&self.upstream)?;
        let data = self.data.clone().unwrap_or_else(|| PathBuf::from(format!("byleave-{}", self.tool)));
        let tool = self.declared(&upstream)?;
        let data = std::path::absolute(&data).context(format_args!("`{}`", data.display()))?;
        let (listener, gateway_listener) = self.here.listen().await?;
        let place = place(&listener, &gateway_listener, DEPLOYMENT, VENDOR)?;
        let system = System::open(&data, &place)?;
        let ready = fill(&system.app, &data, &place, &tool).await?;
        let check = check(&tool, &place).await?;
        self.here.ready(&ready)?;
        let protected = Protected::of(&ready, &tool, check, &data);
        print(json, &protected, |protected| welcome(protected, &tool))?;
        let stop = CancellationToken::new();
        tokio::spawn(stop_on_signal(stop.clone()));
        system.serve(listener, gateway_listener, None, stop).await
    }

    fn declared(&self, upstream: &str) -> Result<Tool, Failure> {
        let slug = self.tool.parse().context("`--tool`")?;
        Ok(Tool {
            id: byleave_domain::ids::ToolId::from_bytes([0; 16]),
            name: self.tool.parse().context("`--tool`")?,
            slug,
            upstream: upstream.to_owned(),
            isolation: match self.isolation {
                Kept::UpstreamVerified => Isolation::UpstreamVerified,
                Kept::Injected => Isolation::Injected(Injection::Prefix),
                Kept::Shared => Isolation::Shared { accepted: true },
            },
            reason: Requirement::Required,
            case: Requirement::Optional,
            assets: Vec::new(),
        })
    }
}

fn origin(text: &str) -> Result<String, Failure> {
    let way_out = "write scheme, host and port, such as `http://localhost:9090`";
    let url = Url::parse(text).context(format_args!("`{text}`: {way_out}"))?;
    let host = url.host_str().filter(|_| matches!(url.scheme(), "http" | "https" | "h2c"));
    let bare = matches!(url.path(), "" | "/") && url.query().is_none() && url.username().is_empty();
    let host = host.filter(|_| bare).ok_or_else(|| Failure::new(format_args!("`{text}`: {way_out}")))?;
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    Ok(format!("{}://{host}{port}", url.scheme()))
}

async fn fill(app: &App, data: &Path, place: &Place, tool: &Tool) -> Result<Ready, Failure> {
    let mut desk_people = Vec::new();
    for (name, email) in
        [("First desk person", "first@desk.example"), ("Second desk person", "second@desk.example")]
    {
        desk_people.push(desk_person(app, data, place, name, email).await?);
    }
    app.desk_keys_settle().await.map_err(Failure::new)?;
    let sample = ("Example organization", "example", "Security Contact", "+1 555 0100", false);
    let organizations = vec![organization(app, data, place, sample).await?];
    let person = support_person(app, place, "Support Person", "person@support.example", VENDOR).await?;
    declare(app, tool).await?;
    let admin = app.issue_token(Holder::Admin, "first").await.map_err(Failure::new)?;
    Ok(Ready {
        base_url: place.base_url.clone(),
        gateway_url: place.gateway_url.clone(),
        smtp_addr: None,
        intake_address: None,
        mailboxes: None,
        dkim: None,
        admin_token: admin.reveal().to_owned(),
        organizations,
        support_people: vec![person],
        desk_people,
        tools: vec![ready::Tool {
            slug: tool.slug.to_string(),
            reason: "required".to_owned(),
            url: format!("{}/t/{}/{{organization}}/", place.gateway_url, tool.slug),
        }],
    })
}

/// Declares the tool, the first time.
async fn declare(app: &App, tool: &Tool) -> Result<(), Failure> {
    let known = app.world().tools.values().find(|known| known.slug == tool.slug).cloned();
    match known {
        None => {
            let fresh = Tool { id: app.fresh_tool_id(), ..tool.clone() };
            app.tool_create(fresh).await.map_err(Failure::new)
        }
        Some(known) if known.upstream == tool.upstream && known.isolation == tool.isolation => Ok(()),
        Some(known) => Err(Failure::new(format_args!(
            "`{}` is declared here already, as `{}` and otherwise kept apart; choose another --tool or --data",
            known.slug, known.upstream
        ))),
    }
}

/// Whether the application answers past the gateway, as anybody on this machine could find out.
async fn check(tool: &Tool, place: &Place) -> Result<ToolCheck, Failure> {
    let foreign = bypass::somebody_else()?;
    let now = SystemClock.now().as_second();
    let signers = Signers { own: None, foreign: &foreign, issuer: &place.base_url, now };
    bypass::check(tool.into(), AskedFrom::Gateway, &signers).await
}

/// What whoever protects a tool is told.
#[derive(Serialize)]
struct Protected {
    tool: String,
    upstream: String,
    /// Where the tool is entered.
    url: String,
    isolation: &'static str,
    /// What came of asking the application directly.
    past_the_gateway: ToolCheck,
    /// Signs the support person in, once.
    support_person_url: String,
    /// Signs the security contact in, once.
    contact_url: String,
    data: String,
}

impl Protected {
    fn of(ready: &Ready, tool: &Tool, check: ToolCheck, data: &Path) -> Self {
        let organization = ready.organizations.first();
        let contact = organization.and_then(|organization| organization.contacts.first());
        let slug = organization.map_or("", |organization| &organization.slug);
        Self {
            tool: tool.slug.to_string(),
            upstream: tool.upstream.clone(),
            url: ready.tools.first().map(|tool| tool.url.replace("{organization}", slug)).unwrap_or_default(),
            isolation: match tool.isolation {
                Isolation::UpstreamVerified => "upstream-verified",
                Isolation::Injected(_) => "injected",
                Isolation::Shared { .. } => "shared",
            },
            past_the_gateway: check,
            support_person_url: ready
                .support_people
                .first()
                .map(|p| p.sign_in_url.clone())
                .unwrap_or_default(),
            contact_url: contact.map(|contact| contact.sign_in_url.clone()).unwrap_or_default(),
            data: data.display().to_string(),
        }
    }
}

fn welcome(protected: &Protected, declared: &Tool) -> String {
    let Protected { tool, upstream, past_the_gateway: check, support_person_url, contact_url, data, .. } =
        protected;
    let link = |number: u8, who: &str, url: &str| format!("  {number}. {who:<24} {url}\n");
    let mut text = format!("\n{tool} ({upstream}) is behind Byleave.\n\n");
    text.push_str(&link(1, "a support person", support_person_url));
    text.push_str(&link(2, "the security contact", contact_url));
    text.push_str(
        "\nOpen them in two browser windows that share no cookies. In 1, enter with a reason; in 2, see who is inside \
         and\npress Disable. Each link signs in once; start again for fresh ones.\n\n",
    );
    text.push_str(match declared.isolation {
        Isolation::UpstreamVerified => {
            "Isolation: upstream-verified. The application has to verify each request's assertion itself.\n"
        }
        Isolation::Injected(_) => {
            "Isolation: injected. The gateway puts `/example` in front of every path, and nothing else is reached.\n"
        }
        Isolation::Shared { .. } => {
            "Isolation: shared. Byleave decides who enters and records each request; NOTHING keeps organizations apart \
             inside\nthe application: whoever is in sees all that it shows. Organizations are told so.\n"
        }
    });
    text.push_str(&format!("Past the gateway: {}\n", check.meaning));
    text.push_str(&format!("\nEverything is kept in {data}.\n"));
    text
}
