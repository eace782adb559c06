//! Log lines for whoever runs Byleave: JSON for programs, a line for people. No personal data, by construction.
//!
//! What may be said is a list: our own targets, and the fields of [`FIELDS`]. Anything else is withheld, whatever its
//! level: what a library has to tell, and a field that nobody has looked at. Messages are ours, and say ids and causes.

use std::fmt;
use std::io::Write as _;
use std::str::FromStr;

use byleave_app::clock::SystemClock;
use byleave_app::ports::Clock as _;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Metadata, Subscriber, span};

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One line for people.
    Human,
    /// One JSON object a line.
    Json,
}

impl FromStr for LogFormat {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        match word {
            "human" => Ok(Self::Human),
            "json" => Ok(Self::Json),
            _ => Err("there is no such format".to_owned()),
        }
    }
}

/// What may be logged beside the message. Ids, numbers and words of ours; a new field is looked at, and added here.
const FIELDS: &[&str] = &[
    "connections",
    "decision",
    "employer_only",
    "entries",
    "freeze.id",
    "millis",
    "organization.id",
    "outcome",
    "phase",
    "status",
    "token.id",
    "tool",
];

/// The only targets that are heard.
const TARGET: &str = "byleave";

/// Has every event written to standard error.
pub fn start(format: LogFormat, level: LevelFilter) {
    // A second call changes nothing: tests start several systems in one process.
    let _ = tracing::subscriber::set_global_default(Lines { format, level });
}

struct Lines {
    format: LogFormat,
    level: LevelFilter,
}

impl Subscriber for Lines {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && *metadata.level() <= self.level && is_ours(metadata.target())
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level)
    }

    fn event(&self, event: &Event<'_>) {
        let line = line(self.format, event);
        // Nobody can be told that telling does not work.
        let _ = std::io::stderr().lock().write_all(line.as_bytes());
    }

    // There are no spans: a request's lines share its decision.
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

fn is_ours(target: &str) -> bool {
    let first = target.split("::").next().unwrap_or_default();
    first == TARGET || first.strip_prefix(TARGET).is_some_and(|rest| rest.starts_with('_'))
}

fn line(format: LogFormat, event: &Event<'_>) -> String {
    let mut said = Said::default();
    event.record(&mut said);
    let time = SystemClock.now().strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string();
    let (level, target) = (event.metadata().level().as_str(), event.metadata().target());
    match format {
        LogFormat::Json => {
            let mut object = Map::new();
            object.insert("time".into(), time.into());
            object.insert("level".into(), level.to_lowercase().into());
            object.insert("target".into(), target.into());
            object.insert("message".into(), said.message.into());
            object.extend(said.fields.into_iter().map(|(name, value)| (name.to_owned(), value)));
            format!("{}\n", Value::Object(object))
        }
        LogFormat::Human => {
            let fields = said.fields.iter().map(|(name, value)| match value {
                Value::String(text) => format!(" {name}={text}"),
                other => format!(" {name}={other}"),
            });
            // A message of several lines stays one line.
            let text = format!("{time} {level:>5} {}{}", said.message, fields.collect::<String>());
            format!("{}\n", text.replace(|c: char| c.is_control(), " "))
        }
    }
}

#[derive(Default)]
struct Said {
    message: String,
    fields: Vec<(&'static str, Value)>,
}

impl Said {
    fn say(&mut self, field: &Field, value: Value) {
        match field.name() {
            "message" => self.message = value.as_str().map_or_else(|| value.to_string(), str::to_owned),
            name if FIELDS.contains(&name) => self.fields.push((name, value)),
            name => self.fields.push((name, "(withheld)".into())),
        }
    }
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.say(field, format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.say(field, value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.say(field, value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.say(field, value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.say(field, value.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_targets_are_heard() {
        for (target, ours) in [
            ("byleave", true),
            ("byleave::commands::serve", true),
            ("byleave_gateway::record", true),
            ("byleaves", false),
            ("hyper::proto", false),
            ("h2::codec", false),
            ("", false),
        ] {
            assert_eq!(is_ours(target), ours, "{target}");
        }
    }

    #[test]
    fn a_field_that_nobody_looked_at_is_withheld() {
        struct Kept(std::sync::Mutex<Vec<String>>);
        impl Subscriber for &'static Kept {
            fn enabled(&self, _: &Metadata<'_>) -> bool {
                true
            }
            fn event(&self, event: &Event<'_>) {
                let mut kept = self.0.lock().unwrap();
                kept.extend([line(LogFormat::Json, event), line(LogFormat::Human, event)]);
            }
            fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
                span::Id::from_u64(1)
            }
            fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
            fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
            fn enter(&self, _: &span::Id) {}
            fn exit(&self, _: &span::Id) {}
        }
        let kept: &'static Kept = Box::leak(Box::new(Kept(std::sync::Mutex::default())));
        tracing::subscriber::with_default(kept, || {
            tracing::info!(decision = "decision_1", email = "sam@acme.example", "two\nlines");
        });
        let lines = kept.0.lock().unwrap().clone();
        let object: Value = serde_json::from_str(&lines[0]).unwrap();
        assert_eq!(object["decision"], "decision_1");
        assert_eq!(object["email"], "(withheld)");
        assert_eq!(object["message"], "two\nlines");
        assert!(lines[1].ends_with("two lines decision=decision_1 email=(withheld)\n"), "{}", lines[1]);
        assert!(!lines.concat().contains("sam@"));
    }
}
