//! Reports on status pages, and their updates.

use std::collections::HashMap;

use actix_web::web::Data;
use api::{
    Actor, AddReportUpdate, ComponentImpact, CreateStatusReport, DeleteStatusReport, DraftStatusReports,
    EditReportUpdate, EditStatusReport, GetStatusReport, ListStatusReports, Principal, ReportDraft,
    ReportDrafts, ReportUpdate, StatusReport,
};
use deadpool_postgres::GenericClient;
use domain::monitor::FieldError;
use domain::status_page::{Impact, ReportStatus};
use domain::{ComponentId, IncidentId, StatusPageId, Timestamp};
use serde::Serialize;
use serde_json::json;
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::called_by::author;
use super::creation::{self, Begun};
use super::status_pages::announce;
use super::{page, require_version};
use crate::app::App;
use crate::rules::report_impacts::fold;
use crate::rules::report_words;
use crate::rules::status_report::{self as rules, ValidUpdate};
use crate::store::audit::Resource as Audited;
use crate::store::status_pages::{self, PageRow};
use crate::store::status_reports::drafts::{Drafted, drafted};
use crate::store::status_reports::{self as store, ReportRow, UpdateRow, Writer};
use crate::store::{Scope, users};

/// How much the updates of a list's page say at most, in bytes, unless one report alone says more.
const MAX_LISTED_BYTES: i64 = 4 * 1024 * 1024;

pub(crate) fn mount(routes: Routes) -> Routes {
    routes
        .mount(list)
        .mount(create)
        .mount(get)
        .mount(edit)
        .mount(delete)
        .mount(add_update)
        .mount(edit_update)
        .mount(draft)
}

/// Reports in the audit log.
fn audited(report: &ReportRow) -> Audited {
    Audited::new("status_report", report.id)
}

/// What the audit log keeps of a report. Authors are left out: they are in the log itself.
#[derive(Serialize)]
struct Kept<'a> {
    status_page_id: StatusPageId,
    title: &'a str,
    incident_id: Option<IncidentId>,
    started_at: Timestamp,
    postmortem: Option<&'a str>,
    version: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    update: Option<KeptUpdate<'a>>,
}

/// What the audit log keeps of an update.
#[derive(Serialize)]
struct KeptUpdate<'a> {
    status: ReportStatus,
    message: &'a str,
    components: Vec<ComponentImpact>,
    notified: bool,
}

impl<'a> Kept<'a> {
    fn of(row: &'a ReportRow) -> Self {
        Self {
            status_page_id: row.page,
            title: &row.written.title,
            incident_id: row.incident,
            started_at: row.written.started_at,
            postmortem: row.written.postmortem.as_deref(),
            version: row.version,
            update: None,
        }
    }
}

impl<'a> KeptUpdate<'a> {
    fn of(update: &'a ValidUpdate) -> Self {
        Self {
            status: update.status,
            message: &update.message,
            components: impacts(update.components.iter().copied()),
            notified: update.notify,
        }
    }
}

fn impacts(given: impl IntoIterator<Item = (ComponentId, Impact)>) -> Vec<ComponentImpact> {
    let impacts = given
        .into_iter()
        .map(|(component_id, impact)| ComponentImpact { component_id, impact });
    impacts.collect()
}

/// A report with its updates, oldest first, on the page at `url`.
fn view(row: ReportRow, updates: Vec<UpdateRow>, url: Option<&str>) -> StatusReport {
    let now = fold(row.written.started_at, &store::said(&updates)).now;
    let update = |update: UpdateRow| ReportUpdate {
        id: update.id,
        status: update.status,
        message: update.message,
        components: impacts(update.components.iter().map(|one| (one.id, one.impact))),
        notified: update.notified,
        author: update.by,
        at: update.at,
    };
    StatusReport {
        url: url.map(|url| format!("{url}/reports/{}", row.id)),
        id: row.id,
        status_page_id: row.page,
        title: row.written.title,
        status: row.status,
        components: impacts(now),
        incident_id: row.incident,
        started_at: row.written.started_at,
        resolved_at: row.resolved_at,
        postmortem: row.written.postmortem,
        updates: updates.into_iter().rev().map(update).collect(),
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

/// The same, with what is read for it.
async fn viewed(
    app: &App,
    client: &impl GenericClient,
    scope: Scope,
    row: ReportRow,
) -> Result<StatusReport, Problem> {
    let page = status_pages::find(client, scope, row.page.0).await?;
    let mut updates = store::updates_of(client, scope, &[row.id]).await?;
    let updates = updates.remove(&row.id).unwrap_or_default();
    Ok(view(row, updates, url_of(app, &page).as_deref()))
}

fn url_of(app: &App, page: &PageRow) -> Option<String> {
    app.status_pages.url_of(page)
}

/// On whose behalf an update is written.
async fn writer(client: &impl GenericClient, caller: &Principal) -> Result<Writer, Problem> {
    match caller.actor {
        Actor::Key { .. } => Ok(Writer::Key),
        Actor::User(user_id) => match users::name_of(client, user_id).await? {
            Some(name) => Ok(Writer::Person { name, user_id }),
            None => Err(Problem::unauthorized()),
        },
    }
}

/// What the components of an update are called. `field` is where in the request they stand.
///
/// # Errors
/// 422 that names each which is not on the page.
pub(super) async fn named(
    client: &impl GenericClient,
    scope: Scope,
    page: StatusPageId,
    update: &ValidUpdate,
    field: &str,
) -> Result<HashMap<ComponentId, String>, Problem> {
    let names = store::names_of(client, scope, page, &update.components).await?;
    let given = update.components.iter().enumerate();
    let missing = given.filter(|(_, (id, _))| !names.contains_key(id));
    let errors: Vec<_> = missing
        .map(|(n, (id, _))| {
            FieldError::new(
                format!("{field}.{n}.component_id"),
                format!("there is no component {id} on this status page"),
            )
        })
        .collect();
    match errors.is_empty() {
        true => Ok(names),
        false => Err(Problem::invalid(errors)),
    }
}

async fn list(app: Data<App>, call: Call<ListStatusReports>) -> Result<Reply<ListStatusReports>, Problem> {
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let limit = page::limit(call.query.limit)?;
    let after: Option<store::Position> = page::position(call.query.cursor.as_deref())?;
    let client = app.pool.get().await?;
    let shown = status_pages::find(&client, scope, id).await?;
    let mut rows = store::list(&client, scope, shown.id, after, limit as i64 + 1).await?;
    let all = rows.len();
    rows.truncate(limit);
    let mut bytes = 0;
    let mut listed = 0;
    rows.retain(|row| {
        bytes += row.bytes;
        listed += 1;
        listed == 1 || bytes <= MAX_LISTED_BYTES
    });
    let more = rows.len() < all;
    let ids: Vec<_> = rows.iter().map(|row| row.id).collect();
    let mut updates = store::updates_of(&client, scope, &ids).await?;
    let url = url_of(&app, &shown);
    let views = rows.into_iter().map(|row| {
        let updates = updates.remove(&row.id).unwrap_or_default();
        view(row, updates, url.as_deref())
    });
    let position = |view: &StatusReport| (view.started_at, view.id.0);
    Ok(Reply::new(page::of(views.collect(), more, position)))
}

async fn create(
    app: Data<App>,
    call: Call<CreateStatusReport>,
) -> Result<Reply<CreateStatusReport>, Problem> {
    let (scope, author) = (Scope::from(&call.caller), author(&call));
    let mut client = app.pool.get().await?;
    let tx = match creation::begin(&app, &mut client, &call).await? {
        Begun::New(tx) => tx,
        Begun::Before(reply) => return Ok(reply),
    };
    let page = status_pages::find(&*tx, scope, call.path.id).await?.id;
    let now = shared::now();
    let report = rules::new_report(call.body, now).map_err(Problem::invalid)?;
    let names = named(&*tx, scope, page, &report.update, "update.components").await?;
    let writer = writer(&*tx, &call.caller).await?;
    let id = store::insert(&tx, scope, page, &report, &names, (&writer, now)).await?;
    let row = store::find(&*tx, scope, id.0).await?;
    let kept = Kept {
        update: Some(KeptUpdate::of(&report.update)),
        ..Kept::of(&row)
    };
    author.created(&tx, &audited(&row), &kept).await?;
    let reply = Reply::new(viewed(&app, &*tx, scope, row).await?);
    tx.commit(&app, &reply).await?;
    announce(&app, scope, page);
    Ok(reply)
}

async fn get(app: Data<App>, call: Call<GetStatusReport>) -> Result<Reply<GetStatusReport>, Problem> {
    let scope = Scope::from(&call.caller);
    let client = app.pool.get().await?;
    let row = store::find(&client, scope, call.path.id).await?;
    Ok(Reply::new(viewed(&app, &client, scope, row).await?))
}

async fn edit(app: Data<App>, call: Call<EditStatusReport>) -> Result<Reply<EditStatusReport>, Problem> {
    let (scope, expected, author) = (Scope::from(&call.caller), call.if_match()?, author(&call));
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = store::lock(&tx, scope, call.path.id).await?;
    require_version(expected, old.version)?;
    let written = rules::edited(call.body, &old.written, old.resolved_at, shared::now());
    let written = written.map_err(Problem::invalid)?;
    if written == old.written {
        return Ok(Reply::new(viewed(&app, &tx, scope, old).await?));
    }
    let row = store::update(&tx, scope, old.id, &written).await?;
    author
        .changed(&tx, &audited(&old), &Kept::of(&old), &Kept::of(&row))
        .await?;
    let reply = Reply::new(viewed(&app, &tx, scope, row).await?);
    tx.commit().await?;
    announce(&app, scope, old.page);
    Ok(reply)
}

async fn delete(
    app: Data<App>,
    call: Call<DeleteStatusReport>,
) -> Result<Reply<DeleteStatusReport>, Problem> {
    let scope = Scope::from(&call.caller);
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = store::lock(&tx, scope, call.path.id).await?;
    require_version(call.if_match()?, old.version)?;
    store::delete(&tx, scope, old.id).await?;
    author(&call)
        .deleted(&tx, &audited(&old), &Kept::of(&old))
        .await?;
    tx.commit().await?;
    announce(&app, scope, old.page);
    Ok(Reply::empty())
}

async fn add_update(app: Data<App>, call: Call<AddReportUpdate>) -> Result<Reply<AddReportUpdate>, Problem> {
    let (scope, author) = (Scope::from(&call.caller), author(&call));
    let mut client = app.pool.get().await?;
    let tx = match creation::begin(&app, &mut client, &call).await? {
        Begun::New(tx) => tx,
        Begun::Before(reply) => return Ok(reply),
    };
    // Whoever comes at the same time waits here, and comes after it.
    let old = store::lock(&tx, scope, call.path.id).await?;
    let update = rules::new_update(call.body).map_err(Problem::invalid)?;
    let names = named(&*tx, scope, old.page, &update, "components").await?;
    let writer = writer(&*tx, &call.caller).await?;
    store::add_update(&tx, scope, &old, &update, &names, (&writer, shared::now())).await?;
    author
        .created(&tx, &audited(&old), &KeptUpdate::of(&update))
        .await?;
    let row = store::find(&*tx, scope, old.id.0).await?;
    let reply = Reply::new(viewed(&app, &*tx, scope, row).await?);
    tx.commit(&app, &reply).await?;
    announce(&app, scope, old.page);
    Ok(reply)
}

async fn edit_update(
    app: Data<App>,
    call: Call<EditReportUpdate>,
) -> Result<Reply<EditReportUpdate>, Problem> {
    let (scope, expected, author) = (Scope::from(&call.caller), call.if_match()?, author(&call));
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let old = store::lock(&tx, scope, call.path.id).await?;
    require_version(expected, old.version)?;
    let message = rules::edited_message(&call.body).map_err(|wrong| Problem::invalid(vec![wrong]))?;
    let id = call.path.update_id;
    let (row, before) = store::edit_update(&tx, scope, &old, id, &message).await?;
    let changed = before != message;
    let (was, is) = (json!({"message": before}), json!({"message": message}));
    author
        .changed(&tx, &Audited::new("report_update", id), &was, &is)
        .await?;
    let reply = Reply::new(viewed(&app, &tx, scope, row).await?);
    tx.commit().await?;
    if changed {
        announce(&app, scope, old.page);
    }
    Ok(reply)
}

async fn draft(app: Data<App>, call: Call<DraftStatusReports>) -> Result<Reply<DraftStatusReports>, Problem> {
    let client = app.pool.get().await?;
    let found = drafted(&client, Scope::from(&call.caller), call.path.id).await?;
    Ok(Reply::new(ReportDrafts {
        items: found.into_iter().map(suggested).collect(),
    }))
}

fn suggested(found: Drafted) -> ReportDraft {
    let names: Vec<&str> = found.components.iter().map(|(_, name)| name.as_str()).collect();
    let words = match found.is_over {
        true => report_words::was(found.locale, &names),
        false => report_words::begins(found.locale, &names, found.error_code),
    };
    let down = found.components.iter().map(|(id, _)| (*id, Impact::MajorOutage));
    ReportDraft {
        status_page_id: found.page,
        status_page_title: found.title,
        title: words.title,
        started_at: found.started_at,
        status: match found.is_over {
            true => ReportStatus::Resolved,
            false => ReportStatus::Investigating,
        },
        message: words.message,
        // What is over affects nothing any more.
        components: match found.is_over {
            true => Vec::new(),
            false => impacts(down),
        },
        report_id: found.report,
    }
}
