//! The settings of the services, with what one process on one machine knows better.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::Arc;

use shared::postgres::PostgresSettings;
use shared::regions::read_regions;
use shared::settings::Reader;
use user_service::Delivery;

/// Stands for the broker in this process.
const EMBEDDED: &str = "embedded";

/// The smallest and largest bound of the embedded log, in MiB.
const LOG_MIB: RangeInclusive<u64> = 64..=1_048_576;

/// Where the embedded log is and how large it becomes.
#[derive(Clone, Debug)]
pub(crate) struct EmbeddedLog {
    pub(crate) folder: PathBuf,
    pub(crate) max_bytes: u64,
}

/// Everything that the services are told.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// The log of the broker in this process, unless it is another.
    pub(crate) embedded_log: Option<EmbeddedLog>,
    /// The database that is migrated first.
    pub(crate) postgres: PostgresSettings,
    pub(crate) user_service: user_service::Settings,
    /// Checks on request are for the first one.
    pub(crate) pingers: Vec<pinger::Settings>,
    pub(crate) processor: processor::Settings,
    pub(crate) alerter: alerter::Settings,
    pub(crate) gateway: gateway::Settings,
}

impl Settings {
    /// Reads the environment: what every service reads, `LISTEN_HOST` and `PORT` for the dashboard, and `EMBEDDED_LOG_DIR`
    /// and `EMBEDDED_LOG_MIB` for the log of the broker in this process.
    pub(crate) fn read(env: &mut Reader) -> Self {
        let host = env
            .parsed(
                // Not HOST: shells set that to the name of the machine.
                "LISTEN_HOST",
                "127.0.0.1",
                "the address on which the dashboard is served",
                |text| {
                    text.parse::<IpAddr>()
                        .map_err(|_| "must be an IP address".to_owned())
                },
            )
            .unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let port = env.number("PORT", 8080u16, 1..=65_535, "the dashboard's port");
        for (name, value) in [
            // The services meet on ports that nobody needs to know.
            ("HTTP_ADDR", "127.0.0.1:0"),
            ("OPS_ADDR", "127.0.0.1:0"),
            ("KAFKA_BROKERS", EMBEDDED),
            // One person's machine, and the sites on it.
            ("PROBE_TARGETS", "any"),
            ("COOKIE_SECURE", "false"),
        ] {
            env.preset(name, value);
        }
        env.preset("PUBLIC_URL", &format!("http://localhost:{port}"));
        let mut gateway = gateway::Settings::read(env);
        gateway.http_addr = SocketAddr::new(host, port);
        let mut user_service = user_service::Settings::read(env);
        let folder = env.text(
            "EMBEDDED_LOG_DIR",
            "data/log",
            "the folder of the embedded broker's log",
        );
        let mib = env.number(
            "EMBEDDED_LOG_MIB",
            1024u64,
            LOG_MIB,
            "MiB at which the embedded broker drops its oldest results, read or not",
        );
        let embedded_log = EmbeddedLog {
            folder: folder.into(),
            max_bytes: mib << 20,
        };
        if matches!(user_service.delivery, Delivery::Nowhere) {
            // One person tries it out, who can read the log.
            user_service.delivery = Delivery::Caught(Arc::default());
        }
        Self {
            embedded_log: (user_service.kafka.brokers() == EMBEDDED).then_some(embedded_log),
            postgres: PostgresSettings::read(env),
            pingers: pingers(env),
            processor: processor::Settings::read(env),
            alerter: alerter::Settings::read(env),
            user_service,
            gateway,
        }
    }
}

/// The pingers of this process: one of each region, the home region's first, or only that of `REGION`, where it is set and
/// the other regions have pingers elsewhere.
fn pingers(env: &mut Reader) -> Vec<pinger::Settings> {
    let meaning = "the only one of REGIONS that is checked from here; all of them when it is not set";
    let only = env.optional("REGION", meaning);
    let regions = read_regions(env);
    env.preset("REGION", regions.home());
    let first = pinger::Settings::read(env);
    if only.is_some() || regions.is_single() {
        return vec![first];
    }
    first.of_all(&regions)
}
