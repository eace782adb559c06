//! `byleave serve`: control plane and gateway for real use.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use byleave_app::change_requests::Process;
use byleave_app::contacts::CONTACT_WAIT;
use byleave_app::credentials::Holder;
use byleave_app::evidence::EVIDENCE_LIFE;
use byleave_domain::process::{ENABLE_WAIT_MAX, Profile, ProfileName};
use byleave_form::{FormText, Section};
use clap::Args;
use jiff::SignedDuration;
use serde::Deserialize;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::failure::{Context as _, Failure};
use crate::key_file::{self, write_secret};
use crate::system::{Place, System};

/// Evidence is kept for this long at least.
const EVIDENCE_LIFE_MIN: SignedDuration = SignedDuration::from_hours(24 * 90);

/// Runs control plane and gateway
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  byleave serve --config byleave.toml")]
pub struct Serve {
    /// Configuration file
    #[arg(long, default_value = "byleave.toml")]
    config: PathBuf,
}

/// `byleave.toml`. Unknown keys are errors.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    /// First part of every log's name; never changes.
    deployment: String,
    /// Directory of the database and the deployment's key.
    data: PathBuf,
    /// Shown to customers.
    vendor_name: String,
    /// Where the control plane listens.
    listen: SocketAddr,
    /// Where the gateway listens.
    gateway_listen: SocketAddr,
    /// How browsers reach the control plane.
    base_url: String,
    /// How browsers reach the gateway.
    gateway_url: String,
    /// Tools are at `{organization}--{tool}.{support_domain}`.
    support_domain: String,
    /// The address that customers write to.
    #[serde(default = "default_address")]
    support_access_address: String,
    /// `article-plus` or `article`.
    #[serde(default = "default_profile")]
    process_profile: String,
    /// How long an approved enabling waits, hours; else as the profile has it.
    enable_wait_hours: Option<u32>,
    /// When meetings can be.
    #[serde(default = "default_office_hours")]
    office_hours: String,
    /// The policy that the help page names.
    #[serde(default)]
    support_access_policy: String,
    /// How long evidence is kept once its request is over, days; at least 90, seven years without it.
    evidence_days: Option<u32>,
    /// What the acknowledgement form says, in the vendor's own words.
    acknowledgement_form: Option<Form>,
    /// Who works change requests and issues sign-in links.
    #[serde(default)]
    desk_people: Vec<DeskPerson>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeskPerson {
    name: String,
    email: String,
    /// Ed25519 public key, 64 hex digits, as `byleave keygen` prints it; without one they prepare and do not approve.
    key: Option<String>,
}

/// A version of the acknowledgement form's text.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    /// Printed on every page; another text is another version.
    version: String,
    title: String,
    introduction: String,
    sections: Vec<FormSection>,
    /// What the signature approves.
    declaration: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct FormSection {
    heading: String,
    #[serde(default)]
    paragraphs: Vec<String>,
    #[serde(default)]
    points: Vec<String>,
}

impl From<Form> for FormText {
    fn from(form: Form) -> Self {
        let Form { version, title, introduction, sections, declaration } = form;
        let section = |FormSection { heading, paragraphs, points }| Section { heading, paragraphs, points };
        Self {
            version,
            title,
            introduction,
            sections: sections.into_iter().map(section).collect(),
            declaration,
        }
    }
}

fn default_address() -> String {
    "support-access@localhost".to_owned()
}

fn default_profile() -> String {
    ProfileName::ArticlePlus.as_str().to_owned()
}

fn default_office_hours() -> String {
    "Mon-Fri 09:00-17:00 UTC".to_owned()
}

impl Config {
    fn process(&self) -> Result<Process, Failure> {
        let name = ProfileName::from_word(&self.process_profile).ok_or_else(|| {
            let given = &self.process_profile;
            Failure::new(format_args!("`process_profile`: `{given}` is neither `article-plus` nor `article`"))
        })?;
        let usual = Profile::usual(name);
        let wait = self.enable_wait_hours.map(|hours| SignedDuration::from_hours(i64::from(hours)));
        let enable_wait = wait.unwrap_or(usual.enable_wait);
        if enable_wait > ENABLE_WAIT_MAX {
            let most = ENABLE_WAIT_MAX.as_hours();
            return Err(Failure::new(format_args!("`enable_wait_hours`: at most {most} are taken")));
        }
        let days = self.evidence_days.map(|days| SignedDuration::from_hours(24 * i64::from(days)));
        let evidence_life = days.unwrap_or(EVIDENCE_LIFE);
        if evidence_life < EVIDENCE_LIFE_MIN {
            return Err(Failure::new(
                "`evidence_days`: at least 90 are kept, or nobody could look into a complaint",
            ));
        }
        Ok(Process {
            profile: Profile { enable_wait, ..usual },
            vendor: self.vendor_name.clone(),
            address: self.support_access_address.clone(),
            policy: self.support_access_policy.clone(),
            form_text: self.acknowledgement_form.clone().map(FormText::from),
            office_hours: self.office_hours.parse().context("`office_hours`")?,
            contact_wait: CONTACT_WAIT,
            evidence_life,
            meeting_notice: SignedDuration::from_hours(24),
        })
    }
}

impl Serve {
    /// Runs until it is told to stop.
    ///
    /// # Errors
    /// What kept it from starting, or stopped it.
    pub async fn run(self) -> Result<(), Failure> {
        let config = read(&self.config)?;
        let listener = TcpListener::bind(config.listen).await.context(format_args!("`{}`", config.listen))?;
        let gateway_listener = TcpListener::bind(config.gateway_listen)
            .await
            .context(format_args!("`{}`", config.gateway_listen))?;
        let place = Place {
            deployment: config.deployment.clone(),
            base_url: config.base_url.clone(),
            public_urls: vec![config.base_url.clone()],
            gateway_url: config.gateway_url.clone(),
            support_domain: config.support_domain.clone(),
            vendor_name: config.vendor_name.clone(),
            process: config.process()?,
        };
        let system = System::open(&config.data, &place)?;
        first_steps(&system, &config).await?;
        tracing::info!("control plane on {}, gateway on {}", config.listen, config.gateway_listen);
        let stop = CancellationToken::new();
        tokio::spawn(stop_on_signal(stop.clone()));
        system.serve(listener, gateway_listener, stop).await
    }
}

fn read(path: &Path) -> Result<Config, Failure> {
    let text = std::fs::read_to_string(path).context(format_args!("`{}` cannot be read", path.display()))?;
    toml::from_str(&text).context(format_args!("`{}`", path.display()))
}

/// Makes sure the desk people exist and, at the first start, hands out what is needed to go on: the administrator's
/// token and a sign-in link for each desk person, in a file and not on a terminal or in a journal.
async fn first_steps(system: &System, config: &Config) -> Result<(), Failure> {
    let mut people = Vec::new();
    for person in &config.desk_people {
        let name = person.name.parse().context("`desk_people`")?;
        let email = person.email.parse().context("`desk_people`")?;
        let key = person.key.as_deref().map(key_file::usable).transpose()?;
        people.push((person, system.app.desk_person_put(name, email, key).await.map_err(Failure::new)?));
    }
    system.app.desk_keys_settle().await.map_err(Failure::new)?;
    let path = config.data.join("first-steps.txt");
    if path.exists() {
        return Ok(());
    }
    let token = system.app.issue_token(Holder::Admin).await.map_err(Failure::new)?;
    let mut text = format!("Administrator's token (BYLEAVE_TOKEN), for 90 days:\n{}\n", token.reveal());
    for (person, id) in people {
        let link = system.app.issue_link(Holder::DeskPerson(id)).await.map_err(Failure::new)?;
        let line = format!(
            "\nSign-in link for {}, once, within a day:\n{}/sign-in/{}\n",
            person.name,
            config.base_url,
            link.reveal()
        );
        text.push_str(&line);
    }
    write_secret(&path, &text)?;
    tracing::info!("the administrator's token and the desk's sign-in links are in {}", path.display());
    Ok(())
}

/// Tells the process to stop on Ctrl-C or SIGTERM.
pub async fn stop_on_signal(stop: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => {
                terminate.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
    stop.cancel();
}
