//! How the vendor's people sign in by their OpenID provider, which here says whatever it is told to.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use axum::body::Body;
use axum::http::Request;
use byleave_app::ports::{Ceremony, Identity, IdentityProvider, Logout, ProviderFailed};
use byleave_app::vendor::{Role, Vendor};
use byleave_server::Config;
use jiff::{SignedDuration, Timestamp};

use crate::ask::{Answer, get, send};
use crate::stage::{Caller, PLAIN, Stage, config};

const ISSUER: &str = "https://login.vendor.example";

/// What the provider says next, whoever asks.
pub struct Fake {
    pub person: Mutex<Result<Identity, ProviderFailed>>,
    pub logout: Mutex<Result<Logout, ProviderFailed>>,
    pub issuer: Mutex<&'static str>,
}

#[async_trait]
impl IdentityProvider for Fake {
    fn issuer(&self) -> &str {
        *self.issuer.lock().unwrap()
    }
    async fn address(&self, ceremony: &Ceremony) -> Result<String, ProviderFailed> {
        match &*self.person.lock().unwrap() {
            Err(ProviderFailed::Unreachable(why)) => Err(ProviderFailed::Unreachable(why.clone())),
            _ => Ok(format!("{ISSUER}/auth?state={}", ceremony.state)),
        }
    }
    async fn redeem(
        &self,
        _: &Ceremony,
        _: &str,
        _: Option<&str>,
        _: Timestamp,
    ) -> Result<Identity, ProviderFailed> {
        self.person.lock().unwrap().clone()
    }
    async fn logout(&self, _: &str, _: Timestamp) -> Result<Logout, ProviderFailed> {
        self.logout.lock().unwrap().clone()
    }
}

/// The vendor's sign-in with a provider that knows nobody.
pub fn vendor() -> (Arc<Fake>, Arc<Vendor>) {
    let nobody = ProviderFailed::Refused("there is nobody");
    let fake = Arc::new(Fake {
        person: Mutex::new(Err(nobody.clone())),
        logout: Mutex::new(Err(nobody)),
        issuer: Mutex::new(ISSUER),
    });
    let roles = [("helpdesk", Role::Support), ("trust", Role::Desk), ("platform", Role::Admin)];
    let roles = roles.map(|(group, role)| (group.to_owned(), role)).to_vec();
    (Arc::clone(&fake), Arc::new(Vendor::new(fake, roles)))
}

fn identity(subject: &str, email: Option<&str>, groups: &[&str]) -> Identity {
    Identity {
        subject: subject.into(),
        session: Some(format!("sid-{subject}")),
        email: email.map(Into::into),
        groups: groups.iter().map(|group| (*group).to_owned()).collect(),
    }
}

const SAM: Option<&str> = Some("sam@vendor.example");
const DANA: Option<&str> = Some("dana@vendor.example");

struct Scene {
    stage: Stage,
    fake: Arc<Fake>,
}

/// A browser on its way to the provider: the address that it comes back by, and its cookie.
struct Away {
    back: String,
    cookie: String,
}

impl Scene {
    async fn new() -> Self {
        let (fake, vendor) = vendor();
        Self { stage: Stage::with(&PLAIN, Config { vendor: Some(vendor), ..config() }).await, fake }
    }

    async fn asks(&self, path: &str, cookies: &str) -> Answer {
        let request = Request::builder().uri(path).header("host", "127.0.0.1:8080").header("cookie", cookies);
        send(&self.stage, request.body(Body::empty()).unwrap()).await
    }

    async fn begin(&self, query: &str) -> Away {
        let begun = self.asks(&format!("/sign-in/vendor{query}"), "").await;
        assert_eq!(begun.status, 303, "{}", begun.text());
        let state = begun.header("location").strip_prefix(&format!("{ISSUER}/auth?state=")).unwrap();
        let cookie = begun.header("set-cookie");
        for attribute in ["; HttpOnly", "; SameSite=Lax", "; Max-Age=600", "; Path=/"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        let cookie = cookie.split(';').next().unwrap().to_owned();
        Away { back: format!("/sign-in/callback?code=c&state={state}"), cookie }
    }

    /// Whoever the provider says comes back.
    async fn signs_in(&self, person: Identity) -> Answer {
        *self.fake.person.lock().unwrap() = Ok(person);
        let away = self.begin("").await;
        self.asks(&away.back, &away.cookie).await
    }

    async fn session(&self, person: Identity) -> Caller {
        let answer = self.signs_in(person).await;
        assert_eq!(answer.status, 303, "{}", answer.text());
        Caller { session: Some(session_in(&answer).unwrap()), token: None }
    }

    async fn works(&self, caller: &Caller) -> bool {
        get(&self.stage, caller, "/sessions").await.status == 200
    }

    async fn logs_out(&self, logout: Logout) -> u16 {
        *self.fake.logout.lock().unwrap() = Ok(logout);
        let request = Request::builder().method("POST").uri("/sign-in/back-channel-logout");
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        send(&self.stage, request.body(Body::from("logout_token=t")).unwrap()).await.status.as_u16()
    }

    fn logout(&self, id: &str, subject: Option<&str>, session: Option<&str>) -> Logout {
        let [subject, session] = [subject, session].map(|text| text.map(Into::into));
        let until = self.stage.app.now() + SignedDuration::from_mins(10);
        Logout { id: id.into(), until, subject, session }
    }
}

fn session_in(answer: &Answer) -> Option<String> {
    let set = answer.headers.get_all("set-cookie").iter().map(|value| value.to_str().unwrap());
    set.filter_map(|cookie| cookie.strip_prefix("byleave_session="))
        .map(|rest| rest.split(';').next().unwrap().to_owned())
        .next()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_ends_once_in_the_browser_in_which_it_began_and_in_time() {
    let scene = Scene::new().await;
    *scene.fake.person.lock().unwrap() = Ok(identity("u-1", SAM, &["helpdesk"]));
    let (first, second) = (scene.begin("").await, scene.begin("").await);
    for (why, path, cookie) in [
        ("no cookie", &*first.back, ""),
        ("another sign-in's cookie", &first.back, &*second.cookie),
        ("two cookies", &first.back, &format!("{}; {}", first.cookie, second.cookie)),
        ("no state", "/sign-in/callback?code=c", &first.cookie),
        ("a state that nobody was given", "/sign-in/callback?code=c&state=bl_x", &first.cookie),
    ] {
        let answer = scene.asks(path, cookie).await;
        assert_eq!((answer.status.as_u16(), session_in(&answer)), (400, None), "{why}");
    }
    let answer = scene.asks(&first.back, &first.cookie).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "/support"));
    let caller = Caller { session: session_in(&answer), token: None };
    assert_eq!(get(&scene.stage, &caller, "/support").await.status, 200);
    assert_eq!(scene.asks(&first.back, &first.cookie).await.status, 400, "once");
    scene.stage.clock.forward(SignedDuration::from_mins(10));
    assert_eq!(scene.asks(&second.back, &second.cookie).await.status, 400, "too late");
    let denied = scene.begin("").await;
    let answer = scene.asks(&denied.back.replace("code=c", "error=access_denied"), &denied.cookie).await;
    assert_eq!((answer.status.as_u16(), session_in(&answer)), (403, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_in_is_who_is_registered_and_in_a_group() {
    let mut refusals = std::collections::BTreeSet::new();
    for (why, person, home) in [
        ("support", identity("u", SAM, &["all", "helpdesk"]), Some("/support")),
        ("the desk", identity("u", DANA, &["trust"]), Some("/desk")),
        ("in other letters", identity("u", Some("Dana@Vendor.Example"), &["trust"]), Some("/desk")),
        ("the administrator", identity("u", None, &["platform"]), Some("/sessions")),
        ("of two roles, registered as one", identity("u", SAM, &["trust", "helpdesk"]), Some("/support")),
        ("no group", identity("u", SAM, &[]), None),
        ("another group", identity("u", SAM, &["Helpdesk"]), None),
        ("registered as something else", identity("u", SAM, &["trust"]), None),
        ("nobody's address", identity("u", Some("eve@vendor.example"), &["helpdesk"]), None),
        ("an address that is not verified", identity("u", None, &["helpdesk"]), None),
        ("a security contact", identity("u", Some("contact@acme.example"), &["helpdesk", "trust"]), None),
        ("letters that look alike", identity("u", Some("\u{17f}am@vendor.example"), &["helpdesk"]), None),
    ] {
        let scene = Scene::new().await;
        let answer = scene.signs_in(person).await;
        match home {
            Some(home) => {
                assert_eq!((answer.status.as_u16(), answer.header("location")), (303, home), "{why}")
            }
            None => {
                assert_eq!((answer.status.as_u16(), session_in(&answer)), (403, None), "{why}");
                refusals.insert(answer.text());
            }
        }
    }
    assert_eq!(refusals.len(), 1, "everybody who is refused is told the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_linked_is_known_by_the_providers_name_alone() {
    let scene = Scene::new().await;
    let first = scene.session(identity("u-1", SAM, &["helpdesk"])).await;
    let status = async |person: Identity| scene.signs_in(person).await.status.as_u16();
    assert_eq!(status(identity("u-1", None, &["helpdesk"])).await, 303, "without an address");
    assert_eq!(
        status(identity("u-1", Some("sam.new@vendor.example"), &["helpdesk"])).await,
        303,
        "with a new one"
    );
    // The address went on to somebody else.
    assert_eq!(status(identity("u-2", SAM, &["helpdesk"])).await, 403);
    // Another provider's names are other names, and its people are linked anew.
    *scene.fake.issuer.lock().unwrap() = "https://new.vendor.example";
    assert_eq!(status(identity("u-1", None, &["helpdesk"])).await, 403);
    assert_eq!(status(identity("u-9", SAM, &["helpdesk"])).await, 303);
    assert!(scene.works(&first).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_lost_a_group_is_refused_and_signed_out_everywhere() {
    let scene = Scene::new().await;
    let by_link = &scene.stage.support;
    let sam = scene.session(identity("u-1", SAM, &["helpdesk"])).await;
    assert!(scene.works(by_link).await);
    let admin = scene.session(identity("u-1", SAM, &["platform"])).await;
    let works = [scene.works(&sam).await, scene.works(by_link).await, scene.works(&admin).await];
    assert_eq!(works, [false, false, true], "of two groups one was lost, however they had signed in");
    let sam = scene.session(identity("u-1", SAM, &["helpdesk", "platform"])).await;
    let other = scene.session(identity("u-3", DANA, &["trust"])).await;
    assert_eq!(scene.signs_in(identity("u-1", SAM, &["all"])).await.status, 403);
    let works = [scene.works(&sam).await, scene.works(&admin).await, scene.works(&other).await];
    assert_eq!(works, [false, false, true]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_the_provider_logs_out_is_signed_out_at_once() {
    let sam = |session: Option<&str>| Identity {
        session: session.map(Into::into),
        ..identity("u-1", SAM, &["helpdesk"])
    };
    for (why, subject, session, ended) in [
        ("one session", None, Some("s-1"), [true, false, false]),
        ("a person", Some("u-1"), None, [true, true, true]),
        ("a person's one session", Some("u-1"), Some("s-1"), [true, false, true]),
        ("another person's session of that name", Some("u-3"), Some("s-1"), [false, false, false]),
        ("a session that is not there", None, Some("s-9"), [false, false, false]),
    ] {
        let scene = Scene::new().await;
        let sessions = [
            scene.session(sam(Some("s-1"))).await,
            scene.session(sam(Some("s-2"))).await,
            scene.session(sam(None)).await,
        ];
        assert_eq!(scene.logs_out(scene.logout("j-1", subject, session)).await, 200, "{why}");
        for (caller, ended) in sessions.iter().zip(ended) {
            assert_eq!(scene.works(caller).await, !ended, "{why}");
        }
        assert!(
            scene.works(&scene.stage.support).await,
            "{why}: a session by link is none of the provider's"
        );
        // The same token does not come twice, as long as it could hold.
        let again = scene.session(sam(Some("s-1"))).await;
        assert_eq!(scene.logs_out(scene.logout("j-1", Some("u-1"), None)).await, 400, "{why}");
        assert!(scene.works(&again).await, "{why}");
        assert_eq!(scene.logs_out(scene.logout("j-2", Some("u-1"), None)).await, 200);
        assert!(!scene.works(&again).await);
    }
    // One that could not be carried out is taken when the provider says it again.
    let scene = Scene::new().await;
    let session = scene.session(sam(Some("s-1"))).await;
    let held = scene.stage.hold_database();
    assert_ne!(scene.logs_out(scene.logout("j-1", Some("u-1"), None)).await, 200);
    drop(held);
    assert_eq!(scene.logs_out(scene.logout("j-1", Some("u-1"), None)).await, 200);
    assert!(!scene.works(&session).await);
    let scene = Scene::new().await;
    let session = scene.session(sam(Some("s-1"))).await;
    *scene.fake.logout.lock().unwrap() = Err(ProviderFailed::Refused("no"));
    let request = Request::builder().method("POST").uri("/sign-in/back-channel-logout");
    let answer = send(&scene.stage, request.body(Body::from("logout_token=t")).unwrap()).await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (400, "application/problem+json"));
    assert!(scene.works(&session).await);
}

/// A logout token can be there before the session that it means.
#[tokio::test(flavor = "multi_thread")]
async fn whom_the_provider_logs_out_while_they_sign_in_has_no_session() {
    for (why, subject, session, status) in [
        ("this person", Some("u-1"), None, 400),
        ("this session", None, Some("sid-u-1"), 400),
        ("this session of this person", Some("u-1"), Some("sid-u-1"), 400),
        ("this person's other session", Some("u-1"), Some("sid-before"), 303),
        ("another session", None, Some("sid-u-3"), 303),
        ("another person", Some("u-3"), None, 303),
    ] {
        let scene = Scene::new().await;
        let person = identity("u-1", SAM, &["helpdesk"]);
        *scene.fake.person.lock().unwrap() = Ok(person.clone());
        let away = scene.begin("").await;
        assert_eq!(scene.logs_out(scene.logout("j-1", subject, session)).await, 200, "{why}");
        let answer = scene.asks(&away.back, &away.cookie).await;
        assert_eq!((answer.status.as_u16(), session_in(&answer).is_some()), (status, status == 303), "{why}");
        let again = scene.session(person).await;
        assert!(scene.works(&again).await, "{why}: begun anew");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_do_not_see_each_others_sessions() {
    let scene = Scene::new().await;
    let (one, other) = (
        scene.session(identity("u-1", None, &["platform"])).await,
        scene.session(identity("u-2", None, &["platform"])).await,
    );
    let page = get(&scene.stage, &one, "/sessions").await.text();
    assert!(page.contains(&scene.stage.session_of(&one).to_string()));
    assert!(!page.contains(&scene.stage.session_of(&other).to_string()), "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_signs_in_goes_where_they_wanted_on_their_own_pages() {
    let scene = Scene::new().await;
    let stranger = Caller::default();
    let refused = get(&scene.stage, &stranger, "/support/visit?organization=acme&tool=system-log").await;
    let offered = "/sign-in/vendor?next=%2Fsupport%2Fvisit%3Forganization%3Dacme%26tool%3Dsystem-log";
    assert!(refused.text().contains(&offered.replace('&', "&amp;")), "{}", refused.text());
    *scene.fake.person.lock().unwrap() = Ok(identity("u-1", SAM, &["helpdesk"]));
    for (next, to) in [
        ("%2Fsupport%2Fvisit%3Forganization%3Dacme", "/support/visit?organization=acme"),
        ("%2Fdesk", "/support"),
        ("%2F%2Fevil.example", "/support"),
        ("https%3A%2F%2Fevil.example%2Fsupport", "/support"),
        ("%2Fsupport%5C..%2Fsign-out", "/support"),
        (&"%2Fsupport%3F".repeat(300), "/support"),
        ("", "/support"),
    ] {
        let away = scene.begin(&format!("?next={next}")).await;
        assert_eq!(scene.asks(&away.back, &away.cookie).await.header("location"), to, "{next}");
    }
    let without = Stage::with(&PLAIN, Config { vendor: None, ..config() }).await;
    assert!(!get(&without, &stranger, "/support").await.text().contains("/sign-in/vendor"));
    assert_eq!(get(&without, &stranger, "/sign-in/vendor").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_provider_does_not_answer_nobody_signs_in_and_whoever_is_stays() {
    let scene = Scene::new().await;
    let sam = scene.session(identity("u-1", SAM, &["helpdesk"])).await;
    let away = scene.begin("").await;
    *scene.fake.person.lock().unwrap() = Err(ProviderFailed::Unreachable("connection refused".into()));
    for answer in [scene.asks("/sign-in/vendor", "").await, scene.asks(&away.back, &away.cookie).await] {
        assert_eq!((answer.status.as_u16(), session_in(&answer)), (503, None));
        let text = answer.text();
        assert!(text.contains("does not answer") && !text.contains("connection refused"), "{text}");
    }
    assert!(scene.works(&sam).await);
}
