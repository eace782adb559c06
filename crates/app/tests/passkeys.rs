//! Passkeys: registered by a verified path alone, told to everybody, used once a question; and what is signed with one.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

#[path = "passkeys/deciding.rs"]
mod deciding;
mod support;

use byleave_api::entry::Kind;
use byleave_app::caller::Caller;
use byleave_app::change_requests::ReviewAct;
use byleave_app::contacts::NewContact;
use byleave_app::credentials::Holder;
use byleave_app::evidence::Reader;
use byleave_app::passkeys::{
    ENROLMENT_LIFE, Evidence, PASSKEYS_MAX, Passkey, PasskeyRefused, Refused, Used, Way,
};
use byleave_app::ports::Clock as _;
use byleave_app::sessions::SignedIn;
use byleave_app::setting::NotChanged;
use byleave_domain::change_request::{ChangeRequest, Source, StepRefused};
use byleave_domain::ids::{ChangeRequestId, ContactId, DeskPersonId, SessionId};
use byleave_domain::statement::Wish;
use byleave_store::intruder::Intruder;
use sha2::{Digest as _, Sha256};
use support::authenticator::{Authenticator, page};
use support::{Site, beginning, new_contact};

const MINUTES: i64 = 60;

fn of(contact: ContactId, number: u8) -> Authenticator {
    Authenticator::new(number, contact.as_bytes())
}

impl Site {
    async fn link(&self, holder: Holder) -> Result<String, PasskeyRefused> {
        let issued = self.app.enrolment_issue(holder, self.desk_person).await;
        issued.map(|link| link.reveal().to_owned())
    }

    /// A passkey registered with a link.
    async fn enrol(&self, holder: Holder, with: &mut Authenticator) -> Result<Passkey, PasskeyRefused> {
        let link = self.link(holder).await?;
        let (_, challenge) = self.app.enrolment_begin(&link).unwrap();
        let challenge = challenge.to_base64();
        let new = with.register(&challenge);
        self.app.enrol(page(), &link, challenge, new).await
    }

    async fn enrolled(&self, number: u8) -> (Passkey, Authenticator) {
        let mut with = of(self.contact, number);
        (self.enrol(Holder::Contact(self.contact), &mut with).await.unwrap(), with)
    }

    /// Signs in; the session.
    async fn sign_in(&self, with: &mut Authenticator) -> Result<SessionId, PasskeyRefused> {
        let signed_in = self.sign_in_instead(with, None).await?;
        Ok(self.app.session(signed_in.secret.reveal()).unwrap().1)
    }

    async fn sign_in_instead(
        &self,
        with: &mut Authenticator,
        of: Option<&str>,
    ) -> Result<SignedIn, PasskeyRefused> {
        let challenge = self.app.sign_in_begin().to_base64();
        let used = with.answer(&challenge);
        self.app.passkey_sign_in(page(), challenge, used, beginning(of)).await
    }

    /// Another passkey of the contact's, for which `first` vouches in `session`.
    async fn add(
        &self,
        first: &mut Authenticator,
        second: &mut Authenticator,
        session: SessionId,
    ) -> Result<Passkey, PasskeyRefused> {
        let holder = Holder::Contact(self.contact);
        let challenge = self.app.passkey_add_begin(holder, session)?.to_base64();
        let used = first.answer(&challenge);
        let next = self.app.passkey_vouch(page(), holder, session, challenge, used).await?.to_base64();
        let new = second.register(&next);
        self.app.passkey_add(page(), holder, session, next, new).await
    }

    /// A request to disable whose form is there to be signed.
    async fn form(&self) -> ChangeRequestId {
        let id = self.message(Wish::Disabled, Source::SignedIn).await;
        let review = self.app.change_request_review(id, self.desk_person, ReviewAct::Proceed(None)).await;
        review.unwrap();
        id
    }

    async fn sign(
        &self,
        id: ChangeRequestId,
        with: &mut Authenticator,
        session: SessionId,
    ) -> Result<ChangeRequest, NotChanged> {
        let challenge = self.app.form_to_sign(id, self.contact, session)?.challenge.to_base64();
        let used = with.answer(&challenge);
        self.app.form_sign(page(), id, self.contact, session, challenge, used).await
    }

    fn told_of_passkeys(&self) -> Vec<(&'static str, Option<u64>)> {
        let leaves = self.leaves().into_iter();
        let about = leaves.filter(|leaf| leaf.kind.as_str().starts_with("passkey."));
        about.map(|leaf| (leaf.kind.as_str(), leaf.reference)).collect()
    }

    async fn letters(&self) -> Vec<String> {
        let mut all = self.app.letters_overview().await.unwrap().letters;
        all.reverse();
        let about = all.iter().filter(|(_, letter)| letter.text == "passkeys");
        about
            .map(|(_, letter)| {
                let facts = &letter.facts;
                format!("{}: {} {} {}", letter.to_name, facts["event"], facts["person"], facts["way"])
            })
            .collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_registered_by_link_is_told_to_everybody_and_signs_in() {
    let site = Site::new().await;
    site.becomes("Kim", None).await;
    site.clock.forward(4 * 24 * 3600);
    site.turn().await;
    let (passkey, mut with) = site.enrolled(1).await;
    assert_eq!((passkey.way, passkey.session, passkey.counter), (Way::Link, None, 1));
    let entry = passkey.entry.unwrap();
    assert_eq!(site.told_of_passkeys(), [("passkey.added", None)]);
    assert_eq!(site.leaves()[entry as usize].kind, Kind::PasskeyAdded);
    let said = ["Sam Example: added Sam Example link", "Kim Example: added Sam Example link"];
    assert_eq!(site.letters().await, said);
    let before = site.sign_in_instead(&mut with, None).await.unwrap();
    let signed_in = site.sign_in_instead(&mut with, Some(before.secret.reveal())).await.unwrap();
    let caller = Caller::Contact(site.contact, site.organization);
    let works = |signed_in: &SignedIn| site.app.session(signed_in.secret.reveal()).map(|(caller, _)| caller);
    assert_eq!((signed_in.caller, works(&signed_in), works(&before)), (caller, Some(caller), None));
    let kept = site.app.world().passkeys[&passkey.id].clone();
    assert_eq!((kept.counter, kept.used_at), (3, Some(site.clock.now())));
    // Any contact of the organization removes it, and nothing is done with it from then on.
    site.app.passkey_remove(passkey.id, caller).await.unwrap();
    assert_eq!(site.told_of_passkeys()[1..], [("passkey.removed", Some(entry))]);
    assert_eq!(site.letters().await.len(), 4);
    assert_eq!(site.sign_in(&mut with).await, Err(PasskeyRefused::Unknown));
    site.verify(None).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_for_one_passkey_of_one_person_for_a_day() {
    let site = Site::new().await;
    let holder = Holder::Contact(site.contact);
    let begin = |link: &str| site.app.enrolment_begin(link).map(|(_, challenge)| challenge.to_base64());
    let enrol = async |link: &str, challenge: &str, with: &mut Authenticator| {
        let new = with.register(challenge);
        site.app.enrol(page(), link, challenge.to_owned(), new).await.map(drop)
    };
    let link = site.link(holder).await.unwrap();
    let first = begin(&link).unwrap();
    let challenge = begin(&link).unwrap();
    let mut with = of(site.contact, 1);
    assert_eq!(enrol(&link, &first, &mut with).await, Err(PasskeyRefused::NotAsked), "asked anew");
    let other = site.link(Holder::DeskPerson(site.second_desk_person)).await.unwrap();
    assert_eq!(enrol(&other, &challenge, &mut with).await, Err(PasskeyRefused::NotAsked), "another's");
    assert_eq!(enrol(&link, &challenge, &mut with).await, Err(PasskeyRefused::NotAsked), "used up by that");
    // Whoever touches it and shows nothing else may be anybody.
    let mut touched = Authenticator { flags: 1, ..with.clone() };
    let refused = enrol(&link, &begin(&link).unwrap(), &mut touched).await;
    assert_eq!(refused, Err(PasskeyRefused::Refused(Refused::NotVerified)));
    let late = begin(&link).unwrap();
    site.clock.forward(5 * MINUTES);
    assert_eq!(enrol(&link, &late, &mut with).await, Err(PasskeyRefused::NotAsked), "too late");
    let sign_in = site.app.sign_in_begin().to_base64();
    assert_eq!(enrol(&link, &sign_in, &mut with).await, Err(PasskeyRefused::NotAsked), "of a sign-in");
    let challenge = begin(&link).unwrap();
    assert_eq!(enrol(&link, &challenge, &mut with).await, Ok(()));
    assert_eq!(begin(&link), None, "used");
    let older = site.link(holder).await.unwrap();
    let again = site.link(holder).await.unwrap();
    assert_eq!(begin(&older), None, "the newer one is meant");
    let challenge = begin(&again).unwrap();
    assert_eq!(enrol(&again, &challenge, &mut with).await, Err(PasskeyRefused::Twice));
    let waiting = begin(&again).unwrap();
    site.clock.forward(ENROLMENT_LIFE.as_secs() - MINUTES);
    assert!(begin(&again).is_some());
    site.clock.forward(MINUTES);
    assert_eq!(begin(&again), None, "too old");
    assert_eq!(enrol(&again, &waiting, &mut of(site.contact, 2)).await, Err(PasskeyRefused::NotAsked));
    assert_eq!(site.told_of_passkeys(), [("passkey.added", None)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn links_are_for_those_who_decide_and_nobody_issues_their_own() {
    let site = Site::new().await;
    let own = Holder::DeskPerson(site.desk_person);
    assert_eq!(site.link(own).await, Err(PasskeyRefused::OwnLink));
    assert!(site.link(Holder::DeskPerson(site.second_desk_person)).await.is_ok());
    for holder in [
        Holder::Admin,
        Holder::Subject(site.subject),
        Holder::Organization(site.organization),
        Holder::Contact(ContactId::from_bytes([9; 16])),
        Holder::DeskPerson(DeskPersonId::from_bytes([9; 16])),
    ] {
        assert_eq!(site.link(holder).await, Err(PasskeyRefused::NoHolder), "{holder:?}");
    }
    // A desk person who is a customer's contact too, under the same address.
    let globex = site.app.organization_create("Globex".parse().unwrap(), "globex".parse().unwrap()).await;
    let email = site.app.world().desk_people[&site.desk_person].email.clone();
    let dana = NewContact { email, ..new_contact("Dana Example", "dana@globex.example", &[5; 32]) };
    let (dana, _) = site.app.contact_create(globex.unwrap(), dana).await.unwrap();
    assert_eq!(site.link(Holder::Contact(dana)).await, Err(PasskeyRefused::OwnLink));
    assert!(site.app.enrolment_issue(Holder::Contact(dana), site.second_desk_person).await.is_ok());
    for number in 1..=PASSKEYS_MAX as u8 {
        site.enrolled(number).await;
    }
    assert_eq!(site.link(Holder::Contact(site.contact)).await, Err(PasskeyRefused::TooMany));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_in_shows_a_passkey_that_is_there_for_a_question_that_waits() {
    let site = Site::new().await;
    let (_, mut with) = site.enrolled(1).await;
    let challenge = site.app.sign_in_begin().to_base64();
    let used = with.answer(&challenge);
    let signed_in = async |challenge: &str, used: Used| {
        site.app.passkey_sign_in(page(), challenge.to_owned(), used, beginning(None)).await.map(drop)
    };
    assert_eq!(signed_in(&challenge, used.clone()).await, Ok(()));
    assert_eq!(signed_in(&challenge, used).await, Err(PasskeyRefused::NotAsked), "a second time");
    type Row = (&'static str, PasskeyRefused, fn(&mut Authenticator), fn(&mut Used));
    let rows: [Row; 7] = [
        ("unknown", PasskeyRefused::Unknown, |a| a.credential[0] ^= 1, |_| ()),
        ("another's", PasskeyRefused::Unknown, |a| a.handle[0] ^= 1, |_| ()),
        ("nobody's", PasskeyRefused::NotAsked, |_| (), |used| used.handle = None),
        ("touched alone", PasskeyRefused::Refused(Refused::NotVerified), |a| a.flags = 1, |_| ()),
        ("elsewhere", PasskeyRefused::Refused(Refused::Origin), |a| a.origin = "http://localhost:81", |_| ()),
        ("a copy", PasskeyRefused::Refused(Refused::Counter), |a| a.counter = 0, |_| ()),
        (
            "another key",
            PasskeyRefused::Refused(Refused::Signature),
            |a| *a = Authenticator { credential: a.credential.clone(), ..Authenticator::new(9, &a.handle) },
            |_| (),
        ),
    ];
    for (what, refused, change, alter) in rows {
        let mut other = Authenticator { counter: 50, ..with.clone() };
        change(&mut other);
        let challenge = site.app.sign_in_begin().to_base64();
        let mut used = other.answer(&challenge);
        alter(&mut used);
        assert_eq!(signed_in(&challenge, used).await, Err(refused), "{what}");
    }
    let late = site.app.sign_in_begin().to_base64();
    site.clock.forward(5 * MINUTES);
    let used = with.answer(&late);
    assert_eq!(signed_in(&late, used).await, Err(PasskeyRefused::NotAsked), "too late");
    assert!(site.sign_in(&mut with).await.is_ok());
    site.becomes("Kim", Some(site.contact)).await;
    site.clock.forward(4 * 24 * 3600);
    site.turn().await;
    assert_eq!(site.sign_in(&mut with).await, Err(PasskeyRefused::Unknown), "no contact any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_passkey_takes_the_first_ones_word() {
    let site = Site::new().await;
    let (first, mut with) = site.enrolled(1).await;
    let (session, other) = (site.sign_in(&mut with).await.unwrap(), site.sign_in(&mut with).await.unwrap());
    let holder = Holder::Contact(site.contact);
    let mut second = of(site.contact, 2);
    // A session alone adds none.
    let begun = site.app.passkey_add_begin(holder, session).unwrap().to_base64();
    let new = second.register(&begun);
    let refused = site.app.passkey_add(page(), holder, session, begun, new).await;
    assert_eq!(refused, Err(PasskeyRefused::NotAsked), "without a word");
    let begun = site.app.passkey_add_begin(holder, session).unwrap().to_base64();
    let used = with.answer(&begun);
    let refused = site.app.passkey_vouch(page(), holder, other, begun, used).await;
    assert_eq!(refused, Err(PasskeyRefused::NotAsked), "in another session");
    let sign_in = site.app.sign_in_begin().to_base64();
    let used = with.answer(&sign_in);
    let refused = site.app.passkey_vouch(page(), holder, session, sign_in, used).await;
    assert_eq!(refused, Err(PasskeyRefused::NotAsked), "of a sign-in");
    let refused = site.add(&mut second.clone(), &mut second, session).await;
    assert_eq!(refused, Err(PasskeyRefused::Unknown), "by one that is none of theirs");
    let mut gone = with.clone();
    let added = site.add(&mut with, &mut second, session).await.unwrap();
    assert_eq!((added.way, added.session.is_some()), (Way::Passkey, true));
    assert_eq!(site.letters().await[1..], ["Sam Example: added Sam Example passkey"]);
    assert!(site.sign_in(&mut second).await.is_ok());
    // Whoever vouched is removed before the new one is made.
    gone.counter = 40;
    let begun = site.app.passkey_add_begin(holder, session).unwrap().to_base64();
    let used = gone.answer(&begun);
    let next = site.app.passkey_vouch(page(), holder, session, begun, used).await.unwrap().to_base64();
    site.app.passkey_remove(first.id, Caller::DeskPerson(site.desk_person)).await.unwrap();
    let new = of(site.contact, 3).register(&next);
    let refused = site.app.passkey_add(page(), holder, session, next, new).await;
    assert_eq!(refused, Err(PasskeyRefused::NotAsked), "whose word is none any more");
    site.verify(None).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_signed_with_a_passkey_is_returned_and_its_evidence_verifies() {
    let site = Site::new().await;
    let (passkey, mut with) = site.enrolled(1).await;
    let id = site.form().await;
    let session = site.sign_in(&mut with).await.unwrap();
    let to_sign = site.app.form_to_sign(id, site.contact, session).unwrap();
    assert_eq!(to_sign.credentials, [with.credential.clone()]);
    let request = site.sign(id, &mut with, session).await.unwrap();
    let returned = request.returned.unwrap();
    assert_eq!(returned.strength, "passkey");
    let reader = Reader::Contact(site.contact, site.organization);
    let kept = site.app.evidence_read(returned.evidence, reader).await.unwrap().unwrap();
    assert_eq!(kept.media_type, Evidence::MEDIA_TYPE);
    assert_eq!(Sha256::digest(&kept.bytes)[..], returned.sha256, "the log has its hash");
    let (evidence, said, seen) = Evidence::verify(&kept.bytes).unwrap();
    let form = request.form.unwrap();
    let stored = site.app.evidence_read(form.evidence, reader).await.unwrap().unwrap().bytes;
    assert!(evidence.form == stored && said.form_sha256 == form.sha256, "the form that was sent");
    assert_eq!((said.request, said.signer), (id.to_string(), site.contact.to_string()));
    assert_eq!((said.org, said.action.as_str()), (site.organization.to_string(), "disable"));
    assert_eq!(
        (evidence.passkey.id, evidence.passkey.entry),
        (passkey.id.to_string(), passkey.entry.unwrap())
    );
    assert_eq!((evidence.signed_at, seen.flags.is_verified()), (site.clock.now().to_string(), true));
    // The desk holds it against the request as it does any other return.
    let [sent, back] = site.app.form_texts(id, site.desk_person).await.unwrap();
    assert!(sent == back && !sent.is_empty());
    site.app.form_match(id, site.desk_person, true, None).await.unwrap();
    site.verify(None).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_sign_a_form() {
    let site = Site::new().await;
    let too_new = || Err::<(), _>(NotChanged::Passkey(PasskeyRefused::TooNew));
    let refused = |why: PasskeyRefused| Err::<(), _>(NotChanged::Passkey(why));
    let early = site.form().await;
    let (_, mut with) = site.enrolled(1).await;
    let session = site.sign_in(&mut with).await.unwrap();
    let sign =
        async |id, with: &mut Authenticator, session: SessionId| site.sign(id, with, session).await.map(drop);
    assert_eq!(sign(early, &mut with, session).await, too_new(), "registered after the request");
    site.app.withdraw(early, site.contact).await.unwrap();
    // Another one, added in this session, before the next request.
    let mut added = of(site.contact, 2);
    site.add(&mut with, &mut added, session).await.unwrap();
    let id = site.form().await;
    let begin = |session: SessionId| site.app.form_to_sign(id, site.contact, session).unwrap();
    assert_eq!(begin(session).credentials, [with.credential.clone()], "not the one of this session");
    assert_eq!(sign(id, &mut added, session).await, too_new(), "added in this session");
    let later = site.sign_in(&mut added).await.unwrap();
    assert_eq!(begin(later).credentials.len(), 2);
    let form_sign = async |challenge: &str, used: Used, contact, session: SessionId| {
        let signed = site.app.form_sign(page(), id, contact, session, challenge.to_owned(), used).await;
        signed.map(drop)
    };
    let sign_in = site.app.sign_in_begin().to_base64();
    let used = with.answer(&sign_in);
    let why = form_sign(&sign_in, used, site.contact, session).await;
    assert_eq!(why, refused(PasskeyRefused::NotAsked), "a sign-in");
    let challenge = begin(session).challenge.to_base64();
    let used = with.answer(&challenge);
    let signed_in = site.app.passkey_sign_in(page(), challenge, used, beginning(None)).await.map(drop);
    assert_eq!(signed_in, Err(PasskeyRefused::NotAsked), "and the reverse");
    // Asked in one session, answered in the other.
    let challenge = begin(later).challenge.to_base64();
    let used = with.answer(&challenge);
    let why = form_sign(&challenge, used, site.contact, session).await;
    assert_eq!(why, refused(PasskeyRefused::NotAsked), "another session's");
    let challenge = begin(session).challenge.to_base64();
    let used = with.answer(&challenge);
    let why = form_sign(&challenge, used, ContactId::from_bytes([9; 16]), session).await;
    assert_eq!(why, refused(PasskeyRefused::NotAsked), "another contact's");
    let mut touched = Authenticator { flags: 1, ..with.clone() };
    let why = sign(id, &mut touched, session).await;
    assert_eq!(why, refused(PasskeyRefused::Refused(Refused::NotVerified)), "touched alone");
    // Kim's passkey, which is hers alone.
    let kim = site.becomes("Kim", None).await;
    site.clock.forward(4 * 24 * 3600);
    site.turn().await;
    let mut kims = of(kim, 3);
    site.enrol(Holder::Contact(kim), &mut kims).await.unwrap();
    let next = site.message(Wish::Disabled, Source::SignedIn).await;
    assert_eq!(next, id, "the same request, which is older than it");
    let session = site.sign_in(&mut with).await.unwrap();
    let why = sign(id, &mut kims, session).await;
    assert_eq!(why, refused(PasskeyRefused::Unknown), "another contact's passkey");
    let late = begin(session).challenge.to_base64();
    site.clock.forward(5 * MINUTES);
    let used = with.answer(&late);
    let why = form_sign(&late, used, site.contact, session).await;
    assert_eq!(why, refused(PasskeyRefused::NotAsked), "too late");
    let challenge = begin(session).challenge.to_base64();
    let used = with.answer(&challenge);
    assert_eq!(form_sign(&challenge, used.clone(), site.contact, session).await, Ok(()));
    let why = form_sign(&challenge, used, site.contact, session).await;
    assert_eq!(why, refused(PasskeyRefused::NotAsked), "a second time");
    site.app.withdraw(id, site.contact).await.unwrap();
    let over = site.app.form_to_sign(id, site.contact, session).map(drop);
    assert!(matches!(over, Err(NotChanged::Step(StepRefused::Over(_)))), "{over:?}");
    let unsent = site.message(Wish::Disabled, Source::SignedIn).await;
    let none = site.app.form_to_sign(unsent, site.contact, session).map(drop);
    assert_eq!(none, Err(NotChanged::Step(StepRefused::NoForm)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_believes_the_passkeys_that_the_log_tells_of() {
    let site = Site::new().await;
    let (kept, mut with) = site.enrolled(1).await;
    let (removed, _) = site.enrolled(2).await;
    site.app.passkey_remove(removed.id, Caller::DeskPerson(site.desk_person)).await.unwrap();
    let link = site.link(Holder::Contact(site.contact)).await.unwrap();
    let site = site.restart(|_, _| ()).await;
    assert_eq!(site.app.world().passkeys.values().collect::<Vec<_>>(), [&kept]);
    assert!(site.app.enrolment_begin(&link).is_some(), "a link outlives the process");
    assert!(site.sign_in(&mut with).await.is_ok());
    // Somebody who writes rows gives the contact a key of their own.
    let other = Authenticator::new(9, site.contact.as_bytes()).register("x");
    let key = other.registration.attestation;
    let key = key[key.len() - 42..].to_vec();
    let site = site
        .restart(|path, _| {
            Intruder::open(path).unwrap().swap_passkey_key(kept.id, &key).unwrap();
        })
        .await;
    assert_eq!(site.app.world().passkeys.len(), 0, "it is not the one that the log names");
    assert_eq!(site.sign_in(&mut with).await, Err(PasskeyRefused::Unknown));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_erased_leaves_no_passkey() {
    let site = Site::new().await;
    let (_, mut with) = site.enrolled(1).await;
    site.link(Holder::Contact(site.contact)).await.unwrap();
    site.becomes("Kim", Some(site.contact)).await;
    site.clock.forward(4 * 24 * 3600);
    site.turn().await;
    let reason = "they asked for it".parse().unwrap();
    site.app.contact_erase(site.contact, site.desk_person, reason).await.unwrap();
    assert_eq!(site.app.world().passkeys.len(), 0);
    assert_eq!(site.sign_in(&mut with).await, Err(PasskeyRefused::Unknown));
    site.verify(None).unwrap();
    let site = site.restart(|_, _| ()).await;
    assert_eq!(site.app.world().passkeys.len(), 0);
    site.verify(None).unwrap();
}
