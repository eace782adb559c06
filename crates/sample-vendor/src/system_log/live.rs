//! The live tail: for each organization that somebody watches, a new event at each [`LIVE_INTERVAL`], stored and then sent
//! to all who watch. Nobody watching, nothing happens. Absent: replay by `Last-Event-ID`; a page that reconnects loads what
//! it missed like any other page.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::extract::State;
use axum::response::sse::{Event, Sse};
use futures_util::stream::{self, Stream};
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::broadcast::{Receiver, Sender};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::answer::Failure;
use crate::guard::Caller;
use crate::seed::Seeder;
use crate::{BackOffice, LIVE_INTERVAL, Organization};

/// How many events a slow reader may lag behind before it misses some.
const BACKLOG: usize = 64;

/// One channel for each organization, by id; what is sent is the event's JSON.
#[derive(Clone)]
pub(crate) struct Live(Arc<BTreeMap<String, Sender<Arc<str>>>>);

impl Live {
    pub fn new(organizations: &[Organization]) -> Self {
        let channels = organizations.iter().map(|one| (one.id.clone(), Sender::new(BACKLOG)));
        Self(Arc::new(channels.collect()))
    }

    /// Starts the producers, one for each organization.
    pub fn produce(&self, back_office: &BackOffice, producers: &mut JoinSet<()>) {
        for (place, organization) in (0..).zip(&back_office.config.organizations) {
            let Some(channel) = self.0.get(&organization.id).cloned() else { continue };
            producers.spawn(produce(back_office.clone(), organization.clone(), place, channel));
        }
    }
}

async fn produce(back_office: BackOffice, organization: Organization, place: u64, channel: Sender<Arc<str>>) {
    let started = back_office.now().as_millisecond();
    let mut seeder = Seeder::new(back_office.config.seed ^ started.unsigned_abs(), place);
    let mut ticks = interval(LIVE_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if channel.receiver_count() == 0 {
            continue;
        }
        let event = seeder.event(back_office.now().as_millisecond());
        match back_office.database.append(&organization, place, event).await {
            // An error means that the last reader has just left.
            Ok(event) => drop(channel.send(event.json().to_string().into())),
            Err(failure) => tracing::error!(error = ?failure, "the sample vendor failed to add an event"),
        }
    }
}

/// New events of the asserted organization, as server-sent events.
pub(crate) async fn live(
    State(back_office): State<BackOffice>,
    Extension(caller): Extension<Arc<Caller>>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Failure> {
    let channel = back_office.live.0.get(&caller.organization.id).ok_or(Failure::NotFound)?;
    let events = stream::unfold(channel.subscribe(), |mut receiver| async move {
        let json = receive(&mut receiver).await?;
        // A reader that is cut off tries again after a second, and learns from the answer why it was cut off.
        let event = Event::default().data(json).retry(Duration::from_secs(1));
        Some((Ok(event), receiver))
    });
    Ok(Sse::new(events))
}

/// The next event; those that a slow reader missed are passed over.
async fn receive(receiver: &mut Receiver<Arc<str>>) -> Option<Arc<str>> {
    loop {
        match receiver.recv().await {
            Ok(json) => return Some(json),
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return None,
        }
    }
}
