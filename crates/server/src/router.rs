//! Every route on one page, but for `/v1`, whose page is `api`. [`routes`] lists them all, so that a test can ask each
//! one as everybody.

use std::sync::LazyLock;

use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::{MethodFilter, on};
use axum::{Extension, Router};
use byleave_app::App;
use byleave_app::evidence::EVIDENCE_BYTES_MAX;
use byleave_domain::token::Scope;

use crate::auth::Needs;
use crate::limit::Counted;
use crate::once::Keyed;
use crate::openapi::{self, Described, Operation, Signature};
use crate::organization_csv::FILE_BYTES_MAX;
use crate::pages::{
    desk, desk_contacts, desk_doubt, desk_freezes, desk_import, desk_letters, desk_messages,
    desk_organizations, desk_request, desk_tool, desk_vendor, enrol, help, language,
    messages as messages_page, passkeys, portal, portal_change, portal_contacts, portal_doubt,
    portal_history, portal_request, portal_requests, portal_sign, portal_stop, portal_verify, portal_visit,
    problem, sessions, sign_in, sign_in_vendor, step_up, support, visit, visit_form,
};
use crate::problem::Refusal;
use crate::site::{self, Site};
use crate::step_up::gate;
use crate::text::Text;
use crate::{Config, api, assets, auth, limit, log, operations, present};

/// Bytes of a request's body at most.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// Bytes of a body that is a document, with the form around it.
const DOCUMENT_BYTES_MAX: usize = EVIDENCE_BYTES_MAX + 64 * 1024;

/// The form that holds a whole file of organizations as text.
pub(crate) const IMPORT: &str = "/desk/organization-imports";

/// Bytes of its body at most: each of the file's may take three in a form.
pub(crate) const IMPORT_BYTES_MAX: usize = 3 * FILE_BYTES_MAX + 64 * 1024;

/// Bytes of a body that is a mail.
pub(crate) const MAIL_BYTES_MAX: usize = byleave_app::intake::MAIL_BYTES_MAX;

fn table() -> Table {
    api::operations::operations(Table::default())
        // Pages
        .get("/", help::show)
        .get("/acknowledgement-form.pdf", help::specimen)
        .post("/messages", messages_page::send)
        .get("/problems/{problem}", problem::show)
        .get("/static/{file}", assets::file)
        .get("/sign-in/vendor", sign_in_vendor::begin)
        .get("/sign-in/callback", sign_in_vendor::end)
        .post("/sign-in/back-channel-logout", sign_in_vendor::back_channel_logout)
        .get("/sign-in/{link}", sign_in::with_link)
        .get("/sign-in", sign_in::show)
        .post("/sign-in", sign_in::with_passkey)
        .post("/sign-out", sign_in::out)
        .post("/language", language::choose)
        .get("/sessions", sessions::show)
        .post("/sessions/end-others", sessions::end_others)
        .post("/sessions/{id}/end", sessions::end)
        .get("/enrol/{link}", enrol::show)
        .post("/enrol/{link}", enrol::take)
        .get("/passkeys", passkeys::show)
        .post("/passkeys", passkeys::add)
        .post("/passkeys/vouch", passkeys::vouch)
        .post("/passkeys/{id}/delegate", passkeys::delegate)
        .post("/passkeys/{id}/remove", passkeys::remove)
        .get("/support", support::show)
        .get("/support/visit", visit_form::show)
        .post("/support/visit", visit_form::open)
        .get("/support/visits", support::visits)
        .get("/support/visits/{id}", visit::show)
        .get("/support/visits/{id}/facts", visit::facts)
        .post("/support/visits/{id}/enter", visit::enter)
        .post("/support/visits/{id}/end", visit::end)
        .get("/portal", portal::show)
        .get("/portal/inside", portal::inside)
        .get("/portal/checkpoint", portal::checkpoint)
        .get("/portal/history", portal_history::show)
        .get("/portal/history.csv", portal_history::csv)
        .get("/portal/history.json", portal_history::json)
        .get("/portal/requests", portal_requests::show)
        .get("/portal/verify", portal_verify::show)
        .get("/portal/visits/{id}", portal_visit::show)
        .post("/portal/visits/{id}/stop", portal_stop::one)
        .post("/portal/stop", portal_stop::all)
        .post("/portal/visits/{id}/doubts", portal_doubt::raise)
        .post("/portal/tokens/{id}/revoke", portal::revoke_token)
        .post("/portal/disable", portal_change::disable)
        .post("/portal/enable", portal_change::request_enable)
        .post("/portal/change-requests", portal_request::create)
        .get("/portal/change-requests/{id}", portal_request::show)
        .post("/portal/change-requests/{id}/withdraw", portal_request::withdraw)
        .post("/portal/change-requests/{id}/meeting", portal_request::meeting)
        .post("/portal/change-requests/{id}/return", large(portal_request::take_return))
        .get("/portal/change-requests/{id}/form", portal_request::form)
        .get("/portal/change-requests/{id}/sign", portal_sign::show)
        .post("/portal/change-requests/{id}/sign", portal_sign::sign)
        .get("/portal/change-requests/{id}/invitation", portal_request::invitation)
        .get("/portal/evidence/{id}", portal_request::evidence)
        .get("/portal/contacts", portal_contacts::show)
        .post("/portal/notice-addresses", portal_contacts::put_notices)
        .post("/portal/contact-changes", portal_contacts::create)
        .post("/portal/contact-changes/{id}/object", portal_contacts::object)
        .post("/portal/contact-changes/{id}/return", large(portal_contacts::take_return))
        .get("/portal/contact-changes/{id}/form", portal_contacts::form)
        .get("/desk", desk::show)
        .get("/desk/queue", desk::live_part)
        .get("/desk/step-up", step_up::show)
        .post("/desk/step-up", step_up::done)
        .get("/desk/doubts/{id}", desk_doubt::show)
        .post("/desk/doubts/{id}/answer", desk_doubt::answer)
        .get("/desk/tools", desk_tool::list)
        .get("/desk/tools/{slug}", desk_tool::show)
        .post("/desk/tools/{slug}/check", desk_tool::check)
        .post("/desk/change-requests", desk_request::create)
        .get("/desk/change-requests/{id}", desk_request::show)
        .get("/desk/change-requests/{id}/live", desk_request::live_part)
        .post("/desk/change-requests/{id}/step", desk_request::step)
        .post("/desk/change-requests/{id}/approve", desk_request::approve)
        .post("/desk/change-requests/{id}/provisional", desk_request::provisional)
        .post("/desk/change-requests/{id}/return", large(desk_request::take_return))
        .get("/desk/change-requests/{id}/compare", desk_request::compare)
        .get("/desk/change-requests/{id}/form", desk_request::form)
        .get("/desk/change-requests/{id}/invitation", desk_request::invitation)
        .get("/desk/evidence/{id}", desk_request::evidence)
        .get("/desk/messages", desk_messages::list)
        .post("/desk/messages", large(messages_page::upload))
        .get("/desk/messages/{id}", messages_page::show)
        .post("/desk/messages/{id}", messages_page::settle)
        .get("/desk/letters", desk_letters::show)
        .get("/desk/organizations", desk_organizations::list)
        .get(IMPORT, desk_import::show)
        .post(IMPORT, desk_import::create.layer(DefaultBodyLimit::max(IMPORT_BYTES_MAX)))
        .post("/desk/organization-imports/check", large(desk_import::check))
        .get("/desk/organizations/{organization}", desk_contacts::show)
        .post("/desk/organizations/{organization}/contact-changes", desk_contacts::create)
        .post("/desk/contact-changes/{id}/agree", desk_contacts::agree)
        .post("/desk/contact-changes/{id}/end", desk_contacts::end)
        .post("/desk/contact-changes/{id}/return", large(desk_contacts::take_return))
        .get("/desk/contact-changes/{id}/form", desk_contacts::form)
        .post("/desk/contacts/{id}/call", desk_contacts::call)
        .get("/desk/freezes", desk_freezes::list)
        .post("/desk/freezes", desk_freezes::create)
        .get("/desk/freezes/{id}", desk_freezes::show)
        .post("/desk/freezes/{id}/lift", desk_freezes::lift)
        .get("/desk/vendor", desk_vendor::show)
        .post("/desk/support-people", desk_vendor::register)
        .post("/desk/links", desk_vendor::issue_link)
        .post("/desk/token", desk_vendor::issue_token)
        .post("/desk/tokens/{id}/revoke", desk_vendor::revoke_token)
        .post("/desk/enrolments", enrol::issue)
        // Verifiers
        .get("/c/{secret}/checkpoint", log::checkpoint_by_capability)
        .get("/c/{secret}/tile/{*path}", log::tile_by_capability)
        .get("/o/{log}/checkpoint", needing(Scope::Read, log::checkpoint))
        .get("/o/{log}/tile/{*path}", needing(Scope::Read, log::tile))
        .get("/oauth2/jwks", log::jwks)
        // Whoever runs it
        .get("/healthz", operations::health)
        .get("/readyz", operations::ready)
        .get("/metrics", operations::metrics)
}

/// A handler that takes a document.
fn large<T: 'static>(handler: impl Handler<T, Site>) -> impl Handler<T, Site> {
    handler.layer(DefaultBodyLimit::max(DOCUMENT_BYTES_MAX))
}

/// A handler that takes a token too, where it is good for this.
fn needing<T: 'static>(scope: Scope, handler: impl Handler<T, Site>) -> impl Handler<T, Site> {
    handler.layer(Extension(Needs(scope)))
}

/// The whole server, ready to be served.
pub fn router(app: App, config: Config) -> Router {
    let counted = Counted::new(config.limits).into();
    let passkeys = site::relying_party(&config);
    let site = Site { app, config: config.into(), counted, passkeys };
    table()
        .router
        .fallback(async || Refusal::not_found("page"))
        .method_not_allowed_fallback(async || {
            let detail = "this address does not take this method";
            Refusal::plain(StatusCode::METHOD_NOT_ALLOWED, detail).saying(Text::of("refusal-method"))
        })
        .layer(middleware::from_fn_with_state(site.clone(), gate))
        .layer(middleware::from_fn_with_state(site.clone(), limit::limit))
        .layer(middleware::from_fn_with_state(site.clone(), present::present))
        .layer(middleware::from_fn_with_state(site.clone(), auth::identify))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(site)
}

/// Method and path of every route, with path parameters in braces.
#[must_use]
pub fn routes() -> Vec<(&'static str, &'static str)> {
    table().routes
}

/// Whether something is there at `path` for whoever asks with `GET`.
pub(crate) fn is_asked_for(path: &str) -> bool {
    static ASKED_FOR: LazyLock<Vec<&str>> = LazyLock::new(|| {
        routes().into_iter().filter(|(method, _)| *method == "GET").map(|(_, path)| path).collect()
    });
    let fits = |(own, part): (&str, &str)| own == part || (own.starts_with('{') && !part.is_empty());
    let parts = path.split('/');
    let mut same_length = ASKED_FOR.iter().filter(|own| own.split('/').count() == parts.clone().count());
    same_length.any(|own| own.split('/').zip(parts.clone()).all(fits))
}

/// The OpenAPI document of `/v1`.
#[must_use]
pub fn openapi() -> serde_json::Value {
    openapi::document(table().described.into_iter())
}

#[derive(Default)]
pub(crate) struct Table {
    router: Router<Site>,
    routes: Vec<(&'static str, &'static str)>,
    described: Vec<Described>,
}

impl Table {
    /// An operation of `/v1`: the route, what a token must be good for there, and in one sentence what it does.
    pub fn operation<T: 'static, P, H: Handler<T, Site> + Signature<P>>(
        self,
        method: &'static str,
        path: &'static str,
        handler: H,
        scope: Scope,
        summary: &'static str,
    ) -> Self {
        self.describe::<P, H>(method, path, scope, summary).route(
            method,
            path,
            needing(scope, Keyed(handler)),
        )
    }

    /// The same, where the body is a document.
    pub fn document<T: 'static, P, H: Handler<T, Site> + Signature<P>>(
        self,
        method: &'static str,
        path: &'static str,
        handler: H,
        scope: Scope,
        summary: &'static str,
    ) -> Self {
        self.describe::<P, H>(method, path, scope, summary).route(
            method,
            path,
            needing(scope, large(Keyed(handler))),
        )
    }

    /// The same, where the body is a mail.
    pub fn mail<T: 'static, P, H: Handler<T, Site> + Signature<P>>(
        self,
        method: &'static str,
        path: &'static str,
        handler: H,
        scope: Scope,
        summary: &'static str,
    ) -> Self {
        let mail = Keyed(handler.clone()).layer(DefaultBodyLimit::max(MAIL_BYTES_MAX));
        self.describe::<P, H>(method, path, scope, summary).route(method, path, needing(scope, mail))
    }

    fn describe<P, H: Signature<P>>(
        mut self,
        method: &'static str,
        path: &'static str,
        scope: Scope,
        summary: &'static str,
    ) -> Self {
        let whole = std::any::type_name::<H>();
        let handler = whole.split_once("::api::").map_or(whole, |(_, handler)| handler);
        let describe: fn(&mut Operation<'_>) = H::describe;
        self.described.push(Described { method, path, scope, summary, handler, describe });
        self
    }

    fn get<T: 'static>(self, path: &'static str, handler: impl Handler<T, Site>) -> Self {
        self.route("GET", path, handler)
    }

    fn post<T: 'static>(self, path: &'static str, handler: impl Handler<T, Site>) -> Self {
        self.route("POST", path, handler)
    }

    fn route<T: 'static>(
        mut self,
        method: &'static str,
        path: &'static str,
        handler: impl Handler<T, Site>,
    ) -> Self {
        self.routes.push((method, path));
        let filter = if method == "GET" { MethodFilter::GET } else { MethodFilter::POST };
        Self { router: self.router.route(path, on(filter, handler)), ..self }
    }
}
