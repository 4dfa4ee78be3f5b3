//! What is stored of a monitor, as far as a backtest goes by it.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use alerting::backtest::{Settings, StoredMonitor};
use deadpool_postgres::{Pool, Transaction};
use domain::monitor::{FieldError, Probe, Spec};
use domain::{MonitorId, Record, Timestamp};
use shared::crypto::Keyring;

use super::{Failed, Frames, NO_ROOM, within};
use crate::rules::backtest::{Found, field_of};
use crate::rules::dependencies::Above;
use crate::rules::uptime_window::DAY_MS;
use crate::store::error::StoreError;
use crate::store::monitor_row::UNREADABLE;
use crate::store::sent_alerts::{self, SentIncident};
use crate::store::{self, Scope, alert_settings, dependencies, monitors, stored_records};

/// An outage that began so long before goes on in the time that is looked at, and is compared with what is found there.
const BEFORE_MS: i64 = 7 * DAY_MS;

const HEARTBEAT: &str = "of heartbeats only pings are stored, not what was found for want of one";

/// Settings, and from which instants on they held.
pub(super) type Versions = Vec<(Timestamp, Arc<Settings>)>;

/// What is stored of a monitor.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) monitor: StoredMonitor,
    pub(super) spec: Spec,
    /// In the order in which they were appended.
    pub(super) records: Vec<(Timestamp, Record)>,
    pub(super) present: Arc<Settings>,
    /// As they were, and since when that is known; empty where no candidate asks for it.
    pub(super) as_it_was: Versions,
    pub(super) known_since: Timestamp,
    /// Of each candidate that says on what the monitor depends, what that comes to.
    pub(super) above: Vec<Option<Above>>,
    pub(super) upstreams: Vec<(MonitorId, Vec<Range<Timestamp>>)>,
    pub(super) sent: Vec<Found>,
}

impl Stored {
    /// Reads it, with at most `room` results.
    pub(super) async fn load(
        pool: &Pool,
        keyring: &Keyring,
        frames: &Frames,
        id: MonitorId,
        room: usize,
    ) -> Result<Self, Failed> {
        // What alerts go by is the whole organisation's, whoever asks.
        let whole = Scope::organisation(frames.scope.org());
        let request = &frames.request;
        let time = request.time.clone();
        let known_since = frames.known_since.max(time.start);
        let client = pool.get().await;
        let mut client = client.map_err(|error| Failed::Problem(error.into()))?;
        let tx = store::snapshot(&mut client).await?;
        let row = monitors::find(&tx, keyring, frames.scope, id).await?;
        let unfit = |field: &str, why: &str| Failed::Unfit(vec![FieldError::new(field, why)]);
        let spec = row.spec.value().ok_or_else(|| unfit("kind", UNREADABLE))?.clone();
        if matches!(spec.probe, Probe::Heartbeat(_)) {
            return Err(unfit("kind", HEARTBEAT));
        }
        let monitor = alert_settings::revisions(&tx, keyring, whole, id).await?;
        let records = stored_records::read(&tx, whole, &monitor, time.clone(), room).await?;
        let records = records.ok_or_else(|| unfit("from", &format!("must be later: there are {NO_ROOM}")))?;
        let present = alert_settings::present(&tx, keyring, whole, &[id]).await?;
        let present = present.get(&id).cloned().unwrap_or_default();
        let above = above(&tx, keyring, whole, frames, id).await?;
        let since = time.start.plus_millis(-BEFORE_MS)..time.end;
        let sent = sent_alerts::read(&tx, frames.scope, &[id], since).await?;
        drop(tx);
        let as_it_was = match request.candidates.iter().any(|one| one.as_it_was) {
            true => {
                let known = known_since..time.end;
                alert_settings::between(&mut client, keyring, whole, id, known).await?
            }
            false => Versions::new(),
        };
        let settings = as_it_was.iter().map(|(_, settings)| settings);
        let own = settings
            .chain([&present])
            .flat_map(|settings| &settings.labels.depends_on);
        let tried = above.iter().flatten().flat_map(|above| &above.depends_on);
        let upstreams: BTreeSet<MonitorId> = own.chain(tried).copied().collect();
        let upstreams: Vec<MonitorId> = upstreams.into_iter().collect();
        let upstreams = stored_records::announced(&client, whole, &upstreams, time).await?;
        Ok(Self {
            monitor,
            spec,
            records,
            present,
            as_it_was,
            known_since,
            above,
            upstreams,
            sent: sent.into_iter().map(found).collect(),
        })
    }
}

async fn above(
    tx: &Transaction<'_>,
    keyring: &Keyring,
    whole: Scope,
    frames: &Frames,
    id: MonitorId,
) -> Result<Vec<Option<Above>>, StoreError> {
    let mut all = Vec::with_capacity(frames.request.candidates.len());
    for (place, candidate) in frames.request.candidates.iter().enumerate() {
        all.push(match &candidate.depends_on {
            Some(named) => {
                let above = dependencies::above_if(tx, keyring, whole, id, named).await;
                Some(above.map_err(|error| within(&field_of(place), error))?)
            }
            None => None,
        });
    }
    Ok(all)
}

fn found(sent: SentIncident) -> Found {
    let messages = sent.messages.into_iter();
    Found {
        id: sent.id,
        monitor_id: sent.monitor_id,
        degraded: sent.degraded,
        started_at: sent.started_at,
        detected_at: sent.detected_at,
        ended_at: sent.ended_at,
        error_code: sent.error_code,
        reasons: sent.reasons,
        messages: messages.map(|(at, channel, _)| (at, channel)).collect(),
    }
}
