//! Columns of rows. Any may hold what is not expected: another version has written it, or a hand.

use chrono::{DateTime, Utc};
use domain::Timestamp;
use shared::items;
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;

use super::error::StoreError;

/// Reads columns without a panic.
pub(super) trait Fields {
    /// The value of a column.
    ///
    /// # Errors
    /// When it is null or of another type.
    fn field<'a, T: FromSql<'a>>(&'a self, column: usize) -> Result<T, StoreError>;

    /// The instant in a column.
    ///
    /// # Errors
    /// See [`Fields::field`].
    fn instant(&self, column: usize) -> Result<Timestamp, StoreError> {
        Ok(self.field::<DateTime<Utc>>(column)?.into())
    }

    /// The milliseconds in a column that has an `int`.
    ///
    /// # Errors
    /// See [`Fields::field`].
    fn millis(&self, column: usize) -> Result<i64, StoreError> {
        Ok(self.field::<i32>(column)?.into())
    }

    /// The response time in a column that may have none.
    ///
    /// # Errors
    /// See [`Fields::field`].
    fn latency(&self, column: usize) -> Result<Option<u32>, StoreError> {
        let ms: Option<i32> = self.field(column)?;
        Ok(ms.and_then(|ms| u32::try_from(ms).ok()))
    }
}

impl Fields for Row {
    fn field<'a, T: FromSql<'a>>(&'a self, column: usize) -> Result<T, StoreError> {
        self.try_get(column).map_err(StoreError::Value)
    }
}

/// What is read of rows that belong to several monitors, whose ids the first column has. A row that cannot be read is left
/// out, and counted as a `what`.
pub(super) fn each<'r, T>(
    rows: &'r [Row],
    what: &'static str,
    read: impl Fn(&'r Row) -> Result<T, StoreError>,
) -> impl Iterator<Item = T> {
    rows.iter().filter_map(move |row| {
        read(row)
            .inspect_err(|error| items::left_out(what, row.try_get(0).ok(), &error.to_string()))
            .ok()
    })
}

#[cfg(test)]
mod tests {
    use shared::postgres::PostgresSettings;

    use super::*;

    #[tokio::test]
    async fn a_row_that_cannot_be_read_is_left_out() {
        let settings = PostgresSettings::from_url(&testkit::database().await);
        let pool = shared::postgres::pool(&settings).unwrap();
        let select = "SELECT * FROM (VALUES (1::bigint, 7), (2, NULL), (NULL, 8), (4, 9)) AS odd (id, n)";
        let rows = pool.get().await.unwrap().query(select, &[]).await.unwrap();
        let read = |row: &Row| Ok((row.field::<i64>(0)?, row.field::<i32>(1)?));
        let all: Vec<_> = each(&rows, "pair", read).collect();
        assert_eq!(all, [(1, 7), (4, 9)]);

        let error = rows[1].field::<i32>(1).unwrap_err();
        assert!(error.concerns_data(), "trying again would not help");
        let another = rows[0].field::<String>(1).unwrap_err();
        assert!(another.concerns_data() && another.to_string().contains("column 1"));
        assert!(rows[0].field::<i32>(7).is_err());
    }
}
