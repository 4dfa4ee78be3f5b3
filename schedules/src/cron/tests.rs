use super::*;

fn at(text: &str) -> i64 {
    text.parse::<chrono::DateTime<chrono::Utc>>()
        .unwrap()
        .timestamp_millis()
}

/// The next ones in UTC, without seconds.
fn next<const N: usize>(expression: &str, timezone: &str, after: &str) -> [String; N] {
    let cron = Cron::parse(expression, timezone).unwrap();
    let mut last = at(after);
    [(); N].map(|()| {
        last = cron.next_after(last).unwrap();
        let instant = chrono::DateTime::from_timestamp_millis(last).unwrap();
        instant.format("%Y-%m-%d %H:%M").to_string()
    })
}

#[test]
fn an_instant_is_not_its_own_next() {
    let day = ["2026-11-28 10:00"];
    assert_eq!(next("0 10 * * *", "UTC", "2026-11-28T09:59:59.999Z"), day);
    let next_day = ["2026-11-29 10:00"];
    assert_eq!(next("0 10 * * *", "UTC", "2026-11-28T10:00:00Z"), next_day);
    assert_eq!(next("0 10 * * *", "UTC", "2026-11-28T10:00:00.001Z"), next_day);
}

#[test]
fn fields_are_read_as_debians_cron_does() {
    let after = "2026-01-01T00:00:00Z";
    for (expression, first, second) in [
        ("5/15 0 * * *", "2026-01-01 00:05", "2026-01-01 00:20"),
        ("50-50/3 0 1 1 *", "2026-01-01 00:50", "2026-01-01 00:53"),
        ("0 0 * feb,MAR *", "2026-02-01 00:00", "2026-02-02 00:00"),
        ("0 0 * * sun", "2026-01-04 00:00", "2026-01-11 00:00"),
        ("0 0 * * 7", "2026-01-04 00:00", "2026-01-11 00:00"),
        ("0 0 * * 6-7", "2026-01-03 00:00", "2026-01-04 00:00"),
        ("0 0 L * *", "2026-01-31 00:00", "2026-02-28 00:00"),
        ("0 0 lw * *", "2026-01-30 00:00", "2026-02-27 00:00"),
        ("0 0 * * 5L", "2026-01-30 00:00", "2026-02-27 00:00"),
        ("0 0 * * MON#1", "2026-01-05 00:00", "2026-02-02 00:00"),
        ("0 0 * * 0#5,7#1", "2026-01-04 00:00", "2026-02-01 00:00"),
        ("0 0 29 2 *", "2028-02-29 00:00", "2032-02-29 00:00"),
    ] {
        assert_eq!(next(expression, "UTC", after), [first, second], "{expression}");
    }
}

#[test]
fn day_of_month_and_day_of_week_are_both_needed_when_one_begins_with_a_star() {
    let after = "2026-11-01T00:00:00Z";
    // Either of them: Friday the 6th, and the 13th, which is a Friday as well.
    assert_eq!(
        next("0 0 13 * 5", "UTC", after),
        ["2026-11-06 00:00", "2026-11-13 00:00"]
    );
    // Both: odd days that are Mondays, although the star means no more than a range would.
    let mondays = ["2026-11-09 00:00", "2026-11-23 00:00", "2026-12-07 00:00"];
    assert_eq!(next("0 0 */2 * 1", "UTC", after), mondays);
    let either = ["2026-11-02 00:00", "2026-11-03 00:00", "2026-11-05 00:00"];
    assert_eq!(next("0 0 1-31/2 * 1", "UTC", after), either);
}

#[test]
fn a_leap_day_that_is_a_fifth_sunday_comes_every_28_years() {
    let dates = ["2032-02-29 00:00", "2060-02-29 00:00"];
    assert_eq!(next("0 0 */28 2 SUN#5", "UTC", "2026-01-01T00:00:00Z"), dates);
}

#[test]
fn what_never_comes_has_no_next() {
    for expression in ["0 0 31 4 *", "0 0 30 2 *", "0 0 31 2,4,6,9,11 *"] {
        let cron = Cron::parse(expression, "UTC").unwrap();
        assert_eq!(cron.next_after(at("2026-01-01T00:00:00Z")), None, "{expression}");
    }
}

#[test]
fn a_fixed_time_in_the_gap_runs_at_its_end() {
    let after = "2026-03-28T12:00:00Z";
    let days = ["2026-03-29 01:00", "2026-03-30 00:30"];
    assert_eq!(next("30 2 * * *", "Europe/Berlin", after), days);
    // Several of them run once.
    let days = ["2026-03-29 01:00", "2026-03-30 00:00", "2026-03-30 00:30"];
    assert_eq!(next("0,30 2 * * *", "Europe/Berlin", after), days);
    let days = ["2026-03-29 01:00", "2026-03-30 00:00", "2026-03-30 01:00"];
    assert_eq!(next("0 2,3 * * *", "Europe/Berlin", after), days);
    // 02:00 became 02:30.
    let days = ["2026-10-03 15:30", "2026-10-04 15:15"];
    assert_eq!(
        next("15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z"),
        days
    );
    // A whole day was left out.
    let days = ["2011-12-30 10:00", "2011-12-30 12:00", "2011-12-31 12:00"];
    assert_eq!(next("0 2 * * *", "Pacific/Apia", "2011-12-29T13:00:00Z"), days);
}

#[test]
fn a_fixed_time_that_comes_twice_runs_once() {
    let days = ["2026-10-25 00:30", "2026-10-26 01:30"];
    assert_eq!(next("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z"), days);
    // Also when the question comes between the two.
    let after = "2026-10-25T01:10:00Z";
    assert_eq!(next("30 2 * * *", "Europe/Berlin", after), ["2026-10-26 01:30"]);
}

#[test]
fn every_so_many_minutes_follows_the_clock() {
    let after = "2026-10-25T00:30:00Z";
    let passes = ["2026-10-25 01:00", "2026-10-25 01:30"];
    assert_eq!(next("*/30 * * * *", "Europe/Berlin", after), passes);
    assert_eq!(next("*/30 2 * * *", "Europe/Berlin", after), passes);
    let hours = ["2026-10-25 01:00", "2026-10-25 02:00"];
    assert_eq!(next("0 * * * *", "Europe/Berlin", after), hours);
    let after = "2026-03-29T00:00:00Z";
    let hours = ["2026-03-29 01:00", "2026-03-29 02:00"];
    assert_eq!(next("0 * * * *", "Europe/Berlin", after), hours);
    let days = ["2026-03-30 00:00", "2026-03-30 00:30"];
    assert_eq!(next("*/30 2 * * *", "Europe/Berlin", after), days);
    // The clock goes back from 02:00 to 01:30, and what it showed at 01:40 it shows again.
    let passes = ["2026-04-04 14:40", "2026-04-04 15:10", "2026-04-05 14:30"];
    assert_eq!(
        next("*/40 1 * * *", "Australia/Lord_Howe", "2026-04-04T14:00:00Z"),
        passes
    );
}

#[test]
fn what_is_wrong_is_said_in_words() {
    for (expression, message) in [
        ("61 * * * *", "minute 61 is outside 0 to 59"),
        (
            "* * * *",
            "it has 4 fields instead of five: minute, hour, day of month, month, day of week",
        ),
        (
            "* * * * * *",
            "it has 6 fields instead of five: minute, hour, day of month, month, day of week",
        ),
        ("@daily", "`@daily` is not known; write `daily`"),
        ("* * ? * *", "day of month `?` is not known; write `*`"),
        ("* * 0 * *", "day of month 0 is outside 1 to 31"),
        (
            "* * * XYZ *",
            "month `XYZ` is neither a number nor a name such as JAN",
        ),
        ("* * * * FRI-MON", "day of week FRI-MON runs backwards"),
        ("* * * * MON#6", "count after `#` 6 is outside 1 to 5"),
        ("*/0 * * * *", "the step of minute is 0"),
        ("1,,2 * * * *", "a minute is missing"),
        ("", "it is empty"),
    ] {
        let error = Cron::parse(expression, "UTC").unwrap_err();
        assert_eq!((error.field, error.message.as_str()), ("expression", message));
    }
    let error = Cron::parse("* * * * *", "Berlin").unwrap_err();
    assert_eq!(
        error.to_string(),
        "timezone: `Berlin` is not a time zone such as Europe/Berlin"
    );
    let error = Cron::parse(&format!("{}1 * * * *", "1,".repeat(60)), "UTC").unwrap_err();
    assert_eq!(error.message, "it has 129 characters, and 100 are allowed");
}
