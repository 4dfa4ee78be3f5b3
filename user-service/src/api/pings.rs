//! `/monitors/{id}/pings`.

use actix_web::HttpResponse;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::web::Data;
use api::{GetPingBody, HeartbeatPing, ListPings, Page, Role};
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::page;
use crate::app::App;
use crate::store::pings::Wanted;
use crate::store::{Scope, monitors, pings};

pub(super) fn mount(routes: Routes) -> Routes {
    routes.mount(list).mount_raw(body)
}

async fn list(app: Data<App>, call: Call<ListPings>) -> Result<Reply<ListPings>, Problem> {
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let limit = page::limit(call.query.limit)?;
    let client = app.pool.get().await?;
    monitors::find(&client, &app.keyring, scope, id).await?;
    let wanted = Wanted {
        before: call.query.before,
        kind: call.query.kind,
    };
    let mut items = pings::list(&client, scope, id, wanted, limit as i64 + 1).await?;
    let more = items.len() > limit;
    items.truncate(limit);
    let next_cursor = items.last().filter(|_| more).map(|last| last.n.to_string());
    if call.caller.role < Role::Editor {
        items = items.into_iter().map(without_sender).collect();
    }
    Ok(Reply::new(Page {
        items,
        next_cursor,
        as_of: None,
    }))
}

/// As those see it who may not change monitors.
fn without_sender(ping: HeartbeatPing) -> HeartbeatPing {
    HeartbeatPing {
        address: None,
        user_agent: None,
        ..ping
    }
}

/// The body as it was sent. Browsers show it as text, whatever it is.
async fn body(app: Data<App>, call: Call<GetPingBody>) -> Result<HttpResponse, Problem> {
    let (scope, path) = (Scope::from(&call.caller), call.path);
    let client = app.pool.get().await?;
    monitors::find(&client, &app.keyring, scope, path.id).await?;
    let body = pings::body(&client, &app.keyring, scope, path.id, path.n).await?;
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("x-content-type-options", "nosniff"));
    match std::str::from_utf8(&body) {
        Ok(_) => answer.content_type("text/plain; charset=utf-8"),
        Err(_) => answer.content_type("text/plain").insert_header((
            CONTENT_DISPOSITION,
            format!("attachment; filename=\"ping-{}-{}.bin\"", path.id, path.n),
        )),
    };
    Ok(answer.body(body))
}
