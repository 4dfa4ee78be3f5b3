//! Where heartbeats are pinged, `/schedules/preview`, and `/ping-key`.

use std::time::Duration;

use actix_web::web::Data;
use api::{
    GetHeartbeat, GetPingKey, Heartbeat, HeartbeatRun, PingKey, PreviewSchedule, Principal, Role,
    RotateHeartbeat, RotatePingKey,
};
use deadpool_postgres::Client;
use domain::MonitorId;
use serde_json::json;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::called_by::author;
use crate::app::App;
use crate::mirror;
use crate::rules::heartbeat as rules;
use crate::store::audit::Resource;
use crate::store::{Scope, heartbeats, monitors};

/// How long gateways may take to be told while the caller waits.
const FOLLOWED_WITHIN: Duration = Duration::from_secs(2);

pub(super) fn mount(routes: Routes) -> Routes {
    routes
        .mount(get)
        .mount(rotate)
        .mount(preview)
        .mount(ping_key)
        .mount(rotate_ping_key)
}

async fn get(app: Data<App>, call: Call<GetHeartbeat>) -> Result<Reply<GetHeartbeat>, Problem> {
    Ok(Reply::new(read(&app, &call.caller, call.path.id).await?))
}

async fn rotate(app: Data<App>, call: Call<RotateHeartbeat>) -> Result<Reply<RotateHeartbeat>, Problem> {
    let (author, id) = (author(&call), call.path.id);
    let scope = author.scope;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    monitors::lock(&tx, &app.keyring, scope, id).await?;
    heartbeats::rotate(&tx, scope, id).await?;
    // By what it is pinged is no business of the log's.
    author
        .created(&tx, &Resource::new("ping_addresses", id), &json!({}))
        .await?;
    tx.commit().await?;
    follow(&app, &mut client, &[id]).await;
    drop(client);
    app.announcer.change(scope.org(), api::Resource::Monitor, id.0);
    Ok(Reply::new(read(&app, &call.caller, id).await?))
}

async fn preview(_app: Data<App>, call: Call<PreviewSchedule>) -> Result<Reply<PreviewSchedule>, Problem> {
    let preview = rules::preview(&call.body, shared::now());
    Ok(Reply::new(preview.map_err(Problem::invalid)?))
}

async fn ping_key(app: Data<App>, call: Call<GetPingKey>) -> Result<Reply<GetPingKey>, Problem> {
    let key = heartbeats::ping_key(&app.pool.get().await?, Scope::from(&call.caller)).await?;
    Ok(Reply::new(PingKey {
        exists: key.is_some(),
        ping_key: key.filter(|_| sees_ping_key(&call.caller)),
    }))
}

async fn rotate_ping_key(app: Data<App>, call: Call<RotatePingKey>) -> Result<Reply<RotatePingKey>, Problem> {
    let author = author(&call);
    let scope = author.scope;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let key = heartbeats::rotate_ping_key(&tx, scope).await?;
    let audited = Resource::new("ping_key", scope.org());
    author.created(&tx, &audited, &json!({})).await?;
    tx.commit().await?;
    let concerned = heartbeats::of_organisation(&client, scope).await?;
    follow(&app, &mut client, &concerned).await;
    Ok(Reply::new(PingKey {
        exists: true,
        ping_key: Some(key),
    }))
}

/// Has gateways know at once that names are nobody's any more; where that takes too long, soon.
async fn follow(app: &App, client: &mut Client, concerned: &[MonitorId]) {
    let ids: Vec<i64> = concerned.iter().map(|id| id.0).collect();
    let followed = mirror::follow_pings(client, &app.redis, &app.redis_keys, &app.keyring, &ids);
    if !matches!(tokio::time::timeout(FOLLOWED_WITHIN, followed).await, Ok(Ok(()))) {
        concerned.iter().for_each(|id| app.mirror.changed(*id));
    }
}

/// Whether somebody sees by what all heartbeats of the organisation are pinged.
fn sees_ping_key(caller: &Principal) -> bool {
    caller.role >= Role::Admin && !caller.narrowed
}

/// The heartbeat as `caller` may see it.
async fn read(app: &App, caller: &Principal, id: MonitorId) -> Result<Heartbeat, Problem> {
    let scope = Scope::from(caller);
    let client = app.pool.get().await?;
    let monitor = monitors::find(&client, &app.keyring, scope, id).await?;
    let names = heartbeats::names(&client, scope, id).await?;
    let heard = heartbeats::heard(&client, id).await?;
    let base = &app.mailer.public_url;
    let may_edit = caller.role >= Role::Editor;
    let ping_uuid = Some(names.ping_uuid).filter(|_| may_edit);
    let by_slug = names.ping_key.filter(|_| sees_ping_key(caller));
    let expectation = monitor.spec.value().and_then(rules::expectation);
    Ok(Heartbeat {
        ping_url: ping_uuid.map(|uuid| format!("{base}/ping/{uuid}")),
        ping_url_by_slug: by_slug.map(|key| format!("{base}/ping/{key}/{}", names.slug)),
        push_url: names
            .push_token
            .filter(|_| may_edit)
            .map(|token| format!("{base}/api/push/{token}")),
        slug: names.slug,
        ping_uuid,
        badge_key: names.badge_key,
        schedule_text: expectation
            .map(|expectation| expectation.schedule.to_string())
            .unwrap_or_default(),
        next_dates: expectation
            // Nothing is due of what is paused.
            .filter(|_| !monitor.is_paused())
            .map(|expectation| rules::next_dates(expectation, heard.as_ref(), shared::now()))
            .unwrap_or_default(),
        last_ping_at: heard
            .as_ref()
            .and_then(|heard| heard.last_ping)
            .map(|last| last.at),
        runs: heard
            .map(|heard| heard.runs)
            .unwrap_or_default()
            .into_iter()
            .map(|run| HeartbeatRun {
                run_id: run.id,
                started_at: run.started_at,
                heard_at: run.heard_at,
                is_overdue: run.is_overdue,
            })
            .collect(),
    })
}
