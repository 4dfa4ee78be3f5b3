//! The whole schema, as plain SQL in `sql/`. The services never create tables; they start on a schema that
//! was migrated before, by `migrate` or by all-in-one.
//!
//! A migration expands: it only adds what the release before can live with, so that this release can be rolled back
//! without touching the schema. What takes away something that an earlier release needs comes at least one release
//! after nothing uses it any more, in a migration whose name begins with `contract_` (`V12__contract_old_names.sql`):
//! releases that do not know it refuse to work on the database.

mod embedded {
    #![allow(missing_docs, unreachable_pub, clippy::unwrap_used)]
    refinery::embed_migrations!("sql");
}

/// Held while migrating, so that two jobs do not run the same migration. refinery takes no lock itself.
const ADVISORY_LOCK: i64 = 0x7570_7469_6d65;

/// The names of migrations begin with this that take away what an earlier release needs.
const CONTRACTING: &str = "contract_";

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The lock that keeps two migrating jobs apart could not be taken, or a question was not answered.
    #[error("cannot ask the database: {0}")]
    Lock(#[from] tokio_postgres::Error),
    /// The database refused a statement, or holds a migration that differs from this version's.
    #[error("cannot migrate: {0}")]
    Migration(#[from] refinery::Error),
    /// A newer version has removed something that this one needs.
    #[error("the schema is of a newer version, and its migration {0} has removed what this version needs")]
    Contracted(String),
    /// A migration of this version was passed over by a later one.
    #[error("the schema lacks the migration {0}, and holds later ones of this version")]
    PassedOver(String),
}

/// Brings the schema of the database up to date, and answers how many migrations were applied. A schema of a newer
/// version is left as it is, unless that has removed what this version needs.
///
/// # Errors
/// See [`MigrateError`].
pub async fn run(client: &mut tokio_postgres::Client) -> Result<usize, MigrateError> {
    client
        .execute("SELECT pg_advisory_lock($1)", &[&ADVISORY_LOCK])
        .await?;
    let applied = apply(client).await;
    client
        .execute("SELECT pg_advisory_unlock($1)", &[&ADVISORY_LOCK])
        .await?;
    applied
}

/// What tells this version's migrations from others.
pub fn fingerprint() -> u64 {
    let runner = embedded::migrations::runner();
    let checksums = runner.get_migrations().iter().map(refinery::Migration::checksum);
    checksums.fold(0, |all, one| all.rotate_left(1) ^ one)
}

async fn apply(client: &mut tokio_postgres::Client) -> Result<usize, MigrateError> {
    let differs = look(client).await?;
    if differs.newer > 0 {
        // There is nothing to apply, and refinery would find that fault with them.
        return Ok(0);
    }
    let report = embedded::migrations::runner().run_async(client).await?;
    Ok(report.applied_migrations().len())
}

/// How many migrations of this version the database does not hold yet. Changes nothing.
///
/// # Errors
/// When the database does not answer, or this version cannot work on what it holds.
pub async fn pending(client: &mut tokio_postgres::Client) -> Result<usize, MigrateError> {
    Ok(look(client).await?.pending)
}

async fn look(client: &mut tokio_postgres::Client) -> Result<Difference, MigrateError> {
    let runner = embedded::migrations::runner();
    let known = runner.get_migrations();
    let is_empty = client
        .query_one("SELECT to_regclass('refinery_schema_history') IS NULL", &[])
        .await?;
    if is_empty.get(0) {
        return Ok(Difference {
            pending: known.len(),
            newer: 0,
        });
    }
    let applied = runner.get_applied_migrations_async(client).await?;
    let known: Vec<_> = known.iter().map(named).collect();
    compare(&known, &applied.iter().map(named).collect::<Vec<_>>())
}

/// In what the migrations of this version and those that the database holds differ.
#[derive(Debug, PartialEq, Eq)]
struct Difference {
    /// Those that the database does not hold yet.
    pending: usize,
    /// Those that this version does not know.
    newer: usize,
}

/// A migration's version and name.
type Named<'a> = (i64, &'a str);

fn named(migration: &refinery::Migration) -> Named<'_> {
    (i64::from(migration.version()), migration.name())
}

fn compare(known: &[Named<'_>], applied: &[Named<'_>]) -> Result<Difference, MigrateError> {
    let holds = |all: &[Named<'_>], version| all.iter().any(|(other, _)| *other == version);
    let newer: Vec<_> = applied
        .iter()
        .filter(|(version, _)| !holds(known, *version))
        .collect();
    if let Some((version, name)) = newer.iter().find(|(_, name)| name.starts_with(CONTRACTING)) {
        return Err(MigrateError::Contracted(format!("V{version}__{name}")));
    }
    let pending: Vec<_> = known
        .iter()
        .filter(|(version, _)| !holds(applied, *version))
        .collect();
    // refinery applies only what is later than all that was applied.
    let last = applied.iter().map(|(version, _)| *version).max();
    match pending.iter().find(|(version, _)| Some(*version) < last) {
        Some((version, name)) => Err(MigrateError::PassedOver(format!("V{version}__{name}"))),
        None => Ok(Difference {
            pending: pending.len(),
            newer: newer.len(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [Named<'static>; 2] = [(1, "accounts"), (2, "monitors")];

    #[test]
    fn what_a_newer_version_has_added_is_nobodys_business() {
        let newer = [KNOWN[0], KNOWN[1], (3, "more"), (5, "still_more")];
        for (applied, pending, newer) in [
            (&[][..], 2, 0),
            (&KNOWN[..1], 1, 0),
            (&KNOWN[..], 0, 0),
            (&newer[..], 0, 2),
        ] {
            assert_eq!(compare(&KNOWN, applied).unwrap(), Difference { pending, newer });
        }
    }

    #[test]
    fn what_a_newer_version_has_taken_away_is_named() {
        let newer = [KNOWN[0], KNOWN[1], (3, "more"), (4, "contract_old_names")];
        let refused = compare(&KNOWN, &newer).unwrap_err().to_string();
        assert!(refused.contains("V4__contract_old_names"), "{refused}");
        // It is no matter of this version whether its own take something away.
        let known = [KNOWN[0], (2, "contract_old_names")];
        assert_eq!(compare(&known, &known).unwrap().pending, 0);
    }

    #[test]
    fn a_migration_that_was_passed_over_is_named() {
        let applied = [KNOWN[0], (3, "more")];
        let refused = compare(&KNOWN, &applied).unwrap_err().to_string();
        assert!(refused.contains("V2__monitors"), "{refused}");
    }

    #[test]
    fn a_migration_that_takes_something_away_says_so_in_its_name() {
        // Until then there was no release to go back to.
        const FIRST_RELEASE: i64 = 10;
        let taking = [
            "DROP TABLE",
            "DROP COLUMN",
            "DROP VIEW",
            "RENAME ",
            "SET NOT NULL",
            " TYPE ",
        ];
        let runner = embedded::migrations::runner();
        for migration in runner.get_migrations() {
            let (version, name) = named(migration);
            let sql = migration.sql().unwrap_or_default().to_uppercase();
            let takes = taking.iter().find(|words| sql.contains(**words));
            let says_so = name.starts_with(CONTRACTING);
            assert!(
                version <= FIRST_RELEASE || takes.is_none() || says_so,
                "V{version}__{name} has {takes:?}"
            );
        }
    }
}
