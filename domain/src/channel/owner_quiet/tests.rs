use serde_json::{Value, json};

use super::super::ChannelAlerts;
use super::*;
use crate::json::from_value;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn quiet(windows: Value) -> OwnerQuietHours {
    from_value(json!({"time_zone": "Europe/Berlin", "windows": windows})).unwrap()
}

fn set(windows: Value) -> Result<OwnerQuietHours, Vec<FieldError>> {
    let OwnerQuietHours {
        time_zone,
        windows,
        passes,
    } = quiet(windows);
    OwnerQuietHours::new(Some(time_zone.name()), windows.into(), passes)
}

fn fields(made: Result<OwnerQuietHours, Vec<FieldError>>) -> Vec<String> {
    let errors = made.err().unwrap_or_default();
    errors.into_iter().map(|error| error.field).collect()
}

fn window(days: &[&str], from: &str, until: &str) -> Value {
    json!({"days": days, "from": from, "until": until})
}

#[test]
fn windows_that_overlap_or_follow_count_as_one() {
    // Nights until seven, and on Saturday until nine; Sunday is quiet until the evening.
    let quiet = quiet(json!([
        window(&[], "22:00:00", "07:00:00"),
        window(&["Sat"], "06:00:00", "09:00:00"),
        window(&["Sun"], "07:00:00", "20:00:00"),
    ]));
    for (instant, end) in [
        // 2026-11-27 is a Friday, one hour ahead of UTC.
        ("2026-11-27T20:59:59Z", None),
        ("2026-11-27T21:00:00Z", Some("2026-11-28T08:00:00Z")),
        ("2026-11-28T07:59:59Z", Some("2026-11-28T08:00:00Z")),
        ("2026-11-28T08:00:00Z", None),
        ("2026-11-28T23:00:00Z", Some("2026-11-29T19:00:00Z")),
        ("2026-11-29T20:00:00Z", None),
        ("2026-11-30T03:00:00Z", Some("2026-11-30T06:00:00Z")),
    ] {
        let until = quiet.until(Severity::Warning, at(instant));
        assert_eq!(until, end.map(at), "{instant}");
        assert_eq!(quiet.until(Severity::Critical, at(instant)), None);
    }
}

#[test]
fn what_passes_is_said_by_the_member() {
    let night = at("2026-11-27T23:00:00Z");
    let end = Some(at("2026-11-28T06:00:00Z"));
    let mut quiet = quiet(json!([window(&[], "22:00:00", "07:00:00")]));
    assert_eq!(quiet.passes, Some(Severity::Critical));
    quiet.passes = None;
    assert_eq!(quiet.until(Severity::Critical, night), end);
    quiet.passes = Some(Severity::Warning);
    assert_eq!(quiet.until(Severity::Warning, night), None);
    assert_eq!(quiet.until(Severity::Info, night), end);
}

#[test]
fn those_of_the_channel_and_of_its_owner_hold_one_after_the_other() {
    let own = json!({"hours": {"time_zone": "Europe/Berlin", "from": "20:00:00", "until": "22:30:00"},
                     "passes": null});
    let mut alerts: ChannelAlerts = from_value(json!({"quiet_hours": own})).unwrap();
    let (evening, night) = (at("2026-11-27T19:00:00Z"), at("2026-11-27T23:00:00Z"));
    let (late, morning) = (at("2026-11-27T21:30:00Z"), at("2026-11-28T06:00:00Z"));
    let severities = [Severity::Warning, Severity::Critical];
    let until = |alerts: &ChannelAlerts, now| severities.map(|severity| alerts.quiet_until(severity, now));
    assert_eq!(until(&alerts, evening), [Some(late), Some(late)]);
    assert_eq!(until(&alerts, night), [None, None]);
    alerts.owner_quiet_hours = Some(quiet(json!([window(&[], "22:00:00", "07:00:00")])));
    // What passes in the ones does not in the others.
    assert_eq!(until(&alerts, evening), [Some(morning), Some(late)]);
    assert_eq!(until(&alerts, night), [Some(morning), None]);
    alerts.quiet_hours = None;
    assert_eq!(until(&alerts, evening), [None, None]);
    assert_eq!(until(&alerts, night), [Some(morning), None]);
}

#[test]
fn hours_that_leave_no_time_together_hold_nothing_back() {
    let alerts = |zone: &str, from: &str, until: &str| -> ChannelAlerts {
        let night = json!({"time_zone": "Europe/Berlin", "from": "22:00:00", "until": "07:00:00"});
        let days = json!({"time_zone": zone, "windows": [window(&[], from, until)]});
        from_value(json!({"quiet_hours": {"hours": night}, "owner_quiet_hours": days})).unwrap()
    };
    let until = |alerts: &ChannelAlerts, instant| alerts.quiet_until(Severity::Warning, at(instant));
    let never = alerts("Europe/Berlin", "07:00:00", "22:00:00");
    for instant in [
        "2026-11-27T23:00:00Z",
        "2026-11-28T12:00:00Z",
        "2026-03-28T12:00:00Z",
    ] {
        assert_eq!(until(&never, instant), None, "{instant}");
    }
    let almost = alerts("Europe/Berlin", "07:00:01", "22:00:00");
    let morning = Some(at("2026-11-28T06:00:00Z"));
    assert_eq!(until(&almost, "2026-11-27T12:00:00Z"), morning);
    // An hour is left in summer only; it is waited for when that is near.
    let in_winter = alerts("UTC", "06:00:00", "21:00:00");
    assert_eq!(until(&in_winter, "2026-01-15T12:00:00Z"), None);
    assert_eq!(until(&in_winter, "2026-03-10T12:00:00Z"), None);
    let summer = Some(at("2026-03-29T05:00:00Z"));
    assert_eq!(until(&in_winter, "2026-03-20T12:00:00Z"), summer);
    let morning = Some(at("2026-07-01T05:00:00Z"));
    assert_eq!(until(&in_winter, "2026-07-01T00:00:00Z"), morning);
}

#[test]
fn they_leave_a_time_of_the_week() {
    for (windows, fills) in [
        (json!([]), false),
        (json!([window(&[], "00:00:00", "00:00:00")]), true),
        (json!([window(&[], "09:00:00", "09:00:00")]), true),
        (json!([window(&["Mon", "Tue"], "00:00:00", "00:00:00")]), false),
        (
            json!([
                window(&[], "22:00:00", "07:00:00"),
                window(&[], "07:00:00", "22:00:00")
            ]),
            true,
        ),
        (
            json!([
                window(&[], "22:00:00", "07:00:00"),
                window(&[], "07:00:01", "22:00:00")
            ]),
            false,
        ),
        (
            json!([
                window(&["Mon", "Tue", "Wed", "Thu", "Fri"], "00:00:00", "00:00:00"),
                window(&["Sat", "Sun"], "00:00:00", "00:00:00")
            ]),
            true,
        ),
        (
            json!([
                window(&["Mon", "Tue", "Wed", "Thu", "Fri"], "00:00:00", "00:00:00"),
                window(&["Sat", "Sun"], "00:00:00", "23:00:00")
            ]),
            false,
        ),
        // From Sunday evening into Monday.
        (
            json!([window(
                &["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
                "06:00:00",
                "06:00:00"
            )]),
            true,
        ),
    ] {
        let found = fields(set(windows.clone()));
        assert_eq!(found, if fills { &["windows"][..] } else { &[] }, "{windows}");
    }
}

#[test]
fn they_end_although_the_clocks_close_the_gap() {
    // The one hour of the year that is not quiet is left out on this Sunday; the next one comes a week later.
    let almost = quiet(json!([
        window(
            &["Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
            "00:00:00",
            "00:00:00"
        ),
        window(&["Sun"], "00:00:00", "02:00:00"),
        window(&["Sun"], "03:00:00", "00:00:00"),
    ]));
    assert!(!almost.fill_the_week());
    // Also from the end of the one before on, which is two weeks off.
    for instant in ["2026-03-22T02:00:00Z", "2026-03-28T12:00:00Z"] {
        let until = almost.until(Severity::Info, at(instant));
        assert_eq!(until, Some(at("2026-04-05T00:00:00Z")), "{instant}");
    }
}

#[test]
fn what_is_wrong_is_named() {
    let night = || -> QuietWindow { from_value(window(&[], "22:00:00", "07:00:00")).unwrap() };
    let berlin = Some("Europe/Berlin");
    let new = |zone, count| fields(OwnerQuietHours::new(zone, vec![night(); count], None));
    assert_eq!(new(None, 1), ["time_zone"]);
    assert_eq!(new(Some("Mars/Base"), 1), ["time_zone"]);
    assert_eq!(new(berlin, 8), ["windows"]);
    assert_eq!(new(None, 8), ["time_zone", "windows"]);
    assert_eq!(new(None, 0), [""; 0]);
    assert_eq!(new(berlin, 7), [""; 0]);
    assert_eq!(new(Some("Mars/Base"), 0), ["time_zone"]);
    let none = OwnerQuietHours::new(berlin, Vec::new(), None);
    assert_eq!(none.unwrap(), OwnerQuietHours::default());
}

#[test]
fn they_are_stored_as_a_list_of_windows() {
    let night = window(&["Mon"], "22:00:00", "07:00:00");
    let all = json!({"time_zone": "UTC", "windows": vec![night.clone(); 7], "passes": null});
    let read: OwnerQuietHours = from_value(all.clone()).unwrap();
    assert_eq!(json!(read), all);
    let many = json!({"time_zone": "UTC", "windows": vec![night; 8]});
    assert_eq!(from_value::<OwnerQuietHours>(many).unwrap_err().field, "windows");
    assert!(!read.is_empty() && OwnerQuietHours::default().is_empty());
}
