//! The attack: from inside another organization, by crash, on the database, and on the log.

use std::path::Path;

use byleave_store::intruder::Intruder;

use super::child::Child;
use super::story::Kept;
use super::{copy, expect};
use crate::commands::access::{disable, request_enable};
use crate::commands::verify::verify;
use crate::failure::{Context as _, Failure};

const REASON: &str = "Looking around";

/// Plays it.
///
/// # Errors
/// The step that did not hold.
pub async fn play(demo: Child, data: &Path, kept: &Kept) -> Result<(), Failure> {
    from_inside_another(&demo).await?;
    older_copy(&demo, data, kept).await?;
    forged_copy(&demo, data).await?;
    let demo = crash(demo).await?;
    on_the_database(demo, data).await
}

/// Globex lets support in, Initech does not; both lie in one database of the vendor's.
async fn from_inside_another(demo: &Child) -> Result<(), Failure> {
    let inside = demo.ask("globex", "search?q=login", Some(REASON)).await?;
    let confined =
        inside.status == 200 && !inside.body.contains("initech") && !inside.body.contains("acme.example");
    expect(confined, "from inside Globex, the vendor's own global search finds Globex alone")?;
    for (what, path) in [
        ("naming Initech in the search", "search?q=login&organization=initech"),
        ("climbing out of the path", "%2e%2e/initech/"),
        ("climbing out with an encoded slash", "..%2finitech/"),
        ("climbing out with a double slash", "/t/system-log/initech/"),
    ] {
        let refused = demo.ask("globex", path, Some(REASON)).await?;
        let quiet = !refused.body.contains("initech.example");
        expect(refused.status >= 400 && quiet, format_args!("{what} is refused ({})", refused.status))?;
    }
    let refused = demo.ask("initech", "", Some(REASON)).await?;
    expect(refused.status == 403, "and Initech's own address is closed")
}

async fn older_copy(demo: &Child, data: &Path, kept: &Kept) -> Result<(), Failure> {
    let acme = demo.organization("acme")?;
    let folder = data.join("acme-before").display().to_string();
    verify(&folder, &acme.log.vkey, None).await.context("the older copy by itself")?;
    let named = verify(&folder, &acme.log.vkey, Some(kept.checkpoint.clone().into_bytes())).await;
    expect_named(
        named.map(|report| report.sentence()),
        "an older copy of the log, held against the checkpoint kept, is named",
    )
}

async fn forged_copy(demo: &Child, data: &Path) -> Result<(), Failure> {
    let acme = demo.organization("acme")?;
    let folder = data.join("acme-forged");
    let checkpoint = copy::log(&acme.log.url, &acme.log.vkey, &folder).await?;
    let bundle =
        byleave_tlog::TilePath::entries_at(0, checkpoint.size).ok_or_else(|| Failure::new("an empty log"))?;
    let path = folder.join(bundle.to_string());
    let bytes = std::fs::read(&path).context("the bundle")?;
    let mut entries = byleave_tlog::tile::decode_entries(&bytes, bundle.width()).map_err(Failure::new)?;
    entries.remove(entries.len() / 2);
    let forged = byleave_tlog::tile::encode_entries(&entries).map_err(Failure::new)?;
    std::fs::write(&path, forged).context("the bundle")?;
    let named = verify(&folder.display().to_string(), &acme.log.vkey, None).await;
    expect_named(named.map(|report| report.sentence()), "a copy with one entry deleted is named")
}

fn expect_named(verified: Result<String, Failure>, what: &str) -> Result<(), Failure> {
    match verified {
        Ok(sentence) => {
            Err(Failure::new(format_args!("{what}, should have been; the verifier said: {sentence}")))
        }
        Err(fault) => expect(true, format_args!("{what}: {fault}")),
    }
}

/// A power cut in the middle of a visit.
async fn crash(demo: Child) -> Result<Child, Failure> {
    let tail = demo.tool("globex", "live", Some(REASON)).await?;
    expect(tail.status() == 200, "a support person watches Globex's live tail, and the process is killed")?;
    let demo = Child::start(&demo.kill().await?).await?;
    let globex = demo.organization("globex")?;
    let report = verify(&globex.log.url, &globex.log.vkey, None).await?;
    expect(
        report.open_visits == 0,
        format_args!("after the restart nothing is left open: {}", report.sentence()),
    )?;
    let refused = demo.ask("initech", "", Some(REASON)).await?;
    expect(refused.status == 403, "and Initech is as closed as before")?;
    Ok(demo)
}

/// What somebody with the database file in hands can do, each on a copy of its own.
async fn on_the_database(demo: Child, data: &Path) -> Result<(), Failure> {
    let acme: byleave_domain::ids::OrganizationId =
        demo.organization("acme")?.id.parse().map_err(Failure::new)?;
    let (server, key) = (demo.server_of("acme")?, demo.key_of("acme")?);
    let while_enabled = intruder(&demo.data)?.copy_setting(acme).map_err(Failure::new)?;
    disable(&server, "acme", &key).await?;
    request_enable(&server, "acme", &key).await?;
    let stolen = demo.kill().await?;

    attack(&stolen, data, "the row edited to say enabled", |intruder| intruder.edit_setting(acme)).await?;
    attack(&stolen, data, "an older row put back, with the contact's genuine statement", |intruder| {
        intruder.restore_setting(acme, &while_enabled)
    })
    .await?;
    attack(&stolen, data, "the row deleted", |intruder| intruder.delete_setting(acme)).await?;
    attack(&stolen, data, "the row put back and the log's entry deleted", |intruder| {
        intruder.restore_setting(acme, &while_enabled)?;
        intruder.delete_entry(acme, 4)
    })
    .await
}

async fn attack(
    stolen: &Path,
    data: &Path,
    what: &str,
    act: impl FnOnce(&Intruder) -> byleave_store::intruder::Outcome,
) -> Result<(), Failure> {
    let copy = data.join("attacked");
    let _ = std::fs::remove_dir_all(&copy);
    copy::folder(stolen, &copy)?;
    let changed = act(&intruder(&copy)?).context(what)?;
    expect(changed == 1, what)?;
    let demo = Child::start(&copy).await?;
    let refused = demo.ask("acme", "", Some(REASON)).await?;
    let says = refused.body.contains("organization_closed");
    expect(
        refused.status == 403 && says,
        "    is found out at the start: the organization is closed, and says why",
    )?;
    let other = demo.ask("globex", "", Some(REASON)).await?;
    expect(other.status == 200, "    and other organizations go on")?;
    demo.kill().await.map(drop)
}

fn intruder(data: &Path) -> Result<Intruder, Failure> {
    Intruder::open(&data.join("byleave.db")).context("the database")
}
