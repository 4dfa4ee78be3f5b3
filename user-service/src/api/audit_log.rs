//! `/orgs/{id}/audit-log`.

use actix_web::web::Data;
use api::{AuditEvent, ListAuditEvents};
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::organisations::scope_of;
use super::page;
use crate::app::App;
use crate::store::audit;

pub(super) fn mount(routes: Routes) -> Routes {
    routes.mount(list)
}

async fn list(app: Data<App>, call: Call<ListAuditEvents>) -> Result<Reply<ListAuditEvents>, Problem> {
    let scope = scope_of(&call.caller, call.path.id)?;
    let limit = page::limit(call.query.limit)?;
    let before = page::position(call.query.cursor.as_deref())?;
    let client = app.pool.get().await?;
    let found = audit::list(&client, scope, &call.query, before, limit as i64 + 1).await?;
    Ok(Reply::new(page::cut(found, limit, |event: &AuditEvent| event.id)))
}
