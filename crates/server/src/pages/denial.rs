//! Why somebody cannot enter, since when, and what can be done instead: on the console, the visit form and the visit's page.

use byleave_domain::decision::DenyReason;
use byleave_domain::visit::VisitEnd;

use crate::text::Text;

/// A refusal that is no dead end.
pub(super) struct Denial {
    /// An icon, so that it does not rest on colour.
    pub icon: &'static str,
    pub why: Text,
    /// What can be done, the best first.
    pub instead: Vec<Text>,
    /// What may be written to the customer; none where that would not help.
    pub case_text: Option<Text>,
}

/// `tool` is its name, `help` the address of the page for customers.
pub(super) fn of(reason: &DenyReason, tool: &str, help: &str) -> Denial {
    let export = || Text::of("instead-export").arg("tool", tool);
    let cannot = || Text::of("case-text-cannot").arg("tool", tool);
    let (icon, instead, case_text) = match reason {
        DenyReason::SupportAccessDisabled { since, .. } => {
            let enable = Text::of("instead-enable").arg("address", help);
            let case_text = Text::of("case-text-disabled").arg("tool", tool).arg("when", *since);
            let ways = vec![export(), Text::of("instead-show"), enable];
            ("lock", ways, Some(case_text.arg("address", help)))
        }
        DenyReason::ApprovalRequired => {
            let case_text = Text::of("case-text-approval").arg("tool", tool);
            ("circle-help", vec![Text::of("instead-approve"), export()], Some(case_text))
        }
        DenyReason::OrganizationClosed { .. } => {
            ("circle-x", vec![Text::of("instead-closed"), export()], Some(cannot()))
        }
        DenyReason::Frozen { .. } => {
            ("snowflake", vec![Text::of("instead-frozen"), export()], Some(cannot()))
        }
        DenyReason::ToolNotAccepted => {
            ("circle-x", vec![Text::of("instead-declare"), Text::of("instead-other-tool")], None)
        }
        DenyReason::UnknownSubject => ("circle-x", vec![Text::of("instead-add")], None),
        DenyReason::UnknownOrganization | DenyReason::UnknownTool => {
            ("circle-x", vec![Text::of("instead-list")], None)
        }
        DenyReason::NoRoom => ("triangle-alert", vec![Text::of("instead-room"), export()], Some(cannot())),
        DenyReason::Unavailable(_) | DenyReason::EndsWaiting => {
            ("triangle-alert", vec![Text::of("instead-moment"), export()], Some(cannot()))
        }
        DenyReason::VisitMismatch
        | DenyReason::VisitEnded(_)
        | DenyReason::VisitSuperseded
        | DenyReason::ReasonRequired
        | DenyReason::CaseRequired => ("clock", vec![Text::of("instead-visit")], None),
    };
    Denial { icon, why: why(reason), instead, case_text }
}

/// What keeps somebody out, in one sentence.
pub(crate) fn why(reason: &DenyReason) -> Text {
    match reason {
        DenyReason::Unavailable(why) => Text::of("deny-unavailable").arg("why", *why),
        DenyReason::Frozen { since, employer: None } => Text::of("deny-frozen").arg("when", *since),
        DenyReason::Frozen { since, employer: Some(employer) } => {
            Text::of("deny-frozen-employer").arg("employer", employer.to_string()).arg("when", *since)
        }
        DenyReason::UnknownOrganization => Text::of("deny-organization"),
        DenyReason::UnknownSubject => Text::of("deny-subject"),
        DenyReason::UnknownTool => Text::of("deny-tool"),
        DenyReason::ToolNotAccepted => Text::of("deny-shared"),
        DenyReason::OrganizationClosed { since } => Text::of("deny-closed").arg("when", *since),
        DenyReason::SupportAccessDisabled { since, .. } => Text::of("deny-disabled").arg("when", *since),
        DenyReason::ApprovalRequired => Text::of("deny-approval"),
        DenyReason::VisitMismatch => Text::of("deny-mismatch"),
        DenyReason::VisitEnded(end) => over(*end),
        DenyReason::VisitSuperseded => Text::of("deny-superseded"),
        DenyReason::ReasonRequired => Text::of("deny-reason"),
        DenyReason::CaseRequired => Text::of("deny-case"),
        DenyReason::NoRoom => Text::of("deny-room"),
        DenyReason::EndsWaiting => Text::of("deny-ends"),
    }
}

/// Why a visit is over, as its visitor reads it.
pub(super) const fn over(end: VisitEnd) -> Text {
    Text::of(match end {
        VisitEnd::Left => "over-left",
        VisitEnd::SupportAccessDisabled => "over-disabled",
        VisitEnd::Frozen => "over-frozen",
        VisitEnd::StoppedByOrganization => "over-stopped-there",
        VisitEnd::TokenEnded => "over-token",
        VisitEnd::SessionEnded => "over-session",
        VisitEnd::Idle => "over-idle",
        VisitEnd::TooLong => "over-too-long",
        VisitEnd::Stopped => "over-stopped",
        VisitEnd::NodeLost => "over-lost",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Language;

    /// Whoever cannot enter reads what to do, in their language.
    #[test]
    fn no_refusal_is_a_dead_end() {
        let since = jiff::Timestamp::UNIX_EPOCH;
        let confirmation = byleave_domain::support_access::Confirmation::Confirmed;
        let ends = VisitEnd::ALL.map(DenyReason::VisitEnded);
        let rows = [
            (DenyReason::Unavailable("the disk is full"), true),
            (DenyReason::Frozen { since, employer: None }, true),
            (DenyReason::Frozen { since, employer: "Helpline".parse().ok() }, true),
            (DenyReason::UnknownOrganization, false),
            (DenyReason::UnknownSubject, false),
            (DenyReason::UnknownTool, false),
            (DenyReason::ToolNotAccepted, false),
            (DenyReason::OrganizationClosed { since }, true),
            (DenyReason::SupportAccessDisabled { since, confirmation }, true),
            (DenyReason::ApprovalRequired, true),
            (DenyReason::NoRoom, true),
            (DenyReason::EndsWaiting, true),
        ];
        for (reason, has_case_text) in rows.into_iter().chain(ends.map(|end| (end, false))) {
            for language in Language::ALL {
                language.speak_now(|| {
                    let denial = of(&reason, "System log", "https://vendor.example/");
                    assert!(!denial.instead.is_empty(), "{reason:?}");
                    let case_text = denial.case_text.map(|case_text| case_text.plain());
                    assert_eq!(case_text.is_some(), has_case_text, "{reason:?}");
                    let names_tool = case_text.is_none_or(|case_text| case_text.contains("System log"));
                    assert!(names_tool, "{reason:?}");
                });
            }
        }
    }
}
