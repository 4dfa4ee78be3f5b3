//! Sites to check, as a benchmark starts them.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::targets;
use crate::tls::Certificates;

/// Sites in a process of their own.
#[derive(Debug)]
pub struct Sites {
    /// On which port of each address.
    pub port: u16,
    /// How many addresses answer.
    pub healthy: u32,
    /// How many more answer until they are told to hang.
    pub hanging: u32,
    tls: Option<Certificates>,
    commands: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    _child: Child,
}

impl Sites {
    /// Starts them.
    ///
    /// # Panics
    /// When the process cannot be started.
    pub async fn start(healthy: u32, hanging: u32) -> Self {
        Self::launch(healthy, hanging, None).await
    }

    /// Starts some that speak TLS, with a certificate of an authority that a pinger of them trusts.
    ///
    /// # Panics
    /// When the process cannot be started.
    pub async fn start_secure(healthy: u32) -> Self {
        Self::launch(healthy, 0, Some(Certificates::make(healthy))).await
    }

    async fn launch(healthy: u32, hanging: u32, tls: Option<Certificates>) -> Self {
        let port = testkit::free_port();
        let mut child = Command::new(binary("targets-bench"))
            .args([port.to_string(), healthy.to_string(), hanging.to_string()])
            .args(tls.as_ref().map(Certificates::folder))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the sites start");
        testkit::eventually("the sites answer", Duration::from_secs(10), async || {
            tokio::net::TcpStream::connect((targets::address(0), port))
                .await
                .ok()
        })
        .await;
        Self {
            port,
            healthy,
            hanging,
            tls,
            commands: child.stdin.take().expect("it is piped"),
            answers: BufReader::new(child.stdout.take().expect("it is piped")).lines(),
            _child: child,
        }
    }

    /// Lets those hang that can, or answer again.
    ///
    /// # Panics
    /// When the process is gone.
    pub async fn hang(&mut self, hang: bool) {
        let command = if hang {
            targets::HANG
        } else {
            targets::ANSWER_AGAIN
        };
        self.command(command).await;
    }

    /// How many TLS handshakes they have made so far: in full, and resumed.
    ///
    /// # Panics
    /// When the process is gone.
    pub async fn handshakes(&mut self) -> (f64, f64) {
        self.command(targets::COUNT).await;
        let line = self.answers.next_line().await.ok().flatten();
        let counts = line.as_deref().and_then(|line| {
            let (full, resumed) = line.split_once(' ')?;
            Some((full.parse::<f64>().ok()?, resumed.parse::<f64>().ok()?))
        });
        counts.expect("the sites run")
    }

    async fn command(&mut self, command: &str) {
        self.commands
            .write_all(command.as_bytes())
            .await
            .expect("the sites run");
    }

    /// The folder with their certificates, if they speak TLS.
    pub(crate) fn certificates(&self) -> Option<&Path> {
        self.tls.as_ref().map(Certificates::folder)
    }

    /// The certificate of their authority, if they speak TLS.
    pub(crate) fn authority_file(&self) -> Option<PathBuf> {
        self.tls.as_ref().map(Certificates::authority_file)
    }

    /// What a monitor checks.
    pub(crate) fn url(&self, monitor: i64) -> String {
        let index = (monitor as u32) % (self.healthy + self.hanging);
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}:{}/", targets::address(index), self.port)
    }
}

/// A program that was built beside this one.
pub(crate) fn binary(name: &str) -> std::path::PathBuf {
    let this = std::env::current_exe().expect("a process knows its binary");
    this.with_file_name(name)
}
