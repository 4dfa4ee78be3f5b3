//! The pause before the next attempt.

use std::time::Duration;

const FIRST_MS: u64 = 1_000;
const LONGEST_MS: u64 = 300_000;

/// The first pause after an attempt that was not answered, in times of what an attempt may take.
const UNANSWERED_FACTOR: u32 = 6;

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

/// After the `attempt`-th attempt (from 1) that was not answered within `timeout`: the channel may have the message,
/// and gets it again with each attempt. Doubles from six times the time-out to 5 min.
pub(super) fn pause_unanswered(attempt: u32, timeout: Duration, random: u64) -> Duration {
    let longest = Duration::from_millis(LONGEST_MS);
    let doubled = (timeout * UNANSWERED_FACTOR).saturating_mul(1 << attempt.saturating_sub(1).min(16));
    pause(attempt, None, random).max(doubled.min(longest))
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
    fn what_was_not_answered_is_repeated_later_than_what_failed() {
        let timeout = Duration::from_secs(5);
        let waits = [1, 2, 3, 4, 5, 200].map(|attempt| pause_unanswered(attempt, timeout, 0).as_secs());
        assert_eq!(waits, [30, 60, 120, 240, 300, 300]);
        let short = pause_unanswered(9, Duration::from_millis(100), u64::MAX);
        assert!(short >= Duration::from_millis(153_600) && short <= Duration::from_secs(300));
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
