//! Whether there are the regions that a monitor names. Pure.

use domain::Regions;
use domain::monitor::{FieldError, Spec};
use serde_json::Value;

/// The regions that a change names, as far as these are names; none where it says nothing of them.
pub(crate) fn named(patch: &Value) -> Option<Vec<String>> {
    let named = patch.get("regions")?.as_array()?;
    let named = named.iter().map(|name| name.as_str().unwrap_or_default());
    Some(named.map(str::to_owned).collect())
}

/// Whether a change that names regions leaves fewer than two, of which no quorum decides.
pub(crate) fn leaves_no_quorum(patch: &Value) -> bool {
    let count = |regions: &Value| regions.as_array().map_or(0, Vec::len);
    patch.get("regions").is_some_and(|regions| count(regions) < 2)
}

/// A definition that is to be saved in the place of `old`: the regions that it names are there. Those that the monitor has
/// it keeps, all together, also where some are gone. Errors are at the places of `named`, which is how they were sent; without
/// it, at those of the definition.
///
/// # Errors
/// What was wrong before, and each region that there is not.
pub(crate) fn known(
    definition: Result<(String, Spec), Vec<FieldError>>,
    regions: &Regions,
    named: Option<Vec<String>>,
    old: Option<&Spec>,
) -> Result<(String, Spec), Vec<FieldError>> {
    let made = definition.as_ref().ok().map(|(_, spec)| spec);
    if let (Some(made), Some(old)) = (made, old)
        && made.regions == old.regions
    {
        return definition;
    }
    let named = named.or_else(|| made.map(|spec| spec.regions.clone()));
    // Something else is wrong: that is all there is to say.
    if let (Some(named), Some(old)) = (&named, old) {
        let mut sorted = named.clone();
        sorted.sort();
        if sorted == old.regions {
            return definition;
        }
    }
    // Too many are refused already, and not one by one.
    let named = named.filter(|named| named.len() <= Regions::MAX);
    let unknown = regions.unknown(&named.unwrap_or_default());
    match definition {
        Ok(definition) if unknown.is_empty() => Ok(definition),
        Ok(_) => Err(unknown),
        Err(mut wrong) => {
            for error in unknown {
                if wrong.iter().all(|known| known.field != error.field) {
                    wrong.push(error);
                }
            }
            Err(wrong)
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::monitor::MonitorInput;
    use serde_json::json;

    use super::*;

    fn definition(fields: Value) -> Result<(String, Spec), Vec<FieldError>> {
        let mut input = json!({"url": "https://a.example/"});
        let all = input.as_object_mut().unwrap();
        all.extend(fields.as_object().unwrap().clone());
        serde_json::from_value::<MonitorInput>(input).unwrap().validate()
    }

    fn spec(fields: Value) -> Spec {
        definition(fields).unwrap().1
    }

    fn fields(checked: Result<(String, Spec), Vec<FieldError>>) -> Vec<String> {
        let wrong = checked.err().into_iter().flatten();
        wrong.map(|error| error.field).collect()
    }

    #[test]
    fn a_region_that_there_is_not_is_named_where_it_was_sent() {
        let regions = Regions::parse("eu,us").unwrap();
        for (sent, old, wrong) in [
            (json!({}), None, &[][..]),
            (json!({"regions": ["us", "eu"]}), None, &[]),
            (json!({"regions": ["us", "ap"]}), None, &["regions.1"]),
            (
                json!({"regions": ["us", "ap", "eu"]}),
                Some(json!({"regions": ["ap", "us"]})),
                &["regions.1"],
            ),
            // It has them already.
            (
                json!({"regions": ["us", "ap"]}),
                Some(json!({"regions": ["ap", "us"]})),
                &[],
            ),
            (
                json!({"regions": ["us", "ap"], "retries": 9}),
                Some(json!({"regions": ["ap", "us"]})),
                &["retries"],
            ),
            (
                json!({"regions": ["us", "ap", "us"], "retries": 9}),
                Some(json!({"regions": ["ap", "us"]})),
                &["retries", "regions.2", "regions.1"],
            ),
            (
                json!({"regions": ["EU", "ap"], "retries": 9}),
                None,
                &["retries", "regions.0", "regions.1"],
            ),
        ] {
            let old = old.map(spec);
            let checked = known(definition(sent.clone()), &regions, named(&sent), old.as_ref());
            assert_eq!(fields(checked), wrong, "{sent}");
        }
        let many: Vec<String> = (0..20).map(|index| format!("r{index}")).collect();
        let many = json!({"regions": many});
        let checked = known(definition(many.clone()), &regions, named(&many), None);
        assert_eq!(fields(checked), ["regions"]);
    }

    #[test]
    fn without_names_the_places_are_those_of_the_definition() {
        let regions = Regions::parse("eu,us").unwrap();
        let stored = || definition(json!({"regions": ["us", "ap"]}));
        assert_eq!(fields(known(stored(), &regions, None, None)), ["regions.0"]);
        let other = spec(json!({}));
        assert_eq!(
            fields(known(stored(), &regions, None, Some(&other))),
            ["regions.0"]
        );
        let same = stored().unwrap().1;
        assert_eq!(known(stored(), &regions, None, Some(&same)), stored());
    }

    #[test]
    fn a_change_to_fewer_than_two_regions_leaves_no_quorum() {
        for (patch, leaves_none) in [
            (json!({"regions": []}), true),
            (json!({"regions": null}), true),
            (json!({"regions": ["eu"]}), true),
            (json!({"regions": ["eu", "us"]}), false),
            (json!({"name": "a"}), false),
        ] {
            assert_eq!(leaves_no_quorum(&patch), leaves_none, "{patch}");
        }
    }
}
