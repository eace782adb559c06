//! The demo's people, organizations and tools, all plainly fictional. What is there already (a kept data directory) is
//! used again.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use byleave_app::App;
use byleave_app::clock::SystemClock;
use byleave_app::credentials::Holder;
use byleave_app::ports::Clock as _;
use byleave_domain::tool::{Isolation, Requirement, Tool};
use byleave_sample_vendor::{BackOffice, Keys};
use tokio::net::TcpListener;

use crate::demo::ready::{self, Ready};
use crate::failure::{Context as _, Failure};
use crate::people::{desk_person, organization, support_person};
use crate::system::{Place, System};

const VENDOR: &str = "Northwind Cloud";
const EVENTS_PER_ORGANIZATION: u32 = 20_000;
const SEED: u64 = 2026;

/// Name, slug, contact's name, contact's phone, and whether support access is disabled from the start.
const ORGANIZATIONS: [(&str, &str, &str, &str, bool); 3] = [
    ("Acme Rockets", "acme", "Sam Example", "+1 555 0100", false),
    ("Globex Widgets", "globex", "Noor Example", "+1 555 0101", false),
    ("Initech Paper", "initech", "Pat Example", "+1 555 0102", true),
];
/// Name, e-mail address, employer.
const SUPPORT_PEOPLE: [(&str, &str, &str); 2] = [
    ("Sasha Example", "sasha@northwind.example", VENDOR),
    ("Kim Example", "kim@helpline.example", "Helpline Partners"),
];
const DESK_PEOPLE: [(&str, &str); 2] =
    [("Dana Example", "dana@northwind.example"), ("Lee Example", "lee@northwind.example")];

/// Where the demo's mail goes.
pub struct Mail {
    /// Where the intake listens.
    pub smtp: SocketAddr,
    /// The record for the vendor's signatures.
    pub dkim: ready::DnsRecord,
    /// Everybody else's mail server.
    pub mailboxes: ready::Mailboxes,
}

/// The domains that the organizations' mail comes from.
pub fn domains() -> Vec<String> {
    ORGANIZATIONS.iter().map(|(_, slug, ..)| format!("{slug}.example")).collect()
}

/// What the demo consists of, for programs and for people.
pub struct Sample {
    /// For programs.
    pub ready: Ready,
    /// For people.
    pub welcome: String,
}

/// Makes or finds everything, starts the back office, and issues fresh links and tokens.
///
/// # Errors
/// When something could not be made.
pub async fn fill(system: &System, data: &Path, place: &Place, mail: Mail) -> Result<Sample, Failure> {
    let app = &system.app;
    let mut desk_people = Vec::new();
    for (name, email) in DESK_PEOPLE {
        desk_people.push(desk_person(app, data, place, name, email).await?);
    }
    app.desk_keys_settle().await.map_err(Failure::new)?;
    let mut organizations = Vec::new();
    for (name, slug, contact, phone, disabled) in ORGANIZATIONS {
        organizations.push(organization(app, data, place, (name, slug, contact, phone, disabled)).await?);
    }
    let tools = tools(system, place, &organizations).await?;
    let mut support_people = Vec::new();
    for (name, email, employer) in SUPPORT_PEOPLE {
        support_people.push(support_person(app, place, name, email, employer).await?);
    }
    let admin = app.issue_token(Holder::Admin, "first").await.map_err(Failure::new)?;
    let ready = Ready {
        base_url: place.base_url.clone(),
        gateway_url: place.gateway_url.clone(),
        smtp_addr: Some(mail.smtp.to_string()),
        mailboxes: Some(mail.mailboxes),
        dkim: Some(mail.dkim),
        intake_address: place.mail.as_ref().and_then(|mail| mail.addresses.first().cloned()),
        admin_token: admin.reveal().to_owned(),
        organizations,
        support_people,
        desk_people,
        tools,
    };
    let welcome = welcome(&ready);
    Ok(Sample { ready, welcome })
}

/// The back office's three tools, each on a listener of its own and registered with the gateway.
async fn tools(
    system: &System,
    place: &Place,
    organizations: &[ready::Organization],
) -> Result<Vec<ready::Tool>, Failure> {
    let config = byleave_sample_vendor::Config {
        organizations: organizations
            .iter()
            .map(|o| byleave_sample_vendor::Organization {
                id: o.id.clone(),
                slug: o.slug.clone(),
                name: o.name.clone(),
            })
            .collect(),
        events_per_organization: EVENTS_PER_ORGANIZATION,
        seed: SEED,
        clock: Arc::new(|| SystemClock.now()),
    };
    let opened = tokio::task::spawn_blocking(move || BackOffice::open(config)).await;
    let office = opened.map_err(Failure::new)?.context("the back office")?;
    let keys = Keys { jwks: system.jwks.clone(), issuer: place.base_url.clone() };
    let mut ready = Vec::new();
    for kind in [
        byleave_sample_vendor::Tool::SystemLog,
        byleave_sample_vendor::Tool::UserLookup,
        byleave_sample_vendor::Tool::Diagnostics,
    ] {
        let listener = listener_of(&system.app, kind.slug()).await?;
        let tool = register(&system.app, kind, &listener).await?;
        ready.push(ready::Tool {
            slug: tool.slug.to_string(),
            reason: if tool.reason == Requirement::Required { "required" } else { "optional" }.to_owned(),
            url: format!("{}/t/{}/{{organization}}/", place.gateway_url, tool.slug),
        });
        let (office, keys) = (office.clone(), keys.clone());
        tokio::spawn(async move {
            if let Err(why) = office.serve(listener, kind, &keys).await {
                tracing::error!("the back office's {} stopped: {why}", kind.slug());
            }
        });
    }
    Ok(ready)
}

/// Any free port the first time; in a kept data directory the one the gateway knows.
async fn listener_of(app: &App, slug: &str) -> Result<TcpListener, Failure> {
    let known =
        app.world().tools.values().find(|tool| tool.slug.as_str() == slug).map(|tool| tool.upstream.clone());
    let address = known.as_deref().and_then(|url| url.strip_prefix("http://")).unwrap_or("127.0.0.1:0");
    TcpListener::bind(address).await.context(format_args!("`{address}` for the back office's {slug}"))
}

async fn register(
    app: &App,
    kind: byleave_sample_vendor::Tool,
    listener: &TcpListener,
) -> Result<Tool, Failure> {
    let slug = kind.slug();
    let find = || app.world().tools.values().find(|tool| tool.slug.as_str() == slug).cloned();
    if find().is_none() {
        let (name, reason, case) = match kind {
            byleave_sample_vendor::Tool::SystemLog => {
                ("System log", Requirement::Required, Requirement::Optional)
            }
            byleave_sample_vendor::Tool::UserLookup => {
                ("User look-up", Requirement::Optional, Requirement::Optional)
            }
            byleave_sample_vendor::Tool::Diagnostics => {
                ("Diagnostics", Requirement::Required, Requirement::Required)
            }
        };
        let tool = Tool {
            id: app.fresh_tool_id(),
            slug: slug.parse().map_err(Failure::new)?,
            name: name.parse().map_err(Failure::new)?,
            upstream: format!("http://{}", listener.local_addr().map_err(Failure::new)?),
            isolation: Isolation::UpstreamVerified,
            reason,
            case,
            assets: vec!["/assets/".to_owned()],
        };
        app.tool_create(tool).await.map_err(Failure::new)?;
    }
    find().ok_or_else(|| Failure::new("the tool is gone"))
}

fn welcome(ready: &Ready) -> String {
    let line = |who: &str, url: &str| format!("  {who:<44} {url}\n");
    let mut text = String::from(
        "\nByleave demo. Everything here is fictional, and gone when you stop it with Ctrl-C.\n\n\
         Open the first two links side by side, in two different browser windows (one of them private):\n\n",
    );
    for person in ready.support_people.iter().take(1) {
        text.push_str(&line("1. a support person", &person.sign_in_url));
    }
    for organization in ready.organizations.iter().take(1) {
        for contact in &organization.contacts {
            text.push_str(&line(
                &format!("2. the security contact of {}", organization.name),
                &contact.sign_in_url,
            ));
        }
    }
    text.push_str(
        "\nIn 1, enter the system log of Acme Rockets with a reason, and watch it run. In 2, see who is inside and \
         why,\nand press Disable. Each link signs in once.\n\nThe others:\n",
    );
    for organization in ready.organizations.iter().skip(1) {
        for contact in &organization.contacts {
            let who = format!("security contact of {} ({})", organization.name, organization.support_access);
            text.push_str(&line(&who, &contact.sign_in_url));
        }
    }
    for person in ready.support_people.iter().skip(1) {
        text.push_str(&line(&format!("support person {}", person.email), &person.sign_in_url));
    }
    for person in &ready.desk_people {
        text.push_str(&line(&format!("desk person {}", person.email), &person.sign_in_url));
    }
    text.push('\n');
    let program = std::env::args().next().unwrap_or_else(|| "byleave".to_owned());
    text.push_str("What happened there, checked without trusting anybody, at another prompt:\n\n");
    for organization in &ready.organizations {
        let log = &organization.log;
        text.push_str(&format!(
            "  # {}\n  {program} verify {} --vkey {}\n",
            organization.name, log.url, log.vkey
        ));
    }
    text.push_str(&format!(
        "\nThe whole story without a browser, and then an attack on it: {program} demo --tour\n\n"
    ));
    text
}
