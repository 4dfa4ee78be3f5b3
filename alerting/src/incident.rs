//! An incident and its alerts.

use domain::alert_event::{AlertKind, Source, Step};
use domain::baseline::Anomaly;
use domain::flapping::FlappingRule;
use domain::fold::{CloseReason, Failure, FoundBy, OpenIncident, Votes};
use domain::{ChannelId, ErrorCode, IncidentId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::delivery::{Delivery, DeliveryStatus};
use crate::escalation::Escalation;
use crate::held_back::HeldBack;
use crate::recorder::Recorder;

/// How long the announcement of an overdue heartbeat waits, in milliseconds: a ping that had arrived in time and was
/// answered 200 is on the log by then.
const HELD_MS: i64 = domain::heartbeat::TAKEN_WITHIN_MS;

/// An outage, a time in which a monitor is degraded, or one in which it is not heard of, with the alerts about it.
// `stored` has its form in JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct Incident {
    /// Its name.
    pub id: IncidentId,
    /// The monitor's address.
    pub url: String,
    /// When it began.
    pub started_at: Timestamp,
    /// The first failure's code.
    pub error_code: Option<ErrorCode>,
    /// The first failure in words.
    pub error: Option<String>,
    /// The newest failure, where it is another one. It is written when something else of the monitor is, since the next
    /// check says it again; of a heartbeat everything is.
    pub(crate) newest_failure: Option<Box<Failure>>,
    /// Whether the monitor only answers too slowly.
    pub degraded: bool,
    /// How much slower than usual it answers, where that is why.
    pub anomaly: Option<Anomaly>,
    /// Whether nothing is known of the target, because too few regions were heard of. That is no outage.
    pub unseen: bool,
    /// How it ended, if it has.
    pub resolution: Option<Resolution>,
    /// Its alerts, in the order in which a channel gets them. The first announces the beginning.
    pub(crate) alerts: Vec<Alert>,
    /// Earlier incidents that the alert about this one's end covers.
    pub earlier_incidents: u32,
    /// Before this it is not announced while it goes on: it may turn out that there was no outage.
    pub(crate) held_until: Option<Timestamp>,
    /// The escalation policies that it follows.
    pub(crate) escalations: Vec<Escalation>,
    /// Acknowledgements that have expired.
    pub(crate) expired_acknowledgements: u32,
    /// By what monitor on which this one depends its announcement was held back.
    pub(crate) upstream: Option<HeldBack>,
    /// The monitor is flapping, by this rule, and the alert about the beginning says so.
    pub(crate) flapping: Option<FlappingRule>,
    /// Which regions had found it when it was opened, where there are several.
    pub(crate) found_by: Option<Box<FoundBy>>,
    /// What they say now, or said when it ended, where that is something else. Like the newest failure it is written when
    /// something else of the monitor is.
    pub(crate) last_found_by: Option<Box<FoundBy>>,
}

/// How an incident ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: CloseReason,
}

/// The place of a record on the log.
#[derive(Clone, Debug, PartialEq)]
pub struct LogPosition {
    /// Where it is.
    pub source: Source,
    /// When it was appended.
    pub appended_at: Timestamp,
}

/// The decision to notify of something.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Alert {
    /// Of what.
    #[serde(skip)]
    pub kind: AlertKind,
    /// The record that caused it.
    pub(crate) source: Source,
    /// When that record was appended to the log.
    pub(crate) seen_at: Timestamp,
    /// Whether its recipients were decided.
    pub(crate) routed: bool,
    /// One for each recipient.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub deliveries: Vec<Delivery>,
}

impl Alert {
    pub(crate) fn new(kind: AlertKind, position: LogPosition) -> Self {
        Self {
            kind,
            source: position.source,
            seen_at: position.appended_at,
            routed: false,
            deliveries: Vec::new(),
        }
    }

    /// Whether something of it is still to be done.
    pub(crate) fn is_pending(&self) -> bool {
        !self.routed || self.deliveries.iter().any(Delivery::is_unfinished)
    }

    /// Whether its recipients are not all decided yet.
    pub(crate) fn is_undecided(&self) -> bool {
        let mut statuses = self.deliveries.iter().map(|delivery| delivery.status);
        !self.routed || statuses.any(|status| status == DeliveryStatus::Waiting)
    }

    pub(crate) fn delivery_to(&self, channel: ChannelId) -> Option<&Delivery> {
        self.deliveries
            .iter()
            .find(|delivery| delivery.channel == channel)
    }

    /// Its place among the alerts of an incident.
    fn rank(&self) -> u8 {
        match self.kind {
            AlertKind::Down | AlertKind::Degraded | AlertKind::Unseen => 0,
            AlertKind::Reminder => 1,
            AlertKind::Acknowledged => 2,
            AlertKind::Up | AlertKind::Recovered | AlertKind::Seen => 3,
        }
    }
}

impl Incident {
    pub(crate) fn opened(opened: &OpenIncident, url: &str, position: LogPosition, now: Timestamp) -> Self {
        let is_overdue = opened.error_code.is_some_and(ErrorCode::is_silence);
        Self {
            held_until: is_overdue.then(|| now.plus_millis(HELD_MS)),
            id: opened.id,
            url: url.to_owned(),
            started_at: opened.started_at,
            error_code: opened.error_code,
            error: opened.error.clone(),
            newest_failure: None,
            degraded: false,
            anomaly: None,
            unseen: false,
            resolution: None,
            alerts: vec![Alert::new(AlertKind::Down, position)],
            earlier_incidents: 0,
            escalations: Vec::new(),
            expired_acknowledgements: 0,
            upstream: None,
            flapping: None,
            found_by: opened.seen.as_deref().map(|seen| Box::new(FoundBy::from(seen))),
            last_found_by: None,
        }
    }

    /// A time in which a monitor answers too slowly.
    pub(crate) fn degraded(id: IncidentId, started_at: Timestamp, url: &str, position: LogPosition) -> Self {
        Self {
            id,
            url: url.to_owned(),
            started_at,
            error_code: None,
            error: None,
            newest_failure: None,
            degraded: true,
            anomaly: None,
            unseen: false,
            resolution: None,
            alerts: vec![Alert::new(AlertKind::Degraded, position)],
            earlier_incidents: 0,
            held_until: None,
            escalations: Vec::new(),
            expired_acknowledgements: 0,
            upstream: None,
            flapping: None,
            found_by: None,
            last_found_by: None,
        }
    }

    /// A time in which a monitor answers more slowly than usual.
    pub(crate) fn slower(id: IncidentId, anomaly: Anomaly, url: &str, position: LogPosition) -> Self {
        Self {
            anomaly: Some(anomaly),
            ..Self::degraded(id, anomaly.since, url, position)
        }
    }

    /// What a check or ping has found while it is open.
    pub(crate) fn note_failure(&mut self, failure: Failure) {
        let is_first = failure.error_code == self.error_code && failure.error == self.error;
        self.newest_failure = (!is_first).then(|| Box::new(failure));
    }

    /// The newest failure: what is wrong with a monitor that is down.
    pub fn newest_failure(&self) -> (Option<ErrorCode>, Option<&str>) {
        match self.newest_failure.as_deref() {
            Some(newest) => (newest.error_code, newest.error.as_deref()),
            None => (self.error_code, self.error.as_deref()),
        }
    }

    /// What the regions say while it is open, and have said when it ended. While too few are heard of, as at the beginning
    /// of a revision, nothing new is known.
    pub(crate) fn note_votes(&mut self, votes: &Votes) {
        let found = FoundBy::from(votes);
        let heard = found.down.len() + found.up.len();
        if let Some(first) = &self.found_by
            && heard >= usize::from(votes.quorum.min_regions)
        {
            self.last_found_by = (**first != found).then(|| Box::new(found));
        }
    }

    /// What the regions of the monitor said when it was opened, where there are several.
    pub fn found_by(&self) -> Option<&FoundBy> {
        self.found_by.as_deref()
    }

    /// What they say now, or said when it ended.
    pub fn last_found_by(&self) -> Option<&FoundBy> {
        self.last_found_by.as_deref().or(self.found_by())
    }

    /// Whether the alert about its beginning says that the monitor is flapping, and by which rule.
    pub fn flapping(&self) -> Option<FlappingRule> {
        self.flapping
    }

    /// Until when its announcement waits; nothing when it waits no more.
    pub(crate) fn held_until(&self, now: Timestamp) -> Option<Timestamp> {
        let held = self.held_until.filter(|&until| now < until);
        held.filter(|_| self.resolution.is_none())
    }

    /// Whether nothing is left to do about it. What has failed may still be sent once more.
    pub(crate) fn is_finished(&self, now: Timestamp) -> bool {
        let mut deliveries = self.alerts.iter().flat_map(|alert| &alert.deliveries);
        self.is_settled() && !deliveries.any(|delivery| delivery.is_resendable(now))
    }

    /// Whether nothing more comes of it by itself.
    pub(crate) fn is_settled(&self) -> bool {
        self.resolution.is_some() && !self.alerts.iter().any(Alert::is_pending)
    }

    /// The kind of the alert that announces its beginning.
    pub(crate) fn opening_kind(&self) -> AlertKind {
        match (self.unseen, self.degraded) {
            (true, _) => AlertKind::Unseen,
            (false, true) => AlertKind::Degraded,
            (false, false) => AlertKind::Down,
        }
    }

    /// The kind of the alert that announces its end.
    pub(crate) fn closing_kind(&self) -> AlertKind {
        match (self.unseen, self.degraded) {
            (true, _) => AlertKind::Seen,
            (false, true) => AlertKind::Recovered,
            (false, false) => AlertKind::Up,
        }
    }

    /// Whether it is an outage, and not a time in which the monitor is degraded, or not heard of.
    pub fn is_outage(&self) -> bool {
        !self.degraded && !self.unseen
    }

    /// Its alerts, in the order in which a channel gets them.
    pub fn alerts(&self) -> &[Alert] {
        &self.alerts
    }

    pub(crate) fn alert(&self, kind: AlertKind) -> Option<&Alert> {
        self.alerts.iter().find(|alert| alert.kind == kind)
    }

    pub(crate) fn alert_mut(&mut self, kind: AlertKind) -> Option<&mut Alert> {
        self.alerts.iter_mut().find(|alert| alert.kind == kind)
    }

    /// The alert that announces its beginning.
    pub(crate) fn opening(&self) -> &Alert {
        // Each way to make an incident begins its list with this one.
        &self.alerts[0]
    }

    pub(crate) fn opening_mut(&mut self) -> &mut Alert {
        &mut self.alerts[0]
    }

    /// Adds an alert in its place; one of the same kind is replaced.
    pub(crate) fn add(&mut self, alert: Alert) -> &mut Alert {
        let rank = alert.rank();
        let index = self.alerts.partition_point(|known| known.rank() < rank);
        match self.alerts.get_mut(index) {
            Some(known) if known.rank() == rank => *known = alert,
            _ => self.alerts.insert(index, alert),
        }
        &mut self.alerts[index]
    }

    /// Whether the alert about the end is the first that `channel` gets.
    pub fn is_summary_for(&self, channel: ChannelId) -> bool {
        self.opening().delivery_to(channel).is_none()
    }

    /// What a channel answered to the message about the beginning.
    pub fn opening_receipt(&self, channel: ChannelId) -> Option<&str> {
        self.opening().delivery_to(channel)?.receipt.as_deref()
    }

    /// Suppresses everything that is pending.
    pub(crate) fn suppress_all(&mut self, reason: &str, recorder: &mut Recorder<'_>) {
        self.suppress(|_| true, reason, recorder);
    }

    /// Suppresses what is pending of some alerts.
    pub(crate) fn suppress(
        &mut self,
        which: impl Fn(AlertKind) -> bool,
        reason: &str,
        recorder: &mut Recorder<'_>,
    ) {
        let id = self.id;
        for alert in self.alerts.iter_mut().filter(|alert| which(alert.kind)) {
            let (kind, source) = (alert.kind, &alert.source);
            if !alert.routed {
                alert.routed = true;
                recorder.record(Step::Suppressed, id, kind, source, None, Some(reason));
                continue;
            }
            let deliveries = alert.deliveries.iter_mut();
            for delivery in deliveries.filter(|delivery| delivery.is_unfinished()) {
                delivery.status = DeliveryStatus::Suppressed;
                recorder.record(Step::Suppressed, id, kind, source, Some(delivery), Some(reason));
            }
        }
    }
}
