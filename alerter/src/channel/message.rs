//! What people are told: what failed, why in words, since when, and where to look.

use domain::alert_event::AlertKind;
use domain::{DeliveryId, ErrorCode, IncidentId, MonitorId, Timestamp};
use serde::{Deserialize, Serialize};

/// A message to one channel.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    /// Its name: the same in each attempt.
    pub(crate) id: DeliveryId,
    /// The name of the first message about the same outage to the same channel.
    pub(crate) thread: DeliveryId,
    /// What the channel answered to that first message.
    pub(crate) first: Option<String>,
    /// What it is about; absent in a test message.
    pub(crate) about: Option<About>,
    /// What it tells.
    pub(crate) told: Told,
}

/// The monitor and the outage that a message is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct About {
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

/// One outage of a storm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Outage {
    pub(crate) about: About,
    /// Since when the target is back.
    pub(crate) resolved_at: Option<Timestamp>,
}

/// The longest list in a message, in bytes: Slack takes 3,000 characters in a block.
const MAX_LIST_BYTES: usize = 2_000;

/// What a message tells.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Told {
    /// The target is down.
    Down,
    /// The target is back.
    Up {
        /// Since when.
        resolved_at: Timestamp,
        /// Whether the channel was told of the outage before.
        summary: bool,
        /// Outages before this one of which the channel was not told either.
        earlier_outages: u32,
    },
    /// The target is still down.
    Reminder {
        /// When that was found.
        now: Timestamp,
    },
    /// Somebody has taken the outage on.
    Acknowledged,
    /// The target answers too slowly.
    Degraded,
    /// It no longer does.
    Recovered {
        /// Since when.
        resolved_at: Timestamp,
    },
    /// Many targets are down, or back, at once.
    Group {
        kind: AlertKind,
        /// How many.
        total: usize,
        /// The first of them.
        outages: Vec<Outage>,
        /// Where to look.
        link: String,
    },
    /// Somebody tries the channel out.
    Test {
        /// What people call the channel.
        channel: String,
    },
}

impl Message {
    /// One line: begins with what happened and to what.
    pub(crate) fn headline(&self) -> String {
        let name = self.about.as_ref().map_or("", |about| &about.name);
        match &self.told {
            Told::Down => format!("🔴 DOWN: {name}"),
            Told::Up {
                resolved_at,
                summary,
                earlier_outages,
            } => {
                let started = self.about.as_ref().map_or(*resolved_at, |about| about.started_at);
                let lasted = duration(resolved_at.millis_since(started));
                match (summary, earlier_outages) {
                    (true, 1..) => format!(
                        "✅ UP: {name}, after {} outages within {lasted}",
                        earlier_outages + 1
                    ),
                    _ => format!("✅ UP: {name} after {lasted}"),
                }
            }
            Told::Reminder { now } => {
                let started = self.about.as_ref().map_or(*now, |about| about.started_at);
                format!(
                    "🔴 STILL DOWN: {name} for {}",
                    duration(now.millis_since(started))
                )
            }
            Told::Acknowledged => format!("👀 ACKNOWLEDGED: {name} is down, and somebody has taken it on"),
            Told::Degraded => format!("🟡 SLOW: {name}"),
            Told::Recovered { resolved_at } => {
                let started = self.about.as_ref().map_or(*resolved_at, |about| about.started_at);
                let lasted = duration(resolved_at.millis_since(started));
                format!("✅ NO LONGER SLOW: {name} after {lasted}")
            }
            Told::Group { kind, total, .. } => match kind {
                AlertKind::Down => format!("🔴 DOWN: {total} monitors"),
                AlertKind::Up => format!("✅ UP: {total} monitors"),
                AlertKind::Reminder => format!("🔴 STILL DOWN: {total} monitors"),
                AlertKind::Acknowledged => format!("👀 ACKNOWLEDGED: {total} monitors"),
                AlertKind::Degraded => format!("🟡 SLOW: {total} monitors"),
                AlertKind::Recovered => format!("✅ NO LONGER SLOW: {total} monitors"),
            },
            Told::Test { channel } => format!("🔔 Test message for the channel {channel}"),
        }
    }

    /// Why, in words; one or two lines.
    pub(crate) fn explanation(&self) -> Vec<String> {
        if let Told::Group {
            kind, total, outages, ..
        } = &self.told
        {
            return list(*kind, *total, outages);
        }
        let Some(about) = &self.about else {
            return vec!["Alerts of your monitors will arrive here.".to_owned()];
        };
        let reason = about.error_code.map(reason);
        match &self.told {
            Told::Down | Told::Reminder { .. } | Told::Acknowledged => {
                reason.into_iter().chain(about.error.clone()).collect()
            }
            Told::Up {
                resolved_at,
                summary: true,
                ..
            } => {
                let span = format!(
                    "It was down from {} to {}, and is back.",
                    clock(about.started_at),
                    clock(*resolved_at)
                );
                std::iter::once(span)
                    .chain(reason)
                    .chain(about.error.clone())
                    .collect()
            }
            Told::Up { .. } => reason
                .map(|reason| format!("What was wrong: {reason}"))
                .into_iter()
                .collect(),
            Told::Degraded => vec!["It answers as expected, but slower than it should.".to_owned()],
            Told::Recovered { .. } => vec!["It answers in time again.".to_owned()],
            Told::Group { .. } | Told::Test { .. } => Vec::new(),
        }
    }

    /// Where to look.
    pub(crate) fn link(&self) -> Option<&str> {
        match (&self.about, &self.told) {
            (Some(about), _) => Some(&about.link),
            (None, Told::Group { link, .. }) => Some(link),
            (None, _) => None,
        }
    }
}

/// Why a check failed, and in which phase.
fn reason(code: ErrorCode) -> String {
    match super::phase::of(code) {
        Some(phase) => format!("{}. Phase: {phase}.", code.sentence()),
        None => code.sentence().to_owned(),
    }
}

/// The outages of a storm, as many as fit, and how many more there are.
fn list(kind: AlertKind, total: usize, outages: &[Outage]) -> Vec<String> {
    let mut lines = Vec::new();
    let mut bytes = 0;
    for outage in outages {
        let about = &outage.about;
        let line = match outage.resolved_at {
            Some(at) => format!(
                "• {} after {}",
                about.name,
                duration(at.millis_since(about.started_at))
            ),
            None if kind == AlertKind::Degraded => format!("• {}", about.name),
            None => {
                let reason = about
                    .error_code
                    .map_or("Check failed", domain::ErrorCode::sentence);
                format!("• {}: {reason}", about.name)
            }
        };
        bytes += line.len() + 1;
        if bytes > MAX_LIST_BYTES {
            break;
        }
        lines.push(line);
    }
    if total > lines.len() {
        lines.push(format!("… and {} more", total - lines.len()));
    }
    lines
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
pub(crate) fn clock(at: Timestamp) -> String {
    at.to_datetime().format("%Y-%m-%d %H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_names_the_phase_where_there_is_one() {
        for (code, told) in [
            (ErrorCode::TlsTimeout, "TLS handshake timed out. Phase: TLS."),
            (ErrorCode::ReadTimeout, "Response timed out. Phase: answer."),
            (ErrorCode::Other, "Check failed"),
        ] {
            assert_eq!(reason(code), told);
        }
    }

    #[test]
    fn durations_are_told_in_two_units() {
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
