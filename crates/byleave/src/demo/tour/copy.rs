//! Copies: of a log's files, as a customer keeps them, and of a data directory, as an intruder takes it.

use std::path::Path;

use byleave_tlog::{Checkpoint, NoteVerifier, TilePath};

use crate::client::{bounded_body, http_client};
use crate::failure::{Context as _, Failure};

/// Copies the log at an address into a folder.
///
/// # Errors
/// When a file is not to be had.
pub async fn log(url: &str, vkey: &str, folder: &Path) -> Result<Checkpoint, Failure> {
    let verifier: NoteVerifier = vkey.parse().map_err(Failure::new)?;
    let note = file(url, "checkpoint", folder).await?;
    let checkpoint = Checkpoint::open(&note, &verifier).map_err(Failure::new)?;
    for path in TilePath::all_for(checkpoint.size) {
        file(url, &path.to_string(), folder).await?;
    }
    Ok(checkpoint)
}

async fn file(url: &str, path: &str, folder: &Path) -> Result<Vec<u8>, Failure> {
    let answer = http_client()?.get(format!("{url}/{path}")).send().await.context(path)?;
    let answer = answer.error_for_status().context(path)?;
    let bytes = bounded_body(answer, byleave_verify::FILE_BYTES_MAX).await?;
    let to = folder.join(path);
    let made = to.parent().map_or(Ok(()), std::fs::create_dir_all);
    made.and_then(|()| std::fs::write(&to, &bytes)).context(format_args!("`{}`", to.display()))?;
    Ok(bytes)
}

/// Copies a folder with everything in it.
///
/// # Errors
/// When it cannot be read or written.
pub fn folder(from: &Path, to: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(to).context(format_args!("`{}`", to.display()))?;
    for entry in std::fs::read_dir(from).context(format_args!("`{}`", from.display()))? {
        let entry = entry.map_err(Failure::new)?;
        let target = to.join(entry.file_name());
        if entry.file_type().map_err(Failure::new)?.is_dir() {
            folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target).context(format_args!("`{}`", target.display()))?;
        }
    }
    Ok(())
}
