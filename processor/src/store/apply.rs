//! One batch, one transaction.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use deadpool_postgres::Transaction;
use domain::fold::Activity;
use domain::live::Point;
use domain::record::PointState;
use domain::{MonitorId, OrgId, Record, Skipped};

use super::joint::{self, Joint};
use super::partitions::day_of;
use super::rows::Appended;
use super::{
    Store, StoreError, incidents, pings, quorums, region_rollups, revisions, rollups, rows, skipped, spans,
    states,
};
use crate::batch::{Applied, Entry, LiveEvent, LiveUpdate, SPARKLINE, newest_points};
use crate::fold::{States, Tracked, fold};
use crate::rollup::last_slots;

impl Store {
    /// Stores `entries`, which come in the order of the log, and folds them into the states of their
    /// monitors: all of it or nothing. The same entries may come again, here or elsewhere at the same time.
    ///
    /// # Errors
    /// When the database cannot be reached or refuses; nothing is stored then.
    pub async fn apply(&self, entries: &[Entry]) -> Result<Applied, StoreError> {
        if entries.is_empty() {
            return Ok(Applied::default());
        }
        self.partitions.ensure(&self.pool, &days(entries)).await?;
        match self.transact(entries).await {
            // Retention, or somebody else, has dropped a partition that was there before.
            Err(error) if error.lacks_partition() => {
                self.partitions.forget();
                self.partitions.ensure(&self.pool, &days(entries)).await?;
                self.transact(entries).await
            }
            outcome => outcome,
        }
    }

    async fn transact(&self, entries: &[Entry]) -> Result<Applied, StoreError> {
        let monitors: BTreeMap<MonitorId, OrgId> = entries
            .iter()
            .map(|entry| (entry.record.monitor_id(), entry.org_id))
            .collect();
        let mut memory = self.memory.lock().await;
        let mut client = self.pool.get().await?;
        let tx = client.transaction().await?;
        let mut states = states::lock(&tx, &monitors, &mut memory).await?;
        let mut counts = fold(&mut states, entries);
        let (results, ranges) = by_kind(entries, &states);
        let mut written = rows::write(&tx, &results).await?;
        revisions::follow(&tx, &states, &mut written).await?;
        let mut known_quorums = quorums::note(&tx, &results, &mut written).await?;
        quorums::add(&tx, &mut known_quorums, &of_several_regions(&ranges, &states)).await?;
        let new_ranges = skipped::write(&tx, &ranges, &known_quorums).await?;
        let joint = joint::measure(&tx, &written, known_quorums).await?;
        rollups::add(&tx, &written, &joint.hours, &new_ranges, day_of(shared::now())).await?;
        region_rollups::add(&tx, &written, &new_ranges).await?;
        let known = known_incidents(&tx, &written).await?;
        incidents::write(&tx, &mut states).await?;
        spans::write(&tx, &states).await?;
        pings::write(&tx, entries, &pings::Outcomes::of(&states)).await?;
        states::update(&tx, &states, Some(memory.folder)).await?;
        // The one waits for the disk, the other needs the processor.
        let (committed, live) = tokio::join!(tx.commit(), async {
            live(&states, &written, joint, &ranges, known)
        });
        committed?;
        counts.inserted = (written.added.len() - written.removed.len()) as u64;
        counts.replaced = written.removed.len() as u64;
        counts.duplicates = results.len() as u64 - written.added.len() as u64;
        memory.put_back(states);
        Ok(Applied { live, counts })
    }
}

/// The results and ranges of a batch that was folded. A result that has no say, because several regions decide together,
/// stands for no time; another one of the same name may have had one.
fn by_kind<'a>(entries: &'a [Entry], states: &States) -> (Vec<Appended<'a>>, Vec<&'a Skipped>) {
    let (mut results, mut ranges) = (Vec::with_capacity(entries.len()), Vec::new());
    for (place, entry) in entries.iter().enumerate() {
        match &entry.record {
            // What is decided for want of a ping is no check.
            Record::Result(result) if result.judged.is_some() => {}
            Record::Result(result) => {
                let has_no_say = |tracked: &Tracked| tracked.uncounted.binary_search(&place).is_ok();
                let is_uncounted =
                    result.quorum.is_none() && states.get(&result.monitor_id).is_some_and(has_no_say);
                results.push(Appended {
                    result,
                    at: entry.appended_at,
                    is_uncounted,
                });
            }
            Record::Skipped(range) => ranges.push(range),
            Record::Lifecycle(_) | Record::Ping(_) => {}
        }
    }
    (results, ranges)
}

/// The monitors of which slots were skipped, and that several regions check.
fn of_several_regions(ranges: &[&Skipped], states: &States) -> BTreeSet<MonitorId> {
    let monitors = ranges.iter().map(|range| range.monitor_id);
    let has_votes = |monitor: &MonitorId| {
        let tracked = states.get(monitor);
        tracked.is_some_and(|tracked| tracked.fold.votes.is_some())
    };
    monitors.filter(has_votes).collect()
}

fn days(entries: &[Entry]) -> BTreeSet<NaiveDate> {
    let slot = |entry: &Entry| match &entry.record {
        Record::Result(result) if result.judged.is_none() => Some(day_of(result.scheduled_at)),
        _ => None,
    };
    entries.iter().filter_map(slot).collect()
}

/// Incidents that results have brought about which come again: the process may have died before anybody was
/// told of them.
async fn known_incidents(
    tx: &Transaction<'_>,
    written: &rows::Written,
) -> Result<BTreeMap<MonitorId, Vec<LiveEvent>>, StoreError> {
    let mut known: BTreeMap<MonitorId, Vec<LiveEvent>> = BTreeMap::new();
    let Some(since) = written.kept.iter().map(|(_, sample)| sample.slot).min() else {
        return Ok(known);
    };
    let monitors: BTreeSet<i64> = written.kept.iter().map(|(monitor, _)| monitor.0).collect();
    let monitors: Vec<i64> = monitors.into_iter().collect();
    for view in incidents::recent(tx, &monitors, since).await? {
        known
            .entry(view.monitor_id)
            .or_default()
            .push(LiveEvent::Incident(Box::new(view)));
    }
    Ok(known)
}

/// What Redis is to hold after the batch. Also what the batch did not change is in it, so that a batch that
/// comes again repairs Redis.
fn live(
    states: &States,
    written: &rows::Written,
    mut joint: Joint,
    ranges: &[&Skipped],
    mut known: BTreeMap<MonitorId, Vec<LiveEvent>>,
) -> Vec<LiveUpdate> {
    let mut points: BTreeMap<MonitorId, Vec<Point>> = BTreeMap::new();
    for range in ranges {
        let interval = i64::from(skipped::interval_ms(range));
        let slots = last_slots(range.from, range.until, interval, SPARKLINE as i64);
        points
            .entry(range.monitor_id)
            .or_default()
            .extend(slots.map(|at| Point {
                at,
                state: PointState::Skipped,
                latency_ms: None,
            }));
    }
    for (monitor, sample) in written.added.iter().chain(&written.kept) {
        if !is_joint(*monitor, &joint, states) {
            points.entry(*monitor).or_default().push(sample.point());
        }
    }
    for (monitor, of_regions) in &joint.points {
        points.entry(*monitor).or_default().extend(of_regions);
    }
    for (monitor, tracked) in states.iter().filter(|(_, tracked)| !tracked.points.is_empty()) {
        points.entry(*monitor).or_default().extend(&tracked.points);
    }
    let update = |(&monitor, tracked): (&MonitorId, &Tracked)| {
        let mut update = live_update(monitor, tracked, points.remove(&monitor).unwrap_or_default());
        if let Some(of_regions) = joint.points.remove(&monitor) {
            show_jointly(&mut update, &of_regions);
        }
        if let Some(earlier) = known.remove(&monitor) {
            update.events.splice(0..0, earlier);
        }
        update
    };
    states.iter().map(update).collect()
}

/// Whether the results of a monitor are shown as what several regions say together.
fn is_joint(monitor: MonitorId, joint: &Joint, states: &States) -> bool {
    joint.points.contains_key(&monitor)
        || states
            .get(&monitor)
            .is_some_and(|tracked| tracked.fold.votes.is_some())
}

/// Has the event show the newest result as the sparkline does.
fn show_jointly(update: &mut LiveUpdate, points: &[Point]) {
    for event in &mut update.events {
        if let LiveEvent::Status(Some(newest)) = event
            && let Some(point) = points.iter().find(|point| point.at == newest.at)
        {
            *newest = *point;
        }
    }
}

/// What Redis is to hold of one monitor.
pub(super) fn live_update(monitor_id: MonitorId, tracked: &Tracked, points: Vec<Point>) -> LiveUpdate {
    let status = (tracked.fold.activity != Activity::Deleted).then(|| tracked.status());
    let views = tracked.incidents.iter().flat_map(|change| change.views());
    let mut events: Vec<LiveEvent> = views.map(|view| LiveEvent::Incident(Box::new(view))).collect();
    events.extend(status.as_ref().map(|_| LiveEvent::Status(tracked.newest)));
    LiveUpdate {
        monitor_id,
        org_id: tracked.org_id,
        version: tracked.version(),
        status,
        failing: tracked.failing(),
        points: newest_points(points),
        heartbeat: tracked.heartbeat(),
        events,
    }
}
