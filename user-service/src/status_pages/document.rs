//! The document of a status page, made of what PostgreSQL holds.

use std::collections::HashMap;

use api::AccessKind;
use chrono::NaiveDate;
use deadpool_postgres::GenericClient;
use domain::live::LiveState;
use domain::status_page::Impact;
use domain::{ComponentId, MonitorId, Timestamp};
use pages::document::{Component, ComponentMonitor, Day, Document, FORMAT, Group, Guard, Latency, Uptime};

use super::reported::{self, Reported};
use super::{StatusPages, day_number, latency, maintenance};
use crate::rules::measured::Measured;
use crate::rules::status_page as rules;
use crate::rules::uptime_window::DAY_MS;
use crate::store::error::StoreError;
use crate::store::status_pages::PageRow;
use crate::store::{Scope, maintenance_windows};

/// The largest document, in bytes of JSON: where there is more, the oldest reports are left out.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// What is read for the components of a page.
struct Parts {
    first: NaiveDate,
    today: NaiveDate,
    days: HashMap<MonitorId, Vec<Measured>>,
    latencies: HashMap<MonitorId, Latency>,
    reported: Reported,
}

/// The document of a page at `now`, at the address `url`.
pub(crate) async fn build(
    client: &impl GenericClient,
    pages: &StatusPages,
    row: &PageRow,
    url: String,
    now: Timestamp,
) -> Result<Document, StoreError> {
    let settings = &row.page.settings;
    let components = || row.page.groups.iter().flat_map(|group| &group.components);
    let measured: Vec<MonitorId> = components()
        .filter(|one| one.show_history || one.show_uptime)
        .filter_map(|one| one.monitor)
        .collect();
    let timed: Vec<MonitorId> = components()
        .filter(|one| one.show_latency)
        .filter_map(|one| one.monitor)
        .collect();
    let first = day_number(now) - i64::from(settings.history_days) + 1;
    let first = Timestamp::from_millis(first * DAY_MS).to_datetime().date_naive();
    let parts = Parts {
        first,
        today: now.to_datetime().date_naive(),
        days: pages
            .days
            .read(client, row.org_id, &measured, settings.history_days, now)
            .await?,
        latencies: latency::read(client, &timed, now).await?,
        reported: reported::read(client, row, first, now).await?,
    };
    let maintenance = match settings.show_maintenance {
        true => {
            let windows = maintenance_windows::resolved(client, Scope::organisation(row.org_id)).await?;
            let monitors: Vec<(ComponentId, MonitorId)> =
                components().filter_map(|one| one.id.zip(one.monitor)).collect();
            maintenance::occurrences(&windows, &monitors, settings.history_days, now)
        }
        false => Vec::new(),
    };
    let groups = row.page.groups.iter().map(|group| Group {
        name: group.name.clone(),
        is_open: group.is_open,
        components: group
            .components
            .iter()
            .map(|one| component(row, one, &parts))
            .collect(),
    });
    Ok(Document {
        format: FORMAT,
        id: row.id,
        org_id: row.org_id,
        slug: settings.slug.clone(),
        url,
        title: settings.title.clone(),
        description: settings.description.clone(),
        contact_url: settings.contact_url.clone(),
        accent_colour: settings.accent_colour.clone(),
        theme: settings.theme,
        locale: settings.locale,
        time_zone: settings.time_zone,
        allow_index: settings.allow_index,
        history_days: settings.history_days,
        logo: row.logo.clone(),
        takes_subscribers: pages.takes_subscribers,
        guard: guard(pages, row),
        guard_version: row.guard_version,
        groups: groups.collect(),
        reports: parts.reported.reports,
        maintenance,
        as_of: now,
    })
}

/// The document as JSON, without the oldest reports where it would be too large.
pub(super) fn to_json(mut document: Document) -> Result<Vec<u8>, serde_json::Error> {
    loop {
        let json = serde_json::to_vec(&document)?;
        if json.len() <= MAX_BYTES || document.reports.is_empty() {
            return Ok(json);
        }
        let left = document.reports.len() / 2;
        document.reports.truncate(left);
    }
}

fn guard(pages: &StatusPages, row: &PageRow) -> Guard {
    let access = &row.page.access;
    match access.kind {
        AccessKind::Public => Guard::Public,
        AccessKind::Password => Guard::Password {
            // A hash that is none lets nobody in.
            hash: row.password_hash.clone().unwrap_or_default(),
        },
        AccessKind::EmailDomain => Guard::EmailDomain {
            domains: access.email_domains.clone(),
        },
        AccessKind::Addresses => Guard::Addresses {
            networks: access.networks.clone(),
        },
        AccessKind::Members => Guard::Members {
            sign_in_url: format!("{}/status-pages/{}/visit", pages.public_url, row.id),
        },
    }
}

fn component(row: &PageRow, one: &rules::Component, parts: &Parts) -> Component {
    // Each that is stored has one.
    let id = one.id.unwrap_or(ComponentId(0));
    let measured = one.monitor.and_then(|monitor| parts.days.get(&monitor));
    let state = |monitor: MonitorId| {
        row.monitors
            .get(&monitor.0)
            .map_or(LiveState::Pending, |of| of.state)
    };
    let days = |reported: &Reported| -> Vec<Day> {
        let dates = parts
            .first
            .iter_days()
            .take(usize::from(row.page.settings.history_days));
        let measured = measured.map_or(&[][..], Vec::as_slice).iter().copied();
        dates
            .zip(measured.chain(std::iter::repeat(Measured::default())))
            .map(|(date, measured)| day(date, &measured, reported.on(id, date)))
            .collect()
    };
    let external = one.external.as_ref().map(|external| {
        let known = row.externals.get(&external.url).cloned().unwrap_or_default();
        known.of(external.component.as_deref())
    });
    Component {
        id,
        name: one.name.clone().unwrap_or_default(),
        description: one.description.clone(),
        monitor: one.monitor.map(|id| ComponentMonitor { id, state: state(id) }),
        external,
        reported: parts.reported.now(id),
        since: match one.monitor {
            Some(_) => None,
            None => Some(
                row.added
                    .get(&id)
                    .map_or(parts.today, |at| at.to_datetime().date_naive()),
            ),
        },
        days: match one.show_history {
            true => days(&parts.reported),
            false => Vec::new(),
        },
        uptime: measured.filter(|_| one.show_uptime).map(|days| uptime(days)),
        latency: one.monitor.filter(|_| one.show_latency).map(|monitor| {
            let known = parts.latencies.get(&monitor).cloned();
            known.unwrap_or_else(latency::nothing)
        }),
    }
}

fn day(date: NaiveDate, measured: &Measured, reported: Impact) -> Day {
    Day {
        date,
        up_ms: measured.up_ms + measured.degraded_ms,
        degraded_ms: measured.degraded_ms,
        down_ms: measured.down_ms,
        reported,
    }
}

fn uptime(days: &[Measured]) -> Uptime {
    Uptime {
        up_ms: days.iter().map(|day| day.up_ms + day.degraded_ms).sum(),
        down_ms: days.iter().map(|day| day.down_ms).sum(),
    }
}
