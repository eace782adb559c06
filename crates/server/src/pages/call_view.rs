//! A call-back as the desk sees it: what to say, and whether what was heard were the contact's words. Absent: those words.

use byleave_api::payload::words_word;
use byleave_app::change_requests::{CallRefused, Calling, Heard};
use byleave_app::setting::NotChanged;
use byleave_app::world::World;
use byleave_domain::change_request::{Call, CallOutcome, CallWords, ChangeRequest, WithoutWords};
use byleave_domain::organization::Organization;

use crate::api::change_requests as shared;
use crate::pages::request_view::{contact_name, desk_name};
use crate::problem::Refusal;
use crate::text::{Moment, Text};

/// A call that is under way.
pub(crate) struct CallView {
    /// Where its forms go.
    pub action: String,
    /// Ends the ids of its fields: there may be several on a page.
    pub id: String,
    /// Whether it confirms a contact, rather than a request.
    pub of_contact: bool,
    /// Who calls, and whom, where that is somebody else at the desk.
    pub other: Option<Text>,
    /// What to say.
    pub words: String,
    pub until: Moment,
    pub heard: Heard,
    /// How often something else was heard.
    pub wrong: u8,
    /// Why it may be without words: the value to send, and how it reads.
    pub reasons: [(&'static str, Text); 4],
}

impl CallView {
    pub fn new(
        world: &World,
        organization: &Organization,
        calling: Calling,
        action: String,
        of_contact: bool,
    ) -> Self {
        let other = calling.words.is_none().then(|| {
            Text::of("desk-call-other")
                .arg("who", desk_name(world, calling.by))
                .arg("contact", contact_name(Some(organization), calling.contact))
        });
        Self {
            action,
            id: calling.contact.to_string(),
            of_contact,
            other,
            words: calling.words.unwrap_or_default(),
            until: Moment(calling.until),
            heard: calling.heard,
            wrong: calling.wrong_tries,
            reasons: reasons(),
        }
    }

    /// Tries that are left, while it is not known whether what was heard is it.
    pub fn left(&self) -> Option<u64> {
        match self.heard {
            Heard::NotYet(left) => Some(left.into()),
            Heard::Matched | Heard::Spent | Heard::Expired => None,
        }
    }

    pub fn matched(&self) -> bool {
        self.heard == Heard::Matched
    }

    pub fn spent(&self) -> bool {
        self.heard == Heard::Spent
    }
}

/// What was heard wrongly is told on the page itself, with what can be done.
pub(crate) fn told_on_page(heard: Result<(), CallRefused>) -> Result<(), NotChanged> {
    match heard {
        Err(CallRefused::Wrong(_) | CallRefused::Spent | CallRefused::Expired) => Ok(()),
        heard => Ok(heard?),
    }
}

/// What came of a call, as a page's form says it: the outcome, and why without words where a reason was chosen.
pub(crate) fn outcome(answer: &str, why: &str) -> Result<(CallOutcome, Option<WithoutWords>), Refusal> {
    let why = Some(why).filter(|why| !why.is_empty());
    Ok((shared::outcome(answer)?, why.map(shared::without_words).transpose()?))
}

fn reasons() -> [(&'static str, Text); 4] {
    WithoutWords::ALL.map(|why| (words_word(CallWords::Without(why)), without(why)))
}

/// Why a call was without words.
pub(crate) const fn without(why: WithoutWords) -> Text {
    Text::of(match why {
        WithoutWords::CannotSignIn => "without-cannot-sign-in",
        WithoutWords::NoScreen => "without-no-screen",
        WithoutWords::PortalAway => "without-portal-away",
        WithoutWords::Other => "without-other",
    })
}

/// Who called a contact and when, and whether with words.
pub(crate) fn called(world: &World, call: &Call) -> Text {
    let text = match call.words {
        None => Text::of("called-unsaid"),
        Some(CallWords::Matched) => Text::of("called-with"),
        Some(CallWords::Without(why)) => Text::of("called-without").arg("why", without(why)),
    };
    wrong(text.arg("who", desk_name(world, call.by)).arg("when", call.at), call.wrong_tries)
}

/// The call that approvals of a request rest on: whether it was with words, and what is told of it.
pub(crate) fn rests_on(world: &World, request: &ChangeRequest) -> Option<(bool, Text)> {
    let call = request.call.filter(|_| request.call_entry().is_some())?;
    Some((call.words == Some(CallWords::Matched), called(world, &call)))
}

/// What is told of a call, with how often something else was heard than the contact's words.
pub(crate) fn wrong(told: Text, tries: u8) -> Text {
    match tries {
        0 => told,
        tries => Text::of("told-wrong-words").arg("what", told).arg("number", u64::from(tries)),
    }
}

/// A call that confirmed a contact: with words, or without and why.
#[cfg(test)]
pub(crate) fn sample_called(why: Option<WithoutWords>) -> Text {
    let text = match why {
        None => Text::of("called-with"),
        Some(why) => Text::of("called-without").arg("why", without(why)),
    };
    text.arg("who", "Dana Example").arg("when", crate::pages::samples::moment(-48).0)
}

/// Words at the desk's page in a state.
#[cfg(test)]
pub(crate) fn sample_call(heard: Heard, wrong: u8) -> CallView {
    CallView {
        action: "/desk/change-requests/change_1/step".to_owned(),
        id: "contact_1".to_owned(),
        of_contact: false,
        other: None,
        words: "copper lantern acorn".to_owned(),
        until: crate::pages::samples::moment(1),
        heard,
        wrong,
        reasons: reasons(),
    }
}
