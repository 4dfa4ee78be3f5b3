//! An alerter that is a process of its own.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use testkit::Signal;

use super::World;

/// How long it may take to end when it is asked to.
const GRACE: Duration = Duration::from_secs(10);

/// A running process.
pub(crate) struct Child {
    process: tokio::process::Child,
    /// Where its log is.
    log: PathBuf,
}

impl World {
    /// Starts one.
    pub(crate) fn spawn(&self) -> Child {
        self.spawn_with(&[])
    }

    /// Starts one with these settings instead of the world's.
    pub(crate) fn spawn_with(&self, settings: &[(&str, &str)]) -> Child {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let log = folder.join(format!("alerter-{}.log", testkit::unique()));
        let output = File::create(&log).map_or_else(|_| Stdio::null(), Stdio::from);
        let process = tokio::process::Command::new(env!("CARGO_BIN_EXE_alerter"))
            .env_clear()
            .envs(self.variables.clone())
            .envs(settings.iter().copied())
            .env("LOG_LEVEL", "info")
            .stdin(Stdio::null())
            .stdout(output)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Child { process, log }
    }
}

impl Child {
    /// SIGKILL.
    pub(crate) async fn kill(mut self) {
        self.process.kill().await.unwrap();
    }

    pub(crate) fn signal(&self, signal: Signal) {
        testkit::signal(self.process.id().unwrap(), signal).unwrap();
    }

    /// Ends it as an orchestrator does: SIGKILL comes when it does not end by itself.
    pub(crate) async fn stop(mut self) {
        self.signal(Signal::TERM);
        if tokio::time::timeout(GRACE, self.process.wait()).await.is_err() {
            self.kill().await;
        }
    }

    /// The partitions that it reads, as its log tells.
    pub(crate) fn partitions(&self) -> BTreeSet<i64> {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let mut partitions = BTreeSet::new();
        // The last line may still be being written.
        let lines = log
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok());
        for line in lines {
            let Some(partition) = line["partition"].as_i64() else {
                continue;
            };
            match line["message"].as_str() {
                Some("restored") => {
                    partitions.insert(partition);
                }
                Some("handed over") => {
                    partitions.remove(&partition);
                }
                _ => {}
            }
        }
        partitions
    }
}
