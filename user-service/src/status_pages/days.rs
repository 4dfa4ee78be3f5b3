//! The days of components: how long their monitors were up, degraded and down on each day (UTC), measured as the API's
//! uptime is, so that the days of a page add up to it.
//!
//! A page is published each minute, and days that are over change seldom: when a result comes late, or history is deleted.
//! So today and yesterday are read each time, two windows of a monitor, and all days once an hour, or when the monitor has
//! another revision: at most 200 monitors × 90 days of one row of 24 hours each, some hundred milliseconds of the database.
//! What was read is kept in memory, two KiB a monitor; another pod that takes the page reads it once more.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use deadpool_postgres::GenericClient;
use domain::{MonitorId, OrgId, Timestamp};
use futures_util::future::try_join_all;

use super::day_number;
use crate::rules::measured::Measured;
use crate::rules::uptime_window::{DAY_MS, Kept, Plan, Window};
use crate::store::Scope;
use crate::store::error::StoreError;
use crate::store::measure::{kept, measure};
use crate::store::monitors::{self, Life};

/// After what time all days of a monitor are read again.
const HOUR_MS: i64 = 3_600_000;

/// Days that are read each time: today and yesterday.
const RECENT: i64 = 2;

/// Windows that are measured in one query.
const WINDOWS: usize = 2_000;

/// Monitors of which days are kept.
const MOST: usize = 20_000;

/// Days of monitors that were read.
#[derive(Debug, Default)]
pub(crate) struct Days(Mutex<HashMap<MonitorId, Known>>);

/// The days of a monitor without a gap.
#[derive(Clone, Debug)]
struct Known {
    revision: i32,
    /// When all of them were read.
    read_at: Timestamp,
    kept: Kept,
    /// The number of the first one.
    first: i64,
    days: Vec<Measured>,
}

impl Known {
    /// Whether only recent days are to be read to know all from `first` to `today`.
    fn serves(&self, life: &Life, first: i64, today: i64, now: Timestamp) -> bool {
        self.revision == life.revision
            && now.millis_since(self.read_at) < HOUR_MS
            && self.first <= first
            && self.first + self.days.len() as i64 > today - RECENT
    }
}

/// What is read of a monitor.
struct Read {
    life: Life,
    known: Known,
    /// The number of the first day that is read, and until today.
    from: i64,
}

impl Days {
    /// The last `count` days of monitors of an organisation, the oldest first and the last one today up to `now`. Monitors
    /// that are gone are left out.
    pub(crate) async fn read(
        &self,
        client: &impl GenericClient,
        org: OrgId,
        wanted: &[MonitorId],
        count: u16,
        now: Timestamp,
    ) -> Result<HashMap<MonitorId, Vec<Measured>>, StoreError> {
        let today = day_number(now);
        let first = today - i64::from(count.max(1)) + 1;
        let lives = monitors::lives(client, Scope::organisation(org), wanted).await?;
        let reads = lives
            .into_iter()
            .map(|life| self.begin(client, life, first, today, now));
        let mut reads = try_join_all(reads).await?;
        let mut places = Vec::new();
        let mut plans = Vec::new();
        for (n, read) in reads.iter().enumerate() {
            for day in read.from..=today {
                let start = Timestamp::from_millis(day * DAY_MS);
                let window = Window::clipped(start, start.plus_millis(DAY_MS).min(now), read.life.created_at);
                places.push((n, day));
                plans.push((read.life.id, Plan::new(&window, &[], &read.known.kept, now)));
            }
        }
        for (places, plans) in places.chunks(WINDOWS).zip(plans.chunks(WINDOWS)) {
            let measured = measure(client, plans).await?;
            for ((n, day), measured) in places.iter().zip(measured) {
                let known = &mut reads[*n].known;
                if let Some(known) = usize::try_from(day - known.first)
                    .ok()
                    .and_then(|place| known.days.get_mut(place))
                {
                    *known = measured;
                }
            }
        }
        let mut days = HashMap::with_capacity(reads.len());
        for Read { life, known, .. } in reads {
            let skipped = usize::try_from(first - known.first).unwrap_or_default();
            days.insert(life.id, known.days.iter().skip(skipped).copied().collect());
            self.keep(life.id, known, now);
        }
        Ok(days)
    }

    /// What is known of a monitor, with room for the days that are read.
    async fn begin(
        &self,
        client: &impl GenericClient,
        life: Life,
        first: i64,
        today: i64,
        now: Timestamp,
    ) -> Result<Read, StoreError> {
        let known = self.known().get(&life.id).cloned();
        let (mut known, from) = match known.filter(|known| known.serves(&life, first, today, now)) {
            Some(known) => (known, (today - RECENT + 1).max(first)),
            None => (
                Known {
                    revision: life.revision,
                    read_at: now,
                    kept: kept(client, life.id).await?,
                    first,
                    days: Vec::new(),
                },
                first,
            ),
        };
        let length = usize::try_from(today - known.first + 1).unwrap_or_default();
        known.days.resize(length, Measured::default());
        Ok(Read { life, known, from })
    }

    fn keep(&self, monitor: MonitorId, known: Known, now: Timestamp) {
        let mut all = self.known();
        if all.len() >= MOST && !all.contains_key(&monitor) {
            all.retain(|_, known| now.millis_since(known.read_at) < HOUR_MS);
        }
        if all.len() < MOST || all.contains_key(&monitor) {
            all.insert(monitor, known);
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<MonitorId, Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
