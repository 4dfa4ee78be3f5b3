//! What would have been sent of an incident without what kept people from being notified.

use std::ops::Range;
use std::sync::Arc;

use alerting::backtest::{Settings, StoredMonitor};
use api::Why;
use deadpool_postgres::Client;
use domain::suppression::Suppression;
use domain::{ChannelId, MonitorId, Timestamp};
use shared::http::problem::Problem;

use super::Asked;
use crate::rules::why::rerun::{self, Rerun};
use crate::simulations;
use crate::store::error::StoreError;
use crate::store::{self, alert_settings, stored_records};

/// Results that are gone through, at most.
const MAX_RESULTS: usize = 40_000;

impl Asked<'_> {
    /// What the incident is gone through with once more; none where there are too many results.
    pub(super) async fn rerun(
        &self,
        client: &mut Client,
        of: &StoredMonitor,
        names: Vec<(ChannelId, String)>,
        why: &Why,
    ) -> Result<Option<Rerun>, StoreError> {
        let Some(incident) = &why.incident else {
            return Ok(None);
        };
        let time = rerun::time(incident, self.now);
        let read = stored_records::read(&*client, self.scope, of, time.clone(), MAX_RESULTS);
        let Some(records) = read.await? else {
            return Ok(None);
        };
        let settings = self
            .settings(client, incident.started_at, why.known_since, &time)
            .await?;
        let depends_on = settings
            .iter()
            .flat_map(|(_, version)| &version.labels.depends_on);
        let mut above: Vec<MonitorId> = depends_on.copied().collect();
        above.sort_unstable();
        above.dedup();
        let upstreams = stored_records::announced(&*client, self.everything(), &above, time.clone()).await?;
        Ok(Some(Rerun {
            monitor: self.monitor,
            org: self.scope.org(),
            incident: incident.id,
            settings,
            upstreams,
            records,
            until: time.end,
            names,
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

    /// Adds that to the answer.
    ///
    /// # Errors
    /// As those of [`Simulations::run`](crate::simulations::Simulations::run).
    pub(super) async fn add_without(
        &self,
        why: &mut Why,
        rerun: Rerun,
        kept_by: Vec<Suppression>,
    ) -> Result<(), Problem> {
        let work = move || rerun.without(&kept_by);
        let (without, results) = self.app.simulations.run(self.scope.org(), work).await?;
        simulations::gone_through(results);
        why.without = without;
        Ok(())
    }
}
