//! What a route says, and the rules that it has to satisfy. Pure.

use api::AlertRouteInput;
use domain::ErrorCode;
use domain::monitor::{FieldError, Probe};
use domain::routing::{Conditions, MAX_VALUES, Recipients};

use super::errors::Errors;
use super::text;

/// What a valid route says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ValidRoute {
    pub(crate) name: String,
    pub(crate) conditions: Conditions,
    pub(crate) recipients: Recipients,
    pub(crate) goes_on: bool,
}

/// A route as it is stored: parts may be unreadable.
#[derive(Clone, Debug)]
pub(crate) struct OldRoute<'a> {
    pub(crate) name: &'a str,
    pub(crate) conditions: Option<&'a Conditions>,
    pub(crate) recipients: Option<&'a Recipients>,
    pub(crate) goes_on: bool,
}

/// What is wrong with a field that is left out, and stays as nobody can read it.
pub(super) const UNREADABLE: &str = "cannot be read as it is: send it as a whole";

impl ValidRoute {
    /// The route that the fields make of `old`, or of nothing.
    ///
    /// # Errors
    /// Every field that is not valid.
    pub(crate) fn apply(input: AlertRouteInput, old: Option<&OldRoute<'_>>) -> Result<Self, Vec<FieldError>> {
        let mut errors = Errors::default();
        let name = match (input.name, old) {
            (None, Some(old)) => Some(old.name.to_owned()),
            (name, _) => errors.keep(text::name(name.as_deref().unwrap_or_default())),
        };
        let known = old.and_then(|old| old.conditions);
        let conditions = match (input.conditions, old) {
            (Some(given), _) => {
                errors.0.extend(wrong_conditions(&given, known));
                Some(given)
            }
            (None, None) => Some(Conditions::default()),
            (None, Some(_)) => known.cloned().or_else(|| errors.add("conditions", UNREADABLE)),
        };
        let recipients = match (input.recipients, old) {
            (Some(given), _) => {
                errors.0.extend(given.validate("recipients"));
                Some(given)
            }
            (None, None) => errors.add("recipients", "is required: who is notified"),
            (None, Some(old)) => {
                let kept = old.recipients.cloned();
                kept.or_else(|| errors.add("recipients", UNREADABLE))
            }
        };
        let goes_on = input.goes_on.or(old.map(|old| old.goes_on)).unwrap_or(false);
        match (name, conditions, recipients, errors.0.is_empty()) {
            (Some(name), Some(conditions), Some(recipients), true) => Ok(Self {
                name,
                conditions,
                recipients,
                goes_on,
            }),
            _ => Err(errors.0),
        }
    }
}

/// What is wrong with conditions, beside what they name that is not there. What was among the `known` ones stays.
pub(super) fn wrong_conditions(given: &Conditions, known: Option<&Conditions>) -> Vec<FieldError> {
    let mut errors = given.validate();
    for (index, kind) in given.kinds.iter().enumerate().take(MAX_VALUES) {
        let was_there = known.is_some_and(|known| known.kinds.contains(kind));
        if !was_there && !Probe::KINDS.contains(&kind.as_str()) {
            let wrong = format!("must be one of {}", Probe::KINDS.join(", "));
            errors.push(FieldError::new(format!("conditions.kinds.{index}"), wrong));
        }
    }
    for (index, code) in given.error_codes.iter().enumerate().take(MAX_VALUES) {
        let was_there = known.is_some_and(|known| known.error_codes.contains(code));
        if !was_there && *code == ErrorCode::Other {
            let field = format!("conditions.error_codes.{index}");
            errors.push(FieldError::new(field, "is no code that a failure can have"));
        }
    }
    errors
}

#[cfg(test)]
mod tests {
    use domain::ChannelId;
    use serde_json::{Value, json};

    use super::*;

    fn input(json: Value) -> AlertRouteInput {
        serde_json::from_value(json).unwrap()
    }

    fn wrong(json: Value, old: Option<&OldRoute<'_>>) -> Vec<String> {
        let errors = ValidRoute::apply(input(json), old).unwrap_err();
        errors.into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn a_new_route_needs_a_name_and_recipients() {
        assert_eq!(wrong(json!({}), None), ["name", "recipients"]);
        let new = json!({ "name": " Nights ", "recipients": { "to": "nobody" } });
        let route = ValidRoute::apply(input(new), None).unwrap();
        assert_eq!(route.name, "Nights");
        assert_eq!(route.conditions, Conditions::default());
        assert!(!route.goes_on);
    }

    #[test]
    fn what_is_wrong_is_named_by_its_path() {
        let bad = json!({
            "name": "x",
            "conditions": { "kinds": ["http", "pigeon"], "error_codes": ["read_timeout", "pigeon"], "outside_hours": true },
            "recipients": { "to": "channels", "channels": [] },
        });
        assert_eq!(
            wrong(bad, None),
            [
                "conditions.outside_hours",
                "conditions.kinds.1",
                "conditions.error_codes.1",
                "recipients.channels",
            ]
        );
    }

    #[test]
    fn what_a_change_leaves_out_stays_unless_it_cannot_be_read() {
        let (conditions, recipients) = (
            Conditions {
                kinds: vec!["pigeon".to_owned()],
                ..Conditions::default()
            },
            Recipients::Channels {
                channels: vec![ChannelId(3)],
            },
        );
        let mut old = OldRoute {
            name: "Nights",
            conditions: Some(&conditions),
            recipients: Some(&recipients),
            goes_on: true,
        };
        let same = ValidRoute::apply(AlertRouteInput::default(), Some(&old)).unwrap();
        assert_eq!((&same.conditions, &same.recipients), (&conditions, &recipients));
        assert!(same.goes_on);
        // A kind that was there before.
        let again = json!({ "conditions": { "kinds": ["pigeon"] }, "continue": false });
        assert!(!ValidRoute::apply(input(again), Some(&old)).unwrap().goes_on);
        old.conditions = None;
        assert_eq!(wrong(json!({ "name": "x" }), Some(&old)), ["conditions"]);
        let whole = json!({ "conditions": {} });
        assert!(ValidRoute::apply(input(whole), Some(&old)).is_ok());
    }
}
