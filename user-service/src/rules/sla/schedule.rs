//! What a schedule of reports is asked for, and the rules that it has to satisfy.

use std::collections::BTreeSet;

use api::{SlaCadence, SlaScheduleInput, SlaSelection};
use domain::Timestamp;
use domain::monitor::FieldError;

use super::recurrence::Recurrence;
use super::request::{selection, zone};
use super::target::Target;
use crate::rules::errors::Errors;
use crate::rules::text;

/// Members who are told.
const MAX_RECIPIENTS: usize = 50;

/// A schedule of reports.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Schedule {
    pub(crate) name: String,
    pub(crate) recurrence: Recurrence,
    pub(crate) selection: SlaSelection,
    pub(crate) target: Target,
    pub(crate) exclude_maintenance: bool,
    /// By the users' ids, each once.
    pub(crate) recipients: Vec<i64>,
    pub(crate) enabled: bool,
}

impl Schedule {
    /// The schedule that the fields make of `old`, or of nothing.
    ///
    /// # Errors
    /// Every field that is not valid.
    pub(crate) fn apply(input: &SlaScheduleInput, old: Option<&Self>) -> Result<Self, Vec<FieldError>> {
        let mut errors = Errors::default();
        let name = match (&input.name, old) {
            (None, Some(old)) => Some(old.name.clone()),
            (name, _) => errors.keep(text::name(name.as_deref().unwrap_or_default())),
        };
        let cadence = match (input.cadence.as_deref(), old) {
            (Some("monthly"), _) => Some(SlaCadence::Monthly),
            (Some("quarterly"), _) => Some(SlaCadence::Quarterly),
            (Some(_), _) => errors.add("cadence", "must be monthly or quarterly"),
            (None, Some(old)) => Some(old.recurrence.cadence),
            (None, None) => errors.add("cadence", "is required"),
        };
        let zone = match (&input.time_zone, old) {
            (None, Some(old)) => Some(old.recurrence.zone),
            (given, _) => errors.keep(zone(given.as_deref())),
        };
        let selection = match (&input.selection, old) {
            (Some(given), _) => errors.keep(selection(given)),
            (None, Some(old)) => Some(old.selection.clone()),
            (None, None) => errors.add("selection", "is required"),
        };
        let target = match (input.target, old) {
            (Some(given), _) => errors.keep(Target::read(given)),
            (None, old) => Some(old.map_or(Target::DEFAULT, |old| old.target)),
        };
        let recipients = match (&input.recipients, old) {
            (Some(given), _) => errors.keep(recipients(given)),
            (None, old) => Some(old.map(|old| old.recipients.clone()).unwrap_or_default()),
        };
        let exclude_maintenance = input
            .exclude_maintenance
            .unwrap_or_else(|| old.is_none_or(|old| old.exclude_maintenance));
        let enabled = input.enabled.unwrap_or_else(|| old.is_none_or(|old| old.enabled));
        match (name, cadence.zip(zone), selection, target, recipients) {
            (Some(name), Some((cadence, zone)), Some(selection), Some(target), Some(recipients)) => {
                Ok(Self {
                    name,
                    recurrence: Recurrence { cadence, zone },
                    selection,
                    target,
                    exclude_maintenance,
                    recipients,
                    enabled,
                })
            }
            _ => Err(errors.0),
        }
    }

    /// When the next report is made. What was planned stays, as long as what it was planned by does.
    pub(crate) fn next_at(&self, old: Option<(&Self, Timestamp)>, now: Timestamp) -> Timestamp {
        match old {
            Some((old, planned)) if old.recurrence == self.recurrence && old.enabled == self.enabled => {
                planned
            }
            _ => self
                .recurrence
                .next(now)
                .map_or(Timestamp::from_millis(i64::MAX), |due| due.at),
        }
    }
}

fn recipients(given: &[i64]) -> Result<Vec<i64>, FieldError> {
    let ids: BTreeSet<i64> = given.iter().copied().collect();
    match ids.len() {
        ..=MAX_RECIPIENTS => Ok(ids.into_iter().collect()),
        _ => {
            let wrong = format!("must name at most {MAX_RECIPIENTS}");
            Err(FieldError::new("recipients", wrong))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn apply(json: Value, old: Option<&Schedule>) -> Result<Schedule, Vec<FieldError>> {
        Schedule::apply(&serde_json::from_value(json).unwrap(), old)
    }

    fn monthly() -> Value {
        json!({"name": "Shop", "cadence": "monthly", "selection": {"tag": "shop"}, "time_zone": "Europe/Berlin",
               "target": 99.5, "recipients": [3, 1, 3]})
    }

    #[test]
    fn what_is_left_out_of_a_change_stays() {
        let old = apply(monthly(), None).unwrap();
        assert_eq!(old.recipients, [1, 3]);
        assert!(old.enabled && old.exclude_maintenance);
        assert_eq!(apply(json!({}), Some(&old)).unwrap(), old);
        let off = apply(json!({"enabled": false, "recipients": []}), Some(&old)).unwrap();
        assert_eq!(
            off,
            Schedule {
                enabled: false,
                recipients: Vec::new(),
                ..old
            }
        );
        assert_eq!(apply(json!({}), Some(&off)).unwrap(), off);
    }

    #[test]
    fn every_invalid_field_is_named() {
        let many: Vec<i64> = (0..=MAX_RECIPIENTS as i64).collect();
        for (change, fields) in [
            (json!({"name": "", "cadence": "daily"}), vec!["name", "cadence"]),
            (
                json!({"time_zone": "x", "target": 3}),
                vec!["time_zone", "target"],
            ),
            (
                json!({"selection": {}, "recipients": many}),
                vec!["selection", "recipients"],
            ),
        ] {
            let mut given = monthly();
            given
                .as_object_mut()
                .unwrap()
                .extend(change.as_object().unwrap().clone());
            let errors = apply(given, None).unwrap_err();
            let named: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
            assert_eq!(named, fields, "{change}");
        }
        let errors = apply(json!({}), None).unwrap_err();
        let named: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(named, ["name", "cadence", "selection"]);
    }

    #[test]
    fn a_plan_stays_until_what_it_was_made_by_changes() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let (now, late) = (at("2026-11-28T09:00:00Z"), at("2026-11-02T05:00:00Z"));
        let old = apply(monthly(), None).unwrap();
        assert_eq!(old.next_at(None, now), at("2026-12-02T05:00:00Z"));
        let renamed = apply(json!({"name": "Other"}), Some(&old)).unwrap();
        assert_eq!(
            renamed.next_at(Some((&old, late)), now),
            late,
            "one that is late is still made"
        );
        let moved = apply(json!({"time_zone": "UTC"}), Some(&old)).unwrap();
        assert_eq!(moved.next_at(Some((&old, late)), now), at("2026-12-02T06:00:00Z"));
        let off = apply(json!({"enabled": false}), Some(&old)).unwrap();
        let on = apply(json!({"enabled": true}), Some(&off)).unwrap();
        assert_eq!(
            on.next_at(Some((&off, late)), now),
            at("2026-12-02T05:00:00Z"),
            "what was missed while off is not made"
        );
    }
}
