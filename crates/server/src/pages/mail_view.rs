//! A mail in words for a desk person: what proves it, what stands against it, and what to look out for. Plain text alone:
//! nothing of a mail is fetched, and none of its HTML is shown as HTML.

use byleave_app::intake::{MailRecord, Note, ReceivedMail};

pub(super) struct MailView {
    pub from: Option<String>,
    /// Its subject line.
    pub about: String,
    pub peer: String,
    /// What was checked, and what came of it.
    pub verdicts: Vec<(&'static str, String)>,
    pub reasons: Vec<String>,
    pub warnings: Vec<String>,
    pub understood: Vec<String>,
    pub attachments: Vec<String>,
}

impl MailView {
    pub fn of(mail: &ReceivedMail) -> Self {
        let record = &mail.record;
        let texts = |notes: &[Note]| notes.iter().map(|note| in_quotes(&note.text)).collect();
        let envelope = &record.envelope;
        let peer = match (&envelope.peer, &envelope.tls) {
            (None, _) => {
                "a pipe of this machine's mail system, so that nothing is known of the sender".to_owned()
            }
            (Some(peer), None) => format!("{peer} ({}), not encrypted", envelope.helo),
            (Some(peer), Some(tls)) => format!("{peer} ({}), {tls}", envelope.helo),
        };
        let file = |file: &byleave_app::intake::Attached| {
            format!("{}: {}, {} bytes", file.filename, file.media_type, file.size)
        };
        Self {
            from: record.from.clone(),
            about: record.subject.clone(),
            peer,
            verdicts: verdicts(record),
            reasons: texts(&record.reasons),
            warnings: texts(&record.warnings),
            understood: understood(record),
            attachments: record.attachments.iter().map(file).collect(),
        }
    }
}

/// Messages set values in backticks, as terminals show them; a page has quotes.
fn in_quotes(text: &str) -> String {
    let pieces = text.split('`').zip(["“", "”"].into_iter().cycle());
    let mut quoted: String = pieces.flat_map(|(piece, quote)| [piece, quote]).collect();
    // After the last piece there was none.
    quoted.pop();
    quoted
}

fn verdicts(record: &MailRecord) -> Vec<(&'static str, String)> {
    let checks = &record.checks;
    let domain = Some(checks.from_domain.as_str()).filter(|domain| !domain.is_empty());
    let domain = domain.unwrap_or("the domain in From");
    let dmarc = match checks.dmarc.as_str() {
        "pass" => format!("{domain} vouches for it; that says nothing of which person there wrote it"),
        "temperror" => "DNS did not answer".to_owned(),
        _ => format!("nothing shows that it comes from {domain}"),
    };
    let dkim = match checks.dkim.as_str() {
        "pass" => "a signature holds".to_owned(),
        "none" => "it bears no signature".to_owned(),
        "temperror" => "DNS did not answer".to_owned(),
        _ => "no signature holds".to_owned(),
    };
    let spf = match checks.spf.as_str() {
        "pass" => format!("whoever handed it over may send for {}", checks.spf_domain),
        "none" | "neutral" => "nothing is said of who may send".to_owned(),
        "temperror" => "DNS did not answer".to_owned(),
        _ => format!(
            "whoever handed it over may not send for {}; so it is with forwarded mail, too",
            checks.spf_domain
        ),
    };
    let arc = match checks.arc.as_str() {
        "none" => "nobody says that it was forwarded".to_owned(),
        result => format!(
            "{result}, by {}; a forwarder's word, which proves nothing",
            checks.arc_sealers.join(", ")
        ),
    };
    let word = |words: String, result: &str| format!("{words} ({result})");
    vec![
        ("Sender's domain", word(dmarc, &checks.dmarc)),
        ("Signature", word(dkim, &checks.dkim)),
        ("Path", word(spf, &checks.spf)),
        ("Forwarders", arc),
    ]
}

fn understood(record: &MailRecord) -> Vec<String> {
    let kind = match record.kind.as_deref() {
        Some("form_wish") => "it wants the form",
        Some("withdrawal") => "it takes a request back",
        Some("calendar") => "it is about a meeting",
        Some("report") => "it is a mail system's report",
        Some(_) => match record.action.as_str() {
            "disable" => "it asks to disable support access",
            "enable" => "it asks to enable support access",
            _ => "it asks for nothing that is plain",
        },
        None => "it was not read",
    };
    let mut lines = vec![kind.to_owned()];
    lines.extend(record.organization_name.as_ref().map(|name| format!("for “{name}”")));
    lines.extend(record.confirmation.then(|| "it confirms that this is wanted".to_owned()));
    lines.extend(record.contact.as_ref().map(|contact| format!("whom to speak to: {contact}")));
    lines.extend(record.unclear.iter().cloned());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_in_quotes_on_a_page() {
        for (text, page) in [
            ("it names `a@b.test` to speak to", "it names “a@b.test” to speak to"),
            ("`a` looks like `b` and is not", "“a” looks like “b” and is not"),
            ("nothing", "nothing"),
            ("one `odd", "one “odd"),
            ("`", "“"),
            ("", ""),
        ] {
            assert_eq!(in_quotes(text), page);
        }
    }
}
