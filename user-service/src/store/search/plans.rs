//! The plans of searches: those incidents that are looked at one by one are found by an index, newest first.

use super::super::query_plans::{Parameters, database, explain};
use super::incidents::{newest_sql, of_monitors_sql};

#[tokio::test]
async fn the_newest_incidents_are_looked_at_by_an_index() {
    let client = database().await;
    let (org, who, most) = (3i64, vec![Some(3i64), None], 6i64);
    let (words, monitors) = ("'3.timeout':*".to_owned(), vec![2i64, 32]);
    let asked: Parameters<'_> = &[&org, &who, &most, &words, &monitors, &monitors];
    explain(&client, &newest_sql(1), &asked[..5])
        .await
        .is_by_index("the newest incidents", 0);
    explain(&client, &of_monitors_sql(1), asked)
        .await
        .is_by_index("the newest incidents of monitors", 0);
}

/// Whatever an organisation has otherwise: by the index of words, and not by that of organisations.
#[tokio::test]
async fn monitors_are_found_by_the_index_of_words() {
    let client = database().await;
    let (org, who, most) = (3i64, vec![Some(3i64), None], 6i64);
    let (words, text) = ("'3.m':*".to_owned(), "m".to_owned());
    client
        .batch_execute("SET plan_cache_mode = force_generic_plan")
        .await
        .unwrap();
    let sql = format!("EXPLAIN {}", super::monitors::by_words_sql());
    let rows = client.query(&sql, &[&org, &who, &words, &most, &text]).await;
    let rows = rows.unwrap();
    let plan: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    assert!(
        plan.iter().any(|line| line.contains("monitors_words_idx")),
        "{plan:#?}"
    );
}
