//! A job that tells how it fares with a client of crates.io: `ping PING_URL UUID`

use healthchecks::ping::get_client_with_url;
use uuid::Uuid;

const RUNS: [Uuid; 2] = [
    Uuid::from_u128(0x728b3763_ea80_4113_9fc0_f49b3adf226a),
    Uuid::from_u128(0x24e7a3c1_77a6_4d05_8d1e_0a5d3d6a2f11),
];

fn main() {
    let [_, ping_url, uuid] = &std::env::args().collect::<Vec<_>>()[..] else {
        panic!("ping PING_URL UUID");
    };
    let client = get_client_with_url(uuid, ping_url).expect("it is a UUID");
    assert!(client.start_timer());
    assert!(client.report_success());
    assert!(client.report_failure());
    assert!(client.report_failure_with_logs("no disk"));

    let [one, other] = RUNS.each_ref().map(Some);
    assert!(client.start_timer_with_run_id(one));
    assert!(client.start_timer_with_run_id(other));
    assert!(client.report_success_with_run_id(one));
    assert!(client.report_failure_with_logs_and_run_id("too many", other));

    let client = client.set_user_agent("nightly-backup");
    assert!(client.report_failure_with_run_id(one));
}
