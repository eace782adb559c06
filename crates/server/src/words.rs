//! Instants, durations and states as people read them.

use byleave_app::world::World;
use byleave_domain::change_request::{ChangeRequest, ReviewOutcome};
use byleave_domain::contact::ContactStanding;
use byleave_domain::organization::Organization;
use byleave_domain::statement::Wish;
use byleave_domain::support_access::{Confirmation, DecidedBy, SupportAccess};
use byleave_domain::visit::VisitEnd;
use jiff::{SignedDuration, Timestamp};

/// `2026-11-23 10:02:11 UTC`.
pub(crate) fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// `2 h 5 min`, `5 min 7 s` or `7 s`.
pub(crate) fn lasting(length: SignedDuration) -> String {
    let seconds = length.as_secs().max(0);
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}

/// Bytes, in the largest unit that leaves a digit before the point.
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{}.{} kB", bytes / 1_000, bytes / 100 % 10),
        _ => format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10),
    }
}

/// A number with its noun.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// The word for an organization's state in `/v1`.
#[must_use]
pub const fn state_word(organization: &Organization) -> &'static str {
    if organization.closed.is_some() {
        return "closed";
    }
    match organization.setting.access {
        SupportAccess::Enabled => "enabled",
        SupportAccess::ApprovalRequired => "approval_required",
        SupportAccess::Disabled { .. } => "disabled",
    }
}

/// The word for whether a disable's steps are done, in `/v1` and on pages.
pub(crate) const fn confirmation(confirmation: Confirmation) -> &'static str {
    match confirmation {
        Confirmation::Provisional => "provisional",
        Confirmation::Confirmed => "confirmed",
    }
}

/// The id of whoever disabled support access.
pub(crate) fn decided_by(by: DecidedBy) -> String {
    match by {
        DecidedBy::Contact(id) => id.to_string(),
        DecidedBy::Desk(id) => id.to_string(),
    }
}

/// What comes next for a change request; none when it is over.
pub(crate) fn next_step(world: &World, request: &ChangeRequest) -> Option<String> {
    if !request.is_open() {
        return None;
    }
    if let Some(from) = request.in_force_from() {
        let from = instant(from);
        return Some(format!("It takes effect at {from}; until then any security contact can object."));
    }
    Some(match request.review.map(|review| review.outcome) {
        None => "A desk person reviews it.".to_owned(),
        Some(ReviewOutcome::Begun) => "A desk person is reviewing it.".to_owned(),
        Some(ReviewOutcome::Asked) => "The sender was asked for what is missing.".to_owned(),
        Some(ReviewOutcome::Proceeds) => {
            let (_, others) = world.change_request(request.id)?;
            let tenant = world.organizations.get(&request.organization)?;
            let invited = request.invited(&tenant.organization.contacts);
            if invited.is_some_and(|contact| request.proposal(contact.id).is_some()) {
                return Some(
                    "Another time is proposed for the meeting; a desk person moves it or declines.".into(),
                );
            }
            match request.approvable(&tenant.organization, &others) {
                Ok(()) if request.approvals.len() + 1 < request.approvals_needed() => {
                    "Two desk people approve it.".to_owned()
                }
                Ok(()) => "A desk person approves it.".to_owned(),
                Err(missing) => {
                    let missing = missing.to_string();
                    let mut letters = missing.chars();
                    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
                    format!("{first}{}.", letters.as_str())
                }
            }
        }
    })
}

/// What a security contact is worth.
pub(crate) fn standing(standing: ContactStanding) -> String {
    match standing {
        ContactStanding::Unconfirmed => "not confirmed: two desk people have to call back".to_owned(),
        ContactStanding::Confirmed(at) => format!("confirmed by telephone, last {}", instant(at)),
        ContactStanding::Due(at) => format!("to be confirmed again: last called {}", instant(at)),
    }
}

/// What a change request asks for.
pub(crate) const fn wish(wish: Wish) -> &'static str {
    match wish {
        Wish::Disabled => "disable",
        Wish::Enabled => "enable",
    }
}

/// How an organization's state is shown.
pub(crate) struct State {
    /// [`state_word`]; also names the style.
    pub word: &'static str,
    pub title: &'static str,
    /// A sentence or two.
    pub sentence: String,
}

pub(crate) fn state(organization: &Organization) -> State {
    let (title, sentence) = match (&organization.closed, &organization.setting.access) {
        (Some(since), _) => (
            "Closed",
            format!(
                "The stored setting is not the one that the log proves (found {}). Nobody can enter until a security \
                 contact decides anew.",
                instant(*since)
            ),
        ),
        (None, SupportAccess::Enabled) => {
            ("Enabled", "Support people may enter. Every visit says who came and why.".to_owned())
        }
        (None, SupportAccess::ApprovalRequired) => {
            ("Approval required", "Support people may enter once a visit is approved.".to_owned())
        }
        (None, SupportAccess::Disabled { by, at, confirmation: how }) => {
            let name = match by {
                DecidedBy::Contact(id) => {
                    let signers = organization.signers();
                    let contact = signers.contacts.iter().find(|contact| contact.id == *id);
                    contact.map_or_else(|| id.to_string(), |contact| contact.name.to_string())
                }
                DecidedBy::Desk(_) => "the vendor's desk, at your organization's request".to_owned(),
            };
            let how = match how {
                Confirmation::Provisional => {
                    "It is provisional: it holds, and the steps that confirm it are under way."
                }
                Confirmation::Confirmed => "It is confirmed.",
            };
            ("Disabled", format!("Since {}, by {name}. Nobody can enter. {how}", instant(*at)))
        }
    };
    State { word: state_word(organization), title, sentence }
}

/// Why a visit is over, as the organization reads it.
pub(crate) const fn end(end: VisitEnd) -> &'static str {
    match end {
        VisitEnd::Left => "they left",
        VisitEnd::SupportAccessDisabled => "cut off: support access disabled",
        VisitEnd::Frozen => "cut off: the vendor froze support access",
        VisitEnd::TokenEnded => "cut off: the token they used expired or was revoked",
        VisitEnd::Idle => "unused for 15 minutes",
        VisitEnd::TooLong => "open for 8 hours",
        VisitEnd::Stopped => "the gateway was stopped",
        VisitEnd::NodeLost => "the gateway was lost",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes_read_well() {
        let lasting = |seconds| super::lasting(SignedDuration::from_secs(seconds));
        assert_eq!(
            [lasting(-1), lasting(7), lasting(307), lasting(7507)],
            ["0 s", "7 s", "5 min 7 s", "2 h 5 min"]
        );
        assert_eq!(
            [size(0), size(999), size(1_250), size(12_345_678)],
            ["0 B", "999 B", "1.2 kB", "12.3 MB"]
        );
    }
}
