//! Who has saved definitions. Triggers keep these, whatever statement changes them; here it is said who does, and read who did.

use api::{Actor, VersionAuthor, VersionAuthorKind};
use deadpool_postgres::GenericClient;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::Scope;
use super::audit::By;
use super::error::StoreError;
use super::scope::sees_everything;

/// For how many days a version is kept after it ended.
pub(super) const KEPT_DAYS: i32 = 400;

/// Who changes definitions, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Made<'a> {
    pub(crate) by: &'a By,
    /// The version whose definition is brought back.
    pub(crate) restored: Option<i32>,
}

impl<'a> From<&'a By> for Made<'a> {
    fn from(by: &'a By) -> Self {
        Self { by, restored: None }
    }
}

/// Says who has made the definitions that the statements save which follow in the transaction, and which monitors these only
/// pause or resume: none where it is about others.
pub(super) async fn sign(
    tx: &impl GenericClient,
    scope: Scope,
    made: Made<'_>,
    switched: &[i64],
) -> Result<(), StoreError> {
    let (by, user, key, maker) = match made.by {
        By::Actor(Actor::User(id)) | By::Link { owner: Some(id), .. } => ("member", Some(*id), None, None),
        By::Actor(Actor::Key { id, .. }) => ("api_key", None, Some(id.0), None),
        By::Link { name, owner: None } | By::Slack(name) => ("system", None, None, Some(name.as_str())),
        By::System(name) => ("system", None, None, Some(*name)),
    };
    // It ends with the transaction.
    let sql = "SELECT set_config('versions.made', jsonb_build_object(
                   'by', $1::text, 'user_id', $2::bigint, 'restored', $5::integer, 'switched', $7::bigint[],
                   'maker', coalesce($4::text, (SELECT k.name FROM api_keys k WHERE k.id = $3::bigint AND k.org_id = $6)))::text,
                   true)";
    let statement = tx.prepare_cached(sql).await?;
    let parameters: [&(dyn ToSql + Sync); 7] = [
        &by,
        &user,
        &key,
        &maker,
        &made.restored,
        scope.org_id(),
        &switched,
    ];
    tx.execute(&statement, &parameters).await?;
    Ok(())
}

/// Who has saved a version `v`, whose member is `u` as long as that is one: the column `author`, which [`read`] reads beside
/// `made_by`. Who is narrowed to tags is told nobody: see [`named_people`](crate::rules::named_people).
pub(super) fn name(org: usize, who: usize) -> String {
    format!(
        "CASE WHEN NOT {} THEN NULL WHEN v.made_by = 'member' THEN u.name ELSE v.maker END",
        sees_everything(org, who)
    )
}

/// Who has saved a version; none where nobody knows any more, where it was somebody who has left, and for who is narrowed to
/// tags.
pub(super) fn read(row: &Row) -> Result<Option<VersionAuthor>, tokio_postgres::Error> {
    let kind = match row.try_get::<_, Option<&str>>("made_by")? {
        Some("member") => Some(VersionAuthorKind::Member),
        Some("api_key") => Some(VersionAuthorKind::ApiKey),
        Some("system") => Some(VersionAuthorKind::System),
        _ => None,
    };
    let name: Option<String> = row.try_get("author")?;
    Ok(kind.zip(name).map(|(kind, name)| VersionAuthor { kind, name }))
}
