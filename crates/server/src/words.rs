//! Instants, durations and states as people read them.

use byleave_app::world::World;
use byleave_domain::change_request::{ChangeRequest, ReviewOutcome};
use byleave_domain::contact::ContactStanding;
use byleave_domain::organization::Organization;
use byleave_domain::statement::Wish;
use byleave_domain::support_access::{Confirmation, DecidedBy, SupportAccess};
use byleave_domain::visit::VisitEnd;
use jiff::{SignedDuration, Timestamp};

use crate::text::Text;

/// `2026-11-23 10:02:11 UTC`.
pub(crate) fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string()
}

/// `2 h 5 min`, `5 min 7 s` or `7 s`.
pub(crate) fn lasting(length: SignedDuration) -> Text {
    let seconds = u64::try_from(length.as_secs()).unwrap_or_default();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => Text::of("lasting-seconds").arg("seconds", s),
        (0, m, s) => Text::of("lasting-minutes").arg("minutes", m).arg("seconds", s),
        (h, m, _) => Text::of("lasting-hours").arg("hours", h).arg("minutes", m),
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
pub(crate) fn next_step(world: &World, request: &ChangeRequest) -> Option<Text> {
    if !request.is_open() {
        return None;
    }
    if let Some(from) = request.in_force_from() {
        return Some(Text::of("next-waits").arg("when", from));
    }
    Some(match request.review.map(|review| review.outcome) {
        None => Text::of("next-review"),
        Some(ReviewOutcome::Begun) => Text::of("next-reviewing"),
        Some(ReviewOutcome::Asked) => Text::of("next-asked"),
        Some(ReviewOutcome::Proceeds) => {
            let (_, others) = world.change_request(request.id)?;
            let tenant = world.organizations.get(&request.organization)?;
            let invited = request.invited(&tenant.organization.contacts);
            if invited.is_some_and(|contact| request.proposal(contact.id).is_some()) {
                return Some(Text::of("next-proposed"));
            }
            match request.approvable(&tenant.organization, &others) {
                Ok(()) if request.approvals.len() + 1 < request.approvals_needed() => {
                    Text::of("next-two-approve")
                }
                Ok(()) => Text::of("next-one-approves"),
                Err(missing) => {
                    let missing = missing.to_string();
                    let mut letters = missing.chars();
                    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
                    Text::of("next-missing").arg("what", format!("{first}{}.", letters.as_str()))
                }
            }
        }
    })
}

/// What a security contact is worth.
pub(crate) fn standing(standing: ContactStanding) -> Text {
    match standing {
        ContactStanding::Unconfirmed => Text::of("standing-unconfirmed"),
        ContactStanding::Confirmed(at) => Text::of("standing-confirmed").arg("when", at),
        ContactStanding::Due(at) => Text::of("standing-due").arg("when", at),
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
    /// Its icon, so that it does not rest on colour.
    pub icon: &'static str,
    pub title: Text,
    /// A sentence or two.
    pub sentence: Text,
}

pub(crate) fn state(organization: &Organization) -> State {
    let (icon, title, sentence) = match (&organization.closed, &organization.setting.access) {
        (Some(since), _) => {
            ("circle-x", Text::of("state-closed"), Text::of("state-closed-means").arg("when", *since))
        }
        (None, SupportAccess::Enabled) => {
            ("lock-open", Text::of("state-enabled"), Text::of("state-enabled-means"))
        }
        (None, SupportAccess::ApprovalRequired) => {
            ("clock", Text::of("state-asks"), Text::of("state-asks-means"))
        }
        (None, SupportAccess::Disabled { by, at, confirmation: how }) => {
            let sentence = Text::of("state-disabled-since").arg("when", *at);
            let sentence = match by {
                DecidedBy::Contact(id) => {
                    let signers = organization.signers();
                    let contact = signers.contacts.iter().find(|contact| contact.id == *id);
                    sentence.arg(
                        "who",
                        contact.map_or_else(|| id.to_string(), |contact| contact.name.to_string()),
                    )
                }
                DecidedBy::Desk(_) => sentence.arg("who", Text::of("state-disabled-desk")),
            };
            let how = match how {
                Confirmation::Provisional => Text::of("state-provisional"),
                Confirmation::Confirmed => Text::of("state-confirmed"),
            };
            ("lock", Text::of("state-disabled"), sentence.arg("how", how))
        }
    };
    State { word: state_word(organization), icon, title, sentence }
}

/// Why a visit is over, as the organization reads it.
pub(crate) const fn end(end: VisitEnd) -> Text {
    Text::of(match end {
        VisitEnd::Left => "end-left",
        VisitEnd::SupportAccessDisabled => "end-disabled",
        VisitEnd::Frozen => "end-frozen",
        VisitEnd::StoppedByOrganization => "end-stopped-here",
        VisitEnd::TokenEnded => "end-token",
        VisitEnd::SessionEnded => "end-session",
        VisitEnd::Idle => "end-idle",
        VisitEnd::TooLong => "end-too-long",
        VisitEnd::Stopped => "end-stopped",
        VisitEnd::NodeLost => "end-lost",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes_read_well() {
        let lasting = |seconds| super::lasting(SignedDuration::from_secs(seconds)).plain();
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
