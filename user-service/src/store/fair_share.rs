//! Taking what waits in a table so that organisations share the turns, however much of one of them waits.

use crate::rules::mail_fate::LEASE_SECONDS;

/// A statement that lends rows of a table that are due: at most `$1` in all, of each organisation as many as of any other,
/// those that were due first. Organisations that have nothing waiting cost nothing, and many rows of one no more than few:
/// there has to be an index on `(org_id, due_at)` of those rows of which `waits` holds. They are found again by their place,
/// since the planner takes 16 of them for many and would read the table.
pub(super) fn lend(table: &str, waits: &str, answered: &str) -> String {
    lend_first(table, waits, "true", answered)
}

/// As [`lend`], of rows `w` of which `is_next` holds besides.
pub(super) fn lend_first(table: &str, waits: &str, is_next: &str, answered: &str) -> String {
    format!(
        "WITH RECURSIVE waiting AS (
             (SELECT org_id FROM {table} WHERE {waits} ORDER BY org_id LIMIT 1)
             UNION ALL
             SELECT (SELECT w.org_id FROM {table} w WHERE {waits} AND w.org_id > waiting.org_id ORDER BY w.org_id LIMIT 1)
             FROM waiting WHERE waiting.org_id IS NOT NULL
         ), sharing AS MATERIALIZED (
             SELECT org_id FROM waiting
             WHERE EXISTS (SELECT FROM {table} w
                           WHERE {waits} AND w.org_id = waiting.org_id AND w.due_at <= now() AND {is_next})
             ORDER BY random() LIMIT $1
         ), taken AS MATERIALIZED (
             SELECT place FROM sharing CROSS JOIN LATERAL (
                 SELECT w.ctid AS place FROM {table} w
                 WHERE {waits} AND w.org_id = sharing.org_id AND w.due_at <= now() AND {is_next}
                 ORDER BY w.due_at LIMIT greatest($1 / (SELECT count(*) FROM sharing), 1) FOR UPDATE SKIP LOCKED
             ) AS due
         )
         UPDATE {table} w SET due_at = now() + make_interval(secs => {LEASE_SECONDS}), attempts = attempts + 1
         WHERE w.ctid = ANY(ARRAY(SELECT place FROM taken)) RETURNING {answered}"
    )
}
