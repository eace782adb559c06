//! The step-up: who has passkeys decides in a session only after one of them has answered there, and lately.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

mod support;

use std::sync::atomic::Ordering;

use byleave_app::caller::Caller;
use byleave_app::change_requests::Process;
use byleave_app::credentials::Holder;
use byleave_app::passkeys::{Decides, PASSKEY_WAIT, Passkey, PasskeyRefused, Refused, STEP_UP_LIFE};
use byleave_app::ports::Clock as _;
use byleave_domain::ids::SessionId;
use support::authenticator::{Authenticator, page};
use support::troubled::Troubled;
use support::{Site, beginning, process};

const MINUTE: i64 = 60;

impl Site {
    fn desk(&self) -> Holder {
        Holder::DeskPerson(self.desk_person)
    }

    /// A passkey of `holder`'s, by the link of somebody else.
    async fn enrolled(&self, holder: Holder, number: u8) -> (Passkey, Authenticator) {
        let by = if holder == self.desk() { self.second_desk_person } else { self.desk_person };
        let mut with = Authenticator::new(number, &byleave_app::passkeys::handle(holder));
        let link = self.app.enrolment_issue(holder, by).await.unwrap();
        let (_, challenge) = self.app.enrolment_begin(link.reveal()).unwrap();
        let challenge = challenge.to_base64();
        let new = with.register(&challenge);
        (self.app.enrol(page(), link.reveal(), challenge, new).await.unwrap(), with)
    }

    /// The session's new secret.
    async fn step_up(&self, session: SessionId, with: &mut Authenticator) -> Result<String, PasskeyRefused> {
        let challenge = self.app.step_up_begin(session).to_base64();
        let used = with.answer(&challenge);
        let secret = self.app.step_up(page(), session, challenge, used).await?;
        Ok(secret.reveal().to_owned())
    }

    fn until(&self) -> Decides {
        Decides::Until(self.clock.now() + STEP_UP_LIFE)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_gets_another_secret_and_is_otherwise_what_it_was() {
    let site = Site::new().await;
    let (old, session) = site.signed_in(site.desk(), None).await;
    assert_eq!(site.app.decides(session), Decides::WithoutPasskey);
    let (passkey, mut with) = site.enrolled(site.desk(), 1).await;
    assert_eq!(site.app.decides(session), Decides::AfterPasskey);
    let visit = site.app.visit_open(site.opening("printer")).await.unwrap().id;
    let pass = site.app.pass_issue(visit, site.subject, session).unwrap();
    site.app.pass_redeem(pass.reveal(), site.organization, site.tool).unwrap();
    let token = site.app.keys().form_token(session);
    let before = site.app.world().session_by_id(session).unwrap().clone();
    site.clock.forward(10 * MINUTE);
    let new = site.step_up(session, &mut with).await.unwrap();
    let works = |site: &Site| [&old, &new].map(|secret| site.app.session(secret).map(|(_, id)| id));
    assert_eq!(works(&site), [None, Some(session)]);
    let after = site.app.world().session_by_id(session).unwrap().clone();
    assert_eq!((after.created_at, after.expires_at), (before.created_at, before.expires_at));
    assert_eq!((after.hash == before.hash, site.app.keys().form_token(session)), (false, token));
    assert_eq!(after.shown.map(|shown| (shown.passkey, shown.at)), Some((passkey.id, site.clock.now())));
    assert_eq!(site.app.world().passkeys[&passkey.id].used_at, Some(site.clock.now()));
    site.turn().await;
    assert_eq!(site.app.visit(visit).unwrap().ended, None, "what was entered from it goes on");
    assert_eq!(site.app.decides(session), site.until());
    let site = site.restart(|_, _| {}).await;
    assert_eq!((works(&site), site.app.decides(session)), ([None, Some(session)], site.until()));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_decides_for_ten_minutes_and_while_the_passkey_is_there() {
    let site = Site::new().await;
    let (_, mut first) = site.enrolled(site.desk(), 1).await;
    let (second, mut with) = site.enrolled(site.desk(), 2).await;
    let (_, session) = site.signed_in(site.desk(), None).await;
    site.step_up(session, &mut first).await.unwrap();
    site.clock.forward(10 * MINUTE - 1);
    assert!(matches!(site.app.decides(session), Decides::Until(_)));
    site.clock.forward(1);
    assert_eq!(site.app.decides(session), Decides::AfterPasskey);
    site.step_up(session, &mut with).await.unwrap();
    assert_eq!(site.app.decides(session), site.until());
    let (_, beside) = site.signed_in(site.desk(), None).await;
    assert_eq!(site.app.decides(beside), Decides::AfterPasskey, "each session by itself");
    // What was answered by one that is removed since is worth nothing.
    site.app.passkey_remove(second.id, Caller::DeskPerson(site.desk_person)).await.unwrap();
    assert_eq!(site.app.decides(session), Decides::AfterPasskey);
    // To sign in with it is to have shown it.
    let challenge = site.app.sign_in_begin().to_base64();
    let used = first.answer(&challenge);
    let signed_in = site.app.passkey_sign_in(page(), challenge, used, beginning(None)).await.unwrap();
    let (_, session) = site.app.session(signed_in.secret.reveal()).unwrap();
    assert_eq!(site.app.decides(session), site.until());
    site.app.sessions_end(session, move |id| id == session).await.unwrap();
    assert_eq!(site.app.decides(session), Decides::AfterPasskey, "one that is over decides nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_is_for_one_session_of_its_own_person_once_and_within_minutes() {
    let site = Site::new().await;
    let (_, mut with) = site.enrolled(site.desk(), 1).await;
    let (_, mut other) = site.enrolled(Holder::DeskPerson(site.second_desk_person), 2).await;
    let (_, mut contact) = site.enrolled(Holder::Contact(site.contact), 3).await;
    let (old, session) = site.signed_in(site.desk(), None).await;
    let (_, beside) = site.signed_in(site.desk(), None).await;
    let (_, others) = site.signed_in(Holder::DeskPerson(site.second_desk_person), None).await;
    assert_eq!(site.step_up(session, &mut other).await, Err(PasskeyRefused::Unknown), "another's");
    assert_eq!(site.step_up(session, &mut contact).await, Err(PasskeyRefused::Unknown), "a contact's");
    let mut touched = Authenticator { flags: 1, ..with.clone() };
    let refused = site.step_up(session, &mut touched).await;
    assert_eq!(refused, Err(PasskeyRefused::Refused(Refused::NotVerified)));
    let vouch = site.app.passkey_add_begin(site.desk(), session).unwrap();
    let rows = [
        ("of another session", site.app.step_up_begin(beside), 0),
        ("of another person's session", site.app.step_up_begin(others), 0),
        ("of a sign-in", site.app.sign_in_begin(), 0),
        ("that vouches", vouch, 0),
        ("too late", site.app.step_up_begin(session), 5),
    ];
    for (what, challenge, minutes) in rows {
        site.clock.forward(minutes * MINUTE);
        let challenge = challenge.to_base64();
        let used = with.answer(&challenge);
        let answer = site.app.step_up(page(), session, challenge, used).await.map(drop);
        assert_eq!(answer, Err(PasskeyRefused::NotAsked), "{what}");
    }
    assert_eq!((site.app.decides(session), site.app.session(&old).is_some()), (Decides::AfterPasskey, true));
    let challenge = site.app.step_up_begin(session).to_base64();
    let used = with.answer(&challenge);
    site.app.step_up(page(), session, challenge.clone(), used.clone()).await.unwrap();
    let again = site.app.step_up(page(), session, challenge, used).await.map(drop);
    assert_eq!(again, Err(PasskeyRefused::NotAsked), "a second time");
    // A sign-in does not take the answer of a step-up, either.
    let challenge = site.app.step_up_begin(session).to_base64();
    let used = with.answer(&challenge);
    let signed_in = site.app.passkey_sign_in(page(), challenge, used, beginning(None)).await.map(drop);
    assert_eq!(signed_in, Err(PasskeyRefused::NotAsked));
}

/// One desk person hands over the link, and may open it: nobody becomes another one by that within a day, nor by removing what
/// the other one has.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_alone_makes_nobody_another_desk_person() {
    let slow = || Process { passkey_wait: PASSKEY_WAIT, ..process() };
    let site = Site::new().await.stop().await.start_with(slow());
    let (first, mut with) = site.enrolled(site.desk(), 1).await;
    // Until it counts, they decide as somebody without one, and it is good for looking alone.
    let (_, session) = site.signed_in(site.desk(), None).await;
    assert_eq!(site.app.decides(session), Decides::WithoutPasskey);
    let from = site.clock.now() + PASSKEY_WAIT;
    assert_eq!(site.app.passkey_counts_from(&first), from);
    assert_eq!(site.step_up(session, &mut with).await, Err(PasskeyRefused::Waits(from)));
    let vouch = site.app.passkey_add_begin(site.desk(), session).unwrap().to_base64();
    let used = with.answer(&vouch);
    let vouched = site.app.passkey_vouch(page(), site.desk(), session, vouch, used).await.map(drop);
    assert_eq!(vouched, Err(PasskeyRefused::Waits(from)));
    site.clock.forward(PASSKEY_WAIT.as_secs());
    let (_, session) = site.signed_in(site.desk(), None).await;
    assert_eq!(site.app.decides(session), Decides::AfterPasskey);
    site.step_up(session, &mut with).await.unwrap();
    assert_eq!(site.app.decides(session), site.until());
    // Another one by link waits, and signing in with it shows nothing; a contact's waits for nobody.
    let (_, mut planted) = site.enrolled(site.desk(), 2).await;
    let challenge = site.app.sign_in_begin().to_base64();
    let used = planted.answer(&challenge);
    let signed_in = site.app.passkey_sign_in(page(), challenge, used, beginning(None)).await.unwrap();
    let (_, by_planted) = site.app.session(signed_in.secret.reveal()).unwrap();
    assert_eq!(site.app.decides(by_planted), Decides::AfterPasskey);
    let (of_contact, _) = site.enrolled(Holder::Contact(site.contact), 3).await;
    assert_eq!(site.app.passkey_counts_from(&of_contact), site.clock.now());
    // With the one that counts removed they are asked all the same, also after a start that reads the configuration.
    site.app.passkey_remove(first.id, Caller::DeskPerson(site.second_desk_person)).await.unwrap();
    let decides = |site: &Site| [session, by_planted].map(|id| site.app.decides(id));
    assert_eq!(decides(&site), [Decides::AfterPasskey; 2]);
    let site = site.stop().await.start_with(slow());
    site.configure_desk(true).await;
    assert_eq!(decides(&site), [Decides::AfterPasskey; 2]);
    // One that was removed while it waited asks nobody for anything.
    let other = Holder::DeskPerson(site.second_desk_person);
    let (waits, _) = site.enrolled(other, 4).await;
    site.app.passkey_remove(waits.id, Caller::DeskPerson(site.desk_person)).await.unwrap();
    let (_, session) = site.signed_in(other, None).await;
    assert_eq!(site.app.decides(session), Decides::WithoutPasskey);
}

/// One transaction: what is not written has not happened, and whoever had the secret has it still.
#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_written_leaves_the_secret_that_was() {
    let Troubled { site, left, .. } = Troubled::new(1000).await;
    let (_, mut with) = site.enrolled(site.desk(), 1).await;
    let (old, session) = site.signed_in(site.desk(), None).await;
    left.store(1, Ordering::SeqCst);
    let refused = site.step_up(session, &mut with).await;
    assert!(matches!(refused, Err(PasskeyRefused::NotWritten(_))), "{refused:?}");
    assert_eq!((site.app.session(&old).is_some(), site.app.decides(session)), (true, Decides::AfterPasskey));
    let site = site.restart(|_, _| {}).await;
    assert_eq!((site.app.session(&old).is_some(), site.app.decides(session)), (true, Decides::AfterPasskey));
}
