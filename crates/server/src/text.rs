//! What pages say, in the reader's language. Every text is a message of the catalogue (`locales/`, Project Fluent): English
//! is complete, and a test holds each other language to the same messages with the same arguments.
//!
//! A message is ours and may hold the few elements that a sentence needs, such as `<strong>`; what is put into it is
//! escaped. View models hold [`Text`], which is in no language until it is shown.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::sync::LazyLock;

use askama::filters::HtmlSafe;
use axum::http::{HeaderMap, header};
use byleave_api::problem::ProblemType;
use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use jiff::Timestamp;

use crate::words;

/// A language of the catalogue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    English,
    German,
}

/// The cookie that holds a chosen language.
const COOKIE: &str = "byleave_language";

tokio::task_local! {
    /// The language of the request that is being answered.
    static ASKED: Language;
}

macro_rules! catalogue {
    ($folder:literal) => {
        &[
            $crate::text::catalogue!(@ $folder "common"),
            $crate::text::catalogue!(@ $folder "contacts"),
            $crate::text::catalogue!(@ $folder "desk"),
            $crate::text::catalogue!(@ $folder "desk_request"),
            $crate::text::catalogue!(@ $folder "help"),
            $crate::text::catalogue!(@ $folder "notices"),
            $crate::text::catalogue!(@ $folder "portal"),
            $crate::text::catalogue!(@ $folder "passkeys"),
            $crate::text::catalogue!(@ $folder "problems"),
            $crate::text::catalogue!(@ $folder "request"),
            $crate::text::catalogue!(@ $folder "rules"),
            $crate::text::catalogue!(@ $folder "sessions"),
            $crate::text::catalogue!(@ $folder "support"),
            $crate::text::catalogue!(@ $folder "verify"),
        ]
    };
    (@ $folder:literal $surface:literal) => {
        include_str!(concat!("../locales/", $folder, "/", $surface, ".ftl"))
    };
}
use catalogue;

impl Language {
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// Its tag (BCP 47).
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// Its name in itself.
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
        }
    }

    /// By its tag.
    pub fn tagged(tag: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.tag() == tag)
    }

    /// The one that was chosen here, else the first of ours that the browser asks for (RFC 9110 §12.5.4; our readers'
    /// browsers list them in order), else English.
    pub fn asked(headers: &HeaderMap) -> Self {
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let cookies = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let chosen = cookies.filter(|(key, _)| *key == COOKIE).find_map(|(_, tag)| Self::tagged(tag));
        let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let primary = |range: &str| {
            let tag = range.split([';', '-']).next().unwrap_or_default().trim().to_ascii_lowercase();
            Self::tagged(&tag)
        };
        chosen.or_else(|| accepted?.split(',').find_map(primary)).unwrap_or(Self::English)
    }

    /// The cookie that keeps it chosen for a year.
    pub fn cookie(self, secure: bool) -> String {
        let secure = if secure { "; Secure" } else { "" };
        format!("{COOKIE}={}; Max-Age=31536000; Path=/; HttpOnly; SameSite=Lax{secure}", self.tag())
    }

    /// The language in which the present request is answered.
    pub fn present() -> Self {
        ASKED.try_with(|language| *language).unwrap_or(Self::English)
    }

    /// The same for what does not wait.
    #[cfg(test)]
    pub fn speak_now<T>(self, answer: impl FnOnce() -> T) -> T {
        ASKED.sync_scope(self, answer)
    }

    /// Runs what answers a request in this language.
    pub async fn speak<T>(self, answer: impl Future<Output = T>) -> T {
        ASKED.scope(self, answer).await
    }

    const fn sources(self) -> &'static [&'static str] {
        match self {
            Self::English => catalogue!("en"),
            Self::German => catalogue!("de"),
        }
    }

    fn messages(self) -> &'static FluentBundle<FluentResource> {
        static ENGLISH: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| bundle(Language::English));
        static GERMAN: LazyLock<FluentBundle<FluentResource>> = LazyLock::new(|| bundle(Language::German));
        match self {
            Self::English => &ENGLISH,
            Self::German => &GERMAN,
        }
    }
}

fn bundle(language: Language) -> FluentBundle<FluentResource> {
    let tag = language.tag().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    // The marks would be read as text by whoever copies a name out of a page.
    bundle.set_use_isolating(false);
    for source in language.sources() {
        // A test reads every file; what cannot be read would be missing there.
        let resource = FluentResource::try_new((*source).to_owned()).unwrap_or_else(|(read, _)| read);
        bundle.add_resource_overriding(resource);
    }
    bundle
}

/// A message with what is put into it. Shown in a template it is markup in the reader's language.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    key: Cow<'static, str>,
    args: Vec<(&'static str, Arg)>,
}

/// What is put into a message.
#[derive(Debug, Clone)]
pub(crate) enum Arg {
    Words(String),
    Number(u64),
    Instant(Timestamp),
    Text(Text),
}

impl Text {
    /// The message with this key.
    pub const fn of(key: &'static str) -> Self {
        Self { key: Cow::Borrowed(key), args: Vec::new() }
    }

    /// What a kind of problem means: its `title`, what `happened`, or the `remedy`.
    pub fn about(kind: ProblemType, part: &str) -> Self {
        Self { key: Cow::Owned(format!("problem-{}-{part}", kind.slug())), args: Vec::new() }
    }

    /// The same with `value` where the message says `{$name}`.
    pub fn arg(mut self, name: &'static str, value: impl Into<Arg>) -> Self {
        self.args.push((name, value.into()));
        self
    }

    /// Without markup, for where a text stands alone: a title, a file, a line of a terminal.
    pub fn plain(&self) -> String {
        self.said(|arg| match arg {
            Arg::Words(words) => words.clone().into(),
            Arg::Number(number) => (*number).into(),
            Arg::Instant(at) => words::instant(*at).into(),
            Arg::Text(text) => text.plain().into(),
        })
    }

    /// For the page's scripts (`static/texts.js`): with `{$name}` where they put something in, and in the form for one where
    /// that is another.
    fn for_scripts(&self) -> String {
        let said = |form: &str| self.clone().arg("form", form).to_string();
        let template = |form: &str| {
            format!("<template data-text=\"{}\" data-form=\"{form}\">{}</template>", self.key, said(form))
        };
        let one = if said("one") == said("other") { String::new() } else { template("one") };
        one + &template("other")
    }

    fn said<'a>(&'a self, value: impl Fn(&'a Arg) -> FluentValue<'a>) -> String {
        let args: FluentArgs = self.args.iter().map(|(name, arg)| (*name, value(arg))).collect();
        let messages = Language::present().messages();
        let Some(pattern) = messages.get_message(&self.key).and_then(|message| message.value()) else {
            // A test finds every key that is used. Whoever meets this still learns what was meant.
            return self.key.to_string();
        };
        messages.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned()
    }
}

/// As markup.
impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said(|arg| match arg {
            Arg::Words(words) => escaped(words).into(),
            Arg::Number(number) => (*number).into(),
            Arg::Instant(at) => Moment(*at).to_string().into(),
            Arg::Text(text) => text.to_string().into(),
        }))
    }
}

impl HtmlSafe for Text {}

impl From<&Text> for Arg {
    fn from(text: &Text) -> Self {
        Self::Text(text.clone())
    }
}

impl From<Text> for Arg {
    fn from(text: Text) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Arg {
    fn from(words: &str) -> Self {
        Self::Words(words.to_owned())
    }
}

/// Templates lend what they have, and of what was lent to them once more.
impl<'a, T: ?Sized> From<&&'a T> for Arg
where
    &'a T: Into<Self>,
{
    fn from(lent: &&'a T) -> Self {
        (*lent).into()
    }
}

impl From<&String> for Arg {
    fn from(words: &String) -> Self {
        Self::Words(words.clone())
    }
}

impl From<String> for Arg {
    fn from(words: String) -> Self {
        Self::Words(words)
    }
}

impl From<&u64> for Arg {
    fn from(number: &u64) -> Self {
        Self::Number(*number)
    }
}

impl From<u64> for Arg {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<&usize> for Arg {
    fn from(number: &usize) -> Self {
        Self::Number(*number as u64)
    }
}

impl From<usize> for Arg {
    fn from(number: usize) -> Self {
        Self::Number(number as u64)
    }
}

impl From<Timestamp> for Arg {
    fn from(at: Timestamp) -> Self {
        Self::Instant(at)
    }
}

impl From<&Timestamp> for Arg {
    fn from(at: &Timestamp) -> Self {
        Self::Instant(*at)
    }
}

impl From<&Moment> for Arg {
    fn from(moment: &Moment) -> Self {
        Self::Instant(moment.0)
    }
}

/// An instant as pages show it: in UTC, and where scripts run in the reader's own zone, with UTC at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(pub Timestamp);

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let exact = self.0.strftime("%Y-%m-%dT%H:%M:%SZ");
        let shown = words::instant(self.0);
        write!(f, "<local-time datetime=\"{exact}\" title=\"{shown}\">{shown}</local-time>")
    }
}

impl HtmlSafe for Moment {}

/// What stands for `text` in markup.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => {
                let _ = out.write_char(other);
            }
        }
    }
    out
}

/// What templates make texts with: `{{ "key"|t }}`, `{{ "key"|t|arg("name", value) }}`.
pub(crate) mod filters {
    use askama::filters::Safe;

    use super::{Arg, Language, Text};

    /// The message with this key.
    #[askama::filter_fn]
    pub fn t(key: &'static str, _: &dyn askama::Values) -> askama::Result<Text> {
        Ok(Text::of(key))
    }

    /// With `value` where the message says `{$name}`.
    #[askama::filter_fn]
    pub fn arg<A: Into<Arg>>(
        text: Text,
        _: &dyn askama::Values,
        name: &'static str,
        value: A,
    ) -> askama::Result<Text> {
        Ok(text.arg(name, value))
    }

    /// The message with this key, for the page's scripts.
    #[askama::filter_fn]
    pub fn script(key: &'static str, _: &dyn askama::Values) -> askama::Result<Safe<String>> {
        Ok(Safe(Text::of(key).for_scripts()))
    }

    /// The icon with this name. It only repeats what stands next to it.
    #[askama::filter_fn]
    pub fn icon(name: &str, _: &dyn askama::Values) -> askama::Result<Safe<String>> {
        let href = crate::assets::icon(name);
        Ok(Safe(format!("<svg class=\"icon\" aria-hidden=\"true\"><use href=\"{href}\"></use></svg>")))
    }

    /// The tag of the language that the page is in.
    #[askama::filter_fn]
    pub fn language(_: &str, _: &dyn askama::Values) -> askama::Result<&'static str> {
        Ok(Language::present().tag())
    }
}

#[cfg(test)]
pub(crate) mod tests;
