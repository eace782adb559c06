//! `byleave serve`: control plane and gateway for real use.

use std::path::PathBuf;
use std::sync::Arc;

use byleave_app::credentials::Holder;
use clap::Args;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::print_list;
use crate::certificate::Certificate;
use crate::config::Config;
use crate::config::print::lines;
use crate::config::risk::{self, Accepted};
use crate::failure::{Context as _, Failure};
use crate::key_file::write_secret;
use crate::logs::{self, LogFormat};
use crate::system::{Place, System};

/// Runs control plane and gateway
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  byleave serve --config byleave.toml\n  byleave serve --config byleave.toml --print-config"
)]
pub struct Serve {
    /// Configuration file; every key is also a variable, such as BYLEAVE_LISTEN or BYLEAVE_LOG__FORMAT
    #[arg(long, default_value = "byleave.toml")]
    config: PathBuf,
    /// Print what holds and where it comes from, secrets masked, and stop
    #[arg(long)]
    print_config: bool,
    /// How log lines look; before the file's `log.format`
    #[arg(long, value_name = "human|json")]
    log_format: Option<LogFormat>,
    #[command(flatten)]
    accepted: Accepted,
}

impl Serve {
    /// Runs until it is told to stop.
    ///
    /// # Errors
    /// What kept it from starting, or stopped it.
    pub async fn run(self, json: bool) -> Result<(), Failure> {
        let config = Config::read(&self.config, std::env::vars_os())?;
        if self.print_config {
            return print_list(json, &lines(&config), ToString::to_string);
        }
        logs::start(self.log_format.unwrap_or(config.log_format), config.log_level);
        let accept = self.accepted.0.iter().chain(&config.accept).copied().collect();
        let risks = risk::accepted(risk::taken(&config), &accept, &config.file)?;
        for taken in &risks {
            let (name, because) = (taken.risk.name(), &taken.because);
            tracing::warn!("accepted risk {name}: {because}: {}", taken.risk.meaning());
        }
        for name in &config.ignored {
            tracing::warn!("{name} names no key and is not read");
        }
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
            brand: Arc::clone(&config.brand),
            process: config.process.clone(),
            letters: config.letters.clone(),
            risks: risks.iter().map(|taken| (taken.risk.name(), taken.risk.meaning())).collect(),
            metrics_token: config.metrics_token.clone(),
            tls: config.tls.as_ref().map(Certificate::watched).transpose()?,
            gateway: config.gateway.clone(),
            limits: config.limits,
            sessions: config.sessions,
            sign_in: config.sign_in.clone(),
            mail: config.mail.clone(),
        };
        let mail_address = config.mail.as_ref().and_then(|mail| mail.listen);
        let mail_listener = match mail_address {
            Some(address) => {
                Some(TcpListener::bind(address).await.context(format_args!("`{address}` of `mail.listen`"))?)
            }
            None => None,
        };
        let system = System::open(&config.data, &place)?;
        first_steps(&system, &config).await?;
        tracing::info!("control plane on {}, gateway on {}", config.listen, config.gateway_listen);
        let stop = CancellationToken::new();
        tokio::spawn(stop_on_signal(stop.clone()));
        if let Some(address) = mail_address {
            tracing::info!("mail on {address}");
        }
        system.serve(listener, gateway_listener, mail_listener, stop).await
    }
}

/// Makes sure the desk people exist and, at the first start, hands out what is needed to go on: the administrator's
/// token and a sign-in link for each desk person, in a file and not on a terminal or in a journal.
async fn first_steps(system: &System, config: &Config) -> Result<(), Failure> {
    let mut people = Vec::new();
    for person in &config.desk_people {
        let (name, email) = (person.name.clone(), person.email.clone());
        let put = system.app.desk_person_put(name, email, person.key).await;
        people.push((person, put.map_err(Failure::new)?));
    }
    system.app.desk_keys_settle().await.map_err(Failure::new)?;
    let path = config.data.join("first-steps.txt");
    if path.exists() {
        return Ok(());
    }
    let token = system.app.issue_token(Holder::Admin, "first").await.map_err(Failure::new)?;
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

/// Tells the process to stop on Ctrl-C or SIGTERM. Whoever asks again does not want to wait.
pub async fn stop_on_signal(stop: CancellationToken) {
    use tokio::signal::unix::{Signal, SignalKind, signal};
    async fn next(signals: &mut std::io::Result<Signal>) {
        match signals {
            Ok(signals) => drop(signals.recv().await),
            Err(_) => std::future::pending().await,
        }
    }
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    let mut asked = async || {
        tokio::select! {
            () = next(&mut terminate) => {}
            () = next(&mut interrupt) => {}
        }
    };
    asked().await;
    stop.cancel();
    asked().await;
    tracing::warn!("told to stop a second time: stopping at once; what is open is ended at the next start");
    logs::finish();
    std::process::exit(1);
}
