//! `user-service backtest`: rules are tried on stored results before they are changed.

use std::io::{Read as _, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use api::{BacktestInput, BacktestOutcome};
use clap::Args;
use deadpool_postgres::Pool;
use domain::{EscalationPolicyId, MonitorId, OrgId};
use shared::http::problem::Problem;

use crate::backtests::Backtests;
use crate::rules::backtest::Selected;
use crate::settings::Settings;
use crate::simulations::Simulations;
use crate::store::{Scope, organisations};

/// How long a backtest may take: nobody waits for an answer.
const WITHIN: Duration = Duration::from_secs(3_600);

/// The longest file, in bytes.
const MAX_BYTES: u64 = 1024 * 1024;

/// What other rules, routes or policies would have sent, beside what was sent.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Backtest {
    /// The organisation's id
    #[arg(value_name = "ORGANISATION")]
    pub organisation: i64,
    /// What is tried, as the body of POST /monitors/{id}/backtest; - for standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Of this monitor; without it and the next two of all monitors, up to 100
    #[arg(long, value_name = "ID", conflicts_with_all = ["tag", "policy"])]
    pub monitor: Option<i64>,
    /// Of the monitors with this tag
    #[arg(long, value_name = "NAME", conflicts_with = "policy")]
    pub tag: Option<String>,
    /// Of the monitors whose outages go to this escalation policy
    #[arg(long, value_name = "ID")]
    pub policy: Option<i64>,
    /// Fails when a candidate would have missed an outage of which somebody was notified, and when not everything was gone
    /// through, or nothing
    #[arg(long)]
    pub fail_on_missed: bool,
    /// Prints the answer of the API instead of a table
    #[arg(long)]
    pub json: bool,
}

/// Why a backtest was not made, or fails.
#[derive(Debug, thiserror::Error)]
pub enum BacktestError {
    /// The settings of PostgreSQL cannot be used.
    #[error(transparent)]
    Settings(#[from] shared::postgres::ConnectError),
    /// What is tried cannot be read.
    #[error("{0}: {1}")]
    File(String, String),
    /// It is not valid, or PostgreSQL refuses or cannot be reached.
    #[error("{0}")]
    Refused(String),
    /// A candidate misses outages.
    #[error("outages of which somebody was notified would have been missed: {0}")]
    Missed(u32),
    /// Monitors were left out, by which outages may be missed.
    #[error("not everything could be gone through: outages may be missed by what was left out")]
    Incomplete,
    /// There was nothing to go through.
    #[error("there are no results of this time: nothing was compared")]
    Nothing,
    /// What came of it cannot be told.
    #[error(transparent)]
    Output(#[from] std::io::Error),
}

impl From<Problem> for BacktestError {
    fn from(problem: Problem) -> Self {
        let fields = problem.errors().iter();
        let fields: String = fields
            .map(|error| format!("\n  {} {}", error.field, error.message))
            .collect();
        Self::Refused(format!("{problem}{fields}"))
    }
}

impl Backtest {
    /// Makes the backtest and reports to `out`.
    ///
    /// # Errors
    /// See [`BacktestError`].
    pub async fn run(self, settings: &Settings, out: &mut (dyn Write + Send)) -> Result<(), BacktestError> {
        let input = read(&self.file)?;
        let pool: Pool = shared::postgres::pool(&settings.postgres)?;
        let scope = Scope::organisation(OrgId(self.organisation));
        let client = pool.get().await.map_err(Problem::from)?;
        let organisation = organisations::find(&client, scope).await;
        let Some(_) = organisation.map_err(Problem::from)? else {
            return Err(Problem::not_found("organisation").into());
        };
        drop(client);
        let simulations = Simulations::new();
        let backtests = Backtests {
            pool: &pool,
            keyring: &settings.keyring,
            simulations: &simulations,
            within: WITHIN,
        };
        let made = match self.selected() {
            Selected::Monitors(one) if one.len() == 1 => backtests.of_one(scope, one[0], input).await?,
            selected => backtests.of_these(scope, &selected, input).await?,
        };
        match self.json {
            true => {
                serde_json::to_writer_pretty(&mut *out, &made).map_err(std::io::Error::from)?;
                writeln!(out)?;
            }
            false => write!(out, "{}", told(&made))?,
        }
        match self.fail_on_missed {
            true => nothing_missed(&made),
            false => Ok(()),
        }
    }

    fn selected(&self) -> Selected {
        match (self.monitor, &self.tag, self.policy) {
            (Some(monitor), ..) => Selected::Monitors(vec![MonitorId(monitor)]),
            (None, Some(tag), _) => Selected::Tag(tag.clone()),
            (None, None, Some(policy)) => Selected::Policy(EscalationPolicyId(policy)),
            (None, None, None) => Selected::All,
        }
    }
}

/// Requires that no candidate misses an outage of all that were to be gone through.
fn nothing_missed(made: &api::Backtest) -> Result<(), BacktestError> {
    let missed = made.candidates.iter().map(|candidate| candidate.missed);
    match missed.max() {
        Some(missed) if missed > 0 => Err(BacktestError::Missed(missed)),
        _ if !made.is_complete => Err(BacktestError::Incomplete),
        _ if made.results == 0 => Err(BacktestError::Nothing),
        _ => Ok(()),
    }
}

/// What is tried.
fn read(file: &Path) -> Result<BacktestInput, BacktestError> {
    let wrong = |why: String| BacktestError::File(file.display().to_string(), why);
    let source: Box<dyn std::io::Read> = match file.as_os_str() == "-" {
        true => Box::new(std::io::stdin()),
        false => Box::new(std::fs::File::open(file).map_err(|error| wrong(error.to_string()))?),
    };
    let mut bytes = Vec::new();
    let read = source.take(MAX_BYTES + 1).read_to_end(&mut bytes);
    let length = read.map_err(|error| wrong(error.to_string()))?;
    if length as u64 > MAX_BYTES {
        return Err(wrong(format!("must have at most {MAX_BYTES} bytes")));
    }
    let value = serde_json::from_slice(&bytes).map_err(|error| wrong(error.to_string()))?;
    let input = domain::json::from_value(value);
    input.map_err(|error| wrong(format!("{} {}", error.field, error.message)))
}

/// The columns of the table, each with what it says of an outcome.
type Column = (&'static str, fn(&BacktestOutcome) -> String);

const COLUMNS: [Column; 8] = [
    ("outages", |it| it.incidents.to_string()),
    ("announced", |it| it.announced.to_string()),
    ("messages", |it| it.messages.to_string()),
    ("at night", |it| it.messages_at_night.to_string()),
    ("to detect", |it| seconds(it.seconds_to_detect)),
    ("to notify", |it| seconds(it.seconds_to_notify)),
    ("missed", |it| it.missed.to_string()),
    ("added", |it| it.added.to_string()),
];

fn seconds(seconds: Option<u32>) -> String {
    seconds.map_or_else(|| "–".to_owned(), |seconds| format!("{seconds} s"))
}

/// What was sent and what each candidate would have, one below the other.
fn told(made: &api::Backtest) -> String {
    let mut text = format!(
        "{} to {}: {} results of {} monitors\n",
        made.from,
        made.until,
        made.results,
        made.monitors.len()
    );
    let mut rows = vec![
        std::iter::once(String::new())
            .chain(COLUMNS.map(|(title, _)| title.to_owned()))
            .collect::<Vec<_>>(),
    ];
    for outcome in std::iter::once(&made.sent).chain(&made.candidates) {
        let name = outcome.name.clone().unwrap_or_else(|| "as sent".to_owned());
        let cells = COLUMNS.map(|(_, cell)| cell(outcome));
        rows.push(std::iter::once(name).chain(cells).collect());
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..=COLUMNS.len())
        .map(|column| width(column).unwrap_or(0))
        .collect();
    for row in &rows {
        let cells = row.iter().zip(&widths).enumerate();
        let cells: Vec<String> = cells
            .map(|(column, (cell, &width))| match column {
                0 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            })
            .collect();
        text += cells.join("  ").trim_end();
        text.push('\n');
    }
    for monitor in &made.monitors {
        if let Some(since) = monitor.since {
            text += &format!(
                "{} ({}): since its first stored ping, {since}\n",
                monitor.name, monitor.id
            );
        }
    }
    for left_out in &made.left_out {
        text += &format!(
            "left out: {} ({}): {}\n",
            left_out.name, left_out.id, left_out.reason
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made() -> api::Backtest {
        let outcome = |name: Option<&str>, messages| BacktestOutcome {
            name: name.map(ToOwned::to_owned),
            incidents: 12,
            messages,
            seconds_to_detect: Some(60),
            ..BacktestOutcome::default()
        };
        let at = |text: &str| text.parse().unwrap();
        api::Backtest {
            from: at("2026-11-01T00:00:00Z"),
            until: at("2026-12-01T00:00:00Z"),
            known_since: at("2026-11-20T00:00:00Z"),
            results: 43_200,
            is_complete: true,
            monitors: vec![api::BacktestedMonitor {
                id: MonitorId(8),
                name: "Report".to_owned(),
                since: Some(at("2026-11-21T00:00:00Z")),
            }],
            left_out: vec![api::LeftOutMonitor {
                id: MonitorId(7),
                name: "Backup".to_owned(),
                reason: "there was no time left for it".to_owned(),
            }],
            sent: outcome(None, 1_234),
            candidates: vec![outcome(Some("Three in a row"), 5)],
        }
    }

    #[test]
    fn nothing_is_missed_only_of_what_was_gone_through() {
        let made_with = |missed: u32, is_complete: bool, results: u64| {
            let mut made = made();
            made.candidates[0].missed = missed;
            nothing_missed(&api::Backtest {
                is_complete,
                results,
                ..made
            })
        };
        assert!(matches!(made_with(0, true, 1), Ok(())));
        assert!(matches!(made_with(2, false, 1), Err(BacktestError::Missed(2))));
        assert!(matches!(made_with(0, false, 1), Err(BacktestError::Incomplete)));
        assert!(matches!(made_with(0, false, 0), Err(BacktestError::Incomplete)));
        assert!(matches!(made_with(0, true, 0), Err(BacktestError::Nothing)));
    }

    #[test]
    fn outcomes_stand_below_each_other() {
        let table = told(&made());
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(
            lines,
            [
                "2026-11-01T00:00:00.000Z to 2026-12-01T00:00:00.000Z: 43200 results of 1 monitors",
                "                outages  announced  messages  at night  to detect  to notify  missed  added",
                "as sent              12          0      1234         0       60 s          –       0      0",
                "Three in a row       12          0         5         0       60 s          –       0      0",
                "Report (8): since its first stored ping, 2026-11-21T00:00:00.000Z",
                "left out: Backup (7): there was no time left for it",
            ]
        );
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let missing = read(Path::new("/nonexistent/rules.json"))
            .unwrap_err()
            .to_string();
        assert!(missing.starts_with("/nonexistent/rules.json: "), "{missing}");
    }
}
