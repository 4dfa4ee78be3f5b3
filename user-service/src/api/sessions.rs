//! `/me/sessions`.

use actix_web::web::Data;
use api::{EndAllSessions, EndSession, ListSessions, SessionList};
use shared::http::call::{Call, Reply};
use shared::http::identity;
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::no_version;
use crate::app::App;
use crate::store::sessions;

pub(super) fn mount(routes: Routes) -> Routes {
    routes.mount(list).mount(end).mount(end_all)
}

async fn list(app: Data<App>, call: Call<ListSessions>) -> Result<Reply<ListSessions>, Problem> {
    let current = identity::session(call.request());
    let client = app.pool.get().await?;
    let items = sessions::list(&client, call.caller.user_id(), current).await?;
    Ok(Reply::new(SessionList { items }))
}

async fn end(app: Data<App>, call: Call<EndSession>) -> Result<Reply<EndSession>, Problem> {
    no_version(&call)?;
    let client = app.pool.get().await?;
    let id = call.path.id;
    match sessions::end_some(&client, call.caller.user_id(), |name| name == id).await? {
        0 => Err(Problem::not_found("session")),
        _ => Ok(Reply::empty()),
    }
}

async fn end_all(app: Data<App>, call: Call<EndAllSessions>) -> Result<Reply<EndAllSessions>, Problem> {
    no_version(&call)?;
    let client = app.pool.get().await?;
    sessions::end_some(&client, call.caller.user_id(), |_| true).await?;
    Ok(Reply::empty())
}
