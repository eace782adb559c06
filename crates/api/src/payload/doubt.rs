//! Doubts as entries hold them. Texts are evidence, kept apart.

use byleave_domain::doubt::{Doubt, DoubtAnswer};
use byleave_domain::ids::{DoubtId, OrganizationId};
use serde::{Deserialize, Serialize};

/// `doubt.raised`: a visit is not recognised. Its id is the entry's `rid` as well.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoubtRaised {
    /// The doubt's id.
    pub doubt: String,
    /// The visit's id.
    pub visit: String,
    /// Who said so: a security contact, or the organization itself where one of its programs did.
    pub by: String,
    /// When, RFC 3339.
    pub at: String,
    /// The evidence that they wrote, if any.
    pub evidence: Option<String>,
}

/// `doubt.answered`: a desk person's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoubtAnswered {
    /// The doubt's id.
    pub doubt: String,
    /// The desk person who answered.
    pub by: String,
    /// When, RFC 3339.
    pub at: String,
    /// The evidence that they wrote.
    pub evidence: String,
}

/// A record that is no doubt, or no answer to one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the doubt's `{field}` is not valid")]
pub struct InvalidDoubt {
    /// The field that does not parse.
    pub field: &'static str,
}

impl From<&Doubt> for DoubtRaised {
    fn from(doubt: &Doubt) -> Self {
        Self {
            doubt: doubt.id.to_string(),
            visit: doubt.visit.to_string(),
            by: doubt.by.map_or_else(|| doubt.organization.to_string(), |by| by.to_string()),
            at: doubt.at.to_string(),
            evidence: doubt.text.map(|text| text.to_string()),
        }
    }
}

impl DoubtRaised {
    /// The doubt, without an answer.
    ///
    /// # Errors
    /// [`InvalidDoubt`].
    pub fn read(&self, organization: OrganizationId) -> Result<Doubt, InvalidDoubt> {
        let by = match self.by == organization.to_string() {
            true => None,
            false => Some(parse(&self.by, "by")?),
        };
        Ok(Doubt {
            id: parse(&self.doubt, "doubt")?,
            organization,
            visit: parse(&self.visit, "visit")?,
            by,
            at: parse(&self.at, "at")?,
            text: self.evidence.as_deref().map(|text| parse(text, "evidence")).transpose()?,
            answer: None,
        })
    }
}

impl DoubtAnswered {
    /// The record of an answer.
    #[must_use]
    pub fn new(doubt: DoubtId, answer: &DoubtAnswer) -> Self {
        let DoubtAnswer { by, at, text } = answer;
        Self { doubt: doubt.to_string(), by: by.to_string(), at: at.to_string(), evidence: text.to_string() }
    }

    /// Which doubt it answers, and the answer.
    ///
    /// # Errors
    /// [`InvalidDoubt`].
    pub fn read(&self) -> Result<(DoubtId, DoubtAnswer), InvalidDoubt> {
        let (by, at) = (parse(&self.by, "by")?, parse(&self.at, "at")?);
        let answer = DoubtAnswer { by, at, text: parse(&self.evidence, "evidence")? };
        Ok((parse(&self.doubt, "doubt")?, answer))
    }
}

fn parse<T: std::str::FromStr>(text: &str, field: &'static str) -> Result<T, InvalidDoubt> {
    text.parse().map_err(|_| InvalidDoubt { field })
}
