//! Delivery reports (RFC 3464): what became of a message of ours, for each of its recipients. Anybody can write one, so it
//! counts only where it names a message that was sent.

use crate::address::Mailbox;

/// Recipients of one report at most.
const RECIPIENTS_MAX: usize = 100;

/// Longest diagnosis, characters.
const DIAGNOSTIC_CHARS_MAX: usize = 300;

/// What a server says about one recipient.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeliveryReport {
    /// Who was to have it.
    pub recipient: String,
    /// `failed`, `delayed`, `delivered`, `relayed` or `expanded`.
    pub action: String,
    /// Its code, such as `5.1.1`.
    pub status: String,
    /// The reason in the server's words.
    pub diagnostic: String,
    /// The identifier of the message it is about, if it came back.
    pub message_id: Option<String>,
}

/// Reads the part for machines. A receipt that somebody has opened a message has no recipients, and is empty.
pub(super) fn read(report: &str, returned: Option<&str>) -> Vec<DeliveryReport> {
    let message_id =
        returned.and_then(|header| fields(header).find(|(name, _)| name == "message-id")).map(|(_, id)| id);
    let mut found = Vec::new();
    for block in report.split("\n\n").take(RECIPIENTS_MAX) {
        let mut one = DeliveryReport { message_id: message_id.clone(), ..DeliveryReport::default() };
        for (name, value) in fields(block) {
            let typed = value.split_once(';').map_or(value.as_str(), |(_, value)| value).trim();
            match name.as_str() {
                "final-recipient" => typed.clone_into(&mut one.recipient),
                "original-recipient" if one.recipient.is_empty() => typed.clone_into(&mut one.recipient),
                "action" => one.action = value.to_lowercase(),
                "status" => value.split([' ', '(']).next().unwrap_or_default().clone_into(&mut one.status),
                "diagnostic-code" => one.diagnostic = typed.chars().take(DIAGNOSTIC_CHARS_MAX).collect(),
                _ => {}
            }
        }
        let known = ["failed", "delayed", "delivered", "relayed", "expanded"].contains(&one.action.as_str());
        if let Ok(recipient) = Mailbox::parse(one.recipient.trim_matches(['<', '>'])) {
            one.recipient = recipient.address();
            found.extend(known.then_some(one));
        }
    }
    found
}

/// Names in lower case, and values unfolded.
fn fields(text: &str) -> impl Iterator<Item = (String, String)> {
    let unfolded = text.replace("\n ", " ").replace("\n\t", " ");
    let all: Vec<_> = unfolded
        .lines()
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_lowercase(), value.trim().to_owned()))
        .collect();
    all.into_iter()
}
