//! Backtests of stored results. What is stored of a monitor is read and gone through before the next one is, and no
//! connection is held while it is gone through.
//!
//! input → monitors → what is stored of each → simulations → what came of all of them

mod load;
mod simulate;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use api::{Backtest, BacktestInput, BacktestSelection, BacktestedMonitor, LeftOutMonitor};
use deadpool_postgres::Pool;
use domain::monitor::FieldError;
use domain::{ChannelId, MonitorId, Timestamp};
use shared::crypto::Keyring;
use shared::http::problem::Problem;

use self::load::Stored;
use self::simulate::{Gone, gone_through};
use crate::rules::backtest::{Frame, MAX_MONITORS, Request, Selected, Tally, field_of};
use crate::rules::dependencies::Sight;
use crate::simulations::{Deadline, Simulations, Turn};
use crate::store::alert_targets::Names;
use crate::store::error::StoreError;
use crate::store::{Scope, alert_policy, backtested_monitors, dependencies, monitors, only_tags, past};

/// Results of a monitor that are gone through, at most.
const MAX_RESULTS: usize = 300_000;

/// Results of all monitors of a backtest, at most.
const MAX_RESULTS_OF_ALL: usize = 1_000_000;

const TOO_MANY_MONITORS: &str = "more monitors than can be gone through at once";
const NO_ROOM: &str = "more results than can be gone through at once";
const NO_TIME: &str = "there was no time left for it";

/// Where backtests are made.
#[derive(Debug)]
pub(crate) struct Backtests<'a> {
    pub(crate) pool: &'a Pool,
    pub(crate) keyring: &'a Keyring,
    pub(crate) simulations: &'a Simulations,
    /// How long one may take.
    pub(crate) within: Duration,
}

/// Why nothing came of a monitor.
#[derive(Debug)]
enum Failed {
    /// It is not fit for what is asked.
    Unfit(Vec<FieldError>),
    /// There was no time.
    Late,
    /// Nothing comes of the others, either.
    Problem(Problem),
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Invalid(errors) => Self::Unfit(errors),
            other => Self::Problem(other.into()),
        }
    }
}

impl From<tokio_postgres::Error> for Failed {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Problem(error.into())
    }
}

/// What all monitors of a backtest are gone through by.
#[derive(Debug)]
struct Frames {
    scope: Scope,
    request: Arc<Request>,
    known_since: Timestamp,
    frame: Frame,
    /// Whether all of the organisation is seen.
    sees_all: bool,
    channels: HashMap<ChannelId, String>,
    deadline: Deadline,
}

impl Backtests<'_> {
    /// A backtest of one monitor.
    ///
    /// # Errors
    /// 404 for a monitor that is not there or not seen, 422 that names each field that is not valid, 429 or 503 while
    /// something else is simulated, 503 when it takes too long.
    pub(crate) async fn of_one(
        &self,
        scope: Scope,
        id: MonitorId,
        input: BacktestInput,
    ) -> Result<Backtest, Problem> {
        let deadline = Deadline::within(self.within);
        let monitor = {
            let client = self.pool.get().await?;
            let row = monitors::find(&client, self.keyring, scope, id).await?;
            BacktestedMonitor { id, name: row.name }
        };
        let request = read(input).await?;
        let turn = self.simulations.turn(scope.org()).await?;
        let frames = self.frames(scope, request, deadline).await?;
        let mut made = Made::new(&frames);
        match self.go_through(&turn, &frames, id, MAX_RESULTS).await {
            Ok(gone) => made.add(&frames, monitor, gone),
            Err(Failed::Unfit(errors)) => return Err(Problem::invalid(errors)),
            Err(Failed::Late) => return Err(Problem::unavailable("a backtest of that many results")),
            Err(Failed::Problem(problem)) => return Err(problem),
        }
        Ok(made.finish(frames))
    }

    /// A backtest of those monitors that are selected.
    ///
    /// # Errors
    /// As [`Self::of_one`]; 422 also for a selection of none, 403 for one by what is not seen.
    pub(crate) async fn of_selected(
        &self,
        scope: Scope,
        selection: BacktestSelection,
        input: BacktestInput,
    ) -> Result<Backtest, Problem> {
        let of_selection = |error| named("selection", vec![error]);
        let selected = Selected::read(selection).map_err(of_selection)?;
        let made = self.of_these(scope, &selected, input).await;
        made.map_err(|problem| {
            let errors = problem.errors().to_vec();
            if errors.is_empty() || problem.status() != StatusCode::UNPROCESSABLE_ENTITY {
                return problem;
            }
            let is_selection =
                |error: &FieldError| matches!(error.field.as_str(), "monitors" | "tag" | "policy_id");
            match errors.iter().all(is_selection) {
                true => named("selection", errors),
                false => named("backtest", errors),
            }
        })
    }

    /// As [`Self::of_selected`], with fields that are named from the input or the selection on.
    pub(crate) async fn of_these(
        &self,
        scope: Scope,
        selected: &Selected,
        input: BacktestInput,
    ) -> Result<Backtest, Problem> {
        let deadline = Deadline::within(self.within);
        let request = read(input).await?;
        let turn = self.simulations.turn(scope.org()).await?;
        let frames = self.frames(scope, request, deadline).await?;
        let monitors = {
            let client = self.pool.get().await?;
            let now = shared::now();
            backtested_monitors::selected(&client, self.keyring, scope, selected, now).await?
        };
        let mut made = Made::new(&frames);
        for monitor in monitors {
            let room = MAX_RESULTS_OF_ALL.saturating_sub(made.results).min(MAX_RESULTS);
            if made.monitors.len() == MAX_MONITORS {
                made.leave_out(monitor, TOO_MANY_MONITORS.to_owned());
                continue;
            }
            if room == 0 || deadline.is_over() {
                let why = if room == 0 { NO_ROOM } else { NO_TIME };
                made.leave_out(monitor, why.to_owned());
                continue;
            }
            match self.go_through(&turn, &frames, monitor.id, room).await {
                Ok(gone) => made.add(&frames, monitor, gone),
                Err(Failed::Unfit(errors)) => made.leave_out(monitor, reason(errors)),
                Err(Failed::Late) => made.leave_out(monitor, NO_TIME.to_owned()),
                Err(Failed::Problem(problem)) if problem.status() == StatusCode::NOT_FOUND => {}
                Err(Failed::Problem(problem)) => return Err(problem),
            }
        }
        Ok(made.finish(frames))
    }

    async fn go_through(
        &self,
        turn: &Turn,
        frames: &Frames,
        id: MonitorId,
        room: usize,
    ) -> Result<Gone, Failed> {
        let stored = Stored::load(self.pool, self.keyring, frames, id, room).await?;
        let (request, deadline) = (Arc::clone(&frames.request), frames.deadline);
        let gone = turn.run(move || gone_through(stored, &request, deadline));
        gone.await.map_err(Failed::Problem)?
    }

    /// Requires that what the request names is there, and reads what all monitors share.
    async fn frames(&self, scope: Scope, request: Request, deadline: Deadline) -> Result<Frames, Problem> {
        let mut client = self.pool.get().await?;
        // It locks what is named for a moment, and changes nothing.
        let tx = client.transaction().await?;
        require_named(&tx, scope, &request).await?;
        drop(tx);
        let known_since = past::known_since(&client, scope).await?;
        for (place, candidate) in request.candidates.iter().enumerate() {
            if candidate.as_it_was && known_since >= request.time.end {
                let field = format!("{}.as_it_was", field_of(place));
                let wrong = format!("is known since {known_since} only");
                return Err(Problem::invalid(vec![FieldError::new(field, wrong)]));
            }
        }
        let sight = Sight::of(only_tags::monitors(&client, scope).await?);
        let known = alert_policy::known(&client, scope).await?;
        Ok(Frames {
            scope,
            known_since,
            sees_all: sight.is_all(),
            frame: Frame::new(request.time.clone(), request.time_zone, sight),
            request: Arc::new(request),
            channels: known
                .channels
                .into_iter()
                .map(|(id, name, _)| (id, name))
                .collect(),
            deadline,
        })
    }
}

/// Spans that follow a rule take milliseconds to be judged.
async fn read(input: BacktestInput) -> Result<Request, Problem> {
    let now = shared::now();
    let reading = tokio::task::spawn_blocking(move || Request::read(input, now));
    let read = reading.await.map_err(Problem::internal)?;
    read.map_err(Problem::invalid)
}

/// Requires that the recipients, tags and monitors are there that candidates name.
async fn require_named(
    tx: &deadpool_postgres::Transaction<'_>,
    scope: Scope,
    request: &Request,
) -> Result<(), StoreError> {
    let mut names = Names::default();
    for (place, candidate) in request.candidates.iter().enumerate() {
        let mut of_one = Names::default();
        // Who does not see everything sees neither.
        let is_whole = candidate.routes.is_some() || !candidate.policies.is_empty();
        if is_whole && !scope.sees_everything(tx).await? {
            return Err(StoreError::Narrowed);
        }
        if let Some(Some(recipients)) = &candidate.recipients {
            of_one = of_one.recipients("recipients", recipients, None);
        }
        for (number, route) in candidate.routes.iter().flatten().enumerate() {
            let of_route = Names::default().conditions(&route.conditions, &[]).recipients(
                "recipients",
                &route.recipients,
                None,
            );
            of_one = of_one.with(&format!("routes.{number}"), of_route);
        }
        for (number, policy) in candidate.policies.iter().enumerate() {
            let steps = Names::default()
                .policy("id", policy.id)
                .steps(&policy.plan.steps, &[]);
            of_one = of_one.with(&format!("policies.{number}"), steps);
        }
        names = names.with(&field_of(place), of_one);
        if let Some(monitors) = &candidate.depends_on {
            let required = dependencies::require(tx, scope, monitors).await;
            required.map_err(|error| within(&field_of(place), error))?;
        }
    }
    names.require(tx, scope).await
}

/// What is not valid of a part, with its fields named from `field` on.
fn within(field: &str, error: StoreError) -> StoreError {
    match error {
        StoreError::Invalid(errors) => StoreError::Invalid(prefixed(field, errors)),
        other => other,
    }
}

fn prefixed(field: &str, errors: Vec<FieldError>) -> Vec<FieldError> {
    let named = |error: FieldError| FieldError::new(format!("{field}.{}", error.field), error.message);
    errors.into_iter().map(named).collect()
}

fn named(field: &str, errors: Vec<FieldError>) -> Problem {
    Problem::invalid(prefixed(field, errors))
}

/// Why a monitor is left out: with the field, where the message goes on from its name.
fn reason(errors: Vec<FieldError>) -> String {
    let first = errors.into_iter().next();
    first.map_or_else(String::new, |error| match error.message.starts_with("must ") {
        true => format!("{} {}", error.field, error.message),
        false => error.message,
    })
}

/// What came of the monitors that were gone through until now.
#[derive(Debug)]
struct Made {
    results: usize,
    monitors: Vec<BacktestedMonitor>,
    left_out: Vec<LeftOutMonitor>,
    sent: Tally,
    candidates: Vec<Tally>,
}

impl Made {
    fn new(frames: &Frames) -> Self {
        let candidates = frames.request.candidates.iter();
        Self {
            results: 0,
            monitors: Vec::new(),
            left_out: Vec::new(),
            sent: Tally::new(None),
            candidates: candidates.map(|one| Tally::new(one.name.clone())).collect(),
        }
    }

    fn add(&mut self, frames: &Frames, monitor: BacktestedMonitor, gone: Gone) {
        let start = frames.request.time.start;
        self.results += gone.results;
        self.monitors.push(monitor);
        for (tally, (found, since)) in self.candidates.iter_mut().zip(gone.candidates) {
            tally.add(found, &gone.sent, since, &frames.frame);
        }
        let within = gone.sent.iter().filter(|one| one.started_at >= start);
        self.sent
            .add(within.cloned().collect(), &gone.sent, start, &frames.frame);
    }

    fn leave_out(&mut self, monitor: BacktestedMonitor, reason: String) {
        let BacktestedMonitor { id, name } = monitor;
        self.left_out.push(LeftOutMonitor { id, name, reason });
    }

    fn finish(self, frames: Frames) -> Backtest {
        // Whose an own channel is, is not told who does not see everything, nor that there is one.
        let finish = |tally: Tally| tally.finish(&frames.channels, !frames.sees_all);
        Backtest {
            from: frames.request.time.start,
            until: frames.request.time.end,
            known_since: frames.known_since,
            results: self.results as u64,
            monitors: self.monitors,
            left_out: self.left_out,
            sent: finish(self.sent),
            candidates: self.candidates.into_iter().map(finish).collect(),
        }
    }
}
