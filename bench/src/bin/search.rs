//! What a search costs in an organisation that has a lot: GET /search through gateway and user-service.
//!
//! `search-bench [INCIDENTS CALLS]`, 100,000 and 300 by default. The organisation has 2,000 monitors with tags, as many notes as a
//! tenth of its incidents, a change in the audit log for each of them, as the product writes it, and another organisation has as
//! much.

use std::time::Instant;

use ::api::Role;
use bench::api::{Api, Live};
use bench::report::report;
use bench::{machine, stats};

/// Calls before those that are measured.
const WARM_UP: usize = 20;

const MONITORS: i64 = 2_000;

/// What people type: names, beginnings, parts of addresses and errors; what all have, few have, and nobody has.
const TYPED: [(&str, &str); 9] = [
    ("a name", "Service 1234"),
    ("a beginning that all have", "ser"),
    ("an error that all have", "timeout"),
    ("an error that only old ones have", "expired"),
    ("an error that a hundredth has", "refused 8443"),
    ("a host", "https://s77.example.org"),
    ("a monitor and an error", "service-77 timeout"),
    ("a tag and a name", "team=7 service 1234"),
    ("what is not there", "nowhere at all"),
];

#[tokio::main]
async fn main() {
    shared::install_crypto();
    let mut numbers = std::env::args()
        .skip(1)
        .filter_map(|argument| argument.parse().ok());
    let incidents: i64 = numbers.next().unwrap_or(100_000);
    let calls = numbers.next().unwrap_or(300).max(1) as usize;
    report(&format!("conditions: {}", machine::conditions()));
    let url = testkit::database().await;
    let begun = Instant::now();
    let client = testkit::connect(&url).await;
    client
        .batch_execute(&fill(incidents))
        .await
        .expect("it can be filled");
    report(&format!("{:>5.0} s: filled", begun.elapsed().as_secs_f64()));
    let live = Live::fill(&url, 1).await;
    let api = Api::start(&url, &live).await;
    for (what, typed) in TYPED {
        let path = format!("/search?q={}", typed.replace(' ', "%20"));
        let (mut times, mut largest) = (Vec::new(), 0);
        for n in 0..WARM_UP + calls {
            let (ms, body) = api.get_as(&path, 1, Role::Owner).await;
            if n >= WARM_UP {
                times.push(ms);
                largest = body.len().max(largest);
            }
        }
        report(&format!(
            "{what}: p50 {:.1} ms, p99 {:.1} ms over {calls} calls, up to {} KB (aim: p99 < 50 ms)",
            stats::percentile(&times, 50.0),
            stats::percentile(&times, 99.0),
            largest / 1_000
        ));
    }
    report(&format!(
        "with {incidents} incidents of each of two organisations"
    ));
    drop((api, client));
    live.drop().await;
    testkit::drop_database(&url).await;
}

/// Two organisations with the same, and a member of both.
fn fill(incidents: i64) -> String {
    format!(
        "INSERT INTO organisations (name) SELECT 'org ' || n FROM generate_series(1, 2) AS n;
         INSERT INTO users (email, name, password_hash, email_verified_at)
         VALUES ('bench@example.org', 'Bench', '', now());
         INSERT INTO memberships (org_id, user_id, role) SELECT n, 1, 'owner' FROM generate_series(1, 2) AS n;
         INSERT INTO monitors (org_id, name, spec)
         SELECT 1 + n / {MONITORS}, 'Service ' || n, jsonb_build_object(
                    'kind', 'http', 'url', 'https://s' || n || '.example.org/service-' || n, 'paused', false)
         FROM generate_series(0, 2 * {MONITORS} - 1) AS n;
         INSERT INTO tags (org_id, name, colour)
         SELECT org, 'team=' || n, 'grey' FROM generate_series(1, 2) AS org, generate_series(1, 20) AS n;
         INSERT INTO monitor_tags (monitor_id, tag_id)
         SELECT m.id, t.id FROM monitors m JOIN tags t ON t.org_id = m.org_id AND t.name = 'team=' || (1 + m.id % 20);
         INSERT INTO incidents (id, monitor_id, org_id, revision, started_at, resolved_at, close_reason, error_code, first_error)
         SELECT gen_random_uuid(), 1 + (org - 1) * {MONITORS} + n % {MONITORS}, org, 1, at, at, 'recovered',
                CASE WHEN n % 100 = 0 THEN 'connection_refused' ELSE 'read_timeout' END,
                CASE WHEN n % 100 = 0 THEN 'connection refused at gate-' || n || ':8443'
                     WHEN n < {incidents} / 2 AND n % 2 = 0 THEN 'certificate expired'
                     ELSE 'no answer within ' || n % 60000 || ' ms' END
         FROM generate_series(1, 2) AS org, generate_series(1, {incidents}) AS n,
              LATERAL (SELECT now() - ({incidents} - n) * interval '5 minutes' AS at) AS it;
         INSERT INTO incident_notes (incident_id, org_id, by_name, text, written_at)
         SELECT id, org_id, 'Ada', 'we looked into ' || first_error, started_at FROM incidents
         WHERE extract(minute FROM started_at)::integer % 10 = 0 LIMIT {incidents} / 10;
         INSERT INTO audit_log (org_id, at, actor_kind, actor_id, actor_name, action, resource, resource_id, before, after)
         SELECT org_id, started_at, 'user', 1, 'Ada', 'EditMonitor', 'monitor', monitor_id::text,
                jsonb_build_object('interval_seconds', 60), jsonb_build_object('interval_seconds', 30)
         FROM incidents ORDER BY started_at;
         ANALYZE;"
    )
}
