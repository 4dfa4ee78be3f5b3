//! How the past is read where much is kept: by indexes.

use super::*;

/// How PostgreSQL goes about a statement, for any parameters.
async fn plan(client: &Client, sql: &str, parameters: &[&(dyn ToSql + Sync)]) -> String {
    let rows = client.query(&format!("EXPLAIN {sql}"), parameters).await.unwrap();
    let lines: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    lines.join("\n")
}

#[tokio::test]
async fn no_statement_reads_the_past_of_everybody() {
    let client = client().await;
    // A hundred more organisations, each with much that was changed.
    client
        .batch_execute(
            "INSERT INTO organisations (name) SELECT 'x' FROM generate_series(1, 100);
             INSERT INTO monitors (org_id, name, spec) SELECT id, 'm', '{}' FROM organisations, generate_series(1, 10);
             INSERT INTO past_rows (org_id, monitor_id, relation, row_key, until_at, was)
                 SELECT org_id, id, 'monitors', id::text, now() - n * interval '1 hour', past_row('monitors', to_jsonb(m))
                 FROM monitors m, generate_series(1, 20) AS n;
             INSERT INTO past_rows (org_id, monitor_id, relation, row_key, until_at)
                 SELECT org_id, id, 'monitor_tags', id || '/' || n, now() - n * interval '1 hour'
                 FROM monitors, generate_series(1, 20) AS n;
             INSERT INTO past_rows (org_id, relation, row_key, until_at)
                 SELECT id, 'silences', n::text, now() - n * interval '1 hour'
                 FROM organisations, generate_series(1, 100) AS n;
             ANALYZE; SET plan_cache_mode = force_generic_plan",
        )
        .await
        .unwrap();
    let (org, ids) = (1i64, vec![MONITOR.0]);
    let (from, until) = (
        now(&client).await - chrono::TimeDelta::days(7),
        now(&client).await,
    );
    let mut plans = vec![
        plan(&client, CHANGES, &[&org, &MONITOR.0, &from, &until, &100i64]).await,
        plan(&client, KEPT_REVISIONS, &[&org, &MONITOR.0]).await,
    ];
    let travel = format!(
        "SELECT set_config('past.at', '{}', false), set_config('past.org', '1', false),
             set_config('search_path', 'past, pg_catalog, public, pg_temp', false)",
        from.to_rfc3339()
    );
    client.batch_execute(&travel).await.unwrap();
    for sql in [
        "SELECT m.severity FROM monitors m WHERE m.org_id = $1 AND m.id = ANY($2)",
        "SELECT mt.tag_id FROM monitor_tags mt JOIN monitors m ON m.id = mt.monitor_id
         WHERE m.org_id = $1 AND m.id = ANY($2)",
        "SELECT s.id FROM silences s WHERE s.org_id = $1 AND NOT s.monitors && $2",
    ] {
        plans.push(plan(&client, sql, &[&org, &ids]).await);
    }
    for plan in plans {
        assert!(plan.contains("past_rows_"), "{plan}");
        assert!(!plan.contains("Seq Scan on past_rows"), "{plan}");
    }
}
