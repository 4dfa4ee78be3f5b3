//! What was really sent about the incidents of monitors.

use std::collections::HashMap;
use std::ops::Range;

use alerting::without_former_quiet;
use chrono::{DateTime, Utc};
use deadpool_postgres::GenericClient;
use domain::alert_event::{ACKNOWLEDGEMENT_EXPIRED, AlertKind, Step};
use domain::{ChannelId, ErrorCode, IncidentId, MonitorId, Timestamp};
use serde::Deserialize as _;
use serde::de::IntoDeserializer as _;
use serde::de::value::Error as NameError;
use tokio_postgres::Row;
use uuid::Uuid;

use super::error::StoreError;
use super::monitor_status::parse_error_code;
use super::scope::sees;
use super::{Scope, incident_events};
use crate::rules::private_hours::reason_of_others;

/// Incidents that can be compared, at most: outages, and as many times of being degraded.
const MAX_INCIDENTS: usize = 2_000;

/// Steps of their alerts that can be, at most.
const MAX_EVENTS: usize = 20_000;

/// Reasons that are kept of an incident, at most.
const MAX_REASONS: usize = 20;

/// An outage, or a time in which a monitor was degraded, and what was sent about it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SentIncident {
    pub(crate) id: IncidentId,
    pub(crate) monitor_id: MonitorId,
    pub(crate) degraded: bool,
    /// Of a time of being degraded it is not stored when it began: it is when it was found.
    pub(crate) started_at: Timestamp,
    pub(crate) detected_at: Timestamp,
    /// When it was over; none while it goes on.
    pub(crate) ended_at: Option<Timestamp>,
    pub(crate) error_code: Option<ErrorCode>,
    /// Why somebody was not notified, or not at once.
    pub(crate) reasons: Vec<String>,
    /// What was sent, oldest first.
    pub(crate) messages: Vec<(Timestamp, ChannelId, AlertKind)>,
}

pub(crate) fn outages_sql() -> String {
    format!(
        "SELECT i.id, i.monitor_id, i.started_at, i.created_at, i.resolved_at, i.error_code FROM incidents i
         WHERE i.org_id = $1 AND i.monitor_id = ANY($2) AND i.started_at >= $3 AND i.started_at < $4 AND {}
         ORDER BY i.started_at, i.id LIMIT $5",
        sees("i.monitor_id", 1, 6)
    )
}

/// Nothing else tells of times of being degraded than their alerts.
pub(crate) fn degradations_sql() -> String {
    format!(
        "SELECT e.incident_id, e.monitor_id, min(e.at) FROM alert_events e
         WHERE e.org_id = $1 AND e.monitor_id = ANY($2) AND e.at >= $3 AND e.at < $4 AND e.alert = 'degraded' AND {}
         GROUP BY 1, 2 ORDER BY 3, 1 LIMIT $5",
        sees("e.monitor_id", 1, 6)
    )
}

/// Whether what kept something back is of somebody else's channel; one that is gone was a member's own if any step of the
/// incident notified it as that of a person.
pub(crate) const EVENTS: &str = "
    SELECT e.incident_id, e.at, e.alert, e.channel_id, e.step, e.reason, coalesce(c.is_others, EXISTS (
            SELECT FROM alert_events o
            WHERE o.incident_id = e.incident_id AND o.org_id = $2 AND o.channel_id = e.channel_id AND e.channel_id <> 0
                AND e.step = 'suppressed' AND o.cause #>> '{step,target,kind}' IN ('person', 'schedule', 'team'))) AS is_others
    FROM alert_events e
    LEFT JOIN LATERAL (
        SELECT c.owner_id IS NOT NULL AND ($4::bigint[])[1] IS NOT NULL
                   AND (($4::bigint[])[2] IS NOT NULL OR c.owner_id <> ($4::bigint[])[1]) AS is_others
        FROM channels c WHERE c.id = e.channel_id AND c.org_id = $2 AND e.step = 'suppressed' OFFSET 0) c ON true
    WHERE e.incident_id = ANY($1) AND e.org_id = $2 AND e.step IN ('decided', 'suppressed', 'sent')
    ORDER BY e.at, e.attempt LIMIT $3";

/// The incidents of these monitors, of those that are seen, which began within a time, oldest first, with what was sent
/// about them; nothing when there are more than can be compared.
pub(crate) async fn read(
    client: &impl GenericClient,
    scope: Scope,
    monitors: &[MonitorId],
    time: Range<Timestamp>,
) -> Result<Option<Vec<SentIncident>>, StoreError> {
    if monitors.is_empty() {
        return Ok(Some(Vec::new()));
    }
    let ids: Vec<i64> = monitors.iter().map(|id| id.0).collect();
    let (start, end) = (time.start.to_datetime(), time.end.to_datetime());
    // One more, which says that there are too many.
    let limit = MAX_INCIDENTS as i64 + 1;
    let mut incidents = Vec::new();
    let queries: [(String, Read); 2] = [
        (outages_sql(), read_outage),
        (degradations_sql(), read_degradation),
    ];
    for (sql, read) in queries {
        let statement = client.prepare_cached(&sql).await?;
        let rows = client
            .query(
                &statement,
                &[scope.org_id(), &ids, &start, &end, &limit, &scope.who()],
            )
            .await?;
        if rows.len() > MAX_INCIDENTS {
            return Ok(None);
        }
        for row in &rows {
            incidents.push(read(row)?);
        }
    }
    if !add_events(client, scope, &mut incidents).await? {
        return Ok(None);
    }
    end_degradations(&mut incidents);
    // Its first alert may be of an earlier time.
    incidents.retain(|incident| time.contains(&incident.started_at));
    incidents.sort_by_key(|incident| (incident.started_at, incident.id));
    let reasons = incidents.iter_mut().flat_map(|incident| &mut incident.reasons);
    incident_events::hide_unseen(client, scope, reasons.collect()).await?;
    Ok(Some(incidents))
}

/// A time of being degraded ends with the outage that it becomes: that it is over is said to few channels then, or to none.
fn end_degradations(incidents: &mut [SentIncident]) {
    let mut outages: HashMap<MonitorId, Vec<(Timestamp, Option<Timestamp>)>> = HashMap::new();
    for outage in incidents.iter().filter(|incident| !incident.degraded) {
        let of_monitor = outages.entry(outage.monitor_id).or_default();
        of_monitor.push((outage.detected_at, outage.ended_at));
    }
    outages
        .values_mut()
        .for_each(|of_monitor| of_monitor.sort_unstable());
    for incident in incidents.iter_mut().filter(|incident| incident.degraded) {
        let found_at = incident.detected_at;
        // A monitor is not down and degraded at once: the outage that it was before is over.
        let is_later = |ended_at: Option<Timestamp>| ended_at.is_none_or(|ended_at| ended_at > found_at);
        let of_monitor = outages.get(&incident.monitor_id);
        let next = of_monitor.and_then(|all| all.iter().find(|(_, ended_at)| is_later(*ended_at)));
        if let Some((outage_at, _)) = next {
            let ended_at = (*outage_at).max(found_at);
            incident.ended_at = Some(incident.ended_at.map_or(ended_at, |known| known.min(ended_at)));
        }
    }
}

/// Reads an incident of which no event is known yet.
type Read = fn(&Row) -> Result<SentIncident, StoreError>;

fn read_outage(row: &Row) -> Result<SentIncident, StoreError> {
    let instant = |column: usize| row.try_get::<_, DateTime<Utc>>(column).map(Timestamp::from);
    let resolved: Option<DateTime<Utc>> = row.try_get(4)?;
    let code: Option<&str> = row.try_get(5)?;
    Ok(SentIncident {
        id: IncidentId(row.try_get(0)?),
        monitor_id: MonitorId(row.try_get(1)?),
        degraded: false,
        started_at: instant(2)?,
        detected_at: instant(3)?,
        ended_at: resolved.map(Timestamp::from),
        error_code: code.map(parse_error_code),
        reasons: Vec::new(),
        messages: Vec::new(),
    })
}

fn read_degradation(row: &Row) -> Result<SentIncident, StoreError> {
    let found_at = Timestamp::from(row.try_get::<_, DateTime<Utc>>(2)?);
    Ok(SentIncident {
        id: IncidentId(row.try_get(0)?),
        monitor_id: MonitorId(row.try_get(1)?),
        degraded: true,
        started_at: found_at,
        detected_at: found_at,
        ended_at: None,
        error_code: None,
        reasons: Vec::new(),
        messages: Vec::new(),
    })
}

/// Adds what was decided and sent; answers false when that is more than can be compared.
async fn add_events(
    client: &impl GenericClient,
    scope: Scope,
    incidents: &mut [SentIncident],
) -> Result<bool, StoreError> {
    if incidents.is_empty() {
        return Ok(true);
    }
    let places: HashMap<Uuid, usize> = incidents
        .iter()
        .enumerate()
        .map(|(place, incident)| (incident.id.0, place))
        .collect();
    let ids: Vec<Uuid> = places.keys().copied().collect();
    let statement = client.prepare_cached(EVENTS).await?;
    let limit = MAX_EVENTS as i64 + 1;
    let rows = client
        .query(&statement, &[&ids, scope.org_id(), &limit, &scope.who()])
        .await?;
    if rows.len() > MAX_EVENTS {
        return Ok(false);
    }
    for row in &rows {
        if let Some(&place) = places.get(&row.try_get::<_, Uuid>(0)?) {
            incidents[place].take(row)?;
        }
    }
    Ok(true)
}

impl SentIncident {
    fn take(&mut self, row: &Row) -> Result<(), StoreError> {
        let at = Timestamp::from(row.try_get::<_, DateTime<Utc>>(1)?);
        // What another version has written may not be known here.
        let Some(alert) = alert_of(row.try_get(2)?) else {
            return Ok(());
        };
        match alert {
            AlertKind::Down | AlertKind::Degraded => {
                self.detected_at = self.detected_at.min(at);
                if self.degraded {
                    self.started_at = self.detected_at;
                }
            }
            AlertKind::Recovered => self.ended_at = self.ended_at.or(Some(at)),
            AlertKind::Up
            | AlertKind::Reminder
            | AlertKind::Acknowledged
            | AlertKind::Unseen
            | AlertKind::Seen => {}
        }
        let (channel, step): (i64, &str) = (row.try_get(3)?, row.try_get(4)?);
        if step == Step::Sent.as_str() {
            self.messages.push((at, ChannelId(channel), alert));
        } else if step == Step::Suppressed.as_str() {
            let reason: Option<String> = row.try_get(5)?;
            let is_others: bool = row.try_get(6)?;
            self.note_reason(match (channel, is_others) {
                (0, _) => reason.and_then(without_former_quiet),
                (_, true) => reason.map(reason_of_others),
                (_, false) => reason,
            });
        }
        Ok(())
    }

    fn note_reason(&mut self, reason: Option<String>) {
        // That an acknowledgement has expired keeps nobody from being notified.
        let reason = reason.filter(|reason| reason != ACKNOWLEDGEMENT_EXPIRED);
        if let Some(reason) = reason
            && self.reasons.len() < MAX_REASONS
            && !self.reasons.contains(&reason)
        {
            self.reasons.push(reason);
        }
    }
}

/// The alert of this name.
fn alert_of(name: &str) -> Option<AlertKind> {
    let alert: Result<AlertKind, NameError> = AlertKind::deserialize(name.into_deserializer());
    alert.ok()
}

#[cfg(test)]
mod tests;
