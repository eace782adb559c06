//! `[sign_in]`: the vendor's OpenID provider, and which of its groups make what.

use std::sync::Arc;

use byleave_app::clock::SystemClock;
use byleave_app::vendor::{Role, Vendor};
use byleave_oidc::{Provider, Settings};
use reqwest::Url;

use super::reader::Reader;
use super::{filled, is_loopback, key, or};
use crate::failure::Failure;

/// How the vendor's people sign in.
#[derive(Clone)]
pub struct SignIn {
    settings: Settings,
    roles: Vec<(String, Role)>,
}

impl std::fmt::Debug for SignIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SignIn({}, …)", self.settings.issuer)
    }
}

impl SignIn {
    /// What asks that provider.
    ///
    /// # Errors
    /// Nothing can be asked over TLS on this machine.
    pub fn vendor(&self) -> Result<Arc<Vendor>, Failure> {
        let provider = Provider::new(self.settings.clone(), Arc::new(SystemClock)).map_err(Failure::new)?;
        Ok(Arc::new(Vendor::new(Arc::new(provider), self.roles.clone())))
    }
}

/// Reads the section. `base_url` is where the provider sends browsers back to.
pub(super) fn sign_in(reader: &mut Reader<'_>, base_url: &str) -> Option<SignIn> {
    let issuer = reader.text(
        key(
            "issuer",
            "write the provider's name as it says it itself, such as `https://login.vendor.example`",
        ),
        issuer,
    );
    let client_id = reader.text(key("client_id", "write the name that the provider has for Byleave"), filled);
    let client_secret =
        reader.secret(key("client_secret", "write the secret that the provider made for Byleave"), filled);
    let scopes = reader.text(
        or("scopes", "openid email", "write scopes with spaces between, `openid` among them"),
        |text| {
            let scopes: Vec<_> = text.split_whitespace().map(str::to_owned).collect();
            if scopes.iter().any(|scope| scope == "openid") {
                Ok(scopes)
            } else {
                Err("`openid` is missing".to_owned())
            }
        },
    );
    let groups_claim =
        reader.text(or("groups_claim", "groups", "write the claim that lists somebody's groups"), filled);
    let mut roles = Vec::new();
    for (name, role) in
        [("support_groups", Role::Support), ("desk_groups", Role::Desk), ("admin_groups", Role::Admin)]
    {
        let groups = reader.texts(key(name, "write groups as the provider names them, in a list"), filled);
        roles.extend(groups.into_iter().map(|group| (group, role)));
    }
    if roles.is_empty() {
        let why = "no group makes anybody anything, so nobody could sign in";
        reader.object(
            "support_groups",
            why,
            "name groups in `support_groups`, `desk_groups` or `admin_groups`",
        );
    }
    let settings = Settings {
        issuer: issuer?,
        client_id: client_id?,
        client_secret: client_secret?,
        scopes: scopes?,
        groups_claim: groups_claim?,
        redirect_uri: format!("{base_url}/sign-in/callback"),
    };
    Some(SignIn { settings, roles })
}

fn issuer(text: &str) -> Result<String, String> {
    let url: Url = text.parse().map_err(|_| "this is no address".to_owned())?;
    let told = url.query().is_some() || url.fragment().is_some() || !url.username().is_empty();
    match url.scheme() {
        _ if told => {
            Err("a provider's name has no query, no fragment and no user (OpenID Connect Discovery, 3)"
                .to_owned())
        }
        "https" => Ok(text.to_owned()),
        "http" if is_loopback(text) => Ok(text.to_owned()),
        _ => Err("whoever is on the way could say who somebody is; it has to begin with `https:`".to_owned()),
    }
}
