use super::*;
use crate::ids::ChannelId;

const MONDAY_NOON: &str = "2026-11-23T12:00:00Z";

fn channels(ids: &[i64]) -> Recipients {
    Recipients::Channels {
        channels: ids.iter().map(|&id| ChannelId(id)).collect(),
    }
}

fn rule(id: i64, conditions: Conditions, goes_on: bool) -> Route {
    Route {
        id: RouteId(id),
        name: format!("route {id}"),
        conditions,
        recipients: channels(&[id]),
        goes_on,
    }
}

fn tagged(tag: i64) -> Conditions {
    Conditions {
        tags: vec![TagId(tag)],
        ..Conditions::default()
    }
}

fn incident(labels: &Labels) -> RoutedIncident<'_> {
    RoutedIncident {
        labels,
        degraded: false,
        error_code: Some(ErrorCode::ReadTimeout),
        started_at: MONDAY_NOON.parse().unwrap(),
    }
}

fn taken_by(routes: &[Route], labels: &Labels) -> Vec<RoutedBy> {
    let destinations = route(routes, &incident(labels));
    destinations
        .into_iter()
        .map(|destination| destination.by)
        .collect()
}

#[test]
fn the_first_route_that_matches_decides_unless_it_goes_on() {
    let labels = Labels {
        tags: vec![TagId(1), TagId(2)],
        ..Labels::default()
    };
    let by = |route_id| RoutedBy::Route {
        route_id: RouteId(route_id),
    };
    let routes = [
        rule(1, tagged(9), false),
        rule(2, tagged(2), true),
        rule(3, tagged(1), false),
        rule(4, Conditions::default(), false),
    ];
    assert_eq!(taken_by(&routes, &labels), [by(2), by(3)]);
    assert_eq!(taken_by(&routes, &Labels::default()), [by(4)]);
    assert_eq!(taken_by(&routes[..1], &labels), [RoutedBy::Default]);
    // One that goes on and is the last has taken it.
    assert_eq!(taken_by(&routes[1..2], &labels), [by(2)]);
    let own = Labels {
        recipients: Some(Recipients::Nobody),
        ..labels
    };
    assert_eq!(taken_by(&routes, &own), [RoutedBy::Monitor]);
}

#[test]
fn each_condition_is_named_when_it_does_not_hold() {
    let hours = Hours {
        time_zone: chrono_tz::UTC,
        days: [chrono::Weekday::Sun].into_iter().collect(),
        from: chrono::NaiveTime::MIN,
        until: chrono::NaiveTime::MIN,
    };
    let labels = Labels {
        kind: Some("http".into()),
        ..Labels::default()
    };
    let all = Conditions::default();
    assert_eq!(all.unmet(&incident(&labels)), None);
    for (conditions, unmet) in [
        (tagged(1), Some(Condition::Tags)),
        (
            Conditions {
                kinds: vec!["tcp".into()],
                ..all.clone()
            },
            Some(Condition::Kinds),
        ),
        (
            Conditions {
                kinds: vec!["tcp".into(), "http".into()],
                ..all.clone()
            },
            None,
        ),
        (
            Conditions {
                severities: vec![Severity::Info],
                ..all.clone()
            },
            Some(Condition::Severities),
        ),
        (
            Conditions {
                alerts: vec![RoutedAlert::Degraded],
                ..all.clone()
            },
            Some(Condition::Alerts),
        ),
        (
            Conditions {
                error_codes: vec![ErrorCode::DnsFailure],
                ..all.clone()
            },
            Some(Condition::ErrorCodes),
        ),
        (
            Conditions {
                hours: Some(hours),
                ..all.clone()
            },
            Some(Condition::Hours),
        ),
        (
            Conditions {
                hours: Some(hours),
                outside_hours: true,
                ..all.clone()
            },
            None,
        ),
    ] {
        assert_eq!(conditions.unmet(&incident(&labels)), unmet, "{conditions:?}");
    }
}
