//! `/me/quiet-hours`.

use actix_web::web::Data;
use api::{GetOwnQuietHours, SetOwnQuietHours};
use domain::channel::OwnerQuietHours;
use serde_json::json;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::called_by::cause;
use super::no_version;
use crate::app::App;
use crate::store::{Scope, account_events, members, quiet_hours as store};

pub(super) fn mount(routes: Routes) -> Routes {
    routes.mount(get).mount(set)
}

async fn get(app: Data<App>, call: Call<GetOwnQuietHours>) -> Result<Reply<GetOwnQuietHours>, Problem> {
    let client = app.pool.get().await?;
    let user = call.caller.user_id();
    Ok(Reply::new(
        store::find(&client, Scope::from(&call.caller), user).await?,
    ))
}

async fn set(app: Data<App>, call: Call<SetOwnQuietHours>) -> Result<Reply<SetOwnQuietHours>, Problem> {
    no_version(&call)?;
    let (scope, user) = (Scope::from(&call.caller), call.caller.user_id());
    let cause = cause::<SetOwnQuietHours>(call.request());
    let given = call.body;
    let quiet = OwnerQuietHours::new(given.time_zone.as_deref(), given.windows, given.passes);
    let quiet = quiet.map_err(Problem::invalid)?;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    // As who removes a member does first.
    scope.take_turn(&tx).await?;
    let role = members::role_of(&tx, scope, user).await?;
    // The credential may say more than is so any more.
    role.ok_or_else(Problem::unauthorized)?;
    if store::set(&tx, scope, user, &quiet).await? {
        account_events::note(&tx, user, &cause, Some(json!(quiet))).await?;
        tx.commit().await?;
        app.announcer.alerting(scope.org());
    }
    Ok(Reply::new(quiet))
}
