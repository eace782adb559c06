//! Visits, as their organization deals with them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema;

/// `POST /v1/organizations/{organization}/visits/stop`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VisitStop {
    /// Which visit; all that are open without one.
    #[schemars(with = "Option<schema::VisitId>")]
    pub visit: Option<String>,
}

/// What a stop has brought about. The setting is what it was: whoever was inside may open another visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VisitsStopped {
    /// The organization's id.
    #[schemars(with = "schema::OrganizationId")]
    pub organization: String,
    /// The visits that it ended; what was over already is not among them.
    #[schemars(with = "Vec<schema::VisitId>")]
    pub visits: Vec<String>,
    /// Connections that were reset.
    pub connections_reset: usize,
}
