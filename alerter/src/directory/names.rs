//! What people call monitors.

mod all;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use alerting::OwnerAnswer;
use domain::internal::MonitorName;
use domain::{MonitorId, OrgId};
use shared::http::client::{CallError, ServiceClient};
use shared::http::identity::InternalKeys;
use shared::lasting::Lasting;
use tokio::sync::{Semaphore, mpsc};
use tokio::time::Instant;

use super::labels::{LabelledName, read_name};
use super::{DirectoryUpdate, MonitorAnswer};
use all::AskedForAll;

/// How long user-service is not asked after it has not answered.
const AWAY: Duration = Duration::from_secs(5);

/// How long an answer is kept in any case, to be used while user-service is away.
const KEPT: Duration = Duration::from_secs(60);

/// How long it is kept at all.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(600);

/// Names that are kept. When there are more, the older ones are dropped.
const MAX_NAMES: usize = 50_000;

/// Names that are remembered for the time when user-service is away.
const MAX_REMEMBERED: usize = 200_000;

/// Organisations whose names are asked for at a time.
const CONCURRENCY: usize = 2;

/// How long a monitor's owner is not asked for again after user-service has not answered.
const OWNER_PAUSE: Duration = Duration::from_secs(1);

/// Monitors whose owners are asked for at a time.
const OWNERS_AT_A_TIME: usize = 8;

/// Drills that are asked for at a time, besides those: where they are not answered, no outage waits behind them.
const DRILLS_AT_A_TIME: usize = 2;

/// The names of monitors.
#[derive(Clone, Debug)]
pub(crate) struct Names(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    client: ServiceClient,
    base_url: String,
    keys: InternalKeys,
    cache: Mutex<Cache>,
    permits: Semaphore,
    owner_permits: Semaphore,
    drill_permits: Semaphore,
    asking: Lasting,
}

#[derive(Debug, Default)]
struct Cache {
    names: HashMap<MonitorId, (Instant, MonitorName)>,
    remembered: HashMap<MonitorId, Arc<str>>,
    asked_for_all: HashMap<OrgId, AskedForAll>,
    asking_for_all: usize,
    away_since: Option<Instant>,
}

/// A monitor as messages call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) name: String,
    /// Its address, when user-service has answered.
    pub(crate) url: Option<String>,
}

impl From<MonitorName> for Named {
    fn from(monitor: MonitorName) -> Self {
        Self {
            name: monitor.name,
            url: Some(monitor.url),
        }
    }
}

impl Names {
    pub(crate) fn new(base_url: &str, keys: &InternalKeys) -> Self {
        Self(Arc::new(Inner {
            client: ServiceClient::new(Duration::from_secs(1)),
            base_url: base_url.to_owned(),
            keys: keys.clone(),
            cache: Mutex::default(),
            permits: Semaphore::new(CONCURRENCY),
            owner_permits: Semaphore::new(OWNERS_AT_A_TIME),
            drill_permits: Semaphore::new(DRILLS_AT_A_TIME),
            asking: Lasting::new("user-service does not answer whose a monitor is"),
        }))
    }

    /// The name of a monitor, where it is known. User-service is asked each time: a message has the name that the
    /// monitor has when it is sent.
    pub(crate) async fn resolve(&self, monitor: MonitorId) -> Option<Named> {
        {
            let cache = self.0.cache();
            if cache.away_since.is_some_and(|at| at.elapsed() < AWAY) {
                return cache.last_known(monitor);
            }
        }
        match self.ask(monitor).await {
            Ok(name) => Some(name.into()),
            Err(error) => {
                tracing::debug!(monitor_id = monitor.0, %error, "user-service does not answer with the monitor's name");
                self.last_known(monitor)
            }
        }
    }

    /// The name of a monitor as it was known last.
    pub(crate) fn last_known(&self, monitor: MonitorId) -> Option<Named> {
        self.0.cache().last_known(monitor)
    }

    /// Takes a name as it was known before a restart.
    pub(crate) fn remember(&self, monitor: MonitorId, name: Arc<str>) {
        let mut cache = self.0.cache();
        if let Some((_, known)) = cache.names.get_mut(&monitor)
            && *known.name != *name
        {
            known.name = name.as_ref().to_owned();
        }
        // Any of the others makes room: those that are in use come again with all names of their organisation.
        if cache.remembered.len() >= MAX_REMEMBERED
            && !cache.remembered.contains_key(&monitor)
            && let Some(other) = cache.remembered.keys().next().copied()
        {
            cache.remembered.remove(&other);
        }
        cache.remembered.insert(monitor, name);
    }

    /// Forgets what is too old to be used.
    pub(crate) fn forget(&self) {
        let (mut cache, now) = (self.0.cache(), Instant::now());
        cache.asked_for_all.retain(|_, asked| asked.is_needed(now));
        cache.names.retain(|_, (at, _)| at.elapsed() < FORGOTTEN_AFTER);
    }

    /// Asks whose monitor it is, and for its labels; the answer goes to `updates`. That there is none is said at once where
    /// only the labels are needed: an alert waits for them.
    pub(crate) fn find_owner(
        &self,
        monitor: MonitorId,
        owner_is_known: bool,
        updates: mpsc::Sender<DirectoryUpdate>,
    ) {
        let names = self.clone();
        tokio::spawn(async move {
            let permits = match monitor.drill() {
                Some(_) => &names.0.drill_permits,
                None => &names.0.owner_permits,
            };
            let Ok(permit) = permits.acquire().await else {
                return;
            };
            let asked = names.ask_unless_away(monitor).await;
            drop(permit);
            let mut labelled = None;
            let owner = match asked {
                Ok(found) => {
                    names.0.asking.ok();
                    labelled = found.labels.map(|labels| LabelledName {
                        name: found.name.into(),
                        labels: Some(Arc::new(labels)),
                    });
                    OwnerAnswer::Organisation(found.org_id)
                }
                Err(Some(CallError::Status { status, .. })) if status.as_u16() == 404 => {
                    OwnerAnswer::NoMonitor
                }
                Err(error) => {
                    if let Some(error) = error {
                        names.0.asking.failed(&format_args!("monitor {monitor}: {error}"));
                    }
                    if !owner_is_known {
                        tokio::time::sleep(OWNER_PAUSE).await;
                    }
                    OwnerAnswer::Unavailable
                }
            };
            let answer = MonitorAnswer {
                monitor,
                owner,
                labelled,
            };
            // Nobody listens any more when the service has ended.
            let _ = updates.send(DirectoryUpdate::Monitor(answer)).await;
        });
    }

    /// No error is that it was not asked, since it did not answer a moment ago.
    async fn ask_unless_away(&self, monitor: MonitorId) -> Result<MonitorName, Option<CallError>> {
        let away_since = self.0.cache().away_since;
        if away_since.is_some_and(|at| at.elapsed() < OWNER_PAUSE) {
            return Err(None);
        }
        self.ask(monitor).await.map_err(Some)
    }

    async fn ask(&self, monitor: MonitorId) -> Result<MonitorName, CallError> {
        let url = format!("{}/internal/monitors/{monitor}", self.0.base_url);
        let json = self.0.client.get(&url, self.0.keys.current()).await;
        let answer = json.and_then(|json| Ok(read_name(&json)?));
        let mut cache = self.0.cache();
        match &answer {
            Ok(name) => {
                cache.away_since = None;
                if cache.names.len() >= MAX_NAMES {
                    cache.names.retain(|_, (at, _)| at.elapsed() < KEPT);
                }
                if cache.names.len() < MAX_NAMES {
                    cache.names.insert(monitor, (Instant::now(), name.clone()));
                }
            }
            Err(CallError::Status { status, .. }) if status.as_u16() < 500 => {}
            // What is wrong may be with drills alone; outages are asked for all the same.
            Err(_) if monitor.drill().is_some() => {}
            Err(_) => cache.away_since = Some(Instant::now()),
        }
        answer
    }
}

impl Cache {
    fn last_known(&self, monitor: MonitorId) -> Option<Named> {
        if let Some((_, known)) = self.names.get(&monitor) {
            return Some(known.clone().into());
        }
        let name = self.remembered.get(&monitor)?;
        Some(Named {
            name: name.as_ref().to_owned(),
            url: None,
        })
    }
}

impl Inner {
    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use shared::settings::Reader;
    use testkit::{HttpServer, Reply};

    use super::*;

    fn answer(name: &str) -> Reply {
        let name = MonitorName {
            id: MonitorId(1),
            org_id: OrgId(7),
            name: name.to_owned(),
            url: "https://shop.example/".to_owned(),
            labels: None,
        };
        Reply::new(200, serde_json::to_string(&name).unwrap())
    }

    fn names(url: &str) -> Names {
        let variables = vec![(
            "INTERNAL_API_KEY",
            "an-internal-key-of-some-length-or-other".to_owned(),
        )];
        let keys = InternalKeys::read(&mut Reader::from_values(variables));
        Names::new(url, &keys)
    }

    #[tokio::test]
    async fn a_monitor_has_its_latest_name_and_its_last_one_while_nobody_answers() {
        let user_service = HttpServer::start(|_| answer("Shop")).await;
        let names = names(&user_service.url());
        let resolved = async || names.resolve(MonitorId(1)).await.unwrap().name;
        assert_eq!(resolved().await, "Shop");
        user_service.answer_with(|_| answer("Store"));
        assert_eq!(resolved().await, "Store");
        user_service.answer_with(|_| Reply::new(503, ""));
        assert_eq!(resolved().await, "Store");
        // All names of the organisation came since.
        names.remember(MonitorId(1), "Market".into());
        assert_eq!(resolved().await, "Market");
    }

    #[tokio::test]
    async fn a_drill_that_is_not_answered_keeps_no_monitor_from_being_asked_for() {
        let user_service = HttpServer::start(|request| match request.path.contains("/-") {
            true => Reply::new(503, "away"),
            false => answer("Shop"),
        })
        .await;
        let names = names(&user_service.url());
        let (updates_in, mut updates) = mpsc::channel(8);
        let mut owner = async |monitor| {
            names.find_owner(MonitorId(monitor), true, updates_in.clone());
            match updates.recv().await {
                Some(DirectoryUpdate::Monitor(answer)) => answer.owner,
                other => panic!("{other:?}"),
            }
        };
        for _ in 0..3 {
            assert_eq!(owner(-3).await, OwnerAnswer::Unavailable);
            assert_eq!(owner(1).await, OwnerAnswer::Organisation(OrgId(7)));
        }
        assert_eq!(user_service.seen().len(), 6);
    }
}
