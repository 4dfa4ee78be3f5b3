//! A line to a server that can be cut.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

pub struct Proxy {
    pub address: SocketAddr,
    /// Cancelled while the line is cut.
    line: Arc<Mutex<CancellationToken>>,
}

impl Proxy {
    /// A line to `target`, an address with a port.
    pub async fn to(target: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let line = Arc::new(Mutex::new(CancellationToken::new()));
        let (target, current) = (target.to_owned(), Arc::clone(&line));
        tokio::spawn(async move {
            while let Ok((mut inside, _)) = listener.accept().await {
                let line = current.lock().unwrap().clone();
                let target = target.clone();
                tokio::spawn(async move {
                    let pass = async {
                        let mut outside = TcpStream::connect(target).await?;
                        copy_bidirectional(&mut inside, &mut outside).await
                    };
                    tokio::select! {
                        () = line.cancelled() => {}
                        _ = pass => {}
                    }
                });
            }
        });
        Self { address, line }
    }

    pub fn cut(&self) {
        self.line.lock().unwrap().cancel();
    }

    pub fn mend(&self) {
        *self.line.lock().unwrap() = CancellationToken::new();
    }
}

/// The URL with its host and port replaced, and what they were.
pub fn behind(url: &str) -> (String, impl Fn(SocketAddr) -> String + use<>) {
    let parsed = url::Url::parse(url).unwrap();
    let port = parsed
        .port()
        .unwrap_or(if parsed.scheme() == "redis" { 6379 } else { 5432 });
    let target = format!("{}:{port}", parsed.host_str().unwrap());
    let replace = move |address: SocketAddr| {
        let mut url = parsed.clone();
        url.set_host(Some(&address.ip().to_string())).unwrap();
        url.set_port(Some(address.port())).unwrap();
        url.to_string()
    };
    (target, replace)
}
