//! The state in a row of `check_results`.

use domain::record::PointState;

/// What a number in the column `state` says.
pub(crate) fn point_state(state: i16) -> PointState {
    match state {
        0 => PointState::Up,
        1 => PointState::Degraded,
        _ => PointState::Down,
    }
}
