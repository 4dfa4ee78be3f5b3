//! The plans of queries that answer as of an instant.

use chrono::{DateTime, Utc};

use super::super::{incidents_as_of, monitors_as_of, results_as_of, status_as_of, summary_as_of};
use super::{Parameters, ago, database, explain};

#[tokio::test]
async fn every_query_as_of_an_instant_goes_by_an_index() {
    let client = database().await;
    let (then, month_ago, two_hours_ago) = (ago(1), ago(31 * 24), ago(2));
    let ids: Vec<i64> = (1..=100).collect();
    client
        .batch_execute("SET past.at = '2026-11-26T00:00:00Z'; SET past.org = '3'")
        .await
        .unwrap();
    let (org, nothing, text) = (3i64, None::<i64>, None::<String>);
    // A member: what is looked up of one must not have whole tables read.
    let who = vec![Some(3i64), None];
    let (flag, at, uuid) = (None::<bool>, None::<DateTime<Utc>>, None::<uuid::Uuid>);
    let expired = domain::alert_event::ACKNOWLEDGEMENT_EXPIRED;
    let list: Parameters<'_> = &[
        &org, &nothing, &flag, &at, &uuid, &50i64, &text, &who, &expired, &then,
    ];
    explain(&client, &incidents_as_of::list_sql(), list)
        .await
        .is_by_index("incidents as of an instant", 0);
    let open: Parameters<'_> = &[&org, &then, &who];
    explain(&client, &incidents_as_of::open_sql(), open)
        .await
        .is_by_index("incidents that were open as of an instant", 0);
    let by_then: Parameters<'_> = &[&ids, &month_ago, &then, &results_as_of::MAX_RESULTS];
    // The newest of each come from the newest partitions; the others are not begun.
    explain(&client, results_as_of::RESULTS, by_then)
        .await
        .is_by_index("results as of an instant", 3);
    // What has replaced other results is of the newest of one day.
    let (known, day_before) = (vec![1i32; 100], ago(25));
    let of_a_day: Parameters<'_> = &[&ids, &known, &day_before, &then, &results_as_of::MAX_RESULTS];
    explain(&client, results_as_of::REPLACING, of_a_day)
        .await
        .is_by_index("results that were replaced as of an instant", 2);
    let (since, end) = (vec![ago(3); 100], ago(0));
    let of_hours: Parameters<'_> = &[&ids, &since, &end];
    explain(&client, results_as_of::MISSING, of_hours)
        .await
        .is_by_index("results that are missing as of an instant", 2);
    let of_monitors: Parameters<'_> = &[&ids, &then];
    explain(&client, &status_as_of::incidents_sql(), of_monitors)
        .await
        .is_by_index("incidents of monitors as of an instant", 0);
    let hour: Parameters<'_> = &[&ids, &two_hours_ago, &then];
    explain(&client, summary_as_of::CHECKS, hour)
        .await
        .is_by_index("checks as of an instant", 0);
}

/// There is nothing large to go to: that they can be planned is what counts, and that they do not read the monitors of all.
#[tokio::test]
async fn lists_of_monitors_as_of_an_instant_go_by_the_organisation() {
    let client = database().await;
    client
        .batch_execute("SET past.at = '2026-11-26T00:00:00Z'; SET past.org = '3'")
        .await
        .unwrap();
    let (org, after, text, most) = (3i64, 0i64, None::<String>, 201i64);
    let (now, is_known, who) = (Utc::now(), true, vec![None::<i64>, None]);
    let list: Parameters<'_> = &[&org, &now, &is_known, &who, &after, &text, &text, &text, &most];
    let page = explain(&client, &monitors_as_of::page_sql(), list).await;
    let counted: Parameters<'_> = &[&org, &now, &who, &most];
    let counted = explain(&client, &summary_as_of::monitors_sql(), counted).await;
    for plan in [page, counted] {
        let read_whole = plan
            .0
            .iter()
            .any(|(table, how)| table == "monitors" && how == "Seq Scan");
        assert!(!read_whole, "{:?}", plan.0);
    }
}
