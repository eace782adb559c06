//! Who is written to by what happens, and when a letter is tried again: one table each.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use byleave_domain::approval::Approval;
use byleave_domain::change_request::{
    Answer, Attendance, By, Call, CallOutcome, ChangeRequest, Ending, Finding, Form, Items, Matched, Meeting,
    Question, Received, Returned, Review, ReviewOutcome, Source, Step,
};
use byleave_domain::contact::SecurityContact;
use byleave_domain::contact_change::{Agreement, ContactChangeEnd, ContactStep};
use byleave_domain::ids::{ChangeRequestId, ContactId, DeskPersonId, EvidenceId, OrganizationId};
use byleave_domain::letter::{Answered, Cause, Next, OnFile, Recipient, Text, letters, next};
use byleave_domain::process::{Profile, ProfileName};
use byleave_domain::statement::Wish;
use byleave_domain::text::Email;
use jiff::{SignedDuration, Timestamp};

const ORGANIZATION: OrganizationId = OrganizationId::from_bytes([1; 16]);
const NOTE: EvidenceId = EvidenceId::from_bytes([4; 16]);
const DESK: DeskPersonId = DeskPersonId::from_bytes([11; 16]);

fn now() -> Timestamp {
    Timestamp::from_second(1_800_000_000).unwrap()
}

fn contact(number: u8, name: &str) -> SecurityContact {
    SecurityContact {
        id: ContactId::from_bytes([number; 16]),
        organization: ORGANIZATION,
        name: name.parse().unwrap(),
        email: format!("{name}@acme.example").parse().unwrap(),
        phone: "+1 555 0100".parse().unwrap(),
        key: None,
        since_epoch: 0,
        number_since: now(),
        from_contract: true,
        calls: Vec::new(),
    }
}

/// Sam and Kim.
fn on_file() -> Vec<SecurityContact> {
    vec![contact(1, "sam"), contact(2, "kim")]
}

fn request(wish: Wish, asker: Option<u8>) -> ChangeRequest {
    let received = Received {
        wish,
        source: Source::Unauthenticated,
        contact: asker.map(|number| ContactId::from_bytes([number; 16])),
        items: Items::ALL,
        evidence: None,
        statement: None,
        profile: Profile::usual(ProfileName::Article),
    };
    ChangeRequest::new(ChangeRequestId::from_bytes([2; 16]), ORGANIZATION, received, now())
}

fn reviewed(outcome: ReviewOutcome) -> Step {
    Step::Reviewed { review: Review { by: DESK, outcome }, note: None }
}

fn form() -> Form {
    Form { evidence: NOTE, sha256: [0; 32], version: "1".into() }
}

fn meeting(cancelled: bool) -> Step {
    let meeting = Meeting { start: now(), sequence: 1, cancelled };
    Step::MeetingSet { by: By::Desk(DESK), meeting, declines: None }
}

fn found(question: Question, holds: bool) -> Step {
    Step::Found { question, finding: Finding { holds, by: DESK, at: now(), note: NOTE } }
}

fn called(outcome: CallOutcome) -> Step {
    let contact = ContactId::from_bytes([1; 16]);
    let call = Call { by: DESK, contact, outcome, words: None, wrong_tries: 0, at: now(), entry: 0 };
    Step::Called { call, note: NOTE }
}

fn returned() -> Returned {
    Returned { by: By::Nobody, evidence: NOTE, sha256: [0; 32], strength: "picture".into() }
}

fn told(cause: Cause<'_>, on_file: &[SecurityContact]) -> String {
    told_with(cause, on_file, &[])
}

fn told_with(cause: Cause<'_>, contacts: &[SecurityContact], notices: &[Email]) -> String {
    let mut all = Vec::new();
    for letter in letters(cause, OnFile { contacts, notices }) {
        assert!(letter.text.events().contains(&letter.event), "{letter:?}");
        let to = match &letter.to {
            Recipient::Contact(id) => contacts.iter().find(|known| known.id == *id).unwrap().name.as_str(),
            Recipient::Notice(address) => address.as_str().split('@').next().unwrap(),
        };
        let mut line = format!("{to}: {}/{}", letter.text.as_str(), letter.event);
        for (is, word) in
            [(letter.answers, " answer"), (letter.form, " +form"), (letter.invitation, " +invitation")]
        {
            line.push_str(if is { word } else { "" });
        }
        all.push(line);
    }
    all.join("; ")
}

#[track_caller]
fn check(wish: Wish, steps: &[Step], expected: &str) {
    let mut request = request(wish, Some(1));
    steps.iter().for_each(|step| request.apply(step, now()));
    let expected = match expected.strip_prefix("both ") {
        Some(event) => format!("sam: {event}; kim: {event}"),
        None => expected.to_owned(),
    };
    assert_eq!(told(Cause::Steps(&request, steps), &on_file()), expected, "{steps:?}");
}

#[test]
fn every_step_of_a_request_tells_every_contact_and_answers_whoever_asked_once() {
    use Wish::{Disabled, Enabled};
    let received = Step::Received(request(Disabled, Some(1)).received);
    let approval = Approval {
        organization: ORGANIZATION,
        epoch: 2,
        wish: Enabled,
        change_request: ChangeRequestId::from_bytes([2; 16]),
        call: None,
        by: DESK,
        issued: now(),
    };
    check(Disabled, &[received], "both request_received/received");
    check(
        Disabled,
        &[Step::Joined { items: Items::ALL, evidence: NOTE, answer: None }],
        "both request_step/joined",
    );
    check(Disabled, &[reviewed(ReviewOutcome::Begun)], "both request_step/review_begun");
    check(
        Disabled,
        &[reviewed(ReviewOutcome::Asked)],
        "sam: request_incomplete/incomplete answer; kim: request_step/incomplete",
    );
    check(
        Disabled,
        &[reviewed(ReviewOutcome::Proceeds), Step::FormSent { by: DESK, form: form() }, meeting(false)],
        "sam: request_accepted/proceeds answer +form +invitation; kim: request_step/proceeds",
    );
    check(
        Enabled,
        &[reviewed(ReviewOutcome::Proceeds)],
        "sam: request_accepted/proceeds answer; kim: request_step/proceeds",
    );
    check(Disabled, &[Step::FormSent { by: DESK, form: form() }], "both request_step/form_sent");
    check(Disabled, &[meeting(false)], "sam: meeting/meeting_set +invitation; kim: meeting/meeting_set");
    check(
        Disabled,
        &[meeting(true)],
        "sam: meeting/meeting_cancelled +invitation; kim: meeting/meeting_cancelled",
    );
    let kept = Step::MeetingSet {
        by: By::Desk(DESK),
        meeting: Meeting { start: now(), sequence: 1, cancelled: false },
        declines: Some(NOTE),
    };
    check(Disabled, &[kept], "sam: meeting/meeting_kept answer +invitation; kim: meeting/meeting_kept");
    for (question, holds, event) in [
        (Question::Identity, true, "identity_found"),
        (Question::Identity, false, "identity_not_found"),
        (Question::Understanding, true, "understanding_found"),
        (Question::Understanding, false, "understanding_not_found"),
    ] {
        check(Disabled, &[found(question, holds)], &format!("both request_step/{event}"));
    }
    check(Disabled, &[Step::Returned(returned())], "both request_step/form_returned");
    for (accepted, event) in [(true, "form_accepted"), (false, "form_not_accepted")] {
        let matched = Step::Matched { matched: Matched { by: DESK, accepted }, note: None };
        check(Disabled, &[matched], &format!("both request_step/{event}"));
    }
    for (outcome, event) in [
        (CallOutcome::Confirmed, "called"),
        (CallOutcome::NotReached, "not_reached"),
        (CallOutcome::Denied, "call_denied"),
    ] {
        check(Enabled, &[called(outcome)], &format!("both request_step/{event}"));
    }
    check(Enabled, &[Step::Approved(approval.sign(&[1; 32]))], "both request_step/approved");
    check(Enabled, &[Step::Processed { epoch: 1, connections: 0 }], "");
    check(Enabled, &[Step::Announced { checkpoint: String::new() }], "both request_step/in_force");
    check(Enabled, &[Step::Reminded], "both request_step/reminded");
    for (how, event) in [
        (Ending::Refused(DESK), "refused"),
        (Ending::Withdrawn(ContactId::from_bytes([1; 16])), "withdrawn"),
        (Ending::Vetoed(ContactId::from_bytes([2; 16])), "vetoed"),
        (Ending::Expired, "expired"),
        (Ending::Superseded, "superseded"),
    ] {
        check(Enabled, &[Step::Ended { how, note: None }], &format!("both request_ended/{event}"));
    }
}

#[test]
fn whoever_is_not_on_file_is_not_answered() {
    let steps = [reviewed(ReviewOutcome::Asked)];
    let answered = "sam: request_incomplete/incomplete answer; kim: request_step/incomplete";
    // Nobody known, and somebody who has left: the first on file is answered, whom the form names as well.
    for asker in [None, Some(9)] {
        assert_eq!(told(Cause::Steps(&request(Wish::Disabled, asker), &steps), &on_file()), answered);
    }
    assert_eq!(told(Cause::Steps(&request(Wish::Disabled, Some(1)), &steps), &[]), "");
}

#[test]
fn every_other_change_tells_every_contact_too() {
    let ended = |how| ContactStep::Ended(how);
    let agreement = Agreement { by: DESK, issued: now(), signature: [0; 64].into() };
    let steps = [
        (ContactStep::Returned(returned()), "form_returned"),
        (ContactStep::Agreed(agreement), "agreed"),
        (ended(ContactChangeEnd::Made), "made"),
        (ended(ContactChangeEnd::Vetoed(ContactId::from_bytes([2; 16]))), "vetoed"),
        (ended(ContactChangeEnd::Refused(DESK)), "refused"),
        (ended(ContactChangeEnd::Expired), "expired"),
    ];
    let both = |event: &str| format!("sam: {event}; kim: {event}");
    for (step, event) in &steps {
        let told = told(Cause::ContactChange(Some(step)), &on_file());
        assert_eq!(told, both(&format!("contacts_change/{event}")));
    }
    for (cause, event) in [
        (Cause::ContactChange(None), "contacts_change/announced"),
        (Cause::ContactCalled, "contacts_change/called"),
        (Cause::Setting("disabled"), "setting_changed/disabled"),
        (Cause::Setting("confirmed"), "setting_changed/confirmed"),
        (Cause::Setting("enabled"), "setting_changed/enabled"),
        (Cause::Passkey { removed: false }, "passkeys/added"),
        (Cause::Passkey { removed: true }, "passkeys/removed"),
        (Cause::Freeze { lifted: false }, "freeze/begun"),
        (Cause::Freeze { lifted: true }, "freeze/lifted"),
        (Cause::NoticeAddresses { asked: false }, "notice_addresses/changed"),
        (Cause::NoticeAddresses { asked: true }, "notice_addresses/asked"),
        (Cause::Month, "statement/month"),
        (Cause::Doubt { answered: false }, "doubt/raised"),
        (Cause::Doubt { answered: true }, "doubt/answered"),
    ] {
        assert_eq!(told(cause, &on_file()), both(event));
    }
}

#[test]
fn a_notice_address_gets_a_copy_of_what_all_contacts_are_told_and_nothing_else() {
    let soc = ["soc@acme.example".parse().unwrap()];
    let disabling = request(Wish::Disabled, Some(1));
    let accepted =
        [reviewed(ReviewOutcome::Proceeds), Step::FormSent { by: DESK, form: form() }, meeting(false)];
    for (steps, expected) in [
        (
            &[reviewed(ReviewOutcome::Asked)][..],
            "sam: request_incomplete/incomplete answer; kim: request_step/incomplete; soc: request_step/incomplete",
        ),
        (
            &accepted,
            "sam: request_accepted/proceeds answer; kim: request_step/proceeds; soc: request_step/proceeds",
        ),
        (
            &[meeting(false)],
            "sam: meeting/meeting_set +invitation; kim: meeting/meeting_set; soc: meeting/meeting_set",
        ),
        (&[Step::Processed { epoch: 1, connections: 0 }], ""),
    ] {
        assert_eq!(told_with(Cause::Steps(&disabling, steps), &on_file(), &soc), expected);
        // Without a contact on file there is nobody to answer, and still somebody to tell.
        let alone = expected.rsplit_once("; ").map_or("", |(_, copy)| copy);
        assert_eq!(told_with(Cause::Steps(&disabling, steps), &[], &soc), alone);
    }
    for (cause, copy) in [
        (Cause::Setting("disabled"), "soc: setting_changed/disabled"),
        (Cause::Freeze { lifted: true }, "soc: freeze/lifted"),
        (Cause::NoticeAddresses { asked: false }, "soc: notice_addresses/changed"),
        (Cause::Month, "soc: statement/month"),
        (Cause::Mail { by: ContactId::from_bytes([1; 16]), wants_form: true }, ""),
    ] {
        assert_eq!(told_with(cause, &[], &soc), copy);
    }
}

#[test]
fn mail_that_is_no_request_yet_is_answered_to_its_author_alone_and_only_on_file() {
    for (wants_form, event) in [(true, "form_wanted"), (false, "incomplete")] {
        let by = |number| Cause::Mail { by: ContactId::from_bytes([number; 16]), wants_form };
        assert_eq!(told(by(2), &on_file()), format!("kim: mail_unclear/{event} answer"));
        assert_eq!(told(by(9), &on_file()), "");
    }
}

#[test]
fn a_letter_is_tried_again_ever_more_slowly_and_not_for_ever() {
    let minutes = |minutes| SignedDuration::from_mins(minutes);
    for (attempts, wait) in [(1, 1), (2, 4), (3, 16), (4, 60), (5, 60), (4_000_000_000, 60)] {
        for (jitter, longer) in [(0, 0), (255, wait * 60 / 4)] {
            let wait = minutes(wait) + SignedDuration::from_secs(longer);
            let again = next(Answered::NotNow, attempts, now(), now(), jitter);
            assert_eq!(again, Next::Again(now() + wait), "{attempts} {jitter}");
        }
    }
    let days = |days: i64| now() + SignedDuration::from_hours(24 * days);
    for (answered, at, expected) in [
        (Answered::Taken, days(9), Next::Sent),
        (Answered::Never, days(0), Next::Failed),
        (Answered::NotNow, days(5), Next::Failed),
        (Answered::NotNow, days(5) - minutes(1), Next::Again(days(5))),
    ] {
        assert_eq!(next(answered, 1, now(), at, 0), expected, "{answered:?}");
    }
}

#[test]
fn an_answer_to_the_invitation_is_told_of_and_an_earlier_one_is_answered_with_the_present() {
    let answer = |sequence, attendance, proposes| {
        let by = ContactId::from_bytes([1; 16]);
        let answer = Answer { by, attendance, proposes, sequence, stamp: now() };
        Step::Joined { items: Items::default(), evidence: NOTE, answer: Some(answer) }
    };
    let (says, proposes) = (Some(Attendance::Accepted), Some(now()));
    let told_of = "sam: request_step/meeting_answered; kim: request_step/meeting_answered";
    let again = "sam: meeting/meeting_again answer +invitation; kim: request_step/meeting_answered";
    for (sequence, says, proposes, cancelled, expected) in [
        (1, says, None, false, told_of),
        (1, None, proposes, false, told_of),
        (1, says, proposes, true, told_of),
        (1, None, None, false, again),
        (0, says, None, false, again),
        (0, says, None, true, &again.replace("meeting_again", "meeting_cancelled")),
    ] {
        let mut request = request(Wish::Disabled, Some(1));
        let step = answer(sequence, says, proposes);
        for step in [&meeting(cancelled), &step] {
            request.apply(step, now());
        }
        assert_eq!(told(Cause::Steps(&request, &[step]), &on_file()), expected, "{sequence} {cancelled}");
    }
}

#[test]
fn a_texts_name_is_its_own() {
    for text in Text::ALL {
        assert_eq!(Text::from_word(text.as_str()), Some(text));
    }
    assert_eq!(Text::from_word("sign_in"), None);
}
