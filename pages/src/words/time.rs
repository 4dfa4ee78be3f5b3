//! Times as they are written in a language, by the clock of a time zone.

use std::fmt;

use chrono::{DateTime, Datelike, NaiveDate, Offset, Timelike};
use chrono_tz::Tz;
use domain::Timestamp;

use super::texts::Texts;

/// Writes times.
#[derive(Clone, Copy)]
pub(crate) struct Clock {
    pub(crate) texts: &'static Texts,
    zone: Tz,
}

/// Two figures.
struct Time(u32, u32);

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0, self.1)
    }
}

impl Clock {
    pub(crate) fn new(texts: &'static Texts, zone: Tz) -> Self {
        Self { texts, zone }
    }

    fn local(&self, at: Timestamp) -> DateTime<Tz> {
        at.to_datetime().with_timezone(&self.zone)
    }

    /// The day of an instant.
    pub(crate) fn day(&self, at: Timestamp) -> NaiveDate {
        self.local(at).date_naive()
    }

    /// As in `3 Oct 2026`.
    pub(crate) fn date(&self, date: NaiveDate) -> String {
        format!("{} {}", self.day_and_month(date), date.year())
    }

    fn day_and_month(&self, date: NaiveDate) -> String {
        let month = pick(&self.texts.months_short, date.month0());
        format!("{}{} {month}", date.day(), self.texts.after_day)
    }

    /// As in `Saturday, 3 October 2026`.
    pub(crate) fn long_date(&self, date: NaiveDate) -> String {
        let weekday = pick(&self.texts.weekdays, date.weekday().num_days_from_monday());
        let month = pick(&self.texts.months, date.month0());
        let (day, year) = (date.day(), date.year());
        format!("{weekday}, {day}{} {month} {year}", self.texts.after_day)
    }

    /// As in `October 2026`.
    pub(crate) fn month(&self, date: NaiveDate) -> String {
        format!("{} {}", pick(&self.texts.months, date.month0()), date.year())
    }

    /// As in `1 – 3 Oct 2026`, from and to whole days.
    pub(crate) fn dates(&self, from: NaiveDate, to: NaiveDate) -> String {
        let last = self.date(to);
        if from == to {
            return last;
        }
        let first = match (from.year() == to.year(), from.month() == to.month()) {
            (true, true) => format!("{}{}", from.day(), self.texts.after_day),
            (true, false) => self.day_and_month(from),
            (false, _) => self.date(from),
        };
        format!("{first} – {last}")
    }

    /// As in `3 Oct 2026, 14:05`.
    pub(crate) fn at(&self, at: Timestamp) -> String {
        let local = self.local(at);
        format!("{}, {}", self.date(local.date_naive()), time(&local))
    }

    /// As in `3 Oct 2026, 22:00 – 23:30`.
    pub(crate) fn span(&self, from: Timestamp, until: Timestamp) -> String {
        let (begin, end) = (self.local(from), self.local(until));
        let end_text = match begin.date_naive() == end.date_naive() {
            true => time(&end).to_string(),
            false if begin.year() == end.year() => {
                format!("{}, {}", self.day_and_month(end.date_naive()), time(&end))
            }
            false => self.at(until),
        };
        // Where the clocks change meanwhile, the times alone would say another length, or none.
        let [begin_zone, end_zone] = match begin.offset().fix() == end.offset().fix() {
            true => [String::new(), String::new()],
            false => [&begin, &end].map(|local| format!(" (UTC{})", local.offset().fix())),
        };
        format!("{}{begin_zone} – {end_text}{end_zone}", self.at(from))
    }

    /// As in `Europe/Berlin (UTC+02:00)`.
    pub(crate) fn zone(&self, at: Timestamp) -> String {
        let offset = self.local(at).offset().fix().to_string();
        match self.zone {
            Tz::UTC => "UTC".to_owned(),
            zone => format!("{} (UTC{offset})", zone.name()),
        }
    }
}

fn pick(names: &[&'static str], at: u32) -> &'static str {
    let at = usize::try_from(at).unwrap_or(0);
    names.get(at).copied().unwrap_or_default()
}

fn time(local: &DateTime<Tz>) -> Time {
    Time(local.hour(), local.minute())
}

#[cfg(test)]
mod tests {
    use domain::status_page::Locale;

    use super::*;
    use crate::words;

    fn clock(locale: Locale) -> Clock {
        Clock::new(words::of(locale), Tz::Europe__Berlin)
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn times_are_those_of_the_pages_clock() {
        let (en, de) = (clock(Locale::En), clock(Locale::De));
        // Half an hour before and after the clocks go back.
        let [summer, winter] = ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"].map(at);
        assert_eq!(en.at(summer), "25 Oct 2026, 02:30");
        assert_eq!(de.at(winter), "25. Okt. 2026, 02:30");
        assert_eq!(en.zone(summer), "Europe/Berlin (UTC+02:00)");
        assert_eq!(en.zone(winter), "Europe/Berlin (UTC+01:00)");
        assert_eq!(en.day(at("2026-10-02T23:00:00Z")).to_string(), "2026-10-03");
    }

    #[test]
    fn dates_are_written_as_in_the_language() {
        let (en, de) = (clock(Locale::En), clock(Locale::De));
        let date = NaiveDate::from_ymd_opt(2026, 3, 7).unwrap();
        assert_eq!(en.long_date(date), "Saturday, 7 March 2026");
        assert_eq!(de.long_date(date), "Samstag, 7. März 2026");
        assert_eq!(de.month(date), "März 2026");
        let before = |days| date - chrono::Days::new(days);
        assert_eq!(en.dates(before(2), date), "5 – 7 Mar 2026");
        assert_eq!(de.dates(before(2), date), "5. – 7. März 2026");
        assert_eq!(en.dates(before(10), date), "25 Feb – 7 Mar 2026");
        assert_eq!(en.dates(before(90), date), "7 Dec 2025 – 7 Mar 2026");
        assert_eq!(en.dates(date, date), "7 Mar 2026");
    }

    #[test]
    fn a_span_says_no_day_twice() {
        let en = clock(Locale::En);
        let from = at("2026-12-31T20:00:00Z");
        let later = |hours: i64| from.plus_millis(hours * 3_600_000);
        assert_eq!(en.span(from, later(2)), "31 Dec 2026, 21:00 – 23:00");
        assert_eq!(en.span(from, later(4)), "31 Dec 2026, 21:00 – 1 Jan 2027, 01:00");
        let day = at("2026-05-01T20:00:00Z");
        assert_eq!(
            en.span(day, day.plus_millis(86_400_000)),
            "1 May 2026, 22:00 – 2 May, 22:00"
        );
        let night = at("2026-10-25T00:30:00Z");
        assert_eq!(
            en.span(night, night.plus_millis(3_600_000)),
            "25 Oct 2026, 02:30 (UTC+02:00) – 02:30 (UTC+01:00)"
        );
    }
}
