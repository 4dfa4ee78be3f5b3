//! The product's binaries as child processes.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};

use crate::FarNetwork;

/// A running binary of the workspace. Its output goes to a file, which is shown when a test fails. It is
/// killed when it is dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts the binary `name` with only these variables.
    ///
    /// # Panics
    /// When the workspace's binaries were not built.
    pub fn start(name: &str, variables: &[(&str, String)]) -> Self {
        Self::start_by(Command::new(binary(name)), name, variables)
    }

    /// The same in another network.
    ///
    /// # Panics
    /// When the workspace's binaries were not built.
    pub fn start_far(name: &str, variables: &[(&str, String)], network: &FarNetwork) -> Self {
        // It becomes the binary, under the same number.
        let mut command = Command::new("nsenter");
        command
            .arg(format!("--net={}", network.namespace()))
            .arg(binary(name));
        Self::start_by(command, name, variables)
    }

    fn start_by(mut command: Command, name: &str, variables: &[(&str, String)]) -> Self {
        let log = std::env::temp_dir().join(format!("{}-{name}.log", testkit::unique()));
        let output = std::fs::File::create(&log).expect("the log can be made");
        let child = command
            .env_clear()
            .envs(variables.iter().map(|(name, value)| (*name, value.as_str())))
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("the log can be shared"))
            .stderr(output)
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{name} does not start: {error}; build the workspace"));
        Self {
            name: name.to_owned(),
            child,
            log,
        }
    }

    /// Runs the binary `name` to its end; answers whether it went well, and what it said.
    ///
    /// # Panics
    /// When the workspace's binaries were not built, or it does not end.
    pub async fn run(name: &str, arguments: &[&str], variables: &[(&str, String)]) -> (bool, String) {
        let run = Command::new(binary(name))
            .args(arguments)
            .env_clear()
            .envs(variables.iter().map(|(name, value)| (*name, value.as_str())))
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let ended = tokio::time::timeout(2 * crate::PATIENCE, run).await;
        let output = ended
            .expect("it ends in time")
            .expect("it starts; build the workspace");
        let said = [output.stdout, output.stderr].concat();
        (
            output.status.success(),
            String::from_utf8_lossy(&said).into_owned(),
        )
    }

    /// Ends it as a power cut would.
    ///
    /// # Panics
    /// When it has ended before.
    pub async fn sigkill(mut self) {
        self.kill().await;
        // Kept until then, so that its log is removed by Drop.
        drop(self);
    }

    /// The same for one that stays where it is.
    ///
    /// # Panics
    /// When it has ended before.
    pub(crate) async fn kill(&mut self) {
        self.child.kill().await.expect("it was running");
    }

    /// Asks it to end, and waits until it has. Answers whether it ended by itself and well.
    ///
    /// # Panics
    /// When it does not end within `patience`.
    pub async fn sigterm(mut self, patience: Duration) -> bool {
        let pid = self.child.id().expect("it is running");
        testkit::signal(pid, testkit::Signal::TERM).expect("it is running");
        let ended = tokio::time::timeout(patience, self.child.wait()).await;
        match ended {
            Ok(status) => status.expect("it can be waited for").success(),
            Err(_) => panic!("{} did not drain within {patience:?}", self.name),
        }
    }

    /// Which binary it is.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it still runs.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// The memory that it takes up, in bytes.
    ///
    /// # Panics
    /// When it does not run any more.
    pub fn memory(&self) -> u64 {
        let pid = self.child.id().expect("it is running");
        testkit::memory(pid).expect("it is running")
    }

    /// Its number, while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.child.id()
    }

    /// What it wrote.
    pub fn output(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Process {
    #[expect(clippy::print_stdout, reason = "a failed test shows what its processes said")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            let output = self.output();
            let tail: Vec<_> = output.lines().rev().take(40).collect();
            println!("--- {} (the last lines first)\n{}", self.name, tail.join("\n"));
        }
        let _ = std::fs::remove_file(&self.log);
    }
}

/// Tests run from `target/<profile>/deps`; the binaries stand one folder above.
fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its binary");
    let folder = test
        .parent()
        .and_then(Path::parent)
        .expect("tests run from target/<profile>/deps");
    folder.join(name)
}
