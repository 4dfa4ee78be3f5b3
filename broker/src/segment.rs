//! One file of the log.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::frame;

/// A file and how far it is written.
#[derive(Debug)]
pub(crate) struct Segment {
    pub(crate) path: PathBuf,
    pub(crate) file: Arc<File>,
    pub(crate) length: u64,
    /// By topic and partition, the offset after the last record in it.
    pub(crate) next: BTreeMap<(usize, usize), i64>,
}

impl Segment {
    /// The path of the file of this number.
    pub(crate) fn path(folder: &Path, number: u32) -> PathBuf {
        folder.join(format!("{number:010}.log"))
    }

    /// The number of the file of this name.
    pub(crate) fn number(name: &str) -> Option<u32> {
        name.strip_suffix(".log")?.parse().ok()
    }

    /// A new file that begins with `snapshot`.
    pub(crate) fn create(folder: &Path, number: u32, snapshot: &[u8]) -> io::Result<Self> {
        #[cfg(test)]
        faults::create()?;
        let path = Self::path(folder, number);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&path)?;
        let mut segment = Self {
            path,
            file: Arc::new(file),
            length: 0,
            next: BTreeMap::new(),
        };
        let begun = segment
            .append(&frame::start())
            .and_then(|_| segment.append(snapshot))
            .and_then(|_| File::open(folder)?.sync_all());
        if let Err(error) = begun {
            segment.remove();
            return Err(error);
        }
        Ok(segment)
    }

    /// Writes at the end, all or nothing; answers where.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> io::Result<u64> {
        let at = self.length;
        if let Err(error) = self.file.write_all_at(bytes, at) {
            // Whatever is left of it behind the end is overwritten by the next frame, or not readable.
            let _ = self.file.set_len(at);
            return Err(error);
        }
        self.length += bytes.len() as u64;
        Ok(at)
    }

    /// Removes the file.
    pub(crate) fn remove(&self) {
        if let Err(error) = std::fs::remove_file(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "a file of the embedded log cannot be removed");
        }
    }
}

/// Synchronises a file.
pub(crate) fn sync(file: &File) -> io::Result<()> {
    #[cfg(test)]
    faults::sync()?;
    file.sync_data()
}

/// A disk that fails, for tests on one thread.
#[cfg(test)]
pub(crate) mod faults {
    use std::cell::Cell;
    use std::io;

    thread_local! {
        pub(crate) static FULL: Cell<bool> = const { Cell::new(false) };
        pub(crate) static UNSYNCED: Cell<bool> = const { Cell::new(false) };
    }

    pub(super) fn create() -> io::Result<()> {
        if FULL.get() {
            Err(io::ErrorKind::StorageFull.into())
        } else {
            Ok(())
        }
    }

    pub(super) fn sync() -> io::Result<()> {
        if UNSYNCED.get() {
            Err(io::ErrorKind::Other.into())
        } else {
            Ok(())
        }
    }
}
