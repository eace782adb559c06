//! Copies are as of one instant, whatever happens while they are taken.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::os::unix::fs::FileExt as _;
use std::path::Path;

use byleave_app::check::{Found, check};
use byleave_app::ports::{Clock as _, Store as _};
use byleave_domain::freeze::FreezeScope;
use byleave_store::SqliteStore;
use byleave_store::backup::{NotCopied, backup, deployment, keys_beside, stage};
use byleave_store::intruder::Intruder;
use support::{Site, keys};

fn found(copy: &Path) -> Found {
    std::fs::copy(keys_beside(copy), copy.with_extension("keys")).unwrap();
    let store = SqliteStore::open(copy, &keys()).unwrap();
    check(&store, &keys(), &mut |_, _| {}).unwrap()
}

async fn filled() -> Site {
    let site = Site::new().await;
    for number in 0..2 {
        site.app.visit_open(site.opening(&format!("printer {number}"))).await.unwrap();
    }
    site
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_recorded_while_it_is_copied_is_in_it_whole_or_not_at_all() {
    let site = filled().await;
    let copy = site.folder.path().join("copy.db");
    let entries = || site.app.world().organizations[&site.organization].log.edge.size();
    let size = entries();
    let visit = site.app.visit_open(site.opening("printer 0")).await.unwrap();
    let mut steps = 0;
    let mut record = |_, _| {
        steps += 1;
        if steps > 2 {
            return;
        }
        let handle = tokio::runtime::Handle::current();
        let begin = site.app.access_begin(site.begin(visit.id, 0));
        tokio::task::block_in_place(|| handle.block_on(begin)).unwrap();
    };
    backup(site.folder.path(), &copy, site.clock.now(), &mut record).unwrap();
    assert!(steps > 2, "the first steps are not the whole copy");
    assert!(entries() > size);
    let found = found(&copy);
    assert_eq!(found.copied_at, Some(site.clock.now()));
    assert_eq!((found.logs[0].size, &found.logs[0].fault), (size, &None));
}

/// Overwrites a slot of the key file as an erasure does.
fn destroy(site: &Site, slot: u64) {
    let file = std::fs::File::options().write(true).open(site.folder.path().join("byleave.keys")).unwrap();
    file.write_all_at(&[2], slot * 128).unwrap();
    file.write_all_at(&[0; 60], slot * 128 + 24).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_meanwhile_has_it_begin_anew() {
    let site = filled().await;
    let copy = site.folder.path().join("copy.db");
    let mut runs = 0;
    let mut once = |done, all| {
        if done == all {
            runs += 1;
            if runs == 1 {
                destroy(&site, 1);
            }
        }
    };
    backup(site.folder.path(), &copy, site.clock.now(), &mut once).unwrap();
    assert_eq!(runs, 2);
    assert_eq!(
        std::fs::read(keys_beside(&copy)).unwrap(),
        std::fs::read(site.folder.path().join("byleave.keys")).unwrap()
    );
    std::fs::remove_file(&copy).unwrap();
    std::fs::remove_file(keys_beside(&copy)).unwrap();
    let mut slot = 1;
    let mut each = |done, all| {
        if done == all {
            slot += 1;
            destroy(&site, slot);
        }
    };
    let refused = backup(site.folder.path(), &copy, site.clock.now(), &mut each);
    assert!(matches!(refused, Err(NotCopied::Erasing)), "{refused:?}");
    assert!(!copy.exists() && !keys_beside(&copy).exists());
}

/// Whom a start would keep out although no row says so is told by a look before it.
#[tokio::test(flavor = "multi_thread")]
async fn a_look_tells_of_freezes_whose_rows_are_not_what_is_believed() {
    type Act = fn(&Intruder);
    let lifted = |i: &Intruder| {
        i.edit_freezes("\"lifted_at\":null", "\"lifted_at\":\"2027-01-15T08:00:00Z\"").unwrap();
    };
    let acts: [(&str, Act); 5] = [
        ("", |_| {}),
        ("was not stored", |i| assert_eq!(i.delete_freezes().unwrap(), 1)),
        ("is stored as lifted, which is not proven", lifted),
        ("cannot be read; it is in force", |i| assert_eq!(i.edit_freezes("begun", "begone").unwrap(), 1)),
        ("keeping out others than the logs say", |i| {
            i.edit_freezes("\"employer\":null", "\"employer\":\"Helpline Partners\"").unwrap();
        }),
    ];
    for (says, act) in acts {
        let site = filled().await;
        let reason = "a subprocessor was broken into".parse().unwrap();
        site.app.freeze_begin(site.desk_person, FreezeScope::Everybody, reason).await.unwrap();
        let database = site.database();
        let stopped = site.stop().await;
        act(&Intruder::open(&database).unwrap());
        let store = SqliteStore::open(&database, &keys()).unwrap();
        let found = check(&store, &keys(), &mut |_, _| {}).unwrap();
        let expected = usize::from(!says.is_empty());
        assert_eq!(found.freeze_faults.len(), expected, "{says}: {:?}", found.freeze_faults);
        assert!(
            found.freeze_faults.iter().all(|(_, fault)| fault.contains(says)),
            "{:?}",
            found.freeze_faults
        );
        drop(stopped);
    }
}

/// The mark is in the row that names the deployment: where that is missing, nothing passes for the original.
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_marked_is_not_copied() {
    let site = filled().await;
    Intruder::open(&site.database()).unwrap().delete_deployment().unwrap();
    let copy = site.folder.path().join("copy.db");
    let refused = backup(site.folder.path(), &copy, site.clock.now(), &mut |_, _| {});
    assert!(matches!(refused, Err(NotCopied::Nameless(_))), "{refused:?}");
    assert!(!copy.exists() && !keys_beside(&copy).exists());
    let refused = deployment(&site.database());
    assert!(matches!(refused, Err(NotCopied::Nameless(_))), "{refused:?}");
}

/// Copied by other means it does not know that it is a copy; putting it in place says so, unless nothing was recorded since.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_put_in_place_from_plain_files_is_a_copy_too() {
    let site = filled().await;
    let now = site.clock.now();
    let stopped = site.stop().await;
    let copy = stopped.path().join("copy.db");
    std::fs::copy(stopped.path().join("byleave.db"), &copy).unwrap();
    std::fs::copy(stopped.path().join("byleave.keys"), keys_beside(&copy)).unwrap();
    for nothing_since in [false, true] {
        let data = tempfile::tempdir().unwrap();
        let staged = stage(&copy, data.path(), &mut |_, _| {}).unwrap();
        staged.put_in_place(nothing_since, now).unwrap();
        let store = SqliteStore::open(&data.path().join("byleave.db"), &keys()).unwrap();
        let copied_at = store.load().unwrap().copied_at;
        assert_eq!(copied_at, (!nothing_since).then_some(now), "nothing since: {nothing_since}");
    }
}

#[test]
fn another_deployments_name_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("byleave.db");
    drop(SqliteStore::open(&path, &keys()).unwrap());
    let other = byleave_app::keys::Keys::new(support::DEPLOYMENT_SEED, "other.byleave.example");
    let refused = SqliteStore::open(&path, &other).err().unwrap().to_string();
    assert!(refused.contains("test.byleave.example") && refused.contains("keeps its name"), "{refused}");
}
