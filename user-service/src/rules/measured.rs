//! Time by state. Pure.

use std::ops::Range;

use domain::Timestamp;
use domain::heartbeat::{StateSpan, time_within};
use domain::record::PointState;

/// Milliseconds in each state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Measured {
    pub(crate) up_ms: i64,
    pub(crate) degraded_ms: i64,
    pub(crate) down_ms: i64,
}

impl Measured {
    pub(crate) fn total_ms(&self) -> i64 {
        self.up_ms + self.degraded_ms + self.down_ms
    }

    /// The part of the measured time that the monitor was not down; nothing when none was measured.
    pub(crate) fn ratio(&self) -> Option<f64> {
        let total = self.total_ms();
        (total > 0).then(|| (self.up_ms + self.degraded_ms) as f64 / total as f64)
    }

    /// The part of a span of time that was measured, 0 to 1.
    pub(crate) fn coverage(&self, length_ms: i64) -> f64 {
        match length_ms {
            ..=0 => 0.0,
            millis => (self.total_ms() as f64 / millis as f64).min(1.0),
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.up_ms += other.up_ms;
        self.degraded_ms += other.degraded_ms;
        self.down_ms += other.down_ms;
    }

    /// Adds the time of a heartbeat within a range, or takes it off.
    pub(crate) fn add_spans(&mut self, sign: i64, spans: &[StateSpan], range: &Range<Timestamp>) {
        let (up_ms, down_ms) = time_within(spans, range);
        self.up_ms += sign * up_ms;
        self.down_ms += sign * down_ms;
    }

    /// Adds time in a state.
    pub(crate) fn stand(&mut self, state: PointState, ms: i64) {
        match state {
            PointState::Up => self.up_ms += ms,
            PointState::Degraded => self.degraded_ms += ms,
            PointState::Down => self.down_ms += ms,
            PointState::Skipped => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_measured_has_no_ratio() {
        assert_eq!(Measured::default().ratio(), None);
        let measured = Measured {
            up_ms: 2,
            degraded_ms: 1,
            down_ms: 1,
        };
        assert_eq!(measured.ratio(), Some(0.75));
    }
}
