//! Derived data, made again from what it is derived from.

use std::io::Write;

use chrono::NaiveDate;

use super::ToolError;
use crate::live::{LiveWriter, rewrite_all};
use crate::settings::Settings;
use crate::store::Store;

/// Writes the live state of every monitor again, whatever Redis holds.
pub(super) async fn redis(settings: &Settings, out: &mut (dyn Write + Send)) -> Result<(), ToolError> {
    let store = Store::new(shared::postgres::pool(&settings.postgres)?);
    let client = shared::redis::connect(&settings.redis)?;
    let writer = LiveWriter::new(client, settings.redis.keys());
    let monitors = rewrite_all(&store, &writer).await?;
    writeln!(out, "wrote the live state of {monitors} monitors")?;
    Ok(())
}

/// Counts the rollups of the days `from` (included) to `to` (not included) anew.
pub(super) async fn rollups(
    settings: &Settings,
    from: NaiveDate,
    to: NaiveDate,
    out: &mut (dyn Write + Send),
) -> Result<(), ToolError> {
    let store = Store::new(shared::postgres::pool(&settings.postgres)?);
    if let Some(first) = store.kept_from().await?.filter(|&first| from < first) {
        return Err(ToolError::TooOld(first));
    }
    let mut day = from;
    while day < to {
        let hours = store.recount_day(day).await?;
        writeln!(out, "{day}: {hours} hours of monitors")?;
        day = day + chrono::Days::new(1);
    }
    Ok(())
}
