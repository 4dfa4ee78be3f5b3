//! What people are shown of single regions.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error_code::ErrorCode;
use crate::fold::{Seen, Vote, Voted, Votes};
use crate::time::Timestamp;

/// What one of the regions that check a monitor says of it, with its latest result.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RegionStatus {
    /// The name of the region.
    pub region: String,
    /// What it says.
    pub state: RegionState,
    /// Since when it says so; none where it says nothing now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// When it checked last.
    #[schema(required = true)]
    pub last_checked_at: Option<Timestamp>,
    /// How long the answer took.
    #[schema(required = true)]
    pub latency_ms: Option<u32>,
    /// What went wrong, from the closed list.
    #[schema(required = true)]
    pub error_code: Option<ErrorCode>,
    /// What went wrong, in words.
    #[schema(required = true)]
    pub error: Option<String>,
}

impl RegionStatus {
    /// What a vote says, before anything is known of results.
    pub fn of(region: &str, vote: Option<&Vote>) -> Self {
        let state = RegionState::of(vote);
        let is_said = !matches!(state, RegionState::Absent | RegionState::Unknown);
        Self {
            region: region.to_owned(),
            state,
            since: vote.and_then(|vote| vote.since).filter(|_| is_said),
            last_checked_at: None,
            latency_ms: None,
            error_code: None,
            error: None,
        }
    }
}

/// What a region says of a monitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RegionState {
    /// The target answers as expected.
    Up,
    /// It answers as expected, but too slowly.
    Degraded,
    /// It does not.
    Down,
    /// The region was not heard of for three intervals.
    Absent,
    /// Its results have not decided that yet, or it was not heard of since the monitor was changed.
    Unknown,
}

impl RegionState {
    /// What a vote says of now.
    pub fn of(vote: Option<&Vote>) -> Self {
        match vote.map(|vote| (vote.absent, vote.last_slot, vote.state)) {
            Some((true, ..)) => Self::Absent,
            Some((false, Some(_), Some(Voted::Up))) => Self::Up,
            Some((false, Some(_), Some(Voted::Degraded))) => Self::Degraded,
            Some((false, Some(_), Some(Voted::Down))) => Self::Down,
            Some((false, ..)) | None => Self::Unknown,
        }
    }
}

/// What the regions of a monitor said as an incident was opened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct IncidentRegions {
    /// Those that found it down.
    pub down: Vec<String>,
    /// Those that did not.
    pub up: Vec<String>,
    /// Those that were not heard of lately.
    pub absent: Vec<String>,
}

impl IncidentRegions {
    /// Of an incident that was just opened by these votes.
    pub fn new(seen: &Seen, votes: &Votes) -> Self {
        let is_absent = |name: &&String| !seen.down.contains(*name) && !seen.up.contains(*name);
        Self {
            down: seen.down.clone(),
            up: seen.up.clone(),
            absent: votes.quorum.regions.iter().filter(is_absent).cloned().collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::quorum::{Needed, Quorum};

    fn vote(state: Option<Voted>, is_heard: bool, absent: bool) -> Vote {
        Vote {
            state,
            last_slot: is_heard.then(|| Timestamp::from_millis(1)),
            absent,
            ..Vote::default()
        }
    }

    #[test]
    fn a_region_says_something_while_it_is_heard_of() {
        for (vote, state) in [
            (vote(Some(Voted::Up), true, false), RegionState::Up),
            (vote(Some(Voted::Degraded), true, false), RegionState::Degraded),
            (vote(Some(Voted::Down), true, false), RegionState::Down),
            (vote(Some(Voted::Down), true, true), RegionState::Absent),
            (vote(Some(Voted::Down), false, false), RegionState::Unknown),
            (vote(None, true, false), RegionState::Unknown),
        ] {
            assert_eq!(RegionState::of(Some(&vote)), state, "{vote:?}");
            let since = Some(Timestamp::from_millis(0));
            let status = RegionStatus::of("eu", Some(&Vote { since, ..vote }));
            let is_said = !matches!(state, RegionState::Absent | RegionState::Unknown);
            assert_eq!(
                (status.state, status.since),
                (state, since.filter(|_| is_said)),
                "{status:?}"
            );
        }
        assert_eq!(RegionState::of(None), RegionState::Unknown);
    }

    #[test]
    fn who_neither_found_it_down_nor_up_was_absent() {
        let names = |names: &[&str]| -> Vec<String> { names.iter().map(|&name| name.to_owned()).collect() };
        let seen = r#"{"revision": 1, "down": ["eu", "us"], "up": ["ap"]}"#;
        let seen: Seen = serde_json::from_str(seen).unwrap();
        let votes = Votes {
            revision: 1,
            quorum: Quorum {
                regions: names(&["ap", "eu", "sa", "us"]),
                down: Needed::Regions(2),
                min_regions: 2,
            },
            first_slot: Timestamp::from_millis(1),
            interval_ms: None,
            ended_at: None,
            regions: BTreeMap::new(),
        };
        let regions = IncidentRegions::new(&seen, &votes);
        assert_eq!(regions.absent, ["sa"]);
        assert_eq!((regions.down, regions.up), (seen.down, seen.up));
        assert!(votes.is_unseen(), "nobody was heard of");
    }
}
