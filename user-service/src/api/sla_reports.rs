//! `/sla-reports`.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use actix_web::web::Data;
use api::{
    CreateSlaReport, DeleteSlaReport, GetSlaReport, GetSlaReportFile, ListSlaReports, PreviewSlaReport,
    SlaFileFormat, SlaReportContent, SlaReportInput, SlaReportSummary,
};
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;

use super::called_by::author;
use super::creation::{self, Begun};
use super::{no_version, page};
use crate::app::App;
use crate::rules::sla::request::Request;
use crate::store::Scope;
use crate::store::audit::Resource as Audited;
use crate::store::sla_reports::{self as store, Made};

/// How long a report may take, so that there is time for an answer.
const WITHIN: Duration = Duration::from_millis(3_500);

/// How long a file may take.
const WRITTEN_WITHIN: Duration = Duration::from_secs(4);

pub(super) fn mount(routes: Routes) -> Routes {
    routes
        .mount(list)
        .mount(create)
        .mount(preview)
        .mount(get)
        .mount_raw(file)
        .mount(delete)
}

/// Reports in the audit log.
fn audited(id: i64) -> Audited {
    Audited::new("sla_report", id)
}

async fn list(app: Data<App>, call: Call<ListSlaReports>) -> Result<Reply<ListSlaReports>, Problem> {
    let limit = page::limit(call.query.limit)?;
    let before = page::position(call.query.cursor.as_deref())?;
    let client = app.pool.get().await?;
    let found = store::list(&client, Scope::from(&call.caller), before, limit as i64 + 1).await?;
    Ok(Reply::new(page::cut(
        found,
        limit,
        |report: &SlaReportSummary| report.id,
    )))
}

async fn made(app: &App, scope: Scope, input: &SlaReportInput, by: &'static str) -> Result<Made, Problem> {
    let request = Request::read(input, shared::now()).map_err(Problem::invalid)?;
    Ok(app.sla.make(scope, &request, WITHIN, by).await?)
}

async fn create(app: Data<App>, call: Call<CreateSlaReport>) -> Result<Reply<CreateSlaReport>, Problem> {
    let (scope, author) = (Scope::from(&call.caller), author(&call));
    // One that is repeated makes nothing anew; and no connection waits while another one is used for a report.
    if call.repeatable().is_some() {
        let mut client = app.pool.get().await?;
        if let Begun::Before(reply) = creation::begin(&app, &mut client, &call).await? {
            return Ok(reply);
        }
    }
    let made = made(&app, scope, &call.body, "request").await?;
    let mut client = app.pool.get().await?;
    let tx = match creation::begin(&app, &mut client, &call).await? {
        Begun::New(tx) => tx,
        Begun::Before(reply) => return Ok(reply),
    };
    let mut report = store::insert(&tx, scope, &made).await?;
    author.created(&tx, &audited(report.id), &made.head()).await?;
    store::add_names(&*tx, scope, &mut report.content).await?;
    let reply = Reply::new(report);
    tx.commit(&app, &reply).await?;
    Ok(reply)
}

async fn preview(app: Data<App>, call: Call<PreviewSlaReport>) -> Result<Reply<PreviewSlaReport>, Problem> {
    let scope = Scope::from(&call.caller);
    let mut content = made(&app, scope, &call.body, "preview").await?.content;
    store::add_names(&app.pool.get().await?, scope, &mut content).await?;
    Ok(Reply::new(content))
}

async fn get(app: Data<App>, call: Call<GetSlaReport>) -> Result<Reply<GetSlaReport>, Problem> {
    let scope = Scope::from(&call.caller);
    let client = app.pool.get().await?;
    let mut report = store::find(&client, scope, call.path.id).await?;
    store::add_names(&client, scope, &mut report.content).await?;
    Ok(Reply::new(report))
}

async fn file(app: Data<App>, call: Call<GetSlaReportFile>) -> Result<HttpResponse, Problem> {
    let format = call.query.format;
    let report = store::find(&app.pool.get().await?, Scope::from(&call.caller), call.path.id).await?;
    let content = report.content;
    let name = sla_files::file_name(&content, format);
    // A PDF of many monitors takes its time.
    let writing = tokio::task::spawn_blocking(move || written(&content, format));
    let written = tokio::time::timeout(WRITTEN_WITHIN, writing).await;
    let written = written.map_err(|_| Problem::unavailable("a file of so large a report"))?;
    let bytes = written.map_err(Problem::internal)??;
    let media_type = match format {
        SlaFileFormat::Html => "text/html; charset=utf-8",
        SlaFileFormat::Csv => "text/csv; charset=utf-8; header=present",
        SlaFileFormat::Pdf => "application/pdf",
        SlaFileFormat::Json => "application/json",
    };
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, media_type))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header(("cache-control", "no-store"))
        .body(bytes))
}

fn written(content: &SlaReportContent, format: SlaFileFormat) -> Result<Vec<u8>, Problem> {
    match format {
        SlaFileFormat::Html => sla_files::html(content)
            .map(String::into_bytes)
            .map_err(Problem::internal),
        SlaFileFormat::Csv => sla_files::csv(content).map_err(Problem::internal),
        SlaFileFormat::Pdf => sla_files::pdf(content).map_err(Problem::internal),
        SlaFileFormat::Json => serde_json::to_vec_pretty(content).map_err(Problem::internal),
    }
}

async fn delete(app: Data<App>, call: Call<DeleteSlaReport>) -> Result<Reply<DeleteSlaReport>, Problem> {
    no_version(&call)?;
    let (scope, id) = (Scope::from(&call.caller), call.path.id);
    let mut client = app.pool.get().await?;
    let tx = client.transaction().await?;
    let head = store::delete(&tx, scope, id).await?;
    author(&call).deleted(&tx, &audited(id), &head).await?;
    tx.commit().await?;
    Ok(Reply::empty())
}
