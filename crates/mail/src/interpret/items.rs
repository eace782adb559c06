//! The three items: the customer's name, the confirmation, whom to speak to. First as labelled lines, then as sentences.

use super::wish::words;
use crate::address::Mailbox;
use crate::judge::folded;

/// Longest item, characters.
const ITEM_CHARS_MAX: usize = 200;

/// Different values of one item that are kept, at most: two are too many already, the rest is for whoever looks.
const DIFFERENT_MAX: usize = 8;

/// Words in a name that stands in a sentence, at most.
const NAME_WORDS_MAX: usize = 8;

const NAME_LABELS: &[&str] = &[
    "customer name",
    "customer",
    "name of customer",
    "name of the customer",
    "company",
    "company name",
    "name of company",
    "name of the company",
    "our company",
    "organization",
    "organisation",
    "organization name",
    "organisation name",
    "name of organization",
    "name of the organization",
    "name of organisation",
    "name of the organisation",
    "account",
    "account name",
    "tenant",
    "tenant name",
    "client",
    "client name",
    "kunde",
    "kundenname",
    "name des kunden",
    "kundin",
    "firma",
    "firmenname",
    "name der firma",
    "unternehmen",
    "unternehmensname",
    "name des unternehmens",
    "name der organisation",
    "organisationsname",
    "mandant",
];

const CONTACT_LABELS: &[&str] = &[
    "contact",
    "security contact",
    "contact person",
    "contact name",
    "contact email",
    "contact e-mail",
    "contact address",
    "our contact",
    "your contact",
    "point of contact",
    "person to contact",
    "whom to contact",
    "who to contact",
    "whom to speak to",
    "contact for this request",
    "contact for questions",
    "security contact email",
    "contact for the meeting",
    "ansprechpartner",
    "ansprechpartnerin",
    "ansprechperson",
    "kontakt",
    "kontaktperson",
    "sicherheitskontakt",
    "kontakt-e-mail",
    "kontaktadresse",
    "unser ansprechpartner",
    "unsere ansprechpartnerin",
    "kontakt für rückfragen",
    "ansprechpartner für rückfragen",
];

const CONFIRMATION_LABELS: &[&str] = &[
    "confirmation",
    "confirm",
    "confirmed",
    "we confirm",
    "i confirm",
    "statement",
    "confirmation statement",
    "bestätigung",
    "bestätigt",
    "wir bestätigen",
    "ich bestätige",
    "erklärung",
];

/// What a value says that takes it back.
const NO: &[&str] = &["no", "not", "nein", "nicht", "none", "n/a", "kein", "keine"];

/// What stands before a name in a sentence.
const BEFORE_NAME: &[&str] = &[
    "on behalf of",
    "in the name of",
    "we at",
    "we are",
    "i am writing for",
    "i write for",
    "writing on behalf of",
    "for the customer",
    "for the company",
    "for the organization",
    "for the organisation",
    "for our company",
    "for our organization",
    "for our organisation",
    "our company is",
    "our organization is",
    "our organisation is",
    "our company name is",
    "customer name is",
    "the customer is",
    "im namen von",
    "im namen der",
    "im namen des",
    "im auftrag von",
    "im auftrag der",
    "im auftrag des",
    "für die firma",
    "für den kunden",
    "für das unternehmen",
    "für die organisation",
    "für unser unternehmen",
    "wir von der",
    "wir von",
    "wir bei",
    "wir sind die",
    "unser unternehmen ist",
];

/// What ends a name in a sentence.
const AFTER_NAME: &[&str] = &[
    "we",
    "i",
    "please",
    "and",
    "would",
    "want",
    "wants",
    "request",
    "requests",
    "ask",
    "asks",
    "hereby",
    "that",
    "who",
    "wir",
    "ich",
    "bitte",
    "und",
    "möchten",
    "möchte",
    "bitten",
    "hiermit",
    "to",
    "confirm",
    "bestätigen",
    "bestätige",
];

/// Small words that a name may have in it.
const WITHIN_NAME: &[&str] = &["of", "for", "de", "la", "van", "von", "für"];

/// Articles that do not belong to a name.
const ARTICLES: &[&str] = &["the", "customer", "company", "die", "der", "das", "firma"];

/// Words that confirm, and what they are not to stand beside.
const CONFIRM: &[&str] = &[
    "confirm",
    "confirms",
    "confirming",
    "confirmed",
    "confirmation",
    "bestätige",
    "bestätigen",
    "bestätigt",
    "bestätigung",
    "authorize",
    "authorise",
    "authorized",
    "authorised",
];
const ASKS_TO_CONFIRM: &[&str] = &[
    "please", "kindly", "can", "could", "receipt", "bitte", "könnten", "können", "erhalt", "eingang",
    "empfang", "not", "nicht", "don't", "cannot", "can't", "never", "unable",
];

/// Words that say whom to speak to.
const CONTACT_WORDS: &[&str] = &[
    "contact",
    "contacts",
    "reach",
    "call",
    "speak",
    "ask",
    "question",
    "questions",
    "responsible",
    "ansprechpartner",
    "ansprechpartnerin",
    "ansprechperson",
    "kontakt",
    "kontaktieren",
    "kontaktperson",
    "sicherheitskontakt",
    "erreichen",
    "wenden",
    "rückfragen",
    "zuständig",
    "fragen",
];

/// The author, in the author's words.
const MYSELF: &[&str] = &["me", "myself", "mich", "mir", "i", "ich"];

/// What was found of the three.
#[derive(Debug, Default)]
pub(super) struct Items {
    pub organization_names: Vec<String>,
    pub confirmation: bool,
    pub contact: Option<String>,
    pub unclear: Vec<String>,
}

pub(super) fn read(text: &str, author: Option<&str>, names: &[Vec<String>]) -> Items {
    let mut items = Items::default();
    let mut companies = Different::default();
    let mut contacts = Different::default();
    let lines: Vec<&str> = text.lines().collect();
    // What stands in sentences; lines are wrapped within them.
    let mut running = String::new();
    let mut denied = false;
    for (at, line) in lines.iter().enumerate() {
        let next = lines.get(at + 1).copied().unwrap_or_default();
        let (label, value) = labelled(line, next).unwrap_or_default();
        if NAME_LABELS.contains(&label.as_str()) {
            companies.add(item(value));
        } else if CONTACT_LABELS.contains(&label.as_str()) {
            contacts.add(contact(value));
        } else if CONFIRMATION_LABELS.contains(&label.as_str()) {
            let no = has(&words(value), NO);
            denied |= no;
            items.confirmation |= !no;
        } else {
            running.push_str(if line.trim().is_empty() { ". " } else { line });
            running.push(' ');
        }
    }
    let sentences: Vec<&str> = sentences(&running).collect();
    items.confirmation |= sentences.iter().any(|sentence| confirms(sentence));
    items.confirmation &= !denied;
    if companies.0.is_empty() {
        for name in sentences.iter().filter_map(|sentence| name_in(sentence)) {
            companies.add(name);
        }
    }
    if companies.0.is_empty() {
        // Not within addresses: `dana@acme.test` names nobody.
        let spoken = text.split_whitespace().filter(|word| !word.contains('@') && !word.contains("://"));
        let all = format!(" {} ", words(&spoken.collect::<Vec<_>>().join(" ")).join(" "));
        let stands = |name: &&String| all.contains(&format!(" {} ", words(name).join(" ")));
        for of_one in names {
            let named = of_one.iter().filter(|name| !words(name).is_empty()).find(stands);
            named.into_iter().for_each(|name| companies.add(name.clone()));
        }
    }
    if contacts.0.is_empty() {
        for sentence in sentences.iter().filter(|sentence| has(&words(sentence), CONTACT_WORDS)) {
            let found = addresses_in(sentence);
            let myself = author.filter(|_| found.is_empty() && has(&words(sentence), MYSELF));
            for contact in found.into_iter().chain(myself.map(str::to_owned)) {
                contacts.add(contact);
            }
        }
    }
    items.organization_names = companies.all("customers' names", &mut items.unclear);
    let contacts = contacts.all("people to speak to", &mut items.unclear);
    items.contact = <[String; 1]>::try_from(contacts).ok().map(|[one]| one);
    items
}

fn has(words: &[String], list: &[&str]) -> bool {
    words.iter().any(|word| list.contains(&word.as_str()))
}

/// Different values of one item, as they are compared and as they are written.
#[derive(Debug, Default)]
struct Different(Vec<(String, String)>);

impl Different {
    /// Adds what is not there yet. Folded once, and compared with few: whoever writes the text pays for none of it.
    fn add(&mut self, found: String) {
        if self.0.len() == DIFFERENT_MAX || found.is_empty() {
            return;
        }
        let as_compared = folded(&found);
        if self.0.iter().all(|(known, _)| *known != as_compared) {
            self.0.push((as_compared, found));
        }
    }

    /// All of them; several are unclear.
    fn all(self, what: &str, unclear: &mut Vec<String>) -> Vec<String> {
        let all: Vec<String> = self.0.into_iter().map(|(_, written)| written).collect();
        if all.len() > 1 {
            unclear.push(format!("it has several {what}: {}", all.join("; ")));
        }
        all
    }
}

/// `label: value`, behind bullets and numbers, with marks of emphasis, the value on the next line if it is not on this.
fn labelled<'t>(line: &'t str, next: &'t str) -> Option<(String, &'t str)> {
    let line = line.trim_start_matches(|c: char| c.is_whitespace() || "-*•·–>|#_".contains(c));
    let unnumbered = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let line = match unnumbered.strip_prefix(['.', ')']) {
        Some(rest) if unnumbered.len() < line.len() => rest,
        _ => line,
    };
    let at = line.find([':', '=', '\t', '：']).or_else(|| line.find(" - ")).or_else(|| line.find(" – "))?;
    let (label, value) = line.split_at(at);
    let label = label.split('(').next().unwrap_or_default();
    let value = value.trim_start_matches([':', '=', '\t', '：', ' ', '-', '–']);
    let marks = |c: char| c.is_whitespace() || "*_|\"".contains(c);
    let value = value.trim_matches(marks);
    let value = if value.is_empty() { next.trim_matches(marks) } else { value };
    Some((folded(label.trim_matches(marks)), value))
}

fn item(value: &str) -> String {
    let line: String = value.chars().filter(|c| !c.is_control()).take(ITEM_CHARS_MAX).collect();
    line.trim_matches(|c: char| c.is_whitespace() || "\"'“”„,;".contains(c)).to_owned()
}

/// The address in a value, else the value.
fn contact(value: &str) -> String {
    addresses_in(value).into_iter().next().unwrap_or_else(|| item(value))
}

/// Addresses in a text, as they would be compared.
fn addresses_in(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| c.is_whitespace() || "<>()[],;\"'|".contains(c));
    let bare =
        parts.map(|part| part.trim_start_matches("mailto:").trim_matches(|c: char| ".:!?*_".contains(c)));
    bare.filter(|part| part.contains('@'))
        .filter_map(|part| Mailbox::parse(part).ok())
        .map(|m| m.address())
        .collect()
}

/// Sentences; a point within an address or a name parts none.
fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(['.', '!', '?', ';']).scan((text, 0, 0), |(text, start, end), piece| {
        *end += piece.len();
        let whole =
            text.get(*end..).is_none_or(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace));
        if !whole {
            return Some("");
        }
        let sentence = text.get(*start..*end).unwrap_or_default();
        *start = *end;
        Some(sentence)
    })
}

fn confirms(sentence: &str) -> bool {
    // Clauses: "please disable it, we confirm …" confirms.
    sentence
        .split([',', ':', ';'])
        .flat_map(|clause| clause.split(" and "))
        .flat_map(|c| c.split(" und "))
        .any(|clause| {
            let words = words(clause);
            let at = words.iter().position(|word| CONFIRM.contains(&word.as_str()));
            at.is_some_and(|_| !has(&words, ASKS_TO_CONFIRM))
        })
}

/// The name that stands behind words which announce one.
fn name_in(sentence: &str) -> Option<String> {
    let spaced: Vec<&str> = sentence.split_whitespace().collect();
    let plain: Vec<String> = spaced.iter().map(|word| folded(word)).collect();
    for before in BEFORE_NAME {
        let wanted: Vec<&str> = before.split(' ').collect();
        let Some(at) =
            plain.windows(wanted.len()).position(|window| window.iter().zip(&wanted).all(|(a, b)| a == b))
        else {
            continue;
        };
        let mut name: Vec<&str> = Vec::new();
        let from = at + wanted.len();
        for (word, plain) in spaced.iter().zip(&plain).skip(from).take(NAME_WORDS_MAX) {
            if AFTER_NAME.contains(&plain.as_str()) || (name.is_empty() && ARTICLES.contains(&plain.as_str()))
            {
                if name.is_empty() && ARTICLES.contains(&plain.as_str()) {
                    continue;
                }
                break;
            }
            if word.starts_with(char::is_lowercase) && !WITHIN_NAME.contains(&plain.as_str()) {
                break;
            }
            name.push(word);
            if word.ends_with([',', ';', ':', '!', '?']) {
                break;
            }
        }
        let name = item(name.join(" ").trim_end_matches(['.', ',', ';', ':', '!', '?']));
        // What begins small is no name: "we are sorry".
        if name.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit()) {
            return Some(name);
        }
    }
    None
}
