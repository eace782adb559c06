//! What the vendor's process adds to the article's steps. It may add, and never takes one away.

use jiff::SignedDuration;

/// Which steps a change takes beyond those of the article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProfileName {
    /// The article to the letter, save that enabling without a security contact's signature takes two desk people
    /// (protocols 1.11).
    Article,
    /// With a second desk person who approves, and for enabling a waiting time in which any contact can veto.
    ArticlePlus,
}

/// A process profile: fixed for a change request when it comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile {
    /// Which steps.
    pub name: ProfileName,
    /// How long an approved enabling waits before it takes effect.
    pub enable_wait: SignedDuration,
    /// How long a number that is not from the contract must have been on file before it is called to enable.
    pub number_age: SignedDuration,
}

/// Longest waiting time that can be set.
pub const ENABLE_WAIT_MAX: SignedDuration = SignedDuration::from_hours(24 * 7);

impl Profile {
    /// A profile with its usual times: no waiting for `article`, 24 hours for `article-plus`; 30 days for a number.
    #[must_use]
    pub const fn usual(name: ProfileName) -> Self {
        let enable_wait = match name {
            ProfileName::Article => SignedDuration::ZERO,
            ProfileName::ArticlePlus => SignedDuration::from_hours(24),
        };
        Self { name, enable_wait, number_age: SignedDuration::from_hours(24 * 30) }
    }

    /// The same steps without any waiting, as the demo has them.
    #[must_use]
    pub const fn without_waiting(self) -> Self {
        Self { enable_wait: SignedDuration::ZERO, number_age: SignedDuration::ZERO, ..self }
    }
}

impl ProfileName {
    /// The word in configuration, entries and on pages.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Article => "article",
            Self::ArticlePlus => "article-plus",
        }
    }

    /// What the word means, if it is one of the two.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Article, Self::ArticlePlus].into_iter().find(|name| name.as_str() == word)
    }
}
