//! Which regions found what, for people and for those who keep it.

use serde::{Deserialize, Serialize};

use super::state::Seen;
use super::votes::Votes;

/// What the regions of a monitor said at an instant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FoundBy {
    /// The regions that found it down.
    pub down: Vec<String>,
    /// Those that did not.
    pub up: Vec<String>,
    /// Those that were not heard of lately, or had not decided yet.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<String>,
}

impl From<&Seen> for FoundBy {
    fn from(seen: &Seen) -> Self {
        Self {
            down: seen.down.clone(),
            up: seen.up.clone(),
            absent: seen.absent.clone(),
        }
    }
}

impl From<&Votes> for FoundBy {
    fn from(votes: &Votes) -> Self {
        let mut found = Self::default();
        for name in &votes.quorum.regions {
            let vote = votes.regions.get(name).filter(|vote| vote.is_fresh());
            let regions = match vote {
                Some(vote) if vote.is_down() => &mut found.down,
                Some(_) => &mut found.up,
                None => &mut found.absent,
            };
            regions.push(name.clone());
        }
        found
    }
}
