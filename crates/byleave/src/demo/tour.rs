//! `byleave demo --tour`: the whole story against a demo of its own, and then an attack on it. Each step says what was
//! seen; the first that does not hold ends the tour with a failure.
//!
//! The demo runs as a child process, since the attacks need one that can be killed and whose files can be edited.

mod attack;
mod child;
mod copy;
mod mail;
mod story;

use std::path::Path;

use crate::failure::Failure;

/// Plays everything in `data`, which must be empty or absent.
///
/// # Errors
/// The step that did not hold.
pub async fn run(data: &Path) -> Result<(), Failure> {
    let demo = child::Child::start(&data.join("demo")).await?;
    println!("\nThe story\n");
    let before = story::play(&demo, data).await?;
    println!("\nThe attack\n");
    attack::play(demo, data, &before).await?;
    println!("\nEvery step held.\n");
    Ok(())
}

/// One line for what was seen.
fn held(what: impl std::fmt::Display) {
    println!("  ok  {what}");
}

/// The step holds, or the tour is over.
fn expect(holds: bool, what: impl std::fmt::Display) -> Result<(), Failure> {
    if holds {
        held(what);
        return Ok(());
    }
    Err(Failure::new(format_args!("the tour ends here, since this did not hold: {what}")))
}
