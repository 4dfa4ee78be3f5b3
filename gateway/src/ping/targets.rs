//! Which heartbeat a ping means: from Redis, or else from user-service. That there is none is only believed of the latter.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::heartbeat::PingTarget;
use domain::internal::PingTargets;
use fred::clients::Client;
use fred::interfaces::KeysInterface as _;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, Shared, WeakShared};
use moka::sync::Cache;
use url::form_urlencoded::Serializer;

use super::answer::Refusal;
use super::parsed::{Meant, Parsed};
use super::route::Name;
use crate::Edge;

/// How long Redis may take before user-service is asked.
const REDIS_PATIENCE: Duration = Duration::from_millis(250);

/// How long user-service may take: a ping is answered within two seconds.
const ASKED_WITHIN: Duration = Duration::from_millis(1_500);

/// How long a name is remembered that nobody has.
const NOBODYS_KEPT: Duration = Duration::from_secs(10);

/// Names that are remembered so, at most.
const NOBODYS: u64 = 10_000;

/// Questions to user-service at the same time, at most.
const ASKED_AT_ONCE: usize = 256;

/// A question to user-service.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Question {
    name: Name,
    /// Whether there shall be a heartbeat of that name.
    create: bool,
}

impl Question {
    fn query(&self) -> String {
        let mut query = Serializer::new(String::new());
        match &self.name {
            Name::Uuid(uuid) => query.append_pair("uuid", uuid),
            Name::Token(token) => query.append_pair("token", token),
            Name::Slug { key, slug } => query.append_pair("key", key).append_pair("slug", slug),
        };
        if self.create {
            query.append_pair("create", "1");
        }
        query.finish()
    }
}

/// What user-service has said, to all who have asked the same at the same time.
#[derive(Debug)]
struct Said {
    meant: Meant,
    /// It was made just now, which one of them is told.
    created: AtomicBool,
}

type Asking = BoxFuture<'static, Option<Arc<Said>>>;

/// What a name means.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) target: Arc<PingTarget>,
    /// It was made for this ping.
    pub(super) created: bool,
}

/// Who is asked, and names that nobody has.
pub(super) struct Targets {
    parsed: Parsed,
    nobodys: Cache<Question, ()>,
    asking: Mutex<HashMap<Question, WeakShared<Asking>>>,
}

impl Default for Targets {
    fn default() -> Self {
        Self {
            parsed: Parsed::default(),
            nobodys: Cache::builder()
                .max_capacity(NOBODYS)
                .time_to_live(NOBODYS_KEPT)
                .build(),
            asking: Mutex::default(),
        }
    }
}

impl Targets {
    /// What `name` means; with `create`, once there is something.
    ///
    /// # Errors
    /// Not found, ambiguous, or not to be known at the moment.
    pub(super) async fn find(
        &self,
        edge: &Edge,
        redis: &Client,
        name: Name,
        create: bool,
    ) -> Result<Found, Refusal> {
        if let Some(meant) = self.mirrored(edge, redis, &name).await {
            let target = meant.only()?;
            return Ok(Found {
                target,
                created: false,
            });
        }
        let question = Question { name, create };
        if self.nobodys.contains_key(&question) {
            return Err(Refusal::NotFound);
        }
        let asking = self.ask(edge, &question).ok_or(Refusal::NotNow)?;
        let told = asking.await.ok_or(Refusal::NotNow)?;
        let target = told.meant.only();
        if matches!(target, Err(Refusal::NotFound)) {
            self.nobodys.insert(question, ());
        }
        let created = told.created.swap(false, Ordering::AcqRel);
        target.map(|target| Found { target, created })
    }

    /// What Redis says. What it does not know, or what cannot be read of it, is not known.
    async fn mirrored(&self, edge: &Edge, redis: &Client, name: &Name) -> Option<Meant> {
        let keys = &edge.keys;
        let key = match name {
            Name::Uuid(uuid) => keys.ping_target(uuid),
            Name::Token(token) => keys.ping_target(&format!("push/{token}")),
            Name::Slug { key, slug } => keys.ping_slug(key, slug),
        };
        let read = redis.get::<Option<String>, _>(key.as_str());
        let Ok(Ok(Some(json))) = tokio::time::timeout(REDIS_PATIENCE, read).await else {
            return None;
        };
        let parsed = self.parsed.of(key, json, |json| match name {
            Name::Slug { .. } => serde_json::from_str(json),
            _ => serde_json::from_str(json).map(|target| vec![target]),
        });
        match parsed {
            Ok(Meant::Nothing) => None,
            Ok(meant) => Some(meant),
            Err(error) => {
                tracing::warn!(%error, "what Redis holds of a heartbeat cannot be read");
                None
            }
        }
    }

    /// Asks user-service, or joins those who do; nothing where there are too many questions.
    fn ask(&self, edge: &Edge, question: &Question) -> Option<Shared<Asking>> {
        let mut asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(joined) = asking.get(question).and_then(WeakShared::upgrade) {
            return Some(joined);
        }
        asking.retain(|_, one| one.upgrade().is_some());
        if asking.len() >= ASKED_AT_ONCE {
            return None;
        }
        let settings = &edge.settings;
        let url = format!(
            "{}/internal/ping-targets?{}",
            settings.user_service_url,
            question.query()
        );
        let (client, key) = (
            edge.upstream.within(ASKED_WITHIN),
            settings.internal_keys.current().to_owned(),
        );
        let ask = async move {
            match client.get_json::<PingTargets>(&url, &key).await {
                Ok(told) => Some(Arc::new(Said {
                    meant: Meant::of(told.targets),
                    created: AtomicBool::new(told.created),
                })),
                Err(error) => {
                    tracing::warn!(upstream = "user-service", %error, "no answer");
                    None
                }
            }
        };
        let ask = ask.boxed().shared();
        asking.insert(question.clone(), ask.downgrade()?);
        Some(ask)
    }
}
