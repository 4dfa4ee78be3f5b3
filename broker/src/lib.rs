//! A broker in this process: it speaks Kafka's protocol on the loopback interface and keeps its log in a folder.
//!
//! It is as much of Kafka as the product's own clients need: one node, topics that are there from the start, consumer
//! groups, idempotent producers, compaction. Records are dropped when the groups that read them have them behind
//! them; the size on disk is bounded.

mod batch;
mod clock;
mod connection;
mod disk;
mod frame;
mod group;
mod handle;
mod index;
mod log;
mod metrics;
mod producers;
mod segment;

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::rc::Rc;
use std::thread::JoinHandle;

use tokio_util::sync::CancellationToken;

use crate::disk::Disk;
use crate::handle::State;
use crate::log::Log;
pub use crate::log::OpenError;

/// Smaller than this a log has no room for what must not be dropped.
pub const MIN_BYTES: u64 = 16 << 20;

/// How a log is kept.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where; one process at a time.
    pub folder: PathBuf,
    /// Every topic there is.
    pub topics: Vec<Topic>,
    /// Partitions of each topic, when the log is begun; afterwards they stay what they are.
    pub partitions: i32,
    /// The size on disk at which the oldest records are dropped, read or not.
    pub max_bytes: u64,
    /// What is kept although all readers have it behind them.
    pub keep_bytes: u64,
    /// The size of a file.
    pub segment_bytes: u64,
}

impl Options {
    /// The given folder, topics and bound, and what fits to them.
    pub fn new(folder: PathBuf, topics: Vec<Topic>, partitions: i32, max_bytes: u64) -> Self {
        let max_bytes = max_bytes.max(MIN_BYTES);
        Self {
            folder,
            topics,
            partitions,
            max_bytes,
            keep_bytes: (max_bytes / 4).min(32 << 20),
            segment_bytes: (max_bytes / 16).min(8 << 20),
        }
    }
}

/// A topic and how it is kept.
#[derive(Clone, Debug)]
pub struct Topic {
    /// Its name.
    pub name: String,
    /// Whether the latest record of each key is kept, and nothing else.
    pub compacted: bool,
    /// Whether a record's time is when it was appended.
    pub append_time: bool,
    /// The groups that a record is kept for.
    pub readers: Vec<String>,
}

/// Why a broker does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Its log.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// No port, or no thread.
    #[error("the embedded broker does not start: {0}")]
    Start(#[from] io::Error),
}

/// A running broker; it stops when it is dropped.
#[derive(Debug)]
pub struct Broker {
    address: SocketAddr,
    partitions: i32,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl Broker {
    /// Opens the log and serves it on a free port of the loopback interface.
    ///
    /// # Errors
    /// When the log cannot be opened or written, or there is no port.
    pub fn start(options: Options) -> Result<Self, StartError> {
        let (folder, limit) = (options.folder.clone(), options.max_bytes);
        let begun = std::time::Instant::now();
        metrics::describe(limit);
        let (log, recovered) = Log::open(options)?;
        metrics::size(log.bytes());
        metrics::unreadable(recovered.unreadable_bytes);
        tracing::info!(
            folder = %folder.display(),
            bytes = log.bytes(),
            limit,
            records = recovered.records,
            unreadable_bytes = recovered.unreadable_bytes,
            missing_records = recovered.missing_records,
            took_ms = begun.elapsed().as_millis() as u64,
            "the embedded log is open"
        );
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let partitions = log.partitions() as i32;
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        let serve = move || {
            let local = tokio::task::LocalSet::new();
            local.block_on(&runtime, async move {
                let state = Rc::new(State::new(Disk::new(log), address));
                connection::serve(listener, &state, &stopped).await;
            });
            // What still waits for a disk or a client is left alone.
            drop(local);
            runtime.shutdown_background();
        };
        let thread = std::thread::Builder::new()
            .name("broker".to_owned())
            .spawn(serve)?;
        Ok(Self {
            address,
            partitions,
            stop,
            thread: Some(thread),
        })
    }

    /// Where it is reached.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Partitions of each topic.
    pub fn partitions(&self) -> i32 {
        self.partitions
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
