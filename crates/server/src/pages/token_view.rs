//! Tokens that work, for whoever may revoke them: the desk's page and the portal show the same table.

use std::cmp::Reverse;

use byleave_app::credentials::Holder;
use byleave_app::tokens::Token;
use byleave_app::world::World;
use jiff::Timestamp;

use crate::text::{Moment, Text};

/// A row of the table.
pub(crate) struct TokenRow {
    pub id: String,
    pub name: String,
    pub scopes: String,
    pub until: Moment,
    pub last_used: String,
}

/// A holder's tokens that work, newest first.
pub(crate) fn rows(world: &World, holder: Holder, now: Timestamp) -> Vec<TokenRow> {
    let mut working: Vec<_> = world.tokens_of(holder).filter(|token| token.works(now)).collect();
    working.sort_by_key(|token| (Reverse(token.created_at), token.id));
    working.into_iter().map(row).collect()
}

fn row(token: &Token) -> TokenRow {
    let scopes: Vec<_> = token.bounds.scopes.iter().map(|scope| scope.to_string()).collect();
    let day = token.used_on.map(|day| day.strftime("%Y-%m-%d").to_string());
    TokenRow {
        id: token.id.to_string(),
        name: token.name.as_ref().map_or_else(|| Text::of("tokens-unnamed").plain(), ToString::to_string),
        scopes: scopes.join(", "),
        until: Moment(token.bounds.expires_at),
        last_used: day.unwrap_or_else(|| Text::of("tokens-never").plain()),
    }
}
