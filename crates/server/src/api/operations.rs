//! Every operation of `/v1` on one page: address, handler, and in one sentence what it does.

use std::sync::OnceLock;

use axum::Json;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::api::{
    change_requests, contact_changes, contacts, freezes, messages, organizations, payloads, support_access,
    support_people, tools,
};
use crate::router::{self, Table};

/// The routes of `/v1`.
#[rustfmt::skip]
pub(crate) fn operations(table: Table) -> Table {
    table
        .operation("GET", "/v1/openapi.json", document,
            "This document")
        .operation("GET", "/v1/organizations", organizations::list,
            "Lists the organizations")
        .operation("POST", "/v1/organizations", organizations::create,
            "Creates an organization; support access is enabled")
        .document("POST", "/v1/organization-imports", organizations::import,
            "Creates many organizations, all or none; those that are there already stay as they are")
        .operation("GET", "/v1/organizations/{organization}", organizations::show,
            "Shows an organization and where its log is")
        .operation("POST", "/v1/organizations/{organization}/tokens", organizations::issue_token,
            "Makes a token for the organization's own programs")
        .operation("GET", "/v1/organizations/{organization}/payloads", payloads::list,
            "The salts and payloads of the organization's log, a page from one entry on; for the organization alone")
        .operation("GET", "/v1/organizations/{organization}/contacts", contacts::list,
            "Lists an organization's security contacts")
        .operation("POST", "/v1/organizations/{organization}/contacts", contacts::create,
            "Names a security contact: the first is on file at once, any other is announced")
        .operation("GET", "/v1/organizations/{organization}/support-access", support_access::show,
            "Shows an organization's setting")
        .operation("POST", "/v1/organizations/{organization}/support-access/disable", support_access::disable,
            "Disables support access by a security contact's statement; answers once it is in force")
        .operation("POST", "/v1/organizations/{organization}/support-access/enable", support_access::request_enable,
            "Asks to have support access enabled, by a security contact's statement")
        .operation("GET", "/v1/organizations/{organization}/contact-changes", contact_changes::list,
            "Lists the changes of an organization's contacts, oldest first")
        .operation("POST", "/v1/organizations/{organization}/contact-changes", contact_changes::create,
            "Announces a change of an organization's contacts")
        .operation("GET", "/v1/contact-changes/{id}", contact_changes::show,
            "Shows a change of contacts")
        .operation("POST", "/v1/contact-changes/{id}/agree", contact_changes::agree,
            "Agrees to a change of contacts with a desk person's signature")
        .operation("POST", "/v1/contact-changes/{id}/end", contact_changes::end,
            "Objects to a change of contacts, or calls it off")
        .document("POST", "/v1/contact-changes/{id}/returns", contact_changes::take_return,
            "Takes in the signed form of a change of contacts")
        .operation("GET", "/v1/contact-changes/{id}/form", contact_changes::form,
            "The form that the organization signs")
        .operation("GET", "/v1/contacts/{id}", contacts::show,
            "Shows a security contact")
        .operation("POST", "/v1/contacts/{id}/calls", contacts::call,
            "Begins a call that confirms a contact")
        .operation("POST", "/v1/contacts/{id}/calls/outcome", contacts::call_outcome,
            "Says what came of that call")
        .operation("GET", "/v1/support-people", support_people::list,
            "Lists support people and services")
        .operation("POST", "/v1/support-people", support_people::create,
            "Adds a support person or service; the answer holds the token, once")
        .operation("GET", "/v1/support-people/{id}", support_people::show,
            "Shows a support person or service")
        .operation("POST", "/v1/support-people/{id}/erase", support_people::erase,
            "Erases a support person or service for good")
        .operation("GET", "/v1/tools", tools::list,
            "Lists the tools")
        .operation("POST", "/v1/tools", tools::create,
            "Puts an application behind the gateway")
        .operation("GET", "/v1/tools/{slug}", tools::show,
            "Shows a tool")
        .operation("POST", "/v1/tools/{slug}/check", tools::check,
            "Asks a tool's application directly, as somebody who goes past the gateway would")
        .operation("GET", "/v1/me", change_requests::me,
            "Says who a desk person's token speaks for")
        .operation("GET", "/v1/change-requests", change_requests::list,
            "Lists change requests, oldest first")
        .operation("POST", "/v1/change-requests", change_requests::create,
            "Opens a change request from what somebody wrote")
        .operation("GET", "/v1/change-requests/{id}", change_requests::show,
            "Shows a change request")
        .operation("POST", "/v1/change-requests/{id}/review", change_requests::review,
            "Reviews a change request")
        .operation("POST", "/v1/change-requests/{id}/meeting", change_requests::meeting,
            "Sets, moves or calls off the meeting")
        .operation("POST", "/v1/change-requests/{id}/findings", change_requests::finding,
            "Records what the meeting found on one question")
        .document("POST", "/v1/change-requests/{id}/returns", change_requests::take_return,
            "Takes in the returned form")
        .operation("POST", "/v1/change-requests/{id}/withdraw", change_requests::withdraw,
            "Withdraws a request, or objects to it")
        .operation("POST", "/v1/change-requests/{id}/match", change_requests::match_return,
            "Says whether the returned form is the one that was sent, signed")
        .operation("POST", "/v1/change-requests/{id}/calls", change_requests::call,
            "Begins a call to the number on file")
        .operation("POST", "/v1/change-requests/{id}/calls/outcome", change_requests::call_outcome,
            "Says what came of the call")
        .operation("POST", "/v1/change-requests/{id}/provisional", change_requests::provisional,
            "Disables at once with a desk person's signature, after review")
        .operation("GET", "/v1/change-requests/{id}/form", change_requests::form,
            "The acknowledgement form as it was sent")
        .operation("GET", "/v1/change-requests/{id}/invitation", change_requests::invitation,
            "The meeting, for a calendar")
        .operation("GET", "/v1/evidence/{id}", change_requests::show_evidence,
            "A document or note that a step rests on")
        .operation("POST", "/v1/change-requests/{id}/approve", change_requests::approve,
            "Approves with a desk person's signature")
        .operation("GET", "/v1/freezes", freezes::list,
            "Lists freezes, newest first; an organization sees those of its own time")
        .operation("POST", "/v1/freezes", freezes::create,
            "Keeps everybody out of everywhere, or one employer's people; answers once it is in force")
        .operation("GET", "/v1/freezes/{id}", freezes::show,
            "Shows a freeze")
        .operation("POST", "/v1/freezes/{id}/lift", freezes::lift,
            "Wants a freeze lifted, with a desk person's signature; the second one lifts it")
        .operation("GET", "/v1/messages", messages::list,
            "Lists the messages that are held, oldest first")
        .document("POST", "/v1/messages", messages::create,
            "Takes in a message as it is")
        .operation("GET", "/v1/messages/{id}", messages::show,
            "A message's text")
        .operation("POST", "/v1/messages/{id}/open", messages::open,
            "Opens a change request from a message")
        .operation("POST", "/v1/messages/{id}/dismiss", messages::dismiss,
            "Dismisses a message")
}

/// `GET /v1/openapi.json`
async fn document() -> Json<Document> {
    static DOCUMENT: OnceLock<Document> = OnceLock::new();
    Json(DOCUMENT.get_or_init(|| Document(router::openapi())).clone())
}

/// An OpenAPI document.
#[derive(Clone, Serialize, JsonSchema)]
struct Document(Value);
