//! Plans: what an organisation may have. They are configuration; an organisation has the name of one. Pure.

use std::collections::BTreeMap;
use std::fmt;

use api::LimitKey;
use domain::monitor::FieldError;
use serde_json::{Map, Value};

/// The plan of an installation that configures none.
pub(crate) const SELF_HOSTED: &str = "self-hosted";

/// Limits that no plan changes: they bound what one organisation makes the installation do.
const MAX_INVITATIONS: u32 = 100;
const MAX_MAINTENANCE_WINDOWS: u32 = 100;
const MAX_TAGS: u32 = 200;

/// What a plan says nothing of.
const MAX_API_KEYS: u32 = 100;
const MAX_CHANNELS: u32 = 100;

/// The largest number that a limit can be.
const MAX_LIMIT: u32 = 1_000_000;

/// What can be said of the shortest interval, in seconds: a monitor's own bounds.
const MIN_INTERVAL_RANGE: (u32, u32) = (10, 86_400);

/// What can be said of how long single results are shown, in days. A day is needed for what is shown of the last one.
const RAW_RETENTION_RANGE: (u32, u32) = (2, 3_650);

const MAX_NAME_CHARS: usize = 40;

const MONITORS: &str = "monitors";
const MEMBERS: &str = "members";
const API_KEYS: &str = "api_keys";
const CHANNELS: &str = "channels";
const MIN_INTERVAL: &str = "min_interval_seconds";
const RAW_RETENTION: &str = "raw_retention_days";

/// The limits that a plan can set.
const SETTABLE: [&str; 6] = [MONITORS, MEMBERS, API_KEYS, CHANNELS, MIN_INTERVAL, RAW_RETENTION];

/// What an organisation may have; none is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    monitors: Option<u32>,
    members: Option<u32>,
    api_keys: Option<u32>,
    channels: Option<u32>,
    pub(crate) min_interval_seconds: u32,
    /// As long as the installation keeps them, if it is none.
    pub(crate) raw_retention_days: Option<u32>,
}

impl Limits {
    /// What holds where a plan says nothing.
    fn of_installation(max_monitors: u32) -> Self {
        Self {
            monitors: Some(max_monitors),
            members: None,
            api_keys: Some(MAX_API_KEYS),
            channels: Some(MAX_CHANNELS),
            min_interval_seconds: MIN_INTERVAL_RANGE.0,
            raw_retention_days: None,
        }
    }

    /// The same, but for what is said by `given`.
    ///
    /// # Errors
    /// A sentence about the first limit that is none, or has no valid value.
    fn with(mut self, given: &Map<String, Value>) -> Result<Self, String> {
        for (name, value) in given {
            match name.as_str() {
                MONITORS => self.monitors = number(name, value, (0, MAX_LIMIT))?,
                MEMBERS => self.members = number(name, value, (1, MAX_LIMIT))?,
                API_KEYS => self.api_keys = number(name, value, (0, MAX_LIMIT))?,
                CHANNELS => self.channels = number(name, value, (0, MAX_LIMIT))?,
                MIN_INTERVAL => {
                    let seconds = number(name, value, MIN_INTERVAL_RANGE)?;
                    self.min_interval_seconds = seconds.unwrap_or(MIN_INTERVAL_RANGE.0);
                }
                RAW_RETENTION => self.raw_retention_days = number(name, value, RAW_RETENTION_RANGE)?,
                _ => {
                    return Err(format!(
                        "{name} is not a limit; there are {}",
                        SETTABLE.join(", ")
                    ));
                }
            }
        }
        Ok(self)
    }

    /// How many there may be of something.
    pub(crate) fn of(&self, key: LimitKey) -> Option<u32> {
        match key {
            LimitKey::Monitors => self.monitors,
            LimitKey::Members => self.members,
            LimitKey::ApiKeys => self.api_keys,
            LimitKey::Channels => self.channels,
            LimitKey::Invitations | LimitKey::MaintenanceWindows | LimitKey::Tags => fixed(key),
        }
    }
}

/// How many there may be of something that no plan limits.
pub(crate) fn fixed(key: LimitKey) -> Option<u32> {
    match key {
        LimitKey::Invitations => Some(MAX_INVITATIONS),
        LimitKey::MaintenanceWindows => Some(MAX_MAINTENANCE_WINDOWS),
        LimitKey::Tags => Some(MAX_TAGS),
        LimitKey::Monitors | LimitKey::Members | LimitKey::ApiKeys | LimitKey::Channels => None,
    }
}

fn number(name: &str, value: &Value, (least, most): (u32, u32)) -> Result<Option<u32>, String> {
    if value.is_null() {
        return Ok(None);
    }
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    match number.filter(|number| (least..=most).contains(number)) {
        Some(number) => Ok(Some(number)),
        None => Err(format!(
            "{name} must be a number from {least} to {most}, or null for no limit"
        )),
    }
}

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

/// There is as much of something as there may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LimitReached {
    pub(crate) key: LimitKey,
    pub(crate) limit: u32,
    pub(crate) used: u32,
    /// The plan that says so, if it is one.
    pub(crate) plan: Option<String>,
}

impl fmt::Display for LimitReached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.key {
            LimitKey::Monitors => "monitors",
            LimitKey::Members => "members and invitations",
            LimitKey::Invitations => "invitations that are not answered",
            LimitKey::ApiKeys => "API keys",
            LimitKey::Channels => "channels",
            LimitKey::MaintenanceWindows => "maintenance windows",
            LimitKey::Tags => "tags",
        };
        let Self { limit, used, .. } = self;
        write!(f, "the organisation has {used} of {limit} {what}")?;
        match &self.plan {
            Some(plan) => write!(f, " that its plan ({plan}) allows"),
            None => write!(f, " that it can have"),
        }
    }
}

/// Requires that there is room for `more`.
pub(crate) fn require_room(
    key: LimitKey,
    limit: Option<u32>,
    used: u32,
    more: u32,
    plan: Option<&str>,
) -> Result<(), LimitReached> {
    match limit {
        Some(limit) if used.saturating_add(more) > limit => Err(LimitReached {
            key,
            limit,
            used,
            plan: plan.map(str::to_owned),
        }),
        _ => Ok(()),
    }
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
    use super::*;
    use serde_json::json;

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
    fn there_is_room_up_to_the_limit() {
        let room = |used, more| require_room(LimitKey::Monitors, Some(20), used, more, Some("free"));
        assert_eq!(room(19, 1), Ok(()));
        assert_eq!(
            room(20, 1).unwrap_err().to_string(),
            "the organisation has 20 of 20 monitors that its plan (free) allows"
        );
        assert!(room(19, 2).is_err() && room(25, 1).is_err());
        assert_eq!(require_room(LimitKey::Monitors, None, u32::MAX, 1, None), Ok(()));
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
