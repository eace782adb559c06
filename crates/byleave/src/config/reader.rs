//! Asks a table for its keys, one after the other; what nobody asked for is unknown. Nothing stops at the first fault:
//! whoever corrects a file wants to see all of them.

use crate::config::source::{Item, Place, Problem, Table, Value, of_variable};

/// What came of one key, for `--print-config`.
#[derive(Debug, Clone)]
pub struct Printed {
    /// With the section before it.
    pub key: String,
    /// A secret's is masked.
    pub value: toml::Value,
    /// Where it stands.
    pub place: Place,
}

/// What stands in place of a secret.
pub const MASK: &str = "(secret)";

/// One key with what a person is told about it.
#[derive(Clone, Copy)]
pub(super) struct Key<'a> {
    pub name: &'a str,
    /// What holds without it; required without one.
    pub default: Option<&'a str>,
    /// What to write.
    pub way_out: &'a str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Text,
    Number,
    Flag,
    Secret,
}

/// One table being read.
pub(super) struct Reader<'a> {
    table: Table,
    at: Place,
    path: String,
    asked: Vec<String>,
    out: &'a mut Outcome,
}

/// What is said of the whole configuration.
#[derive(Default)]
pub(super) struct Outcome {
    pub problems: Vec<Problem>,
    pub printed: Vec<Printed>,
    /// Variables that look like ours and are none.
    pub ignored: Vec<String>,
}

impl<'a> Reader<'a> {
    pub fn new(table: Table, at: Place, path: &str, out: &'a mut Outcome) -> Self {
        Self { table, at, path: path.to_owned(), asked: Vec::new(), out }
    }

    /// Whether the key is there, and was not asked for yet.
    pub fn given(&self, name: &str) -> bool {
        self.table.contains_key(name)
    }

    /// A text, read by `read`.
    pub fn text<T>(&mut self, key: Key<'_>, read: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        self.scalar(key, Shape::Text, read)
    }

    /// A whole number, read by `read`.
    pub fn number<T>(&mut self, key: Key<'_>, read: impl Fn(u32) -> Result<T, String>) -> Option<T> {
        self.scalar(key, Shape::Number, |text| {
            let number = text.parse().map_err(|_| "this is no whole number in range".to_owned())?;
            read(number)
        })
    }

    /// `true` or `false`.
    pub fn flag(&mut self, key: Key<'_>) -> Option<bool> {
        self.scalar(key, Shape::Flag, |text| {
            text.parse().map_err(|_| "this is neither `true` nor `false`".to_owned())
        })
    }

    /// A text that is shown to nobody.
    pub fn secret<T>(&mut self, key: Key<'_>, read: impl Fn(&str) -> Result<T, String>) -> Option<T> {
        self.scalar(key, Shape::Secret, read)
    }

    fn scalar<T>(
        &mut self,
        key: Key<'_>,
        shape: Shape,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        self.asked.push(key.name.to_owned());
        let (text, place) = match (self.table.remove(key.name), key.default) {
            (Some(Item { value, at, .. }), _) => match (value, shape) {
                (Value::Raw(text), _) | (Value::Text(text), Shape::Text | Shape::Secret) => (text, at),
                (Value::Number(text), Shape::Number) => (text, at),
                (Value::Flag(flag), Shape::Flag) => (flag.to_string(), at),
                (other, _) => {
                    let shown = (shape != Shape::Secret).then(|| shown(&other));
                    let wanted = match shape {
                        Shape::Number => "a number",
                        Shape::Flag => "`true` or `false`",
                        Shape::Text | Shape::Secret => "a text in quotes",
                    };
                    return self.refuse(key, at, shown, format!("{wanted} is wanted here"));
                }
            },
            (None, Some(default)) => (default.to_owned(), Place::Default),
            (None, None) => {
                let at = self.at.clone();
                return self.refuse(key, at, None, "the key is missing".to_owned());
            }
        };
        let printed = match shape {
            Shape::Secret if !text.is_empty() => MASK.into(),
            Shape::Number => text.parse::<i64>().map_or_else(|_| text.as_str().into(), toml::Value::Integer),
            Shape::Flag => text.parse::<bool>().map_or_else(|_| text.as_str().into(), toml::Value::Boolean),
            Shape::Secret | Shape::Text => text.as_str().into(),
        };
        self.out.printed.push(Printed {
            key: format!("{}{}", self.path, key.name),
            value: printed,
            place: place.clone(),
        });
        match read(&text) {
            Ok(value) => Some(value),
            Err(why) => self.refuse(key, place, (shape != Shape::Secret).then_some(text), why),
        }
    }

    fn refuse<T>(&mut self, key: Key<'_>, place: Place, value: Option<String>, why: String) -> Option<T> {
        self.out.problems.push(Problem {
            place,
            key: format!("{}{}", self.path, key.name),
            value,
            why,
            way_out: key.way_out.to_owned(),
        });
        None
    }

    /// What is wrong with a value that was read, seen beside the others.
    pub fn object(&mut self, key: &str, why: impl Into<String>, way_out: &str) {
        let place = self.out.printed.iter().rev().find(|p| p.key == format!("{}{key}", self.path));
        let place = place.map_or_else(|| self.at.clone(), |printed| printed.place.clone());
        let key = Key { name: key, default: None, way_out };
        self.refuse::<()>(key, place, None, why.into());
    }

    /// A section, empty where there is none.
    pub fn section<T>(&mut self, name: &str, read: impl FnOnce(&mut Reader<'_>) -> T) -> Option<T> {
        self.asked.push(name.to_owned());
        let item = self.table.remove(name);
        let (table, at) = match item {
            None => (Table::new(), self.at.clone()),
            Some(Item { value: Value::Table(table), at, .. }) => (table, at),
            Some(Item { at, .. }) => {
                let way_out =
                    format!("write `[{name}]` with its keys below, or BYLEAVE_{}__…", name.to_uppercase());
                let key = Key { name, default: None, way_out: &way_out };
                // Its value may be the secret that belongs below.
                return self.refuse(key, at, None, "a section is wanted here".to_owned());
            }
        };
        Some(self.within(table, at, &format!("{}{name}.", self.path), read))
    }

    /// A section that may be left out altogether.
    pub fn optional<T>(&mut self, name: &str, read: impl FnOnce(&mut Reader<'_>) -> T) -> Option<T> {
        self.asked.push(name.to_owned());
        if self.table.contains_key(name) { self.section(name, read) } else { None }
    }

    /// Tables of the same kind.
    pub fn tables<T>(&mut self, key: Key<'_>, read: impl Fn(&mut Reader<'_>) -> T) -> Vec<T> {
        let mut all = Vec::new();
        for (number, item) in self.list(key).into_iter().enumerate() {
            if let Value::Table(table) = item.value {
                let path = format!("{}{}[{number}].", self.path, key.name);
                all.push(self.within(table, item.at, &path, &read));
            } else {
                let why = "a table is wanted here".to_owned();
                self.refuse::<()>(key, item.at, Some(shown(&item.value)), why);
            }
        }
        all
    }

    /// Texts.
    pub fn texts<T>(&mut self, key: Key<'_>, read: impl Fn(&str) -> Result<T, String>) -> Vec<T> {
        let items = self.list(key);
        let place = items.first().map_or(Place::Default, |item| item.at.clone());
        let mut all = Vec::new();
        let mut printed = Vec::new();
        for item in items {
            let Value::Text(text) = item.value else {
                let why = "a text in quotes is wanted here".to_owned();
                self.refuse::<()>(key, item.at, Some(shown(&item.value)), why);
                continue;
            };
            printed.push(toml::Value::from(text.as_str()));
            match read(&text) {
                Ok(value) => all.push(value),
                Err(why) => drop(self.refuse::<()>(key, item.at, Some(text), why)),
            }
        }
        let key = format!("{}{}", self.path, key.name);
        self.out.printed.push(Printed { key, value: printed.into(), place });
        all
    }

    fn list(&mut self, key: Key<'_>) -> Vec<Item> {
        self.asked.push(key.name.to_owned());
        let Some(item) = self.table.remove(key.name) else { return Vec::new() };
        let given = shown(&item.value);
        let item = match &item.value {
            Value::Raw(text) => of_variable(text, &item.at).unwrap_or(item),
            _ => item,
        };
        match item.value {
            Value::List(items) => items,
            _ => {
                let why = "a list is wanted here".to_owned();
                self.refuse::<()>(key, item.at, Some(given), why);
                Vec::new()
            }
        }
    }

    fn within<T>(
        &mut self,
        table: Table,
        at: Place,
        path: &str,
        read: impl FnOnce(&mut Reader<'_>) -> T,
    ) -> T {
        let mut reader = Reader::new(table, at, path, self.out);
        let value = read(&mut reader);
        reader.end();
        value
    }

    /// Whatever is left was asked for by nobody.
    pub fn end(self) {
        for (name, item) in self.table {
            // Whose else it may be: see `source`.
            if let Place::Variable(variable) = &item.key_at
                && !variable.contains("__")
            {
                self.out.ignored.push(variable.clone());
                continue;
            }
            let near = self.asked.iter().min_by_key(|known| distance(known, &name));
            let near = near.filter(|known| distance(known, &name) <= 3);
            let way_out = match near {
                Some(known) => format!("`{}{known}` may be meant", self.path),
                None => format!("take it out; there are {}", self.asked.join(", ")),
            };
            self.out.problems.push(Problem {
                place: item.key_at,
                key: format!("{}{name}", self.path),
                value: None,
                why: "there is no such key".to_owned(),
                way_out,
            });
        }
    }
}

/// A value as somebody finds it again. What it holds inside is not repeated: a secret may be in there.
fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) | Value::Number(text) => text.clone(),
        Value::Flag(flag) => flag.to_string(),
        Value::Raw(_) => "…".to_owned(),
        Value::List(_) => "[…]".to_owned(),
        Value::Table(_) => "{…}".to_owned(),
        Value::Other(kind) => (*kind).to_owned(),
    }
}

/// How many letters differ (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<_> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (line, left) in a.chars().enumerate() {
        let mut before = line;
        let mut next = vec![line + 1];
        for (right, above) in b.iter().zip(row.iter().skip(1)) {
            let same = before + usize::from(left != *right);
            let shortest = same.min(above + 1).min(next.last().map_or(same, |left| left + 1));
            before = *above;
            next.push(shortest);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn letters_that_differ_are_counted() {
        for (a, b, differ) in
            [("listen", "listen", 0), ("listen", "lisen", 1), ("data", "date", 1), ("", "abc", 3)]
        {
            assert_eq!(distance(a, b), differ, "{a} {b}");
        }
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
