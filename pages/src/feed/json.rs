//! JSON Feed 1.1 (<https://www.jsonfeed.org/version/1.1/>).

use serde_json::json;

use super::entries;
use crate::address;
use crate::view::View;
use crate::words;

pub(super) fn write(view: &View<'_>) -> String {
    let document = view.document;
    let item = |entry: entries::Entry| {
        json!({
            "id": entry.id,
            "url": entry.link,
            "title": entry.title,
            "content_html": entry.content,
            "date_published": entry.published.to_rfc3339(),
            "date_modified": entry.updated.to_rfc3339(),
            "tags": [entry.status],
        })
    };
    let items: Vec<_> = entries::newest(document).into_iter().map(item).collect();
    let feed = json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": entries::title(document),
        "description": entries::about(document),
        "home_page_url": document.url,
        "feed_url": address::absolute(document, address::JSON_FEED),
        "language": words::of(document.locale).lang,
        "items": items,
    });
    feed.to_string()
}
