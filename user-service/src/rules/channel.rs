//! What a user sends to make or change a channel, and the rules that it has to satisfy.

use api::ChannelInput;
use domain::channel::{ChannelAlerts, Config, Kind, Policy};
use domain::json::from_value;
use domain::monitor::{FieldError, any_of};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::text;

/// What can be told of a channel whose configuration cannot be read.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) enabled: bool,
    pub(crate) alerts: ChannelAlerts,
}

/// A valid channel.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ValidChannel {
    pub(crate) name: String,
    pub(crate) config: Config,
    pub(crate) enabled: bool,
    pub(crate) alerts: ChannelAlerts,
}

/// The channel that the fields make of `old`, or of nothing, and whether its secret was made for it and is
/// to be shown this once.
///
/// # Errors
/// Every field that is not valid.
pub(crate) fn apply(
    input: ChannelInput,
    old: Option<&ValidChannel>,
    policy: &Policy,
) -> Result<(ValidChannel, bool), Vec<FieldError>> {
    let name = match (input.name, old) {
        (None, Some(old)) => Ok(old.name.clone()),
        (name, _) => text::name(&name.unwrap_or_default()),
    };
    let present = old.map(|old| old.config.kind());
    let kind = match input.kind.as_deref().map(Kind::parse) {
        None => Ok(present.unwrap_or(Kind::Slack)),
        Some(Some(kind)) if present.is_none_or(|present| present == kind) => Ok(kind),
        Some(Some(_)) => Err(FieldError::new("kind", "cannot be changed")),
        Some(None) => {
            let names: Vec<_> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
            Err(FieldError::new("kind", format!("must be {}", any_of(&names))))
        }
    };
    let given = input.config.unwrap_or_default();
    let configured = match kind {
        Ok(kind) => kind.edit(given, old.map(|old| &old.config), policy),
        Err(error) => Err(vec![error]),
    };
    let alerts = apply_alerts(input.alerts, old.map(|old| old.alerts).unwrap_or_default());
    match (name, configured, alerts) {
        (Ok(name), Ok(configured), Ok(alerts)) => {
            let channel = ValidChannel {
                name,
                config: configured.config,
                enabled: input.enabled.or(old.map(|old| old.enabled)).unwrap_or(true),
                alerts,
            };
            Ok((channel, configured.secret_is_new))
        }
        (name, configured, alerts) => Err(name
            .err()
            .into_iter()
            .chain(configured.err().into_iter().flatten())
            .chain(alerts.err().into_iter().flatten())
            .collect()),
    }
}

/// As [`apply`], of a channel whose configuration cannot be read: that has to be given as a whole,
/// and the rest stays.
///
/// # Errors
/// Every field that is not valid.
pub(crate) fn apply_to_unreadable(
    mut input: ChannelInput,
    old: &Known,
    policy: &Policy,
) -> Result<(ValidChannel, bool), Vec<FieldError>> {
    if input.kind.get_or_insert_with(|| old.kind.clone()) != &old.kind {
        return Err(vec![FieldError::new("kind", "cannot be changed")]);
    }
    input.name.get_or_insert_with(|| old.name.clone());
    input.enabled.get_or_insert(old.enabled);
    let alerts = apply_alerts(input.alerts.take(), old.alerts)?;
    let (channel, secret_is_new) = apply(input, None, policy)?;
    Ok((ValidChannel { alerts, ..channel }, secret_is_new))
}

/// Requires that a member can have a channel of this kind as one of the member's own: what opens incidents elsewhere, or
/// answers for the organisation, is the organisation's.
///
/// # Errors
/// What is wrong with the field `kind`.
pub(crate) fn may_be_own(kind: Kind) -> Result<(), FieldError> {
    match kind {
        Kind::PagerDuty | Kind::Jsm | Kind::SlackBot => Err(FieldError::new(
            "kind",
            "cannot be that of a channel of your own: only an organisation has such channels",
        )),
        _ => Ok(()),
    }
}

/// The fields of [`ChannelAlerts`] that are of the channel.
const ALERTS_FIELDS: [&str; 5] = [
    "degraded",
    "throttle_seconds",
    "remind_every_seconds",
    "quiet_hours",
    "acknowledge_by_link",
];

/// What is left out of `given` stays, and null resets a field to its default.
fn apply_alerts(
    given: Option<Map<String, Value>>,
    old: ChannelAlerts,
) -> Result<ChannelAlerts, Vec<FieldError>> {
    #[derive(Deserialize)]
    struct Outer {
        alerts: ChannelAlerts,
    }
    let Some(given) = given else { return Ok(old) };
    let mut fields = json!(old);
    for (name, value) in given {
        if !ALERTS_FIELDS.contains(&name.as_str()) {
            let field = format!("alerts.{name}");
            return Err(vec![FieldError::new(field, "is not a known field")]);
        }
        match (value, fields.as_object_mut()) {
            (Value::Null, Some(fields)) => drop(fields.remove(&name)),
            (value, _) => fields[name] = value,
        }
    }
    let Outer { alerts } = from_value(json!({"alerts": fields})).map_err(|error| vec![error])?;
    match alerts.validate() {
        errors if errors.is_empty() => Ok(alerts),
        errors => Err(errors),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_of_the_alerts_can_be_set_and_reset() {
        let all = json!({"degraded": true, "throttle_seconds": 60, "remind_every_seconds": 300,
                         "quiet_hours": {"hours": {"time_zone": "UTC", "from": "22:00:00", "until": "07:00:00"},
                                         "passes": "critical"},
                         "acknowledge_by_link": true});
        let old: ChannelAlerts = serde_json::from_value(all.clone()).unwrap();
        assert_eq!(json!(old), all, "each field differs from its default");
        let fields = all.as_object().unwrap();
        let mut named: Vec<&str> = fields.keys().map(String::as_str).collect();
        named.sort_unstable();
        let mut known = ALERTS_FIELDS.to_vec();
        known.sort_unstable();
        assert_eq!(named, known);
        let set = apply_alerts(Some(fields.clone()), ChannelAlerts::default());
        assert_eq!(set, Ok(old));
        let reset = fields.keys().map(|name| (name.clone(), Value::Null)).collect();
        assert_eq!(apply_alerts(Some(reset), old), Ok(ChannelAlerts::default()));
    }

    const URL: &str = "https://hooks.slack.example/services/T0/B0/secret";

    const POLICY: Policy = Policy {
        allow_http: false,
        random: [7; 32],
    };

    fn input(json: serde_json::Value) -> ChannelInput {
        serde_json::from_value(json).unwrap()
    }

    fn channel() -> ValidChannel {
        let full = json!({"name": "Ops", "kind": "slack", "config": {"webhook_url": URL}});
        apply(input(full), None, &POLICY).unwrap().0
    }

    #[test]
    fn every_invalid_field_of_a_new_channel_is_named() {
        let fields = |json| -> Vec<String> {
            let errors = apply(input(json), None, &POLICY).unwrap_err();
            errors.into_iter().map(|error| error.field).collect()
        };
        assert_eq!(fields(json!({})), ["name", "config.webhook_url"]);
        assert_eq!(fields(json!({"kind": "pigeon"})), ["name", "kind"]);
        assert_eq!(fields(json!({"kind": "email"})), ["name", "config.to"]);
    }

    #[test]
    fn what_a_channel_is_told_of_is_changed_field_by_field() {
        let change = |old: &ValidChannel, alerts| apply(input(json!({"alerts": alerts})), Some(old), &POLICY);
        let (told, _) = change(&channel(), json!({"degraded": true, "throttle_seconds": 60})).unwrap();
        let expected = ChannelAlerts {
            degraded: true,
            throttle_seconds: 60,
            remind_every_seconds: None,
            quiet_hours: None,
            owner_quiet_hours: None,
            acknowledge_by_link: false,
        };
        assert_eq!(told.alerts, expected);
        let (told, _) = change(&told, json!({"degraded": null, "remind_every_seconds": 300})).unwrap();
        let expected = ChannelAlerts {
            degraded: false,
            throttle_seconds: 60,
            remind_every_seconds: Some(300),
            quiet_hours: None,
            owner_quiet_hours: None,
            acknowledge_by_link: false,
        };
        assert_eq!(told.alerts, expected);
        for (alerts, field) in [
            (json!({"throttle_seconds": 86_401}), "alerts.throttle_seconds"),
            (json!({"throttle_seconds": -1}), "alerts.throttle_seconds"),
            (
                json!({"remind_every_seconds": 299}),
                "alerts.remind_every_seconds",
            ),
            (json!({"degraded": 1}), "alerts.degraded"),
            (json!({"loudly": true}), "alerts.loudly"),
            (json!({"loudly": null}), "alerts.loudly"),
        ] {
            assert_eq!(change(&told, alerts).unwrap_err()[0].field, field);
        }
    }

    #[test]
    fn a_change_leaves_the_rest_and_the_secret_that_it_was_shown() {
        let old = channel();
        assert!(old.enabled);
        let shown = old.config.show();
        assert_eq!(shown, json!({"webhook_url": "https://hooks.slack.example/…"}));
        let change = json!({"enabled": false, "config": shown});
        let (new, _) = apply(input(change), Some(&old), &POLICY).unwrap();
        assert_eq!(
            new,
            ValidChannel {
                enabled: false,
                ..old.clone()
            }
        );
        let errors = apply(input(json!({"kind": "email"})), Some(&old), &POLICY);
        assert_eq!(errors.unwrap_err()[0].field, "kind");
    }
}
