//! Where settings come from: a file, and variables of the environment that stand before it. Every value keeps its place,
//! so that whatever is wrong with it can be named by file, line, column and key.
//!
//! A key `listen` is the variable `BYLEAVE_LISTEN`, a key `format` of the section `log` is `BYLEAVE_LOG__FORMAT`. A variable
//! with `__` in it that is no key is an error. One without is none of ours: the command line's own (`BYLEAVE_URL`,
//! `BYLEAVE_TOKEN`) look so, and Kubernetes sets `BYLEAVE_PORT` where a service is called byleave.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::failure::{Context as _, Failure};

/// Bytes of a configuration file at most.
const FILE_BYTES_MAX: u64 = 1024 * 1024;
/// Characters of a value that are repeated in an error.
const SHOWN_CHARS_MAX: usize = 120;
/// What all our variables begin with.
const PREFIX: &str = "BYLEAVE_";

/// Where a value stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In the file, counted from 1.
    File {
        /// Line.
        line: usize,
        /// Character in the line.
        column: usize,
    },
    /// In a variable of the environment.
    Variable(String),
    /// Nowhere: it is what holds without a word.
    Default,
}

#[derive(Debug, Clone)]
pub(super) enum Value {
    Text(String),
    /// As written.
    Number(String),
    Flag(bool),
    /// A variable's text: what it is depends on who asks.
    Raw(String),
    List(Vec<Item>),
    Table(Table),
    /// Of a type that no key has.
    Other(&'static str),
}

#[derive(Debug, Clone)]
pub(super) struct Item {
    pub key_at: Place,
    pub at: Place,
    pub value: Value,
}

pub(super) type Table = BTreeMap<String, Item>;

/// Something wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub(super) place: Place,
    pub(super) key: String,
    pub(super) value: Option<String>,
    pub(super) why: String,
    pub(super) way_out: String,
}

impl Problem {
    /// As a line that begins with the place.
    pub fn told<'a>(&'a self, file: &'a Path) -> impl fmt::Display + 'a {
        fmt::from_fn(move |f| {
            match &self.place {
                Place::File { line, column } => write!(f, "{}:{line}:{column}: ", file.display())?,
                Place::Variable(name) => write!(f, "{name}: ")?,
                Place::Default => write!(f, "{}: ", file.display())?,
            }
            if !self.key.is_empty() {
                write!(f, "`{}`", self.key)?;
            }
            if let Some(value) = &self.value {
                write!(f, " = `{}`", value.chars().take(SHOWN_CHARS_MAX).collect::<String>())?;
            }
            if !self.key.is_empty() {
                f.write_str(": ")?;
            }
            write!(f, "{}; {}", self.why, self.way_out)
        })
    }
}

/// What was read, before anybody asked what it means.
pub(super) struct Read {
    pub table: Table,
    pub problems: Vec<Problem>,
}

/// Reads file and variables.
///
/// # Errors
/// When the file cannot be read at all.
pub(super) fn read(
    file: &Path,
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Read, Failure> {
    let cannot = format!(
        "`{}` cannot be read (name the file with --config; docs/operations.md has one to begin with)",
        file.display()
    );
    let length = std::fs::metadata(file).context(&cannot)?.len();
    if length > FILE_BYTES_MAX {
        return Err(Failure::new(format_args!(
            "{cannot}: it has {length} bytes, more than {FILE_BYTES_MAX}"
        )));
    }
    let text = std::fs::read_to_string(file).context(&cannot)?;
    let mut read = Read { table: Table::new(), problems: Vec::new() };
    match DeTable::parse(&text) {
        Ok(table) => read.table = of_table(&text, table.get_ref()),
        Err(why) => read.problems.push(Problem {
            place: why.span().map_or(Place::Default, |span| position(&text, span.start)),
            key: String::new(),
            value: None,
            why: format!("this is not TOML: {}", why.message()),
            way_out: "correct the line; texts stand in quotes, and each key stands once".to_owned(),
        }),
    }
    read.take_all(variables, PREFIX);
    Ok(read)
}

/// Reads those variables alone that begin with `prefix`.
pub(super) fn of_variables(variables: impl Iterator<Item = (OsString, OsString)>, prefix: &str) -> Read {
    let mut read = Read { table: Table::new(), problems: Vec::new() };
    read.take_all(variables, prefix);
    read
}

impl Read {
    fn take_all(&mut self, variables: impl Iterator<Item = (OsString, OsString)>, prefix: &str) {
        let mut variables: Vec<_> =
            variables.filter(|(name, _)| name.to_string_lossy().starts_with(prefix)).collect();
        variables.sort();
        for (name, value) in variables {
            self.take(&name.to_string_lossy(), value);
        }
    }

    fn take(&mut self, name: &str, value: OsString) {
        let at = Place::Variable(name.to_owned());
        let path = name.strip_prefix(PREFIX).unwrap_or_default().to_lowercase();
        let mut parts: Vec<_> = path.split("__").map(str::to_owned).collect();
        let Some(last) = parts.pop() else { return };
        let Ok(text) = value.into_string() else {
            let why = "the variable is not UTF-8".to_owned();
            let way_out = "write it as UTF-8, or in the file".to_owned();
            self.problems.push(Problem { place: at, key: path, value: None, why, way_out });
            return;
        };
        let mut table = &mut self.table;
        for part in parts {
            let section = table.entry(part).or_insert_with(|| Item {
                key_at: at.clone(),
                at: at.clone(),
                value: Value::Table(Table::new()),
            });
            let Value::Table(inner) = &mut section.value else {
                let why = "the key is no section".to_owned();
                let way_out = "see docs/operations.md for the keys".to_owned();
                self.problems.push(Problem { place: at, key: path, value: None, why, way_out });
                return;
            };
            table = inner;
        }
        table.insert(last, Item { key_at: at.clone(), at, value: Value::Raw(text) });
    }
}

fn of_table(text: &str, table: &DeTable<'_>) -> Table {
    let item = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
        let key: &Spanned<std::borrow::Cow<'_, str>> = key;
        let item = Item { key_at: position(text, key.span().start), ..of_value(text, value) };
        (key.get_ref().to_string(), item)
    };
    table.iter().map(item).collect()
}

fn of_value(text: &str, value: &Spanned<DeValue<'_>>) -> Item {
    let at = position(text, value.span().start);
    let value = match value.get_ref() {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Integer(number) => Value::Number(number.to_string()),
        DeValue::Array(list) => Value::List(list.iter().map(|item| of_value(text, item)).collect()),
        DeValue::Table(table) => Value::Table(of_table(text, table)),
        other => Value::Other(other.type_str()),
    };
    Item { key_at: at.clone(), at, value }
}

/// A variable's text as TOML. Its places are the variable, whatever stands in it.
pub(super) fn of_variable(text: &str, at: &Place) -> Option<Item> {
    let parsed = DeValue::parse(text).ok()?;
    let mut item = of_value(text, &parsed);
    place_all(&mut item, at);
    Some(item)
}

fn place_all(item: &mut Item, at: &Place) {
    item.key_at = at.clone();
    item.at = at.clone();
    match &mut item.value {
        Value::List(items) => items.iter_mut().for_each(|item| place_all(item, at)),
        Value::Table(table) => table.values_mut().for_each(|item| place_all(item, at)),
        _ => {}
    }
}

fn position(text: &str, offset: usize) -> Place {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Place::File { line, column }
}
