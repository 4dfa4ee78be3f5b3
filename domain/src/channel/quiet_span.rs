//! Quiet hours that are over: when they were, by the clock on the wall of whose they are.

use chrono_tz::Tz;

use super::ChannelAlerts;
use crate::hours::Hours;
use crate::time::Timestamp;

/// How far back the beginning is looked for, in milliseconds: hours that follow each other count as one.
const MAX_SPAN_MS: i64 = 15 * 86_400_000;

/// Hours that follow each other in that time, at most.
const MAX_FOLLOWING: usize = 100;

/// Times that are longer apart are shown with the day of the week, in milliseconds.
const DAY_MS: i64 = 86_400_000;

/// When a channel had quiet hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietSpan {
    /// When they began; none where that is not known, because they are others by now.
    pub from: Option<Timestamp>,
    /// When they ended.
    pub until: Timestamp,
    /// By which clock they are set.
    pub time_zone: Tz,
}

impl QuietSpan {
    /// A time in them by their clock, as in `02:10`; with the day of the week where they were longer than a day.
    pub fn clock(&self, at: Timestamp) -> String {
        let local = at.to_datetime().with_timezone(&self.time_zone);
        let is_long = self
            .from
            .is_none_or(|from| self.until.millis_since(from) > DAY_MS);
        let form = if is_long { "%a %H:%M" } else { "%H:%M" };
        local.format(form).to_string()
    }
}

impl std::fmt::Display for QuietSpan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(from) = self.from {
            write!(f, "from {} to ", self.clock(from))?;
        } else {
            f.write_str("until ")?;
        }
        write!(f, "{} ({})", self.clock(self.until), self.time_zone.name())
    }
}

impl ChannelAlerts {
    /// The quiet hours that ended at an instant, those of the channel and of its owner, whatever passes in them.
    pub fn quiet_span(&self, until: Timestamp) -> QuietSpan {
        let of_channel = self.quiet_hours.map(|quiet| quiet.hours);
        let of_owner = self.owner_quiet_hours;
        let of_owner = of_owner.iter().flat_map(|quiet| quiet.hours());
        let all: Vec<Hours> = of_channel.into_iter().chain(of_owner).collect();
        let before = |at: Timestamp| {
            let last = at.plus_millis(-1);
            let begins = all
                .iter()
                .filter_map(|hours| Some((hours.begin_before(last)?, hours.time_zone)));
            begins.min_by_key(|(begin, _)| *begin)
        };
        let Some((mut from, time_zone)) = before(until) else {
            let time_zone = all.first().map_or(Tz::UTC, |hours| hours.time_zone);
            return QuietSpan {
                from: None,
                until,
                time_zone,
            };
        };
        for _ in 0..MAX_FOLLOWING {
            match before(from) {
                Some((earlier, _)) if until.millis_since(earlier) <= MAX_SPAN_MS => from = earlier,
                _ => break,
            }
        }
        QuietSpan {
            from: Some(from),
            until,
            time_zone,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn span(alerts: serde_json::Value, until: &str) -> String {
        let alerts: ChannelAlerts = serde_json::from_value(alerts).unwrap();
        alerts.quiet_span(until.parse().unwrap()).to_string()
    }

    #[test]
    fn they_are_shown_by_their_own_clock() {
        let night = json!({"time_zone": "Europe/Berlin", "from": "22:00:00", "until": "07:00:00"});
        let of_channel = json!({"quiet_hours": {"hours": night}});
        let morning = "2026-11-28T06:00:00Z";
        assert_eq!(
            span(of_channel.clone(), morning),
            "from 22:00 to 07:00 (Europe/Berlin)"
        );
        let windows = json!([{"from": "07:00:00", "until": "09:00:00"}]);
        let of_owner = json!({"time_zone": "Europe/Berlin", "windows": windows});
        let both = json!({"quiet_hours": {"hours": night}, "owner_quiet_hours": of_owner});
        assert_eq!(
            span(both, "2026-11-28T08:00:00Z"),
            "from 22:00 to 09:00 (Europe/Berlin)"
        );
        // They are others by now, or none.
        assert_eq!(
            span(of_channel, "2026-11-28T12:00:00Z"),
            "until Sat 13:00 (Europe/Berlin)"
        );
        assert_eq!(span(json!({}), morning), "until Sat 06:00 (UTC)");
    }

    #[test]
    fn those_of_several_days_are_shown_with_the_day() {
        let weekend =
            json!({"time_zone": "UTC", "days": ["Sat", "Sun"], "from": "00:00:00", "until": "00:00:00"});
        let alerts = json!({"quiet_hours": {"hours": weekend}});
        assert_eq!(
            span(alerts.clone(), "2026-11-30T00:00:00Z"),
            "from Sat 00:00 to Mon 00:00 (UTC)"
        );
        let alerts: ChannelAlerts = serde_json::from_value(alerts).unwrap();
        let span = alerts.quiet_span("2026-11-30T00:00:00Z".parse().unwrap());
        assert_eq!(span.clock("2026-11-29T02:10:00Z".parse().unwrap()), "Sun 02:10");
    }
}
