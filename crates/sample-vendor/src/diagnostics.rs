//! The diagnostics console: a page, and commands over a WebSocket. One text message is one command; each line of an answer
//! is one text message.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::get;
use axum::{Extension, Router};
use tokio::time::{Interval, MissedTickBehavior, interval};

use crate::answer::{Failure, JAVASCRIPT, asset, page};
use crate::database::Search;
use crate::guard::Caller;
use crate::log_event::rfc3339;
use crate::random::Random;
use crate::{BackOffice, Organization, TAIL_INTERVAL};

pub(crate) fn routes() -> Router<BackOffice> {
    Router::new()
        .route("/", get(console_page))
        .route("/ws", get(connect))
        .route("/assets/console.js", asset(JAVASCRIPT, include_str!("../assets/console.js")))
}

/// Longest message that is taken from the other side, in bytes.
const MESSAGE_BYTES_MAX: usize = 4 * 1024;

const HELP: [&str; 7] = [
    "help        this list",
    "whoami      who is here, for whom and on which visit, as the assertion said",
    "ping        answers pong",
    "sessions    the latest sign-ins of the organization's people",
    "tail        a line of the organization's worker every half second, until `stop`",
    "stop        ends tail",
    "echo TEXT   answers TEXT",
];

#[derive(Template)]
#[template(path = "console.html")]
struct ConsolePage<'a> {
    organization: &'a Organization,
}

async fn console_page(Extension(caller): Extension<Arc<Caller>>) -> Result<Response, Failure> {
    page(&ConsolePage { organization: &caller.organization })
}

async fn connect(
    State(back_office): State<BackOffice>,
    Extension(caller): Extension<Arc<Caller>>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let upgrade = upgrade.max_message_size(MESSAGE_BYTES_MAX).max_frame_size(MESSAGE_BYTES_MAX);
    upgrade.on_upgrade(move |socket| async move {
        let console = Console { random: Random::new(back_office.config.seed), back_office, caller };
        // An error means that the other side has gone, which is how a console ends.
        let _ = console.run(socket).await;
    })
}

struct Console {
    back_office: BackOffice,
    caller: Arc<Caller>,
    random: Random,
}

impl Console {
    async fn run(mut self, mut socket: WebSocket) -> Result<(), axum::Error> {
        let mut tail: Option<Interval> = None;
        print(&mut socket, format!("connected to {}; try `help`", self.caller.organization.name)).await?;
        loop {
            tokio::select! {
                message = socket.recv() => {
                    let Some(message) = message.transpose()? else { return Ok(()) };
                    let Message::Text(command) = message else { continue };
                    match command.trim() {
                        "tail" => tail = Some(ticks()),
                        "stop" => tail = None,
                        command => for line in self.answer(command).await {
                            print(&mut socket, line).await?;
                        },
                    }
                }
                () = next_tick(&mut tail) => print(&mut socket, self.tail_line()).await?,
            }
        }
    }

    async fn answer(&mut self, command: &str) -> Vec<String> {
        let (name, argument) = command.split_once(' ').unwrap_or((command, ""));
        match name {
            "" => Vec::new(),
            "help" => HELP.map(str::to_owned).to_vec(),
            "whoami" => self.whoami(),
            "ping" => vec!["pong".to_owned()],
            "sessions" => self.sign_ins().await,
            "echo" => vec![argument.to_owned()],
            _ => vec![format!("unknown command `{name}`; try `help`")],
        }
    }

    fn whoami(&self) -> Vec<String> {
        let assertion = &self.caller.assertion;
        let act = &assertion.act;
        vec![
            format!("{} of {} ({})", act.name, act.employer, act.sub),
            format!("for {} ({})", self.caller.organization.name, assertion.sub),
            format!("on {}, decision {}", assertion.visit, assertion.jti),
        ]
    }

    async fn sign_ins(&self) -> Vec<String> {
        let words = vec!["user.session.start".to_owned(), "success".to_owned()];
        let search = Search { words, ..Search::newest(&self.caller.organization, 8) };
        match self.back_office.database.search(search).await {
            Ok(events) => {
                let line = |event: &crate::log_event::LogEvent| {
                    format!("{}  {:<15} {}", rfc3339(event.published), event.facts().ip, event.actor.email)
                };
                events.iter().map(line).collect()
            }
            Err(failure) => {
                tracing::error!(error = ?failure, "the sample vendor failed to list sign-ins");
                vec!["something went wrong here".to_owned()]
            }
        }
    }

    fn tail_line(&mut self) -> String {
        let job = self.random.pick(&["sync-directory", "push-profile", "send-mail", "rotate-keys"]);
        let (slug, took) = (&self.caller.organization.slug, 3 + self.random.below(240));
        format!("{}  {slug}  {job} finished in {took} ms", rfc3339(self.back_office.now()))
    }
}

async fn print(socket: &mut WebSocket, line: String) -> Result<(), axum::Error> {
    socket.send(Message::Text(line.into())).await
}

fn ticks() -> Interval {
    let mut ticks = interval(TAIL_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

/// Never, without a tail.
async fn next_tick(tail: &mut Option<Interval>) {
    match tail {
        Some(ticks) => drop(ticks.tick().await),
        None => std::future::pending().await,
    }
}
