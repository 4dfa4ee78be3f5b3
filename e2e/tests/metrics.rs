//! What the running product tells Prometheus is what docs/OPERATIONS.md promises, and the other way round.
//! That dashboards and rules use nothing else is checked in deploy/tests.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

use e2e::{Cluster, PATIENCE, messages_about};
use http::{Method, StatusCode};
use serde_json::json;
use testkit::{FakeSlack, FakeTarget};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// Gauges of stores are read every minute by some.
const SCRAPED_WITHIN: Duration = Duration::from_secs(90);

/// A family by its name: its kind (counter, gauge, histogram) and its labels.
type Families = BTreeMap<String, (String, BTreeSet<String>)>;

#[tokio::test(flavor = "multi_thread")]
async fn scrapes_and_documentation_agree() {
    let Some(kafka) = testkit::kafka("scrapes_and_documentation", 4).await else {
        return;
    };
    let cluster = Cluster::start(&kafka, 1).await;
    let (target, slack) = (FakeTarget::start().await, FakeSlack::start().await);
    let mut api = cluster.api().await;
    api.register().await;
    api.add_slack(&slack.webhook_url()).await;
    let monitor = api.add_monitor("Measured", &target.url()).await;
    api.await_state(monitor, "up").await;
    target.answer(500);
    api.await_state(monitor, "down").await;
    target.answer(200);
    api.await_state(monitor, "up").await;
    testkit::eventually("both messages have come", PATIENCE, async || {
        (messages_about(&slack, "Measured").len() >= 2).then_some(())
    })
    .await;
    let nobody = json!({"email": "nobody@example.org", "password": "not the password of anybody"});
    api.call(
        Method::POST,
        "/api/v1/auth/login",
        Some(nobody),
        StatusCode::UNAUTHORIZED,
    )
    .await;

    let (documented, rare) = documented();
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
    for (name, (kind, labels)) in &found {
        let Some((documented_kind, documented_labels)) = documented.get(name) else {
            panic!("{name} is scraped and not documented");
        };
        assert_eq!(kind, documented_kind, "{name}");
        assert!(
            labels.is_subset(documented_labels),
            "{name} has {labels:?}, documented are {documented_labels:?}"
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
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(!head.to_lowercase().contains("chunked"), "{head}");
    Some(body.to_owned())
}
