//! What a report is asked for, and the rules that it has to satisfy.

use std::collections::BTreeSet;

use api::{SlaReportInput, SlaSelection, SlaSelectionInput};
use chrono_tz::Tz;
use domain::monitor::FieldError;
use domain::{MonitorId, StatusPageId, Timestamp};

use super::period::Period;
use super::target::Target;
use crate::rules::errors::Errors;
use crate::rules::text;

/// Monitors of a report.
pub(crate) const MAX_MONITORS: usize = 200;

/// A report that is to be made.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Request {
    pub(crate) name: String,
    pub(crate) period: Period,
    pub(crate) selection: SlaSelection,
    pub(crate) target: Target,
    pub(crate) exclude_maintenance: bool,
}

impl Request {
    /// What a request asks for.
    ///
    /// # Errors
    /// Every field that is not valid.
    pub(crate) fn read(input: &SlaReportInput, now: Timestamp) -> Result<Self, Vec<FieldError>> {
        let mut errors = Errors::default();
        let zone = errors.keep(zone(input.time_zone.as_deref()));
        let period = match &input.period {
            Some(period) => zone.and_then(|zone| errors.keep(Period::read(period, zone, now))),
            None => errors.add("period", "is required"),
        };
        let selection = match &input.selection {
            Some(given) => errors.keep(selection(given)),
            None => errors.add("selection", "is required"),
        };
        let target = errors.keep(input.target.map_or(Ok(Target::DEFAULT), Target::read));
        let name = match input.name.as_deref() {
            Some(name) => errors.keep(text::name(name)),
            None => Some(
                period
                    .as_ref()
                    .map(|period| period.label.clone())
                    .unwrap_or_default(),
            ),
        };
        match (name, period, selection, target) {
            (Some(name), Some(period), Some(selection), Some(target)) if errors.0.is_empty() => Ok(Self {
                name,
                period,
                selection,
                target,
                exclude_maintenance: input.exclude_maintenance.unwrap_or(true),
            }),
            _ => Err(errors.0),
        }
    }
}

/// A time zone by its name, UTC by default.
pub(super) fn zone(name: Option<&str>) -> Result<Tz, FieldError> {
    name.unwrap_or("UTC").parse().map_err(|_| {
        let wrong = "must be the name of a time zone, as in Europe/Berlin";
        FieldError::new("time_zone", wrong)
    })
}

/// Some monitors, each once, a tag, or a status page.
pub(super) fn selection(given: &SlaSelectionInput) -> Result<SlaSelection, FieldError> {
    match (&given.monitors, &given.tag, given.status_page) {
        (Some(monitors), None, None) => {
            let ids: BTreeSet<i64> = monitors.iter().copied().collect();
            if !(1..=MAX_MONITORS).contains(&ids.len()) {
                let wrong = format!("must name 1 to {MAX_MONITORS}");
                return Err(FieldError::new("selection.monitors", wrong));
            }
            Ok(SlaSelection::Monitors {
                monitors: ids.into_iter().map(MonitorId).collect(),
            })
        }
        (None, Some(tag), None) => match text::name(tag) {
            Ok(tag) => Ok(SlaSelection::Tag { tag }),
            Err(error) => Err(FieldError::new("selection.tag", error.message)),
        },
        (None, None, Some(id)) => Ok(SlaSelection::StatusPage {
            status_page: StatusPageId(id),
        }),
        _ => {
            let wrong = "must name either monitors, a tag or a status page";
            Err(FieldError::new("selection", wrong))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(json: Value) -> Result<Request, Vec<FieldError>> {
        let now = "2026-11-28T09:00:00Z".parse().unwrap();
        Request::read(&serde_json::from_value(json).unwrap(), now)
    }

    #[test]
    fn a_report_has_defaults() {
        let request =
            read(json!({"period": {"month": "2026-10"}, "selection": {"monitors": [7, 3, 7]}})).unwrap();
        assert_eq!(request.name, "October 2026");
        assert_eq!(request.target, Target::DEFAULT);
        assert_eq!(request.period.zone, Tz::UTC);
        assert!(request.exclude_maintenance);
        let monitors = vec![MonitorId(3), MonitorId(7)];
        assert_eq!(request.selection, SlaSelection::Monitors { monitors });
        let tag = json!({"period": {"quarter": "2026-Q4"}, "selection": {"tag": " shop "}, "name": "Shop",
                         "time_zone": "Europe/Berlin", "target": 99.95, "exclude_maintenance": false});
        let request = read(tag).unwrap();
        let tag = "shop".to_owned();
        assert_eq!(request.selection, SlaSelection::Tag { tag });
        let page = read(json!({"period": {"month": "2026-10"}, "selection": {"status_page": 7}})).unwrap();
        let status_page = StatusPageId(7);
        assert_eq!(page.selection, SlaSelection::StatusPage { status_page });
        assert!(
            !request.exclude_maintenance
                && request
                    .period
                    .is_preliminary("2026-11-28T09:00:00Z".parse().unwrap())
        );
    }

    #[test]
    fn every_invalid_field_is_named() {
        let many: Vec<i64> = (0..=MAX_MONITORS as i64).collect();
        for (given, fields) in [
            (json!({}), vec!["period", "selection"]),
            (
                json!({"period": {"month": "x"}, "selection": {}, "target": 101, "name": " "}),
                vec!["period.month", "selection", "target", "name"],
            ),
            (
                json!({"period": {"month": "2026-10"}, "selection": {"monitors": many}, "time_zone": "Mars/Base"}),
                vec!["time_zone", "selection.monitors"],
            ),
            (
                json!({"period": {"month": "2026-10"}, "selection": {"monitors": []}}),
                vec!["selection.monitors"],
            ),
            (
                json!({"period": {"month": "2026-10"}, "selection": {"monitors": [1], "tag": "x"}}),
                vec!["selection"],
            ),
            (
                json!({"period": {"month": "2026-10"}, "selection": {"status_page": 1, "tag": "x"}}),
                vec!["selection"],
            ),
            (
                json!({"period": {"month": "2026-10"}, "selection": {"tag": "\u{202e}"}}),
                vec!["selection.tag"],
            ),
        ] {
            let errors = read(given.clone()).unwrap_err();
            let named: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
            assert_eq!(named, fields, "{given}");
        }
    }
}
