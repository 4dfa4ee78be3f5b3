//! What a monitor says itself about its alerts: how bad it is when it is down, who is notified, on which monitors it
//! depends, when it is flapping, and whether its response times are held against what is usual.

use domain::MonitorId;
use domain::baseline::AnomalyRule;
use domain::flapping::FlappingRule;
use domain::json::from_value;
use domain::monitor::{FieldError, MonitorInput, Probe, Spec};
use domain::routing::Recipients;
use domain::severity::Severity;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::dependencies::{self, DEPENDS_ON};

/// The field of a monitor that says who is notified.
pub(crate) const RECIPIENTS: &str = "recipients";

/// The field of a monitor that says when it is flapping.
const FLAPPING: &str = "flapping";

/// The field of a monitor that says whether its response times are held against what is usual.
const ANOMALIES: &str = "anomalies";

/// What a monitor says itself about its alerts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AlertLabels {
    pub(crate) severity: Severity,
    /// None where the routes decide.
    pub(crate) recipients: Option<Recipients>,
    /// None where it is never flapping.
    pub(crate) flapping: Option<FlappingRule>,
    /// None where response times are not held against what is usual.
    pub(crate) anomalies: Option<AnomalyRule>,
    /// By id.
    pub(crate) depends_on: Vec<MonitorId>,
}

/// A change of it. What is none stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AlertLabelsChange {
    severity: Option<Severity>,
    recipients: Option<Option<Recipients>>,
    flapping: Option<Option<FlappingRule>>,
    anomalies: Option<Option<AnomalyRule>>,
    depends_on: Option<Vec<MonitorId>>,
}

/// The fields as they are given.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Given {
    severity: Option<Severity>,
    recipients: Option<Recipients>,
    flapping: Option<FlappingRule>,
    anomalies: Option<AnomalyRule>,
    depends_on: Option<Vec<MonitorId>>,
}

impl Given {
    const FIELDS: [&str; 5] = ["severity", RECIPIENTS, FLAPPING, ANOMALIES, DEPENDS_ON];

    /// What they say; the default where they say nothing.
    ///
    /// # Errors
    /// Every field that is not valid.
    fn read(self) -> Result<AlertLabels, Vec<FieldError>> {
        let recipients = self.recipients.as_ref();
        let mut wrong = recipients.map_or_else(Vec::new, |given| given.validate(RECIPIENTS));
        wrong.extend(self.flapping.into_iter().flat_map(|rule| rule.validate(FLAPPING)));
        match dependencies::named(self.depends_on.unwrap_or_default()) {
            Ok(depends_on) if wrong.is_empty() => Ok(AlertLabels {
                severity: self.severity.unwrap_or_default(),
                recipients: self.recipients,
                flapping: self.flapping,
                anomalies: self.anomalies,
                depends_on,
            }),
            named => {
                wrong.extend(named.err());
                Err(wrong)
            }
        }
    }
}

impl AlertLabels {
    /// Those of a monitor that these fields make.
    ///
    /// # Errors
    /// Every field that is not valid.
    pub(crate) fn of(input: &MonitorInput) -> Result<Self, Vec<FieldError>> {
        let given = Given {
            severity: input.severity,
            recipients: input.recipients.clone(),
            flapping: input.flapping,
            anomalies: input.anomalies,
            depends_on: input.depends_on.clone(),
        };
        given.read()
    }

    /// Requires that a monitor can have them that is checked so.
    ///
    /// # Errors
    /// Every field that it cannot have.
    pub(crate) fn require_for(&self, spec: Option<&Spec>) -> Result<(), Vec<FieldError>> {
        let waits = spec.is_some_and(|spec| matches!(spec.probe, Probe::Heartbeat(_)));
        if waits && self.anomalies.is_some() {
            let wrong = "must be null with the kind heartbeat: there are no response times";
            return Err(vec![FieldError::new(ANOMALIES, wrong)]);
        }
        Ok(())
    }
}

impl AlertLabelsChange {
    /// The change to `labels`, whatever there was.
    pub(crate) fn to(labels: AlertLabels) -> Self {
        Self {
            severity: Some(labels.severity),
            recipients: Some(labels.recipients),
            flapping: Some(labels.flapping),
            anomalies: Some(labels.anomalies),
            depends_on: Some(labels.depends_on),
        }
    }

    /// Takes it out of a PATCH of a monitor, where null resets a field to its default.
    ///
    /// # Errors
    /// Every field that is not valid.
    pub(crate) fn split(patch: &mut Value) -> Result<Self, Vec<FieldError>> {
        let Some(fields) = patch.as_object_mut() else {
            return Ok(Self::default());
        };
        let given: Map<String, Value> = Given::FIELDS
            .into_iter()
            .filter_map(|name| fields.remove_entry(name))
            .collect();
        let is_given = Given::FIELDS.map(|name| given.contains_key(name));
        let [severity, recipients, flapping, anomalies, depends_on] = is_given;
        let given: Given = from_value(Value::Object(given)).map_err(|error| vec![error])?;
        let labels = given.read()?;
        Ok(Self {
            severity: severity.then_some(labels.severity),
            recipients: recipients.then_some(labels.recipients),
            flapping: flapping.then_some(labels.flapping),
            anomalies: anomalies.then_some(labels.anomalies),
            depends_on: depends_on.then_some(labels.depends_on),
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

    /// Whether it says when the monitor is flapping, or that it never is.
    pub(crate) fn gives_flapping(&self) -> bool {
        self.flapping.is_some()
    }

    /// Whether it says that response times are held against what is usual, or that they are not.
    pub(crate) fn gives_anomalies(&self) -> bool {
        self.anomalies.is_some()
    }

    /// On which monitors it is to depend, where that is said.
    pub(crate) fn depends_on(&self) -> Option<&[MonitorId]> {
        self.depends_on.as_deref()
    }

    /// What becomes of `old`.
    pub(crate) fn made_of(&self, old: &AlertLabels) -> AlertLabels {
        AlertLabels {
            severity: self.severity.unwrap_or(old.severity),
            recipients: self.recipients.as_ref().unwrap_or(&old.recipients).clone(),
            flapping: self.flapping.unwrap_or(old.flapping),
            anomalies: self.anomalies.unwrap_or(old.anomalies),
            depends_on: self.depends_on.as_ref().unwrap_or(&old.depends_on).clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ChannelId;
    use domain::baseline::Sensitivity;
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
            flapping: Some(FlappingRule {
                outages: 3,
                within_minutes: 60,
                lasting_minutes: 5,
            }),
            anomalies: Some(AnomalyRule {
                sensitivity: Sensitivity::High,
                notify: true,
            }),
            depends_on: vec![MonitorId(7)],
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
        assert_eq!((made.flapping, &made.depends_on), (old.flapping, &old.depends_on));
        assert_eq!(made.anomalies, old.anomalies);
        let (_, change) = split(json!({"anomalies": {"sensitivity": "low"}}));
        let change = change.unwrap();
        assert!(change.gives_anomalies() && change.is_given() && !change.gives_flapping());
        let low = change.made_of(&old).anomalies;
        assert_eq!(low.map(|rule| rule.sensitivity), Some(Sensitivity::Low));
        let (_, change) = split(json!({"anomalies": null}));
        assert_eq!(change.unwrap().made_of(&old).anomalies, None);
        let (_, change) = split(json!({"recipients": {"to": "channels", "channels": [3]}}));
        let channels = vec![ChannelId(3)];
        let change = change.unwrap();
        assert_eq!(change.recipients(), Some(&Recipients::Channels { channels }));
        assert_eq!(change.made_of(&old).severity, Severity::Info);
        let (_, change) = split(json!({"flapping": null, "depends_on": [9, 3]}));
        let change = change.unwrap();
        assert!(change.gives_flapping() && !change.gives_recipients());
        let named = [MonitorId(3), MonitorId(9)];
        assert_eq!(change.depends_on(), Some(named.as_slice()));
        let made = change.made_of(&old);
        assert_eq!(
            (made.flapping, made.depends_on.as_slice()),
            (None, named.as_slice())
        );
        let (_, change) = split(json!({"depends_on": null}));
        assert_eq!(change.unwrap().made_of(&old).depends_on, []);
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
            (json!({"depends_on": 7}), "depends_on"),
            (json!({"depends_on": [7, 7]}), "depends_on"),
            (json!({"flapping": {"outages": 3}}), "flapping"),
            (json!({"anomalies": {}}), "anomalies"),
            (
                json!({"anomalies": {"sensitivity": "extreme"}}),
                "anomalies.sensitivity",
            ),
            (
                json!({"flapping": {"outages": 1, "within_minutes": 60, "lasting_minutes": 5}}),
                "flapping.outages",
            ),
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
