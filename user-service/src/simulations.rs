//! Simulations take a processor for as long as they last: some of them at a time, and one of each organisation.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
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

/// How long a simulation may take.
const LONGEST: Duration = Duration::from_secs(20);

/// After how many seconds it can be tried again.
const AGAIN_SECONDS: u32 = 5;

/// Where simulations run.
#[derive(Debug)]
pub(crate) struct Simulations {
    places: Arc<Semaphore>,
    of_each: FairPermits<OrgId>,
}

/// The turn of an organisation: nothing else is simulated for it meanwhile. What still runs when it is dropped keeps its
/// place until it ends.
#[derive(Debug)]
pub(crate) struct Turn(Arc<Held>);

#[derive(Debug)]
struct Held {
    _own: Permit<OrgId>,
    _place: OwnedSemaphorePermit,
}

impl Simulations {
    pub(crate) fn new() -> Self {
        Self {
            places: Arc::new(Semaphore::new(PLACES)),
            of_each: FairPermits::each(1),
        }
    }

    /// The turn of an organisation, for several simulations one after the other.
    ///
    /// # Errors
    /// 429 while something is simulated for the organisation, 503 while it is for others.
    pub(crate) async fn turn(&self, org: OrgId) -> Result<Turn, Problem> {
        let until = Instant::now() + PATIENCE;
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

    /// Simulates something for an organisation on a thread of its own.
    ///
    /// # Errors
    /// As [`Self::turn`] and [`Turn::run`].
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        org: OrgId,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        self.turn(org).await?.run(work).await
    }
}

impl Turn {
    /// Simulates something on a thread of its own.
    ///
    /// # Errors
    /// 503 when it takes too long. It goes on then, and keeps its place.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let (began, held) = (Instant::now(), Arc::clone(&self.0));
        let working = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(held);
            done
        });
        let done = match tokio::time::timeout(LONGEST, working).await {
            Ok(done) => done.map_err(Problem::internal),
            Err(_) => Err(Problem::unavailable("a simulation of that many results")),
        };
        let outcome = match &done {
            Ok(_) => "made",
            Err(problem) if problem.status() == StatusCode::SERVICE_UNAVAILABLE => "late",
            Err(_) => "failed",
        };
        metrics::counter!(names::SIMULATIONS, "outcome" => outcome).increment(1);
        metrics::histogram!(names::SIMULATION_SECONDS).record(began.elapsed().as_secs_f64());
        done
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
mod tests {
    use super::*;

    const ONE: OrgId = OrgId(1);

    #[tokio::test(start_paused = true)]
    async fn an_organisation_has_one_turn_at_a_time_and_few_have_one() {
        let simulations = Simulations::new();
        let first = simulations.turn(ONE).await.unwrap();
        let refused = simulations.turn(ONE).await.unwrap_err();
        assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
        let _second = simulations.turn(OrgId(2)).await.unwrap();
        let refused = simulations.turn(OrgId(3)).await.unwrap_err();
        assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
        drop(first);
        assert!(simulations.turn(ONE).await.is_ok());
        assert!(
            simulations.turn(OrgId(3)).await.is_ok(),
            "who gave up holds nothing"
        );
    }

    #[tokio::test]
    async fn what_still_runs_keeps_its_place_when_nobody_waits_for_it() {
        let simulations = Simulations::new();
        let (end, ended) = std::sync::mpsc::channel::<()>();
        let turn = simulations.turn(ONE).await.unwrap();
        let running = tokio::time::timeout(Duration::from_millis(1), turn.run(move || ended.recv()));
        assert!(running.await.is_err());
        drop(turn);
        assert_eq!(simulations.places.available_permits(), PLACES - 1);
        drop(end);
        // The permit comes back once the thread has ended.
        let all = simulations.places.acquire_many(u32::try_from(PLACES).unwrap());
        assert!(tokio::time::timeout(Duration::from_secs(30), all).await.is_ok());
        assert_eq!(simulations.run(ONE, || 7).await.unwrap(), 7);
    }

    #[tokio::test]
    async fn a_panic_is_a_fault_of_ours_and_keeps_nothing() {
        let simulations = Simulations::new();
        let problem = simulations.run::<()>(ONE, || panic!("a fault of ours")).await;
        assert_eq!(problem.unwrap_err().status(), StatusCode::INTERNAL_SERVER_ERROR);
        assert_eq!(simulations.places.available_permits(), PLACES);
    }
}
