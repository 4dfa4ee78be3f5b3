//! The text that Prometheus reads.

use std::fmt::Write;

use domain::badge::BadgeState;
use domain::{MonitorId, Timestamp};

use super::table::{Series, Table};

const DAY_MS: f64 = 86_400_000.0;

/// The labels of every family; counters of checks also have `outcome`.
const LABELS: &[&str] = &["monitor_id", "org_id", "kind"];
const LABELS_OF_CHECKS: &[&str] = &["monitor_id", "org_id", "kind", "outcome"];
const LABELS_OF_HEARTBEATS: &[&str] = &["monitor_id", "org_id"];

/// Of which monitors a family tells.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    All,
    /// Not of heartbeats, which nobody checks.
    Checked,
    Heartbeats,
}

/// One metric: its name, its type, its meaning, the labels, and how it is read off a monitor.
struct Family {
    name: &'static str,
    kind: &'static str,
    meaning: &'static str,
    labels: &'static [&'static str],
    of: Of,
    /// Writes the values, each with the value of the last label when the family has one more.
    read: fn(&Series, Timestamp) -> Values,
}

/// The values of one monitor in one family.
type Values = [(&'static str, Option<f64>); 2];

const NOTHING: (&str, Option<f64>) = ("", None);

const FAMILIES: [Family; 13] = [
    Family {
        name: "uptime_website_checks_total",
        kind: "counter",
        meaning: "Results of a monitor that were counted here, by outcome",
        labels: LABELS_OF_CHECKS,
        of: Of::Checked,
        read: |of, _| {
            [
                ("up", Some(of.checks_up as f64)),
                ("down", Some(of.checks_down as f64)),
            ]
        },
    },
    Family {
        name: "uptime_website_status",
        kind: "gauge",
        meaning: "1 while a monitor is up, 0.5 while it is degraded, 0 while it is down; absent while that is not known",
        labels: LABELS,
        of: Of::All,
        read: |of, _| one(of.level()),
    },
    Family {
        name: "uptime_website_response_time_seconds",
        kind: "gauge",
        meaning: "Duration of a monitor's last check",
        labels: LABELS,
        of: Of::Checked,
        read: |of, _| one(of.status.latency_ms.map(|ms| f64::from(ms) / 1_000.0)),
    },
    Family {
        name: "uptime_website_consecutive_failures",
        kind: "gauge",
        meaning: "Failing results in a row",
        labels: LABELS,
        of: Of::All,
        read: |of, _| one(Some(f64::from(of.failing))),
    },
    Family {
        name: "uptime_website_uptime_percentage",
        kind: "gauge",
        meaning: "Share of the last 24 hours in which a monitor was up or degraded, in percent of the time that was checked",
        labels: LABELS,
        of: Of::All,
        read: |of, _| one(of.uptime),
    },
    Family {
        name: "uptime_website_ssl_expiry_days",
        kind: "gauge",
        meaning: "Days until the certificate expires",
        labels: LABELS,
        of: Of::Checked,
        read: |of, now| {
            let left = of.status.tls_expires_at.map(|at| at.millis_since(now));
            one(left.map(|ms| ms as f64 / DAY_MS))
        },
    },
    Family {
        name: "uptime_website_last_check_timestamp",
        kind: "gauge",
        meaning: "When a monitor was last checked, in seconds since 1970",
        labels: LABELS,
        of: Of::Checked,
        read: |of, _| one(of.status.last_checked_at.map(since_1970)),
    },
    Family {
        name: "uptime_website_dns_resolution_time",
        kind: "gauge",
        meaning: "Seconds that resolving the name took in the last check",
        labels: LABELS,
        of: Of::Checked,
        read: |of, _| one(seconds(of.status.timings.and_then(|timings| timings.dns))),
    },
    Family {
        name: "uptime_website_tcp_connection_time",
        kind: "gauge",
        meaning: "Seconds that opening the connection took in the last check",
        labels: LABELS,
        of: Of::Checked,
        read: |of, _| one(seconds(of.status.timings.and_then(|timings| timings.connect))),
    },
    Family {
        name: "uptime_heartbeat_status",
        kind: "gauge",
        meaning: "1 while a heartbeat is up, 0.5 while it is late, 0 while it is down; absent while that is not known",
        labels: LABELS_OF_HEARTBEATS,
        of: Of::Heartbeats,
        read: |of, now| {
            one(match BadgeState::of(&of.status, now) {
                BadgeState::Up => Some(1.0),
                BadgeState::Late => Some(0.5),
                BadgeState::Down => Some(0.0),
                BadgeState::New | BadgeState::Paused => None,
            })
        },
    },
    Family {
        name: "uptime_heartbeat_last_ping_timestamp",
        kind: "gauge",
        meaning: "When a heartbeat last had a ping that says how its job ended, in seconds since 1970",
        labels: LABELS_OF_HEARTBEATS,
        of: Of::Heartbeats,
        read: |of, _| one(of.status.last_ping_at.map(since_1970)),
    },
    Family {
        name: "uptime_heartbeat_time_since_last_ping_seconds",
        kind: "gauge",
        meaning: "How long ago the last ping of a heartbeat arrived that says how its job ended",
        labels: LABELS_OF_HEARTBEATS,
        of: Of::Heartbeats,
        read: |of, now| {
            let last = of.status.last_ping_at;
            one(last.map(|at| now.millis_since(at).max(0) as f64 / 1_000.0))
        },
    },
    Family {
        name: "uptime_heartbeat_grace_period_seconds",
        kind: "gauge",
        meaning: "How long after it is due the next ping of a heartbeat may arrive",
        labels: LABELS_OF_HEARTBEATS,
        of: Of::Heartbeats,
        read: |of, _| {
            let due = of.status.due_at.zip(of.status.overdue_at);
            one(due.map(|(due, overdue)| overdue.millis_since(due) as f64 / 1_000.0))
        },
    },
];

fn one(value: Option<f64>) -> Values {
    [("", value), NOTHING]
}

fn since_1970(at: Timestamp) -> f64 {
    at.as_millis() as f64 / 1_000.0
}

fn seconds(micros: Option<u32>) -> Option<f64> {
    micros.map(|micros| f64::from(micros) / 1_000_000.0)
}

/// Writes what is known of the monitors of `table` at `now`.
pub(super) fn render(table: &Table, now: Timestamp) -> String {
    let mut text = String::new();
    for family in &FAMILIES {
        let mut headed = false;
        let concerned = |series: &Series| match family.of {
            Of::All => true,
            Of::Checked => !series.is_heartbeat(),
            Of::Heartbeats => series.is_heartbeat(),
        };
        // What a monitor is called is known by its first result: before, its series would be others than after.
        let known = table
            .series()
            .iter()
            .filter(|(_, series)| !series.kind.is_empty());
        for (&monitor, series) in known.filter(|(_, series)| concerned(series)) {
            for (last, value) in (family.read)(series, now) {
                let Some(value) = value else { continue };
                if !headed {
                    let (name, kind) = (family.name, family.kind);
                    let _ = writeln!(text, "# HELP {name} {}\n# TYPE {name} {kind}", family.meaning);
                    headed = true;
                }
                line(&mut text, family, (monitor, series), last, value);
            }
        }
    }
    text
}

fn line(text: &mut String, family: &Family, of: (MonitorId, &Series), last: &str, value: f64) {
    let (monitor, series) = of;
    let (monitor, org) = (monitor.to_string(), series.org_id.0.to_string());
    let values = [monitor.as_str(), &org, &series.kind, last];
    text.push_str(family.name);
    for (n, (label, value)) in family.labels.iter().zip(values).enumerate() {
        text.push(if n == 0 { '{' } else { ',' });
        text.push_str(label);
        text.push_str("=\"");
        escape(text, value);
        text.push('"');
    }
    let _ = writeln!(text, "}} {value}");
}

/// A kind comes from the log, and may hold anything.
fn escape(text: &mut String, value: &str) {
    for letter in value.chars() {
        match letter {
            '\\' => text.push_str("\\\\"),
            '"' => text.push_str("\\\""),
            '\n' => text.push_str("\\n"),
            other => text.push(other),
        }
    }
}
