//! PostgreSQL: a pool in which every wait has an end, and JSON columns that may hold what cannot be read.

use std::error::Error as _;
use std::time::Duration;

use deadpool_postgres::{Hook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Timeouts};
use secrecy::{ExposeSecret, SecretString};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tokio_postgres::NoTls;
use tokio_postgres::config::SslMode;
use tokio_postgres::types::{FromSql, Json, Type};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::settings::Reader;

/// How to reach the database.
#[derive(Clone, Debug)]
pub struct PostgresSettings {
    url: SecretString,
    max_connections: usize,
    statement_timeout: Duration,
}

impl PostgresSettings {
    /// Reads `DATABASE_URL`, `DATABASE_MAX_CONNECTIONS` and `DATABASE_STATEMENT_TIMEOUT_MS`.
    pub fn read(env: &mut Reader) -> Self {
        const EXAMPLE: &str = "postgres://uptime:secret@localhost:5432/uptime";
        let url = env.secret(
            "DATABASE_URL",
            1,
            EXAMPLE,
            "where PostgreSQL is; sslmode=require turns TLS on",
        );
        if !url.expose_secret().is_empty() && url.expose_secret().parse::<tokio_postgres::Config>().is_err() {
            env.problem(
                "DATABASE_URL",
                &format!("is not a PostgreSQL URL, for example {EXAMPLE}"),
            );
        }
        Self {
            url,
            max_connections: env.number(
                "DATABASE_MAX_CONNECTIONS",
                10,
                1..=500,
                "size of the connection pool",
            ),
            statement_timeout: env.millis(
                "DATABASE_STATEMENT_TIMEOUT_MS",
                10_000,
                100..=600_000,
                "how long one statement may take",
            ),
        }
    }

    /// As the URL says, with the defaults for the rest.
    pub fn from_url(url: &str) -> Self {
        Self {
            url: url.to_owned().into(),
            max_connections: 10,
            statement_timeout: Duration::from_secs(10),
        }
    }
}

/// Why there is no pool.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The URL cannot be read.
    #[error("the database URL is not valid: {0}")]
    Url(#[from] tokio_postgres::Error),
    /// The pool cannot be built.
    #[error("cannot build the connection pool: {0}")]
    Pool(#[from] deadpool_postgres::BuildError),
}

/// A pool that connects when it is first used: a service starts while the database is away.
///
/// # Errors
/// When the settings cannot be used at all.
pub fn pool(settings: &PostgresSettings) -> Result<Pool, ConnectError> {
    let mut config: tokio_postgres::Config = settings.url.expose_secret().parse()?;
    config
        .connect_timeout(Duration::from_secs(5))
        .keepalives_idle(Duration::from_secs(30));
    if config.get_application_name().is_none() {
        config.application_name("uptime-monitor");
    }
    let manager_config = ManagerConfig {
        recycling_method: RecyclingMethod::Verified,
    };
    let manager = if config.get_ssl_mode() == SslMode::Disable || config.get_ssl_mode() == SslMode::Prefer {
        Manager::from_config(config, NoTls, manager_config)
    } else {
        Manager::from_config(
            config,
            MakeRustlsConnect::new(crate::http_client::tls_config()),
            manager_config,
        )
    };
    // Set on the connection, because a COPY and a stuck lock need an end as well as a query does.
    let timeouts = format!(
        "SET statement_timeout = {0}; SET lock_timeout = {0}; SET idle_in_transaction_session_timeout = {0}",
        settings.statement_timeout.as_millis()
    );
    let on_connect = Hook::async_fn(move |client: &mut deadpool_postgres::ClientWrapper, _| {
        let timeouts = timeouts.clone();
        Box::pin(async move { client.batch_execute(&timeouts).await.map_err(HookError::Backend) })
    });
    let wait = Some(Duration::from_secs(5));
    Ok(Pool::builder(manager)
        .max_size(settings.max_connections)
        .timeouts(Timeouts {
            wait,
            create: wait,
            recycle: wait,
        })
        .runtime(Runtime::Tokio1)
        .post_create(on_connect)
        .build()?)
}

/// A connection outside of the pool, for migrations. Its driver runs until the client is dropped.
///
/// # Errors
/// When the database cannot be reached.
pub async fn connect(settings: &PostgresSettings) -> Result<tokio_postgres::Client, tokio_postgres::Error> {
    let config: tokio_postgres::Config = settings.url.expose_secret().parse()?;
    if config.get_ssl_mode() == SslMode::Require {
        let (client, driver) = config
            .connect(MakeRustlsConnect::new(crate::http_client::tls_config()))
            .await?;
        tokio::spawn(driver);
        return Ok(client);
    }
    let (client, driver) = config.connect(NoTls).await?;
    tokio::spawn(driver);
    Ok(client)
}

/// A JSON column that may hold what this version cannot read: another version has written it, or a hand. Its row
/// is still there to be listed, changed and removed.
#[derive(Clone, Debug, PartialEq)]
pub enum Stored<T> {
    /// It was read.
    Read(T),
    /// It cannot be read.
    Unreadable {
        /// Why, without anything that is stored.
        why: String,
        /// What is stored; null when even that cannot be told.
        json: serde_json::Value,
    },
}

impl<T> Stored<T> {
    /// What was read.
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Read(value) => Some(value),
            Self::Unreadable { .. } => None,
        }
    }

    /// What was read; what cannot be is counted as a `what` that was left out.
    pub fn or_left_out(self, what: &'static str, id: i64) -> Option<T> {
        match self {
            Self::Read(value) => Some(value),
            Self::Unreadable { why, .. } => {
                crate::items::left_out(what, Some(id), &why);
                None
            }
        }
    }
}

impl<'a, T: DeserializeOwned> FromSql<'a> for Stored<T> {
    fn from_sql(ty: &Type, column: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        let Json(raw) = Json::<&'a RawValue>::from_sql(ty, column)?;
        Ok(match serde_json::from_str(raw.get()) {
            Ok(value) => Self::Read(value),
            Err(error) => Self::Unreadable {
                why: crate::items::describe(&error),
                json: serde_json::from_str(raw.get()).unwrap_or_default(),
            },
        })
    }

    fn accepts(ty: &Type) -> bool {
        matches!(*ty, Type::JSON | Type::JSONB)
    }
}

/// The error with what the server said, which its `Display` leaves out.
pub fn describe(error: &tokio_postgres::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
