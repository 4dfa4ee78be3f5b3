//! Badges: the state of a heartbeat for pages that everybody may see.

use serde::{Deserialize, Serialize};

use crate::heartbeat::PingTarget;
use crate::ids::{MonitorId, OrgId};
use crate::live::{LiveState, LiveStatus};
use crate::time::Timestamp;

/// Whose state a badge shows: in Redis, under the key of the badge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BadgeTarget {
    /// The heartbeat.
    pub monitor_id: MonitorId,
    /// Whose it is.
    pub org_id: OrgId,
}

impl From<&PingTarget> for BadgeTarget {
    fn from(target: &PingTarget) -> Self {
        Self {
            monitor_id: target.monitor_id,
            org_id: target.org_id,
        }
    }
}

/// What a badge shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadgeState {
    /// It was not pinged yet.
    New,
    /// It was pinged in time.
    Up,
    /// A ping is due, and the grace time is not over.
    Late,
    /// An incident is open.
    Down,
    /// Nobody waits for pings.
    Paused,
}

impl BadgeState {
    /// The state of a heartbeat of which `status` is known. Of one whose job must not run nothing is ever due.
    pub fn of(status: &LiveStatus, now: Timestamp) -> Self {
        match status.state {
            LiveState::Pending => Self::New,
            LiveState::Paused => Self::Paused,
            LiveState::Down => Self::Down,
            LiveState::Up | LiveState::Degraded => {
                let is_due = status.due_at.is_some_and(|due| due <= now);
                if is_due { Self::Late } else { Self::Up }
            }
        }
    }

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Up => "up",
            Self::Late => "late",
            Self::Down => "down",
            Self::Paused => "paused",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_late_by_the_time_alone() {
        let now = Timestamp::from_millis(1_000_000);
        let status = |state, due: i64| LiveStatus {
            state,
            due_at: Some(Timestamp::from_millis(due)),
            ..LiveStatus::default()
        };
        for (state, due, shown) in [
            (LiveState::Pending, 0, BadgeState::New),
            (LiveState::Up, 1_000_001, BadgeState::Up),
            (LiveState::Up, 1_000_000, BadgeState::Late),
            (LiveState::Down, 1_000_000, BadgeState::Down),
            (LiveState::Paused, 1_000_000, BadgeState::Paused),
        ] {
            assert_eq!(BadgeState::of(&status(state, due), now), shown);
        }
    }
}
