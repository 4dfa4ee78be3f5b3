//! Times and durations in words.

use domain::Timestamp;

/// A time of the day in UTC, with its date where that is not the day of the instant that is asked about.
pub(super) fn clock(at: Timestamp, asked: Timestamp) -> String {
    let (at, asked) = (at.to_datetime(), asked.to_datetime());
    let time = match at.timestamp() % 60 {
        0 => at.format("%H:%M UTC").to_string(),
        _ => at.format("%H:%M:%S UTC").to_string(),
    };
    match at.date_naive() == asked.date_naive() {
        true => time,
        false => format!("{} {time}", at.format("%Y-%m-%d")),
    }
}

/// So many milliseconds, in the unit that fits; never less than a second.
pub(super) fn duration(ms: i64) -> String {
    let seconds = ((ms + 999) / 1_000).max(1);
    match seconds {
        ..=119 => format!("{seconds} s"),
        120..=7_199 => format!("{} min", seconds / 60),
        _ => {
            let minutes = seconds / 60;
            match minutes % 60 {
                0 => format!("{} h", minutes / 60),
                rest => format!("{} h {rest} min", minutes / 60),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_durations_are_in_words() {
        let at = |time: &str| -> Timestamp { format!("2026-11-30T{time}Z").parse().unwrap() };
        let asked = at("10:00:00");
        assert_eq!(clock(at("09:58:03"), asked), "09:58:03 UTC");
        let day_before: Timestamp = "2026-11-29T23:00:00Z".parse().unwrap();
        assert_eq!(clock(day_before, asked), "2026-11-29 23:00 UTC");
        for (ms, told) in [
            (0, "1 s"),
            (2_001, "3 s"),
            (119_000, "119 s"),
            (120_000, "2 min"),
            (7_200_000, "2 h"),
            (7_500_000, "2 h 5 min"),
        ] {
            assert_eq!(duration(ms), told);
        }
    }
}
