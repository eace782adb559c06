//! A change request at the desk in every state.

use byleave_app::change_requests::Heard;
use byleave_domain::change_request::WithoutWords;

use super::*;
use crate::pages::call_view::{sample_call, sample_called};
use crate::pages::mail_view;
use crate::pages::request_view::{Confirmed, Happened, Station, state_title};
use crate::pages::samples::{Sample, moment, sample};

pub(crate) fn samples() -> Vec<Sample> {
    let request = |state, what: &str| RequestView {
        id: "change_1".to_owned(),
        number: "CR-7F3A".to_owned(),
        organization: "Gesellschaft für außerordentlich lange Firmennamen mbH".to_owned(),
        slug: "acme".to_owned(),
        state: state_title(state),
        open: true,
        next: Some(Text::of("next-missing").arg("what", what)),
        path: vec![
            Station { title: Text::of("station-received"), when: "done" },
            Station { title: Text::of("station-reviewed"), when: "now" },
            Station { title: Text::of("station-announced"), when: "later" },
        ],
        history: vec![Happened {
            at: moment(-30),
            what: Text::of("told-taken-up").arg("who", "Dana Example"),
            entry: 12,
            evidence: Some("evidence_1".to_owned()),
        }],
        sha256: None,
        meeting: Some("Tue 2026-12-01 10:00 UTC".to_owned()),
        invitation: None,
        strength: Some(crate::pages::request_view::strength("appended")),
        confirmed: None,
    };
    let came = |hostile: bool, text: Option<&str>| Came {
        at: moment(-30),
        evidence: Some("evidence_1".to_owned()),
        what: Text::of("desk-came").arg("source", source(Source::Mail)).arg("who", "Robin Example"),
        mail: Some(mail_view::sample_mail(hostile)),
        text: text.map(|text| text.repeat(40)),
    };
    let contact = |name: &str, too_new| ContactRow {
        id: format!("contact_{}", name.len()),
        name: name.to_owned(),
        email: "robin@acme.example".to_owned(),
        phone: "+49 30 5550 0142".to_owned(),
        since: moment(-8_000),
        standing: Text::of("standing-unconfirmed"),
        too_new,
    };
    let page = |parts: &[Part], state| RequestPage {
        frame: Frame::of_person("Dana Example", "/desk"),
        request: request(state, "The signed form has to be returned and matched first."),
        disables: true,
        came: vec![came(false, None)],
        items: items(Items { name: true, confirmation: true, contact: false }),
        warnings: Vec::new(),
        parts: parts.to_vec(),
        hindered: None,
        prepared: vec!["Dana Example".to_owned()],
        findings: [Some(FindingView { holds: true, by: "Dana Example".into(), at: moment(-2) }), None],
        contacts: vec![contact("Robin Example", None), contact("Sam <Example>", Some(moment(200)))],
        call: None,
        called: None,
        signer: Signer::sample(true, false),
        approval: "byleave/approval/v1\norganization: org_1\nsupport access: disabled\n".to_owned(),
        implications: vec!["Nobody of the vendor can look, not even in an emergency.".to_owned(); 2],
        slots: vec![("2026-12-01T10:00:00Z".to_owned(), "Tue 2026-12-01 10:00 UTC".to_owned())],
        live: None,
    };
    let meets = [Part::Meeting, Part::Findings, Part::Form, Part::Provisional, Part::Refuse];
    let finds = [Part::Findings, Part::Meeting, Part::Form, Part::Provisional, Part::Refuse];
    let fills = [Part::Form, Part::Meeting, Part::Findings, Part::Provisional, Part::Refuse];
    let approves =
        [Part::Approve, Part::Meeting, Part::Findings, Part::Form, Part::Provisional, Part::Refuse];
    let hostile = RequestPage {
        came: vec![came(true, Some("please disable <support> access\n"))],
        warnings: vec![
            Text::of("desk-warn-changes").arg("number", 1_u64),
            Text::of("desk-warn-fresh").arg("who", "Robin Example").arg("when", moment(-48).0),
        ],
        ..page(&[Part::Review, Part::Refuse], Standing::Received)
    };
    let no_meeting = RequestPage {
        request: RequestView {
            meeting: None,
            strength: None,
            ..request(Standing::UnderReview, "A meeting is to be set.")
        },
        findings: [None, None],
        ..page(&meets, Standing::UnderReview)
    };
    let call = |call| RequestPage {
        disables: false,
        call,
        ..page(&[Part::Call, Part::Refuse], Standing::UnderReview)
    };
    let heard = |heard, wrong| call(Some(sample_call(heard, wrong)));
    let other = Text::of("desk-call-other").arg("who", "Lee Example").arg("contact", "Robin Example");
    let other = CallView { other: Some(other), ..sample_call(Heard::NotYet(3), 0) };
    let called = |why: Option<WithoutWords>| RequestPage {
        disables: false,
        called: Some((why.is_none(), sample_called(why))),
        ..page(&[Part::Approve, Part::Call, Part::Refuse], Standing::Called)
    };
    let over = |request| RequestPage { request, ..page(&[], Standing::Announced) };
    let announced = RequestView {
        open: false,
        next: None,
        confirmed: Some(Confirmed {
            at: moment(-1),
            reset: Text::of("request-connections").arg("number", 3_u64),
            entry: 31,
            checkpoint: "example/acme\n32\n".to_owned(),
        }),
        ..request(Standing::Announced, "")
    };
    let live = Live {
        id: "change_1".to_owned(),
        state: "approved",
        next: Some(Text::of("next-waits").arg("when", moment(20).0)),
    };
    let compare = |returned: &str| ComparePage {
        frame: Frame::of_person("Dana Example", "/desk"),
        id: "change_1".to_owned(),
        number: "CR-7F3A".to_owned(),
        sent: "Acknowledgement\n\nNobody of the vendor can look <any more>.\n".repeat(12),
        returned: returned.to_owned(),
    };
    let hindered = |why| RequestPage { hindered: Some(why), ..page(&approves, Standing::Returned) };
    vec![
        sample("desk-request-received", hostile),
        sample("desk-request-no-meeting", no_meeting),
        sample("desk-request-findings", page(&finds, Standing::FormSent)),
        sample("desk-request-form", page(&fills, Standing::Found)),
        sample("desk-request-call", call(None)),
        sample("desk-request-words", heard(Heard::NotYet(3), 0)),
        sample("desk-request-words-wrong", heard(Heard::NotYet(1), 2)),
        sample("desk-request-words-right", heard(Heard::Matched, 1)),
        sample("desk-request-words-spent", heard(Heard::Spent, 3)),
        sample("desk-request-words-over", heard(Heard::Expired, 0)),
        sample("desk-request-words-other", call(Some(other))),
        sample("desk-request-called", called(None)),
        sample("desk-request-called-without", called(Some(WithoutWords::CannotSignIn))),
        sample("desk-request-approve", page(&approves, Standing::Returned)),
        sample(
            "desk-request-no-key",
            RequestPage { signer: Signer::sample(false, false), ..page(&approves, Standing::Returned) },
        ),
        sample("desk-request-prepared", hindered(Hindered::Prepared)),
        sample("desk-request-approved-by-you", hindered(Hindered::Approved)),
        sample("desk-request-own", hindered(Hindered::Own)),
        sample("desk-request-approved", RequestPage { live: Some(live), ..page(&[], Standing::Approved) }),
        sample("desk-request-announced", over(announced)),
        sample(
            "desk-request-refused",
            over(RequestView { open: false, next: None, ..request(Standing::Refused, "") }),
        ),
        sample("desk-compare", compare("Acknowledgement\n\nSigned.")),
        sample("desk-compare-picture", compare(" ")),
    ]
}
