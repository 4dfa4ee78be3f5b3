//! Plans: what an organisation may have. They are configuration; an organisation has the name of one. Pure.

use std::collections::BTreeMap;

use domain::monitor::FieldError;
use serde_json::{Map, Value};

use super::limits::Limits;

/// The plan of an installation that configures none.
pub(crate) const SELF_HOSTED: &str = "self-hosted";

const MAX_NAME_CHARS: usize = 40;

/// The plans that there are, and the one of organisations to which nobody has given one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plans {
    plans: BTreeMap<String, Limits>,
    default: String,
}

/// What an organisation may have, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Effective {
    pub(crate) plan: String,
    pub(crate) limits: Limits,
    /// What is wrong with what is stored of it, and is not gone by therefore.
    pub(crate) wrong: Option<String>,
}

impl Plans {
    /// Reads plans: a JSON object that holds an object of limits for each name. What a plan says nothing of is as in an
    /// installation without plans, where `max_monitors` is the limit of monitors.
    ///
    /// # Errors
    /// A sentence that names the plan and the limit.
    pub(crate) fn parse(text: &str, max_monitors: u32) -> Result<BTreeMap<String, Limits>, String> {
        let shape = || r#"must be a JSON object of plans, such as {"free": {"monitors": 20}}"#.to_owned();
        let given: Map<String, Value> = serde_json::from_str(text).map_err(|_| shape())?;
        if given.is_empty() {
            return Err("must hold one plan at least".to_owned());
        }
        let mut plans = BTreeMap::new();
        for (name, limits) in given {
            if !is_name(&name) {
                return Err(format!(
                    "must name plans by 1 to {MAX_NAME_CHARS} lower-case letters, digits, hyphens and underscores, which \
                     {name:?} is not"
                ));
            }
            let limits = limits
                .as_object()
                .ok_or_else(|| format!("must hold an object of limits as the plan {name}"))?;
            let limits = Limits::of_installation(max_monitors)
                .with(limits)
                .map_err(|wrong| format!("must be valid limits, but in the plan {name} {wrong}"))?;
            plans.insert(name, limits);
        }
        Ok(plans)
    }

    /// The plans, with the name of the default.
    ///
    /// # Errors
    /// A sentence, when there is no such plan.
    pub(crate) fn new(plans: BTreeMap<String, Limits>, default: String) -> Result<Self, String> {
        match plans.contains_key(&default) {
            true => Ok(Self { plans, default }),
            false => {
                let names: Vec<&str> = plans.keys().map(String::as_str).collect();
                Err(format!("must name one of the plans: {}", names.join(", ")))
            }
        }
    }

    /// Of an installation that configures no plans.
    pub(crate) fn self_hosted(max_monitors: u32) -> Self {
        let default = SELF_HOSTED.to_owned();
        let limits = Limits::of_installation(max_monitors);
        Self {
            plans: BTreeMap::from([(default.clone(), limits)]),
            default,
        }
    }

    /// The names of the plans.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.plans.keys().map(String::as_str)
    }

    /// What an organisation may have of which this is stored. A plan that is not configured (any more) is the default,
    /// and limits that cannot be read count for nothing.
    pub(crate) fn effective(&self, plan: Option<&str>, overrides: Option<&Value>) -> Effective {
        let known = plan.and_then(|name| self.plans.get_key_value(name));
        let default = self.plans.get_key_value(&self.default);
        let mut wrong = match (plan, known) {
            (Some(name), None) => Some(format!("there is no plan {name}")),
            _ => None,
        };
        let (name, limits) = match known.or(default) {
            Some((name, limits)) => (name.clone(), *limits),
            // There is a default, always.
            None => (self.default.clone(), Limits::of_installation(0)),
        };
        let limits = match overridden(limits, overrides) {
            Ok(limits) => limits,
            Err(why) => {
                wrong = wrong.or(Some(why));
                limits
            }
        };
        Effective {
            plan: name,
            limits,
            wrong,
        }
    }
}

/// Limits with those of one organisation alone.
///
/// # Errors
/// A sentence about the first one that is not valid.
pub(crate) fn overridden(limits: Limits, overrides: Option<&Value>) -> Result<Limits, String> {
    match overrides {
        None | Some(Value::Null) => Ok(limits),
        Some(Value::Object(given)) => limits.with(given),
        Some(_) => Err("the limits of the organisation alone are no object".to_owned()),
    }
}

fn is_name(name: &str) -> bool {
    let is_allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_');
    (1..=MAX_NAME_CHARS).contains(&name.len()) && name.bytes().all(is_allowed)
}

/// Requires that a monitor may be given this interval. One that it had before, it may keep.
pub(crate) fn require_interval(
    effective: &Effective,
    before_ms: Option<u32>,
    interval_ms: u32,
) -> Result<(), FieldError> {
    let least = effective.limits.min_interval_seconds;
    match before_ms == Some(interval_ms) || interval_ms >= least * 1_000 {
        true => Ok(()),
        false => Err(FieldError::new(
            "interval_seconds",
            format!(
                "must be at least {least}, which is the shortest interval of the plan {}",
                effective.plan
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use api::LimitKey;
    use serde_json::json;

    use super::*;

    fn plans(text: &str, default: &str) -> Result<Plans, String> {
        Plans::new(Plans::parse(text, 10_000)?, default.to_owned())
    }

    #[test]
    fn what_a_plan_says_nothing_of_is_as_without_plans() {
        let plans = plans(
            r#"{"free": {"monitors": 20, "api_keys": null}, "all": {}}"#,
            "free",
        )
        .unwrap();
        let free = plans.effective(None, None);
        assert_eq!(free.plan, "free");
        assert_eq!(free.limits.of(LimitKey::Monitors), Some(20));
        assert_eq!(free.limits.of(LimitKey::ApiKeys), None);
        let all = plans.effective(Some("all"), None).limits;
        let self_hosted = Plans::self_hosted(10_000).effective(None, None);
        assert_eq!(all, self_hosted.limits);
        assert_eq!(all.of(LimitKey::Monitors), Some(10_000));
        assert_eq!((all.min_interval_seconds, all.raw_retention_days), (10, None));
        assert_eq!(self_hosted.plan, SELF_HOSTED);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, default, named) in [
            ("[]", "free", "JSON object of plans"),
            ("{}", "free", "one plan at least"),
            (r#"{"Free plan": {}}"#, "free", r#""Free plan""#),
            (r#"{"free": 20}"#, "free", "the plan free"),
            (
                r#"{"free": {"monitor": 20}}"#,
                "free",
                "plan free monitor is not a limit",
            ),
            (
                r#"{"free": {"monitors": -1}}"#,
                "free",
                "plan free monitors must be a number",
            ),
            (
                r#"{"free": {"members": 0}}"#,
                "free",
                "members must be a number from 1",
            ),
            (
                r#"{"free": {"min_interval_seconds": 5}}"#,
                "free",
                "from 10 to 86400",
            ),
            (r#"{"free": {"raw_retention_days": 1}}"#, "free", "from 2 to 3650"),
            (
                r#"{"free": {}, "team": {}}"#,
                "pro",
                "one of the plans: free, team",
            ),
        ] {
            let wrong = plans(text, default).unwrap_err();
            assert!(wrong.contains(named), "{text}: {wrong}");
        }
    }

    #[test]
    fn an_organisation_has_the_default_where_what_is_stored_means_nothing() {
        let plans = plans(r#"{"free": {"monitors": 20}, "team": {"monitors": 50}}"#, "free").unwrap();
        let monitors = |plan, overrides: Option<Value>| {
            let effective = plans.effective(plan, overrides.as_ref());
            (effective.limits.of(LimitKey::Monitors), effective.wrong.is_some())
        };
        assert_eq!(monitors(Some("team"), None), (Some(50), false));
        assert_eq!(monitors(Some("gone"), None), (Some(20), true));
        assert_eq!(monitors(None, Some(json!({"monitors": 7}))), (Some(7), false));
        assert_eq!(monitors(None, Some(json!({"monitors": "7"}))), (Some(20), true));
        assert_eq!(monitors(None, Some(json!([]))), (Some(20), true));
        let gone = plans.effective(Some("gone"), Some(&json!({"monitors": null})));
        assert_eq!(
            (gone.plan.as_str(), gone.limits.of(LimitKey::Monitors)),
            ("free", None)
        );
    }

    #[test]
    fn a_monitor_keeps_its_interval_and_gets_no_shorter_one() {
        let plans = plans(r#"{"free": {"min_interval_seconds": 60}}"#, "free").unwrap();
        let free = plans.effective(None, None);
        assert_eq!(require_interval(&free, Some(10_000), 10_000), Ok(()));
        assert_eq!(require_interval(&free, Some(10_000), 60_000), Ok(()));
        let wrong = require_interval(&free, Some(10_000), 30_000).unwrap_err();
        assert_eq!(wrong.field, "interval_seconds");
        assert!(wrong.message.contains("at least 60") && wrong.message.contains("free"));
        assert!(require_interval(&free, None, 59_000).is_err());
    }
}
