//! How schedules are written, which is how they are stored.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use schedules::Schedule;
use serde_json::{Value, json};

#[test]
fn what_was_ever_written_is_read_and_written_the_same() {
    for line in include_str!("../fixtures/schedules.jsonl").lines() {
        let schedule: Schedule = serde_json::from_str(line).unwrap();
        assert_eq!(serde_json::to_string(&schedule).unwrap(), line);
    }
}

#[test]
fn what_is_not_valid_is_not_read() {
    for (written, error) in [
        (
            json!({"kind": "period", "period_seconds": 59}),
            "period_seconds: 59 is outside 60 to 31536000",
        ),
        (
            json!({"kind": "cron", "expression": "61 * * * *", "timezone": "UTC"}),
            "expression: minute 61 is outside 0 to 59",
        ),
        (
            json!({"kind": "on_calendar", "expression": "daily", "timezone": "CEST"}),
            "timezone: `CEST` is not a time zone such as Europe/Berlin",
        ),
        (
            json!({"kind": "cron", "expression": "* * * * *"}),
            "missing field `timezone`",
        ),
    ] {
        let read = serde_json::from_value::<Schedule>(written);
        assert_eq!(read.unwrap_err().to_string(), error);
    }
}

#[test]
fn an_expression_is_kept_as_it_was_written() {
    let written: Value =
        json!({"kind": "cron", "expression": " 5  * * *\tmon ", "timezone": "Asia/Calcutta"});
    let schedule: Schedule = serde_json::from_value(written).unwrap();
    let expected = json!({"kind": "cron", "expression": "5  * * *\tmon", "timezone": "Asia/Calcutta"});
    assert_eq!(serde_json::to_value(schedule).unwrap(), expected);
}
