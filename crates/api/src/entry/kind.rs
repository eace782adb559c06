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
    /// `change_request.received`: a security contact asked for a change of the setting.
    ChangeRequestReceived,
    /// `change_request.approved`: a desk person approved it.
    ChangeRequestApproved,
}

/// A text that names no kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("has the unknown kind `{0}`")]
pub struct UnknownKind(String);

impl Kind {
    /// Every kind, in the order of their declaration.
    pub const ALL: [Self; 11] = [
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
    ];

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
