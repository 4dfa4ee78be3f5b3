//! The documents of status pages in Redis: when they are written and removed, and that their days are the API's uptime and
//! those of SLA reports.

use std::sync::LazyLock;

use domain::Timestamp;
use domain::status_page::Impact;
use fred::interfaces::{KeysInterface as _, SetsInterface as _};
use pages::document::{ComponentMonitor, Day, Document};
use serde_json::{Value, json};

use crate::common::pages::{PAGES_URL, Published, page, slug, with_pages};
use crate::common::{Person, UserService};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The midnight (UTC) of some days before these tests began: also when a day ends meanwhile.
fn midnight(days: i64) -> Timestamp {
    static BEGAN: LazyLock<i64> = LazyLock::new(|| shared::now().as_millis());
    Timestamp::from_millis(*BEGAN - BEGAN.rem_euclid(DAY) - days * DAY)
}

#[tokio::test]
async fn a_page_is_published_changed_renamed_hidden_and_removed() {
    let service = with_pages(&[]).await;
    let ada = service.register().await;
    let monitor = ada.monitor("https://a.example/").await;
    let (first, second) = (slug(), slug());
    let made = page(&ada, &first, &[monitor]).await;
    let path = format!("/status-pages/{}", made["id"]);
    let published = Published::of(&service).await;
    let document = published.document(&first, |_| true).await;
    assert_eq!(
        (json!(document.id), json!(document.org_id)),
        (made["id"].clone(), json!(ada.org))
    );
    assert_eq!(document.url, format!("{PAGES_URL}/{first}"));
    assert_eq!(
        (document.history_days, document.accent_colour.as_str()),
        (90, "#1f6feb")
    );
    let component = document.components().next().unwrap();
    assert_eq!(json!(component.id), made["groups"][0]["components"][0]["id"]);
    assert_eq!(component.days.len(), 90);
    assert_eq!(component.days[89].date, document.as_of.to_datetime().date_naive());
    assert_eq!(
        (component.reported, component.uptime.map(|uptime| uptime.up_ms)),
        (Impact::Operational, Some(0))
    );
    assert!(
        component
            .days
            .iter()
            .all(|day| day.up_ms == 0 && day.down_ms == 0),
        "a monitor without a result was not up"
    );
    assert!(published.is_listed(&first).await);

    ada.patch(&path, json!({"title": "Other", "slug": second}))
        .await
        .expect(200);
    published
        .document(&second, |document| document.title == "Other")
        .await;
    published.gone(&first).await;
    ada.patch(&path, json!({"published": false})).await.expect(200);
    published.gone(&second).await;
    ada.patch(&path, json!({"published": true})).await.expect(200);
    published.document(&second, |_| true).await;
    // Who gets the slug next is published under it, although it is removed of who had it before.
    ada.patch(&path, json!({"slug": first})).await.expect(200);
    let other = page(&ada, &second, &[]).await;
    published
        .document(&second, |document| json!(document.id) == other["id"])
        .await;
    published.settled().await;
    assert!(published.now(&second).await.is_some());
    ada.delete(&path).await;
    published.gone(&first).await;
}

#[tokio::test]
async fn a_redis_that_was_emptied_is_filled_and_what_comes_late_is_not_written() {
    let service = with_pages(&[]).await;
    let ada = service.register().await;
    let slug = slug();
    let made = page(&ada, &slug, &[]).await;
    let path = format!("/status-pages/{}", made["id"]);
    let published = Published::of(&service).await;
    published.settled().await;
    let (document, list) = (published.keys.status_page(&slug), published.keys.status_pages());
    let turn = published.keys.status_page_turn(&slug);
    let all = vec![document.clone(), list, turn.clone()];
    let () = published.redis.del(all).await.unwrap();
    published.anew().await;
    assert!(published.now(&slug).await.is_some() && published.is_listed(&slug).await);
    // Another pod has written since, with a later turn.
    let () = published
        .redis
        .set(&turn, i64::MAX, None, None, false)
        .await
        .unwrap();
    ada.patch(&path, json!({"title": "Late"})).await.expect(200);
    published.anew().await;
    assert_eq!(published.now(&slug).await.unwrap().title, "Acme");
    let () = published.redis.del(&turn).await.unwrap();
    published.anew().await;
    assert_eq!(published.now(&slug).await.unwrap().title, "Late");
    // Whose pages anybody may see are those that are public.
    let () = published
        .redis
        .srem(published.keys.status_pages(), &slug)
        .await
        .unwrap();
    published.anew().await;
    assert!(published.is_listed(&slug).await);
}

#[tokio::test]
async fn the_pages_of_a_suspended_organisation_are_not_there() {
    let service = with_pages(&[]).await;
    let ada = service.register().await;
    let slug = slug();
    page(&ada, &slug, &[]).await;
    let published = Published::of(&service).await;
    published.document(&slug, |_| true).await;
    let deletion = format!("/orgs/{}/deletion", ada.org);
    let name = ada.get(&format!("/orgs/{}", ada.org)).await.expect(200)["name"].clone();
    let body = json!({"current_password": "correct horse battery staple", "name": name});
    let suspended = ada.post(&deletion, body).await;
    assert!(suspended.status.is_success(), "{}", suspended.body);
    published.gone(&slug).await;
    let cancelled = ada.delete(&deletion).await;
    assert!(cancelled.status.is_success(), "{}", cancelled.body);
    published.document(&slug, |_| true).await;
}

#[tokio::test]
async fn maintenance_stands_on_the_pages_of_its_monitors() {
    let service = with_pages(&[]).await;
    let ada = service.register().await;
    let (shop, api) = (
        ada.monitor("https://a.example/").await,
        ada.monitor("https://b.example/").await,
    );
    let slug = slug();
    let made = page(&ada, &slug, &[shop, shop, api]).await;
    let path = format!("/status-pages/{}", made["id"]);
    let published = Published::of(&service).await;
    published
        .document(&slug, |document| document.maintenance.is_empty())
        .await;
    let now = shared::now();
    let at = |days: i64| now.plus_millis(days * DAY).to_string();
    let once =
        json!({"name": "New disks", "monitors": [shop], "repeat": "once", "from": at(1), "until": at(2)});
    let window = ada.post("/maintenance-windows", once).await.expect(201);
    let document = published
        .document(&slug, |document| !document.maintenance.is_empty())
        .await;
    let maintenance = &document.maintenance[0];
    assert_eq!(
        (maintenance.title.as_str(), json!(maintenance.window_id)),
        ("New disks", window["id"].clone())
    );
    let components = made["groups"][0]["components"].as_array().unwrap();
    assert_eq!(
        json!(maintenance.components),
        json!([components[0]["id"], components[1]["id"]])
    );
    let weekly = json!({"name": "Night", "repeat": "weekly", "weekday": "Sun", "from": "02:00:00", "minutes": 60,
                        "time_zone": "UTC"});
    ada.post("/maintenance-windows", weekly).await.expect(201);
    // Thirty days ahead, and none of the weeks before it was made.
    let document = published
        .document(&slug, |document| document.maintenance.len() >= 5)
        .await;
    assert!(document.maintenance.iter().all(|one| one.until > now));
    assert!(document.maintenance.is_sorted_by_key(|one| one.from));
    assert!(
        document
            .maintenance
            .iter()
            .filter(|one| one.title == "Night")
            .all(|one| one.components.len() == 3)
    );
    let last = document.maintenance.last().unwrap();
    assert!(last.from > now.plus_millis(20 * DAY) && last.from < now.plus_millis(31 * DAY));
    // It ends when the window is deleted, and when the page is to say nothing of it.
    ada.delete(&format!("/maintenance-windows/{}", window["id"]))
        .await
        .expect(204);
    published
        .document(&slug, |document| {
            document.maintenance.iter().all(|one| one.title == "Night")
        })
        .await;
    ada.patch(&path, json!({"show_maintenance": false}))
        .await
        .expect(200);
    published
        .document(&slug, |document| document.maintenance.is_empty())
        .await;
}

/// Three days and a half of results every five minutes, with the hours that they make: down over the midnight before
/// yesterday and some minutes of each day, degraded for an hour, a hole, a pause, and an edit after which results come
/// every ten minutes.
async fn history(service: &UserService, id: i64) {
    let mut sql = String::new();
    for day in 0..=3 {
        let (start, end) = (midnight(3 - day), midnight(2 - day));
        let name = start.to_datetime().format("%Y%m%d");
        sql += &format!(
            "CREATE TABLE check_results_{name} PARTITION OF check_results FOR VALUES FROM ('{start}') TO ('{end}');"
        );
    }
    let (from, edited) = (
        midnight(3).plus_millis(7 * HOUR),
        midnight(1).plus_millis(12 * HOUR),
    );
    let state = format!(
        "CASE WHEN at >= '{}' AND at < '{}' THEN 2 WHEN extract(minute FROM at) = 50 THEN 2
              WHEN extract(hour FROM at AT TIME ZONE 'UTC') = 9 THEN 1 ELSE 0 END",
        midnight(1).plus_millis(-20 * MINUTE),
        midnight(1).plus_millis(25 * MINUTE),
    );
    // A hole of two hours and a pause of three.
    let left_out = format!(
        "at >= '{}' AND at < '{}' OR at >= '{}' AND at < '{}'",
        midnight(2).plus_millis(3 * HOUR),
        midnight(2).plus_millis(5 * HOUR),
        midnight(1).plus_millis(15 * HOUR),
        midnight(1).plus_millis(18 * HOUR),
    );
    sql += &format!(
        "INSERT INTO check_results
         SELECT {id}, at, 1, 300000, 12, 80, {state}, 200, 1, 'default'
         FROM generate_series('{from}'::timestamptz, '{edited}'::timestamptz - interval '5 minutes', '5 minutes') AS at
         WHERE NOT ({left_out});
         INSERT INTO check_results
         SELECT {id}, at, 2, 600000, 12, 80, {state}, 200, 1, 'default'
         FROM generate_series('{edited}'::timestamptz, now(), '10 minutes') AS at WHERE NOT ({left_out});
         INSERT INTO rollups_hourly (monitor_id, hour, up_ms, degraded_ms, down_ms)
         SELECT {id}, date_trunc('hour', scheduled_at, 'UTC'),
                coalesce(sum(interval_ms) FILTER (WHERE state = 0), 0),
                coalesce(sum(interval_ms) FILTER (WHERE state = 1), 0),
                coalesce(sum(interval_ms) FILTER (WHERE state = 2), 0)
         FROM check_results WHERE monitor_id = {id} GROUP BY 2;
         UPDATE monitors SET created_at = '{from}' WHERE id = {id}"
    );
    service.db().await.batch_execute(&sql).await.unwrap();
}

fn days(document: &Document) -> &[Day] {
    &document.components().next().unwrap().days
}

#[tokio::test]
async fn the_days_of_a_component_add_up_to_the_uptime_of_its_monitor() {
    let service = with_pages(&[]).await;
    let ada = service.register().await;
    let id = ada.monitor("https://a.example/").await;
    history(&service, id).await;
    // Maintenance does not count, neither here nor there.
    let window = json!({"name": "Move", "monitors": [id], "repeat": "once", "from": midnight(2).to_string(),
                        "until": midnight(2).plus_millis(10 * HOUR).to_string()});
    ada.post("/maintenance-windows", window).await.expect(201);
    let slug = slug();
    let made = page(&ada, &slug, &[id]).await;
    let path = format!("/status-pages/{}", made["id"]);
    let published = Published::of(&service).await;
    for history_days in [4, 2, 1, 90] {
        ada.patch(&path, json!({"history_days": history_days}))
            .await
            .expect(200);
        let is = |document: &Document| days(document).len() == history_days as usize;
        let document = published.document(&slug, is).await;
        adds_up(&ada.get(&uptime(id, &document)).await.expect(200), &document);
        is_reported(&ada, &made, &document).await;
    }
    // The same, of what is kept in memory and read again in part; and once the monitor has another revision.
    published.anew().await;
    let document = published.now(&slug).await.unwrap();
    adds_up(&ada.get(&uptime(id, &document)).await.expect(200), &document);
    ada.patch(&format!("/monitors/{id}"), json!({"url": "https://b.example/"}))
        .await
        .expect(200);
    published.settled().await;
    let document = published.now(&slug).await.unwrap();
    adds_up(&ada.get(&uptime(id, &document)).await.expect(200), &document);
    is_reported(&ada, &made, &document).await;

    // Yesterday by hand: 25 minutes after midnight, the 50th minute of each hour but the pause, 5 minutes long until noon
    // and 10 after it.
    let yesterday = &days(&document)[88];
    assert_eq!(yesterday.date, midnight(1).to_datetime().date_naive());
    assert_eq!(yesterday.down_ms, (25 + 12 * 5 + 9 * 10) * MINUTE);
    assert_eq!(yesterday.degraded_ms, 55 * MINUTE);
    assert_eq!(yesterday.up_ms + yesterday.down_ms, 21 * HOUR);
    let before = &days(&document)[87];
    assert_eq!(
        before.down_ms,
        (20 - 5 + 22 * 5) * MINUTE,
        "20 minutes before midnight, of which five are those of the hour"
    );
    assert_eq!(
        before.up_ms + before.down_ms,
        22 * HOUR,
        "of the hole nothing is known"
    );
    let first = &days(&document)[86];
    assert_eq!(first.up_ms + first.down_ms, 17 * HOUR);
    assert!(
        days(&document)[..86]
            .iter()
            .all(|day| (day.up_ms, day.down_ms) == (0, 0))
    );
    let component = document.components().next().unwrap();
    assert!(matches!(component.monitor, Some(ComponentMonitor { id: monitor, .. }) if monitor.0 == id));
}

/// Requires that the SLA report of the page says the same to the millisecond: of all its days, and of each of the last
/// four.
async fn is_reported(person: &Person<'_>, page: &Value, document: &Document) {
    let days = days(document);
    let recent = days.len().saturating_sub(4)..days.len();
    for range in recent
        .map(|day| day..day + 1)
        .chain(std::iter::once(0..days.len()))
    {
        let (first, last) = (midnight_of(&days[range.start]), midnight_of(&days[range.end - 1]));
        let to = last.plus_millis(DAY).min(document.as_of);
        let body = json!({"period": {"from": first, "to": to}, "selection": {"status_page": page["id"]}});
        let report = person.post("/sla-reports/preview", body).await.expect(200);
        let figures = &report["total"]["all_time"];
        let of = |figure: &str| figures[figure].as_i64().unwrap();
        let sum = |of: fn(&Day) -> i64| days[range.clone()].iter().map(of).sum::<i64>();
        assert_eq!(
            (of("up_ms") + of("degraded_ms"), of("degraded_ms"), of("down_ms")),
            (
                sum(|day| day.up_ms),
                sum(|day| day.degraded_ms),
                sum(|day| day.down_ms)
            ),
            "{first} to {to}"
        );
    }
}

fn midnight_of(day: &Day) -> Timestamp {
    day.date.and_time(chrono::NaiveTime::MIN).and_utc().into()
}

/// Where the API says what the document says.
fn uptime(id: i64, document: &Document) -> String {
    format!(
        "/monitors/{id}/uptime?from={}&to={}",
        midnight_of(&days(document)[0]),
        document.as_of
    )
}

#[track_caller]
fn adds_up(answer: &Value, document: &Document) {
    let sum = |of: fn(&Day) -> i64| days(document).iter().map(of).sum::<i64>();
    let (up, down) = (sum(|day| day.up_ms), sum(|day| day.down_ms));
    let uptime = document.components().next().unwrap().uptime.unwrap();
    assert_eq!((uptime.up_ms, uptime.down_ms), (up, down));
    assert!(down > 0 || document.history_days == 1, "{document:?}");
    assert_eq!(answer["to"], document.as_of.to_string());
    assert_eq!(answer["downtime_seconds"], (down + 500) / 1_000);
    let ratio = (up + down > 0).then(|| up as f64 / (up + down) as f64);
    assert_eq!(answer["ratio"].as_f64(), ratio);
    let length = document
        .as_of
        .millis_since(answer["from"].as_str().unwrap().parse().unwrap());
    // What lies before the monitor was made does not belong to it.
    let length = length.min(document.as_of.millis_since(midnight(3).plus_millis(7 * HOUR)));
    assert_eq!(
        answer["coverage"].as_f64().unwrap(),
        (up + down) as f64 / length as f64
    );
}

#[tokio::test]
async fn of_a_component_without_a_monitor_nothing_is_known_before_it_was_added() {
    let service = with_pages(&[]).await;
    let ada = service.register().await;
    let slug = slug();
    let body = json!({"title": "Acme", "slug": slug, "groups": [{"components": [{"name": "Fax"}]}]});
    let made = ada.post("/status-pages", body).await.expect(201);
    let published = Published::of(&service).await;
    let document = published.document(&slug, |_| true).await;
    let since = |document: &Document| document.components().map(|one| one.since).collect::<Vec<_>>();
    let today = document.as_of.to_datetime().date_naive();
    assert_eq!(since(&document), [Some(today)]);

    let sql = "UPDATE components SET created_at = $1";
    let then = midnight(3);
    service
        .db()
        .await
        .execute(sql, &[&then.to_datetime()])
        .await
        .unwrap();
    let monitor = ada.monitor("https://a.example/").await;
    let fax = &made["groups"][0]["components"][0]["id"];
    let groups =
        json!([{"components": [{"id": fax, "name": "Telefax"}, {"name": "Desk"}, {"monitor_id": monitor}]}]);
    let path = format!("/status-pages/{}", made["id"]);
    ada.patch(&path, json!({"groups": groups})).await.expect(200);
    let document = published
        .document(&slug, |document| document.components().count() == 3)
        .await;
    assert_eq!(
        since(&document),
        [Some(then.to_datetime().date_naive()), Some(today), None],
        "what is renamed is as old as it was"
    );
    // The preview says the same of what is not saved.
    let look = ada.post(&format!("{path}/preview"), json!({})).await.expect(200);
    let html = look["html"].as_str().unwrap();
    for days in [
        "86 days without data",
        "89 days without data",
        "90 days without data",
    ] {
        assert!(html.contains(days), "{days}");
    }
}
