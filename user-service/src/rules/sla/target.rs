//! Whether a target was met: in whole numbers, so that nothing is decided by rounding.

use api::SlaBudget;
use domain::monitor::FieldError;

use crate::rules::measured::Measured;

/// The whole, in the parts that a target is counted in: four decimals of a per cent.
const WHOLE: i64 = 1_000_000;

/// The least target, in those parts.
const LEAST: i64 = WHOLE / 2;

/// The decimals of a percentage that is shown, at least.
const DECIMALS: u32 = 3;

/// The part of the covered time that a monitor has to be up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target(i64);

impl Target {
    /// 99.9 per cent.
    pub(crate) const DEFAULT: Self = Self(999_000);

    /// From per cent.
    ///
    /// # Errors
    /// Outside of 50 to 100, and with more than four decimals.
    pub(crate) fn read(percent: f64) -> Result<Self, FieldError> {
        let parts = percent * 10_000.0;
        let is_whole = (parts - parts.round()).abs() < 1e-6;
        let target = Self(parts.round() as i64);
        match is_whole && (LEAST..=WHOLE).contains(&target.0) {
            true => Ok(target),
            false => {
                let wrong = "must be 50 to 100, with at most four decimals";
                Err(FieldError::new("target", wrong))
            }
        }
    }

    /// In per cent.
    pub(crate) fn percent(self) -> f64 {
        self.0 as f64 / 10_000.0
    }

    /// The parts as they are stored.
    pub(crate) fn stored(self) -> i32 {
        self.0 as i32
    }

    /// From [`Target::stored`].
    pub(crate) fn from_stored(parts: i32) -> Self {
        Self(i64::from(parts).clamp(LEAST, WHOLE))
    }

    /// The downtime that it allows of what was covered, rounded down.
    fn allowed_ms(self, covered_ms: i64) -> i64 {
        let allowed = i128::from(covered_ms) * i128::from(WHOLE - self.0) / i128::from(WHOLE);
        i64::try_from(allowed).unwrap_or(i64::MAX)
    }

    /// What it allows, and what is left of that.
    pub(crate) fn budget(self, measured: &Measured) -> SlaBudget {
        let allowed_ms = self.allowed_ms(measured.total_ms());
        SlaBudget {
            allowed_ms,
            used_ms: measured.down_ms,
            left_ms: allowed_ms - measured.down_ms,
        }
    }

    /// Whether it was met; none when nothing was measured.
    pub(crate) fn is_met(self, measured: &Measured) -> Option<bool> {
        // As time is counted in milliseconds, so is what is allowed.
        (measured.total_ms() > 0).then(|| self.budget(measured).left_ms >= 0)
    }

    /// The part that was up in per cent, rounded down to at least as many decimals as the target has: what misses the
    /// target does not look like it.
    pub(crate) fn shown(self, measured: &Measured) -> Option<String> {
        let total = i128::from(measured.total_ms());
        if total <= 0 {
            return None;
        }
        let decimals = if self.0 % 10 == 0 { DECIMALS } else { DECIMALS + 1 };
        let unit = 10_i128.pow(decimals);
        let parts = i128::from(measured.up_ms + measured.degraded_ms) * 100 * unit / total;
        let (whole, rest) = (parts / unit, parts % unit);
        Some(format!("{whole}.{rest:0width$}", width = decimals as usize))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn measured(up_ms: i64, down_ms: i64) -> Measured {
        Measured {
            up_ms,
            degraded_ms: 0,
            down_ms,
        }
    }

    #[test]
    fn a_target_has_four_decimals_at_most() {
        for (percent, text) in [(99.9, "99.9"), (99.9999, "99.9999"), (50.0, "50"), (100.0, "100")] {
            assert_eq!(Target::read(percent).unwrap().percent().to_string(), text);
        }
        for percent in [49.9999, 100.0001, 99.99999, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(Target::read(percent).unwrap_err().field, "target", "{percent}");
        }
        assert_eq!(Target::read(99.9), Ok(Target::DEFAULT));
        assert_eq!(Target::from_stored(Target::DEFAULT.stored()), Target::DEFAULT);
    }

    #[test]
    fn a_millisecond_decides() {
        let of = |target: f64, up, down| {
            let (target, measured) = (Target::read(target).unwrap(), measured(up, down));
            (target.is_met(&measured), target.shown(&measured).unwrap())
        };
        // A month of 30 days: 43 min 12 s.
        let month = 30 * 86_400_000;
        let allowed = 2_592_000;
        assert_eq!(
            of(99.9, month - allowed, allowed),
            (Some(true), "99.900".to_owned())
        );
        assert_eq!(
            of(99.9, month - allowed - 1, allowed + 1),
            (Some(false), "99.899".to_owned())
        );
        assert_eq!(of(100.0, month, 0), (Some(true), "100.000".to_owned()));
        assert_eq!(of(100.0, month - 1, 1), (Some(false), "99.999".to_owned()));
        assert_eq!(
            of(99.9999, month - 2_592, 2_592),
            (Some(true), "99.9999".to_owned())
        );
        let nothing = Measured::default();
        assert_eq!(
            (Target::DEFAULT.is_met(&nothing), Target::DEFAULT.shown(&nothing)),
            (None, None)
        );
    }

    proptest! {
        #[test]
        fn what_is_shown_and_what_is_left_say_what_was_decided(
            parts in LEAST..=WHOLE,
            up in 0i64..10_000_000_000_000,
            down in 0i64..10_000_000_000,
        ) {
            prop_assume!(up + down > 0);
            let (target, measured) = (Target(parts), measured(up, down));
            let met = target.is_met(&measured).unwrap();
            // As fractions.
            prop_assert_eq!(met, i128::from(up) * i128::from(WHOLE) >= i128::from(parts) * i128::from(up + down));
            let shown: f64 = target.shown(&measured).unwrap().parse().unwrap();
            prop_assert_eq!(met, shown >= target.percent());
            prop_assert!(shown <= 100.0 * up as f64 / (up + down) as f64 + 1e-9);
            let budget = target.budget(&measured);
            prop_assert_eq!(met, budget.left_ms >= 0);
            prop_assert_eq!(budget.allowed_ms, budget.used_ms + budget.left_ms);
        }
    }
}
