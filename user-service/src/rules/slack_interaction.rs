//! The payload of an interaction. Pure.

use domain::IncidentId;
use serde::Deserialize;
use uuid::Uuid;

/// The button below a message about an outage.
const ACKNOWLEDGE: &str = "acknowledge";

/// The longest name of a Slack user that is kept, in characters.
const MAX_NAME_CHARS: usize = 80;

/// Somebody has taken an incident on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pressed {
    pub(crate) incident: IncidentId,
    /// `slack:<name>`
    pub(crate) by: String,
}

#[derive(Deserialize)]
struct Interaction {
    #[serde(rename = "type")]
    kind: String,
    user: Option<User>,
    #[serde(default)]
    actions: Vec<Action>,
}

#[derive(Deserialize)]
struct User {
    id: String,
    username: Option<String>,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Action {
    action_id: Option<String>,
    value: Option<String>,
}

/// Which incident somebody has taken on; nothing when they did something else.
///
/// # Errors
/// When it is no interaction.
pub(crate) fn acknowledged(form: &[u8]) -> Result<Option<Pressed>, serde_json::Error> {
    let Some((_, payload)) = url::form_urlencoded::parse(form).find(|(name, _)| name == "payload") else {
        return Ok(None);
    };
    let interaction: Interaction = serde_json::from_str(&payload)?;
    if interaction.kind != "block_actions" {
        return Ok(None);
    }
    let action = interaction
        .actions
        .into_iter()
        .find(|action| action.action_id.as_deref() == Some(ACKNOWLEDGE));
    let incident = action
        .and_then(|action| action.value)
        .and_then(|value| value.parse::<Uuid>().ok());
    let (Some(incident), Some(user)) = (incident, interaction.user) else {
        return Ok(None);
    };
    let names = [user.username, user.name].into_iter().flatten();
    let name = names.into_iter().find(|name| !name.is_empty()).unwrap_or(user.id);
    let name = name.chars().filter(|c| !c.is_control()).take(MAX_NAME_CHARS);
    Ok(Some(Pressed {
        incident: IncidentId(incident),
        by: format!("slack:{}", name.collect::<String>()),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn form(payload: &Value) -> Vec<u8> {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("payload", &payload.to_string());
        form.finish().into_bytes()
    }

    fn press(user: Value, action: &str, value: &str) -> Value {
        json!({"type": "block_actions", "user": user, "team": {"id": "T1"},
               "actions": [{"action_id": "look", "type": "button"},
                           {"action_id": action, "type": "button", "value": value}]})
    }

    #[test]
    fn a_pressed_button_names_the_incident_and_the_user() {
        let id = Uuid::from_u128(7);
        for (user, by) in [
            (json!({"id": "U1", "username": "ada", "name": "a"}), "slack:ada"),
            (json!({"id": "U1", "name": "a\nb"}), "slack:ab"),
            (json!({"id": "U1"}), "slack:U1"),
        ] {
            let pressed = acknowledged(&form(&press(user, ACKNOWLEDGE, &id.to_string())));
            let expected = Pressed {
                incident: IncidentId(id),
                by: by.to_owned(),
            };
            assert_eq!(pressed.unwrap(), Some(expected));
        }
    }

    #[test]
    fn anything_else_is_nothing_to_do() {
        let user = json!({"id": "U1"});
        let id = Uuid::from_u128(7).to_string();
        for payload in [
            press(user.clone(), "mute", &id),
            press(user, ACKNOWLEDGE, "7"),
            json!({"type": "view_closed"}),
            json!({"type": "block_actions"}),
        ] {
            assert_eq!(acknowledged(&form(&payload)).unwrap(), None, "{payload}");
        }
        assert_eq!(acknowledged(b"ssl_check=1&token=x").unwrap(), None);
        assert!(acknowledged(b"payload=%7B").is_err());
    }
}
