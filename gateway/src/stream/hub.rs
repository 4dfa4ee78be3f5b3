//! One reader for all listeners: it follows the streams of the organisations that somebody listens to, and
//! hands each event to all of the organisation's listeners.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::OrgId;
use fred::clients::Client;
use fred::interfaces::StreamsInterface as _;
use fred::types::Value;
use fred::types::streams::XReadResponse;
use shared::http::problem::Problem;
use shared::redis::Keys;
use shared::shutdown::CancellationToken;
use tokio::sync::{Notify, broadcast};

use super::event::{Event, EventId};
use crate::metrics::STREAMS;

/// Events that a listener may fall behind before it is cut off, or has to begin anew.
const BACKLOG: usize = 1_000;

/// Listeners of all organisations together.
const MAX_LISTENERS: usize = 20_000;

/// How long one read waits for events. A listener of a new organisation waits at most this long.
const BLOCK: Duration = Duration::from_millis(300);

/// Entries read at once per stream.
const PAGE: u64 = 500;

/// Hands events out. Clones share everything.
#[derive(Clone)]
pub(crate) struct Hub(Arc<Inner>);

struct Inner {
    redis: Client,
    keys: Keys,
    streams_per_org: usize,
    orgs: Mutex<HashMap<OrgId, Org>>,
    changed: Notify,
}

struct Org {
    events: broadcast::Sender<Arc<Event>>,
    last: EventId,
}

/// What one client listens to.
pub(super) struct Listener {
    start: EventId,
    missed: VecDeque<Event>,
    events: broadcast::Receiver<Arc<Event>>,
    last: EventId,
}

impl Listener {
    /// The id after which the listener's events begin.
    pub(super) fn start(&self) -> EventId {
        self.start
    }

    /// The next event; nothing when the stream has ended or the listener has fallen behind.
    pub(super) async fn next(&mut self) -> Option<Event> {
        if let Some(event) = self.missed.pop_front() {
            return Some(event);
        }
        loop {
            let event = self.events.recv().await.ok()?;
            // What was read as missed may also arrive live.
            if event.id > Some(self.last) {
                self.last = event.id.unwrap_or(self.last);
                return Some((*event).clone());
            }
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        metrics::gauge!(STREAMS).decrement(1.0);
    }
}

impl Hub {
    pub(crate) fn new(redis: Client, keys: Keys, streams_per_org: usize) -> Self {
        let inner = Inner {
            redis,
            keys,
            streams_per_org,
            orgs: Mutex::default(),
            changed: Notify::new(),
        };
        Self(Arc::new(inner))
    }

    /// Listens to an organisation from now on, or from after `last`.
    ///
    /// # Errors
    /// 429 when the organisation has too many listeners, or all together have.
    pub(super) async fn listen(
        &self,
        org: OrgId,
        last: Option<Result<EventId, ()>>,
    ) -> Result<Listener, Problem> {
        let newest = self.newest(org).await;
        let events = {
            let mut orgs = self.0.orgs.lock().unwrap_or_else(PoisonError::into_inner);
            let all: usize = orgs.values().map(|org| org.events.receiver_count()).sum();
            if all >= MAX_LISTENERS {
                return Err(Problem::too_many(10));
            }
            let entry = orgs.entry(org).or_insert_with(|| Org {
                events: broadcast::channel(BACKLOG).0,
                last: newest,
            });
            if entry.events.receiver_count() >= self.0.streams_per_org {
                return Err(Problem::too_many(10));
            }
            entry.events.subscribe()
        };
        self.0.changed.notify_one();
        metrics::gauge!(STREAMS).increment(1.0);
        // From here on nothing is lost: what came before the subscription is read as missed.
        let (start, missed) = match last {
            None => match self.entries(org, &format!("({newest}")).await {
                Some(missed) => (newest, missed),
                None => reset(newest),
            },
            Some(Ok(last)) => self
                .missed(org, last)
                .await
                .map_or_else(|| reset(newest), |missed| (last, missed)),
            Some(Err(())) => reset(newest),
        };
        let last = missed.iter().filter_map(|event| event.id).max().unwrap_or(start);
        Ok(Listener {
            start,
            missed,
            events,
            last,
        })
    }

    /// Reads until `stopping`, then ends every listener.
    pub(crate) async fn run(self, stopping: CancellationToken) {
        while !stopping.is_cancelled() {
            let followed = self.followed();
            if followed.is_empty() {
                tokio::select! {
                    () = self.0.changed.notified() => continue,
                    () = stopping.cancelled() => break,
                }
            }
            tokio::select! {
                read = self.read(&followed) => if let Err(error) = read {
                    tracing::debug!(%error, "the live streams cannot be read");
                    tokio::time::sleep(BLOCK).await;
                },
                () = stopping.cancelled() => break,
            }
        }
        // Dropping the senders ends the listeners.
        self.0.orgs.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The streams with listeners, and from where each is read on.
    fn followed(&self) -> Vec<(OrgId, EventId)> {
        let mut orgs = self.0.orgs.lock().unwrap_or_else(PoisonError::into_inner);
        orgs.retain(|_, org| org.events.receiver_count() > 0);
        orgs.iter().map(|(id, org)| (*id, org.last)).collect()
    }

    async fn read(&self, followed: &[(OrgId, EventId)]) -> Result<(), fred::error::Error> {
        let names: HashMap<String, OrgId> = followed
            .iter()
            .map(|(org, _)| (self.0.keys.stream(*org), *org))
            .collect();
        let keys: Vec<_> = followed.iter().map(|(org, _)| self.0.keys.stream(*org)).collect();
        let ids: Vec<_> = followed.iter().map(|(_, last)| last.to_string()).collect();
        let block = Some(BLOCK.as_millis() as u64);
        let read = entries_of(self.0.redis.xread(Some(PAGE), block, keys, ids).await?)?;
        let mut orgs = self.0.orgs.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, entries) in read {
            let Some(org) = names.get(&name).and_then(|org| orgs.get_mut(org)) else {
                continue;
            };
            for event in entries.into_iter().filter_map(parsed) {
                org.last = event.id.unwrap_or(org.last);
                // An error means that the last listener has just left.
                let _ = org.events.send(Arc::new(event));
            }
        }
        Ok(())
    }

    async fn newest(&self, org: OrgId) -> EventId {
        let key = self.0.keys.stream(org);
        let entries: Result<Vec<(String, HashMap<String, String>)>, _> =
            self.0.redis.xrevrange_values(key, "+", "-", Some(1)).await;
        let newest = entries.ok().and_then(|entries| entries.into_iter().next());
        newest.and_then(|(id, _)| id.parse().ok()).unwrap_or_default()
    }

    /// What came after `last`, unless that is not known any more.
    async fn missed(&self, org: OrgId, last: EventId) -> Option<VecDeque<Event>> {
        let mut events = self.entries(org, &last.to_string()).await?;
        // The entry itself must still be there, or something between may have been dropped.
        events
            .pop_front()
            .filter(|event| event.id == Some(last))
            .map(|_| events)
    }

    /// The entries from `start` on, which Redis reads as exclusive when it begins with a bracket; nothing when there are
    /// more than a listener may be behind.
    async fn entries(&self, org: OrgId, start: &str) -> Option<VecDeque<Event>> {
        let (key, limit) = (self.0.keys.stream(org), BACKLOG as u64 + 1);
        let entries: Result<Vec<(String, HashMap<String, String>)>, _> =
            self.0.redis.xrange_values(key, start, "+", Some(limit)).await;
        let entries = entries.unwrap_or_default();
        (entries.len() <= BACKLOG).then(|| entries.into_iter().filter_map(parsed).collect())
    }
}

/// The entries that were read, by streams.
fn entries_of(read: Value) -> Result<XReadResponse<String, String, String, String>, fred::error::Error> {
    match read {
        // Nothing came while it waited: that is no map, and no error either, after which to pause.
        Value::Null => Ok(HashMap::new()),
        read => read.into_xread_response(),
    }
}

/// Begins anew with the next event.
fn reset(newest: EventId) -> (EventId, VecDeque<Event>) {
    (newest, [Event::reset()].into())
}

fn parsed((id, mut fields): (String, HashMap<String, String>)) -> Option<Event> {
    Some(Event {
        id: Some(id.parse().ok()?),
        name: fields.remove("event")?,
        data: fields.remove("data")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn that_nothing_came_is_no_error() {
        assert!(entries_of(Value::Null).unwrap().is_empty());
        assert!(entries_of(Value::from("nonsense")).is_err());
    }
}
