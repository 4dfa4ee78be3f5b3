//! The command line, besides what every service has.

use clap::{Args, Subcommand};
use domain::Timestamp;

/// What an operator can have done by hand.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// After a restore, before the service starts: gives monitors that changed since the backup a revision that everyone
    /// takes, and tells what was lost
    Restored(Restored),
}

/// After a restore.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct Restored {
    /// An instant before the backup, from when on the log is read, as 2026-11-21T02:17:00Z; read from the database
    /// otherwise
    #[arg(long, value_name = "INSTANT")]
    pub since: Option<Timestamp>,
    /// Does it to every monitor: when Kafka or Redis were restored as well
    #[arg(long)]
    pub all: bool,
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
    fn the_command_is_understood_and_an_error_names_what_is_wrong() {
        let plain = Restored {
            since: None,
            all: false,
        };
        assert_eq!(parse("restored").unwrap(), Command::Restored(plain));
        let since = "2026-11-21T02:17:00Z".parse().ok();
        let all = Restored { since, all: true };
        let line = "restored --all --since 2026-11-21T02:17:00Z";
        assert_eq!(parse(line).unwrap(), Command::Restored(all));
        for (line, named) in [
            ("restore", "restored"),
            ("restored now", "now"),
            ("restored --since", "--since <INSTANT>"),
            ("restored --since now", "now"),
        ] {
            let error = parse(line).unwrap_err().to_string();
            assert!(error.contains(named), "{line}: {error}");
        }
    }
}
