//! Which incidents of a monitor somebody is notified of now: those that are put off wait, and those that were over before
//! anybody could be notified become one notification.

use domain::{IncidentId, MonitorId, Timestamp};

use crate::actions::Actions;
use crate::delivery::DeliveryStatus;
use crate::filter::{THROTTLED, Verdict};
use crate::flapping::{self, Flapping};
use crate::incident::{Alert, Incident};
use crate::ledger::{LastNotified, Ledger};
use crate::recipients::Verdicts;
use crate::recorder::Recorder;
use crate::settings::NotificationSettings;
use crate::upstream::Judged;

/// The longest time between two notifications of a throttled channel, in milliseconds.
const LONGEST_THROTTLE_MS: i64 = 24 * 3_600_000;

impl Ledger {
    /// Whether the recipients of something are not decided yet.
    pub fn is_unrouted(&self) -> bool {
        let mut alerts = self.incidents.iter().flat_map(Incident::alerts);
        alerts.any(Alert::is_undecided)
    }

    /// Whether it is not decided yet where one of its incidents goes.
    pub fn is_unplanned(&self) -> bool {
        self.incidents.iter().any(|incident| !incident.opening().routed)
    }

    /// Whether there may be something to decide, now or as time goes by.
    pub fn may_route(&self) -> bool {
        let may_notify = |incident: &Incident| incident.may_be_reminded_of() || incident.may_escalate();
        self.is_unrouted() || self.incidents.iter().any(may_notify)
    }

    /// Decides who is notified, as far as the settings are known.
    pub(crate) fn route(
        &mut self,
        monitor_id: MonitorId,
        settings: Option<NotificationSettings<'_>>,
        backlog_before: Timestamp,
        now: Timestamp,
    ) -> Actions {
        let mut actions = Actions::default();
        if !self.may_route() {
            return actions;
        }
        if self.owner().is_none() {
            actions.needs_settings = true;
            return actions;
        }
        let mut events = Vec::new();
        let mut recorder = self.recorder(monitor_id, now, &mut events);
        let mut put_off = Vec::new();
        if let Some(settings) = settings {
            let unrouted = self.incidents.iter_mut().filter(|it| !it.opening().routed);
            for incident in unrouted {
                if let Some(until) = incident.held_until(now) {
                    put_off.push(incident.id);
                    actions.due_at(until);
                    continue;
                }
                match Self::judge(
                    incident,
                    settings,
                    &self.last_notified,
                    &mut self.recent_outages,
                    &mut recorder,
                    &mut actions,
                ) {
                    Judgement::Announced => {}
                    Judgement::Suppressed(reason) => {
                        actions.throttled += u64::from(reason == THROTTLED);
                        incident.notify_nobody(&reason, &mut recorder);
                        actions.persist = true;
                    }
                    Judgement::Waits(at) => {
                        put_off.push(incident.id);
                        actions.due_at(at);
                    }
                }
            }
            // What waits for a filter becomes one notification, once the filter allows it.
            if put_off.is_empty() {
                self.merge_unannounced(settings, backlog_before, &mut recorder);
            }
        }
        for incident in &mut self.incidents {
            if !put_off.contains(&incident.id) {
                let last_notified = &mut self.last_notified;
                incident.route(
                    settings,
                    last_notified,
                    backlog_before,
                    &mut recorder,
                    &mut actions,
                );
            }
            match settings {
                Some(settings) => incident.remind(settings, &mut recorder, &mut actions),
                None => actions.needs_settings |= incident.may_be_reminded_of(),
            }
        }
        actions.events = events;
        self.incidents.retain(|incident| !incident.is_finished(now));
        if actions.persist {
            self.last_notified
                .retain(|last| now.millis_since(last.at) <= LONGEST_THROTTLE_MS);
            self.persisted_at = Some(now);
        }
        actions
    }

    /// What all filters say about the announcement of an incident.
    fn judge(
        incident: &mut Incident,
        settings: NotificationSettings<'_>,
        last_notified: &[LastNotified],
        recent_outages: &mut Vec<Timestamp>,
        recorder: &mut Recorder<'_>,
        actions: &mut Actions,
    ) -> Judgement {
        let common = common_verdict(&incident.ask(settings, last_notified, recorder));
        let held_until = match common {
            Verdict::Suppress(reason) => return Judgement::Suppressed(reason.to_owned()),
            Verdict::Later(at) => Some(at),
            Verdict::Allow | Verdict::EndOnly(_) => None,
        };
        // That others are down on which it depends explains no silence of regions.
        if !incident.unseen {
            let (upstream, is_new) = incident.judge_upstream(settings, held_until, recorder);
            actions.persist |= is_new;
            match upstream {
                Judged::Free => {}
                Judged::Waits(at) => return Judgement::Waits(at),
                Judged::Over(reason) => return Judgement::Suppressed(reason),
            }
        }
        if let Some(at) = held_until {
            return Judgement::Waits(at);
        }
        if incident.unseen {
            return Judgement::Announced;
        }
        // Of what nobody would have been notified anyway does not count.
        if let Some(rule) = settings.labels().flapping.filter(|_| !incident.degraded) {
            actions.persist |= flapping::remember(recent_outages, incident.started_at);
            match incident.judge_flapping(rule, recent_outages, recorder.now) {
                Flapping::No => {}
                Flapping::Announced => incident.flapping = Some(rule),
                Flapping::Waits(at) => return Judgement::Waits(at),
                Flapping::Over(reason) => return Judgement::Suppressed(reason),
            }
        }
        Judgement::Announced
    }

    /// The open outage that somebody is notified of.
    pub fn announced(&self) -> Option<IncidentId> {
        let is_announced = |incident: &&Incident| {
            let mut openings = incident.opening().deliveries.iter();
            let is_open = incident.is_outage() && incident.resolution.is_none();
            is_open && openings.any(|it| it.status == DeliveryStatus::Pending || it.may_have_arrived())
        };
        self.incidents
            .iter()
            .find(is_announced)
            .map(|incident| incident.id)
    }

    /// Of several outages that were over before anybody could be notified, the alert about the last one's end covers
    /// all that go where it goes.
    fn merge_unannounced(
        &mut self,
        settings: NotificationSettings<'_>,
        backlog_before: Timestamp,
        recorder: &mut Recorder<'_>,
    ) {
        let over: Vec<usize> = (0..self.incidents.len())
            .filter(|&index| self.incidents[index].ended_unannounced(backlog_before))
            .filter(|&index| self.incidents[index].is_outage())
            .collect();
        let Some((&last, earlier)) = over.split_last() else {
            return;
        };
        let plan = self.incidents[last].plan(settings);
        let is_like = |&&index: &&usize| self.incidents[index].plan(settings).is_like(&plan);
        let earlier: Vec<usize> = earlier.iter().filter(is_like).copied().collect();
        let mut since = self.incidents[last].started_at;
        let mut covered = earlier.len() as u32;
        let reason = format!(
            "included in the message about incident {}",
            self.incidents[last].id
        );
        for index in earlier {
            let incident = &mut self.incidents[index];
            since = since.min(incident.started_at);
            covered += incident.earlier_incidents;
            incident.suppress_all(&reason, recorder);
        }
        let last = &mut self.incidents[last];
        last.earlier_incidents += covered;
        last.started_at = since;
    }
}

/// What becomes of the announcement of an incident.
enum Judgement {
    Announced,
    Suppressed(String),
    Waits(Timestamp),
}

/// What all channels have in common: suppressed for one reason, or put off.
fn common_verdict(verdicts: &Verdicts) -> Verdict {
    let Some((_, first)) = verdicts.first() else {
        return Verdict::Allow;
    };
    let all_suppress = verdicts.iter().all(|(_, verdict)| verdict == first);
    if let (Verdict::Suppress(reason), true) = (first, all_suppress) {
        return Verdict::Suppress(reason);
    }
    let mut sooner = None;
    for (_, verdict) in verdicts {
        match *verdict {
            Verdict::Allow | Verdict::EndOnly(_) => return Verdict::Allow,
            Verdict::Later(at) => sooner = Some(sooner.map_or(at, |sooner: Timestamp| sooner.min(at))),
            Verdict::Suppress(_) => {}
        }
    }
    sooner.map_or(Verdict::Allow, Verdict::Later)
}
