//! What the vendor's administrator makes: organizations, support people, tools.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::schema;

/// `POST /v1/organizations`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganizationCreate {
    /// 1 to 120 characters.
    #[schemars(with = "schema::Name")]
    pub name: String,
    /// 1 to 30 of `a`–`z`, `0`–`9` and single inner hyphens.
    #[schemars(with = "schema::Slug")]
    pub slug: String,
    /// Where its mail comes from: domains such as `acme.example`. They decide nothing; mail from elsewhere is marked.
    #[serde(default)]
    #[schemars(with = "Vec<schema::MailDomain>", length(max = 20))]
    pub domains: Vec<String>,
    /// Addresses beside its security contacts', such as `soc@acme.example`, that get a copy of each letter to all of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<schema::Email>", length(max = 3))]
    pub notice_addresses: Vec<String>,
}

/// `POST /v1/organizations/{organization}/domains`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MailDomains {
    /// All domains that its mail comes from, such as `acme.example`; those that it had and that are not here are gone.
    #[schemars(with = "Vec<schema::MailDomain>", length(max = 20))]
    pub domains: Vec<String>,
}

/// `POST /v1/organizations/{organization}/notice-addresses`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticeAddresses {
    /// All of them, such as `soc@acme.example`. They are put at once where the organization has no security contact yet; else a
    /// contact says in the portal whether they are. Those that it had and that are not here then get one last letter.
    #[schemars(with = "Vec<schema::Email>", length(max = 3))]
    pub notice_addresses: Vec<String>,
}

/// `POST /v1/organization-imports`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganizationImport {
    /// All of them are created, or none.
    #[schemars(length(max = 10_000))]
    pub organizations: Vec<OrganizationCreate>,
}

/// The answer to an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OrganizationsImported {
    /// Created just now.
    pub created: Vec<Organization>,
    /// There already, under the same slug and name.
    pub present: Vec<Organization>,
}

/// An organization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Organization {
    /// Id.
    #[schemars(with = "schema::OrganizationId")]
    pub id: String,
    /// Name in addresses.
    #[schemars(with = "schema::Slug")]
    pub slug: String,
    /// Name on pages.
    #[schemars(with = "schema::Name")]
    pub name: String,
    /// Where its mail comes from, in alphabetical order.
    #[schemars(with = "Vec<schema::MailDomain>")]
    pub domains: Vec<String>,
    /// Addresses that get a copy of each letter to all its security contacts, in alphabetical order.
    #[schemars(with = "Vec<schema::Email>")]
    pub notice_addresses: Vec<String>,
    /// The addresses that the vendor asks for instead; null where it asks for none, or a security contact has said where.
    #[schemars(with = "Option<Vec<schema::Email>>")]
    pub notice_addresses_asked: Option<Vec<String>>,
    /// `enabled`, `approval_required` or `disabled`; `closed` while the stored setting is unproven.
    #[schemars(with = "schema::SupportAccess")]
    pub support_access: String,
    /// Where and with which key its log is verified. Shown to the organization and to the vendor's administrator.
    pub log: Log,
}

/// Where an organization's log is, and what verifies it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Log {
    /// Capability address: whoever has it can read the log, which holds no personal data.
    pub url: String,
    /// The log's name in its checkpoints.
    pub origin: String,
    /// The log's public key as a signed-note verifier key.
    pub vkey: String,
}

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

/// `POST /v1/support-people/{id}/erase`, `/v1/contacts/{id}/erase` and `/v1/desk-people/{id}/erase`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonErase {
    /// Why, 1 to 500 characters; stands in each organization's log.
    #[schemars(with = "schema::Reason")]
    pub reason: String,
}

/// A person of whom nothing is left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PersonErased {
    /// The id.
    #[schemars(with = "schema::ErasableId")]
    pub id: String,
    /// Ids of the organizations whose logs say so.
    #[schemars(with = "Vec<schema::OrganizationId>")]
    pub organizations: Vec<String>,
}

/// The vendor's person who works change requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DeskPerson {
    /// Id.
    #[schemars(with = "schema::PersonId")]
    pub id: String,
    /// Name.
    pub name: String,
    /// Sign-in name.
    pub email: String,
    /// Whether the configuration names them. Whoever it does not can be erased.
    pub configured: bool,
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

/// `POST /v1/tools`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("anyOf" = [
    {"properties": {"isolation": {"const": "upstream-verified"}, "inject": {"const": null}, "accept_shared": {"const": null}}},
    {"properties": {"isolation": {"const": "injected"}, "inject": {"type": "string"}, "accept_shared": {"const": null}},
     "required": ["inject"]},
    {"properties": {"isolation": {"const": "shared"}, "inject": {"const": null}}}
]))]
pub struct ToolCreate {
    /// Name in addresses; the assertion's audience.
    #[schemars(with = "schema::Slug")]
    pub slug: String,
    /// Name on pages.
    #[schemars(with = "schema::Name")]
    pub name: String,
    /// Origin of the upstream: scheme and authority, no path.
    #[schemars(with = "schema::Origin")]
    pub upstream: String,
    /// `upstream-verified`, `injected` or `shared`.
    #[schemars(with = "schema::Isolation")]
    pub isolation: String,
    /// With `injected`: `prefix`, `header:NAME` or `query:NAME`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<schema::Injection>")]
    pub inject: Option<String>,
    /// With `shared`: the tool's slug once more, by which the vendor accepts it as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<schema::Slug>")]
    pub accept_shared: Option<String>,
    /// `required` or `optional`.
    #[schemars(with = "schema::Requirement")]
    pub reason: String,
    /// `required` or `optional`.
    #[schemars(with = "schema::Requirement")]
    pub case: String,
    /// Path prefixes of files that hold no organization's data.
    #[serde(default)]
    #[schemars(with = "Vec<schema::Prefix>", length(max = 64))]
    pub assets: Vec<String>,
}

/// A tool.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Tool {
    /// Name in addresses; the assertion's audience.
    #[schemars(with = "schema::Slug")]
    pub slug: String,
    /// Name on pages.
    #[schemars(with = "schema::Name")]
    pub name: String,
    /// Origin of the upstream: scheme and authority, no path.
    #[schemars(with = "schema::Origin")]
    pub upstream: String,
    /// `upstream-verified`, `injected` or `shared`.
    #[schemars(with = "schema::Isolation")]
    pub isolation: String,
    /// With `injected`: `prefix`, `header:NAME` or `query:NAME`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<schema::Injection>")]
    pub inject: Option<String>,
    /// With `shared`: the tool's slug once more, by which the vendor accepts it as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<schema::Slug>")]
    pub accept_shared: Option<String>,
    /// `required` or `optional`.
    #[schemars(with = "schema::Requirement")]
    pub reason: String,
    /// `required` or `optional`.
    #[schemars(with = "schema::Requirement")]
    pub case: String,
    /// Path prefixes of files that hold no organization's data.
    #[schemars(with = "Vec<schema::Prefix>", length(max = 64))]
    pub assets: Vec<String>,
}
