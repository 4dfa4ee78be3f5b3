//! What messages say of monitors of which too few regions were heard of. Never that they are down: that is not known.

use std::collections::BTreeSet;

use domain::Timestamp;
use domain::alert_event::AlertKind;
use domain::fold::CloseReason;

use super::details::{GroupedIncident, IncidentDetails};
use super::words::{ended, format_time, listed};

/// What it means.
const NOTHING_IS_KNOWN: &str =
    "Whether it is up is not known: no alert begins or ends until enough regions are heard of again.";

pub(super) fn headline(name: &str) -> String {
    format!("❔ Not heard of from enough regions: {name}")
}

/// Who has ended it, and how long it was so.
pub(super) fn end_headline(name: &str, reason: CloseReason, lasted: &str) -> String {
    match reason {
        CloseReason::Recovered => format!("✅ Heard of again: {name} (after {lasted})"),
        reason => format!("{}: {name} (was not heard of for {lasted})", ended(reason)),
    }
}

pub(super) fn group_headline(kind: AlertKind, total: usize) -> String {
    match kind {
        AlertKind::Seen => format!("✅ Heard of again: {total} monitors"),
        _ => format!("❔ Not heard of from enough regions: {total} monitors"),
    }
}

pub(super) fn reasons(details: &IncidentDetails) -> Vec<String> {
    let silent = silent([details].into_iter());
    silent.into_iter().chain([NOTHING_IS_KNOWN.to_owned()]).collect()
}

pub(super) fn end_reasons(reason: CloseReason) -> Vec<String> {
    vec![match reason {
        CloseReason::Recovered => "Enough regions are heard of again.".to_owned(),
        _ => "It is not waited for any more.".to_owned(),
    }]
}

/// Which regions are silent, and since when, of some monitors.
pub(super) fn silent<'a>(all: impl Iterator<Item = &'a IncidentDetails>) -> Option<String> {
    let (mut names, mut since) = (BTreeSet::new(), None::<Timestamp>);
    for details in all {
        names.extend(details.regions.iter().flat_map(|found| &found.absent));
        since = Some(since.map_or(details.started_at, |sooner| sooner.min(details.started_at)));
    }
    let names: Vec<String> = names.into_iter().cloned().collect();
    let since = since.filter(|_| !names.is_empty())?;
    let regions = if names.len() == 1 { "Region" } else { "Regions" };
    Some(format!(
        "{regions} {} silent since {}",
        listed(&names),
        format_time(since)
    ))
}

/// The same of the monitors that a message about several names, where it is about that.
pub(super) fn silent_group(kind: AlertKind, incidents: &[GroupedIncident]) -> Option<String> {
    let all = incidents.iter().map(|incident| &incident.details);
    silent(all).filter(|_| kind == AlertKind::Unseen)
}

#[cfg(test)]
mod tests {
    use domain::fold::FoundBy;
    use domain::{IncidentId, MonitorId};

    use super::*;

    fn details(monitor: i64, since: i64, absent: &[&str]) -> IncidentDetails {
        let (monitor_id, started_at) = (MonitorId(monitor), Timestamp::from_millis(since * 1_000));
        IncidentDetails {
            monitor_id,
            incident_id: IncidentId::of_silence(monitor_id, 1, started_at),
            name: "Shop".to_owned(),
            url: "https://shop.example/".to_owned(),
            started_at,
            error_code: None,
            error: None,
            link: "http://localhost:8080/monitors/42".to_owned(),
            anomaly: None,
            flapping: None,
            regions: Some(FoundBy {
                absent: absent.iter().map(|&name| name.to_owned()).collect(),
                ..FoundBy::default()
            }),
        }
    }

    #[test]
    fn a_message_names_the_regions_that_are_silent_and_since_when() {
        let (one, other) = (details(1, 120, &["us"]), details(2, 60, &["ap", "us"]));
        assert_eq!(
            silent([&one, &other].into_iter()),
            Some(format!(
                "Regions ap, us silent since {}",
                format_time(other.started_at)
            ))
        );
        assert!(reasons(&one)[0].starts_with("Region us silent since "));
        assert_eq!(silent([&details(1, 1, &[])].into_iter()), None);
        let grouped = [one, other].map(|details| GroupedIncident {
            details,
            resolved_at: None,
            degraded: false,
        });
        assert!(silent_group(AlertKind::Unseen, &grouped).is_some());
        assert_eq!(silent_group(AlertKind::Down, &grouped), None);
    }

    #[test]
    fn no_headline_says_that_anything_is_down() {
        let headlines = [
            headline("Shop"),
            end_headline("Shop", CloseReason::Recovered, "12 min"),
            end_headline("Shop", CloseReason::Paused, "12 min"),
            group_headline(AlertKind::Unseen, 12),
            group_headline(AlertKind::Seen, 12),
        ];
        assert!(
            headlines
                .iter()
                .all(|headline| !headline.to_lowercase().contains("down"))
        );
        assert_eq!(headlines[3], "❔ Not heard of from enough regions: 12 monitors");
    }
}
