//! How a component is doing, and a whole page.

use domain::live::LiveState;
use domain::status_page::{ExternalState, Impact};

/// How a component is doing, as visitors read it. In the order in which a page is judged by its components: the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ComponentState {
    /// It works.
    Operational,
    /// Nobody knows: its monitor has not found anything out yet, or is paused, or another status page cannot be read.
    Unknown,
    /// It may be down, as announced.
    Maintenance,
    /// It works, slower or less reliably than usual.
    Degraded,
    /// Some of it does not work.
    PartialOutage,
    /// It does not work.
    MajorOutage,
}

impl ComponentState {
    /// All of them, the best first.
    pub const ALL: [Self; 6] = [
        Self::Operational,
        Self::Unknown,
        Self::Maintenance,
        Self::Degraded,
        Self::PartialOutage,
        Self::MajorOutage,
    ];

    /// The state of a component: what a person says in a report goes before maintenance, that before what is `known` by its
    /// monitor or of another status page, unless the report is the milder one of the two.
    pub fn of(known: Self, reported: Impact, in_maintenance: bool) -> Self {
        let said = Self::from(reported);
        match in_maintenance {
            true if said == Self::Operational => Self::Maintenance,
            true => said,
            false => known.max(said),
        }
    }
}

impl From<LiveState> for ComponentState {
    fn from(state: LiveState) -> Self {
        match state {
            LiveState::Up => Self::Operational,
            LiveState::Pending | LiveState::Paused => Self::Unknown,
            LiveState::Degraded => Self::Degraded,
            LiveState::Down => Self::MajorOutage,
        }
    }
}

impl From<ExternalState> for ComponentState {
    fn from(state: ExternalState) -> Self {
        match state {
            ExternalState::Operational => Self::Operational,
            ExternalState::UnderMaintenance => Self::Maintenance,
            ExternalState::DegradedPerformance => Self::Degraded,
            ExternalState::PartialOutage => Self::PartialOutage,
            ExternalState::MajorOutage => Self::MajorOutage,
        }
    }
}

impl From<Impact> for ComponentState {
    fn from(impact: Impact) -> Self {
        match impact {
            Impact::Operational => Self::Operational,
            Impact::DegradedPerformance => Self::Degraded,
            Impact::PartialOutage => Self::PartialOutage,
            Impact::MajorOutage => Self::MajorOutage,
        }
    }
}
