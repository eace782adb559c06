//! `byleave keygen`: a security contact's key.

use std::path::PathBuf;

use byleave_app::clock::SystemEntropy;
use byleave_app::ports::Entropy as _;
use byleave_domain::ids::to_hex;
use byleave_domain::statement::public_key;
use clap::Args;
use serde::Serialize;

use crate::commands::print;
use crate::failure::{Context as _, Failure};
use crate::key_file;

/// Makes a security contact's key: FILE stays with its owner, FILE.pub goes to the vendor
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  byleave keygen sam.key\n  byleave contact create --organization acme --name 'Sam Rivera' \
                  --email sam@acme.example --phone '+1 555 0100' --key sam.key.pub"
)]
pub struct Keygen {
    /// Where the secret key goes; an existing file is not replaced
    file: PathBuf,
}

/// What was made.
#[derive(Serialize)]
struct Made {
    secret_key_file: String,
    public_key_file: String,
    public_key: String,
}

impl Keygen {
    /// Runs the command.
    ///
    /// # Errors
    /// When a file exists or cannot be written.
    pub fn run(self, json: bool) -> Result<(), Failure> {
        let mut seed = [0; 32];
        SystemEntropy.fill(&mut seed);
        let key = public_key(&seed);
        key_file::write_secret(&self.file, &key_file::secret_text(&seed))?;
        let public = self.file.with_added_extension("pub");
        std::fs::write(&public, key_file::public_text(&key))
            .context(format_args!("`{}` cannot be written", public.display()))?;
        let made = Made {
            secret_key_file: self.file.display().to_string(),
            public_key_file: public.display().to_string(),
            public_key: to_hex(&key.0),
        };
        print(json, &made, |made| {
            format!(
                "secret key: {} (keep it; whoever has it decides for your organization)\npublic key: {} ({})",
                made.secret_key_file, made.public_key_file, made.public_key
            )
        })
    }
}
