//! A mail in words for a desk person: what proves it, what stands against it, and what to look out for. Plain text alone:
//! nothing of a mail is fetched, and none of its HTML is shown as HTML.

use byleave_app::intake::{Attached, MailRecord, Note};

use crate::text::Text;

pub(super) struct MailView {
    pub from: Option<String>,
    /// Its subject line.
    pub about: String,
    pub peer: Text,
    /// Whether it is proven to be a security contact's own.
    pub proven: bool,
    pub verdicts: Vec<Checked>,
    /// Why it waits, and what to look out for; the program's words, in English.
    pub reasons: Vec<String>,
    pub warnings: Vec<String>,
    pub understood: Vec<Text>,
    /// What is missing or unclear; the program's words.
    pub unclear: Vec<String>,
    pub attachments: Vec<Text>,
}

/// What was checked, and what came of it.
pub(super) struct Checked {
    pub name: Text,
    pub said: Text,
    /// The result in the words of RFC 8601.
    pub result: String,
    /// Whether it speaks for the mail.
    pub good: bool,
}

impl MailView {
    pub fn of(record: &MailRecord) -> Self {
        let texts = |notes: &[Note]| notes.iter().map(|note| in_quotes(&note.text)).collect();
        let envelope = &record.envelope;
        let peer = match (&envelope.peer, &envelope.tls) {
            (None, _) => Text::of("mail-piped"),
            (Some(peer), None) => Text::of("mail-peer-plain").arg("peer", peer).arg("name", &envelope.helo),
            (Some(peer), Some(tls)) => {
                Text::of("mail-peer").arg("peer", peer).arg("name", &envelope.helo).arg("tls", tls)
            }
        };
        let file = |file: &Attached| {
            let text = Text::of("mail-attached").arg("name", &file.filename);
            text.arg("type", &file.media_type).arg("size", crate::words::size(file.size))
        };
        Self {
            from: record.from.clone(),
            about: record.subject.clone(),
            peer,
            proven: record.proven,
            verdicts: verdicts(record),
            reasons: texts(&record.reasons),
            warnings: texts(&record.warnings),
            understood: understood(record),
            unclear: record.unclear.clone(),
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

fn verdicts(record: &MailRecord) -> Vec<Checked> {
    let checks = &record.checks;
    let dmarc = match (checks.dmarc.as_str(), checks.from_domain.as_str()) {
        ("temperror", _) => Text::of("mail-dns"),
        (_, "") => Text::of("mail-dmarc-no-domain"),
        ("pass", domain) => Text::of("mail-dmarc-pass").arg("domain", domain),
        (_, domain) => Text::of("mail-dmarc-fail").arg("domain", domain),
    };
    let dkim = Text::of(match checks.dkim.as_str() {
        "pass" => "mail-dkim-pass",
        "none" => "mail-dkim-none",
        "temperror" => "mail-dns",
        _ => "mail-dkim-fail",
    });
    let spf = match checks.spf.as_str() {
        "pass" => Text::of("mail-spf-pass").arg("domain", &checks.spf_domain),
        "none" | "neutral" => Text::of("mail-spf-none"),
        "temperror" => Text::of("mail-dns"),
        _ => Text::of("mail-spf-fail").arg("domain", &checks.spf_domain),
    };
    let arc = match checks.arc.as_str() {
        "none" => Text::of("mail-arc-none"),
        _ => Text::of("mail-arc").arg("who", checks.arc_sealers.join(", ")),
    };
    let row =
        |name, said, result: &str| Checked { name, said, result: result.to_owned(), good: result == "pass" };
    vec![
        row(Text::of("mail-domain"), dmarc, &checks.dmarc),
        row(Text::of("mail-signature"), dkim, &checks.dkim),
        row(Text::of("mail-path"), spf, &checks.spf),
        // A forwarder's word proves nothing.
        Checked { good: false, ..row(Text::of("mail-forwarders"), arc, &checks.arc) },
    ]
}

fn understood(record: &MailRecord) -> Vec<Text> {
    let kind = match (record.kind.as_deref(), record.action.as_str()) {
        (Some("form_wish"), _) => Text::of("mail-wants-form"),
        (Some("withdrawal"), _) => Text::of("mail-withdraws"),
        (Some("calendar"), _) => Text::of("mail-meeting"),
        (Some("report"), _) => Text::of("mail-report"),
        (Some(_), "disable") => Text::of("mail-asks-disable"),
        (Some(_), "enable") => Text::of("mail-asks-enable"),
        (Some(_), _) => Text::of("mail-asks-nothing"),
        (None, _) => Text::of("mail-not-read"),
    };
    let mut lines = vec![kind];
    lines.extend(record.organization_name.as_ref().map(|name| Text::of("mail-for").arg("name", name)));
    lines.extend(record.confirmation.then(|| Text::of("mail-confirms")));
    lines.extend(record.contact.as_ref().map(|contact| Text::of("mail-contact").arg("contact", contact)));
    lines
}

#[cfg(test)]
pub(super) fn sample_mail(hostile: bool) -> MailView {
    let checked =
        |name, said, result: &str| Checked { name, said, result: result.into(), good: result == "pass" };
    let domain = if hostile { "acme-rockets.example" } else { "acme.example" };
    let result = if hostile { "fail" } else { "pass" };
    let said = Text::of(if hostile { "mail-dmarc-fail" } else { "mail-dmarc-pass" }).arg("domain", domain);
    let warning = |text: &str| if hostile { vec![in_quotes(text)] } else { Vec::new() };
    MailView {
        from: (!hostile).then(|| format!("robin@{domain}")),
        about: "Support access <disable>, please: as discussed with everybody concerned last week".into(),
        peer: Text::of("mail-peer-plain").arg("peer", "192.0.2.7").arg("name", "mail.acme.example"),
        proven: !hostile,
        verdicts: vec![
            checked(Text::of("mail-domain"), said, result),
            checked(Text::of("mail-signature"), Text::of("mail-dkim-none"), "none"),
        ],
        reasons: warning("nothing shows that it comes from `acme-rockets.example`"),
        warnings: warning("its domain `acme-rockets.example` looks like `acme.example` and is another"),
        understood: vec![Text::of("mail-asks-disable"), Text::of("mail-for").arg("name", "Acme Rockets")],
        unclear: warning("whom to speak to is not said"),
        attachments: vec![
            Text::of("mail-attached")
                .arg("name", "form.pdf")
                .arg("type", "application/pdf")
                .arg("size", "48.1 kB"),
        ],
    }
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
