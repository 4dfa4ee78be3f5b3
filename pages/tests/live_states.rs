//! States that are newer than the document.

use std::collections::HashMap;

use domain::live::LiveState;
use domain::status_page::ExternalState;
use domain::{ComponentId, MonitorId};
use pages::document::External;
use pages::statuspage::{self, Part};
use pages::{View, badge, html};

use crate::dom::Dom;
use crate::samples::{self, ago, fine, now};

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

#[test]
fn what_another_page_says_holds_for_ten_minutes_and_then_nobody_knows() {
    let said = |state, minutes: i64| External {
        state,
        read_at: Some(ago(minutes * 60_000)),
    };
    let outage = Some(ExternalState::MajorOutage);
    for (external, shown, color) in [
        (
            said(Some(ExternalState::Operational), 0),
            "Operational",
            "success",
        ),
        (
            said(Some(ExternalState::UnderMaintenance), 1),
            "Under maintenance",
            "informational",
        ),
        (said(outage, 10), "Major outage", "critical"),
        (said(outage, 11), "Unknown", "inactive"),
        (said(None, 0), "Unknown", "inactive"),
        (
            External {
                state: None,
                read_at: None,
            },
            "Unknown",
            "inactive",
        ),
    ] {
        let mut document = fine();
        let mut component = samples::component(9, "Payments", LiveState::Down, Vec::new());
        (component.monitor, component.uptime) = (None, None);
        component.external = Some(external);
        document.groups = vec![samples::group(None, true, vec![component])];
        let view = samples::view(&document);
        let text = Dom::parse(&html::page(&view)).text();
        assert!(
            text.contains(&format!("Payments {shown}")),
            "{external:?}: {text}"
        );
        let badge = badge::shields(&view, Some(ComponentId(9))).unwrap();
        assert_eq!(badge["color"], color, "{external:?}");
        let summary = statuspage::document(&view, Part::Summary);
        let is_down = summary["components"][0]["status"] == "major_outage";
        assert_eq!(is_down, shown == "Major outage", "{external:?}");
        assert_eq!(summary["components"][0]["showcase"], false);
    }
}
