//! What is known of a request that came with a key outlives the process.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use byleave_app::once::Once;
use byleave_domain::ids::TokenId;
use support::Site;

const TOKEN: TokenId = TokenId::from_bytes([1; 16]);
const OTHER: TokenId = TokenId::from_bytes([2; 16]);

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_does_nothing_twice() {
    let site = Site::new().await;
    let begin = |site: &Site, token, key: &'static str| {
        let app = site.app.clone();
        async move { app.once_begin(token, key, [7; 32]).await.unwrap() }
    };
    let Once::First(answered) = begin(&site, TOKEN, "answered").await else { panic!("it is new") };
    assert_eq!(begin(&site, TOKEN, "answered").await, Once::UnderWay);
    site.app.once_end(answered, Some(b"a canary".to_vec())).await.unwrap();
    let Once::First(lost) = begin(&site, TOKEN, "lost").await else { panic!("it is new") };
    site.app.once_lost(lost).await.unwrap();
    assert_eq!(begin(&site, TOKEN, "lost").await, Once::Unknown, "nobody is at it, and it is not done again");
    let Once::First(failed) = begin(&site, TOKEN, "failed").await else { panic!("it is new") };
    site.app.once_end(failed, None).await.unwrap();
    assert!(matches!(begin(&site, TOKEN, "begun").await, Once::First(_)));
    let site = site.restart(|database, _| {
        let bytes = std::fs::read(database).unwrap();
        assert!(!bytes.windows(8).any(|window| window == b"a canary"), "answers are sealed");
    });
    let site = site.await;
    assert_eq!(begin(&site, TOKEN, "answered").await, Once::Answered(b"a canary".to_vec()));
    assert_eq!(begin(&site, TOKEN, "begun").await, Once::Unknown);
    assert!(matches!(begin(&site, TOKEN, "failed").await, Once::First(_)), "what failed may be asked again");
    assert!(matches!(begin(&site, OTHER, "answered").await, Once::First(_)), "another's key is another key");
    let other = site.app.once_begin(TOKEN, "answered", [8; 32]).await.unwrap();
    assert_eq!(other, Once::Other);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_over_is_forgotten_without_anybody_asking() {
    let site = Site::new().await;
    let Ok(Once::First(asked)) = site.app.once_begin(TOKEN, "k", [7; 32]).await else { panic!("it is new") };
    site.app.once_end(asked, Some(b"answer".to_vec())).await.unwrap();
    site.clock.forward(86_399);
    site.turn().await;
    assert!(matches!(site.app.once_begin(TOKEN, "k", [7; 32]).await, Ok(Once::Answered(_))));
    site.clock.forward(1);
    site.turn().await;
    // A clock that is set back shows that nothing is there any more.
    site.clock.forward(-86_400);
    assert!(matches!(site.app.once_begin(TOKEN, "k", [7; 32]).await, Ok(Once::First(_))));
}
