//! What an operator does for somebody who has lost the second factor.

use std::io::Write;
use std::sync::{Arc, Once};

use clap::Args;
use domain::EmailAddress;

use crate::mail::Mailer;
use crate::second_factor::{self, Deed};
use crate::settings::Settings;
use crate::store::error::StoreError;
use crate::store::users;

/// Whose second factor is removed.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct RemoveSecondFactor {
    /// The e-mail address of the account
    pub email: String,
}

/// Why a second factor was not removed.
#[derive(Debug, thiserror::Error)]
pub enum RemoveSecondFactorError {
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

impl From<StoreError> for RemoveSecondFactorError {
    fn from(error: StoreError) -> Self {
        Self::Database(error.to_string())
    }
}

impl From<tokio_postgres::Error> for RemoveSecondFactorError {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Database(shared::postgres::describe(&error))
    }
}

impl RemoveSecondFactor {
    /// The name in the audit log.
    const ACTION: &'static str = "RemoveSecondFactor";

    /// Removes the second factor. It is noted in the audit log and mailed to the account's address.
    ///
    /// # Errors
    /// See [`RemoveSecondFactorError`]. Nothing is changed then.
    pub async fn run(
        self,
        settings: &Settings,
        out: &mut (dyn Write + Send),
    ) -> Result<(), RemoveSecondFactorError> {
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
        let user =
            user.ok_or_else(|| RemoveSecondFactorError::Nothing("no account has this address".to_owned()))?;
        let deed = Deed::of_operator(Self::ACTION);
        if !second_factor::remove(&tx, &mailer, user.id, &email, &deed, true).await? {
            return Err(RemoveSecondFactorError::Nothing(
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
