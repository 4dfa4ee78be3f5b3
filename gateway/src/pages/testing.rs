//! What unit tests show.

use ::pages::Document;
use ::pages::document::{Component, ComponentMonitor, FORMAT, Group, Guard};
use domain::live::LiveState;
use domain::status_page::{Impact, Locale, Theme};
use domain::{ComponentId, MonitorId, OrgId, StatusPageId};

/// A public page with one component.
pub(crate) fn document() -> Document {
    let component = Component {
        id: ComponentId(3),
        name: "Shop".to_owned(),
        description: None,
        monitor: Some(ComponentMonitor {
            id: MonitorId(42),
            state: LiveState::Up,
        }),
        external: None,
        reported: Impact::Operational,
        since: None,
        days: Vec::new(),
        uptime: None,
        latency: None,
    };
    Document {
        format: FORMAT,
        id: StatusPageId(7),
        org_id: OrgId(1),
        slug: "acme".to_owned(),
        url: "https://status.example.org/acme".to_owned(),
        title: "Acme".to_owned(),
        description: None,
        contact_url: None,
        accent_colour: "#1f6feb".to_owned(),
        theme: Theme::Auto,
        locale: Locale::En,
        time_zone: chrono_tz::UTC,
        allow_index: true,
        history_days: 90,
        logo: None,
        takes_subscribers: false,
        guard: Guard::Public,
        guard_version: 1,
        groups: vec![Group {
            name: None,
            is_open: true,
            components: vec![component],
        }],
        reports: Vec::new(),
        maintenance: Vec::new(),
        as_of: shared::now(),
    }
}
