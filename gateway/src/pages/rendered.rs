//! What a page looks like in each form, rendered once for all who ask: every two seconds at most, and at once after its
//! document has changed.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use ::pages::View;
use actix_web::http::header::{HeaderName, HeaderValue};
use domain::StatusPageId;
use moka::sync::Cache;

use super::encoded::Encoded;
use super::form::Form;
use super::headers;
use super::live;
use super::reading::{Hash, Known};
use super::refreshed::{Before, Got, Refreshed, Terms};
use super::source::Source;

/// How much of what was rendered is kept in memory, in bytes.
const MAX_BYTES: u64 = 48 * 1024 * 1024;

/// What each form counts, besides its bytes.
const FORM_BYTES: u32 = 1_024;

/// A form that nobody asks for is forgotten.
const IDLE: Duration = Duration::from_secs(60);

/// How often a form is rendered whose document stays the same: states change meanwhile.
const TERMS: Terms = Terms {
    fresh: Duration::from_secs(2),
    behind: Duration::from_secs(10),
};

/// A form of a page.
#[derive(Clone, Debug)]
pub(super) struct Rendered {
    pub(super) content: Encoded,
    /// What is sent along with it.
    pub(super) head: Vec<(HeaderName, HeaderValue)>,
    /// It is made of a document that could not be had anew, or is too old for another reason.
    pub(super) is_old: bool,
}

/// Of which document something was rendered; nothing where it cannot be had at the moment.
type Made = (Hash, Option<Arc<Rendered>>);

#[derive(Default)]
struct Place {
    made: Arc<Refreshed<Made>>,
    size: AtomicU32,
}

/// Which page, whether it is shown elsewhere than it says, and in what form.
type Key = (StatusPageId, bool, Form);

/// What was rendered.
pub(super) struct Renderings {
    source: Source,
    is_https: bool,
    places: Cache<Key, Arc<Place>>,
}

impl Renderings {
    pub(super) fn new(source: Source, is_https: bool) -> Self {
        let weigh = |_: &Key, place: &Arc<Place>| {
            let size = place.size.load(Ordering::Relaxed);
            size.saturating_add(FORM_BYTES)
        };
        Self {
            source,
            is_https,
            places: Cache::builder()
                .max_capacity(MAX_BYTES)
                .weigher(weigh)
                .time_to_idle(IDLE)
                .build(),
        }
    }

    /// A form that the page has.
    pub(super) async fn get(&self, known: &Arc<Known>, form: Form) -> Got<Option<Arc<Rendered>>> {
        let key = (known.document.id, known.is_elsewhere, form);
        let place = match self.places.get(&key) {
            Some(place) => place,
            None => self.places.get_with(key, Arc::default),
        };
        let make = |before: Before<Made>| {
            let before = before.value.and_then(|(_, rendered)| rendered);
            let (source, known, is_https) = (self.source.clone(), Arc::clone(known), self.is_https);
            async move {
                let rendered = render(&source, Arc::clone(&known), form, is_https, before).await;
                (known.hash, rendered.map(Arc::new))
            }
        };
        let got = place.made.get(TERMS, |(of, _)| *of == known.hash, make).await;
        let (_, rendered) = got.value;
        let size = rendered.as_ref().map_or(0, |rendered| rendered.content.size());
        let size = u32::try_from(size).unwrap_or(u32::MAX);
        if place.size.swap(size, Ordering::Relaxed) != size {
            // It is weighed anew.
            self.places.insert(key, place);
        }
        Got {
            value: rendered,
            was_awaited: got.was_awaited,
        }
    }
}

/// Renders a form with what its monitors are doing now.
async fn render(
    source: &Source,
    known: Arc<Known>,
    form: Form,
    is_https: bool,
    before: Option<Arc<Rendered>>,
) -> Option<Rendered> {
    // Redis was asked just now, and did not answer.
    let live = match known.is_kept || form == Form::Logo {
        true => HashMap::new(),
        false => live::states(source, &known.document).await,
    };
    let logo = match form {
        Form::Logo => Some(source.logo(&known.document.slug).await?),
        _ => None,
    };
    // It takes a core for some milliseconds, which others have requests for.
    let rendered = tokio::task::spawn_blocking(move || {
        let document = &known.document;
        let view = View::new(document, &live, shared::now());
        let content = match logo {
            Some(logo) => logo,
            None => form.made_of(&view)?,
        };
        let content = match before {
            Some(before) if before.content.plain()[..] == content[..] => before.content.clone(),
            _ => Encoded::new(content, form != Form::Logo),
        };
        Some(Rendered {
            content,
            head: headers::of_form(document, form, is_https),
            is_old: known.is_kept || view.is_stale(),
        })
    });
    rendered.await.ok().flatten()
}
