//! The last document of each public page, and whose host is whose, in files: what is shown when a gateway is started while
//! Redis does not answer. Every file can be lost.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::files;
use super::route::is_slug;

/// How long a file is kept after it was written.
pub(super) const KEPT: Duration = Duration::from_secs(24 * 3_600);

/// Files, and what is in them, at most. What comes on top is not kept.
const MAX_FILES: usize = 4_000;
const MAX_BYTES: u64 = 512 * 1024 * 1024;

/// The largest file that is read.
const MAX_FILE: u64 = 16 * 1024 * 1024;

const DOCUMENT: &str = ".json";
const HOST: &str = ".host";

/// The folder, if there is one. What it does blocks.
#[derive(Debug, Default)]
pub(super) struct Store(Option<Folder>);

#[derive(Debug)]
struct Folder {
    path: PathBuf,
    /// The sizes of the files by their names.
    files: Mutex<HashMap<String, u64>>,
}

impl Store {
    /// The store in this folder, or one that keeps nothing.
    pub(super) fn open(path: Option<PathBuf>) -> Self {
        Self(path.map(|path| {
            let files = Mutex::new(Folder::found(&path));
            Folder { path, files }
        }))
    }

    /// Whether anything is kept.
    pub(super) fn keeps(&self) -> bool {
        self.0.is_some()
    }

    /// The document of a page, and its age.
    pub(super) fn document(&self, slug: &str) -> Option<(String, Duration)> {
        self.0.as_ref()?.read(&format!("{slug}{DOCUMENT}"))
    }

    /// Keeps the document of a public page.
    pub(super) fn keep_document(&self, slug: &str, text: &str) {
        self.keep(format!("{slug}{DOCUMENT}"), text);
    }

    /// The page is gone, or is not public any more.
    pub(super) fn drop_document(&self, slug: &str) {
        self.remove(&format!("{slug}{DOCUMENT}"));
    }

    /// Whose host this is.
    pub(super) fn slug_of(&self, host: &str) -> Option<String> {
        let (slug, _) = self.0.as_ref()?.read(&format!("{host}{HOST}"))?;
        is_slug(&slug).then_some(slug)
    }

    /// Keeps whose host this is.
    pub(super) fn keep_host(&self, host: &str, slug: &str) {
        self.keep(format!("{host}{HOST}"), slug);
    }

    /// The host is nobody's any more.
    pub(super) fn drop_host(&self, host: &str) {
        self.remove(&format!("{host}{HOST}"));
    }

    /// The pages that it keeps.
    pub(super) fn slugs(&self) -> Vec<String> {
        let Some(folder) = &self.0 else {
            return Vec::new();
        };
        let files = folder.lock();
        let slugs = files.keys().filter_map(|name| name.strip_suffix(DOCUMENT));
        slugs.map(ToOwned::to_owned).collect()
    }

    /// Removes what has been kept for too long.
    pub(super) fn sweep(&self) {
        if let Some(folder) = &self.0 {
            // What is kept or dropped meanwhile waits.
            let mut files = folder.lock();
            *files = Folder::found(&folder.path);
        }
    }

    fn keep(&self, name: String, text: &str) {
        if let Some(folder) = &self.0 {
            folder.keep(name, text);
        }
    }

    fn remove(&self, name: &str) {
        if let Some(folder) = &self.0
            && folder.lock().remove(name).is_some()
        {
            folder.removed(name);
        }
    }
}

impl Folder {
    /// What there is of ours; what is too old is removed, and so is what was not written to its end.
    fn found(path: &Path) -> HashMap<String, u64> {
        let Ok(entries) = std::fs::read_dir(path) else {
            return HashMap::new();
        };
        let entries = entries.flatten().filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let metadata = entry.metadata().ok()?;
            let is_ours = name.ends_with(DOCUMENT) || name.ends_with(HOST);
            let is_old = files::age(&metadata).is_some_and(|age| age > KEPT);
            if files::is_abandoned(&name, &metadata) || (is_ours && is_old) {
                let _ = std::fs::remove_file(entry.path());
                return None;
            }
            (is_ours && metadata.is_file()).then_some((name, metadata.len()))
        });
        entries.take(MAX_FILES).collect()
    }

    fn read(&self, name: &str) -> Option<(String, Duration)> {
        let path = self.path.join(name);
        let metadata = std::fs::metadata(&path).ok()?;
        // One of the future was written just now.
        let age = files::age(&metadata).unwrap_or_default();
        if age > KEPT || metadata.len() > MAX_FILE {
            return None;
        }
        Some((std::fs::read_to_string(path).ok()?, age))
    }

    fn keep(&self, name: String, text: &str) {
        let size = text.len() as u64;
        {
            let mut files = self.lock();
            let before = files.get(&name).copied();
            let others: u64 = files.values().sum::<u64>() - before.unwrap_or_default();
            let has_room = others + size <= MAX_BYTES && size <= MAX_FILE;
            if !has_room || (before.is_none() && files.len() >= MAX_FILES) {
                files.remove(&name);
                drop(files);
                // What is not the last one is worse than none.
                self.removed(&name);
                return;
            }
            files.insert(name.clone(), size);
        }
        if let Err(error) = files::write(&self.path.join(&name), text.as_bytes()) {
            tracing::warn!(%error, name, "a document of a status page cannot be kept");
            self.lock().remove(&name);
            self.removed(&name);
        }
    }

    fn removed(&self, name: &str) {
        match std::fs::remove_file(self.path.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                tracing::warn!(%error, name, "a kept document cannot be removed");
            }
            _ => {}
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, u64>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    fn age(path: &Path, by: Duration) {
        let file = std::fs::File::options().write(true).open(path).unwrap();
        file.set_modified(SystemTime::now() - by).unwrap();
    }

    #[test]
    fn what_is_kept_is_there_after_a_restart_for_a_day() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Store::open(Some(folder.path().to_owned()));
        let store = open();
        store.keep_document("acme", "{}");
        store.keep_document("acme", "{\"a\": 1}");
        store.keep_host("status.acme.example", "acme");
        std::fs::write(folder.path().join("notes.txt"), "somebody else's").unwrap();
        let abandoned = folder.path().join(".acme.json.1.tmp");
        std::fs::write(&abandoned, "{").unwrap();
        age(&abandoned, KEPT / 2);
        let store = {
            drop(store);
            open()
        };
        assert_eq!(store.document("acme").unwrap().0, "{\"a\": 1}");
        assert_eq!(store.slug_of("status.acme.example").as_deref(), Some("acme"));
        assert_eq!(store.slugs(), ["acme"]);
        assert!(!abandoned.exists());
        age(&folder.path().join("acme.json"), KEPT + Duration::from_secs(60));
        assert_eq!(store.document("acme"), None);
        store.sweep();
        assert!(store.slugs().is_empty() && !folder.path().join("acme.json").exists());
        assert!(folder.path().join("notes.txt").exists());
    }

    #[test]
    fn what_is_dropped_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(Some(folder.path().to_owned()));
        store.keep_document("acme", "{}");
        store.keep_host("status.acme.example", "acme");
        store.drop_document("acme");
        store.drop_host("status.acme.example");
        assert_eq!(store.document("acme"), None);
        assert_eq!(store.slug_of("status.acme.example"), None);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn files_are_bounded_in_number_and_size() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(Some(folder.path().to_owned()));
        for n in 0..MAX_FILES + 10 {
            store.keep_document(&format!("page-{n}"), "{}");
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), MAX_FILES);
        // One that has grown too large is not kept as it was.
        store.keep_document("page-0", &" ".repeat(MAX_FILE as usize + 1));
        assert_eq!(store.document("page-0"), None);
    }

    #[test]
    fn without_a_folder_nothing_is_kept() {
        let store = Store::open(None);
        store.keep_document("acme", "{}");
        assert_eq!(store.document("acme"), None);
        assert!(store.slugs().is_empty());
    }
}
