//! Who is calling: sign-in links, and what each caller may ask for. Sessions are in [`sessions`](crate::sessions), tokens in
//! [`tokens`](crate::tokens).

use std::collections::BTreeSet;

use crate::credentials::{self, Credential, CredentialKind, Holder, LINK_LIFE, Secret};
use crate::ports::Change;
use crate::sessions::{self, Beginning, SignedIn};
use crate::world::World;
use crate::writer::Writer;
use crate::{App, NotWritten};
use byleave_domain::ids::{ContactId, DeskPersonId, OrganizationId, SessionId, SubjectId};
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
                writer.write(Vec::new(), |_| vec![Change::CredentialPut(credential.clone())])?;
                let mut world = writer.shared.world_mut();
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
        let over = Expired::at(now, &self.world());
        if over.removed().next().is_none() {
            return Ok(());
        }
        let forgotten = self.jobs.command(move |writer| {
            let over = Expired::at(now, &writer.shared.world());
            writer.write(Vec::new(), |_| over.removed().collect())?;
            over.leave(&mut writer.shared.world_mut());
            Ok(())
        });
        forgotten.await?
    }

    /// Uses up a sign-in link and begins a session. `None` when the link is unknown, used or too old, or its holder is gone.
    ///
    /// # Errors
    /// [`NotWritten`].
    pub async fn sign_in(&self, link: &str, beginning: Beginning) -> Result<Option<SignedIn>, NotWritten> {
        let hash = credentials::hash(link);
        let app = self.clone();
        let signed_in = self.to_its_end(async move {
            let now = app.now();
            let known = app.world().credentials.get(&hash).map(|link| link.holder);
            let Some(holder) = known else { return Ok(None) };
            let (session, secret) = sessions::fresh(&app, holder, &beginning, None);
            let begin = move |writer: &mut Writer| {
                let caller = {
                    let world = writer.shared.world();
                    // Asked again where nobody else can be between: it works once.
                    let link = world.credentials.get(&hash).filter(|link| link.expires_at > now);
                    link.and_then(|link| world.holder(link.holder))
                };
                let Some(caller) = caller else { return Ok(None) };
                let used = vec![Change::CredentialRemoved(hash)];
                let visits = sessions::begin(writer, session, beginning.instead_of.as_deref(), used)?;
                writer.shared.world_mut().credentials.remove(&hash);
                Ok::<_, NotWritten>(Some((caller, visits)))
            };
            let Some((caller, visits)) = app.jobs.command(begin).await?? else { return Ok(None) };
            app.cut_left(&visits).await;
            Ok(Some(SignedIn { secret, caller }))
        });
        signed_in.await?
    }
}

/// What no longer works: links and sessions.
struct Expired {
    links: BTreeSet<[u8; 32]>,
    enrolments: BTreeSet<[u8; 32]>,
    sessions: BTreeSet<SessionId>,
}

impl Expired {
    fn at(now: Timestamp, world: &World) -> Self {
        let links = world.credentials.values().filter(|link| link.expires_at <= now);
        let enrolments = world.enrolments.values().filter(|link| link.expires_at <= now);
        let sessions = world.sessions().filter(|session| !session.works(now));
        Self {
            links: links.map(|link| link.hash).collect(),
            enrolments: enrolments.map(|link| link.hash).collect(),
            sessions: sessions.map(|session| session.id).collect(),
        }
    }

    fn removed(&self) -> impl Iterator<Item = Change> {
        let links = self.links.iter().copied().map(Change::CredentialRemoved);
        let enrolments = self.enrolments.iter().copied().map(Change::EnrolmentRemoved);
        links.chain(enrolments).chain(self.sessions.iter().copied().map(Change::SessionRemoved))
    }

    fn leave(&self, world: &mut World) {
        world.credentials.retain(|hash, _| !self.links.contains(hash));
        world.enrolments.retain(|hash, _| !self.enrolments.contains(hash));
        self.sessions.iter().for_each(|id| world.remove_session(*id));
    }
}
