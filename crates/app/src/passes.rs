//! How a browser gets from a visit's page into the tool: a pass that works once, then a cookie for that one visit.
//!
//! Both live in memory only: a restart ends every visit anyway.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use byleave_domain::ids::{OrganizationId, SessionId, SubjectId, ToolId, VisitId};
use jiff::{SignedDuration, Timestamp};

use crate::App;
use crate::credentials::{Secret, hash};

/// How long a pass works.
const PASS_LIFE: SignedDuration = SignedDuration::from_secs(60);
/// Most passes and cookies kept; beyond it nobody enters by browser until visits end.
const PASSES_MAX: usize = 100_000;

#[derive(Debug, Clone, Default)]
pub(crate) struct Passes(Arc<Mutex<HashMap<[u8; 32], Pass>>>);

#[derive(Debug, Clone, Copy)]
struct Pass {
    visit: VisitId,
    /// Set while it has yet to be redeemed; a cookie has none and lasts as long as its visit.
    until: Option<Timestamp>,
}

impl Passes {
    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Pass>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// A pass into the tool for one visit of `subject`, which ends with the session from here on. `None` when it is not
    /// theirs, or over, or the session is.
    #[must_use]
    pub fn pass_issue(&self, visit: VisitId, subject: SubjectId, session: SessionId) -> Option<Secret> {
        let now = self.now();
        self.open_visit_of(visit).filter(|(owner, ..)| *owner == subject)?;
        {
            let mut world = self.shared.world_mut();
            // Ended in the meantime: whoever ended it looked for its visits already.
            world.session_by_id(session).filter(|known| known.works(now))?;
            world.visits.get_mut(&visit)?.sessions.insert(session);
        }
        let secret = Secret::fresh(&*self.shared.entropy);
        let mut passes = self.passes.lock();
        if passes.len() >= PASSES_MAX {
            let world = self.world();
            passes.retain(|_, pass| {
                world.visits.contains_key(&pass.visit) && pass.until.is_none_or(|t| t > now)
            });
            if passes.len() >= PASSES_MAX {
                return None;
            }
        }
        passes.insert(secret.hash(), Pass { visit, until: Some(now + PASS_LIFE) });
        Some(secret)
    }

    /// Turns a pass into the cookie for its visit, once, and only at the tool and organization it is for.
    #[must_use]
    pub fn pass_redeem(&self, presented: &str, organization: OrganizationId, tool: ToolId) -> Option<Secret> {
        let now = self.now();
        let mut passes = self.passes.lock();
        let pass =
            *passes.get(&hash(presented)).filter(|pass| pass.until.is_some_and(|until| until > now))?;
        self.open_visit_of(pass.visit).filter(|(_, at, with)| (*at, *with) == (organization, tool))?;
        passes.remove(&hash(presented));
        let cookie = Secret::fresh(&*self.shared.entropy);
        passes.insert(cookie.hash(), Pass { visit: pass.visit, until: None });
        Some(cookie)
    }

    /// The visit that a cookie is for, and whose it is. The visit may be over.
    #[must_use]
    pub fn visit_of_cookie(&self, presented: &str) -> Option<(SubjectId, VisitId)> {
        let pass = *self.passes.lock().get(&hash(presented)).filter(|pass| pass.until.is_none())?;
        self.visit(pass.visit).map(|visit| (visit.subject, visit.id))
    }

    fn open_visit_of(&self, id: VisitId) -> Option<(SubjectId, OrganizationId, ToolId)> {
        let world = self.world();
        let visit = &world.visits.get(&id)?.row.visit;
        visit.ended.is_none().then_some((visit.subject, visit.organization, visit.tool))
    }
}
