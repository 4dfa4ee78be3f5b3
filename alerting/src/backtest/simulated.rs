//! What a simulation has come to: incidents, messages, and why somebody was not notified.

use std::collections::HashMap;

use domain::alert_event::{ACKNOWLEDGEMENT_EXPIRED, AlertEvent, AlertKind, Cause, Step};
use domain::fold::{MonitorState, State, Transition};
use domain::{ChannelId, DeliveryId, ErrorCode, IncidentId, Record, Timestamp};

use crate::ending::degradation_ended_by;
use crate::incident::Resolution;

/// Reasons of one incident, at most.
const MAX_REASONS: usize = 20;

/// What would have been sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Simulated {
    /// Outages and degradations, in the order in which they were found.
    pub incidents: Vec<SimulatedIncident>,
    /// Messages, in the order in which they were sent.
    pub messages: Vec<SimulatedMessage>,
    /// How many results were gone through.
    pub results: u64,
    /// What is known of the monitor in the end.
    pub state: MonitorState,
}

/// An outage, or a time in which the monitor is degraded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimulatedIncident {
    /// Its name: the one that it has live.
    pub id: IncidentId,
    /// Whether the monitor was only too slow.
    pub degraded: bool,
    /// When it began.
    pub started_at: Timestamp,
    /// When the result was appended by which it was found.
    pub detected_at: Timestamp,
    /// How it ended; none while it goes on.
    pub resolution: Option<Resolution>,
    /// The first failure's code.
    pub error_code: Option<ErrorCode>,
    /// Why somebody was not notified, or not at once; at most 20.
    pub reasons: Vec<SimulatedReason>,
}

/// Why somebody was not notified, or not at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SimulatedReason {
    /// When that was decided first.
    pub at: Timestamp,
    /// The channel; none where it concerns all of them.
    pub channel: Option<ChannelId>,
    /// Why; see [`suppression_of`](crate::suppression_of).
    pub reason: String,
}

/// A message to one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SimulatedMessage {
    /// About which incident.
    pub incident: IncidentId,
    /// Its name: the one that it has live.
    pub delivery: DeliveryId,
    /// What it says.
    pub alert: AlertKind,
    /// To which channel.
    pub channel: ChannelId,
    /// When it was sent.
    pub at: Timestamp,
    /// Why it goes there; none where all enabled channels are notified, and of what follows from the beginning.
    pub cause: Option<Cause>,
    /// When the quiet hours ended for which it waited: it is one message with what else waited for their end.
    pub after_quiet: Option<Timestamp>,
}

/// Collects what a simulation comes to.
#[derive(Debug, Default)]
pub(super) struct Collector {
    incidents: Vec<SimulatedIncident>,
    /// Where each of them is.
    places: HashMap<IncidentId, usize>,
    /// The degradation that goes on.
    degradation: Option<IncidentId>,
    messages: Vec<SimulatedMessage>,
}

impl Collector {
    /// Takes in what a record has begun and ended.
    pub(super) fn take(&mut self, transition: &Transition, record: &Record, now: Timestamp) {
        if let Some(closed) = &transition.closed {
            let (at, reason) = (closed.resolved_at, closed.reason);
            self.end(closed.id, Resolution { at, reason });
        }
        let (was_degraded, is_degraded) = (
            transition.from == State::Degraded,
            transition.to == State::Degraded,
        );
        if !is_degraded && let Some(id) = self.degradation.take() {
            let (at, reason) = (transition.at, degradation_ended_by(transition, record));
            self.end(id, Resolution { at, reason });
        }
        if let Some(opened) = &transition.opened {
            self.begin(SimulatedIncident {
                id: opened.id,
                degraded: false,
                started_at: opened.started_at,
                detected_at: now,
                resolution: None,
                error_code: opened.error_code,
                reasons: Vec::new(),
            });
        }
        if is_degraded && !was_degraded {
            let id = transition.degradation_id();
            self.degradation = Some(id);
            self.begin(SimulatedIncident {
                id,
                degraded: true,
                started_at: transition.at,
                detected_at: now,
                resolution: None,
                error_code: None,
                reasons: Vec::new(),
            });
        }
    }

    fn begin(&mut self, incident: SimulatedIncident) {
        self.places.insert(incident.id, self.incidents.len());
        self.incidents.push(incident);
    }

    fn end(&mut self, id: IncidentId, resolution: Resolution) {
        if let Some(&place) = self.places.get(&id) {
            self.incidents[place].resolution = Some(resolution);
        }
    }

    /// Takes in why nobody was notified.
    pub(super) fn note(&mut self, events: Vec<AlertEvent>) {
        for event in events {
            // That an acknowledgement has expired keeps nobody from being notified.
            let reason = event
                .reason
                .filter(|reason| event.step == Step::Suppressed && reason != ACKNOWLEDGEMENT_EXPIRED);
            let place = self.places.get(&event.incident_id);
            let (Some(reason), Some(&place)) = (reason, place) else {
                continue;
            };
            let (at, channel) = (event.at, event.channel_id);
            let reasons = &mut self.incidents[place].reasons;
            let is_known = reasons
                .iter()
                .any(|known| known.channel == channel && known.reason == reason);
            if !is_known && reasons.len() < MAX_REASONS {
                reasons.push(SimulatedReason { at, channel, reason });
            }
        }
    }

    /// Takes in messages that were sent.
    pub(super) fn sent(&mut self, messages: Vec<SimulatedMessage>) {
        self.messages.extend(messages);
    }

    pub(super) fn finish(self, results: u64, state: MonitorState) -> Simulated {
        Simulated {
            incidents: self.incidents,
            messages: self.messages,
            results,
            state,
        }
    }
}
