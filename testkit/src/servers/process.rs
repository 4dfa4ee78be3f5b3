//! A server process and its folder.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::Signal;

use crate::eventually;

/// How long a server may take to start or to end on two busy cores.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder that goes with its server.
#[derive(Debug)]
pub(super) struct Folder(PathBuf);

impl Folder {
    pub(super) fn new(kind: &str) -> Self {
        let path = std::env::temp_dir().join(format!("uptime-{kind}-{}", crate::unique()));
        std::fs::create_dir_all(&path).expect("a folder can be made");
        Self(path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays behind in the folder for temporary files harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A server that can be stopped and started again.
#[derive(Debug)]
pub(super) struct Process {
    child: Option<Child>,
    command: Vec<String>,
    /// The signal that ends it at once.
    end: Signal,
    folder: Folder,
}

impl Process {
    pub(super) fn new(folder: Folder, command: Vec<String>, end: Signal) -> Self {
        Self {
            child: None,
            command,
            end,
            folder,
        }
    }

    /// Where it keeps its data.
    pub(super) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Starts it. The kernel ends it together with the test.
    pub(super) fn start(&mut self) {
        assert!(self.child.is_none(), "it runs already");
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.folder.path().join("log"))
            .expect("the log can be opened");
        let child = Command::new("setpriv")
            .args(["--pdeathsig", name(self.end)])
            .args(&self.command)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("the log can be shared"))
            .stderr(log)
            .spawn()
            .expect("the server can be started");
        self.child = Some(child);
    }

    /// Ends it at once, as a crash would, and waits until it is gone.
    pub(super) async fn kill(&mut self) {
        let Some(mut child) = self.child.take() else {
            return;
        };
        send(self.end, &[child.id()]);
        send(Signal::CONT, &tree(child.id()));
        let child = &mut child;
        eventually("the server has ended", PATIENCE, || {
            let ended = child.try_wait().expect("the server can be waited for");
            std::future::ready(ended.map(|_| ()))
        })
        .await;
    }

    /// Stops or continues it together with its children.
    pub(super) fn signal_all(&self, signal: Signal) {
        let child = self.child.as_ref().expect("the server runs");
        send(signal, &tree(child.id()));
    }

    /// Waits until `probe` has an answer, unless the process ends before.
    pub(super) async fn answers<F: Future<Output = bool>>(&mut self, mut probe: impl FnMut() -> F) {
        let deadline = std::time::Instant::now() + PATIENCE;
        while !probe().await {
            let ended = self
                .child
                .as_mut()
                .and_then(|child| child.try_wait().ok().flatten());
            if ended.is_some() || std::time::Instant::now() > deadline {
                let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
                panic!("the server does not answer ({ended:?}): {log}");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            send(self.end, &[child.id()]);
            send(Signal::CONT, &tree(child.id()));
            let _ = child.wait();
        }
    }
}

/// Whether `request` is answered with `answer`, after `skip` bytes.
pub(super) async fn replies(port: u16, request: &[u8], skip: usize, answer: &[u8]) -> bool {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let talk = async {
        let mut stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await?;
        stream.write_all(request).await?;
        let mut reply = vec![0; skip + answer.len()];
        stream.read_exact(&mut reply).await?;
        Ok::<_, std::io::Error>(&reply[skip..] == answer)
    };
    let within = tokio::time::timeout(Duration::from_secs(10), talk).await;
    matches!(within, Ok(Ok(true)))
}

/// Runs a program to its end.
pub(super) fn run(command: &[String], folder: &Path) {
    let (program, arguments) = command.split_first().expect("there is a program");
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .expect("the program can be started");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} has failed: {errors}");
}

/// The name of a signal that ends a server, as `setpriv` knows it.
fn name(signal: Signal) -> &'static str {
    match signal {
        Signal::QUIT => "QUIT",
        _ => "KILL",
    }
}

fn send(signal: Signal, pids: &[u32]) {
    for pid in pids {
        // One that has ended meanwhile needs no signal.
        let _ = crate::signal(*pid, signal);
    }
}

/// A process and its children.
fn tree(parent: u32) -> Vec<u32> {
    let path = format!("/proc/{parent}/task/{parent}/children");
    let children = std::fs::read_to_string(path).unwrap_or_default();
    let children = children.split_whitespace().filter_map(|pid| pid.parse().ok());
    std::iter::once(parent).chain(children).collect()
}
