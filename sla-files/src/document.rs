//! What a report says, as blocks that a page and a PDF have alike.

use api::{SlaFigures, SlaIncident, SlaReportContent, SlaResult};
use domain::fold::CloseReason;

use crate::words::{self, Clock, NONE};

/// A part of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Block {
    Heading(String),
    Text(String),
    /// What has to be seen.
    Notice(String),
    Table(Table),
    List(Vec<String>),
}

/// A table whose first column names its rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) caption: String,
    pub(crate) columns: Vec<Column>,
    pub(crate) rows: Vec<Vec<String>>,
    /// Whether the last row adds the others up.
    pub(crate) has_total: bool,
}

/// A column of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    /// Its share of the width.
    pub(crate) width: u16,
    /// Whether it holds numbers, which stand below each other.
    pub(crate) is_number: bool,
}

/// What a report says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Document {
    pub(crate) title: String,
    pub(crate) subtitle: String,
    pub(crate) blocks: Vec<Block>,
}

const fn text(name: &'static str, width: u16) -> Column {
    Column {
        name,
        width,
        is_number: false,
    }
}

const fn number(name: &'static str, width: u16) -> Column {
    Column {
        name,
        width,
        is_number: true,
    }
}

impl Document {
    pub(crate) fn of(content: &SlaReportContent) -> Self {
        let clock = Clock::new(&content.period.time_zone);
        let mut blocks = Vec::new();
        if content.preliminary {
            blocks.push(Block::Notice(format!(
                "Preliminary: the figures are as of {}, and may still change.",
                clock.minute(content.computed_at)
            )));
        }
        blocks.push(Block::Table(summary(content)));
        blocks.push(Block::Heading("Monitors".to_owned()));
        blocks.push(Block::Table(availability(content)));
        blocks.push(Block::Table(maintenance(content)));
        blocks.push(Block::Table(response(content)));
        blocks.push(Block::Heading("Incidents".to_owned()));
        blocks.extend(incidents(content, clock));
        blocks.push(Block::Heading(format!(
            "Method, version {}",
            content.method.version
        )));
        blocks.push(Block::List(content.method.statements.clone()));
        blocks.push(Block::Text(format!(
            "The whole definition: {}",
            content.method.url
        )));
        Self {
            title: content.name.clone(),
            subtitle: format!(
                "SLA report of {} for {}: {} to {} ({})",
                content.organisation,
                content.period.label,
                clock.minute(content.period.from),
                clock.minute(content.period.to),
                content.period.time_zone,
            ),
            blocks,
        }
    }
}

fn decisive<'a>(content: &SlaReportContent, result: &'a SlaResult) -> &'a SlaFigures {
    match content.exclude_maintenance {
        true => &result.without_maintenance,
        false => &result.all_time,
    }
}

fn summary(content: &SlaReportContent) -> Table {
    let (total, result) = (&content.total, &content.total.result);
    let figures = decisive(content, result);
    let of_time = match content.exclude_maintenance {
        true => "of the covered time without maintenance",
        false => "of the covered time",
    };
    let rows = [
        ("Target", format!("{} {of_time}", words::target(content.target))),
        ("Achieved", words::percent_or_none(figures.percent.as_deref())),
        ("Target met", words::verdict(result.met).to_owned()),
        (
            "Error budget",
            format!(
                "{} allowed, {} used, {} left",
                words::duration(result.budget.allowed_ms),
                words::duration(result.budget.used_ms),
                words::duration(result.budget.left_ms)
            ),
        ),
        ("Downtime, all time", words::duration(result.all_time.down_ms)),
        (
            "Downtime without maintenance",
            words::duration(result.without_maintenance.down_ms),
        ),
        ("Coverage", words::percent(figures.coverage)),
        ("Incidents", figures.incidents.to_string()),
        ("Mean time to acknowledge (MTTA)", words::mean_time(&result.mtta)),
        ("Mean time to recovery (MTTR)", words::mean_time(&result.mttr)),
        ("Response time, p50 / p95 / p99", latency(result).join(" / ")),
        (
            "Monitors",
            format!(
                "{}: {} met the target, {} missed it, {} not measured",
                content.monitors.len(),
                total.monitors_met,
                total.monitors_missed,
                total.monitors_unmeasured
            ),
        ),
        (
            "Made",
            Clock::new(&content.period.time_zone).minute(content.computed_at),
        ),
    ];
    Table {
        caption: "All monitors together".to_owned(),
        columns: vec![text("Figure", 30), text("Value", 70)],
        rows: rows
            .into_iter()
            .map(|(name, value)| vec![name.to_owned(), value])
            .collect(),
        has_total: false,
    }
}

/// A table with a row for each monitor, and one for all of them.
fn of_monitors(
    content: &SlaReportContent,
    caption: &str,
    columns: Vec<Column>,
    cells: impl Fn(&SlaResult) -> Vec<String>,
) -> Table {
    let row = |name: &str, result: &SlaResult| {
        let mut row = vec![name.to_owned()];
        row.extend(cells(result));
        row
    };
    let monitors = content.monitors.iter();
    let rows = monitors.map(|monitor| row(&monitor.name, &monitor.result));
    Table {
        caption: caption.to_owned(),
        columns,
        rows: rows.chain([row("All monitors", &content.total.result)]).collect(),
        has_total: true,
    }
}

fn availability(content: &SlaReportContent) -> Table {
    let columns = vec![
        text("Monitor", 28),
        number("Achieved", 11),
        text("Target met", 11),
        number("Downtime", 13),
        number("Allowed", 13),
        number("Left", 13),
        number("Coverage", 11),
    ];
    let caption = format!("Against the target of {}", words::target(content.target));
    of_monitors(content, &caption, columns, |result| {
        let figures = decisive(content, result);
        vec![
            words::percent_or_none(figures.percent.as_deref()),
            words::verdict(result.met).to_owned(),
            words::duration(result.budget.used_ms),
            words::duration(result.budget.allowed_ms),
            words::duration(result.budget.left_ms),
            words::percent(figures.coverage),
        ]
    })
}

fn maintenance(content: &SlaReportContent) -> Table {
    let columns = vec![
        text("Monitor", 28),
        number("Achieved, all time", 14),
        number("Downtime, all time", 15),
        number("Achieved without maintenance", 15),
        number("Downtime without maintenance", 15),
        number("Maintenance", 13),
    ];
    of_monitors(content, "With and without maintenance", columns, |result| {
        let (all, without) = (&result.all_time, &result.without_maintenance);
        vec![
            words::percent_or_none(all.percent.as_deref()),
            words::duration(all.down_ms),
            words::percent_or_none(without.percent.as_deref()),
            words::duration(without.down_ms),
            words::duration(all.length_ms - without.length_ms),
        ]
    })
}

fn latency(result: &SlaResult) -> [String; 3] {
    match &result.latency {
        Some(latency) => [latency.p50_ms, latency.p95_ms, latency.p99_ms].map(words::response_time),
        None => [NONE; 3].map(str::to_owned),
    }
}

fn response(content: &SlaReportContent) -> Table {
    let columns = vec![
        text("Monitor", 24),
        number("Incidents", 10),
        number("MTTA", 20),
        number("MTTR", 20),
        number("p50", 9),
        number("p95", 9),
        number("p99", 9),
    ];
    of_monitors(content, "Incidents and response times", columns, |result| {
        let mut cells = vec![
            decisive(content, result).incidents.to_string(),
            words::mean_time(&result.mtta),
            words::mean_time(&result.mttr),
        ];
        cells.extend(latency(result));
        cells
    })
}

fn incidents(content: &SlaReportContent, clock: Clock) -> Vec<Block> {
    let mut rows = Vec::new();
    let mut left_out = 0;
    for monitor in &content.monitors {
        left_out += monitor.incidents_left_out;
        rows.extend(
            monitor
                .incidents
                .iter()
                .map(|incident| incident_row(&monitor.name, incident, clock)),
        );
    }
    if rows.is_empty() {
        return vec![Block::Text("There was none in the period.".to_owned())];
    }
    let mut blocks = vec![Block::Table(Table {
        caption: "Incidents that were open at some time in the period".to_owned(),
        columns: vec![
            text("Monitor", 20),
            text("Began", 20),
            text("Ended", 20),
            number("Duration", 13),
            text("Cause", 15),
            text("Acknowledged", 20),
        ],
        rows,
        has_total: false,
    })];
    if left_out > 0 {
        blocks.push(Block::Text(format!(
            "{left_out} more, all of them shorter, are counted and not listed."
        )));
    }
    blocks
}

fn incident_row(monitor: &str, incident: &SlaIncident, clock: Clock) -> Vec<String> {
    let ended = match (incident.ended_at, incident.ended_by) {
        (None, _) => "goes on".to_owned(),
        (Some(at), Some(CloseReason::Withdrawn)) => format!("{} (withdrawn)", clock.second(at)),
        (Some(at), Some(CloseReason::Edited)) => format!("{} (monitor changed)", clock.second(at)),
        (Some(at), Some(CloseReason::Paused)) => format!("{} (monitor paused)", clock.second(at)),
        (Some(at), Some(CloseReason::Deleted)) => format!("{} (monitor deleted)", clock.second(at)),
        (Some(at), _) => clock.second(at),
    };
    let cause = incident.cause.map_or(NONE, domain::ErrorCode::sentence);
    let cause = match incident.within_maintenance {
        true => format!("{cause} (within maintenance)"),
        false => cause.to_owned(),
    };
    vec![
        monitor.to_owned(),
        clock.second(incident.started_at),
        ended,
        words::duration(incident.duration_ms),
        cause,
        incident
            .acknowledged_at
            .map_or_else(|| NONE.to_owned(), |at| clock.second(at)),
    ]
}
