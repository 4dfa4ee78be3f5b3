//! One check: attempts on fresh connections until one succeeds or none is left.

mod address;
mod connect;
mod dns;
mod failure;
mod http;
mod icmp;
mod resolve;
mod tcp;
mod tls;
mod trace;

use std::sync::atomic::AtomicUsize;
use std::time::{Duration, Instant};

use ::http::HeaderValue;
use domain::record::Timings;
use domain::{ErrorCode, Timestamp};
use shared::guard::TargetGuard;

pub(crate) use address::{Address, Host};
pub(crate) use failure::Failure;
use failure::Fault;
use icmp::Pings;
pub(crate) use resolve::Resolver;
use tls::Tls;
use trace::Trace;

use crate::monitor::{Monitor, Target};

/// Makes checks.
#[derive(Debug)]
pub(crate) struct Engine {
    resolver: Resolver,
    guard: TargetGuard,
    tls: Tls,
    pings: Pings,
    /// What bodies that are being inspected take, in bytes.
    buffered: AtomicUsize,
    user_agent: HeaderValue,
}

/// What a check has found.
#[derive(Debug)]
pub(crate) struct Check {
    pub(crate) verdict: Verdict,
    /// How the last attempt failed, whatever that means for the monitor.
    pub(crate) failed: Option<ErrorCode>,
    pub(crate) attempts: u16,
    /// Duration of the last attempt.
    pub(crate) latency: Duration,
    pub(crate) status: Option<u16>,
    pub(crate) timings: Timings,
    pub(crate) tls_expires_at: Option<Timestamp>,
}

/// How a check ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The target answers as expected.
    Up,
    /// It does not.
    Down(Failure),
    /// This machine could not carry the check out.
    NotMade(String),
}

impl Engine {
    pub(crate) fn new(resolver: Resolver, guard: TargetGuard, user_agent: HeaderValue) -> Self {
        Self {
            resolver,
            guard,
            tls: Tls::new(),
            pings: Pings::default(),
            buffered: AtomicUsize::new(0),
            user_agent,
        }
    }

    /// Checks a monitor. `on_failure` is called when the first attempt has failed.
    pub(crate) async fn check(&self, monitor: &Monitor, on_failure: impl FnOnce()) -> Check {
        let mut on_failure = Some(on_failure);
        let mut attempts = 0;
        loop {
            attempts += 1;
            let started = Instant::now();
            let mut trace = Trace::new();
            let ended = self.attempt(monitor, &mut trace).await;
            let failed = match &ended {
                Err(Fault::Target(failure)) => Some(failure.code),
                _ => None,
            };
            let ended = if monitor.upside_down { turned(ended) } else { ended };
            let is_last = attempts > monitor.retries;
            let verdict = match ended {
                Ok(()) => Verdict::Up,
                Err(Fault::Ours(why)) => Verdict::NotMade(why),
                Err(Fault::Target(failure)) => {
                    if let Some(on_failure) = on_failure.take() {
                        on_failure();
                    }
                    if !is_last && failure.code != ErrorCode::BlockedTarget {
                        tokio::time::sleep(retry_pause(monitor.retry_delay_ms)).await;
                        continue;
                    }
                    Verdict::Down(failure)
                }
            };
            return Check {
                verdict,
                failed,
                attempts,
                latency: trace.round_trip.unwrap_or_else(|| started.elapsed()),
                status: trace.status,
                timings: trace.timings,
                tls_expires_at: trace.tls_expires_at,
            };
        }
    }

    async fn attempt(&self, monitor: &Monitor, trace: &mut Trace) -> Result<(), Fault> {
        let deadline = Duration::from_millis(u64::from(monitor.timeout_ms));
        let probe = async {
            match &monitor.target {
                Target::Http(target) => http::probe(self, target, trace).await,
                // On the heap: they are few, and HTTP should not carry them around.
                Target::Tcp(target) => Box::pin(tcp::probe(self, target, trace)).await,
                Target::Tls(target) => Box::pin(tls::probe(self, target, trace)).await,
                Target::Dns(probe) => Box::pin(dns::probe(self, probe, trace)).await,
                Target::Icmp(target) => Box::pin(icmp::probe(self, target, deadline, trace)).await,
            }
        };
        let ended = match tokio::time::timeout(deadline, probe).await {
            Ok(ended) => ended,
            Err(_) => Err(trace.timeout(monitor.timeout_ms)),
        };
        trace.finish();
        ended
    }
}

/// Up and down change places. What may not be checked stays so.
fn turned(ended: Result<(), Fault>) -> Result<(), Fault> {
    match ended {
        Ok(()) => Err(Fault::target(
            ErrorCode::UpsideDown,
            "the target answers although it should not",
        )),
        Err(Fault::Target(failure)) if failure.code != ErrorCode::BlockedTarget => Ok(()),
        other => other,
    }
}

/// The pause before a confirmation: up to a quarter more, so that targets that failed together are not asked
/// together again.
fn retry_pause(delay_ms: u32) -> Duration {
    let jitter = rand::random_range(0..=delay_ms / 4);
    Duration::from_millis(u64::from(delay_ms) + u64::from(jitter))
}
