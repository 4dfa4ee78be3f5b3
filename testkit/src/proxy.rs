//! A line to a server that can be cut, or fall silent: then it takes what is sent and hands nothing on, and
//! neither end is told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// A line to a server.
#[derive(Clone, Debug)]
pub struct Proxy {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// Cancelled while the line is cut.
    cut: CancellationToken,
    /// Cancelled while the line is silent.
    silent: CancellationToken,
    fault: Option<Fault>,
}

/// Silence for one connection alone.
#[derive(Clone, Debug)]
struct Fault {
    needle: Vec<u8>,
    /// Whether the server still gets what held the needle.
    delivered: bool,
}

impl Proxy {
    /// A line to `target`, an address with a port.
    ///
    /// # Panics
    /// When it cannot listen.
    pub async fn to(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let proxy = Self {
            address,
            state: Arc::default(),
        };
        let (accepting, target) = (proxy.clone(), target.to_owned());
        tokio::spawn(async move {
            while let Ok((inside, _)) = listener.accept().await {
                let (cut, silent) = {
                    let state = accepting.state();
                    (state.cut.clone(), state.silent.clone())
                };
                let passed = accepting.clone().pass(inside, target.clone(), silent);
                tokio::spawn(async move {
                    tokio::select! {
                        () = cut.cancelled() => {}
                        _ = passed => {}
                    }
                });
            }
        });
        proxy
    }

    /// A line to the server of `url`, and the URL that leads over it.
    ///
    /// # Panics
    /// When the URL names no host and port.
    pub async fn before(url: &str) -> (Self, String) {
        let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
        let authority = authority.split(['/', '?']).next().unwrap_or_default();
        let server = authority.rsplit_once('@').map_or(authority, |(_, server)| server);
        assert!(server.contains(':'), "{url} names no port");
        let proxy = Self::to(server).await;
        let over = url.replacen(server, &proxy.address.to_string(), 1);
        (proxy, over)
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Closes every connection, and each that comes until [`Self::mend`].
    pub fn cut(&self) {
        self.state().cut.cancel();
    }

    /// Falls silent on every connection for ever, and on each that comes until [`Self::mend`].
    pub fn swallow(&self) {
        self.state().silent.cancel();
    }

    /// Falls silent for ever on the next connection that carries `needle`, instead of handing it on.
    pub fn swallow_before(&self, needle: &[u8]) {
        self.fault(needle, false);
    }

    /// Falls silent for ever on the next connection that carries `needle`, once the server has it.
    pub fn swallow_after(&self, needle: &[u8]) {
        self.fault(needle, true);
    }

    /// Whether a needle is still waited for.
    pub fn is_waiting(&self) -> bool {
        self.state().fault.is_some()
    }

    /// Connections that come from now on are handed on again.
    pub fn mend(&self) {
        *self.state() = State::default();
    }

    fn fault(&self, needle: &[u8], delivered: bool) {
        self.state().fault = Some(Fault {
            needle: needle.to_vec(),
            delivered,
        });
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The fault that what was read brings about.
    fn struck(&self, read: &[u8]) -> Option<Fault> {
        let mut state = self.state();
        let needle = &state.fault.as_ref()?.needle;
        let found = read.windows(needle.len()).any(|part| part == needle);
        found.then(|| state.fault.take()).flatten()
    }

    async fn pass(self, inside: TcpStream, target: String, silent: CancellationToken) -> std::io::Result<()> {
        let (from_client, to_client) = inside.into_split();
        if silent.is_cancelled() {
            return sink(from_client).await;
        }
        let (from_server, to_server) = TcpStream::connect(target).await?.into_split();
        // A needle silences this connection alone.
        let silent = silent.child_token();
        let there = self.forward(from_client, to_server, &silent, true);
        let back = self.forward(from_server, to_client, &silent, false);
        tokio::try_join!(there, back).map(drop)
    }

    async fn forward(
        &self,
        mut from: impl AsyncRead + Unpin,
        mut to: impl AsyncWrite + Unpin,
        silent: &CancellationToken,
        is_client: bool,
    ) -> std::io::Result<()> {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let read = tokio::select! {
                biased;
                () = silent.cancelled() => return sink(from).await,
                read = from.read(&mut buffer) => read?,
            };
            if read == 0 {
                return to.shutdown().await;
            }
            if is_client && let Some(fault) = self.struck(&buffer[..read]) {
                silent.cancel();
                if fault.delivered {
                    to.write_all(&buffer[..read]).await?;
                }
                continue;
            }
            to.write_all(&buffer[..read]).await?;
        }
    }
}

/// Takes everything, and does not close when the other side does.
async fn sink(mut from: impl AsyncRead + Unpin) -> std::io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    while from.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
    std::future::pending().await
}
