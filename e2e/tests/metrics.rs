//! What the running product tells its operators: to Prometheus what docs/OPERATIONS.md promises, and the other
//! way round; to Kubernetes' probes where they ask; in its logs who asked for what, and no secret. That
//! dashboards and rules use nothing else is checked in deploy/tests.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use e2e::{Api, Cluster, PATIENCE, messages_about};
use http::{Method, StatusCode};
use serde_json::json;
use testkit::{FakeSlack, FakeTarget};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Gauges of stores are read every minute by some.
const SCRAPED_WITHIN: Duration = Duration::from_secs(90);

/// Those that are there once a heartbeat was pinged, and somebody pinged one that there is not.
const OF_PINGS: [&str; 7] = [
    "uptime_heartbeat_grace_period_seconds",
    "uptime_heartbeat_last_ping_timestamp",
    "uptime_heartbeat_ping_duration_seconds",
    "uptime_heartbeat_pings_refused_total",
    "uptime_heartbeat_pings_total",
    "uptime_heartbeat_status",
    "uptime_heartbeat_time_since_last_ping_seconds",
];

/// A family by its name: its kind (counter, gauge, histogram) and its labels.
type Families = BTreeMap<String, (String, BTreeSet<String>)>;

#[tokio::test(flavor = "multi_thread")]
async fn scrapes_and_documentation_agree() {
    let Some(kafka) = testkit::kafka("scrapes_and_documentation", 4).await else {
        return;
    };
    let pages = [("PAGES_URL", "http://pages.example.org".to_owned())];
    let cluster = Cluster::start_with(&kafka, 1, &pages).await;
    let (target, slack) = (FakeTarget::start().await, FakeSlack::start().await);
    let mut api = cluster.api().await;
    api.register().await;
    api.add_slack(&slack.webhook_url()).await;
    let monitor = api.add_monitor("Measured", &target.url()).await;
    let secrets = leave_secrets_everywhere(&api, &slack, &target).await;
    api.await_state(monitor, "up").await;
    target.answer(500);
    api.await_state(monitor, "down").await;
    target.answer(200);
    api.await_state(monitor, "up").await;
    testkit::eventually("both messages have come", PATIENCE, async || {
        (messages_about(&slack, "Measured").len() >= 2).then_some(())
    })
    .await;
    health_is_where_kubernetes_asks(&cluster).await;
    let nobody = json!({"email": "nobody@example.org", "password": "not the password of anybody"});
    api.call(
        Method::POST,
        "/api/v1/auth/login",
        Some(nobody),
        StatusCode::UNAUTHORIZED,
    )
    .await;

    ping_a_heartbeat(&api).await;
    publish_a_page(&api).await;

    let (documented, mut rare) = documented();
    for name in OF_PINGS {
        assert!(rare.remove(name), "{name} is not in every scrape");
    }
    let missing = std::sync::Mutex::new(BTreeSet::new());
    let everything = tokio::time::timeout(SCRAPED_WITHIN, async {
        loop {
            let found = scrape_all(&cluster, monitor).await;
            let lacking = documented
                .keys()
                .filter(|name| !found.contains_key(*name) && !rare.contains(*name));
            let lacking: BTreeSet<String> = lacking.cloned().collect();
            if lacking.is_empty() {
                return found;
            }
            *missing.lock().unwrap() = lacking;
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    })
    .await;
    let missing = missing.into_inner().unwrap();
    let Ok(found) = everything else {
        panic!("documented, but in no scrape: {missing:?}");
    };
    // Those of the process are not ours.
    let ours = found.iter().filter(|(name, _)| !name.starts_with("process_"));
    for (name, (kind, labels)) in ours {
        let Some((documented_kind, documented_labels)) = documented.get(name) else {
            panic!("{name} is scraped and not documented");
        };
        assert_eq!(kind, documented_kind, "{name}");
        assert!(
            labels.is_subset(documented_labels),
            "{name} has {labels:?}, documented are {documented_labels:?}"
        );
    }
    logs_tell_who_asked_for_what(&cluster);
    e2e::logs::hold_none_of(&cluster, &secrets);
}

/// Publishes a status page, whose host name is looked up.
async fn publish_a_page(api: &Api) {
    let page = json!({"title": "Measured", "custom_domain": "status.example.org"});
    let page = api.post("/api/v1/status-pages", page, StatusCode::CREATED).await;
    let path = format!("/api/v1/status-pages/{}/prove-domain", page["id"]);
    api.call(Method::POST, &path, None, StatusCode::OK).await;
}

async fn ping_a_heartbeat(api: &Api) {
    let heartbeat = json!({"kind": "heartbeat", "name": "Pinged"});
    let heartbeat = api.post("/api/v1/monitors", heartbeat, StatusCode::CREATED).await;
    let names = api
        .get(&format!("/api/v1/monitors/{}/heartbeat", heartbeat["id"]))
        .await;
    let unknown = "00000000-0000-4000-8000-000000000000";
    for (uuid, expected) in [
        (names["ping_uuid"].as_str().unwrap(), StatusCode::OK),
        (unknown, StatusCode::NOT_FOUND),
    ] {
        let answer = api.post_form(&format!("/ping/{uuid}"), &[], String::new()).await;
        assert_eq!(answer, expected, "{uuid}");
    }
}

/// Hands every kind of secret to the product; answers each with what it is.
async fn leave_secrets_everywhere(
    api: &Api,
    slack: &FakeSlack,
    target: &FakeTarget,
) -> Vec<(&'static str, String)> {
    let mut secrets = e2e::secrets();
    let password = "a password that nobody may read";
    let account =
        json!({"email": format!("{}@example.org", testkit::unique()), "password": password, "name": "Eve"});
    let session = api
        .post("/api/v1/auth/register", account, StatusCode::CREATED)
        .await;
    secrets.push(("a password", password.to_owned()));
    secrets.push((
        "an access token",
        session["access_token"].as_str().unwrap().to_owned(),
    ));

    let path = slack.webhook_url().split_once("/services").unwrap().1.to_owned();
    secrets.push(("the path of a webhook of Slack", path));
    let (token, signer) = (
        "token-of-a-webhook",
        "whsec_c2VjcmV0LW9mLWEtd2ViaG9vay1vZi1hLXRlc3Q=",
    );
    let url = format!("http://127.0.0.1:1/hook?token={token}");
    let channel = json!({"name": "Refused", "kind": "webhook", "config": {"url": url, "secret": signer}});
    api.post("/api/v1/channels", channel, StatusCode::CREATED).await;
    secrets.push(("a parameter of a webhook", token.to_owned()));
    secrets.push(("the secret of a webhook", signer.to_owned()));

    let (key, bearer) = ("key-in-an-address", "token-of-a-monitor");
    let monitor = json!({
        "name": "With secrets",
        "url": format!("{}?api_key={key}", target.url()),
        "interval_seconds": 10,
        "http": {"auth": {"type": "bearer", "token": bearer}},
    });
    api.post("/api/v1/monitors", monitor, StatusCode::CREATED).await;
    secrets.push(("a parameter of an address", key.to_owned()));
    secrets.push(("the credential of a monitor", bearer.to_owned()));
    secrets
}

/// Each probe of a service's manifest, and each of its health check, is answered where it asks.
async fn health_is_where_kubernetes_asks(cluster: &Cluster) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../k8s/base");
    for (service, address) in cluster.scraped() {
        let manifest = std::fs::read_to_string(folder.join(format!("{service}.yaml"))).unwrap();
        let probes = manifest.lines().filter(|line| line.contains("Probe: {httpGet:"));
        let paths: Vec<&str> = probes
            .map(|line| line.split_once("path: ").unwrap().1.split(',').next().unwrap())
            .collect();
        assert_eq!(paths.len(), 3, "{service}");
        for path in paths {
            testkit::eventually(&format!("{service} answers {path}"), PATIENCE, async || {
                get(address, path).await
            })
            .await;
        }
    }
}

/// A request is found by its id in the gateway and behind it, with who made it; a message by its monitor.
fn logs_tell_who_asked_for_what(cluster: &Cluster) {
    let lines = e2e::logs::lines(cluster);
    let of = |service: &str, message: &str| {
        let (service, message) = (service.to_owned(), message.to_owned());
        lines
            .iter()
            .filter(move |line| line["service"] == service && line["message"] == message)
    };
    let posted = of("gateway", "answered")
        .find(|line| line["route"] == "/api/v1/monitors" && line["status"] == 201)
        .expect("the gateway tells of a request");
    for name in ["user_id", "org_id"] {
        assert!(posted[name].as_i64().unwrap() > 0, "{posted}");
    }
    for registered in of("user-service", "registered") {
        let id = registered["request_id"].as_str().unwrap();
        assert!(
            of("gateway", "answered").any(|line| line["request_id"] == id),
            "{id}"
        );
        assert!(registered["user_id"].as_i64().unwrap() > 0, "{registered}");
    }
    assert_eq!(of("user-service", "registered").count(), 2);
    for message in ["sent", "not sent"] {
        let told = of("alerter", message)
            .next()
            .expect("the alerter tells of messages");
        assert!(
            told["org_id"].as_i64() > Some(0) && told["monitor_id"].as_i64() > Some(0),
            "{told}"
        );
    }
}

/// The table of docs/OPERATIONS.md, and the names that it calls rare.
fn documented() -> (Families, BTreeSet<String>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/OPERATIONS.md");
    let text = std::fs::read_to_string(path).unwrap();
    let between = |name: &str| {
        let (open, close) = (format!("<!-- {name} -->"), format!("<!-- /{name} -->"));
        let (_, rest) = text.split_once(&open).unwrap();
        rest.split_once(&close).unwrap().0.to_owned()
    };
    let quoted = |cell: &str| -> BTreeSet<String> {
        let odd = cell.split('`').skip(1).step_by(2);
        odd.map(str::to_owned).collect()
    };
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let name = cells.get(1)?.strip_prefix("`uptime_")?.strip_suffix('`')?;
        Some((format!("uptime_{name}"), (cells[2].to_owned(), quoted(cells[3]))))
    };
    let families: Families = between("metrics").lines().filter_map(row).collect();
    let rare: BTreeSet<String> = between("rare metrics")
        .lines()
        .filter_map(row)
        .map(|(name, _)| name)
        .collect();
    let known: BTreeSet<String> = families.keys().cloned().collect();
    assert!(families.len() > 50 && rare.is_subset(&known), "{rare:?}");
    (families, rare)
}

/// What all services tell together. Each scrape is also left in target/scrapes, where the deploy tests hand
/// it to promtool.
async fn scrape_all(cluster: &Cluster, monitor: i64) -> Families {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/scrapes");
    std::fs::create_dir_all(&folder).unwrap();
    let mut all = Families::new();
    for (service, address) in cluster.scraped() {
        let Some(text) = get(address, "/metrics").await else {
            continue;
        };
        std::fs::write(folder.join(format!("{service}.prom")), &text).unwrap();
        let families = parse(service, &text);
        let of_monitors = families.values().any(|(_, labels)| labels.contains("monitor_id"));
        assert!(
            !of_monitors || *service == "processor",
            "{service} has series of single monitors, of {monitor} for one"
        );
        for (name, (kind, labels)) in families {
            all.entry(name)
                .or_insert((kind, BTreeSet::new()))
                .1
                .extend(labels);
        }
    }
    all
}

/// The families of one scrape; each sample must belong to one that is described.
fn parse(service: &str, text: &str) -> Families {
    let (mut families, mut helped) = (Families::new(), BTreeSet::new());
    for line in text.lines().filter(|line| !line.is_empty()) {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            helped.insert(rest.split(' ').next().unwrap().to_owned());
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            let former = families.insert(name.to_owned(), (kind.to_owned(), BTreeSet::new()));
            assert!(former.is_none(), "{service}: {name} stands there twice");
        } else {
            let (series, value) = line.rsplit_once(' ').unwrap();
            assert!(value.parse::<f64>().is_ok(), "{service}: {line}");
            let (name, labels) = series.split_once('{').unwrap_or((series, ""));
            let suffix = ["_bucket", "_sum", "_count"]
                .into_iter()
                .filter_map(|suffix| name.strip_suffix(suffix))
                .find(|base| families.get(*base).is_some_and(|(kind, _)| kind == "histogram"));
            let Some((_, known)) = families.get_mut(suffix.unwrap_or(name)) else {
                panic!("{service}: {line} belongs to nothing");
            };
            // A label's name is what precedes `="`.
            let names = labels
                .split("=\"")
                .filter_map(|part| part.rsplit(['"', ',', '{']).next());
            let names = names.filter(|name| !matches!(*name, "" | "le" | "}"));
            known.extend(names.map(str::to_owned));
        }
    }
    for name in families.keys() {
        assert!(helped.contains(name), "{service}: {name} is not described");
    }
    families
}

/// The body of a GET, when somebody answers.
async fn get(address: &str, path: &str) -> Option<String> {
    let mut stream = tokio::net::TcpStream::connect(address).await.ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.ok()?;
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n")?;
    if head.starts_with("HTTP/1.1 503") {
        return None;
    }
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(!head.to_lowercase().contains("chunked"), "{head}");
    Some(body.to_owned())
}
