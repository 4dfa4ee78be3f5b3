//! PostgreSQL.

use rustix::process::Signal;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use super::process::{Folder, Process, run};

/// A PostgreSQL of the test's own, with the schema.
#[derive(Debug)]
pub struct OwnPostgres {
    process: Process,
    url: String,
}

impl OwnPostgres {
    /// Starts one.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn start() -> Self {
        let folder = Folder::new("postgres");
        let bin = binaries();
        let owner = owner(&folder);
        let program = |name: &str| bin.join(name).to_string_lossy().into_owned();
        let arguments = |list: &[&str]| -> Vec<String> { list.iter().map(|&text| text.to_owned()).collect() };
        let mut prepare = Vec::from(["setpriv".to_owned()]);
        prepare.extend(owner.iter().cloned());
        prepare.push(program("initdb"));
        let options = [
            "-D",
            "data",
            "-U",
            "postgres",
            "--auth=trust",
            "--no-sync",
            "--locale=C.UTF-8",
        ];
        prepare.extend(arguments(&options));
        prepare.push("--encoding=UTF8".to_owned());
        run(&prepare, folder.path());
        let port = crate::free_port();
        let mut command = owner;
        command.push(program("postgres"));
        command.extend(arguments(&["-D", "data", "-c", "listen_addresses=127.0.0.1"]));
        for setting in ["fsync=off", "unix_socket_directories=", "max_wal_size=1GB"] {
            command.extend(["-c".to_owned(), setting.to_owned()]);
        }
        command.extend(["-p".to_owned(), port.to_string()]);
        // Its immediate shutdown: nothing is finished, and the next start recovers.
        let mut own = Self {
            process: Process::new(folder, command, Signal::QUIT),
            url: format!("postgres://postgres@127.0.0.1:{port}/postgres"),
        };
        own.restart().await;
        migrations::run(&mut crate::connect(&own.url).await)
            .await
            .expect("the schema can be migrated");
        own
    }

    /// The URL of its database.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Ends it as a crash would.
    pub async fn kill(&mut self) {
        self.process.kill().await;
    }

    /// Starts it again after [`Self::kill`], and waits until it answers.
    ///
    /// # Panics
    /// When it does not.
    pub async fn restart(&mut self) {
        self.process.start();
        let url = &self.url;
        self.process
            .answers(|| async move { tokio_postgres::connect(url, tokio_postgres::NoTls).await.is_ok() })
            .await;
    }

    /// Lets it hang: connections stay, and nothing is answered.
    pub fn pause(&self) {
        self.process.signal_all(Signal::STOP);
    }

    /// Lets it go on after [`Self::pause`].
    pub fn resume(&self) {
        self.process.signal_all(Signal::CONT);
    }
}

/// The binaries of the newest installed version.
fn binaries() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql").expect("PostgreSQL is installed");
    versions
        .filter_map(|entry| entry.ok())
        .filter(|entry| entry.path().join("bin/initdb").exists())
        .max_by_key(|entry| entry.file_name().to_string_lossy().parse::<u32>().unwrap_or(0))
        .expect("PostgreSQL is installed")
        .path()
        .join("bin")
}

/// Gives the folder to the user who may run PostgreSQL, which is not root; answers how to become that user.
fn owner(folder: &Folder) -> Vec<String> {
    let uid = std::fs::metadata(folder.path())
        .expect("the folder is there")
        .uid();
    if uid != 0 {
        return Vec::new();
    }
    let path = folder.path().to_string_lossy().into_owned();
    run(
        &["chown".to_owned(), "postgres:postgres".to_owned(), path],
        folder.path(),
    );
    let become_user = ["--reuid=postgres", "--regid=postgres", "--init-groups"];
    become_user.iter().map(|&text| text.to_owned()).collect()
}
