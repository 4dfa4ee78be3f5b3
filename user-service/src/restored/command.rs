//! The command line.

use domain::Timestamp;

/// How the program is called.
pub const USAGE: &str = "usage:
  user-service                                    runs the service
  user-service healthcheck                        asks the running service whether it is ready
  user-service restored [--since INSTANT] [--all] after a restore, before the service starts: gives monitors that
                                                  changed since the backup a revision that everyone takes, and
                                                  tells what was lost. INSTANT (as 2026-11-21T02:17:00Z) lies before
                                                  the backup, and is read from the database otherwise; --all does it
                                                  to every monitor, when Kafka or Redis were restored as well";

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// From when on the log is read: an instant before the backup.
    pub since: Option<Timestamp>,
    /// Whether what Kafka and Redis know is not to be relied on.
    pub all: bool,
}

/// The command line cannot be understood.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}\n{USAGE}")]
pub struct UsageError(String);

impl Command {
    /// Reads the arguments after the program's name. Without any the service is to run, and with `healthcheck` it is
    /// to be asked, which every service does alike: then there is no command.
    ///
    /// # Errors
    /// When they cannot be understood.
    pub fn parse(arguments: &[String]) -> Result<Option<Self>, UsageError> {
        let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut rest = match words[..] {
            [] | ["healthcheck"] => return Ok(None),
            ["restored", ref rest @ ..] => rest,
            _ => return Err(UsageError(format!("cannot understand: {}", arguments.join(" ")))),
        };
        let mut command = Self {
            since: None,
            all: false,
        };
        loop {
            rest = match rest {
                [] => return Ok(Some(command)),
                ["--all", rest @ ..] => {
                    command.all = true;
                    rest
                }
                ["--since", since, rest @ ..] => {
                    let wrong =
                        || UsageError(format!("{since} is no instant, for example 2026-11-21T02:17:00Z"));
                    command.since = Some(since.parse().map_err(|_| wrong())?);
                    rest
                }
                _ => return Err(UsageError(format!("cannot understand: {}", rest.join(" ")))),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Command>, UsageError> {
        let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        Command::parse(&arguments)
    }

    #[test]
    fn the_command_is_understood_and_nothing_else() {
        assert_eq!(parse(""), Ok(None));
        assert_eq!(parse("healthcheck"), Ok(None));
        let plain = Command {
            since: None,
            all: false,
        };
        assert_eq!(parse("restored"), Ok(Some(plain)));
        let since = "2026-11-21T02:17:00Z".parse().ok();
        let told = Command { since, all: true };
        assert_eq!(
            parse("restored --all --since 2026-11-21T02:17:00Z"),
            Ok(Some(told))
        );
        for wrong in [
            "restore",
            "restored now",
            "restored --since",
            "restored --since now",
            "--help",
        ] {
            let error = parse(wrong).unwrap_err().to_string();
            assert!(error.contains("usage:"), "{wrong}");
        }
    }
}
