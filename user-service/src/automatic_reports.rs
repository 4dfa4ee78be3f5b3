//! Reports that the product publishes by itself on pages that want that: that a monitor is down for some time, and that it is
//! up again. Several pods may be at it: what is about one page they do one after the other, and each incident of a page has
//! one report at most.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use api::{AddReportUpdate, CreateStatusReport, Operation, Resource};
use deadpool_postgres::Transaction;
use domain::maintenance::maintenance_end;
use domain::status_page::Locale;
use domain::{ComponentId, StatusPageId, StatusReportId};
use serde_json::{Value, json};
use shared::lasting::Lasting;
use shared::shutdown::CancellationToken;

use crate::app::App;
use crate::job_error::JobError;
use crate::rules::automatic_report::{addition, ending, report, unsaid};
use crate::rules::report_impacts::fold;
use crate::store::audit::{Author, By, Resource as Audited};
use crate::store::error::StoreError;
use crate::store::status_reports::automatic::{self, MAX_PAGES, names};
use crate::store::status_reports::{self, Writer, add_update, reported, said};
use crate::store::{Scope, maintenance_windows};

/// How often is looked for incidents that last.
const PERIOD: Duration = Duration::from_secs(30);

/// How long looking for pages, and what is to be done on one, may take.
const STEP_WITHIN: Duration = Duration::from_secs(20);

/// Reports until `stop`.
pub(crate) async fn run(app: Arc<App>, stop: CancellationToken) {
    let reporting = Lasting::new("reports of outages wait");
    loop {
        match stop.run_until_cancelled(look(&app)).await {
            None => return,
            Some(Ok(())) => {
                reporting.ok();
            }
            Some(Err(error)) => {
                reporting.failed(&error);
            }
        }
        tokio::select! {
            () = app.automatic_reports.notified() => {}
            () = tokio::time::sleep(PERIOD) => {}
            () = stop.cancelled() => return,
        }
    }
}

async fn look(app: &App) -> Result<(), JobError> {
    // What fails on one page keeps no other from it.
    let (mut outcome, mut after) = (Ok(()), StatusPageId(0));
    loop {
        let due = async {
            let client = app.jobs.get().await?;
            Ok::<_, JobError>(automatic::due(&client, after).await?)
        };
        let due = tokio::time::timeout(STEP_WITHIN, due).await??;
        for &(scope, page) in &due {
            let step = tokio::time::timeout(STEP_WITHIN, step(app, scope, page)).await;
            if let Err(error) = step.map_err(JobError::from).flatten() {
                outcome = Err(error);
            }
        }
        match due.last() {
            Some(&(_, last)) if due.len() == MAX_PAGES => after = last,
            _ => return outcome,
        }
    }
}

/// Reports on a page what is to be reported there.
async fn step(app: &App, scope: Scope, page: StatusPageId) -> Result<(), JobError> {
    let mut client = app.jobs.get().await?;
    let tx = client.transaction().await?;
    let Some(locale) = automatic::take_turn(&tx, scope, page).await? else {
        return Ok(());
    };
    let has_ended = end(&tx, scope, page, locale).await?;
    let has_begun = begin(&tx, scope, page, locale).await?;
    tx.commit().await?;
    if has_ended || has_begun {
        app.status_pages.wake.notify_one();
        app.announcer.change(scope.org(), Resource::StatusPage, page.0);
    }
    Ok(())
}

/// Says of incidents that have ended that they have; answers whether there are any.
async fn end(
    tx: &Transaction<'_>,
    scope: Scope,
    page: StatusPageId,
    locale: Locale,
) -> Result<bool, StoreError> {
    let ended = automatic::ended(tx, scope, page).await?;
    let are_any = !ended.is_empty();
    for (report, followed) in ended {
        let mut updates = status_reports::updates_of(tx, scope, &[report.id]).await?;
        let updates = updates.remove(&report.id).unwrap_or_default();
        let affected = fold(report.written.started_at, &said(&updates)).now;
        let named = updates.into_iter().flat_map(|update| update.components);
        // The latest names come last.
        let names: HashMap<ComponentId, String> = named.map(|one| (one.id, one.name)).collect();
        if let Some(update) = ending(locale, report.status, &followed, &affected, &names) {
            let writer = (&Writer::Product, shared::now());
            add_update(tx, scope, &report, &update, &names, writer).await?;
            note::<AddReportUpdate>(tx, scope, report.id, &json!({"message": update.message})).await?;
        }
        automatic::set_ended(tx, scope, page, &followed).await?;
    }
    Ok(are_any)
}

/// Reports incidents that last; answers whether there are any.
async fn begin(
    tx: &Transaction<'_>,
    scope: Scope,
    page: StatusPageId,
    locale: Locale,
) -> Result<bool, StoreError> {
    let mut outages = automatic::lasting(tx, scope, page).await?;
    if outages.is_empty() {
        return Ok(false);
    }
    let now = shared::now();
    let windows = maintenance_windows::all(tx, scope).await?;
    outages.retain(|outage| maintenance_end(outage.monitor, &windows, now).is_none());
    let today = now.to_datetime().date_naive();
    let said = reported(tx, scope, page, &(today..=today), now).await?.now;
    let outages = automatic::claim(tx, scope, page, unsaid(outages, &said)).await?;
    if outages.is_empty() {
        return Ok(false);
    }
    if let Some(joined) = automatic::joined(tx, scope, page).await? {
        let update = addition(locale, joined.status, &outages);
        let writer = (&Writer::Product, now);
        add_update(tx, scope, &joined, &update, &names(&outages), writer).await?;
        automatic::add_incidents(tx, scope, page, joined.id, &outages).await?;
        note::<AddReportUpdate>(tx, scope, joined.id, &json!({"message": update.message})).await?;
    } else if let Some(report) = report(locale, &outages) {
        match automatic::insert(tx, scope, page, &report, &outages, now).await? {
            Some(made) => {
                let kept = json!({"title": report.title, "message": report.update.message});
                note::<CreateStatusReport>(tx, scope, made, &kept).await?;
            }
            None => tracing::warn!(
                org_id = scope.org().0,
                page = page.0,
                "outages are not reported: the status page has as many reports as it may have"
            ),
        }
    }
    Ok(true)
}

/// Notes in the audit log what the product has published.
async fn note<O: Operation>(
    tx: &Transaction<'_>,
    scope: Scope,
    report: StatusReportId,
    kept: &Value,
) -> Result<(), StoreError> {
    let author = Author {
        by: By::System("automatic report"),
        scope,
        action: O::ID,
        address: None,
        request_id: None,
    };
    author
        .created(tx, &Audited::new("status_report", report), kept)
        .await
}
