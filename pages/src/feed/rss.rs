//! RSS 2.0 (<https://www.rssboard.org/rss-specification>).

use rss::extension::atom::{AtomExtension, Link};
use rss::{Channel, Guid, Item};

use super::entries::{self, Entry};
use crate::address;
use crate::view::View;
use crate::words;

/// For how many minutes a reader may keep the feed.
const TTL: &str = "5";

pub(super) fn write(view: &View<'_>) -> String {
    let document = view.document;
    let entries = entries::newest(document);
    let channel = Channel {
        title: entries::title(document),
        link: document.url.clone(),
        description: entries::about(document),
        language: Some(words::of(document.locale).lang.to_owned()),
        last_build_date: Some(entries::updated(document, &entries).to_rfc2822()),
        ttl: Some(TTL.to_owned()),
        atom_ext: Some(AtomExtension {
            links: vec![Link {
                rel: "self".to_owned(),
                href: address::absolute(document, address::RSS),
                mime_type: Some("application/rss+xml".to_owned()),
                ..Link::default()
            }],
        }),
        items: entries.into_iter().map(item).collect(),
        ..Channel::default()
    };
    channel.to_string()
}

fn item(entry: Entry) -> Item {
    Item {
        title: Some(entry.title),
        link: Some(entry.link),
        description: Some(entry.content),
        guid: Some(Guid {
            value: entry.id,
            permalink: false,
        }),
        pub_date: Some(entry.published.to_rfc2822()),
        ..Item::default()
    }
}
