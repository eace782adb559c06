//! The catalogue is whole, is used, and goes into pages as markup that can stand there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use axum::http::{HeaderMap, HeaderValue, header};
use byleave_api::problem::ProblemType;
use fluent_bundle::FluentResource;
use jiff::Timestamp;
use regex_lite::Regex;

use super::{Language, Text};

/// What there is to say about a kind of problem.
const PARTS: [&str; 3] = ["title", "happened", "remedy"];
/// Elements that a sentence may hold.
const ELEMENTS: [&str; 10] = ["a", "br", "code", "em", "kbd", "q", "small", "span", "strong", "var"];

fn below(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(below(&path, extension)),
            false if path.ends_with("tests.rs") => {}
            false if path.extension().is_some_and(|its| its == extension) => found.push(path),
            false => {}
        }
    }
    found
}

/// Each message of a language: its key and its source.
fn messages(language: Language) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    for source in language.sources() {
        FluentResource::try_new((*source).to_owned())
            .unwrap_or_else(|(_, why)| panic!("{language:?}: {why:?}"));
        let begins = Regex::new(r"(?m)^([a-z][a-z0-9-]*) *= ?").unwrap();
        let found: Vec<_> = begins.captures_iter(source).collect();
        for (at, message) in found.iter().enumerate() {
            let end = found.get(at + 1).map_or(source.len(), |next| next.get(0).unwrap().start());
            let text = source[message.get(0).unwrap().end()..end].to_owned();
            let key = message[1].to_owned();
            assert!(all.insert(key.clone(), text).is_none(), "{language:?} says `{key}` twice");
        }
    }
    all
}

/// What a message is given.
fn arguments(text: &str) -> BTreeSet<&str> {
    let argument = Regex::new(r"\{ *\$([a-z_]+)").unwrap();
    argument.captures_iter(text).map(|found| found.get(1).unwrap().as_str()).collect()
}

#[test]
fn each_language_says_what_english_says() {
    let english = messages(Language::English);
    for language in Language::ALL {
        let said = messages(language);
        let keys = |all: &BTreeMap<String, String>| all.keys().cloned().collect::<BTreeSet<_>>();
        let differ: Vec<_> = keys(&english).symmetric_difference(&keys(&said)).cloned().collect();
        assert!(differ.is_empty(), "{language:?} and English do not both say {differ:?}");
        for (key, text) in &said {
            assert_eq!(arguments(text), arguments(&english[key]), "{language:?}: what `{key}` is given");
        }
    }
}

#[test]
fn every_text_that_is_used_is_said_and_every_text_that_is_said_is_used() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &PathBuf| fs::read_to_string(path).unwrap();
    let templates: String = below(&root.join("templates"), "html").iter().map(read).collect();
    let code: String = below(&root.join("src"), "rs").iter().map(read).collect();
    let mut used = BTreeSet::new();
    for (pattern, text) in
        [(r#""([a-z0-9-]+)" *\| *(?:t|script)\b"#, &templates), (r#"Text::of\(\s*"([a-z0-9-]+)""#, &code)]
    {
        used.extend(Regex::new(pattern).unwrap().captures_iter(text).map(|found| found[1].to_owned()));
    }
    // `Text::of(match … { … => "key", … })`
    for block in Regex::new(r"Text::of\((match|if) [^;]*?\}\)").unwrap().find_iter(&code) {
        let arms = Regex::new(r#"(?:=>|\{) *"([a-z0-9-]+)""#).unwrap();
        used.extend(arms.captures_iter(block.as_str()).map(|found| found[1].to_owned()));
    }
    for kind in ProblemType::ALL {
        used.extend(PARTS.map(|part| format!("problem-{}-{part}", kind.slug())));
    }
    let said: BTreeSet<_> = messages(Language::English).into_keys().collect();
    let missing: Vec<_> = used.difference(&said).collect();
    assert!(missing.is_empty(), "used and not in the catalogue: {missing:?}");
    let idle: Vec<_> = said.difference(&used).collect();
    assert!(idle.is_empty(), "in the catalogue and not used: {idle:?}");
}

/// Programs get the same words in the document (crates/api/src/problem.rs), where what is typed stands between backticks.
#[test]
fn problems_are_called_what_the_api_calls_them() {
    let typed = Regex::new("`([^`]*)`").unwrap();
    for kind in ProblemType::ALL {
        for (part, text) in PARTS.into_iter().zip([kind.title(), kind.happened(), kind.remedy()]) {
            let text = typed.replace_all(&text.replace('\'', "’"), "<code>$1</code>").into_owned();
            assert_eq!(Text::about(*kind, part).to_string(), text, "{} {part}", kind.slug());
        }
    }
}

/// The texts that each script says, by its address; those of what it imports among them. For a fault in a log the verifier
/// has a code.
pub(crate) fn said_by_scripts() -> BTreeMap<&'static str, BTreeSet<String>> {
    let keys = [
        (r#"\b(?:text|words)\("([a-z0-9-]+)""#, ""),
        (r#"(?:Fault\(|refuse\(|fault: )"([a-z-]+)""#, "verify-fault-"),
        (r#""(without-[a-z-]+)""#, "verify-fault-"),
        (r#"\b(?:must|may): "([a-z]+)""#, "verify-thing-"),
        (r#"\bis: "([a-z]+)""#, "verify-thing-"),
    ]
    .map(|(pattern, prefix)| (Regex::new(pattern).unwrap(), prefix));
    let all: BTreeMap<_, _> = crate::assets::scripts().collect();
    let mut said = BTreeMap::new();
    for &href in all.keys() {
        let mut loaded = BTreeSet::from([href]);
        while let Some(&more) = all.keys().find(|other| {
            !loaded.contains(*other) && loaded.iter().any(|script| all[*script].contains(**other))
        }) {
            loaded.insert(more);
        }
        let source: String = loaded.iter().map(|script| all[*script]).collect();
        let found = keys.iter().flat_map(|(pattern, prefix)| {
            pattern.captures_iter(&source).map(move |found| format!("{prefix}{}", &found[1]))
        });
        said.insert(href, found.collect());
    }
    said
}

/// That each page has them is a matter of its samples.
#[test]
fn scripts_say_what_templates_have_for_them_and_all_of_it() {
    let templates = below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("templates"), "html");
    let texts: String = templates.iter().map(|path| fs::read_to_string(path).unwrap()).collect();
    let given = Regex::new(r#""([a-z0-9-]+)" *\| *script\b"#).unwrap();
    let given: BTreeSet<_> = given.captures_iter(&texts).map(|found| found[1].to_owned()).collect();
    let said: BTreeSet<_> = said_by_scripts().into_values().flatten().collect();
    assert_eq!(given, said);
}

#[test]
fn a_script_gets_each_form_and_the_places_of_what_it_puts_in() {
    let shown = |key| Text::of(key).for_scripts();
    assert_eq!(
        shown("verify-count-entries"),
        "<template data-text=\"verify-count-entries\" data-form=\"one\">{$count} entry</template>\
         <template data-text=\"verify-count-entries\" data-form=\"other\">{$count} entries</template>"
    );
    assert_eq!(
        shown("verify-answered"),
        "<template data-text=\"verify-answered\" data-form=\"other\">The server answered {$status}.</template>"
    );
}

/// What is said goes into pages as it stands, so it holds nothing but text and the few elements.
#[test]
fn messages_are_markup_that_can_stand_in_a_page() {
    let element = Regex::new(r#"</?([a-z]+)((?: [a-z-]+="[^"<>]*")*)>"#).unwrap();
    for language in Language::ALL {
        for (key, text) in messages(language) {
            for found in element.captures_iter(&text) {
                assert!(ELEMENTS.contains(&&found[1]), "{language:?}: `{key}` holds <{}>", &found[1]);
            }
            let bare = element.replace_all(&text, "");
            let stray = bare.find(['<', '"', '\'', '&']);
            assert!(stray.is_none(), "{language:?}: `{key}` holds a character that is markup: {bare}");
        }
    }
}

#[test]
fn what_is_put_in_is_escaped_and_instants_are_at_hand_in_utc() {
    let text = Text::of("state-disabled-since")
        .arg("when", Timestamp::UNIX_EPOCH)
        .arg("who", "<b>'\"&")
        .arg("how", Text::of("state-confirmed"));
    let shown = text.to_string();
    assert!(shown.contains("by &lt;b&gt;&#39;&quot;&amp;. Nobody"), "{shown}");
    assert!(shown.contains("<local-time datetime=\"1970-01-01T00:00:00Z\""), "{shown}");
    assert_eq!(text.plain(), "Since 1970-01-01 00:00:00 UTC, by <b>'\"&. Nobody can enter. It is confirmed.");
    assert!(Language::German.speak_now(|| text.plain()).starts_with("Seit 1970-01-01 00:00:00 UTC, durch"));
}

#[test]
fn the_language_is_the_chosen_one_or_the_first_that_the_browser_asks_for() {
    let rows = [
        (None, None, Language::English),
        (None, Some("de-CH, en;q=0.8"), Language::German),
        (None, Some("fr, de;q=0.8, en;q=0.7"), Language::German),
        (None, Some("fr"), Language::English),
        (None, Some("DE"), Language::German),
        (Some("a=b; byleave_language=en"), Some("de"), Language::English),
        (Some("byleave_language=xx"), Some("de"), Language::German),
        (Some("byleave_language=de"), None, Language::German),
    ];
    for (cookie, accept, expected) in rows {
        let mut headers = HeaderMap::new();
        for (name, value) in [(header::COOKIE, cookie), (header::ACCEPT_LANGUAGE, accept)] {
            if let Some(value) = value {
                headers.insert(name, HeaderValue::from_static(value));
            }
        }
        assert_eq!(Language::asked(&headers), expected, "{cookie:?} {accept:?}");
    }
}
