//! The product as one process, on the embedded broker: what `make run` starts.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use testkit::free_port;

use crate::process::Process;
use crate::{Api, secrets};

/// Where the product keeps its data, so that it can be started on it again.
#[derive(Clone, Debug)]
pub struct Stores {
    database_url: String,
    redis_prefix: String,
    log: Arc<TempDir>,
}

impl Stores {
    /// An empty database, prefix and folder.
    pub async fn empty() -> Self {
        Self::with_database(testkit::database().await)
    }

    /// An empty prefix and folder, and this database.
    ///
    /// # Panics
    /// When the folder cannot be made.
    pub fn with_database(database_url: String) -> Self {
        Self {
            database_url,
            redis_prefix: format!("{}:", testkit::unique()),
            log: Arc::new(TempDir::new().expect("a folder can be made")),
        }
    }

    /// The folder of the log.
    pub fn log(&self) -> &Path {
        self.log.path()
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
            ("EMBEDDED_LOG_DIR", stores.log.path().display().to_string()),
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

    /// Ends it as a power cut would.
    pub async fn sigkill(self) {
        self.process.sigkill().await;
    }

    /// What it wrote.
    pub fn output(&self) -> String {
        self.process.output()
    }

    /// Its process.
    pub fn pid(&self) -> Option<u32> {
        self.process.pid()
    }

    /// Ends it as Ctrl-C does; answers whether it drained well.
    pub async fn stop(self) -> bool {
        self.process.sigterm(Duration::from_secs(40)).await
    }
}
