//! Every operation of `/v1` on one page: address, handler, and in one sentence what it does.

use std::sync::OnceLock;

use axum::Json;
use byleave_domain::token::Scope;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::api::{
    change_requests, contact_changes, contacts, desk_people, doubts, freezes, intake, letters, messages,
    organizations, payloads, support_access, support_people, tokens, tools, visits,
};
use crate::router::{self, Table};

/// The routes of `/v1`.
#[rustfmt::skip]
pub(crate) fn operations(table: Table) -> Table {
    table
        .operation("GET", "/v1/openapi.json", document, Scope::Read,
            "This document")
        .operation("GET", "/v1/organizations", organizations::list, Scope::Read,
            "Lists the organizations")
        .operation("POST", "/v1/organizations", organizations::create, Scope::Manage,
            "Creates an organization; support access is enabled")
        .document("POST", "/v1/organization-imports", organizations::import, Scope::Manage,
            "Creates many organizations, all or none; those that are there already stay as they are")
        .operation("GET", "/v1/organizations/{organization}", organizations::show, Scope::Read,
            "Shows an organization and where its log is")
        .operation("POST", "/v1/organizations/{organization}/domains", organizations::put_domains, Scope::Manage,
            "Says anew where an organization's mail comes from; its log tells of it")
        .operation("POST", "/v1/organizations/{organization}/notice-addresses", organizations::put_notice_addresses,
            Scope::Manage,
            "Says anew where copies of letters to an organization's contacts go; its log tells of it, and so do letters")
        .operation("GET", "/v1/organizations/{organization}/tokens", tokens::list_of_organization, Scope::Tokens,
            "Lists the tokens of the organization's own programs, newest first")
        .operation("POST", "/v1/organizations/{organization}/tokens", tokens::create_for_organization, Scope::Tokens,
            "Makes a token for the organization's own programs; the answer holds it, once")
        .operation("GET", "/v1/organizations/{organization}/payloads", payloads::list, Scope::Contents,
            "The salts and payloads of the organization's log, a page from one entry on; for the organization alone")
        .operation("GET", "/v1/organizations/{organization}/contacts", contacts::list, Scope::Read,
            "Lists an organization's security contacts")
        .operation("POST", "/v1/organizations/{organization}/contacts", contacts::create, Scope::Manage,
            "Names a security contact: the first is on file at once, any other is announced")
        .operation("GET", "/v1/organizations/{organization}/support-access", support_access::show, Scope::Read,
            "Shows an organization's setting")
        .operation("POST", "/v1/organizations/{organization}/support-access/disable", support_access::disable, Scope::Access,
            "Disables support access by a security contact's statement; answers once it is in force")
        .operation("POST", "/v1/organizations/{organization}/support-access/enable", support_access::request_enable, Scope::Access,
            "Asks to have support access enabled, by a security contact's statement")
        .operation("POST", "/v1/organizations/{organization}/visits/stop", visits::stop, Scope::Access,
            "Stops one open visit of the organization, or all; answers once no connection of theirs is left")
        .operation("POST", "/v1/organizations/{organization}/doubts", doubts::create, Scope::Access,
            "Says that the organization does not recognise a visit; the desk has a day to answer")
        .operation("GET", "/v1/doubts", doubts::list, Scope::Read,
            "Lists doubts, oldest first; an organization sees its own")
        .operation("GET", "/v1/doubts/{id}", doubts::show, Scope::Read,
            "Shows a doubt")
        .operation("POST", "/v1/doubts/{id}/answer", doubts::answer, Scope::Requests,
            "Answers a doubt as a desk person; every security contact is told")
        .operation("GET", "/v1/organizations/{organization}/contact-changes", contact_changes::list, Scope::Read,
            "Lists the changes of an organization's contacts, oldest first")
        .operation("POST", "/v1/organizations/{organization}/contact-changes", contact_changes::create, Scope::Requests,
            "Announces a change of an organization's contacts")
        .operation("GET", "/v1/contact-changes/{id}", contact_changes::show, Scope::Read,
            "Shows a change of contacts")
        .operation("POST", "/v1/contact-changes/{id}/agree", contact_changes::agree, Scope::Requests,
            "Agrees to a change of contacts with a desk person's signature")
        .operation("POST", "/v1/contact-changes/{id}/end", contact_changes::end, Scope::Requests,
            "Calls a change of contacts off")
        .document("POST", "/v1/contact-changes/{id}/returns", contact_changes::take_return, Scope::Requests,
            "Takes in the signed form of a change of contacts")
        .operation("GET", "/v1/contact-changes/{id}/form", contact_changes::form, Scope::Read,
            "The form that the organization signs")
        .operation("GET", "/v1/contacts/{id}", contacts::show, Scope::Read,
            "Shows a security contact")
        .operation("POST", "/v1/contacts/{id}/calls", contacts::call, Scope::Requests,
            "Begins a call that confirms a contact")
        .operation("POST", "/v1/contacts/{id}/calls/outcome", contacts::call_outcome, Scope::Requests,
            "Says what came of that call")
        .operation("POST", "/v1/contacts/{id}/erase", contacts::erase, Scope::Erase,
            "Erases a former security contact for good")
        .operation("GET", "/v1/desk-people", desk_people::list, Scope::Read,
            "Lists the desk people")
        .operation("POST", "/v1/desk-people/{id}/erase", desk_people::erase, Scope::Erase,
            "Erases a former desk person for good")
        .operation("GET", "/v1/support-people", support_people::list, Scope::Read,
            "Lists support people and services")
        .operation("POST", "/v1/support-people", support_people::create, Scope::Manage,
            "Adds a support person or service; the answer holds the token, once")
        .operation("GET", "/v1/support-people/{id}", support_people::show, Scope::Read,
            "Shows a support person or service")
        .operation("POST", "/v1/support-people/{id}/erase", support_people::erase, Scope::Erase,
            "Erases a support person or service for good")
        .operation("GET", "/v1/support-people/{id}/tokens", tokens::list_of_support_person, Scope::Tokens,
            "Lists a support person's or service's tokens, newest first")
        .operation("POST", "/v1/support-people/{id}/tokens", tokens::create_for_support_person, Scope::Tokens,
            "Makes a token with which a support person or service enters; the answer holds it, once")
        .operation("GET", "/v1/tokens", tokens::list, Scope::Tokens,
            "Lists the caller's own tokens, newest first")
        .operation("POST", "/v1/tokens", tokens::create, Scope::Tokens,
            "Makes a token for the caller that goes no further than the one it is asked by; the answer holds it, once")
        .operation("GET", "/v1/tokens/{id}", tokens::show, Scope::Tokens,
            "Shows a token without its secret")
        .operation("POST", "/v1/tokens/{id}/revoke", tokens::revoke, Scope::Tokens,
            "Revokes a token; answers once no connection is left that was opened with it")
        .operation("GET", "/v1/tools", tools::list, Scope::Read,
            "Lists the tools")
        .operation("POST", "/v1/tools", tools::create, Scope::Manage,
            "Puts an application behind the gateway")
        .operation("GET", "/v1/tools/{slug}", tools::show, Scope::Read,
            "Shows a tool")
        .operation("POST", "/v1/tools/{slug}/check", tools::check, Scope::Manage,
            "Asks a tool's application directly, as somebody who goes past the gateway would")
        .operation("GET", "/v1/me", change_requests::me, Scope::Read,
            "Says who a desk person's token speaks for")
        .operation("GET", "/v1/change-requests", change_requests::list, Scope::Read,
            "Lists change requests, oldest first")
        .operation("POST", "/v1/change-requests", change_requests::create, Scope::Requests,
            "Opens a change request from what somebody wrote")
        .operation("GET", "/v1/change-requests/{id}", change_requests::show, Scope::Read,
            "Shows a change request")
        .operation("POST", "/v1/change-requests/{id}/review", change_requests::review, Scope::Requests,
            "Reviews a change request")
        .operation("POST", "/v1/change-requests/{id}/meeting", change_requests::meeting, Scope::Requests,
            "Sets, moves or calls off the meeting")
        .operation("POST", "/v1/change-requests/{id}/meeting/decline", change_requests::decline, Scope::Requests,
            "Declines another time that the invited contact proposes")
        .operation("POST", "/v1/change-requests/{id}/findings", change_requests::finding, Scope::Requests,
            "Records what the meeting found on one question")
        .document("POST", "/v1/change-requests/{id}/returns", change_requests::take_return, Scope::Requests,
            "Takes in the returned form")
        .operation("POST", "/v1/change-requests/{id}/match", change_requests::match_return, Scope::Requests,
            "Says whether the returned form is the one that was sent, signed")
        .operation("POST", "/v1/change-requests/{id}/calls", change_requests::call, Scope::Requests,
            "Begins a call to the number on file")
        .operation("POST", "/v1/change-requests/{id}/calls/outcome", change_requests::call_outcome, Scope::Requests,
            "Says what came of the call")
        .operation("POST", "/v1/change-requests/{id}/provisional", change_requests::provisional, Scope::Requests,
            "Disables at once with a desk person's signature, after review")
        .operation("GET", "/v1/change-requests/{id}/form", change_requests::form, Scope::Read,
            "The acknowledgement form as it was sent")
        .operation("GET", "/v1/change-requests/{id}/invitation", change_requests::invitation, Scope::Read,
            "The meeting, for a calendar")
        .operation("GET", "/v1/evidence/{id}", change_requests::show_evidence, Scope::Contents,
            "A document or note that a step rests on")
        .operation("POST", "/v1/change-requests/{id}/approve", change_requests::approve, Scope::Requests,
            "Approves with a desk person's signature")
        .operation("GET", "/v1/freezes", freezes::list, Scope::Read,
            "Lists freezes, newest first; an organization sees those of its own time")
        .operation("POST", "/v1/freezes", freezes::create, Scope::Freeze,
            "Keeps everybody out of everywhere, or one employer's people; answers once it is in force")
        .operation("GET", "/v1/freezes/{id}", freezes::show, Scope::Read,
            "Shows a freeze")
        .operation("POST", "/v1/freezes/{id}/lift", freezes::lift, Scope::Freeze,
            "Wants a freeze lifted, with a desk person's signature; the second one lifts it")
        .operation("GET", "/v1/letters", letters::list, Scope::Read,
            "Lists letters to security contacts and what became of them, newest first")
        .operation("GET", "/v1/messages", messages::list, Scope::Read,
            "Lists the messages that are held, oldest first")
        .document("POST", "/v1/messages", messages::create, Scope::Intake,
            "Takes in a message as it is")
        .operation("GET", "/v1/messages/{id}", messages::show, Scope::Contents,
            "A message's text")
        .operation("POST", "/v1/messages/{id}/open", messages::open, Scope::Requests,
            "Opens a change request from a message")
        .operation("POST", "/v1/messages/{id}/attach", messages::attach, Scope::Requests,
            "Has a message join a change request that is open")
        .operation("GET", "/v1/intake/messages", intake::list, Scope::Contents,
            "What the intake made of mail with a Message-ID, oldest first")
        .mail("POST", "/v1/intake/messages", intake::create, Scope::Intake,
            "Takes in a mail as it is, as a mail system pipes it")
        .operation("POST", "/v1/messages/{id}/dismiss", messages::dismiss, Scope::Requests,
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
