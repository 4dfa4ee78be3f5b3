//! SLA reports: their figures are those of the uptime of the same range, and what is kept of them stays.

mod history;
mod schedules;

use std::time::Duration;

use domain::Timestamp;
use http::{Method, Request};
use http_body_util::Full;
use serde_json::{Value, json};
use shared::http::client::ServiceClient;

use crate::common::pages::{page, slug};
use crate::common::scene::{key, member, monitor, scene};
use crate::common::{INTERNAL_KEY, Person, UserService};
use history::{DAY, Dice, at, incident, live, partitions, span};

async fn uptime(person: &Person<'_>, id: i64, (from, to): (Timestamp, Timestamp), more: &str) -> Value {
    let path = format!("/monitors/{id}/uptime?from={from}&to={to}{more}");
    person.get(&path).await.expect(200)
}

fn entry(report: &Value, id: i64) -> &Value {
    let monitors = report["monitors"].as_array().unwrap();
    monitors.iter().find(|one| one["id"] == id).unwrap()
}

/// Requires that a report says the same of a monitor as its uptime.
async fn agree(person: &Person<'_>, report: &Value, id: i64, range: (Timestamp, Timestamp)) {
    let found = entry(report, id);
    for (name, more) in [
        ("all_time", ""),
        ("without_maintenance", "&exclude_maintenance=true"),
    ] {
        let (figures, uptime) = (&found[name], uptime(person, id, range, more).await);
        for field in ["ratio", "coverage", "incidents"] {
            assert_eq!(
                figures[field], uptime[field],
                "{field} {name} of {id}: {found} {uptime}"
            );
        }
        let down = figures["down_ms"].as_i64().unwrap();
        assert_eq!(
            (down + 500) / 1_000,
            uptime["downtime_seconds"].as_i64().unwrap(),
            "{name}"
        );
        let sum: i64 = ["up_ms", "degraded_ms", "down_ms"]
            .map(|part| figures[part].as_i64().unwrap())
            .iter()
            .sum();
        let length = figures["length_ms"].as_i64().unwrap();
        assert!(sum <= length, "{figures}");
    }
}

async fn preview(person: &Person<'_>, period: Value, monitors: &[i64]) -> Value {
    let body = json!({"period": period, "selection": {"monitors": monitors}, "time_zone": "Europe/Berlin"});
    person.post("/sla-reports/preview", body).await.expect(200)
}

/// A monitor with results, a young one, a heartbeat, and one that was never measured; with maintenance and incidents.
async fn eventful(person: &Person<'_>) -> [i64; 4] {
    partitions(person).await;
    let [old, young, silent] = [
        person.monitor("https://old.example/").await,
        person.monitor("https://young.example/").await,
        person.monitor("https://silent.example/").await,
    ];
    live(person, old, span().start, 7).await;
    live(person, young, at("2025-10-28T10:23:45.678Z"), 11).await;
    let heartbeat = json!({"kind": "heartbeat", "name": "Backup"});
    let heartbeat = person.post("/monitors", heartbeat).await.expect(201)["id"]
        .as_i64()
        .unwrap();
    let db = person.service.db().await;
    let sql = "UPDATE monitors SET created_at = '2025-10-01' WHERE id = ANY($1)";
    db.execute(sql, &[&vec![silent, heartbeat]]).await.unwrap();
    let sql = "INSERT INTO heartbeat_spans VALUES ($1, $2, $3)";
    for (began, state) in [
        ("2025-10-02T03:00:00Z", "up"),
        ("2025-10-26T00:59:59.999Z", "down"),
        ("2025-10-26T01:00:00.001Z", "up"),
        ("2025-10-30T10:00:00Z", "unknown"),
        ("2025-10-30T12:00:00Z", "paused"),
        ("2025-10-31T12:00:00Z", "up"),
        ("2025-10-31T22:59:00Z", "down"),
        ("2025-10-31T23:30:00Z", "up"),
    ] {
        db.execute(sql, &[&heartbeat, &at(began).to_datetime(), &state])
            .await
            .unwrap();
    }
    for (from, until) in [
        ("2025-10-22T23:00:00Z", "2025-10-22T23:30:00.500Z"),
        ("2025-10-31T22:45:00Z", "2025-11-01T00:30:00Z"),
    ] {
        let body = json!({"name": "Move", "monitors": [old, heartbeat], "repeat": "once", "from": from, "until": until});
        person.post("/maintenance-windows", body).await.expect(201);
    }
    // By the clock on the wall, also on the night on which it is put back.
    let weekly = json!({"name": "Night", "monitors": [], "repeat": "weekly", "weekday": "Sun", "from": "02:30:00",
                        "minutes": 45, "time_zone": "Europe/Berlin"});
    person.post("/maintenance-windows", weekly).await.expect(201);
    let incidents = [
        (
            ("2025-10-22T22:40:00Z", Some("2025-10-23T00:20:00Z")),
            Some("2025-10-22T22:45:00Z"),
        ),
        (("2025-10-26T00:30:00Z", Some("2025-10-26T01:45:00Z")), None),
        (
            ("2025-10-31T22:50:00Z", Some("2025-11-01T00:10:00Z")),
            Some("2025-11-01T00:01:00Z"),
        ),
        (("2025-11-04T22:50:00Z", None), None),
    ];
    for (span, acknowledged) in incidents {
        incident(person, old, span, acknowledged).await;
    }
    [old, young, silent, heartbeat]
}

#[tokio::test]
async fn figures_are_those_of_the_uptime_of_the_same_range() {
    let service = UserService::start().await;
    let person = service.register().await;
    let monitors = eventful(&person).await;
    for (period, from, to) in [
        (
            json!({"month": "2025-10"}),
            "2025-09-30T22:00:00Z",
            "2025-10-31T23:00:00Z",
        ),
        (
            json!({"month": "2025-11"}),
            "2025-10-31T23:00:00Z",
            "2025-11-30T23:00:00Z",
        ),
        (
            json!({"quarter": "2025-Q4"}),
            "2025-09-30T22:00:00Z",
            "2025-12-31T23:00:00Z",
        ),
        (
            json!({"from": "2025-10-26", "to": "2025-10-27"}),
            "2025-10-25T22:00:00Z",
            "2025-10-26T23:00:00Z",
        ),
        // All of it is maintenance.
        (
            json!({"from": "2025-10-31T22:50:00Z", "to": "2025-11-01T00:20:00Z"}),
            "2025-10-31T22:50:00Z",
            "2025-11-01T00:20:00Z",
        ),
    ] {
        let report = preview(&person, period, &monitors).await;
        assert_eq!(
            (&report["period"]["from"], &report["period"]["to"]),
            (&json!(at(from)), &json!(at(to)))
        );
        assert_eq!(report["preliminary"], false);
        for id in monitors {
            agree(&person, &report, id, (at(from), at(to))).await;
        }
    }
    let mut dice = Dice::new(3);
    for _ in 0..12 {
        let from = at("2025-10-19T00:00:00Z").plus_millis(dice.below(16 * DAY));
        let to = from.plus_millis(1 + dice.below(6 * DAY));
        let report = preview(&person, json!({"from": from, "to": to}), &monitors).await;
        for id in monitors {
            agree(&person, &report, id, (from, to)).await;
        }
    }
    // All together are the sums.
    let report = preview(&person, json!({"month": "2025-10"}), &monitors).await;
    for figure in ["up_ms", "degraded_ms", "down_ms", "length_ms", "incidents"] {
        let of = |part: &Value| part["without_maintenance"][figure].as_i64().unwrap();
        let sum: i64 = report["monitors"].as_array().unwrap().iter().map(of).sum();
        assert_eq!(of(&report["total"]), sum, "{figure}");
    }
    assert_eq!(report["total"]["monitors_unmeasured"], 1);
    assert_eq!(entry(&report, monitors[2])["met"], Value::Null, "never measured");
    assert_eq!(
        entry(&report, monitors[1])["from"],
        "2025-10-28T10:23:45.678Z",
        "young"
    );
    // Nobody else's.
    let stranger = service.register().await;
    let body = json!({"period": {"month": "2025-10"}, "selection": {"monitors": [monitors[0]]}});
    let refused = stranger.post("/sla-reports/preview", body).await;
    assert_eq!(
        (refused.status.as_u16(), refused.fields()),
        (422, vec!["selection.monitors"])
    );
}

#[tokio::test]
async fn a_period_that_goes_on_is_preliminary_and_ends_now() {
    let service = UserService::start().await;
    let person = service.register().await;
    let id = person.monitor("https://a.example/").await;
    let before = shared::now();
    let period = json!({"from": before.plus_millis(-DAY), "to": before.plus_millis(DAY)});
    let report = preview(&person, period, &[id]).await;
    let to = at(entry(&report, id)["to"].as_str().unwrap());
    assert!(to >= before && to <= shared::now(), "{report}");
    assert_eq!(report["preliminary"], true);
}

#[tokio::test]
async fn a_target_is_decided_by_the_millisecond_and_times_are_of_their_own_incidents() {
    let service = UserService::start().await;
    let person = service.register().await;
    let id = person
        .post("/monitors", json!({"kind": "heartbeat", "name": "Job"}))
        .await
        .expect(201)["id"]
        .as_i64()
        .unwrap();
    let db = service.db().await;
    let sql = format!(
        "UPDATE monitors SET created_at = '2025-09-01' WHERE id = {id};
         INSERT INTO heartbeat_spans VALUES ({id}, '2025-10-01', 'up'), ({id}, '2025-10-10T12:00:00Z', 'down'),
                                            ({id}, '2025-10-10T12:14:24Z', 'up')"
    );
    db.batch_execute(&sql).await.unwrap();
    incident(
        &person,
        id,
        ("2025-10-10T12:00:00Z", Some("2025-10-10T12:14:24Z")),
        Some("2025-10-10T12:01:05Z"),
    )
    .await;
    // Ten days of 86,400,000 ms allow 864,000 ms at 99.9 %: 14 min 24 s.
    let of = async |from: &str, target: f64| {
        let body = json!({"period": {"from": from, "to": "2025-10-11T00:00:00Z"}, "selection": {"monitors": [id]}, "target": target});
        let report = person.post("/sla-reports/preview", body).await.expect(200);
        entry(&report, id).clone()
    };
    let exact = of("2025-10-01T00:00:00Z", 99.9).await;
    assert_eq!(
        exact["budget"],
        json!({"allowed_ms": 864_000, "used_ms": 864_000, "left_ms": 0})
    );
    assert_eq!(
        (&exact["met"], &exact["without_maintenance"]["percent"]),
        (&json!(true), &json!("99.900"))
    );
    let missed = of("2025-10-01T00:00:01Z", 99.9).await;
    assert_eq!(
        (&missed["met"], &missed["without_maintenance"]["percent"]),
        (&json!(false), &json!("99.899"))
    );
    assert_eq!(missed["budget"]["left_ms"], -1);
    assert_eq!(of("2025-10-01T00:00:01Z", 99.8999).await["met"], true);
    assert_eq!(exact["mtta"], json!({"mean_ms": 65_000, "incidents": 1}));
    assert_eq!(exact["mttr"], json!({"mean_ms": 864_000, "incidents": 1}));
    let listed = &exact["incidents"][0];
    assert_eq!(
        (&listed["cause"], &listed["acknowledged_by"]),
        (&json!("connect_timeout"), &json!("Eve Secret"))
    );
}

#[tokio::test]
async fn response_times_are_of_the_hours_of_the_period() {
    let service = UserService::start().await;
    let person = service.register().await;
    let ids = [
        person.monitor("https://a.example/").await,
        person.monitor("https://b.example/").await,
    ];
    let db = service.db().await;
    // Buckets 40 (44 ms) and 60 (298 ms). Berlin's day of the 2nd: an hour of the 1st in UTC, and 23 of the 2nd.
    for (hour, buckets, counts, min, max) in [
        ("2025-11-01T22:00:00Z", [80i16], [1_000i32], 1_900i32, 2_100i32),
        ("2025-11-01T23:00:00Z", [40], [90], 43, 45),
        ("2025-11-02T22:00:00Z", [60], [10], 290, 300),
        ("2025-11-02T23:00:00Z", [80], [1_000], 1_900, 2_100),
    ] {
        let sql = "INSERT INTO rollups_hourly (monitor_id, hour, up_ms, latency_buckets, latency_counts, latency_min_ms, latency_max_ms)
                   VALUES ($1, $2, 3600000, $3, $4, $5, $6)";
        let hour = at(hour).to_datetime();
        db.execute(
            sql,
            &[
                &ids[0],
                &hour,
                &buckets.as_slice(),
                &counts.as_slice(),
                &min,
                &max,
            ],
        )
        .await
        .unwrap();
    }
    db.execute("UPDATE monitors SET created_at = '2025-10-01'", &[])
        .await
        .unwrap();
    let day = json!({"from": "2025-11-02", "to": "2025-11-03"});
    let report = preview(&person, day.clone(), &ids).await;
    let latency = &entry(&report, ids[0])["latency"];
    let of = |name: &str| latency[name].as_f64().unwrap();
    assert!(
        (of("p50_ms") - 44.0).abs() < 3.0 && (of("p99_ms") - 295.0).abs() < 10.0,
        "{latency}"
    );
    assert_eq!(entry(&report, ids[1])["latency"], Value::Null);
    assert_eq!(report["total"]["latency"], *latency);
    // A day (UTC) that lies in the period whole is one row, its hours are not looked at.
    let sql = "INSERT INTO rollups_daily SELECT $1::bigint, '2025-11-02'::date, 1, 0, 0, 0, 1, 0, 0, 1, 1, 500, 520, '{66}', '{7}'";
    db.execute(sql, &[&ids[0]]).await.unwrap();
    let report = preview(
        &person,
        json!({"from": "2025-11-02T00:00:00Z", "to": "2025-11-03T00:00:00Z"}),
        &ids,
    )
    .await;
    let p50 = entry(&report, ids[0])["latency"]["p50_ms"].as_f64().unwrap();
    assert!((500.0..=520.0).contains(&p50), "{p50}");
    let again = preview(&person, day, &ids).await;
    assert_eq!(&entry(&again, ids[0])["latency"], latency);
}

#[tokio::test]
async fn a_report_stays_as_it_was_made() {
    let service = UserService::start().await;
    let person = service.register().await;
    let monitors = eventful(&person).await;
    let body = json!({"name": "Shop", "period": {"month": "2025-10"}, "selection": {"monitors": monitors},
                      "time_zone": "Europe/Berlin", "target": 99.95, "exclude_maintenance": false});
    let key = [("idempotency-key", "k")];
    let made = person
        .call_with(Method::POST, "/sla-reports", &body.to_string(), &key)
        .await
        .expect(201);
    let again = person
        .call_with(Method::POST, "/sla-reports", &body.to_string(), &key)
        .await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(again.expect(201), made);
    let path = format!("/sla-reports/{}", made["id"]);
    let kept = person.get(&path).await.expect(200);
    assert_eq!(kept, made);
    assert_eq!(kept["method"]["version"], 1);
    let db = service.db().await;
    db.batch_execute(
        "DELETE FROM rollups_hourly; DELETE FROM heartbeat_spans; UPDATE monitors SET name = 'Other'",
    )
    .await
    .unwrap();
    person
        .delete(&format!("/monitors/{}", monitors[0]))
        .await
        .expect(204);
    assert_eq!(person.get(&path).await.expect(200), kept);
    // Who acknowledged is not a part of it.
    let sql = "SELECT content::text FROM sla_reports";
    let stored: String = db.query_one(sql, &[]).await.unwrap().get(0);
    assert!(!stored.contains("Eve"), "{stored}");
    db.batch_execute("UPDATE incident_acknowledgements SET by_name = 'deleted user #7'")
        .await
        .unwrap();
    assert!(
        person
            .get(&path)
            .await
            .expect(200)
            .to_string()
            .contains("deleted user #7")
    );

    let listed = person.get("/sla-reports").await.items();
    assert_eq!(
        (listed.len(), &listed[0]["name"], &listed[0]["monitors"]),
        (1, &json!("Shop"), &json!(4))
    );
    assert_eq!(listed[0]["percent"], made["total"]["all_time"]["percent"]);
    let stranger = service.register().await;
    stranger.get(&path).await.expect(404);
    stranger.delete(&path).await.expect(404);
    stranger.get(&format!("{path}/file?format=csv")).await.expect(404);
    person.delete(&path).await.expect(204);
    person.get(&path).await.expect(404);
    assert_eq!(service.count("audit_log WHERE resource = 'sla_report'").await, 2);
}

#[tokio::test]
async fn there_are_at_most_five_hundred_and_they_come_in_pages() {
    let service = UserService::start().await;
    let person = service.register().await;
    let id = person.monitor("https://a.example/").await;
    let body = json!({"period": {"month": "2025-10"}, "selection": {"monitors": [id]}});
    person.post("/sla-reports", body.clone()).await.expect(201);
    let fill = "INSERT INTO sla_reports (org_id, period_from, monitors, format, head, content)
                SELECT org_id, period_from, monitors, format, head, content FROM sla_reports, generate_series(1, 498)";
    service.db().await.batch_execute(fill).await.unwrap();
    let (one, two) = tokio::join!(
        person.post("/sla-reports", body.clone()),
        person.post("/sla-reports", body.clone())
    );
    let mut statuses = [one.status.as_u16(), two.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409]);
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = person
            .get(&format!("/sla-reports?limit=200{cursor}"))
            .await
            .expect(200);
        seen.extend(
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|one| one["id"].as_i64().unwrap()),
        );
        let Some(next) = page["next_cursor"].as_str() else {
            break;
        };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen.len(), 500);
    assert!(seen.windows(2).all(|pair| pair[0] > pair[1]), "the latest first");
}

/// The bytes of a file, with their media type and how they are to be saved.
async fn file(person: &Person<'_>, report: &Value, format: &str) -> (String, String, Vec<u8>) {
    let url = format!(
        "{}/api/v1/sla-reports/{}/file?format={format}",
        person.service.url, report["id"]
    );
    let request = Request::builder()
        .uri(url)
        .header("x-internal-key", INTERNAL_KEY)
        .header("x-user-id", person.user)
        .header("x-org-id", person.org)
        .header("x-role", "viewer")
        .body(Full::from(""))
        .unwrap();
    let client = ServiceClient::new(Duration::from_secs(20)).with_max_answer(8 * 1024 * 1024);
    let (head, body) = client.send(request).await.unwrap().into_parts();
    assert_eq!(head.status, 200, "{}", String::from_utf8_lossy(&body));
    let header = |name: &str| head.headers[name].to_str().unwrap().to_owned();
    (
        header("content-type"),
        header("content-disposition"),
        body.to_vec(),
    )
}

#[tokio::test]
async fn files_have_the_figures_and_nothing_that_runs_or_names_people() {
    let service = UserService::start().await;
    let person = service.register().await;
    let name = r#"=cmd|'/c calc'!A1<script>alert("1")</script>"#;
    let body = json!({"kind": "heartbeat", "name": name});
    let id = person.post("/monitors", body).await.expect(201)["id"]
        .as_i64()
        .unwrap();
    let sql = format!(
        "UPDATE monitors SET created_at = '2025-09-01';
         INSERT INTO heartbeat_spans VALUES ({id}, '2025-10-01', 'up'), ({id}, '2025-10-10T12:00:00Z', 'down'),
                                            ({id}, '2025-10-10T13:00:00Z', 'up')"
    );
    service.db().await.batch_execute(&sql).await.unwrap();
    incident(
        &person,
        id,
        ("2025-10-10T12:00:00Z", Some("2025-10-10T13:00:00Z")),
        Some("2025-10-10T12:01:00Z"),
    )
    .await;
    let body =
        json!({"name": "+Q/../\"x\"", "period": {"month": "2025-10"}, "selection": {"monitors": [id]}});
    let report = person.post("/sla-reports", body).await.expect(201);
    let percent = report["total"]["all_time"]["percent"].as_str().unwrap();
    for (format, media_type) in [
        ("html", "text/html; charset=utf-8"),
        ("csv", "text/csv; charset=utf-8; header=present"),
        ("pdf", "application/pdf"),
        ("json", "application/json"),
    ] {
        let (found, disposition, bytes) = file(&person, &report, format).await;
        assert_eq!(found, media_type);
        assert_eq!(
            disposition,
            format!("attachment; filename=\"sla-report-q-x.{format}\"")
        );
        let text = String::from_utf8_lossy(&bytes);
        assert!(!text.contains("Eve"), "{format}: people are not named outside");
        match format {
            "pdf" => assert!(bytes.starts_with(b"%PDF-"), "{format}"),
            "html" => assert!(text.contains(percent) && !text.contains("<script"), "{text}"),
            "csv" => assert!(text.contains(percent) && text.contains("\"'=cmd|"), "{text}"),
            _ => {
                let value: Value = serde_json::from_slice(&bytes).unwrap();
                assert_eq!(value["total"], report["total"]);
            }
        }
    }
    let path = format!("/sla-reports/{}/file", report["id"]);
    person.get(&path).await.expect(400);
    person.get(&format!("{path}?format=docx")).await.expect(400);
}

#[tokio::test]
async fn who_is_narrowed_sees_and_makes_reports_of_what_is_inside() {
    let service = UserService::start().await;
    let scene = scene(&service).await;
    let owner = &scene.owner;
    let make = async |selection: Value| {
        let body = json!({"period": {"month": "2025-10"}, "selection": selection});
        owner.post("/sla-reports", body).await.expect(201)["id"].clone()
    };
    let inside = make(json!({"monitors": [scene.inside.monitor]})).await;
    let outside = make(json!({"monitors": [scene.outside.monitor]})).await;
    let both = make(json!({"monitors": [scene.inside.monitor, scene.outside.monitor]})).await;
    let page = page(owner, &slug(), &[scene.inside.monitor]).await["id"].clone();
    let of_page = make(json!({"status_page": page})).await;
    for caller in [member(&scene).await, key(&scene).await] {
        let listed = caller.get("/sla-reports").await.items();
        let listed: Vec<_> = listed.iter().map(|one| &one["id"]).collect();
        assert_eq!(listed, [&of_page, &inside]);
        for hidden in [&outside, &both] {
            let path = format!("/sla-reports/{hidden}");
            caller.get(&path).await.expect(404);
            caller.get(&format!("{path}/file?format=csv")).await.expect(404);
            caller.call(Method::DELETE, &path, "").await.expect(404);
        }
        caller.get(&format!("/sla-reports/{inside}")).await.expect(200);
        // Of a tag, what is seen of it.
        let shared_tag = monitor(owner, &["payments", "eu"]).await;
        monitor(owner, &["search", "eu"]).await;
        let body = |selection: Value| json!({"period": {"month": "2025-10"}, "selection": selection});
        let report = caller
            .post("/sla-reports/preview", body(json!({"tag": "EU"})))
            .await
            .expect(200);
        let of: Vec<_> = report["monitors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["id"].clone())
            .collect();
        assert!(
            of.contains(&json!(shared_tag)) && !of.contains(&json!(scene.outside.monitor)),
            "{of:?}"
        );
        for selection in [
            json!({"tag": "search"}),
            json!({"monitors": [scene.outside.monitor]}),
            json!({"status_page": page}),
        ] {
            let refused = caller.post("/sla-reports", body(selection)).await;
            assert_eq!(refused.status, 422, "{}", refused.body);
        }
        let own = caller
            .post("/sla-reports", body(json!({"tag": "payments"})))
            .await
            .expect(201);
        caller
            .call(Method::DELETE, &format!("/sla-reports/{}", own["id"]), "")
            .await
            .expect(204);
        caller.get("/sla-schedules").await.expect(403);
    }
}

#[tokio::test]
async fn bad_requests_are_refused_by_their_fields() {
    let service = UserService::start().await;
    let person = service.register().await;
    let id = person.monitor("https://a.example/").await;
    let without = page(&person, &slug(), &[]).await;
    let stranger = service.register().await;
    let their_monitor = stranger.monitor("https://b.example/").await;
    let theirs = page(&stranger, &slug(), &[their_monitor]).await["id"].clone();
    for (field, value, named) in [
        ("period", json!({}), "period"),
        ("period", json!({"month": "2025-13"}), "period.month"),
        (
            "period",
            json!({"from": "2025-10-02", "to": "2025-10-01"}),
            "period.to",
        ),
        ("period", json!({"month": "2099-01"}), "period.month"),
        (
            "selection",
            json!({"monitors": [id, 99_999]}),
            "selection.monitors",
        ),
        ("selection", json!({"tag": "none"}), "selection.tag"),
        (
            "selection",
            json!({"status_page": theirs}),
            "selection.status_page",
        ),
        (
            "selection",
            json!({"status_page": without["id"]}),
            "selection.status_page",
        ),
        ("target", json!(99.99999), "target"),
        ("time_zone", json!("Berlin"), "time_zone"),
    ] {
        let mut body = json!({"period": {"month": "2025-10"}, "selection": {"monitors": [id]}});
        body[field] = value;
        for path in ["/sla-reports", "/sla-reports/preview"] {
            let refused = person.post(path, body.clone()).await;
            assert_eq!(
                (refused.status.as_u16(), refused.fields()),
                (422, vec![named]),
                "{}",
                refused.body
            );
        }
    }
    assert_eq!(service.count("sla_reports").await, 0);
    let of_many = format!(
        "INSERT INTO incidents (id, monitor_id, org_id, revision, started_at, resolved_at, close_reason)
         SELECT gen_random_uuid(), {id}, {}, 1, at, at + interval '1 second', 'recovered'
         FROM generate_series('2025-10-01'::timestamptz, '2025-10-30'::timestamptz, interval '41 seconds') AS at",
        person.org
    );
    service
        .db()
        .await
        .batch_execute("UPDATE monitors SET created_at = '2025-09-01'")
        .await
        .unwrap();
    service.db().await.batch_execute(&of_many).await.unwrap();
    let body = json!({"period": {"month": "2025-10"}, "selection": {"monitors": [id]}});
    let refused = person.post("/sla-reports/preview", body).await;
    assert_eq!(
        (refused.status.as_u16(), refused.fields()),
        (422, vec!["selection"])
    );
    let few = json!({"period": {"from": "2025-10-01", "to": "2025-10-08"}, "selection": {"monitors": [id]}});
    let report = person.post("/sla-reports/preview", few).await.expect(200);
    let found = entry(&report, id);
    assert_eq!(found["incidents"].as_array().unwrap().len(), 1_000, "the longest");
    let counted = found["all_time"]["incidents"].as_i64().unwrap();
    assert_eq!(found["incidents_left_out"].as_i64().unwrap(), counted - 1_000);
}
