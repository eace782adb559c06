//! `byleave completions`: what a shell needs to complete commands, flags and words.

use clap::{Args, Command};
use clap_complete::Shell;

use crate::commands::say;
use crate::failure::{Context as _, Failure};

/// Prints a shell's completion script
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  byleave completions bash > ~/.local/share/bash-completion/completions/byleave\n  byleave \
                        completions fish > ~/.config/fish/completions/byleave.fish"
)]
pub struct Completions {
    /// Which shell
    shell: Shell,
}

impl Completions {
    /// Prints the script for `cli`.
    ///
    /// # Errors
    /// When it cannot be printed.
    pub fn run(self, mut cli: Command) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut cli, "byleave", &mut script);
        say(String::from_utf8(script).context("the script")?.trim_end())
    }
}
