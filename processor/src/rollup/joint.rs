//! The time of monitors that several regions check. Pure.

use std::collections::BTreeMap;
use std::ops::Range;

use domain::coverage::covered_span;
use domain::joint::{Covering, joint_spans};
use domain::live::Point;
use domain::record::PointState;
use domain::{Quorum, Timestamp};

use super::{Hours, Rollup, Sample, spread};

/// A result of one of several regions that decide together.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct RegionSample {
    pub(crate) region: String,
    pub(crate) revision: i32,
    pub(crate) sample: Sample,
}

/// The results of a monitor in one revision, by slot and region.
pub(crate) type RegionRows = BTreeMap<(Timestamp, String), Sample>;

/// What batches change of the results of a monitor in one revision.
#[derive(Clone, Debug, Default)]
pub(crate) struct RegionChanges {
    pub(crate) added: Vec<RegionSample>,
    pub(crate) removed: Vec<RegionSample>,
    /// Those that stand for less time now: as they were, in the order in which they were cut, and for how long they stand.
    pub(crate) cut: Vec<(RegionSample, i64)>,
    /// Those that are as they were.
    pub(crate) kept: Vec<RegionSample>,
}

impl RegionChanges {
    /// The spans that they concern, in the order of time; none of them touch.
    pub(crate) fn windows(&self) -> Vec<Range<Timestamp>> {
        let cut = self.cut.iter().map(|(was, _)| was);
        let all = self
            .added
            .iter()
            .chain(&self.removed)
            .chain(&self.kept)
            .chain(cut);
        let mut spans: Vec<_> = all
            .map(|row| span(&row.sample))
            .filter(|span| span.start < span.end)
            .collect();
        spans.sort_unstable_by_key(|span| (span.start, span.end));
        let mut windows: Vec<Range<Timestamp>> = Vec::new();
        for span in spans {
            match windows.last_mut() {
                Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
                _ => windows.push(span),
            }
        }
        windows
    }

    /// The rows as they were before.
    fn undone(&self, after: &RegionRows) -> RegionRows {
        let mut rows = after.clone();
        for (was, _) in self.cut.iter().rev() {
            if let Some(row) = rows.get_mut(&key(was)) {
                row.interval_ms = was.sample.interval_ms;
            }
        }
        for row in &self.added {
            rows.remove(&key(row));
        }
        rows.extend(self.removed.iter().map(|row| (key(row), row.sample)));
        rows
    }

    /// Adds to `hours` by how much the joint time of `monitor` has changed; `after` are all rows that reach into the
    /// windows.
    pub(crate) fn add_times(&self, monitor: i64, quorum: &Quorum, after: &RegionRows, hours: &mut Hours) {
        let before = self.undone(after);
        for window in self.windows() {
            add_joint(monitor, quorum, after, &window, 1, hours);
            add_joint(monitor, quorum, &before, &window, -1, hours);
        }
    }
}

fn key(row: &RegionSample) -> (Timestamp, String) {
    (row.sample.slot, row.region.clone())
}

fn span(sample: &Sample) -> Range<Timestamp> {
    covered_span(sample.slot, sample.interval_ms, sample.delay_ms)
}

fn joint(
    quorum: &Quorum,
    rows: &RegionRows,
    within: &Range<Timestamp>,
) -> Vec<(Range<Timestamp>, PointState)> {
    let covering: Vec<Covering<'_>> = rows
        .iter()
        .map(|((slot, region), sample)| Covering {
            region,
            slot: *slot,
            span: span(sample),
            state: sample.state,
        })
        .collect();
    joint_spans(quorum, &covering, within)
}

/// Adds the joint time within a span to the hours of a monitor, `sign` times.
pub(crate) fn add_joint(
    monitor: i64,
    quorum: &Quorum,
    rows: &RegionRows,
    within: &Range<Timestamp>,
    sign: i64,
    hours: &mut Hours,
) {
    for (span, state) in joint(quorum, rows, within) {
        for (hour, ms) in spread(span.start, span.end) {
            let rollup: &mut Rollup = hours.entry((monitor, hour)).or_default();
            rollup.stand(state, sign * ms);
        }
    }
}

/// What the rows look like on a sparkline, of those that begin within one of `windows`: what the regions say together from
/// then on. Where too few are heard of, it is as if nobody had looked. A row that stands for no time says what it found.
pub(crate) fn joint_points(quorum: &Quorum, rows: &RegionRows, windows: &[Range<Timestamp>]) -> Vec<Point> {
    let spans: Vec<_> = windows
        .iter()
        .flat_map(|window| joint(quorum, rows, window))
        .collect();
    let mut points = Vec::with_capacity(rows.len());
    for ((_, region), sample) in rows {
        let own = span(sample);
        if !quorum.names(region) {
            continue;
        }
        if own.start == own.end {
            points.push(sample.point());
            continue;
        }
        if !windows.iter().any(|window| window.contains(&own.start)) {
            continue;
        }
        let joint = spans.iter().find(|(span, _)| span.contains(&own.start));
        points.push(Point {
            state: joint.map_or(PointState::Skipped, |(_, state)| *state),
            ..sample.point()
        });
    }
    points
}

#[cfg(test)]
mod tests {
    use std::collections::btree_map::Entry;

    use domain::Needed;
    use proptest::prelude::*;

    use super::*;

    const REGIONS: [&str; 3] = ["ap", "eu", "us"];

    fn quorum() -> Quorum {
        Quorum {
            regions: REGIONS.iter().map(|&name| name.to_owned()).collect(),
            down: Needed::Regions(2),
            min_regions: 2,
        }
    }

    fn row(region: usize, slot: i64, interval_ms: i64, state: PointState) -> RegionSample {
        RegionSample {
            region: REGIONS[region].to_owned(),
            revision: 1,
            sample: Sample {
                slot: Timestamp::from_millis(slot),
                interval_ms,
                delay_ms: 0,
                state,
                latency_ms: Some(7),
            },
        }
    }

    fn rows(all: &[RegionSample]) -> RegionRows {
        all.iter().map(|row| (key(row), row.sample)).collect()
    }

    fn times(rows: &RegionRows) -> Hours {
        let mut hours = Hours::new();
        let ever = Timestamp::from_millis(-1_000)..Timestamp::from_millis(100_000);
        add_joint(1, &quorum(), rows, &ever, 1, &mut hours);
        hours
    }

    #[test]
    fn points_show_what_the_regions_say_together() {
        use PointState::{Down, Skipped, Up};
        let all = rows(&[
            row(0, 0, 60, Up),
            row(1, 20, 60, Down),
            row(2, 40, 60, Down),
            row(0, 60, 60, Up),
            row(1, 200, 60, Up),
            row(2, 300, 0, Down),
        ]);
        let window = Timestamp::from_millis(0)..Timestamp::from_millis(260);
        let points = joint_points(&quorum(), &all, &[window]);
        let found: Vec<_> = points
            .iter()
            .map(|point| (point.at.as_millis(), point.state))
            .collect();
        assert_eq!(
            found,
            [
                (0, Skipped),
                (20, Up),
                (40, Down),
                (60, Down),
                (200, Skipped),
                (300, Down)
            ]
        );
        assert!(points.iter().all(|point| point.latency_ms == Some(7)));
    }

    fn some_row() -> impl Strategy<Value = RegionSample> {
        let state = prop_oneof![
            Just(PointState::Up),
            Just(PointState::Degraded),
            Just(PointState::Down)
        ];
        (0usize..3, 0i64..300, 0i64..90, state)
            .prop_map(|(region, slot, interval, state)| row(region, slot, interval, state))
    }

    proptest! {
        /// In whatever order rows come, go and are cut, what was added up is what the rows come to.
        #[test]
        fn changes_add_up_to_what_the_rows_come_to(
            before in prop::collection::vec(some_row(), 0..12),
            added in prop::collection::vec(some_row(), 0..6),
            replaced in prop::collection::vec(any::<prop::sample::Index>(), 0..3),
            cuts in prop::collection::vec((any::<prop::sample::Index>(), 0i64..60), 0..4),
        ) {
            let before = rows(&before);
            let (mut after, mut changes) = (before.clone(), RegionChanges::default());
            let of = |(_, region): &(Timestamp, String), sample: Sample| RegionSample {
                region: region.clone(),
                revision: 1,
                sample,
            };
            for index in replaced {
                if after.is_empty() { break }
                let name = after.keys().nth(index.index(after.len())).unwrap().clone();
                let sample = after.remove(&name).unwrap();
                changes.removed.push(of(&name, sample));
            }
            for new in added {
                // What is there stays; what was removed may come again.
                if let Entry::Vacant(vacant) = after.entry(key(&new)) {
                    vacant.insert(new.sample);
                    changes.added.push(new);
                }
            }
            for (index, interval) in cuts {
                if after.is_empty() { break }
                let name = after.keys().nth(index.index(after.len())).unwrap().clone();
                let sample = after[&name];
                if interval < sample.interval_ms {
                    changes.cut.push((of(&name, sample), interval));
                    after.get_mut(&name).unwrap().interval_ms = interval;
                }
            }
            prop_assert_eq!(changes.undone(&after), before.clone());
            let mut hours = times(&before);
            changes.add_times(1, &quorum(), &after, &mut hours);
            let mut expected = times(&after);
            let is_any = |_: &(i64, i64), rollup: &mut Rollup| *rollup != Rollup::default();
            hours.retain(is_any);
            expected.retain(is_any);
            prop_assert_eq!(hours, expected);
        }
    }
}
