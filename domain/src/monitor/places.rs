//! From where a monitor is checked, and how many of these regions decide.

use super::kinds::MonitorInput;
use super::spec::Spec;
use crate::field_error::Errors;
use crate::quorum::{Quorum, QuorumInput, is_region_name};

/// The regions that check a monitor.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Places {
    /// In order, each once; none where that is the home region's to do.
    pub(super) regions: Vec<String>,
    /// Where there are at least two.
    pub(super) quorum: Option<Quorum>,
    /// What the quorum was made of, unless that is the default.
    pub(super) asked: Option<QuorumInput>,
}

impl Places {
    /// Those of a monitor.
    pub(super) fn of(spec: &Spec) -> Self {
        Self {
            regions: spec.regions.clone(),
            quorum: spec.quorum.clone(),
            asked: spec.quorum_asked,
        }
    }

    /// Sets the fields that make them.
    pub(super) fn write(self, input: &mut MonitorInput) {
        let asked = self.asked.unwrap_or_default();
        input.quorum = self.quorum.map(|_| asked);
        input.regions = Some(self.regions).filter(|regions| !regions.is_empty());
    }
}

impl MonitorInput {
    /// Its regions and its quorum. Whether there are such regions is not for these fields to say.
    pub(super) fn valid_places(&self, errors: &mut Errors) -> Places {
        let named = self.regions.as_deref().unwrap_or_default();
        if named.len() > Quorum::MAX_REGIONS {
            let wrong = format!("must have at most {} names", Quorum::MAX_REGIONS);
            errors.add("regions", wrong);
            return Places::default();
        }
        let before = errors.0.len();
        for (place, name) in named.iter().enumerate() {
            let wrong = if !is_region_name(name) {
                "must be the name of a region: 1 to 32 lower-case letters, digits and -"
            } else if named[..place].contains(name) {
                "is there already"
            } else {
                continue;
            };
            errors.add(&format!("regions.{place}"), wrong);
        }
        if errors.0.len() > before {
            return Places::default();
        }
        let mut regions = named.to_vec();
        regions.sort();
        if regions.len() < 2 {
            if self.quorum.is_some() {
                errors.add("quorum", "must be left out with fewer than two regions");
            }
            return Places {
                regions,
                ..Places::default()
            };
        }
        let asked = self.quorum.unwrap_or_default();
        match Quorum::resolve(&regions, asked) {
            Ok(quorum) => Places {
                regions,
                quorum: Some(quorum),
                asked: Some(asked).filter(|asked| *asked != QuorumInput::default()),
            },
            Err(wrong) => {
                errors.0.extend(wrong);
                Places::default()
            }
        }
    }

    /// Refuses regions and a quorum where nobody goes anywhere to look.
    pub(super) fn refuse_places(&self, errors: &mut Errors) {
        const WRONG: &str = "must be left out with the kind heartbeat: nothing is sent";
        if self.regions.as_ref().is_some_and(|regions| !regions.is_empty()) {
            errors.add("regions", WRONG);
        }
        if self.quorum.is_some() {
            errors.add("quorum", WRONG);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::quorum::Needed;

    fn input(places: Value) -> MonitorInput {
        let mut input = json!({"url": "https://a.example/"});
        let fields = input.as_object_mut().unwrap();
        fields.extend(places.as_object().unwrap().clone());
        serde_json::from_value(input).unwrap()
    }

    fn spec(places: Value) -> Spec {
        input(places).validate().unwrap().1
    }

    #[test]
    fn regions_are_kept_in_order_and_decide_by_majority() {
        let several = spec(json!({"regions": ["us", "eu", "ap"]}));
        let quorum = several.quorum.clone().unwrap();
        assert_eq!(several.regions, ["ap", "eu", "us"]);
        assert_eq!(quorum.regions, several.regions);
        assert_eq!((quorum.down, quorum.min_regions), (Needed::Regions(2), 2));
        assert_eq!((several.region_count(), several.quorum_asked), (3, None));
        assert!(several.is_checked_from("us", "eu") && !several.is_checked_from("af", "af"));

        for (places, named) in [
            (json!({}), &[][..]),
            (json!({"regions": []}), &[]),
            (json!({"regions": ["us"]}), &["us"]),
        ] {
            let one = spec(places);
            assert_eq!(one.regions, named);
            assert_eq!((one.quorum.clone(), one.region_count()), (None, 1));
            assert_eq!(one.is_checked_from("eu", "eu"), named.is_empty());
            assert_eq!(one.is_checked_from("us", "eu"), !named.is_empty());
        }
    }

    #[test]
    fn what_is_shown_makes_the_same_regions_and_quorum() {
        for (places, shown) in [
            (json!({}), json!([null, null])),
            (json!({"regions": ["us"]}), json!([["us"], null])),
            (
                json!({"regions": ["us", "eu"]}),
                json!([["eu", "us"], {"down": "majority", "min_regions": null}]),
            ),
            (
                json!({"regions": ["us", "eu"], "quorum": {"down": 1, "min_regions": 2}}),
                json!([["eu", "us"], {"down": 1, "min_regions": 2}]),
            ),
            (
                json!({"regions": ["us", "eu", "ap"], "quorum": {"down": "all"}}),
                json!([["ap", "eu", "us"], {"down": "all", "min_regions": null}]),
            ),
        ] {
            let (name, spec) = input(places).validate().unwrap();
            let made = MonitorInput::from((name.clone(), spec.clone()));
            assert_eq!(json!([made.regions, made.quorum]), shown);
            let stored: Spec = serde_json::from_value(json!(spec)).unwrap();
            assert_eq!(stored, spec);
            assert_eq!(made.validate().unwrap(), (name, spec));
        }
    }

    #[test]
    fn each_field_that_is_wrong_is_named() {
        let many: Vec<String> = (0..17).map(|index| format!("r{index}")).collect();
        for (places, wrong) in [
            (json!({"regions": many}), vec!["regions"]),
            (
                json!({"regions": ["eu", "US", "eu", ""]}),
                vec!["regions.1", "regions.2", "regions.3"],
            ),
            (json!({"quorum": {}}), vec!["quorum"]),
            (json!({"regions": ["eu"], "quorum": {"down": 1}}), vec!["quorum"]),
            (
                json!({"regions": ["eu", "us"], "quorum": {"down": 3}}),
                vec!["quorum.down"],
            ),
            (
                json!({"regions": ["eu", "us"], "quorum": {"down": 2, "min_regions": 1}}),
                vec!["quorum.min_regions"],
            ),
            // Which number of regions there may be is not known where one of them is wrong.
            (
                json!({"regions": ["eu", "eu"], "quorum": {"down": 2}}),
                vec!["regions.1"],
            ),
        ] {
            let errors = input(places.clone()).validate().unwrap_err();
            let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
            assert_eq!(fields, wrong, "{places}");
        }
    }

    #[test]
    fn another_region_or_quorum_checks_the_same() {
        let one = spec(json!({}));
        let several = spec(json!({"regions": ["eu", "us"]}));
        let all = spec(json!({"regions": ["eu", "us"], "quorum": {"down": "all"}}));
        assert!(one != several && several != all);
        assert!(one.checks_same(&several) && several.checks_same(&all));
        assert_eq!(several.outline()["quorum"], json!(several.quorum));
        assert_eq!(several.outline()["regions"], json!(["eu", "us"]));
        assert!(one.outline().get("regions").is_none() && one.outline().get("quorum").is_none());
    }
}
