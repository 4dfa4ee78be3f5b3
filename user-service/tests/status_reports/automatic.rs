//! What the product reports by itself.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Value, json};
use testkit::eventually;
use uuid::Uuid;

use super::{Page, page, publish, report_path, update};
use crate::common::scene::window;
use crate::common::{PATIENCE, Person, UserService};

/// A page that reports outages after a minute, with these monitors.
async fn automatic(owner: &Person<'_>, monitors: &[i64]) -> Page {
    let components: Vec<Value> = monitors
        .iter()
        .enumerate()
        .map(|(n, monitor)| json!({"name": format!("Part {n}"), "monitor_id": monitor}))
        .collect();
    let setting = json!({"report_automatically_after_minutes": 1});
    page(owner, setting, components.into()).await
}

/// Has the service look again: the page has changed.
async fn wake(owner: &Person<'_>, page: &Page) {
    static TIMES: AtomicU32 = AtomicU32::new(0);
    let text = format!("Changed {} times", TIMES.fetch_add(1, Ordering::Relaxed));
    owner
        .patch(&page.path(), json!({"description": text}))
        .await
        .expect(200);
}

/// The reports of a page, the latest first, once they are as wanted.
async fn reports(
    owner: &Person<'_>,
    page: &Page,
    what: &str,
    are_wanted: impl Fn(&[Value]) -> bool,
) -> Vec<Value> {
    eventually(what, PATIENCE, async || {
        wake(owner, page).await;
        let reports = owner.get(&page.reports()).await.items();
        are_wanted(&reports).then_some(reports)
    })
    .await
}

async fn outage(owner: &Person<'_>, monitor: i64) -> Uuid {
    let id = owner.outage(monitor, false).await;
    let sql = "UPDATE incidents SET started_at = now() - interval '2 minutes', error_code = 'connect_refused' WHERE id = $1";
    owner.service.db().await.execute(sql, &[&id]).await.unwrap();
    id
}

async fn end(owner: &Person<'_>, incident: Uuid, reason: &str) {
    let sql = "UPDATE incidents SET resolved_at = now(), close_reason = $2 WHERE id = $1";
    let db = owner.service.db().await;
    db.execute(sql, &[&incident, &reason]).await.unwrap();
}

async fn monitors(owner: &Person<'_>, count: usize) -> Vec<i64> {
    let mut monitors = Vec::new();
    for _ in 0..count {
        monitors.push(owner.monitor("https://a.example/").await);
    }
    monitors
}

fn impacts(report: &Value) -> Vec<(i64, String)> {
    let components = report["components"].as_array().unwrap();
    let impact = |one: &Value| {
        let impact = one["impact"].as_str().unwrap();
        (one["component_id"].as_i64().unwrap(), impact.to_owned())
    };
    components.iter().map(impact).collect()
}

#[tokio::test]
async fn an_outage_that_lasts_is_reported_and_its_end() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let monitors = monitors(&owner, 2).await;
    let shown = automatic(&owner, &monitors).await;
    // What does not last yet is not reported, and neither is anything on pages that do not want it.
    let young = owner.outage(monitors[1], false).await;
    let sql = "UPDATE incidents SET started_at = now() WHERE id = $1";
    service.db().await.execute(sql, &[&young]).await.unwrap();
    let quiet = page(&owner, json!({}), json!([{"monitor_id": monitors[0]}])).await;
    let incident = outage(&owner, monitors[0]).await;
    let made = reports(&owner, &shown, "the outage is reported", |reports| {
        !reports.is_empty()
    })
    .await;
    let [report] = made.as_slice() else {
        panic!("{made:?}")
    };
    assert_eq!(report["title"], "Problem with Part 0");
    assert_eq!(report["status"], "investigating");
    assert_eq!(report["incident_id"], json!(incident));
    assert_eq!(
        impacts(report),
        [(shown.components[0], "major_outage".to_owned())]
    );
    assert_eq!(report["updates"][0]["author"], Value::Null);
    assert_eq!(
        report["updates"][0]["message"],
        "We are looking into a problem with Part 0. Connections to it fail."
    );
    assert!(owner.get(&quiet.reports()).await.items().is_empty());
    let path = format!("/orgs/{}/audit-log?action=CreateStatusReport", owner.org);
    let event = &owner.get(&path).await.items()[0];
    assert_eq!(event["actor"]["kind"], "system");
    assert_eq!(event["resource_id"], report["id"].to_string());

    end(&owner, incident, "recovered").await;
    let ended = reports(&owner, &shown, "its end is reported", |reports| {
        reports[0]["status"] == "resolved"
    })
    .await;
    let [report] = ended.as_slice() else {
        panic!("{ended:?}")
    };
    assert_eq!(
        report["updates"][0]["message"],
        "The problem with Part 0 is over."
    );
    assert_eq!(impacts(report), [(shown.components[0], "operational".to_owned())]);
    assert_eq!(report["updates"].as_array().unwrap().len(), 2);
    // What was reported and deleted is not reported again.
    owner.delete(&report_path(report)).await.expect(204);
    let sql = "UPDATE incidents SET resolved_at = NULL, close_reason = NULL WHERE id = $1";
    service.db().await.execute(sql, &[&incident]).await.unwrap();
    let second = automatic(&owner, &monitors[..1]).await;
    reports(&owner, &second, "another page reports it", |reports| {
        reports.len() == 1
    })
    .await;
    assert!(owner.get(&shown.reports()).await.items().is_empty());
}

#[tokio::test]
async fn a_page_says_after_what_time_it_reports() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let quiet = page(&owner, json!({}), json!([])).await;
    let set = async |minutes: Value| {
        let body = json!({"report_automatically_after_minutes": minutes});
        owner.patch(&quiet.path(), body).await
    };
    let after =
        |answer: crate::common::Answer| answer.expect(200)["report_automatically_after_minutes"].clone();
    assert_eq!(after(owner.get(&quiet.path()).await), Value::Null);
    for minutes in [json!(0), json!(1_440), Value::Null] {
        assert_eq!(after(set(minutes.clone()).await), minutes);
    }
    set(json!(5)).await.expect(200);
    assert_eq!(
        after(owner.patch(&quiet.path(), json!({"title": "Other"})).await),
        5
    );
    for wrong in [json!(1_441), json!(-1), json!("5")] {
        let refused = set(wrong).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fields()),
            (422, vec!["report_automatically_after_minutes"])
        );
    }
}

#[tokio::test]
async fn what_somebody_has_touched_is_theirs() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let monitors = monitors(&owner, 3).await;
    let shown = automatic(&owner, &monitors).await;
    let touched = outage(&owner, monitors[0]).await;
    let made = reports(&owner, &shown, "the outage is reported", |reports| {
        !reports.is_empty()
    })
    .await;
    let path = report_path(&made[0]);
    let next = update(
        "identified",
        "The disk.",
        &[(shown.components[0], "partial_outage")],
    );
    owner.post(&format!("{path}/updates"), next).await.expect(201);
    end(&owner, touched, "recovered").await;
    // A further outage is added to it, and says nothing of how far the work is.
    outage(&owner, monitors[1]).await;
    let joined = reports(&owner, &shown, "the outage is added", |reports| {
        reports[0]["updates"].as_array().unwrap().len() == 3
    })
    .await;
    assert_eq!(joined.len(), 1);
    assert_eq!(joined[0]["status"], "identified");
    let components = &shown.components;
    assert_eq!(
        impacts(&joined[0]),
        [
            (components[0], "partial_outage".to_owned()),
            (components[1], "major_outage".to_owned())
        ]
    );
    // What a person reports of a component is not said again.
    publish(&owner, &shown, &[(components[2], "degraded_performance")]).await;
    outage(&owner, monitors[2]).await;
    let sql = "UPDATE status_reports SET created_at = now() - interval '11 minutes'";
    service.db().await.execute(sql, &[]).await.unwrap();
    let second = automatic(&owner, &monitors[2..]).await;
    reports(&owner, &second, "another page reports it", |reports| {
        reports.len() == 1
    })
    .await;
    let reports = owner.get(&shown.reports()).await.items();
    assert_eq!(reports.len(), 2, "{reports:?}");
    assert!(reports.iter().all(|report| report["status"] != "resolved"));
}

#[tokio::test]
async fn an_outage_in_maintenance_waits_for_its_end() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let monitors = monitors(&owner, 2).await;
    let window = window(&owner, &monitors[..1]).await;
    let sql = "UPDATE maintenance_windows SET span = jsonb_build_object('repeat', 'once', 'from', $1::text, 'until', $2::text)";
    let around = |ms| shared::now().plus_millis(ms).to_string();
    let span = (around(-3_600_000), around(3_600_000));
    service
        .db()
        .await
        .execute(sql, &[&span.0, &span.1])
        .await
        .unwrap();
    let shown = automatic(&owner, &monitors).await;
    outage(&owner, monitors[0]).await;
    outage(&owner, monitors[1]).await;
    let made = reports(&owner, &shown, "the other one is reported", |reports| {
        !reports.is_empty()
    })
    .await;
    assert_eq!(
        impacts(&made[0]),
        [(shown.components[1], "major_outage".to_owned())]
    );
    assert_eq!(service.count("report_incidents").await, 1);
    owner
        .delete(&format!("/maintenance-windows/{window}"))
        .await
        .expect(204);
    let all = reports(&owner, &shown, "now it is reported", |reports| {
        impacts(&reports[0]).len() == 2
    })
    .await;
    assert_eq!(all.len(), 1);
}

#[tokio::test]
async fn a_storm_is_one_report() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let monitors = monitors(&owner, 30).await;
    let shown = automatic(&owner, &monitors).await;
    let mut incidents = Vec::new();
    for monitor in &monitors[..24] {
        incidents.push(outage(&owner, *monitor).await);
    }
    let made = reports(&owner, &shown, "all are reported", |reports| {
        reports.first().is_some_and(|report| impacts(report).len() == 24)
    })
    .await;
    assert_eq!(made.len(), 1);
    let updates = made[0]["updates"].as_array().unwrap().len();
    for (n, monitor) in monitors[24..29].iter().enumerate() {
        incidents.push(outage(&owner, *monitor).await);
        let made = reports(&owner, &shown, "it is added", |reports| {
            impacts(&reports[0]).len() == 25 + n
        })
        .await;
        assert_eq!(made.len(), 1);
        assert_eq!(made[0]["updates"].as_array().unwrap().len(), updates + n + 1);
    }
    // A part is over, and then all of it.
    for incident in &incidents[..20] {
        end(&owner, *incident, "recovered").await;
    }
    let part = reports(&owner, &shown, "a part is over", |reports| {
        let impacts = impacts(&reports[0]);
        impacts
            .iter()
            .filter(|(_, impact)| impact == "operational")
            .count()
            == 20
    })
    .await;
    assert_eq!(part[0]["status"], "investigating");
    // What begins later than ten minutes after is another problem.
    let sql = "UPDATE status_reports SET created_at = now() - interval '11 minutes'";
    service.db().await.execute(sql, &[]).await.unwrap();
    outage(&owner, monitors[29]).await;
    let two = reports(&owner, &shown, "there is another report", |reports| {
        reports.len() == 2
    })
    .await;
    let second = two.iter().find(|report| report["id"] != made[0]["id"]).unwrap();
    assert_eq!(second["title"], "Problem with Part 29");
    for incident in &incidents[20..] {
        end(&owner, *incident, "paused").await;
    }
    let all = reports(&owner, &shown, "all of it is over", |reports| {
        reports.iter().any(|report| report["status"] == "resolved")
    })
    .await;
    let first = all.iter().find(|report| report["id"] == made[0]["id"]).unwrap();
    assert_eq!(first["status"], "resolved");
    let message = first["updates"][0]["message"].as_str().unwrap();
    assert!(
        message.starts_with("No problem is known any more with:"),
        "{message}"
    );
    assert_eq!(service.count("report_incidents WHERE ended").await, 29);
}

#[tokio::test]
async fn several_services_report_an_outage_once() {
    let service = UserService::start().await;
    let owner = service.register().await;
    let monitors = monitors(&owner, 4).await;
    let mut pages = Vec::new();
    for monitor in &monitors {
        pages.push(page(&owner, json!({}), json!([{"name": "A", "monitor_id": monitor}])).await);
    }
    let mut incidents = Vec::new();
    for monitor in &monitors {
        incidents.push(outage(&owner, *monitor).await);
    }
    let want = "UPDATE status_pages SET report_automatically_after_minutes = 1";
    service.db().await.execute(want, &[]).await.unwrap();
    // Each looks as soon as it starts.
    let stores = || service.stores.clone();
    let others = tokio::join!(
        UserService::start_on(stores(), &[]),
        UserService::start_on(stores(), &[]),
        UserService::start_on(stores(), &[]),
    );
    eventually("all are reported", PATIENCE, async || {
        (service.count("status_reports").await == 4).then_some(())
    })
    .await;
    for incident in incidents {
        end(&owner, incident, "recovered").await;
    }
    let more = tokio::join!(
        UserService::start_on(stores(), &[]),
        UserService::start_on(stores(), &[]),
    );
    eventually("all are over", PATIENCE, async || {
        (service.count("status_reports WHERE status = 'resolved'").await == 4).then_some(())
    })
    .await;
    // Whoever was at it as well has ended.
    for other in [others.0, others.1, others.2, more.0, more.1] {
        other.stop().await;
    }
    assert_eq!(service.count("status_reports").await, 4);
    assert_eq!(service.count("report_updates").await, 8);
    assert_eq!(service.count("report_incidents").await, 4);
}
