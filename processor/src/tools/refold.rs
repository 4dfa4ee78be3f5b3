//! States and incidents, folded again from the log. What was folded before the checkpoint is late to it, so
//! that the whole log may be read.

use std::collections::HashMap;
use std::io::Write;

use chrono::NaiveDate;
use domain::{MonitorId, OrgId, Record, Timestamp};
use shared::kafka::is_misplaced;
use tokio::sync::mpsc;

use super::ToolError;
use crate::batch::Entry;
use crate::fold::{States, Tracked, fold};
use crate::settings::Settings;
use crate::store::{Refolded, Store};

/// Records that wait to be folded, at most.
const QUEUE: usize = 10_000;

/// Monitors whose states are written in one transaction.
const CHUNK: usize = 500;

/// Folds the log from the checkpoint of the day `from`, and writes what comes of it.
pub(super) async fn refold(
    settings: &Settings,
    from: NaiveDate,
    out: &mut (dyn Write + Send),
) -> Result<(), ToolError> {
    let store = Store::new(shared::postgres::pool(&settings.postgres)?);
    let days = store.checkpoints().await?;
    if !days.contains(&from) {
        let days: Vec<String> = days.iter().map(NaiveDate::to_string).collect();
        return Err(ToolError::NoCheckpoint(from, days.join(", ")));
    }
    let kept = store.checkpoint_of(from).await?;
    let owners = store.owners().await?;
    let folded = replay(settings, &kept, &owners).await?;
    let mut total = Refolded::default();
    let monitors: Vec<MonitorId> = folded.keys().copied().collect();
    for chunk in monitors.chunks(CHUNK) {
        let part: States = chunk
            .iter()
            .filter_map(|id| Some((*id, folded.get(id)?.clone())))
            .collect();
        total += store.refold(&kept, part).await?;
    }
    writeln!(
        out,
        "folded {} monitors again: {} states differed, {} incidents were removed; {} have moved on meanwhile and were \
         left alone. Now rebuild Redis.",
        monitors.len(),
        total.changed,
        total.removed,
        total.skipped
    )?;
    Ok(())
}

/// Reads the whole log.
async fn replay(
    settings: &Settings,
    kept: &States,
    owners: &HashMap<MonitorId, OrgId>,
) -> Result<States, ToolError> {
    let mut states = kept.clone();
    let retention_ms = settings.results_retention_ms();
    let (found, mut records) = mpsc::channel::<(Record, Timestamp)>(QUEUE);
    let (kafka, topic) = (settings.kafka.clone(), settings.kafka.results_topic());
    let partitions = kafka.partition_count(&topic).await?;
    let reading = tokio::spawn(async move {
        let take = move |scanned: shared::kafka::Scanned| {
            let record = scanned
                .payload
                .as_deref()
                .and_then(|payload| Record::decode(payload).ok());
            let record = record.map(|record| record.came_by(scanned.timestamp));
            let record = record.filter(|record| {
                record.is_plausible_at(scanned.timestamp, retention_ms)
                    && !is_misplaced(record.monitor_id(), scanned.partition, partitions)
            });
            record.is_none_or(|record| found.blocking_send((record, scanned.timestamp)).is_ok())
        };
        kafka.scan(&topic, take).await
    });
    while let Some((record, appended_at)) = records.recv().await {
        let monitor = record.monitor_id();
        // Also those of drills are nobody's.
        let Some(&org_id) = owners.get(&monitor) else {
            continue;
        };
        if record.org_id().is_some_and(|said| said != org_id) {
            continue;
        }
        states
            .entry(monitor)
            .or_insert_with(|| Tracked::new(org_id, Default::default(), None, 0));
        let entry = Entry {
            record,
            org_id,
            appended_at,
        };
        fold(&mut states, &[entry]);
    }
    reading.await.map_err(std::io::Error::other)??;
    Ok(states)
}
