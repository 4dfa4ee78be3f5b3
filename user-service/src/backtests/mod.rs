//! Backtests of stored results. What is stored of a monitor is read and gone through before the next one is, and no
//! connection is held while it is gone through.
//!
//! input → monitors → what each candidate makes of one → what is stored of it → simulations → what came of all of them

mod load;
mod made;
mod room;
mod simulate;
mod tried;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use actix_web::http::StatusCode;
use api::{Backtest, BacktestInput, BacktestSelection, BacktestedMonitor};
use deadpool_postgres::Pool;
use domain::monitor::FieldError;
use domain::{ChannelId, MonitorId, Timestamp};
use shared::crypto::Keyring;
use shared::http::problem::Problem;

use self::load::Stored;
use self::made::Made;
use self::room::Room;
use self::simulate::{Gone, gone_through};
use crate::rules::backtest::{Frame, MAX_MONITORS, Request, Selected, field_of};
use crate::rules::dependencies::Sight;
use crate::simulations::{Deadline, Simulations, Turn, Unmade};
use crate::store::alert_targets::Names;
use crate::store::error::StoreError;
use crate::store::{
    Scope, alert_policy, backtested_monitors, dependencies, monitors, only_tags, past, plans,
};

const TOO_MANY_MONITORS: &str = "more monitors than can be gone through at once";
const NO_ROOM: &str = "more results than can be gone through at once";
const TOO_MUCH: &str = "there is more to simulate than can be at once";
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

impl From<Unmade> for Failed {
    fn from(unmade: Unmade) -> Self {
        match unmade {
            Unmade::TooMuch => later(TOO_MUCH),
            Unmade::Late => Self::Late,
            Unmade::Failed(problem) => Self::Problem(problem),
        }
    }
}

impl From<tokio_postgres::Error> for Failed {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Problem(error.into())
    }
}

/// Of a shorter time it can be made.
fn later(why: &str) -> Failed {
    let wrong = format!("must be later: {why}");
    Failed::Unfit(vec![FieldError::new("from", wrong)])
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
    /// 404 for a monitor that is not there or not seen, 422 that names each field that is not valid, and `from` where there is
    /// more than can be gone through; 429 or 503 while something else is simulated, 503 when it takes too long.
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
            BacktestedMonitor {
                id,
                name: row.name,
                since: None,
            }
        };
        // Also for what is not valid: it takes time to find that out.
        let turn = self.simulations.turn(scope.org(), deadline).await?;
        let frames = self.frames(scope, input, deadline).await?;
        let mut made = Made::new(&frames);
        match self.go_through(&turn, &frames, id, &mut Room::new()).await {
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
        let turn = self.simulations.turn(scope.org(), deadline).await?;
        let frames = self.frames(scope, input, deadline).await?;
        let (monitors, are_all) = {
            let client = self.pool.get().await?;
            let now = shared::now();
            backtested_monitors::selected(&client, self.keyring, scope, selected, now).await?
        };
        let (mut made, mut room) = (Made::new(&frames), Room::new());
        if !are_all {
            made.cut();
        }
        for monitor in monitors {
            if made.monitors.len() == MAX_MONITORS {
                made.give_up(monitor, TOO_MANY_MONITORS.to_owned());
                continue;
            }
            let is_full = room.of_one() == 0;
            if is_full || deadline.is_over() {
                let why = if is_full { NO_ROOM } else { NO_TIME };
                made.give_up(monitor, why.to_owned());
                continue;
            }
            match self.go_through(&turn, &frames, monitor.id, &mut room).await {
                Ok(gone) => made.add(&frames, monitor, gone),
                Err(Failed::Unfit(errors)) => match errors.iter().any(|error| error.field == "from") {
                    true => made.give_up(monitor, reason(errors)),
                    false => made.leave_out(monitor, reason(errors)),
                },
                Err(Failed::Late) => made.give_up(monitor, NO_TIME.to_owned()),
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
        room: &mut Room,
    ) -> Result<Gone, Failed> {
        let (request, deadline) = (Arc::clone(&frames.request), frames.deadline);
        let loading = Stored::load(self.pool, self.keyring, frames, id, room);
        let stored = deadline.keep(loading).await.ok_or(Failed::Late)??;
        let gone = turn.run(deadline, move |budget| gone_through(stored, &request, budget));
        Ok(gone.await?)
    }

    /// Reads what is asked, requires that what it names is there, and reads what all monitors share.
    async fn frames(
        &self,
        scope: Scope,
        input: BacktestInput,
        deadline: Deadline,
    ) -> Result<Frames, Problem> {
        let shown_from = {
            let client = self.pool.get().await?;
            plans::results_from(&client, scope).await?
        };
        let request = read(input, shown_from).await?;
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
async fn read(input: BacktestInput, shown_from: Option<Timestamp>) -> Result<Request, Problem> {
    let now = shared::now();
    let reading = tokio::task::spawn_blocking(move || Request::read(input, now, shown_from));
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
