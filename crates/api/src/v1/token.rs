//! Tokens: what is asked for, and what is shown of one. The secret is in the answer to its creation alone.

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use crate::schema;

/// `POST …/tokens`. Whatever is not said is as usual.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenCreate {
    /// What it is called in lists; `token` where nothing is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<schema::Name>")]
    pub name: Option<String>,
    /// What it is good for; else all that its holder does but `tokens`, as far as whoever asks may give it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<Vec<schema::Scope>>", length(min = 1, max = 10))]
    pub scopes: Option<Vec<String>>,
    /// For how many days; else 90, or as long as the token by which it is asked for.
    #[serde(default, deserialize_with = "whole", skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 400))]
    pub days: Option<u16>,
}

/// A whole number however it is written: to JSON Schema `90.0` is an integer (2020-12, 6.1.1).
fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u16>, D::Error> {
    let Some(number) = Option::<serde_json::Number>::deserialize(deserializer)? else { return Ok(None) };
    let text = number.to_string();
    let whole = text.strip_suffix(".0").unwrap_or(&text).parse();
    whole
        .map(Some)
        .map_err(|_| D::Error::custom(format_args!("`{text}` is no whole number from 0 to {}", u16::MAX)))
}

/// A token without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Token {
    /// Id, which is no secret.
    #[schemars(with = "schema::TokenId")]
    pub id: String,
    /// What it is called; none of those made before tokens had names.
    #[schemars(with = "Option<schema::Name>")]
    pub name: Option<String>,
    /// `admin`, `desk_person`, `support_person` or `organization`: whom it stands for.
    #[schemars(extend("enum" = ["admin", "desk_person", "support_person", "organization"]))]
    pub holder: String,
    /// The holder's id; none for the administrator.
    pub holder_id: Option<String>,
    /// What it is good for.
    #[schemars(with = "Vec<schema::Scope>")]
    pub scopes: Vec<String>,
    /// `works`, `expired` or `revoked`.
    #[schemars(extend("enum" = ["works", "expired", "revoked"]))]
    pub state: String,
    /// When it was made.
    #[schemars(with = "schema::Moment")]
    pub created_at: String,
    /// From when on it does not work.
    #[schemars(with = "schema::Moment")]
    pub expires_at: String,
    /// The day in UTC on which it was last used, if it was.
    #[schemars(with = "Option<schema::Day>")]
    pub last_used_on: Option<String>,
    /// When it was revoked.
    #[schemars(with = "Option<schema::Moment>")]
    pub revoked_at: Option<String>,
    /// The secret; in the answer to its creation and never again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_whole_however_they_are_written() {
        let days = |written: &str| {
            let asked: Result<TokenCreate, _> = serde_json::from_str(&format!("{{\"days\": {written}}}"));
            asked.map(|asked| asked.days).ok()
        };
        assert_eq!([days("90"), days("90.0"), days("null")], [Some(Some(90)), Some(Some(90)), Some(None)]);
        assert_eq!([days("90.5"), days("-1"), days("1e99"), days("\"90\"")], [None; 4]);
    }
}
