//! What is done with many monitors, as it was asked for.

use api::{BULK_FIELDS, BulkAction, BulkInput};
use domain::monitor::FieldError;
use domain::{MonitorId, Timestamp};
use serde_json::{Value, json};

use super::alert_labels::AlertLabelsChange;
use super::external_key;
use super::tag::{self, Change};

/// Monitors of one call.
pub(crate) const MAX_MONITORS: usize = 1_000;

/// Which monitors, and what is done with each.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) selection: Selection,
    pub(crate) action: Action,
}

/// Which monitors.
#[derive(Debug)]
pub(crate) enum Selection {
    /// Those with these ids and external keys.
    Named(Vec<MonitorId>, Vec<String>),
    /// Those with the tag of this name.
    Tagged(String),
}

/// What is done with each.
#[derive(Debug, PartialEq)]
pub(crate) enum Action {
    /// A PATCH, and what it changes of what a monitor says about its alerts.
    Patch(Value, AlertLabelsChange),
    /// Whether it is muted, and until when.
    Mute(bool, Option<Timestamp>),
    Delete,
    Tags(Change, Vec<String>),
}

/// What `input` asks for at `now`.
///
/// # Errors
/// Every field that is not valid.
pub(crate) fn plan(input: BulkInput, now: Timestamp) -> Result<Plan, Vec<FieldError>> {
    let mut errors = Vec::new();
    if let Some(action) = input.action {
        left_out(&input, action, &mut errors);
    }
    let action = action(&input, now).map_err(|wrong| errors.push(wrong));
    let selection = selection(input).map_err(|wrong| errors.push(wrong));
    match (selection, action) {
        (Ok(selection), Ok(action)) if errors.is_empty() => Ok(Plan { selection, action }),
        _ => Err(errors),
    }
}

fn selection(input: BulkInput) -> Result<Selection, FieldError> {
    let (mut ids, mut keys) = (input.monitors, input.external_keys);
    if let Some(name) = input.tag {
        if !ids.is_empty() || !keys.is_empty() {
            let wrong = "must be left out where monitors are named";
            return Err(FieldError::new("tag", wrong));
        }
        let name = tag::name(&name).map_err(|wrong| FieldError::new("tag", wrong))?;
        return Ok(Selection::Tagged(name));
    }
    ids.sort_unstable();
    ids.dedup();
    keys.sort_unstable();
    keys.dedup();
    if keys.iter().any(|key| external_key::valid(key).is_err()) {
        let wrong = "must hold external keys as monitors can have them";
        return Err(FieldError::new("external_keys", wrong));
    }
    match ids.len() + keys.len() {
        0 => Err(FieldError::new(
            "monitors",
            "is required, where neither external_keys nor tag says which monitors",
        )),
        1..=MAX_MONITORS => Ok(Selection::Named(ids, keys)),
        _ => Err(FieldError::new(
            "monitors",
            format!("must be at most {MAX_MONITORS}, external keys included"),
        )),
    }
}

/// Notes what says something that the action does not heed.
fn left_out(input: &BulkInput, action: BulkAction, errors: &mut Vec<FieldError>) {
    let is_of_tags = matches!(
        action,
        BulkAction::AddTags | BulkAction::RemoveTags | BulkAction::SetTags
    );
    for (field, is_odd) in [
        ("tags", input.tags.is_some() && !is_of_tags),
        ("until", input.until.is_some() && action != BulkAction::Mute),
        ("changes", input.changes.is_some() && action != BulkAction::Edit),
    ] {
        if is_odd {
            errors.push(FieldError::new(field, "must be left out with this action"));
        }
    }
}

fn action(input: &BulkInput, now: Timestamp) -> Result<Action, FieldError> {
    let action = input.action;
    let action = action.ok_or_else(|| FieldError::new("action", "is required"))?;
    Ok(match action {
        BulkAction::Pause => paused(true),
        BulkAction::Resume => paused(false),
        BulkAction::Mute if input.until.is_some_and(|until| until <= now) => {
            return Err(FieldError::new("until", "must be in the future"));
        }
        BulkAction::Mute => Action::Mute(true, input.until),
        BulkAction::Unmute => Action::Mute(false, None),
        BulkAction::Delete => Action::Delete,
        BulkAction::AddTags => Action::Tags(Change::Add, some_tags(input)?),
        BulkAction::RemoveTags => Action::Tags(Change::Remove, some_tags(input)?),
        BulkAction::SetTags => Action::Tags(Change::Set, tags(input)?),
        BulkAction::Edit => changes(input)?,
    })
}

fn paused(paused: bool) -> Action {
    Action::Patch(json!({"paused": paused}), AlertLabelsChange::default())
}

fn tags(input: &BulkInput) -> Result<Vec<String>, FieldError> {
    let given = input.tags.as_deref();
    tag::names(given.ok_or_else(|| FieldError::new("tags", "is required with this action"))?)
}

fn some_tags(input: &BulkInput) -> Result<Vec<String>, FieldError> {
    match tags(input)? {
        tags if tags.is_empty() => Err(FieldError::new("tags", "must name at least one")),
        tags => Ok(tags),
    }
}

fn changes(input: &BulkInput) -> Result<Action, FieldError> {
    let given = input.changes.clone().unwrap_or_default();
    if given.is_empty() {
        return Err(FieldError::new("changes", "must hold at least one field"));
    }
    match given.keys().find(|name| !BULK_FIELDS.contains(&name.as_str())) {
        None => {
            let mut patch = given.into();
            let alerts = AlertLabelsChange::split(&mut patch);
            let alerts = alerts.map_err(|wrong| within_changes(wrong.into_iter().next()))?;
            Ok(Action::Patch(patch, alerts))
        }
        Some(other) => Err(FieldError::new(
            format!("changes.{other}"),
            "cannot be changed of many monitors",
        )),
    }
}

/// What is wrong with one of the changes.
fn within_changes(wrong: Option<FieldError>) -> FieldError {
    match wrong {
        Some(wrong) => FieldError::new(format!("changes.{}", wrong.field), wrong.message),
        None => FieldError::new("changes", "cannot be read"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(json: Value) -> Result<Action, Vec<String>> {
        let input: BulkInput = serde_json::from_value(json).unwrap();
        let planned = plan(input, Timestamp::from_millis(1_000_000));
        let fields = |errors: Vec<FieldError>| errors.into_iter().map(|error| error.field).collect();
        planned.map(|plan| plan.action).map_err(fields)
    }

    #[test]
    fn each_action_has_what_it_needs() {
        let patch = |json| Ok(Action::Patch(json, AlertLabelsChange::default()));
        assert_eq!(
            planned(json!({"monitors": [1], "action": "pause"})),
            patch(json!({"paused": true}))
        );
        let edit = json!({"tag": "eu", "action": "edit", "changes": {"slow_ms": null}});
        assert_eq!(planned(edit), patch(json!({"slow_ms": null})));
        let labels = json!({"tag": "eu", "action": "edit", "changes": {"severity": "info", "retries": 2}});
        let change = AlertLabelsChange::split(&mut json!({"severity": "info"})).unwrap();
        assert_eq!(planned(labels), Ok(Action::Patch(json!({"retries": 2}), change)));
        let tags = json!({"external_keys": ["a"], "action": "set_tags", "tags": []});
        assert_eq!(planned(tags), Ok(Action::Tags(Change::Set, Vec::new())));
    }

    #[test]
    fn what_is_missing_or_says_nothing_is_named() {
        let many: Vec<i64> = (1..=1_001).collect();
        for (json, fields) in [
            (json!({"monitors": [1]}), vec!["action"]),
            (json!({"action": "pause"}), vec!["monitors"]),
            (json!({"action": "pause", "monitors": many}), vec!["monitors"]),
            (
                json!({"action": "pause", "monitors": [1], "tag": "eu"}),
                vec!["tag"],
            ),
            (
                json!({"action": "pause", "external_keys": ["a b"]}),
                vec!["external_keys"],
            ),
            (json!({"action": "pause", "tag": "a,b"}), vec!["tag"]),
            (
                json!({"action": "pause", "monitors": [1], "tags": ["a"]}),
                vec!["tags"],
            ),
            (json!({"action": "add_tags", "monitors": [1]}), vec!["tags"]),
            (
                json!({"action": "add_tags", "monitors": [1], "tags": []}),
                vec!["tags"],
            ),
            (json!({"action": "edit", "monitors": [1]}), vec!["changes"]),
            (
                json!({"action": "edit", "monitors": [1], "changes": {"url": "x"}}),
                vec!["changes.url"],
            ),
            (
                json!({"action": "edit", "monitors": [1], "changes": {"severity": "bad"}}),
                vec!["changes.severity"],
            ),
            (
                json!({"action": "edit", "monitors": [1], "changes": {"depends_on": [2, 2]}}),
                vec!["changes.depends_on"],
            ),
            (
                json!({"action": "mute", "monitors": [1], "until": "1970-01-01T00:00:00Z"}),
                vec!["until"],
            ),
        ] {
            let wrong: Vec<String> = planned(json.clone()).unwrap_err();
            assert_eq!(wrong, fields, "{json}");
        }
    }
}
