//! `byleave serve --print-config`: what holds, as TOML that could be used again, and where each line comes from.

use std::fmt::Write as _;

use crate::config::Config;
use crate::config::source::Place;

/// The effective configuration. Secrets are masked.
pub fn print(config: &Config) -> String {
    let file = config.file.display();
    let mut text = String::new();
    for printed in &config.printed {
        let from = match &printed.place {
            Place::File { line, .. } => format!("{file}:{line}"),
            Place::Variable(name) => name.clone(),
            Place::Default => "default".to_owned(),
        };
        let _ = writeln!(text, "{} = {}  # {from}", printed.key, printed.value);
    }
    for name in &config.ignored {
        let _ = writeln!(text, "# {name} names no key and is not read");
    }
    text
}
