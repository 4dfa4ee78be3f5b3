//! Ports of the loopback interface.

use std::net::{SocketAddr, TcpListener};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr as UnixAddr, UnixListener};
use std::sync::{Mutex, PoisonError};

use tokio::net::TcpSocket;

/// Where no system takes the ports of outgoing connections from, nor those of listeners that ask for any.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// A port for a server that this process starts, also again and again: no other caller in this or another
/// process gets it as long as this process lives.
///
/// # Panics
/// When there is none.
pub fn free_port() -> u16 {
    // A name that begins with zero belongs to whoever has bound it, and goes with the process.
    static RESERVED: Mutex<Vec<UnixListener>> = Mutex::new(Vec::new());
    let reserve = |port: u16| {
        let name = UnixAddr::from_abstract_name(format!("uptime-test-port-{port}")).ok()?;
        UnixListener::bind_addr(&name).ok()
    };
    let mut reserved = RESERVED.lock().unwrap_or_else(PoisonError::into_inner);
    // Processes begin in different places, so that each finds one soon.
    let first = usize::try_from(std::process::id()).unwrap_or(0) * 61;
    for nth in 0..PORTS.len() {
        let port = PORTS.start + ((first + nth) % PORTS.len()) as u16;
        if let Some(reservation) = reserve(port)
            && TcpListener::bind(("127.0.0.1", port)).is_ok()
        {
            reserved.push(reservation);
            return port;
        }
    }
    panic!("a port is free")
}

/// A port that refuses connections, and that nobody else can take in the meantime.
#[derive(Debug)]
pub struct ClosedPort {
    socket: TcpSocket,
    address: SocketAddr,
}

impl ClosedPort {
    /// Takes one.
    ///
    /// # Panics
    /// When there is none.
    #[expect(clippy::new_without_default, reason = "it takes something from the system")]
    pub fn new() -> Self {
        let socket = TcpSocket::new_v4().expect("a socket can be made");
        socket
            .bind(SocketAddr::from(([127, 0, 0, 1], 0)))
            .expect("a port is free");
        let address = socket.local_addr().expect("it is bound");
        Self { socket, address }
    }

    /// Its address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on it accepts connections.
    ///
    /// # Panics
    /// When it cannot.
    pub fn open(self) -> tokio::net::TcpListener {
        self.socket.listen(16).expect("it can be listened on")
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use tokio::net::TcpStream;

    use super::*;

    #[test]
    fn no_port_is_given_twice() {
        let threads: Vec<_> = (0..4)
            .map(|_| std::thread::spawn(|| [(); 25].map(|()| free_port())))
            .collect();
        let ports: BTreeSet<u16> = threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect();
        assert_eq!(ports.len(), 100);
    }

    #[tokio::test]
    async fn a_closed_port_is_its_holders_and_can_be_opened() {
        let closed = ClosedPort::new();
        let address = closed.address();
        let refused = TcpStream::connect(address).await.unwrap_err();
        assert_eq!(refused.kind(), std::io::ErrorKind::ConnectionRefused);
        assert!(TcpListener::bind(address).is_err());
        let _open = closed.open();
        assert!(TcpStream::connect(address).await.is_ok());
    }
}
