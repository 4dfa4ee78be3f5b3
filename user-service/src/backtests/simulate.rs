//! Goes through what is stored of a monitor, once for each candidate.

use alerting::backtest::{Budget, Simulation, Stopped};
use domain::{Record, Timestamp};

use super::load::Stored;
use crate::rules::backtest::{Found, Request};
use crate::simulations;

/// What came of a monitor.
#[derive(Debug)]
pub(super) struct Gone {
    /// How many results were read, those that lead to the time included.
    pub(super) read: usize,
    /// How many of them are of the time.
    pub(super) results: usize,
    pub(super) sent: Vec<Found>,
    /// Of each candidate, what it has found and since when that counts.
    pub(super) candidates: Vec<(Vec<Found>, Timestamp)>,
}

/// Goes through it for all candidates, within one budget.
pub(super) fn gone_through(
    stored: Stored,
    request: &Request,
    budget: &mut Budget<'_>,
) -> Result<Gone, Stopped> {
    let mut candidates = Vec::with_capacity(request.candidates.len());
    for (candidate, tried) in request.candidates.iter().zip(&stored.tried) {
        let simulation = Simulation {
            monitor: stored.monitor.id,
            org: stored.monitor.org,
            settings: &tried.settings,
            upstreams: &stored.upstreams,
            without: &candidate.without,
            rule: tried.rule,
            until: request.time.end,
        };
        let lead = request.lead_to(tried.since);
        let first = stored.records.partition_point(|(at, _)| *at < lead);
        let records = stored.records.get(first..).unwrap_or_default();
        let simulated = simulation.run(records.iter().cloned(), budget)?;
        simulations::gone_through(simulated.results);
        let others = stored.onlooker.others(&tried.settings);
        let found = Found::simulated(stored.monitor.id, simulated, &others);
        candidates.push((found, tried.since));
    }
    let (read, results) = counted(&stored.records, request.time.start);
    Ok(Gone {
        read,
        results,
        sent: stored.sent,
        candidates,
    })
}

/// How many results there are, and how many of them are of slots from an instant on.
fn counted(records: &[(Timestamp, Record)], from: Timestamp) -> (usize, usize) {
    let slots = records.iter().filter_map(|(_, record)| match record {
        Record::Result(result) => Some(result.scheduled_at),
        _ => None,
    });
    slots.fold((0, 0), |(read, results), slot| {
        (read + 1, results + usize::from(slot >= from))
    })
}
