//! The alerter's settings:
//!
//! ```text
//! HTTP_ADDR            where to listen for /internal/test-message, health and metrics
//! KAFKA_*              the log, and what the alerter keeps
//! REDIS_*              hints of changed channels, claims on sends, storms put together, and what others have announced
//! DATABASE_URL         optional: where to start from when alert-state is empty
//! USER_SERVICE_URL     who knows channels and names
//! INTERNAL_API_KEY     opens user-service to us and us to user-service
//! ENCRYPTION_KEYS      open the channels' configurations
//! PROBE_*              which addresses may be sent to
//! GROUP_WINDOW_MS      in which many messages to one channel become one
//! SLACK_API_URL        where Slack's API is
//! SMTP_*               optional: the mail server for e-mail channels
//! PUBLIC_URL           the dashboard, for links in messages
//! DELIVERY_TIMEOUT_MS  the deadline of one send
//! GIVE_UP_HOURS        how long a delivery is tried
//! BACKLOG_SECONDS      from which age on records are a backlog
//! ```

use std::net::SocketAddr;
use std::time::Duration;

use shared::crypto::Keyring;
use shared::guard::TargetGuard;
use shared::http::identity::InternalKeys;
use shared::kafka::KafkaSettings;
use shared::postgres::PostgresSettings;
use shared::redis::RedisSettings;
use shared::settings::Reader;
use shared::smtp::SmtpSettings;

/// The alerter's settings, from its environment.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen.
    pub http_addr: SocketAddr,
    /// The log, and `alert-state`.
    pub kafka: KafkaSettings,
    /// Hints and claims.
    pub redis: RedisSettings,
    /// Where to start from when `alert-state` is empty.
    pub postgres: Option<PostgresSettings>,
    /// Base URL of user-service.
    pub user_service_url: String,
    /// Between services.
    pub internal_keys: InternalKeys,
    /// Open the channels' configurations.
    pub keyring: Keyring,
    /// Which addresses may be sent to.
    pub guard: TargetGuard,
    /// In which many messages to one channel become one; zero for never.
    pub group_window: Duration,
    /// Base URL of Slack's API.
    pub slack_api_url: String,
    /// The mail server.
    pub smtp: Option<SmtpSettings>,
    /// Base URL of the dashboard.
    pub public_url: String,
    /// The deadline of one send.
    pub delivery_timeout: Duration,
    /// From which age on records are a backlog, of which nobody is notified before its end is known.
    pub backlog_after: Duration,
    /// How long a delivery is tried.
    pub give_up_after: Duration,
}

impl Settings {
    /// Reads them.
    pub fn read(env: &mut Reader) -> Self {
        let http_addr = env.parsed(
            "HTTP_ADDR",
            "0.0.0.0:8083",
            "where to listen for other services",
            |text| {
                text.parse::<SocketAddr>()
                    .map_err(|_| "must be an address and a port".to_owned())
            },
        );
        let has_database = env
            .optional("DATABASE_URL", "where to start from when alert-state is empty")
            .is_some();
        Self {
            http_addr: http_addr.unwrap_or_else(|| SocketAddr::from(([0, 0, 0, 0], 8083))),
            kafka: KafkaSettings::read(env),
            redis: RedisSettings::read(env),
            postgres: has_database.then(|| PostgresSettings::read(env)),
            user_service_url: base_url(
                env,
                "USER_SERVICE_URL",
                "http://localhost:8081",
                "where user-service is",
            ),
            internal_keys: InternalKeys::read(env),
            keyring: Keyring::read(env),
            guard: TargetGuard::read(env),
            group_window: env.millis(
                "GROUP_WINDOW_MS",
                3_000,
                0..=60_000,
                "in a storm, messages to one channel that come within this become one; a tenth of it is waited to see \
                 whether a message is alone; 0 never",
            ),
            slack_api_url: base_url(
                env,
                "SLACK_API_URL",
                "https://slack.com/api",
                "where Slack's API is, for channels of the kind slack_bot",
            ),
            smtp: SmtpSettings::read(env),
            public_url: base_url(
                env,
                "PUBLIC_URL",
                "http://localhost:8080",
                "the address of the dashboard, for links in messages",
            ),
            delivery_timeout: env.millis(
                "DELIVERY_TIMEOUT_MS",
                5_000,
                100..=60_000,
                "how long sending one message may take",
            ),
            backlog_after: Duration::from_secs(env.number(
                "BACKLOG_SECONDS",
                60u64,
                0..=86_400,
                "from which age on records are a backlog: an incident that is over by its end becomes one notification",
            )),
            give_up_after: Duration::from_secs(
                3_600
                    * env.number(
                        "GIVE_UP_HOURS",
                        24u64,
                        1..=168,
                        "how long a message is tried before it counts as failed",
                    ),
            ),
        }
    }
}

fn base_url(env: &mut Reader, name: &'static str, default: &str, meaning: &'static str) -> String {
    let url = env.parsed(name, default, meaning, |text| match url::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(text.trim_end_matches('/').to_owned()),
        _ => Err("must be an http or https URL".to_owned()),
    });
    url.unwrap_or_else(|| default.to_owned())
}
