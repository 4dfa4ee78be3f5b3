//! How a component is doing, and a whole page.

use domain::live::LiveState;
use domain::status_page::Impact;

/// How a component is doing, as visitors read it. In the order in which a page is judged by its components: the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ComponentState {
    /// It works.
    Operational,
    /// Nobody knows: its monitor has not found anything out yet, or is paused.
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

    /// The state of a component: what a person says in a report goes before maintenance, that before what its monitor has
    /// found, unless the report is the milder one of the two.
    pub fn of(monitor: Option<LiveState>, reported: Impact, in_maintenance: bool) -> Self {
        let measured = match monitor {
            Some(LiveState::Down) => Self::MajorOutage,
            Some(LiveState::Degraded) => Self::Degraded,
            Some(LiveState::Pending | LiveState::Paused) => Self::Unknown,
            Some(LiveState::Up) | None => Self::Operational,
        };
        let said = match reported {
            Impact::Operational => Self::Operational,
            Impact::DegradedPerformance => Self::Degraded,
            Impact::PartialOutage => Self::PartialOutage,
            Impact::MajorOutage => Self::MajorOutage,
        };
        match in_maintenance {
            true if said == Self::Operational => Self::Maintenance,
            true => said,
            false => measured.max(said),
        }
    }
}
