//! `/teams`.

use actix_web::web::Data;
use api::{CreateTeam, DeleteTeam, EditTeam, GetTeam, ListTeams, Resource, Team as View};
use domain::TeamId;
use domain::escalation::Target;
use serde::Serialize;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::called_by::author;
use super::creation::{self, Begun};
use super::{page, require_version};
use crate::app::App;
use crate::rules::team::Team;
use crate::store::audit::Resource as Audited;
use crate::store::people::{People, require_members};
use crate::store::teams::{self as store, TeamRow};
use crate::store::{Scope, alert_targets};

pub(super) fn mount(routes: Routes) -> Routes {
    routes
        .mount(list)
        .mount(create)
        .mount(get)
        .mount(edit)
        .mount(delete)
}

/// Teams in the audit log.
fn audited(id: i64) -> Audited {
    Audited::new("team", id)
}

/// What the audit log keeps of a team: nobody's name, for it is kept for long.
#[derive(Serialize)]
struct AuditedTeam<'a> {
    name: &'a str,
    members: &'a [i64],
}

impl<'a> AuditedTeam<'a> {
    fn of(team: &'a Team) -> Self {
        Self {
            name: &team.name,
            members: &team.members,
        }
    }
}

/// Tells alerters and dashboards of a change that was committed.
fn announce(app: &App, scope: Scope, id: i64) {
    app.announcer.alerting(scope.org());
    app.announcer.change(scope.org(), Resource::Team, id);
}

async fn view(
    client: &impl deadpool_postgres::GenericClient,
    scope: Scope,
    row: &TeamRow,
) -> Result<View, Problem> {
    let people = People::read(client, scope, &row.team.members).await?;
    Ok(row.view(&people))
}

async fn list(app: Data<App>, call: Call<ListTeams>) -> Result<Reply<ListTeams>, Problem> {
    let limit = page::limit(call.query.limit)?;
    let after = page::position(call.query.cursor.as_deref())?.unwrap_or(0);
    let (client, scope) = (app.pool.get().await?, Scope::from(&call.caller));
    let rows = store::list(&client, scope, after, limit as i64 + 1).await?;
    let views = store::views(&client, scope, &rows).await?;
    Ok(Reply::new(page::cut(views, limit, |team: &View| team.id)))
}

async fn create(app: Data<App>, call: Call<CreateTeam>) -> Result<Reply<CreateTeam>, Problem> {
    let (scope, author) = (Scope::from(&call.caller), author(&call));
    let mut client = app.pool.get().await?;
    let tx = match creation::begin(&app, &mut client, &call).await? {
        Begun::New(tx) => tx,
        Begun::Before(reply) => return Ok(reply),
    };
    let team = Team::apply(call.body, None).map_err(Problem::invalid)?;
    require_members(&*tx, scope, &team.named()).await?;
    let row = store::insert(&tx, scope, &team).await?;
    author
        .created(&tx, &audited(row.id), &AuditedTeam::of(&row.team))
        .await?;
    let reply = Reply::new(view(&*tx, scope, &row).await?);
    tx.commit(&app, &reply).await?;
    announce(&app, scope, row.id);
    Ok(reply)
}

async fn get(app: Data<App>, call: Call<GetTeam>) -> Result<Reply<GetTeam>, Problem> {
    let (client, scope) = (app.pool.get().await?, Scope::from(&call.caller));
    let row = store::find(&client, scope, call.path.id).await?;
    Ok(Reply::new(view(&client, scope, &row).await?))
}

async fn edit(app: Data<App>, call: Call<EditTeam>) -> Result<Reply<EditTeam>, Problem> {
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let (expected, author) = (call.if_match()?, author(&call));
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = store::lock(&tx, scope, id).await?;
    require_version(expected, old.version)?;
    let team = Team::apply(call.body, Some(&old.team)).map_err(Problem::invalid)?;
    if team == old.team {
        return Ok(Reply::new(view(&tx, scope, &old).await?));
    }
    require_members(&tx, scope, &team.named()).await?;
    let row = store::update(&tx, scope, id, &team).await?;
    let [before, after] = [&old.team, &row.team].map(AuditedTeam::of);
    author.changed(&tx, &audited(id), &before, &after).await?;
    let after = view(&tx, scope, &row).await?;
    tx.commit().await?;
    announce(&app, scope, id);
    Ok(Reply::new(after))
}

async fn delete(app: Data<App>, call: Call<DeleteTeam>) -> Result<Reply<DeleteTeam>, Problem> {
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = store::lock(&tx, scope, id).await?;
    require_version(call.if_match()?, old.version)?;
    alert_targets::require_unused_target(&tx, scope, Target::Team { id: TeamId(id) }).await?;
    store::delete(&tx, scope, id).await?;
    author(&call)
        .deleted(&tx, &audited(id), &AuditedTeam::of(&old.team))
        .await?;
    tx.commit().await?;
    announce(&app, scope, id);
    Ok(Reply::empty())
}
