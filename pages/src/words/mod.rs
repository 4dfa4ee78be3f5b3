//! The words of pages themselves, in each language, and how numbers and times are written in it.

mod de;
mod en;
pub(crate) mod subscribing;
mod texts;
mod time;

use chrono_tz::Tz;
use domain::Timestamp;
use domain::status_page::{Impact, Locale, ReportStatus};

pub(crate) use texts::Texts;
pub(crate) use time::Clock;

use crate::state::ComponentState;

/// The words of a language.
pub(crate) fn of(locale: Locale) -> &'static Texts {
    match locale {
        Locale::En => &en::TEXTS,
        Locale::De => &de::TEXTS,
    }
}

/// How badly a component is affected.
pub fn impact(locale: Locale, impact: Impact) -> &'static str {
    of(locale).state(impact.into())
}

/// How far the work on a problem is.
pub fn status(locale: Locale, status: ReportStatus) -> &'static str {
    of(locale).status(status)
}

/// An instant by the clock of a time zone, with its name.
pub fn instant(locale: Locale, zone: Tz, at: Timestamp) -> String {
    let clock = Clock::new(of(locale), zone);
    format!("{}, {}", clock.at(at), clock.zone(at))
}

/// A name or a headline as one line.
pub fn line(text: &str) -> String {
    crate::text::line(text)
}

/// The name of a state in addresses of styles and images.
pub(crate) fn state_key(state: ComponentState) -> &'static str {
    match state {
        ComponentState::Operational => "operational",
        ComponentState::Unknown => "unknown",
        ComponentState::Maintenance => "maintenance",
        ComponentState::Degraded => "degraded",
        ComponentState::PartialOutage => "partial",
        ComponentState::MajorOutage => "major",
    }
}

impl Texts {
    /// The state of a component.
    pub(crate) fn state(&self, state: ComponentState) -> &'static str {
        match state {
            ComponentState::Operational => self.operational,
            ComponentState::Unknown => self.unknown,
            ComponentState::Maintenance => self.maintenance_state,
            ComponentState::Degraded => self.degraded,
            ComponentState::PartialOutage => self.partial_outage,
            ComponentState::MajorOutage => self.major_outage,
        }
    }

    /// The state of a page as a whole.
    pub(crate) fn overall(&self, state: ComponentState) -> &'static str {
        match state {
            ComponentState::Operational => self.all_operational,
            ComponentState::Unknown => self.some_unknown,
            ComponentState::Maintenance => self.some_maintenance,
            ComponentState::Degraded => self.some_degraded,
            ComponentState::PartialOutage => self.some_partial_outage,
            ComponentState::MajorOutage => self.some_major_outage,
        }
    }

    /// How far the work on a problem is.
    pub(crate) fn status(&self, status: ReportStatus) -> &'static str {
        match status {
            ReportStatus::Investigating => self.investigating,
            ReportStatus::Identified => self.identified,
            ReportStatus::Monitoring => self.monitoring,
            ReportStatus::Resolved => self.resolved,
        }
    }

    /// A proportion, of up milliseconds to all that were measured: rounded down, so that no outage is rounded away.
    pub(crate) fn percent(&self, up_ms: i64, down_ms: i64) -> Option<String> {
        let (up, down) = (i128::from(up_ms.max(0)), i128::from(down_ms.max(0)));
        if up + down == 0 {
            return None;
        }
        let hundredths = up * 10_000 / (up + down);
        let (whole, rest) = (hundredths / 100, hundredths % 100);
        let number = match whole {
            100 => "100".to_owned(),
            _ => format!("{whole}{}{rest:02}", self.decimal_mark),
        };
        Some(format!("{number}{}%", self.before_percent))
    }

    /// How long something lasted, in its two largest units, rounded up to a second.
    pub(crate) fn duration(&self, millis: i64) -> String {
        let seconds = u64::try_from(millis).unwrap_or(0).div_ceil(1_000);
        let units = [
            (86_400, &self.days),
            (3_600, &self.hours),
            (60, &self.minutes),
            (1, &self.seconds),
        ];
        let largest = units
            .iter()
            .position(|(length, _)| seconds >= *length)
            .unwrap_or(3);
        let mut left = seconds;
        let mut words = Vec::with_capacity(2);
        for (length, unit) in units.iter().skip(largest).take(2) {
            let count = left / length;
            left %= length;
            if count > 0 || words.is_empty() {
                words.push(unit.of(count));
            }
        }
        words.join(" ")
    }

    /// A response time.
    pub(crate) fn millis(&self, millis: u32) -> String {
        match millis {
            0..1_000 => format!("{millis}\u{a0}ms"),
            _ => {
                let (whole, tenth) = (millis / 1_000, millis % 1_000 / 100);
                format!("{whole}{}{tenth}\u{a0}s", self.decimal_mark)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mails_have_the_words_of_pages() {
        assert_eq!(impact(Locale::De, Impact::MajorOutage), "Ausgefallen");
        assert_eq!(status(Locale::En, ReportStatus::Resolved), "Resolved");
        let at = Timestamp::from_millis(1_795_255_200_000);
        assert_eq!(
            instant(Locale::De, Tz::Europe__Berlin, at),
            "21. Nov. 2026, 11:00, Europe/Berlin (UTC+01:00)"
        );
    }

    #[test]
    fn an_outage_is_never_rounded_away() {
        let (en, de) = (of(Locale::En), of(Locale::De));
        let quarter = 90 * 86_400_000;
        assert_eq!(en.percent(quarter - 1, 1).as_deref(), Some("99.99%"));
        assert_eq!(en.percent(quarter, 0).as_deref(), Some("100%"));
        assert_eq!(de.percent(995, 5).as_deref(), Some("99,50\u{a0}%"));
        assert_eq!(en.percent(1, i64::MAX).as_deref(), Some("0.00%"));
        assert_eq!(en.percent(0, 0), None);
        assert_eq!(en.percent(-5, 0), None);
    }

    #[test]
    fn durations_have_the_right_plural() {
        let (en, de) = (of(Locale::En), of(Locale::De));
        for (millis, english, german) in [
            (0, "0 seconds", "0 Sekunden"),
            (1, "1 second", "1 Sekunde"),
            (59_001, "1 minute", "1 Minute"),
            (61_000, "1 minute 1 second", "1 Minute 1 Sekunde"),
            (3_600_000, "1 hour", "1 Stunde"),
            (3_660_500, "1 hour 1 minute", "1 Stunde 1 Minute"),
            (90_000_000, "1 day 1 hour", "1 Tag 1 Stunde"),
            (172_800_000, "2 days", "2 Tage"),
            (i64::MIN, "0 seconds", "0 Sekunden"),
        ] {
            assert_eq!(en.duration(millis), english);
            assert_eq!(de.duration(millis), german);
        }
    }

    #[test]
    fn response_times_are_short() {
        let (en, de) = (of(Locale::En), of(Locale::De));
        assert_eq!(en.millis(999), "999\u{a0}ms");
        assert_eq!(de.millis(1_250), "1,2\u{a0}s");
    }
}
