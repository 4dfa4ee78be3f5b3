//! Dates of a heartbeat that were missed, but too few for an outage.

use alerting::backtest::{StoredLog, StoredMonitor};
use api::WhyRule;
use deadpool_postgres::GenericClient;
use domain::Timestamp;
use domain::monitor::HeartbeatProbe;
use shared::http::problem::Problem;

use super::without::is_for_now;
use super::{Asked, MAX_FOLDED};
use crate::rules::why::streak;
use crate::simulations::{Deadline, Unmade};
use crate::store::error::StoreError;
use crate::store::stored_records;

/// How long before the instant each date is gone through, in milliseconds.
const BEFORE_MS: i64 = 24 * 3_600_000;

/// By what it is found out whether dates were missed.
#[derive(Debug)]
pub(super) struct Heard {
    log: StoredLog,
    heartbeat: HeartbeatProbe,
    /// From when on each date is gone through.
    since: Timestamp,
}

impl Asked<'_> {
    /// What was heard of a heartbeat by then; none where one date was always enough for an outage, and where it has as many
    /// pings as are not gone through.
    pub(super) async fn heard(
        &self,
        client: &impl GenericClient,
        of: &StoredMonitor,
        heartbeat: &HeartbeatProbe,
        kept_from: Timestamp,
    ) -> Result<Option<Heard>, StoreError> {
        if !streak::may_be_short(of) {
            return Ok(None);
        }
        let since = self.at.plus_millis(-BEFORE_MS).max(kept_from).min(self.at);
        let time = since..self.at.plus_millis(1);
        let log = stored_records::read(client, self.scope, of, time, MAX_FOLDED).await?;
        Ok(log.map(|log| Heard {
            log,
            heartbeat: heartbeat.clone(),
            since,
        }))
    }

    /// The rule of a heartbeat of which dates were missed by then, but too few for an outage. None as well where that cannot
    /// be found out: the places for simulations are taken, there is no time left, or there is too much to go through.
    ///
    /// # Errors
    /// When something is wrong that is not so for now alone.
    pub(super) async fn missed(&self, heard: Heard, deadline: Deadline) -> Result<Option<WhyRule>, Problem> {
        let turn = match self.app.simulations.turn(self.scope.org(), deadline).await {
            Err(problem) if is_for_now(&problem) => return Ok(None),
            turn => turn?,
        };
        let at = self.at;
        let made = turn.run(deadline, move |budget| {
            streak::missed(&heard.log, &heard.heartbeat, (heard.since, at), budget)
        });
        match made.await {
            Ok(rule) => Ok(rule),
            Err(Unmade::TooMuch | Unmade::Late) => Ok(None),
            Err(Unmade::Failed(problem)) => Err(problem),
        }
    }
}
