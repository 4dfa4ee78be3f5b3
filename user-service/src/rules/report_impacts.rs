//! What the updates of a report come to: how badly each component is affected, and how badly it was when. Pure.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use chrono::NaiveDate;
use domain::status_page::{Impact, ReportStatus};
use domain::{ComponentId, Timestamp};

/// An update, as far as impacts are concerned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) at: Timestamp,
    pub(crate) status: ReportStatus,
    pub(crate) components: Vec<(ComponentId, Impact)>,
}

/// What the updates of a report come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Impacts {
    /// How badly each component is affected by now that was ever named.
    pub(crate) now: BTreeMap<ComponentId, Impact>,
    /// The worst that was said of each.
    pub(crate) worst: BTreeMap<ComponentId, Impact>,
    spans: Vec<Span>,
}

/// For how long a component was affected in one way; open while it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    component: ComponentId,
    impact: Impact,
    from: Timestamp,
    until: Option<Timestamp>,
}

/// The updates of a report, oldest first. What is said holds from its update until the next one that changes it; what the
/// first one says, from when the problem began, if that was before.
pub(crate) fn fold(started_at: Timestamp, updates: &[Said]) -> Impacts {
    let mut impacts = Impacts::default();
    let mut open: BTreeMap<ComponentId, (Impact, Timestamp)> = BTreeMap::new();
    for (n, update) in updates.iter().enumerate() {
        let from = match n {
            0 => started_at.min(update.at),
            _ => update.at,
        };
        if update.status == ReportStatus::Resolved {
            let all: Vec<_> = impacts.now.keys().copied().collect();
            for component in all {
                impacts.say(&mut open, component, Impact::Operational, from);
            }
        }
        for &(component, impact) in &update.components {
            impacts.say(&mut open, component, impact, from);
        }
    }
    for (component, (impact, from)) in open {
        impacts.spans.push(Span {
            component,
            impact,
            from,
            until: None,
        });
    }
    impacts
}

impl Impacts {
    fn say(
        &mut self,
        open: &mut BTreeMap<ComponentId, (Impact, Timestamp)>,
        component: ComponentId,
        impact: Impact,
        from: Timestamp,
    ) {
        let before = self.now.insert(component, impact);
        let worst = self.worst.entry(component).or_default();
        *worst = impact.max(*worst);
        if before == Some(impact) {
            return;
        }
        if let Some((impact, since)) = open.remove(&component)
            && since < from
        {
            self.spans.push(Span {
                component,
                impact,
                from: since,
                until: Some(from),
            });
        }
        if impact != Impact::Operational {
            open.insert(component, (impact, from));
        }
    }

    /// Adds the worst of each day (UTC) of `days` to what other reports have said of it. What is still so, is so until now.
    pub(crate) fn add_days(
        &self,
        days: &RangeInclusive<NaiveDate>,
        now: Timestamp,
        worst: &mut BTreeMap<(ComponentId, NaiveDate), Impact>,
    ) {
        for span in &self.spans {
            let last = match span.until {
                Some(until) => until.plus_millis(-1),
                None => now.max(span.from),
            };
            let first = date(span.from).max(*days.start());
            for day in first
                .iter_days()
                .take_while(|day| *day <= date(last).min(*days.end()))
            {
                let worst = worst.entry((span.component, day)).or_default();
                *worst = span.impact.max(*worst);
            }
        }
    }
}

fn date(at: Timestamp) -> NaiveDate {
    at.to_datetime().date_naive()
}

/// When a report was over, after an update at `at`: since the first one of those that say so.
pub(crate) fn resolved_at(
    status: ReportStatus,
    before: Option<Timestamp>,
    at: Timestamp,
) -> Option<Timestamp> {
    (status == ReportStatus::Resolved).then(|| before.unwrap_or(at))
}

#[cfg(test)]
mod tests;
