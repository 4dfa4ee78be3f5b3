//! Makes the archives that people have asked for, one after the other in each pod: of one snapshot of the database, some rows
//! at a time, compressed and stored in parts as they come. An attempt that breaks off is begun anew by whoever comes next.

mod archive;
mod files;

use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use deadpool_postgres::Transaction;
use domain::monitor::MonitorInput;
use domain::{MonitorId, OrgId};
use shared::lasting::Lasting;
use shared::shutdown::CancellationToken;
use tokio::sync::mpsc;

use self::archive::Archive;
use self::files::{File, MONITORS, OF_MONITORS, OF_ORGANISATIONS, OF_PERSONS};
use crate::app::App;
use crate::metrics as names;
use crate::rules::mail_content::Content;
use crate::store::error::StoreError;
use crate::store::exports::{self, Order};
use crate::store::monitors::Filter;
use crate::store::{self, Scope, dependencies, monitors, organisations, users};

/// How often is looked for something to do.
const PERIOD: Duration = Duration::from_secs(5);

/// Rows that are read at once.
const ROWS: i32 = 500;

/// Monitors that are read at once.
const MONITORS_AT_ONCE: i64 = 100;

/// How large an archive may get, in bytes, but for what was on its way: what comes then is left out, and the README says so.
const MAX_BYTES: i64 = 256 * 1024 * 1024;

/// How much may be read for it: JSON gets much smaller, but reading it takes its time.
const MAX_READ_BYTES: i64 = 8 * MAX_BYTES;

/// How long an archive may take.
const WITHIN: Duration = Duration::from_secs(30 * 60);

/// Why an archive was not made.
#[derive(Debug, thiserror::Error)]
enum ExportError {
    #[error("no database connection: {0}")]
    Pool(#[from] deadpool_postgres::PoolError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("it cannot be written: {0}")]
    Write(#[from] std::io::Error),
    #[error("a row cannot be written: {0}")]
    Json(#[from] serde_json::Error),
    #[error("it is not wanted any more")]
    Unwanted,
    #[error("it took too long")]
    Timeout(#[from] tokio::time::error::Elapsed),
}

impl From<tokio_postgres::Error> for ExportError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Store(error.into())
    }
}

/// Makes archives until `stop`.
pub(crate) async fn run(app: Arc<App>, stop: CancellationToken) {
    let exporting = Lasting::new("exports wait");
    loop {
        match stop.run_until_cancelled(next(&app)).await {
            None => return,
            Some(Ok(true)) => continue,
            Some(Ok(false)) => {
                exporting.ok();
            }
            Some(Err(error)) => {
                exporting.failed(&error);
            }
        }
        tokio::select! {
            () = app.exports.notified() => {}
            () = tokio::time::sleep(PERIOD) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Makes an archive; answers whether there was one to make.
async fn next(app: &App) -> Result<bool, ExportError> {
    let Some(order) = exports::take(&app.jobs.get().await?).await? else {
        return Ok(false);
    };
    let made = tokio::time::timeout(WITHIN, make(app, &order)).await;
    let outcome = match made.map_err(ExportError::from).flatten() {
        Ok(bytes) => {
            tracing::info!(id = %order.id, bytes, "an export was made");
            "made"
        }
        Err(error) => {
            tracing::warn!(id = %order.id, %error, "an export was not made");
            "failed"
        }
    };
    metrics::counter!(names::EXPORTS, "outcome" => outcome).increment(1);
    Ok(true)
}

async fn make(app: &App, order: &Order) -> Result<i64, ExportError> {
    let (archive, parts) = archive::begin();
    let stored = AtomicI64::new(0);
    let made = async {
        tokio::try_join!(
            keep(app, order, parts, &stored),
            write(app, order, archive, &stored)
        )
    };
    tokio::select! {
        made = made => made.map(|((), ())| ())?,
        lost = lost(app, order) => return Err(lost),
    }
    let bytes = stored.into_inner();
    let mut client = app.jobs.get().await?;
    let tx = client.transaction().await?;
    if !exports::finish(&tx, order, bytes).await? {
        return Err(ExportError::Unwanted);
    }
    if let Some(email) = users::lock_email(&tx, order.user_id).await? {
        let organisation = match order.org {
            None => None,
            Some(org) => organisations::find(&tx, Scope::organisation(org)).await?,
        };
        let organisation = organisation.map(|organisation| organisation.name);
        app.mailer
            .post_if_room(&tx, &email, &Content::ExportReady { organisation })
            .await?;
    }
    tx.commit().await?;
    app.mailer.wake.notify_one();
    Ok(bytes)
}

/// Says from time to time that the archive is still being made; ends when it is to be made no more.
async fn lost(app: &App, order: &Order) -> ExportError {
    let renew = async || Ok(exports::renew(&app.jobs.get().await?, order).await?);
    loop {
        tokio::time::sleep(exports::RENEWED).await;
        match renew().await {
            Ok(true) => {}
            Ok(false) => return ExportError::Unwanted,
            Err(error) => return error,
        }
    }
}

/// Stores the parts, and counts their bytes.
async fn keep(
    app: &App,
    order: &Order,
    mut parts: mpsc::Receiver<Vec<u8>>,
    stored: &AtomicI64,
) -> Result<(), ExportError> {
    let mut number = 0;
    while let Some(part) = parts.recv().await {
        let client = app.jobs.get().await?;
        if !exports::add_part(&client, &app.keyring, order, number, &part).await? {
            return Err(ExportError::Unwanted);
        }
        number += 1;
        stored.fetch_add(part.len() as i64, Relaxed);
    }
    Ok(())
}

/// An archive that is being written, and what is in it so far.
struct Writing<'a> {
    archive: Archive,
    tx: &'a Transaction<'a>,
    files: Vec<(&'static str, &'static str)>,
    /// Bytes that went in, before they are compressed.
    bytes: i64,
    /// Bytes that came out.
    stored: &'a AtomicI64,
}

async fn write(app: &App, order: &Order, archive: Archive, stored: &AtomicI64) -> Result<(), ExportError> {
    let mut client = app.export_pool.get().await?;
    let tx = store::snapshot(&mut client).await?;
    let mut writing = Writing {
        archive,
        tx: &tx,
        files: Vec::new(),
        bytes: 0,
        stored,
    };
    let of = match order.org {
        None => {
            for file in &OF_PERSONS {
                writing.file(file, order.user_id).await?;
            }
            "of an account"
        }
        Some(org) => {
            writing.organisation(app, org).await?;
            "of an organisation"
        }
    };
    let is_complete = writing.has_room();
    let made_at = shared::now().to_string();
    let readme = files::readme(of, &made_at, &writing.files, is_complete);
    writing.archive.file("README.md").await?;
    writing.archive.write(readme.into_bytes()).await?;
    Ok(writing.archive.finish().await?)
}

fn has_room(read: i64, stored: i64) -> bool {
    read < MAX_READ_BYTES && stored < MAX_BYTES
}

impl Writing<'_> {
    fn has_room(&self) -> bool {
        has_room(self.bytes, self.stored.load(Relaxed))
    }

    async fn begin(&mut self, name: &'static str, about: &'static str) -> Result<bool, ExportError> {
        if !self.has_room() {
            return Ok(false);
        }
        self.files.push((name, about));
        self.archive.file(name).await?;
        Ok(true)
    }

    async fn file(&mut self, file: &File, id: i64) -> Result<(), ExportError> {
        if self.begin(file.name, file.about).await? {
            self.rows(file, id).await?;
        }
        Ok(())
    }

    /// Goes on with what a query answers, some rows at a time.
    async fn rows(&mut self, file: &File, id: i64) -> Result<(), ExportError> {
        let sql = format!("SELECT row::text FROM ({}) AS rows (row)", file.sql);
        let portal = self.tx.bind(&sql, &[&id]).await?;
        while self.has_room() {
            let rows = self.tx.query_portal(&portal, ROWS).await?;
            let mut lines = Vec::new();
            for row in &rows {
                lines.extend_from_slice(row.try_get::<_, &str>(0)?.as_bytes());
                lines.push(b'\n');
            }
            if !lines.is_empty() {
                self.lines(lines).await?;
            }
            if rows.len() < ROWS as usize {
                break;
            }
        }
        Ok(())
    }

    async fn lines(&mut self, lines: Vec<u8>) -> Result<(), ExportError> {
        self.bytes += lines.len() as i64;
        Ok(self.archive.write(lines).await?)
    }

    async fn organisation(&mut self, app: &App, org: OrgId) -> Result<(), ExportError> {
        for file in &OF_ORGANISATIONS {
            self.file(file, org.0).await?;
        }
        let monitors = self.monitors(app, Scope::organisation(org)).await?;
        for file in &OF_MONITORS {
            if self.begin(file.name, file.about).await? {
                for monitor in &monitors {
                    self.rows(file, monitor.0).await?;
                }
            }
        }
        Ok(())
    }

    async fn monitors(&mut self, app: &App, scope: Scope) -> Result<Vec<MonitorId>, ExportError> {
        let (mut ids, mut after) = (Vec::new(), MonitorId(0));
        let (name, about) = MONITORS;
        if !self.begin(name, about).await? {
            return Ok(ids);
        }
        while self.has_room() {
            let (page, more) = monitors::page(
                self.tx,
                &app.keyring,
                scope,
                &Filter::default(),
                after,
                MONITORS_AT_ONCE,
            )
            .await?;
            let mut lines = Vec::new();
            let named: Vec<i64> = page.iter().map(|row| row.id.0).collect();
            let dependencies = dependencies::of_monitors(self.tx, scope, &named).await?;
            for row in page {
                after = row.id;
                ids.push(row.id);
                let settings = row
                    .spec
                    .value()
                    .map(|spec| MonitorInput::from((row.name.clone(), spec.clone())).shown_to_viewers());
                let shown = serde_json::json!({
                    "id": row.id, "name": row.name, "settings": settings, "severity": row.alerts.severity,
                    "recipients": row.alerts.recipients, "flapping": row.alerts.flapping,
                    "anomalies": row.alerts.anomalies,
                    "depends_on": dependencies.get(&row.id).map_or(&[][..], Vec::as_slice), "muted": row.muted,
                    "muted_until": row.muted_until, "revision": row.revision, "created_at": row.created_at,
                    "updated_at": row.updated_at,
                });
                serde_json::to_writer(&mut lines, &shown)?;
                lines.push(b'\n');
            }
            if !lines.is_empty() {
                self.lines(lines).await?;
            }
            if !more {
                break;
            }
        }
        Ok(ids)
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_BYTES, MAX_READ_BYTES, has_room};

    #[test]
    fn an_archive_is_bounded_by_what_is_read_and_by_what_is_stored() {
        assert!(has_room(MAX_READ_BYTES - 1, MAX_BYTES - 1));
        assert!(!has_room(MAX_READ_BYTES, 0));
        assert!(!has_room(0, MAX_BYTES));
    }
}
