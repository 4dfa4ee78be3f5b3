//! `SERVICE healthcheck`: asks the running service whether it is ready, for images without a shell.

use std::io::{Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::settings::Reader;

const TIMEOUT: Duration = Duration::from_secs(3);

/// The start of the answer that is read, in bytes.
const MAX_ANSWER_BYTES: usize = 64 * 1024;

/// Where a service of ours serves `/health/ready`, the first one that it has. The gateway keeps it apart
/// from its public port.
const ADDRESSES: [&str; 2] = ["OPS_ADDR", "HTTP_ADDR"];

/// Whether the service with these settings, which were read before, runs here and is ready.
///
/// # Errors
/// A sentence that says what is wrong.
pub(crate) fn ask(env: &mut Reader) -> Result<(), String> {
    let name = ADDRESSES
        .into_iter()
        .find(|name| env.variables().iter().any(|known| known.name == *name))
        .ok_or("serves no health")?;
    let default = env.variables().iter().find(|known| known.name == name);
    let default = default
        .and_then(|known| known.default.clone())
        .unwrap_or_default();
    let text = env.text(name, &default, "");
    let address = text
        .parse()
        .map_err(|_| format!("{name} is no address: {text}"))?;
    is_ready(reachable(address)).map_err(|error| format!("{address}: {error}"))
}

/// A service that listens everywhere is asked on the loopback interface.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        ip if !ip.is_unspecified() => ip,
        IpAddr::V4(_) => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(_) => IpAddr::V6(Ipv6Addr::LOCALHOST),
    };
    SocketAddr::new(ip, address.port())
}

fn is_ready(address: SocketAddr) -> Result<(), String> {
    let exchange = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.set_write_timeout(Some(TIMEOUT))?;
        stream.write_all(b"GET /health/ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let (mut answer, mut part, began) = (Vec::new(), [0; 4 * 1024], Instant::now());
        loop {
            let read = stream.read(&mut part)?;
            answer.extend_from_slice(&part[..read]);
            if read == 0 || answer.len() > MAX_ANSWER_BYTES {
                return Ok(String::from_utf8_lossy(&answer).into_owned());
            }
            if began.elapsed() > TIMEOUT {
                return Err(std::io::ErrorKind::TimedOut.into());
            }
        }
    };
    let answer = exchange().map_err(|error| error.to_string())?;
    if answer.starts_with("HTTP/1.1 200 ") {
        Ok(())
    } else {
        Err(answer.lines().last().unwrap_or_default().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    fn service(answer: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut request = [0; 1024];
            let read = stream.read(&mut request).unwrap();
            assert!(request[..read].starts_with(b"GET /health/ready HTTP/1.1\r\n"));
            stream.write_all(answer.as_bytes()).unwrap();
        });
        address
    }

    fn reader(name: &'static str, value: &str) -> Reader {
        let mut env = Reader::from_values([(name, value)]);
        env.text(name, "0.0.0.0:1", "where it listens");
        env
    }

    #[test]
    fn a_ready_service_is_healthy() {
        let address = service("HTTP/1.1 200 OK\r\n\r\n{}");
        assert_eq!(ask(&mut reader("HTTP_ADDR", &address.to_string())), Ok(()));
    }

    #[test]
    fn one_that_is_not_ready_says_what_is_missing() {
        let address = service("HTTP/1.1 503 Service Unavailable\r\n\r\n{\"parts\":{}}");
        let wrong = ask(&mut reader("HTTP_ADDR", &address.to_string())).unwrap_err();
        assert!(wrong.contains("parts"), "{wrong}");
    }

    #[test]
    fn one_that_does_not_run_is_not_healthy() {
        // Nobody asks for any port and gets this one.
        assert!(ask(&mut reader("HTTP_ADDR", "127.0.0.1:1")).is_err());
        assert!(ask(&mut Reader::default()).is_err());
    }

    #[test]
    fn the_operators_port_is_asked_before_the_public_one() {
        let address = service("HTTP/1.1 200 OK\r\n\r\n{}");
        let mut env = Reader::from_values([("OPS_ADDR", address.to_string())]);
        env.text("HTTP_ADDR", "0.0.0.0:1", "public");
        env.text("OPS_ADDR", "0.0.0.0:2", "health and metrics");
        assert_eq!(ask(&mut env), Ok(()));
        assert_eq!(
            reachable("0.0.0.0:80".parse().unwrap()),
            "127.0.0.1:80".parse().unwrap()
        );
        assert_eq!(reachable("[::]:80".parse().unwrap()), "[::1]:80".parse().unwrap());
    }
}
