//! `byleave serve --print-config`: what holds, and where each line comes from. As TOML it can be used again once what is
//! masked is put back.

use std::fmt;

use serde::Serialize;

use crate::config::Config;
use crate::config::source::Place;

/// One line.
#[derive(Serialize)]
#[serde(untagged)]
pub enum Line {
    /// A setting.
    Key {
        /// With its section.
        key: String,
        /// A secret's is masked.
        value: toml::Value,
        /// File and line, variable, or `default`.
        from: String,
    },
    /// A variable that looks like ours and is none.
    Ignored {
        /// Its name.
        ignored: String,
    },
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key { key, value, from } => write!(f, "{key} = {value}  # {from}"),
            Self::Ignored { ignored } => write!(f, "# {ignored} names no key and is not read"),
        }
    }
}

/// The effective configuration. Secrets are masked.
pub fn lines(config: &Config) -> Vec<Line> {
    let file = config.file.display();
    let keys = config.printed.iter().map(|printed| Line::Key {
        key: printed.key.clone(),
        value: printed.value.clone(),
        from: match &printed.place {
            Place::File { line, .. } => format!("{file}:{line}"),
            Place::Variable(name) => name.clone(),
            Place::Default => "default".to_owned(),
        },
    });
    keys.chain(config.ignored.iter().map(|name| Line::Ignored { ignored: name.clone() })).collect()
}
