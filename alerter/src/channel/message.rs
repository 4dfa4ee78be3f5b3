//! What people read: what failed, why in words, since when, and where to look.

use domain::alert_event::AlertKind;
use domain::fold::CloseReason;
use domain::{DeliveryId, ErrorCode, IncidentId, MonitorId, Timestamp};
use serde::{Deserialize, Serialize};

use super::fit::{Form, Measure, cut_lines, length};

/// A message to one channel.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    /// Its name: the same in each attempt.
    pub(crate) id: DeliveryId,
    /// The name of the first message about the same incident to the same channel.
    pub(crate) thread: DeliveryId,
    /// What the channel answered to that first message.
    pub(crate) opening_receipt: Option<String>,
    /// What it is about; absent in test messages and those about several incidents.
    pub(crate) details: Option<IncidentDetails>,
    /// What it says.
    pub(crate) kind: MessageKind,
}

/// The monitor and the incident that a message is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct IncidentDetails {
    pub(crate) monitor_id: MonitorId,
    pub(crate) incident_id: IncidentId,
    pub(crate) name: String,
    pub(crate) url: String,
    pub(crate) started_at: Timestamp,
    pub(crate) error_code: Option<ErrorCode>,
    pub(crate) error: Option<String>,
    /// Where to look.
    pub(crate) link: String,
}

/// One incident of a storm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct GroupedIncident {
    #[serde(rename = "about")]
    pub(crate) details: IncidentDetails,
    /// Since when the target is back.
    pub(crate) resolved_at: Option<Timestamp>,
}

/// Bytes in which a channel without a limit of its own explains a message.
const MAX_EXPLANATION_BYTES: usize = 4_000;

/// The same of a message that was refused as a whole.
const MAX_SHORT_BYTES: usize = 500;

/// What a message says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum MessageKind {
    /// The target is down.
    Down,
    /// The target is back.
    Up {
        /// Since when.
        resolved_at: Timestamp,
        /// Whether the channel was not notified of the outage before.
        summary: bool,
        /// Outages before this one of which the channel was not notified either.
        earlier_outages: u32,
    },
    /// The target is still down.
    Reminder {
        /// When that was found.
        now: Timestamp,
    },
    /// Somebody has acknowledged the outage.
    Acknowledged,
    /// The target answers too slowly.
    Degraded,
    /// It no longer does.
    Recovered {
        /// Since when.
        resolved_at: Timestamp,
    },
    /// A user has ended the incident.
    Ended {
        /// When.
        resolved_at: Timestamp,
        /// By what.
        reason: CloseReason,
        /// Whether the target only answered too slowly.
        degraded: bool,
    },
    /// Many targets are down, or back, at once.
    Group {
        kind: AlertKind,
        /// What a user has done, where that has ended the incidents.
        ended_by: Option<CloseReason>,
        /// How many.
        total: usize,
        /// The first of them.
        incidents: Vec<GroupedIncident>,
        /// Where to look.
        link: String,
    },
    /// A test of the channel.
    Test {
        /// The name of the channel.
        channel: String,
    },
}

impl Message {
    /// One line: begins with what happened and to what.
    pub(crate) fn headline(&self) -> String {
        let name = self.details.as_ref().map_or("", |details| &details.name);
        match &self.kind {
            MessageKind::Down => format!("🔴 Down: {name}"),
            MessageKind::Up {
                resolved_at,
                summary,
                earlier_outages,
            } => {
                let started = self
                    .details
                    .as_ref()
                    .map_or(*resolved_at, |details| details.started_at);
                let lasted = duration(resolved_at.millis_since(started));
                match (summary, earlier_outages) {
                    (true, 1..) => format!("✅ Up: {name} ({} outages within {lasted})", earlier_outages + 1),
                    _ => format!("✅ Up: {name} (down for {lasted})"),
                }
            }
            MessageKind::Reminder { now } => {
                let started = self.details.as_ref().map_or(*now, |details| details.started_at);
                format!(
                    "🔴 Still down: {name} (for {})",
                    duration(now.millis_since(started))
                )
            }
            MessageKind::Acknowledged => format!("👀 Acknowledged: {name} is down"),
            MessageKind::Degraded => format!("🟡 Degraded: {name}"),
            MessageKind::Recovered { resolved_at } => {
                let started = self
                    .details
                    .as_ref()
                    .map_or(*resolved_at, |details| details.started_at);
                let lasted = duration(resolved_at.millis_since(started));
                format!("✅ Recovered: {name} (degraded for {lasted})")
            }
            MessageKind::Ended {
                resolved_at,
                reason,
                degraded,
            } => {
                let started = self
                    .details
                    .as_ref()
                    .map_or(*resolved_at, |details| details.started_at);
                let state = if *degraded { "degraded" } else { "down" };
                let lasted = duration(resolved_at.millis_since(started));
                format!("{}: {name} (was {state} for {lasted})", ended(*reason))
            }
            MessageKind::Group {
                ended_by: Some(reason),
                total,
                ..
            } => format!("{}: {total} monitors", ended(*reason)),
            MessageKind::Group { kind, total, .. } => match kind {
                AlertKind::Down => format!("🔴 Down: {total} monitors"),
                AlertKind::Up => format!("✅ Up: {total} monitors"),
                AlertKind::Reminder => format!("🔴 Still down: {total} monitors"),
                AlertKind::Acknowledged => format!("👀 Acknowledged: {total} monitors"),
                AlertKind::Degraded => format!("🟡 Degraded: {total} monitors"),
                AlertKind::Recovered => format!("✅ Recovered: {total} monitors"),
            },
            MessageKind::Test { channel } => format!("🔔 Test message for {channel}"),
        }
    }

    /// Why, in words; one or two lines, or the incidents of a storm.
    pub(crate) fn explanation(&self, form: Form) -> Vec<String> {
        let limit = match form {
            Form::Full => MAX_EXPLANATION_BYTES,
            Form::Short => MAX_SHORT_BYTES,
        };
        self.explanation_within(limit, char::len_utf8)
    }

    /// The explanation, as much of it as fits into `limit` as the channel counts.
    pub(super) fn explanation_within(&self, limit: usize, measure: Measure) -> Vec<String> {
        if let MessageKind::Group {
            kind,
            total,
            incidents,
            ..
        } = &self.kind
        {
            return list(*kind, *total, incidents, limit, measure);
        }
        cut_lines(self.reasons(), limit, measure)
    }

    fn reasons(&self) -> Vec<String> {
        let Some(details) = &self.details else {
            return vec!["Alerts for your monitors will be sent here.".to_owned()];
        };
        let reason = details.error_code.map(reason);
        match &self.kind {
            MessageKind::Down | MessageKind::Reminder { .. } | MessageKind::Acknowledged => {
                failure(details.error_code, details.error.as_deref())
            }
            MessageKind::Up {
                resolved_at,
                summary: true,
                ..
            } => {
                let span = format!(
                    "Down from {} to {}.",
                    format_time(details.started_at),
                    format_time(*resolved_at)
                );
                let failure = failure(details.error_code, details.error.as_deref());
                std::iter::once(span).chain(failure).collect()
            }
            MessageKind::Up { .. } => reason
                .map(|reason| format!("Cause: {reason}"))
                .into_iter()
                .collect(),
            MessageKind::Degraded => {
                vec!["Responding as expected, but slower than the threshold.".to_owned()]
            }
            MessageKind::Recovered { .. } => vec!["Response times are back to normal.".to_owned()],
            MessageKind::Ended { reason: by, .. } => {
                let cause = reason.map(|reason| format!("Cause: {reason}"));
                std::iter::once(after_end(*by).to_owned()).chain(cause).collect()
            }
            MessageKind::Group { .. } | MessageKind::Test { .. } => Vec::new(),
        }
    }

    /// Where to look.
    pub(crate) fn link(&self) -> Option<&str> {
        match (&self.details, &self.kind) {
            (Some(details), _) => Some(&details.link),
            (None, MessageKind::Group { link, .. }) => Some(link),
            (None, _) => None,
        }
    }
}

/// What a user has done to a monitor whose incident that has ended.
fn ended(reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::Recovered => "✅ Resolved",
        CloseReason::Edited => "✏️ Monitor edited; checks start over",
        CloseReason::Paused => "⏸️ Monitoring paused",
        CloseReason::Deleted => "🗑️ Monitor deleted",
    }
}

/// What that means.
fn after_end(reason: CloseReason) -> &'static str {
    match reason {
        CloseReason::Recovered => "The incident is over.",
        CloseReason::Edited => "The incident is over, because something else is checked now.",
        CloseReason::Paused | CloseReason::Deleted => {
            "The incident is over, because the monitor is not checked any more."
        }
    }
}

/// Why a check failed and what it found: one line when the second only says more than the first.
fn failure(code: Option<ErrorCode>, error: Option<&str>) -> Vec<String> {
    match (code, error) {
        (Some(code), Some(error)) if error.starts_with(code.sentence()) => vec![with_phase(code, error)],
        (code, error) => code
            .map(reason)
            .into_iter()
            .chain(error.map(str::to_owned))
            .collect(),
    }
}

/// Why a check failed, and in which phase.
fn reason(code: ErrorCode) -> String {
    with_phase(code, code.sentence())
}

fn with_phase(code: ErrorCode, text: &str) -> String {
    match super::phase::phase_name(code) {
        Some(phase) => format!("{text} (phase: {phase})"),
        None => text.to_owned(),
    }
}

/// The incidents of a storm, as many as fit, and how many more there are.
fn list(
    kind: AlertKind,
    total: usize,
    incidents: &[GroupedIncident],
    limit: usize,
    measure: Measure,
) -> Vec<String> {
    let and_more = |shown: usize| format!("… and {} more", total - shown);
    let mut lines = Vec::new();
    let mut left = limit.saturating_sub(length(&and_more(0), measure));
    for incident in incidents {
        let line = list_item(kind, incident);
        let taken = length(&line, measure) + measure('\n');
        if taken > left {
            break;
        }
        left -= taken;
        lines.push(line);
    }
    if total > lines.len() {
        lines.push(and_more(lines.len()));
    }
    lines
}

fn list_item(kind: AlertKind, incident: &GroupedIncident) -> String {
    let details = &incident.details;
    match incident.resolved_at {
        Some(at) => {
            let state = match kind {
                AlertKind::Recovered => "degraded",
                _ => "down",
            };
            let duration = duration(at.millis_since(details.started_at));
            format!("• {} ({state} for {duration})", details.name)
        }
        None if kind == AlertKind::Degraded => format!("• {}", details.name),
        None => {
            let reason = details.error_code.map_or("Check failed", ErrorCode::sentence);
            format!("• {}: {reason}", details.name)
        }
    }
}

/// A duration in words, in its two largest units: `20 s`, `2 min 10 s`, `1 h 5 min`, `2 d 3 h`.
pub(crate) fn duration(millis: i64) -> String {
    let seconds = (millis.max(0) + 500) / 1_000;
    let (large, small) = match seconds {
        0..60 => ((seconds, "s"), (0, "")),
        60..3_600 => ((seconds / 60, "min"), (seconds % 60, "s")),
        3_600..86_400 => ((seconds / 3_600, "h"), (seconds % 3_600 / 60, "min")),
        _ => ((seconds / 86_400, "d"), (seconds % 86_400 / 3_600, "h")),
    };
    if small.0 == 0 {
        format!("{} {}", large.0, large.1)
    } else {
        format!("{} {} {} {}", large.0, large.1, small.0, small.1)
    }
}

/// An instant for people who read plain text.
pub(crate) fn format_time(at: Timestamp) -> String {
    at.to_datetime().format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_not_explained_twice() {
        let refused = failure(
            Some(ErrorCode::ConnectRefused),
            Some("Connection refused by 192.0.2.1:80"),
        );
        assert_eq!(
            refused,
            ["Connection refused by 192.0.2.1:80 (phase: connection)"]
        );
        let inverted = ErrorCode::UpsideDown.sentence();
        assert_eq!(failure(Some(ErrorCode::UpsideDown), Some(inverted)), [inverted]);
        let other = failure(Some(ErrorCode::StatusMismatch), Some("it answered 500"));
        assert_eq!(other.len(), 2);
        assert_eq!(failure(None, None), [] as [String; 0]);
    }

    #[test]
    fn a_reason_names_the_phase_where_there_is_one() {
        for (code, phase) in [
            (ErrorCode::TlsTimeout, Some("TLS")),
            (ErrorCode::ReadTimeout, Some("response")),
            (ErrorCode::Other, None),
        ] {
            let shown = reason(code);
            match phase {
                Some(phase) => assert!(shown.ends_with(&format!(" (phase: {phase})")), "{shown}"),
                None => assert_eq!(shown, code.sentence()),
            }
        }
    }

    #[test]
    fn durations_have_two_units() {
        for (millis, text) in [
            (0, "0 s"),
            (20_000, "20 s"),
            (59_600, "1 min"),
            (130_000, "2 min 10 s"),
            (3_900_000, "1 h 5 min"),
            (183_600_000, "2 d 3 h"),
        ] {
            assert_eq!(duration(millis), text);
        }
    }
}
