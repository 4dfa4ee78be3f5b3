use super::*;

fn at(text: &str) -> i64 {
    text.parse::<chrono::DateTime<chrono::Utc>>()
        .unwrap()
        .timestamp_millis()
}

/// The next ones in UTC.
fn next<const N: usize>(expression: &str, timezone: &str, after: &str) -> [String; N] {
    let schedule = OnCalendar::parse(expression, timezone).unwrap();
    let mut last = at(after);
    [(); N].map(|()| {
        last = schedule.next_after(last).unwrap();
        let instant = chrono::DateTime::from_timestamp_millis(last).unwrap();
        instant.format("%Y-%m-%d %H:%M:%S").to_string()
    })
}

#[test]
fn parts_are_read_as_systemd_does() {
    let after = "2026-01-01T00:00:00Z";
    for (expression, first, second) in [
        ("minutely", "2026-01-01 00:01:00", "2026-01-01 00:02:00"),
        ("Hourly", "2026-01-01 01:00:00", "2026-01-01 02:00:00"),
        ("daily", "2026-01-02 00:00:00", "2026-01-03 00:00:00"),
        ("weekly", "2026-01-05 00:00:00", "2026-01-12 00:00:00"),
        ("monthly", "2026-02-01 00:00:00", "2026-03-01 00:00:00"),
        ("quarterly", "2026-04-01 00:00:00", "2026-07-01 00:00:00"),
        ("semiannually", "2026-07-01 00:00:00", "2027-01-01 00:00:00"),
        ("yearly", "2027-01-01 00:00:00", "2028-01-01 00:00:00"),
        ("12:30", "2026-01-01 12:30:00", "2026-01-02 12:30:00"),
        ("*:0/20:5,40", "2026-01-01 00:00:05", "2026-01-01 00:00:40"),
        ("Mon", "2026-01-05 00:00:00", "2026-01-12 00:00:00"),
        ("sat, 8:0", "2026-01-03 08:00:00", "2026-01-10 08:00:00"),
        ("Saturday..Sun", "2026-01-03 00:00:00", "2026-01-04 00:00:00"),
        ("Mon-Wed,fri 6:00", "2026-01-02 06:00:00", "2026-01-05 06:00:00"),
        ("2-29", "2028-02-29 00:00:00", "2032-02-29 00:00:00"),
        ("27-5-3", "2027-05-03 00:00:00", ""),
        ("2026..2030/2-1-2", "2026-01-02 00:00:00", "2028-01-02 00:00:00"),
        ("*-*~1", "2026-01-31 00:00:00", "2026-02-28 00:00:00"),
        ("*-02~03", "2026-02-26 00:00:00", "2027-02-26 00:00:00"),
        ("*-*~5/2", "2026-01-27 00:00:00", "2026-01-29 00:00:00"),
        ("Mon *-*~1..7", "2026-01-26 00:00:00", "2026-02-23 00:00:00"),
        (
            "12:00 Asia/Kathmandu",
            "2026-01-01 06:15:00",
            "2026-01-02 06:15:00",
        ),
        ("12:00\n11:00 UTC", "2026-01-01 11:00:00", "2026-01-01 12:00:00"),
    ] {
        if second.is_empty() {
            assert_eq!(next(expression, "UTC", after), [first], "{expression}");
        } else {
            assert_eq!(next(expression, "UTC", after), [first, second], "{expression}");
        }
    }
}

#[test]
fn it_ends_with_the_year_2199() {
    let last = ["2199-12-31 23:00:00"];
    assert_eq!(next("hourly", "UTC", "2199-12-31T22:30:00Z"), last);
    for (expression, after) in [
        ("hourly", "2199-12-31T23:00:00Z"),
        ("2026-1-1", "2026-01-01T00:00:00Z"),
        ("2-30", "2026-01-01T00:00:00Z"),
    ] {
        let schedule = OnCalendar::parse(expression, "UTC").unwrap();
        assert_eq!(schedule.next_after(at(after)), None, "{expression}");
    }
    // Another line may still come.
    let one = ["2028-02-29 00:00:00"];
    assert_eq!(next("2-30\n2-29", "UTC", "2026-01-01T00:00:00Z"), one);
}

#[test]
fn what_the_clock_skips_is_skipped_and_what_it_repeats_counts_at_first() {
    let berlin = "Europe/Berlin";
    let days = ["2026-03-30 00:30:00"];
    assert_eq!(next("02:30", berlin, "2026-03-28T12:00:00Z"), days);
    let hours = ["2026-03-29 00:00:00", "2026-03-29 01:00:00"];
    assert_eq!(next("hourly", berlin, "2026-03-28T23:30:00Z"), hours);
    // As systemd-analyze answers.
    let hours = ["2026-10-25 00:00:00", "2026-10-25 02:00:00"];
    assert_eq!(next("hourly", berlin, "2026-10-24T23:30:00Z"), hours);
    let days = ["2026-10-25 00:30:00", "2026-10-26 01:30:00"];
    assert_eq!(next("02:30", berlin, "2026-10-24T12:00:00Z"), days);
    let hours = ["2026-10-25 02:00:00"];
    assert_eq!(next("hourly", berlin, "2026-10-25T01:10:00Z"), hours);
}

#[test]
fn what_is_wrong_is_said_in_words() {
    for (expression, message) in [
        ("25:00", "hour 25 is outside 0 to 23"),
        ("12:61", "minute 61 is outside 0 to 59"),
        ("12:00:00.5", "second `00.5` is not a number"),
        ("*:*/5", "minute `*/5`: `*` stands alone; `0/5` is every fifth"),
        ("1969-1-1", "year 1969 is outside 1970 to 2199"),
        ("*-*~29", "day of month ~29 is outside 1 to 28"),
        ("1-2-3-4", "date `1-2-3-4` is not such as 12-31 or 2026-12-31"),
        ("1:2:3:4", "time `1:2:3:4` is not such as 12:00 or 12:00:00"),
        ("Foo 12:00", "day of week `Foo` is not a name such as Monday"),
        ("Sat..Mon", "day of week Sat..Mon runs backwards"),
        ("Mon/2", "a day of week has no step"),
        ("@daily", "`@daily` is not known; write `daily`"),
        ("12:00\n\n13:00", "line 2: it is empty"),
        ("12:00\n24:00", "line 2: hour 24 is outside 0 to 23"),
        (
            "daily Berlin",
            "`Berlin` is not a time zone such as Europe/Berlin",
        ),
        (
            "0 30 2 * * *",
            "it has six words; a cron expression has five, without seconds",
        ),
        (" ", "it is empty"),
    ] {
        let error = OnCalendar::parse(expression, "UTC").unwrap_err();
        assert_eq!(error.message, message, "{expression}");
    }
}
