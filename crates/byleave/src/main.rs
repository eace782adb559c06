//! `byleave`: one binary, a role per subcommand. Wires the crates together; decides nothing.

mod bypass;
mod certificate;
mod client;
mod commands;
#[cfg(test)]
mod complete;
mod config;
mod control;
mod demo;
mod failure;
mod intake;
mod key_file;
mod letters;
mod logs;
mod metrics;
mod operations;
mod people;
mod protect;
mod system;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser, Subcommand};
use tracing::level_filters::LevelFilter;

use crate::client::Server;
use crate::failure::Failure;

/// Customers decide whether your support people may enter, and can prove what happened.
#[derive(Debug, Parser)]
#[command(name = "byleave", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    server: Server,
    /// Print data as JSON, a list as one object a line
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Demo),
    Serve(commands::serve::Serve),
    Protect(protect::Protect),
    Check(commands::check::Check),
    Backup(commands::backup::Backup),
    Restore(commands::backup::Restore),
    Verify(commands::verify::Verify),
    Keygen(commands::keygen::Keygen),
    Sign(commands::sign::Sign),
    Completions(commands::completions::Completions),
    /// An organization's setting: show it, disable it, ask to enable it
    #[command(subcommand)]
    Access(commands::access::Command),
    /// The vendor's desk: the article's journeys, step by step
    #[command(subcommand)]
    ChangeRequest(commands::change_request::Command),
    /// Organizations: create, import, list, show, say where their mail comes from
    #[command(subcommand)]
    Organization(commands::organization::Command),
    /// An organization's log with its payloads
    #[command(subcommand)]
    Log(commands::log::Command),
    /// Security contacts: name, confirm, change, erase
    #[command(subcommand)]
    Contact(commands::contact::Command),
    /// Desk people: list, erase
    #[command(subcommand)]
    DeskPerson(commands::desk_person::Command),
    /// Visits that an organization does not recognise: raise, list, show, answer
    #[command(subcommand)]
    Doubt(commands::doubt::Command),
    /// What steps rest on: verify a form that was signed with a passkey
    #[command(subcommand)]
    Evidence(commands::evidence::Command),
    /// Keep everybody out everywhere, or one employer's people; lift it
    #[command(subcommand)]
    Freeze(commands::freeze::Command),
    /// Messages on their way to the desk
    #[command(subcommand)]
    Mail(commands::mail::Command),
    /// Support people and services: create, list, show, erase
    #[command(subcommand)]
    SupportPerson(commands::support_person::Command),
    /// Bearer tokens: create, list, show, revoke
    #[command(subcommand)]
    Token(commands::token::Command),
    /// Tools behind the gateway: create, list, show
    #[command(subcommand)]
    Tool(commands::tool::Command),
    /// An organization's visits: stop one, or all
    #[command(subcommand)]
    Visit(commands::visit::Command),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    // What serves for real has settings for this, and begins once they are read.
    if !matches!(cli.command, Command::Serve(_)) {
        // A word that is no level leaves the usual one.
        let level = std::env::var("BYLEAVE_LOG__LEVEL").ok().and_then(|word| word.parse().ok());
        logs::start(logs::LogFormat::Human, level.unwrap_or(LevelFilter::WARN));
    }
    let ended =
        tokio::runtime::Runtime::new().map_err(Failure::new).and_then(|runtime| runtime.block_on(run(cli)));
    logs::finish();
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("byleave: {failure}");
            failure.exit_code()
        }
    }
}

async fn run(cli: Cli) -> Result<(), Failure> {
    let Cli { command, server, json } = cli;
    match command {
        Command::Demo(demo) => demo.run(json).await,
        Command::Serve(serve) => serve.run(json).await,
        Command::Protect(protect) => protect.run(json).await,
        Command::Check(check) => check.run(&server, json).await,
        Command::Backup(backup) => backup.run(json),
        Command::Restore(restore) => restore.run(json),
        Command::Verify(verify) => verify.run(json).await,
        Command::Keygen(keygen) => keygen.run(json),
        Command::Sign(sign) => sign.run(json),
        Command::Completions(completions) => completions.run(Cli::command()),
        Command::Access(command) => command.run(&server, json).await,
        Command::ChangeRequest(command) => command.run(&server, json).await,
        Command::Organization(command) => command.run(&server, json).await,
        Command::Log(command) => command.run(&server, json).await,
        Command::Contact(command) => command.run(&server, json).await,
        Command::DeskPerson(command) => command.run(&server, json).await,
        Command::Doubt(command) => command.run(&server, json).await,
        Command::Evidence(command) => command.run(json).await,
        Command::Freeze(command) => command.run(&server, json).await,
        Command::Mail(command) => command.run(&server, json).await,
        Command::SupportPerson(command) => command.run(&server, json).await,
        Command::Token(command) => command.run(&server, json).await,
        Command::Tool(command) => command.run(&server, json).await,
        Command::Visit(command) => command.run(&server, json).await,
    }
}
