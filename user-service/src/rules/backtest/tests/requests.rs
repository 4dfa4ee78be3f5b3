use api::{BacktestInput, BacktestSelection};
use chrono_tz::Tz;
use domain::routing::{Labels, Recipients, Route};
use domain::{EscalationPolicyId, MonitorId, RouteId, Severity};
use serde_json::{Value, json};

use super::{NOW, at, candidate, read};
use crate::rules::backtest::{Request, Selected, goes_to};

#[test]
fn what_is_left_out_is_thirty_days_until_now_in_utc() {
    let request = read(json!({"candidates": [{}, {"name": " Calm "}]})).unwrap();
    assert_eq!(request.time, at("2026-11-01T12:00:00Z")..at(NOW));
    assert_eq!(request.time_zone, Tz::UTC);
    let names: Vec<_> = request.candidates.iter().map(|one| one.name.as_deref()).collect();
    assert_eq!(names, [Some("Candidate 1"), Some("Calm")]);
}

#[test]
fn every_field_that_is_not_valid_is_named() {
    for (input, wrong) in [
        (json!({"candidates": []}), vec!["candidates"]),
        (
            json!({"candidates": [{}, {}, {}, {}, {}, {}]}),
            vec!["candidates"],
        ),
        (
            json!({"candidates": [{}], "until": "2026-12-01T12:00:00.001Z"}),
            vec!["until"],
        ),
        (json!({"candidates": [{}], "from": NOW}), vec!["from"]),
        (
            json!({"candidates": [{}], "from": "2026-09-02T11:59:59.999Z"}),
            vec!["from"],
        ),
        (
            json!({"candidates": [{}], "from": "1969-12-31T23:59:59Z", "until": "1970-01-02T00:00:00Z"}),
            vec!["from"],
        ),
        (
            json!({"candidates": [{}], "until": "0000-01-01T00:00:00Z"}),
            vec!["from"],
        ),
        (json!({"candidates": [{}], "time_zone": ""}), vec!["time_zone"]),
        (
            json!({"candidates": [{}], "time_zone": "Mars/Base"}),
            vec!["time_zone"],
        ),
        (
            json!({"candidates": [{}, {"name": " "}]}),
            vec!["candidates.1.name"],
        ),
    ] {
        assert_eq!(read(input.clone()).unwrap_err(), wrong, "{input}");
    }
    let longest = json!({"candidates": [{}], "from": "2026-09-02T12:00:00Z", "time_zone": "Europe/Berlin"});
    assert_eq!(read(longest).unwrap().time_zone, Tz::Europe__Berlin);
}

#[test]
fn what_the_plan_does_not_show_is_not_gone_through() {
    let shown_from = at("2026-11-20T00:00:00Z");
    let read = |input: Value| {
        let input: BacktestInput = serde_json::from_value(input).unwrap();
        Request::read(input, at(NOW), Some(shown_from))
    };
    let request = read(json!({"candidates": [{}]})).unwrap();
    let first = at("2026-11-21T00:00:00Z");
    assert_eq!(request.time, first..at(NOW), "nor what nothing leads to");
    assert_eq!(request.lead_to(first), shown_from);
    assert_eq!(request.lead_to(shown_from), shown_from);
    let soon_after = shown_from.plus_millis(3_600_000);
    assert_eq!(request.lead_to(soon_after), shown_from);
    assert_eq!(request.lead_to(at(NOW)), at("2026-11-30T12:00:00Z"));
    let first = json!({"candidates": [{}], "from": shown_from});
    assert_eq!(read(first).unwrap().time.start, shown_from);
    for wrong in [
        json!({"candidates": [{}], "from": "2026-11-19T23:59:59.999Z"}),
        json!({"candidates": [{}], "until": "2026-11-19T00:00:00Z"}),
    ] {
        let refused = read(wrong.clone()).unwrap_err();
        assert_eq!(refused[0].field, "from", "{wrong}");
        let why = "must not be earlier than 2026-11-20T00:00:00.000Z: the plan shows no older results";
        assert_eq!(refused[0].message, why, "{wrong}");
    }
    // All of what is shown is less than what leads to something.
    let soon = json!({"candidates": [{}], "until": "2026-11-20T12:00:00Z"});
    assert_eq!(read(soon).unwrap().time.start, shown_from);
    let all = super::read(json!({"candidates": [{}]})).unwrap();
    assert_eq!(all.lead_to(all.time.start), at("2026-10-31T12:00:00Z"));
}

#[test]
fn so_many_days_end_at_the_end_and_are_cut_to_what_is_shown() {
    let from = |input: Value, shown_from: Option<&str>| {
        let input: BacktestInput = serde_json::from_value(input).unwrap();
        let read = Request::read(input, at(NOW), shown_from.map(at));
        read.map(|request| request.time.start).map_err(super::fields)
    };
    let days = |days: u32| json!({"candidates": [{}], "days": days});
    for (days_asked, shown_from, expected) in [
        (1, None, "2026-11-30T12:00:00Z"),
        (90, None, "2026-09-02T12:00:00Z"),
        (7, Some("2026-11-20T00:00:00Z"), "2026-11-24T12:00:00Z"),
        (90, Some("2026-11-20T00:00:00Z"), "2026-11-21T00:00:00Z"),
        (90, Some("2026-12-01T00:00:00Z"), "2026-12-01T00:00:00Z"),
    ] {
        assert_eq!(
            from(days(days_asked), shown_from),
            Ok(at(expected)),
            "{days_asked}"
        );
    }
    let earlier = json!({"candidates": [{}], "days": 2, "until": "2026-11-10T00:00:00Z"});
    assert_eq!(from(earlier, None), Ok(at("2026-11-08T00:00:00Z")));
    for wrong in [
        days(0),
        days(91),
        days(u32::MAX),
        json!({"candidates": [{}], "days": 7, "from": "2026-11-24T12:00:00Z"}),
    ] {
        assert_eq!(from(wrong.clone(), None), Err(vec!["days".to_owned()]), "{wrong}");
    }
}

#[test]
fn every_field_of_a_candidate_that_is_not_valid_is_named() {
    let plan = json!({"id": 5, "steps": [{"targets": [{"kind": "channel", "id": 1}]}]});
    let window = |fields: Value| json!({"windows": [fields]});
    for (fields, wrong) in [
        (
            json!({"rule": {"down_after": 0, "slow_ms": 0}}),
            vec!["rule.down_after", "rule.slow_ms"],
        ),
        (
            json!({"rule": {"down_after": 3, "down_of": 3}}),
            vec!["rule.down_of"],
        ),
        (
            json!({"recipients": {"to": "channels", "channels": []}}),
            vec!["recipients.channels"],
        ),
        (
            json!({"flapping": {"outages": 1, "within_minutes": 60, "lasting_minutes": 5}}),
            vec!["flapping.outages"],
        ),
        (json!({"depends_on": vec![1; 21]}), vec!["depends_on"]),
        (json!({"depends_on": [1, 1]}), vec!["depends_on"]),
        (
            json!({"routes": [{"recipients": {"to": "nobody"}},
                              {"conditions": {"kinds": ["pigeon"], "outside_hours": true},
                               "recipients": {"to": "channels", "channels": []}}]}),
            vec![
                "routes.1.conditions.outside_hours",
                "routes.1.conditions.kinds.0",
                "routes.1.recipients.channels",
            ],
        ),
        (
            json!({"routes": vec![json!({"recipients": {"to": "nobody"}}); 1_001]}),
            vec!["routes"],
        ),
        (
            json!({"policies": [{"id": 5, "steps": []}]}),
            vec!["policies.0.steps"],
        ),
        (json!({"policies": [plan, plan]}), vec!["policies.1.id"]),
        (json!({"policies": vec![plan.clone(); 21]}), vec!["policies"]),
        (
            window(json!({"repeat": "once", "from": NOW, "until": NOW})),
            vec!["windows.0.until"],
        ),
        (
            window(
                json!({"repeat": "weekly", "weekday": "Sun", "from": "22:00:00", "minutes": 0,
                          "time_zone": "UTC"}),
            ),
            vec!["windows.0.minutes"],
        ),
        (
            window(
                json!({"repeat": "recurring", "starts": "2026-11-01T22:00:00", "rule": "FREQ=HOURLY",
                          "minutes": 60, "time_zone": "UTC"}),
            ),
            vec!["windows.0.rule"],
        ),
        (
            json!({"windows": vec![json!({"repeat": "once", "from": "2026-11-01T00:00:00Z", "until": NOW}); 21]}),
            vec!["windows"],
        ),
        (json!({"without": vec!["mute"; 8]}), vec!["without"]),
        (json!({"without": ["mute", "silence", "mute"]}), vec!["without"]),
        (json!({"as_it_was": true, "severity": "info"}), vec!["as_it_was"]),
        (json!({"as_it_was": true, "rule": {}}), vec!["as_it_was"]),
        (json!({"as_it_was": true, "recipients": null}), vec!["as_it_was"]),
    ] {
        let named: Vec<String> = wrong
            .iter()
            .map(|field| format!("candidates.0.{field}"))
            .collect();
        let read = read(json!({"candidates": [fields]}));
        assert_eq!(read.unwrap_err(), named, "{fields}");
    }
    let valid = json!({
        "rule": {"down_after": 3, "down_of": 5, "slow_ms": null}, "recipients": {"to": "nobody"}, "flapping": null,
        "depends_on": [3, 2], "routes": [], "policies": [plan], "without": ["mute", "quiet_hours"],
        "windows": [{"repeat": "weekly", "weekday": "Sun", "from": "22:00:00", "minutes": 60, "time_zone": "UTC"},
                    {"repeat": "recurring", "starts": "2026-11-01T22:00:00", "rule": "FREQ=DAILY", "minutes": 60,
                     "time_zone": "Europe/Berlin"}]
    });
    let read = candidate(valid);
    assert_eq!(read.depends_on, Some(vec![MonitorId(2), MonitorId(3)]));
    assert_eq!(read.routes.map(|routes| routes.len()), Some(0));
}

#[test]
fn exactly_one_selection_is_given() {
    let selected = |fields: Value| {
        let given: BacktestSelection = serde_json::from_value(fields).unwrap();
        Selected::read(given).map_err(|error| error.field)
    };
    assert_eq!(
        selected(json!({"monitors": [2, 1, 2]})),
        Ok(Selected::Monitors(vec![MonitorId(1), MonitorId(2)]))
    );
    assert_eq!(selected(json!({"tag": "eu"})), Ok(Selected::Tag("eu".to_owned())));
    let policy = Selected::Policy(EscalationPolicyId(3));
    assert_eq!(selected(json!({"policy_id": 3})), Ok(policy));
    for wrong in ["", " ", "a\u{0}"] {
        assert_eq!(selected(json!({"tag": wrong})), Err("tag".to_owned()));
    }
    let most: Vec<i64> = (0..100).collect();
    assert!(selected(json!({"monitors": most})).is_ok());
    let many: Vec<i64> = (0..101).collect();
    for wrong in [
        json!({}),
        json!({"monitors": []}),
        json!({"monitors": [1], "tag": "eu"}),
        json!({"tag": "eu", "policy_id": 3}),
        json!({"monitors": many}),
    ] {
        assert_eq!(selected(wrong.clone()), Err("monitors".to_owned()), "{wrong}");
    }
}

#[test]
fn outages_go_to_a_policy_by_the_monitor_itself_or_by_a_route() {
    let to = |id| Recipients::Policy {
        policy_id: EscalationPolicyId(id),
    };
    let routes = [Route {
        id: RouteId(1),
        name: "All".to_owned(),
        conditions: serde_json::from_value(json!({"severities": ["critical"], "alerts": ["down"]})).unwrap(),
        recipients: to(3),
        goes_on: false,
    }];
    let goes = |id, labels: &Labels| goes_to(EscalationPolicyId(id), labels, &routes, at(NOW));
    let mut labels = Labels::default();
    assert!(goes(3, &labels));
    assert!(!goes(4, &labels));
    labels.recipients = Some(to(4));
    assert!(goes(4, &labels) && !goes(3, &labels));
    let labels = Labels {
        severity: Severity::Info,
        ..Labels::default()
    };
    assert!(!goes(3, &labels));
}
