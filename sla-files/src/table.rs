//! The figures as a table for programs.

use api::{SlaReportContent, SlaResult};
use csv::{QuoteStyle, Terminator, WriterBuilder};

/// What says that the text is UTF-8, without which spreadsheets take it for something else.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

const HEADER: [&str; 33] = [
    "report",
    "organisation",
    "period_from",
    "period_to",
    "time_zone",
    "preliminary",
    "target_percent",
    "target_without_maintenance",
    "monitor_id",
    "monitor",
    "measured_from",
    "measured_to",
    "met",
    "budget_allowed_ms",
    "budget_used_ms",
    "budget_left_ms",
    "all_time_percent",
    "all_time_covered_ms",
    "all_time_down_ms",
    "all_time_coverage",
    "all_time_incidents",
    "without_maintenance_percent",
    "without_maintenance_covered_ms",
    "without_maintenance_down_ms",
    "without_maintenance_coverage",
    "without_maintenance_incidents",
    "mtta_ms",
    "mtta_incidents",
    "mttr_ms",
    "mttr_incidents",
    "p50_ms",
    "p95_ms",
    "p99_ms",
];

/// A text that a spreadsheet takes for a text: one that begins like a formula gets an apostrophe before it.
fn guarded(text: &str) -> String {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

fn or_empty<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn numbers(result: &SlaResult) -> Vec<String> {
    let mut cells = vec![
        or_empty(result.met),
        result.budget.allowed_ms.to_string(),
        result.budget.used_ms.to_string(),
        result.budget.left_ms.to_string(),
    ];
    for figures in [&result.all_time, &result.without_maintenance] {
        cells.extend([
            figures.percent.clone().unwrap_or_default(),
            (figures.up_ms + figures.degraded_ms + figures.down_ms).to_string(),
            figures.down_ms.to_string(),
            figures.coverage.to_string(),
            figures.incidents.to_string(),
        ]);
    }
    for time in [&result.mtta, &result.mttr] {
        cells.extend([or_empty(time.mean_ms), time.incidents.to_string()]);
    }
    let latency = result.latency.as_ref();
    cells.extend([
        or_empty(latency.map(|latency| latency.p50_ms)),
        or_empty(latency.map(|latency| latency.p95_ms)),
        or_empty(latency.map(|latency| latency.p99_ms)),
    ]);
    cells
}

pub(crate) fn csv(content: &SlaReportContent) -> Result<Vec<u8>, csv::Error> {
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .quote_style(QuoteStyle::Necessary)
        .from_writer(BYTE_ORDER_MARK.to_vec());
    writer.write_record(HEADER)?;
    let period = &content.period;
    let of_all = [
        guarded(&content.name),
        guarded(&content.organisation),
        period.from.to_string(),
        period.to.to_string(),
        period.time_zone.clone(),
        content.preliminary.to_string(),
        content.target.to_string(),
        content.exclude_maintenance.to_string(),
    ];
    for monitor in &content.monitors {
        let named = [
            monitor.id.to_string(),
            guarded(&monitor.name),
            monitor.from.to_string(),
            monitor.to.to_string(),
        ];
        writer.write_record(of_all.iter().chain(&named).chain(&numbers(&monitor.result)))?;
    }
    let all = [
        String::new(),
        "All monitors".to_owned(),
        String::new(),
        String::new(),
    ];
    let total = numbers(&content.total.result);
    writer.write_record(of_all.iter().chain(&all).chain(&total))?;
    writer
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))
}
