//! Goes through what is stored of a monitor, once for each candidate.

use alerting::backtest::{Budget, Simulation, Stopped, Watched};
use domain::Timestamp;

use super::load::Stored;
use crate::rules::backtest::{Found, Request};
use crate::simulations;

/// What came of a monitor.
#[derive(Debug)]
pub(super) struct Gone {
    /// How many results, or pings, are of the time.
    pub(super) results: usize,
    /// Since when it is known, where that is within the time.
    pub(super) since: Option<Timestamp>,
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
    let begins = stored.log.begins();
    for (candidate, tried) in request.candidates.iter().zip(&stored.tried) {
        let since = begins.map_or(tried.since, |begins| begins.max(tried.since));
        let lead = request.lead_to(since);
        let watched = tried.heartbeat.as_ref().map(|heartbeat| Watched {
            heartbeat,
            revisions: &monitor.revisions,
            since: lead,
        });
        let simulation = Simulation {
            monitor: monitor.id,
            org: monitor.org,
            settings: &tried.settings,
            upstreams: &stored.upstreams,
            without: &candidate.without,
            rule: tried.rule,
            judged_by: tried.judged_by.as_ref(),
            watched,
            until: request.time.end,
        };
        // When the next ping of a heartbeat is due, one says that may have come long before.
        let first = match watched {
            Some(_) => Timestamp::from_millis(i64::MIN),
            None => lead,
        };
        let simulated = simulation.run(stored.log.records_from(first), budget)?;
        simulations::gone_through(simulated.results);
        let others = stored.onlooker.others(&tried.settings);
        let mut found = Found::simulated(monitor.id, simulated, &others);
        let first = stored.log.results_from(lead).next();
        if let Some(first) = first.filter(|first| first.scheduled_at >= since) {
            let began_at = first.scheduled_at.plus_millis(first.delay_ms.max(0));
            Found::began_as_sent(&mut found, &stored.sent, began_at);
        }
        candidates.push((found, since));
    }
    let start = request.time.start;
    let of_time = stored.log.results().filter(|result| result.scheduled_at >= start);
    let pings = stored.log.pings().filter(|ping| ping.timestamp >= start);
    let results = of_time.count() + pings.count();
    Ok(Gone {
        results,
        since: begins.filter(|begins| *begins > start),
        sent: stored.sent,
        candidates,
    })
}
