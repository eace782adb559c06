//! `byleave keygen`: a security contact's key.

use std::path::PathBuf;

use byleave_app::clock::SystemEntropy;
use byleave_app::ports::Entropy as _;
use byleave_domain::ids::to_hex;
use byleave_domain::statement::public_key;
use clap::Args;

use crate::failure::{Context as _, Failure};
use crate::key_file;

/// Makes a security contact's key: FILE stays with its owner, FILE.pub goes to the vendor
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  byleave keygen sam.key\n  byleave contact create --organization acme … --key sam.key.pub"
)]
pub struct Keygen {
    /// Where the secret key goes; an existing file is not replaced
    file: PathBuf,
}

impl Keygen {
    /// Runs the command.
    ///
    /// # Errors
    /// When a file exists or cannot be written.
    pub fn run(self) -> Result<(), Failure> {
        let mut seed = [0; 32];
        SystemEntropy.fill(&mut seed);
        let key = public_key(&seed);
        key_file::write_secret(&self.file, &key_file::secret_text(&seed))?;
        let public = self.file.with_added_extension("pub");
        std::fs::write(&public, key_file::public_text(&key))
            .context(format_args!("`{}` cannot be written", public.display()))?;
        println!(
            "secret key: {} (keep it; whoever has it decides for your organization)",
            self.file.display()
        );
        println!("public key: {} ({})", public.display(), to_hex(&key.0));
        Ok(())
    }
}
