//! PostgreSQL: connections on which every wait has an end, and a pool of them.
//!
//! The server gives a statement up first, after the statement timeout, and says so. A server that says
//! nothing at all is given up by the client, some time after that: the connection ends with everything that
//! waits on it, and does not go back to the pool.

mod connector;
mod frames;
mod stored;
#[cfg(test)]
mod tests;
mod watched;

use std::error::Error as _;
use std::time::Duration;

use deadpool_postgres::{
    ClientWrapper, Hook, HookError, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Timeouts,
};
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;
use tokio_postgres::Config;
use tokio_postgres::error::SqlState;

use connector::Connector;
use watched::Silence;

pub use stored::Stored;

use crate::settings::Reader;

/// How long connecting may take, waiting for a connection of the pool, and its sign of life.
const WITHIN: Duration = Duration::from_secs(5);

/// How much longer than the server the client waits.
const LEAST_GRACE: Duration = Duration::from_secs(1);
const MOST_GRACE: Duration = Duration::from_secs(30);

/// How long a statement may take that waits for everybody.
const PATIENT_STATEMENT: Duration = Duration::from_secs(12 * 3_600);

/// When a session that is not of a pool counts as abandoned.
const ABANDONED: &str = "SET idle_in_transaction_session_timeout = '1min'; SET idle_session_timeout = '1min'";

/// A connection that is of no pool.
pub type Connection = ClientWrapper;

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
                "how long one statement may take; half as long again, and a silent server is given up",
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

    /// The same, with another time that one statement may take.
    pub fn with_statement_timeout(mut self, statement_timeout: Duration) -> Self {
        self.statement_timeout = statement_timeout;
        self
    }

    /// The same, where a statement may take no longer than this in any case: as long as the answer is waited for.
    pub fn with_statements_within(self, limit: Duration) -> Self {
        let statement_timeout = self.statement_timeout.min(limit);
        self.with_statement_timeout(statement_timeout)
    }

    /// The same, with another size of the pool.
    pub fn with_max_connections(mut self, max_connections: usize) -> Self {
        self.max_connections = max_connections;
        self
    }

    /// The same for work that keeps nobody waiting and may wait for everybody, as making an index does.
    pub fn patient(self) -> Self {
        self.with_statement_timeout(PATIENT_STATEMENT)
    }

    /// How long a server may be silent that was asked something: long enough for it to say that a statement
    /// took too long.
    pub fn deadline(&self) -> Duration {
        self.statement_timeout + (self.statement_timeout / 2).clamp(LEAST_GRACE, MOST_GRACE)
    }

    /// What opens connections, and the part of the URL that the client library reads.
    fn connector(
        &self,
        silence: Silence,
        session: &str,
    ) -> Result<(Connector, Config), tokio_postgres::Error> {
        let mut config: Config = self.url.expose_secret().parse()?;
        config
            .connect_timeout(WITHIN)
            .keepalives_idle(Duration::from_secs(30))
            .keepalives_interval(Duration::from_secs(10))
            .keepalives_retries(3)
            .tcp_user_timeout(self.deadline());
        if config.get_application_name().is_none() {
            config.application_name("uptime-monitor");
        }
        // A server that has lost its client keeps the locks of the transaction until it notices: while it
        // waits for a statement, by the timeout, and else by the connection.
        let session = format!(
            "SET statement_timeout = {0}; SET lock_timeout = {0}; SET idle_in_transaction_session_timeout = {0};
             SET tcp_keepalives_idle = 30; SET tcp_keepalives_interval = 10; SET tcp_keepalives_count = 3; {session}",
            self.statement_timeout.as_millis()
        );
        Ok(Connector::new(config, self.deadline(), silence, session))
    }
}

/// Why there is no pool, or no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The URL cannot be read.
    #[error("the database URL is not valid: {0}")]
    Url(tokio_postgres::Error),
    /// The pool cannot be built.
    #[error("cannot build the connection pool: {0}")]
    Pool(#[from] deadpool_postgres::BuildError),
    /// The database cannot be reached, or refuses.
    #[error("{}", describe(.0))]
    Refused(tokio_postgres::Error),
    /// The database does not answer.
    #[error("the database does not answer")]
    Silent,
}

/// A pool that connects when it is first used: a service starts while the database is away.
///
/// # Errors
/// When the settings cannot be used at all.
pub fn pool(settings: &PostgresSettings) -> Result<Pool, ConnectError> {
    let silence = Silence::default();
    let (connector, config) = settings
        .connector(silence.clone(), "")
        .map_err(ConnectError::Url)?;
    let manager_config = ManagerConfig {
        recycling_method: RecyclingMethod::Fast,
    };
    let answers_within = WITHIN.min(settings.deadline());
    let sign_of_life = Hook::async_fn(
        move |client: &mut ClientWrapper, metrics: &deadpool_postgres::Metrics| {
            let (silence, created) = (silence.clone(), metrics.created);
            Box::pin(async move {
                // When one has died unnoticed, asking each of the others would take as long again.
                if silence.is_after(created) {
                    return Err(HookError::message("it is older than one that fell silent"));
                }
                match timeout(answers_within, client.simple_query("")).await {
                    Ok(Ok(_)) => Ok(()),
                    Ok(Err(error)) => Err(HookError::Backend(error)),
                    Err(_) => {
                        silence.note();
                        Err(HookError::message("it gives no sign of life"))
                    }
                }
            })
        },
    );
    let within = Some(WITHIN);
    Ok(
        Pool::builder(Manager::from_connect(config, connector, manager_config))
            .max_size(settings.max_connections)
            .timeouts(Timeouts {
                wait: within,
                create: within,
                recycle: within,
            })
            .runtime(Runtime::Tokio1)
            .pre_recycle(sign_of_life)
            .build()?,
    )
}

/// A connection outside of the pool, for work that takes longer than the pool's statements may. It ends when
/// it is dropped; its session, and with it the locks that it holds, ends at the latest when it has been asked
/// nothing for a minute, also when the server hears nothing of its end.
///
/// # Errors
/// When the database cannot be reached, or does not answer.
pub async fn connect(settings: &PostgresSettings) -> Result<Connection, ConnectError> {
    let (connector, config) = settings
        .connector(Silence::default(), ABANDONED)
        .map_err(ConnectError::Url)?;
    match timeout(WITHIN, connector.open(&config)).await {
        Ok(Ok((client, driver))) => Ok(Connection::new(client, driver)),
        Ok(Err(error)) => Err(ConnectError::Refused(error)),
        Err(_) => Err(ConnectError::Silent),
    }
}

/// Whether an error says that the database cannot be reached, or cannot work for the moment. Any other one, such as a
/// value that does not fit its column's type, is a fault of ours, and stays one however often it is tried.
pub fn is_away(error: &tokio_postgres::Error) -> bool {
    if let Some(state) = error.code() {
        // Lost connections (08), no resources (53), and an operator's intervention or a time-out (57). Which time-out ends a
        // wait for a lock depends on which is shorter.
        return *state == SqlState::LOCK_NOT_AVAILABLE
            || ["08", "53", "57"]
                .iter()
                .any(|class| state.code().starts_with(class));
    }
    // The kinds are told apart by their texts alone; a test holds them.
    const AWAY: [&str; 5] = [
        "connection closed",
        "error communicating with the server",
        "error connecting to server",
        "error performing TLS handshake",
        "timeout waiting for server",
    ];
    error.is_closed() || AWAY.contains(&error.to_string().as_str())
}

/// The error with what the server said, which its `Display` leaves out.
pub fn describe(error: &tokio_postgres::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
