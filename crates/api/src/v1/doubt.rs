//! Doubts: visits that an organization does not recognise, and the desk's answers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema;

/// `POST /v1/organizations/{organization}/doubts`: a visit is not recognised. It changes no setting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DoubtCreate {
    /// Which visit.
    #[schemars(with = "schema::VisitId")]
    pub visit: String,
    /// Why, if there is something to say; at most 20,000 characters.
    pub text: Option<String>,
}

/// `POST /v1/doubts/{id}/answer`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DoubtAnswer {
    /// The answer, 1 to 20,000 characters; every security contact gets it.
    #[schemars(with = "schema::Words")]
    pub text: String,
}

/// A doubt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Doubt {
    /// Id.
    #[schemars(with = "schema::DoubtId")]
    pub id: String,
    /// The organization's id.
    #[schemars(with = "schema::OrganizationId")]
    pub organization: String,
    /// The visit that is not recognised.
    #[schemars(with = "schema::VisitId")]
    pub visit: String,
    /// The security contact who said so; none where a program of the organization did.
    #[schemars(with = "Option<schema::ContactId>")]
    pub by: Option<String>,
    /// When.
    #[schemars(with = "schema::Moment")]
    pub at: String,
    /// What they wrote, as evidence.
    #[schemars(with = "Option<schema::EvidenceId>")]
    pub text: Option<String>,
    /// `open` or `answered`.
    #[schemars(with = "schema::DoubtState")]
    pub state: String,
    /// Until when the desk has to answer.
    #[schemars(with = "schema::Moment")]
    pub due: String,
    /// The desk person who answered.
    #[schemars(with = "Option<schema::PersonId>")]
    pub answered_by: Option<String>,
    /// When.
    #[schemars(with = "Option<schema::Moment>")]
    pub answered_at: Option<String>,
    /// The answer, as evidence.
    #[schemars(with = "Option<schema::EvidenceId>")]
    pub answer: Option<String>,
}
