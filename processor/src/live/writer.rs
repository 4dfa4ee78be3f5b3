//! Writes to Redis by one script, which compares before it writes.

use domain::fold::HeartbeatState;
use domain::record::PointState;
use fred::clients::Client;
use fred::interfaces::{ClientLike, KeysInterface, LuaInterface, PubsubInterface};
use fred::types::{Expiration, Value};
use futures_util::future::try_join_all;
use serde::Serialize;
use shared::redis::Keys;
use uuid::Uuid;

use super::folded::FoldedPartition;
use crate::batch::{LiveUpdate, Version};

const SCRIPT: &str = include_str!("script.lua");

const HEARTBEAT_SCRIPT: &str = include_str!("heartbeat.lua");

/// KEYS: the trace of who fills, and what says that it is filled.
const MARK_SCRIPT: &str = "if redis.call('DEL', KEYS[1]) == 0 then return 0 end
    redis.call('MSET', KEYS[2], 1, KEYS[3], 1)
    return 1";

const FOLDED_SCRIPT: &str = include_str!("folded.lua");

/// How long filling Redis may take, in seconds: many times what it takes.
const FILLED_WITHIN_S: i64 = 3_600;

/// Heartbeats in one call of the script.
const HEARTBEATS_PER_CALL: usize = 200;

#[derive(Serialize)]
struct WrittenHeartbeat<'a> {
    #[serde(flatten)]
    heartbeat: Option<&'a HeartbeatState>,
    version: (u64, i64),
}

/// Monitors in one call of the script: Redis does nothing else meanwhile.
const MONITORS_PER_CALL: usize = 50;

/// Calls in one pipeline: together they must end within the deadline of a command.
const CALLS_PER_PIPELINE: usize = 20;

/// Why Redis was not written.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// Redis cannot be reached, or refuses.
    #[error("Redis: {0}")]
    Redis(#[from] fred::error::Error),
    /// A status is no JSON.
    #[error("cannot write a status as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

/// Writes the live state.
#[derive(Clone, Debug)]
pub struct LiveWriter {
    client: Client,
    keys: Keys,
}

impl LiveWriter {
    /// A writer of the keys that `keys` names.
    pub fn new(client: Client, keys: Keys) -> Self {
        Self { client, keys }
    }

    /// Whether Redis can be reached at the moment.
    pub(crate) fn is_connected(&self) -> bool {
        self.client.is_connected()
    }

    /// Brings Redis up to date. What is older than what is there changes nothing.
    ///
    /// # Errors
    /// When Redis cannot be reached. Some of the updates may have been made then.
    pub async fn write(&self, updates: &[LiveUpdate]) -> Result<(), LiveError> {
        self.run(updates, false).await
    }

    /// Writes `updates` also where Redis says that it has them already. Nothing newer is overwritten.
    pub(crate) async fn rewrite(&self, updates: &[LiveUpdate]) -> Result<(), LiveError> {
        self.run(updates, true).await
    }

    async fn run(&self, updates: &[LiveUpdate], again: bool) -> Result<(), LiveError> {
        for part in updates.chunks(MONITORS_PER_CALL * CALLS_PER_PIPELINE) {
            let mut calls = Vec::with_capacity(CALLS_PER_PIPELINE);
            for monitors in part.chunks(MONITORS_PER_CALL) {
                calls.push(self.call(monitors, again)?);
                // A pipeline takes milliseconds to write down; the store is not to wait for so long.
                tokio::task::yield_now().await;
            }
            let calls = calls
                .into_iter()
                .map(|(keys, args)| self.client.eval::<(), _, _, _>(SCRIPT, keys, args));
            // The client pipelines what is sent at once.
            try_join_all(calls).await?;
        }
        self.write_heartbeats(updates).await
    }

    /// Writes what is known of pings, and nothing else.
    pub(crate) async fn write_heartbeats(&self, updates: &[LiveUpdate]) -> Result<(), LiveError> {
        let heartbeats: Vec<&LiveUpdate> = updates.iter().filter(|it| it.heartbeat.is_some()).collect();
        for part in heartbeats.chunks(HEARTBEATS_PER_CALL) {
            let (keys, args) = self.heartbeats(part)?;
            let () = self.client.eval(HEARTBEAT_SCRIPT, keys, args).await?;
            self.tell_of_runs(part).await?;
        }
        Ok(())
    }

    /// Says of which heartbeats runs go on: they may be overdue before the next ping is.
    async fn tell_of_runs(&self, updates: &[&LiveUpdate]) -> Result<(), LiveError> {
        let has_runs = |heartbeat: &HeartbeatState| !heartbeat.runs.is_empty();
        let running = updates
            .iter()
            .filter(|update| update.heartbeat.as_ref().is_some_and(has_runs));
        let ids: Vec<String> = running.map(|update| update.monitor_id.to_string()).collect();
        if !ids.is_empty() {
            let channel = self.keys.heartbeats_heard();
            let () = self.client.publish(channel, ids.join(",")).await?;
        }
        Ok(())
    }

    /// Says up to when what was appended to partitions is folded, with its states here. Answers false when Redis has less
    /// than was written before: then it is not filled any more, and nothing is said.
    pub(crate) async fn tell_folded(&self, told: &[FoldedPartition]) -> Result<bool, LiveError> {
        let mut keys = vec![self.keys.filled(), self.keys.heartbeats_seeded()];
        let mut args: Vec<Value> = Vec::with_capacity(2 * told.len());
        for told in told {
            keys.push(self.keys.heartbeats_folded(told.partition));
            args.extend([told.written.as_millis().into(), told.until.as_millis().into()]);
        }
        let is_told: i64 = self.client.eval(FOLDED_SCRIPT, keys, args).await?;
        Ok(is_told > 0)
    }

    fn heartbeats(&self, updates: &[&LiveUpdate]) -> Result<(Vec<String>, Vec<Value>), LiveError> {
        let mut args: Vec<Value> = Vec::with_capacity(4 * updates.len());
        for update in updates {
            let Version { revision, slot } = update.version;
            let written = WrittenHeartbeat {
                heartbeat: update.heartbeat.as_ref(),
                version: (revision, slot),
            };
            let is_removed = i64::from(update.status.is_none());
            args.extend([revision.to_string().into(), slot.into()]);
            args.extend([serde_json::to_string(&written)?.into(), is_removed.into()]);
        }
        let keys = updates
            .iter()
            .map(|update| self.keys.heartbeat(update.monitor_id));
        Ok((keys.collect(), args))
    }

    /// Whether Redis was filled since it was empty.
    pub(crate) async fn is_filled(&self) -> Result<bool, LiveError> {
        let marks = vec![self.keys.filled(), self.keys.heartbeats_seeded()];
        let there: i64 = self.client.exists(marks).await?;
        Ok(there == 2)
    }

    /// Leaves a trace that goes when Redis is emptied.
    pub(crate) async fn begin_filling(&self) -> Result<String, LiveError> {
        let filling = self.keys.filling(&Uuid::new_v4().to_string());
        let expiry = Some(Expiration::EX(FILLED_WITHIN_S));
        let () = self.client.set(&filling, 1, expiry, None, false).await?;
        Ok(filling)
    }

    /// Says that Redis was filled; answers false when it was emptied since it was begun.
    pub(crate) async fn mark_filled(&self, filling: &str) -> Result<bool, LiveError> {
        let keys = vec![
            filling.to_owned(),
            self.keys.filled(),
            self.keys.heartbeats_seeded(),
        ];
        let marked: i64 = self.client.eval(MARK_SCRIPT, keys, Vec::<Value>::new()).await?;
        Ok(marked > 0)
    }

    fn call(&self, monitors: &[LiveUpdate], again: bool) -> Result<(Vec<String>, Vec<Value>), LiveError> {
        let mut keys = Vec::with_capacity(3 * monitors.len());
        let mut args: Vec<Value> = Vec::with_capacity(1 + 12 * monitors.len());
        args.push(i64::from(again).into());
        for update in monitors {
            keys.push(self.keys.status(update.monitor_id));
            keys.push(self.keys.sparkline(update.monitor_id));
            keys.push(self.keys.stream(update.org_id));
            let Version { revision, slot } = update.version;
            let state = update.status.as_ref().map_or("", |status| status.state.as_str());
            let json = serde_json::value::to_raw_value(&update.status)?;
            args.extend([revision.to_string().into(), slot.into(), update.org_id.0.into()]);
            let told = update.status.as_ref().map_or("", |_| json.get());
            args.extend([state.into(), told.into(), (update.points.len() as i64).into()]);
            for point in &update.points {
                let skipped = i64::from(point.state == PointState::Skipped);
                args.extend([
                    point.at.as_millis().into(),
                    skipped.into(),
                    serde_json::to_string(point)?.into(),
                ]);
            }
            args.push((update.events.len() as i64).into());
            for event in &update.events {
                args.extend([event.name().into(), event.data(update.monitor_id, &json)?.into()]);
            }
        }
        Ok((keys, args))
    }
}

#[cfg(test)]
mod tests {
    use shared::redis::STREAM_LENGTH;

    use super::SCRIPT;

    #[test]
    fn the_script_cuts_a_stream_where_its_other_writers_do() {
        let line = format!("local POINTS, STREAM, FORGET_REMOVED_MS = 60, {STREAM_LENGTH}, 3600000");
        assert!(SCRIPT.lines().any(|known| known == line));
    }
}
