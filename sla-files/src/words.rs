//! Numbers and instants in words.

use api::SlaMeanTime;
use chrono::{DateTime, TimeZone as _};
use chrono_tz::Tz;
use domain::Timestamp;

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// What is written where there is no number.
pub(crate) const NONE: &str = "–";

/// A length of time: `1 d 2 h 3 min 4 s`; below a minute with what it has of milliseconds.
pub fn duration(ms: i64) -> String {
    let sign = if ms < 0 { "−" } else { "" };
    let ms = ms.saturating_abs();
    if ms < MINUTE {
        let (seconds, rest) = (ms / SECOND, ms % SECOND);
        let decimals = format!("{rest:03}");
        let decimals = decimals.trim_end_matches('0');
        return match decimals {
            "" => format!("{sign}{seconds} s"),
            decimals => format!("{sign}{seconds}.{decimals} s"),
        };
    }
    let parts = [
        (ms / DAY, "d"),
        (ms % DAY / HOUR, "h"),
        (ms % HOUR / MINUTE, "min"),
        (ms % MINUTE / SECOND, "s"),
    ];
    let parts = parts.iter().filter(|(number, _)| *number > 0);
    let parts: Vec<String> = parts.map(|(number, unit)| format!("{number} {unit}")).collect();
    format!("{sign}{}", parts.join(" "))
}

/// Per cent of a part that is never rounded up.
pub(crate) fn percent(part: f64) -> String {
    // A product of doubles may lie below the number that it stands for.
    format!("{} %", (part * 10_000.0 + 1e-6).floor() / 100.0)
}

/// The text of a percentage, or that there is none.
pub(crate) fn percent_or_none(text: Option<&str>) -> String {
    text.map_or_else(|| NONE.to_owned(), |text| format!("{text} %"))
}

/// A target, with the decimals that it has.
pub(crate) fn target(target: f64) -> String {
    format!("{target} %")
}

/// A response time.
pub(crate) fn response_time(ms: f64) -> String {
    format!("{ms:.0} ms")
}

/// Whether a target was met.
pub(crate) fn verdict(met: Option<bool>) -> &'static str {
    match met {
        Some(true) => "Met",
        Some(false) => "Missed",
        None => "Not measured",
    }
}

/// A mean time, and of how many incidents.
pub(crate) fn mean_time(time: &SlaMeanTime) -> String {
    match (time.mean_ms, time.incidents) {
        (None, _) => NONE.to_owned(),
        (Some(ms), 1) => format!("{} (1 incident)", duration(ms)),
        (Some(ms), incidents) => format!("{} ({incidents} incidents)", duration(ms)),
    }
}

/// The clock on a wall.
#[derive(Clone, Copy)]
pub(crate) struct Clock(Tz);

impl Clock {
    /// In a time zone; UTC where there is none of this name any more.
    pub(crate) fn new(time_zone: &str) -> Self {
        Self(time_zone.parse().unwrap_or(Tz::UTC))
    }

    fn at(self, at: Timestamp) -> DateTime<Tz> {
        self.0.from_utc_datetime(&at.to_datetime().naive_utc())
    }

    /// To the minute.
    pub(crate) fn minute(self, at: Timestamp) -> String {
        self.at(at).format("%-d %B %Y, %H:%M").to_string()
    }

    /// To the second, with the offset: an hour comes twice when clocks go back.
    pub(crate) fn second(self, at: Timestamp) -> String {
        self.at(at).format("%Y-%m-%d %H:%M:%S %:z").to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_exact_where_they_are_short() {
        for (ms, text) in [
            (0, "0 s"),
            (400, "0.4 s"),
            (-1_250, "−1.25 s"),
            (60_000, "1 min"),
            (2_592_999, "43 min 12 s"),
            (DAY + HOUR, "1 d 1 h"),
            (i64::MIN, "−106751991167 d 7 h 12 min 55 s"),
        ] {
            assert_eq!(duration(ms), text);
        }
    }

    #[test]
    fn a_part_is_not_rounded_up() {
        assert_eq!(percent(0.999_999), "99.99 %");
        assert_eq!(percent(1.0), "100 %");
        assert_eq!(target(99.95), "99.95 %");
    }

    #[test]
    fn an_hour_that_comes_twice_is_told_apart() {
        let clock = Clock::new("Europe/Berlin");
        let at = |text: &str| clock.second(text.parse().unwrap());
        assert_eq!(at("2026-10-25T00:30:00Z"), "2026-10-25 02:30:00 +02:00");
        assert_eq!(at("2026-10-25T01:30:00Z"), "2026-10-25 02:30:00 +01:00");
        assert_eq!(
            Clock::new("Mars/Base").minute(Timestamp::default()),
            "1 January 1970, 00:00"
        );
    }
}
