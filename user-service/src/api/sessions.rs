//! `/me/sessions`.

use actix_web::web::Data;
use api::{EndAllSessions, EndSession, ListSessions, Operation, SessionList};
use serde_json::json;
use shared::http::call::{Call, CallerOf, Reply};
use shared::http::identity;
use shared::http::problem::Problem;
use shared::http::routes::Routes;
use uuid::Uuid;

use super::called_by::{AsPrincipal, cause};
use super::no_version;
use crate::app::App;
use crate::store::{account_events, sessions};

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
    let id = call.path.id;
    match ended(&app, &call, |name| name == id).await? {
        0 => Err(Problem::not_found("session")),
        _ => Ok(Reply::empty()),
    }
}

async fn end_all(app: Data<App>, call: Call<EndAllSessions>) -> Result<Reply<EndAllSessions>, Problem> {
    no_version(&call)?;
    ended(&app, &call, |_| true).await?;
    Ok(Reply::empty())
}

/// Ends the sessions of which `ends` says so, and notes that; answers how many there were.
async fn ended<O: Operation>(app: &App, call: &Call<O>, ends: impl Fn(Uuid) -> bool) -> Result<u64, Problem>
where
    CallerOf<O>: AsPrincipal,
{
    let user = call.caller.as_principal().user_id();
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let count = sessions::end_some(&tx, user, ends).await?;
    if count > 0 {
        let details = json!({"sessions": count});
        account_events::note(&tx, user, &cause::<O>(call.request()), Some(details)).await?;
    }
    tx.commit().await?;
    Ok(count)
}
