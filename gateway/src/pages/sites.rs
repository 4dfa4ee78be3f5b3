//! Whose page is at a host: all of them at that of `PAGES_URL`, and one at each host name that somebody has proven.

use std::sync::Arc;
use std::time::{Duration, Instant};

use moka::sync::Cache;

use super::documents::Documents;
use super::reading::Reading;
use super::refreshed::{Before, Refreshed, Terms};
use super::route::is_slug;
use super::source::{Said, Source};
use super::store::{KEPT, Store};

/// Host names that are remembered, whether they are somebody's or not.
const REMEMBERED: u64 = 10_000;

/// The longest name of a host (RFC 1035).
const MAX_HOST: usize = 253;

/// How often Redis is asked for one.
const TERMS: Terms = Terms {
    fresh: Duration::from_secs(3),
    behind: Duration::from_secs(10),
};

/// Whose a host is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// A page's, which has proven it.
    Page(Arc<str>),
    /// Nobody's.
    Nobodys,
    /// Nobody can tell at the moment.
    NotKnown,
}

/// What is known of a host, and when Redis has said so.
type Known = (Whose, Instant);

/// The hosts of pages.
pub(super) struct Sites {
    source: Source,
    documents: Arc<Documents>,
    hosts: Cache<Arc<str>, Arc<Refreshed<Known>>>,
}

impl Sites {
    pub(super) fn new(source: Source, documents: Arc<Documents>) -> Self {
        Self {
            source,
            documents,
            hosts: Cache::builder()
                .max_capacity(REMEMBERED)
                .time_to_idle(KEPT)
                .build(),
        }
    }

    /// Whose page is at a host that is not ours.
    pub(super) async fn whose(&self, host: &str) -> Whose {
        let Some(host) = normal(host) else {
            return Whose::Nobodys;
        };
        let known = match self.hosts.get(&host) {
            Some(known) => known,
            None => self.hosts.get_with(Arc::clone(&host), Arc::default),
        };
        let make = |before| refresh(self.source.clone(), Arc::clone(&self.documents), host, before);
        known.get(TERMS, |_| true, make).await.value.0
    }
}

/// Asks whose a host is. What is not known is as it was.
async fn refresh(source: Source, documents: Arc<Documents>, host: Arc<str>, before: Before<Known>) -> Known {
    let said = source.slug_of(&host).await;
    let now = Instant::now();
    let is_young = |since: &Instant| now.saturating_duration_since(*since) <= KEPT;
    let before = before.value.filter(|(_, since)| is_young(since));
    match said {
        Said::Text(slug) if is_slug(&slug) => {
            let whose = Whose::Page(slug.as_str().into());
            if before.is_none_or(|(before, _)| before != whose) {
                in_files(&source, move |store| store.keep_host(&host, &slug)).await;
            }
            (whose, now)
        }
        Said::Text(_) => (Whose::Nobodys, now),
        Said::Nothing => match kept(before, &source, &host, now).await {
            // Redis was emptied, and its document may be there again before its host is.
            Some((Whose::Page(slug), since)) if is_host_of(&documents, &slug, &host).await => {
                (Whose::Page(slug), since)
            }
            Some((Whose::Page(_), _)) => {
                in_files(&source, move |store| store.drop_host(&host)).await;
                (Whose::Nobodys, now)
            }
            _ => (Whose::Nobodys, now),
        },
        Said::NotKnown => {
            let kept = kept(before, &source, &host, now).await;
            kept.unwrap_or((Whose::NotKnown, now))
        }
    }
}

/// What was known before, or is in a file.
async fn kept(before: Option<Known>, source: &Source, host: &Arc<str>, now: Instant) -> Option<Known> {
    match before {
        Some((Whose::NotKnown, _)) | None => {
            let host = Arc::clone(host);
            let slug = in_files(source, move |store| store.slug_of(&host)).await;
            slug.flatten().map(|slug| (Whose::Page(slug.into()), now))
        }
        known => known,
    }
}

async fn in_files<T: Send + 'static>(
    source: &Source,
    work: impl FnOnce(&Store) -> T + Send + 'static,
) -> Option<T> {
    let store = Arc::clone(&source.store);
    tokio::task::spawn_blocking(move || work(&store)).await.ok()
}

/// Whether a page's document still names the host as its own.
async fn is_host_of(documents: &Documents, slug: &Arc<str>, host: &str) -> bool {
    match documents.get(slug).await {
        Reading::Page(known) => known.is_of(host),
        Reading::Nothing | Reading::NotKnown => false,
    }
}

/// The name of a host as it is written down: in lower case, without a dot at its end. Nothing of what cannot be one.
fn normal(host: &str) -> Option<Arc<str>> {
    let host = host.strip_suffix('.').unwrap_or(host);
    let is_part = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    let is_label = |label: &str| !label.is_empty() && label.bytes().all(is_part);
    let is_name = host.len() <= MAX_HOST && host.contains('.') && host.split('.').all(is_label);
    is_name.then(|| host.to_ascii_lowercase().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_a_name_in_dns() {
        assert_eq!(
            normal("Status.Acme.example.").as_deref(),
            Some("status.acme.example")
        );
        for wrong in [
            "",
            ".",
            "localhost",
            "a..b",
            ".a.b",
            "a.b/../c",
            "a.b:80",
            "bücher.example",
            "a_b.example",
            "*.example",
            &format!("{}.example", "a".repeat(260)),
        ] {
            assert_eq!(normal(wrong), None, "{wrong}");
        }
    }
}
