//! Answers to invitations, as the domain takes them. Whoever sent one is proven by then to be a security contact; whether
//! they are the one who is invited is asked here. An answer schedules, and proves nothing more about anybody.

use byleave_domain::change_request::{Answer, Attendance, Step, StepRefused};
use byleave_domain::ids::{ContactId, EvidenceId};
use byleave_mail::interpret::{self, CalendarAnswer};
use byleave_mail::judge::Warning;
use jiff::Timestamp;

use crate::change_requests::At;

/// The step that an answer of `by`, kept as evidence, is, and what a person should know of it.
pub(super) fn take(
    at: &At<'_>,
    sent: &CalendarAnswer,
    (by, evidence): (ContactId, EvidenceId),
    now: Timestamp,
) -> Result<(Step, Option<Warning>), StepRefused> {
    let (request, on_file) = (&at.tracked.request, &at.organization.contacts);
    let invited = request.invited(on_file).ok_or(StepRefused::NotInvited)?;
    // The answer of one contact within the mail of another is neither's.
    if !sent.attendee.as_ref().is_some_and(|attendee| attendee.is(invited.email.as_str())) {
        return Err(StepRefused::NotInvited);
    }
    let (attendance, proposes) = match &sent.answer {
        interpret::Answer::Reply(attendance) => (Some(*attendance), None),
        interpret::Answer::Counter(attendance, start) => (*attendance, Some(*start)),
        interpret::Answer::Refresh => (None, None),
        // Held before anybody asks.
        interpret::Answer::Delegated(_) | interpret::Answer::NotTheirs(_) => {
            return Err(StepRefused::NotInvited);
        }
    };
    let attendance = attendance.map(|attendance| match attendance {
        interpret::Attendance::Accepted => Attendance::Accepted,
        interpret::Attendance::Tentative => Attendance::Tentative,
        interpret::Attendance::Declined => Attendance::Declined,
    });
    let answer = Answer { by, attendance, proposes, sequence: sent.sequence, stamp: sent.stamp };
    let step = request.take_answer(on_file, answer, evidence, now)?;
    let stale = request.meeting.is_some_and(|meeting| answer.sequence < meeting.sequence);
    Ok((step, stale.then(|| Warning::Content(STALE.to_owned()))))
}

const STALE: &str = "it answers an earlier version of the invitation; the present one is sent again";
