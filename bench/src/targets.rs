//! Sites to check that cost as little as possible themselves, on many addresses of the loopback block.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rustls::HandshakeKind;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::report::report;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";

/// The `index`-th address: 127.1.0.0 and up.
pub fn address(index: u32) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 1, 0, 1)) + index)
}

/// The line on standard input after which the hanging addresses hang.
pub const HANG: &str = "hang\n";

/// The line on standard input after which they answer again.
pub const ANSWER_AGAIN: &str = "answer\n";

/// The line on standard input that is answered with the numbers of TLS handshakes so far, in full and resumed.
pub const COUNT: &str = "count\n";

/// TLS handshakes so far.
#[derive(Debug, Default)]
struct Handshakes {
    full: AtomicU64,
    resumed: AtomicU64,
}

/// Serves `healthy` addresses that answer at once, and after them `hanging` ones that do so until they are told
/// to hang, all on `port`, until the process ends. With `tls` they speak it.
///
/// # Errors
/// When an address is taken.
pub async fn serve(port: u16, healthy: u32, hanging: u32, tls: Option<TlsAcceptor>) -> std::io::Result<()> {
    let hang = Arc::new(AtomicBool::new(false));
    let handshakes = Arc::new(Handshakes::default());
    for index in 0..healthy + hanging {
        let socket = tokio::net::TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind((address(index), port).into())?;
        let listener = socket.listen(4_096)?;
        let hang = (index >= healthy).then(|| Arc::clone(&hang));
        let tls = tls.clone().map(|tls| (tls, Arc::clone(&handshakes)));
        tokio::spawn(accept(listener, hang, tls));
    }
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            if line == COUNT.trim_end() {
                let [full, resumed] =
                    [&handshakes.full, &handshakes.resumed].map(|count| count.load(Ordering::Relaxed));
                report(&format!("{full} {resumed}"));
            } else {
                hang.store(line == HANG.trim_end(), Ordering::Relaxed);
            }
        }
    });
    std::future::pending().await
}

/// How TLS is spoken, and what is counted of it.
type Secure = (TlsAcceptor, Arc<Handshakes>);

async fn accept(listener: TcpListener, hang: Option<Arc<AtomicBool>>, tls: Option<Secure>) {
    let mut held = Vec::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        if hang.as_ref().is_none_or(|hang| !hang.load(Ordering::Relaxed)) {
            match tls.clone() {
                Some((tls, handshakes)) => tokio::spawn(answer_securely(tls, handshakes, stream)),
                None => tokio::spawn(answer(stream)),
            };
        } else {
            // Never answered; forgotten when the checker has long given up.
            held.push(stream);
            if held.len() > 20_000 {
                held.drain(..10_000);
            }
        }
    }
}

async fn answer_securely(tls: TlsAcceptor, handshakes: Arc<Handshakes>, stream: TcpStream) {
    // The answer must not wait until the tickets before it are acknowledged.
    let _ = stream.set_nodelay(true);
    if let Ok(stream) = tls.accept(stream).await {
        let count = match stream.get_ref().1.handshake_kind() {
            Some(HandshakeKind::Resumed) => &handshakes.resumed,
            _ => &handshakes.full,
        };
        count.fetch_add(1, Ordering::Relaxed);
        answer(stream).await;
    }
}

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    let mut request = [0; 1_024];
    // A request of a check fits one segment.
    if matches!(stream.read(&mut request).await, Ok(1..)) {
        let _ = stream.write_all(ANSWER).await;
        // The checker closes first, so that the port's TIME_WAIT is on its side as with a real site.
        let _ = stream.shutdown().await;
    }
}
