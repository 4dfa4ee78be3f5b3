//! How large pages are on the wire.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use pages::document::Document;
use pages::html;

use crate::samples::{many, view};

fn compressed(document: &Document) -> usize {
    let page = html::page(&view(document));
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(page.as_bytes()).expect("memory takes it");
    encoder.finish().expect("memory takes it").len()
}

#[test]
fn pages_are_small() {
    for (components, kilobytes) in [(10, 10), (50, 50), (200, 100)] {
        let document = many(components);
        let days: Vec<_> = document
            .components()
            .flat_map(|component| &component.days)
            .collect();
        let bad = days.iter().filter(|day| day.down_ms > 0).count();
        let missing = days.iter().filter(|day| day.up_ms == 0).count();
        assert!(bad > 0 && missing > 0, "{bad} days with outages, {missing} holes");
        let size = compressed(&document);
        assert!(size <= kilobytes * 1_000, "{components} components: {size} bytes");
    }
}
