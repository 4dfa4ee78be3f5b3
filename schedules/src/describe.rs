//! Schedules in words, where the words say all of it.

use std::fmt;

use crate::days::{Days, Join};
use crate::local_times::LocalTimes;
use crate::number::next_bit;
use crate::schedule::Schedule;

const WEEKDAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];
const EVERY_DAY: u64 = 0xffff_fffe;
const EVERY_MONTH: u64 = 0b1_1111_1111_1110;
const EVERY_WEEKDAY: u64 = 0b111_1111;
const EVERY_HOUR: u64 = (1 << 24) - 1;
const EVERY_MINUTE: u64 = (1 << 60) - 1;

/// So many times of a day are listed.
const MOST_TIMES: usize = 4;

/// `every day at 02:30 (Europe/Berlin)`, or the expression with its time zone where there are no words for it.
impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (words, expression, zone) = match self {
            Self::Period(period) => return f.write_str(&period_in_words(period.seconds())),
            Self::Cron(cron) => (in_words(cron.times()), cron.expression(), cron.timezone()),
            Self::OnCalendar(schedule) => match schedule.lines() {
                [line] if in_words(&line.times).is_some() => (in_words(&line.times), "", line.zone),
                _ => (None, schedule.expression(), schedule.timezone()),
            },
        };
        let words = words.unwrap_or_else(|| expression.lines().collect::<Vec<_>>().join(" or "));
        write!(f, "{words} ({zone})")
    }
}

fn period_in_words(seconds: u32) -> String {
    let units = [(86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second")];
    let (length, name) = units
        .into_iter()
        .find(|(length, _)| seconds.is_multiple_of(*length))
        .unwrap_or((1, "second"));
    match seconds / length {
        1 => format!("every {name}"),
        count => format!("every {count} {name}s"),
    }
}

fn in_words(times: &LocalTimes) -> Option<String> {
    let is_plain = times.seconds == 1 && times.years.is_none() && times.months == EVERY_MONTH;
    let days = days_in_words(&times.days).filter(|_| is_plain)?;
    if times.hours == EVERY_HOUR {
        return rate_in_words(times.minutes).filter(|_| days == "every day");
    }
    let hours = numbers(times.hours);
    let of_day = hours
        .flat_map(|hour| numbers(times.minutes).map(move |minute| format!("{hour:02}:{minute:02}")))
        .take(MOST_TIMES + 1)
        .collect::<Vec<_>>();
    (of_day.len() <= MOST_TIMES).then(|| format!("{days} at {}", listed(&of_day)))
}

fn days_in_words(days: &Days) -> Option<String> {
    let plain = |of_month, from_end, of_week| Days {
        of_month,
        from_end,
        of_week,
        ..Days::NONE
    };
    if days.join != Join::Both {
        return None;
    }
    if *days == plain(EVERY_DAY, 0, EVERY_WEEKDAY) {
        return Some("every day".to_owned());
    }
    if *days == plain(0, 0b10, EVERY_WEEKDAY) {
        return Some("on the last day of every month".to_owned());
    }
    if *days == plain(EVERY_DAY, 0, 0b11_1110) {
        return Some("from Monday to Friday".to_owned());
    }
    if *days == plain(EVERY_DAY, 0, days.of_week) && days.of_week != 0 {
        let names: Vec<_> = numbers(days.of_week)
            .map(|day| WEEKDAYS[day as usize].to_owned())
            .collect();
        return Some(format!("every {}", listed(&names)));
    }
    let is_one = days.of_month.count_ones() == 1 && *days == plain(days.of_month, 0, EVERY_WEEKDAY);
    is_one.then(|| format!("on day {} of every month", days.of_month.trailing_zeros()))
}

/// Of every hour of every day.
fn rate_in_words(minutes: u64) -> Option<String> {
    let count = minutes.count_ones();
    let apart = 60_u32.checked_div(count)?;
    let is_even = minutes
        == (0..60)
            .step_by(apart as usize)
            .fold(0, |bits, minute| bits | 1 << minute);
    match (count, minutes.trailing_zeros()) {
        (1, 0) => Some("every hour".to_owned()),
        (1, minute) => Some(format!("every hour at minute {minute}")),
        _ if minutes == EVERY_MINUTE => Some("every minute".to_owned()),
        _ => is_even.then(|| format!("every {apart} minutes")),
    }
}

fn numbers(bits: u64) -> impl Iterator<Item = u32> {
    std::iter::successors(next_bit(bits, 0), move |last| next_bit(bits, last + 1))
}

fn listed(items: &[String]) -> String {
    match items {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => items.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_said_is_said() {
        for (expression, words) in [
            ("30 2 * * *", "every day at 02:30 (Europe/Berlin)"),
            ("0 6,18 * * *", "every day at 06:00 and 18:00 (Europe/Berlin)"),
            (
                "0 2 * * MON-FRI",
                "from Monday to Friday at 02:00 (Europe/Berlin)",
            ),
            (
                "0 2 * * 0,3,6",
                "every Sunday, Wednesday and Saturday at 02:00 (Europe/Berlin)",
            ),
            ("0 2 1 * *", "on day 1 of every month at 02:00 (Europe/Berlin)"),
            (
                "0 2 L * *",
                "on the last day of every month at 02:00 (Europe/Berlin)",
            ),
            ("* * * * *", "every minute (Europe/Berlin)"),
            ("*/5 * * * *", "every 5 minutes (Europe/Berlin)"),
            ("0 * * * *", "every hour (Europe/Berlin)"),
            ("7 * * * *", "every hour at minute 7 (Europe/Berlin)"),
            ("hourly", "every hour (Europe/Berlin)"),
            ("weekly UTC", "every Monday at 00:00 (UTC)"),
            ("Mon..Fri 12:00", "from Monday to Friday at 12:00 (Europe/Berlin)"),
        ] {
            let schedule = Schedule::parse(expression, "Europe/Berlin").unwrap();
            assert_eq!(schedule.to_string(), words);
        }
    }

    #[test]
    fn what_cannot_be_said_in_short_is_shown_as_it_is() {
        for (expression, shown) in [
            ("*/7 * * * *", "*/7 * * * * (UTC)"),
            ("* 2 * * *", "* 2 * * * (UTC)"),
            ("0 2 1-31 * 1", "0 2 1-31 * 1 (UTC)"),
            ("0 2 1 1 *", "0 2 1 1 * (UTC)"),
            ("0 2 * * 1#1", "0 2 * * 1#1 (UTC)"),
            ("* 2 * * 1", "* 2 * * 1 (UTC)"),
            ("12:00:30", "12:00:30 (UTC)"),
            ("2026-1-1", "2026-1-1 (UTC)"),
            ("12:00\n13:00", "12:00 or 13:00 (UTC)"),
        ] {
            let schedule = Schedule::parse(expression, "UTC").unwrap();
            assert_eq!(schedule.to_string(), shown);
        }
    }

    #[test]
    fn periods_are_told_in_their_largest_unit() {
        let told = [60, 90, 300, 3600, 7200, 86_400, 90_000].map(period_in_words);
        let words = [
            "minute",
            "90 seconds",
            "5 minutes",
            "hour",
            "2 hours",
            "day",
            "25 hours",
        ];
        assert_eq!(told, words.map(|words| format!("every {words}")));
    }
}
