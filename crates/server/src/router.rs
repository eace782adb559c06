//! Every route on one page. [`routes`] lists them, so that a test can ask each one as everybody.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::{MethodFilter, on};
use byleave_app::App;

use crate::api::{change_requests, contacts, organizations, support_access, support_people, tools};
use crate::pages::{desk, help, portal, portal_change, portal_visit, sign_in, support, visit, visit_form};
use crate::problem::Refusal;
use crate::site::Site;
use crate::{Config, assets, log, present};

/// Bytes of a request's body at most.
const BODY_BYTES_MAX: usize = 64 * 1024;

fn table() -> Table {
    Table::default()
        // Pages
        .get("/", help::show)
        .get("/static/{file}", assets::file)
        .get("/sign-in/{link}", sign_in::with_link)
        .post("/sign-out", sign_in::out)
        .get("/support", support::show)
        .get("/support/visit", visit_form::show)
        .post("/support/visit", visit_form::open)
        .get("/support/visits/{id}", visit::show)
        .get("/support/visits/{id}/facts", visit::facts)
        .post("/support/visits/{id}/enter", visit::enter)
        .post("/support/visits/{id}/end", visit::end)
        .get("/portal", portal::show)
        .get("/portal/inside", portal::inside)
        .get("/portal/checkpoint", portal::checkpoint)
        .get("/portal/visits/{id}", portal_visit::show)
        .post("/portal/disable", portal_change::disable)
        .post("/portal/enable", portal_change::request_enable)
        .get("/desk", desk::show)
        .post("/desk/change-requests/{id}/approve", desk::approve)
        .post("/desk/links", desk::issue_link)
        .post("/desk/token", desk::issue_token)
        // Programs
        .get("/v1/organizations", organizations::list)
        .post("/v1/organizations", organizations::create)
        .get("/v1/organizations/{organization}", organizations::show)
        .post("/v1/organizations/{organization}/tokens", organizations::issue_token)
        .get("/v1/organizations/{organization}/contacts", contacts::list)
        .post("/v1/organizations/{organization}/contacts", contacts::create)
        .get("/v1/organizations/{organization}/support-access", support_access::show)
        .post("/v1/organizations/{organization}/support-access/disable", support_access::disable)
        .post("/v1/organizations/{organization}/support-access/enable", support_access::request_enable)
        .get("/v1/contacts/{id}", contacts::show)
        .get("/v1/support-people", support_people::list)
        .post("/v1/support-people", support_people::create)
        .get("/v1/support-people/{id}", support_people::show)
        .get("/v1/tools", tools::list)
        .post("/v1/tools", tools::create)
        .get("/v1/tools/{slug}", tools::show)
        .get("/v1/change-requests", change_requests::list)
        .get("/v1/change-requests/{id}", change_requests::show)
        .post("/v1/change-requests/{id}/approve", change_requests::approve)
        // Verifiers
        .get("/c/{secret}/checkpoint", log::checkpoint_by_capability)
        .get("/c/{secret}/tile/{*path}", log::tile_by_capability)
        .get("/o/{log}/checkpoint", log::checkpoint)
        .get("/o/{log}/tile/{*path}", log::tile)
        .get("/oauth2/jwks", log::jwks)
}

/// The whole server, ready to be served.
pub fn router(app: App, config: Config) -> Router {
    let site = Site { app, config: config.into() };
    table()
        .router
        .fallback(async || Refusal::not_found("page"))
        .method_not_allowed_fallback(async || {
            Refusal::plain(StatusCode::METHOD_NOT_ALLOWED, "this address does not take this method")
        })
        .layer(middleware::from_fn_with_state(site.clone(), present::present))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(site)
}

/// Method and path of every route, with path parameters in braces.
#[must_use]
pub fn routes() -> Vec<(&'static str, &'static str)> {
    table().routes
}

#[derive(Default)]
struct Table {
    router: Router<Site>,
    routes: Vec<(&'static str, &'static str)>,
}

impl Table {
    fn get<T: 'static>(self, path: &'static str, handler: impl Handler<T, Site>) -> Self {
        self.on("GET", MethodFilter::GET, path, handler)
    }

    fn post<T: 'static>(self, path: &'static str, handler: impl Handler<T, Site>) -> Self {
        self.on("POST", MethodFilter::POST, path, handler)
    }

    fn on<T: 'static>(
        mut self,
        method: &'static str,
        filter: MethodFilter,
        path: &'static str,
        handler: impl Handler<T, Site>,
    ) -> Self {
        self.routes.push((method, path));
        Self { router: self.router.route(path, on(filter, handler)), routes: self.routes }
    }
}
