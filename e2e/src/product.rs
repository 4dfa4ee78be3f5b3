//! The product as one process, on the embedded broker: what `make run` starts.

use std::time::Duration;

use testkit::free_port;

use crate::process::Process;
use crate::{Api, secrets};

/// Where the product keeps its data, so that it can be started on it again.
#[derive(Clone, Debug)]
pub struct Stores {
    database_url: String,
    redis_prefix: String,
}

impl Stores {
    /// An empty database and prefix.
    pub async fn empty() -> Self {
        Self {
            database_url: testkit::database().await,
            redis_prefix: format!("{}:", testkit::unique()),
        }
    }

    /// Where the database is.
    pub fn database_url(&self) -> &str {
        &self.database_url
    }
}

/// A running all-in-one.
#[derive(Debug)]
pub struct AllInOne {
    process: Process,
    base: String,
}

impl AllInOne {
    /// Starts it on `stores`.
    pub async fn start(stores: &Stores) -> Self {
        Self::start_with(stores, &[])
    }

    /// Starts it on `stores`, with more settings.
    pub fn start_with(stores: &Stores, settings: &[(&'static str, String)]) -> Self {
        let port = free_port();
        let mut variables = secrets();
        variables.extend_from_slice(settings);
        variables.extend([
            ("DATABASE_URL", stores.database_url.clone()),
            ("REDIS_URL", testkit::redis_url()),
            ("REDIS_PREFIX", stores.redis_prefix.clone()),
            ("PORT", port.to_string()),
        ]);
        let process = Process::start("all-in-one", &variables);
        Self {
            process,
            base: format!("http://127.0.0.1:{port}"),
        }
    }

    /// The public API, when it is ready.
    pub async fn api(&self) -> Api {
        Api::when_ready(&self.base).await
    }

    /// Ends it as Ctrl-C does; answers whether it drained well.
    pub async fn stop(self) -> bool {
        self.process.sigterm(Duration::from_secs(40)).await
    }
}
