//! What pages say where a rule refuses something: each reason of the domain and of the use cases, in the catalogue's words.
//! None where the reason's words are a library's or name a failure of ours; then the page shows them in English.

use byleave_app::NotWritten;
use byleave_app::catalog::Unfit;
use byleave_app::change_requests::CallRefused;
use byleave_app::doubts::NotDoubted;
use byleave_app::freezes::NotFrozen;
use byleave_app::mail_domains::DOMAINS_MAX;
use byleave_app::notice_addresses::NOTICES_MAX;
use byleave_app::passkeys::PasskeyRefused;
use byleave_app::setting::NotChanged;
use byleave_domain::change_request::StepRefused;
use byleave_domain::contact_change::ContactChangeRefused;
use byleave_domain::doubt::DoubtRefused;
use byleave_domain::freeze::LiftRefused;
use byleave_domain::organization::StatementNotTaken;
use byleave_domain::statement::StatementRefused;

use crate::text::Text;

pub(crate) fn change(why: &NotChanged) -> Option<Text> {
    match why {
        NotChanged::Statement(why) => Some(statement(why)),
        NotChanged::Step(why) => Some(step(why)),
        NotChanged::Contacts(why) => Some(contact_change(why)),
        NotChanged::Call(why) => Some(call(why)),
        NotChanged::Unsettled(_) => Some(Text::of("rule-unsettled")),
        NotChanged::Overtaken => Some(Text::of("rule-overtaken")),
        NotChanged::OutboxWaits => Some(Text::of("rule-outbox")),
        NotChanged::UnknownOrganization(_)
        | NotChanged::UnknownChangeRequest(_)
        | NotChanged::UnknownMessage(_)
        | NotChanged::Unproven(_)
        | NotChanged::Passkey(_)
        | NotChanged::Document(_)
        | NotChanged::NotWritten(_) => None,
    }
}

pub(crate) fn written(why: &NotWritten) -> Option<Text> {
    match why {
        NotWritten::Taken(_) => Some(Text::about(byleave_api::problem::ProblemType::Taken, "happened")),
        NotWritten::NotAdmitted => Some(Text::of("rule-not-admitted")),
        NotWritten::Refused(_) | NotWritten::LogBroken(_) | NotWritten::Unavailable(_) => None,
    }
}

fn signature(why: &StatementRefused) -> Text {
    match why {
        StatementRefused::NoKey => Text::of("rule-no-key"),
        StatementRefused::Signature | StatementRefused::Passkey(_) => Text::of("rule-signature"),
        StatementRefused::Stale { issued } => Text::of("rule-stale").arg("when", *issued),
    }
}

fn statement(why: &StatementNotTaken) -> Text {
    match why {
        StatementNotTaken::OtherOrganization(_) => Text::of("rule-other-organization"),
        StatementNotTaken::OtherWish(_) => Text::of("rule-other-wish"),
        StatementNotTaken::NotAContact(_) => Text::of("rule-not-a-contact"),
        StatementNotTaken::ContactTooNew(_) => Text::of("rule-contact-too-new"),
        StatementNotTaken::OtherEpoch { stated, next } => {
            Text::of("rule-other-epoch").arg("stated", *stated).arg("next", *next)
        }
        StatementNotTaken::Refused(why) => signature(why),
        StatementNotTaken::AlreadyEnabled => Text::of("rule-already-enabled"),
        StatementNotTaken::Closed => Text::of("rule-closed"),
    }
}

fn step(why: &StepRefused) -> Text {
    match why {
        StepRefused::Over(_) => Text::of("rule-over"),
        StepRefused::Full(steps) => Text::of("rule-full").arg("steps", *steps),
        StepRefused::NotReviewed => Text::of("rule-not-reviewed"),
        StepRefused::Reviewed => Text::of("rule-reviewed"),
        StepRefused::ItemMissing(what) => {
            let item = Text::of(match *what {
                "the customer's name" => "desk-item-name",
                "the confirmation" => "desk-item-confirmation",
                _ => "desk-item-contact",
            });
            Text::of("rule-item-missing").arg("item", item)
        }
        StepRefused::NothingToChange(_) => Text::of("rule-nothing-to-change"),
        StepRefused::OtherJourney(..) => Text::of("rule-other-journey"),
        StepRefused::NoForm => Text::of("rule-no-form"),
        StepRefused::NoMeeting => Text::of("rule-no-meeting"),
        StepRefused::NotInvited => Text::of("rule-not-invited"),
        StepRefused::UnknownInvitation(version) => {
            Text::of("rule-unknown-invitation").arg("version", u64::from(*version))
        }
        StepRefused::AnswerAhead(at) => Text::of("rule-answer-ahead").arg("when", *at),
        StepRefused::NoProposal(_) => Text::of("rule-no-proposal"),
        StepRefused::NotFound(_) => Text::of("rule-not-found"),
        StepRefused::NotMatched => Text::of("rule-not-matched"),
        StepRefused::NotReturned => Text::of("rule-not-returned"),
        StepRefused::NotCalled => Text::of("rule-not-called"),
        StepRefused::NoCallNeeded => Text::of("rule-no-call-needed"),
        StepRefused::NotAContact(_) => Text::of("rule-not-a-contact"),
        StepRefused::NumberTooNew { from, .. } => Text::of("rule-number-too-new").arg("when", *from),
        StepRefused::ContactUnconfirmed(_) => Text::of("rule-contact-unconfirmed"),
        StepRefused::SecondPerson => Text::of("rule-second-person"),
        StepRefused::ApprovedAlready => Text::of("rule-approved-already"),
        StepRefused::OwnRequest => Text::of("rule-own-request"),
        StepRefused::ApprovalDiffers(_) => Text::of("rule-approval-differs"),
        StepRefused::Approval(why) => signature(why),
        StepRefused::Statement(why) => statement(why),
        StepRefused::Disagreement => Text::of("rule-disagreement"),
        StepRefused::Waits(at) => Text::of("rule-waits").arg("when", *at),
    }
}

fn contact_change(why: &ContactChangeRefused) -> Text {
    match why {
        ContactChangeRefused::Over => Text::of("rule-contacts-over"),
        ContactChangeRefused::NoContacts => Text::of("rule-contacts-none"),
        ContactChangeRefused::NotAContact(_) => Text::of("rule-not-a-contact"),
        ContactChangeRefused::OnFile(address) => Text::of("rule-on-file").arg("address", address.to_string()),
        ContactChangeRefused::TooMany => Text::of("rule-contacts-too-many"),
        ContactChangeRefused::SameNumber(number) => {
            Text::of("rule-same-number").arg("number", number.to_string())
        }
        ContactChangeRefused::AgreedAlready => Text::of("rule-agreed-already"),
        ContactChangeRefused::OwnChange => Text::of("rule-own-change"),
        ContactChangeRefused::Agreement(why) => signature(why),
        ContactChangeRefused::OtherText => Text::of("rule-other-text"),
        ContactChangeRefused::NoForm => Text::of("rule-contacts-no-form"),
        ContactChangeRefused::FormUnexpected => Text::of("rule-contacts-form-unexpected"),
    }
}

fn call(why: &CallRefused) -> Text {
    match why {
        CallRefused::NotBegun => Text::of("rule-call-not-begun"),
        CallRefused::Expired => Text::of("desk-call-expired"),
        CallRefused::Wrong(left) => Text::of("desk-call-wrong").arg("left", u64::from(*left)),
        CallRefused::Spent => Text::of("desk-call-spent"),
        CallRefused::TooLong => Text::of("rule-call-too-long"),
        CallRefused::NotHeard => Text::of("rule-call-not-heard"),
        CallRefused::NoReasonNeeded => Text::of("rule-call-no-reason"),
    }
}

pub(crate) fn doubt(why: &NotDoubted) -> Option<Text> {
    match why {
        NotDoubted::Refused(DoubtRefused::Open(_, due)) => Some(Text::of("rule-doubted").arg("when", *due)),
        NotDoubted::Refused(DoubtRefused::TooMany) => Some(Text::of("rule-doubted-often")),
        NotDoubted::Refused(DoubtRefused::Answered(_)) => Some(Text::of("rule-doubt-answered")),
        NotDoubted::Refused(DoubtRefused::OwnVisit) => Some(Text::of("rule-own-visit")),
        NotDoubted::UnknownVisit(_)
        | NotDoubted::Unknown(_)
        | NotDoubted::Text(_)
        | NotDoubted::NotWritten(_) => None,
    }
}

pub(crate) fn freeze(why: &NotFrozen) -> Option<Text> {
    match why {
        NotFrozen::UnknownEmployer { given, known } => {
            Some(Text::of("rule-no-employer").arg("given", given).arg("known", known))
        }
        NotFrozen::Lift(LiftRefused::Over) => Some(Text::of("rule-lifted")),
        NotFrozen::Lift(LiftRefused::OtherFreeze) => Some(Text::of("rule-other-freeze")),
        NotFrozen::Lift(LiftRefused::OtherPerson(_)) => Some(Text::of("rule-other-person")),
        NotFrozen::Lift(LiftRefused::Twice) => Some(Text::of("rule-agreed-already")),
        NotFrozen::Lift(LiftRefused::Signature(why)) => Some(signature(why)),
        NotFrozen::Unknown(_) | NotFrozen::Text(_) | NotFrozen::NotWritten(_) => None,
    }
}

pub(crate) fn passkey(why: &PasskeyRefused) -> Option<Text> {
    match why {
        PasskeyRefused::NotAsked => Some(Text::of("rule-passkey-not-asked")),
        PasskeyRefused::Unknown => Some(Text::of("rule-passkey-unknown")),
        PasskeyRefused::Link => Some(Text::of("rule-passkey-link")),
        PasskeyRefused::TooNew => Some(Text::of("rule-passkey-too-new")),
        PasskeyRefused::Waits(from) => Some(Text::of("step-up-waits").arg("when", *from)),
        PasskeyRefused::NotDelegated => Some(Text::of("rule-passkey-not-delegated")),
        PasskeyRefused::AddedHere => Some(Text::of("rule-passkey-added-here")),
        PasskeyRefused::OtherDelegation => Some(Text::of("rule-passkey-other-delegation")),
        PasskeyRefused::Delegation(why) => Some(signature(why)),
        PasskeyRefused::TooMany => Some(Text::of("rule-passkey-too-many")),
        PasskeyRefused::Twice => Some(Text::of("rule-passkey-twice")),
        PasskeyRefused::OwnLink => Some(Text::of("rule-passkey-own-link")),
        PasskeyRefused::NoHolder => Some(Text::of("rule-passkey-nobody")),
        PasskeyRefused::Refused(_) | PasskeyRefused::NotFound(_) | PasskeyRefused::NotWritten(_) => None,
    }
}

pub(crate) fn unfit(why: &Unfit) -> Text {
    match why {
        Unfit::Taken(_) => Text::of("rule-slug-taken"),
        Unfit::OtherDomains { .. } => Text::of("rule-domains-differ"),
        Unfit::OtherNotices { .. } => Text::of("rule-notices-differ"),
        Unfit::TooManyDomains(_) | Unfit::TooManyNotices(_) => too_many(),
        Unfit::Assets { tool, .. } => Text::of("rule-slug-assets").arg("tool", tool.as_str()),
    }
}

/// Of what may stand in a list about an organization.
pub(crate) fn too_many() -> Text {
    Text::of("rule-too-many").arg("domains", DOMAINS_MAX).arg("addresses", NOTICES_MAX)
}
