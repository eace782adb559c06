//! Nothing that others are or do shows in anything that Acme can ask for (threat model K14). Acme's people and programs,
//! and a stranger, ask every route the same things in two worlds: one in which Globex sleeps and Hooli was never created,
//! and one in which Globex does something before each request and Hooli has one of everything. Every answer is the same,
//! byte for byte, headers included; whatever is random in it is drawn from Acme's own bits.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use byleave_app::credentials::Holder;
use byleave_domain::ids::to_hex;
use byleave_domain::statement::Wish;

use crate::ask::{Answer, Carries, ask};
use crate::stage::{Caller, Organization, PLAIN, Stage, link};
use crate::table::{carries, rows};

const ACME: usize = 0;
const GLOBEX: usize = 1;

/// What an organization has, as it stands in addresses.
#[derive(Clone)]
struct Things {
    organization: String,
    contact: String,
    visit: String,
    change_request: String,
    contact_change: String,
    evidence: String,
    token: String,
    log: String,
    capability: String,
}

impl Things {
    async fn of(stage: &Stage, of: &Organization) -> Self {
        let visit = stage.visit(of.id, &PLAIN).await;
        let log = stage.app.world().organizations[&of.id].organization.log;
        Self {
            organization: of.id.to_string(),
            contact: of.contact_id.to_string(),
            visit: visit.to_string(),
            evidence: stage.message(of).await,
            token: stage.token(of).await,
            change_request: stage.change_request(of).await,
            contact_change: stage.contact_change(of).await,
            log: to_hex(log.as_bytes()),
            capability: stage.app.keys().capability(log),
        }
    }

    fn path(&self, route: &str, link: &str) -> String {
        let id = match route {
            _ if route.contains("contact-changes") => &self.contact_change,
            _ if route.contains("change-requests") => &self.change_request,
            _ if route.contains("/evidence/") => &self.evidence,
            _ if route.contains("/tokens/{id}") => &self.token,
            _ if route.contains("contacts") => &self.contact,
            _ => &self.visit,
        };
        route
            .replace("{organization}", &self.organization)
            .replace("{id}", id)
            .replace("{file}", "byleave.css")
            .replace("{problem}", "not-found")
            .replace("{link}", link)
            .replace("{slug}", "system-log")
            .replace("{secret}", &self.capability)
            .replace("{log}", &self.log)
            .replace("{*path}", "entries/000.p/1")
    }
}

/// One question and its answer, in a form that can be compared.
#[derive(Debug, PartialEq, Eq)]
struct Exchange {
    asked: String,
    status: StatusCode,
    headers: Vec<(String, String)>,
    body: String,
}

impl Exchange {
    fn new(asked: String, answer: &Answer) -> Self {
        let header = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
            (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
        };
        let headers = answer.headers.iter().map(header).collect();
        Self { asked, status: answer.status, headers, body: answer.text() }
    }
}

/// A world, what Acme has in it, and what of Hooli's Acme asks for.
struct World {
    stage: Stage,
    own: Things,
    foreign: Things,
    /// What Globex has done so far, where it does anything.
    busy: Option<usize>,
}

impl World {
    async fn busy() -> Self {
        let stage = Stage::new().await;
        let own = Things::of(&stage, &stage.acme).await;
        stage.bits.draw_for(GLOBEX);
        // Whoever has a capability address may read; Acme has not, so it can only guess.
        let guess = "0123456789abcdef0123456789abcdef".to_owned();
        Things::of(&stage, &stage.globex).await;
        let hooli = stage.newcomer("hooli").await;
        let foreign = Things { capability: guess, ..Things::of(&stage, &hooli).await };
        Self { stage, own, foreign, busy: Some(0) }
    }

    /// Acme asks for what Hooli has in the `other` world; here there is no Hooli.
    async fn sleeping(other: &Self) -> Self {
        let stage = Stage::new().await;
        let own = Things::of(&stage, &stage.acme).await;
        Self { stage, own, foreign: other.foreign.clone(), busy: None }
    }

    async fn exchange(&mut self, who: &str, caller: &Caller, method: &str, route: &str) -> [Exchange; 2] {
        self.globex_acts().await;
        self.stage.bits.draw_for(ACME);
        let stage = &self.stage;
        let link = link(&stage.app, Holder::Contact(stage.acme.contact_id)).await;
        let own = self.own.path(route, &link);
        let foreign = self.foreign.path(route, "bl_a_link_of_nobodys");
        let mut exchanges = Vec::new();
        for path in [own, foreign] {
            let answer = ask(stage, caller, method, &path, carries(stage, method, route)).await;
            exchanges.push(Exchange::new(format!("{method} {path} as {who}"), &answer));
        }
        exchanges.try_into().unwrap()
    }

    async fn globex_acts(&mut self) {
        let Some(acts) = &mut self.busy else { return };
        *acts += 1;
        let (stage, acts) = (&self.stage, *acts);
        stage.bits.draw_for(GLOBEX);
        let globex = &stage.globex;
        let path = |rest: &str| format!("/v1/organizations/globex/{rest}");
        match acts % 4 {
            0 => drop(stage.message(globex).await),
            1 => {
                let text = format!("from Globex, {acts}").into_bytes();
                stage.app.message_receive("help_page", "Globex Widgets", text).await.unwrap();
            }
            2 => {
                let carries =
                    Carries::Json(serde_json::to_value(stage.signed(globex, Wish::Disabled)).unwrap());
                let answer =
                    ask(stage, &globex.token, "POST", &path("support-access/disable"), carries).await;
                assert_eq!(answer.status, 200, "Globex disables: {}", answer.text());
            }
            _ => {
                let name = format!("pied-piper-{acts}");
                let id = stage.app.organization_create(name.parse().unwrap(), name.parse().unwrap());
                stage.visit(id.await.unwrap(), &PLAIN).await;
            }
        }
    }

    /// Every route as everybody on Acme's side, for Acme's things and for Hooli's.
    async fn story(mut self) -> Vec<Exchange> {
        let acme = &self.stage.acme;
        let callers = [
            ("contact", acme.contact.clone()),
            ("token", acme.token.clone()),
            ("stranger", Caller::default()),
        ];
        let mut story = Vec::new();
        for (method, route) in rows().filter(|(_, route)| *route != "/sign-out") {
            for (who, caller) in &callers {
                story.extend(self.exchange(who, caller, method, route).await);
            }
        }
        story
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_globex_does_acme_is_answered_the_same() {
    let busy = World::busy().await;
    let sleeping = World::sleeping(&busy).await;
    let (sleeping, busy) = (sleeping.story().await, busy.story().await);
    assert_eq!(sleeping.len(), busy.len());
    for (sleeping, busy) in sleeping.iter().zip(&busy) {
        assert_eq!(sleeping, busy, "{} differs", busy.asked);
    }
    let statuses: BTreeSet<_> = busy.iter().map(|exchange| exchange.status.as_u16()).collect();
    for status in [200, 201, 303, 401, 403, 404, 409] {
        assert!(statuses.contains(&status), "the story is not about refusals alone: {statuses:?}");
    }
}
