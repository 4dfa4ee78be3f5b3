//! What an operator can have done by hand: the command line, besides what every service has.

use std::io::Write;
use std::sync::{Arc, Once};

use clap::{Args, Subcommand};
use domain::EmailAddress;

use crate::mail::Mailer;
use crate::restored::{Restored, RestoredError};
use crate::second_factor::{self, Deed};
use crate::settings::Settings;
use crate::store::error::StoreError;
use crate::store::users;

/// What an operator can have done by hand.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// After a restore, before the service starts: gives monitors that changed since the backup a revision that everyone
    /// takes, and tells what was lost
    Restored(Restored),
    /// Removes the second factor of somebody who has lost the app and the recovery codes, once you know who asks
    RemoveSecondFactor(RemoveSecondFactor),
}

/// Whose second factor is removed.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct RemoveSecondFactor {
    /// The e-mail address of the account
    pub email: String,
}

/// Why a command did not do what it is for.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// A restore was not settled.
    #[error(transparent)]
    Restored(#[from] RestoredError),
    /// The settings of PostgreSQL cannot be used.
    #[error(transparent)]
    Settings(#[from] shared::postgres::ConnectError),
    /// PostgreSQL cannot be reached.
    #[error("no database connection: {0}")]
    Pool(#[from] deadpool_postgres::PoolError),
    /// PostgreSQL refuses, or what it holds cannot be used.
    #[error("the database: {0}")]
    Database(String),
    /// There is nothing to do.
    #[error("{0}")]
    Nothing(String),
    /// What was done cannot be told.
    #[error(transparent)]
    Output(#[from] std::io::Error),
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        Self::Database(error.to_string())
    }
}

impl From<tokio_postgres::Error> for CommandError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(shared::postgres::describe(&error))
    }
}

impl Command {
    /// Runs the command, and reports to `out`.
    ///
    /// # Errors
    /// See [`CommandError`].
    pub async fn run(self, settings: &Settings, out: &mut (dyn Write + Send)) -> Result<(), CommandError> {
        match self {
            Self::Restored(restored) => Ok(restored.run(settings, out).await?),
            Self::RemoveSecondFactor(remove) => remove.run(settings, out).await,
        }
    }
}

impl RemoveSecondFactor {
    /// The name in the audit log.
    const ACTION: &'static str = "RemoveSecondFactor";

    /// Removes the second factor. It is noted in the audit log and mailed to the account's address.
    ///
    /// # Errors
    /// See [`CommandError`]. Nothing is changed then.
    pub async fn run(self, settings: &Settings, out: &mut (dyn Write + Send)) -> Result<(), CommandError> {
        let mailer = Mailer {
            delivery: settings.delivery.clone(),
            keyring: settings.keyring.clone(),
            public_url: settings.public_url.clone(),
            missed: Once::new(),
            // The service looks for mails by itself.
            wake: Arc::default(),
        };
        let email = EmailAddress::normal_of(&self.email);
        let mut client = shared::postgres::pool(&settings.postgres)?.get().await?;
        let tx = client.transaction().await?;
        let user = users::find_by_email(&tx, &email).await?;
        let user = user.ok_or_else(|| CommandError::Nothing("no account has this address".to_owned()))?;
        let deed = Deed::of_operator(Self::ACTION);
        if !second_factor::remove(&tx, &mailer, user.id, &email, &deed, true).await? {
            return Err(CommandError::Nothing(
                "this account has no second factor".to_owned(),
            ));
        }
        tx.commit().await?;
        writeln!(
            out,
            "The second factor is removed. Sessions go on; where an organisation demands a second factor they open \
             nothing else until there is one again."
        )?;
        Ok(())
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
        for (line, named) in [
            ("restore", "restored"),
            ("restored now", "now"),
            ("restored --since", "--since <INSTANT>"),
            ("restored --since now", "now"),
            ("remove-second-factor", "<EMAIL>"),
        ] {
            let error = parse(line).unwrap_err().to_string();
            assert!(error.contains(named), "{line}: {error}");
        }
    }
}
