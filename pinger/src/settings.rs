//! What an operator can set.

use std::net::SocketAddr;
use std::time::Duration;

use domain::Regions;
use domain::record::DEFAULT_REGION;
use shared::crypto::Keyring;
use shared::guard::TargetGuard;
use shared::http::identity::InternalKeys;
use shared::kafka::KafkaSettings;
use shared::redis::RedisSettings;
use shared::regions::read_regions;
use shared::settings::Reader;

use crate::place::Place;

/// The user agent of requests.
const USER_AGENT: &str = concat!("UptimeMonitor/", env!("CARGO_PKG_VERSION"));

/// The settings of a pinger.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where results go.
    pub kafka: KafkaSettings,
    /// Where leases and the mirror of the definitions are.
    pub redis: RedisSettings,
    /// Opens the mirror.
    pub keyring: Keyring,
    /// Opens the internal APIs.
    pub internal_keys: InternalKeys,
    /// Where definitions come from, without a slash at the end.
    pub user_service_url: String,
    /// Which addresses may be checked.
    pub guard: TargetGuard,
    /// Where the internal API listens.
    pub http_addr: SocketAddr,
    /// The name of this pod among the pingers.
    pub pod_id: String,
    /// From where it checks.
    pub place: Place,
    /// The number of shards; the same for all pingers.
    pub shards: u32,
    /// How long a lease is valid without renewal.
    pub lease_ttl: Duration,
    /// How often all definitions are reconciled.
    pub reconcile_interval: Duration,
    /// How long checks in flight may take after the signal to stop.
    pub drain_timeout: Duration,
    /// The user agent of requests.
    pub user_agent: String,
    /// Name servers that are asked for the addresses of targets, and by DNS checks that name none; the system's if there
    /// are none.
    pub name_servers: Vec<SocketAddr>,
    /// Addresses that are tried to detect an outage of our own network; empty to disable that.
    pub egress_references: Vec<SocketAddr>,
    /// How many checks may be in flight, of all pingers of this process together.
    pub limits: Limits,
    /// How many pingers this process has, which share what it may have.
    pub pingers: usize,
}

/// How many checks may be in flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Of monitors that did not fail the last time.
    pub regular: usize,
    /// Of monitors that failed the last time.
    pub failing: usize,
    /// Catch-up checks: of monitors that are new, or were not checked for a while.
    pub catch_up: usize,
    /// To one host.
    pub per_host: usize,
}

impl Settings {
    /// Reads the settings from variables.
    pub fn read(env: &mut Reader) -> Self {
        let user_service_url = env.text(
            "USER_SERVICE_URL",
            "http://localhost:8081",
            "where user-service is; definitions come from there",
        );
        if !user_service_url.starts_with("http://") && !user_service_url.starts_with("https://") {
            env.problem(
                "USER_SERVICE_URL",
                "must start with http:// or https://, for example http://localhost:8081",
            );
        }
        let address = |text: &str| {
            text.parse::<SocketAddr>()
                .map_err(|_| "must be an address and a port".to_owned())
        };
        let http_addr = env.parsed(
            "HTTP_ADDR",
            "0.0.0.0:8084",
            "where health, metrics and the internal API are served",
            address,
        );
        let pod_id = env
            .optional("POD_ID", "who this pod is among the pingers; random by default")
            .unwrap_or_else(random_pod_id);
        let place = read_place(env);
        Self {
            kafka: KafkaSettings::read(env),
            redis: RedisSettings::read(env),
            keyring: Keyring::read(env),
            internal_keys: InternalKeys::read(env),
            user_service_url: user_service_url.trim_end_matches('/').to_owned(),
            guard: TargetGuard::read(env),
            http_addr: http_addr.unwrap_or(([0, 0, 0, 0], 8084).into()),
            pod_id,
            place,
            shards: env.number(
                "SHARDS",
                domain::internal::DEFAULT_SHARDS,
                1..=domain::internal::MAX_SHARDS,
                "into how many shards monitors fall; the same for all pingers",
            ),
            lease_ttl: env.millis(
                "LEASE_TTL_MS",
                6_000,
                500..=60_000,
                "after how long the shards of a pod that died are taken over",
            ),
            reconcile_interval: env.millis(
                "RECONCILE_INTERVAL_MS",
                60_000,
                1_000..=3_600_000,
                "how often all definitions are compared with those known",
            ),
            drain_timeout: env.millis(
                "DRAIN_TIMEOUT_MS",
                20_000,
                0..=300_000,
                "how long checks in flight may take after the signal to stop",
            ),
            user_agent: env.text("PROBE_USER_AGENT", USER_AGENT, "how requests call themselves"),
            name_servers: env
                .parsed(
                    "PROBE_NAME_SERVERS",
                    "",
                    "addresses with ports of the name servers that are asked for the addresses of targets, and by \
                     DNS checks that name none, instead of the system's, for example 192.0.2.53:53",
                    parse_name_servers,
                )
                .unwrap_or_default(),
            egress_references: env
                .parsed(
                    "EGRESS_REFERENCES",
                    "",
                    "three or more independent addresses with ports that answer TCP; when most do not, failing \
                     checks are skipped instead of counted as down",
                    crate::egress::parse_references,
                )
                .unwrap_or_default(),
            limits: Limits::read(env),
            pingers: 1,
        }
    }

    /// The settings of pingers in one process, one in each region and the home region's first, which share what one may
    /// have. Each is alone in its region, so that they may all have the same name.
    pub fn of_all(self, regions: &Regions) -> Vec<Self> {
        let names = regions.names();
        let places = names.iter().filter_map(|name| Place::of(name, regions).ok());
        let of = |place| Self {
            place,
            pingers: names.len(),
            ..self.clone()
        };
        places.map(of).collect()
    }
}

/// Name servers that are asked, at most.
const MAX_NAME_SERVERS: usize = 8;

fn parse_name_servers(text: &str) -> Result<Vec<SocketAddr>, String> {
    let servers = text.split(',').map(str::trim).filter(|server| !server.is_empty());
    let servers: Vec<SocketAddr> = servers
        .map(|server| {
            server
                .parse()
                .map_err(|_| format!("must hold IP addresses with ports; {server} is none"))
        })
        .collect::<Result<_, _>>()?;
    if servers.len() > MAX_NAME_SERVERS {
        return Err(format!("must hold at most {MAX_NAME_SERVERS} name servers"));
    }
    Ok(servers)
}

/// Reads from where it checks: one of the regions of the deployment.
fn read_place(env: &mut Reader) -> Place {
    let regions = read_regions(env);
    let region = env.parsed(
        "REGION",
        DEFAULT_REGION,
        "the name of the place from which targets are checked, one of REGIONS where that is set",
        |text| {
            if text.len() <= 32 && text.bytes().all(|b| b.is_ascii_graphic()) {
                Ok(text.to_owned())
            } else {
                Err("must have at most 32 printable ASCII characters".to_owned())
            }
        },
    );
    let region = region.unwrap_or_else(|| regions.home().to_owned());
    Place::of(&region, &regions).unwrap_or_else(|wrong| {
        env.problem("REGION", &wrong);
        Place::default()
    })
}

impl Limits {
    /// The part of one of `count`. To one host each may have as many as ever.
    pub(crate) fn shared_by(self, count: usize) -> Self {
        let part = |limit: usize| (limit / count.max(1)).max(1);
        Self {
            regular: part(self.regular),
            failing: part(self.failing),
            catch_up: part(self.catch_up),
            per_host: self.per_host,
        }
    }

    fn read(env: &mut Reader) -> Self {
        Self {
            regular: env.number(
                "PROBE_MAX_IN_FLIGHT",
                4_096,
                1..=1_000_000,
                "checks in flight of monitors that did not fail the last time",
            ),
            failing: env.number(
                "PROBE_MAX_IN_FLIGHT_FAILING",
                4_096,
                1..=1_000_000,
                "checks in flight of monitors that failed the last time",
            ),
            catch_up: env.number(
                "PROBE_MAX_IN_FLIGHT_CATCH_UP",
                512,
                1..=1_000_000,
                "checks in flight of monitors that are new or that nobody checked for a while",
            ),
            per_host: env.number(
                "PROBE_MAX_PER_HOST",
                64,
                1..=1_000_000,
                "checks in flight to one host",
            ),
        }
    }
}

fn random_pod_id() -> String {
    let random: String = shared::crypto::random::<6>()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("pinger-{random}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_problems_are_listed_and_defaults_are_sound() {
        let mut env = Reader::from_values([("LEASE_TTL_MS", "1"), ("USER_SERVICE_URL", "user-service")]);
        Settings::read(&mut env);
        let problems = env.finish().unwrap_err().to_string();
        for name in [
            "LEASE_TTL_MS",
            "USER_SERVICE_URL",
            "KAFKA_BROKERS",
            "ENCRYPTION_KEYS",
        ] {
            assert!(problems.contains(name), "{problems}");
        }
    }

    #[test]
    fn name_servers_are_addresses_with_ports() {
        let servers = parse_name_servers("192.0.2.53:53, [2001:db8::53]:5353,").unwrap();
        let expected: [SocketAddr; 2] =
            ["192.0.2.53:53", "[2001:db8::53]:5353"].map(|server| server.parse().unwrap());
        assert_eq!(servers, expected);
        assert!(parse_name_servers("").unwrap().is_empty());
        let many = "192.0.2.53:53,".repeat(9);
        for (text, wrong) in [
            ("192.0.2.53", "192.0.2.53 is none"),
            ("dns.example:53", "dns.example:53 is none"),
            (many.as_str(), "at most 8"),
        ] {
            assert!(parse_name_servers(text).unwrap_err().contains(wrong), "{text}");
        }
    }

    #[test]
    fn one_process_has_a_pinger_in_each_region() {
        let mut env = Reader::from_values([("REGIONS", "us,eu,ap"), ("REGION", "us")]);
        let all = Settings::read(&mut env).of_all(&read_regions(&mut env));
        let places: Vec<_> = all
            .iter()
            .map(|one| (one.place.region(), one.place.is_home()))
            .collect();
        assert_eq!(places, [("us", true), ("eu", false), ("ap", false)]);
        for one in &all {
            assert_eq!(
                (one.pingers, one.limits.regular, one.limits.catch_up),
                (3, 4_096, 512)
            );
        }
    }

    #[test]
    fn a_region_that_there_is_not_is_refused() {
        let problems = |values: &[(&str, &str)]| {
            let mut env = Reader::from_values(values.iter().copied());
            let place = read_place(&mut env);
            env.finish().map(|()| place).map_err(|error| error.to_string())
        };
        let regions = ("REGIONS", "eu,us");
        let place = problems(&[regions, ("REGION", "us")]).unwrap();
        assert_eq!((place.region(), place.is_home()), ("us", false));
        // Neither is it guessed where it is not said.
        for (values, wrong) in [
            (
                &[regions, ("REGION", "ap")][..],
                "REGION: must be one of REGIONS (eu, us), and not \"ap\"",
            ),
            (
                &[regions],
                "REGION: must be one of REGIONS (eu, us), and not \"default\"",
            ),
            (&[("REGIONS", "EU")], "REGIONS: must be names"),
            (&[("REGION", "a b")], "REGION: must have at most 32 printable"),
        ] {
            let problems = problems(values).unwrap_err();
            assert!(problems.contains(wrong), "{problems}");
            assert_eq!(
                problems.matches("REGION").count(),
                wrong.matches("REGION").count(),
                "{problems}"
            );
        }
        let alone = problems(&[("REGION", "eu")]).unwrap();
        assert_eq!((alone.region(), alone.is_home()), ("eu", true));
    }
}
