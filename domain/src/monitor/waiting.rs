//! What makes the fields of a heartbeat valid: nothing is sent, so that what says how to send has one value.

use std::borrow::Cow;

use super::kinds::{MonitorInput, Probe, slug};
use super::spec::Spec;
use crate::field_error::{Errors, FieldError};
use crate::rule::Rule;

/// The fields that other kinds have, and their only value here.
const INTERVAL_SECONDS: u32 = 60;
const TIMEOUT_MS: u32 = 10_000;

impl MonitorInput {
    /// The name and the specification of a heartbeat.
    ///
    /// # Errors
    /// Every field that is not valid.
    pub(super) fn validate_heartbeat(&self) -> Result<(String, Spec), Vec<FieldError>> {
        let mut errors = Errors::default();
        let probe = Probe::parse(&self.addressed(), &mut errors);
        let mut only = |field: &str, value: Option<u32>, meant: u32| {
            if value.is_some_and(|value| value != meant) {
                errors.add(field, "must be left out with the kind heartbeat: nothing is sent");
            }
        };
        only("interval_seconds", self.interval_seconds, INTERVAL_SECONDS);
        only("timeout_ms", self.timeout_ms, TIMEOUT_MS);
        only("retries", self.retries.map(u32::from), 0);
        only("retry_delay_ms", self.retry_delay_ms, 0);
        only("up_after", self.up_after.map(u32::from), 1);
        for (field, is_given) in [
            ("slow_ms", self.slow_ms.is_some()),
            ("down_of", self.down_of.is_some()),
            (
                "down_for_seconds",
                self.down_for_seconds.is_some_and(|seconds| seconds > 0),
            ),
        ] {
            if is_given {
                errors.add(field, "must be left out with the kind heartbeat");
            }
        }
        self.refuse_places(&mut errors);
        let down_after = self.down_after.unwrap_or(1);
        errors.range("down_after", u32::from(down_after), 1, 100);
        let name = self.valid_name(probe.as_ref(), &mut errors);
        let upside_down = self.upside_down.unwrap_or(false);
        let Some(mut probe) = probe.filter(|_| errors.0.is_empty()) else {
            return Err(errors.0);
        };
        if let Probe::Heartbeat(heartbeat) = &mut probe {
            heartbeat.limits.must_not_ping = upside_down;
        }
        let rule = Rule {
            down_after,
            ..Rule::default()
        };
        Ok((
            name,
            Spec {
                interval_ms: INTERVAL_SECONDS * 1_000,
                timeout_ms: TIMEOUT_MS,
                retries: 0,
                retry_delay_ms: 0,
                rule,
                paused: self.paused.unwrap_or(false),
                upside_down,
                regions: Vec::new(),
                quorum: None,
                quorum_asked: None,
                probe,
            },
        ))
    }

    /// Leaves out what says how to send.
    pub(super) fn leave_out_sending(&mut self) {
        (self.interval_seconds, self.timeout_ms) = (None, None);
        (self.retries, self.retry_delay_ms, self.up_after) = (None, None, None);
    }

    /// With an address: the one that its name makes, if it has none.
    fn addressed(&self) -> Cow<'_, Self> {
        let is_blank = self.url.as_deref().is_none_or(|url| url.trim().is_empty());
        let made = self
            .name
            .as_deref()
            .map(slug)
            .filter(|slug| is_blank && !slug.is_empty());
        match made {
            Some(slug) => Cow::Owned(Self {
                url: Some(format!("heartbeat://{slug}")),
                ..self.clone()
            }),
            None => Cow::Borrowed(self),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::heartbeat::Expectation;

    fn validated(input: Value) -> Result<(String, Spec), Vec<String>> {
        let input: MonitorInput = serde_json::from_value(input).unwrap();
        let fields = |errors: Vec<FieldError>| errors.into_iter().map(|error| error.field).collect();
        input.validate().map_err(fields)
    }

    fn expectation(spec: Spec) -> Expectation {
        match spec.probe {
            Probe::Heartbeat(probe) => probe.expectation,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_name_is_enough() {
        let (name, spec) = validated(json!({"kind": "heartbeat", "name": "Nightly backup"})).unwrap();
        assert_eq!(
            (name.as_str(), spec.probe.display_url().as_str()),
            ("Nightly backup", "heartbeat://nightly-backup")
        );
        let expectation = expectation(spec);
        assert_eq!(
            (expectation.grace_seconds, expectation.schedule.next_after(0)),
            (3_600, Some(86_400_000))
        );
    }

    #[test]
    fn what_is_shown_makes_the_same_heartbeat() {
        for heartbeat in [
            json!({}),
            json!({"schedule": {"period_seconds": 60}, "grace_seconds": 60, "early_seconds": 30}),
            json!({
                "schedule": {"expression": "0 3 * * *", "timezone": "Europe/Berlin"},
                "start_grace_seconds": 60, "longest_run_seconds": 0, "shortest_run_seconds": 5,
                "least_pause_seconds": 600, "post_only": true, "body": {"fail": ["ERROR"], "otherwise_fail": true},
            }),
            json!({"schedule": {"expression": "Mon..Fri 9:00\nSat 12:00"}}),
        ] {
            let input = json!({"kind": "heartbeat", "url": "heartbeat://a", "heartbeat": heartbeat, "upside_down": true});
            let (name, spec) = validated(input).unwrap();
            let shown = MonitorInput::from((name.clone(), spec.clone()));
            assert_eq!(shown.validate().unwrap(), (name, spec.clone()));
            let stored: Spec = serde_json::from_value(serde_json::to_value(&spec).unwrap()).unwrap();
            assert_eq!(stored, spec);
            assert!(!spec.holds_secrets());
        }
    }

    #[test]
    fn each_field_that_is_wrong_is_named() {
        for (fields, wrong) in [
            (json!({"url": "heartbeat://Upper"}), "url"),
            (json!({"url": "https://a.example/"}), "url"),
            (json!({"interval_seconds": 30}), "interval_seconds"),
            (json!({"retries": 1}), "retries"),
            (json!({"slow_ms": 5}), "slow_ms"),
            (json!({"down_after": 2, "down_of": 3}), "down_of"),
            (json!({"down_for_seconds": 60}), "down_for_seconds"),
            (json!({"regions": ["eu"]}), "regions"),
            (json!({"quorum": {}}), "quorum"),
            (
                json!({"heartbeat": {"grace_seconds": 59}}),
                "heartbeat.grace_seconds",
            ),
            (
                json!({"heartbeat": {"schedule": {"period_seconds": 59}}}),
                "heartbeat.schedule.period_seconds",
            ),
            (
                json!({"heartbeat": {"schedule": {"expression": "61 * * * *"}}}),
                "heartbeat.schedule.expression",
            ),
            (
                json!({"heartbeat": {"schedule": {"expression": "0 * * * *", "timezone": "Mars"}}}),
                "heartbeat.schedule.timezone",
            ),
            (
                json!({"heartbeat": {"schedule": {"expression": "0 * * * *", "period_seconds": 60}}}),
                "heartbeat.schedule.expression",
            ),
            (json!({"heartbeat": {"body": {}}}), "heartbeat.body"),
            (
                json!({"heartbeat": {"body": {"fail": [""]}}}),
                "heartbeat.body.fail",
            ),
        ] {
            let mut input = json!({"kind": "heartbeat", "url": "heartbeat://a"});
            input
                .as_object_mut()
                .unwrap()
                .extend(fields.as_object().unwrap().clone());
            assert_eq!(validated(input.clone()).unwrap_err(), [wrong], "{input}");
        }
    }
}
