//! A row of `maintenance_windows`, as who looks sees it.

use std::ops::Range;

use chrono::{DateTime, Utc};
use domain::hold::{Hold, HoldKind};
use domain::maintenance::{MaintenanceWindow, OccurrenceException, Span, merged};
use domain::routing::Conditions;
use domain::{MonitorId, TagId, Timestamp};
use shared::postgres::Stored;
use tokio_postgres::Row;

use crate::rules::maintenance_window::NamedWindow;
use crate::store::definition_versions::Kept;
use crate::store::error::StoreError;
use crate::store::only_tags::sees_tag;
use crate::store::scope::{sees, sees_everything};
use crate::store::seen_monitors;

/// What stands among the monitors of a window that concerns others by tags, and is none. It is never shown.
pub(super) const NO_MONITOR: i64 = 0;

/// The columns that [`WindowRow::read`] reads of a window `w`: of its monitors and tags those that are seen. A tag that is
/// gone is called as [`crate::rules::maintenance_window::gone_tag`] reads it.
pub(super) fn columns(org: usize, who: usize) -> String {
    format!(
        "w.id, w.name, w.span, w.exceptions, w.version, w.created_at, w.updated_at, w.tags,
         array_remove({seen}, {NO_MONITOR}::bigint) AS monitors,
         ARRAY(SELECT coalesce(t.name, 'deleted tag ' || it.id)
               FROM unnest(w.tags) AS it (id) LEFT JOIN tags t ON t.id = it.id AND t.org_id = w.org_id
               WHERE {everything} OR {seen_tag} ORDER BY lower(t.name), it.id) AS tag_names,
         w.monitors = '{{}}' AS is_of_all,
         NOT {everything} AND (w.monitors = '{{}}' OR w.tags <> '{{}}' OR {others}) AS is_part",
        seen = seen_monitors::seen("w", org, who),
        everything = sees_everything(org, who),
        seen_tag = sees_tag("it.id", org, who),
        others = seen_monitors::names_unseen("w", org, who),
    )
}

/// The condition that a window `w` is seen: it concerns all monitors, or one that is seen.
pub(in crate::store) fn is_seen(org: usize, who: usize) -> String {
    format!(
        "({} OR EXISTS ({}))",
        seen_monitors::is_seen("w", org, who),
        tagged(org, who)
    )
}

/// The monitors that are seen and have a tag of a window `w`.
pub(super) fn tagged(org: usize, who: usize) -> String {
    format!(
        "SELECT DISTINCT mt.monitor_id FROM monitor_tags mt JOIN monitors m ON m.id = mt.monitor_id
         WHERE mt.tag_id = ANY(w.tags) AND m.org_id = ${org} AND m.deleted_at IS NULL AND {}",
        sees("mt.monitor_id", org, who)
    )
}

/// A row of `maintenance_windows`.
#[derive(Clone, Debug)]
pub(crate) struct WindowRow {
    pub(crate) id: i64,
    pub(crate) name: String,
    /// Those that it names and that are seen.
    pub(crate) monitors: Vec<MonitorId>,
    /// By which it concerns other monitors, too, also those that are gone.
    pub(crate) tags: Vec<TagId>,
    /// The names of those that are seen.
    pub(crate) tag_names: Vec<String>,
    /// Whether it concerns all monitors.
    pub(super) is_of_all: bool,
    /// Whether it concerns more than is seen.
    pub(crate) is_part: bool,
    pub(crate) span: Stored<Span>,
    exceptions: Stored<Vec<OccurrenceException>>,
    pub(crate) version: i32,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

impl Kept for WindowRow {
    const KIND: &'static str = "maintenance_window";
    const TABLE: &'static str = "maintenance_windows";

    fn columns(org: usize, who: usize) -> String {
        columns(org, who)
    }

    // What a window concerned before and who looks does not see, is not shown because it concerns something else by now.
    fn is_seen(org: usize, who: usize) -> String {
        is_seen(org, who)
    }

    fn of_row(row: &Row) -> Result<Self, StoreError> {
        Self::read(row)
    }
}

impl WindowRow {
    pub(super) fn read(row: &Row) -> Result<Self, StoreError> {
        let monitors: Vec<i64> = row.try_get("monitors")?;
        let tags: Vec<i64> = row.try_get("tags")?;
        Ok(Self {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            monitors: monitors.into_iter().map(MonitorId).collect(),
            tags: tags.into_iter().map(TagId).collect(),
            tag_names: row.try_get("tag_names")?,
            is_of_all: row.try_get("is_of_all")?,
            is_part: row.try_get("is_part")?,
            span: row.try_get("span")?,
            exceptions: row.try_get("exceptions")?,
            version: row.try_get("version")?,
            created_at: row.try_get::<_, DateTime<Utc>>("created_at")?.into(),
            updated_at: row.try_get::<_, DateTime<Utc>>("updated_at")?.into(),
        })
    }

    /// The window with its name; none when it cannot be read.
    pub(crate) fn named(&self) -> Option<NamedWindow> {
        Some(NamedWindow {
            name: self.name.clone(),
            tags: self.tags.clone(),
            window: MaintenanceWindow {
                monitors: self.monitors.clone(),
                span: self.span.value()?.clone(),
                exceptions: self.exceptions.value()?.clone(),
            },
        })
    }

    /// When it is, with what it names: by tags it may concern others, too. What cannot be read is counted.
    pub(super) fn planned_or_left_out(&self) -> Option<MaintenanceWindow> {
        let what = "maintenance window";
        Some(MaintenanceWindow {
            monitors: self.monitors.clone(),
            span: self.span.clone().or_left_out(what, self.id)?,
            exceptions: self.exceptions.clone().or_left_out(what, self.id)?,
        })
    }

    /// Whether alerters of an earlier release know such windows.
    pub(super) fn is_of_old_form(&self) -> bool {
        let is_recurring = matches!(self.span.value(), Some(Span::Recurring { .. }));
        let is_as_planned = self.exceptions.value().is_none_or(Vec::is_empty);
        !is_recurring && is_as_planned && self.tags.is_empty()
    }

    /// Its occurrences in a range, as alerters go by them.
    pub(super) fn holds(&self, range: Range<Timestamp>) -> Vec<Hold> {
        let Some(window) = self.planned_or_left_out() else {
            return Vec::new();
        };
        // There is one a day at most.
        let spans = merged(window.occurrences(range).collect());
        if spans.is_empty() {
            return Vec::new();
        }
        let spans: Vec<_> = spans.into_iter().map(|span| (span.start, span.end)).collect();
        let hold = |monitors: &[MonitorId], tags: &[TagId]| Hold {
            kind: HoldKind::Maintenance,
            monitors: monitors.to_vec(),
            conditions: Conditions {
                tags: tags.to_vec(),
                ..Conditions::default()
            },
            spans: spans.clone(),
        };
        let mut holds = Vec::new();
        if self.is_of_all || !window.monitors.is_empty() {
            holds.push(hold(&window.monitors, &[]));
        }
        if !self.tags.is_empty() {
            holds.push(hold(&[], &self.tags));
        }
        holds
    }
}
