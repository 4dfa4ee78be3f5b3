//! Goes through what is stored of a monitor, once for each candidate.

use alerting::backtest::{Budget, Simulation, Stopped};
use domain::Timestamp;

use super::load::Stored;
use crate::rules::backtest::{Found, Request};
use crate::simulations;

/// What came of a monitor.
#[derive(Debug)]
pub(super) struct Gone {
    /// How many results are of the time.
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
    let monitor = stored.log.monitor();
    let mut candidates = Vec::with_capacity(request.candidates.len());
    for (candidate, tried) in request.candidates.iter().zip(&stored.tried) {
        let simulation = Simulation {
            monitor: monitor.id,
            org: monitor.org,
            settings: &tried.settings,
            upstreams: &stored.upstreams,
            without: &candidate.without,
            rule: tried.rule,
            watched: None,
            until: request.time.end,
        };
        let lead = request.lead_to(tried.since);
        let simulated = simulation.run(stored.log.records_from(lead), budget)?;
        simulations::gone_through(simulated.results);
        let others = stored.onlooker.others(&tried.settings);
        let mut found = Found::simulated(monitor.id, simulated, &others);
        let first = stored.log.results_from(lead).next();
        if let Some(first) = first.filter(|first| first.scheduled_at >= tried.since) {
            let began_at = first.scheduled_at.plus_millis(first.delay_ms.max(0));
            Found::began_as_sent(&mut found, &stored.sent, began_at);
        }
        candidates.push((found, tried.since));
    }
    let start = request.time.start;
    let of_time = stored.log.results().filter(|result| result.scheduled_at >= start);
    let results = of_time.count();
    Ok(Gone {
        results,
        sent: stored.sent,
        candidates,
    })
}
