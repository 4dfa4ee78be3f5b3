//! Schemathesis over the whole document, against gateway and user-service as processes. `scripts/schemathesis.sh` runs
//! it, for it needs the program, which that script fetches.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod site;

use std::process::Stdio;

use e2e::Api;
use e2e::fuzz::Known;
use site::Site;
use tokio::process::Command;

/// How long it runs, in seconds; and in `make test-full`, less than an access token lives.
const SECONDS: u32 = 75;
const SECONDS_FULL: u32 = 780;

/// What an answer is held against. Which input is taken is the business of `abuse.rs`, for a document says less than
/// the rules.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance";

/// What ends the sender's credential or takes away what it opens, besides [`e2e::fuzz::ENDS_THE_SENDER`].
const TAKES_AWAY: [&str; 7] = [
    "Logout",
    "SwitchOrganisation",
    "DeleteAccount",
    "DeleteOrganisation",
    "LeaveOrganisation",
    "EditMember",
    "RemoveMember",
];

/// An answer without an end.
const ENDLESS: [&str; 1] = ["OpenStream"];

/// Schemathesis's settings: what the account has is asked for, and only what Schemathesis itself has made is deleted.
fn parameters(known: &Known) -> String {
    let kinds = ["monitors", "channels", "incidents", "orgs"];
    let operations = kinds.map(|kind| {
        let id = known.first(kind).expect("the account has one of each");
        format!(
            "[[operations]]\ninclude-path-regex = '^/{kind}/\\{{id\\}}'\nexclude-method = 'DELETE'\n\
             parameters = {{ 'path.id' = '{id}' }}\n"
        )
    });
    operations.concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_is_as_the_document_says() {
    let program = std::env::var("SCHEMATHESIS").expect("scripts/schemathesis.sh sets SCHEMATHESIS");
    let site = Site::start().await;
    let account = site.account().await;
    let seconds = if testkit::is_full() { SECONDS_FULL } else { SECONDS };
    let folder = tempfile::tempdir().unwrap();
    let parameters = parameters(&account.known);
    std::fs::write(folder.path().join("schemathesis.toml"), parameters).unwrap();
    let document = concat!(env!("CARGO_MANIFEST_DIR"), "/../api/openapi.json");
    let mut command = Command::new(program);
    command
        .current_dir(folder.path())
        .args([
            "run",
            document,
            "--no-color",
            "--continue-on-failure",
            "--no-shrink",
        ])
        .args(["--url", &format!("{}/api/v1", site.base())])
        .args([
            "--header",
            &format!("Authorization: Bearer {}", account.known.token),
        ])
        .args(["--checks", CHECKS])
        .args(["--max-time", &seconds.to_string()])
        .args(["--seed", &testkit::seed().to_string()])
        .args(["--warnings", "off", "--generation-database", "none"])
        .args(["--suppress-health-check", "all"])
        .stdin(Stdio::null());
    let excluded = [&e2e::fuzz::ENDS_THE_SENDER[..], &TAKES_AWAY, &ENDLESS].concat();
    for operation in excluded {
        command.args(["--exclude-operation-id", operation]);
    }
    let run = command.output().await.unwrap();
    let said = String::from_utf8_lossy(&[run.stdout, run.stderr].concat()).into_owned();
    assert!(run.status.success(), "{}: {said}", run.status);
    // It calls that a success, too: on a machine that is too busy, time runs out before the first request.
    assert!(!said.contains("Empty test suite"), "{said}");
    // An answer to somebody whose credential has ended says nothing of the operation.
    let api = Api::when_ready(site.base()).await.with(&account.known.token);
    api.get("/api/v1/me").await;
    for (name, log) in site.logs() {
        let line = log.lines().find(|line| line.contains("panicked"));
        assert_eq!(line, None, "{name}");
    }
}
