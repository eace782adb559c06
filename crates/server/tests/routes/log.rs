//! The log's files over HTTP: media types, caching, and nothing beyond the tree.

use byleave_domain::ids::to_hex;
use byleave_tlog::{Checkpoint, leaf_hash};

use crate::ask::get;
use crate::stage::{Caller, PLAIN, Stage};

#[tokio::test(flavor = "multi_thread")]
async fn a_verifier_finds_what_the_checkpoint_promises_and_nothing_more() {
    let stage = Stage::new().await;
    stage.visit(stage.acme.id, &PLAIN).await;
    let log = stage.app.world().organizations[&stage.acme.id].organization.log;
    let stranger = Caller::default();
    let by_capability = (&stranger, format!("/c/{}", stage.app.keys().capability(log)));
    let by_session = (&stage.acme.contact, format!("/o/{}", to_hex(log.as_bytes())));
    let by_token = (&stage.acme.token, by_session.1.clone());
    for (caller, prefix) in [by_capability, by_session, by_token] {
        let checkpoint = get(&stage, caller, &format!("{prefix}/checkpoint")).await;
        assert_eq!(checkpoint.header("content-type"), "text/plain; charset=utf-8");
        assert_eq!(checkpoint.header("cache-control"), "private, no-cache");
        let verifier = stage.app.keys().verifier(log).unwrap();
        let tree = Checkpoint::open(&checkpoint.body, &verifier).unwrap();
        assert_eq!(tree.size, 9, "opened, two desk keys, contact, two calls, token, visit, request");

        let hashes = get(&stage, caller, &format!("{prefix}/tile/0/000.p/9")).await;
        assert_eq!(hashes.header("content-type"), "application/octet-stream");
        assert_eq!(hashes.header("cache-control"), "private, max-age=31536000, immutable");
        assert_eq!(hashes.body.len(), 9 * 32);
        let bundle = get(&stage, caller, &format!("{prefix}/tile/entries/000.p/9")).await;
        let entries = byleave_tlog::tile::decode_entries(&bundle.body, 9).unwrap();
        assert_eq!(leaf_hash(entries[8]).0, hashes.body[256..]);
        assert_eq!(get(&stage, caller, &format!("{prefix}/tile/0/000.p/2")).await.body, hashes.body[..64]);

        for beyond in [
            "0/000.p/10",
            "0/000",
            "0/000.p/0",
            "1/000.p/1",
            "0/001.p/1",
            "entries/000.p/10",
            "0/0",
            "8/0/000",
            "../checkpoint",
            "0/000.p/08",
        ] {
            let answer = get(&stage, caller, &format!("{prefix}/tile/{beyond}")).await;
            assert_eq!(answer.status, 404, "{prefix}/tile/{beyond}");
            assert_eq!(answer.header("content-type"), "application/problem+json");
            assert_eq!(answer.header("cache-control"), "no-store");
        }
    }
    for nowhere in ["/c/0/checkpoint", "/o/0/checkpoint", "/c/0/tile/0/000.p/1"] {
        assert_eq!(get(&stage, &stage.acme.contact, nowhere).await.status, 404, "{nowhere}");
    }
    let keys = get(&stage, &stranger, "/oauth2/jwks").await;
    assert_eq!(
        (keys.header("content-type"), keys.text().as_str()),
        ("application/jwk-set+json", r#"{"keys":[]}"#)
    );
}
