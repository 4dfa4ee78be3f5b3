//! Servers that say what they were told to say, again and again.

use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// The longest that a connection is held: far longer than a check.
const HELD: Duration = Duration::from_secs(10);

/// What a server says.
#[derive(Clone)]
pub struct Script {
    /// Whether it waits for the head of a request before.
    pub listens: bool,
    /// First.
    pub first: Vec<u8>,
    /// What then.
    pub then: Then,
}

/// How a server goes on.
#[derive(Clone)]
pub enum Then {
    Close,
    Silence,
    /// It says this again and again, with this pause.
    Again(Vec<u8>, Duration),
}

impl Script {
    /// It answers a request with this, and then goes on.
    pub fn answer(first: impl Into<Vec<u8>>, then: Then) -> Self {
        Self {
            listens: true,
            first: first.into(),
            then,
        }
    }

    /// It speaks without being asked.
    pub fn unasked(first: impl Into<Vec<u8>>, then: Then) -> Self {
        Self {
            listens: false,
            ..Self::answer(first, then)
        }
    }
}

/// A server on an address of its own; answers where it is.
pub async fn start(script: Script) -> String {
    listen(move |stream| {
        let script = script.clone();
        async move { run(&script, stream).await }
    })
    .await
}

/// The same, by TLS with these certificates.
pub async fn start_tls(
    script: Script,
    certificates: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
) -> String {
    let config = rustls::ServerConfig::builder().with_no_client_auth();
    let acceptor = TlsAcceptor::from(Arc::new(config.with_single_cert(certificates, key).unwrap()));
    listen(move |stream| {
        let (script, acceptor) = (script.clone(), acceptor.clone());
        async move { run(&script, acceptor.accept(stream).await?).await }
    })
    .await
}

async fn listen<F>(serve: impl Fn(TcpStream) -> F + Send + 'static) -> String
where
    F: Future<Output = std::io::Result<()>> + Send + 'static,
{
    use std::sync::atomic::{AtomicU8, Ordering};
    // Each is a host of its own, for a host is not asked by too many at once.
    static NEXT: AtomicU8 = AtomicU8::new(2);
    let host = NEXT.fetch_add(1, Ordering::Relaxed);
    let listener = TcpListener::bind(("127.0.1.".to_owned() + &host.to_string(), 0))
        .await
        .unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(tokio::time::timeout(HELD, serve(stream)));
        }
    });
    address
}

/// An error is a client that has had enough.
pub async fn run<S: AsyncRead + AsyncWrite + Unpin>(script: &Script, mut stream: S) -> std::io::Result<()> {
    let mut request = Vec::new();
    while script.listens && memchr::memmem::find(&request, b"\r\n\r\n").is_none() {
        if stream.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    stream.write_all(&script.first).await?;
    stream.flush().await?;
    match &script.then {
        Then::Close => stream.shutdown().await,
        Then::Silence => std::future::pending().await,
        Then::Again(bytes, pause) => loop {
            stream.write_all(bytes).await?;
            stream.flush().await?;
            tokio::time::sleep(*pause).await;
        },
    }
}
