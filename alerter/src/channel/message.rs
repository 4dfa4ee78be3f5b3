//! A message: what failed, why, since when, and where to look.

use std::borrow::Cow;

use domain::alert_event::AlertKind;
use domain::baseline::Anomaly;
use domain::fold::CloseReason;
use domain::text::shown;
use domain::{DeliveryId, Timestamp};

use super::acknowledge::AcknowledgeUrls;
pub(crate) use super::details::{GroupedIncident, IncidentDetails};
use super::digest::QuietDigest;
use super::drill;
use super::fit::{Form, Measure, cut_lines, length, whole_lines};
use super::group;
use super::slower;
use super::unseen;
use super::words::{after_end, duration, ended, failure, flapping, format_time, reason, regions};
use crate::links;

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
    /// Where its incident is acknowledged without signing in, where that is open and the channel allows it.
    pub(crate) acknowledge: Option<AcknowledgeUrls>,
    /// What it says.
    pub(crate) kind: MessageKind,
}

/// What is left to the failure beside what else is said, as the channel counts: where there is less, it is the failure alone.
const MIN_FAILURE: usize = 40;

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
    /// Too few regions are heard of for anything to be known of the target.
    Unseen,
    /// Enough are again, or a user has ended it.
    Seen {
        /// When that was found.
        resolved_at: Timestamp,
        /// Why.
        reason: CloseReason,
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
        /// For which quiet hours of the channel they waited, where they are not of one kind but of those.
        quiet: Option<QuietDigest>,
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
    /// The same with nothing in the texts of others that is not seen, or makes the rest look like something else: names
    /// that were stored before that was refused, what servers answered, and parts that other alerters have made.
    pub(crate) fn shown(mut self) -> Self {
        if let Some(details) = &mut self.details {
            details.shown();
        }
        match &mut self.kind {
            MessageKind::Group { incidents, .. } => {
                incidents.iter_mut().for_each(|incident| incident.details.shown());
            }
            MessageKind::Test { channel } => {
                if let Cow::Owned(without) = shown(channel) {
                    *channel = without;
                }
            }
            _ => {}
        }
        self
    }

    /// Whether it is about a drill, or about several: real incidents are never among them.
    pub(super) fn is_drill(&self) -> bool {
        let details = match &self.kind {
            MessageKind::Group { incidents, .. } => incidents.first().map(|incident| &incident.details),
            _ => self.details.as_ref(),
        };
        details.is_some_and(IncidentDetails::is_drill)
    }

    /// One line: begins with what happened and to what, and of a drill with that it is one.
    pub(crate) fn headline(&self) -> String {
        let headline = self.what_happened();
        match self.is_drill() {
            true => drill::headline(&headline),
            false => headline,
        }
    }

    /// An emoji, and what happened to what.
    fn what_happened(&self) -> String {
        let name = self.details.as_ref().map_or("", |details| &details.name);
        match &self.kind {
            MessageKind::Down => format!("🔴 Down: {name}"),
            MessageKind::Up {
                resolved_at,
                summary: true,
                earlier_outages: earlier @ 1..,
            } => format!(
                "✅ Up: {name} ({} outages within {})",
                earlier + 1,
                self.lasted(*resolved_at)
            ),
            MessageKind::Up { resolved_at, .. } => {
                format!("✅ Up: {name} (down for {})", self.lasted(*resolved_at))
            }
            MessageKind::Reminder { now } => {
                format!("🔴 Still down: {name} (for {})", self.lasted(*now))
            }
            MessageKind::Acknowledged => format!("👀 Acknowledged: {name} is down"),
            MessageKind::Degraded if self.anomaly().is_some() => slower::headline(name),
            MessageKind::Degraded => format!("🟡 Degraded: {name}"),
            MessageKind::Recovered { resolved_at } if self.anomaly().is_some() => {
                slower::end_headline(name, &self.lasted(*resolved_at))
            }
            MessageKind::Recovered { resolved_at } => {
                format!(
                    "✅ Recovered: {name} (degraded for {})",
                    self.lasted(*resolved_at)
                )
            }
            MessageKind::Unseen => unseen::headline(name),
            MessageKind::Seen { resolved_at, reason } => {
                unseen::end_headline(name, *reason, &self.lasted(*resolved_at))
            }
            MessageKind::Ended {
                resolved_at,
                reason,
                degraded,
            } => {
                let state = match (*degraded, self.anomaly()) {
                    (true, Some(_)) => "slower than usual",
                    (true, None) => "degraded",
                    (false, _) => "down",
                };
                let lasted = self.lasted(*resolved_at);
                format!("{}: {name} (was {state} for {lasted})", ended(*reason))
            }
            MessageKind::Group {
                quiet: Some(quiet), ..
            } => quiet.headline(),
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
                AlertKind::Unseen | AlertKind::Seen => unseen::group_headline(*kind, *total),
            },
            MessageKind::Test { channel } => format!("🔔 Test message for {channel}"),
        }
    }

    /// How much slower than usual the target answers, where that is what it is about.
    pub(super) fn anomaly(&self) -> Option<Anomaly> {
        self.details.as_ref()?.anomaly
    }

    /// How long the incident had lasted at an instant, in words.
    fn lasted(&self, until: Timestamp) -> String {
        let started = self.details.as_ref().map_or(until, |details| details.started_at);
        duration(until.millis_since(started))
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
        let Some(note) = self.drill_note() else {
            return self.reasons_within(limit, measure);
        };
        // It comes first, so that it is not what is cut.
        let mut lines = cut_lines(vec![note.to_owned()], limit, measure);
        let taken = lines.iter().map(|line| length(line, measure) + measure('\n'));
        let left = limit.saturating_sub(taken.sum());
        lines.extend(self.reasons_within(left, measure));
        lines
    }

    /// That nothing is wrong, where it is a drill.
    fn drill_note(&self) -> Option<&'static str> {
        self.is_drill().then_some(match self.kind {
            MessageKind::Group { .. } => drill::NOTE_ON_SEVERAL,
            _ => drill::NOTE,
        })
    }

    /// Why it is as it is, in the first line that says so.
    pub(super) fn first_reason(&self) -> Option<String> {
        let reasons = match self.kind {
            MessageKind::Group { .. } => self.reasons_within(MAX_SHORT_BYTES, char::len_utf8),
            // From where it is down, or that it flaps, is no reason.
            _ => cut_lines(self.reasons(), MAX_SHORT_BYTES, char::len_utf8),
        };
        reasons.into_iter().next()
    }

    fn reasons_within(&self, limit: usize, measure: Measure) -> Vec<String> {
        if let MessageKind::Group {
            kind,
            total,
            incidents,
            quiet,
            ..
        } = &self.kind
        {
            return match quiet {
                Some(quiet) => quiet.list(*total, incidents, limit, measure),
                None => group::list(*kind, *total, incidents, limit, measure),
            };
        }
        let found = self.details.as_ref().and_then(|details| details.regions.as_ref());
        // What was not heard of says nothing of what regions find.
        let found = found.filter(|_| !matches!(self.kind, MessageKind::Unseen | MessageKind::Seen { .. }));
        let further = [self.flapping(), found.and_then(regions)];
        // Each is said as a whole or not at all.
        let (room, further) = whole_lines(further, limit.saturating_sub(MIN_FAILURE), measure);
        let mut lines = cut_lines(self.reasons(), limit - room, measure);
        lines.extend(further);
        lines
    }

    /// That the monitor is flapping from now on, in one line.
    pub(super) fn flapping(&self) -> Option<String> {
        Some(flapping(self.details.as_ref()?.flapping?))
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
            MessageKind::Degraded => match details.anomaly {
                Some(anomaly) => slower::reasons(anomaly),
                None => vec!["Responding as expected, but slower than the threshold.".to_owned()],
            },
            MessageKind::Recovered { .. } if details.anomaly.is_some() => slower::end_reasons(),
            MessageKind::Recovered { .. } => vec!["Response times are back to normal.".to_owned()],
            MessageKind::Unseen => unseen::reasons(details),
            MessageKind::Seen { reason, .. } => unseen::end_reasons(*reason),
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

    /// The page on which whoever reads it acknowledges the incident.
    pub(super) fn acknowledge_link(&self) -> Option<String> {
        self.acknowledge.as_ref().map(AcknowledgeUrls::page)
    }

    /// The same in a line, for where there are no titles of links.
    pub(super) fn acknowledge_line(&self) -> Option<String> {
        self.acknowledge_link().map(|link| format!("Acknowledge: {link}"))
    }

    /// The page that says why somebody is notified of the incident. That of a drill is its report, to which it links anyway;
    /// that regions are silent is no incident, and the page knows nothing of it.
    pub(crate) fn why_link(&self) -> Option<String> {
        if matches!(self.kind, MessageKind::Unseen | MessageKind::Seen { .. }) {
            return None;
        }
        let details = self.details.as_ref().filter(|details| !details.is_drill())?;
        Some(links::why(&details.link, details.started_at))
    }
}

#[cfg(test)]
mod tests;
