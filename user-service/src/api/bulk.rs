//! `/monitors/bulk`: the same with many monitors, some at a time, so that no transaction holds many rows for long.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use actix_web::web::Data;
use api::{BulkAnswer, BulkItem, BulkMonitors, ProblemDetails, Resource};
use deadpool_postgres::{Client, Transaction};
use domain::MonitorId;
use domain::monitor::FieldError;
use futures_util::future::join_all;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;
use tokio::time::Instant;

use super::called_by::author;
use super::monitor_edit::{self, Edit, Edited, Labels};
use crate::app::App;
use crate::rules::bulk::{self as rules, Action, MAX_MONITORS, Plan, Selection};
use crate::rules::tag;
use crate::store::audit::Author;
use crate::store::error::StoreError;
use crate::store::monitor_row::MonitorRow;
use crate::store::{Scope, monitors, tags};

/// Monitors of one transaction.
const AT_ONCE: usize = 50;

/// How long it may take until no further transaction begins: its end is still an answer.
const WITHIN: Duration = Duration::from_millis(2_500);

/// Changes of which dashboards are told one by one.
const TOLD_SINGLY: usize = 20;

pub(super) fn mount(routes: Routes) -> Routes {
    routes.mount(bulk)
}

/// What was done with a monitor.
enum Done {
    Edited(Box<Edited>),
    Muted,
    Deleted,
    Nothing,
}

/// What came of each monitor.
type Outcomes = BTreeMap<MonitorId, Result<Done, Problem>>;

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
            true => together(&app, &mut client, &author, some, &action).await,
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

/// Does it with a few monitors in one transaction.
///
/// # Errors
/// When nothing of it was done.
async fn together(
    app: &App,
    client: &mut Client,
    author: &Author,
    ids: &[i64],
    action: &Action,
) -> Result<Outcomes, Problem> {
    let tx = client.transaction().await?;
    let rows = monitors::lock_all(&tx, &app.keyring, author.scope, ids).await?;
    let tagged = tags::of_monitors(&tx, ids).await?;
    let missing = |id: &i64| (MonitorId(*id), Err(Problem::not_found("monitor")));
    let mut outcomes: Outcomes = ids.iter().map(missing).collect();
    let each = |row: MonitorRow| async {
        let id = row.id;
        let own_tags = tagged.get(&id).cloned();
        (id, one(app, &tx, author, row, own_tags, action).await)
    };
    let mut rows = rows.into_iter();
    // The first creates the tags that there are not. The others go to the database together, without waiting for the
    // answers of each; but what somebody who is narrowed may not do is undone, which must not concern others.
    let is_apart = matches!(action, Action::Tags(..)) && !author.scope.sees_everything(&tx).await?;
    let first = if is_apart { rows.len() } else { 1 };
    let mut done = Vec::new();
    for row in rows.by_ref().take(first) {
        done.push(each(row).await);
    }
    done.extend(join_all(rows.map(each)).await);
    for (id, done) in done {
        // What the database refuses ends the transaction.
        if let Err(problem) = &done
            && problem.status().is_server_error()
        {
            return Err(problem.clone());
        }
        outcomes.insert(id, done);
    }
    tx.commit().await?;
    for (id, done) in &outcomes {
        match done {
            Ok(Done::Edited(edited)) => edited.tell_pingers(app),
            Ok(Done::Deleted) => monitor_edit::checked_anew(app, *id),
            _ => {}
        }
    }
    Ok(outcomes)
}

/// Does it with one monitor. What is refused has changed nothing.
async fn one(
    app: &App,
    tx: &Transaction<'_>,
    author: &Author,
    old: MonitorRow,
    own_tags: Option<Vec<String>>,
    action: &Action,
) -> Result<Done, Problem> {
    let edit = match action {
        Action::Delete => {
            monitor_edit::remove(app, tx, author, &old, own_tags).await?;
            return Ok(Done::Deleted);
        }
        Action::Mute(muted, until) if (old.muted, old.muted_until) == (*muted, *until) => {
            return Ok(Done::Nothing);
        }
        Action::Mute(muted, until) => {
            monitor_edit::mute(tx, author, old, own_tags, (*muted, *until)).await?;
            return Ok(Done::Muted);
        }
        Action::Patch(patch) => {
            let definition = monitor_edit::patched(&old, patch.clone()).map_err(Problem::invalid)?;
            if old.name == definition.0 && old.spec.value() == Some(&definition.1) {
                return Ok(Done::Nothing);
            }
            Edit {
                definition: Some(definition),
                ..Edit::default()
            }
        }
        Action::Tags(change, names) => {
            let own = own_tags.as_deref().unwrap_or_default();
            let wanted = tag::changed(own, *change, names);
            let wanted = wanted.map_err(|wrong| Problem::invalid(vec![wrong]))?;
            if tag::are_same(own, &wanted) {
                return Ok(Done::Nothing);
            }
            Edit {
                labels: Labels {
                    tags: Some(wanted),
                    external_key: None,
                },
                ..Edit::default()
            }
        }
    };
    let edited: Result<Edited, StoreError> = monitor_edit::apply(app, tx, author, old, own_tags, &edit).await;
    Ok(Done::Edited(Box::new(edited?)))
}

/// Tells dashboards and alerters of what was committed.
fn announce(app: &App, scope: Scope, outcomes: &Outcomes) {
    let changed = outcomes.iter().filter(|(_, done)| match done {
        Ok(Done::Edited(edited)) => edited.is_other,
        Ok(Done::Muted | Done::Deleted) => true,
        Ok(Done::Nothing) | Err(_) => false,
    });
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
    if any(|done| matches!(done, Done::Edited(edited) if edited.is_tagged) || matches!(done, Done::Deleted)) {
        app.announcer.change(scope.org(), Resource::Tag, 0);
    }
    if any(|done| matches!(done, Done::Muted)) {
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
