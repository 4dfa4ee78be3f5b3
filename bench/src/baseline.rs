//! The bare hyper loop: connect, request, read, without any product code.

use std::process::Stdio;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Empty};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use crate::machine;
use crate::pinger::Sites;
use crate::targets;

/// Checks in flight at a time, about what the pinger has at the measured rate.
const CONCURRENCY: u32 = 32;

/// Checks per CPU-second of the loop, run in a process of its own.
///
/// # Panics
/// When the process cannot be started.
pub async fn measure(sites: &Sites, duration: Duration) -> f64 {
    let this = std::env::current_exe().expect("a process knows its binary");
    let mut child = tokio::process::Command::new(this)
        .args([
            "baseline",
            &sites.port.to_string(),
            &sites.healthy.to_string(),
            &duration.as_secs().to_string(),
        ])
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

/// Runs the loop and prints its checks per CPU-second.
#[expect(clippy::print_stdout, reason = "read by the process that started it")]
pub async fn run(port: u16, addresses: u32, duration: Duration) {
    let until = Instant::now() + duration;
    let workers: Vec<_> = (0..CONCURRENCY)
        .map(|worker| {
            tokio::spawn(async move {
                let mut checks = 0u32;
                while Instant::now() < until {
                    let address = targets::address((worker * 7 + checks) % addresses);
                    if check(address, port).await.is_ok() {
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
    println!(
        "{}",
        f64::from(checks) / machine::cpu_time(std::process::id()).as_secs_f64()
    );
}

async fn check(
    address: std::net::Ipv4Addr,
    port: u16,
) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let stream = TcpStream::connect((address, port)).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let driver = tokio::spawn(connection);
    let request = http::Request::builder()
        .uri("/")
        .header("host", format!("{address}:{port}"))
        .header("user-agent", "baseline")
        .body(Empty::<Bytes>::new())?;
    let response = sender.send_request(request).await?;
    response.into_body().collect().await?;
    drop(sender);
    driver.abort();
    Ok(())
}
