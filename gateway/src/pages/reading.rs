//! What is known of a page, after Redis has said something of its document, or nothing.

use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use ::pages::Document;
use ::pages::document::FORMAT;
use domain::StatusPageId;
use ring::digest::{SHA256, digest};
use serde::Deserialize;
use shared::items;
use url::Url;

use super::guard::is_public;
use super::refreshed::Before;
use super::source::Said;
use super::store::{KEPT, Store};
use super::views::Counter;

/// How long a page is shown of which Redis has nothing any more, although it says not to have been emptied: user-service
/// writes every document within a minute, and tells of each page that is gone.
const MISSED_FOR: Duration = Duration::from_secs(150);

/// A hash of what a document was read from.
pub(super) type Hash = [u8; 32];

/// What is known of a page.
#[derive(Clone, Debug)]
pub(super) enum Reading {
    /// It is there.
    Page(Arc<Known>),
    /// There is none of this name.
    Nothing,
    /// Nobody can tell at the moment.
    NotKnown,
}

/// A page that is there.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) document: Arc<Document>,
    pub(super) hash: Hash,
    /// Redis did not give it when it was asked last.
    pub(super) is_kept: bool,
    /// The bytes that it was read from.
    pub(super) size: u32,
    /// When Redis gave it.
    given_at: Instant,
    /// Since when Redis has nothing.
    missing_since: Option<Instant>,
    /// It was said to have changed since Redis gave it.
    is_doubted: bool,
    /// Whether it was made to be shown elsewhere than it says.
    pub(super) is_elsewhere: bool,
    /// By what its views are counted.
    views: OnceLock<Counter>,
    /// The name of the host where it says to be.
    host: Option<Box<str>>,
    /// The same for elsewhere.
    elsewhere: OnceLock<Arc<Known>>,
}

/// What is known after Redis has said something.
pub(super) fn judge(said: Said, slug: &str, before: Before<Reading>, store: &Store, now: Instant) -> Reading {
    let mut known = match before.value {
        Some(Reading::Page(known)) => Some(Known::clone(&known)),
        // What was known to be nothing is not in a file.
        Some(Reading::Nothing) if said == Said::NotKnown => return Reading::Nothing,
        _ => match said {
            Said::Text(_) => None,
            Said::Nothing | Said::NotKnown => stored(slug, store, now),
        },
    };
    if let Some(known) = &mut known {
        known.is_doubted |= before.is_doubted;
    }
    match said {
        Said::Text(text) => given(&text, slug, known, store, now),
        Said::Nothing => match known.and_then(|known| known.missed(now)) {
            Some(known) => Reading::Page(Arc::new(known)),
            None => {
                store.drop_document(slug);
                Reading::Nothing
            }
        },
        Said::NotKnown => match known.and_then(|known| known.kept(now)) {
            Some(known) => Reading::Page(Arc::new(known)),
            None => Reading::NotKnown,
        },
    }
}

/// What is known after Redis has given a document.
fn given(text: &str, slug: &str, known: Option<Known>, store: &Store, now: Instant) -> Reading {
    let hash = hash_of(text);
    let is_same = |known: &Known| known.hash == hash;
    if let Some(known) = known.as_ref().filter(|known| is_same(known)) {
        return Reading::Page(Arc::new(Known::new(Arc::clone(&known.document), hash, text, now)));
    }
    match read(text, slug) {
        Ok(document) => {
            match is_public(&document) {
                true => store.keep_document(slug, text),
                false => store.drop_document(slug),
            }
            Reading::Page(Arc::new(Known::new(Arc::new(document), hash, text, now)))
        }
        Err(Unreadable { id, guard_version }) => {
            // Whoever may see it has not changed.
            let known = known.or_else(|| stored(slug, store, now)).filter(|known| {
                (id, guard_version) == (Some(known.document.id), Some(known.document.guard_version))
            });
            match known.and_then(|known| known.kept(now)) {
                Some(known) => Reading::Page(Arc::new(known)),
                None => Reading::NotKnown,
            }
        }
    }
}

impl Known {
    fn new(document: Arc<Document>, hash: Hash, text: &str, given_at: Instant) -> Self {
        let url = document.url.parse::<Url>().ok();
        Self {
            host: url.and_then(|url| Some(url.host_str()?.into())),
            document,
            hash,
            is_kept: false,
            size: u32::try_from(text.len()).unwrap_or(u32::MAX),
            given_at,
            missing_since: None,
            is_doubted: false,
            is_elsewhere: false,
            views: OnceLock::new(),
            elsewhere: OnceLock::new(),
        }
    }

    /// The same as it is shown at `host`, where its address is `url`: a page that has a host of its own is at that of all
    /// pages too, and its links lead to where it is.
    pub(super) fn at(self: Arc<Self>, host: &str, url: impl FnOnce() -> String) -> Arc<Self> {
        if self.is_of(host) {
            return self;
        }
        let elsewhere = self.elsewhere.get_or_init(|| {
            let document = Document {
                url: url(),
                ..Document::clone(&self.document)
            };
            Arc::new(Self {
                document: Arc::new(document),
                is_elsewhere: true,
                elsewhere: OnceLock::new(),
                ..Self::clone(&self)
            })
        });
        Arc::clone(elsewhere)
    }

    /// Has its views counted by a counter.
    pub(super) fn count_by(&self, counter: impl FnOnce() -> Counter) {
        self.views.get_or_init(counter);
    }

    /// Somebody has looked at it.
    pub(super) fn viewed(&self) {
        if let Some(views) = self.views.get() {
            views.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether its address is at a host.
    pub(super) fn is_of(&self, host: &str) -> bool {
        self.host
            .as_deref()
            .is_some_and(|own| own.eq_ignore_ascii_case(host))
    }

    /// It stays although Redis does not give it, for a day.
    fn kept(self, now: Instant) -> Option<Self> {
        let is_old = now.saturating_duration_since(self.given_at) > KEPT;
        (!is_old).then_some(Self {
            is_kept: true,
            elsewhere: OnceLock::new(),
            ..self
        })
    }

    /// It stays although Redis has nothing, for a moment, and not once it was said to have changed.
    fn missed(self, now: Instant) -> Option<Self> {
        let since = self.missing_since.unwrap_or(now);
        let is_gone = self.is_doubted || now.saturating_duration_since(since) >= MISSED_FOR;
        let missed = Self {
            missing_since: Some(since),
            ..self
        };
        (!is_gone).then(|| missed.kept(now)).flatten()
    }
}

/// The document of a public page that was kept in a file.
fn stored(slug: &str, store: &Store, now: Instant) -> Option<Known> {
    let (text, age) = store.document(slug)?;
    let document = read(&text, slug).ok().filter(is_public)?;
    let given_at = now.checked_sub(age)?;
    Some(Known::new(Arc::new(document), hash_of(&text), &text, given_at))
}

/// What is known of a document that cannot be read.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Unreadable {
    id: Option<StatusPageId>,
    guard_version: Option<i32>,
}

/// Reads a document. One of another form, or of another page, is counted.
fn read(text: &str, slug: &str) -> Result<Document, Unreadable> {
    #[derive(Deserialize)]
    struct Head {
        format: u16,
    }
    let format = serde_json::from_str::<Head>(text).map(|head| head.format);
    let why = match format {
        Ok(FORMAT) => match serde_json::from_str::<Document>(text) {
            Ok(document) if document.slug == slug => return Ok(document),
            Ok(_) => "it is that of another page".to_owned(),
            Err(error) => items::describe(&error),
        },
        Ok(other) => format!("it has the format {other}, and {FORMAT} is read"),
        Err(error) => items::describe(&error),
    };
    let unreadable: Unreadable = serde_json::from_str(text).unwrap_or_default();
    items::left_out("status page", unreadable.id.map(|id| id.0), &why);
    Err(unreadable)
}

fn hash_of(text: &str) -> Hash {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use ::pages::document::Guard;

    use super::*;
    use crate::pages::testing::document;

    /// A page over time.
    struct Page {
        reading: Option<Reading>,
        store: Store,
        now: Instant,
        _folder: tempfile::TempDir,
    }

    impl Page {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            Self {
                reading: None,
                store: Store::open(Some(folder.path().to_owned())),
                now: Instant::now() + 2 * KEPT,
                _folder: folder,
            }
        }

        fn hears(&mut self, said: Said, is_doubted: bool) -> &Reading {
            let before = Before {
                value: self.reading.take(),
                is_doubted,
            };
            self.reading
                .insert(judge(said, "acme", before, &self.store, self.now))
        }

        /// What a gateway knows that was started anew.
        fn restart(&mut self) {
            self.reading = None;
        }

        fn after(&mut self, seconds: u64) -> &mut Self {
            self.now += Duration::from_secs(seconds);
            self
        }
    }

    fn text(document: &Document) -> Said {
        Said::Text(serde_json::to_string(document).unwrap())
    }

    fn guarded() -> Document {
        Document {
            guard: Guard::Password { hash: String::new() },
            guard_version: 2,
            ..document()
        }
    }

    fn is_kept(reading: &Reading) -> Option<bool> {
        match reading {
            Reading::Page(known) => Some(known.is_kept),
            _ => None,
        }
    }

    #[test]
    fn the_last_document_is_shown_for_a_day_while_redis_does_not_answer() {
        let mut page = Page::new();
        assert!(matches!(page.hears(Said::NotKnown, false), Reading::NotKnown));
        assert_eq!(is_kept(page.hears(text(&document()), false)), Some(false));
        assert_eq!(is_kept(page.hears(Said::NotKnown, false)), Some(true));
        assert_eq!(
            is_kept(page.after(23 * 3_600).hears(Said::NotKnown, false)),
            Some(true)
        );
        let too_late = page.after(2 * 3_600).hears(Said::NotKnown, false);
        assert!(matches!(too_late, Reading::NotKnown));
        assert_eq!(is_kept(page.hears(text(&document()), false)), Some(false));
    }

    #[test]
    fn a_page_is_gone_when_redis_has_nothing_after_it_was_said_to_change() {
        let mut page = Page::new();
        page.hears(text(&document()), false);
        // That there was no answer in between changes nothing.
        assert_eq!(is_kept(page.hears(Said::NotKnown, true)), Some(true));
        assert!(matches!(page.hears(Said::Nothing, false), Reading::Nothing));
        assert_eq!(page.store.document("acme"), None);
        assert!(matches!(page.hears(Said::NotKnown, false), Reading::Nothing));
        assert_eq!(is_kept(page.hears(text(&document()), true)), Some(false));
    }

    #[test]
    fn a_page_that_redis_has_lost_is_shown_until_it_should_be_there_again() {
        let mut page = Page::new();
        page.hears(text(&document()), false);
        for restarted in [false, true] {
            if restarted {
                page.restart();
            }
            assert_eq!(is_kept(page.hears(Said::Nothing, false)), Some(true));
            assert_eq!(is_kept(page.after(149).hears(Said::Nothing, false)), Some(true));
        }
        assert_eq!(
            is_kept(page.after(2).hears(text(&document()), false)),
            Some(false)
        );
        assert_eq!(is_kept(page.hears(Said::Nothing, false)), Some(true));
        assert!(matches!(
            page.after(151).hears(Said::Nothing, false),
            Reading::Nothing
        ));
        page.restart();
        assert!(matches!(page.hears(Said::Nothing, false), Reading::Nothing));
    }

    #[test]
    fn a_public_page_is_in_a_file_and_no_other() {
        let mut page = Page::new();
        page.hears(text(&document()), false);
        page.restart();
        assert_eq!(is_kept(page.hears(Said::NotKnown, false)), Some(true));
        assert_eq!(is_kept(page.hears(text(&guarded()), false)), Some(false));
        page.restart();
        assert!(matches!(page.hears(Said::NotKnown, false), Reading::NotKnown));
    }

    #[test]
    fn what_cannot_be_read_leaves_the_last_one_unless_who_may_see_it_has_changed() {
        let spoilt = |document: &Document, change: fn(&mut serde_json::Value)| {
            let mut json = serde_json::to_value(document).unwrap();
            change(&mut json);
            Said::Text(json.to_string())
        };
        let changes: [fn(&mut serde_json::Value); 3] = [
            |json| json["format"] = (FORMAT + 1).into(),
            |json| json["groups"] = "nonsense".into(),
            |json| json["slug"] = "another".into(),
        ];
        for change in changes {
            let mut page = Page::new();
            assert!(matches!(
                page.hears(spoilt(&document(), change), false),
                Reading::NotKnown
            ));
            page.hears(text(&document()), false);
            assert_eq!(
                is_kept(page.hears(spoilt(&document(), change), false)),
                Some(true)
            );
            let reading = page.hears(spoilt(&guarded(), change), false);
            assert!(matches!(reading, Reading::NotKnown));
        }
        let mut page = Page::new();
        page.hears(text(&document()), false);
        let reading = page.hears(Said::Text("{".to_owned()), false);
        assert!(matches!(reading, Reading::NotKnown));
    }

    #[test]
    fn the_same_document_is_not_read_again() {
        let mut page = Page::new();
        let said = text(&document());
        let read = |reading: &Reading| match reading {
            Reading::Page(known) => Arc::clone(&known.document),
            _ => panic!("it is there"),
        };
        let first = read(page.hears(said.clone(), false));
        let second = read(page.hears(said, true));
        assert!(Arc::ptr_eq(&first, &second));
    }
}
