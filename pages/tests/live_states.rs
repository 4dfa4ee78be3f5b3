//! States that are newer than the document.

use std::collections::HashMap;

use domain::MonitorId;
use domain::live::LiveState;
use pages::{View, html};

use crate::dom::Dom;
use crate::samples::{fine, now};

#[test]
fn what_is_newer_is_shown() {
    let document = fine();
    let live = HashMap::from([(MonitorId(3), LiveState::Down)]);
    let dom = Dom::parse(&html::page(&View::new(&document, &live, now())));
    assert!(
        dom.with_class("banner")[0]
            .text()
            .starts_with("Major outage 1 component is affected")
    );
    assert!(dom.text().contains("Checkout Major outage"));
}
