//! Redis: a client in which every command has a deadline, and the names of the keys.

mod keys;
mod limit;
mod pulse;

pub use keys::{Keys, PING_NAME_BUCKETS, STATUS_PAGE_VIEWS_DAYS, STATUS_PAGE_VIEWS_KEPT, STREAM_LENGTH};
pub use limit::{Limit, Reached, count, count_or_reached, mailbox, uncount};

use std::time::Duration;

use fred::clients::{Client, SubscriberClient};
use fred::prelude::Error;
use fred::types::Builder;
use fred::types::config::{Config, ReconnectPolicy};
use secrecy::{ExposeSecret, SecretString};
use socket2::TcpKeepalive;

use crate::settings::Reader;

/// Commands that wait while the connection is away, at most. What comes on top fails at once.
const MAX_WAITING_COMMANDS: usize = 10_000;

/// How to reach Redis, and under which prefix our keys stand.
#[derive(Clone, Debug)]
pub struct RedisSettings {
    url: SecretString,
    prefix: String,
    command_timeout: Duration,
}

impl RedisSettings {
    /// Reads `REDIS_URL`, `REDIS_PREFIX` and `REDIS_COMMAND_TIMEOUT_MS`.
    pub fn read(env: &mut Reader) -> Self {
        const EXAMPLE: &str = "redis://localhost:6379";
        let url = env.secret("REDIS_URL", 1, EXAMPLE, "where Redis is; rediss:// turns TLS on");
        if !url.expose_secret().is_empty() && Config::from_url(url.expose_secret()).is_err() {
            env.problem("REDIS_URL", &format!("is not a Redis URL, for example {EXAMPLE}"));
        }
        Self {
            url,
            prefix: env.text("REDIS_PREFIX", "uptime:", "stands before every key"),
            command_timeout: env.millis(
                "REDIS_COMMAND_TIMEOUT_MS",
                1_000,
                10..=60_000,
                "how long one command may take",
            ),
        }
    }

    /// The given server and prefix, with the defaults for the rest.
    pub fn new(url: &str, prefix: &str) -> Self {
        Self {
            url: url.to_owned().into(),
            prefix: prefix.to_owned(),
            command_timeout: Duration::from_secs(1),
        }
    }

    /// The same, with another time that one command may take.
    pub fn with_command_timeout(mut self, command_timeout: Duration) -> Self {
        self.command_timeout = command_timeout;
        self
    }

    /// The names of the keys.
    pub fn keys(&self) -> Keys {
        Keys::new(&self.prefix)
    }

    fn builder(&self) -> Result<Builder, Error> {
        let mut config = Config::from_url(self.url.expose_secret())?;
        config.fail_fast = false;
        if config.uses_tls() {
            config.tls = Some(fred::types::config::TlsConnector::from(crate::tls::client_config()).into());
        }
        let mut builder = Builder::from_config(config);
        let timeout = self.command_timeout;
        builder
            .with_performance_config(|performance| performance.default_command_timeout = timeout)
            .with_connection_config(|connection| {
                connection.connection_timeout = Duration::from_secs(3);
                connection.internal_command_timeout = Duration::from_secs(3);
                connection.max_command_attempts = 1;
                connection.max_command_buffer_len = MAX_WAITING_COMMANDS;
                // The client looks at its latest command alone, and at none while one blocks: where there is
                // always another one it never finds out. The pulse does.
                connection.unresponsive.max_timeout = Some(Duration::from_secs(3));
                // Where a write waits for a peer that takes nothing the client hears of nothing else.
                connection.tcp.user_timeout = Some(Duration::from_secs(10));
                connection.tcp.keepalive = Some(
                    TcpKeepalive::new()
                        .with_time(Duration::from_secs(30))
                        .with_interval(Duration::from_secs(10)),
                );
            })
            .set_policy(ReconnectPolicy::new_exponential(0, 50, 2_000, 2));
        Ok(builder)
    }
}

/// A client that connects in the background and reconnects for ever: a service starts while Redis is away.
/// A connection that falls silent is noticed and replaced.
///
/// # Errors
/// When the settings cannot be used at all.
pub fn connect(settings: &RedisSettings) -> Result<Client, Error> {
    let client = settings.builder()?.build()?;
    pulse::keep(client.clone());
    Ok(client)
}

/// A client for subscriptions, which need a connection of their own. It subscribes again after a
/// reconnection, also to a server that fell silent.
///
/// # Errors
/// When the settings cannot be used at all.
pub fn subscriber(settings: &RedisSettings) -> Result<SubscriberClient, Error> {
    let client = settings.builder()?.build_subscriber_client()?;
    pulse::keep(client.clone());
    drop(client.manage_subscriptions());
    Ok(client)
}
