//! What an escalation policy says, and the rules that it has to satisfy. Pure.

use api::EscalationPolicyInput;
use domain::escalation::{EscalationPlan, REPEAT_AFTER_MINUTES};
use domain::monitor::FieldError;

use super::alert_route::UNREADABLE;
use super::errors::Errors;
use super::text;

/// What a valid escalation policy says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ValidPolicy {
    pub(crate) name: String,
    pub(crate) plan: EscalationPlan,
}

impl ValidPolicy {
    /// The policy that the fields make of an old one, or of nothing: its name, and its plan, without which all of that has
    /// to be given.
    ///
    /// # Errors
    /// Every field that is not valid.
    pub(crate) fn apply(
        input: EscalationPolicyInput,
        old: Option<(&str, Option<&EscalationPlan>)>,
    ) -> Result<Self, Vec<FieldError>> {
        let mut errors = Errors::default();
        let name = match (input.name, old) {
            (None, Some((name, _))) => Some(name.to_owned()),
            (name, _) => errors.keep(text::name(name.as_deref().unwrap_or_default())),
        };
        let known = old.and_then(|(_, plan)| plan);
        let is_unreadable = old.is_some() && known.is_none();
        let steps = match input.steps.or_else(|| known.map(|plan| plan.steps.clone())) {
            Some(steps) => Some(steps),
            None if is_unreadable => errors.add("steps", UNREADABLE),
            None => errors.add("steps", "is required: who is notified in turn"),
        };
        let repeats = input.repeats.or(known.map(|plan| plan.repeats));
        let repeat_after = input.repeat_after_minutes;
        let repeat_after = repeat_after.or(known.map(|plan| plan.repeat_after_minutes));
        let expires = input.acknowledgement_minutes;
        let expires = expires.or(known.map(|plan| plan.acknowledgement_minutes));
        if is_unreadable {
            let numbers = [
                ("repeats", repeats.is_none()),
                ("repeat_after_minutes", repeat_after.is_none()),
                ("acknowledgement_minutes", expires.is_none()),
            ];
            let missing = numbers.into_iter().filter(|(_, is_missing)| *is_missing);
            let wrong = missing.map(|(field, _)| FieldError::new(field, UNREADABLE));
            errors.0.extend(wrong);
        }
        let plan = steps.map(|steps| EscalationPlan {
            steps,
            repeats: repeats.unwrap_or(0),
            repeat_after_minutes: repeat_after.unwrap_or(REPEAT_AFTER_MINUTES),
            acknowledgement_minutes: expires.unwrap_or(0),
        });
        errors.0.extend(plan.iter().flat_map(EscalationPlan::validate));
        match (name, plan, errors.0.is_empty()) {
            (Some(name), Some(plan), true) => Ok(Self { name, plan }),
            _ => Err(errors.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn input(json: Value) -> EscalationPolicyInput {
        serde_json::from_value(json).unwrap()
    }

    fn wrong(json: Value, old: Option<(&str, Option<&EscalationPlan>)>) -> Vec<String> {
        let errors = ValidPolicy::apply(input(json), old).unwrap_err();
        errors.into_iter().map(|error| error.field).collect()
    }

    #[test]
    fn what_is_wrong_is_named_by_its_path() {
        assert_eq!(wrong(json!({}), None), ["name", "steps"]);
        let bad = json!({
            "name": "x",
            "steps": [{ "targets": [{ "kind": "person", "id": 1 }] }, { "wait_minutes": 1441, "targets": [] }],
            "repeats": 10,
            "repeat_after_minutes": 0,
            "acknowledgement_minutes": 1441,
        });
        assert_eq!(
            wrong(bad, None),
            [
                "steps.1.wait_minutes",
                "steps.1.targets",
                "repeats",
                "repeat_after_minutes",
                "acknowledgement_minutes",
            ]
        );
    }

    #[test]
    fn what_a_change_leaves_out_stays_unless_it_cannot_be_read() {
        let new = json!({ "name": "On call", "steps": [{ "targets": [{ "kind": "team", "id": 1 }] }], "repeats": 2 });
        let old = ValidPolicy::apply(input(new), None).unwrap();
        assert_eq!((old.plan.repeats, old.plan.repeat_after_minutes), (2, 30));
        let renamed = json!({ "name": "Nights", "repeat_after_minutes": 5 });
        let renamed = ValidPolicy::apply(input(renamed), Some((&old.name, Some(&old.plan)))).unwrap();
        assert_eq!(renamed.name, "Nights");
        assert_eq!(renamed.plan.steps, old.plan.steps);
        assert_eq!((renamed.plan.repeats, renamed.plan.repeat_after_minutes), (2, 5));
        let unreadable = Some((&*old.name, None));
        let numbers = ["repeats", "repeat_after_minutes", "acknowledgement_minutes"];
        assert_eq!(
            wrong(json!({ "name": "x" }), unreadable),
            [&["steps"][..], &numbers[..]].concat()
        );
        assert_eq!(wrong(json!({ "steps": old.plan.steps }), unreadable), numbers);
        let whole = json!({ "steps": old.plan.steps, "repeats": 0, "repeat_after_minutes": 5,
                            "acknowledgement_minutes": 0 });
        let mended = ValidPolicy::apply(input(whole), unreadable).unwrap();
        assert_eq!((&*mended.name, mended.plan.steps), ("On call", old.plan.steps));
    }
}
