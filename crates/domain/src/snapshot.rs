//! What an enforcement point needs in order to decide, and nothing else.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::freeze::Freeze;
use crate::ids::{OrganizationId, SubjectId, ToolId};
use crate::subject::Subject;
use crate::support_access::SupportAccess;
use crate::text::{Name, Slug};
use crate::tool::Tool;

/// Everything [`authorize`](crate::decision::authorize) looks at. Immutable; a change makes a new one.
#[derive(Debug, Clone, Default)]
pub struct PolicySnapshot {
    /// Why nothing at all is permitted, where that is so.
    pub closed: Option<&'static str>,
    /// Freezes; those that are lifted keep nobody out.
    pub freezes: Vec<Freeze>,
    /// Settings by organization.
    pub organizations: HashMap<OrganizationId, OrganizationPolicy>,
    /// Support people and services.
    pub subjects: HashMap<SubjectId, Subject>,
    /// Tools.
    pub tools: HashMap<ToolId, Tool>,
    /// Organizations by the name used in addresses.
    pub organization_slugs: HashMap<Slug, OrganizationId>,
    /// Tools by the name used in addresses.
    pub tool_slugs: HashMap<Slug, ToolId>,
}

/// One organization as an enforcement point sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganizationPolicy {
    /// Its name in addresses.
    pub slug: Slug,
    /// Its name on pages.
    pub name: Name,
    /// Changes of the setting so far.
    pub epoch: u64,
    /// What holds: the proven setting, or why there is none.
    pub standing: Standing,
}

/// What an enforcement point knows about an organization's setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// The stored setting is the one that the organization's log ends with.
    Proven(SupportAccess),
    /// The stored setting and the organization's log disagree, or the log itself does not hold. Nobody enters.
    Closed {
        /// Since when this has been known.
        since: Timestamp,
    },
}

impl PolicySnapshot {
    /// Permits nothing, and says why: what an enforcement point holds before it has read anything.
    #[must_use]
    pub fn deny_all(why: &'static str) -> Self {
        Self { closed: Some(why), ..Self::default() }
    }
}
