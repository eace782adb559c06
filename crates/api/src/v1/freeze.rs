//! Freezes, as the desk begins and lifts them and organizations see them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema;

/// `POST /v1/freezes`: everybody is kept out of everywhere, or one employer's people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FreezeCreate {
    /// Whose people; everybody without one.
    #[schemars(with = "Option<schema::Name>")]
    pub employer: Option<String>,
    /// Why, 1 to 500 characters; every organization reads it.
    #[schemars(with = "schema::Reason")]
    pub reason: String,
}

/// A freeze.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Freeze {
    /// Id.
    #[schemars(with = "schema::FreezeId")]
    pub id: String,
    /// Whose people are kept out; everybody without one.
    #[schemars(with = "Option<schema::Name>")]
    pub employer: Option<String>,
    /// Why.
    #[schemars(with = "schema::Reason")]
    pub reason: String,
    /// `in_force` or `lifted`.
    #[schemars(with = "schema::FreezeState")]
    pub state: String,
    /// Since when.
    #[schemars(with = "schema::Moment")]
    pub begun_at: String,
    /// The desk person who began it; organizations are told that it was one.
    #[schemars(with = "Option<schema::PersonId>")]
    pub begun_by: Option<String>,
    /// How many desk people have signed to lift it; it takes two.
    pub approvals: usize,
    /// Who they are; for the vendor's people.
    #[schemars(with = "Vec<schema::PersonId>")]
    pub approved_by: Vec<String>,
    /// When it was lifted.
    #[schemars(with = "Option<schema::Moment>")]
    pub lifted_at: Option<String>,
    /// Places in the caller's log that tell of its beginning and its end, as far as they do; for an organization.
    pub entries: Vec<u64>,
    /// What a desk person signs to lift it; for a desk person, while it is in force.
    pub lift: Option<String>,
}

/// What a freeze has brought about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FreezeReceipt {
    /// The freeze, in force.
    pub freeze: Freeze,
    /// The enforcement point.
    pub enforcement_point: String,
    /// Connections that it reset.
    pub connections_reset: usize,
    /// Visits that were ended.
    pub visits_ended: usize,
    /// Organizations there are.
    pub organizations: usize,
    /// Those whose logs tell of it already; the others' follow.
    pub organizations_told: usize,
}
