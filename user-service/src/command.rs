//! The command line, besides what every service has.

use std::io::Write;

use clap::Subcommand;

use crate::assign_plan::{Plan, PlanError};
use crate::backtest_command::{Backtest, BacktestError};
use crate::remove_second_factor::{RemoveSecondFactor, RemoveSecondFactorError};
use crate::restored::{Restored, RestoredError};
use crate::settings::Settings;

/// What an operator can have done by hand.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// After a restore, before the service starts: gives monitors that changed since the backup a revision that everyone
    /// takes, and tells what was lost
    Restored(Restored),
    /// Shows the plan of an organisation and what it has of it, or gives it another plan, or limits of its own
    Plan(Plan),
    /// Removes the second factor of somebody who has lost the app and the recovery codes, once you know who asks
    RemoveSecondFactor(RemoveSecondFactor),
    /// Shows what other rules, routes or escalation policies would have sent of the results that are stored, beside what was
    /// sent
    Backtest(Backtest),
}

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// `restored`
    #[error(transparent)]
    Restored(#[from] RestoredError),
    /// `plan`
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// `remove-second-factor`
    #[error(transparent)]
    RemoveSecondFactor(#[from] RemoveSecondFactorError),
    /// `backtest`
    #[error(transparent)]
    Backtest(#[from] BacktestError),
}

impl Command {
    /// Runs the command, and reports to `out`.
    ///
    /// # Errors
    /// See [`CommandError`].
    pub async fn run(self, settings: &Settings, out: &mut (dyn Write + Send)) -> Result<(), CommandError> {
        match self {
            Self::Restored(restored) => Ok(restored.run(settings, out).await?),
            Self::Plan(plan) => Ok(plan.run(settings, out).await?),
            Self::RemoveSecondFactor(remove) => Ok(remove.run(settings, out).await?),
            Self::Backtest(backtest) => Ok(backtest.run(settings, out).await?),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(subcommand)]
        command: Command,
    }

    fn parse(line: &str) -> Result<Command, clap::Error> {
        let words = std::iter::once("user-service").chain(line.split_whitespace());
        Line::try_parse_from(words).map(|line| line.command)
    }

    #[test]
    fn the_commands_are_understood_and_an_error_names_what_is_wrong() {
        let plain = Restored {
            since: None,
            all: false,
        };
        assert_eq!(parse("restored").unwrap(), Command::Restored(plain));
        let since = "2026-11-21T02:17:00Z".parse().ok();
        let all = Restored { since, all: true };
        let line = "restored --all --since 2026-11-21T02:17:00Z";
        assert_eq!(parse(line).unwrap(), Command::Restored(all));
        let email = "ada@example.org".to_owned();
        assert_eq!(
            parse("remove-second-factor ada@example.org").unwrap(),
            Command::RemoveSecondFactor(RemoveSecondFactor { email })
        );
        let backtest = Backtest {
            organisation: 1,
            file: "-".into(),
            monitor: None,
            tag: Some("eu".to_owned()),
            policy: None,
            fail_on_missed: true,
            json: false,
        };
        assert_eq!(
            parse("backtest 1 - --tag eu --fail-on-missed").unwrap(),
            Command::Backtest(backtest)
        );
        for (line, named) in [
            ("backtest 1", "<FILE>"),
            ("backtest 1 - --tag eu --monitor 7", "--tag"),
            ("backtest 1 - --monitor 7 --policy 2", "--policy"),
            ("restore", "restored"),
            ("plan", "<ORGANISATION>"),
            ("plan 1 --limit monitors", "monitors=500"),
            ("plan 1 --set team --default", "--default"),
            ("remove-second-factor", "<EMAIL>"),
            ("restored now", "now"),
            ("restored --since", "--since <INSTANT>"),
            ("restored --since now", "now"),
        ] {
            let error = parse(line).unwrap_err().to_string();
            assert!(error.contains(named), "{line}: {error}");
        }
    }
}
