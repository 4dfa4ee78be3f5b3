//! What would have been sent of an incident without what kept people from being notified.

use std::ops::Range;
use std::sync::Arc;

use actix_web::http::StatusCode;
use alerting::backtest::{Settings, StoredMonitor};
use api::{Why, WhyIncident, WhyWithout};
use deadpool_postgres::Client;
use domain::monitor::HeartbeatProbe;
use domain::suppression::Suppression;
use domain::{ChannelId, MonitorId, Timestamp};
use shared::http::problem::Problem;

use super::Asked;
use crate::rules::why::rerun::{self, Rerun};
use crate::simulations::{self, Deadline, Unmade};
use crate::store::error::StoreError;
use crate::store::{self, alert_settings, stored_records};

/// Results that are gone through, at most.
const MAX_RESULTS: usize = 40_000;

/// What is simulated.
#[derive(Debug)]
pub(super) struct Simulated {
    pub(super) of: StoredMonitor,
    /// What a heartbeat expects of its job; none of another kind.
    pub(super) heartbeat: Option<HeartbeatProbe>,
    /// What people call the organisation's channels.
    pub(super) names: Vec<(ChannelId, String)>,
    /// Since when results are shown.
    pub(super) shown_from: Timestamp,
    /// What kept people from being notified.
    pub(super) kept_by: Vec<Suppression>,
}

impl Asked<'_> {
    /// What would have been sent without each of what kept people from being notified. None where that cannot be found out:
    /// the places for simulations are taken, there is no time left, there is too much to go through, results of that time
    /// are not shown any more, or the incident does not come of them.
    ///
    /// # Errors
    /// When something is wrong that is not so for now alone.
    pub(super) async fn without(
        &self,
        why: &Why,
        simulated: Simulated,
        deadline: Deadline,
    ) -> Result<Option<Vec<WhyWithout>>, Problem> {
        match self.simulate(why, simulated, deadline).await {
            Err(problem) if is_for_now(&problem) => Ok(None),
            made => made,
        }
    }

    async fn simulate(
        &self,
        why: &Why,
        simulated: Simulated,
        deadline: Deadline,
    ) -> Result<Option<Vec<WhyWithout>>, Problem> {
        let Some(incident) = &why.incident else {
            return Ok(None);
        };
        let Some(time) = rerun::time(incident, simulated.shown_from, self.now) else {
            return Ok(None);
        };
        let kept_by = simulated.kept_by.clone();
        // Before anything is read for it: as much is held at a time as there are places.
        let turn = self.app.simulations.turn(self.scope.org(), deadline).await?;
        let reading = self.rerun(incident, why.known_since, simulated, time);
        let Some(read) = deadline.keep(reading).await else {
            return Ok(None);
        };
        let Some(rerun) = read? else {
            return Ok(None);
        };
        let made = turn.run(deadline, move |budget| rerun.without(&kept_by, budget));
        match made.await {
            Ok((without, results)) => {
                simulations::gone_through(results);
                Ok(without)
            }
            Err(Unmade::TooMuch | Unmade::Late) => Ok(None),
            Err(Unmade::Failed(problem)) => Err(problem),
        }
    }

    /// What the incident is gone through with once more; none where there is too much of it.
    async fn rerun(
        &self,
        incident: &WhyIncident,
        known_since: Timestamp,
        simulated: Simulated,
        time: Range<Timestamp>,
    ) -> Result<Option<Rerun>, Problem> {
        let mut client = self.app.pool.get().await?;
        let read = stored_records::read(&client, self.scope, &simulated.of, time.clone(), MAX_RESULTS);
        let Some(log) = read.await? else {
            return Ok(None);
        };
        let settings = self.settings(&mut client, incident.started_at, known_since, &time);
        let mut settings = settings.await?;
        for (_, version) in &mut settings {
            self.scope.onlooker().leave_out_hours(Arc::make_mut(version));
        }
        let depends_on = settings
            .iter()
            .flat_map(|(_, version)| &version.labels.depends_on);
        let mut above: Vec<MonitorId> = depends_on.copied().collect();
        above.sort_unstable();
        above.dedup();
        let announced = stored_records::announced(&client, self.everything(), &above, time.clone());
        let upstreams = match announced.await {
            Err(StoreError::Invalid(_)) => return Ok(None),
            announced => announced?,
        };
        Ok(Some(Rerun {
            monitor: self.monitor,
            org: self.scope.org(),
            incident: incident.id,
            settings,
            upstreams,
            log,
            heartbeat: simulated.heartbeat,
            time,
            names: simulated.names,
        }))
    }

    /// What alerts went by in a time, from when on; what they went by when the incident began, where that changed too often.
    async fn settings(
        &self,
        client: &mut Client,
        began: Timestamp,
        known_since: Timestamp,
        time: &Range<Timestamp>,
    ) -> Result<Vec<(Timestamp, Arc<Settings>)>, StoreError> {
        let (scope, keyring) = (self.everything(), &self.app.keyring);
        if began < known_since {
            let tx = store::snapshot(client).await?;
            return Ok(vec![(time.start, self.present(&tx).await?)]);
        }
        let known = time.start.max(known_since)..time.end;
        match alert_settings::between(client, keyring, scope, self.monitor, known).await {
            Err(StoreError::Invalid(_)) => {
                let tx = store::snapshot(client).await?;
                let then = alert_settings::at(&tx, keyring, scope, self.monitor, began).await?;
                Ok(vec![(time.start, then)])
            }
            versions => versions,
        }
    }
}

/// Whether it may be another answer soon.
pub(super) fn is_for_now(problem: &Problem) -> bool {
    matches!(
        problem.status(),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
    )
}
