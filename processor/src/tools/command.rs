//! The command line.

use chrono::NaiveDate;

/// How the program is called.
pub const USAGE: &str = "usage:
  processor                                          runs the service
  processor healthcheck                              asks the running service whether it is ready
  processor dlq list [--reason REASON]               lists dead letters, one JSON object a line
  processor dlq replay [--reason REASON]             sends dead letters to where they came from, each once
  processor rebuild --redis                          writes the live state again
  processor rebuild --rollups --from DAY --to DAY    counts the days (UTC, as 2026-11-21) anew, `to` not included
  processor rebuild --state --from DAY               folds the log again from the states kept on that day; stop the
                                                     processors first";

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Lists dead letters.
    ListDeadLetters {
        /// Only those of this reason.
        reason: Option<String>,
    },
    /// Sends dead letters again.
    ReplayDeadLetters {
        /// Only those of this reason.
        reason: Option<String>,
    },
    /// Writes the live state again.
    RebuildRedis,
    /// Folds the log again.
    RebuildState {
        /// From the checkpoint of this day.
        from: NaiveDate,
    },
    /// Counts rollups anew.
    RebuildRollups {
        /// The first day.
        from: NaiveDate,
        /// The day after the last one.
        to: NaiveDate,
    },
}

/// The command line cannot be understood.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}\n{USAGE}")]
pub struct UsageError(String);

impl Command {
    /// Reads the arguments after the program's name. Without any the service is to run, and with
    /// `healthcheck` it is to be asked, which every service does alike: then there is no command.
    ///
    /// # Errors
    /// When they cannot be understood.
    pub fn parse(arguments: &[String]) -> Result<Option<Self>, UsageError> {
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        Ok(Some(match words[..] {
            [] | ["healthcheck"] => return Ok(None),
            ["dlq", "list", ref rest @ ..] => Self::ListDeadLetters {
                reason: reason(rest)?,
            },
            ["dlq", "replay", ref rest @ ..] => Self::ReplayDeadLetters {
                reason: reason(rest)?,
            },
            ["rebuild", "--state", "--from", from] => Self::RebuildState { from: day(from)? },
            ["rebuild", "--redis"] => Self::RebuildRedis,
            ["rebuild", "--rollups", "--from", from, "--to", to] => {
                let (from, to) = (day(from)?, day(to)?);
                if from >= to {
                    return Err(UsageError("--from must lie before --to".to_owned()));
                }
                Self::RebuildRollups { from, to }
            }
            _ => return Err(UsageError(format!("cannot understand: {}", arguments.join(" ")))),
        }))
    }
}

fn reason(rest: &[&str]) -> Result<Option<String>, UsageError> {
    match rest {
        [] => Ok(None),
        ["--reason", reason] => Ok(Some((*reason).to_owned())),
        _ => Err(UsageError(format!("cannot understand: {}", rest.join(" ")))),
    }
}

fn day(text: &str) -> Result<NaiveDate, UsageError> {
    text.parse()
        .map_err(|_| UsageError(format!("{text} is no day, for example 2026-11-21")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Command>, UsageError> {
        let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Command::parse(&arguments)
    }

    #[test]
    fn every_command_is_understood_and_nothing_else() {
        assert_eq!(parse(""), Ok(None));
        assert_eq!(parse("healthcheck"), Ok(None));
        let reason = Some("undecodable".to_owned());
        assert_eq!(
            parse("dlq list"),
            Ok(Some(Command::ListDeadLetters { reason: None }))
        );
        assert_eq!(
            parse("dlq replay --reason undecodable"),
            Ok(Some(Command::ReplayDeadLetters { reason }))
        );
        assert_eq!(parse("rebuild --redis"), Ok(Some(Command::RebuildRedis)));
        assert!(matches!(
            parse("rebuild --rollups --from 2026-11-20 --to 2026-11-21"),
            Ok(Some(Command::RebuildRollups { .. }))
        ));
        for wrong in [
            "dlq",
            "rebuild --state",
            "dlq list --reason",
            "rebuild --rollups",
            "rebuild --rollups --from 2026-11-21 --to 2026-11-21",
            "rebuild --rollups --from yesterday --to 2026-11-21",
            "--help",
        ] {
            assert!(
                parse(wrong).unwrap_err().to_string().contains("usage:"),
                "{wrong}"
            );
        }
    }
}
