//! Addresses in the dashboard, for messages.

use domain::alert_event::AlertKind;
use domain::{MonitorId, Timestamp};

/// The page of a monitor, or of the drill whose own it is.
pub(crate) fn monitor(public_url: &str, monitor: MonitorId) -> String {
    match monitor.drill() {
        Some(drill) => format!("{public_url}/drills/{drill}"),
        None => format!("{public_url}/monitors/{monitor}"),
    }
}

/// The page that says why somebody was notified of a monitor at an instant, by the address of the monitor's page.
pub(crate) fn why(monitor_page: &str, at: Timestamp) -> String {
    format!("{monitor_page}/why?at={at}")
}

/// The list of drills.
pub(crate) fn drills(public_url: &str) -> String {
    format!("{public_url}/drills")
}

/// The list of monitors, as far as a storm concerns them.
pub(crate) fn storm(public_url: &str, kind: AlertKind) -> String {
    let filter = match kind {
        AlertKind::Down | AlertKind::Reminder | AlertKind::Acknowledged => "?state=down",
        AlertKind::Degraded => "?state=degraded",
        // They are up, or not checked any more: any of them may be looked for.
        AlertKind::Up | AlertKind::Recovered | AlertKind::Unseen | AlertKind::Seen => "",
    };
    format!("{public_url}/{filter}")
}

/// The page on which a recipient of e-mail channels says whether it wants alerts.
pub(crate) fn recipient(public_url: &str, token: &str) -> String {
    format!("{public_url}/recipients/{token}")
}

/// The same page, for somebody who does not want them.
pub(crate) fn unwanted(public_url: &str, token: &str) -> String {
    format!("{}?decline=true", recipient(public_url, token))
}

/// What a mail program calls by itself for somebody who does not want them (RFC 8058).
pub(crate) fn one_click(public_url: &str, token: &str) -> String {
    format!("{public_url}/api/v1/recipients/{token}/decline")
}

/// The page on which whoever has the token of an incident acknowledges it.
pub(crate) fn acknowledge(public_url: &str, token: &str) -> String {
    format!("{public_url}/acknowledge/{token}")
}

/// What acknowledges it when it is posted to.
pub(crate) fn acknowledge_at_once(public_url: &str, token: &str) -> String {
    format!("{public_url}/api/v1/acknowledgements/{token}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [AlertKind; 6] = [
        AlertKind::Down,
        AlertKind::Up,
        AlertKind::Reminder,
        AlertKind::Acknowledged,
        AlertKind::Degraded,
        AlertKind::Recovered,
    ];

    /// The paths of the dashboard's router.
    fn routes() -> Vec<String> {
        let router = concat!(env!("CARGO_MANIFEST_DIR"), "/../dashboard/src/router.tsx");
        let source = std::fs::read_to_string(router).unwrap();
        let paths = source.split("path: '").skip(1);
        let paths = paths.map(|rest| rest.split('\'').next().unwrap().to_owned());
        paths.collect()
    }

    fn is_route(path: &str, route: &str) -> bool {
        let (path, route) = (path.split('/'), route.split('/'));
        path.clone().count() == route.clone().count()
            && path
                .zip(route)
                .all(|(part, wanted)| wanted == part || wanted.starts_with('$'))
    }

    #[test]
    fn every_link_leads_to_a_page_of_the_dashboard() {
        let routes = routes();
        let storms = ALL.map(|kind| storm("https://status.example", kind));
        let links = storms.into_iter().chain([
            monitor("https://status.example", MonitorId(42)),
            monitor("https://status.example", MonitorId(-3)),
            drills("https://status.example"),
            why(
                &monitor("https://status.example", MonitorId(42)),
                Timestamp::from_millis(1_795_255_200_118),
            ),
            recipient("https://status.example", "AQAB"),
            unwanted("https://status.example", "AQAB"),
            acknowledge("https://status.example", "AQAB"),
        ]);
        for link in links {
            let link = url::Url::parse(&link).unwrap();
            assert!(
                routes.iter().any(|route| is_route(link.path(), route)),
                "{link}: {routes:?}"
            );
        }
        assert!(!routes.iter().any(|route| is_route("/monitors", route)));
    }

    #[test]
    fn an_explanation_is_asked_for_by_its_instant() {
        let page = monitor("https://status.example", MonitorId(42));
        let link = url::Url::parse(&why(&page, Timestamp::from_millis(1_795_255_200_118))).unwrap();
        assert_eq!(link.path(), "/monitors/42/why");
        let query: Vec<_> = link.query_pairs().into_owned().collect();
        let at = ("at".to_owned(), "2026-11-21T10:00:00.118Z".to_owned());
        assert_eq!(query, [at]);
        assert_eq!(monitor("", MonitorId(-3)), "/drills/3");
    }

    #[test]
    fn a_storm_links_to_states_that_the_list_can_filter_by() {
        let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/../dashboard/src/api/schema.ts");
        let schema = std::fs::read_to_string(schema).unwrap();
        let states = schema.lines().find(|line| line.contains("const liveStateValues"));
        for link in ALL.map(|kind| storm("", kind)) {
            if let Some((_, state)) = link.split_once("?state=") {
                assert!(states.unwrap().contains(&format!("\"{state}\"")), "{link}");
            }
        }
    }
}
