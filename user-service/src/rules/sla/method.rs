//! How the figures of a report are arrived at, in words that go with them.

use api::SlaMethod;

/// Grows whenever a definition changes by which figures are made.
const VERSION: u32 = 1;

/// Where the definitions are.
const URL: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/SLA.md");

const COMMON: [&str; 8] = [
    "Uptime is a ratio over time: of the time that was measured, the part in which the monitor was up or degraded. A result stands for the time until the next check was due; its verdict is the check's, and not an incident's.",
    "Covered time is what was measured. What was not measured is neither up nor down: it lowers the coverage, which is its part of the whole time, and counts neither for nor against the target.",
    "The error budget is the downtime that the target allows of the covered time. The target was met when no more was used. That is decided in milliseconds; percentages are rounded down.",
    "All monitors together are the sums of their times, so that each counts for as long as it was measured. The target was met by all together when the sum of their downtimes is within the budget of the sum.",
    "Incidents are those that were open at some time in the period. Their durations are whole, also where they reach beyond it.",
    "MTTA is the mean time from the beginning of an incident to its acknowledgement, of those that began in the period and were acknowledged when the report was made.",
    "MTTR is the mean time from the beginning of an incident to its end, of those that ended in the period because the target recovered.",
    "Response times are quantiles of all successful checks in the hours of the period, exact to 5 %.",
];

const WITHOUT_MAINTENANCE: &str = "The target is for the time without maintenance: time within a maintenance window, as windows were set when the report was made, is as if it had not been. Incidents are left out all of whose time in the period lies within maintenance.";

const ALL_TIME: &str = "The target is for all the time: maintenance counts like any other. Beside it are the figures without maintenance.";

const AS_KEPT: &str = "What is so old that single results are not kept is measured by the hour, or by the day (UTC); each monitor says from when to when it was measured.";

/// The method of a report.
pub(crate) fn method(exclude_maintenance: bool) -> SlaMethod {
    let maintenance = match exclude_maintenance {
        true => WITHOUT_MAINTENANCE,
        false => ALL_TIME,
    };
    let statements = COMMON.into_iter().chain([maintenance, AS_KEPT]);
    SlaMethod {
        version: VERSION,
        statements: statements.map(str::to_owned).collect(),
        url: URL.to_owned(),
    }
}
