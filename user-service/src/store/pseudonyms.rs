//! What a person has left in organisations of others, once the account goes: what was done stays, and by whom becomes a
//! pseudonym.

use deadpool_postgres::Transaction;

use super::error::StoreError;

/// Rows that are changed in one step.
const ROWS: i64 = 5_000;

/// What a person is called whose account is gone.
pub(crate) fn pseudonym(user_id: i64) -> String {
    format!("deleted user #{user_id}")
}

/// Begins to erase an account that is locked: it cannot be cancelled any more.
pub(crate) async fn begin(tx: &Transaction<'_>, user_id: i64) -> Result<(), StoreError> {
    let sql =
        "UPDATE account_deletions SET erasing_since = coalesce(erasing_since, now()) WHERE user_id = $1";
    tx.execute(sql, &[&user_id]).await?;
    Ok(())
}

/// Changes some rows; answers how many.
pub(crate) async fn rows(tx: &Transaction<'_>, user_id: i64) -> Result<u64, StoreError> {
    for (table, at, action) in [
        ("incident_notes", "written_at", "AddIncidentNote"),
        (
            "incident_acknowledgements",
            "acknowledged_at",
            "AcknowledgeIncident",
        ),
    ] {
        let changed = by_name(tx, user_id, (table, at), action).await?;
        if changed > 0 {
            return Ok(changed);
        }
    }
    let changed = report_updates(tx, user_id).await?;
    if changed > 0 {
        return Ok(changed);
    }
    for (table, key) in VERSIONS {
        let changed = versions(tx, user_id, table, key).await?;
        if changed > 0 {
            return Ok(changed);
        }
    }
    let changed = named_by_others(tx, user_id).await?;
    if changed > 0 {
        return Ok(changed);
    }
    audit_log(tx, user_id).await
}

/// Who has written or acknowledged: by the account, or, of what is older than that was kept, by what the audit log has
/// noted in the same transaction.
async fn by_name(
    tx: &Transaction<'_>,
    user_id: i64,
    (table, at): (&str, &str),
    action: &str,
) -> Result<u64, StoreError> {
    let sql = format!(
        "UPDATE {table} SET by_name = $2, user_id = NULL WHERE ctid = ANY(ARRAY(
             (SELECT ctid FROM {table} WHERE user_id = $1 LIMIT $3)
             UNION ALL
             (SELECT t.ctid FROM {table} t JOIN audit_log a
                 ON a.org_id = t.org_id AND a.resource = 'incident' AND a.resource_id = t.incident_id::text
                    AND a.actor_name = t.by_name AND a.at = t.{at}
              WHERE t.user_id IS NULL AND a.actor_kind = 'user' AND a.actor_id = $1 AND a.action = $4
                AND a.actor_name <> $2 LIMIT $3)))"
    );
    Ok(tx
        .execute(&sql, &[&user_id, &pseudonym(user_id), &ROWS, &action])
        .await?)
}

/// What the person has written on status pages: nobody has, from now on.
async fn report_updates(tx: &Transaction<'_>, user_id: i64) -> Result<u64, StoreError> {
    let sql = "UPDATE report_updates SET by_name = NULL, user_id = NULL
               WHERE id = ANY(ARRAY(SELECT id FROM report_updates WHERE user_id = $1 LIMIT $2))";
    Ok(tx.execute(sql, &[&user_id, &ROWS]).await?)
}

/// Where definitions are kept with who has saved them, and in which order they are locked.
const VERSIONS: [(&str, &str); 2] = [
    ("monitor_versions", "monitor_id, version"),
    ("definition_versions", "kind, object_id, version"),
];

/// Definitions that the person has saved: nobody knows who has, from now on. Who changes many monitors holds the versions of
/// some and waits for others: what is held is left for later.
async fn versions(tx: &Transaction<'_>, user_id: i64, table: &str, key: &str) -> Result<u64, StoreError> {
    let sql = format!(
        "UPDATE {table} SET made_by = NULL, user_id = NULL
         WHERE ctid = ANY(ARRAY(SELECT ctid FROM {table} WHERE user_id = $1
                                ORDER BY {key} LIMIT $2 FOR UPDATE SKIP LOCKED))"
    );
    Ok(tx.execute(&sql, &[&user_id, &ROWS]).await?)
}

/// Whether something was left because somebody else held it.
pub(crate) async fn is_left(tx: &Transaction<'_>, user_id: i64) -> Result<bool, StoreError> {
    for (table, _) in VERSIONS {
        let sql = format!("SELECT EXISTS (SELECT FROM {table} WHERE user_id = $1)");
        if tx.query_one(&sql, &[&user_id]).await?.try_get(0)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// What audit logs show of keys and invitations of the person, whoever has changed them: found by what the person is and
/// was called, in organisations that know the person. What a namesake has changed is the namesake's.
async fn named_by_others(tx: &Transaction<'_>, user_id: i64) -> Result<u64, StoreError> {
    let named = |column: &str| {
        format!(
            "a.{column}->>'created_by' = ANY(p.names) OR a.{column}->>'invited_by' = ANY(p.names)
             OR a.{column}->>'email' = p.email"
        )
    };
    // A trigger lets nothing else be changed.
    let shown = |column: &str| {
        format!(
            "{column} = a.{column}
                 - CASE WHEN a.{column}->>'email' = p.email THEN '{{email}}'::text[] ELSE '{{}}' END
                 || CASE WHEN a.{column}->>'created_by' = ANY(p.names)
                         THEN jsonb_build_object('created_by', $2::text) ELSE '{{}}' END
                 || CASE WHEN a.{column}->>'invited_by' = ANY(p.names)
                         THEN jsonb_build_object('invited_by', $2::text) ELSE '{{}}' END"
        )
    };
    let sql = format!(
        "WITH p AS MATERIALIZED (
             SELECT lower(email) AS email, ARRAY(
                 SELECT name FROM (
                     SELECT u.name UNION
                     SELECT actor_name FROM audit_log WHERE actor_kind = 'user' AND actor_id = $1
                 ) AS called WHERE name <> $2
             ) AS names FROM users u WHERE id = $1
         ), known AS MATERIALIZED (
             SELECT org_id FROM memberships WHERE user_id = $1
             UNION SELECT org_id FROM audit_log WHERE actor_kind = 'user' AND actor_id = $1
             UNION SELECT org_id FROM audit_log WHERE resource = 'member' AND resource_id = $1::bigint::text
             UNION SELECT i.org_id FROM member_invitations i JOIN p ON i.email = p.email
         ), touched AS MATERIALIZED (
             SELECT a.id FROM p, known JOIN audit_log a USING (org_id)
             WHERE a.resource IN ('api_key', 'invitation') AND ({} OR {})
               AND NOT (a.actor_kind = 'user' AND a.actor_id <> $1 AND a.actor_name = ANY(p.names)
                        AND a.before->>'email' IS DISTINCT FROM p.email
                        AND a.after->>'email' IS DISTINCT FROM p.email)
             LIMIT $3
         )
         UPDATE audit_log a SET {}, {} FROM touched, p WHERE a.id = touched.id",
        named("before"),
        named("after"),
        shown("before"),
        shown("after")
    );
    Ok(tx.execute(&sql, &[&user_id, &pseudonym(user_id), &ROWS]).await?)
}

/// What the person has done, and what was done about the person.
async fn audit_log(tx: &Transaction<'_>, user_id: i64) -> Result<u64, StoreError> {
    let shown = |column: &str| {
        format!(
            "{column} = {column}
                 || CASE WHEN is_member AND {column} ? 'name' THEN jsonb_build_object('name', $2::text) ELSE '{{}}' END
                 || CASE WHEN is_by AND {column} ? 'acknowledged_by'
                         THEN jsonb_build_object('acknowledged_by', $2::text) ELSE '{{}}' END"
        )
    };
    let sql = format!(
        "WITH touched AS MATERIALIZED (
             (SELECT id, true AS is_by, resource = 'member' AND resource_id = $1::bigint::text AS is_member FROM audit_log
              WHERE actor_kind = 'user' AND actor_id = $1 AND (actor_name <> $2 OR address IS NOT NULL) LIMIT $3)
             UNION
             (SELECT id, actor_kind = 'user' AND actor_id IS NOT DISTINCT FROM $1, true FROM audit_log
              WHERE resource = 'member' AND resource_id = $1::bigint::text
                AND (before->>'name' <> $2 OR after->>'name' <> $2) LIMIT $3)
         )
         UPDATE audit_log a SET actor_name = CASE WHEN is_by THEN $2 ELSE actor_name END,
                address = CASE WHEN is_by THEN NULL ELSE address END, {}, {}
         FROM touched WHERE a.id = touched.id",
        shown("before"),
        shown("after")
    );
    Ok(tx.execute(&sql, &[&user_id, &pseudonym(user_id), &ROWS]).await?)
}

/// Erases what is kept of an address beside the account: mails on their way, their links, and invitations.
pub(crate) async fn forget_address(tx: &Transaction<'_>, email: &str) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM member_invitations WHERE email = lower($1)",
        "DELETE FROM mailed_tokens WHERE email = lower($1)",
        "DELETE FROM mails WHERE lower(recipient) = lower($1)",
    ] {
        tx.execute(sql, &[&email]).await?;
    }
    Ok(())
}

/// Erases an account, which is in no organisation any more, and the answers that were kept for it in those of others.
pub(crate) async fn finish(tx: &Transaction<'_>, user_id: i64) -> Result<(), StoreError> {
    let sql = "DELETE FROM idempotency_keys WHERE actor = $1";
    tx.execute(sql, &[&format!("user:{user_id}")]).await?;
    tx.execute("DELETE FROM users WHERE id = $1", &[&user_id]).await?;
    Ok(())
}

#[cfg(test)]
mod tests;
