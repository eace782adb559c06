//! `kill -9` at any point: what was answered is there, what was open is ended, and the log verifies.
//!
//! The test starts itself as a child process that records as fast as it can and prints what was answered; the parent
//! kills it after a random number of answers, starts again over the same file, and looks.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::io::{BufRead as _, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use byleave_api::entry::Kind;
use byleave_api::payload::AccessEnd;
use byleave_app::ports::Entropy as _;
use byleave_domain::decision::{Decision, DenyReason};
use byleave_domain::statement::Wish;
use byleave_domain::visit::VisitEnd;
use support::Site;

const FOLDER: &str = "BYLEAVE_CRASH_TEST_FOLDER";
const ROUNDS: u32 = 25;

/// The child's life: visits, requests, ends, disabling and enabling, one after the other and at once, until killed.
async fn child(folder: PathBuf) {
    let site = Arc::new(Site::reopen(&folder));
    tokio::spawn(site.app.clone().keep_visits());
    say("started");
    loop {
        if site.epoch() % 2 == 1 {
            let wish = site.statement(Wish::Enabled, site.epoch() + 1);
            let request = site.app.request_enable(site.organization, wish).await.unwrap();
            site.approve(request.id).await.unwrap();
            say(&format!("enabled {}", site.epoch()));
        }
        life(&site).await;
        let wish = site.statement(Wish::Disabled, site.epoch() + 1);
        site.app.disable(site.organization, wish).await.unwrap();
        say(&format!("disabled {}", site.epoch()));
    }
}

async fn life(site: &Arc<Site>) {
    let visit = site.app.visit_open(site.opening("crash test")).await.unwrap();
    let epoch = site.epoch();
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let site = Arc::clone(site);
            tokio::spawn(async move {
                for _ in 0..12 {
                    let entry = site.app.access_begin(site.begin(visit.id, epoch)).await.unwrap();
                    say(&format!("recorded {entry}"));
                    let reason = "done".to_owned();
                    let end =
                        AccessEnd { entry, status: 200, bytes_up: 0, bytes_down: 1, duration_ms: 1, reason };
                    site.app.access_end(visit.id, end);
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    if epoch.is_multiple_of(4) {
        site.app.visit_close(visit.id, VisitEnd::Left).await.unwrap();
    }
}

/// One write a line, so that the parent never sees half of one.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    out.write_all(format!("{line}\n").as_bytes()).unwrap();
    out.flush().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_that_was_answered_is_lost_by_a_kill() {
    if let Ok(folder) = std::env::var(FOLDER) {
        return child(folder.into()).await;
    }
    let site = Site::new().await;
    let folder = site.folder.path().to_owned();
    let mut site = Some(site);
    let mut disabled_at = None;
    let mut answered = 0;
    for round in 0..ROUNDS {
        let at_rest = site.take().unwrap().stop().await;
        let (recorded, last) = run_and_kill(&folder, round);
        let again = at_rest.start();
        disabled_at = last.or(disabled_at);
        answered += recorded.len();
        let leaves = again.leaves();
        for index in &recorded {
            let kind = leaves.get(usize::try_from(*index).unwrap()).map(|leaf| leaf.kind);
            assert_eq!(kind, Some(Kind::AccessBegin), "round {round}: entry {index} was answered");
        }
        let report = again.verify(None).unwrap_or_else(|fault| panic!("round {round}: {fault}"));
        assert_eq!((report.open_visits, report.open_requests), (0, 0), "round {round}");
        // A disable that was answered holds; one that was under way may hold as well; enabling is never early.
        if let Some((epoch, true)) = disabled_at
            && again.epoch() == epoch
        {
            let decision = again.decide();
            assert!(
                matches!(decision, Decision::Deny(DenyReason::SupportAccessDisabled { .. })),
                "{decision:?}"
            );
        }
        assert!(
            disabled_at.is_none_or(|(epoch, _)| again.epoch() >= epoch),
            "round {round}: the setting went back"
        );
        site = Some(again);
    }
    assert!(answered > 100 && disabled_at.is_some(), "the children hardly lived: {answered} answers");
}

/// What the child was answered: the places of its records, and its last change of the setting.
fn run_and_kill(folder: &std::path::Path, round: u32) -> (Vec<u64>, Option<(u64, bool)>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "nothing_that_was_answered_is_lost_by_a_kill", "--nocapture"])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = std::io::BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().ends_with("started")), "round {round}: the child started");
    let mut bytes = [0; 2];
    byleave_app::clock::SystemEntropy.fill(&mut bytes);
    // Counted, not timed: a busy machine is no reason to die young. The moment between two answers is left to chance.
    let lived: Vec<_> = lines.by_ref().take(usize::from(bytes[0])).map(Result::unwrap).collect();
    std::thread::sleep(Duration::from_micros(u64::from(bytes[1]) * 20));
    child.kill().unwrap();
    child.wait().unwrap();
    let (mut recorded, mut last) = (Vec::new(), None);
    for line in lived.into_iter().chain(lines.map_while(Result::ok)) {
        match line.split_once(' ') {
            Some(("recorded", index)) => recorded.push(index.parse().unwrap()),
            Some(("disabled", epoch)) => last = Some((epoch.parse().unwrap(), true)),
            Some(("enabled", epoch)) => last = Some((epoch.parse().unwrap(), false)),
            _ => {}
        }
    }
    (recorded, last)
}
