//! Support people and services as `/v1` has them: added, shown, erased.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema;

/// `POST /v1/support-people`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SupportPersonCreate {
    /// `support_person` or `support_service`.
    #[schemars(with = "schema::SubjectKind")]
    pub kind: String,
    /// 1 to 120 characters.
    #[schemars(with = "schema::Name")]
    pub name: String,
    /// Alias in requests and sign-in.
    #[schemars(with = "schema::Email")]
    pub email: String,
    /// Who employs them.
    #[schemars(with = "schema::Name")]
    pub employer: String,
}

/// `POST /v1/support-people/{id}/erase`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SupportPersonErase {
    /// Why, 1 to 500 characters; stands in each organization's log.
    #[schemars(with = "schema::Reason")]
    pub reason: String,
}

/// A person of whom nothing is left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SupportPersonErased {
    /// The id.
    #[schemars(with = "schema::PersonId")]
    pub id: String,
    /// Ids of the organizations whose logs say so.
    #[schemars(with = "Vec<schema::OrganizationId>")]
    pub organizations: Vec<String>,
}

/// A support person or support service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SupportPerson {
    /// Id.
    #[schemars(with = "schema::PersonId")]
    pub id: String,
    /// `support_person` or `support_service`.
    #[schemars(with = "schema::SubjectKind")]
    pub kind: String,
    /// Name.
    #[schemars(with = "schema::Name")]
    pub name: String,
    /// E-mail address.
    #[schemars(with = "schema::Email")]
    pub email: String,
    /// Employer.
    #[schemars(with = "schema::Name")]
    pub employer: String,
    /// Bearer token for the gateway; in the answer to its creation and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}
