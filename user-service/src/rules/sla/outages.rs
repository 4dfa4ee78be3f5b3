//! The incidents of a monitor in a period.

use std::cmp::Reverse;
use std::ops::Range;

use api::{SlaIncident, SlaMeanTime};
use domain::fold::CloseReason;
use domain::{ErrorCode, IncidentId, Timestamp};

use crate::rules::uptime_window::{Window, counts};

/// An incident, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outage {
    pub(crate) id: IncidentId,
    pub(crate) started_at: Timestamp,
    pub(crate) ended: Option<(Timestamp, CloseReason)>,
    pub(crate) cause: Option<ErrorCode>,
    pub(crate) acknowledged_at: Option<Timestamp>,
}

impl Outage {
    fn span(&self) -> Range<Timestamp> {
        let end = self.ended.map_or(Timestamp::from_millis(i64::MAX), |(at, _)| at);
        self.started_at..end
    }
}

/// A sum of times, and of how many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mean {
    sum_ms: i64,
    count: usize,
}

impl Mean {
    fn record(&mut self, ms: i64) {
        self.sum_ms = self.sum_ms.saturating_add(ms.max(0));
        self.count += 1;
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.sum_ms = self.sum_ms.saturating_add(other.sum_ms);
        self.count += other.count;
    }

    pub(crate) fn view(self) -> SlaMeanTime {
        SlaMeanTime {
            mean_ms: i64::try_from(self.count)
                .ok()
                .and_then(|count| self.sum_ms.checked_div(count)),
            incidents: self.count,
        }
    }
}

/// What the incidents of a monitor come to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Response {
    /// How many there were in all the time.
    pub(crate) in_all_time: usize,
    /// How many of them not within maintenance alone.
    pub(crate) without_maintenance: usize,
    /// The times to acknowledge and to recover of those that count.
    pub(crate) to_acknowledge: Mean,
    pub(crate) to_recover: Mean,
    /// The first one first.
    pub(crate) listed: Vec<SlaIncident>,
    pub(crate) left_out: usize,
}

/// What the outages in a window come to. Those within maintenance count where `exclude_maintenance` is not said; of all of
/// them the longest are listed, at most `most`.
pub(crate) fn response(
    outages: &[Outage],
    window: &Window,
    maintenance: &[Range<Timestamp>],
    exclude_maintenance: bool,
    (now, most): (Timestamp, usize),
) -> Response {
    let mut response = Response::default();
    for outage in outages {
        if !counts(&outage.span(), window, &[]) {
            continue;
        }
        let within_maintenance = !counts(&outage.span(), window, maintenance);
        response.in_all_time += 1;
        response.without_maintenance += usize::from(!within_maintenance);
        let ended_at = outage.ended.map(|(at, _)| at);
        let duration_ms = ended_at.unwrap_or(now).millis_since(outage.started_at).max(0);
        if !(within_maintenance && exclude_maintenance) {
            if let Some(at) = outage.acknowledged_at
                && outage.started_at >= window.start
            {
                response.to_acknowledge.record(at.millis_since(outage.started_at));
            }
            if let Some((at, CloseReason::Recovered)) = outage.ended
                && at < window.until
            {
                response.to_recover.record(duration_ms);
            }
        }
        response.listed.push(SlaIncident {
            id: outage.id,
            started_at: outage.started_at,
            ended_at,
            duration_ms,
            ended_by: outage.ended.map(|(_, reason)| reason),
            cause: outage.cause,
            within_maintenance,
            acknowledged_at: outage.acknowledged_at,
            acknowledged_by: None,
        });
    }
    response.left_out = response.listed.len().saturating_sub(most);
    response
        .listed
        .sort_by_key(|incident| Reverse(incident.duration_ms));
    response.listed.truncate(most);
    response
        .listed
        .sort_by_key(|incident| (incident.started_at, incident.id.0));
    response
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_millis(minutes * 60_000)
    }

    fn outage(start: i64, end: Option<(i64, CloseReason)>, acknowledged: Option<i64>) -> Outage {
        Outage {
            id: IncidentId(Uuid::from_u128(start.unsigned_abs().into())),
            started_at: at(start),
            ended: end.map(|(end, reason)| (at(end), reason)),
            cause: Some(ErrorCode::ConnectTimeout),
            acknowledged_at: acknowledged.map(at),
        }
    }

    const WINDOW: Window = Window {
        start: Timestamp::from_millis(100 * 60_000),
        until: Timestamp::from_millis(200 * 60_000),
    };

    fn outages() -> Vec<Outage> {
        use CloseReason::{Paused, Recovered, Withdrawn};
        vec![
            outage(50, Some((100, Recovered)), None),
            // From before, acknowledged before, recovered within.
            outage(80, Some((110, Recovered)), Some(81)),
            outage(120, Some((130, Recovered)), Some(124)),
            outage(140, Some((150, Paused)), Some(142)),
            outage(151, Some((152, Withdrawn)), None),
            // Within maintenance.
            outage(161, Some((169, Recovered)), Some(165)),
            outage(190, Some((210, Recovered)), None),
            outage(195, None, None),
            outage(200, None, None),
        ]
    }

    #[test]
    fn those_that_were_open_in_the_window_count_and_means_are_of_their_own() {
        let maintenance = [at(160)..at(170)];
        let of = |exclude| response(&outages(), &WINDOW, &maintenance, exclude, (at(220), 100));
        let without = of(true);
        assert_eq!((without.in_all_time, without.without_maintenance), (7, 6));
        // 4 and 2 minutes; 30 and 10.
        assert_eq!(without.to_acknowledge.view().mean_ms, Some(3 * 60_000));
        assert_eq!(without.to_recover.view().mean_ms, Some(20 * 60_000));
        let with = of(false);
        assert_eq!(with.to_acknowledge.view().incidents, 3);
        // 30, 10 and 8 minutes.
        assert_eq!(with.to_recover.view().mean_ms, Some(16 * 60_000));
        let durations: Vec<i64> = with.listed.iter().map(|one| one.duration_ms / 60_000).collect();
        assert_eq!(durations, [30, 10, 10, 1, 8, 20, 25], "in their order");
        assert_eq!(with.listed.iter().filter(|one| one.within_maintenance).count(), 1);
    }

    #[test]
    fn of_very_many_the_longest_are_listed() {
        let found = response(&outages(), &WINDOW, &[], true, (at(220), 3));
        let durations: Vec<i64> = found.listed.iter().map(|one| one.duration_ms / 60_000).collect();
        assert_eq!((durations, found.left_out), (vec![30, 20, 25], 4));
        assert_eq!(found.in_all_time, 7);
        assert_eq!(Mean::default().view(), SlaMeanTime::default());
    }
}
