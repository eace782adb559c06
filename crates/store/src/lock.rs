//! One process per database file (protocols D1, 1.13): an advisory lock on a file beside it, which the system
//! releases when the process ends, however it ends.

use std::fs::{File, TryLockError};
use std::path::Path;

use crate::OpenError;

pub(crate) fn take(path: &Path) -> Result<File, OpenError> {
    let failed = |why: std::io::Error| OpenError::Failed { path: path.to_owned(), why: why.to_string() };
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path.with_added_extension("lock"))
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(path.to_owned())),
        Err(TryLockError::Error(why)) => Err(failed(why)),
    }
}
