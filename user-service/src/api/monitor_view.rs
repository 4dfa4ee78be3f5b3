//! Monitors as they are answered: with their status and recent history.

use api::{Monitor, Principal, Role};
use deadpool_postgres::GenericClient;
use domain::live::{LiveStatus, Point};
use domain::monitor::MonitorInput;
use domain::{MonitorId, Timestamp};
use serde::Serialize;
use shared::http::problem::Problem;
use shared::postgres::Stored;

use crate::app::App;
use crate::live::{self, Live};
use crate::store::error::StoreError;
use crate::store::monitor_row::{MonitorRow, UNREADABLE};
use crate::store::monitors_as_of::{DEFINITION, MonitorThen};
use crate::store::{Scope, day_uptime, dependencies, monitor_status, monitors, sparklines, tags};

/// The monitors as `caller` may see them, in the same order.
pub(crate) async fn views(
    app: &App,
    client: &impl GenericClient,
    caller: &Principal,
    rows: Vec<MonitorRow>,
) -> Result<Vec<Monitor>, Problem> {
    let now = shared::now();
    let ids: Vec<MonitorId> = rows.iter().map(|row| row.id).collect();
    let born: Vec<_> = rows.iter().map(|row| (row.id, row.created_at)).collect();
    let named: Vec<i64> = ids.iter().map(|id| id.0).collect();
    // What one connection is asked for together is on its way together.
    let (live, uptimes, tags, dependencies) = tokio::join!(
        live::read(app, caller.org_id, &ids),
        day_uptime::uptime_of_a_day(client, &born, now),
        tags::of_monitors(client, &named),
        dependencies::of_monitors(client, Scope::from(caller), &named)
    );
    let (mut tags, mut dependencies) = (tags?, dependencies?);
    let lacking = |lacks: fn(&Live) -> bool| -> Vec<i64> {
        let pairs = ids.iter().zip(&live).filter(|(_, live)| lacks(live));
        pairs.map(|(id, _)| id.0).collect()
    };
    let stored = monitors::statuses(client, &lacking(|live| live.status.is_none())).await?;
    let mut lines = sparklines::sparklines(client, &lacking(|live| live.points.is_none()), now).await?;
    let views = rows.into_iter().zip(live).zip(uptimes?);
    Ok(views
        .map(|((row, live), uptime)| {
            let known = live.status.or_else(|| stored.get(&row.id).cloned());
            let status = monitor_status::effective(known.unwrap_or_default(), &row);
            let line = live.points.or_else(|| lines.remove(&row.id));
            let tags = tags.remove(&row.id).unwrap_or_default();
            let depends_on = dependencies.remove(&row.id).unwrap_or_default();
            let mut view = view(caller.role, row, status, uptime, line.unwrap_or_default(), now);
            view.settings.tags = Some(tags);
            view.depends_on = depends_on;
            view
        })
        .collect())
}

/// A monitor as it was at an instant, as `role` may see it. Its uptime until then is not said.
pub(crate) fn as_of(role: Role, then: MonitorThen, at: Timestamp) -> Monitor {
    let is_defined = !then.not_known.contains(&DEFINITION);
    let status = then.status.unwrap_or_default();
    let mut view = view(role, then.row, status, None, then.points, at);
    view.settings.tags = Some(then.tags);
    if !is_defined {
        view.definition_error = Some("what it was then is not known".to_owned());
    }
    let named: Vec<String> = then.not_known.iter().map(|&field| field.to_owned()).collect();
    view.not_known = Some(named).filter(|named| !named.is_empty());
    view
}

/// A monitor that was just created, of which nothing is known yet, as `role` may see it.
pub(crate) async fn created(
    tx: &impl GenericClient,
    role: Role,
    row: MonitorRow,
) -> Result<Monitor, StoreError> {
    let tags = tags::of_monitors(tx, &[row.id.0]).await?.remove(&row.id);
    let status = monitor_status::effective(LiveStatus::default(), &row);
    let mut view = view(role, row, status, None, Vec::new(), shared::now());
    view.settings.tags = Some(tags.unwrap_or_default());
    Ok(view)
}

/// What the audit log keeps of a monitor: what people decide about it, without what is sent to the target, which is
/// stored sealed.
#[derive(Serialize)]
pub(crate) struct AuditedMonitor {
    #[serde(flatten)]
    settings: MonitorInput,
    muted: bool,
    muted_until: Option<Timestamp>,
    /// Shows that something has changed that is not shown.
    revision: i32,
    /// The version whose definition a change has brought back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) restored_version: Option<i32>,
}

pub(crate) async fn audited(
    client: &impl GenericClient,
    row: &MonitorRow,
) -> Result<AuditedMonitor, StoreError> {
    let tags = tags::of_monitors(client, &[row.id.0]).await?.remove(&row.id);
    Ok(audited_with(row, tags))
}

/// The same, of a monitor that has these tags.
pub(crate) fn audited_with(row: &MonitorRow, tags: Option<Vec<String>>) -> AuditedMonitor {
    let settings = match row.spec.value() {
        Some(spec) => MonitorInput::from((row.name.clone(), spec.clone())).shown_to_viewers(),
        None => known_settings(row),
    };
    AuditedMonitor {
        settings: MonitorInput {
            tags,
            external_key: row.external_key.clone(),
            severity: Some(row.alerts.severity),
            recipients: row.alerts.recipients.clone(),
            depends_on: Some(row.alerts.depends_on.clone()).filter(|named| !named.is_empty()),
            flapping: row.alerts.flapping,
            anomalies: row.alerts.anomalies,
            ..settings
        },
        muted: row.muted,
        muted_until: row.muted_until,
        revision: row.revision,
        restored_version: None,
    }
}

fn view(
    role: Role,
    row: MonitorRow,
    status: LiveStatus,
    uptime_24h: Option<f64>,
    sparkline: Vec<Point>,
    now: Timestamp,
) -> Monitor {
    let (muted, muted_until) = row.mute(now);
    Monitor {
        id: row.id,
        external_key: row.external_key.clone(),
        definition_error: row.spec.value().is_none().then(|| UNREADABLE.to_owned()),
        settings: match row.spec {
            Stored::Read(spec) => {
                let settings = MonitorInput::from((row.name, spec));
                match role < Role::Editor {
                    true => settings.shown_to_viewers(),
                    false => settings.shown(),
                }
            }
            Stored::Unreadable { .. } => known_settings(&row),
        },
        severity: row.alerts.severity,
        recipients: row.alerts.recipients.clone(),
        depends_on: row.alerts.depends_on.clone(),
        flapping: row.alerts.flapping,
        anomalies: row.alerts.anomalies,
        muted,
        muted_until,
        version: row.version,
        revision: row.revision,
        created_at: row.created_at,
        updated_at: row.updated_at,
        status,
        uptime_24h,
        sparkline,
        not_known: None,
        as_of: None,
    }
}

/// The writable fields of a monitor whose definition cannot be read, as far as they can be told.
fn known_settings(row: &MonitorRow) -> MonitorInput {
    MonitorInput {
        name: Some(row.name.clone()),
        kind: row.kind().map(str::to_owned),
        url: Some(row.display_url()).filter(|url| !url.is_empty()),
        paused: Some(row.is_paused()),
        ..MonitorInput::default()
    }
}
