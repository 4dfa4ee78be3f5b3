//! Makes the live state in Redis again from PostgreSQL: what was missed while Redis was away, or everything
//! when Redis has lost it.

use std::time::Duration;

use domain::MonitorId;
use shared::shutdown::CancellationToken;

use super::stale::{Missed, Stale};
use super::writer::{LiveError, LiveWriter};
use crate::metrics;
use crate::store::{Store, StoreError};

/// Monitors that are read and written at once.
const CHUNK: usize = 500;

/// How often Redis is looked at.
const EVERY: Duration = Duration::from_secs(1);

/// Why Redis was not repaired.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RepairError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Live(#[from] LiveError),
    #[error("Redis was emptied meanwhile")]
    Emptied,
}

/// Repairs Redis whenever there is something to repair, until `shutdown`.
pub(crate) async fn watch(store: &Store, writer: &LiveWriter, stale: &Stale, shutdown: &CancellationToken) {
    let mut every = tokio::time::interval(EVERY);
    every.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = every.tick() => {}
        }
        let repaired = tokio::select! {
            () = shutdown.cancelled() => return,
            repaired = look(store, writer, stale) => repaired,
        };
        metrics::redis_up(repaired.is_ok());
        if let Err(error) = repaired {
            tracing::debug!(%error, "Redis is not repaired yet");
        }
    }
}

async fn look(store: &Store, writer: &LiveWriter, stale: &Stale) -> Result<(), RepairError> {
    if !writer.is_filled().await? {
        stale.add_everything();
    }
    let missed = stale.take();
    let repaired = match &missed {
        Missed::Nothing => Ok(0),
        Missed::Some(monitors) => {
            let monitors: Vec<MonitorId> = monitors.iter().copied().collect();
            repair(store, writer, &monitors).await
        }
        Missed::Everything => repair_all(store, writer).await,
    };
    let outcome = match (repaired, missed) {
        (Ok(0), _) => Ok(()),
        (Ok(monitors), _) => {
            tracing::info!(monitors, "Redis was brought up to date");
            Ok(())
        }
        (Err(error), Missed::Some(monitors)) => {
            stale.add(monitors);
            Err(error)
        }
        (Err(error), _) => {
            stale.add_everything();
            Err(error)
        }
    };
    stale.repaired();
    outcome
}

async fn repair(store: &Store, writer: &LiveWriter, monitors: &[MonitorId]) -> Result<u64, RepairError> {
    for chunk in monitors.chunks(CHUNK) {
        writer.write(&store.live(chunk).await?).await?;
    }
    Ok(monitors.len() as u64)
}

/// Writes everything that PostgreSQL knows and Redis does not; answers of how many monitors.
async fn repair_all(store: &Store, writer: &LiveWriter) -> Result<u64, RepairError> {
    write_all(store, writer, false).await
}

/// Writes everything that PostgreSQL knows.
pub(crate) async fn rewrite_all(store: &Store, writer: &LiveWriter) -> Result<u64, RepairError> {
    write_all(store, writer, true).await
}

async fn write_all(store: &Store, writer: &LiveWriter, again: bool) -> Result<u64, RepairError> {
    let filling = writer.begin_filling().await?;
    let mut after = MonitorId(i64::MIN);
    let mut count = 0;
    loop {
        let monitors = store.monitors_after(after, CHUNK).await?;
        let Some(&last) = monitors.last() else {
            break;
        };
        let mut updates = store.live(&monitors).await?;
        // Whoever looks at the live streams begins anew when Redis was empty.
        updates.iter_mut().for_each(|update| update.events.clear());
        if again {
            writer.rewrite(&updates).await?;
        } else {
            writer.write(&updates).await?;
        }
        count += updates.len() as u64;
        after = last;
    }
    if !writer.mark_filled(&filling).await? {
        return Err(RepairError::Emptied);
    }
    Ok(count)
}
