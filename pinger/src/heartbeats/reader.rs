//! Looks in Redis what was heard of heartbeats.

use domain::MonitorId;
use domain::Timestamp;
use domain::fold::HeartbeatState;
use fred::clients::Client;
use fred::interfaces::KeysInterface as _;
use serde::Deserialize;
use shared::kafka::partition_of_monitor;
use shared::redis::Keys;
use tokio::time::timeout;

use super::watch::LOOK_WITHIN;

/// What was seen of a heartbeat.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Looked {
    /// Nothing can be said: Redis is away, or was emptied.
    Unknown,
    /// What the processor has folded.
    Heard {
        /// Its pings.
        state: Box<HeartbeatState>,
        /// Everything that was appended to its partition before this instant is in it.
        folded_until: Timestamp,
        /// The revision of the monitor that was folded; nothing of one that has no state.
        revision: Option<u32>,
    },
}

/// Reads what the processor has written.
#[derive(Clone, Debug)]
pub(crate) struct Reader {
    pub(crate) redis: Client,
    pub(crate) keys: Keys,
    /// Partitions of the results' topic.
    pub(crate) partitions: i32,
}

impl Reader {
    /// What was seen of each of these heartbeats, in one round trip.
    pub(crate) async fn look(&self, ids: &[i64]) -> Vec<Looked> {
        let partition = |id: i64| partition_of_monitor(MonitorId(id), self.partitions);
        let mut keys = vec![self.keys.heartbeats_seeded()];
        for id in ids {
            keys.push(self.keys.heartbeats_folded(partition(*id)));
            keys.push(self.keys.heartbeat(MonitorId(*id)));
        }
        let read = timeout(LOOK_WITHIN, self.redis.mget::<Vec<Option<String>>, _>(keys));
        let values = match read.await {
            Ok(Ok(values)) if values.len() == 1 + 2 * ids.len() => values,
            Ok(Err(error)) => {
                tracing::debug!(%error, "cannot look what was heard of heartbeats");
                return vec![Looked::Unknown; ids.len()];
            }
            _ => return vec![Looked::Unknown; ids.len()],
        };
        let is_seeded = values[0].is_some();
        let pairs = values[1..].chunks_exact(2);
        pairs
            .map(|pair| read_one(is_seeded, pair[0].as_deref(), pair[1].as_deref()))
            .collect()
    }
}

/// What two values say. Without the mark that all states were written, one that is not there says nothing.
fn read_one(is_seeded: bool, folded: Option<&str>, state: Option<&str>) -> Looked {
    let folded_until = folded
        .and_then(|text| text.parse().ok())
        .map(Timestamp::from_millis);
    let written = match state {
        Some(json) => serde_json::from_str::<Written>(json).ok(),
        None => is_seeded.then(Written::default),
    };
    match (written, folded_until) {
        (Some(Written { state, version }), Some(folded_until)) => Looked::Heard {
            state: Box::new(state),
            folded_until,
            // Twice the revision, and one more once something of it was folded.
            revision: version.and_then(|(revision, _)| u32::try_from(revision / 2).ok()),
        },
        _ => Looked::Unknown,
    }
}

/// What the processor writes.
#[derive(Default, Deserialize)]
struct Written {
    #[serde(flatten)]
    state: HeartbeatState,
    #[serde(default)]
    version: Option<(u64, i64)>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_unknown_until_all_was_written() {
        assert_eq!(read_one(false, Some("5"), None), Looked::Unknown);
        assert_eq!(read_one(true, None, None), Looked::Unknown);
        assert_eq!(read_one(true, Some("x"), None), Looked::Unknown);
        assert_eq!(read_one(true, Some("5"), Some("{")), Looked::Unknown);
        let never = Looked::Heard {
            state: Box::default(),
            folded_until: Timestamp::from_millis(5),
            revision: None,
        };
        assert_eq!(read_one(true, Some("5"), None), never);
        assert_eq!(read_one(false, Some("5"), Some("{}")), never);
    }
}
