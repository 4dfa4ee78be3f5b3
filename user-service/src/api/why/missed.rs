//! Dates of a heartbeat that were missed, but too few for an outage.

use alerting::backtest::StoredMonitor;
use api::WhyRule;
use deadpool_postgres::GenericClient;
use domain::Timestamp;
use domain::monitor::HeartbeatProbe;

use super::{Asked, MAX_FOLDED};
use crate::rules::why::streak;
use crate::store::error::StoreError;
use crate::store::stored_records;

/// How long before the instant each date is gone through, in milliseconds.
const BEFORE_MS: i64 = 24 * 3_600_000;

impl Asked<'_> {
    /// The rule of a heartbeat of which dates were missed by then, but too few for an outage; none where it has as many pings
    /// as are not gone through.
    pub(super) async fn missed(
        &self,
        client: &impl GenericClient,
        of: &StoredMonitor,
        heartbeat: &HeartbeatProbe,
        kept_from: Timestamp,
    ) -> Result<Option<WhyRule>, StoreError> {
        let since = self.at.plus_millis(-BEFORE_MS).max(kept_from).min(self.at);
        let time = since..self.at.plus_millis(1);
        let log = stored_records::read(client, self.scope, of, time, MAX_FOLDED).await?;
        Ok(log.and_then(|log| streak::missed(&log, heartbeat, since, self.at)))
    }
}
