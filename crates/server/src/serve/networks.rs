//! How many connections each network has. A network that has none is forgotten.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Clone, Default)]
pub(super) struct Networks(Arc<Mutex<HashMap<IpAddr, usize>>>);

impl Networks {
    /// A place for one more connection of `network`, unless it has `max` already.
    pub fn place(&self, network: IpAddr, max: usize) -> Option<Place> {
        let mut counts = self.counts();
        let count = counts.get(&network).copied().unwrap_or_default();
        if count >= max {
            return None;
        }
        counts.insert(network, count + 1);
        Some(Place { networks: self.clone(), network })
    }

    fn counts(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection's place; dropping it makes room.
pub(super) struct Place {
    networks: Networks,
    network: IpAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = self.networks.counts();
        match counts.get_mut(&self.network) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(counts.remove(&self.network)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_and_nothing_is_left_of_a_network_without_connections() {
        let networks = Networks::default();
        let [one, other] = [[192, 0, 2, 1], [192, 0, 2, 2]].map(IpAddr::from);
        let first = networks.place(one, 2).unwrap();
        let second = networks.place(one, 2).unwrap();
        assert!(networks.place(one, 2).is_none());
        let third = networks.place(other, 2).unwrap();
        drop(first);
        let again = networks.place(one, 2).unwrap();
        assert!(networks.place(one, 2).is_none());
        drop((second, third, again));
        assert_eq!(networks.counts().len(), 0);
    }
}
