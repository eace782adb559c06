//! Forms are taken from our own pages alone (K17): every form for somebody signed in, as the table knows them, so that one
//! more is looked at by itself.

use axum::http::Request;

use crate::ask::{Answer, ask, csrf, send};
use crate::stage::{BASE, Caller, Stage};
use crate::table::{Known, callers, carries, forms};

/// What is wrong with a form: whose token it carries, and what its browser says about where it comes from.
#[derive(Clone, Copy, Debug)]
enum Wrong {
    NoToken,
    TokenOfAnother,
    TokenOfOwnOtherSession,
    OtherOrigin,
    OwnOriginCrossSite,
    OwnOriginSameSite,
    NoOriginCrossSite,
    NoOriginSameSite,
    NothingSaid,
}

const WRONG: [Wrong; 9] = [
    Wrong::NoToken,
    Wrong::TokenOfAnother,
    Wrong::TokenOfOwnOtherSession,
    Wrong::OtherOrigin,
    Wrong::OwnOriginCrossSite,
    Wrong::OwnOriginSameSite,
    Wrong::NoOriginCrossSite,
    Wrong::NoOriginSameSite,
    Wrong::NothingSaid,
];

/// A form of `route` that is right but for one thing.
async fn forged(
    stage: &Stage,
    caller: &Caller,
    others: &[String; 2],
    route: &str,
    path: &str,
    wrong: Wrong,
) -> Answer {
    let session = caller.session.as_ref().unwrap();
    let token = match wrong {
        Wrong::NoToken => String::new(),
        Wrong::TokenOfAnother => csrf(stage, &others[0]),
        Wrong::TokenOfOwnOtherSession => csrf(stage, &others[1]),
        _ => csrf(stage, session),
    };
    let said: &[(&str, &str)] = match wrong {
        Wrong::OtherOrigin => &[("origin", "https://elsewhere.example"), ("sec-fetch-site", "same-origin")],
        Wrong::OwnOriginCrossSite => &[("origin", BASE), ("sec-fetch-site", "cross-site")],
        Wrong::OwnOriginSameSite => &[("origin", BASE), ("sec-fetch-site", "same-site")],
        Wrong::NoOriginCrossSite => &[("origin", "null"), ("sec-fetch-site", "cross-site")],
        Wrong::NoOriginSameSite => &[("sec-fetch-site", "same-site")],
        Wrong::NothingSaid => &[],
        _ => &[("origin", BASE), ("sec-fetch-site", "same-origin")],
    };
    let mut request = Request::builder().method("POST").uri(path).header("host", "127.0.0.1:8080");
    request = request.header("cookie", format!("byleave_session={session}"));
    for (name, value) in said {
        request = request.header(*name, *value);
    }
    let (media_type, body) = carries(stage, "POST", route).encoded(&token);
    if let Some(media_type) = media_type {
        request = request.header("content-type", media_type);
    }
    send(stage, request.body(body).unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn no_form_is_taken_that_is_not_from_our_own_page_and_nothing_changes() {
    let mut count = 0;
    for (route, who) in forms() {
        count += 1;
        let stage = Stage::new().await;
        let known = Known::prepare(&stage, route).await;
        let path = known.path(&stage, route).await;
        let caller = callers(&stage)[who].1.clone();
        let another = if who == 4 { &stage.globex.contact } else { &stage.other_support };
        let earlier = stage.signed_in_again(&caller).await;
        let others = [another.session.clone().unwrap(), earlier];
        let before =
            (stage.commits.load(std::sync::atomic::Ordering::SeqCst), format!("{:?}", *stage.app.world()));
        for wrong in WRONG {
            let answer = forged(&stage, &caller, &others, route, &path, wrong).await;
            assert_eq!(answer.status, 403, "{route}, {wrong:?}: {}", answer.text());
            assert!(answer.text().contains("did not come from a page of ours"), "{route}, {wrong:?}");
            let after = (
                stage.commits.load(std::sync::atomic::Ordering::SeqCst),
                format!("{:?}", *stage.app.world()),
            );
            assert!(before == after, "{route}, {wrong:?}: something changed");
        }
        let meant = ask(&stage, &caller, "POST", &path, carries(&stage, "POST", route)).await;
        assert!(![401, 403].contains(&meant.status.as_u16()), "{route} from its page: {}", meant.text());
    }
    assert!(count > 25, "the forms are found: {count}");
}

/// A second credential is no second chance, and none is chosen in its place.
#[tokio::test]
async fn two_credentials_of_a_kind_speak_for_nobody() {
    let stage = Stage::new().await;
    let shown = |caller: &Caller| {
        let cookie = format!("byleave_session={}", caller.session.as_ref().unwrap());
        [("cookie", cookie), ("authorization", format!("Bearer {}", caller.token.as_ref().unwrap()))]
    };
    let ([cookie, token], [other_cookie, other_token]) = (shown(&stage.desk), shown(&stage.second_desk));
    let joined = |separator: &str| ("cookie", format!("{}{separator}{}", cookie.1, other_cookie.1));
    for (carried, status) in [
        (vec![&cookie], 200),
        (vec![&token], 200),
        (vec![&cookie, &other_cookie], 401),
        (vec![&joined("; ")], 401),
        (vec![&cookie, &("cookie", "theme=dark".to_owned())], 200),
        (vec![&token, &other_token], 401),
        (vec![&token, &token], 401),
        // A token stands before a cookie; one that is nobody's does not make way for it.
        (vec![&cookie, &token], 200),
        (vec![&cookie, &("authorization", "Bearer bl_nobodys".to_owned())], 401),
        (vec![&cookie, &token, &other_token], 401),
    ] {
        let mut request = Request::builder().uri("/v1/me").header("host", "127.0.0.1:8080");
        for (name, value) in &carried {
            request = request.header(*name, value);
        }
        let answer = send(&stage, request.body(axum::body::Body::empty()).unwrap()).await;
        let kinds: Vec<_> = carried.iter().map(|(name, _)| name).collect();
        assert_eq!(answer.status, status, "{kinds:?}: {}", answer.text());
    }
}
