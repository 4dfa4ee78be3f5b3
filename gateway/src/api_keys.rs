//! API keys: what user-service has said of them, kept for a while. A revocation ends a key within a second or two; the
//! rest is as old as [`FRESH`] at most, or as [`KEPT`] while user-service is away.

use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use actix_web::HttpRequest;
use actix_web::web::Data;
use api::{Actor, Principal, Role};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::api_key::{ApiKeyGrant, ApiKeyLookup};
use domain::{ApiKeyId, OrgId, Timestamp};
use ipnet::IpNet;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use shared::api_key::ApiKey;
use shared::http::client::CallError;
use shared::http::problem::Problem;
use tokio::sync::Semaphore;

use crate::client::client_prefix;
use crate::credential::Credential;
use crate::revocations::Access;
use crate::unavailable::unavailable;
use crate::{Edge, metrics};

/// How old may be what is said of a key, so that a request does not wait for a newer answer.
const FRESH: Duration = Duration::from_secs(60);

/// How old it may be while user-service does not answer; shorter than revocations are remembered.
const KEPT: Duration = Duration::from_secs(900);

/// How long no newer answer is asked for after user-service has given none.
const PAUSE: Duration = Duration::from_secs(5);

/// How long a key is remembered that there is not.
const UNKNOWN_KEPT: Duration = Duration::from_secs(10);

/// Keys that are remembered, and as many that there are not.
const REMEMBERED: u64 = 100_000;

/// Questions to user-service at the same time.
const ASKED_AT_ONCE: usize = 8;

/// How long a request waits for its turn to ask.
const TURN_WITHIN: Duration = Duration::from_secs(2);

type Hash = [u8; 32];

/// What a key opens.
#[derive(Debug)]
pub(crate) struct Grant {
    id: ApiKeyId,
    pub(crate) org_id: OrgId,
    pub(crate) creator: i64,
    role: Role,
    creator_access: Access,
    narrowed: bool,
    networks: Vec<IpNet>,
    expires_at: Option<Timestamp>,
    asked_at: Instant,
    /// A newer answer is on its way.
    is_asked: AtomicBool,
}

impl Grant {
    /// None when something of it has no meaning here: then nothing is opened.
    fn read(grant: ApiKeyGrant, asked_at: Instant) -> Option<Self> {
        let networks = grant.networks.iter().map(|network| network.parse().ok());
        Some(Self {
            id: grant.id,
            org_id: grant.org_id,
            creator: grant.creator,
            role: grant.role.parse().ok()?,
            creator_access: Access {
                role: grant.creator_role.parse().ok()?,
                narrowed: grant.creator_narrowed,
            },
            narrowed: grant.narrowed,
            networks: networks.collect::<Option<_>>()?,
            expires_at: grant.expires_at,
            asked_at,
            is_asked: AtomicBool::new(false),
        })
    }

    /// What the key is now that its creator may do `newer`, if that has changed: as much as both may.
    pub(crate) fn credential(&self, newer: Option<Option<Access>>) -> Option<Credential> {
        let creator_access = newer.unwrap_or(Some(self.creator_access))?;
        if self.expires_at.is_some_and(|at| at <= shared::now()) {
            return None;
        }
        let (id, creator) = (self.id, self.creator);
        Some(Credential {
            principal: Principal {
                org_id: self.org_id,
                actor: Actor::Key { id, creator },
                role: self.role.min(creator_access.role).min(Role::Admin),
                narrowed: self.narrowed || creator_access.narrowed,
            },
            session: None,
            // The policy of an organisation is about people.
            lacks_second_factor: false,
            expires_at: self.expires_at,
        })
    }

    /// Whether it is accepted from there.
    pub(crate) fn admits(&self, from: IpAddr) -> bool {
        let from = from.to_canonical();
        self.networks.is_empty() || self.networks.iter().any(|network| network.contains(&from))
    }
}

/// What is known of a key.
pub(crate) enum Found {
    /// What it opens.
    Known(Arc<Grant>),
    /// There is no such key.
    Nobodys,
    /// user-service has to be asked.
    NotYet,
}

/// The keys that were used lately.
pub(crate) struct ApiKeys {
    known: Cache<Hash, Arc<Grant>>,
    unknown: Cache<Hash, ()>,
    asking: Semaphore,
    /// Until when no newer answer is asked for.
    pause: Pause,
}

/// Keeps questions away from a service that does not answer: one that fails fast would get one for each request.
#[derive(Debug, Default)]
struct Pause(Mutex<Option<Instant>>);

impl Pause {
    fn begin(&self, now: Instant) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(now + PAUSE);
    }

    fn is_over(&self, now: Instant) -> bool {
        let until = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        until.is_none_or(|until| until <= now)
    }
}

impl Default for ApiKeys {
    fn default() -> Self {
        Self {
            known: remembered(KEPT),
            unknown: remembered(UNKNOWN_KEPT),
            asking: Semaphore::new(ASKED_AT_ONCE),
            pause: Pause::default(),
        }
    }
}

fn remembered<V: Clone + Send + Sync + 'static>(kept: Duration) -> Cache<Hash, V> {
    Cache::builder()
        .max_capacity(REMEMBERED)
        // The default policy may not take in new keys where others are asked for often.
        .eviction_policy(EvictionPolicy::lru())
        .time_to_live(kept)
        .build()
}

impl ApiKeys {
    /// What is known of `key`. Where that is not new any more, a newer answer is fetched meanwhile.
    pub(crate) fn find(&self, edge: &Data<Edge>, key: &ApiKey) -> Found {
        let hash = key.hash();
        let Some(grant) = self.known.get(&hash) else {
            return match self.unknown.contains_key(&hash) {
                true => Found::Nobodys,
                false => Found::NotYet,
            };
        };
        let now = Instant::now();
        if now.duration_since(grant.asked_at) > FRESH
            && self.pause.is_over(now)
            && !grant.is_asked.swap(true, Ordering::Relaxed)
        {
            let (edge, grant) = (edge.clone(), Arc::clone(&grant));
            actix_web::rt::spawn(async move {
                let keys = &edge.api_keys;
                if let Err(error) = keys.fetch(&edge, hash).await {
                    tracing::debug!(%error, "an API key was not looked up again");
                    keys.pause.begin(Instant::now());
                    grant.is_asked.store(false, Ordering::Relaxed);
                }
            });
        }
        Found::Known(grant)
    }

    /// Asks user-service what `key` opens, for a request.
    ///
    /// # Errors
    /// 401 when there is no such key, 429 when too many were asked for from there, 503 without an answer.
    pub(crate) async fn ask(
        &self,
        edge: &Edge,
        key: &ApiKey,
        request: &HttpRequest,
    ) -> Result<Arc<Grant>, Problem> {
        let hash = key.hash();
        let permit = tokio::time::timeout(TURN_WITHIN, self.asking.acquire()).await;
        let permit = permit.map_err(|_| Problem::unavailable("the service"))?;
        let _permit = permit.map_err(Problem::internal)?;
        // Another request with the same key may have asked meanwhile.
        if let Some(grant) = self.known.get(&hash) {
            return Ok(grant);
        }
        if self.unknown.contains_key(&hash) {
            return Err(Problem::unauthorized());
        }
        edge.limits.key(request, client_prefix(edge, request))?;
        match self.fetch(edge, hash).await {
            Ok(Some(grant)) => Ok(grant),
            Ok(None) => {
                metrics::auth_attempt("api-key", false);
                Err(Problem::unauthorized())
            }
            Err(error) => Err(unavailable("user-service", &error)),
        }
    }

    async fn fetch(&self, edge: &Edge, hash: Hash) -> Result<Option<Arc<Grant>>, CallError> {
        let settings = &edge.settings;
        let url = format!("{}/internal/api-keys", settings.user_service_url);
        let lookup = ApiKeyLookup {
            hash: URL_SAFE_NO_PAD.encode(hash),
        };
        let asked_at = Instant::now();
        let answer = edge
            .upstream
            .post(&url, settings.internal_keys.current(), &lookup)
            .await;
        let grant = match answer {
            Ok(answer) => serde_json::from_slice::<Option<ApiKeyGrant>>(&answer)?,
            Err(error) => return Err(error),
        };
        let grant = grant.and_then(|grant| Grant::read(grant, asked_at));
        let grant = grant.map(Arc::new);
        match &grant {
            Some(grant) => self.known.insert(hash, Arc::clone(grant)),
            None => {
                self.known.invalidate(&hash);
                self.unknown.insert(hash, ());
            }
        }
        Ok(grant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant() -> ApiKeyGrant {
        ApiKeyGrant {
            id: ApiKeyId(5),
            org_id: OrgId(7),
            creator: 3,
            role: "editor".to_owned(),
            creator_role: "admin".to_owned(),
            narrowed: false,
            creator_narrowed: false,
            networks: vec!["192.0.2.0/24".to_owned(), "2001:db8::/32".to_owned()],
            expires_at: None,
        }
    }

    fn read(grant: ApiKeyGrant) -> Option<Grant> {
        Grant::read(grant, Instant::now())
    }

    #[test]
    fn a_service_that_does_not_answer_is_left_alone_for_a_moment() {
        let (pause, now) = (Pause::default(), Instant::now());
        assert!(pause.is_over(now));
        pause.begin(now);
        assert!(!pause.is_over(now + PAUSE / 2));
        assert!(pause.is_over(now + PAUSE));
    }

    #[test]
    fn a_key_may_do_what_it_and_its_creator_may() {
        let key = read(grant()).unwrap();
        let role = |newer: Option<Option<Role>>| {
            let narrowed = false;
            let newer = newer.map(|role| role.map(|role| Access { role, narrowed }));
            key.credential(newer).map(|credential| credential.principal.role)
        };
        assert_eq!(role(None), Some(Role::Editor));
        assert_eq!(role(Some(Some(Role::Viewer))), Some(Role::Viewer));
        assert_eq!(role(Some(Some(Role::Owner))), Some(Role::Editor));
        assert_eq!(role(Some(None)), None, "its creator has left");
    }

    #[test]
    fn a_key_is_narrowed_by_itself_and_with_its_creator() {
        let narrowed = |of: &ApiKeyGrant, newer| {
            let credential = read(of.clone()).unwrap().credential(newer);
            credential.unwrap().principal.narrowed
        };
        let role = Role::Editor;
        assert!(!narrowed(&grant(), None));
        for of in [
            ApiKeyGrant {
                narrowed: true,
                ..grant()
            },
            ApiKeyGrant {
                creator_narrowed: true,
                ..grant()
            },
        ] {
            assert!(narrowed(&of, None), "{of:?}");
        }
        assert!(narrowed(&grant(), Some(Some(Access { role, narrowed: true }))));
    }

    #[test]
    fn a_key_that_has_expired_opens_nothing() {
        let expires_at = Some(shared::now().plus_millis(-1));
        let key = read(ApiKeyGrant {
            expires_at,
            ..grant()
        });
        assert!(key.unwrap().credential(None).is_none());
    }

    #[test]
    fn a_key_is_accepted_from_its_networks_alone() {
        let key = read(grant()).unwrap();
        for (address, admitted) in [
            ("192.0.2.77", true),
            ("::ffff:192.0.2.77", true),
            ("2001:db8::1", true),
            ("198.51.100.1", false),
            ("2001:db9::1", false),
        ] {
            assert_eq!(key.admits(address.parse().unwrap()), admitted, "{address}");
        }
        let anywhere = read(ApiKeyGrant {
            networks: Vec::new(),
            ..grant()
        });
        assert!(anywhere.unwrap().admits("198.51.100.1".parse().unwrap()));
    }

    #[test]
    fn what_is_not_understood_opens_nothing() {
        let role = |role: &str| ApiKeyGrant {
            role: role.to_owned(),
            ..grant()
        };
        assert!(read(role("emperor")).is_none());
        let networks = ApiKeyGrant {
            networks: vec!["everywhere".to_owned()],
            ..grant()
        };
        assert!(read(networks).is_none());
    }
}
