//! `/escalation-policies`.

use actix_web::web::Data;
use api::{
    CreateEscalationPolicy, DeleteEscalationPolicy, EditEscalationPolicy, EscalationPolicy,
    GetEscalationPolicy, ListEscalationPolicies, Resource,
};
use domain::EscalationPolicyId;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::called_by::author;
use super::creation::{self, Begun};
use super::{page, require_version};
use crate::app::App;
use crate::rules::escalation_policy::ValidPolicy;
use crate::store::Scope;
use crate::store::alert_targets::Names;
use crate::store::audit::Resource as Audited;
use crate::store::escalation_policies::{self as store, PolicyRow};

pub(super) fn mount(routes: Routes) -> Routes {
    routes
        .mount(list)
        .mount(create)
        .mount(get)
        .mount(edit)
        .mount(delete)
}

/// Escalation policies in the audit log.
fn audited(id: EscalationPolicyId) -> Audited {
    Audited::new("escalation_policy", id)
}

/// Has dashboards and alerters load a policy again.
fn announce(app: &App, scope: Scope, id: EscalationPolicyId) {
    app.announcer
        .change(scope.org(), Resource::EscalationPolicy, id.0);
    app.announcer.alerting(scope.org());
}

async fn list(
    app: Data<App>,
    call: Call<ListEscalationPolicies>,
) -> Result<Reply<ListEscalationPolicies>, Problem> {
    let limit = page::limit(call.query.limit)?;
    let after = page::position(call.query.cursor.as_deref())?.unwrap_or(0);
    let client = app.pool.get().await?;
    let rows = store::list(&client, Scope::from(&call.caller), after, limit as i64 + 1).await?;
    let views = rows.into_iter().map(PolicyRow::view).collect();
    Ok(Reply::new(page::cut(
        views,
        limit,
        |policy: &EscalationPolicy| policy.id,
    )))
}

async fn create(
    app: Data<App>,
    call: Call<CreateEscalationPolicy>,
) -> Result<Reply<CreateEscalationPolicy>, Problem> {
    let (scope, author) = (Scope::from(&call.caller), author(&call));
    let mut client = app.pool.get().await?;
    let tx = match creation::begin(&app, &mut client, &call).await? {
        Begun::New(tx) => tx,
        Begun::Before(reply) => return Ok(reply),
    };
    let policy = ValidPolicy::apply(call.body, None).map_err(Problem::invalid)?;
    let created = store::insert(&tx, scope, &policy).await?.view();
    let named = Names::default().steps(&policy.plan.steps, &[]);
    named.require(&*tx, scope).await?;
    let id = created.id;
    author.created(&tx, &audited(id), &created).await?;
    let reply = Reply::new(created);
    tx.commit(&app, &reply).await?;
    announce(&app, scope, id);
    Ok(reply)
}

async fn get(app: Data<App>, call: Call<GetEscalationPolicy>) -> Result<Reply<GetEscalationPolicy>, Problem> {
    let client = app.pool.get().await?;
    let row = store::find(&client, Scope::from(&call.caller), call.path.id).await?;
    Ok(Reply::new(row.view()))
}

async fn edit(
    app: Data<App>,
    call: Call<EditEscalationPolicy>,
) -> Result<Reply<EditEscalationPolicy>, Problem> {
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let (expected, author) = (call.if_match()?, author(&call));
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = store::lock(&tx, scope, id).await?;
    require_version(expected, old.version)?;
    let plan = old.plan.value();
    let policy = ValidPolicy::apply(call.body, Some((&old.name, plan))).map_err(Problem::invalid)?;
    if old.says(&policy) {
        return Ok(Reply::new(old.view()));
    }
    let known = plan.map_or(&[][..], |plan| &plan.steps);
    let named = Names::default().steps(&policy.plan.steps, known);
    named.require(&tx, scope).await?;
    let after = store::update(&tx, scope, id, &policy).await?.view();
    author.changed(&tx, &audited(id), &old.view(), &after).await?;
    tx.commit().await?;
    announce(&app, scope, id);
    Ok(Reply::new(after))
}

async fn delete(
    app: Data<App>,
    call: Call<DeleteEscalationPolicy>,
) -> Result<Reply<DeleteEscalationPolicy>, Problem> {
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = store::lock(&tx, scope, id).await?;
    require_version(call.if_match()?, old.version)?;
    store::delete(&tx, scope, id).await?;
    author(&call).deleted(&tx, &audited(id), &old.view()).await?;
    tx.commit().await?;
    announce(&app, scope, id);
    Ok(Reply::empty())
}
