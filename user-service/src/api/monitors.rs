//! `/monitors` and what is below it, without history.

use actix_web::http::header::LOCATION;
use actix_web::web::Data;
use api::{
    CreateMonitor, DeleteMonitor, EditMonitor, GetMonitor, GetMonitorStatus, ListMonitors, Monitor,
    MonitorPatch, MuteMonitor, Operation, Page, PauseMonitor, Principal, Resource, ResumeMonitor,
    UnmuteMonitor,
};
use domain::monitor::FieldError;
use domain::{MonitorId, Timestamp};
use serde_json::{Map, Value, json};
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;
use shared::postgres::Stored;

use super::called_by::author;
use super::{monitor_view, page, require_version};
use crate::app::App;
use crate::rules::{monitor_patch as patch, tag};
use crate::store::Scope;
use crate::store::audit::{Author, Resource as Audited};
use crate::store::monitor_changes::{self, Changed};
use crate::store::monitor_row::MonitorRow;
use crate::store::monitors::{self, Filter};
use crate::store::tags;

pub(crate) fn mount(routes: Routes) -> Routes {
    routes
        .mount(list)
        .mount(create)
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
    let after = page::position(query.cursor.as_deref())?.unwrap_or(MonitorId(0));
    for (name, value) in [("q", &query.q), ("tag", &query.tag)] {
        if value
            .as_deref()
            .is_some_and(|text| text.chars().any(char::is_control))
        {
            let wrong = format!("{name} must not contain a control character");
            return Err(Problem::bad_request(wrong));
        }
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
    };
    let client = app.pool.get().await?;
    let (found, more) = monitors::page(&client, &app.keyring, scope, &filter, after, limit as i64).await?;
    let Page { items, next_cursor } = page::of(found, more, |row| row.id);
    let items = monitor_view::views(&app, &client, &call.caller, items).await?;
    Ok(Reply::new(Page { items, next_cursor }))
}

/// Monitors in the audit log.
fn audited(id: MonitorId) -> Audited {
    Audited::new("monitor", id)
}

async fn create(app: Data<App>, call: Call<CreateMonitor>) -> Result<Reply<CreateMonitor>, Problem> {
    let (scope, author) = (Scope::from(&call.caller), author(&call));
    let tags = tag::names(call.body.tags.as_deref().unwrap_or_default());
    let (name, spec, tags) = match (call.body.validate(), tags) {
        (Ok((name, spec)), Ok(tags)) => (name, spec, tags),
        (valid, tags) => {
            let wrong = valid.err().into_iter().flatten().chain(tags.err());
            return Err(Problem::invalid(wrong.collect()));
        }
    };
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let (keyring, max) = (&app.keyring, app.max_monitors_per_org);
    let row = monitor_changes::create(&tx, keyring, scope, (&name, &spec), max).await?;
    tags::set(&tx, scope, row.id, &tags).await?;
    let created = monitor_view::audited(&tx, &row).await?;
    author.created(&tx, &audited(row.id), &created).await?;
    tx.commit().await?;
    // The answer takes a connection of its own: whoever holds one must not wait for another.
    drop(client);
    announce(&app, row.id);
    app.announcer.change(scope.org(), Resource::Monitor, row.id.0);
    if !tags.is_empty() {
        app.announcer.change(scope.org(), Resource::Tag, 0);
    }
    let location = format!("{}/monitors/{}", api::PREFIX, row.id);
    let monitor = monitor(&app, &call.caller, row.id).await?;
    Ok(Reply::new(monitor).with_header(LOCATION, &location))
}

async fn get(app: Data<App>, call: Call<GetMonitor>) -> Result<Reply<GetMonitor>, Problem> {
    answer(&app, &call.caller, call.path.id).await
}

/// For the gateway, when Redis does not know it.
async fn status(app: Data<App>, call: Call<GetMonitorStatus>) -> Result<Reply<GetMonitorStatus>, Problem> {
    let client = app.pool.get().await?;
    let monitor = monitors::find(&client, &app.keyring, Scope::from(&call.caller), call.path.id).await?;
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
    monitor_changes::delete(&tx, &app.keyring, &old).await?;
    let deleted = monitor_view::audited(&tx, &old).await?;
    author(&call).deleted(&tx, &audited(id), &deleted).await?;
    tx.commit().await?;
    drop(client);
    announce(&app, id);
    app.announcer.change(scope.org(), Resource::Monitor, id.0);
    Ok(Reply::empty())
}

async fn change<O: Operation<Answer = Monitor>>(
    app: &App,
    caller: &Principal,
    author: &Author,
    id: MonitorId,
    expected: Option<i32>,
    mut patch: Value,
) -> Result<Reply<O>, Problem> {
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = monitors::lock(&tx, &app.keyring, Scope::from(caller), id).await?;
    require_version(expected, old.version)?;
    let was_paused = old.is_paused();
    let wanted = tag::split(&mut patch).map_err(|wrong| Problem::invalid(vec![wrong]))?;
    let before = monitor_view::audited(&tx, &old).await?;
    // Tags can be given also to a monitor whose definition is not valid any more.
    let is_only_tagged = wanted.is_some() && patch.as_object().is_some_and(Map::is_empty);
    let (new, changed) = match is_only_tagged {
        true => (old, Changed::NameOnly),
        false => {
            let patched = match old.spec.value() {
                Some(spec) => patch::apply(&old.name, spec, patch),
                None => patch::apply_to_unreadable(&old.name, old.kind(), patch),
            };
            let (name, spec) = patched.map_err(Problem::invalid)?;
            let changed = monitor_changes::update(&tx, &app.keyring, &old, &name, &spec).await?;
            let spec = Stored::Read(spec);
            let revision = old.revision + i32::from(changed == Changed::Spec);
            let new = MonitorRow {
                name,
                spec,
                revision,
                ..old
            };
            (new, changed)
        }
    };
    if let Some(wanted) = &wanted
        && tags::set(&tx, author.scope, id, wanted).await?
    {
        monitor_changes::make_version(&tx, id).await?;
    }
    let after = monitor_view::audited(&tx, &new).await?;
    author.changed(&tx, &audited(id), &before, &after).await?;
    tx.commit().await?;
    drop(client);
    if changed == Changed::Spec {
        announce(app, id);
    }
    // It may be the first monitor that has one.
    if wanted.is_some() {
        app.announcer.change(caller.org_id, Resource::Tag, 0);
    }
    app.announcer.change(caller.org_id, Resource::Monitor, id.0);
    let monitor = monitor(app, caller, id).await?;
    if new.is_paused() && !was_paused {
        app.announcer.pause(caller.org_id, &monitor);
    }
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
    monitor_changes::mute(&tx, scope, id, muted, until).await?;
    let before = monitor_view::audited(&tx, &old).await?;
    let new = MonitorRow {
        muted,
        muted_until: until,
        ..old
    };
    let after = monitor_view::audited(&tx, &new).await?;
    author.changed(&tx, &audited(id), &before, &after).await?;
    tx.commit().await?;
    drop(client);
    app.announcer.alerting(caller.org_id);
    app.announcer.change(caller.org_id, Resource::Monitor, id.0);
    answer(app, caller, id).await
}

/// Tells the log and the pingers of a change that was committed.
fn announce(app: &App, id: MonitorId) {
    app.outbox.notify_one();
    app.mirror.changed(id);
}

async fn answer<O: Operation<Answer = Monitor>>(
    app: &App,
    caller: &Principal,
    id: MonitorId,
) -> Result<Reply<O>, Problem> {
    Ok(Reply::new(monitor(app, caller, id).await?))
}

async fn monitor(app: &App, caller: &Principal, id: MonitorId) -> Result<Monitor, Problem> {
    let client = app.pool.get().await?;
    let found = monitors::find(&client, &app.keyring, Scope::from(caller), id).await?;
    let views = monitor_view::views(app, &client, caller, vec![found]).await?;
    views
        .into_iter()
        .next()
        .ok_or_else(|| Problem::not_found("monitor"))
}
