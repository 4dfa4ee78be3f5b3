//! Backtests: what would have been sent of results that are stored, had rules, routes, policies or what holds alerts back
//! been others. It is the live code over the same records, in the order in which they were appended to the log, and every
//! channel takes each message at once (docs/adr/0045-a-backtest-is-the-live-code-over-stored-results.md).

mod announced;
mod budget;
mod regions;
mod run;
mod settings;
mod simulated;
mod stored;
mod watched;

pub use budget::{Budget, Stopped};
pub use regions::{JudgedBy, StoredQuorum};
pub use settings::Settings;
pub use simulated::{Simulated, SimulatedIncident, SimulatedMessage, SimulatedReason};
pub use stored::{StoredLog, StoredMonitor, StoredRecord, StoredResult, StoredRevision};
pub use watched::Watched;

use std::ops::Range;
use std::sync::Arc;

use domain::suppression::Suppression;
use domain::{MonitorId, OrgId, Record, Rule, Timestamp};

use run::Run;

/// What one monitor's alerts go by in a simulation.
#[derive(Clone, Copy, Debug)]
pub struct Simulation<'a> {
    /// Which monitor.
    pub monitor: MonitorId,
    /// Whose it is.
    pub org: OrgId,
    /// In force from each instant on; the first one also before. Never empty.
    pub settings: &'a [(Timestamp, Arc<Settings>)],
    /// When monitors on which it may depend were down and announced.
    pub upstreams: &'a [(MonitorId, Vec<Range<Timestamp>>)],
    /// What keeps nobody from being notified.
    pub without: &'a [Suppression],
    /// The rule by which every result is judged; none for its own.
    pub rule: Option<Rule>,
    /// The regions that decide; none for those of each result. What others have found is left out.
    pub judged_by: Option<&'a JudgedBy>,
    /// Of a heartbeat, what says whether it is overdue: its records are pings, and what users did.
    pub watched: Option<Watched<'a>>,
    /// The first instant after what is simulated.
    pub until: Timestamp,
}

impl Simulation<'_> {
    /// What would have been sent of these records, each with the instant at which it was appended, in that order. The first
    /// one from `until` on, and what comes after it, is left out.
    ///
    /// # Errors
    /// When the budget does not suffice.
    pub fn run(
        &self,
        records: impl IntoIterator<Item = (Timestamp, Record)>,
        budget: &mut Budget<'_>,
    ) -> Result<Simulated, Stopped> {
        let mut run = Run::new(self);
        for (appended_at, mut record) in records {
            if appended_at >= self.until {
                break;
            }
            if let (Record::Result(result), Some(judged_by)) = (&mut record, self.judged_by)
                && !judged_by.judge(result)
            {
                continue;
            }
            match (&mut record, self.rule, self.watched) {
                (Record::Result(result), Some(rule), _) => result.rule = rule,
                (Record::Ping(ping), _, Some(watched)) => ping.limits = watched.heartbeat.limits,
                _ => {}
            }
            run.take(&record, appended_at, budget)?;
        }
        run.finish(self.until, budget)
    }
}
