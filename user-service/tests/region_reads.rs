//! Monitors that several regions check: what the processor has stored of them, as the API shows it.

use std::collections::BTreeMap;

use crate::common::{Person, UserService};
use domain::fold::{MonitorState, State, Vote, Voted, Votes};
use domain::{Needed, Quorum, Timestamp};
use serde_json::{Value, json};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// Somebody with a monitor that is 100 days old.
async fn monitor(service: &UserService) -> (Person<'_>, i64) {
    let person = service.register().await;
    let id = person.monitor("https://a.example/").await;
    let sql = format!(
        "CREATE TABLE check_results_all PARTITION OF check_results DEFAULT;
         CREATE TABLE check_errors_all PARTITION OF check_errors DEFAULT;
         UPDATE monitors SET created_at = now() - interval '100 days' WHERE id = {id}"
    );
    service.db().await.batch_execute(&sql).await.unwrap();
    (person, id)
}

/// A full hour, two hours ago at least, so that all that these tests write lies in the past.
fn hour() -> Timestamp {
    let now = shared::now().as_millis();
    Timestamp::from_millis((now.div_euclid(HOUR) - 2) * HOUR)
}

/// A result of a region each minute from `from` on, of revision 1; of each letter of `states` one: `u`p, `s`low, `d`own,
/// or none.
async fn results(service: &UserService, monitor: i64, region: &str, from: Timestamp, states: &str) {
    let mut rows = Vec::new();
    for (n, state) in states.chars().enumerate() {
        let (state, latency) = match state {
            'u' => (0, 80),
            's' => (1, 900),
            'd' => (2, 5_000),
            _ => continue,
        };
        let slot = from.plus_millis(n as i64 * MINUTE);
        rows.push(format!(
            "({monitor}, '{slot}', 1, 60000, 5, {latency}, {state}, 200, 1, '{region}')"
        ));
    }
    let sql = format!(
        "INSERT INTO check_results (monitor_id, scheduled_at, revision, interval_ms, delay_ms, latency_ms, state,
                                    status_code, attempts, region)
         VALUES {}",
        rows.join(",")
    );
    service.db().await.batch_execute(&sql).await.unwrap();
}

/// The minute of each result, and its region.
fn places(items: &[Value], from: Timestamp) -> Vec<(i64, &str)> {
    let place = |item: &'_ Value| {
        let at: Timestamp = item["scheduled_at"].as_str().unwrap().parse().unwrap();
        at.millis_since(from) / MINUTE
    };
    items
        .iter()
        .map(|item| (place(item), item["region"].as_str().unwrap()))
        .collect()
}

#[tokio::test]
async fn results_of_one_region_are_read_page_by_page() {
    let service = UserService::start().await;
    let (person, id) = monitor(&service).await;
    let from = hour();
    results(&service, id, "ap", from, "uuuu").await;
    results(&service, id, "eu", from, "udsu").await;
    let sql = format!(
        "INSERT INTO check_errors VALUES ({id}, '{at}', 'eu', 'read_timeout', 'no answer'),
                                         ({id}, '{at}', 'ap', 'tls_expired', 'of another region');
         INSERT INTO skipped_slots VALUES ({id}, '{first}', '{last}', 60000, 2, 'egress', 'eu'),
                                          ({id}, '{first}', '{last}', 60000, 2, 'overload', 'ap')",
        at = from.plus_millis(MINUTE),
        first = from.plus_millis(4 * MINUTE),
        last = from.plus_millis(5 * MINUTE),
    );
    service.db().await.batch_execute(&sql).await.unwrap();

    let path = format!("/monitors/{id}/results");
    let all = person.get(&path).await.items();
    assert_eq!(all.len(), 12, "both regions'");
    assert_eq!(places(&all[..2], from), [(5, "eu"), (5, "ap")]);
    let of_eu = person.get(&format!("{path}?region=eu")).await.items();
    let expected = [(5, "eu"), (4, "eu"), (3, "eu"), (2, "eu"), (1, "eu"), (0, "eu")];
    assert_eq!(places(&of_eu, from), expected);
    assert_eq!(
        (&of_eu[4]["state"], &of_eu[4]["error"]),
        (&json!("down"), &json!("no answer"))
    );

    let first = person.get(&format!("{path}?region=eu&limit=4")).await.expect(200);
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = person
        .get(&format!("{path}?region=eu&limit=4&cursor={cursor}"))
        .await;
    let rest = rest.expect(200);
    assert_eq!(rest["items"].as_array().unwrap()[..], of_eu[4..]);
    assert!(rest["next_cursor"].is_null());

    let of_none = person.get(&format!("{path}?region=us")).await.items();
    assert!(of_none.is_empty());
    for wrong in ["", "%C3%BC", &"a".repeat(33)] {
        let answer = person.get(&format!("{path}?region={wrong}")).await;
        assert_eq!(answer.fields(), ["region"], "{wrong}");
        answer.expect(422);
    }
    let stranger = service.register().await;
    stranger.get(&format!("{path}?region=eu")).await.expect(404);
}

#[tokio::test]
async fn a_region_without_results_is_not_looked_for_through_all_those_of_others() {
    let service = UserService::start().await;
    let (person, id) = monitor(&service).await;
    let from = hour();
    let long_ago = from.plus_millis(-2 * 24 * HOUR);
    results(&service, id, "ap", long_ago, "uu").await;
    let others = format!(
        "INSERT INTO check_results (monitor_id, scheduled_at, revision, interval_ms, delay_ms, latency_ms, state,
                                    status_code, attempts, region)
         SELECT {id}, timestamptz '{from}' - n * interval '1 second', 1, 1000, 5, 80, 0, 200, 1, 'eu'
         FROM generate_series(1, 100000) AS n;
         INSERT INTO skipped_slots VALUES ({id}, '{first}', '{first}', 60000, 1, 'egress', 'ap')",
        first = long_ago.plus_millis(2 * MINUTE),
    );
    service.db().await.batch_execute(&others).await.unwrap();

    let path = format!("/monitors/{id}/results?region=ap");
    let first = person.get(&path).await.expect(200);
    assert_eq!(first["items"], json!([]));
    let cursor = first["next_cursor"].as_str().unwrap();
    let rest = person.get(&format!("{path}&cursor={cursor}")).await.expect(200);
    let items = rest["items"].as_array().unwrap();
    assert_eq!(places(items, long_ago), [(2, "ap"), (1, "ap"), (0, "ap")]);
    assert!(rest["next_cursor"].is_null());
    // Not so far that anybody has to count.
    let near = format!("{path}&from={}", from.plus_millis(-HOUR));
    let near = person.get(&near).await.expect(200);
    assert_eq!((&near["items"], &near["next_cursor"]), (&json!([]), &Value::Null));
    let of_eu = person
        .get(&format!("/monitors/{id}/results?region=eu&limit=3"))
        .await;
    assert_eq!(of_eu.expect(200)["items"].as_array().unwrap().len(), 3);
}

/// How many checks a series has in each state, skipped slots last.
fn counts(buckets: &Value) -> [i64; 4] {
    let buckets = buckets.as_array().unwrap();
    let sum = |field: &str| -> i64 { buckets.iter().map(|bucket| bucket[field].as_i64().unwrap()).sum() };
    ["up", "degraded", "down", "skipped"].map(sum)
}

#[tokio::test]
async fn an_hour_is_drawn_region_by_region() {
    let service = UserService::start().await;
    let (person, id) = monitor(&service).await;
    let from = hour();
    let until = from.plus_millis(20 * MINUTE);
    results(&service, id, "ap", from, &"u".repeat(20)).await;
    results(&service, id, "eu", from, "uuuuuuuuuuddddd").await;
    // One that reaches into the range and is another region's.
    results(&service, id, "us", from.plus_millis(-MINUTE), "s").await;
    let sql = format!(
        "UPDATE check_results SET interval_ms = 180000 WHERE region = 'us';
         INSERT INTO skipped_slots VALUES ({id}, '{}', '{}', 60000, 5, 'egress', 'eu')",
        from.plus_millis(15 * MINUTE),
        from.plus_millis(19 * MINUTE),
    );
    service.db().await.batch_execute(&sql).await.unwrap();

    let path = format!("/monitors/{id}/series?from={from}&to={until}&points=10");
    let whole = person.get(&path).await.expect(200);
    assert!(whole.get("regions").is_none(), "nobody has asked");
    let of_eu = person.get(&format!("{path}&region=eu")).await.expect(200);
    assert_eq!(counts(&of_eu["buckets"]), [10, 0, 5, 5]);
    let buckets = of_eu["buckets"].as_array().unwrap();
    let ratios: Vec<_> = buckets.iter().map(|bucket| &bucket["availability"]).collect();
    assert_eq!(of_eu["bucket_seconds"], 120);
    assert_eq!(ratios[..5], [&json!(1.0); 5]);
    assert_eq!(ratios[5..7], [&json!(0.0); 2]);
    assert_eq!(ratios[7], &json!(0.0), "a minute of it");
    assert_eq!(ratios[8..], [&Value::Null; 2]);
    assert_eq!(
        (&buckets[0]["coverage"], &buckets[7]["coverage"]),
        (&json!(1.0), &json!(0.5))
    );

    let all = person.get(&format!("{path}&by_region=true")).await.expect(200);
    assert_eq!(all["buckets"], whole["buckets"]);
    let regions = all["regions"].as_array().unwrap();
    let names: Vec<_> = regions
        .iter()
        .map(|one| one["region"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["ap", "eu", "us"]);
    assert_eq!(counts(&regions[0]["points"]), [20, 0, 0, 0]);
    assert_eq!(regions[1]["points"], of_eu["buckets"]);
    assert_eq!(counts(&regions[2]["points"]), [0; 4], "it was before");
    assert_eq!(regions[2]["points"][0]["availability"], json!(1.0), "and stands");
    for one in regions {
        assert_eq!(one["points"].as_array().unwrap().len(), 10);
    }
    let of_none = person.get(&format!("{path}&region=af")).await.expect(200);
    assert_eq!(counts(&of_none["buckets"]), [0; 4]);
    assert_eq!(of_none["buckets"].as_array().unwrap().len(), 10);
}

#[tokio::test]
async fn what_is_asked_of_regions_is_bounded() {
    let service = UserService::start().await;
    let (person, id) = monitor(&service).await;
    let from = hour();
    let until = from.plus_millis(4 * MINUTE);
    // A producer of its own names regions as it likes.
    for n in 0..20 {
        let states = if n < 4 { "u" } else { "uu" };
        results(&service, id, &format!("r{n:02}"), from, states).await;
    }
    let path = format!("/monitors/{id}/series?from={from}&to={until}&by_region=true");
    let all = person.get(&path).await.expect(200);
    let regions = all["regions"].as_array().unwrap();
    let names: Vec<_> = regions
        .iter()
        .map(|one| one["region"].as_str().unwrap())
        .collect();
    let expected: Vec<_> = (4..20).map(|n| format!("r{n:02}")).collect();
    assert_eq!(names, expected, "those with the most results");

    let long = shared::now().plus_millis(-121 * 24 * HOUR);
    let longest = shared::now().plus_millis(-119 * 24 * HOUR);
    let series = format!("/monitors/{id}/series");
    for (query, fields) in [
        (format!("from={long}&by_region=true"), vec!["by_region"]),
        ("region=eu&by_region=true".to_owned(), vec!["by_region"]),
        ("region=&points=1".to_owned(), vec!["points", "region"]),
    ] {
        let answer = person.get(&format!("{series}?{query}")).await;
        assert_eq!(answer.fields(), fields, "{query}");
        answer.expect(422);
    }
    person.get(&format!("{series}?by_region=maybe")).await.expect(400);
    let far = person
        .get(&format!("{series}?from={longest}&by_region=true"))
        .await;
    assert!(far.expect(200)["regions"].is_array());
    let uptime = person.get(&format!("/monitors/{id}/uptime?region=a%20b")).await;
    assert_eq!(uptime.fields(), ["region"]);
    uptime.expect(422);
    let stranger = service.register().await;
    for path in [&path, &format!("/monitors/{id}/uptime?region=eu")] {
        stranger.get(path).await.expect(404);
    }
}

/// Two of three regions decide, and so many have to be heard of.
fn quorum() -> Quorum {
    Quorum {
        regions: ["ap", "eu", "us"].map(str::to_owned).to_vec(),
        down: Needed::Regions(2),
        min_regions: 2,
    }
}

/// Has all results that there are decide by that.
async fn decided(service: &UserService, monitor: i64, from: Timestamp) {
    let sql = format!(
        "UPDATE check_results SET by_quorum = true;
         INSERT INTO monitor_quorums VALUES ({monitor}, 1, '{}', '{from}', 60000)",
        json!(quorum())
    );
    service.db().await.batch_execute(&sql).await.unwrap();
}

/// An hour of the monitor, and what its regions found in it: minutes up and down.
async fn counted(
    service: &UserService,
    monitor: i64,
    hour: Timestamp,
    joint: (i64, i64),
    regions: &[(&str, i64, i64)],
) {
    let mut sql = format!(
        "INSERT INTO rollups_hourly (monitor_id, hour, up, down, up_ms, down_ms)
         VALUES ({monitor}, '{hour}', {up}, {down}, {up} * 60000, {down} * 60000);",
        up = joint.0,
        down = joint.1,
    );
    for (region, up, down) in regions {
        sql += &format!(
            "INSERT INTO rollups_hourly_by_region (monitor_id, hour, region, up, down, up_ms, down_ms)
             VALUES ({monitor}, '{hour}', '{region}', {up}, {down}, {up} * 60000, {down} * 60000);"
        );
    }
    service.db().await.batch_execute(&sql).await.unwrap();
}

#[track_caller]
fn is(uptime: &Value, down_minutes: i64, of_minutes: i64, coverage: f64) {
    let close = |field: &str, expected: f64| {
        let value = uptime[field].as_f64().unwrap();
        assert!(
            (value - expected).abs() < 1e-9,
            "{field} of {uptime} is not {expected}"
        );
    };
    close("ratio", 1.0 - down_minutes as f64 / of_minutes as f64);
    close("coverage", coverage);
    assert_eq!(uptime["downtime_seconds"], down_minutes * 60, "{uptime}");
}

/// Minutes 0 to 5: all are up. To 10: two are down. To 15: one is. To 20: one is heard of.
async fn twenty_minutes(service: &UserService, monitor: i64, from: Timestamp) {
    results(service, monitor, "ap", from, &"u".repeat(20)).await;
    results(service, monitor, "eu", from, "uuuuudddddddddd").await;
    results(service, monitor, "us", from, "uuuuuddddduuuuu").await;
    decided(service, monitor, from).await;
}

#[tokio::test]
async fn uptime_is_what_regions_say_together_and_that_of_one_what_it_says() {
    let service = UserService::start().await;
    let (person, id) = monitor(&service).await;
    let from = hour();
    let until = from.plus_millis(20 * MINUTE);
    twenty_minutes(&service, id, from).await;
    let regions = [("ap", 60, 0), ("eu", 30, 30), ("us", 50, 10)];
    counted(&service, id, from.plus_millis(-HOUR), (55, 5), &regions).await;
    counted(&service, id, from.plus_millis(-2 * HOUR), (60, 0), &regions[..1]).await;
    let sql = format!(
        r#"INSERT INTO incidents (id, monitor_id, org_id, revision, started_at, resolved_at, close_reason, regions)
           VALUES (gen_random_uuid(), {id}, {org}, 1, '{down}', '{up}', 'recovered',
                   '{{"down": ["eu", "us"], "up": ["ap"], "absent": []}}'),
                  (gen_random_uuid(), {id}, {org}, 1, '{before}', '{before}', 'recovered', NULL)"#,
        org = person.org,
        down = from.plus_millis(5 * MINUTE),
        up = from.plus_millis(10 * MINUTE),
        before = from.plus_millis(-5 * HOUR),
    );
    service.db().await.batch_execute(&sql).await.unwrap();

    let uptime = async |from: Timestamp, more: &str| {
        let path = format!("/monitors/{id}/uptime?from={from}&to={until}{more}");
        person.get(&path).await.expect(200)
    };
    // Of results alone.
    let joint = uptime(from, "").await;
    is(&joint, 5, 15, 0.75);
    assert_eq!(joint["incidents"], 1);
    for (region, down, of, incidents) in [("ap", 0, 20, 0), ("eu", 10, 15, 1), ("us", 5, 15, 1)] {
        let of_one = uptime(from, &format!("&region={region}")).await;
        is(&of_one, down, of, of as f64 / 20.0);
        assert_eq!(of_one["incidents"], incidents, "those that {region} had found");
    }
    // With whole hours, and the end of one.
    let earlier = from.plus_millis(-2 * HOUR);
    is(&uptime(earlier, "").await, 10, 135, 135.0 / 140.0);
    is(&uptime(earlier, "&region=eu").await, 40, 75, 75.0 / 140.0);
    is(&uptime(earlier, "&region=ap").await, 0, 140, 1.0);
    // An incident of before several regions decided is each one's.
    let long = uptime(from.plus_millis(-6 * HOUR), "&region=ap").await;
    assert_eq!(long["incidents"], 1);
    let none = uptime(from, "&region=af").await;
    assert_eq!((&none["ratio"], &none["coverage"]), (&Value::Null, &json!(0.0)));

    let windows = person
        .get(&format!("/monitors/{id}/uptime?region=eu"))
        .await
        .expect(200);
    assert_eq!(windows["7d"]["downtime_seconds"], 30 * 60, "{windows}");
    let shown = person.get("/incidents").await.items();
    let regions = json!({"down": ["eu", "us"], "up": ["ap"], "absent": []});
    assert_eq!(shown[0]["regions"], regions);
    assert!(shown[1]["regions"].is_null());
    let id = shown[0]["id"].as_str().unwrap();
    let one = person.get(&format!("/incidents/{id}")).await.expect(200);
    assert_eq!(one["regions"], regions);
}

#[tokio::test]
async fn of_a_region_that_does_not_check_it_nothing_is_known() {
    let service = UserService::start().await;
    let (person, id) = monitor(&service).await;
    let from = hour();
    let sql = format!(
        "INSERT INTO incidents (id, monitor_id, org_id, revision, started_at, resolved_at, close_reason)
         VALUES (gen_random_uuid(), {id}, {org}, 1, '{from}', '{until}', 'recovered')",
        org = person.org,
        until = from.plus_millis(5 * MINUTE),
    );
    service.db().await.batch_execute(&sql).await.unwrap();
    let uptime = async |region: &str| {
        let until = from.plus_millis(20 * MINUTE);
        let path = format!("/monitors/{id}/uptime?from={from}&to={until}&region={region}");
        person.get(&path).await.expect(200)
    };
    let none = json!({"ratio": null, "coverage": 0.0, "incidents": 0});
    let known = |uptime: &Value| json!({"ratio": uptime["ratio"], "coverage": uptime["coverage"], "incidents": uptime["incidents"]});
    assert_eq!(known(&uptime("eu").await), none, "nobody has checked it");
    results(&service, id, "eu", from, "dddddu").await;
    assert_eq!(uptime("eu").await["incidents"], 1);
    assert_eq!(known(&uptime("us").await), none);
}

#[tokio::test]
async fn another_revision_has_another_quorum() {
    let service = UserService::start().await;
    let (person, id) = monitor(&service).await;
    let from = hour();
    let edited = from.plus_millis(10 * MINUTE);
    for region in ["ap", "eu"] {
        results(&service, id, region, from, "uuuuuuuuuudddddddddd").await;
    }
    results(&service, id, "us", from, &"u".repeat(20)).await;
    decided(&service, id, from).await;
    // From then on all three have to find it.
    let all = json!(Quorum {
        down: Needed::ALL,
        ..quorum()
    });
    let sql = format!(
        "UPDATE check_results SET revision = 2 WHERE scheduled_at >= '{edited}';
         INSERT INTO monitor_quorums VALUES ({id}, 2, '{all}', '{edited}', 60000)"
    );
    let path = format!(
        "/monitors/{id}/uptime?from={from}&to={}",
        from.plus_millis(20 * MINUTE)
    );
    is(&person.get(&path).await.expect(200), 10, 20, 1.0);
    service.db().await.batch_execute(&sql).await.unwrap();
    is(&person.get(&path).await.expect(200), 0, 20, 1.0);
    // What does not count is as if it were not there, and what stands alone stands beside it.
    let sql = "UPDATE check_results SET by_quorum = false, interval_ms = 0 WHERE region = 'us'";
    service.db().await.batch_execute(sql).await.unwrap();
    is(&person.get(&path).await.expect(200), 10, 20, 1.0);
}

#[tokio::test]
async fn buckets_are_what_regions_say_together() {
    let service = UserService::start().await;
    let (person, id) = monitor(&service).await;
    let from = hour();
    let until = from.plus_millis(20 * MINUTE);
    twenty_minutes(&service, id, from).await;
    let path = format!("/monitors/{id}/series?from={from}&to={until}&points=4&by_region=true");
    let drawn = person.get(&path).await.expect(200);
    let of = |buckets: &Value, field: &str| -> Vec<Value> {
        let buckets = buckets.as_array().unwrap();
        buckets.iter().map(|bucket| bucket[field].clone()).collect()
    };
    let ratios = |buckets: &Value| json!(of(buckets, "availability"));
    assert_eq!(drawn["bucket_seconds"], 300);
    assert_eq!(ratios(&drawn["buckets"]), json!([1.0, 0.0, 1.0, null]));
    assert_eq!(
        json!(of(&drawn["buckets"], "coverage")),
        json!([1.0, 1.0, 1.0, 0.0])
    );
    assert_eq!(counts(&drawn["buckets"]), [35, 0, 15, 0], "the checks of all");
    let regions = drawn["regions"].as_array().unwrap();
    let ratios: Vec<_> = regions.iter().map(|one| ratios(&one["points"])).collect();
    let expected = [
        json!([1.0, 1.0, 1.0, 1.0]),
        json!([1.0, 0.0, 0.0, null]),
        json!([1.0, 0.0, 1.0, null]),
    ];
    assert_eq!(ratios, expected);
}

#[tokio::test]
async fn the_time_in_which_a_region_checked_alone_is_a_gap_also_in_results() {
    let service = UserService::start().await;
    let (person, id) = monitor(&service).await;
    let from = hour();
    let until = from.plus_millis(20 * MINUTE);
    twenty_minutes(&service, id, from).await;
    let path = format!("/monitors/{id}/series?from={from}&to={until}&points=4");
    let alone = format!(
        "UPDATE check_results SET by_quorum = false WHERE scheduled_at < '{}'",
        from.plus_millis(5 * MINUTE)
    );
    service.db().await.batch_execute(&alone).await.unwrap();
    // Nothing else is known of the regions as long as no hour of them is.
    let drawn = person.get(&format!("{path}&region=ap")).await.expect(200);
    assert_eq!(counts(&drawn["buckets"]), [20, 0, 0, 0]);

    counted(
        &service,
        id,
        from,
        (15, 5),
        &[("ap", 15, 0), ("eu", 0, 10), ("us", 5, 5)],
    )
    .await;
    let drawn = person.get(&format!("{path}&region=ap")).await.expect(200);
    assert_eq!(counts(&drawn["buckets"]), [15, 0, 0, 0]);
    assert_eq!(drawn["buckets"][0]["availability"], Value::Null);
    assert_eq!(drawn["buckets"][0]["coverage"], json!(0.0));
    let all = person.get(&format!("{path}&by_region=true")).await.expect(200);
    assert_eq!(all["regions"][0]["points"], drawn["buckets"]);
    assert_eq!(counts(&all["regions"][1]["points"]), [0, 0, 10, 0]);
}

#[tokio::test]
async fn days_are_drawn_from_the_hours_of_regions() {
    let service = UserService::start().await;
    let (person, id) = monitor(&service).await;
    let last = hour();
    let (path, query) = (
        format!("/monitors/{id}/series"),
        format!("from={}", last.plus_millis(-60 * HOUR)),
    );
    results(&service, id, "eu", last, "u").await;
    counted(&service, id, last.plus_millis(-50 * HOUR), (60, 0), &[]).await;
    // As long as one region checks it, its hours are the monitor's.
    let whole = person
        .get(&format!("{path}?{query}&by_region=true"))
        .await
        .expect(200);
    assert_eq!(whole["bucket_seconds"], 3_600);
    assert_eq!(
        whole["regions"],
        json!([{"region": "eu", "points": whole["buckets"]}])
    );
    let of_eu = person.get(&format!("{path}?{query}&region=eu")).await.expect(200);
    assert_eq!(of_eu["buckets"], whole["buckets"]);
    let of_ap = person.get(&format!("{path}?{query}&region=ap")).await.expect(200);
    assert_eq!(counts(&of_ap["buckets"]), [0; 4]);

    for hours in [1, 2, 3] {
        let regions = [("ap", 60, 0), ("eu", 60 - hours, hours)];
        counted(&service, id, last.plus_millis(-hours * HOUR), (60, 0), &regions).await;
    }
    let drawn = person
        .get(&format!("{path}?{query}&by_region=true"))
        .await
        .expect(200);
    let regions = drawn["regions"].as_array().unwrap();
    let names: Vec<_> = regions
        .iter()
        .map(|one| one["region"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["ap", "eu"]);
    assert_eq!(counts(&regions[0]["points"]), [180, 0, 0, 0]);
    assert_eq!(counts(&regions[1]["points"]), [174, 0, 6, 0]);
    assert_eq!(counts(&drawn["buckets"]), [240, 0, 0, 0]);
    let of_eu = person.get(&format!("{path}?{query}&region=eu")).await.expect(200);
    assert_eq!(of_eu["buckets"], regions[1]["points"]);
    // In days, too.
    let long = format!("from={}", last.plus_millis(-90 * 24 * HOUR));
    let of_eu = person
        .get(&format!("{path}?{long}&region=eu&points=90"))
        .await
        .expect(200);
    assert_eq!(of_eu["bucket_seconds"], 7 * 86_400);
    assert_eq!(counts(&of_eu["buckets"]), [174, 0, 6, 0]);
}

fn vote(state: Voted, last_slot: Timestamp, absent: bool) -> Vote {
    Vote {
        state: Some(state),
        since: Some(last_slot),
        last_slot: Some(last_slot),
        absent,
        ..Vote::default()
    }
}

#[tokio::test]
async fn without_redis_the_status_says_what_regions_do() {
    let service = UserService::start().await;
    let (person, id) = monitor(&service).await;
    let from = hour();
    results(&service, id, "ap", from, "u").await;
    results(&service, id, "eu", from, "ud").await;
    decided(&service, id, from).await;
    let failed = from.plus_millis(MINUTE);
    let votes = Votes {
        revision: 1,
        quorum: quorum(),
        first_slot: from,
        interval_ms: Some(60_000),
        ended_at: None,
        regions: BTreeMap::from([
            ("ap".to_owned(), vote(Voted::Up, from, true)),
            ("eu".to_owned(), vote(Voted::Down, failed, false)),
        ]),
    };
    let state = MonitorState {
        revision: 1,
        state: State::Up,
        last_slot: Some(failed),
        votes: Some(Box::new(votes)),
        ..MonitorState::default()
    };
    let sql = format!(
        "INSERT INTO monitor_states (monitor_id, org_id, fold, state, last_slot)
         VALUES ({id}, {}, '{}', 'up', '{failed}');
         INSERT INTO check_errors VALUES ({id}, '{failed}', 'eu', 'read_timeout', 'no answer')",
        person.org,
        json!(state)
    );
    service.db().await.batch_execute(&sql).await.unwrap();

    let status = person.get(&format!("/monitors/{id}/status")).await.expect(200);
    let said = |region: &str, state: &str, at: Option<Timestamp>, code, error| {
        let mut said = json!({
            "region": region, "state": state, "last_checked_at": at.map(|at| at.plus_millis(5).to_string()),
            "latency_ms": match error { None if at.is_some() => json!(80), None => Value::Null, Some(_) => json!(5000) },
            "error_code": code, "error": error
        });
        // One that is absent says nothing now.
        if state == "down" {
            said["since"] = json!(at);
        }
        said
    };
    let regions = json!([
        said("ap", "absent", Some(from), None, None),
        said(
            "eu",
            "down",
            Some(failed),
            Some("read_timeout"),
            Some("no answer")
        ),
        said("us", "unknown", None, None, None),
    ]);
    assert_eq!(status["regions"], regions);
    assert_eq!(
        (&status["state"], &status["is_unseen"]),
        (&json!("up"), &json!(true))
    );
    let listed = &person.get("/monitors").await.items()[0];
    assert_eq!(listed["status"]["regions"], regions);
    // A point is what they say together: of the first minute two were heard of, of the second one.
    let line = listed["sparkline"].as_array().unwrap();
    let states: Vec<_> = line
        .iter()
        .map(|point| point["state"].as_str().unwrap())
        .collect();
    assert_eq!(states, ["up", "skipped"]);

    let paused = person
        .post(&format!("/monitors/{id}/pause"), Value::Null)
        .await
        .expect(200);
    assert!(paused["status"].get("regions").is_none() && paused["status"].get("is_unseen").is_none());
    // Another one, which one region checks, has nothing of it.
    let other = person.monitor("https://b.example/").await;
    let sql = format!(
        "INSERT INTO monitor_states (monitor_id, org_id, fold, state) VALUES ({other}, {}, '{{}}', 'up')",
        person.org
    );
    service.db().await.batch_execute(&sql).await.unwrap();
    let status = person.get(&format!("/monitors/{other}/status")).await.expect(200);
    assert!(status.get("regions").is_none() && status.get("is_unseen").is_none());
}
