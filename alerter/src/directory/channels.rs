//! The channels of organisations.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::channel::Kind;
use domain::internal::{OrgAlerting, SealedChannel};
use domain::{ChannelId, OrgId};
use shared::http::client::ServiceClient;
use shared::http::identity::InternalKeys;
use shared::lasting::Lasting;
use shared::retry::{Pauses, doubling};
use shared::shutdown::CancellationToken;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::Instant;

use super::{DirectoryUpdate, org_alerting};

/// How old channels may be that are used without asking.
const FRESH: Duration = Duration::from_secs(60);

/// How long user-service counts as away after it has not answered.
const AWAY: Duration = Duration::from_secs(5);

/// The pauses between two questions for channels that were never known.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How long a sender waits for an answer.
const PATIENCE: Duration = Duration::from_secs(4);

/// Questions in flight at a time.
const CONCURRENCY: usize = 8;

/// The channels of organisations, asked for once and kept.
#[derive(Clone, Debug)]
pub(crate) struct Channels(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    client: ServiceClient,
    base_url: String,
    keys: InternalKeys,
    orgs: Mutex<HashMap<OrgId, Org>>,
    permits: Semaphore,
    updates: mpsc::Sender<DirectoryUpdate>,
    answers: watch::Sender<u64>,
    asking: Lasting,
    stop: CancellationToken,
}

#[derive(Debug, Default)]
struct Org {
    channels: Option<Arc<OrgAlerting>>,
    fetched_at: Option<Instant>,
    failed_at: Option<Instant>,
    asking: bool,
    /// They have changed since the question in flight was asked: its answer may be from before.
    outdated: bool,
}

/// What is known without waiting.
#[derive(Clone, Debug)]
pub(crate) enum CachedSettings {
    /// All channels of the organisation, and whether user-service has just said so.
    Cached(Arc<OrgAlerting>, bool),
    /// They were asked for; [`DirectoryUpdate::Channels`] follows.
    Requested,
}

/// What looking for a channel came to.
#[derive(Clone, Debug)]
pub(crate) enum ChannelLookup {
    /// It exists.
    Found(Box<SealedChannel>),
    /// It was removed.
    Removed,
    /// Nobody can say at the moment.
    Unknown,
}

impl Org {
    /// What may be used now, without another question.
    fn usable(&self) -> Option<(Arc<OrgAlerting>, bool)> {
        let within = |at: Option<Instant>, limit| at.is_some_and(|at| at.elapsed() < limit);
        let fresh = within(self.fetched_at, FRESH);
        let usable = fresh || within(self.failed_at, AWAY);
        self.channels
            .clone()
            .filter(|_| usable)
            .map(|channels| (channels, fresh))
    }
}

impl Channels {
    pub(crate) fn new(
        base_url: &str,
        keys: &InternalKeys,
        updates: mpsc::Sender<DirectoryUpdate>,
        stop: CancellationToken,
    ) -> Self {
        Self(Arc::new(Inner {
            client: ServiceClient::new(Duration::from_secs(2)),
            base_url: base_url.to_owned(),
            keys: keys.clone(),
            orgs: Mutex::default(),
            permits: Semaphore::new(CONCURRENCY),
            updates,
            answers: watch::Sender::new(0),
            asking: Lasting::new("channels cannot be fetched from user-service"),
            stop,
        }))
    }

    /// The channels of an organisation, or a question for them.
    pub(crate) fn get(&self, org: OrgId) -> CachedSettings {
        let mut orgs = self.0.orgs();
        let entry = orgs.entry(org).or_default();
        if let Some((channels, fresh)) = entry.usable() {
            return CachedSettings::Cached(channels, fresh);
        }
        if !std::mem::replace(&mut entry.asking, true) {
            tokio::spawn(Arc::clone(&self.0).ask(org));
        }
        CachedSettings::Requested
    }

    /// Makes sure that the channels of an organisation are known before they are needed.
    pub(crate) fn prefetch(&self, org: OrgId) {
        if !self.0.orgs().contains_key(&org) {
            self.get(org);
        }
    }

    /// Takes the channels of an organisation as they were known before a restart: they are used when
    /// user-service does not answer.
    pub(crate) fn remember(&self, org: OrgId, channels: OrgAlerting) {
        let mut orgs = self.0.orgs();
        let entry = orgs.entry(org).or_default();
        if entry.channels.is_none() {
            entry.channels = Some(Arc::new(channels));
        }
    }

    /// The channels as user-service has answered last, however long ago.
    pub(crate) fn last_known(&self, org: OrgId) -> Option<Arc<OrgAlerting>> {
        let orgs = self.0.orgs();
        let entry = orgs.get(&org)?;
        entry.channels.clone().filter(|_| entry.fetched_at.is_some())
    }

    /// Of which kind a channel is, as far as that is known without waiting. It stays of that kind.
    pub(crate) fn kind(&self, org: OrgId, channel: ChannelId) -> Option<Kind> {
        let orgs = self.0.orgs();
        let mut all = orgs.get(&org)?.channels.as_ref()?.channels.iter();
        Kind::parse(&all.find(|known| known.id == channel)?.kind)
    }

    /// Says that the channels of an organisation have changed.
    pub(crate) fn changed(&self, org: OrgId) {
        let known = self
            .0
            .orgs()
            .get_mut(&org)
            .map(|entry| (entry.fetched_at, entry.outdated) = (None, true))
            .is_some();
        if known {
            self.get(org);
        }
    }

    /// Forgets the channels of all other organisations than those that are in use.
    pub(crate) fn retain(&self, in_use: impl Fn(OrgId) -> bool) {
        let mut orgs = self.0.orgs();
        orgs.retain(|org, entry| entry.asking || in_use(*org));
        orgs.shrink_to(0);
    }

    /// Looks for a channel, and waits for user-service where that is needed.
    pub(crate) async fn find(&self, org: OrgId, channel: ChannelId) -> ChannelLookup {
        let mut answers = self.0.answers.subscribe();
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let CachedSettings::Cached(channels, fresh) = self.get(org) {
                return match channels.channels.iter().find(|known| known.id == channel) {
                    Some(found) => ChannelLookup::Found(Box::new(found.clone())),
                    None if fresh => ChannelLookup::Removed,
                    None => ChannelLookup::Unknown,
                };
            }
            if !matches!(
                tokio::time::timeout_at(deadline, answers.changed()).await,
                Ok(Ok(()))
            ) {
                return ChannelLookup::Unknown;
            }
        }
    }
}

/// A question under way. When it breaks off, another one may be asked.
struct Asking<'a> {
    inner: &'a Inner,
    org: Option<OrgId>,
}

impl Drop for Asking<'_> {
    fn drop(&mut self) {
        if let Some(org) = self.org
            && let Some(entry) = self.inner.orgs().get_mut(&org)
        {
            entry.asking = false;
        }
    }
}

impl Inner {
    fn orgs(&self) -> MutexGuard<'_, HashMap<OrgId, Org>> {
        self.orgs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks until there is an answer, or until what was known before can be used.
    async fn ask(self: Arc<Self>, org: OrgId) {
        let mut asking = Asking {
            inner: &self,
            org: Some(org),
        };
        let url = format!("{}/internal/channels?org_id={org}", self.base_url);
        let mut pauses = Pauses::new(doubling(FIRST_PAUSE, LONGEST_PAUSE), &self.stop);
        loop {
            let answer = {
                let Ok(_permit) = self.permits.acquire().await else {
                    return;
                };
                self.orgs().entry(org).or_default().outdated = false;
                let json = self.client.get(&url, self.keys.current()).await;
                json.and_then(|json| Ok(org_alerting::read(&json)?))
            };
            let done = {
                let mut orgs = self.orgs();
                let entry = orgs.entry(org).or_default();
                match answer {
                    Ok(page) => {
                        self.asking.ok();
                        entry.channels = Some(Arc::new(page));
                        if entry.outdated {
                            continue;
                        }
                        entry.fetched_at = Some(Instant::now());
                        entry.failed_at = None;
                    }
                    Err(error) => {
                        self.asking.failed(&format_args!("organisation {org}: {error}"));
                        entry.failed_at = Some(Instant::now());
                    }
                }
                let done = entry.channels.is_some();
                entry.asking = !done;
                done
            };
            if done {
                asking.org = None;
            }
            self.answers.send_modify(|count| *count += 1);
            // Nobody listens any more when the service has ended.
            let _ = self.updates.send(DirectoryUpdate::Channels(org)).await;
            if done {
                return;
            }
            if pauses.wait().await.is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::channel::ChannelAlerts;
    use shared::settings::Reader;
    use testkit::{HttpServer, Reply};

    use super::*;

    const ORG: OrgId = OrgId(7);

    fn channel(id: i64) -> SealedChannel {
        SealedChannel {
            id: ChannelId(id),
            org_id: ORG,
            name: "on call".to_owned(),
            kind: "slack".to_owned(),
            enabled: true,
            owner: None,
            alerts: ChannelAlerts::default(),
            sealed_config: String::new(),
            withheld: Vec::new(),
            sealed_left_out: None,
            sealed_decline_tokens: None,
            unconfirmed: false,
        }
    }

    #[tokio::test]
    async fn what_changes_while_a_question_is_in_flight_is_asked_for_again() {
        let ids = Arc::new(Mutex::new(vec![1]));
        let known = Arc::clone(&ids);
        // What it answers is what was so when it was asked.
        let user_service = HttpServer::start(move |_| {
            let channels = known.lock().unwrap().iter().map(|&id| channel(id)).collect();
            let alerting = OrgAlerting {
                channels,
                ..OrgAlerting::default()
            };
            Reply::new(200, serde_json::to_string(&alerting).unwrap()).after(Duration::from_millis(300))
        })
        .await;
        let variables = vec![(
            "INTERNAL_API_KEY",
            "an-internal-key-of-some-length-or-other".to_owned(),
        )];
        let keys = InternalKeys::read(&mut Reader::from_values(variables));
        let (updates, _told) = mpsc::channel(64);
        let channels = Channels::new(&user_service.url(), &keys, updates, CancellationToken::new());

        channels.prefetch(ORG);
        let patience = Duration::from_secs(20);
        testkit::eventually("the question", patience, || async {
            (!user_service.seen().is_empty()).then_some(())
        })
        .await;
        ids.lock().unwrap().push(2);
        channels.changed(ORG);
        testkit::eventually("the new channel", patience, || async {
            matches!(channels.find(ORG, ChannelId(2)).await, ChannelLookup::Found(_)).then_some(())
        })
        .await;
        assert_eq!(user_service.seen().len(), 2);
    }
}
