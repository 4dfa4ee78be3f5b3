//! What came of it, in all monitors together.

use std::collections::HashMap;
use std::ops::Range;

use api::{BacktestChange, BacktestChannel, BacktestIncident, BacktestOutcome};
use chrono::NaiveTime;
use chrono_tz::Tz;
use domain::hours::{Days, Hours};
use domain::{ChannelId, Timestamp};

use super::compare::{Found, compare};
use crate::rules::dependencies::Sight;
use crate::rules::upstream_reason::shown;

/// Incidents that are listed, at most.
const LISTED: usize = 500;

/// When it is night.
const NIGHT: (u32, u32) = (22, 7);

/// Within what it is counted, and for whom.
#[derive(Clone, Debug)]
pub(crate) struct Frame {
    time: Range<Timestamp>,
    night: Hours,
    sight: Sight,
}

impl Frame {
    pub(crate) fn new(time: Range<Timestamp>, time_zone: Tz, sight: Sight) -> Self {
        let at = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
        let night = Hours {
            time_zone,
            days: Days::default(),
            from: at(NIGHT.0),
            until: at(NIGHT.1),
        };
        Self { time, night, sight }
    }

    /// Milliseconds of an incident that lie within the time.
    fn lasting_ms(&self, found: &Found) -> u64 {
        let start = found.started_at.max(self.time.start);
        let end = found.ended_at.map_or(self.time.end, |end| end.min(self.time.end));
        u64::try_from(end.millis_since(start)).unwrap_or(0)
    }
}

/// What came of the monitors that were gone through until now.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    outcome: BacktestOutcome,
    to_detect: Vec<u32>,
    to_notify: Vec<u32>,
    down_ms: u64,
    channels: HashMap<ChannelId, u32>,
}

impl Tally {
    /// Of a candidate of this name, or of what was sent.
    pub(crate) fn new(name: Option<String>) -> Self {
        let outcome = BacktestOutcome {
            name,
            ..BacktestOutcome::default()
        };
        Self {
            outcome,
            ..Self::default()
        }
    }

    /// Adds what was found of a monitor, compared with what was `sent` of it after `since`.
    pub(crate) fn add(&mut self, found: Vec<Found>, sent: &[Found], since: Timestamp, frame: &Frame) {
        let compared = compare(found, sent, since);
        let outcome = &mut self.outcome;
        outcome.missed += compared.missed;
        outcome.added += compared.added;
        for (found, change) in compared.found {
            let within = found.messages.iter().filter(|(at, _)| frame.time.contains(at));
            for (at, channel) in within {
                outcome.messages += 1;
                outcome.messages_at_night += u32::from(frame.night.contains(*at));
                *self.channels.entry(*channel).or_default() += 1;
            }
            if found.degraded {
                outcome.degradations += 1;
            } else {
                outcome.incidents += 1;
                self.to_detect.push(seconds(found.started_at, found.detected_at));
                self.down_ms += frame.lasting_ms(&found);
                if let Some(at) = found.notified_at() {
                    outcome.announced += 1;
                    self.to_notify.push(seconds(found.started_at, at));
                }
            }
            outcome.list.push(listed(&found, change, frame));
        }
        let missed = compared.not_found.iter();
        let missed = missed.map(|found| listed(found, BacktestChange::Missed, frame));
        outcome.list.extend(missed);
        outcome
            .list
            .sort_by_key(|it| (it.started_at, it.monitor_id, it.id));
        outcome.list.truncate(LISTED);
    }

    /// The outcome, with the names of channels. Those without one are left out where `hides_unnamed`.
    pub(crate) fn finish(
        mut self,
        names: &HashMap<ChannelId, String>,
        hides_unnamed: bool,
    ) -> BacktestOutcome {
        let counted = self.channels.into_iter().map(|(id, messages)| BacktestChannel {
            id,
            name: names.get(&id).cloned(),
            messages,
        });
        let mut channels: Vec<BacktestChannel> = counted
            .filter(|channel| !hides_unnamed || channel.name.is_some())
            .collect();
        channels.sort_by_key(|channel| (std::cmp::Reverse(channel.messages), channel.id));
        BacktestOutcome {
            seconds_to_detect: median(&mut self.to_detect),
            seconds_to_notify: median(&mut self.to_notify),
            down_seconds: self.down_ms / 1_000,
            channels,
            ..self.outcome
        }
    }
}

fn listed(found: &Found, change: BacktestChange, frame: &Frame) -> BacktestIncident {
    let reasons = found.told_reasons().into_iter();
    let reasons = reasons.map(|reason| shown(reason, |monitor| frame.sight.sees(monitor)));
    BacktestIncident {
        id: found.id,
        monitor_id: found.monitor_id,
        degraded: found.degraded,
        started_at: found.started_at,
        detected_at: found.detected_at,
        ended_at: found.ended_at,
        error_code: found.error_code,
        notified_at: found.notified_at(),
        messages: u32::try_from(found.messages.len()).unwrap_or(u32::MAX),
        reasons: reasons.collect(),
        change,
    }
}

/// Whole seconds from one instant to another one.
fn seconds(from: Timestamp, to: Timestamp) -> u32 {
    let seconds = to.millis_since(from).max(0) / 1_000;
    u32::try_from(seconds).unwrap_or(u32::MAX)
}

/// Of two in the middle, the mean.
pub(super) fn median(values: &mut [u32]) -> Option<u32> {
    values.sort_unstable();
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = values.get(middle.checked_sub(1)?).copied()?;
    Some(lower.midpoint(upper))
}
