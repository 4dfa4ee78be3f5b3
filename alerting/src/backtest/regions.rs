//! From which regions results are taken in a simulation, and by whom they are judged.

use std::sync::Arc;

use domain::Quorum;
use domain::record::CheckResult;

/// The quorum by which the results of a revision were judged, as far as several regions decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredQuorum {
    /// Which revision.
    pub revision: u32,
    /// By whom, and by how many of them.
    pub quorum: Arc<Quorum>,
    /// Milliseconds from one slot of a region to its next. What is stored of a result is shorter where a later revision has
    /// ended it, and others would be absent by that.
    pub interval_ms: u32,
}

/// The regions by which every result is judged, whoever has judged it live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JudgedBy {
    /// Only what this one has found counts.
    One(String),
    /// What these have found together.
    Several(Arc<Quorum>),
}

impl StoredQuorum {
    /// That of a result: of its revision, or where that is not kept, of the last one before in which its region decided.
    pub(super) fn of<'a>(known: &'a [Self], revision: u32, region: &str) -> Option<&'a Self> {
        let begun = known.partition_point(|known| known.revision <= revision);
        let mut newest_first = known[..begun].iter().rev();
        newest_first.find(|known| known.quorum.names(region))
    }
}

impl JudgedBy {
    /// Has a result judged by these; answers whether it counts.
    pub(super) fn judge(&self, result: &mut CheckResult) -> bool {
        match self {
            Self::One(region) => {
                result.quorum = None;
                result.region == *region
            }
            Self::Several(quorum) => {
                result.quorum = Some(Arc::clone(quorum));
                quorum.names(&result.region)
            }
        }
    }
}
