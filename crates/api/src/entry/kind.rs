//! The kinds of entries. An issue that needs another adds it; verifiers refuse kinds that they do not know.

use std::fmt;
use std::str::FromStr;

/// What an entry records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `log.open`: the first entry of a log, epoch 0: support access is enabled.
    LogOpen,
    /// `contact.added`: the organization has a new security contact.
    ContactAdded,
    /// `visit.open`: a support person came in, with a reason.
    VisitOpen,
    /// `visit.progress`: requests of a visit ended.
    VisitProgress,
    /// `visit.close`: a visit is over, and with it its last requests.
    VisitClose,
    /// `access.begin`: a request of a visit is about to be forwarded.
    AccessBegin,
    /// `access.denied`: an attempt was refused.
    AccessDenied,
    /// `support_access.disabled`: from here on nobody may come in.
    SupportAccessDisabled,
    /// `support_access.enabled`: from here on support people may come in.
    SupportAccessEnabled,
    /// `change_request.received`: a change of the setting was asked for.
    ChangeRequestReceived,
    /// `change_request.approved`: a desk person approved it.
    ChangeRequestApproved,
    /// `support_access.confirmed`: the steps that follow a disable are done; nothing else changes.
    SupportAccessConfirmed,
    /// `desk_key.added`: a desk person's key counts from here on.
    DeskKeyAdded,
    /// `desk_key.removed`: it no longer does.
    DeskKeyRemoved,
    /// `change_request.signed`: the contact's own signature came with the request before it.
    ChangeRequestSigned,
    /// `change_request.reviewed`: a desk person looked at it.
    ChangeRequestReviewed,
    /// `change_request.joined`: a further message joined it.
    ChangeRequestJoined,
    /// `change_request.form_sent`: the acknowledgement form was made and handed out.
    ChangeRequestFormSent,
    /// `change_request.meeting_set`: the meeting was scheduled, moved or called off.
    ChangeRequestMeetingSet,
    /// `change_request.found`: one of the meeting's two questions was answered.
    ChangeRequestFound,
    /// `change_request.returned`: the form came back.
    ChangeRequestReturned,
    /// `change_request.matched`: a desk person held the returned form against the request.
    ChangeRequestMatched,
    /// `change_request.called`: the number on file was called; since calls say whether with words, to no avail.
    ChangeRequestCalled,
    /// `change_request.processed`: the setting is in force everywhere.
    ChangeRequestProcessed,
    /// `change_request.announced`: every security contact can read the confirmation.
    ChangeRequestAnnounced,
    /// `change_request.reminded`: whoever it waits for was reminded.
    ChangeRequestReminded,
    /// `change_request.ended`: it ended without being processed.
    ChangeRequestEnded,
    /// `evidence.read`: somebody read a document or note of a change request.
    EvidenceRead,
    /// `contact.called`: a security contact was called at the number on file, to confirm the contact; since calls say
    /// whether with words, to no avail.
    ContactCalled,
    /// `contact_change.announced`: a change of the security contacts was announced to all of them.
    ContactChangeAnnounced,
    /// `contact_change.returned`: the form that the organization signs for it came back.
    ContactChangeReturned,
    /// `contact_change.agreed`: a desk person agreed to it.
    ContactChangeAgreed,
    /// `contact_change.made`: it holds from here on.
    ContactChangeMade,
    /// `contact_change.ended`: it ended without being made.
    ContactChangeEnded,
    /// `evidence.erased`: documents and notes had been kept for their time, and are gone.
    EvidenceErased,
    /// `freeze.begin`: the vendor keeps everybody out of everywhere.
    FreezeBegin,
    /// `freeze.begin_employer`: the vendor keeps one employer's people out of everywhere.
    FreezeBeginEmployer,
    /// `freeze.approved`: a desk person wants it lifted.
    FreezeApproved,
    /// `freeze.lift`: it is over.
    FreezeLift,
    /// `erase`: the payloads of one person's entries are gone.
    Erase,
    /// `token.made`: a token with which programs act for the organization.
    TokenMade,
    /// `token.revoked`: it opens nothing any more.
    TokenRevoked,
    /// `mail_domains.changed`: the organization's mail comes from elsewhere, as its vendor says.
    MailDomainsChanged,
    /// `notice_addresses.changed`: copies of what its contacts are told go elsewhere, as one of them says, or its
    /// vendor before there is one.
    NoticeAddressesChanged,
    /// `doubt.raised`: the organization does not recognise a visit.
    DoubtRaised,
    /// `doubt.answered`: a desk person answered that.
    DoubtAnswered,
    /// `passkey.added`: a passkey of a security contact.
    PasskeyAdded,
    /// `passkey.removed`: it is nobody's any more.
    PasskeyRemoved,
    /// `change_request.called_with_words`: it was called, and the contact confirmed the request with the words of the call.
    ChangeRequestCalledWithWords,
    /// `change_request.called_without_words`: it was called, and the contact confirmed the request without them.
    ChangeRequestCalledWithoutWords,
    /// `contact.called_with_words`: a security contact was called, and confirmed who they are with the words of the call.
    ContactCalledWithWords,
    /// `contact.called_without_words`: a security contact was called, and confirmed who they are without them.
    ContactCalledWithoutWords,
}

/// A text that names no kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("has the unknown kind `{0}`")]
pub struct UnknownKind(String);

impl Kind {
    /// Every kind, in the order of their declaration.
    pub const ALL: [Self; 52] = [
        Self::LogOpen,
        Self::ContactAdded,
        Self::VisitOpen,
        Self::VisitProgress,
        Self::VisitClose,
        Self::AccessBegin,
        Self::AccessDenied,
        Self::SupportAccessDisabled,
        Self::SupportAccessEnabled,
        Self::ChangeRequestReceived,
        Self::ChangeRequestApproved,
        Self::SupportAccessConfirmed,
        Self::DeskKeyAdded,
        Self::DeskKeyRemoved,
        Self::ChangeRequestSigned,
        Self::ChangeRequestReviewed,
        Self::ChangeRequestJoined,
        Self::ChangeRequestFormSent,
        Self::ChangeRequestMeetingSet,
        Self::ChangeRequestFound,
        Self::ChangeRequestReturned,
        Self::ChangeRequestMatched,
        Self::ChangeRequestCalled,
        Self::ChangeRequestProcessed,
        Self::ChangeRequestAnnounced,
        Self::ChangeRequestReminded,
        Self::ChangeRequestEnded,
        Self::EvidenceRead,
        Self::ContactCalled,
        Self::ContactChangeAnnounced,
        Self::ContactChangeReturned,
        Self::ContactChangeAgreed,
        Self::ContactChangeMade,
        Self::ContactChangeEnded,
        Self::EvidenceErased,
        Self::FreezeBegin,
        Self::FreezeBeginEmployer,
        Self::FreezeApproved,
        Self::FreezeLift,
        Self::Erase,
        Self::TokenMade,
        Self::TokenRevoked,
        Self::MailDomainsChanged,
        Self::NoticeAddressesChanged,
        Self::DoubtRaised,
        Self::DoubtAnswered,
        Self::PasskeyAdded,
        Self::PasskeyRemoved,
        Self::ChangeRequestCalledWithWords,
        Self::ChangeRequestCalledWithoutWords,
        Self::ContactCalledWithWords,
        Self::ContactCalledWithoutWords,
    ];

    /// Whether the payload may be erased: what is about support people, former security contacts and former desk people goes
    /// with them. What still holds is known without it.
    #[must_use]
    pub const fn may_be_erased(self) -> bool {
        self.is_named_when_erased()
            || matches!(
                self,
                Self::VisitOpen
                    | Self::VisitProgress
                    | Self::VisitClose
                    | Self::AccessBegin
                    | Self::AccessDenied
            )
    }

    /// Whether the payload may tell of a security contact or desk person. Others act there, so an `erase` entry names each
    /// place.
    #[must_use]
    pub const fn is_named_when_erased(self) -> bool {
        self.is_of_desk_key()
            || matches!(
                self,
                Self::ContactAdded
                    | Self::ContactCalled
                    | Self::ContactCalledWithWords
                    | Self::ContactCalledWithoutWords
                    | Self::ContactChangeAnnounced
                    | Self::ContactChangeAgreed
                    | Self::TokenMade
                    | Self::TokenRevoked
                    | Self::PasskeyAdded
                    | Self::PasskeyRemoved
            )
    }

    /// Whether it is about a desk person's key.
    #[must_use]
    pub const fn is_of_desk_key(self) -> bool {
        matches!(self, Self::DeskKeyAdded | Self::DeskKeyRemoved)
    }

    /// The kind as the leaf writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LogOpen => "log.open",
            Self::ContactAdded => "contact.added",
            Self::VisitOpen => "visit.open",
            Self::VisitProgress => "visit.progress",
            Self::VisitClose => "visit.close",
            Self::AccessBegin => "access.begin",
            Self::AccessDenied => "access.denied",
            Self::SupportAccessDisabled => "support_access.disabled",
            Self::SupportAccessEnabled => "support_access.enabled",
            Self::ChangeRequestReceived => "change_request.received",
            Self::ChangeRequestApproved => "change_request.approved",
            Self::SupportAccessConfirmed => "support_access.confirmed",
            Self::DeskKeyAdded => "desk_key.added",
            Self::DeskKeyRemoved => "desk_key.removed",
            Self::ChangeRequestSigned => "change_request.signed",
            Self::ChangeRequestReviewed => "change_request.reviewed",
            Self::ChangeRequestJoined => "change_request.joined",
            Self::ChangeRequestFormSent => "change_request.form_sent",
            Self::ChangeRequestMeetingSet => "change_request.meeting_set",
            Self::ChangeRequestFound => "change_request.found",
            Self::ChangeRequestReturned => "change_request.returned",
            Self::ChangeRequestMatched => "change_request.matched",
            Self::ChangeRequestCalled => "change_request.called",
            Self::ChangeRequestProcessed => "change_request.processed",
            Self::ChangeRequestAnnounced => "change_request.announced",
            Self::ChangeRequestReminded => "change_request.reminded",
            Self::ChangeRequestEnded => "change_request.ended",
            Self::EvidenceRead => "evidence.read",
            Self::ContactCalled => "contact.called",
            Self::ContactChangeAnnounced => "contact_change.announced",
            Self::ContactChangeReturned => "contact_change.returned",
            Self::ContactChangeAgreed => "contact_change.agreed",
            Self::ContactChangeMade => "contact_change.made",
            Self::ContactChangeEnded => "contact_change.ended",
            Self::EvidenceErased => "evidence.erased",
            Self::FreezeBegin => "freeze.begin",
            Self::FreezeBeginEmployer => "freeze.begin_employer",
            Self::FreezeApproved => "freeze.approved",
            Self::FreezeLift => "freeze.lift",
            Self::Erase => "erase",
            Self::TokenMade => "token.made",
            Self::TokenRevoked => "token.revoked",
            Self::MailDomainsChanged => "mail_domains.changed",
            Self::NoticeAddressesChanged => "notice_addresses.changed",
            Self::DoubtRaised => "doubt.raised",
            Self::DoubtAnswered => "doubt.answered",
            Self::PasskeyAdded => "passkey.added",
            Self::PasskeyRemoved => "passkey.removed",
            Self::ChangeRequestCalledWithWords => "change_request.called_with_words",
            Self::ChangeRequestCalledWithoutWords => "change_request.called_without_words",
            Self::ContactCalledWithWords => "contact.called_with_words",
            Self::ContactCalledWithoutWords => "contact.called_without_words",
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Kind {
    type Err = UnknownKind;

    fn from_str(name: &str) -> Result<Self, UnknownKind> {
        let known = Self::ALL.into_iter().find(|kind| kind.as_str() == name);
        known.ok_or_else(|| UnknownKind(name.chars().take(64).collect()))
    }
}
