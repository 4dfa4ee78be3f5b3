//! The pause before the next attempt.

use std::time::Duration;

const FIRST_MS: u64 = 1_000;
const LONGEST_MS: u64 = 300_000;

/// The longest that a channel may ask to be left alone.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(3_600);

/// After the `attempt`-th failure (from 1): doubles from 1 s to 5 min, with its upper half left to chance
/// (`random`), and never shorter than the channel asked for.
pub(super) fn pause(attempt: u32, retry_after: Option<Duration>, random: u64) -> Duration {
    let doubled = FIRST_MS << attempt.saturating_sub(1).min(16);
    let full = doubled.min(LONGEST_MS);
    let chosen = Duration::from_millis(full / 2 + random % (full / 2 + 1));
    match retry_after {
        Some(asked) => chosen.max(asked.min(LONGEST_RETRY_AFTER)),
        None => chosen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_pause_lies_in_the_upper_half_of_its_step(attempt in 1u32..200, random: u64) {
            let pause = pause(attempt, None, random).as_millis() as u64;
            let full = (1_000u64 << attempt.saturating_sub(1).min(16)).min(300_000);
            prop_assert!((full / 2..=full).contains(&pause));
        }
    }

    #[test]
    fn the_channel_is_left_alone_as_it_asked_within_reason() {
        assert_eq!(
            pause(1, Some(Duration::from_secs(30)), 7),
            Duration::from_secs(30)
        );
        assert_eq!(
            pause(1, Some(Duration::from_secs(90_000)), 7),
            Duration::from_secs(3_600)
        );
    }
}
