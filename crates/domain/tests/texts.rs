//! Texts that people sign, as anybody might send them: damaged in every way they are refused, or are exactly what their
//! reading says. Nothing panics.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::str::FromStr;

use byleave_domain::approval::Approval;
use byleave_domain::freeze::{FreezeScope, Lift};
use byleave_domain::ids::{ChangeRequestId, ContactId, DeskPersonId, FreezeId, OrganizationId, RequestId};
use byleave_domain::statement::{Statement, Wish};
use jiff::Timestamp;
use proptest::prelude::*;

fn texts() -> [String; 3] {
    let issued = Timestamp::from_second(1_764_000_000).unwrap();
    let statement = Statement {
        organization: OrganizationId::from_bytes([1; 16]),
        epoch: 2,
        wish: Wish::Enabled,
        contact: ContactId::from_bytes([2; 16]),
        request: RequestId::from_bytes([3; 16]),
        issued,
    };
    let approval = Approval {
        organization: OrganizationId::from_bytes([1; 16]),
        epoch: 2,
        wish: Wish::Enabled,
        change_request: ChangeRequestId::from_bytes([4; 16]),
        call: Some(17),
        by: DeskPersonId::from_bytes([5; 16]),
        issued,
    };
    let lift = Lift {
        freeze: FreezeId::from_bytes([6; 16]),
        scope: FreezeScope::Everybody,
        by: DeskPersonId::from_bytes([5; 16]),
        issued,
    };
    [statement.to_text(), approval.to_text(), lift.to_text()]
}

/// A text is refused, or says itself again.
fn says_itself<T: FromStr>(text: &str, again: fn(&T) -> String) {
    if let Ok(read) = text.parse::<T>() {
        assert_eq!(again(&read), text);
    }
}

fn check(text: &str) {
    says_itself(text, Statement::to_text);
    says_itself(text, Approval::to_text);
    says_itself(text, Lift::to_text);
}

#[test]
fn whole_texts_are_read() {
    let [statement, approval, lift] = texts();
    assert!(statement.parse::<Statement>().is_ok() && approval.parse::<Approval>().is_ok());
    assert!(lift.parse::<Lift>().is_ok());
    assert!(statement.parse::<Approval>().is_err() && approval.parse::<Lift>().is_err());
    assert!(lift.parse::<Statement>().is_err(), "one kind of text is never another");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn a_damaged_text_is_refused_or_says_itself(
        which in 0..3_usize,
        at in any::<prop::sample::Index>(),
        cut in 0..6_usize,
        put in "[ -~\n\r\t\u{e9}\0]{0,6}",
    ) {
        let mut text: Vec<char> = texts()[which].chars().collect();
        let from = at.index(text.len());
        let to = (from + cut).min(text.len());
        text.splice(from..to, put.chars());
        check(&text.into_iter().collect::<String>());
    }

    #[test]
    fn anything_else_is_refused(text in any::<String>()) {
        prop_assert!(text.parse::<Statement>().is_err());
        prop_assert!(text.parse::<Approval>().is_err());
        prop_assert!(text.parse::<Lift>().is_err());
    }
}
