//! `/escalation-policies`.

use actix_web::web::Data;
use api::{
    CreateEscalationPolicy, DefinitionVersionPath, DeleteEscalationPolicy, EditEscalationPolicy,
    EscalationPolicy, EscalationPolicyInput, GetEscalationPolicy, GetEscalationPolicyVersion,
    ListEscalationPolicies, ListEscalationPolicyVersions, Resource, RestoreEscalationPolicyVersion,
};
use deadpool_postgres::Transaction;
use domain::EscalationPolicyId;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::called_by::author;
use super::creation::{self, Begun};
use super::definition_versions::{self as versions, Change, Written};
use super::{page, require_version};
use crate::app::App;
use crate::rules::escalation_policy::ValidPolicy;
use crate::store::Scope;
use crate::store::alert_targets::Names;
use crate::store::audit::{Author, Resource as Audited};
use crate::store::escalation_policies::{self as store, PolicyRow};
use crate::store::version_authors::Made;

pub(super) fn mount(routes: Routes) -> Routes {
    routes
        .mount(list)
        .mount(create)
        .mount(get)
        .mount(edit)
        .mount(delete)
        .mount(list_versions)
        .mount(get_version)
        .mount(restore_version)
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
    let created = store::insert(&tx, scope, &policy, Made::from(&author.by))
        .await?
        .view();
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
    let (expected, author) = (call.if_match()?, author(&call));
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = store::lock(&tx, author.scope, call.path.id).await?;
    require_version(expected, old.version)?;
    Ok(Reply::new(save(&app, tx, &author, old, call.body, None).await?))
}

/// Saves what the fields make of a locked policy, which may be those of an earlier version.
async fn save(
    app: &App,
    tx: Transaction<'_>,
    author: &Author,
    old: PolicyRow,
    input: EscalationPolicyInput,
    restored: Option<i32>,
) -> Result<EscalationPolicy, Problem> {
    let (scope, id, by) = (author.scope, old.id, &author.by);
    let plan = old.plan.value();
    let policy = ValidPolicy::apply(input, Some((&old.name, plan))).map_err(Problem::invalid)?;
    if old.says(&policy) {
        return Ok(old.view());
    }
    let known = plan.map_or(&[][..], |plan| &plan.steps);
    let named = Names::default().steps(&policy.plan.steps, known);
    named.require(&tx, scope).await?;
    let row = store::update(&tx, scope, id, &policy, Made { by, restored }).await?;
    let (before, after) = (old.view(), row.view());
    let [was, is] = Change::of(&before, &after, restored);
    author.changed(&tx, &audited(id), &was, &is).await?;
    tx.commit().await?;
    announce(app, scope, id);
    Ok(after)
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

impl Written for PolicyRow {
    type Input = EscalationPolicyInput;

    fn input(&self) -> EscalationPolicyInput {
        let plan = self.plan.value();
        EscalationPolicyInput {
            name: Some(self.name.clone()),
            steps: plan.map(|plan| plan.steps.clone()),
            repeats: plan.map(|plan| plan.repeats),
            repeat_after_minutes: plan.map(|plan| plan.repeat_after_minutes),
            acknowledgement_minutes: plan.map(|plan| plan.acknowledgement_minutes),
        }
    }

    fn is_readable(&self) -> bool {
        self.plan.value().is_some()
    }
}

async fn list_versions(
    app: Data<App>,
    call: Call<ListEscalationPolicyVersions>,
) -> Result<Reply<ListEscalationPolicyVersions>, Problem> {
    let (client, scope) = (app.pool.get().await?, Scope::from(&call.caller));
    let id = store::find(&client, scope, call.path.id).await?.id;
    let page = versions::list::<PolicyRow>(&client, scope, id.0, &call.query).await?;
    Ok(Reply::new(page))
}

async fn get_version(
    app: Data<App>,
    call: Call<GetEscalationPolicyVersion>,
) -> Result<Reply<GetEscalationPolicyVersion>, Problem> {
    let (client, scope) = (app.pool.get().await?, Scope::from(&call.caller));
    let DefinitionVersionPath { id, version } = call.path;
    let id = store::find(&client, scope, EscalationPolicyId(id)).await?.id;
    let found = versions::get::<PolicyRow>(&client, scope, (id.0, version), call.query.against).await?;
    Ok(Reply::new(found.into()))
}

async fn restore_version(
    app: Data<App>,
    call: Call<RestoreEscalationPolicyVersion>,
) -> Result<Reply<RestoreEscalationPolicyVersion>, Problem> {
    let (expected, author) = (call.if_match()?, author(&call));
    let DefinitionVersionPath { id, version } = call.path;
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = store::lock(&tx, author.scope, EscalationPolicyId(id)).await?;
    require_version(expected, old.version)?;
    let earlier = versions::earlier::<PolicyRow>(&tx, author.scope, id, version).await?;
    let saved = save(&app, tx, &author, old, earlier.input(), Some(version)).await?;
    Ok(Reply::new(saved))
}
