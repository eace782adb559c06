//! HTML as plain text: tags out, breaks between blocks kept, quoted blocks marked as mail clients mark them.

use mail_parser::decoders::html::add_html_token;

/// Elements whose content is not for reading.
const UNSEEN: &[&str] =
    &["script", "style", "head", "title", "template", "noscript", "svg", "iframe", "object"];

/// Elements that stand on lines of their own.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "blockquote",
    "br",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "fieldset",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "main",
    "ol",
    "p",
    "pre",
    "section",
    "table",
    "tr",
    "ul",
];

/// Longest entity, bytes.
const ENTITY_BYTES_MAX: usize = 12;

/// The text that somebody reads.
pub(super) fn to_text(html: &str) -> String {
    let mut out = Writer::default();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let (text, from) = rest.split_at(at);
        out.text(text);
        rest = if let Some(comment) = from.strip_prefix("<!--") {
            comment.split_once("-->").map_or("", |(_, rest)| rest)
        } else if let Some((name, rest)) = tag(from) {
            out.tag(&name, rest)
        } else {
            out.text("<");
            from.get(1..).unwrap_or_default()
        };
    }
    out.text(rest);
    out.out.trim().to_owned()
}

/// The name of the tag at the start, with its `/` if it ends something, and what follows. The first `>` ends it, within
/// quotes, too: so nothing that a browser shows is lost, and no `<` costs more than what it takes away.
fn tag(from: &str) -> Option<(String, &str)> {
    let inner = from.strip_prefix('<')?;
    if !inner.starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c)) {
        return None;
    }
    let (name, rest) = inner.split_once('>').unwrap_or((inner, ""));
    let (slash, name) = name.strip_prefix('/').map_or(("", name), |name| ("/", name));
    let name: String = name.chars().take_while(char::is_ascii_alphanumeric).collect();
    Some((format!("{slash}{}", name.to_lowercase()), rest))
}

#[derive(Default)]
struct Writer {
    out: String,
    /// Blockquotes that are open.
    quotes: usize,
    /// White space before the next word.
    space: bool,
}

impl Writer {
    fn tag<'r>(&mut self, name: &str, rest: &'r str) -> &'r str {
        let bare = name.trim_start_matches('/');
        if UNSEEN.contains(&name) {
            let ends = |at: &usize| {
                let after = rest.get(at + 2..at + 2 + name.len());
                after.is_some_and(|after| after.eq_ignore_ascii_case(name))
            };
            let at = rest.match_indices("</").map(|(at, _)| at).find(ends);
            return at.and_then(|at| rest.get(at..)).unwrap_or_default();
        }
        if BLOCKS.contains(&bare) {
            self.line();
        }
        match name {
            "blockquote" => self.quotes += 1,
            "/blockquote" => self.quotes = self.quotes.saturating_sub(1),
            "td" | "th" if !self.at_start() => self.out.push('\t'),
            "p" | "/p" | "/table" => self.blank(),
            _ => {}
        }
        rest
    }

    fn at_start(&self) -> bool {
        self.out.is_empty() || self.out.ends_with('\n')
    }

    fn line(&mut self) {
        self.space = false;
        if !self.at_start() {
            self.out.push('\n');
        }
    }

    fn blank(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    fn text(&mut self, text: &str) {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let near = rest.get(..rest.floor_char_boundary(ENTITY_BYTES_MAX)).filter(|_| c == '&');
            let end = near.and_then(|near| near.find(';')).map_or(c.len_utf8(), |at| at + 1);
            let (token, tail) = rest.split_at(end);
            rest = tail;
            if token.len() == c.len_utf8() && c.is_whitespace() {
                self.space = true;
                continue;
            }
            if self.at_start() {
                self.out.push_str(&"> ".repeat(self.quotes.min(3)));
            } else if self.space && !self.out.ends_with('\t') {
                self.out.push(' ');
            }
            self.space = false;
            add_html_token(&mut self.out, token.as_bytes(), false);
        }
    }
}
