//! The command line, besides what every service has.

use chrono::NaiveDate;
use clap::Subcommand;
use clap::builder::PossibleValuesParser;
use intake::Reason;

/// What an operator can have done by hand.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Lists dead letters, or sends them again
    #[command(subcommand)]
    Dlq(DeadLetterCommand),
    /// Makes derived data again
    #[command(subcommand)]
    Rebuild(Rebuild),
}

/// What can be done with dead letters.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum DeadLetterCommand {
    /// Lists dead letters, one JSON object a line
    List {
        /// Only those of this reason
        #[arg(long, value_parser = reasons())]
        reason: Option<String>,
    },
    /// Sends dead letters to where they came from, each once
    Replay {
        /// Only those of this reason
        #[arg(long, value_parser = reasons())]
        reason: Option<String>,
    },
}

/// What can be made again.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Rebuild {
    /// Writes the live state again
    #[command(long_flag = "redis")]
    Redis,
    /// Counts the rollups of some days (UTC, as 2026-11-21) anew
    #[command(long_flag = "rollups")]
    Rollups {
        /// The first day
        #[arg(long, value_name = "DAY", value_parser = day)]
        from: NaiveDate,
        /// The day after the last one
        #[arg(long, value_name = "DAY", value_parser = day)]
        to: NaiveDate,
    },
    /// Folds the log again from the states kept on a day; stop the processors first
    #[command(long_flag = "state")]
    State {
        /// The day (UTC, as 2026-11-21)
        #[arg(long, value_name = "DAY", value_parser = day)]
        from: NaiveDate,
    },
}

fn day(text: &str) -> Result<NaiveDate, &'static str> {
    text.parse().map_err(|_| "must be a day, for example 2026-11-21")
}

fn reasons() -> PossibleValuesParser {
    Reason::ALL.map(Reason::as_str).into()
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
        let words = std::iter::once("processor").chain(line.split_whitespace());
        Line::try_parse_from(words).map(|line| line.command)
    }

    #[test]
    fn every_command_is_understood() {
        let day = |day: &str| day.parse::<NaiveDate>().unwrap();
        let reason = Some("undecodable".to_owned());
        for (line, command) in [
            ("dlq list", Command::Dlq(DeadLetterCommand::List { reason: None })),
            (
                "dlq replay --reason undecodable",
                Command::Dlq(DeadLetterCommand::Replay { reason }),
            ),
            ("rebuild --redis", Command::Rebuild(Rebuild::Redis)),
            (
                "rebuild --rollups --from 2026-11-20 --to 2026-11-21",
                Command::Rebuild(Rebuild::Rollups {
                    from: day("2026-11-20"),
                    to: day("2026-11-21"),
                }),
            ),
            (
                "rebuild --state --from 2026-11-20",
                Command::Rebuild(Rebuild::State {
                    from: day("2026-11-20"),
                }),
            ),
        ] {
            assert_eq!(parse(line).unwrap(), command, "{line}");
        }
    }

    #[test]
    fn an_error_names_what_is_wrong() {
        for (line, named) in [
            ("dlq", "Usage: processor dlq <COMMAND>"),
            ("dlq list --reason", "--reason <REASON>"),
            ("dlq list --reason typo", "rejected_by_database"),
            ("rebuild", "--rollups"),
            ("rebuild --state", "--from <DAY>"),
            ("rebuild --rollups", "--to <DAY>"),
            ("rebuild --state --from yesterday", "must be a day, for example"),
            ("rebuild --redis --from 2026-11-20", "--from"),
            ("replay", "replay"),
        ] {
            let error = parse(line).unwrap_err().to_string();
            assert!(error.contains(named), "{line}: {error}");
        }
    }
}
