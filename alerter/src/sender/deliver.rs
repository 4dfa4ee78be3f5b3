//! Delivers one message, about one incident or all of a storm, until it is received.

use std::sync::Arc;
use std::time::{Duration, Instant};

use alerting::DeliveryOutcome;
use domain::alert_event::AlertKind;
use domain::channel::Kind;
use domain::internal::SealedChannel;
use futures_util::future::{BoxFuture, join_all};

use super::claim::Claim;
use super::storm::{self, Part, SendOutcome, StormRole};
use super::{Entry, Inner, backoff, reach};
use crate::channel::{Channel, Message, SendError};
use crate::directory::ChannelLookup;
use crate::metrics;

/// The pause while the channel's configuration is not known.
const UNKNOWN_CHANNEL_PAUSE: Duration = Duration::from_secs(2);

/// How much longer than the send itself its claim is held.
const CLAIM_MARGIN: Duration = Duration::from_secs(2);

/// What is left to do after an attempt.
enum AfterAttempt {
    /// Nothing.
    Done,
    /// The same again, later.
    Retry(Vec<Entry>, Duration),
}

impl Inner {
    /// Tries until there is an end for each of them. They are all of one kind and for one channel.
    pub(super) async fn deliver(self: Arc<Self>, mut entries: Vec<Entry>) {
        loop {
            entries = self.drop_ended(entries).await;
            if entries.is_empty() {
                return;
            }
            if let Some(until) = self
                .cooldowns
                .until(entries[0].job.delivery.channel, tokio::time::Instant::now())
            {
                self.pause(&entries, until).await;
                continue;
            }
            // A storm waits for other processes. Meanwhile the rest goes on.
            let permits = match entries.as_slice() {
                [entry] if !entry.job.is_put_together() => &self.permits,
                _ => &self.storms,
            };
            let (org, channel) = (entries[0].job.org, entries[0].job.delivery.channel);
            let permit = async {
                let of_channel = self.channel_permits.take(channel).await;
                self.await_turn(&entries).await;
                (of_channel, permits.take(org).await)
            };
            let permit = tokio::select! {
                () = self.closing.cancelled() => continue,
                permit = permit => permit,
            };
            // The wait may have been long: the channel may have asked for a pause, and what has ended is not sent.
            if self
                .cooldowns
                .until(channel, tokio::time::Instant::now())
                .is_some()
            {
                continue;
            }
            entries = self.drop_ended(entries).await;
            if entries.is_empty() {
                return;
            }
            let next = self.attempt(entries).await;
            drop(permit);
            match next {
                AfterAttempt::Done => return,
                AfterAttempt::Retry(left, wait) => {
                    entries = left;
                    self.pause(&entries, tokio::time::Instant::now() + wait).await;
                }
            }
        }
    }

    /// Waits until the channel's service may be called, where that is called for each monitor. With a permit of the
    /// channel, so that only those have a turn that come next, and without one that others could use.
    async fn await_turn(&self, entries: &[Entry]) {
        let [Entry { job, stop, .. }] = entries else {
            return;
        };
        let kind = self.channels.kind(job.org, job.delivery.channel);
        // What was stopped while it waited for the permit calls nobody: in the end of a storm that is most of it.
        if stop.is_cancelled() || !kind.is_some_and(Kind::keeps_incidents) {
            return;
        }
        let now = tokio::time::Instant::now();
        let turn = self.pace.turn(job.delivery.channel, now);
        tokio::select! {
            () = stop.cancelled() => {}
            () = tokio::time::sleep_until(turn) => {}
        }
    }

    /// Waits, unless the messages are stopped.
    async fn pause(&self, entries: &[Entry], until: tokio::time::Instant) {
        // Of a storm, the others are still to be sent when one is stopped.
        let stop = match entries {
            [entry] => entry.stop.clone(),
            _ => self.closing.clone(),
        };
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.closing.cancelled() => {}
            () = tokio::time::sleep_until(until) => {}
        }
    }

    /// Drops those that were stopped, and those that were tried for too long.
    async fn drop_ended(&self, entries: Vec<Entry>) -> Vec<Entry> {
        let now = shared::now();
        let give_up_ms = i64::try_from(self.give_up_after.as_millis()).unwrap_or(i64::MAX);
        let (stopped, entries): (Vec<_>, Vec<_>) = entries
            .into_iter()
            .partition(|entry| entry.stop.is_cancelled() || self.closing.is_cancelled());
        for entry in &stopped {
            self.report(&entry.job, None, true).await;
        }
        let (late, entries): (Vec<_>, Vec<_>) = entries
            .into_iter()
            .partition(|entry| now.millis_since(entry.job.delivery.decided_at) > give_up_ms);
        let hours = self.give_up_after.as_secs() / 3_600;
        for entry in late {
            let reason = format!("gave up after {hours} h; last error: {}", entry.last_reason);
            self.report(&entry.job, Some(DeliveryOutcome::GivenUp { reason }), true)
                .await;
        }
        entries
    }

    async fn attempt(self: &Arc<Self>, entries: Vec<Entry>) -> AfterAttempt {
        let Some(first) = entries.first().map(|entry| &entry.job) else {
            return AfterAttempt::Done;
        };
        let suppressed = |reason: &str| DeliveryOutcome::Suppressed {
            reason: reason.to_owned(),
        };
        let sealed = match self.channels.find(first.org, first.delivery.channel).await {
            ChannelLookup::Found(sealed) => sealed,
            ChannelLookup::Removed => {
                return self.end(&entries, &suppressed("the channel was removed")).await;
            }
            ChannelLookup::Unknown => return AfterAttempt::Retry(entries, UNKNOWN_CHANNEL_PAUSE),
        };
        let is_end = matches!(first.kind, AlertKind::Up | AlertKind::Recovered | AlertKind::Seen);
        if !is_end && !sealed.enabled {
            return self.end(&entries, &suppressed("the channel is disabled")).await;
        }
        let keeps_incidents = Kind::parse(&sealed.kind).is_some_and(Kind::keeps_incidents);
        if keeps_incidents && entries.len() > 1 {
            // They were put together before it was known of which kind the channel is.
            for entry in entries {
                self.tasks.spawn(Arc::clone(self).deliver_boxed(vec![entry]));
            }
            return AfterAttempt::Done;
        }
        let storm = (first.delivery.channel, first.group_kind());
        let channel = self.open(&sealed);
        let timeout = channel
            .as_ref()
            .map_or(self.timeout, |channel| channel.within(self.timeout));
        // Of what is put together, one message may be all that this process has of many.
        let is_alone = entries.len() == 1 && (keeps_incidents || !first.is_put_together());
        let is_storm = !is_alone && entries.len() <= storm::MAX_MESSAGES;
        let held_for = timeout + if is_storm { storm::MARGIN * 2 } else { CLAIM_MARGIN };
        let mut entries = self.claim(entries, held_for).await;
        let mut others = None;
        let is_left = entries.len() > 1 || entries.iter().any(|entry| entry.job.is_put_together());
        if is_storm && is_left {
            match self.join_storm(storm, &entries, timeout).await {
                StormRole::Alone => {}
                StormRole::Leader(parts) => others = Some(parts),
                StormRole::Fallback => entries = self.claim(entries, held_for).await,
                StormRole::Follower(outcome) => return self.apply_outcome(entries, outcome).await,
            }
        }
        if entries.is_empty() {
            return AfterAttempt::Done;
        }
        let parts = others.as_deref().unwrap_or_default();
        let message = self.message(&sealed, &entries, parts).await;
        let attempts = entries.iter().map(|entry| entry.job.delivery.attempts).max();
        let attempt = attempts.unwrap_or(0) + 1;
        let again = |reason, wait: Duration, may_have_arrived| SendOutcome::Again {
            reason,
            wait_ms: wait.as_millis() as u64,
            may_have_arrived,
        };
        let outcome = match self.send(&sealed, channel, &message).await {
            Ok(receipt) => SendOutcome::Sent { receipt },
            Err(SendError::Permanent(reason) | SendError::Content(reason)) => SendOutcome::Refused { reason },
            Err(SendError::Temporary { reason, retry_after }) => {
                if retry_after.is_some() {
                    let asked = backoff::pause(0, retry_after, 0);
                    self.cooldowns.add(sealed.id, asked, tokio::time::Instant::now());
                }
                again(
                    reason,
                    backoff::pause(attempt, retry_after, rand::random()),
                    false,
                )
            }
            Err(SendError::Partial(reason)) => {
                again(reason, backoff::pause(attempt, None, rand::random()), true)
            }
            Err(SendError::Unanswered(reason)) => {
                let unanswered = entries.iter().map(|entry| entry.job.delivery.unanswered).max();
                let attempt = unanswered.unwrap_or(0) + 1;
                let wait = backoff::pause_unanswered(attempt, self.timeout, rand::random());
                again(reason, wait, true)
            }
        };
        if let Some(parts) = others {
            self.publish_outcome(storm, &parts, &outcome).await;
        }
        self.apply_outcome(entries, outcome).await
    }

    /// Says what came of the parts of other processes that were sent here.
    async fn publish_outcome(&self, storm: storm::Storm, parts: &[Part], outcome: &SendOutcome) {
        join_all(parts.iter().map(|part| self.pool.publish(part.id, outcome))).await;
        if let SendOutcome::Sent { receipt } = outcome {
            // Their owner may be gone by now; who takes over from it is to know.
            let deliveries = parts.iter().flat_map(|part| &part.deliveries);
            join_all(deliveries.map(|delivery| self.claims.sent(*delivery, receipt))).await;
        }
        self.pool.release(storm).await;
    }

    /// Does what the outcome of an attempt asks for.
    async fn apply_outcome(&self, mut entries: Vec<Entry>, outcome: SendOutcome) -> AfterAttempt {
        let (reason, wait_ms, may_have_arrived) = match outcome {
            SendOutcome::Sent { receipt } => {
                let deliveries = entries.iter().map(|entry| entry.job.delivery.id);
                join_all(deliveries.map(|delivery| self.claims.sent(delivery, &receipt))).await;
                return self.end(&entries, &DeliveryOutcome::Sent { receipt }).await;
            }
            SendOutcome::Refused { reason } => {
                return self.end(&entries, &DeliveryOutcome::Failed { reason }).await;
            }
            SendOutcome::Again {
                reason,
                wait_ms,
                may_have_arrived,
            } => (reason, wait_ms, may_have_arrived),
        };
        let wait = Duration::from_millis(wait_ms);
        let next_at = shared::now().plus_millis(i64::try_from(wait_ms).unwrap_or(i64::MAX));
        metrics::retried(entries.len());
        for entry in &mut entries {
            entry.job.delivery.attempts += 1;
            entry.job.delivery.unanswered += u32::from(may_have_arrived);
            entry.last_reason.clone_from(&reason);
            let outcome = DeliveryOutcome::Attempted {
                reason: reason.clone(),
                next_at,
                may_have_arrived,
            };
            self.report(&entry.job, Some(outcome), false).await;
        }
        if let Some(first) = entries
            .first()
            .filter(|first| entries.len() > 1 || first.job.is_put_together())
        {
            let storm = (first.job.delivery.channel, first.job.group_kind());
            self.pool.announce(storm).await;
        }
        AfterAttempt::Retry(entries, wait)
    }

    /// Keeps what is this alerter's to send. What another one is sending is tried later.
    async fn claim(self: &Arc<Self>, entries: Vec<Entry>, held_for: Duration) -> Vec<Entry> {
        let claims = join_all(
            entries
                .iter()
                .map(|entry| self.claims.claim(entry.job.delivery.id, held_for)),
        )
        .await;
        let mut mine = Vec::with_capacity(entries.len());
        let (mut theirs, mut longest) = (Vec::new(), Duration::ZERO);
        for (entry, claim) in entries.into_iter().zip(claims) {
            match claim {
                Claim::Acquired => mine.push(entry),
                Claim::AlreadySent(receipt) => {
                    let sent = DeliveryOutcome::Sent { receipt };
                    self.report(&entry.job, Some(sent), true).await;
                }
                Claim::HeldElsewhere(wait) => {
                    longest = longest.max(wait);
                    theirs.push(entry);
                }
            }
        }
        if !theirs.is_empty() {
            self.later(theirs, longest);
        }
        mine
    }

    fn later(self: &Arc<Self>, entries: Vec<Entry>, wait: Duration) {
        let inner = Arc::clone(self);
        self.tasks.spawn(async move {
            inner.pause(&entries, tokio::time::Instant::now() + wait).await;
            inner.deliver_boxed(entries).await;
        });
    }

    /// Boxed, because a delivery may begin another one.
    fn deliver_boxed(self: Arc<Self>, entries: Vec<Entry>) -> BoxFuture<'static, ()> {
        Box::pin(self.deliver(entries))
    }

    async fn end(&self, entries: &[Entry], outcome: &DeliveryOutcome) -> AfterAttempt {
        for entry in entries {
            self.report(&entry.job, Some(outcome.clone()), true).await;
        }
        AfterAttempt::Done
    }

    pub(super) fn open(&self, sealed: &SealedChannel) -> Result<Box<dyn Channel>, SendError> {
        crate::channel::open(sealed, &self.keyring, &self.clients)
    }

    /// Sends to a channel as it was opened.
    pub(super) async fn send(
        &self,
        sealed: &SealedChannel,
        channel: Result<Box<dyn Channel>, SendError>,
        message: &Message,
    ) -> Result<String, SendError> {
        let channel = channel?;
        let started = Instant::now();
        let within = channel.within(self.timeout);
        let sent = match tokio::time::timeout(within, crate::channel::send(&*channel, message)).await {
            Ok(sent) => sent.map(|receipt| receipt.kept()),
            Err(_) => {
                let limit = within.as_millis();
                Err(SendError::Unanswered(format!("no response within {limit} ms")))
            }
        };
        let kind = metrics::sent(&sealed.kind, &sent, started.elapsed());
        let now = tokio::time::Instant::now();
        self.reach.note(sealed.id, kind, sent.is_err(), now, reach::show);
        let took_ms = started.elapsed().as_millis() as u64;
        let (org_id, channel_id) = (sealed.org_id.0, sealed.id.0);
        let monitor_id = message.details.as_ref().map(|details| details.monitor_id.0);
        match &sent {
            Ok(_) => {
                tracing::info!(org_id, monitor_id, channel_id, delivery = %message.id, took_ms, "sent");
            }
            Err(error) => {
                tracing::warn!(org_id, monitor_id, channel_id, delivery = %message.id, took_ms, %error, "not sent");
            }
        }
        sent
    }
}
