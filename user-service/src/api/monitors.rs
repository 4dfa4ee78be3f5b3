//! `/monitors` and what is below it, without history.

use actix_web::web::Data;
use api::{
    CloneMonitor, CreateMonitor, DeleteMonitor, EditMonitor, GetMonitor, GetMonitorStatus, ListMonitors,
    Monitor, MonitorPatch, MuteMonitor, Operation, Page, PauseMonitor, Principal, Resource, ResumeMonitor,
    UnmuteMonitor,
};
use domain::monitor::FieldError;
use domain::{MonitorId, Timestamp};
use serde_json::{Map, Value, json};
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::called_by::author;
use super::creation::{self, Begun, Creation};
use super::monitor_edit::{self, Edit, Labels, Wanted};
use super::{as_of, monitor_view, page, require_version};
use crate::app::App;
use crate::rules::{heartbeat, monitor_patch as patch, monitor_regions};
use crate::store::Scope;
use crate::store::audit::Author;
use crate::store::monitors::{self, Filter};
use crate::store::{dependencies, monitors_as_of, status_as_of, tags};

pub(crate) fn mount(routes: Routes) -> Routes {
    routes
        .mount(list)
        .mount(create)
        .mount(clone)
        .mount(get)
        .mount(edit)
        .mount(delete)
        .mount(pause)
        .mount(resume)
        .mount(mute)
        .mount(unmute)
        .mount(status)
}

/// Monitors of one page, at most: a dashboard shows them all in one call.
const MAX_LISTED: u32 = 1_000;

async fn list(app: Data<App>, call: Call<ListMonitors>) -> Result<Reply<ListMonitors>, Problem> {
    let (scope, query) = (Scope::from(&call.caller), call.query);
    let limit = page::limit_up_to(MAX_LISTED, query.limit)?;
    let (after, at) = page::position_as_of(query.cursor.as_deref(), query.at)?;
    let after = after.unwrap_or(MonitorId(0));
    for (name, value) in [
        ("q", &query.q),
        ("tag", &query.tag),
        ("external_key", &query.external_key),
    ] {
        page::text(name, value.as_deref())?;
    }
    let is_kind = |kind: &str| kind.bytes().all(|b| b.is_ascii_lowercase());
    if query.kind.as_deref().is_some_and(|kind| !is_kind(kind)) {
        return Err(Problem::bad_request(
            "kind must be the name of a kind, such as http",
        ));
    }
    let filter = Filter {
        part: query.q,
        state: query.state,
        kind: query.kind,
        tag: query.tag,
        external_key: query.external_key,
    };
    let at = as_of::asked(at)?;
    let _place = as_of::place(&app, scope, at).await?;
    let mut client = app.pool.get().await?;
    if let Some(at) = at {
        let keyring = &app.keyring;
        let found = monitors_as_of::page(&mut client, keyring, scope, &filter, after, limit, at).await?;
        let role = call.caller.role;
        let view = |then| monitor_view::as_of(role, then, at);
        let items = found.monitors.into_iter().map(view).collect();
        return Ok(Reply::new(page::leading_on(items, found.end, at)));
    }
    let (found, more) = monitors::page(&client, &app.keyring, scope, &filter, after, limit as i64).await?;
    let Page {
        items, next_cursor, ..
    } = page::of(found, more, |row| row.id);
    let items = monitor_view::views(&app, &client, &call.caller, items).await?;
    Ok(Reply::new(Page {
        items,
        next_cursor,
        as_of: None,
    }))
}

async fn create(app: Data<App>, call: Call<CreateMonitor>) -> Result<Reply<CreateMonitor>, Problem> {
    let mut client = app.pool.get().await?;
    let tx = match creation::begin(&app, &mut client, &call).await? {
        Begun::New(tx) => tx,
        Begun::Before(reply) => return Ok(reply),
    };
    let wanted = Wanted::of(&app.regions, &call.body)?;
    add(&app, tx, &author(&call), &call.caller, &wanted).await
}

async fn clone(app: Data<App>, call: Call<CloneMonitor>) -> Result<Reply<CloneMonitor>, Problem> {
    let (scope, author) = (Scope::from(&call.caller), author(&call));
    let mut client = app.pool.get().await?;
    let tx = match creation::begin(&app, &mut client, &call).await? {
        Begun::New(tx) => tx,
        Begun::Before(reply) => return Ok(reply),
    };
    let mut original = monitors::find(&*tx, &app.keyring, scope, call.path.id).await?;
    let own = tags::of_monitors(&*tx, &[original.id.0])
        .await?
        .remove(&original.id);
    let named = dependencies::of_monitors(&*tx, scope, &[original.id.0]).await?;
    original.alerts.depends_on = named.into_values().flatten().collect();
    let MonitorPatch(patch) = call.body;
    let (patch, labels) = Labels::split(patch.into())?;
    let regions = monitor_regions::named(&patch);
    let definition = match original.spec.value() {
        Some(spec) => patch::copy(&original.name, spec, patch),
        None => patch::apply_to_unreadable(&patch::copy_name(&original.name), original.kind(), patch),
    };
    let dated = heartbeat::dated(definition, None, shared::now());
    let known = monitor_regions::known(dated, &app.regions, regions, None);
    let (name, spec) = known.map_err(Problem::invalid)?;
    let wanted = Wanted {
        name,
        spec,
        tags: labels.tags.or(own).unwrap_or_default(),
        external_key: labels.external_key.flatten(),
        alerts: labels.alerts.made_of(&original.alerts),
        copied_recipients: original.alerts.recipients,
    };
    add(&app, tx, &author, &call.caller, &wanted).await
}

async fn add<O: Operation<Answer = Monitor>>(
    app: &App,
    tx: Creation<'_>,
    author: &Author,
    caller: &Principal,
    wanted: &Wanted,
) -> Result<Reply<O>, Problem> {
    let row = monitor_edit::add(app, &tx, author, wanted).await?;
    let id = row.id;
    let reply = monitor_edit::created(&tx, caller, row).await?;
    tx.commit(app, &reply).await?;
    monitor_edit::announce_added(app, author.scope, id, wanted);
    Ok(reply)
}

async fn get(app: Data<App>, call: Call<GetMonitor>) -> Result<Reply<GetMonitor>, Problem> {
    let Some(at) = as_of::asked(call.query.at)? else {
        return answer(&app, &call.caller, call.path.id).await;
    };
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let _place = as_of::place(&app, scope, Some(at)).await?;
    let mut client = app.pool.get().await?;
    let found = monitors_as_of::find(&mut client, &app.keyring, scope, id, at).await?;
    Ok(Reply::new(Monitor {
        as_of: Some(at),
        ..monitor_view::as_of(call.caller.role, found, at)
    }))
}

/// For the gateway, when Redis does not know it, or it is asked for as of an instant.
async fn status(app: Data<App>, call: Call<GetMonitorStatus>) -> Result<Reply<GetMonitorStatus>, Problem> {
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let at = as_of::asked(call.query.at)?;
    let _place = as_of::place(&app, scope, at).await?;
    let mut client = app.pool.get().await?;
    if let Some(at) = at {
        return Ok(Reply::new(
            status_as_of::status(&mut client, scope, id, at).await?,
        ));
    }
    let monitor = monitors::find(&client, &app.keyring, scope, id).await?;
    Ok(Reply::new(monitors::stored_status(&client, &monitor).await?))
}

async fn edit(app: Data<App>, call: Call<EditMonitor>) -> Result<Reply<EditMonitor>, Problem> {
    let (expected, author) = (call.if_match()?, author(&call));
    let MonitorPatch(patch) = call.body;
    change(&app, &call.caller, &author, call.path.id, expected, patch.into()).await
}

async fn pause(app: Data<App>, call: Call<PauseMonitor>) -> Result<Reply<PauseMonitor>, Problem> {
    let patch = json!({"paused": true});
    change(&app, &call.caller, &author(&call), call.path.id, None, patch).await
}

async fn resume(app: Data<App>, call: Call<ResumeMonitor>) -> Result<Reply<ResumeMonitor>, Problem> {
    let patch = json!({"paused": false});
    change(&app, &call.caller, &author(&call), call.path.id, None, patch).await
}

async fn mute(app: Data<App>, call: Call<MuteMonitor>) -> Result<Reply<MuteMonitor>, Problem> {
    let until = call.body.until;
    if until.is_some_and(|until| until <= shared::now()) {
        let wrong = FieldError::new("until", "must be in the future");
        return Err(Problem::invalid(vec![wrong]));
    }
    change_mute(&app, &call.caller, &author(&call), call.path.id, true, until).await
}

async fn unmute(app: Data<App>, call: Call<UnmuteMonitor>) -> Result<Reply<UnmuteMonitor>, Problem> {
    change_mute(&app, &call.caller, &author(&call), call.path.id, false, None).await
}

async fn delete(app: Data<App>, call: Call<DeleteMonitor>) -> Result<Reply<DeleteMonitor>, Problem> {
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = monitors::lock(&tx, &app.keyring, scope, id).await?;
    require_version(call.if_match()?, old.version)?;
    let own_tags = monitor_edit::tags_of(&tx, &old).await?;
    monitor_edit::remove(&tx, &author(&call), &old, own_tags).await?;
    tx.commit().await?;
    drop(client);
    monitor_edit::announce_removed(&app, scope, id);
    Ok(Reply::empty())
}

async fn change<O: Operation<Answer = Monitor>>(
    app: &App,
    caller: &Principal,
    author: &Author,
    id: MonitorId,
    expected: Option<i32>,
    patch: Value,
) -> Result<Reply<O>, Problem> {
    let (patch, labels) = Labels::split(patch)?;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let key = labels.external_key.as_ref().and_then(Option::as_deref);
    let named = labels.alerts.depends_on().unwrap_or_default();
    // Tags that there are not are created, which takes the organisation's turn: it comes before any monitor.
    if labels.tags.is_some() {
        author.scope.take_turn(&tx).await?;
    }
    monitors::lock_concerned(&tx, author.scope, &[id.0], key, named).await?;
    let old = monitors::lock(&tx, &app.keyring, author.scope, id).await?;
    require_version(expected, old.version)?;
    // Labels can be given also to a monitor whose definition is not valid any more.
    let is_only_labelled = labels.are_given() && patch.as_object().is_some_and(Map::is_empty);
    let definition = match is_only_labelled {
        true => None,
        false => Some(monitor_edit::patched(&app.regions, &old, patch).map_err(Problem::invalid)?),
    };
    let edit = Edit {
        definition,
        labels,
        restored: None,
    };
    let own_tags = monitor_edit::tags_of(&tx, &old).await?;
    let edited = monitor_edit::apply(app, &tx, author, old, own_tags, &edit).await?;
    tx.commit().await?;
    drop(client);
    let monitor = monitor_edit::read(app, caller, id).await?;
    monitor_edit::announce_edited(app, &edited, &monitor);
    Ok(Reply::new(monitor))
}

async fn change_mute<O: Operation<Answer = Monitor>>(
    app: &App,
    caller: &Principal,
    author: &Author,
    id: MonitorId,
    muted: bool,
    until: Option<Timestamp>,
) -> Result<Reply<O>, Problem> {
    let scope = Scope::from(caller);
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = monitors::lock(&tx, &app.keyring, scope, id).await?;
    let own_tags = monitor_edit::tags_of(&tx, &old).await?;
    monitor_edit::mute(&tx, author, old, own_tags, (muted, until)).await?;
    tx.commit().await?;
    drop(client);
    app.announcer.alerting(caller.org_id);
    app.announcer.change(caller.org_id, Resource::Monitor, id.0);
    answer(app, caller, id).await
}

async fn answer<O: Operation<Answer = Monitor>>(
    app: &App,
    caller: &Principal,
    id: MonitorId,
) -> Result<Reply<O>, Problem> {
    Ok(Reply::new(monitor_edit::read(app, caller, id).await?))
}
