//! `/monitors/by-key/{key}`: monitors by what they are called where they are configured from.

use actix_web::web::Data;
use api::{DeleteMonitorByKey, GetMonitorByKey, PutMonitorByKey};
use domain::monitor::FieldError;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::called_by::author;
use super::monitor_edit::{self, Edit, Labels, Wanted};
use super::require_version;
use crate::app::App;
use crate::rules::alert_labels::{AlertLabels, AlertLabelsChange};
use crate::rules::{external_key, heartbeat, monitor_patch as patch, monitor_regions};
use crate::store::{Scope, monitors};

pub(super) fn mount(routes: Routes) -> Routes {
    routes.mount(get).mount(put).mount(delete)
}

async fn get(app: Data<App>, call: Call<GetMonitorByKey>) -> Result<Reply<GetMonitorByKey>, Problem> {
    let scope = Scope::from(&call.caller);
    let client = app.pool.get().await?;
    let id = monitors::id_of_key(&client, scope, existing(&call.path.key)?).await?;
    drop(client);
    Ok(Reply::new(monitor_edit::read(&app, &call.caller, id).await?))
}

async fn put(app: Data<App>, call: Call<PutMonitorByKey>) -> Result<Reply<PutMonitorByKey>, Problem> {
    let (author, expected) = (author(&call), call.if_match()?);
    let (scope, caller, key) = (author.scope, call.caller, call.path.key);
    external_key::valid(&key).map_err(|wrong| Problem::invalid(vec![wrong]))?;
    let mut input = call.body;
    if input.external_key.as_ref().is_some_and(|given| *given != key) {
        let wrong = FieldError::new("external_key", "must be the one in the address, or left out");
        return Err(Problem::invalid(vec![wrong]));
    }
    input.external_key = Some(key.clone());
    // What is not valid is refused below, with all else.
    let named = AlertLabels::of(&input).map_or_else(|_| Vec::new(), |alerts| alerts.depends_on);
    let mut client = app.pool.get().await?;
    // Twice, when somebody else creates it in between.
    for may_be_created_by_others in [true, false] {
        let tx = client.transaction().await?;
        // Before any monitor is locked: tags, and a new monitor, take it too.
        scope.take_turn(&tx).await?;
        if !named.is_empty() {
            monitors::lock_concerned(&tx, scope, &[], Some(key.as_str()), &named).await?;
        }
        if let Some(old) = monitors::lock_key(&tx, &app.keyring, scope, &key).await? {
            require_version(expected, old.version)?;
            let before = old.spec.value();
            let definition = match before {
                Some(spec) => patch::replace(&old.name, spec, input.clone()),
                None => input.validate(),
            };
            let definition = heartbeat::dated(definition, before, shared::now());
            let regions = input.regions.clone();
            let definition = monitor_regions::known(definition, &app.regions, regions, before);
            let wanted = Wanted::with(&input, definition)?;
            let edit = Edit {
                definition: Some((wanted.name, wanted.spec)),
                labels: Labels {
                    tags: Some(wanted.tags),
                    external_key: None,
                    alerts: AlertLabelsChange::to(wanted.alerts),
                },
                restored: None,
            };
            let own_tags = monitor_edit::tags_of(&tx, &old).await?;
            let edited = monitor_edit::apply(&app, &tx, &author, old, own_tags, &edit).await?;
            tx.commit().await?;
            drop(client);
            let monitor = monitor_edit::read(&app, &caller, edited.row.id).await?;
            monitor_edit::announce_edited(&app, &edited, &monitor);
            return Ok(Reply::new(monitor));
        }
        // There is no version that the caller could have seen.
        if expected.is_some() {
            return Err(Problem::stale());
        }
        let wanted = Wanted::of(&app.regions, &input)?;
        match monitor_edit::add(&app, &tx, &author, &wanted).await {
            Ok(row) => {
                let id = row.id;
                let reply = monitor_edit::created(&tx, &caller, row).await?;
                tx.commit().await?;
                monitor_edit::announce_added(&app, scope, id, &wanted);
                return Ok(reply.of_new());
            }
            Err(error) => {
                tx.rollback().await?;
                let is_there = monitors::id_of_key(&client, scope, &key).await.is_ok();
                if !(may_be_created_by_others && is_there) {
                    return Err(error.into());
                }
            }
        }
    }
    Err(Problem::unavailable("the monitor"))
}

async fn delete(
    app: Data<App>,
    call: Call<DeleteMonitorByKey>,
) -> Result<Reply<DeleteMonitorByKey>, Problem> {
    let author = author(&call);
    let key = existing(&call.path.key)?;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = monitors::lock_key(&tx, &app.keyring, author.scope, key).await?;
    let old = old.ok_or_else(|| Problem::not_found("monitor"))?;
    require_version(call.if_match()?, old.version)?;
    let own_tags = monitor_edit::tags_of(&tx, &old).await?;
    monitor_edit::remove(&tx, &author, &old, own_tags).await?;
    tx.commit().await?;
    drop(client);
    monitor_edit::announce_removed(&app, author.scope, old.id);
    Ok(Reply::empty())
}

/// The key, which some monitor may have.
///
/// # Errors
/// 404 when none can.
fn existing(key: &str) -> Result<&str, Problem> {
    match external_key::valid(key) {
        Ok(()) => Ok(key),
        Err(_) => Err(Problem::not_found("monitor")),
    }
}
