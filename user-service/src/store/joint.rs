//! What the regions of monitors say together of spans of time, from their single results
//! (docs/adr/0033-joint-uptime-is-a-sweep-over-the-regions.md). Of monitors that one region checks there is one look at a
//! table that has nothing of them.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::coverage::{MAX_COVERED_MS, covered_span};
use domain::joint::{Covering, joint_spans};
use domain::record::PointState;
use domain::{MonitorId, Quorum, Timestamp};
use futures_util::TryStreamExt as _;
use tokio_postgres::types::ToSql;

use super::error::StoreError;
use super::point_state::point_state;

/// Spans whose results are in memory at a time: those of 16 regions are 16 times as many as those of one.
const AT_ONCE: usize = 50;

/// Parts of a span, in the order of time, with what the regions say together; what lies between was not measured.
pub(crate) type Joint = Vec<(Range<Timestamp>, PointState)>;

/// The quorums in force in each span, and how long before it a result may have its slot that reaches into it. The results of a
/// revision end where a later one begins, a day after the slot of its first result at the latest.
pub(crate) const QUORUMS: &str = "
    SELECT w.n, q.revision, q.quorum::text, q.interval_ms
    FROM unnest($1::int[], $2::bigint[], $3::timestamptz[], $4::timestamptz[]) AS w (n, monitor_id, start, until)
    CROSS JOIN LATERAL (
        SELECT revision, quorum, interval_ms FROM monitor_quorums
        WHERE monitor_id = w.monitor_id AND began_at < w.until + interval '1 day'
          AND revision >= coalesce((SELECT max(revision) FROM monitor_quorums
                                    WHERE monitor_id = w.monitor_id AND began_at <= w.start - interval '1 day'), 0)
        ORDER BY revision DESC LIMIT 200
    ) q";

/// The results of some revisions by which several regions decide. Span by span: as a join it may be planned to read
/// everybody's results.
pub(crate) const RESULTS: &str = "
    SELECT w.n, r.scheduled_at, r.interval_ms, r.delay_ms, r.state, r.region, r.revision
    FROM unnest($1::int[], $2::bigint[], $3::timestamptz[], $4::timestamptz[], $5::text[])
        AS w (n, monitor_id, start, until, revisions)
    CROSS JOIN LATERAL (
        SELECT scheduled_at, interval_ms, delay_ms, state, region, revision FROM check_results
        WHERE monitor_id = w.monitor_id AND scheduled_at >= w.start AND scheduled_at < w.until AND by_quorum
            AND revision = ANY(w.revisions::int[])
        OFFSET 0
    ) r";

/// The quorum of a revision, of those that are in force in one span.
#[derive(Debug)]
struct InForce {
    revision: i32,
    quorum: Quorum,
    /// The longest time before the span at which a result may have its slot that reaches into it, in milliseconds.
    reach_ms: i64,
}

/// The quorums in force in each span that has any, by the place of the span.
type Deciding = HashMap<usize, Vec<InForce>>;

/// Revisions by how far back their results may reach into a span. Not all go as far as the one that goes farthest: of one that
/// checked once a day, all results of the day before would be read, and be those of the one that checks every few seconds.
fn by_reach(in_force: &[InForce]) -> BTreeMap<i64, Vec<i32>> {
    let mut revisions: BTreeMap<i64, Vec<i32>> = BTreeMap::new();
    for one in in_force {
        revisions.entry(one.reach_ms).or_default().push(one.revision);
    }
    revisions
}

/// What the regions say together of each of the spans, in their order; nothing where one region checks the monitor.
pub(crate) async fn spans(
    client: &impl GenericClient,
    wanted: &[(MonitorId, &Range<Timestamp>)],
) -> Result<Vec<Joint>, StoreError> {
    let mut found = vec![Joint::new(); wanted.len()];
    if wanted.is_empty() {
        return Ok(found);
    }
    let deciding = quorums(client, wanted).await?;
    let mut places: Vec<usize> = deciding.keys().copied().collect();
    places.sort_unstable();
    for places in places.chunks(AT_ONCE) {
        let mut results = results(client, wanted, places, &deciding).await?;
        for place in places {
            let (Some(deciding), Some((_, within))) = (deciding.get(place), wanted.get(*place)) else {
                continue;
            };
            for InForce { revision, quorum, .. } in deciding {
                let results = results.remove(&(*place, *revision)).unwrap_or_default();
                found[*place].extend(joint_spans(quorum, &results, within));
            }
            found[*place].sort_by_key(|(span, _)| span.start);
        }
    }
    Ok(found)
}

async fn quorums(
    client: &impl GenericClient,
    wanted: &[(MonitorId, &Range<Timestamp>)],
) -> Result<Deciding, StoreError> {
    let columns = Columns::of(
        wanted
            .iter()
            .enumerate()
            .map(|(n, (id, span))| (n, *id, span.start, span.end)),
    );
    let mut found = Deciding::new();
    let statement = client.prepare_cached(QUORUMS).await?;
    for row in client.query(&statement, &columns.parameters()).await? {
        // What cannot be read was never decided by.
        let Ok(quorum) = serde_json::from_str::<Quorum>(row.try_get(2)?) else {
            continue;
        };
        let in_force = found.entry(row.try_get::<_, i32>(0)? as usize).or_default();
        in_force.push(InForce {
            revision: row.try_get(1)?,
            quorum,
            reach_ms: i64::from(row.try_get::<_, i32>(3)?).clamp(0, MAX_COVERED_MS),
        });
    }
    Ok(found)
}

/// The results of each revision that is in force in a span, by the place of the span.
async fn results<'a>(
    client: &impl GenericClient,
    wanted: &[(MonitorId, &Range<Timestamp>)],
    places: &[usize],
    deciding: &'a Deciding,
) -> Result<HashMap<(usize, i32), Vec<Covering<'a>>>, StoreError> {
    let (mut looks, mut of_revisions) = (Vec::new(), Vec::new());
    for &n in places {
        let (Some((monitor, span)), Some(in_force)) = (wanted.get(n), deciding.get(&n)) else {
            continue;
        };
        for (reach_ms, revisions) in by_reach(in_force) {
            looks.push((n, *monitor, span.start.plus_millis(-reach_ms), span.end));
            let revisions: Vec<String> = revisions.iter().map(i32::to_string).collect();
            of_revisions.push(format!("{{{}}}", revisions.join(",")));
        }
    }
    let columns = Columns::of(looks.into_iter());
    let [n, monitor, start, until] = columns.parameters();
    let statement = client.prepare_cached(RESULTS).await?;
    let rows = client
        .query_raw(&statement, [n, monitor, start, until, &of_revisions])
        .await?;
    let mut rows = std::pin::pin!(rows);
    let mut found: HashMap<(usize, i32), Vec<Covering<'a>>> = HashMap::new();
    while let Some(row) = rows.try_next().await? {
        let (n, revision) = (row.try_get::<_, i32>(0)? as usize, row.try_get::<_, i32>(6)?);
        let region: &str = row.try_get(5)?;
        let in_force = deciding.get(&n);
        let in_force = in_force.and_then(|all| all.iter().find(|one| one.revision == revision));
        // A name of which there is one, instead of one for each result.
        let region = in_force.and_then(|one| one.quorum.regions.iter().find(|name| *name == region));
        let Some(region) = region else { continue };
        let slot: Timestamp = row.try_get::<_, DateTime<Utc>>(1)?.into();
        let (interval_ms, delay_ms) = (row.try_get::<_, i32>(2)?, row.try_get::<_, i32>(3)?);
        found.entry((n, revision)).or_default().push(Covering {
            region,
            slot,
            span: covered_span(slot, interval_ms.into(), delay_ms.into()),
            state: point_state(row.try_get(4)?),
        });
    }
    Ok(found)
}

/// Spans by column, as PostgreSQL's `unnest` takes them.
#[derive(Default)]
struct Columns {
    n: Vec<i32>,
    monitor: Vec<i64>,
    start: Vec<DateTime<Utc>>,
    until: Vec<DateTime<Utc>>,
}

impl Columns {
    fn of(spans: impl Iterator<Item = (usize, MonitorId, Timestamp, Timestamp)>) -> Self {
        let mut columns = Self::default();
        for (n, monitor, start, until) in spans {
            columns.n.push(n as i32);
            columns.monitor.push(monitor.0);
            columns.start.push(start.to_datetime());
            columns.until.push(until.to_datetime());
        }
        columns
    }

    fn parameters(&self) -> [&(dyn ToSql + Sync); 4] {
        [&self.n, &self.monitor, &self.start, &self.until]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_revision_is_looked_for_as_far_back_as_its_own_results_reach() {
        let in_force = |revision, reach_ms| InForce {
            revision,
            quorum: Quorum {
                regions: vec!["eu".to_owned(), "us".to_owned()],
                down: domain::Needed::ALL,
                min_regions: 1,
            },
            reach_ms,
        };
        let all = [in_force(7, 10_000), in_force(6, 86_400_000), in_force(5, 10_000)];
        let expected = BTreeMap::from([(10_000, vec![7, 5]), (86_400_000, vec![6])]);
        assert_eq!(by_reach(&all), expected);
        assert!(by_reach(&[]).is_empty());
    }
}
