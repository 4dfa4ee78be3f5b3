//! What each of the regions of a monitor says, as the processor has left it in PostgreSQL: the votes are in the state, and
//! their latest results in the history.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::fold::Votes;
use domain::live::{LiveStatus, RegionStatus};
use domain::{MonitorId, Timestamp};
use tokio_postgres::Row;

use super::error::StoreError;
use super::monitor_status::parse_error_code;

/// The results that votes name as the newest of their regions.
pub(crate) const LATEST: &str = "
    SELECT w.id, w.region, r.checked_at, r.latency_ms, e.error_code, e.error
    FROM unnest($1::bigint[], $2::text[], $3::timestamptz[]) AS w (id, region, slot)
    CROSS JOIN LATERAL (
        SELECT scheduled_at + delay_ms * interval '1 millisecond' AS checked_at, latency_ms FROM check_results
        WHERE monitor_id = w.id AND scheduled_at = w.slot AND region = w.region LIMIT 1
    ) r
    LEFT JOIN LATERAL (
        SELECT error_code, error FROM check_errors
        WHERE monitor_id = w.id AND scheduled_at = w.slot AND region = w.region LIMIT 1
    ) e ON true";

/// Adds what regions say to the statuses in rows of [`STORED`](super::monitor_status::STORED). Where one region checks each
/// monitor, nothing is looked up.
pub(crate) async fn add(
    client: &impl GenericClient,
    rows: &[Row],
    statuses: &mut HashMap<MonitorId, LiveStatus>,
) -> Result<(), StoreError> {
    let mut heard = Heard::default();
    for row in rows {
        let Some(votes) = row.try_get::<_, Option<&str>>("votes")? else {
            continue;
        };
        let id = MonitorId(row.try_get("id")?);
        // What a later release has written, and cannot be read, is left out.
        if let (Ok(votes), Some(status)) = (serde_json::from_str::<Votes>(votes), statuses.get_mut(&id)) {
            let revision: Option<i64> = row.try_get("revision")?;
            status.is_unseen = revision == Some(i64::from(votes.revision)) && votes.is_unseen();
            status.regions = regions(&votes);
            heard.add(id, &votes);
        }
    }
    if heard.id.is_empty() {
        return Ok(());
    }
    let statement = client.prepare_cached(LATEST).await?;
    for row in client
        .query(&statement, &[&heard.id, &heard.region, &heard.slot])
        .await?
    {
        let (id, name): (_, &str) = (MonitorId(row.try_get(0)?), row.try_get(1)?);
        let regions = statuses.get_mut(&id).map(|status| &mut status.regions);
        if let Some(region) = regions.and_then(|all| all.iter_mut().find(|one| one.region == name)) {
            let latency: Option<i32> = row.try_get(3)?;
            region.last_checked_at = Some(row.try_get::<_, DateTime<Utc>>(2)?.into());
            region.latency_ms = latency.and_then(|ms| ms.try_into().ok());
            region.error_code = row.try_get::<_, Option<&str>>(4)?.map(parse_error_code);
            region.error = row.try_get(5)?;
        }
    }
    Ok(())
}

/// What the votes say, before anything is known of results.
fn regions(votes: &Votes) -> Vec<RegionStatus> {
    let of = |name: &String| RegionStatus::of(name, votes.regions.get(name));
    votes.quorum.regions.iter().map(of).collect()
}

/// The newest slots of regions by column, as PostgreSQL's `unnest` takes them.
#[derive(Default)]
struct Heard {
    id: Vec<i64>,
    region: Vec<String>,
    slot: Vec<DateTime<Utc>>,
}

impl Heard {
    fn add(&mut self, id: MonitorId, votes: &Votes) {
        let slot = |name: &String| votes.regions.get(name)?.last_slot;
        for (name, slot) in votes
            .quorum
            .regions
            .iter()
            .filter_map(|name| Some((name, slot(name)?)))
        {
            self.push(id, name, slot);
        }
    }

    fn push(&mut self, id: MonitorId, region: &str, slot: Timestamp) {
        self.id.push(id.0);
        self.region.push(region.to_owned());
        self.slot.push(slot.to_datetime());
    }
}
