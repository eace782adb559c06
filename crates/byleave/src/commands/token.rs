//! `byleave token`: bearer tokens, made for one purpose, listed without their secrets, revoked.

use byleave_api::v1::{Token, TokenCreate};
use clap::{Args, Subcommand};

use super::{print, print_list, segment};
use crate::client::Server;
use crate::failure::Failure;

/// What to do with tokens.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Makes a token that goes no further than the one it is asked by; its secret is shown this once
    #[command(
        after_help = "Examples:\n  byleave token create --name report --scope read --days 30\n  byleave token create \
                            --organization acme --name export --scope read --scope contents"
    )]
    Create {
        #[command(flatten)]
        of: Of,
        /// What it is called in lists
        #[arg(long)]
        name: String,
        /// What it is good for, once for each: read, contents, manage, access, requests, freeze, erase, intake, enter or
        /// tokens; else all that its holder does but `tokens`
        #[arg(long = "scope", value_name = "SCOPE")]
        scopes: Vec<String>,
        /// For how many days, 1 to 400; else 90, or as long as the token by which it is asked for
        #[arg(long)]
        days: Option<u16>,
    },
    /// Lists tokens, newest first; those that no longer work are listed for 90 days more
    #[command(after_help = "Example:\n  byleave token list --organization acme --json")]
    List {
        #[command(flatten)]
        of: Of,
    },
    /// Shows one token, without its secret
    #[command(after_help = "Example:\n  byleave token show token_0123456789abcdef0123456789abcdef")]
    Show {
        /// Its id, as `list` shows it
        id: String,
    },
    /// Revokes a token; returns once no connection is left that was opened with it
    #[command(after_help = "Example:\n  byleave token revoke token_0123456789abcdef0123456789abcdef")]
    Revoke {
        /// Its id, as `list` shows it
        id: String,
    },
}

/// Whose tokens; one's own where nobody is named.
#[derive(Debug, Args)]
pub struct Of {
    /// Those of an organization's own programs: its id or slug
    #[arg(long, value_name = "ORG", conflicts_with = "support_person")]
    organization: Option<String>,
    /// Those of a support person or service: the id
    #[arg(long, value_name = "ID")]
    support_person: Option<String>,
}

impl Of {
    fn path(&self) -> String {
        match (&self.organization, &self.support_person) {
            (Some(organization), _) => format!("/v1/organizations/{}/tokens", segment(organization)),
            (None, Some(person)) => format!("/v1/support-people/{}/tokens", segment(person)),
            (None, None) => "/v1/tokens".to_owned(),
        }
    }
}

impl Command {
    /// Runs the command.
    ///
    /// # Errors
    /// What the server refused.
    pub async fn run(self, server: &Server, json: bool) -> Result<(), Failure> {
        match self {
            Self::Create { of, name, scopes, days } => {
                let scopes = Some(scopes).filter(|scopes| !scopes.is_empty());
                let wanted = TokenCreate { name: Some(name), scopes, days };
                let made: Token = server.post(&of.path(), &wanted).await?;
                print(json, &made, text)
            }
            Self::List { of } => {
                let all: Vec<Token> = server.list(&of.path()).await?;
                print_list(json, &all, line)
            }
            Self::Show { id } => {
                let path = format!("/v1/tokens/{}", segment(&id));
                print(json, &server.get::<Token>(&path).await?, text)
            }
            Self::Revoke { id } => {
                let path = format!("/v1/tokens/{}/revoke", segment(&id));
                print(json, &server.post::<Token>(&path, &serde_json::json!({})).await?, text)
            }
        }
    }
}

fn line(token: &Token) -> String {
    let name = token.name.as_deref().unwrap_or("without a name");
    let used = token.last_used_on.as_deref().unwrap_or("never");
    format!(
        "{}  {}  until {}  used {used}  {}  {name}",
        token.id,
        token.state,
        token.expires_at,
        token.scopes.join(",")
    )
}

fn text(token: &Token) -> String {
    let secret = token.token.as_ref().map(|secret| format!("\n  token    {secret}  (shown this once)"));
    format!(
        "{}\n  id       {}\n  is for   {}\n  state    {}\n  until    {}{}",
        token.name.as_deref().unwrap_or("without a name"),
        token.id,
        token.scopes.join(" "),
        token.state,
        token.expires_at,
        secret.unwrap_or_default()
    )
}
