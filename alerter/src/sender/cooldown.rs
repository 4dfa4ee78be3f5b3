//! Cooldowns: channels that asked for a pause. Nothing is sent to them meanwhile, not even what is new.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::ChannelId;
use tokio::time::Instant;

/// Until when nothing is sent to which channel.
#[derive(Debug, Default)]
pub(super) struct Cooldowns(Mutex<HashMap<ChannelId, Instant>>);

impl Cooldowns {
    /// Nothing is sent to a channel for so long.
    pub(super) fn add(&self, channel: ChannelId, pause: Duration, now: Instant) {
        let mut cooldowns = self.lock();
        cooldowns.retain(|_, until| *until > now);
        let until = cooldowns.entry(channel).or_insert(now);
        *until = (*until).max(now + pause);
    }

    /// The end of a channel's cooldown, if it has one.
    pub(super) fn until(&self, channel: ChannelId, now: Instant) -> Option<Instant> {
        let until = self.lock().get(&channel).copied();
        until.filter(|until| *until > now)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ChannelId, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_sent_to_a_channel_as_long_as_it_asked() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let cooldowns = Cooldowns::default();
        assert_eq!(cooldowns.until(ChannelId(1), at(0)), None);
        cooldowns.add(ChannelId(1), Duration::from_secs(30), at(0));
        assert_eq!(cooldowns.until(ChannelId(1), at(29)), Some(at(30)));
        assert_eq!(cooldowns.until(ChannelId(2), at(29)), None);
        assert_eq!(cooldowns.until(ChannelId(1), at(30)), None);
        cooldowns.add(ChannelId(2), Duration::from_secs(1), at(31));
        assert_eq!(cooldowns.lock().len(), 1);
    }
}
