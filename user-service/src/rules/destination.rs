//! What people send to make or change a destination of a status page, and the rules that it has to satisfy. Pure.

use api::DestinationInput;
use domain::ComponentId;
use domain::channel::{DestinationConfig, DestinationKind, Policy};
use domain::monitor::{FieldError, any_of};

use super::errors::Errors;
use super::{subscription, text};

/// Destinations that a page may have.
pub(crate) const MAX_DESTINATIONS: i64 = 20;

/// A valid destination.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ValidDestination {
    pub(crate) name: String,
    pub(crate) config: DestinationConfig,
    /// None for all of them.
    pub(crate) components: Option<Vec<ComponentId>>,
    pub(crate) enabled: bool,
}

/// A destination before a change.
#[derive(Clone, Debug)]
pub(crate) struct Old {
    pub(crate) name: String,
    pub(crate) kind: DestinationKind,
    /// None when it cannot be read: then it has to be given as a whole.
    pub(crate) config: Option<DestinationConfig>,
    pub(crate) components: Option<Vec<ComponentId>>,
    pub(crate) enabled: bool,
}

impl Old {
    /// Whether it is this already.
    pub(crate) fn is(&self, other: &ValidDestination) -> bool {
        self.config.as_ref() == Some(&other.config)
            && (&self.name, &self.components, self.enabled) == (&other.name, &other.components, other.enabled)
    }
}

/// The destination that the fields make of `old`, or of nothing, on a page with these components; and whether its secret was
/// made for it and is to be shown this once.
///
/// # Errors
/// Every field that is not valid.
pub(crate) fn apply(
    input: DestinationInput,
    old: Option<&Old>,
    on_page: &[ComponentId],
    policy: &Policy,
) -> Result<(ValidDestination, bool), Vec<FieldError>> {
    let mut errors = Errors::default();
    let name = match (input.name, old) {
        (None, Some(old)) => Some(old.name.clone()),
        (name, _) => errors.keep(text::name(&name.unwrap_or_default())),
    };
    let components = match input.components {
        None => Some(old.and_then(|old| old.components.clone())),
        Some(chosen) => {
            let chosen: Option<Vec<_>> = chosen.map(|ids| ids.into_iter().map(ComponentId).collect());
            errors.keep(subscription::components(chosen.as_deref(), on_page))
        }
    };
    let kind = errors.keep(kind(input.kind.as_deref(), old.map(|old| old.kind)));
    let before = old.and_then(|old| old.config.as_ref());
    let edited = kind.and_then(|kind| {
        let edited = kind.edit(input.config.unwrap_or_default(), before, policy);
        edited.map_err(|wrong| errors.0.extend(wrong)).ok()
    });
    match (name, components, edited) {
        (Some(name), Some(components), Some(edited)) => Ok((
            ValidDestination {
                name,
                config: edited.config,
                components,
                enabled: input.enabled.or(old.map(|old| old.enabled)).unwrap_or(true),
            },
            edited.secret_is_new,
        )),
        _ => Err(errors.0),
    }
}

fn kind(given: Option<&str>, old: Option<DestinationKind>) -> Result<DestinationKind, FieldError> {
    match given.map(DestinationKind::parse) {
        None => Ok(old.unwrap_or(DestinationKind::Webhook)),
        Some(Some(kind)) if old.is_none_or(|old| old == kind) => Ok(kind),
        Some(Some(_)) => Err(FieldError::new("kind", "cannot be changed")),
        Some(None) => {
            let names: Vec<_> = DestinationKind::ALL.iter().map(|kind| kind.as_str()).collect();
            Err(FieldError::new("kind", format!("must be {}", any_of(&names))))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const POLICY: Policy = Policy {
        allow_http: false,
        random: [7; 32],
    };

    fn applied(given: Value, old: Option<&Old>) -> Result<(ValidDestination, bool), Vec<String>> {
        let given = serde_json::from_value(given).unwrap();
        let applied = apply(given, old, &[ComponentId(1), ComponentId(2)], &POLICY);
        applied.map_err(|errors| errors.into_iter().map(|error| error.field).collect())
    }

    #[test]
    fn every_invalid_field_is_named() {
        assert_eq!(applied(json!({}), None).unwrap_err(), ["name", "config.url"]);
        let given = json!({"name": "x", "kind": "email", "components": [3]});
        assert_eq!(applied(given, None).unwrap_err().len(), 2);
        let plain = json!({"name": "x", "kind": "teams", "config": {"workflow_url": "http://x.example/"}});
        assert_eq!(applied(plain, None).unwrap_err(), ["config.workflow_url"]);
    }

    #[test]
    fn what_is_left_out_stays_and_secrets_come_back_as_they_were_shown() {
        let given = json!({"name": "Hook", "config": {"url": "https://x.example/a"}, "components": [2]});
        let (made, is_new) = applied(given, None).unwrap();
        assert!(is_new && made.enabled);
        let old = Old {
            name: made.name.clone(),
            kind: made.config.kind(),
            config: Some(made.config.clone()),
            components: made.components.clone(),
            enabled: made.enabled,
        };
        let change = json!({"enabled": false, "components": null, "config": made.config.show()});
        let (changed, is_new) = applied(change, Some(&old)).unwrap();
        assert!(!is_new && !changed.enabled);
        assert_eq!((changed.config, changed.components), (made.config, None));
        let other = applied(json!({"kind": "slack"}), Some(&old));
        assert_eq!(other.unwrap_err(), ["kind"]);
        // What cannot be read is given as a whole.
        let unreadable = Old { config: None, ..old };
        assert_eq!(
            applied(json!({"name": "y"}), Some(&unreadable)).unwrap_err(),
            ["config.url"]
        );
    }
}
