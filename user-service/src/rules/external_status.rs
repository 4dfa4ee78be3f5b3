//! What another status page says of itself, as Atlassian Statuspage's `summary.json` has it. Pure.

use domain::status_page::ExternalState;
use serde::{Deserialize, Serialize};

/// Components of a page that are kept; further ones are not found.
const MAX_COMPONENTS: usize = 1_000;

/// Of ids and names so many characters are kept, which is as many as can be asked for.
const MAX_NAME_CHARS: usize = 200;

/// The states that a page has said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Said {
    /// Its own; nothing where its word is none that is known here.
    pub(crate) state: Option<ExternalState>,
    pub(crate) components: Vec<SaidComponent>,
}

/// A component of such a page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SaidComponent {
    id: String,
    name: String,
    state: Option<ExternalState>,
}

/// The document, as far as it is read.
#[derive(Deserialize)]
struct Summary {
    status: Status,
    #[serde(default)]
    components: Vec<Component>,
}

#[derive(Deserialize)]
struct Status {
    indicator: String,
}

#[derive(Deserialize)]
struct Component {
    id: String,
    name: String,
    status: String,
}

/// Reads the document.
///
/// # Errors
/// Why it cannot be read, in words.
pub(crate) fn read(json: &[u8]) -> Result<Said, String> {
    let summary: Summary = serde_json::from_slice(json)
        .map_err(|_| "what is there is no summary as Statuspage has it".to_owned())?;
    let short = |text: String| -> String { text.trim().chars().take(MAX_NAME_CHARS).collect() };
    let components = summary.components.into_iter().take(MAX_COMPONENTS);
    Ok(Said {
        state: of_indicator(&summary.status.indicator),
        components: components
            .map(|one| SaidComponent {
                id: short(one.id),
                name: short(one.name),
                state: of_component(&one.status),
            })
            .collect(),
    })
}

fn of_indicator(word: &str) -> Option<ExternalState> {
    Some(match word {
        "none" => ExternalState::Operational,
        "maintenance" => ExternalState::UnderMaintenance,
        "minor" => ExternalState::DegradedPerformance,
        "major" => ExternalState::PartialOutage,
        "critical" => ExternalState::MajorOutage,
        _ => return None,
    })
}

fn of_component(word: &str) -> Option<ExternalState> {
    Some(match word {
        "operational" => ExternalState::Operational,
        "under_maintenance" => ExternalState::UnderMaintenance,
        "degraded_performance" => ExternalState::DegradedPerformance,
        "partial_outage" => ExternalState::PartialOutage,
        // incident.io's word is the latter.
        "major_outage" | "full_outage" => ExternalState::MajorOutage,
        _ => return None,
    })
}

impl Said {
    /// What is said of a component, by its id or else by its name, or of the page as a whole. Of several components with
    /// one name it is the worst; where the word of one of them is not known here, nothing.
    ///
    /// # Errors
    /// Why there is no state, in words.
    pub(crate) fn state_of(&self, component: Option<&str>) -> Result<ExternalState, String> {
        let unknown = || "its state is a word that is not known here".to_owned();
        let Some(wanted) = component else {
            return self.state.ok_or_else(unknown);
        };
        let by_id = self.components.iter().find(|one| one.id == wanted);
        if let Some(one) = by_id {
            return one.state.ok_or_else(unknown);
        }
        let lower = wanted.to_lowercase();
        let mut named = self
            .components
            .iter()
            .filter(|one| one.name.to_lowercase() == lower)
            .peekable();
        if named.peek().is_none() {
            return Err(format!("that page has no component {wanted}"));
        }
        let states: Option<Vec<ExternalState>> = named.map(|one| one.state).collect();
        states
            .and_then(|states| states.into_iter().max())
            .ok_or_else(unknown)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said() -> Said {
        let summary = json!({
            "page": {"id": "p", "name": "Acme"},
            "status": {"indicator": "minor", "description": "Partially Degraded Service"},
            "components": [
                {"id": "a1", "name": "API", "status": "operational", "position": 1, "group": false},
                {"id": "b2", "name": "Shop", "status": "partial_outage"},
                {"id": "c3", "name": "api", "status": "full_outage"},
                {"id": "d4", "name": "Mail", "status": "on_fire"},
                {"id": "Mail", "name": "Telephone", "status": "under_maintenance"},
            ],
            "incidents": [],
        });
        read(summary.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn a_component_is_found_by_its_id_or_else_by_its_name() {
        let said = said();
        for (component, state) in [
            (None, ExternalState::DegradedPerformance),
            (Some("a1"), ExternalState::Operational),
            (Some("Shop"), ExternalState::PartialOutage),
            (Some("sHOP"), ExternalState::PartialOutage),
            // Of two with one name the worse counts; what is an id is not taken for a name.
            (Some("API"), ExternalState::MajorOutage),
            (Some("Mail"), ExternalState::UnderMaintenance),
        ] {
            assert_eq!(said.state_of(component), Ok(state), "{component:?}");
        }
        for component in ["d4", "Fax"] {
            assert!(said.state_of(Some(component)).is_err(), "{component}");
        }
    }

    #[test]
    fn what_is_no_summary_is_not_read_and_a_strange_word_is_no_state() {
        for text in [
            "",
            "<html>",
            "{}",
            r#"{"status": "none"}"#,
            r#"{"status": {"indicator": "none"}, "components": {}}"#,
        ] {
            assert!(read(text.as_bytes()).is_err(), "{text}");
        }
        let strange = read(br#"{"status": {"indicator": "fine"}}"#).unwrap();
        assert!(strange.state_of(None).is_err());
        let many = vec![json!({"id": "x", "name": "y".repeat(300), "status": "operational"}); 1_200];
        let many = json!({"status": {"indicator": "none"}, "components": many});
        let said = read(many.to_string().as_bytes()).unwrap();
        assert_eq!(said.components.len(), MAX_COMPONENTS);
        assert_eq!(said.components[0].name.len(), MAX_NAME_CHARS);
    }

    #[test]
    fn what_our_own_pages_say_is_read() {
        let words = ["none", "maintenance", "minor", "major", "critical"];
        assert!(words.iter().map(|word| of_indicator(word)).is_sorted());
        let words = [
            "operational",
            "under_maintenance",
            "degraded_performance",
            "partial_outage",
            "major_outage",
        ];
        assert!(words.iter().map(|word| of_component(word)).is_sorted());
    }
}
