//! Three regions with a pinger each, and a target that can be out of reach of some of them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::Timestamp;
use e2e::{Api, Cluster, FarNetwork, Process, messages_about};
use http::StatusCode;
use serde_json::{Value, json};
use shared::kafka::KafkaSettings;
use testkit::{FakeSlack, HttpServer, Reply, Signal, eventually, free_port};

/// By name; the home region is eu.
pub(super) const REGIONS: [&str; 3] = ["ap", "eu", "us"];

/// How often each region checks.
pub(super) const INTERVAL_MS: i64 = 10_000;

/// How many regions must have been heard of, and how many have to find a monitor down where it asks for a majority.
pub(super) const MIN_REGIONS: u8 = 2;

/// How long something may take on a busy machine that includes three intervals without a region, or a line that has to be
/// found to be good again.
const PATIENCE: Duration = Duration::from_secs(180);

/// The product, with one pinger in each region.
pub(super) struct World {
    pub(super) cluster: Cluster,
    api: Api,
    slack: FakeSlack,
    target: HttpServer,
    /// Which monitors cannot reach the target, and from where.
    broken: Arc<Mutex<BTreeSet<(String, String)>>>,
    pingers: BTreeMap<&'static str, Process>,
}

/// What a message says of the regions.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) down: Vec<String>,
    pub(super) up: Vec<String>,
    pub(super) absent: Vec<String>,
}

impl World {
    /// Starts everything but the pingers.
    pub(super) async fn start(kafka: &KafkaSettings) -> Self {
        let regions = [("REGIONS", "eu,us,ap".to_owned())];
        let mut cluster = Cluster::start_with(kafka, 0, &regions).await;
        cluster.start_one("processor");
        cluster.start_one("alerter");
        let (slack, mut api) = (FakeSlack::start().await, cluster.api().await);
        api.register().await;
        api.add_slack(&slack.webhook_url()).await;
        let broken = Arc::<Mutex<BTreeSet<(String, String)>>>::default();
        let known = Arc::clone(&broken);
        let target = HttpServer::start(move |seen| {
            let region = seen.headers.get("user-agent");
            let region = region.and_then(|value| value.to_str().ok()).unwrap_or_default();
            let asked = (seen.path.trim_start_matches('/').to_owned(), region.to_owned());
            if known.lock().unwrap().contains(&asked) {
                Reply::none()
            } else {
                Reply::new(200, "hello")
            }
        });
        Self {
            cluster,
            api,
            slack,
            target: target.await,
            broken,
            pingers: BTreeMap::new(),
        }
    }

    /// Starts everything, with a pinger in each region.
    pub(super) async fn start_all(kafka: &KafkaSettings) -> Self {
        let mut world = Self::start(kafka).await;
        for region in REGIONS {
            world.start_pinger(region);
        }
        world
    }

    /// Starts the pinger of a region.
    pub(super) fn start_pinger(&mut self, region: &'static str) {
        let mut variables = self.variables_of(region);
        variables.push(("HTTP_ADDR", format!("127.0.0.1:{}", free_port())));
        let pinger = Process::start("pinger", &variables);
        self.pingers.insert(region, pinger);
    }

    /// The same in another network, with the settings of a pinger that is far away.
    pub(super) fn start_far_pinger(&mut self, region: &'static str, network: &FarNetwork) {
        let mut variables = self.variables_of(region);
        variables.extend([
            // 127.0.0.1 leads out of that network.
            ("HTTP_ADDR", format!("0.0.0.0:{}", free_port())),
            ("REDIS_COMMAND_TIMEOUT_MS", "3000".to_owned()),
            ("LEASE_TTL_MS", "15000".to_owned()),
        ]);
        let pinger = Process::start_far("pinger", &variables, network);
        self.pingers.insert(region, pinger);
    }

    fn variables_of(&self, region: &str) -> Vec<(&'static str, String)> {
        let mut variables = self.cluster.variables().to_vec();
        variables.extend([
            ("REGION", region.to_owned()),
            // By which the target knows from where it is asked.
            ("PROBE_USER_AGENT", region.to_owned()),
        ]);
        variables
    }

    /// Ends the pinger of a region as a power cut would.
    pub(super) async fn kill_pinger(&mut self, region: &str) {
        self.pingers.remove(region).unwrap().sigkill().await;
    }

    /// Freezes the pinger of a region, or lets it go on.
    pub(super) fn signal_pinger(&self, region: &str, signal: Signal) {
        testkit::signal(self.pingers[region].pid().unwrap(), signal).unwrap();
    }

    /// Adds a monitor that is down when so many of the three regions find it down.
    pub(super) async fn add(&self, name: &str, down: u8) -> i64 {
        let body = json!({
            "name": name, "url": format!("{}/{name}", self.target.url()), "interval_seconds": INTERVAL_MS / 1_000,
            // A target that answers is not to fail because the machine is busy.
            "timeout_ms": 8_000, "retries": 0, "regions": REGIONS,
            "quorum": {"down": down, "min_regions": MIN_REGIONS},
        });
        let monitor = self.api.post("/api/v1/monitors", body, StatusCode::CREATED).await;
        monitor["id"].as_i64().unwrap()
    }

    /// Puts the target of a monitor out of reach of these regions alone.
    pub(super) fn break_for(&self, name: &str, regions: &[&str]) {
        let mut broken = self.broken.lock().unwrap();
        broken.retain(|(known, _)| known != name);
        broken.extend(
            regions
                .iter()
                .map(|region| (name.to_owned(), (*region).to_owned())),
        );
    }

    /// The target of a monitor answers everybody again.
    pub(super) fn mend(&self, name: &str) {
        self.break_for(name, &[]);
    }

    /// Waits until each of these regions says this of a monitor by itself.
    pub(super) async fn await_said(&self, monitor: i64, regions: &[&str], state: &str) {
        let what = format!("monitor {monitor} is {state} in {regions:?}");
        let path = format!("/api/v1/monitors/{monitor}/status");
        eventually(&what, PATIENCE, async || {
            let status = self.api.try_get(&path).await?;
            let said = status["regions"].as_array()?;
            let says = |region: &&str| {
                said.iter()
                    .any(|one| one["region"] == **region && one["state"] == state)
            };
            regions.iter().all(says).then_some(())
        })
        .await;
    }

    /// Waits until the live state of a monitor is this.
    pub(super) async fn await_state(&self, monitor: i64, state: &str) {
        self.api.await_state(monitor, state).await;
    }

    /// The live state of a monitor.
    pub(super) async fn state(&self, monitor: i64) -> Value {
        let path = format!("/api/v1/monitors/{monitor}/status");
        self.api.get(&path).await["state"].clone()
    }

    /// What was sent about a monitor: `DOWN` or `UP`.
    pub(super) fn kinds(&self, name: &str) -> Vec<&'static str> {
        let messages = messages_about(&self.slack, name).into_iter();
        messages.map(|(kind, ..)| kind).collect()
    }

    /// Waits until so many messages were sent about a monitor.
    pub(super) async fn await_messages(&self, name: &str, count: usize) {
        eventually(&format!("{count} messages about {name}"), PATIENCE, async || {
            (self.kinds(name).len() >= count).then_some(())
        })
        .await;
    }

    /// Waits until every outage of a monitor is over and was sent, as was its end, and says how many there were.
    pub(super) async fn await_over(&self, name: &str, monitor: i64) -> usize {
        let what = format!("every outage of {name} is over and was sent");
        eventually(&what, PATIENCE, async || {
            let kinds = self.kinds(name);
            if kinds.last() != Some(&"UP") {
                return None;
            }
            let incidents = self.incidents(monitor).await;
            let is_over = incidents
                .iter()
                .all(|incident| incident["close_reason"] == "recovered");
            let is_sent = kinds == ["DOWN", "UP"].repeat(incidents.len());
            (is_over && is_sent).then_some(incidents.len())
        })
        .await
    }

    /// What the latest message about a monitor that is down says of the regions.
    pub(super) fn last_found(&self, name: &str) -> Found {
        let messages = messages_about(&self.slack, name).into_iter();
        let down = messages.rev().find(|(kind, ..)| *kind == "DOWN");
        Found::of(&down.unwrap().2)
    }

    pub(super) async fn incidents(&self, monitor: i64) -> Vec<Value> {
        self.api.incidents(monitor).await
    }

    /// The latest results of a monitor, the newest first: slot, region and state.
    pub(super) async fn results(&self, monitor: i64) -> Vec<(Timestamp, String, String)> {
        let path = format!("/api/v1/monitors/{monitor}/results?limit=200");
        let answer = self.api.get(&path).await;
        let results = answer["items"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let of = |result: &Value| {
            let slot: Timestamp = text(&result["scheduled_at"]).parse().unwrap();
            (slot, text(&result["region"]), text(&result["state"]))
        };
        results.map(of).collect()
    }

    /// The newest slot of a region in which it has checked a monitor.
    pub(super) async fn last_slot(&self, monitor: i64, region: &str) -> Timestamp {
        let results = self.results(monitor).await.into_iter();
        let checked = results.filter(|(_, from, state)| from == region && state != "skipped");
        checked.map(|(slot, ..)| slot).max().unwrap()
    }

    /// Holds the slots of an outage that every region finds against the bound of ADR 32, by which as many regions as are
    /// needed have one soon after it began. How long checks, records and messages take is no part of it: a busy machine
    /// has no bound for that. To be asked while the outage lasts.
    pub(super) async fn assert_found_in_time(&self, monitor: i64, absent: i64) {
        let results = self.results(monitor).await;
        let slots = |wanted: &'static str| {
            let with = results.iter().filter(move |(_, _, state)| state == wanted);
            with.map(|(slot, region, _)| (*slot, region))
        };
        // It began after this.
        let last_up = slots("up").map(|(slot, _)| slot).max().unwrap();
        let mut first_down: BTreeMap<&String, Timestamp> = BTreeMap::new();
        for (slot, region) in slots("down") {
            let was_up_since = slots("up").any(|(up, from)| from == region && up > slot);
            if !was_up_since {
                let first = first_down.entry(region).or_insert(slot);
                *first = slot.min(*first);
            }
        }
        // A slot that a busy machine has skipped is none of those that the bound counts on.
        if slots("skipped").any(|(slot, _)| slot >= last_up) {
            return;
        }
        let mut first: Vec<_> = first_down.into_values().collect();
        first.sort_unstable();
        let needed = i64::from(MIN_REGIONS);
        let found = first[usize::from(MIN_REGIONS) - 1];
        let bound = ((needed + absent) * INTERVAL_MS + 2) / 3;
        let took = found.millis_since(last_up);
        // Each step between two slots is rounded to whole milliseconds.
        assert!(
            took <= bound + needed + absent,
            "{took} ms of {bound}: {results:?}"
        );
    }

    /// No message comes from fewer regions than have to be heard of, nor from fewer than have to find it.
    pub(super) fn assert_quorums(&self, names: &[&str]) {
        for name in names {
            for (kind, _, message) in messages_about(&self.slack, name) {
                if kind == "DOWN" {
                    let found = Found::of(&message);
                    let needed = usize::from(MIN_REGIONS);
                    let heard = found.down.len() + found.up.len();
                    assert!(found.down.len() >= needed && heard >= needed, "{message}");
                }
            }
        }
    }

    /// Each outage of a monitor was sent once, so was its end, and it is one incident that has recovered.
    pub(super) async fn assert_outages(&self, name: &str, monitor: i64, count: usize) {
        assert_eq!(self.kinds(name), ["DOWN", "UP"].repeat(count), "{name}");
        let incidents = self.incidents(monitor).await;
        assert_eq!(incidents.len(), count, "{name}: {incidents:?}");
        let recovered = |incident: &Value| incident["close_reason"] == "recovered";
        assert!(incidents.iter().all(recovered), "{name}: {incidents:?}");
    }

    /// Nothing was sent about a monitor, which was never down.
    pub(super) async fn assert_quiet(&self, name: &str, monitor: i64) {
        assert_eq!(self.kinds(name), [""; 0], "{name}");
        let incidents = self.incidents(monitor).await;
        assert!(incidents.is_empty(), "{name}: {incidents:?}");
        assert_eq!(self.state(monitor).await, "up", "{name}");
    }
}

impl Found {
    /// Reads `Down from eu, us; up from ap; nothing heard from me`, which is a line of its own.
    fn of(message: &Value) -> Self {
        let text = message.to_string();
        let line = text.split("Down from ").nth(1).unwrap_or_default();
        let line = line.split(['"', '\\']).next().unwrap_or_default();
        let mut found = Self::default();
        for part in line.split("; ") {
            let (names, list) = if let Some(list) = part.strip_prefix("up from ") {
                (&mut found.up, list)
            } else if let Some(list) = part.strip_prefix("nothing heard from ") {
                (&mut found.absent, list)
            } else {
                (&mut found.down, part)
            };
            let listed = list.split(", ").filter(|name| !name.is_empty());
            names.extend(listed.map(str::to_owned));
        }
        for name in found.down.iter().chain(&found.up).chain(&found.absent) {
            assert!(REGIONS.contains(&name.as_str()), "{name} in {text}");
        }
        found
    }
}
