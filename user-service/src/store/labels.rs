//! What alerters go by of monitors: their kind, severity and tags, the recipients that they name themselves, on which
//! monitors they depend, and when they are flapping.

use std::collections::HashMap;

use deadpool_postgres::GenericClient;
use domain::baseline::AnomalyRule;
use domain::flapping::FlappingRule;
use domain::routing::{Labels, Recipients};
use domain::{MonitorId, TagId};
use shared::crypto::Keyring;
use shared::postgres::Stored;
use tokio_postgres::Row;
use tokio_postgres::types::Json;

use super::error::StoreError;
use super::{Scope, dependencies};
use crate::rules::alert_labels::{AlertLabels, AlertLabelsChange};
use crate::rules::told_days::TOLD_DAYS;

/// What changes when a label of one of the organisation's monitors does, and never is 0; or 0 where nothing goes by labels.
/// The hash of each monitor has its id in it, and so has that of each of its tags: no two are the same and cancel out.
/// That of a dependency has the id with another sign, and the revisions of both monitors: with them changes for how long
/// alerts wait. Flapping is looked for among the organisation's monitors, which are read for the hash anyway. It has the
/// organisation and [`TOLD_DAYS`] as parameters.
const VERSION: &str = "SELECT CASE
    WHEN EXISTS (SELECT FROM alert_routes WHERE org_id = $1)
      OR EXISTS (SELECT FROM monitors WHERE org_id = $1 AND (alert_recipients IS NOT NULL OR severity <> 'critical'))
      OR EXISTS (SELECT FROM monitors WHERE org_id = $1 AND deleted_at IS NULL AND flapping IS NOT NULL)
      OR EXISTS (SELECT FROM monitor_dependencies WHERE org_id = $1)
      OR EXISTS (SELECT FROM silences WHERE org_id = $1 AND conditions <> '{}'
                 AND ends_at > now() - make_interval(days => $2))
      OR EXISTS (SELECT FROM maintenance_windows WHERE org_id = $1 AND tags <> '{}')
      OR EXISTS (SELECT FROM channels WHERE org_id = $1 AND jsonb_typeof(alerts->'quiet_hours') = 'object')
      OR EXISTS (SELECT FROM member_quiet_hours WHERE org_id = $1)
    THEN coalesce(nullif(
        (SELECT coalesce(bit_xor(hashtextextended(
             concat_ws(' ', spec->>'kind', severity, alert_recipients, flapping), id)), 0)
         FROM monitors WHERE org_id = $1 AND deleted_at IS NULL)
        # (SELECT coalesce(bit_xor(hashint8extended(mt.monitor_id, mt.tag_id)), 0)
           FROM tags t JOIN monitor_tags mt ON mt.tag_id = t.id WHERE t.org_id = $1)
        # (SELECT coalesce(bit_xor(hashtextextended(
               concat_ws(' ', d.depends_on, m.revision, below.revision), -d.monitor_id)), 0)
           FROM monitor_dependencies d JOIN monitors m ON m.id = d.depends_on
           JOIN monitors below ON below.id = d.monitor_id
           WHERE d.org_id = $1 AND m.org_id = $1 AND m.deleted_at IS NULL), 0), 1)
    ELSE 0 END";

/// Changes when the labels of one of the organisation's monitors do; 0 where nothing goes by them.
pub(crate) async fn labels_version(client: &impl GenericClient, scope: Scope) -> Result<i64, StoreError> {
    let statement = client.prepare_cached(VERSION).await?;
    let row = client
        .query_one(&statement, &[scope.org_id(), &TOLD_DAYS])
        .await?;
    Ok(row.try_get(0)?)
}

/// The labels of monitors of an organisation.
pub(crate) async fn of_monitors(
    client: &impl GenericClient,
    keyring: &Keyring,
    scope: Scope,
    ids: &[i64],
) -> Result<HashMap<MonitorId, Labels>, StoreError> {
    let above = dependencies::above(client, keyring, scope, ids).await?;
    let sql = "SELECT m.id, m.spec->>'kind' AS kind, m.severity, m.alert_recipients, m.flapping, m.anomalies,
                   EXISTS (SELECT FROM monitor_dependencies d JOIN monitors below ON below.id = d.monitor_id
                           WHERE d.depends_on = m.id AND below.deleted_at IS NULL) AS is_depended_on,
                   coalesce((SELECT array_agg(mt.tag_id ORDER BY mt.tag_id) FROM monitor_tags mt
                             WHERE mt.monitor_id = m.id), '{}') AS tags
               FROM monitors m WHERE m.org_id = $1 AND m.id = ANY($2)";
    let statement = client.prepare_cached(sql).await?;
    let rows = client.query(&statement, &[scope.org_id(), &ids]).await?;
    let read = |row: &Row| {
        let id = MonitorId(row.try_get("id")?);
        let own = read(row, id)?;
        let above = above.of(id);
        let tags: Vec<i64> = row.try_get("tags")?;
        let labels = Labels {
            kind: row.try_get("kind")?,
            severity: own.severity,
            tags: tags.into_iter().map(TagId).collect(),
            recipients: own.recipients,
            depends_on: above.depends_on,
            wait_seconds: above.wait_seconds,
            recheck_seconds: above.recheck_seconds,
            is_depended_on: row.try_get("is_depended_on")?,
            flapping: own.flapping,
            drill_of: None,
        };
        Ok((id, labels))
    };
    rows.iter().map(read).collect()
}

/// What a row of `monitors` says of the monitor's alerts; on what the monitor depends is not in it. What another version has
/// written and cannot be read is counted, and the default applies: silence would be worse.
pub(super) fn read(row: &Row, id: MonitorId) -> Result<AlertLabels, tokio_postgres::Error> {
    let severity: &str = row.try_get("severity")?;
    let recipients: Option<Stored<Recipients>> = row.try_get("alert_recipients")?;
    let flapping: Option<Stored<FlappingRule>> = row.try_get("flapping")?;
    let anomalies: Option<Stored<AnomalyRule>> = row.try_get("anomalies")?;
    Ok(AlertLabels {
        severity: severity.parse().unwrap_or_default(),
        recipients: recipients.and_then(|stored| stored.or_left_out("recipients", id.0)),
        flapping: flapping.and_then(|stored| stored.or_left_out("flapping", id.0)),
        anomalies: anomalies.and_then(|stored| stored.or_left_out("anomalies", id.0)),
        depends_on: Vec::new(),
    })
}

/// Gives locked monitors of an organisation these labels, which a change has made, and so makes new versions of them.
/// Recipients, flapping and anomalies of which the change says nothing are not written: those that cannot be read are kept.
pub(crate) async fn set_all(
    tx: &impl GenericClient,
    scope: Scope,
    change: &AlertLabelsChange,
    labels: &[(MonitorId, &AlertLabels)],
) -> Result<(), StoreError> {
    let ids: Vec<i64> = labels.iter().map(|(id, _)| id.0).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let severities: Vec<&str> = labels.iter().map(|(_, one)| one.severity.as_str()).collect();
    let recipients: Vec<Option<Json<&Recipients>>> = labels
        .iter()
        .map(|(_, one)| one.recipients.as_ref().map(Json))
        .collect();
    let flapping: Vec<Option<Json<FlappingRule>>> =
        labels.iter().map(|(_, one)| one.flapping.map(Json)).collect();
    let anomalies: Vec<Option<Json<AnomalyRule>>> =
        labels.iter().map(|(_, one)| one.anomalies.map(Json)).collect();
    let sql = "UPDATE monitors AS m SET severity = new.severity,
                   alert_recipients = CASE WHEN $5 THEN new.recipients ELSE m.alert_recipients END,
                   flapping = CASE WHEN $6 THEN new.flapping ELSE m.flapping END,
                   anomalies = CASE WHEN $9 THEN new.anomalies ELSE m.anomalies END,
                   version = m.version + 1, updated_at = now()
               FROM unnest($1::bigint[], $2::text[], $3::jsonb[], $4::jsonb[], $8::jsonb[])
                   AS new (id, severity, recipients, flapping, anomalies)
               WHERE m.id = new.id AND m.org_id = $7";
    let statement = tx.prepare_cached(sql).await?;
    tx.execute(
        &statement,
        &[
            &ids,
            &severities,
            &recipients,
            &flapping,
            &change.gives_recipients(),
            &change.gives_flapping(),
            scope.org_id(),
            &anomalies,
            &change.gives_anomalies(),
        ],
    )
    .await?;
    if change.depends_on().is_some() {
        let named: Vec<_> = labels
            .iter()
            .map(|(id, one)| (*id, one.depends_on.as_slice()))
            .collect();
        dependencies::set_all(tx, scope, &named).await?;
    }
    Ok(())
}
