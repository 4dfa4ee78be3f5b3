//! Goes through what is stored of a monitor, once for each candidate.

use std::sync::Arc;

use alerting::backtest::Simulation;
use api::BacktestCandidate;
use domain::{Record, Rule, Timestamp};

use super::load::{Stored, Versions};
use super::{Failed, prefixed};
use crate::rules::backtest::{Found, Request, field_of, trial};
use crate::simulations::{self, Deadline};

/// Records after which it is looked whether there is still time.
const AT_ONCE: usize = 1_024;

/// What came of a monitor.
#[derive(Debug)]
pub(super) struct Gone {
    /// How many results were gone through.
    pub(super) results: usize,
    pub(super) sent: Vec<Found>,
    /// Of each candidate, what it has found and since when.
    pub(super) candidates: Vec<(Vec<Found>, Timestamp)>,
}

/// Goes through it; it ends soon after the deadline.
pub(super) fn gone_through(stored: Stored, request: &Request, deadline: Deadline) -> Result<Gone, Failed> {
    let mut candidates = Vec::with_capacity(request.candidates.len());
    for (place, candidate) in request.candidates.iter().enumerate() {
        let (settings, rule, since) = tried(&stored, request, (place, candidate))?;
        let simulation = Simulation {
            monitor: stored.monitor.id,
            org: stored.monitor.org,
            settings: &settings,
            upstreams: &stored.upstreams,
            without: &candidate.without,
            rule,
            until: request.time.end,
        };
        let first = stored.records.partition_point(|(at, _)| *at < since);
        let records = stored.records.get(first..).unwrap_or_default();
        let in_time = records.chunks(AT_ONCE).take_while(|_| !deadline.is_over());
        let simulated = simulation.run(in_time.flatten().cloned());
        if deadline.is_over() {
            return Err(Failed::Late);
        }
        simulations::gone_through(simulated.results);
        candidates.push((Found::simulated(stored.monitor.id, simulated), since));
    }
    let results = stored
        .records
        .iter()
        .filter(|(_, record)| matches!(record, Record::Result(_)));
    Ok(Gone {
        results: results.count(),
        sent: stored.sent,
        candidates,
    })
}

/// By which settings and rule a candidate is simulated, and since when.
fn tried(
    stored: &Stored,
    request: &Request,
    (place, candidate): (usize, &BacktestCandidate),
) -> Result<(Versions, Option<Rule>, Timestamp), Failed> {
    if candidate.as_it_was {
        return Ok((stored.as_it_was.clone(), None, stored.known_since));
    }
    let (monitor, start) = ((stored.monitor.id, &stored.spec), request.time.start);
    let above = stored.above.get(place).and_then(Option::as_ref);
    let tried = trial(candidate, monitor, &stored.present, above, &request.time);
    let tried = tried.map_err(|errors| Failed::Unfit(prefixed(&field_of(place), errors)))?;
    Ok((vec![(start, Arc::new(tried.settings))], tried.rule, start))
}
