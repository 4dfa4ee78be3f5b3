//! Simulations take a processor for as long as they last: some of them at a time, one of each organisation, and each for
//! as many steps as it may make.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use alerting::backtest::{Budget, Stopped};
use domain::OrgId;
use shared::http::problem::Problem;
use shared::permits::{FairPermits, Permit};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::metrics as names;

/// Simulations at a time.
const PLACES: usize = 2;

/// How long a place is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long what is simulated of a monitor may take.
const LONGEST: Duration = Duration::from_secs(20);

/// Steps that it may take; see [`Budget`].
const STEPS: u64 = 2_000_000;

/// How long it is waited for after its deadline: it looks at that often.
const GRACE: Duration = Duration::from_millis(500);

/// After how many seconds it can be tried again.
const AGAIN_SECONDS: u32 = 5;

/// Where simulations run.
#[derive(Debug)]
pub(crate) struct Simulations {
    places: Arc<Semaphore>,
    of_each: FairPermits<OrgId>,
}

/// The turn of an organisation: nothing else is simulated for it meanwhile. What still runs when it is dropped keeps its
/// place, and the organisation's turn, until it ends.
#[derive(Debug)]
pub(crate) struct Turn(Arc<Held>);

#[derive(Debug)]
struct Held {
    _own: Permit<OrgId>,
    _place: OwnedSemaphorePermit,
}

/// Why nothing came of a simulation.
#[derive(Debug)]
pub(crate) enum Unmade {
    /// There was more to do than it may.
    TooMuch,
    /// There was no time left.
    Late,
    /// A fault of ours.
    Failed(Problem),
}

impl Simulations {
    pub(crate) fn new() -> Self {
        Self {
            places: Arc::new(Semaphore::new(PLACES)),
            of_each: FairPermits::each(1),
        }
    }

    /// The turn of an organisation, for several simulations one after the other. It is waited for until the deadline, but not
    /// for long.
    ///
    /// # Errors
    /// 429 while something is simulated for the organisation, 503 while it is for others.
    pub(crate) async fn turn(&self, org: OrgId, deadline: Deadline) -> Result<Turn, Problem> {
        let Deadline(until) = deadline.or_sooner(Deadline::within(PATIENCE));
        let own = tokio::time::timeout_at(until, self.of_each.take(org));
        let own = own.await.map_err(|_| busy())?;
        let place = Arc::clone(&self.places).acquire_owned();
        match tokio::time::timeout_at(until, place).await {
            Ok(Ok(place)) => Ok(Turn(Arc::new(Held {
                _own: own,
                _place: place,
            }))),
            _ => Err(Problem::unavailable("a place for a simulation")),
        }
    }
}

impl Turn {
    /// Simulates something on a thread of its own, within as many steps as it may take, and until the deadline.
    ///
    /// # Errors
    /// When it takes more than that.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        deadline: Deadline,
        work: impl FnOnce(&mut Budget<'_>) -> Result<T, Stopped> + Send + 'static,
    ) -> Result<T, Unmade> {
        let (began, held) = (Instant::now(), Arc::clone(&self.0));
        let until = deadline.or_sooner(Deadline::within(LONGEST));
        let working = tokio::task::spawn_blocking(move || {
            let is_late = || until.is_over();
            let done = work(&mut Budget::while_in_time(STEPS, &is_late));
            drop(held);
            done
        });
        let done = match tokio::time::timeout_at(until.0 + GRACE, working).await {
            Ok(Ok(done)) => done.map_err(Unmade::from),
            Ok(Err(fault)) => Err(Unmade::Failed(Problem::internal(fault))),
            Err(_) => Err(Unmade::Late),
        };
        let outcome = match &done {
            Ok(_) => "made",
            Err(Unmade::TooMuch) => "too_much",
            Err(Unmade::Late) => "late",
            Err(Unmade::Failed(_)) => "failed",
        };
        metrics::counter!(names::SIMULATIONS, "outcome" => outcome).increment(1);
        metrics::histogram!(names::SIMULATION_SECONDS).record(began.elapsed().as_secs_f64());
        done
    }
}

impl From<Stopped> for Unmade {
    fn from(stopped: Stopped) -> Self {
        match stopped {
            Stopped::TooMuch => Self::TooMuch,
            Stopped::Late => Self::Late,
        }
    }
}

/// Until when there is time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    pub(crate) fn within(time: Duration) -> Self {
        Self(Instant::now() + time)
    }

    pub(crate) fn is_over(self) -> bool {
        Instant::now() >= self.0
    }

    /// What comes of it in time.
    pub(crate) async fn keep<T>(self, work: impl Future<Output = T>) -> Option<T> {
        tokio::time::timeout_at(self.0, work).await.ok()
    }

    fn or_sooner(self, other: Self) -> Self {
        Self(self.0.min(other.0))
    }
}

/// Counts results that a simulation has gone through.
pub(crate) fn gone_through(results: u64) {
    metrics::counter!(names::SIMULATED_RESULTS).increment(results);
}

fn busy() -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "something else is being simulated for the organisation; try again soon",
    )
    .with_retry_after(AGAIN_SECONDS)
}

#[cfg(test)]
mod tests;
