//! What is stored of a monitor, as far as a backtest goes by it. Whether what is tried is valid of the monitor is known before
//! its results are read.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use alerting::backtest::{Settings, StoredLog};
use deadpool_postgres::{Pool, Transaction};
use domain::monitor::{FieldError, Spec};
use domain::{MonitorId, Timestamp};
use shared::crypto::Keyring;
use shared::http::problem::Problem;

use super::room::Room;
use super::tried::{Tried, tried};
use super::{Failed, Frames, NO_ROOM, later, within};
use crate::rules::backtest::{Found, field_of};
use crate::rules::dependencies::Above;
use crate::rules::private_hours::Onlooker;
use crate::rules::uptime_window::DAY_MS;
use crate::store::error::StoreError;
use crate::store::monitor_row::UNREADABLE;
use crate::store::sent_alerts::{self, SentIncident};
use crate::store::{self, Scope, alert_settings, dependencies, monitors, stored_records};

/// An outage that began so long before goes on in the time that is looked at, and is compared with what is found there.
const BEFORE_MS: i64 = 7 * DAY_MS;

/// What is stored of a monitor.
#[derive(Debug)]
pub(super) struct Stored {
    /// What leads to the time included.
    pub(super) log: StoredLog,
    /// What each candidate makes of the monitor.
    pub(super) tried: Vec<Tried>,
    pub(super) upstreams: Vec<(MonitorId, Vec<Range<Timestamp>>)>,
    pub(super) sent: Vec<Found>,
    /// Who looks.
    pub(super) onlooker: Onlooker,
}

/// What a monitor is and goes by now.
#[derive(Debug)]
struct Present {
    spec: Spec,
    settings: Arc<Settings>,
    /// Of each candidate that says on what the monitor depends, what that comes to.
    above: Vec<Option<Above>>,
}

impl Stored {
    /// Reads it, with at most as many results as there is room for. They take it up also where nothing comes of them.
    pub(super) async fn load(
        pool: &Pool,
        keyring: &Keyring,
        frames: &Frames,
        id: MonitorId,
        room: &mut Room,
    ) -> Result<Self, Failed> {
        // What alerts go by is the whole organisation's, whoever asks.
        let whole = Scope::organisation(frames.scope.org());
        let request = &frames.request;
        let known_since = frames.known_since.max(request.time.start);
        let time = request.lead_to(request.time.start)..request.time.end;
        let client = pool.get().await;
        let mut client = client.map_err(|error| Failed::Problem(error.into()))?;
        let present = {
            let tx = store::snapshot(&mut client).await?;
            Present::read(&tx, keyring, frames, id).await?
        };
        let as_it_was = match request.candidates.iter().any(|one| one.as_it_was) {
            true => {
                let known = request.lead_to(known_since).max(frames.known_since)..time.end;
                alert_settings::between(&mut client, keyring, whole, id, known).await?
            }
            false => Vec::new(),
        };
        let tried = {
            let (request, onlooker) = (Arc::clone(request), frames.scope.onlooker());
            // Windows that follow a rule take milliseconds to be gone through.
            let trying = tokio::task::spawn_blocking(move || {
                let Present {
                    spec,
                    settings,
                    above,
                } = present;
                tried(
                    &request,
                    (id, &spec),
                    &settings,
                    &above,
                    (&as_it_was, known_since),
                    onlooker,
                )
            });
            let tried = trying.await;
            tried
                .map_err(|fault| Failed::Problem(Problem::internal(fault)))?
                .map_err(Failed::Unfit)?
        };
        let tx = store::snapshot(&mut client).await?;
        let monitor = alert_settings::revisions(&tx, keyring, whole, id).await?;
        let most = room.of_one();
        let log = stored_records::read(&tx, whole, &monitor, time.clone(), most).await?;
        room.take(
            log.as_ref()
                .map_or(most, |log| log.results().count() + log.pings().count()),
        );
        let log = log.ok_or_else(|| later(&format!("there are {NO_ROOM}")))?;
        let upstreams = stored_records::announced(&tx, whole, &depended_on(&tried), time.clone()).await?;
        let since = request.time.start.plus_millis(-BEFORE_MS)..time.end;
        let sent = sent_alerts::read(&tx, frames.scope, &[id], since).await?;
        let sent = sent.ok_or_else(|| later("there are more alerts than can be compared at once"))?;
        // What came after the time is in no candidate, either.
        let in_time = sent.into_iter().filter(|one| one.detected_at < time.end);
        Ok(Self {
            log,
            tried,
            upstreams,
            sent: in_time.map(|one| found(one, time.end)).collect(),
            onlooker: frames.scope.onlooker(),
        })
    }
}

impl Present {
    async fn read(
        tx: &Transaction<'_>,
        keyring: &Keyring,
        frames: &Frames,
        id: MonitorId,
    ) -> Result<Self, Failed> {
        let whole = Scope::organisation(frames.scope.org());
        let row = monitors::find(tx, keyring, frames.scope, id).await?;
        let unfit = |why: &str| Failed::Unfit(vec![FieldError::new("kind", why)]);
        let spec = row.spec.value().ok_or_else(|| unfit(UNREADABLE))?.clone();
        let mut settings = alert_settings::present(tx, keyring, whole, &[id]).await?;
        Ok(Self {
            spec,
            settings: settings.remove(&id).unwrap_or_default(),
            above: above(tx, keyring, whole, frames, id).await?,
        })
    }
}

/// On what the monitor depends by any of these.
fn depended_on(tried: &[Tried]) -> Vec<MonitorId> {
    let settings = tried.iter().flat_map(|one| &one.settings);
    let all = settings.flat_map(|(_, settings)| &settings.labels.depends_on);
    let all: BTreeSet<MonitorId> = all.copied().collect();
    all.into_iter().collect()
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

/// An incident, with what was sent of it before `until`.
fn found(sent: SentIncident, until: Timestamp) -> Found {
    let messages = sent.messages.into_iter().filter(|(at, ..)| *at < until);
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
