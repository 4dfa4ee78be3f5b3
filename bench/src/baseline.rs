//! The bare hyper loop: connect, make a full TLS handshake where the sites speak it, request, read, without any product
//! code.

use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Empty};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::machine;
use crate::sites::Sites;
use crate::targets;

/// Checks in flight at a time when the loop runs as fast as it can.
const CONCURRENCY: u32 = 32;

/// How fast the loop runs.
#[derive(Clone, Copy, Debug)]
pub enum Pace {
    /// So many checks per second, started by a clock as those of a schedule are: the machine is as busy as
    /// with a pinger that makes as many.
    PerSecond(u32),
    /// As fast as it can.
    Saturated,
}

/// Checks per CPU-second of the loop, run in a process of its own.
///
/// # Panics
/// When the process cannot be started.
pub async fn measure(sites: &Sites, duration: Duration, pace: Pace) -> f64 {
    let per_second = match pace {
        Pace::PerSecond(rate) => rate,
        Pace::Saturated => 0,
    };
    let this = std::env::current_exe().expect("a process knows its binary");
    let mut child = tokio::process::Command::new(this)
        .args([
            "baseline",
            &sites.port.to_string(),
            &sites.healthy.to_string(),
            &duration.as_secs().to_string(),
            &per_second.to_string(),
        ])
        .args(sites.certificates())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the loop starts");
    let mut output = String::new();
    let mut stdout = child.stdout.take().expect("it is piped");
    stdout.read_to_string(&mut output).await.expect("the loop prints");
    child.wait().await.expect("the loop ends");
    output.trim().parse().expect("the loop prints its figure")
}

/// Runs the loop and prints its checks per CPU-second. With `certificates` the sites speak TLS.
///
/// # Panics
/// When these are not there.
#[expect(clippy::print_stdout, reason = "read by the process that started it")]
pub async fn run(port: u16, addresses: u32, duration: Duration, pace: Pace, certificates: Option<&Path>) {
    let tls = certificates.map(|folder| crate::tls::connector(folder).expect("there are certificates"));
    let sites = Addresses {
        port,
        count: addresses,
        tls,
    };
    let until = Instant::now() + duration;
    let checks = match pace {
        Pace::PerSecond(rate) => paced(&sites, until, rate).await,
        Pace::Saturated => saturated(&sites, until).await,
    };
    println!(
        "{}",
        f64::from(checks) / machine::cpu_time(std::process::id()).as_secs_f64()
    );
}

/// Where the sites are.
#[derive(Clone)]
struct Addresses {
    port: u16,
    count: u32,
    tls: Option<TlsConnector>,
}

async fn paced(sites: &Addresses, until: Instant, per_second: u32) -> u32 {
    // The granularity of tokio's timers, which the pinger has too.
    let mut ticks = tokio::time::interval(Duration::from_millis(1));
    let begun = Instant::now();
    let (mut started, done) = (0, Arc::new(AtomicU32::new(0)));
    while Instant::now() < until {
        ticks.tick().await;
        let due = begun.elapsed().as_secs_f64() * f64::from(per_second);
        while f64::from(started) < due {
            started += 1;
            let address = targets::address(started * 7 % sites.count);
            let (sites, done) = (sites.clone(), Arc::clone(&done));
            tokio::spawn(async move {
                if sites.check(address).await.is_ok() {
                    done.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    }
    done.load(Ordering::Relaxed)
}

async fn saturated(sites: &Addresses, until: Instant) -> u32 {
    let workers: Vec<_> = (0..CONCURRENCY)
        .map(|worker| {
            let sites = sites.clone();
            tokio::spawn(async move {
                let mut checks = 0u32;
                while Instant::now() < until {
                    let address = targets::address((worker * 7 + checks) % sites.count);
                    if sites.check(address).await.is_ok() {
                        checks += 1;
                    }
                }
                checks
            })
        })
        .collect();
    let mut checks = 0;
    for worker in workers {
        checks += worker.await.unwrap_or(0);
    }
    checks
}

type Checked = Result<(), Box<dyn std::error::Error + Send + Sync>>;

impl Addresses {
    async fn check(&self, address: Ipv4Addr) -> Checked {
        let stream = TcpStream::connect((address, self.port)).await?;
        stream.set_nodelay(true)?;
        let host = format!("{address}:{}", self.port);
        match &self.tls {
            Some(tls) => {
                let name = ServerName::from(IpAddr::from(address));
                exchange(host, tls.connect(name, stream).await?).await
            }
            None => exchange(host, stream).await,
        }
    }
}

async fn exchange(host: String, stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Checked {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let driver = tokio::spawn(connection);
    let request = http::Request::builder()
        .uri("/")
        .header("host", host)
        .header("user-agent", "baseline")
        .body(Empty::<Bytes>::new())?;
    let response = sender.send_request(request).await?;
    response.into_body().collect().await?;
    drop(sender);
    driver.abort();
    Ok(())
}
