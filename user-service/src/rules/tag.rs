//! What names of tags are valid.

use std::collections::BTreeSet;

use domain::monitor::FieldError;
use domain::text::{hidden, is_blank};
use serde_json::Value;

/// The longest name, in characters.
const MAX_CHARS: usize = 60;

/// Tags of one monitor.
const MAX_PER_MONITOR: usize = 20;

/// The name of a tag, without white space around it.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn name(given: &str) -> Result<String, String> {
    let name = given.trim();
    if name.is_empty() || is_blank(name) {
        return Err("must have a visible character".to_owned());
    }
    if name.chars().count() > MAX_CHARS {
        return Err(format!("must have at most {MAX_CHARS} characters"));
    }
    if let Some(wrong) = hidden(name) {
        return Err(wrong.to_owned());
    }
    // In a query they stand between commas.
    if name.contains(',') {
        return Err("must not contain a comma".to_owned());
    }
    Ok(name.to_owned())
}

/// The names of a monitor's tags, each once.
///
/// # Errors
/// What is wrong with the field `tags`.
pub(crate) fn names(given: &[String]) -> Result<Vec<String>, FieldError> {
    let wrong = |message: String| FieldError::new("tags", message);
    let mut names: Vec<String> = Vec::with_capacity(given.len());
    for text in given {
        let name = name(text).map_err(|message| wrong(format!("{text:?} {message}")))?;
        let is_same = |other: &String| other.to_lowercase() == name.to_lowercase();
        if !names.iter().any(is_same) {
            names.push(name);
        }
        // Of each again so many may be said.
        if names.len() > MAX_PER_MONITOR {
            return Err(wrong(format!("must be at most {MAX_PER_MONITOR}")));
        }
    }
    Ok(names)
}

/// A change of a monitor's tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// These as well.
    Add,
    /// These no more.
    Remove,
    /// These and no others.
    Set,
}

/// The tags of a monitor that has `current`, after a change by `names`.
///
/// # Errors
/// When they are too many.
pub(crate) fn changed(
    current: &[String],
    change: Change,
    names: &[String],
) -> Result<Vec<String>, FieldError> {
    let is_named = |tag: &String| {
        let lower = tag.to_lowercase();
        names.iter().any(|name| name.to_lowercase() == lower)
    };
    match change {
        Change::Set => Ok(names.to_vec()),
        Change::Remove => Ok(current.iter().filter(|tag| !is_named(tag)).cloned().collect()),
        Change::Add => {
            let all: Vec<String> = current.iter().chain(names).cloned().collect();
            self::names(&all)
        }
    }
}

/// Whether both are the same tags, in whatever order and however they are capitalised.
pub(crate) fn are_same(one: &[String], other: &[String]) -> bool {
    difference(one, other).is_empty()
}

/// The tags that only one of both has, as it calls them.
pub(crate) fn difference<'a>(one: &'a [String], other: &'a [String]) -> Vec<&'a str> {
    let names = |tags: &[String]| tags.iter().map(|tag| tag.to_lowercase()).collect::<BTreeSet<_>>();
    let (in_one, in_other) = (names(one), names(other));
    let of = |tags: &'a [String], others: &BTreeSet<String>| {
        let only = tags.iter().filter(|tag| !others.contains(&tag.to_lowercase()));
        only.map(String::as_str).collect::<Vec<_>>()
    };
    [of(one, &in_other), of(other, &in_one)].concat()
}

/// Takes the tags out of a PATCH of a monitor: none where they stay, and an empty list for null.
///
/// # Errors
/// What is wrong with the field `tags`.
pub(crate) fn split(patch: &mut Value) -> Result<Option<Vec<String>>, FieldError> {
    let given = patch.as_object_mut().and_then(|fields| fields.remove("tags"));
    match given {
        None => Ok(None),
        Some(given) => {
            let given: Option<Vec<String>> = serde_json::from_value(given)
                .map_err(|_| FieldError::new("tags", "must be a list of names"))?;
            names(&given.unwrap_or_default()).map(Some)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn strings(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn names_are_trimmed_and_taken_once() {
        let given = strings(&[" team=payments ", "Team=Payments", "eu"]);
        assert_eq!(names(&given), Ok(strings(&["team=payments", "eu"])));
        assert_eq!(names(&[]), Ok(Vec::new()));
    }

    #[test]
    fn tags_are_added_taken_and_set_however_they_are_capitalised() {
        let current = strings(&["eu", "web"]);
        let after = |change, names: &[&str]| changed(&current, change, &strings(names));
        assert_eq!(
            after(Change::Add, &["EU", "db"]),
            Ok(strings(&["eu", "web", "db"]))
        );
        assert_eq!(after(Change::Remove, &["WEB", "x"]), Ok(strings(&["eu"])));
        assert_eq!(after(Change::Set, &["x"]), Ok(strings(&["x"])));
        assert!(are_same(&current, &strings(&["WEB", "eu"])));
        assert!(!are_same(&current, &strings(&["eu"])));
        assert_eq!(difference(&current, &strings(&["EU", "Db"])), ["web", "Db"]);
        let many: Vec<String> = (0..19).map(|n| n.to_string()).collect();
        assert_eq!(changed(&current, Change::Add, &many).unwrap_err().field, "tags");
    }

    #[test]
    fn the_tags_of_a_patch_are_taken_out_of_it() {
        let taken = |mut patch: Value| {
            let tags = split(&mut patch).unwrap();
            (tags, patch)
        };
        assert_eq!(taken(json!({"name": "x"})), (None, json!({"name": "x"})));
        assert_eq!(taken(json!({"tags": null})), (Some(Vec::new()), json!({})));
        let both = taken(json!({"tags": ["eu"], "name": "x"}));
        assert_eq!(both, (Some(strings(&["eu"])), json!({"name": "x"})));
        for wrong in [json!("eu"), json!([1]), json!({})] {
            assert_eq!(split(&mut json!({"tags": wrong})).unwrap_err().field, "tags");
        }
    }

    #[test]
    fn what_is_no_name_is_refused_with_its_field() {
        for text in ["", " ", "\u{200b}", "a,b", "a\u{0}b", &"x".repeat(61)] {
            assert_eq!(names(&[text.to_owned()]).unwrap_err().field, "tags", "{text:?}");
        }
        let many: Vec<String> = (0..21).map(|n| n.to_string()).collect();
        assert_eq!(names(&many).unwrap_err().field, "tags");
    }
}
