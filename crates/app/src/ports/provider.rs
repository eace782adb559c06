//! What is needed of an OpenID provider.

use async_trait::async_trait;
use jiff::Timestamp;

/// Who the vendor's people are, and in which groups.
#[async_trait]
pub trait IdentityProvider: Send + Sync + 'static {
    /// Its name, an address.
    fn issuer(&self) -> &str;
    /// Where a browser goes to sign in.
    ///
    /// # Errors
    /// [`ProviderFailed::Unreachable`].
    async fn address(&self, ceremony: &Ceremony) -> Result<String, ProviderFailed>;
    /// Who came back with `code`, and with `iss` beside it where the provider sends that.
    ///
    /// # Errors
    /// [`ProviderFailed`].
    async fn redeem(
        &self,
        ceremony: &Ceremony,
        code: &str,
        iss: Option<&str>,
        now: Timestamp,
    ) -> Result<Identity, ProviderFailed>;
    /// Whom a logout token logs out.
    ///
    /// # Errors
    /// [`ProviderFailed`].
    async fn logout(&self, token: &str, now: Timestamp) -> Result<Logout, ProviderFailed>;
}

/// The secrets of one sign-in.
#[derive(Clone)]
pub struct Ceremony {
    /// Comes back with the browser.
    pub state: String,
    /// Comes back in the ID token.
    pub nonce: String,
    /// Shows that whoever redeems the code is who asked for it (RFC 7636).
    pub verifier: String,
}

/// Whom the provider says somebody is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The provider's name for them, for ever.
    pub subject: String,
    /// Their session at the provider, where it says.
    pub session: Option<String>,
    /// Their address, where the provider says that it is verified.
    pub email: Option<String>,
    /// Their groups.
    pub groups: Vec<String>,
}

/// Somebody whom the provider has logged out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logout {
    /// The token's own name, by which it is known to have come before.
    pub id: String,
    /// Until when the same token could come again.
    pub until: Timestamp,
    /// Who: all of their sessions, where no session is named.
    pub subject: Option<String>,
    /// Which session at the provider.
    pub session: Option<String>,
}

/// Why nobody is known by what came from the provider.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderFailed {
    /// It does not answer, or not as a provider does.
    #[error("the OpenID provider cannot be asked: {0}")]
    Unreachable(String),
    /// What came is not what the provider says to us, now, about what was asked.
    #[error("{0}")]
    Refused(&'static str),
}
