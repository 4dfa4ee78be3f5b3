//! Use of the product, counted in the database. Every pod counts the same.

use deadpool_postgres::GenericClient;
use domain::channel::DestinationKind;
use metrics::gauge;

use crate::metrics as names;
use crate::rules::plan::Plans;
use crate::store;

/// Counts monitors, users, organisations by plan, and bytes.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn measure(client: &impl GenericClient, plans: &Plans) -> Result<(), tokio_postgres::Error> {
    let counted = client
        .query_one(
            "SELECT (SELECT count(*) FROM monitors
                     WHERE deleted_at IS NULL AND spec->'paused' IS DISTINCT FROM 'true'),
                    (SELECT count(*) FROM monitors WHERE deleted_at IS NULL),
                    (SELECT count(*) FROM users),
                    (SELECT count(DISTINCT user_id) FROM sessions WHERE expires_at > now())",
            &[],
        )
        .await?;
    let number = |column: usize| counted.try_get::<_, i64>(column).map(|count| count as f64);
    let (checked, monitors, users) = (number(0)?, number(1)?, number(2)?);
    gauge!(names::ACTIVE_MONITORS).set(checked);
    gauge!(names::ACTIVE_USERS).set(number(3)?);
    gauge!(names::MONITORS_PER_USER).set(if users > 0.0 { monitors / users } else { 0.0 });

    let notices = store::notices::count_waiting(client).await?;
    gauge!(names::NOTICES_PENDING).set(notices as f64);
    let waiting = store::report_deliveries::count_waiting(client).await?;
    for kind in DestinationKind::ALL {
        let waiting = waiting.get(kind.as_str()).copied().unwrap_or_default();
        gauge!(names::PAGE_DELIVERIES_PENDING, "kind" => kind.as_str()).set(waiting as f64);
    }

    let tiers = store::plans::tiers(client, plans).await?;
    for (plan, organisations) in tiers.organisations {
        gauge!(names::SUBSCRIPTION_TIER, "plan" => plan).set(organisations as f64);
    }
    gauge!(names::SUBSCRIPTION_UNKNOWN).set(tiers.unknown as f64);
    if let Some(wrong) = tiers.wrong {
        tracing::warn!(
            organisations = tiers.unknown,
            wrong,
            "what is stored of plans cannot be gone by: the default plan holds"
        );
    }

    // A partition counts as a part of its table.
    let sizes = client
        .query(
            "SELECT coalesce(parent.relname, c.relname)::text, sum(pg_total_relation_size(c.oid))::bigint
             FROM pg_class c
             LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
             LEFT JOIN pg_class parent ON parent.oid = i.inhparent
             WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
             GROUP BY 1",
            &[],
        )
        .await?;
    for row in sizes {
        let (table, bytes): (String, i64) = (row.try_get(0)?, row.try_get(1)?);
        gauge!(names::STORAGE_BYTES, "table" => table).set(bytes as f64);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use metrics_exporter_prometheus::PrometheusBuilder;
    use shared::postgres::PostgresSettings;

    #[tokio::test]
    async fn monitors_users_and_bytes_are_counted() {
        let settings = PostgresSettings::from_url(&testkit::database().await);
        let client = shared::postgres::pool(&settings).unwrap().get().await.unwrap();
        client
            .batch_execute(
                "INSERT INTO organisations (name, plan) VALUES ('o', NULL), ('p', 'team'), ('q', 'gone'), ('r', 'team');
                 UPDATE organisations SET limit_overrides = '[]' WHERE name = 'r';
                 INSERT INTO users (email, name, password_hash) VALUES ('a@b.org', 'a', ''), ('b@b.org', 'b', '');
                 INSERT INTO sessions (user_id, org_id, token_hash, expires_at)
                     SELECT 1, 1, token, expires FROM (VALUES ('a'::bytea, now() + interval '1 day'),
                         ('b', now() + interval '1 day'), ('c', now())) s (token, expires);
                 INSERT INTO monitors (org_id, name, spec, deleted_at)
                     VALUES (1, 'm', '{}', NULL), (1, 'm', '{\"paused\": true}', NULL),
                            (1, 'm', '{\"paused\": false}', NULL), (1, 'm', '{}', now())",
            )
            .await
            .unwrap();
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        let guard = metrics::set_default_local_recorder(&recorder);
        let plans = Plans::parse(r#"{"free": {}, "team": {}, "pro": {}}"#, 1).unwrap();
        let plans = Plans::new(plans, "free".to_owned()).unwrap();
        measure(&client, &plans).await.unwrap();
        drop(guard);
        let scrape = handle.render();
        for line in [
            "uptime_active_monitors_total 2",
            "uptime_active_users_total 1",
            "uptime_monitors_per_user 1.5",
            "uptime_subscription_tier{plan=\"free\"} 2",
            "uptime_subscription_tier{plan=\"team\"} 2",
            "uptime_subscription_tier{plan=\"pro\"} 0",
            "uptime_subscription_unknown 2",
            "uptime_storage_usage_bytes{table=\"monitors\"} ",
        ] {
            assert!(scrape.contains(line), "{line}: {scrape}");
        }
    }
}
