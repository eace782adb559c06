//! A strict reader of the HTML we write: every element closed in order, every attribute quoted, every id once.

use std::collections::BTreeSet;

const VOID: [&str; 6] = ["meta", "link", "input", "br", "img", "hr"];

/// # Panics
/// When `page` is not well-formed, or holds a style or script of its own.
pub fn check(page: &str, name: &str) {
    let mut open: Vec<String> = Vec::new();
    let mut ids = BTreeSet::new();
    let mut rest = page;
    while let Some(at) = rest.find('<') {
        let (text, from) = rest.split_at(at);
        assert!(!text.contains('>'), "{name}: a stray `>` in `{text}`");
        let (tag, after) =
            from[1..].split_once('>').unwrap_or_else(|| panic!("{name}: `{from}` does not end"));
        rest = after;
        if tag.starts_with('!') {
            continue;
        }
        if let Some(closed) = tag.strip_prefix('/') {
            assert_eq!(
                open.pop().as_deref(),
                Some(closed),
                "{name}: closed before `{}`",
                &after[..after.len().min(80)]
            );
            continue;
        }
        let (element, attributes) = tag.split_once(' ').unwrap_or((tag, ""));
        attributes_of(attributes, name, |attribute, value| {
            assert!(!attribute.starts_with("on") && attribute != "style", "{name}: inline `{attribute}`");
            assert!(attribute != "id" || ids.insert(value.to_owned()), "{name}: id `{value}` twice");
        });
        assert!(element != "script" || attributes.contains("src="), "{name}: an inline script");
        assert_ne!(element, "style", "{name}: an inline style");
        if !VOID.contains(&element) {
            open.push(element.to_owned());
        }
    }
    assert!(open.is_empty(), "{name}: still open: {open:?}");
}

fn attributes_of<'a>(mut rest: &'a str, name: &str, mut seen: impl FnMut(&'a str, &'a str)) {
    while !rest.trim_start().is_empty() {
        rest = rest.trim_start();
        let end = rest.find(['=', ' ']).unwrap_or(rest.len());
        let (attribute, after) = rest.split_at(end);
        let Some(value) = after.strip_prefix("=\"") else {
            assert!(!after.starts_with('='), "{name}: `{attribute}` is not quoted");
            seen(attribute, "");
            rest = after;
            continue;
        };
        let (value, after) =
            value.split_once('"').unwrap_or_else(|| panic!("{name}: `{attribute}` is not closed"));
        seen(attribute, value);
        rest = after;
    }
}
