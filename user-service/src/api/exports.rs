//! `/me/exports`, and `/orgs/{id}/exports`.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::web::Data;
use api::{ExportAccount, ExportList, ExportOrganisation, GetExportPart, ListExports, OpenExport};
use shared::http::call::{Call, Reply};
use shared::http::identity;
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::called_by::{author, cause};
use super::organisations::scope_of;
use crate::app::App;
use crate::limited::limited;
use crate::reauthentication::reauthenticate;
use crate::second_factor::Deed;
use crate::store::audit::Resource;
use crate::store::{account_events, exports};

/// Archives that one person may ask for in [`DAY`].
const REQUESTS: u32 = 10;

const DAY: Duration = Duration::from_secs(86_400);

pub(super) fn mount(routes: Routes) -> Routes {
    routes
        .mount(list)
        .mount(of_account)
        .mount(of_organisation)
        .mount(open)
        .mount(part)
}

async fn list(app: Data<App>, call: Call<ListExports>) -> Result<Reply<ListExports>, Problem> {
    let items = exports::list(&app.pool.get().await?, call.caller.user_id()).await?;
    Ok(Reply::new(ExportList { items }))
}

async fn of_account(app: Data<App>, call: Call<ExportAccount>) -> Result<Reply<ExportAccount>, Problem> {
    let user = call.caller.user_id();
    limited(&app, "export", &call.caller, REQUESTS, DAY).await?;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let export = exports::request(&tx, user, None).await?;
    account_events::note(&tx, user, &cause::<ExportAccount>(call.request()), None).await?;
    tx.commit().await?;
    app.exports.notify_one();
    Ok(Reply::new(export))
}

async fn of_organisation(
    app: Data<App>,
    call: Call<ExportOrganisation>,
) -> Result<Reply<ExportOrganisation>, Problem> {
    let scope = scope_of(&call.caller, call.path.id)?;
    limited(&app, "export", &call.caller, REQUESTS, DAY).await?;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let export = exports::request(&tx, call.caller.user_id(), Some(scope)).await?;
    author(&call)
        .created(&tx, &Resource::new("export", export.id), &export)
        .await?;
    tx.commit().await?;
    app.exports.notify_one();
    Ok(Reply::new(export))
}

async fn open(app: Data<App>, call: Call<OpenExport>) -> Result<Reply<OpenExport>, Problem> {
    let (user, session) = (call.caller.user_id(), identity::session(call.request()));
    let (id, cause) = (call.path.id, cause::<OpenExport>(call.request()));
    let deed = Deed::of::<OpenExport>(call.request(), user);
    let request = call.request().clone();
    let (password, code) = (call.body.current_password, call.body.code.as_deref());
    reauthenticate(&app, &call.caller, &request, password, code, &deed).await?;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    exports::open(&tx, user, id, session).await?;
    let details = serde_json::json!({"export": id});
    account_events::note(&tx, user, &cause, Some(details)).await?;
    tx.commit().await?;
    Ok(Reply::empty())
}

async fn part(app: Data<App>, call: Call<GetExportPart>) -> Result<Reply<GetExportPart>, Problem> {
    let (by, path) = (
        (call.caller.user_id(), identity::session(call.request())),
        &call.path,
    );
    let client = app.pool.get().await?;
    let part = exports::part(&client, &app.keyring, by, path.id, path.number).await?;
    part.map(Reply::new).ok_or_else(|| {
        let closed = "open the export first, with the password (POST /me/exports/{id}/open)";
        Problem::new(StatusCode::FORBIDDEN, closed)
    })
}
