//! The course of an attempt: its current phase, and how long each phase took.

use std::time::{Duration, Instant};

use domain::internal::Redirect;
use domain::record::Timings;
use domain::{ErrorCode, Timestamp};
use url::Url;

use crate::error::{Failure, ProbeError};
use crate::zone::Zone;

/// The longest URL of a redirect in a message, in bytes.
const MAX_SHOWN_URL: usize = 100;

/// How much of a message tells of redirects, in bytes.
const MAX_WAY: usize = 300;

/// A phase of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Idle,
    Dns,
    Connect,
    Tls,
    FirstByte,
    Transfer,
}

/// The course of one attempt. It outlives the attempt's future, which a deadline may end at any point.
#[derive(Debug)]
pub(crate) struct Trace {
    phase: Phase,
    /// When the attempt began.
    pub(super) begun: Instant,
    since: Instant,
    deadline: Instant,
    pub(crate) timings: Timings,
    pub(crate) status: Option<u16>,
    pub(crate) tls_expires_at: Option<Timestamp>,
    round_trip: Option<Duration>,
    /// Whether a certificate was seen and found wrong.
    pub(super) is_rejected: bool,
    /// Whether what is read from the address that was connected to is not shown.
    pub(super) is_unseen: bool,
    /// Of the name that the system's name servers were asked for last.
    zone: Option<Zone>,
    /// What does not count as response time.
    left_out: Duration,
    /// The redirects that were followed.
    pub(crate) redirects: Vec<Redirect>,
}

impl Trace {
    /// The course of an attempt that begins now, and may take `timeout_ms`.
    pub(crate) fn new(timeout_ms: u32) -> Self {
        let now = Instant::now();
        Self {
            phase: Phase::Idle,
            begun: now,
            since: now,
            deadline: now + Duration::from_millis(u64::from(timeout_ms)),
            timings: Timings::default(),
            status: None,
            tls_expires_at: None,
            round_trip: None,
            zone: None,
            is_rejected: false,
            is_unseen: false,
            left_out: Duration::ZERO,
            redirects: Vec::new(),
        }
    }

    /// The time that is left.
    pub(super) fn left(&self) -> Duration {
        self.deadline.saturating_duration_since(Instant::now())
    }

    /// Ends the current phase and begins another.
    pub(super) fn enter(&mut self, phase: Phase) {
        let now = Instant::now();
        let micros = now.duration_since(self.since).as_micros();
        let elapsed = u32::try_from(micros).unwrap_or(u32::MAX);
        let sum = match self.phase {
            Phase::Idle => None,
            Phase::Dns => Some(&mut self.timings.dns),
            Phase::Connect => Some(&mut self.timings.connect),
            Phase::Tls => Some(&mut self.timings.tls),
            Phase::FirstByte => Some(&mut self.timings.first_byte),
            Phase::Transfer => Some(&mut self.timings.transfer),
        };
        if let Some(sum) = sum {
            // A redirect goes through the phases again.
            *sum = Some(sum.unwrap_or(0).saturating_add(elapsed));
        }
        self.phase = phase;
        self.since = now;
    }

    /// Begins to ask the system's name servers for a name.
    pub(super) fn look_up(&mut self, name: &str) {
        self.zone = Some(Zone::of(name));
        self.enter(Phase::Dns);
    }

    /// Ends the current phase.
    pub(super) fn finish(&mut self) {
        self.enter(Phase::Idle);
    }

    /// Notes that the current phase has waited for so long for what the target did not owe.
    pub(super) fn leave_out(&mut self, waited: Duration) {
        self.since += waited;
        self.left_out += waited;
    }

    /// The response time of an attempt that took so long.
    pub(crate) fn latency(&self, elapsed: Duration) -> Duration {
        self.round_trip
            .unwrap_or_else(|| elapsed.saturating_sub(self.left_out))
    }

    /// Notes when a certificate expires. The earliest counts, because redirects may involve several.
    pub(super) fn note_certificate(&mut self, expires_at: Option<Timestamp>) {
        let ends = [self.tls_expires_at, expires_at];
        self.tls_expires_at = ends.into_iter().flatten().min();
    }

    /// Notes that a redirect is followed.
    pub(super) fn redirected(&mut self, status: u16, to: &Url) {
        self.redirects.push(Redirect {
            status_code: status,
            url: domain::redact::url(to.as_str()),
        });
    }

    /// The failure with the redirects that led to it, the last ones as far as there is room.
    pub(super) fn with_redirects(&self, error: ProbeError) -> ProbeError {
        if self.redirects.is_empty() {
            return error;
        }
        match error {
            ProbeError::Target(failure) => ProbeError::Target(self.with_way(failure)),
            ProbeError::Unresolved(failure, zone) => ProbeError::Unresolved(self.with_way(failure), zone),
            other => other,
        }
    }

    fn with_way(&self, mut failure: Failure) -> Failure {
        let mut way = String::new();
        for Redirect { status_code, url } in self.redirects.iter().rev() {
            let end = url.floor_char_boundary(MAX_SHOWN_URL);
            let cut = if end < url.len() { "…" } else { "" };
            let step = format!(" → {status_code} → {}{cut}", &url[..end]);
            if way.len() + step.len() > MAX_WAY {
                way.insert_str(0, " → …");
                break;
            }
            way.insert_str(0, &step);
        }
        failure.message = format!("{}, redirected{way}", failure.message);
        failure
    }

    /// Sets the mean round trip of pings, which counts instead of the duration of all of them.
    pub(super) fn set_round_trip(&mut self, mean: Duration) {
        self.timings.first_byte = Some(u32::try_from(mean.as_micros()).unwrap_or(u32::MAX));
        self.round_trip = Some(mean);
    }

    /// The failure when the deadline ends the attempt in the current phase.
    pub(super) fn timeout(&self, timeout_ms: u32) -> ProbeError {
        let (code, phase) = match self.phase {
            Phase::Idle => (ErrorCode::DeadlineExceeded, None),
            Phase::Dns => (ErrorCode::DnsTimeout, Some("DNS lookup")),
            Phase::Connect => (ErrorCode::ConnectTimeout, Some("connecting")),
            Phase::Tls => (ErrorCode::TlsTimeout, Some("TLS handshake")),
            Phase::FirstByte => (ErrorCode::ReadTimeout, Some("waiting for the response")),
            Phase::Transfer => (ErrorCode::ReadTimeout, Some("receiving the response")),
        };
        let after = if timeout_ms < 1_000 {
            format!("{timeout_ms} ms")
        } else {
            format!("{} s", f64::from(timeout_ms) / 1_000.0)
        };
        let message = match phase {
            Some(phase) => format!("Timed out after {after} ({phase})"),
            None => format!("Timed out after {after}"),
        };
        match (self.phase, self.zone) {
            (Phase::Dns, Some(zone)) => ProbeError::Unresolved(Failure { code, message }, zone),
            _ => ProbeError::target(code, message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_says_after_what_and_in_which_phase() {
        let message = |phase, timeout_ms| {
            let mut trace = Trace::new(timeout_ms);
            trace.enter(phase);
            match trace.timeout(timeout_ms) {
                ProbeError::Target(failure) => failure.message,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(message(Phase::Idle, 5_000), "Timed out after 5 s");
        assert_eq!(message(Phase::Dns, 4_300), "Timed out after 4.3 s (DNS lookup)");
        assert_eq!(
            message(Phase::FirstByte, 250),
            "Timed out after 250 ms (waiting for the response)"
        );
    }

    #[test]
    fn what_is_left_out_is_no_response_time() {
        let mut trace = Trace::new(5_000);
        trace.enter(Phase::Transfer);
        trace.since -= Duration::from_millis(1_200);
        trace.leave_out(Duration::from_millis(1_000));
        trace.finish();
        assert!((200_000..1_000_000).contains(&trace.timings.transfer.unwrap()));
        assert_eq!(
            trace.latency(Duration::from_millis(1_250)),
            Duration::from_millis(250)
        );
    }
}
