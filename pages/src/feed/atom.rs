//! Atom (RFC 4287).

use atom_syndication::{Content, Entry, Feed, Link, Person, Text};

use super::entries;
use crate::address;
use crate::names;
use crate::view::View;
use crate::words;

pub(super) fn write(view: &View<'_>) -> String {
    let document = view.document;
    let entries = entries::newest(document);
    let title = entries::title(document);
    let feed = Feed {
        title: Text::plain(title.clone()),
        subtitle: Some(Text::plain(entries::about(document))),
        id: names::feed(document.id),
        updated: entries::updated(document, &entries),
        authors: vec![Person {
            name: title,
            ..Person::default()
        }],
        links: vec![
            link(
                "self",
                "application/atom+xml",
                address::absolute(document, address::ATOM),
            ),
            link("alternate", "text/html", document.url.clone()),
        ],
        lang: Some(words::of(document.locale).lang.to_owned()),
        entries: entries.into_iter().map(entry).collect(),
        ..Feed::default()
    };
    feed.to_string()
}

fn link(rel: &str, media_type: &str, href: String) -> Link {
    Link {
        rel: rel.to_owned(),
        mime_type: Some(media_type.to_owned()),
        href,
        ..Link::default()
    }
}

fn entry(entry: entries::Entry) -> Entry {
    Entry {
        title: Text::plain(entry.title),
        id: entry.id,
        updated: entry.updated,
        published: Some(entry.published),
        links: vec![link("alternate", "text/html", entry.link)],
        content: Some(Content {
            content_type: Some("html".to_owned()),
            value: Some(entry.content),
            ..Content::default()
        }),
        ..Entry::default()
    }
}
