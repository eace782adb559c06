//! `/desk`: what waits for a desk person, the longest due first.

use std::cmp::Reverse;

use askama::Template;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use byleave_app::credentials::Holder;
use byleave_app::passkeys::Passkey;
use byleave_app::world::World;
use byleave_domain::change_request::{ChangeRequest, State as Standing};
use byleave_domain::statement::Wish;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use crate::api::freezes;
use crate::auth::Known;
use crate::pages::desk_messages::{self, MessageRow};
use crate::pages::doubt_view::{self, DoubtView};
#[cfg(test)]
use crate::pages::samples::{Sample, sample};
use crate::pages::signing::Signer;
use crate::pages::{Frame, desk_freezes, desk_letters, render, request_view};
use crate::problem::Refusal;
use crate::site::Site;
use crate::text::{Moment, Text, filters};
use crate::words;

/// How long a request may wait for its next step.
const DUE_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// Requests that are over and are listed, at most.
const OVER_MAX: usize = 200;

/// Messages that are shown here, at most; all of them are on their own page.
const MESSAGES_MAX: usize = 5;

#[derive(Template)]
#[template(path = "desk.html")]
struct DeskPage {
    frame: Frame,
    queue: Queue,
    /// What can be asked for, and what was.
    filters: Vec<Choice>,
    signer: Signer,
    /// Freezes in force: id, whom each keeps out, and since when.
    freezes: Vec<(String, Text, Moment)>,
    /// Visits that are not recognised, and wait for an answer.
    doubts: Vec<DoubtView>,
    /// Passkeys of desk people that came by a link, and wait.
    passkeys: Vec<WaitingPasskey>,
    /// Who does not get their letters.
    alarms: Vec<desk_letters::Alarm>,
}

/// The part of the page that changes by itself.
#[derive(Template)]
#[template(path = "desk_queue.html")]
struct QueuePart {
    queue: Queue,
}

struct Queue {
    /// Which requests are asked for.
    asked: String,
    requests: Vec<Waiting>,
    /// How many of those that are open are due.
    overdue: usize,
    messages: Vec<MessageRow>,
    /// Messages that there are besides.
    more: usize,
}

struct Waiting {
    id: String,
    number: String,
    organization: String,
    disables: bool,
    state: Text,
    next: Option<Text>,
    since: Moment,
    due: Option<Due>,
    /// Who took it up.
    by: Option<String>,
}

struct Due {
    at: Moment,
    text: Text,
    over: bool,
}

/// A passkey that is soon to count for a desk person.
struct WaitingPasskey {
    id: String,
    name: String,
    who: String,
    from: Moment,
}

/// An option of a list.
struct Choice {
    value: &'static str,
    text: Text,
    chosen: bool,
}

/// Which requests are asked for: empty for those that are open, `overdue`, or a state.
#[derive(Deserialize)]
pub(crate) struct Filter {
    #[serde(default)]
    state: String,
}

/// `GET /desk`
pub(crate) async fn show(
    State(site): State<Site>,
    known: Known,
    Query(filter): Query<Filter>,
) -> Result<Response, Refusal> {
    known.desk_person()?;
    let frame = Frame::new(&site, Some(&known));
    let overview = site.app.letters_overview().await?;
    let page = {
        let (world, now) = (site.app.world(), site.app.now());
        DeskPage {
            frame,
            filters: choices(&filter.state),
            queue: queue(&world, now, filter.state)?,
            signer: Signer::new(&site, &world, &known)?,
            freezes: frozen(&world),
            doubts: doubt_view::open(&world, now),
            passkeys: passkeys(&site, &world),
            alarms: desk_letters::alarms(&world, &overview),
        }
    };
    render(StatusCode::OK, &page)
}

/// `GET /desk/queue`: the part of the page that changes by itself.
pub(crate) async fn live_part(
    State(site): State<Site>,
    known: Known,
    Query(filter): Query<Filter>,
) -> Result<Response, Refusal> {
    known.desk_person()?;
    let queue = queue(&site.app.world(), site.app.now(), filter.state)?;
    render(StatusCode::OK, &QueuePart { queue })
}

fn queue(world: &World, now: Timestamp, asked: String) -> Result<Queue, Refusal> {
    let mut messages = desk_messages::held(world);
    let more = messages.len().saturating_sub(MESSAGES_MAX);
    messages.truncate(MESSAGES_MAX);
    let open = world.change_requests.values().map(|tracked| &tracked.request);
    let overdue = open.filter(|request| request.is_open() && due(request) < now).count();
    Ok(Queue { requests: requests(world, now, &asked)?, asked, overdue, messages, more })
}

fn passkeys(site: &Site, world: &World) -> Vec<WaitingPasskey> {
    let waiting = |passkey: &Passkey| {
        let Holder::DeskPerson(whose) = passkey.holder else { return None };
        let from = site.app.passkey_counts_from(passkey);
        (from > site.app.now()).then(|| WaitingPasskey {
            id: passkey.id.to_string(),
            name: passkey.name.to_string(),
            who: request_view::desk_name(world, whose),
            from: Moment(from),
        })
    };
    world.passkeys.values().filter_map(waiting).collect()
}

fn frozen(world: &World) -> Vec<(String, Text, Moment)> {
    let in_force = world.freezes.values().filter(|freeze| freeze.is_in_force());
    let whom = |freeze| desk_freezes::whom(freezes::employer(freeze));
    in_force.map(|freeze| (freeze.id.to_string(), whom(freeze), Moment(freeze.at))).collect()
}

fn choices(chosen: &str) -> Vec<Choice> {
    let choice = |value, text| Choice { value, text, chosen: value == chosen };
    let states =
        Standing::ALL.into_iter().map(|state| choice(state.as_str(), request_view::state_title(state)));
    [choice("", Text::of("desk-filter-open")), choice("overdue", Text::of("desk-filter-overdue"))]
        .into_iter()
        .chain(states)
        .collect()
}

/// Those that are asked for: what is open by when it is due, what is over the newest first.
fn requests(world: &World, now: Timestamp, asked: &str) -> Result<Vec<Waiting>, Refusal> {
    let wanted: Box<dyn Fn(&&ChangeRequest) -> bool> = match (asked, Standing::from_word(asked)) {
        ("", _) => Box::new(|request| request.is_open()),
        ("overdue", _) => Box::new(|request| request.is_open() && due(request) < now),
        (_, Some(state)) => Box::new(move |request| request.state() == state),
        (other, None) => return Err(Refusal::invalid(format!("there is no state `{other}`"))),
    };
    let all = world.change_requests.values().map(|tracked| &tracked.request);
    let (mut open, mut over): (Vec<_>, Vec<_>) = all.filter(wanted).partition(|request| request.is_open());
    open.sort_by_key(|request| due(request));
    over.sort_by_key(|request| Reverse(request.moved_at));
    let shown = open.into_iter().chain(over.into_iter().take(OVER_MAX));
    Ok(shown.filter_map(|request| waiting(world, request, now)).collect())
}

/// When its next step is due: a day after the last one, or when what it waits for has come.
fn due(request: &ChangeRequest) -> Timestamp {
    let step = request.moved_at.saturating_add(DUE_AFTER).unwrap_or(Timestamp::MAX);
    let met = request.meeting.filter(|meeting| !meeting.cancelled).and_then(|_| request.meeting_end());
    let meets = met.filter(|_| request.state() == Standing::FormSent);
    [Some(step), request.in_force_from(), meets].into_iter().flatten().max().unwrap_or(step)
}

fn waiting(world: &World, request: &ChangeRequest, now: Timestamp) -> Option<Waiting> {
    let organization = &world.organizations.get(&request.organization)?.organization;
    let at = due(request);
    let over = at < now;
    let text = match over {
        true => Text::of("desk-overdue").arg("lasting", words::lasting(now.duration_since(at))),
        false => Text::of("desk-due-in").arg("lasting", words::lasting(at.duration_since(now))),
    };
    Some(Waiting {
        id: request.id.to_string(),
        number: request.id.number(),
        organization: organization.name.to_string(),
        disables: request.received.wish == Wish::Disabled,
        state: request_view::state_title(request.state()),
        next: words::next_step(world, request),
        since: Moment(request.received_at),
        due: request.is_open().then_some(Due { at: Moment(at), text, over }),
        by: request.review.map(|review| request_view::desk_name(world, review.by)),
    })
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<Sample> {
    use byleave_app::passkeys::Decides;

    use super::samples::moment;

    let empty = || DeskPage {
        frame: Frame::of_person("Dana Example", "/desk"),
        queue: Queue {
            asked: String::new(),
            requests: Vec::new(),
            overdue: 0,
            messages: Vec::new(),
            more: 0,
        },
        filters: choices(""),
        signer: Signer::sample(true, false),
        freezes: Vec::new(),
        doubts: Vec::new(),
        passkeys: Vec::new(),
        alarms: Vec::new(),
    };
    let row = |number: &str, organization: &str, disables, state, over| Waiting {
        id: format!("change_{number}"),
        number: number.to_owned(),
        organization: organization.to_owned(),
        disables,
        state: request_view::state_title(state),
        next: Some(
            Text::of("next-missing").arg("what", "The signed form has to be returned and matched first."),
        ),
        since: moment(-30),
        due: Some(Due {
            at: moment(if over { -3 } else { 20 }),
            text: Text::of(if over { "desk-overdue" } else { "desk-due-in" })
                .arg("lasting", words::lasting(SignedDuration::from_mins(187))),
            over,
        }),
        by: over.then(|| "Lee Example".to_owned()),
    };
    let long = "Gesellschaft für außerordentlich lange Firmennamen und Donaudampfschifffahrt mbH & Co. KG";
    let busy = DeskPage {
        queue: Queue {
            asked: String::new(),
            requests: vec![
                row("CR-7F3A", "Acme Rockets", true, Standing::Returned, true),
                row("CR-0B21", long, false, Standing::Received, false),
            ],
            overdue: 1,
            messages: vec![desk_messages::sample_row("Globex Widgets"), desk_messages::sample_row(long)],
            more: 3,
        },
        freezes: vec![("freeze_1".to_owned(), desk_freezes::whom(Some("Helpline Partners")), moment(-2))],
        passkeys: vec![WaitingPasskey {
            id: format!("passkey_{:032}", 1),
            name: "Laptop".to_owned(),
            who: "Lee Example".to_owned(),
            from: moment(20),
        }],
        alarms: vec![desk_letters::sample_alarm()],
        signer: Signer::sample(false, false),
        ..empty()
    };
    let over = DeskPage {
        queue: Queue {
            requests: vec![Waiting {
                due: None,
                next: None,
                ..row("CR-1111", "Acme Rockets", true, Standing::Announced, false)
            }],
            ..empty().queue
        },
        filters: choices("announced"),
        ..empty()
    };
    let deciding =
        |decides| DeskPage { frame: Frame::of_person("Dana Example", "/desk").deciding(decides), ..empty() };
    vec![
        sample("desk-empty", empty()),
        sample("desk-busy", busy),
        sample("desk-over", over),
        sample("desk-without-passkey", deciding(Decides::WithoutPasskey)),
        sample("desk-looking", deciding(Decides::AfterPasskey)),
        sample("desk-deciding", deciding(Decides::Until(moment(0).0))),
    ]
}
