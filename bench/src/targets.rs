//! Sites to check that cost as little as possible themselves, on many addresses of the loopback block.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok";

/// The `index`-th address: 127.1.0.0 and up.
pub fn address(index: u32) -> Ipv4Addr {
    Ipv4Addr::from(u32::from(Ipv4Addr::new(127, 1, 0, 1)) + index)
}

/// The line on standard input after which the hanging addresses hang.
pub const HANG: &str = "hang\n";

/// The line on standard input after which they answer again.
pub const ANSWER_AGAIN: &str = "answer\n";

/// Serves `healthy` addresses that answer at once, and after them `hanging` ones that do so until they are told
/// to hang, all on `port`, until the process ends.
///
/// # Errors
/// When an address is taken.
pub async fn serve(port: u16, healthy: u32, hanging: u32) -> std::io::Result<()> {
    let hang = Arc::new(AtomicBool::new(false));
    for index in 0..healthy + hanging {
        let socket = tokio::net::TcpSocket::new_v4()?;
        socket.set_reuseaddr(true)?;
        socket.bind((address(index), port).into())?;
        let listener = socket.listen(4_096)?;
        tokio::spawn(accept(listener, (index >= healthy).then(|| Arc::clone(&hang))));
    }
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            hang.store(line == HANG.trim_end(), Ordering::Relaxed);
        }
    });
    std::future::pending().await
}

async fn accept(listener: TcpListener, hang: Option<Arc<AtomicBool>>) {
    let mut held = Vec::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        if hang.as_ref().is_none_or(|hang| !hang.load(Ordering::Relaxed)) {
            tokio::spawn(answer(stream));
        } else {
            // Never answered; forgotten when the checker has long given up.
            held.push(stream);
            if held.len() > 20_000 {
                held.drain(..10_000);
            }
        }
    }
}

async fn answer(mut stream: TcpStream) {
    let mut request = [0; 1_024];
    // A request of a check fits one segment.
    if matches!(stream.read(&mut request).await, Ok(1..)) {
        let _ = stream.write_all(ANSWER).await;
        // The checker closes first, so that the port's TIME_WAIT is on its side as with a real site.
        let _ = stream.shutdown().await;
    }
}
