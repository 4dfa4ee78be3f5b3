//! Gateway and user-service as processes, and beside them the least that a status read can be: a bare handler that
//! verifies a token and reads one value of Redis.

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::AUTHORIZATION;
use actix_web::web::{self, Data, Path};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use domain::{MonitorId, OrgId};
use fred::clients::Client;
use fred::interfaces::{ClientLike as _, HashesInterface as _, KeysInterface as _};
use shared::api_key::ApiKey;
use shared::redis::RedisSettings;
use shared::token::TokenKey;
use tokio::process::{Child, Command};

use crate::api::{INTERNAL_KEY, KEYS, Live, SECRET};
use crate::load::Load;
use crate::{machine, sites};

/// The organisation that the monitors of a small database belong to.
const ORG: i64 = 1;

/// The product's processes.
#[derive(Debug)]
pub struct Edge {
    gateway: Child,
    _user_service: Child,
    url: String,
    monitors: i64,
    key: Arc<str>,
}

impl Edge {
    /// Starts them on a database that [`crate::api::fill`] has filled with one organisation, with an API key for it.
    ///
    /// # Panics
    /// When they do not come up.
    pub async fn start(database_url: &str, live: &Live) -> Self {
        let [gateway, user_service] = [(); 2].map(|()| format!("127.0.0.1:{}", testkit::free_port()));
        let url = format!("http://{gateway}");
        let edge = Self {
            _user_service: start("user-service", &user_service, &user_service, database_url, live),
            gateway: start("gateway", &gateway, &user_service, database_url, live),
            url,
            monitors: live.monitors,
            key: add_key(database_url).await.into(),
        };
        for load in [
            edge.status(1, Duration::from_secs(1)),
            edge.list(1, Duration::from_secs(1)),
        ] {
            testkit::eventually("the API answers", Duration::from_secs(60), async || {
                (load.send().await.failed == 0).then_some(())
            })
            .await;
        }
        edge
    }

    /// Reads of the status of one monitor after the other.
    pub fn status(&self, per_second: u32, duration: Duration) -> Load {
        let url = |n| format!("{}/api/v1/monitors/{n}/status", self.url);
        self.load((1..=self.monitors).map(url), per_second, duration)
    }

    /// The first page of 100 monitors.
    pub fn list(&self, per_second: u32, duration: Duration) -> Load {
        let url = format!("{}/api/v1/monitors?limit=100", self.url);
        self.load(std::iter::once(url), per_second, duration)
    }

    fn load(&self, urls: impl Iterator<Item = String>, per_second: u32, duration: Duration) -> Load {
        Load {
            urls: urls.collect(),
            credential: Arc::clone(&self.key),
            accepts: "",
            per_second,
            duration,
        }
    }

    /// CPU time that the gateway has used.
    ///
    /// # Panics
    /// When it does not run any more.
    pub fn cpu_time(&self) -> Duration {
        machine::cpu_time(self.gateway.id().expect("the gateway runs"))
    }
}

fn start(name: &str, address: &str, user_service: &str, database_url: &str, live: &Live) -> Child {
    let variables = [
        ("HTTP_ADDR", address.to_owned()),
        ("OPS_ADDR", format!("127.0.0.1:{}", testkit::free_port())),
        ("USER_SERVICE_URL", format!("http://{user_service}")),
        ("DATABASE_URL", database_url.to_owned()),
        ("REDIS_URL", testkit::redis_url()),
        ("REDIS_PREFIX", live.prefix.clone()),
        ("KAFKA_BROKERS", "127.0.0.1:1".to_owned()),
        ("JWT_SECRET", SECRET.to_owned()),
        ("INTERNAL_API_KEY", INTERNAL_KEY.to_owned()),
        ("ENCRYPTION_KEYS", KEYS.to_owned()),
        ("RATE_API_PER_MINUTE", "1000000".to_owned()),
        ("MAX_CONNECTIONS_PER_ADDRESS", "1000000".to_owned()),
        ("LOG_LEVEL", "warn".to_owned()),
    ];
    spawn(Command::new(sites::binary(name)).env_clear().envs(variables))
}

pub(crate) fn spawn(command: &mut Command) -> Child {
    command
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("it starts")
}

/// An API key of a member.
async fn add_key(database_url: &str) -> String {
    let client = testkit::connect(database_url).await;
    let key = ApiKey::random();
    let sql = "WITH creator AS (
                   INSERT INTO users (email, name, password_hash, email_verified_at)
                   VALUES ('bench@example.org', 'Bench', '', now()) RETURNING id
               ), member AS (
                   INSERT INTO memberships (org_id, user_id, role) SELECT $1, id, 'owner' FROM creator RETURNING user_id
               )
               INSERT INTO api_keys (org_id, created_by, name, prefix, hash, role)
               SELECT $1, user_id, 'bench', $2, $3, 'viewer' FROM member";
    client
        .execute(sql, &[&ORG, &key.shown(), &key.hash().as_slice()])
        .await
        .expect("a key can be added");
    key.expose().to_owned()
}

/// The bare handler, in a process of its own.
#[derive(Debug)]
pub struct Bare {
    process: Child,
    url: String,
    token: Arc<str>,
    redis: Client,
    keys: Vec<String>,
}

/// Where the bare handler finds what it answers with.
fn value_of(prefix: &str, monitor: i64) -> String {
    format!("{prefix}bare:{monitor}")
}

impl Bare {
    /// Starts it on copies of what the gateway reads.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn start(live: &Live) -> Self {
        let names = RedisSettings::new("redis://unused", &live.prefix).keys();
        let mut keys = Vec::new();
        for monitor in 1..=live.monitors {
            let status = live.redis.hget(names.status(MonitorId(monitor)), "json").await;
            let (status, key): (String, _) = (status.expect("it is there"), value_of(&live.prefix, monitor));
            let set = live.redis.set::<(), _, _>(&key, status, None, None, false).await;
            set.expect("Redis is there");
            keys.push(key);
        }
        let port = testkit::free_port();
        let this = std::env::current_exe().expect("a process knows its binary");
        let arguments = ["bare", &port.to_string(), &live.prefix].map(ToOwned::to_owned);
        let principal = api::Principal {
            org_id: OrgId(ORG),
            actor: api::Actor::User(1),
            role: api::Role::Viewer,
            narrowed: false,
        };
        let token = TokenKey::new(&SECRET.to_owned().into()).mint(&principal, None, shared::now());
        let bare = Self {
            process: spawn(Command::new(this).args(arguments)),
            url: format!("http://127.0.0.1:{port}"),
            token: token.expect("a token can be made").into(),
            redis: live.redis.clone(),
            keys,
        };
        let load = bare.status(1, Duration::from_secs(1));
        testkit::eventually("the bare handler answers", Duration::from_secs(30), async || {
            (load.send().await.failed == 0).then_some(())
        })
        .await;
        bare
    }

    /// Reads of the status of one monitor after the other.
    pub fn status(&self, per_second: u32, duration: Duration) -> Load {
        let url = |n| format!("{}/status/{n}", self.url);
        Load {
            urls: (1..=self.keys.len()).map(url).collect(),
            credential: Arc::clone(&self.token),
            accepts: "",
            per_second,
            duration,
        }
    }

    /// CPU time that its process has used.
    ///
    /// # Panics
    /// When it does not run any more.
    pub fn cpu_time(&self) -> Duration {
        machine::cpu_time(self.process.id().expect("the bare handler runs"))
    }

    /// Removes the copies.
    ///
    /// # Panics
    /// When Redis is away.
    pub async fn drop(self) {
        let _: i64 = self.redis.unlink(self.keys).await.expect("Redis is there");
    }
}

struct Handler {
    key: TokenKey,
    redis: Client,
    prefix: String,
}

/// Serves the bare handler, in the process that [`Bare::start`] starts.
///
/// # Panics
/// When the port is taken or Redis is away.
pub async fn serve_bare(port: u16, prefix: &str) {
    let redis = shared::redis::connect(&RedisSettings::new(&testkit::redis_url(), prefix))
        .expect("Redis can be used");
    redis.wait_for_connect().await.expect("Redis is there");
    let handler = Data::new(Handler {
        key: TokenKey::new(&SECRET.to_owned().into()),
        redis,
        prefix: prefix.to_owned(),
    });
    let app = move || {
        let status = web::get().to(bare_status);
        App::new()
            .app_data(handler.clone())
            .route("/status/{monitor}", status)
    };
    let server = HttpServer::new(app)
        .bind(("127.0.0.1", port))
        .expect("the port is free");
    server.run().await.expect("it serves");
}

async fn bare_status(handler: Data<Handler>, request: HttpRequest, monitor: Path<i64>) -> HttpResponse {
    let header = request.headers().get(AUTHORIZATION);
    let token = header.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    if token.and_then(|token| handler.key.verify(token)).is_none() {
        return HttpResponse::Unauthorized().finish();
    }
    let key = value_of(&handler.prefix, monitor.into_inner());
    match handler.redis.get::<Option<String>, _>(key).await {
        Ok(Some(status)) => HttpResponse::Ok().content_type("application/json").body(status),
        _ => HttpResponse::NotFound().finish(),
    }
}
