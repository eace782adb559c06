//! Requests to have support access enabled again: a security contact's statement that waits for a desk person.
//!
//! Disabling needs no waiting and so makes no request here; the steps that confirm a disable come with the desk.

use jiff::{SignedDuration, Timestamp};

use crate::ids::{ChangeRequestId, OrganizationId};
use crate::statement::SignedStatement;
use crate::support_access::Approval;

/// A request that nobody has approved for this long is over.
pub const CHANGE_REQUEST_LIFE: SignedDuration = SignedDuration::from_hours(24 * 7);

/// A request to enable support access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRequest {
    /// This request.
    pub id: ChangeRequestId,
    /// Whose setting.
    pub organization: OrganizationId,
    /// The security contact's word.
    pub statement: SignedStatement,
    /// When it came in.
    pub received_at: Timestamp,
    /// Where it stands.
    pub state: ChangeRequestState,
}

/// Where a change request stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeRequestState {
    /// A desk person has yet to approve.
    Received,
    /// Approved and in force.
    Processed {
        /// Who approved.
        approval: Approval,
        /// When it took effect.
        at: Timestamp,
    },
    /// The setting changed otherwise, or a contact disabled once more; the request is over.
    Superseded,
}
