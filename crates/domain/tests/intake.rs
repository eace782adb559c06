//! To which open request a message belongs.

use byleave_domain::change_request::{ChangeRequest, Form, Items, Received, Source};
use byleave_domain::ids::{ChangeRequestId, EvidenceId, OrganizationId};
use byleave_domain::intake::{Told, belongs_to};
use byleave_domain::process::{Profile, ProfileName};
use byleave_domain::statement::Wish;
use jiff::Timestamp;

const fn id(number: u8) -> ChangeRequestId {
    ChangeRequestId::from_bytes([number; 16])
}

fn open(number: u8, wish: Wish, form_sent: bool) -> ChangeRequest {
    let received = Received {
        wish,
        source: Source::Mail,
        contact: None,
        items: Items::ALL,
        evidence: None,
        statement: None,
        profile: Profile::usual(ProfileName::Article),
    };
    let form = Form { evidence: EvidenceId::from_bytes([7; 16]), sha256: [7; 32], version: "1".into() };
    let request =
        ChangeRequest::new(id(number), OrganizationId::from_bytes([1; 16]), received, Timestamp::UNIX_EPOCH);
    ChangeRequest { form: form_sent.then_some(form), ..request }
}

#[test]
fn a_message_belongs_to_the_one_request_that_it_can_mean() {
    let disable = open(1, Wish::Disabled, false);
    let with_form = open(2, Wish::Disabled, true);
    let enable = open(3, Wish::Enabled, false);
    let (one, formed, both, all) =
        (vec![&disable], vec![&with_form], vec![&disable, &enable], vec![&disable, &with_form, &enable]);
    let over = Some(id(9));
    let nothing = Told::default();
    let wish = |wish| Told { wish: Some(wish), ..nothing };
    let answers = |answers| Told { answers, ..nothing };
    let withdraws = Told { withdraws: true, ..nothing };
    let has_form = Told { has_form: true, ..nothing };
    for (what, told, open, expected) in [
        ("no word about any", nothing, &one, None),
        ("the wish of the only one", wish(Wish::Disabled), &one, Some(1)),
        ("the other wish", wish(Wish::Enabled), &one, None),
        ("the wish of one of two", wish(Wish::Enabled), &both, Some(3)),
        ("the wish of two", wish(Wish::Disabled), &all, None),
        ("an answer", answers(Some(id(1))), &all, Some(1)),
        ("an answer with its wish", Told { answers: Some(id(2)), ..wish(Wish::Disabled) }, &all, Some(2)),
        (
            "an answer with the other wish",
            Told { answers: Some(id(1)), ..wish(Wish::Enabled) },
            &both,
            Some(3),
        ),
        (
            "an answer, and nothing there for its wish",
            Told { answers: Some(id(1)), ..wish(Wish::Enabled) },
            &one,
            None,
        ),
        ("an answer to one that is over", answers(over), &one, None),
        (
            "an answer to one that is over, wanted anew",
            Told { answers: over, ..wish(Wish::Disabled) },
            &one,
            Some(1),
        ),
        ("it takes back the only one", withdraws, &one, Some(1)),
        ("it takes back one of two", withdraws, &both, None),
        ("it takes back the one it answers", Told { answers: Some(id(3)), ..withdraws }, &both, Some(3)),
        ("it takes back one that is over", Told { answers: over, ..withdraws }, &one, None),
        ("a form, and one was sent", has_form, &formed, Some(2)),
        ("a form, and none was sent", has_form, &one, None),
        ("a form for the one that was sent", has_form, &all, Some(2)),
        ("a form for one that is over", Told { answers: over, ..has_form }, &formed, None),
        ("an answer with a form", Told { answers: Some(id(1)), ..has_form }, &one, Some(1)),
        ("nothing is open", Told { withdraws: true, ..wish(Wish::Disabled) }, &Vec::new(), None),
    ] {
        assert_eq!(belongs_to(&told, open), expected.map(id), "{what}");
    }
}
