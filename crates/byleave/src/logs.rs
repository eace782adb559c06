//! Log lines for whoever runs Byleave: JSON for programs, a line for people. No personal data, by construction.
//!
//! What may be said is a list: our own targets, and the fields of [`FIELDS`]. Anything else is withheld, whatever its
//! level: what a library has to tell, and a field that nobody has looked at. Messages are ours, and say ids and causes.
//!
//! Whoever has something to say does not wait for whoever reads: lines queue for one thread that writes them. When the queue
//! is full they are dropped, counted, and the number is told. docs/decisions/own-log-lines.md says why this is ours.

use std::fmt;
use std::io::Write;
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, TrySendError, channel, sync_channel};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use byleave_app::clock::SystemClock;
use byleave_app::ports::Clock as _;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Metadata, Subscriber, span};

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

/// Lines that wait to be written, at most.
const LINES_MAX: usize = 4096;
/// An error is waited for so long, until it is written: it may be the process's last word.
const ERROR_WAIT_MAX: Duration = Duration::from_millis(100);
/// What waits at the end is waited for so long.
const END_WAIT_MAX: Duration = Duration::from_secs(1);
/// How often somebody who waits for room looks again.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// The one thread that writes.
static WRITER: OnceLock<Writer> = OnceLock::new();

/// Has every event written to standard error.
pub fn start(format: LogFormat, level: LevelFilter) {
    match Writer::start(format, LINES_MAX, std::io::stderr()) {
        // A second call changes nothing.
        Ok(writer) => drop(WRITER.set(writer)),
        Err(why) => eprintln!("byleave: nothing can be logged: {why}"),
    }
    let _ = tracing::subscriber::set_global_default(Lines { format, level });
}

/// Waits until what was said is written, within bounds. The process may end then.
pub fn finish() {
    if let Some(writer) = WRITER.get() {
        writer.wait(END_WAIT_MAX);
    }
}

/// Takes lines, and never keeps anybody who has one to give.
struct Writer {
    waiting: SyncSender<Waiting>,
    dropped: Arc<AtomicU64>,
}

enum Waiting {
    Line(String),
    /// Somebody who wants to know when all before is written.
    Asked(Sender<()>),
}

impl Writer {
    fn start(
        format: LogFormat,
        lines_max: usize,
        mut to: impl Write + Send + 'static,
    ) -> std::io::Result<Self> {
        let (waiting, lines) = sync_channel(lines_max);
        let dropped = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&dropped);
        std::thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || write(format, &lines, &counted, &mut to))?;
        Ok(Self { waiting, dropped })
    }

    fn take(&self, line: String) {
        if self.waiting.try_send(Waiting::Line(line)).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn wait(&self, most: Duration) {
        let until = Instant::now() + most;
        let (written, told) = channel();
        let mut asked = Waiting::Asked(written);
        while let Err(TrySendError::Full(again)) = self.waiting.try_send(asked) {
            if Instant::now() >= until {
                return;
            }
            asked = again;
            std::thread::sleep(LOOK_EVERY);
        }
        let _ = told.recv_timeout(until.saturating_duration_since(Instant::now()));
    }
}

fn write(format: LogFormat, lines: &Receiver<Waiting>, dropped: &AtomicU64, to: &mut impl Write) {
    for next in lines {
        // Nobody can be told that telling does not work.
        match next {
            Waiting::Line(line) => drop(to.write_all(line.as_bytes())),
            Waiting::Asked(whoever) => drop(whoever.send(())),
        }
        let lost = dropped.swap(0, Ordering::Relaxed);
        if lost > 0 {
            let message = format!("{lost} log lines were dropped: they came faster than they were read");
            let said = Said { message, fields: Vec::new() };
            let _ = to.write_all(line(format, Level::WARN, "byleave::logs", said).as_bytes());
        }
    }
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
        let Some(writer) = WRITER.get() else { return };
        writer.take(line_of(self.format, event));
        if *event.metadata().level() == Level::ERROR {
            writer.wait(ERROR_WAIT_MAX);
        }
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

fn line_of(format: LogFormat, event: &Event<'_>) -> String {
    let mut said = Said::default();
    event.record(&mut said);
    line(format, *event.metadata().level(), event.metadata().target(), said)
}

fn line(format: LogFormat, level: Level, target: &str, said: Said) -> String {
    let time = SystemClock.now().strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string();
    let level = level.as_str();
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

    /// A pipe whose other end is read only once it is opened.
    struct Pipe {
        opened: Receiver<()>,
        is_open: bool,
        read: Sender<String>,
    }

    impl Write for Pipe {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            if !self.is_open {
                self.opened.recv().map_err(std::io::Error::other)?;
                self.is_open = true;
            }
            self.read.send(String::from_utf8_lossy(bytes).into_owned()).map_err(std::io::Error::other)?;
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn nobody_waits_for_whoever_reads_and_what_is_dropped_is_counted_and_told() {
        let (open, opened) = channel();
        let (read, all) = channel();
        let to = Pipe { opened, is_open: false, read };
        let writer = Writer::start(LogFormat::Human, 10, to).unwrap();
        let (through, is_through) = channel();
        std::thread::spawn(move || {
            (0..100).for_each(|number| writer.take(format!("{number}\n")));
            writer.wait(Duration::from_millis(50));
            through.send(writer)
        });
        let writer = is_through.recv_timeout(Duration::from_secs(10)).expect("whoever has a line waits");
        open.send(()).unwrap();
        writer.wait(Duration::from_secs(10));
        writer.take("last\n".to_owned());
        writer.wait(Duration::from_secs(10));
        let said: Vec<String> = all.try_iter().collect();
        let (told, lines): (Vec<_>, Vec<_>) = said.iter().partition(|line| line.contains("dropped"));
        // One is being written while ten wait.
        assert!((10..=11).contains(&(lines.len() - 1)), "{lines:?}");
        assert_eq!((lines[0].as_str(), lines[lines.len() - 1].as_str()), ("0\n", "last\n"));
        let lost = format!(" WARN {} log lines were dropped", 101 - lines.len());
        assert!(told.len() == 1 && told[0].contains(&lost), "{told:?}");
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
                kept.extend([line_of(LogFormat::Json, event), line_of(LogFormat::Human, event)]);
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
