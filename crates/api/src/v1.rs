//! Requests and answers of `/v1`. Instants are RFC 3339 in UTC; ids are `<kind>_<32 hex digits>`.

mod catalog;
mod doubt;
mod freeze;
mod intake;
mod token;
mod tool_check;
mod visit;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema;
pub use doubt::{Doubt, DoubtAnswer, DoubtCreate};
pub use freeze::{Freeze, FreezeCreate, FreezeReceipt};
pub use intake::{IntakeAttachment, IntakeAuth, IntakeMessage, MessageAttach};
pub use token::{Token, TokenCreate};
pub use tool_check::{ToolCheck, ToolProbe};
pub use visit::{VisitStop, VisitsStopped};

pub use catalog::{
    DeskPerson, Log, MailDomains, NoticeAddresses, Organization, OrganizationCreate, OrganizationImport,
    OrganizationsImported, PersonErase, PersonErased, SupportPerson, SupportPersonCreate, Tool, ToolCreate,
};

/// `POST /v1/organizations/{organization}/contacts`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactCreate {
    /// 1 to 120 characters.
    #[schemars(with = "schema::Name")]
    pub name: String,
    /// Where they are reached.
    #[schemars(with = "schema::Email")]
    pub email: String,
    /// The number on file.
    #[schemars(with = "schema::Phone")]
    pub phone: String,
    /// Ed25519 public key, 64 hex digits, as `byleave keygen` prints it.
    #[schemars(with = "Option<schema::Key>")]
    pub key: Option<String>,
}

/// A security contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Contact {
    /// Id.
    #[schemars(with = "schema::ContactId")]
    pub id: String,
    /// The organization's id.
    #[schemars(with = "schema::OrganizationId")]
    pub organization: String,
    /// Name.
    #[schemars(with = "schema::Name")]
    pub name: String,
    /// E-mail address.
    #[schemars(with = "schema::Email")]
    pub email: String,
    /// The number on file.
    #[schemars(with = "schema::Phone")]
    pub phone: String,
    /// Ed25519 public key, 64 hex digits.
    #[schemars(with = "Option<schema::Key>")]
    pub key: Option<String>,
    /// `unconfirmed` until two desk people have called back, `confirmed`, or `due` when the last call was 180 days ago;
    /// `announced` when it waits to be on file.
    #[schemars(extend("enum" = ["unconfirmed", "confirmed", "due", "announced"]))]
    pub state: String,
    /// Since when the number has been on file; none while announced.
    #[schemars(with = "Option<schema::Moment>")]
    pub number_since: Option<String>,
    /// The change that it waits for, while announced.
    #[schemars(with = "Option<schema::ChangeId>")]
    pub contact_change: Option<String>,
}

/// `POST /v1/organizations/{organization}/contact-changes`: who is a security contact changes slowly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("anyOf" = [
    {"properties": {"kind": {"enum": ["add", "successor"]}, "name": {"type": "string"}, "email": {"type": "string"},
                    "phone": {"type": "string"}},
     "required": ["name", "email", "phone"]},
    {"properties": {"kind": {"const": "replace"}, "contact": {"type": "string"}, "name": {"type": "string"},
                    "email": {"type": "string"}, "phone": {"type": "string"}},
     "required": ["contact", "name", "email", "phone"]},
    {"properties": {"kind": {"const": "number"}, "contact": {"type": "string"}, "phone": {"type": "string"}},
     "required": ["contact", "phone"]}
]))]
pub struct ContactChangeCreate {
    /// `add`, `replace`, `number` or `successor`.
    #[schemars(extend("enum" = ["add", "replace", "number", "successor"]))]
    pub kind: String,
    /// The contact to replace, or whose number changes.
    #[schemars(with = "Option<schema::ContactId>")]
    pub contact: Option<String>,
    /// Of the new contact: name.
    #[schemars(with = "Option<schema::Name>")]
    pub name: Option<String>,
    /// Of the new contact: e-mail address.
    #[schemars(with = "Option<schema::Email>")]
    pub email: Option<String>,
    /// The new number.
    #[schemars(with = "Option<schema::Phone>")]
    pub phone: Option<String>,
    /// Of the new contact: Ed25519 public key, 64 hex digits.
    #[schemars(with = "Option<schema::Key>")]
    pub key: Option<String>,
}

/// A change of an organization's security contacts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ContactChange {
    /// Id.
    #[schemars(with = "schema::ChangeId")]
    pub id: String,
    /// As people say it, and as it stands on a form.
    pub number: String,
    /// The organization's id.
    #[schemars(with = "schema::OrganizationId")]
    pub organization: String,
    /// `add`, `replace contact_…`, `number` or `successor`.
    pub kind: String,
    /// Who is to be on file, or whose number changes.
    #[schemars(with = "schema::ContactId")]
    pub contact: String,
    /// Name.
    #[schemars(with = "schema::Name")]
    pub name: String,
    /// E-mail address.
    #[schemars(with = "schema::Email")]
    pub email: String,
    /// The number to be on file.
    #[schemars(with = "schema::Phone")]
    pub phone: String,
    /// Ed25519 public key, 64 hex digits.
    #[schemars(with = "Option<schema::Key>")]
    pub key: Option<String>,
    /// `open`, `made`, `vetoed`, `refused` or `expired`.
    #[schemars(extend("enum" = ["open", "made", "vetoed", "refused", "expired"]))]
    pub state: String,
    /// When it was announced.
    #[schemars(with = "schema::Moment")]
    pub announced_at: String,
    /// The earliest moment at which it is made.
    #[schemars(with = "schema::Moment")]
    pub in_force_from: String,
    /// The desk people who agreed. It takes two.
    #[schemars(with = "Vec<schema::PersonId>")]
    pub agreed_by: Vec<String>,
    /// The form that the organization signs, where it takes one.
    pub form: Option<FormSent>,
    /// What the returned form's file shows.
    pub returned: Option<String>,
    /// To a desk person: what they sign who agree.
    pub agreement: Option<String>,
}

/// `GET /v1/organizations/{organization}/support-access`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SupportAccess {
    /// The organization's id.
    #[schemars(with = "schema::OrganizationId")]
    pub organization: String,
    /// `enabled`, `approval_required`, `disabled` or `closed`.
    #[schemars(with = "schema::SupportAccess")]
    pub support_access: String,
    /// While disabled: `provisional` or `confirmed`.
    #[schemars(with = "Option<schema::Confirmation>")]
    pub confirmation: Option<String>,
    /// While disabled or closed: since when.
    #[schemars(with = "Option<schema::Moment>")]
    pub since: Option<String>,
    /// While disabled: the security contact who decided.
    pub by: Option<String>,
    /// Changes so far. A statement says one more.
    pub epoch: u64,
    /// The log's newest checkpoint.
    pub checkpoint: String,
}

/// `POST …/support-access/disable` and `…/enable`: a security contact's signed statement; and what a desk person signs. With
/// the signer's own key: a passkey signs on pages alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The canonical text (see `byleave_domain::statement` and `byleave_domain::approval`).
    pub statement: String,
    /// Ed25519 signature over it, 128 hex digits.
    #[schemars(with = "schema::Signature")]
    pub signature: String,
}

/// The answer to a disable, once it is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Receipt {
    /// The organization's id.
    #[schemars(with = "schema::OrganizationId")]
    pub organization: String,
    /// Always `disabled`.
    #[schemars(extend("enum" = ["disabled"]))]
    pub support_access: String,
    /// `provisional` or `confirmed`.
    #[schemars(with = "schema::Confirmation")]
    pub confirmation: String,
    /// The setting's epoch.
    pub epoch: u64,
    /// Since when.
    #[schemars(with = "schema::Moment")]
    pub since: String,
    /// The security contact who decided.
    pub by: String,
    /// Per enforcement point, how it took hold.
    pub enforcement_points: Vec<EnforcementPoint>,
    /// Index of the entry in the organization's log; none while the log cannot take it.
    pub entry: Option<u64>,
    /// The log's checkpoint that includes the entry. Keep it: a later log must extend it.
    pub checkpoint: String,
}

/// One enforcement point's part of a receipt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EnforcementPoint {
    /// Which one.
    pub name: String,
    /// `drained`: every connection is closed and nothing new is let in.
    #[schemars(extend("enum" = ["drained"]))]
    pub how: String,
    /// Connections that were reset.
    pub connections: usize,
}

/// A change request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ChangeRequest {
    /// Id.
    #[schemars(with = "schema::ChangeId")]
    pub id: String,
    /// The number that people read out, and that stands on the form.
    pub number: String,
    /// The organization's id.
    #[schemars(with = "schema::OrganizationId")]
    pub organization: String,
    /// `disable` or `enable`.
    #[schemars(with = "schema::Action")]
    pub action: String,
    /// `received`, `under_review`, `incomplete`, `form_sent`, `found`, `returned`, `called`, `approved`, `processed`,
    /// `announced`; or how it ended: `refused`, `withdrawn`, `vetoed`, `expired`, `superseded`.
    #[schemars(with = "schema::ChangeRequestState")]
    pub state: String,
    /// `unauthenticated`, `mail`, `signed_in` or `signed`: how it came.
    #[schemars(extend("enum" = ["unauthenticated", "mail", "signed_in", "signed"]))]
    pub source: String,
    /// The security contact who asked, or whose address the message bears.
    #[schemars(with = "Option<schema::ContactId>")]
    pub contact: Option<String>,
    /// When it came in.
    #[schemars(with = "schema::Moment")]
    pub received_at: String,
    /// `article` or `article-plus`.
    #[schemars(extend("enum" = ["article", "article-plus"]))]
    pub profile: String,
    /// What comes next, one sentence; none when it is over.
    pub next: Option<String>,
    /// When the meeting begins.
    #[schemars(with = "Option<schema::Moment>")]
    pub meeting: Option<String>,
    /// What became of the invitation to it; none while there is no meeting.
    pub invitation: Option<Invitation>,
    /// The acknowledgement form.
    pub form: Option<FormSent>,
    /// The desk people who approved.
    #[schemars(with = "Vec<schema::PersonId>")]
    pub approved_by: Vec<String>,
    /// When an approved change takes effect.
    #[schemars(with = "Option<schema::Moment>")]
    pub in_force_from: Option<String>,
    /// The epoch that an approval has to name.
    pub epoch: u64,
    /// The log's entry of the call-back that an approval has to name.
    pub call_entry: Option<u64>,
    /// Of that call-back: `matched` where the contact answered with the words of the call, or why it was confirmed without
    /// them; none where the log does not say.
    #[schemars(with = "Option<schema::CallWords>")]
    pub call_words: Option<String>,
    /// Of the newest call: how often something else was heard than the contact's words.
    #[schemars(range(max = 255))]
    pub call_wrong_tries: u8,
}

/// The invitation to a meeting. What is answered to it schedules, and proves nothing about whoever answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Invitation {
    /// The security contact who is invited.
    #[schemars(with = "schema::ContactId")]
    pub contact: String,
    /// `accepted`, `tentative` or `declined`; none while they have not answered it as it is now.
    #[schemars(extend("enum" = ["accepted", "tentative", "declined", null]))]
    pub answer: Option<String>,
    /// When that came in.
    #[schemars(with = "Option<schema::Moment>")]
    pub answered_at: Option<String>,
    /// Another time that they propose, which waits for the desk.
    pub proposal: Option<Proposal>,
}

/// Another time for a meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Proposal {
    /// When it would begin.
    #[schemars(with = "schema::Moment")]
    pub start: String,
    /// The message that proposes it.
    #[schemars(with = "schema::EvidenceId")]
    pub evidence: String,
}

/// `POST /v1/change-requests/{id}/meeting/decline`: the meeting stays at its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposalDecline {
    /// The message that proposes another time, as the request's `invitation` names it.
    #[schemars(with = "schema::EvidenceId")]
    pub evidence: String,
}

/// The acknowledgement form of a change request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FormSent {
    /// SHA-256 of the file, 64 hex digits.
    #[schemars(with = "schema::Sha256")]
    pub sha256: String,
    /// Version of its text.
    pub version: String,
}

/// `POST /v1/change-requests`: a message that a desk person took in. It decides nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeRequestCreate {
    /// The organization's id or slug.
    #[schemars(with = "schema::OrganizationName")]
    pub organization: String,
    /// `disable` or `enable`.
    #[schemars(with = "schema::Action")]
    pub action: String,
    /// The message.
    #[schemars(with = "schema::Words")]
    pub text: String,
    /// The security contact whose address it bears.
    #[serde(default)]
    #[schemars(with = "Option<schema::ContactId>")]
    pub contact: Option<String>,
    /// Whether it has the customer's name.
    pub has_name: bool,
    /// Whether it confirms what is asked for.
    pub has_confirmation: bool,
    /// Whether it says whom to contact.
    pub has_contact: bool,
}

/// `POST /v1/change-requests/{id}/review`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("anyOf" = [
    {"properties": {"outcome": {"enum": ["begin", "proceed"]}}},
    {"properties": {"outcome": {"enum": ["ask", "refuse"]}, "text": {"type": "string"}}, "required": ["text"]}
]))]
pub struct ReviewCreate {
    /// `begin`, `proceed`, `ask` or `refuse`.
    #[schemars(extend("enum" = ["begin", "proceed", "ask", "refuse"]))]
    pub outcome: String,
    /// With `ask` and `refuse`: what to write to the sender.
    #[serde(default)]
    #[schemars(with = "Option<schema::Words>")]
    pub text: Option<String>,
    /// With `proceed`, for a disable: when the meeting begins; else the first time that is free.
    #[serde(default)]
    #[schemars(with = "Option<schema::Moment>")]
    pub meeting: Option<String>,
}

/// `POST /v1/change-requests/{id}/meeting`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MeetingSet {
    /// When it begins; none calls it off.
    #[schemars(with = "Option<schema::Moment>")]
    pub start: Option<String>,
}

/// `POST /v1/change-requests/{id}/findings`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FindingCreate {
    /// `identity` or `understanding`.
    #[schemars(extend("enum" = ["identity", "understanding"]))]
    pub question: String,
    /// Whether it is so.
    pub holds: bool,
    /// How it was found, and on what evidence.
    #[schemars(with = "schema::Words")]
    pub note: String,
}

/// `POST /v1/change-requests/{id}/match`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MatchCreate {
    /// Whether the returned form is this request's, signed.
    pub accepted: bool,
    /// What was seen.
    #[serde(default)]
    #[schemars(with = "Option<schema::Words>")]
    pub note: Option<String>,
}

/// `POST /v1/change-requests/{id}/calls`: begins a call to the number on file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallCreate {
    /// The security contact to call.
    #[schemars(with = "schema::ContactId")]
    pub contact: String,
}

/// A call that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Call {
    /// The number on file.
    #[schemars(with = "schema::Phone")]
    pub phone: String,
    /// Since when it has been on file.
    #[schemars(with = "schema::Moment")]
    pub on_file_since: String,
    /// What the desk person says. What the contact answers stands on the contact's own signed-in page alone.
    pub desk_words: String,
    /// Until when the words are good.
    #[schemars(with = "schema::Moment")]
    pub until: String,
}

/// `POST /v1/change-requests/{id}/calls/outcome`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CallOutcome {
    /// `confirmed`, `not_reached` or `denied`.
    #[schemars(with = "schema::CallOutcome")]
    pub outcome: String,
    /// What the contact answered with, as it was heard; case and spacing do not count. Where it is not the contact's
    /// words, the call goes on, and it is one of three tries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 100))]
    pub words: Option<String>,
    /// Why it was confirmed without words. One of the two belongs to `confirmed`, and neither to anything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<schema::WithoutWords>")]
    pub without_words: Option<String>,
    /// What was said.
    #[schemars(with = "schema::Words")]
    pub note: String,
}

/// `GET /v1/me`: who a desk person's token speaks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Me {
    /// The desk person's id.
    #[schemars(with = "schema::PersonId")]
    pub id: String,
}

/// A message that came in and belongs to no request yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Message {
    /// Id.
    #[schemars(with = "schema::MessageId")]
    pub id: String,
    /// `help_page`, `uploaded`, `piped` or `mail`; none of them says who sent it.
    #[schemars(extend("enum" = ["help_page", "uploaded", "piped", "mail"]))]
    pub way: String,
    /// The customer's name as its sender gives it; empty where it was not asked for.
    pub claimed: String,
    /// When it came in.
    #[schemars(with = "schema::Moment")]
    pub received_at: String,
}

/// A letter to a security contact, or its copy to a notice address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Letter {
    /// Id.
    #[schemars(with = "schema::LetterId")]
    pub id: String,
    /// Whose contact it goes to.
    #[schemars(with = "schema::OrganizationId")]
    pub organization: String,
    /// To whom; none where it is a copy to a notice address.
    #[schemars(with = "Option<schema::ContactId>")]
    pub contact: Option<String>,
    /// The address that was on file when it was written.
    pub to: String,
    /// Which text it has, such as `request_received`.
    pub text: String,
    /// What it tells of, such as `received`.
    pub event: String,
    /// The number of what it is about; empty where that has none.
    pub number: String,
    /// `waiting`, `sent`: a server has it, `failed`: none took it, or `bounced`: one had it, and could not deliver it.
    #[schemars(with = "schema::LetterState")]
    pub state: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was written.
    #[schemars(with = "schema::Moment")]
    pub written_at: String,
    /// When it is tried next, while it waits.
    #[schemars(with = "Option<schema::Moment>")]
    pub next_at: Option<String>,
    /// What a server said of it last; empty before the first try.
    pub said: String,
}

/// `POST /v1/messages/{id}/open`: a desk person opens a request from a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageOpen {
    /// The organization's id or slug.
    #[schemars(with = "schema::OrganizationName")]
    pub organization: String,
    /// `disable` or `enable`.
    #[schemars(with = "schema::Action")]
    pub action: String,
    /// The contact on file whose address it bears.
    #[schemars(with = "Option<schema::ContactId>")]
    pub contact: Option<String>,
    /// Whether it has the customer's name.
    pub has_name: bool,
    /// Whether it has the confirmation.
    pub has_confirmation: bool,
    /// Whether it says whom to contact.
    pub has_contact: bool,
}

/// `POST /v1/messages/{id}/dismiss`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MessageDismiss {
    /// Why.
    #[schemars(with = "schema::Words")]
    pub reason: String,
}
