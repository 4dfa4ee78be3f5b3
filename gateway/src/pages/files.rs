//! Files that are there as a whole or not at all.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::path::Path;
use std::time::Duration;

use uuid::Uuid;

/// How the name of a file ends that is not finished.
const UNFINISHED: &str = ".tmp";

/// Whoever writes one has finished it by then, or never will.
const FINISHED_WITHIN: Duration = Duration::from_secs(3_600);

/// Writes a file: whoever reads it finds what was there before, or all of this. The folders above it are made.
///
/// # Errors
/// When that is not possible; then what was there before is.
pub(super) fn write(path: &Path, content: &[u8]) -> io::Result<()> {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    fs::create_dir_all(folder)?;
    // Several processes may have the same folder.
    let mut unfinished = OsString::from(".");
    unfinished.push(name);
    unfinished.push(format!(".{}{UNFINISHED}", Uuid::new_v4()));
    let unfinished = folder.join(unfinished);
    let written = fs::write(&unfinished, content).and_then(|()| fs::rename(&unfinished, path));
    if written.is_err() {
        let _ = fs::remove_file(&unfinished);
    }
    written
}

/// Whether this is a file that nobody will finish.
pub(super) fn is_abandoned(name: &str, metadata: &Metadata) -> bool {
    let is_unfinished = name.starts_with('.') && name.ends_with(UNFINISHED);
    is_unfinished && age(metadata).is_some_and(|age| age > FINISHED_WITHIN)
}

/// How long ago a file was written.
pub(super) fn age(metadata: &Metadata) -> Option<Duration> {
    metadata.modified().ok()?.elapsed().ok()
}
