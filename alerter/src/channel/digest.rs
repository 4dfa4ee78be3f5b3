//! What waited for quiet hours of a channel, in one message: what goes on, and what was over by their end.

use domain::alert_event::AlertKind;
use domain::channel::QuietSpan;
use domain::{ErrorCode, Timestamp};
use serde::{Deserialize, Serialize};

use super::details::GroupedIncident;
use super::fit::Measure;
use super::group;

/// Incidents in lines of their own, at most: more than that nobody reads in the morning.
const MAX_LINES: usize = 40;

/// How many incidents of what sort waited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tally {
    /// Outages that go on.
    pub(crate) down: usize,
    /// Monitors that are still too slow.
    pub(crate) degraded: usize,
    /// What is over, of either sort.
    pub(crate) over: usize,
}

/// That incidents waited for the end of quiet hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QuietDigest {
    /// When it was quiet.
    pub(crate) span: QuietSpan,
    /// What waited.
    pub(crate) tally: Tally,
}

impl Tally {
    pub(crate) fn count(&mut self, is_over: bool, is_degraded: bool) {
        match (is_over, is_degraded) {
            (true, _) => self.over += 1,
            (false, true) => self.degraded += 1,
            (false, false) => self.down += 1,
        }
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            down: self.down + other.down,
            degraded: self.degraded + other.degraded,
            over: self.over + other.over,
        }
    }

    /// Where an incident stands among the others: what is down comes first, and what is over last.
    pub(crate) fn place(is_over: bool, is_degraded: bool, started_at: Timestamp) -> (u8, Timestamp) {
        let rank = match (is_over, is_degraded) {
            (false, false) => 0,
            (false, true) => 1,
            (true, _) => 2,
        };
        (rank, started_at)
    }

    /// What the message is about, by the worst of it.
    pub(crate) fn alert(self) -> AlertKind {
        match self {
            Self { down: 1.., .. } => AlertKind::Down,
            Self { degraded: 1.., .. } => AlertKind::Degraded,
            _ => AlertKind::Up,
        }
    }

    /// In words.
    fn words(self) -> String {
        let down = match self.down {
            0 => None,
            1 => Some("1 outage is going on".to_owned()),
            down => Some(format!("{down} outages are going on")),
        };
        let degraded = match self.degraded {
            0 => None,
            1 => Some("1 monitor is degraded".to_owned()),
            degraded => Some(format!("{degraded} monitors are degraded")),
        };
        // After the outages that go on it need not be said what is over.
        let over = match (self.over, self.down) {
            (0, _) => None,
            (1, 1..) => Some("1 is over".to_owned()),
            (over, 1..) => Some(format!("{over} are over")),
            (1, 0) => Some("1 incident is over".to_owned()),
            (over, 0) => Some(format!("{over} incidents are over")),
        };
        let all: Vec<String> = [down, degraded, over].into_iter().flatten().collect();
        all.join(", ")
    }
}

impl GroupedIncident {
    /// Where it stands among what waited for quiet hours.
    pub(crate) fn place_after_quiet(&self) -> (u8, Timestamp) {
        Tally::place(self.resolved_at.is_some(), self.degraded, self.details.started_at)
    }
}

impl QuietDigest {
    /// An emoji, when it was quiet, and how much there was.
    pub(super) fn headline(&self) -> String {
        let emoji = match self.tally.alert() {
            AlertKind::Down => "🔴",
            AlertKind::Degraded => "🟡",
            _ => "✅",
        };
        format!("{emoji} While it was quiet {}: {}", self.span, self.tally.words())
    }

    /// The incidents, each in a line, as many as fit, and how many more there are.
    pub(super) fn list(
        &self,
        total: usize,
        incidents: &[GroupedIncident],
        limit: usize,
        measure: Measure,
    ) -> Vec<String> {
        let shown = &incidents[..incidents.len().min(MAX_LINES)];
        group::list_of(total, shown, limit, measure, |incident| self.line(incident))
    }

    fn line(&self, incident: &GroupedIncident) -> String {
        let details = &incident.details;
        let name = &details.name;
        let began = self.span.clock(details.started_at);
        match (incident.resolved_at, incident.degraded) {
            (Some(ended), is_degraded) => {
                let state = if is_degraded { "degraded" } else { "down" };
                let ended = self.span.clock(ended);
                format!("• {name} was {state} {began} to {ended}")
            }
            (None, true) => format!("• {name}: degraded since {began}"),
            (None, false) => {
                let reason = details.error_code.map_or("Check failed", ErrorCode::sentence);
                let flapping = details.flapping.map_or("", |_| ", flapping");
                format!("• {name}: {reason} (since {began}{flapping})")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::channel::ChannelAlerts;
    use domain::{IncidentId, MonitorId};
    use serde_json::json;

    use super::*;
    use crate::channel::details::IncidentDetails;

    fn at(time: &str) -> Timestamp {
        format!("2026-11-28T{time}:00Z").parse().unwrap()
    }

    fn incident(name: &str, began: &str, ended: Option<&str>, degraded: bool) -> GroupedIncident {
        let (monitor_id, started_at) = (MonitorId(42), at(began));
        GroupedIncident {
            details: IncidentDetails {
                monitor_id,
                incident_id: IncidentId::new(monitor_id, 1, started_at),
                name: name.to_owned(),
                url: "https://shop.example/".to_owned(),
                started_at,
                error_code: (!degraded).then_some(ErrorCode::StatusMismatch),
                error: None,
                link: "http://localhost:8080/monitors/42".to_owned(),
                anomaly: None,
                flapping: None,
                regions: None,
            },
            resolved_at: ended.map(at),
            degraded,
        }
    }

    fn digest(down: usize, degraded: usize, over: usize) -> QuietDigest {
        let hours = json!({"time_zone": "Europe/Berlin", "from": "22:00:00", "until": "07:00:00"});
        let alerts: ChannelAlerts = serde_json::from_value(json!({"quiet_hours": {"hours": hours}})).unwrap();
        QuietDigest {
            span: alerts.quiet_span(at("06:00")),
            tally: Tally { down, degraded, over },
        }
    }

    #[test]
    fn the_heading_says_when_it_was_quiet_and_how_much_there_was() {
        for (down, degraded, over, emoji, words) in [
            (3, 0, 2, "🔴", "3 outages are going on, 2 are over"),
            (
                1,
                1,
                1,
                "🔴",
                "1 outage is going on, 1 monitor is degraded, 1 is over",
            ),
            (0, 2, 1, "🟡", "2 monitors are degraded, 1 incident is over"),
            (0, 0, 4, "✅", "4 incidents are over"),
            (2, 0, 0, "🔴", "2 outages are going on"),
        ] {
            let heading = format!("{emoji} While it was quiet from 22:00 to 07:00 (Europe/Berlin): {words}");
            assert_eq!(digest(down, degraded, over).headline(), heading);
        }
    }

    #[test]
    fn each_incident_has_a_line_in_the_time_of_the_quiet_hours() {
        let mut incidents = vec![
            incident("Blog", "01:10", Some("01:31"), false),
            incident("API", "04:00", None, true),
            incident("Mail", "00:20", Some("00:21"), true),
            incident("Shop", "05:00", None, false),
        ];
        incidents.sort_by_key(GroupedIncident::place_after_quiet);
        let lines = digest(1, 1, 2).list(4, &incidents, 1_000, char::len_utf8);
        let reason = ErrorCode::StatusMismatch.sentence();
        assert_eq!(
            lines,
            [
                format!("• Shop: {reason} (since 06:00)"),
                "• API: degraded since 05:00".to_owned(),
                "• Mail was degraded 01:20 to 01:21".to_owned(),
                "• Blog was down 02:10 to 02:31".to_owned(),
            ]
        );
    }

    #[test]
    fn it_has_no_more_lines_and_bytes_than_a_channel_takes() {
        let incidents = vec![incident("Shop", "05:00", None, false); 100];
        for limit in [0, 40, 200, 1_000, 100_000] {
            let lines = digest(112, 0, 0).list(112, &incidents, limit, char::len_utf8);
            assert!(lines.len() <= MAX_LINES + 1, "{limit}");
            let bytes: usize = lines.iter().map(|line| line.len() + 1).sum();
            assert!(limit == 0 || bytes <= limit + 1, "{limit}: {lines:?}");
            let left = 112 - (lines.len() - 1);
            assert_eq!(lines.last(), Some(&format!("… and {left} more")));
        }
    }

    #[test]
    fn parts_of_several_alerters_are_counted_together() {
        let mut tally = Tally::default();
        for (is_over, is_degraded) in [(false, false), (false, true), (true, true), (true, false)] {
            tally.count(is_over, is_degraded);
        }
        let sum = tally.plus(digest(2, 0, 1).tally);
        assert_eq!((sum.down, sum.degraded, sum.over), (3, 1, 3));
    }
}
