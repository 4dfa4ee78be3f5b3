//! Redis.

use rustix::process::Signal;
use shared::redis::RedisSettings;

use super::process::{Folder, Process, replies};

/// A Redis of the test's own. It keeps nothing: started again, it is empty.
#[derive(Debug)]
pub struct OwnRedis {
    process: Process,
    port: u16,
}

impl OwnRedis {
    /// Starts one.
    ///
    /// # Panics
    /// When it cannot be started.
    pub async fn start() -> Self {
        let port = crate::free_port();
        let listen = format!("redis-server --bind 127.0.0.1 --port {port} --appendonly no --save");
        let mut command: Vec<String> = listen.split(' ').map(str::to_owned).collect();
        command.push(String::new());
        let mut own = Self {
            process: Process::new(Folder::new("redis"), command, Signal::KILL),
            port,
        };
        own.restart().await;
        own
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// How to reach it.
    pub fn settings(&self) -> RedisSettings {
        RedisSettings::new(&self.url(), "")
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
        let port = self.port;
        self.process
            .answers(|| replies(port, b"PING\r\n", 0, b"+PONG"))
            .await;
    }

    /// Forgets everything.
    ///
    /// # Panics
    /// When it does not answer.
    pub async fn flush(&self) {
        let flushed = replies(self.port, b"FLUSHALL\r\n", 0, b"+OK").await;
        assert!(flushed, "Redis can be flushed");
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
