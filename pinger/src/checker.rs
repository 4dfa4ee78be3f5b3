//! A check: attempts on fresh connections until one succeeds or none is left. An attempt that fails while this machine
//! stands still says nothing of its target and is repeated; the others keep what they have found.

mod repeats;

use std::time::{Duration, Instant};

use domain::internal::Redirect;
use domain::record::{SkipReason, Timings};
use domain::{ErrorCode, Timestamp};

use crate::error::{Failure, ProbeError};
use crate::monitor::Monitor;
use crate::probe::{Network, Trace};
use crate::stall::StallWatch;
use repeats::Repeats;

/// Makes checks.
#[derive(Debug)]
pub(crate) struct Checker {
    network: Network,
    stalls: StallWatch,
}

/// What a check has found.
#[derive(Debug)]
pub(crate) struct CheckOutcome {
    pub(crate) verdict: Verdict,
    /// How the last attempt failed, whatever that means for the monitor.
    pub(crate) failed: Option<ErrorCode>,
    /// Those that count.
    pub(crate) attempts: u16,
    /// Response time of the last attempt; `None` when a standstill is part of it.
    pub(crate) latency: Option<Duration>,
    pub(crate) status: Option<u16>,
    pub(crate) timings: Timings,
    pub(crate) tls_expires_at: Option<Timestamp>,
    /// The redirects of the last attempt.
    pub(crate) redirects: Vec<Redirect>,
}

/// How a check ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The target answers as expected.
    Up,
    /// It does not.
    Down(Failure),
    /// This machine could not make the check: for what reason, and why in words.
    NotChecked(SkipReason, String),
}

impl Checker {
    pub(crate) fn new(network: Network, stalls: StallWatch) -> Self {
        Self { network, stalls }
    }

    /// Checks a monitor. `on_failure` is called when the first attempt has failed.
    pub(crate) async fn check(&self, monitor: &Monitor, on_failure: impl FnOnce()) -> CheckOutcome {
        let mut on_failure = Some(on_failure);
        let mut repeats = Repeats::of(monitor, self.stalls.now_ms());
        let mut attempts = 0;
        loop {
            let stalls = self.stalls.count();
            let started = Instant::now();
            let mut trace = Trace::new(monitor.timeout_ms);
            let target = &monitor.target;
            let result = target
                .attempt(&self.network, monitor.timeout_ms, &mut trace)
                .await;
            // Whatever it is that counts as a failure, its confirmation is to see the certificate.
            if result.is_err() != monitor.upside_down {
                target.forget_sessions();
            }
            let failed = match &result {
                Err(ProbeError::Target(failure) | ProbeError::Unresolved(failure, _)) => Some(failure.code),
                _ => None,
            };
            // Before anything else is asked: others must not wait for the room of what hangs.
            if failed.is_some()
                && !monitor.upside_down
                && let Some(on_failure) = on_failure.take()
            {
                on_failure();
            }
            let is_last = attempts >= monitor.retries;
            // An inverted failure would be a success, which nothing confirms.
            let result = self.blamed(result, is_last || monitor.upside_down).await;
            let stood_still = self.stalls.count() != stalls;
            if stood_still && !is_believed(&result, monitor) {
                if repeats.take(self.stalls.now_ms()) {
                    continue;
                }
                let why = "the machine stood still".to_owned();
                let verdict = Verdict::NotChecked(SkipReason::Standstill, why);
                return CheckOutcome::of(verdict, None, attempts, None, trace);
            }
            attempts += 1;
            let result = if monitor.upside_down {
                inverted(result)
            } else {
                result
            };
            let verdict = match result {
                Ok(()) => Verdict::Up,
                Err(ProbeError::Local(why)) => Verdict::NotChecked(SkipReason::Overload, why),
                Err(ProbeError::NotPermitted(why)) => Verdict::NotChecked(SkipReason::NoPermission, why),
                Err(ProbeError::Unresolved(failure, _)) => {
                    Verdict::NotChecked(SkipReason::Egress, failure.message)
                }
                Err(ProbeError::Target(failure)) => {
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
            let latency = (!stood_still).then(|| trace.latency(started.elapsed()));
            return CheckOutcome::of(verdict, failed, attempts, latency, trace);
        }
    }

    /// The result of an attempt, in which a name without an answer is the target's failure if the system's name servers
    /// answer for other names; that is found out when it `matters`, and otherwise another attempt follows.
    async fn blamed(&self, result: Result<(), ProbeError>, matters: bool) -> Result<(), ProbeError> {
        match result {
            Err(ProbeError::Unresolved(failure, zone)) => {
                // On the heap: it is rare, and the future of a check should not have its size.
                if !matters || Box::pin(self.network.resolves_others(zone)).await {
                    Err(ProbeError::Target(failure))
                } else {
                    Err(ProbeError::Unresolved(failure, zone))
                }
            }
            result => result,
        }
    }
}

impl CheckOutcome {
    fn of(
        verdict: Verdict,
        failed: Option<ErrorCode>,
        attempts: u16,
        latency: Option<Duration>,
        trace: Trace,
    ) -> Self {
        Self {
            verdict,
            failed,
            attempts,
            latency,
            status: trace.status,
            timings: latency.map(|_| trace.timings).unwrap_or_default(),
            tls_expires_at: trace.tls_expires_at,
            redirects: trace.redirects,
        }
    }
}

/// Whether an attempt that spans a standstill has found something all the same: time-outs pass meanwhile, and peers give
/// up, but nothing makes a target answer as expected that does not. Where a slow answer counts as degraded, being up is
/// not all that is asked.
fn is_believed(result: &Result<(), ProbeError>, monitor: &Monitor) -> bool {
    result.is_ok() && (monitor.upside_down || monitor.rule.slow_ms.is_none())
}

/// Swaps success and failure. A target that may not be checked stays blocked.
fn inverted(result: Result<(), ProbeError>) -> Result<(), ProbeError> {
    match result {
        Ok(()) => Err(ProbeError::target(
            ErrorCode::UpsideDown,
            "Check succeeded, result inverted",
        )),
        Err(ProbeError::Target(failure)) if failure.code != ErrorCode::BlockedTarget => Ok(()),
        other => other,
    }
}

/// A response time as records and answers have it.
pub(crate) fn whole_millis(latency: Duration) -> u32 {
    u32::try_from(latency.as_millis()).unwrap_or(u32::MAX)
}

/// The pause before a confirmation, with up to a quarter of jitter, so that targets that failed together are not checked
/// together again.
fn retry_pause(delay_ms: u32) -> Duration {
    let jitter = rand::random_range(0..=delay_ms / 4);
    Duration::from_millis(u64::from(delay_ms) + u64::from(jitter))
}

#[cfg(test)]
mod tests;
