//! Tools: the vendor's applications behind the gateway, and who keeps their organizations apart.

use crate::ids::ToolId;
use crate::text::{Name, Slug};

/// One of the vendor's applications. It serves many organizations, so its address alone is no boundary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tool {
    /// This tool.
    pub id: ToolId,
    /// Its short name in addresses; the assertion's audience.
    pub slug: Slug,
    /// As people see it.
    pub name: Name,
    /// Origin of the upstream, such as `http://127.0.0.1:9000`: scheme and authority, no path. `https` speaks HTTP/2 where
    /// the upstream agrees to, `h2c` speaks it without TLS and without asking.
    pub upstream: String,
    /// Who keeps organizations apart.
    pub isolation: Isolation,
    /// Whether a visit must state a reason.
    pub reason: Requirement,
    /// Whether a visit must name a case.
    pub case: Requirement,
    /// Path prefixes (each begins with `/`) of files that hold no organization's data. Reading one is counted in
    /// its visit instead of being an entry of its own.
    pub assets: Vec<String>,
}

/// Who keeps one organization's data from visitors to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Isolation {
    /// The upstream verifies `Byleave-Assertion` and answers for the organization named there, whatever the URL says.
    UpstreamVerified,
    /// The gateway forces the organization into the forwarded request.
    Injected(Injection),
    /// Nobody: whoever is inside may reach every organization that the tool knows. Refused unless the vendor has
    /// accepted the tool by name, and then shown to every organization as not covered.
    Shared {
        /// The vendor has named this tool as accepted.
        accepted: bool,
    },
}

/// Where the gateway puts the organization's slug.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Injection {
    /// In front of every path that is not an asset, as `/{slug}`, unless the path begins with just that.
    Prefix,
    /// In this request header (lower case), replacing whatever was sent under any spelling of it.
    Header(String),
    /// In this query parameter, replacing whatever was sent under any spelling of it.
    Query(String),
}

/// Whether opening a visit needs a statement of some kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Requirement {
    /// A visit without it is refused.
    Required,
    /// A visit without it is shown as lacking it.
    Optional,
}

impl Tool {
    /// Whether `path` (as forwarded, decoded once, without query) was declared to hold no organization's data.
    #[must_use]
    pub fn is_asset(&self, path: &str) -> bool {
        self.assets.iter().any(|prefix| path.starts_with(prefix.as_str()))
    }
}
