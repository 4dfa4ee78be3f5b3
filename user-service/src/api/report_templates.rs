//! `/report-templates`.

use actix_web::web::Data;
use api::{
    CreateReportTemplate, DeleteReportTemplate, EditReportTemplate, GetReportTemplate, ListReportTemplates,
    ReportTemplate,
};
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::called_by::author;
use super::creation::{self, Begun};
use super::{page, require_version};
use crate::app::App;
use crate::rules::report_template::Template;
use crate::store::Scope;
use crate::store::audit::Resource as Audited;
use crate::store::report_templates::{self as store, TemplateRow};

pub(super) fn mount(routes: Routes) -> Routes {
    routes
        .mount(list)
        .mount(create)
        .mount(get)
        .mount(edit)
        .mount(delete)
}

/// Templates in the audit log.
fn audited(id: i64) -> Audited {
    Audited::new("report_template", id)
}

async fn list(
    app: Data<App>,
    call: Call<ListReportTemplates>,
) -> Result<Reply<ListReportTemplates>, Problem> {
    let limit = page::limit(call.query.limit)?;
    let after = page::position(call.query.cursor.as_deref())?.unwrap_or(0);
    let client = app.pool.get().await?;
    let rows = store::list(&client, Scope::from(&call.caller), after, limit as i64 + 1).await?;
    let views = rows.into_iter().map(TemplateRow::view).collect();
    Ok(Reply::new(page::cut(
        views,
        limit,
        |template: &ReportTemplate| template.id,
    )))
}

async fn create(
    app: Data<App>,
    call: Call<CreateReportTemplate>,
) -> Result<Reply<CreateReportTemplate>, Problem> {
    let (scope, author) = (Scope::from(&call.caller), author(&call));
    let mut client = app.pool.get().await?;
    let tx = match creation::begin(&app, &mut client, &call).await? {
        Begun::New(tx) => tx,
        Begun::Before(reply) => return Ok(reply),
    };
    let template = Template::apply(call.body, None).map_err(Problem::invalid)?;
    let created = store::insert(&tx, scope, &template).await?.view();
    author.created(&tx, &audited(created.id), &created).await?;
    let reply = Reply::new(created);
    tx.commit(&app, &reply).await?;
    Ok(reply)
}

async fn get(app: Data<App>, call: Call<GetReportTemplate>) -> Result<Reply<GetReportTemplate>, Problem> {
    let client = app.pool.get().await?;
    let row = store::find(&client, Scope::from(&call.caller), call.path.id).await?;
    Ok(Reply::new(row.view()))
}

async fn edit(app: Data<App>, call: Call<EditReportTemplate>) -> Result<Reply<EditReportTemplate>, Problem> {
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let (expected, author) = (call.if_match()?, author(&call));
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = store::lock(&tx, scope, id).await?;
    require_version(expected, old.version)?;
    let template = Template::apply(call.body, Some(&old.template)).map_err(Problem::invalid)?;
    if template == old.template {
        return Ok(Reply::new(old.view()));
    }
    let after = store::update(&tx, scope, id, &template).await?.view();
    author.changed(&tx, &audited(id), &old.view(), &after).await?;
    tx.commit().await?;
    Ok(Reply::new(after))
}

async fn delete(
    app: Data<App>,
    call: Call<DeleteReportTemplate>,
) -> Result<Reply<DeleteReportTemplate>, Problem> {
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = store::lock(&tx, scope, id).await?;
    require_version(call.if_match()?, old.version)?;
    store::delete(&tx, scope, id).await?;
    author(&call).deleted(&tx, &audited(id), &old.view()).await?;
    tx.commit().await?;
    Ok(Reply::empty())
}
