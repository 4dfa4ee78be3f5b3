//! What a monitor says itself about its alerts: how bad it is when it is down, and who is notified.

use domain::json::from_value;
use domain::monitor::{FieldError, MonitorInput};
use domain::routing::Recipients;
use domain::severity::Severity;
use serde::Deserialize;
use serde_json::{Map, Value};

/// The field of a monitor that says who is notified.
pub(crate) const RECIPIENTS: &str = "recipients";

/// What a monitor says itself about its alerts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AlertLabels {
    pub(crate) severity: Severity,
    /// None where the routes decide.
    pub(crate) recipients: Option<Recipients>,
}

/// A change of it. What is none stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AlertLabelsChange {
    severity: Option<Severity>,
    recipients: Option<Option<Recipients>>,
}

impl AlertLabels {
    /// Those of a monitor that these fields make.
    ///
    /// # Errors
    /// Every field that is not valid.
    pub(crate) fn of(input: &MonitorInput) -> Result<Self, Vec<FieldError>> {
        let recipients = input.recipients.clone();
        let wrong = recipients.as_ref().map(|given| given.validate(RECIPIENTS));
        match wrong.unwrap_or_default() {
            wrong if wrong.is_empty() => Ok(Self {
                severity: input.severity.unwrap_or_default(),
                recipients,
            }),
            wrong => Err(wrong),
        }
    }
}

impl AlertLabelsChange {
    /// The change to `labels`, whatever there was.
    pub(crate) fn to(labels: AlertLabels) -> Self {
        Self {
            severity: Some(labels.severity),
            recipients: Some(labels.recipients),
        }
    }

    /// Takes it out of a PATCH of a monitor, where null resets a field to its default.
    ///
    /// # Errors
    /// Every field that is not valid.
    pub(crate) fn split(patch: &mut Value) -> Result<Self, Vec<FieldError>> {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Given {
            severity: Option<Severity>,
            recipients: Option<Recipients>,
        }
        let Some(fields) = patch.as_object_mut() else {
            return Ok(Self::default());
        };
        let given: Map<String, Value> = ["severity", RECIPIENTS]
            .into_iter()
            .filter_map(|name| fields.remove_entry(name))
            .collect();
        let is_given = |name: &str| given.contains_key(name);
        let (severity_given, recipients_given) = (is_given("severity"), is_given(RECIPIENTS));
        let Given { severity, recipients } = from_value(Value::Object(given)).map_err(|error| vec![error])?;
        if let Some(recipients) = &recipients {
            let wrong = recipients.validate(RECIPIENTS);
            if !wrong.is_empty() {
                return Err(wrong);
            }
        }
        Ok(Self {
            severity: severity_given.then(|| severity.unwrap_or_default()),
            recipients: recipients_given.then_some(recipients),
        })
    }

    pub(crate) fn is_given(&self) -> bool {
        *self != Self::default()
    }

    /// Whether it says who is notified, or that the routes decide.
    pub(crate) fn gives_recipients(&self) -> bool {
        self.recipients.is_some()
    }

    /// Who is to be notified, where that is said.
    pub(crate) fn recipients(&self) -> Option<&Recipients> {
        self.recipients.as_ref()?.as_ref()
    }

    /// What becomes of `old`.
    pub(crate) fn made_of(&self, old: &AlertLabels) -> AlertLabels {
        AlertLabels {
            severity: self.severity.unwrap_or(old.severity),
            recipients: self.recipients.as_ref().unwrap_or(&old.recipients).clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ChannelId;
    use serde_json::json;

    fn split(mut patch: Value) -> (Value, Result<AlertLabelsChange, Vec<String>>) {
        let change = AlertLabelsChange::split(&mut patch);
        let fields = |wrong: Vec<FieldError>| wrong.into_iter().map(|error| error.field).collect();
        (patch, change.map_err(fields))
    }

    #[test]
    fn what_is_left_out_stays_and_null_resets() {
        let old = AlertLabels {
            severity: Severity::Info,
            recipients: Some(Recipients::Nobody),
        };
        let (rest, change) = split(json!({"name": "Shop"}));
        assert_eq!(rest, json!({"name": "Shop"}));
        assert!(!change.unwrap().is_given());
        let (rest, change) = split(json!({"severity": null, "slow_ms": 5}));
        assert_eq!(rest, json!({"slow_ms": 5}));
        let change = change.unwrap();
        assert!(!change.gives_recipients());
        let made = change.made_of(&old);
        assert_eq!(
            (made.severity, &made.recipients),
            (Severity::Critical, &old.recipients)
        );
        let (_, change) = split(json!({"recipients": null}));
        let change = change.unwrap();
        assert!(change.gives_recipients());
        let made = change.made_of(&old);
        assert_eq!((made.severity, made.recipients), (Severity::Info, None));
        let (_, change) = split(json!({"recipients": {"to": "channels", "channels": [3]}}));
        let channels = vec![ChannelId(3)];
        let change = change.unwrap();
        assert_eq!(change.recipients(), Some(&Recipients::Channels { channels }));
        assert_eq!(change.made_of(&old).severity, Severity::Info);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (patch, field) in [
            (json!({"severity": "bad"}), "severity"),
            (
                json!({"recipients": {"to": "channels", "channels": []}}),
                "recipients.channels",
            ),
            (json!({"recipients": {"to": "everybody"}}), "recipients.to"),
        ] {
            assert_eq!(split(patch.clone()).1.unwrap_err(), [field], "{patch}");
        }
        let input = MonitorInput {
            recipients: Some(Recipients::Channels { channels: Vec::new() }),
            ..MonitorInput::default()
        };
        assert_eq!(
            AlertLabels::of(&input).unwrap_err()[0].field,
            "recipients.channels"
        );
    }
}
