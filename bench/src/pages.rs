//! A gateway that shows a status page while nothing but Redis is there, and beside it the least that showing one can be: a
//! bare handler that sends the same bytes.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ::pages::Document;
use ::pages::document::{Component, ComponentMonitor, Day, FORMAT, Group, Guard, Report, Update, Uptime};
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpResponse, HttpServer};
use chrono::{Days, NaiveDate};
use domain::live::LiveState;
use domain::status_page::{Impact, Locale, ReportStatus, Theme};
use domain::{ComponentId, MonitorId, OrgId, ReportUpdateId, StatusPageId, StatusReportId};
use fred::clients::Client;
use fred::interfaces::{ClientLike as _, HashesInterface as _, KeysInterface as _};
use serde_json::json;
use shared::redis::{Keys, RedisSettings};
use tokio::process::{Child, Command};

use crate::api::{INTERNAL_KEY, KEYS, SECRET};
use crate::edge::spawn;
use crate::load::Load;
use crate::{machine, sites};

/// Days of history, and reports.
const DAYS: u16 = 90;
const REPORTS: i64 = 10;

/// How compressed bytes are asked for.
const ACCEPTS: &str = "br";

/// The gateway, and what it shows.
#[derive(Debug)]
pub struct Shown {
    gateway: Child,
    url: String,
    redis: Client,
    keys: Keys,
    monitors: i64,
}

impl Shown {
    /// Starts it on a page with so many components. Neither PostgreSQL nor user-service is there.
    ///
    /// # Panics
    /// When it does not come up, or Redis is away.
    pub async fn start(components: i64) -> Self {
        let prefix = format!("{}:", testkit::unique());
        let settings = RedisSettings::new(&testkit::redis_url(), &prefix);
        let redis = shared::redis::connect(&settings).expect("Redis can be used");
        redis.wait_for_connect().await.expect("Redis is there");
        let keys = settings.keys();
        let port = testkit::free_port();
        let url = format!("http://127.0.0.1:{port}/bench");
        let document = serde_json::to_string(&document(components, &url)).expect("a document can be written");
        for (key, value) in [(keys.status_page("bench"), &*document), (keys.filled(), "1")] {
            let set = redis.set::<(), _, _>(key, value, None, None, false).await;
            set.expect("Redis is there");
        }
        let status = json!({
            "state": "up", "since": null, "last_checked_at": null, "latency_ms": 7, "status_code": 200,
            "error": null, "error_code": null, "incident_id": null,
        });
        for monitor in 1..=components {
            let fields = vec![("org", "1".to_owned()), ("json", status.to_string())];
            let key = keys.status(MonitorId(monitor));
            redis.hset::<(), _, _>(key, fields).await.expect("Redis is there");
        }
        let shown = Self {
            gateway: gateway(port, &prefix),
            url,
            redis,
            keys,
            monitors: components,
        };
        await_load(&shown.load(1, Duration::from_secs(1)), "the page is shown").await;
        shown
    }

    /// The page, over and over.
    pub fn load(&self, per_second: u32, duration: Duration) -> Load {
        load(&self.url, per_second, duration)
    }

    /// What is sent, as it is compressed.
    ///
    /// # Panics
    /// When the gateway does not answer.
    pub async fn bytes(&self) -> Vec<u8> {
        let client = shared::http::client::ServiceClient::new(Duration::from_secs(5));
        let request = http::Request::get(&self.url).header("accept-encoding", ACCEPTS);
        let request = request
            .body(http_body_util::Full::default())
            .expect("it is well-formed");
        let answer = client.send(request).await.expect("the gateway answers");
        assert_eq!(answer.headers()["content-encoding"], ACCEPTS);
        answer.into_body().to_vec()
    }

    /// CPU time that the gateway has used.
    ///
    /// # Panics
    /// When it does not run any more.
    pub fn cpu_time(&self) -> Duration {
        machine::cpu_time(self.gateway.id().expect("the gateway runs"))
    }

    /// Removes what was written to Redis.
    ///
    /// # Panics
    /// When Redis is away.
    pub async fn drop(self) {
        let mut keys = vec![self.keys.status_page("bench"), self.keys.filled()];
        keys.extend((1..=self.monitors).map(|monitor| self.keys.status(MonitorId(monitor))));
        let _: i64 = self.redis.unlink(keys).await.expect("Redis is there");
    }
}

fn gateway(port: u16, prefix: &str) -> Child {
    let address = |port: u16| format!("127.0.0.1:{port}");
    let variables = [
        ("HTTP_ADDR", address(port)),
        ("OPS_ADDR", address(testkit::free_port())),
        ("USER_SERVICE_URL", "http://127.0.0.1:1".to_owned()),
        // The address is that of the pages, and the dashboard has a name.
        ("PAGES_URL", format!("http://{}", address(port))),
        ("REDIS_URL", testkit::redis_url()),
        ("REDIS_PREFIX", prefix.to_owned()),
        ("KAFKA_BROKERS", "127.0.0.1:1".to_owned()),
        ("JWT_SECRET", SECRET.to_owned()),
        ("INTERNAL_API_KEY", INTERNAL_KEY.to_owned()),
        ("ENCRYPTION_KEYS", KEYS.to_owned()),
        ("RATE_PAGES_PER_MINUTE", "100000000".to_owned()),
        ("MAX_CONNECTIONS_PER_ADDRESS", "1000000".to_owned()),
        // Kafka is not there.
        ("LOG_LEVEL", "error".to_owned()),
    ];
    spawn(Command::new(sites::binary("gateway")).env_clear().envs(variables))
}

/// The bare handler, in a process of its own.
#[derive(Debug)]
pub struct Bare {
    process: Child,
    url: String,
    file: PathBuf,
}

impl Bare {
    /// Starts it with what it sends.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn start(bytes: &[u8]) -> Self {
        let (port, file) = (testkit::free_port(), std::env::temp_dir().join(testkit::unique()));
        std::fs::write(&file, bytes).expect("there is room");
        let this = std::env::current_exe().expect("a process knows its binary");
        let mut command = Command::new(this);
        command.arg("bare").arg(port.to_string()).arg(&file);
        let bare = Self {
            process: spawn(&mut command),
            url: format!("http://127.0.0.1:{port}/"),
            file,
        };
        await_load(&bare.load(1, Duration::from_secs(1)), "the bare handler answers").await;
        bare
    }

    /// Its one answer, over and over.
    pub fn load(&self, per_second: u32, duration: Duration) -> Load {
        load(&self.url, per_second, duration)
    }

    /// CPU time that its process has used.
    ///
    /// # Panics
    /// When it does not run any more.
    pub fn cpu_time(&self) -> Duration {
        machine::cpu_time(self.process.id().expect("the bare handler runs"))
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.file);
    }
}

/// Serves the bare handler, in the process that [`Bare::start`] starts.
///
/// # Panics
/// When the port is taken or the file is not there.
pub async fn serve_bare(port: u16, file: &Path) {
    let bytes = Data::new(Bytes::from(std::fs::read(file).expect("it was written")));
    let app = move || {
        App::new()
            .app_data(bytes.clone())
            .route("/", web::get().to(bare_page))
    };
    // As many threads as the gateway has.
    let server = HttpServer::new(app).workers(2);
    let server = server.bind(("127.0.0.1", port)).expect("the port is free");
    server.run().await.expect("it serves");
}

async fn bare_page(bytes: Data<Bytes>) -> HttpResponse {
    let mut answer = HttpResponse::Ok();
    answer
        .content_type("text/html; charset=utf-8")
        .insert_header(("content-encoding", ACCEPTS));
    answer.body(Bytes::clone(&bytes))
}

fn load(url: &str, per_second: u32, duration: Duration) -> Load {
    Load {
        urls: [url.to_owned()].into(),
        credential: "".into(),
        accepts: ACCEPTS,
        per_second,
        duration,
    }
}

async fn await_load(load: &Load, what: &str) {
    testkit::eventually(what, Duration::from_secs(30), async || {
        (load.send().await.failed == 0).then_some(())
    })
    .await;
}

fn document(components: i64, url: &str) -> Document {
    let now = shared::now();
    let component = |id: i64| Component {
        id: ComponentId(id),
        name: format!("Component {id} of the shop"),
        description: Some("What it is, in a sentence that is neither long nor short.".to_owned()),
        monitor: Some(ComponentMonitor {
            id: MonitorId(id),
            state: LiveState::Up,
        }),
        external: None,
        reported: Impact::Operational,
        since: None,
        days: days(id),
        uptime: Some(Uptime {
            up_ms: 7_776_000_000 - 60_000 * id,
            down_ms: 60_000 * id,
        }),
        latency: None,
    };
    let report = |id: i64| Report {
        id: StatusReportId(id),
        title: format!("Slow answers, {id} of {REPORTS}"),
        status: ReportStatus::Resolved,
        components: Vec::new(),
        started_at: now.plus_millis(-id * 86_400_000),
        resolved_at: Some(now.plus_millis(-id * 86_400_000 + 3_600_000)),
        postmortem: None,
        updates: (1..=3)
            .map(|n| update(10 * id + n, now.plus_millis(-id * 86_400_000)))
            .collect(),
        updated_at: now.plus_millis(-id * 86_400_000 + 3_600_000),
    };
    Document {
        format: FORMAT,
        id: StatusPageId(1),
        org_id: OrgId(1),
        slug: "bench".to_owned(),
        url: url.to_owned(),
        title: "Example Shop".to_owned(),
        description: Some("How *we* are doing.".to_owned()),
        contact_url: None,
        accent_colour: "#1f6feb".to_owned(),
        theme: Theme::Auto,
        locale: Locale::En,
        time_zone: chrono_tz::UTC,
        allow_index: true,
        history_days: DAYS,
        logo: None,
        takes_subscribers: true,
        guard: Guard::Public,
        guard_version: 1,
        groups: vec![Group {
            name: None,
            is_open: true,
            components: (1..=components).map(component).collect(),
        }],
        reports: (1..=REPORTS).map(report).collect(),
        maintenance: Vec::new(),
        as_of: now,
    }
}

fn update(id: i64, at: domain::Timestamp) -> Update {
    Update {
        id: ReportUpdateId(id),
        status: ReportStatus::Resolved,
        message: "We have found *what is wrong*, and are mending it. Orders are taken meanwhile.".to_owned(),
        components: Vec::new(),
        at,
        updated_at: at,
    }
}

/// Days, of which one in seven was not all good.
fn days(component: i64) -> Vec<Day> {
    let first = NaiveDate::default();
    let dates = (0..u64::from(DAYS)).filter_map(|n| first.checked_add_days(Days::new(n)));
    let days = dates.zip(component..);
    days.map(|(date, n)| {
        let down_ms = if n % 7 == 0 { 61_000 * n } else { 0 };
        Day {
            date,
            up_ms: 86_400_000 - down_ms,
            degraded_ms: 0,
            down_ms,
            reported: Impact::Operational,
        }
    })
    .collect()
}
