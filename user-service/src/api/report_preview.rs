//! What subscribers and destinations of a status page would get of an update that is not published yet.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use api::{MailPreview, PreviewReportUpdate, ReportUpdatePreview};
use domain::channel::DestinationKind;
use domain::status_page::Impact;
use domain::{ComponentId, DeliveryId, ReportUpdateId, StatusReportId, SubscriberId};
use shared::http::call::{Call, Reply};
use shared::http::problem::Problem;
use shared::http::routes::Routes;
use uuid::Uuid;

use super::status_reports::named;
use crate::app::App;
use crate::rules::destination_message::Message;
use crate::rules::notice_content::{Affected, Announcement};
use crate::rules::report_impacts::{Said, fold};
use crate::rules::status_report::drafted_update;
use crate::rules::subscription::components_of;
use crate::store::status_reports::{self as store, UpdateRow};
use crate::store::{Scope, status_pages};
use crate::subscriptions::{Prepared, announced_page};

/// Whose mail is shown.
const READER: &str = "reader@example.org";

/// Stands in links for what is each subscriber's own.
const TOKEN: &str = "…";

pub(super) fn mount(routes: Routes) -> Routes {
    routes.mount(preview)
}

async fn preview(
    app: Data<App>,
    call: Call<PreviewReportUpdate>,
) -> Result<Reply<PreviewReportUpdate>, Problem> {
    let scope = Scope::from(&call.caller);
    let client = app.pool.get().await?;
    let page = status_pages::find(&client, scope, call.path.id).await?;
    let Some(announced) = announced_page(&app, &page) else {
        let missing = "the installation has no status pages (PAGES_URL)";
        return Err(Problem::new(StatusCode::CONFLICT, missing));
    };
    let report = match call.body.report_id {
        None => None,
        Some(id) => Some(store::find(&client, scope, id).await?).filter(|report| report.page == page.id),
    };
    if call.body.report_id.is_some() && report.is_none() {
        return Err(Problem::not_found("report"));
    }
    let own_title = report.as_ref().map(|report| report.written.title.as_str());
    let drafted = drafted_update(call.body, own_title).map_err(Problem::invalid)?;
    let names = named(&client, scope, page.id, &drafted.update, "update.components").await?;
    let before = match &report {
        None => Vec::new(),
        Some(report) => {
            let mut all = store::updates_of(&client, scope, &[report.id]).await?;
            all.remove(&report.id).unwrap_or_default()
        }
    };
    let now = shared::now();
    let started_at = report.as_ref().map_or(now, |report| report.written.started_at);
    let mut said = store::said(&before);
    said.push(Said {
        at: now,
        status: drafted.update.status,
        components: drafted.update.components.clone(),
    });
    let name_of = |id: ComponentId| names.get(&id).cloned().or_else(|| known_as(&before, id));
    let mut affected: Vec<(ComponentId, Impact)> = fold(started_at, &said).now.into_iter().collect();
    let order = components_of(&page.page);
    affected.sort_by_key(|(id, _)| order.iter().position(|one| one == id).unwrap_or(order.len()));
    let affected = affected.into_iter().map(|(id, impact)| Affected {
        id,
        name: name_of(id).unwrap_or_default(),
        impact,
    });
    let prepared = Prepared::from(Announcement {
        page: announced,
        report: report.map_or(StatusReportId(0), |report| report.id),
        update: ReportUpdateId(0),
        title: drafted.title,
        started_at,
        status: drafted.update.status,
        message: drafted.update.message,
        components: affected.collect(),
        at: now,
    });
    let mail = prepared.written(SubscriberId(Uuid::nil()), READER, TOKEN);
    let mail = mail.map_err(Problem::internal)?;
    let body = |kind| Message::Update(prepared.announcement()).body(kind, DeliveryId(Uuid::nil()), now);
    Ok(Reply::new(ReportUpdatePreview {
        email: MailPreview {
            subject: mail.subject,
            text: mail.text,
        },
        webhook: body(DestinationKind::Webhook),
        slack: body(DestinationKind::Slack),
        teams: body(DestinationKind::Teams),
    }))
}

/// What a component was called when it was named last.
fn known_as(updates: &[UpdateRow], id: ComponentId) -> Option<String> {
    let mut named = updates.iter().rev().flat_map(|update| &update.components);
    named.find(|one| one.id == id).map(|one| one.name.clone())
}
