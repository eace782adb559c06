//! Nothing that others are or do shows in anything that Acme can ask for (threat model K14). Acme's people and programs,
//! and a stranger, ask every route the same things in two worlds: one in which Globex sleeps and Hooli was never created,
//! and one in which Globex does something before each request and Hooli has one of everything. Every answer is the same,
//! byte for byte, headers included; whatever is random in it is drawn from Acme's own bits. Hooli's things are named by
//! their ids in addresses, and aside of that by slug, in queries and in bodies.

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

    fn callers(&self) -> [(&'static str, Caller); 3] {
        let acme = &self.stage.acme;
        [("contact", acme.contact.clone()), ("token", acme.token.clone()), ("stranger", Caller::default())]
    }

    /// What names something of Hooli's elsewhere than by an id in its address: by its slug, in a query, in a body; and what
    /// asks for the head of an answer alone.
    fn asides(&self) -> Vec<(&'static str, String, Carries)> {
        let (own, foreign, stage) = (&self.own, &self.foreign, &self.stage);
        let own_path = |rest: &str| format!("/v1/organizations/{}/{rest}", own.organization);
        let mut asides = Vec::new();
        for (method, route) in rows() {
            if route.contains("{organization}") {
                let path = route.replace("{organization}", "hooli");
                asides.push((method, path, carries(stage, method, route)));
            }
            if method == "GET" && !route.contains("{link}") {
                asides.push(("HEAD", foreign.path(route, ""), Carries::Nothing));
                asides.push(("HEAD", own.path(route, ""), Carries::Nothing));
            }
        }
        for id in [&foreign.organization, &foreign.contact, &foreign.contact_change, &foreign.change_request]
        {
            let cursor = to_hex(id.as_bytes());
            for list in [own_path("contacts"), own_path("contact-changes"), "/v1/freezes".into()] {
                asides.push(("GET", format!("{list}?cursor={cursor}"), Carries::Nothing));
            }
            for page in ["/portal", "/portal/contacts", "/portal/inside", "/v1/change-requests"] {
                let query = format!("{page}?organization={id}&id={id}&contact={id}");
                asides.push(("GET", query, Carries::Nothing));
            }
        }
        for kind in ["replace", "number"] {
            let particulars = [("kind", kind), ("name", "C"), ("email", "c@acme.example"), ("phone", "+1 2")];
            let fields = particulars.into_iter().chain([("contact", &*foreign.contact)]);
            let fields: Vec<_> = fields.map(|(name, value)| (name, value.to_owned())).collect();
            let object = serde_json::Value::Object(
                fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into())).collect(),
            );
            asides.push(("POST", own_path("contact-changes"), Carries::Json(object)));
            asides.push(("POST", "/portal/contact-changes".into(), Carries::Form(fields)));
        }
        for (wish, word) in [(Wish::Disabled, "disable"), (Wish::Enabled, "enable")] {
            let signed = stage.signed(&stage.acme, wish);
            // Of both, of the organization alone, of the contact alone.
            for [organization, contact] in [[true, true], [true, false], [false, true]] {
                let mut signed = signed.clone();
                let mut name = |named: bool, own: &str, foreign: &str| {
                    if named {
                        signed.statement = signed.statement.replace(own, foreign);
                    }
                };
                name(organization, &own.organization, &foreign.organization);
                name(contact, &own.contact, &foreign.contact);
                let object = serde_json::to_value(&signed).unwrap();
                asides.push(("POST", own_path(&format!("support-access/{word}")), Carries::Json(object)));
                let fields = vec![("statement", signed.statement), ("signature", signed.signature)];
                asides.push(("POST", format!("/portal/{word}"), Carries::Form(fields)));
            }
        }
        let request = vec![
            ("action", "disable".into()),
            ("text", foreign.organization.clone()),
            ("organization", foreign.organization.clone()),
        ];
        asides.push(("POST", "/portal/change-requests".into(), Carries::Form(request)));
        let message = ["hooli", &foreign.organization, "contact@hooli.example"].map(|customer| {
            let field = |name: &'static str, value: &str| (name, value.to_owned());
            let fields = vec![
                field("customer", customer),
                field("action", "disable"),
                field("contact", customer),
                field("text", customer),
            ];
            ("POST", "/messages".to_owned(), Carries::Form(fields))
        });
        asides.extend(message);
        asides
    }

    /// Every aside as everybody on Acme's side.
    async fn told_aside(mut self) -> Vec<Exchange> {
        let mut story = Vec::new();
        self.stage.bits.draw_for(ACME);
        for (method, path, carries) in self.asides() {
            for (who, caller) in self.callers() {
                self.globex_acts().await;
                self.stage.bits.draw_for(ACME);
                let answer = ask(&self.stage, &caller, method, &path, carries.clone()).await;
                story.push(Exchange::new(format!("{method} {path} as {who}"), &answer));
            }
        }
        story
    }

    /// Every route as everybody on Acme's side, for Acme's things and for Hooli's.
    async fn story(mut self) -> Vec<Exchange> {
        let callers = self.callers();
        let mut story = Vec::new();
        for (method, route) in rows().filter(|(_, route)| *route != "/sign-out") {
            // Whoever signs in leaves their session, and could not go on.
            let stays = |who: &str| route != "/sign-in/{link}" || who == "stranger";
            for (who, caller) in callers.iter().filter(|(who, _)| stays(who)) {
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
    are_the_same(&sleeping, &busy, &[200, 201, 303, 401, 403, 404, 409]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_names_hoolis_things_aside_is_answered_as_if_there_were_no_hooli() {
    let busy = World::busy().await;
    let sleeping = World::sleeping(&busy).await;
    let (sleeping, busy) = (sleeping.told_aside().await, busy.told_aside().await);
    are_the_same(&sleeping, &busy, &[200, 303, 400, 401, 403, 404, 409]);
}

fn are_the_same(sleeping: &[Exchange], busy: &[Exchange], about: &[u16]) {
    assert_eq!(sleeping.len(), busy.len());
    for (sleeping, busy) in sleeping.iter().zip(busy) {
        assert_eq!(sleeping, busy, "{} differs", busy.asked);
    }
    let statuses: BTreeSet<_> = busy.iter().map(|exchange| exchange.status.as_u16()).collect();
    for status in about {
        assert!(statuses.contains(status), "the story is not about refusals alone: {statuses:?}");
    }
}
