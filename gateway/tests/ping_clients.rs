//! Clients of healthchecks.io as the registries have them, and commands as documents give them, with another host.
//! `scripts/ping-clients.sh` fetches the clients.

use std::process::Stdio;
use std::time::Duration;

use crate::common::pings::{Pinged, UUID, nobodys, opened, target};
use domain::record::Ping;
use domain::record::PingKind::{self, Fail, Log, Start, Success};
use serde_json::json;
use testkit::Reply;
use tokio::process::Command;
use uuid::{Uuid, uuid};

/// How long a program may take.
const ENDS_WITHIN: Duration = Duration::from_secs(60);

const CLIENTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/clients");
const FETCHED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../.test/ping-clients");

/// Heartbeats by their monitors: by the UUID, by the slug `backup`, and what `create=1` makes.
const BY_UUID: i64 = 7;
const BY_SLUG: i64 = 8;
const CREATED: i64 = 9;

const RUN: Uuid = uuid!("728b3763-ea80-4113-9fc0-f49b3adf226a");
const OTHER_RUN: Uuid = uuid!("24e7a3c1-77a6-4d05-8d1e-0a5d3d6a2f11");

/// What a ping says: of which heartbeat and what, the exit status, the run, the body.
type Row<'a> = (i64, PingKind, Option<u8>, Option<Uuid>, &'a str);

/// A gateway with heartbeats, or nothing where there is no Kafka.
async fn start(test: &str) -> Option<Pinged> {
    let kafka = testkit::kafka(test, 1).await?;
    let pinged = Pinged::start(kafka, &[], |seen| match &*seen.path {
        "/internal/ping-targets?key=key&slug=new&create=1" => {
            let made = json!({"targets": [target(CREATED, &json!({}))], "created": true});
            Reply::new(200, made.to_string())
        }
        _ => nobodys(seen),
    })
    .await;
    let by_uuid = target(BY_UUID, &json!({}));
    for name in [UUID, "push/key", "push/potato", "push/my-secret"] {
        pinged.knows(name, &by_uuid).await;
    }
    let by_slug = target(BY_SLUG, &json!({}));
    pinged
        .knows_slug("key", "twins", &json!([by_uuid, by_slug]))
        .await;
    pinged.knows_slug("key", "backup", &json!([by_slug])).await;
    Some(pinged)
}

impl Pinged {
    /// What a client is given as the address of the ping API.
    fn ping_url(&self) -> String {
        format!("{}/ping", self.gateway.url)
    }

    /// Runs a program that ends well, and tells what it has sent: by which programs, and what.
    async fn sent_by(&self, program: &str, arguments: &[&str]) -> (Vec<String>, Vec<Ping>) {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .env("NO_PROXY", "127.0.0.1")
            .env("no_proxy", "127.0.0.1")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        let output = tokio::time::timeout(ENDS_WITHIN, command.output()).await;
        let output = output.expect("it ends in time");
        let output = output.unwrap_or_else(|error| {
            panic!("{program}: {error}; scripts/ping-clients.sh fetches what is missing")
        });
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program} {arguments:?}: {said}");
        let recorded = self.recorded().await;
        let mut agents: Vec<_> = recorded.iter().map(agent).collect();
        agents.dedup();
        (agents, recorded)
    }
}

/// The program that sent a ping, without its version.
fn agent(ping: &Ping) -> String {
    let agent = ping.request.user_agent.as_deref().unwrap_or_default();
    agent.split('/').next().unwrap_or_default().to_owned()
}

/// Holds what was recorded against what was said; of a body that ends with `…` against its beginning.
fn assert_recorded(recorded: &[Ping], said: &[Row<'_>]) {
    for (ping, row) in recorded.iter().zip(said) {
        let (monitor, kind, exit_status, run, body) = *row;
        let heard = (ping.monitor_id.0, ping.kind, ping.exit_status, ping.run_id);
        assert_eq!(heard, (monitor, kind, exit_status, run), "{row:?}");
        let kept = match ping.request.body_bytes {
            0 => String::new(),
            _ => String::from_utf8(opened(ping)).unwrap(),
        };
        match body.strip_suffix('…') {
            Some(beginning) => assert!(kept.starts_with(beginning), "{kept:?} for {row:?}"),
            None => assert_eq!(kept, body, "{row:?}"),
        }
        let method = &*ping.request.method;
        assert!(kept.is_empty() || method == "POST", "{method} for {row:?}");
    }
    assert_eq!(recorded.len(), said.len(), "{recorded:?}");
}

/// Has a client of PyPI run its jobs.
async fn python(test: &str, client: &str, agent: &str, said: &[Row<'_>]) {
    let Some(pinged) = start(test).await else { return };
    let python = format!("{FETCHED}/venv/bin/python");
    let script = format!("{CLIENTS}/ping.py");
    let arguments = [&*script, client, &pinged.ping_url(), UUID];
    let (agents, recorded) = pinged.sent_by(&python, &arguments).await;
    assert_eq!(agents, [agent]);
    assert_recorded(&recorded, said);
}

#[tokio::test(flavor = "multi_thread")]
async fn healthchecks_io_of_pypi() {
    let said = [
        (BY_UUID, Start, None, None, ""),
        (BY_UUID, Success, None, None, "12 files"),
        (BY_UUID, Fail, None, None, "no disk: ü"),
        (BY_UUID, Success, Some(0), None, ""),
        (BY_UUID, Fail, Some(137), None, "killed"),
        (BY_SLUG, Success, None, None, ""),
        (BY_SLUG, Start, None, None, ""),
        (BY_SLUG, Success, None, None, "one\ntwo"),
        (BY_UUID, Start, None, None, ""),
        (BY_UUID, Fail, None, None, "no such table\n…"),
    ];
    python(
        "healthchecks_io_of_pypi",
        "healthchecks-io",
        "py-healthchecks.io",
        &said,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn healthchecks_decorator_of_pypi() {
    let said = [
        (BY_UUID, Start, None, None, ""),
        (BY_UUID, Success, None, None, "files=12"),
        (BY_SLUG, Start, None, None, ""),
        (BY_SLUG, Fail, None, None, ""),
    ];
    python(
        "healthchecks_decorator_of_pypi",
        "healthchecks-decorator",
        "Python-urllib",
        &said,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn runchecked_of_pypi() {
    let said = [
        (BY_UUID, Success, None, None, "12 files\n…"),
        (BY_UUID, Fail, None, None, "no disk\n…"),
    ];
    python("runchecked_of_pypi", "runchecked", "Python-urllib", &said).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn healthchecks_io_client_of_npm() {
    let Some(pinged) = start("healthchecks_io_client_of_npm").await else {
        return;
    };
    let script = format!("{CLIENTS}/ping.mjs");
    let (agents, recorded) = pinged.sent_by("node", &[&script, &pinged.ping_url(), UUID]).await;
    assert_eq!(agents, ["HealthChecks-IO-Client-JS"]);
    let said = [
        (BY_UUID, Start, None, None, ""),
        (BY_UUID, Success, None, None, ""),
        (BY_UUID, Success, None, None, "12 files: ü"),
        (BY_UUID, Fail, None, None, ""),
        (BY_UUID, Fail, None, None, "no disk"),
    ];
    assert_recorded(&recorded, &said);
}

#[tokio::test(flavor = "multi_thread")]
async fn healthchecks_of_crates_io() {
    let Some(pinged) = start("healthchecks_of_crates_io").await else {
        return;
    };
    let program = format!("{FETCHED}/target/debug/ping");
    let (agents, recorded) = pinged.sent_by(&program, &[&pinged.ping_url(), UUID]).await;
    assert_eq!(agents, ["healthchecks-rs", "nightly-backup"]);
    let said = [
        (BY_UUID, Start, None, None, ""),
        (BY_UUID, Success, None, None, ""),
        (BY_UUID, Fail, None, None, ""),
        (BY_UUID, Fail, None, None, "no disk"),
        (BY_UUID, Start, None, Some(RUN), ""),
        (BY_UUID, Start, None, Some(OTHER_RUN), ""),
        (BY_UUID, Success, None, Some(RUN), ""),
        (BY_UUID, Fail, None, Some(OTHER_RUN), "too many"),
        (BY_UUID, Fail, None, Some(RUN), ""),
    ];
    assert_recorded(&recorded, &said);
}

/// The job of the documents' examples, and one that fails in its place.
const JOB: (&str, &str) = ("/usr/bin/certbot renew", "sh -c 'echo no disk; exit 3'");

#[tokio::test(flavor = "multi_thread")]
async fn commands_of_the_documents_of_healthchecks_io() {
    let Some(pinged) = start("commands_of_the_documents_of_healthchecks_io").await else {
        return;
    };
    // As they stand there, placeholders included.
    let commands: [(&str, Row<'_>); 13] = [
        (
            "curl -m 10 --retry 5 PING_URL",
            (BY_UUID, Success, None, None, ""),
        ),
        (
            "curl -fsS -m 10 --retry 5 -o /dev/null PING_URL",
            (BY_UUID, Success, None, None, ""),
        ),
        ("curl --retry 3 PING_URL/fail", (BY_UUID, Fail, None, None, "")),
        ("curl --retry 3 PING_URL/1", (BY_UUID, Fail, Some(1), None, "")),
        (
            "/usr/bin/certbot renew\ncurl -m 10 --retry 5 PING_URL/$?",
            (BY_UUID, Fail, Some(3), None, ""),
        ),
        (
            "m=$(/usr/bin/certbot renew 2>&1)\ncurl -fsS -m 10 --retry 5 --data-raw \"$m\" PING_URL",
            (BY_UUID, Success, None, None, "no disk"),
        ),
        (
            "m=$(/usr/bin/certbot renew 2>&1)\ncurl -fsS -m 10 --retry 5 --data-raw \"$m\" PING_URL/$?",
            (BY_UUID, Fail, Some(3), None, "no disk"),
        ),
        (
            "m=$(/usr/bin/certbot renew 2>&1); curl -fsS -X POST --data-raw \"$m\" \"PING_URL$([ $? -ne 0 ] && echo -n /fail)\"",
            (BY_UUID, Fail, None, None, "no disk"),
        ),
        // Of the log there is no command; it is the one for output, at the address that the document names.
        (
            "m=$(/usr/bin/certbot renew 2>&1)\ncurl -fsS -m 10 --retry 5 --data-raw \"$m\" PING_URL/log",
            (BY_UUID, Log, None, None, "no disk"),
        ),
        (
            "curl -fsS -m 10 --retry 5 PING_URL/start?rid=$RID",
            (BY_UUID, Start, None, Some(RUN), ""),
        ),
        (
            "curl -fsS -m 10 --retry 5 PING_URL?rid=$RID",
            (BY_UUID, Success, None, Some(RUN), ""),
        ),
        (
            "URL=PING_ENDPOINT$PING_KEY/$SLUG?create=1\ncurl -m 10 --retry 5 $URL",
            (CREATED, Success, None, None, ""),
        ),
        (
            "wget PING_URL -T 10 -t 5 -O /dev/null",
            (BY_UUID, Success, None, None, ""),
        ),
    ];
    let (texts, said): (Vec<_>, Vec<_>) = commands.into_iter().unzip();
    let script = format!("RID={RUN}\nPING_KEY=key\nSLUG=new\n{}\n", texts.join("\n"))
        .replace("PING_ENDPOINT", &format!("{}/", pinged.ping_url()))
        .replace("PING_URL", &format!("{}/{UUID}", pinged.ping_url()))
        .replace(JOB.0, JOB.1);
    let (agents, recorded) = pinged.sent_by("sh", &["-c", &script]).await;
    assert_eq!(agents, ["curl", "Wget"]);
    assert_recorded(&recorded, &said);
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_for_other_products() {
    let Some(pinged) = start("commands_for_other_products").await else {
        return;
    };
    let script = [
        // Uptime Kuma: extra/push-examples/bash-curl, and the same for a failure.
        r#"PUSH_URL="https://example.com/api/push/key?status=up&msg=OK&ping="
curl -s -o /dev/null $PUSH_URL"#,
        r#"PUSH_URL="https://example.com/api/push/key?status=down&msg=no%20disk&ping=250"
curl -s -o /dev/null $PUSH_URL"#,
        // Gatus: its README has the request without a command.
        r#"curl -X POST -H "Authorization: Bearer potato" "https://status.example.org/api/v1/endpoints/core_ext-ep-test/external?success=true&error=&duration=10s""#,
        r#"curl -X POST -H "Authorization: Bearer potato" "https://status.example.org/api/v1/endpoints/core_ext-ep-test/external?success=false&error=no%20disk&duration=1m1.5s""#,
        // Kener: docs/v4/monitors/heartbeat.
        r#"curl -s "https://your-kener-host/ext/heartbeat/my-job:my-secret""#,
    ]
    .join("\n");
    let url = &pinged.gateway.url;
    let script = [
        "https://example.com",
        "https://status.example.org",
        "https://your-kener-host",
    ]
    .iter()
    .fold(script, |script, host| script.replace(host, url));
    let (agents, recorded) = pinged.sent_by("sh", &["-c", &script]).await;
    assert_eq!(agents, ["curl"]);
    let heard: Vec<_> = recorded
        .iter()
        .map(|ping| {
            (
                ping.monitor_id.0,
                ping.kind,
                ping.latency_ms,
                ping.message.as_deref(),
            )
        })
        .collect();
    assert_eq!(
        heard,
        [
            (BY_UUID, Success, None, Some("OK")),
            (BY_UUID, Fail, Some(250), Some("no disk")),
            (BY_UUID, Success, Some(10_000), None),
            (BY_UUID, Fail, Some(61_500), Some("no disk")),
            (BY_UUID, Success, None, None),
        ]
    );
}
