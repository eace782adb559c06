//! Who is calling: sign-in links and sessions, and what each caller may ask for. Tokens are in [`tokens`](crate::tokens).

use std::collections::BTreeSet;

use crate::credentials::{self, Credential, CredentialKind, Holder, LINK_LIFE, SESSION_LIFE, Secret};
use crate::ports::Change;
use crate::world::World;
use crate::{App, NotWritten};
use byleave_domain::ids::{ContactId, DeskPersonId, OrganizationId, SubjectId};
use jiff::Timestamp;

/// A caller with the organization, if any, that it belongs to. Made by [`App::caller`] alone, so whoever holds one
/// has shown a credential (threat model K14).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Caller {
    /// The vendor's administrator.
    Admin,
    /// A desk person.
    DeskPerson(DeskPersonId),
    /// A security contact and the organization it decides for.
    Contact(ContactId, OrganizationId),
    /// A support person or service.
    Subject(SubjectId),
    /// An organization's own programs.
    Organization(OrganizationId),
}

impl Caller {
    /// The organization whose things this caller may see, if it belongs to one.
    #[must_use]
    pub const fn organization(&self) -> Option<OrganizationId> {
        match self {
            Self::Contact(_, organization) | Self::Organization(organization) => Some(*organization),
            Self::Admin | Self::DeskPerson(_) | Self::Subject(_) => None,
        }
    }
}

impl App {
    /// Whose session `presented` is, if it is one that works now.
    #[must_use]
    pub fn session(&self, presented: &str) -> Option<Caller> {
        let world = self.world();
        let credential = world.credentials.get(&credentials::hash(presented))?;
        if credential.kind != CredentialKind::Session || credential.expires_at <= self.now() {
            return None;
        }
        world.holder(credential.holder)
    }

    /// A link's secret that signs `holder` in once, within [`LINK_LIFE`].
    ///
    /// # Errors
    /// [`NotWritten`].
    pub async fn issue_link(&self, holder: Holder) -> Result<Secret, NotWritten> {
        let secret = Secret::fresh(&*self.shared.entropy);
        let now = self.now();
        let credential = Credential {
            hash: secret.hash(),
            kind: CredentialKind::SignInLink,
            holder,
            expires_at: now + LINK_LIFE,
        };
        self.jobs
            .command(move |writer| {
                let expired = expired(&writer.shared.world(), now);
                let mut changes: Vec<_> = expired.iter().copied().map(Change::CredentialRemoved).collect();
                changes.push(Change::CredentialPut(credential.clone()));
                writer.write(Vec::new(), |_| changes)?;
                let mut world = writer.shared.world_mut();
                world.credentials.retain(|hash, _| !expired.contains(hash));
                world.credentials.insert(credential.hash, credential);
                Ok::<_, NotWritten>(())
            })
            .await??;
        Ok(secret)
    }

    /// Forgets links and sessions that no longer work, so that no clock that is set back before the next start has them work
    /// again.
    pub(crate) async fn forget_expired(&self) -> Result<(), NotWritten> {
        let now = self.now();
        if !self.world().credentials.values().any(|known| known.expires_at <= now) {
            return Ok(());
        }
        let forgotten = self.jobs.command(move |writer| {
            let expired = expired(&writer.shared.world(), now);
            writer.write(Vec::new(), |_| expired.iter().copied().map(Change::CredentialRemoved).collect())?;
            writer.shared.world_mut().credentials.retain(|hash, _| !expired.contains(hash));
            Ok(())
        });
        forgotten.await?
    }

    /// Uses up a sign-in link and starts a session. `None` when the link is unknown, used or too old.
    ///
    /// # Errors
    /// [`NotWritten`].
    pub async fn sign_in(&self, link: &str) -> Result<Option<Secret>, NotWritten> {
        let hash = credentials::hash(link);
        let now = self.now();
        let session = Secret::fresh(&*self.shared.entropy);
        let secret = session.clone();
        let signed_in = self.jobs.command(move |writer| {
            let link = writer.shared.world().credentials.get(&hash).cloned();
            let Some(link) = link.filter(|l| l.kind == CredentialKind::SignInLink && l.expires_at > now)
            else {
                return Ok(false);
            };
            let session = Credential {
                hash: secret.hash(),
                kind: CredentialKind::Session,
                holder: link.holder,
                expires_at: now + SESSION_LIFE,
            };
            let changes = vec![Change::CredentialRemoved(hash), Change::CredentialPut(session.clone())];
            writer.write(Vec::new(), |_| changes)?;
            let mut world = writer.shared.world_mut();
            world.credentials.remove(&hash);
            world.credentials.insert(session.hash, session);
            Ok(true)
        });
        Ok(signed_in.await??.then_some(session))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// [`NotWritten`].
    pub async fn sign_out(&self, session: &str) -> Result<(), NotWritten> {
        let hash = credentials::hash(session);
        self.jobs
            .command(move |writer| {
                writer.write(Vec::new(), |_| vec![Change::CredentialRemoved(hash)])?;
                writer.shared.world_mut().credentials.remove(&hash);
                Ok(())
            })
            .await?
    }
}

fn expired(world: &World, now: Timestamp) -> BTreeSet<[u8; 32]> {
    let old = world.credentials.values().filter(|old| old.expires_at <= now);
    old.map(|old| old.hash).collect()
}
