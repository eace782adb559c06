//! Who hands over how much: sessions at once, long messages at once, messages a minute. Counted by network, since whoever has
//! one address of an IPv6 network has all of them. A network that has no session and sent nothing lately is forgotten; where
//! there is no room to remember one more, it is turned away.
//!
//! Absent: any belief in who it is. A network's share keeps room for the others, and proves nothing.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::Instant;

const MINUTE: Duration = Duration::from_mins(1);

/// What networks may have.
#[derive(Debug, Clone, Copy)]
pub(super) struct Share {
    /// Sessions at once.
    pub sessions: usize,
    /// Long messages at once.
    pub bulky: usize,
    /// Messages a minute.
    pub per_minute: u32,
    /// Networks that are remembered.
    pub networks: usize,
}

/// All networks that have something.
#[derive(Clone)]
pub(super) struct Sources {
    share: Share,
    counts: Arc<Mutex<HashMap<IpAddr, Source>>>,
}

struct Source {
    sessions: usize,
    bulky: Arc<Semaphore>,
    /// Begin of the minute in which `messages` came.
    since: Instant,
    messages: u32,
}

/// A session's place; dropping it makes room.
pub(super) struct Place {
    sources: Sources,
    network: IpAddr,
    /// Places for the long messages of its network.
    pub bulky: Arc<Semaphore>,
}

impl Sources {
    pub fn new(share: Share) -> Self {
        Self { share, counts: Arc::default() }
    }

    /// A place for one more session from `peer`, unless its network has its share, or nobody new can be remembered.
    pub fn place(&self, peer: IpAddr, now: Instant) -> Option<Place> {
        let network = network(peer);
        let mut counts = self.counts();
        if counts.len() >= self.share.networks {
            counts.retain(|_, source| !source.is_over(now));
        }
        if counts.len() >= self.share.networks && !counts.contains_key(&network) {
            return None;
        }
        let source = counts.entry(network).or_insert_with(|| Source {
            sessions: 0,
            bulky: Arc::new(Semaphore::new(self.share.bulky)),
            since: now,
            messages: 0,
        });
        if source.sessions >= self.share.sessions {
            return None;
        }
        source.sessions += 1;
        Some(Place { sources: self.clone(), network, bulky: Arc::clone(&source.bulky) })
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<IpAddr, Source>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Source {
    fn is_over(&self, now: Instant) -> bool {
        self.sessions == 0 && (self.messages == 0 || now.duration_since(self.since) >= MINUTE)
    }
}

impl Place {
    /// Counts a message; whether it is not too many.
    pub fn counts(&self, now: Instant) -> bool {
        let mut counts = self.sources.counts();
        // A place's network is there as long as the place is.
        let Some(source) = counts.get_mut(&self.network) else { return false };
        if now.duration_since(source.since) >= MINUTE {
            (source.since, source.messages) = (now, 0);
        }
        source.messages = source.messages.saturating_add(1);
        source.messages <= self.sources.share.per_minute
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.sources.counts();
        let Some(source) = counts.get_mut(&self.network) else { return };
        source.sessions = source.sessions.saturating_sub(1);
        if source.sessions == 0 && source.messages == 0 {
            counts.remove(&self.network);
        }
    }
}

/// An address by which somebody is told from others: of IPv6 the first 64 bits, since those after them are theirs to
/// choose.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        four => four,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(address: &str) -> IpAddr {
        address.parse().unwrap()
    }

    #[test]
    fn neighbours_share_a_place_and_others_have_their_own() {
        for (one, other, together) in [
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true),
            ("2001:db8:0:1::1", "2001:db8:0:2::1", false),
        ] {
            let share = Share { sessions: 1, bulky: 1, per_minute: 1, networks: 10 };
            let (sources, now) = (Sources::new(share), Instant::now());
            let first = sources.place(peer(one), now).unwrap();
            assert!(first.counts(now));
            assert_eq!(sources.place(peer(other), now).is_none(), together, "{one} {other}");
            drop(first);
            let second = sources.place(peer(other), now).unwrap();
            assert_eq!(second.counts(now), !together, "{one} {other}");
            assert!(second.counts(now + MINUTE), "a minute is over");
        }
    }

    #[test]
    fn whoever_cannot_be_remembered_is_turned_away() {
        let share = Share { sessions: 2, bulky: 1, per_minute: 9, networks: 2 };
        let (sources, now) = (Sources::new(share), Instant::now());
        let [one, two, three] = ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map(peer);
        let first = sources.place(one, now).unwrap();
        let sent = sources.place(two, now).unwrap();
        sent.counts(now);
        drop(sent);
        assert!(sources.place(three, now).is_none(), "what the second one sent is remembered");
        let again = sources.place(one, now).unwrap();
        assert!(sources.place(one, now).is_none(), "two at once");
        let third = sources.place(three, now + MINUTE).unwrap();
        drop((first, again, third));
        assert_eq!(sources.counts().len(), 0, "nothing is left of whoever sent nothing");
    }
}
