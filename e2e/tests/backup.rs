//! Backups, and what people are told.

use std::path::{Path, PathBuf};

use e2e::{Api, Cluster, PATIENCE, messages_about};
use testkit::{FakeSlack, eventually};
use tokio::process::Command;

pub(crate) async fn await_outage(api: &Api, slack: &FakeSlack, name: &str, monitor: i64) {
    api.await_incident(monitor, "open", |incident| incident["resolved_at"].is_null())
        .await;
    await_told(slack, name, &["DOWN"]).await;
}

pub(crate) fn told(slack: &FakeSlack, name: &str) -> Vec<&'static str> {
    let messages = messages_about(slack, name).into_iter();
    messages.map(|(kind, _, _)| kind).collect()
}

pub(crate) async fn await_told(slack: &FakeSlack, name: &str, kinds: &[&str]) {
    eventually(
        &format!("Slack is told {kinds:?} of {name}"),
        PATIENCE,
        async || (told(slack, name) == kinds).then_some(()),
    )
    .await;
}

/// A folder that is gone with the test.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let folder = std::env::temp_dir().join(testkit::unique());
        std::fs::create_dir(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub(crate) async fn back_up(cluster: &Cluster, folder: &Path) -> PathBuf {
    script("backup.sh", &[], cluster.database_url(), folder).await;
    let files = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let mut dumps = files.filter(|path| path.extension().is_some_and(|kind| kind == "dump"));
    dumps.next().unwrap()
}

pub(crate) async fn script(name: &str, arguments: &[&str], database_url: &str, folder: &Path) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../deploy/backup")
        .join(name);
    let run = Command::new("bash")
        .arg(path)
        .args(arguments)
        .env("DATABASE_URL", database_url)
        .env("BACKUP_DIR", folder)
        .output();
    let output = run.await.unwrap();
    assert!(
        output.status.success(),
        "{name}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
}
