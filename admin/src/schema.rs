//! The schema of the database.

use shared::postgres::{self, Connection, PostgresSettings};
use shared::shutdown::CancellationToken;

use crate::patience::Patience;
use crate::{AdminError, SchemaSettings};

/// Brings the schema up to date, as soon as the database can be reached, and answers how many migrations
/// were applied.
///
/// # Errors
/// When the database cannot be reached in time, or refuses, or a signal comes: a migration that is under way
/// is rolled back then.
pub async fn migrate(settings: SchemaSettings, shutdown: CancellationToken) -> Result<usize, AdminError> {
    let patience = Patience::new(settings.wait, shutdown.clone());
    let postgres = settings.postgres.patient();
    let mut client = patience.try_until("the database", || connect(&postgres)).await?;
    let applied = tokio::select! {
        applied = migrations::run(&mut client) => applied?,
        () = shutdown.cancelled() => return Err(AdminError::Stopped),
    };
    tracing::info!(applied, "the schema is up to date");
    Ok(applied)
}

/// Waits until the schema holds every migration of this release.
///
/// # Errors
/// When it does not in time.
pub async fn wait_schema(settings: SchemaSettings, shutdown: CancellationToken) -> Result<(), AdminError> {
    let patience = Patience::new(settings.wait, shutdown);
    let look = || async {
        let mut client = connect(&settings.postgres).await?;
        match migrations::pending(&mut client).await {
            Ok(0) => Ok(()),
            Ok(pending) => Err(format!("{pending} migrations are still to be applied")),
            Err(error) => Err(error.to_string()),
        }
    };
    patience.try_until("the schema", look).await?;
    tracing::info!("the schema is up to date");
    Ok(())
}

async fn connect(settings: &PostgresSettings) -> Result<Connection, String> {
    postgres::connect(settings)
        .await
        .map_err(|error| error.to_string())
}
