//! Sign-in links, sessions, and who is known by a provider's name.

use byleave_app::credentials::{Credential, Holder};
use byleave_app::ports::StoreError;
use byleave_app::sessions::Session;
use byleave_app::vendor::ProviderLink;
use rusqlite::{Transaction, params};

use super::run;
use crate::{row, sql};

pub(super) fn put_credential(
    transaction: &Transaction<'_>,
    credential: &Credential,
) -> Result<usize, StoreError> {
    let (kind, holder) = row::holder(&credential.holder);
    run(
        transaction,
        sql::CREDENTIAL_PUT,
        params![
            credential.hash,
            row::credential_kind(credential.kind),
            kind,
            holder,
            credential.expires_at.as_microsecond()
        ],
    )
}

pub(super) fn put_session(transaction: &Transaction<'_>, session: &Session) -> Result<usize, StoreError> {
    let (kind, holder) = row::holder(&session.holder);
    let row = params![
        session.id.as_bytes(),
        session.hash,
        kind,
        holder,
        session.browser,
        session.created_at.as_microsecond(),
        session.seen_at.as_microsecond(),
        session.expires_at.as_microsecond(),
        session.idle.as_secs(),
        session.by_provider.map(|by| by.identity),
        session.by_provider.and_then(|by| by.session),
        session.shown.map(|shown| *shown.passkey.as_bytes()),
        session.shown.map(|shown| shown.at.as_microsecond())
    ];
    run(transaction, sql::SESSION_PUT, row)
}

pub(super) fn put_provider_link(
    transaction: &Transaction<'_>,
    link: &ProviderLink,
) -> Result<usize, StoreError> {
    let (kind, holder) = row::holder(&link.holder);
    run(transaction, sql::PROVIDER_LINK_PUT, params![kind, holder, link.issuer, link.identity])
}

pub(super) fn remove_provider_link(
    transaction: &Transaction<'_>,
    holder: &Holder,
) -> Result<usize, StoreError> {
    let (kind, holder) = row::holder(holder);
    run(transaction, sql::PROVIDER_LINK_DELETE, params![kind, holder])
}
