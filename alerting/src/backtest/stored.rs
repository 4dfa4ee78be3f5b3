//! Results as PostgreSQL holds them, and the records that they were on the log.

use std::sync::Arc;

use domain::record::{CheckResult, Ping, PointState, Timings};
use domain::{ErrorCode, MonitorId, OrgId, Record, Rule, Timestamp};

use super::regions::StoredQuorum;

/// A result as `check_results` and `check_errors` hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredResult {
    /// For which slot.
    pub scheduled_at: Timestamp,
    /// The monitor's revision; 0 where the producer did not tell.
    pub revision: u32,
    /// How long it stands for, in milliseconds: until the next slot, or until the user changed or paused the monitor; 0
    /// where the producer did not tell.
    pub interval_ms: u32,
    /// Milliseconds from the slot to the start of the check.
    pub delay_ms: i64,
    /// Milliseconds from the slot until it was appended; none of those from before that was stored.
    pub append_delay_ms: Option<i64>,
    /// How long the last attempt took, in milliseconds.
    pub latency_ms: Option<u32>,
    /// What it found.
    pub state: PointState,
    /// From where it was checked.
    pub region: Arc<str>,
    /// Whether it was one of those by which several regions decide.
    pub by_quorum: bool,
    /// What went wrong, from the closed list.
    pub error_code: Option<ErrorCode>,
    /// What went wrong, in words.
    pub error: Option<Arc<str>>,
}

/// What was on the log of a monitor.
#[derive(Clone, Debug, PartialEq)]
pub enum StoredRecord {
    /// A result.
    Result(StoredResult),
    /// Anything else, of which there is little.
    Other(Box<Record>),
}

/// Everything that was on the log of a monitor within a time, in the order in which it was appended. A result takes 96 bytes,
/// beside texts that many results share; it becomes a record, of several hundred bytes, only while it is gone through.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredLog {
    of: StoredMonitor,
    records: Vec<(Timestamp, StoredRecord)>,
    begins: Option<Timestamp>,
}

/// What the results of a monitor do not hold themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredMonitor {
    /// Which.
    pub id: MonitorId,
    /// Whose it is.
    pub org: OrgId,
    /// The name of its kind.
    pub kind: String,
    /// Its revisions that are known, ascending.
    pub revisions: Vec<StoredRevision>,
    /// By whom results of several regions were judged, by revision, ascending.
    pub quorums: Vec<StoredQuorum>,
}

/// A revision of a monitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoredRevision {
    /// Which.
    pub revision: u32,
    /// When it began, where that is known.
    pub began_at: Option<Timestamp>,
    /// The rule in force.
    pub rule: Rule,
    /// Since which revision the same is checked.
    pub probe_revision: Option<u32>,
    /// Whether `rule` is the one of that revision, not the present one for want of it.
    pub is_known: bool,
}

impl StoredResult {
    /// When it was appended to the log: where that is not stored, when its check had ended.
    pub fn appended_at(&self) -> Timestamp {
        let ended_ms = || {
            let latency_ms = i64::from(self.latency_ms.unwrap_or(0));
            self.delay_ms.saturating_add(latency_ms)
        };
        self.scheduled_at
            .plus_millis(self.append_delay_ms.unwrap_or_else(ended_ms))
    }

    /// The record that it was on the log, as far as the fold and alerts go by it. What is not stored matters to no decision:
    /// the status, the phases of the check, when a certificate expires, and how many attempts were made. Nor does the address,
    /// which is left empty.
    ///
    /// Of a result by which several regions decide, the quorum and the interval are those of its revision. The interval of
    /// others is shorter than on the log where a later revision has ended it, by which the verdict of a check that was late
    /// may begin later, by a tenth of the interval at most.
    #[must_use]
    pub fn into_record(self, of: &StoredMonitor) -> Record {
        let begun = of
            .revisions
            .partition_point(|revision| revision.revision <= self.revision);
        let last = of.revisions[..begun].last();
        let own = last.filter(|last| last.revision == self.revision && self.revision > 0);
        let slot = self.scheduled_at;
        let quorum = self
            .by_quorum
            .then(|| StoredQuorum::of(&of.quorums, self.revision, &self.region));
        let quorum = quorum.flatten();
        let interval_ms = quorum.map_or(self.interval_ms, |known| self.interval_ms.max(known.interval_ms));
        Record::Result(CheckResult {
            monitor_id: of.id,
            org_id: Some(of.org),
            url: String::new(),
            kind: of.kind.clone(),
            timestamp: slot.plus_millis(self.delay_ms),
            scheduled_at: slot,
            interval_ms: Some(interval_ms).filter(|interval| *interval > 0),
            region: String::from(&*self.region),
            revision: Some(self.revision).filter(|revision| *revision > 0),
            revised_at: own
                .and_then(|own| own.began_at)
                .filter(|began_at| *began_at > slot),
            probe_revision: own
                .and_then(|own| own.probe_revision)
                .filter(|since| *since < self.revision),
            rule: last.map_or_else(Rule::default, |last| last.rule),
            quorum: quorum.map(|known| Arc::clone(&known.quorum)),
            up: matches!(self.state, PointState::Up | PointState::Degraded),
            status_code: None,
            latency_ms: self.latency_ms,
            attempts: 1,
            error: self.error.as_deref().map(str::to_owned),
            error_code: self.error_code,
            timings: Timings::default(),
            tls_expires_at: None,
            judged: None,
        })
    }
}

impl StoredLog {
    /// Of records of a monitor, each with the instant at which it was appended. What was appended at the same instant stays in
    /// the order in which it is given.
    #[must_use]
    pub fn new(of: StoredMonitor, mut records: Vec<(Timestamp, StoredRecord)>) -> Self {
        records.sort_by_key(|(at, _)| *at);
        Self {
            of,
            records,
            begins: None,
        }
    }

    /// The same, of which nothing is known from before an instant.
    #[must_use]
    pub fn beginning_at(self, begins: Timestamp) -> Self {
        Self {
            begins: Some(begins),
            ..self
        }
    }

    /// Before which instant nothing is known, where there is one.
    #[must_use]
    pub fn begins(&self) -> Option<Timestamp> {
        self.begins
    }

    /// Whose they are.
    #[must_use]
    pub fn monitor(&self) -> &StoredMonitor {
        &self.of
    }

    /// What was appended from an instant on.
    fn stored_from(&self, from: Timestamp) -> &[(Timestamp, StoredRecord)] {
        let first = self.records.partition_point(|(at, _)| *at < from);
        self.records.get(first..).unwrap_or_default()
    }

    /// The results that were appended from an instant on.
    pub fn results_from(&self, from: Timestamp) -> impl Iterator<Item = &StoredResult> {
        self.stored_from(from)
            .iter()
            .filter_map(|(_, record)| match record {
                StoredRecord::Result(result) => Some(result),
                StoredRecord::Other(_) => None,
            })
    }

    /// All results.
    pub fn results(&self) -> impl Iterator<Item = &StoredResult> {
        self.results_from(Timestamp::from_millis(i64::MIN))
    }

    /// The pings of a heartbeat.
    pub fn pings(&self) -> impl Iterator<Item = &Ping> {
        self.records.iter().filter_map(|(_, record)| match record {
            StoredRecord::Other(record) => match &**record {
                Record::Ping(ping) => Some(&**ping),
                _ => None,
            },
            StoredRecord::Result(_) => None,
        })
    }

    /// The records that were appended from an instant on, each with when it was.
    pub fn records_from(&self, from: Timestamp) -> impl Iterator<Item = (Timestamp, Record)> {
        self.stored_from(from).iter().map(move |(at, record)| {
            let record = match record {
                StoredRecord::Result(result) => result.clone().into_record(&self.of),
                StoredRecord::Other(record) => (**record).clone(),
            };
            (*at, record)
        })
    }

    /// All records, each with when it was appended.
    pub fn records(&self) -> impl Iterator<Item = (Timestamp, Record)> {
        self.records_from(Timestamp::from_millis(i64::MIN))
    }
}
