//! A passkey decides in the place of its holder's own key, once that has said so, and no longer than that holds.

use byleave_app::credentials::Holder;
use byleave_app::passkeys::{Delegation, Passkey, PasskeyRefused, Refused, SignedDelegation};
use byleave_domain::approval::SignedApproval;
use byleave_domain::decision::Decision;
use byleave_domain::ids::{PasskeyId, SessionId};
use byleave_domain::organization::StatementNotTaken;
use byleave_domain::signature::Signature;
use byleave_domain::statement::{SignedStatement, StatementRefused, Wish};
use byleave_domain::support_access::SupportAccess;
use byleave_passkey::{Challenge, RelyingParty};
use byleave_store::intruder::Intruder;

use super::support::authenticator::{Authenticator, page};
use super::support::{CONTACT_SEED, SECOND_DESK_SEED, Site};
use super::{MINUTES, NotChanged, of};

impl Site {
    fn to_delegate(&self, id: PasskeyId, page: &RelyingParty) -> Delegation {
        let world = self.app.world();
        world.passkeys[&id].to_delegate(page, &page.origins[0], self.app.now())
    }

    async fn delegate(&self, passkey: &Passkey, seed: &[u8; 32]) -> Result<(), PasskeyRefused> {
        self.take(passkey, self.to_delegate(passkey.id, &page()).sign(seed)).await
    }

    async fn take(&self, passkey: &Passkey, signed: SignedDelegation) -> Result<(), PasskeyRefused> {
        self.app.passkey_delegate(page(), passkey.holder, passkey.id, signed).await.map(drop)
    }

    /// A text signed with a passkey.
    async fn signed(
        &self,
        text: &str,
        with: &mut Authenticator,
        whose: (Holder, SessionId),
    ) -> Result<Signature, PasskeyRefused> {
        let used = with.answer(&Challenge::document(text.as_bytes()).to_base64());
        self.app.passkey_sign(page(), whose, text.to_owned(), used).await
    }

    /// The contact's statement, signed with a passkey in this session.
    async fn stated(
        &self,
        wish: Wish,
        epoch: u64,
        with: &mut Authenticator,
        session: SessionId,
    ) -> Result<SignedStatement, PasskeyRefused> {
        let statement = self.statement(wish, epoch).statement;
        let whose = (Holder::Contact(self.contact), session);
        let signature = self.signed(&statement.to_text(), with, whose).await?;
        Ok(SignedStatement { statement, signature })
    }

    fn by_passkeys(&self) -> Vec<bool> {
        let world = self.app.world();
        let setting = &world.organizations[&self.organization].organization.setting;
        let evidence = setting.evidence.as_ref().unwrap();
        let signatures = evidence.statement.iter().map(|signed| &signed.signature);
        let all = signatures.chain(evidence.approvals.iter().map(|signed| &signed.signature));
        all.map(|signature| signature.passkey().is_some()).collect()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn passkeys_disable_and_enable_and_anybody_can_verify_it_later() {
    let site = Site::new().await;
    let (passkey, mut with) = site.enrolled(1).await;
    let session = site.sign_in(&mut with).await.unwrap();
    site.delegate(&passkey, &CONTACT_SEED).await.unwrap();
    let signed = site.stated(Wish::Disabled, 1, &mut with, session).await.unwrap();
    site.app.disable(site.organization, signed).await.unwrap();
    assert!(matches!(site.decide(), Decision::Deny(_)));
    let site = site.restart(|_, _| ()).await;
    site.configure_desk(true).await;
    assert_eq!((site.epoch(), site.by_passkeys()), (1, vec![true]), "the log proves it after a restart");
    let session = site.sign_in(&mut with).await.unwrap();

    let signed = site.stated(Wish::Enabled, 2, &mut with, session).await.unwrap();
    let request = site.app.request_enable(site.organization, signed).await.unwrap();
    let (by, holder) = (site.second_desk_person, Holder::DeskPerson(site.second_desk_person));
    let mut desk = Authenticator::new(2, by.as_bytes());
    let own = site.enrol(holder, &mut desk).await.unwrap();
    let (_, session) = site.signed_in(holder, None).await;
    site.confirm_all().await;
    let reviewed =
        site.app.change_request_review(request.id, site.desk_person, super::ReviewAct::Proceed(None));
    reviewed.await.unwrap();
    let approval = site.approval(request.id, by).approval;
    let none = site.signed(&approval.to_text(), &mut desk, (holder, session)).await;
    assert_eq!(none, Err(PasskeyRefused::NotDelegated), "whoever made the link does not approve");
    site.delegate(&own, &SECOND_DESK_SEED).await.unwrap();
    let signature = site.signed(&approval.to_text(), &mut desk, (holder, session)).await.unwrap();
    site.app.approve(request.id, by, SignedApproval { approval, signature }).await.unwrap();
    site.turn().await;
    assert_eq!(site.decide(), Decision::Permit { epoch: 2 });
    assert_eq!(site.by_passkeys(), [true, true]);

    // What was signed holds although the passkeys are gone, and so does the log as an outsider takes it.
    for id in [passkey.id, own.id] {
        site.app.passkey_remove(id, super::Caller::DeskPerson(site.desk_person)).await.unwrap();
    }
    let site = site.restart(|_, _| ()).await;
    assert_eq!((site.epoch(), site.decide()), (2, Decision::Permit { epoch: 2 }));
    site.verify(None).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_that_the_key_does_not_stand_for_decides_nothing() {
    let site = Site::new().await;
    let holder = Holder::Contact(site.contact);
    let (passkey, mut with) = site.enrolled(1).await;
    let (other, mut second) = site.enrolled(2).await;
    let session = site.sign_in(&mut with).await.unwrap();
    let not_yet = site.stated(Wish::Disabled, 1, &mut with, session).await;
    assert_eq!(not_yet, Err(PasskeyRefused::NotDelegated));

    let right = site.to_delegate(passkey.id, &page());
    let elsewhere = RelyingParty { origins: vec!["https://elsewhere.example".into()], ..page() };
    let domain = RelyingParty { id: "elsewhere.example".into(), ..page() };
    let mut changed = right.clone().sign(&CONTACT_SEED);
    changed.delegation.public_key = other.key.clone();
    let wrong_key = PasskeyRefused::Delegation(StatementRefused::Signature);
    for (what, signed, why) in [
        ("another key", right.clone().sign(&SECOND_DESK_SEED), wrong_key.clone()),
        ("changed after it was signed", changed, wrong_key),
        (
            "another passkey",
            site.to_delegate(other.id, &page()).sign(&CONTACT_SEED),
            PasskeyRefused::OtherDelegation,
        ),
        (
            "another passkey's key",
            Delegation { public_key: other.key.clone(), ..right.clone() }.sign(&CONTACT_SEED),
            PasskeyRefused::OtherDelegation,
        ),
        (
            "other pages",
            site.to_delegate(passkey.id, &elsewhere).sign(&CONTACT_SEED),
            PasskeyRefused::OtherDelegation,
        ),
        (
            "another domain",
            site.to_delegate(passkey.id, &domain).sign(&CONTACT_SEED),
            PasskeyRefused::OtherDelegation,
        ),
    ] {
        assert_eq!(site.take(&passkey, signed).await, Err(why), "{what}");
    }
    site.clock.forward(11 * MINUTES);
    let stale = site.take(&passkey, right.clone().sign(&CONTACT_SEED)).await;
    assert!(matches!(stale, Err(PasskeyRefused::Delegation(StatementRefused::Stale { .. }))), "{stale:?}");
    let theirs = site.app.passkey_delegate(
        page(),
        Holder::DeskPerson(site.desk_person),
        passkey.id,
        right.sign(&CONTACT_SEED),
    );
    assert_eq!(theirs.await.map(drop), Err(PasskeyRefused::NotFound(passkey.id)), "of somebody else");
    let none = site.stated(Wish::Disabled, 1, &mut with, session).await;
    assert_eq!(none, Err(PasskeyRefused::NotDelegated), "none of these counted");

    site.delegate(&passkey, &CONTACT_SEED).await.unwrap();
    let undelegated = site.stated(Wish::Disabled, 1, &mut second, session).await;
    assert_eq!(undelegated, Err(PasskeyRefused::NotDelegated), "the other one");
    let (text, later) = (site.statement(Wish::Disabled, 1).statement.to_text(), "byleave/switch/v1\n");
    let used = with.answer(&Challenge::document(later.as_bytes()).to_base64());
    let signed = site.app.passkey_sign(page(), (holder, session), text.clone(), used).await;
    assert_eq!(signed, Err(PasskeyRefused::Refused(Refused::Challenge)), "another text");
    let stranger = (Holder::DeskPerson(site.desk_person), session);
    let signed = site.signed(&text, &mut with, stranger).await;
    assert_eq!(signed, Err(PasskeyRefused::Unknown), "somebody else's passkey");
    let before = with.counter;
    with.counter = 0;
    let signed = site.signed(&text, &mut with, (holder, session)).await;
    assert_eq!(signed, Err(PasskeyRefused::Refused(Refused::Counter)), "a copy");
    with.counter = before;
    let mut third = of(site.contact, 3);
    let added = site.add(&mut with, &mut third, session).await.unwrap();
    site.delegate(&added, &CONTACT_SEED).await.unwrap();
    let signed = site.signed(&text, &mut third, (holder, session)).await;
    assert_eq!(signed, Err(PasskeyRefused::AddedHere), "added in this session");
    assert!(site.signed(&text, &mut with, (holder, session)).await.is_ok());
    site.app
        .passkey_remove(passkey.id, super::Caller::Contact(site.contact, site.organization))
        .await
        .unwrap();
    let signed = site.signed(&text, &mut with, (holder, session)).await;
    assert_eq!(signed, Err(PasskeyRefused::Unknown), "removed");
    assert_eq!(site.epoch(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delegation_ends_with_the_key_and_whoever_writes_rows_makes_none() {
    let site = Site::new().await;
    let (by, holder) = (site.second_desk_person, Holder::DeskPerson(site.second_desk_person));
    let mut desk = Authenticator::new(2, by.as_bytes());
    let own = site.enrol(holder, &mut desk).await.unwrap();
    site.delegate(&own, &SECOND_DESK_SEED).await.unwrap();
    let (_, session) = site.signed_in(holder, None).await;
    assert!(site.signed("a text", &mut desk, (holder, session)).await.is_ok());
    site.configure(&[Some(super::support::DESK_SEED), Some([13; 32])]).await.unwrap();
    let signed = site.signed("a text", &mut desk, (holder, session)).await;
    assert_eq!(signed, Err(PasskeyRefused::NotDelegated), "the key is another one");

    let forged = site.to_delegate(own.id, &page()).sign(&[14; 32]);
    let site = site
        .restart(|path, _| {
            let text = forged.delegation.to_text();
            Intruder::open(path).unwrap().put_delegation(own.id, &text, &forged.signature).unwrap();
        })
        .await;
    site.configure(&[Some(super::support::DESK_SEED), Some([13; 32])]).await.unwrap();
    let (_, session) = site.signed_in(holder, None).await;
    let signed = site.signed("a text", &mut desk, (holder, session)).await;
    assert_eq!(signed, Err(PasskeyRefused::NotDelegated), "another key's word");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_chain_to_the_key_on_file_changes_no_setting() {
    let site = Site::new().await;
    let (passkey, mut with) = site.enrolled(1).await;
    let session = site.sign_in(&mut with).await.unwrap();
    site.delegate(&passkey, &CONTACT_SEED).await.unwrap();
    let good = site.stated(Wish::Disabled, 1, &mut with, session).await.unwrap();
    let changed = |change: &dyn Fn(&mut byleave_domain::signature::ByPasskey)| {
        let mut signed = good.clone();
        let Signature::Passkey(by) = &mut signed.signature else { panic!("a passkey signed") };
        change(by);
        signed
    };
    let theirs = site.to_delegate(passkey.id, &page()).sign(&SECOND_DESK_SEED);
    let other = Authenticator::new(9, b"").answer(&Challenge::document(b"").to_base64()).assertion;
    let (text, signature) = (good.statement.clone(), good.signature.clone());
    let elsewhere = "https://elsewhere.example";
    for (what, signed) in [
        ("another key's delegation", changed(&|by| by.delegation = theirs.clone())),
        ("a delegation that was changed", changed(&|by| by.delegation.delegation.origin = elsewhere.into())),
        ("another passkey's signature", changed(&|by| by.used = other.clone())),
        ("its authenticator data changed", changed(&|by| by.used.authenticator_data[32] |= 8)),
        ("its signature changed", changed(&|by| by.used.signature[0] ^= 1)),
        (
            "another statement",
            SignedStatement {
                statement: byleave_domain::statement::Statement {
                    request: byleave_domain::ids::RequestId::from_bytes([9; 16]),
                    ..text
                },
                signature,
            },
        ),
    ] {
        let refused = site.app.disable(site.organization, signed).await;
        let by_signature = matches!(
            refused,
            Err(NotChanged::Statement(StatementNotTaken::Refused(
                StatementRefused::Signature | StatementRefused::Passkey(_)
            )))
        );
        assert!(by_signature, "{what}: {refused:?}");
    }
    let setting = site.app.world().organizations[&site.organization].organization.setting.access.clone();
    assert_eq!(setting, SupportAccess::Enabled);
    site.app.disable(site.organization, good).await.unwrap();
}
