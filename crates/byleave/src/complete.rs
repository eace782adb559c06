//! Whether the command line is whole: each operation of `/v1` is reached by a command, or said why by none; each command
//! explains itself, has examples that are understood, and completes; and what the contract promises is there.

use std::collections::{BTreeMap, BTreeSet};

use clap::{Command, CommandFactory as _, Parser as _};
use clap_complete::Shell;

use crate::Cli;

/// By which command a person does what an operation does.
#[rustfmt::skip]
const REACHED: &[(&str, &str)] = &[
    ("change_requests.approve", "change-request approve"),
    ("change_requests.call", "change-request call"),
    ("change_requests.call_outcome", "change-request called"),
    ("change_requests.create", "change-request open"),
    ("change_requests.decline", "change-request decline-time"),
    ("change_requests.finding", "change-request find"),
    ("change_requests.form", "change-request form"),
    ("change_requests.invitation", "change-request invitation"),
    ("change_requests.list", "change-request list"),
    ("change_requests.match_return", "change-request match"),
    // Whose key an approval names.
    ("change_requests.me", "change-request approve"),
    ("change_requests.meeting", "change-request meeting"),
    ("change_requests.provisional", "change-request provisional"),
    ("change_requests.review", "change-request review"),
    ("change_requests.show", "change-request show"),
    ("change_requests.show_evidence", "change-request evidence"),
    ("change_requests.take_return", "change-request return"),
    ("contact_changes.agree", "contact agree"),
    ("contact_changes.create", "contact announce"),
    ("contact_changes.end", "contact object"),
    ("contact_changes.form", "contact form"),
    ("contact_changes.list", "contact changes"),
    ("contact_changes.show", "contact change"),
    ("contact_changes.take_return", "contact return"),
    ("contacts.call", "contact call"),
    ("contacts.call_outcome", "contact called"),
    ("contacts.create", "contact create"),
    ("contacts.erase", "contact erase"),
    ("contacts.list", "contact list"),
    ("contacts.show", "contact show"),
    ("desk_people.erase", "desk-person erase"),
    ("desk_people.list", "desk-person list"),
    ("doubts.answer", "doubt answer"),
    ("doubts.create", "doubt raise"),
    ("doubts.list", "doubt list"),
    ("doubts.show", "doubt show"),
    ("freezes.create", "freeze begin"),
    ("freezes.lift", "freeze lift"),
    ("freezes.list", "freeze list"),
    ("freezes.show", "freeze show"),
    ("intake.create", "mail ingest"),
    ("intake.list", "mail made"),
    ("letters.list", "mail letters"),
    ("messages.attach", "mail attach"),
    ("messages.dismiss", "mail dismiss"),
    ("messages.list", "mail list"),
    ("messages.open", "mail open"),
    ("messages.show", "mail show"),
    ("organizations.create", "organization create"),
    ("organizations.import", "organization import"),
    ("organizations.list", "organization list"),
    ("organizations.put_domains", "organization domains"),
    ("organizations.put_notice_addresses", "organization notice-addresses"),
    ("organizations.show", "organization show"),
    ("payloads.list", "log disclose"),
    ("support_access.disable", "access disable"),
    ("support_access.request_enable", "access enable"),
    ("support_access.show", "access show"),
    ("support_people.create", "support-person create"),
    ("support_people.erase", "support-person erase"),
    ("support_people.list", "support-person list"),
    ("support_people.show", "support-person show"),
    ("tokens.create", "token create"),
    ("tokens.create_for_organization", "token create"),
    ("tokens.create_for_support_person", "token create"),
    ("tokens.list", "token list"),
    ("tokens.list_of_organization", "token list"),
    ("tokens.list_of_support_person", "token list"),
    ("tokens.revoke", "token revoke"),
    ("tokens.show", "token show"),
    ("tools.check", "check"),
    ("tools.create", "tool create"),
    ("tools.list", "tool list"),
    ("tools.show", "tool show"),
    ("visits.stop", "visit stop"),
];

/// Operations that no command needs, and why not.
const NOT_REACHED: &[(&str, &str)] = &[
    ("operations.document", "it is for programs that make clients of it"),
    ("messages.create", "a message at a prompt is a mail, which `mail ingest` has judged as one"),
];

/// What the contract promises of the commands that there are by now: flags that scripts use.
#[rustfmt::skip]
const PROMISED: &[(&str, &[&str])] = &[
    ("access disable", &["organization", "key"]),
    ("access enable", &["organization", "key", "wait"]),
    ("access show", &["organization"]),
    ("backup", &[]),
    ("change-request approve", &["key"]),
    ("change-request list", &["state"]),
    ("change-request review", &["proceed", "ask", "refuse"]),
    ("change-request show", &[]),
    ("check", &[]),
    ("contact create", &["organization", "name", "email", "phone", "key"]),
    ("demo", &["data", "listen", "gateway-listen", "smtp-listen", "resolver", "relay", "intake-address", "ready-file", "tour"]),
    ("keygen", &[]),
    ("log disclose", &["organization", "output"]),
    ("mail ingest", &[]),
    ("organization create", &["name", "slug", "domain"]),
    ("organization import", &[]),
    ("protect", &["tool", "isolation"]),
    ("restore", &[]),
    ("serve", &["config", "print-config"]),
    ("sign", &[]),
    ("tool create", &["name", "slug", "upstream", "isolation", "reason", "case"]),
    ("verify", &["vkey", "organization-file", "checkpoint"]),
];

/// Every command that does something, by the words that lead to it.
fn leaves() -> BTreeMap<String, Command> {
    fn below(command: &Command, path: &str, found: &mut BTreeMap<String, Command>) {
        let path = format!("{path} {}", command.get_name()).trim().to_owned();
        if command.has_subcommands() {
            command.get_subcommands().for_each(|inner| below(inner, &path, found));
        } else {
            found.insert(path, command.clone());
        }
    }
    let mut found = BTreeMap::new();
    Cli::command().get_subcommands().for_each(|command| below(command, "", &mut found));
    found
}

#[test]
fn every_command_says_what_it_does_and_has_an_example() {
    let all = leaves();
    assert!(all.len() > 40, "the commands are found");
    for (path, command) in all {
        assert!(command.get_about().is_some(), "`{path}` says what it does");
        let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        assert!(after.starts_with("Example"), "`{path}` has an example");
        assert!(after.contains(&format!("byleave {path}")), "the example of `{path}` is one of it: {after}");
        for argument in command.get_arguments() {
            assert!(argument.get_help().is_some(), "`{path}` explains `{}`", argument.get_id());
            // Whoever asks would be who is asked about.
            let id = argument.get_id();
            assert!(
                !Cli::command().get_arguments().any(|global| global.get_id() == id),
                "`{path}` takes `{id}` twice"
            );
        }
    }
}

/// The words of a line at a prompt, up to a comment, a pipe or a redirection.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), None::<String>, false);
    for letter in line.chars() {
        match letter {
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' if !quoted => words.extend(word.take()),
            '#' | '<' | '>' | '|' if !quoted && word.is_none() => return words,
            other => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    words
}

#[test]
fn every_example_is_a_line_that_is_understood() {
    let mut examples = 0;
    for (path, command) in leaves() {
        let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        // Up to an empty line; what follows is a remark.
        for line in after.lines().skip(1).map(str::trim).take_while(|line| !line.is_empty()) {
            let parsed = Cli::try_parse_from(words(line));
            assert!(parsed.is_ok(), "`{path}` has the example `{line}`: {}", parsed.unwrap_err());
            examples += 1;
        }
    }
    assert!(examples >= leaves().len(), "each has one at least");
}

#[test]
fn every_operation_is_reached_by_a_command_or_says_why_not() {
    let document = byleave_server::openapi();
    let paths = document["paths"].as_object().into_iter().flatten();
    let operations = paths.flat_map(|(_, methods)| methods.as_object().into_iter().flatten());
    let operations: BTreeSet<_> =
        operations.filter_map(|(_, operation)| operation["operationId"].as_str()).collect();
    let named: Vec<_> = REACHED.iter().chain(NOT_REACHED).map(|(operation, _)| *operation).collect();
    assert_eq!(named.iter().copied().collect::<BTreeSet<_>>(), operations);
    assert_eq!(named.len(), operations.len(), "each once");
    let commands = leaves();
    for (operation, command) in REACHED {
        assert!(
            commands.contains_key(*command),
            "`{operation}` is reached by `{command}`, which there is not"
        );
    }
}

#[test]
fn what_the_contract_promises_is_there() {
    let commands = leaves();
    for (path, flags) in PROMISED {
        let command = commands.get(*path);
        assert!(command.is_some(), "there is no `{path}`");
        let known: Vec<_> =
            command.iter().flat_map(|c| c.get_arguments()).filter_map(|a| a.get_long()).collect();
        for flag in *flags {
            assert!(known.contains(flag), "`{path}` has no `--{flag}`");
        }
    }
}

#[test]
fn every_shell_completes_every_command() {
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Cli::command(), "byleave", &mut script);
        let script = String::from_utf8_lossy(&script).into_owned();
        for word in leaves().keys().flat_map(|path| path.split(' ')) {
            assert!(script.contains(word), "{shell} knows `{word}`");
        }
    }
}
