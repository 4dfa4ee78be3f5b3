//! What a badge looks like. Pure.

use domain::badge::BadgeState;
use serde_json::{Value, json};

/// What stands beside the state: the name of the heartbeat is its organisation's.
const LABEL: &str = "heartbeat";

/// The colour in the image.
fn colour(state: BadgeState) -> &'static str {
    match state {
        BadgeState::Up => "#2f8132",
        BadgeState::Late => "#b35900",
        BadgeState::Down => "#c62828",
        BadgeState::New | BadgeState::Paused => "#6b7280",
    }
}

/// The image.
pub(super) fn svg(state: BadgeState) -> String {
    pages::badge::image(LABEL, state.as_str(), colour(state))
}

/// The state as healthchecks.io says it: of how many heartbeats, how many are in their grace time, and down.
pub(super) fn json(state: BadgeState) -> Value {
    json!({
        "status": state.as_str(),
        "total": 1,
        "grace": u8::from(state == BadgeState::Late),
        "down": u8::from(state == BadgeState::Down),
    })
}

/// What shields.io draws a badge of (<https://shields.io/badges/endpoint-badge>).
pub(super) fn shields(state: BadgeState) -> Value {
    let color = match state {
        BadgeState::Up => "success",
        BadgeState::Late => "important",
        BadgeState::Down => "critical",
        BadgeState::New | BadgeState::Paused => "inactive",
    };
    json!({"schemaVersion": 1, "label": LABEL, "message": state.as_str(), "color": color})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_says_the_state_to_those_who_do_not_see_it() {
        let image = svg(BadgeState::Late);
        assert!(image.contains(r#"aria-label="heartbeat: late""#), "{image}");
    }

    #[test]
    fn formats_are_as_others_read_them() {
        assert_eq!(
            json(BadgeState::Down),
            json!({"status": "down", "total": 1, "grace": 0, "down": 1})
        );
        assert_eq!(
            shields(BadgeState::Up),
            json!({"schemaVersion": 1, "label": "heartbeat", "message": "up", "color": "success"})
        );
    }
}
