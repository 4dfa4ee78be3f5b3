//! Who is notified of one incident: of the beginning every channel that the filters allow, of the end whoever was
//! notified of the beginning.

use domain::alert_event::{AlertKind, Cause, Step};
use domain::fold::CloseReason;
use domain::{ChannelId, IncidentId, MonitorId, Timestamp};

use crate::actions::Actions;
use crate::delivery::{Delivery, DeliveryStatus};
use crate::escalation::{Escalation, FIRST_FREE_NOTE};
use crate::filter::{self, FilterContext, OVER_IN_QUIET_HOURS, Subject, UNWANTED, Verdict, held_until_quiet};
use crate::incident::{Alert, Incident};
use crate::ledger::LastNotified;
use crate::recorder::Recorder;
use crate::settings::{NotificationSettings, Recipient};

/// What the filters say to each channel.
pub(crate) type Verdicts = Vec<(ChannelId, Verdict)>;

impl Incident {
    /// What the filters look at.
    pub(crate) fn subject(&self, monitor: MonitorId, settings: NotificationSettings<'_>) -> Subject {
        Subject {
            monitor_id: settings.subject(monitor),
            degraded: self.degraded,
            error_code: self.error_code,
            started_at: self.judged_from(),
            seen_at: self.opening().seen_at,
            ended_at: self.resolution.map(|resolution| resolution.at),
        }
    }

    /// Asks the filters for every channel that would be notified of the beginning. Where policies are followed, one
    /// channel's throttle and quiet hours hold back that channel only, and no step.
    pub(crate) fn ask(
        &self,
        settings: NotificationSettings<'_>,
        last_notified: &[LastNotified],
        recorder: &Recorder<'_>,
    ) -> Verdicts {
        let plan = self.plan(settings);
        let is_over = self.resolution.is_some();
        let follows_policies = !plan.policies.is_empty() && self.is_outage() && !is_over;
        let subject = self.subject(recorder.monitor_id, settings);
        let last_notified = self.throttled_by(last_notified);
        let channels = plan.first_channels(settings, is_over, recorder.now).into_iter();
        let recipients = channels.filter_map(|(channel, _)| settings.recipient(channel));
        let verdict = |recipient: &Recipient| {
            if !follows_policies {
                return evaluate(&subject, recipient, settings, last_notified, recorder.now);
            }
            let mut recipient = *recipient;
            recipient.preferences = recipient.preferences.without_quiet_hours();
            evaluate(&subject, &recipient, settings, &[], recorder.now)
        };
        recipients
            .map(|recipient| (recipient.channel, verdict(recipient)))
            .collect()
    }

    /// Nobody is notified of it, for one reason.
    pub(crate) fn notify_nobody(&mut self, reason: &str, recorder: &mut Recorder<'_>) {
        if reason == UNWANTED {
            self.alerts.iter_mut().for_each(|alert| alert.routed = true);
        } else {
            self.suppress_all(reason, recorder);
        }
    }

    /// Whether it was over before anybody could be notified.
    pub(crate) fn ended_unannounced(&self, backlog_before: Timestamp) -> bool {
        let opening = self.opening();
        !opening.routed
            && (opening.seen_at < backlog_before || self.upstream.is_some())
            && self
                .resolution
                .is_some_and(|resolution| resolution.reason == CloseReason::Recovered)
    }

    /// Decides who is notified of it, as far as the settings are known.
    pub(crate) fn route(
        &mut self,
        settings: Option<NotificationSettings<'_>>,
        last_notified: &mut Vec<LastNotified>,
        backlog_before: Timestamp,
        recorder: &mut Recorder<'_>,
        actions: &mut Actions,
    ) {
        if self.opening().is_undecided() || self.may_escalate() {
            let Some(settings) = settings else {
                actions.needs_settings = true;
                return;
            };
            if self.ended_unannounced(backlog_before) {
                self.route_summary(settings, last_notified, recorder);
                self.release_ends(Some(settings), recorder, actions);
                actions.persist = true;
                return;
            }
            self.route_opening(settings, last_notified, recorder, actions);
        }
        let notified = self.notified();
        self.route_acknowledgement(settings, &notified, recorder, actions);
        self.route_end(&notified, recorder, actions);
        self.release_ends(settings, recorder, actions);
        self.route_going_over(settings, recorder, actions);
    }

    /// The alert about the end is the only one.
    fn route_summary(
        &mut self,
        settings: NotificationSettings<'_>,
        last_notified: &[LastNotified],
        recorder: &mut Recorder<'_>,
    ) {
        let (id, opening, closing) = (self.id, self.opening_kind(), self.closing_kind());
        let verdicts = self.ask(settings, last_notified, recorder);
        let allowed = verdicts.iter().filter(|(_, verdict)| *verdict == Verdict::Allow);
        let allowed: Vec<ChannelId> = allowed.map(|(channel, _)| *channel).collect();
        for (channel, verdict) in &verdicts {
            if let Verdict::EndOnly(at) = *verdict {
                self.notify_of_end(*channel, at, recorder.now);
            }
        }
        self.suppress(
            |kind| kind == opening,
            "resolved before it could be sent",
            recorder,
        );
        if let Some(end) = self.alert_mut(closing) {
            end.deliver_to(&allowed, id, recorder);
        }
    }

    fn route_acknowledgement(
        &mut self,
        settings: Option<NotificationSettings<'_>>,
        notified: &[ChannelId],
        recorder: &mut Recorder<'_>,
        actions: &mut Actions,
    ) {
        let (id, ordinal) = (self.id, self.expired_acknowledgements);
        let acknowledged = self.alert_mut(AlertKind::Acknowledged);
        let Some(acknowledged) = acknowledged.filter(|alert| !alert.routed) else {
            return;
        };
        let Some(settings) = settings else {
            actions.needs_settings = true;
            return;
        };
        let wants_it = |channel: &ChannelId| {
            let recipient = settings.recipient(*channel);
            recipient.is_some_and(|recipient| recipient.wants_acknowledgements)
        };
        let followers: Vec<ChannelId> = notified.iter().copied().filter(wants_it).collect();
        acknowledged.routed = true;
        if !followers.is_empty() {
            acknowledged.deliver_again(&followers, id, ordinal, recorder);
        }
        actions.persist = true;
    }

    /// Asks the filters for each channel, or for those again that wait for them.
    fn route_opening(
        &mut self,
        settings: NotificationSettings<'_>,
        last_notified: &mut Vec<LastNotified>,
        recorder: &mut Recorder<'_>,
        actions: &mut Actions,
    ) {
        let (id, kind) = (self.id, self.opening_kind());
        if !self.opening().routed {
            self.list_recipients(settings, recorder);
            actions.persist = true;
        }
        self.escalate(settings, recorder, actions);
        let mut quiet = Vec::new();
        for index in 0..self.opening().deliveries.len() {
            let delivery = &self.opening().deliveries[index];
            if delivery.status != DeliveryStatus::Waiting {
                continue;
            }
            let mut subject = self.subject(recorder.monitor_id, settings);
            if delivery.is_of_step() {
                // The beginning was judged before, and what held the step back is over.
                subject.started_at = delivery.decided_at;
            }
            let recipient = settings.recipient(delivery.channel);
            let verdict = recipient.map_or(Verdict::Suppress("the channel is disabled"), |recipient| {
                let last_notified = self.throttled_by(last_notified);
                evaluate(&subject, recipient, settings, last_notified, recorder.now)
            });
            let since = self.wanted_since(delivery);
            // Who keeps incidents gets each by itself.
            let is_put_together =
                verdict == Verdict::Allow && !self.unseen && !settings.keeps_incidents(delivery.channel);
            let quiet_end = recipient.filter(|_| is_put_together).and_then(|recipient| {
                let context = context(&subject, recipient, settings, last_notified, recorder.now);
                filter::quiet_end(&subject, &context, since)
            });
            let quiet_end = quiet_end.filter(|end| !self.was_held_past(*end, recorder.now));
            let held = quiet_end.map(held_until_quiet);
            let (degraded, unseen) = (self.degraded, self.unseen);
            let opening = self.opening_mut();
            let delivery = &mut opening.deliveries[index];
            let (step, reason) = match verdict {
                Verdict::Later(at) => {
                    actions.throttled += u64::from(delivery.next_at.is_none());
                    actions.persist |= delivery.next_at != Some(at);
                    delivery.next_at = Some(at);
                    actions.due_at(at);
                    continue;
                }
                Verdict::Allow => {
                    delivery.status = DeliveryStatus::Pending;
                    delivery.decided_at = recorder.now;
                    delivery.after_quiet = quiet_end;
                    (Step::Decided, held.as_deref())
                }
                Verdict::Suppress(reason) => {
                    delivery.status = DeliveryStatus::Suppressed;
                    (Step::Suppressed, Some(reason))
                }
                Verdict::EndOnly(at) => {
                    quiet.push((delivery.channel, at));
                    delivery.status = DeliveryStatus::Suppressed;
                    (Step::Suppressed, Some(OVER_IN_QUIET_HOURS))
                }
            };
            delivery.next_at = None;
            actions.persist = true;
            recorder.record(step, id, kind, &opening.source, Some(delivery), reason);
            let (channel, at) = (delivery.channel, recorder.now);
            if step == Step::Suppressed && !self.escalations.is_empty() {
                // The next step may be due.
                actions.due_at(at);
            }
            let is_throttled = recipient.is_some_and(|it| !unseen && it.preferences.throttle_seconds > 0);
            if step == Step::Decided && is_throttled {
                last_notified.retain(|last| (last.channel, last.degraded) != (channel, degraded));
                last_notified.push(LastNotified {
                    channel,
                    degraded,
                    at,
                });
            }
        }
        for (channel, at) in quiet {
            self.opening_mut()
                .deliveries
                .retain(|delivery| delivery.channel != channel);
            self.notify_of_end(channel, at, recorder.now);
        }
    }

    /// From when on a channel would have been notified of the beginning, but for the filters.
    fn wanted_since(&self, delivery: &Delivery) -> Timestamp {
        let seen_at = self.opening().seen_at;
        match delivery.is_of_step() {
            true => delivery.decided_at,
            false => self.held_until.map_or(seen_at, |until| until.max(seen_at)),
        }
    }

    /// Whether something else than the filters has held its announcement back for longer: another monitor was down, or it had
    /// to last. That it waited once more after the filters, to see whether another one is down, does not count.
    fn was_held_past(&self, end: Timestamp, now: Timestamp) -> bool {
        let upstream = self.upstream.filter(|held| held.by.is_some());
        let freed = upstream.and_then(|held| held.free_since);
        let lasting = self.flapping.map(|rule| self.lasts_from(rule));
        // Before that it is announced only where it need not last.
        let lasting = lasting.filter(|at| *at <= now);
        freed.max(lasting).is_some_and(|until| until > end)
    }

    /// Makes a delivery to each channel that may be notified of the beginning, of which the filters are yet to be asked, and
    /// begins to follow the policies.
    fn list_recipients(&mut self, settings: NotificationSettings<'_>, recorder: &mut Recorder<'_>) {
        let plan = self.plan(settings);
        self.opening_mut().routed = true;
        self.opening_mut().deliveries.clear();
        for (number, (routed_by, reason)) in plan.notes.iter().enumerate() {
            let cause = Cause {
                routed_by: *routed_by,
                step: None,
            };
            self.note_step(cause, FIRST_FREE_NOTE + number as u32, reason, recorder);
        }
        let is_over = self.resolution.is_some();
        let channels = match !self.is_outage() || is_over {
            // It is not worth a second call: whom the first step reaches is notified.
            true => {
                let mut channels = plan.first_channels(settings, is_over, recorder.now);
                let wants_it = |channel| {
                    let recipient = settings.recipient(channel);
                    recipient.is_some_and(|recipient| recipient.preferences.degraded)
                };
                channels.retain(|(channel, _)| !self.degraded || wants_it(*channel));
                channels
            }
            false => {
                let policies = plan.policies.iter();
                let severity = settings.labels().severity;
                self.escalations = policies
                    .map(|(routed_by, policy)| Escalation::new(policy, *routed_by, severity, recorder.now))
                    .collect();
                plan.channels
            }
        };
        for (channel, cause) in channels {
            self.add_recipient(channel, cause, recorder.now);
        }
        let is_silent = self.opening().deliveries.is_empty() && self.escalations.is_empty();
        if is_silent && plan.notes.is_empty() {
            let (id, kind, source) = (self.id, self.opening_kind(), &self.opening().source);
            let reason = match (is_over && !plan.policies.is_empty(), self.unseen) {
                (true, _) => "over before a step was due",
                (false, true) => "no enabled channel that is notified of silent regions",
                (false, false) => "no enabled channels",
            };
            recorder.record(Step::Suppressed, id, kind, source, None, Some(reason));
        }
    }
}

fn evaluate(
    subject: &Subject,
    recipient: &Recipient,
    settings: NotificationSettings<'_>,
    last_notified: &[LastNotified],
    now: Timestamp,
) -> Verdict {
    let context = context(subject, recipient, settings, last_notified, now);
    filter::evaluate(subject, &context)
}

/// What the filters go by of a channel.
fn context<'a>(
    subject: &Subject,
    recipient: &Recipient,
    settings: NotificationSettings<'a>,
    last_notified: &[LastNotified],
    now: Timestamp,
) -> FilterContext<'a> {
    let mut last_notified = last_notified.iter();
    let last =
        last_notified.find(|last| last.channel == recipient.channel && last.degraded == subject.degraded);
    FilterContext {
        rules: settings.rules,
        labels: settings.labels(),
        preferences: recipient.preferences,
        last_notified_at: last.map(|last| last.at),
        now,
    }
}

impl Alert {
    /// Decides its recipients.
    pub(crate) fn deliver_to(
        &mut self,
        channels: &[ChannelId],
        incident: IncidentId,
        recorder: &mut Recorder<'_>,
    ) {
        self.deliver_again(channels, incident, 0, recorder);
    }

    /// As [`Alert::deliver_to`], for the `ordinal`-th alert of its kind.
    fn deliver_again(
        &mut self,
        channels: &[ChannelId],
        incident: IncidentId,
        ordinal: u32,
        recorder: &mut Recorder<'_>,
    ) {
        let kind = self.kind;
        self.routed = true;
        // Who is notified of the end only is there already.
        let channels = channels
            .iter()
            .filter(|channel| self.delivery_to(**channel).is_none());
        let decided: Vec<Delivery> = channels
            .map(|&channel| Delivery::again(incident, channel, kind, ordinal, recorder.now))
            .collect();
        for delivery in &decided {
            recorder.record(Step::Decided, incident, kind, &self.source, Some(delivery), None);
        }
        self.deliveries.extend(decided);
        if self.deliveries.is_empty() {
            let reason = Some("no channel was notified of the incident");
            recorder.record(Step::Suppressed, incident, kind, &self.source, None, reason);
        }
    }
}
