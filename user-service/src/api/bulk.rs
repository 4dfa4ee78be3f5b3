//! `/monitors/bulk`: the same with many monitors, some at a time, so that no transaction holds many rows for long.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use actix_web::web::Data;
use api::{BulkAnswer, BulkItem, BulkMonitors, ProblemDetails, Resource};
use deadpool_postgres::Client;
use domain::MonitorId;
use domain::monitor::FieldError;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;
use tokio::time::Instant;

use super::bulk_changes::{self, Done, Outcomes};
use super::called_by::author;
use crate::app::App;
use crate::rules::bulk::{self as rules, MAX_MONITORS, Plan, Selection};
use crate::store::{Scope, monitors};

/// Monitors of one transaction.
const AT_ONCE: usize = 200;

/// How long it may take until no further transaction begins: its end is still an answer.
const WITHIN: Duration = Duration::from_millis(2_500);

/// Changes of which dashboards are told one by one.
const TOLD_SINGLY: usize = 20;

pub(super) fn mount(routes: Routes) -> Routes {
    routes.mount(bulk)
}

async fn bulk(app: Data<App>, call: Call<BulkMonitors>) -> Result<Reply<BulkMonitors>, Problem> {
    let author = author(&call);
    let Plan { selection, action } = rules::plan(call.body, shared::now()).map_err(Problem::invalid)?;
    let until = Instant::now() + WITHIN;
    let mut client = app.pool.get().await?;
    let (ids, keys) = named(&client, author.scope, selection).await?;
    let known = monitors::ids_of_keys(&client, author.scope, &keys).await?;
    let mut all: Vec<i64> = ids.iter().chain(known.values()).map(|id| id.0).collect();
    all.sort_unstable();
    all.dedup();
    let mut outcomes = Outcomes::new();
    for some in all.chunks(AT_ONCE) {
        let done = match Instant::now() < until {
            true => bulk_changes::make(&app, &mut client, &author, some, &action).await,
            false => Err(Problem::unavailable("the time for this monitor")),
        };
        match done {
            Ok(done) => outcomes.extend(done),
            Err(problem) => {
                let failed = some.iter().map(|id| (MonitorId(*id), Err(problem.clone())));
                outcomes.extend(failed);
            }
        }
    }
    drop(client);
    announce(&app, author.scope, &outcomes);
    Ok(Reply::new(answer(&ids, &keys, &known, outcomes)))
}

/// The ids and the external keys of what is selected.
async fn named(
    client: &Client,
    scope: Scope,
    selection: Selection,
) -> Result<(Vec<MonitorId>, Vec<String>), Problem> {
    match selection {
        Selection::Named(ids, keys) => Ok((ids, keys)),
        Selection::Tagged(tag) => {
            let ids = monitors::ids_of_tag(client, scope, &tag, MAX_MONITORS as i64 + 1).await?;
            match ids.len() > MAX_MONITORS {
                true => Err(Problem::invalid(vec![FieldError::new(
                    "tag",
                    format!("must be one that at most {MAX_MONITORS} monitors have"),
                )])),
                false => Ok((ids, Vec::new())),
            }
        }
    }
}

/// Tells dashboards and alerters of what was committed.
fn announce(app: &App, scope: Scope, outcomes: &Outcomes) {
    let changed = outcomes
        .iter()
        .filter(|(_, done)| done.as_ref().is_ok_and(|done| *done != Done::Nothing));
    let changed: Vec<_> = changed.collect();
    if changed.is_empty() {
        return;
    }
    match changed.len() <= TOLD_SINGLY {
        true => changed
            .iter()
            .for_each(|(id, _)| app.announcer.change(scope.org(), Resource::Monitor, id.0)),
        false => app.announcer.change(scope.org(), Resource::Monitor, 0),
    }
    let any = |is: fn(&Done) -> bool| changed.iter().any(|(_, done)| done.as_ref().is_ok_and(is));
    if any(|done| matches!(done, Done::Tagged | Done::Deleted)) {
        app.announcer.change(scope.org(), Resource::Tag, 0);
    }
    let alerters_care = |done: &Done| match done {
        Done::Edited { is_relabelled, .. } => *is_relabelled,
        other => matches!(other, Done::Muted | Done::Tagged),
    };
    if any(alerters_care) {
        app.announcer.alerting(scope.org());
    }
}

fn answer(
    ids: &[MonitorId],
    keys: &[String],
    known: &HashMap<String, MonitorId>,
    outcomes: Outcomes,
) -> BulkAnswer {
    let outcomes: BTreeMap<MonitorId, (u16, Option<ProblemDetails>)> = outcomes
        .into_iter()
        .map(|(id, done)| match done {
            Ok(Done::Deleted) => (id, (204, None)),
            Ok(_) => (id, (200, None)),
            Err(problem) => (id, (problem.status().as_u16(), Some(problem.into_details()))),
        })
        .collect();
    let item = |id: Option<MonitorId>, key: Option<&String>| {
        let outcome = id.and_then(|id| outcomes.get(&id).cloned());
        let (status, error) =
            outcome.unwrap_or_else(|| (404, Some(Problem::not_found("monitor").into_details())));
        BulkItem {
            id,
            external_key: key.cloned(),
            status,
            error,
        }
    };
    let by_id = ids.iter().map(|id| item(Some(*id), None));
    let by_key = keys.iter().map(|key| item(known.get(key).copied(), Some(key)));
    let items: Vec<BulkItem> = by_id.chain(by_key).collect();
    let failed = items.iter().filter(|item| item.error.is_some()).count();
    BulkAnswer {
        succeeded: (items.len() - failed) as u32,
        failed: failed as u32,
        items,
    }
}
