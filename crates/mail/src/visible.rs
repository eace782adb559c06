//! Text as a person may be shown it. Unicode has characters that nobody sees, and some that have the rest read in another
//! order: `gro.live` behind one of those is `evil.org`. The former are taken out, the latter are named in their place, so
//! that what is read is what is there.
//!
//! Absent: letters that look like others (see [`crate::judge::resembles`]).

/// `text` without what cannot be seen, and with the name of each character that reverses or breaks lines in its place.
#[must_use]
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars().filter(|c| !is_unseen(*c)) {
        if is_misleading(c) {
            shown.push_str(&format!("[U+{:04X}]", u32::from(c)));
        } else {
            shown.push(c);
        }
    }
    shown
}

/// Whether there is something in `text` that has it read in another way than it is written.
#[must_use]
pub fn misleads(text: &str) -> bool {
    text.chars().any(is_misleading)
}

/// Overrides, embeddings and isolates of direction, and line ends that are none elsewhere.
pub(crate) fn is_misleading(c: char) -> bool {
    matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// What takes no room on a page.
pub(crate) fn is_unseen(c: char) -> bool {
    let kept = matches!(c, '\n' | '\t');
    (c.is_control() && !kept)
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2060}'..='\u{2065}'
                | '\u{206a}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_is_what_is_there() {
        for (text, shown, misleading) in [
            ("Dana Secure\n\tü 日本 שלום", "Dana Secure\n\tü 日本 שלום", false),
            ("moc.emca\u{202e}", "moc.emca[U+202E]", true),
            ("\u{2067}a\u{2069}", "[U+2067]a[U+2069]", true),
            ("one\u{2028}two", "one[U+2028]two", true),
            ("Ac\u{200b}me\u{ad} R\u{e0041}\u{feff}\u{200f}", "Acme R", false),
            ("\u{1b}[31mred\u{7}\r", "[31mred", false),
        ] {
            assert_eq!((visible(text).as_str(), misleads(text)), (shown, misleading), "{text:?}");
        }
    }
}
