//! Channels that asked to be left alone for a while: nothing is sent to them until then, not even what is new.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::ChannelId;
use tokio::time::Instant;

/// Until when which channel is left alone.
#[derive(Debug, Default)]
pub(super) struct Rests(Mutex<HashMap<ChannelId, Instant>>);

impl Rests {
    /// A channel is left alone for so long.
    pub(super) fn add(&self, channel: ChannelId, pause: Duration, now: Instant) {
        let mut rests = self.lock();
        rests.retain(|_, until| *until > now);
        rests.insert(channel, now + pause);
    }

    /// Until when a channel is left alone, if it is.
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
    fn a_channel_is_left_alone_as_long_as_it_asked() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let rests = Rests::default();
        assert_eq!(rests.until(ChannelId(1), at(0)), None);
        rests.add(ChannelId(1), Duration::from_secs(30), at(0));
        assert_eq!(rests.until(ChannelId(1), at(29)), Some(at(30)));
        assert_eq!(rests.until(ChannelId(2), at(29)), None);
        assert_eq!(rests.until(ChannelId(1), at(30)), None);
        rests.add(ChannelId(2), Duration::from_secs(1), at(31));
        assert_eq!(rests.lock().len(), 1);
    }
}
