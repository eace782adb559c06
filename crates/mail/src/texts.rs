//! What letters say, in the vendor's words: a template for each text and language, ours where the vendor has none.
//!
//! A template is a text with `Subject:` in its first line. It sees facts about what has happened and nothing else: no file,
//! no other template, no code; and it ends when its fuel does. All of them are tried with sample facts before any is sent.

use std::collections::BTreeMap;

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};
use thiserror::Error;

/// Steps that one rendering may take.
const FUEL: u64 = 50_000;

/// Longest text that is made, characters.
const TEXT_CHARS_MAX: usize = 20_000;

/// Longest subject, characters.
const SUBJECT_CHARS_MAX: usize = 200;

macro_rules! ours {
    ($($language:literal: $($name:literal)*;)*) => {
        &[$($(($language, $name, include_str!(concat!("../texts/", $language, "/", $name, ".txt"))),)*)*]
    };
}

/// Our own texts.
const OURS: &[(&str, &str, &str)] = ours! {
    "en": "request_received" "request_incomplete" "request_accepted" "request_step" "meeting" "request_ended"
        "setting_changed" "contacts_change" "passkeys" "freeze" "notice_addresses" "statement" "doubt"
        "mail_unclear";
    "de": "request_received" "request_incomplete" "request_accepted" "request_step" "meeting" "request_ended"
        "setting_changed" "contacts_change" "passkeys" "freeze" "notice_addresses" "statement" "doubt"
        "mail_unclear";
};

/// Facts that every letter has.
const ALWAYS: &[(&str, &str)] = &[
    ("organization", "Acme Rockets"),
    ("contact", "Sam Example"),
    ("vendor", "Vendor"),
    ("portal", "https://byleave.vendor.example/portal"),
];

/// Facts that every letter of a request, or of a change of contacts, has as well; and those that may be missing.
const REQUEST: [&[(&str, &str)]; 2] = [
    &[("number", "R-7F3A-0001"), ("action", "disable")],
    &[
        ("meeting", "Mon 2027-01-04 10:00 UTC"),
        ("note", "Whom may we contact?"),
        ("unproven", "yes"),
        ("words", "matched"),
    ],
];
const CONTACTS: [&[(&str, &str)]; 2] = [
    &[],
    &[
        ("number", "R-7F3A-0002"),
        ("change", "add"),
        ("person", "Kim Example"),
        ("until", "Mon 2027-01-04 10:00 UTC"),
        ("words", "matched"),
    ],
];
const PASSKEYS: [&[(&str, &str)]; 2] =
    [&[("person", "Kim Example"), ("passkey", "Laptop"), ("way", "link")], &[]];
const MAIL: [&[(&str, &str)]; 2] =
    [&[("subject", "Re: Support access")], &[("note", "- whom to speak to is missing")]];
const DOUBT: [&[(&str, &str)]; 2] = [
    &[("until", "Mon 4 Jan 2027, 10:00 UTC")],
    &[("person", "Kim Example"), ("note", "It was about your case 4711.")],
];
const FREEZE: [&[(&str, &str)]; 2] =
    [&[("reason", "a subprocessor was broken into"), ("employer", "Helpline Partners")], &[]];

/// All texts.
pub struct Texts {
    environment: Environment<'static>,
}

/// Why a text cannot be sent.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum InvalidText {
    /// There is none of this name.
    #[error(
        "there is no text `{0}`; its name is a language, a text's name and `.txt`, such as `en/freeze.txt`"
    )]
    Unknown(String),
    /// It cannot be rendered.
    #[error("`{name}`, line {line}: {why}")]
    Template {
        /// Language and name.
        name: String,
        /// Its line.
        line: usize,
        /// What is wrong.
        why: String,
    },
}

impl Texts {
    /// Our texts, with the vendor's own in their places: language, name and template of each.
    ///
    /// # Errors
    /// [`InvalidText`] for one that does not parse, or does not render with sample facts.
    pub fn new(own: Vec<(String, String, String)>) -> Result<Self, InvalidText> {
        let mut all: BTreeMap<String, String> =
            OURS.iter().map(|(language, name, text)| (place(language, name), (*text).to_owned())).collect();
        for (language, name, text) in own {
            let place = place(&language, &name);
            if !all.contains_key(&place) {
                return Err(InvalidText::Unknown(place));
            }
            all.insert(place, text);
        }
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        environment.set_fuel(Some(FUEL));
        environment.add_filter("german", german);
        if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
            environment.set_syntax(syntax);
        }
        for (place, text) in all {
            let added = environment.add_template_owned(place.clone(), text);
            added.map_err(|why| invalid(&place, &why))?;
        }
        Ok(Self { environment })
    }

    /// Whether there are texts in this language.
    #[must_use]
    pub fn speaks(language: &str) -> bool {
        OURS.iter().any(|(known, ..)| *known == language)
    }

    /// Renders each text about each of `events` (name of the text, and its events), with all facts and with those alone that
    /// are always there.
    ///
    /// # Errors
    /// [`InvalidText`] for the first that does not render.
    pub fn check(&self, events: &[(&str, &[&str])]) -> Result<(), InvalidText> {
        for (name, events) in events {
            for event in *events {
                for language in ["en", "de"] {
                    for all in [true, false] {
                        let facts = sample(name, event, all);
                        self.render(language, name, &facts)?;
                        self.render(language, name, &as_copy(facts))?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Subject and text of a letter.
    ///
    /// # Errors
    /// [`InvalidText`].
    pub fn render(
        &self,
        language: &str,
        name: &str,
        facts: &BTreeMap<String, String>,
    ) -> Result<(String, String), InvalidText> {
        let place = place(language, name);
        let template =
            self.environment.get_template(&place).map_err(|_| InvalidText::Unknown(place.clone()))?;
        let facts = Value::from(facts.clone());
        let text = template.render(facts).map_err(|why| invalid(&place, &why))?;
        let wrong = |why: &str| InvalidText::Template { name: place.clone(), line: 1, why: why.to_owned() };
        let (first, text) =
            text.split_once('\n').ok_or_else(|| wrong("there is no text after the subject"))?;
        let subject =
            first.strip_prefix("Subject:").ok_or_else(|| wrong("it does not begin with `Subject:`"))?;
        if text.trim().is_empty() {
            return Err(wrong("there is no text after the subject"));
        }
        let subject = subject.trim().chars().take(SUBJECT_CHARS_MAX).collect();
        Ok((subject, text.trim().chars().take(TEXT_CHARS_MAX).collect::<String>() + "\n"))
    }
}

const STATEMENT: [&[(&str, &str)]; 2] = [
    &[
        ("month", "2026-12"),
        ("setting", "enabled"),
        ("since", "Mon 2026-12-07 10:00 UTC"),
        ("visits", "3"),
        ("people", "2"),
        ("lasted", "4:05"),
        ("refused", "1"),
    ],
    &[
        ("tools", "- Mail Console: 1 (0:20)\n- System Log: 2 (3:45)"),
        ("changes", "- 2026-12-07 10:00 UTC: support_access.enabled (41)"),
    ],
];
const NOTICES: [&[(&str, &str)]; 2] = [&[], &[("addresses", "- soc@acme.example"), ("by", "Kim Example")]];

/// Facts to try a text with: all that there can be, or as few.
#[must_use]
pub fn sample(name: &str, event: &str, all: bool) -> BTreeMap<String, String> {
    let [must, may] = match name {
        "contacts_change" => CONTACTS,
        "passkeys" => PASSKEYS,
        "freeze" => FREEZE,
        "notice_addresses" => NOTICES,
        "statement" => STATEMENT,
        "doubt" => DOUBT,
        "setting_changed" => [&[][..], &[]],
        "mail_unclear" => MAIL,
        _ => REQUEST,
    };
    let may = if all { may } else { &[] };
    let event = ("event", event);
    let facts = ALWAYS.iter().chain(must).chain(may).chain(std::iter::once(&event));
    facts.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The same, of a copy for a notice address.
#[must_use]
pub fn as_copy(mut facts: BTreeMap<String, String>) -> BTreeMap<String, String> {
    let organization = facts.get("organization").cloned().unwrap_or_default();
    facts.insert("contact".to_owned(), organization);
    facts.insert("copy".to_owned(), "yes".to_owned());
    facts
}

/// A time that begins with the weekday, with that in German.
fn german(time: &str) -> String {
    const DAYS: [(&str, &str); 7] = [
        ("Mon ", "Mo. "),
        ("Tue ", "Di. "),
        ("Wed ", "Mi. "),
        ("Thu ", "Do. "),
        ("Fri ", "Fr. "),
        ("Sat ", "Sa. "),
        ("Sun ", "So. "),
    ];
    let day = DAYS.iter().find_map(|(english, german)| Some((german, time.strip_prefix(english)?)));
    day.map_or_else(|| time.to_owned(), |(german, rest)| format!("{german}{rest}"))
}

fn place(language: &str, name: &str) -> String {
    format!("{language}/{name}.txt")
}

fn invalid(place: &str, why: &minijinja::Error) -> InvalidText {
    let line = why.line().unwrap_or(1);
    let why =
        why.detail().map_or_else(|| why.kind().to_string(), |detail| format!("{}: {detail}", why.kind()));
    InvalidText::Template { name: place.to_owned(), line, why }
}
