//! What people call monitors.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::internal::MonitorName;
use domain::{MonitorId, OrgId};
use shared::http_client::{CallError, ServiceClient};
use shared::identity::InternalKeys;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::News;

/// How old a name may be that is used without asking.
const FRESH: Duration = Duration::from_secs(60);

/// How long user-service is not asked after it has not answered.
const AWAY: Duration = Duration::from_secs(5);

/// Names that are kept. When there are more, the older ones are dropped.
const MAX_NAMES: usize = 50_000;

/// The names of monitors.
#[derive(Clone, Debug)]
pub(crate) struct Names(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    client: ServiceClient,
    base_url: String,
    keys: InternalKeys,
    cache: Mutex<Cache>,
}

#[derive(Debug, Default)]
struct Cache {
    names: HashMap<MonitorId, (Instant, MonitorName)>,
    away_since: Option<Instant>,
}

/// Whose monitor it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// It belongs to this organisation.
    Org(OrgId),
    /// There is no such monitor.
    NoMonitor,
    /// Nobody can say at the moment.
    Unknown,
}

impl Names {
    pub(crate) fn new(base_url: &str, keys: &InternalKeys) -> Self {
        Self(Arc::new(Inner {
            client: ServiceClient::new(Duration::from_secs(1)),
            base_url: base_url.to_owned(),
            keys: keys.clone(),
            cache: Mutex::default(),
        }))
    }

    /// The name of a monitor, where it is known.
    pub(crate) async fn of(&self, monitor: MonitorId) -> Option<MonitorName> {
        {
            let cache = self.0.cache();
            let known = cache.names.get(&monitor);
            let is_away = cache.away_since.is_some_and(|at| at.elapsed() < AWAY);
            match known {
                Some((at, name)) if is_away || at.elapsed() < FRESH => return Some(name.clone()),
                None if is_away => return None,
                _ => {}
            }
        }
        match self.ask(monitor).await {
            Ok(name) => Some(name),
            Err(error) => {
                tracing::debug!(%monitor, %error, "user-service does not tell the monitor's name");
                self.0.cache().names.get(&monitor).map(|(_, name)| name.clone())
            }
        }
    }

    /// Asks whose monitor it is; the answer goes to `news`.
    pub(crate) fn find_owner(&self, monitor: MonitorId, news: mpsc::UnboundedSender<News>) {
        let names = self.clone();
        tokio::spawn(async move {
            let owner = match names.ask(monitor).await {
                Ok(name) => Owner::Org(name.org_id),
                Err(CallError::Status { status, .. }) if status.as_u16() == 404 => Owner::NoMonitor,
                Err(error) => {
                    tracing::warn!(%monitor, %error, "user-service does not tell whose monitor it is");
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    Owner::Unknown
                }
            };
            // Nobody listens any more when the service has ended.
            let _ = news.send(News::Owner(monitor, owner));
        });
    }

    async fn ask(&self, monitor: MonitorId) -> Result<MonitorName, CallError> {
        let url = format!("{}/internal/monitors/{monitor}", self.0.base_url);
        let answer = self
            .0
            .client
            .get_json::<MonitorName>(&url, self.0.keys.current())
            .await;
        let mut cache = self.0.cache();
        match &answer {
            Ok(name) => {
                cache.away_since = None;
                if cache.names.len() >= MAX_NAMES {
                    cache.names.retain(|_, (at, _)| at.elapsed() < FRESH);
                }
                if cache.names.len() < MAX_NAMES {
                    cache.names.insert(monitor, (Instant::now(), name.clone()));
                }
            }
            Err(CallError::Status { status, .. }) if status.as_u16() < 500 => {}
            Err(_) => cache.away_since = Some(Instant::now()),
        }
        answer
    }
}

impl Inner {
    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
