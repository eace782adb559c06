//! The domains of all security contacts, for the warning about one that looks like them. Made ready now and then and not
//! for each mail: whoever sends mail does not decide how often all contacts are gone through.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use byleave_mail::address::a_labels;
use byleave_mail::judge::Domains;
use jiff::{SignedDuration, Timestamp};

use crate::Shared;

/// How old they may be.
const LIFE: SignedDuration = SignedDuration::from_secs(60);

/// All of them, as of when they were made ready last.
#[derive(Debug, Clone, Default)]
pub(crate) struct Registered(Arc<Mutex<Option<Ready>>>);

type Ready = (Timestamp, Arc<Domains>);

impl Registered {
    /// The domains, among them `registered`. Blocks while they are made ready; the world is held while they are copied.
    pub(super) fn domains(&self, shared: &Shared, registered: Option<&str>) -> Arc<Domains> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = shared.clock.now();
        let is_fresh = |at: &Timestamp| now.duration_since(*at).abs() < LIFE;
        if let Some((_, domains)) = kept.as_ref().filter(|(at, _)| is_fresh(at))
            && registered.is_none_or(|domain| domains.has(domain))
        {
            return Arc::clone(domains);
        }
        let (written, named) = {
            let world = shared.world();
            let contacts = world.organizations.values().flat_map(|tenant| &tenant.organization.contacts);
            let domains = contacts.filter_map(|contact| contact.email.as_str().rsplit_once('@'));
            let written: HashSet<String> = domains.map(|(_, domain)| domain.to_owned()).collect();
            let named = world.organizations.values().flat_map(|tenant| &tenant.domains);
            (written, named.map(ToString::to_string).collect::<Vec<_>>())
        };
        let all = written.iter().filter_map(|domain| a_labels(domain)).chain(named);
        let domains = Arc::new(Domains::new(all));
        *kept = Some((now, Arc::clone(&domains)));
        domains
    }
}
