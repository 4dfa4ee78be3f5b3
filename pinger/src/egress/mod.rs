//! Tells an outage of our own network from failing targets. When the rate of new network failures rises, the operator's
//! reference addresses are tried. Only if most of them fail too is our network at fault.

mod failure_rate;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::ErrorCode;
use futures_util::future::join_all;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::clock::Clock;
use failure_rate::FailureRate;

/// How long a reference may take to accept a connection.
const REFERENCE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long the state of the references is valid.
const STATE_TTL: Duration = Duration::from_secs(5);

/// The fewest references that are accepted.
const MIN_REFERENCES: usize = 3;

/// Watches this machine's own network.
#[derive(Debug)]
pub(crate) struct Egress {
    references: Vec<SocketAddr>,
    clock: Clock,
    failure_rate: Mutex<FailureRate>,
    /// The last state of the references. Whoever holds the lock tries them, and the others wait.
    state: tokio::sync::Mutex<ReferenceState>,
    /// The same, readable without the lock.
    is_down: AtomicBool,
    down: metrics::Gauge,
}

#[derive(Clone, Copy, Debug)]
struct ReferenceState {
    checked_at: Option<Instant>,
    down: bool,
}

impl Egress {
    /// Watches with `references`; `None` without any.
    pub(crate) fn new(references: Vec<SocketAddr>, clock: Clock) -> Option<Self> {
        if references.is_empty() {
            return None;
        }
        metrics::describe_gauge!(
            "uptime_pinger_egress_down",
            "1 while this machine's own network is found to be down"
        );
        Some(Self {
            references,
            clock,
            failure_rate: Mutex::default(),
            state: tokio::sync::Mutex::new(ReferenceState {
                checked_at: None,
                down: false,
            }),
            is_down: AtomicBool::new(false),
            down: metrics::gauge!("uptime_pinger_egress_down"),
        })
    }

    /// Records how a check has ended. True when our own network caused its failure. `first` says whether the monitor did
    /// not fail the last time: hosts that have been down for long do not count.
    pub(crate) async fn is_cause_of(&self, failure: Option<ErrorCode>, first: bool) -> bool {
        let network = failure.is_some_and(is_network_error);
        let second = self.clock.now_ms().div_euclid(1_000);
        let elevated = {
            let mut failure_rate = self.failure_rate.lock().unwrap_or_else(PoisonError::into_inner);
            failure_rate.record(second, network && first);
            network && failure_rate.is_elevated(second)
        };
        if !network {
            self.recheck_while_down().await;
            return false;
        }
        let mut state = self.state.lock().await;
        if !elevated && !state.down {
            return false;
        }
        self.refresh(&mut state).await;
        state.down
    }

    /// Tries the references again while the network is down: when checks succeed, nothing else does.
    async fn recheck_while_down(&self) {
        if self.is_down.load(Ordering::Relaxed)
            && let Ok(mut state) = self.state.try_lock()
        {
            self.refresh(&mut state).await;
        }
    }

    /// Tries the references, unless their last state is still valid.
    async fn refresh(&self, state: &mut ReferenceState) {
        if state.checked_at.is_none_or(|at| at.elapsed() >= STATE_TTL) {
            let down = self.are_references_down().await;
            if down != state.down {
                self.set_down(down);
            }
            *state = ReferenceState {
                checked_at: Some(Instant::now()),
                down,
            };
        }
    }

    /// Whether most of the references cannot be connected to.
    async fn are_references_down(&self) -> bool {
        let tries = self.references.iter().map(|reference| async move {
            matches!(
                timeout(REFERENCE_TIMEOUT, TcpStream::connect(reference)).await,
                Ok(Ok(_))
            )
        });
        let answers = join_all(tries).await;
        let reached = answers.iter().filter(|reached| **reached).count();
        reached * 2 < answers.len()
    }

    /// Logs once per outage; alerting rules watch the metric.
    fn set_down(&self, down: bool) {
        self.is_down.store(down, Ordering::Relaxed);
        self.down.set(f64::from(u8::from(down)));
        if down {
            tracing::error!(
                references = self.references.len(),
                "this machine's own network is down: failing checks are skipped"
            );
        } else {
            tracing::info!("this machine's own network is back");
        }
    }
}

/// Whether the failure may come from the network on our side.
fn is_network_error(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::DnsFailure
            | ErrorCode::DnsTimeout
            | ErrorCode::ConnectTimeout
            | ErrorCode::ConnectFailed
            | ErrorCode::HostUnreachable
            | ErrorCode::IcmpTimeout
    )
}

/// Parses references, such as `192.0.2.1:443,198.51.100.1:53,203.0.113.1:443`.
pub(crate) fn parse_references(text: &str) -> Result<Vec<SocketAddr>, String> {
    // Addresses only: names could not be resolved during an outage.
    let references: Vec<SocketAddr> = text
        .split(',')
        .map(str::trim)
        .filter(|reference| !reference.is_empty())
        .map(|reference| {
            reference
                .parse()
                .map_err(|_| format!("must hold IP addresses with ports; {reference} is none"))
        })
        .collect::<Result<_, _>>()?;
    if !references.is_empty() && references.len() < MIN_REFERENCES {
        return Err(format!("must hold at least {MIN_REFERENCES} references, or none"));
    }
    Ok(references)
}

#[cfg(test)]
mod tests {
    use testkit::ClosedPort;
    use tokio::net::TcpListener;

    use super::*;

    /// Watches with three references, of which `answering` accept connections while the listeners live.
    async fn watching(answering: usize) -> (Egress, Vec<TcpListener>, Vec<ClosedPort>) {
        let mut listeners = Vec::new();
        for _ in 0..answering {
            listeners.push(TcpListener::bind("127.0.0.1:0").await.unwrap());
        }
        let closed: Vec<_> = (answering..3).map(|_| ClosedPort::new()).collect();
        let references = listeners.iter().map(|l| l.local_addr().unwrap());
        let references = references.chain(closed.iter().map(ClosedPort::address));
        let egress = Egress::new(references.collect(), Clock::system()).unwrap();
        (egress, listeners, closed)
    }

    #[tokio::test]
    async fn failures_are_the_targets_as_long_as_most_references_answer() {
        let (egress, _listeners, _closed) = watching(2).await;
        assert!(!egress.is_cause_of(Some(ErrorCode::ConnectTimeout), true).await);
    }

    #[tokio::test]
    async fn failures_are_ours_when_most_references_fail_too() {
        let (egress, _listeners, _closed) = watching(1).await;
        // Hosts that have been down for long, and answers of a server, do not count.
        for _ in 0..50 {
            assert!(!egress.is_cause_of(Some(ErrorCode::ConnectTimeout), false).await);
            assert!(!egress.is_cause_of(Some(ErrorCode::StatusMismatch), true).await);
            assert!(!egress.is_cause_of(None, true).await);
        }
        for _ in 0..30 {
            egress.is_cause_of(Some(ErrorCode::DnsTimeout), true).await;
        }
        assert!(egress.is_cause_of(Some(ErrorCode::DnsTimeout), true).await);
        assert!(
            egress.is_cause_of(Some(ErrorCode::ConnectTimeout), false).await,
            "while the network is down nothing is known of any host"
        );
        assert!(!egress.is_cause_of(Some(ErrorCode::StatusMismatch), true).await);
    }

    #[tokio::test]
    async fn when_checks_succeed_again_the_network_is_found_to_be_back() {
        let (egress, mut listeners, closed) = watching(1).await;
        for _ in 0..31 {
            egress.is_cause_of(Some(ErrorCode::DnsTimeout), true).await;
        }
        assert!(egress.is_down.load(Ordering::Relaxed));
        listeners.extend(closed.into_iter().map(ClosedPort::open));
        assert!(!egress.is_cause_of(None, true).await);
        assert!(egress.is_down.load(Ordering::Relaxed), "the state is still valid");
        egress.state.lock().await.checked_at = None;
        assert!(!egress.is_cause_of(None, true).await);
        assert!(!egress.is_down.load(Ordering::Relaxed));
    }

    #[test]
    fn references_are_three_or_none() {
        assert_eq!(parse_references("").unwrap(), []);
        assert!(parse_references("192.0.2.1:443,192.0.2.2:443").is_err());
        assert!(parse_references("192.0.2.1,192.0.2.2,192.0.2.3").is_err());
        assert_eq!(
            parse_references("192.0.2.1:443, 192.0.2.2:53,[2001:db8::1]:443")
                .unwrap()
                .len(),
            3
        );
    }
}
