//! What whoever runs Byleave can ask it: is it ready, and what does it count? And what it tells systemd.

use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use byleave_api::v1::ToolCheck;
use byleave_app::App;
use byleave_app::clock::SystemClock;
use byleave_app::ports::Disk;
use byleave_assertion::{LEEWAY_SECONDS, Signer};
use byleave_domain::room::Space;
use byleave_domain::tool::Tool;
use byleave_gateway::Registry;
use byleave_server::operations::{Missing, Operations};
use jiff::SignedDuration;

use crate::bypass::{self, AskedFrom, Signers};
use crate::certificate::Certificate;
use crate::metrics::{Metrics, Present};

/// How often the log says that the wall clock was set back.
const AHEAD_TOLD: Duration = Duration::from_secs(60);

/// The disk that a directory is on.
pub struct DiskOf(pub PathBuf);

impl Disk for DiskOf {
    fn space(&self) -> Option<Space> {
        let disk = rustix::fs::statvfs(&self.0).ok()?;
        let bytes = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
        Some(Space { free: bytes(disk.f_bavail), size: bytes(disk.f_blocks) })
    }
}

/// One process, as its operator sees it.
pub struct Process {
    /// The use cases.
    pub app: App,
    /// Connections and streams.
    pub registry: Arc<Registry>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// What both listeners show.
    pub certificate: Option<Arc<Certificate>>,
    /// Whether the gateway takes connections.
    pub gateway_listens: AtomicBool,
    /// Whether the listener for mail has ended by itself.
    pub mail_ended: AtomicBool,
    /// Whether it has been told to stop.
    pub stopping: AtomicBool,
    /// Signs assertions.
    pub signer: Signer,
    /// What the control plane calls itself.
    pub issuer: String,
}

impl Operations for Process {
    fn missing(&self) -> Pin<Box<dyn Future<Output = Vec<Missing>> + Send + '_>> {
        Box::pin(async { self.lacks(self.app.space().await) })
    }

    fn check_tool(&self, tool: Tool) -> Pin<Box<dyn Future<Output = Option<ToolCheck>> + Send + '_>> {
        Box::pin(async move {
            let foreign = bypass::somebody_else().ok()?;
            let (issuer, now) = (self.issuer.as_str(), self.app.now().as_second());
            let signers = Signers { own: Some(&self.signer), foreign: &foreign, issuer, now };
            let checked = bypass::check((&tool).into(), AskedFrom::Gateway, &signers).await;
            checked.inspect_err(|why| tracing::warn!("a tool could not be checked: {why}")).ok()
        })
    }

    fn metrics(&self) -> Pin<Box<dyn Future<Output = Option<String>> + Send + '_>> {
        Box::pin(async { self.counted(self.app.space().await) })
    }
}

impl Process {
    fn lacks(&self, space: Option<Space>) -> Vec<Missing> {
        let mut missing = Vec::new();
        let mut add = |name, why: String| missing.push(Missing { name, why });
        if self.stopping.load(Ordering::Relaxed) {
            add("process", "it has been told to stop".to_owned());
        }
        if !self.gateway_listens.load(Ordering::Relaxed) {
            add("gateway", "it does not listen".to_owned());
        }
        if self.mail_ended.load(Ordering::Relaxed) {
            add("mail", "its listener ended".to_owned());
        }
        match space {
            None => add("disk", "the data directory's disk cannot be asked; nobody new is let in".to_owned()),
            Some(space) if !space.is_enough() => {
                let [free, mark] = [space.free, space.mark()].map(|bytes| bytes / 1_048_576);
                add("disk", format!("{free} MiB are free, and nobody new is let in below {mark} MiB"));
            }
            Some(_) => {}
        }
        if let Some(why) = self.app.ends_behind() {
            add("ends", format!("{why}; nobody new is let in"));
        }
        if let Some(why) = set_back(SystemClock.ahead()) {
            add("clock", why);
        }
        missing
    }

    fn counted(&self, disk: Option<Space>) -> Option<String> {
        let mut organizations = ["enabled", "approval_required", "disabled", "closed"].map(|word| (word, 0));
        let (visits, outbox, freezes) = {
            let world = self.app.world();
            for tenant in world.organizations.values() {
                let word = byleave_server::state_word(&tenant.organization);
                organizations
                    .iter_mut()
                    .filter(|(known, _)| *known == word)
                    .for_each(|(_, count)| *count += 1);
            }
            let open = world.visits.values().filter(|open| open.row.visit.ended.is_none()).count();
            let waiting = world.organizations.values().filter(|tenant| tenant.waiting.is_some()).count();
            (open, waiting, world.freezes.values().filter(|freeze| freeze.is_in_force()).count())
        };
        let open = self.registry.open_now();
        let (letters, oldest) = self.app.letters_waiting();
        let oldest_letter = oldest.map_or(0, |at| self.app.now().duration_since(at).as_secs());
        let present = Present {
            letters,
            oldest_letter,
            streams: open.streams,
            connections: open.connections,
            visits,
            outbox,
            freezes,
            halted: self.app.policy().closed.is_some(),
            disk,
            ends: self.app.ends_waiting().count,
            oldest_end: self.app.ends_waiting().age(self.app.now()).as_secs(),
            clock_ahead: SystemClock.ahead().as_secs(),
            certificate: self.certificate.as_ref().and_then(|shown| shown.not_after()),
            organizations: organizations.to_vec(),
        };
        self.metrics.text(&present).ok()
    }
}

/// What there is to do about a time that is so far `ahead` of the wall clock. Less than what tools overlook harms nothing.
fn set_back(ahead: SignedDuration) -> Option<String> {
    let seconds = ahead.as_secs();
    (seconds > LEEWAY_SECONDS).then(|| {
        format!(
            "the wall clock was set back, and the time here is {seconds} s ahead of it: tools refuse what is signed, and \
             statements to enable look too old; see that the clock is right, and restart"
        )
    })
}

/// Has the log say as long as it is so that the wall clock was set back.
pub async fn watch_clock() {
    let mut ticks = tokio::time::interval(AHEAD_TOLD);
    loop {
        ticks.tick().await;
        if let Some(why) = set_back(SystemClock.ahead()) {
            tracing::error!("{why}");
        }
    }
}

/// Tells systemd how it goes (`sd_notify`): `READY=1`, `STOPPING=1`. Without systemd there is nobody to tell.
pub fn notify(state: &str) {
    let Some(name) = std::env::var_os("NOTIFY_SOCKET") else { return };
    let told = UnixDatagram::unbound().and_then(|socket| match name.as_bytes().strip_prefix(b"@") {
        Some(name) => socket.send_to_addr(state.as_bytes(), &SocketAddr::from_abstract_name(name)?),
        None => socket.send_to(state.as_bytes(), &name),
    });
    if let Err(why) = told {
        tracing::warn!("systemd cannot be told `{state}`: {why}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_back_by_more_than_tools_overlook_is_told() {
        for (seconds, told) in [(0, false), (5, false), (6, true), (3600, true)] {
            let why = set_back(SignedDuration::from_secs(seconds));
            assert_eq!(why.is_some(), told, "{seconds}");
            assert!(why.is_none_or(|why| why.contains("restart") && why.contains(&format!(" {seconds} s "))));
        }
    }
}
