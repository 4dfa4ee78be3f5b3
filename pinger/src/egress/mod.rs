//! Is it the targets, or is it our own network? When connections begin to fail that have not failed before,
//! references of the operator's are connected to. Only if most of them fail too are the failures ours.

mod window;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use domain::ErrorCode;
use futures_util::future::join_all;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use crate::clock::Clock;
use window::Window;

/// How long a reference may take to accept a connection.
const REFERENCE_TIMEOUT: Duration = Duration::from_secs(2);

/// How long an answer of the references is believed.
const BELIEVED: Duration = Duration::from_secs(5);

/// References that are needed at least.
const MIN_REFERENCES: usize = 3;

/// Watches this machine's own network.
#[derive(Debug)]
pub(crate) struct Egress {
    references: Vec<SocketAddr>,
    clock: Clock,
    window: Mutex<Window>,
    /// What the references said last. Whoever holds the lock asks them, and the others wait for the answer.
    state: tokio::sync::Mutex<State>,
    /// The same, for those who only want to know whether there is something to ask.
    is_down: AtomicBool,
    down: metrics::Gauge,
}

#[derive(Clone, Copy, Debug)]
struct State {
    asked_at: Option<Instant>,
    down: bool,
}

impl Egress {
    /// Watches with `references`; without any there is nothing to watch with.
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
            window: Mutex::default(),
            state: tokio::sync::Mutex::new(State {
                asked_at: None,
                down: false,
            }),
            is_down: AtomicBool::new(false),
            down: metrics::gauge!("uptime_pinger_egress_down"),
        })
    }

    /// Notes how a check has ended; true when its failure is our own network's. `first` says whether the
    /// monitor had not failed the last time: hosts that are down for long trigger nothing.
    pub(crate) async fn explains(&self, failure: Option<ErrorCode>, first: bool) -> bool {
        let network = failure.is_some_and(is_of_network);
        let second = self.clock.now_ms().div_euclid(1_000);
        let risen = {
            let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
            window.note(second, network && first);
            network && window.has_risen(second)
        };
        if !network {
            self.look_whether_it_is_back().await;
            return false;
        }
        let mut state = self.state.lock().await;
        if !risen && !state.down {
            return false;
        }
        self.refresh(&mut state).await;
        state.down
    }

    /// When checks succeed again, nobody else asks.
    async fn look_whether_it_is_back(&self) {
        if self.is_down.load(Ordering::Relaxed)
            && let Ok(mut state) = self.state.try_lock()
        {
            self.refresh(&mut state).await;
        }
    }

    /// Asks the references, unless their answer is still believed.
    async fn refresh(&self, state: &mut State) {
        if state.asked_at.is_none_or(|at| at.elapsed() >= BELIEVED) {
            let down = self.ask_references().await;
            if down != state.down {
                self.tell(down);
            }
            *state = State {
                asked_at: Some(Instant::now()),
                down,
            };
        }
    }

    /// Whether most of the references cannot be connected to.
    async fn ask_references(&self) -> bool {
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

    /// One message for each outage; alerting rules watch the metric.
    fn tell(&self, down: bool) {
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
fn is_of_network(code: ErrorCode) -> bool {
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

/// Reads references, such as `192.0.2.1:443,198.51.100.1:53,203.0.113.1:443`.
pub(crate) fn parse_references(text: &str) -> Result<Vec<SocketAddr>, String> {
    // Addresses only: names could not be resolved when it matters.
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

    /// Watches with three references of which so many answer as long as the listeners live.
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
        assert!(!egress.explains(Some(ErrorCode::ConnectTimeout), true).await);
    }

    #[tokio::test]
    async fn failures_are_ours_when_most_references_fail_too() {
        let (egress, _listeners, _closed) = watching(1).await;
        // Hosts that are down for long, and answers of a server, trigger nothing.
        for _ in 0..50 {
            assert!(!egress.explains(Some(ErrorCode::ConnectTimeout), false).await);
            assert!(!egress.explains(Some(ErrorCode::StatusMismatch), true).await);
            assert!(!egress.explains(None, true).await);
        }
        for _ in 0..30 {
            egress.explains(Some(ErrorCode::DnsTimeout), true).await;
        }
        assert!(egress.explains(Some(ErrorCode::DnsTimeout), true).await);
        assert!(
            egress.explains(Some(ErrorCode::ConnectTimeout), false).await,
            "while the network is down nothing is known of any host"
        );
        assert!(!egress.explains(Some(ErrorCode::StatusMismatch), true).await);
    }

    #[tokio::test]
    async fn when_checks_succeed_again_the_network_is_found_to_be_back() {
        let (egress, mut listeners, closed) = watching(1).await;
        for _ in 0..31 {
            egress.explains(Some(ErrorCode::DnsTimeout), true).await;
        }
        assert!(egress.is_down.load(Ordering::Relaxed));
        listeners.extend(closed.into_iter().map(ClosedPort::open));
        assert!(!egress.explains(None, true).await);
        assert!(egress.is_down.load(Ordering::Relaxed), "the answer is believed");
        egress.state.lock().await.asked_at = None;
        assert!(!egress.explains(None, true).await);
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
