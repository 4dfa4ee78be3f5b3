//! A copy of public pages as files, for a web server that has nothing to do with us: `{slug}/index.html` and everything
//! beside it by the names that it has here. Only what has changed is written.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::pages::{Document, View, html};

use super::files;
use super::form::{Form, PARTS};
use super::live;
use super::reading::Known;
use super::source::Source;

/// Says that a folder is a page's, and may be removed.
const MARK: &str = ".status-page";

/// How deep folders of a page lie in each other.
const MAX_DEPTH: u32 = 4;

/// The folder of the copies.
#[derive(Clone, Debug)]
pub(super) struct Export(PathBuf);

/// What of a page is a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    Form(Form),
    Feeds,
}

impl Export {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// The pages of which there is a copy.
    pub(super) async fn slugs(&self) -> Vec<String> {
        self.in_files(|folder| {
            let entries = fs::read_dir(folder)?.flatten();
            let copies = entries.filter(|entry| entry.path().join(MARK).is_file());
            Ok(copies
                .filter_map(|entry| entry.file_name().into_string().ok())
                .collect())
        })
        .await
        .unwrap_or_default()
    }

    /// Writes what has changed of a page.
    pub(super) async fn write(&self, source: &Source, known: Arc<Known>) {
        let live = live::states(source, &known.document).await;
        let logo = match known.document.logo {
            Some(_) => source.logo(&known.document.slug).await,
            None => None,
        };
        self.in_files(move |folder| {
            let document = &known.document;
            let view = View::new(document, &live, shared::now());
            let contents = contents(document);
            let folder = folder.join(&document.slug);
            for (name, content) in &contents {
                let made = match content {
                    Content::Form(Form::Logo) => logo.clone(),
                    Content::Form(form) => form.made_of(&view),
                    Content::Feeds => Some(html::feeds(&view, None).into_bytes()),
                };
                if let Some(made) = made {
                    write_changed(&folder.join(name), &made)?;
                }
            }
            write_changed(&folder.join(MARK), b"")?;
            let names = contents.into_iter().map(|(name, _)| folder.join(name));
            keep_only(&folder, &names.chain([folder.join(MARK)]).collect(), MAX_DEPTH)
        })
        .await;
    }

    /// Removes the copy of a page that is gone.
    pub(super) async fn remove(&self, slug: &str) {
        let slug = slug.to_owned();
        self.in_files(move |folder| {
            let folder = folder.join(slug);
            match folder.join(MARK).is_file() {
                true => fs::remove_dir_all(folder),
                false => Ok(()),
            }
        })
        .await;
    }

    async fn in_files<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> Option<T> {
        let folder = self.0.clone();
        let worked = tokio::task::spawn_blocking(move || work(&folder)).await;
        match worked {
            Ok(Ok(done)) => Some(done),
            Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => None,
            Ok(Err(error)) => {
                tracing::warn!(%error, "the copies of status pages cannot be written");
                None
            }
            Err(error) => {
                tracing::error!(%error, "a copy of a status page cannot be made");
                None
            }
        }
    }
}

/// The files of a page.
fn contents(document: &Document) -> Vec<(String, Content)> {
    let form = |name: &str, form| (name.to_owned(), Content::Form(form));
    let mut contents = vec![
        form("index.html", Form::Page),
        form("history/index.html", Form::History),
        form("embed/index.html", Form::Embed),
        ("feeds/index.html".to_owned(), Content::Feeds),
        form("feed.rss", Form::Rss),
        form("feed.atom", Form::Atom),
        form("feed.json", Form::JsonFeed),
        form("calendar.ics", Form::Calendar),
        form("badge.svg", Form::Badge(None)),
        form("badge.json", Form::Shields(None)),
    ];
    for (index, (part, _)) in PARTS.iter().enumerate() {
        contents.push(form(&format!("api/v2/{part}.json"), Form::Api(index)));
    }
    for report in &document.reports {
        let name = format!("reports/{}/index.html", report.id);
        contents.push(form(&name, Form::Report(report.id)));
    }
    for component in document.components() {
        let (id, badge) = (Some(component.id), format!("badge/{}", component.id));
        contents.push(form(&format!("{badge}.svg"), Form::Badge(id)));
        contents.push(form(&format!("{badge}.json"), Form::Shields(id)));
    }
    if document.logo.is_some() {
        contents.push(form("logo.png", Form::Logo));
    }
    contents
}

fn write_changed(path: &Path, content: &[u8]) -> io::Result<()> {
    let is_same = fs::metadata(path).is_ok_and(|there| there.len() == content.len() as u64)
        && fs::read(path).is_ok_and(|there| there == content);
    match is_same {
        true => Ok(()),
        false => files::write(path, content),
    }
}

/// Removes everything of a folder but some files.
fn keep_only(folder: &Path, kept: &BTreeSet<PathBuf>, depth: u32) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let is_folder = entry.file_type()?.is_dir();
        if is_folder && depth > 0 && kept.iter().any(|file| file.starts_with(&path)) {
            keep_only(&path, kept, depth - 1)?;
        } else if is_folder {
            fs::remove_dir_all(path)?;
        } else if !kept.contains(&path) {
            fs::remove_file(path)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::testing::document;

    #[test]
    fn everything_of_a_page_is_a_file() {
        let document = Document {
            logo: Some("0".repeat(64)),
            ..document()
        };
        let names: Vec<String> = contents(&document).into_iter().map(|(name, _)| name).collect();
        for name in [
            "index.html",
            "history/index.html",
            "feed.atom",
            "calendar.ics",
            "api/v2/incidents/unresolved.json",
            "badge/3.svg",
            "badge/3.json",
            "logo.png",
        ] {
            assert!(names.iter().any(|known| known == name), "{name}");
        }
    }

    #[test]
    fn what_is_not_the_pages_any_more_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in [
            "index.html",
            "reports/1/index.html",
            "reports/2/index.html",
            "old/x/y",
        ] {
            files::write(&at(name), b"x").unwrap();
        }
        let kept = ["index.html", "reports/2/index.html"].map(at).into();
        keep_only(folder.path(), &kept, MAX_DEPTH).unwrap();
        assert!(at("index.html").exists() && at("reports/2/index.html").exists());
        assert!(!at("reports/1").exists() && !at("old").exists());
    }

    #[test]
    fn only_what_has_changed_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b.html");
        write_changed(&path, b"one").unwrap();
        let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3_600);
        let file = fs::File::options().write(true).open(&path).unwrap();
        file.set_modified(long_ago).unwrap();
        write_changed(&path, b"one").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().modified().unwrap(), long_ago);
        write_changed(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
    }
}
