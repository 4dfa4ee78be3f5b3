//! The settings of the five services, with what one process on one machine knows better.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use shared::postgres::PostgresSettings;
use shared::settings::Reader;
use user_service::Delivery;

/// Stands for the broker in this process.
const EMBEDDED: &str = "embedded";

/// Everything that the five services are told.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Whether the broker is in this process.
    pub(crate) embedded_kafka: bool,
    /// The database that is migrated first.
    pub(crate) postgres: PostgresSettings,
    pub(crate) user_service: user_service::Settings,
    pub(crate) pinger: pinger::Settings,
    pub(crate) processor: processor::Settings,
    pub(crate) alerter: alerter::Settings,
    pub(crate) gateway: gateway::Settings,
}

impl Settings {
    /// Reads the environment: what every service reads, and `HOST` and `PORT` for the dashboard.
    pub(crate) fn read(env: &mut Reader) -> Self {
        let host = env
            .parsed(
                "HOST",
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
        if matches!(user_service.delivery, Delivery::Nowhere) {
            // One person tries it out, who can read the log.
            user_service.delivery = Delivery::Caught(Arc::default());
        }
        Self {
            embedded_kafka: user_service.kafka.brokers() == EMBEDDED,
            postgres: PostgresSettings::read(env),
            pinger: pinger::Settings::read(env),
            processor: processor::Settings::read(env),
            alerter: alerter::Settings::read(env),
            user_service,
            gateway,
        }
    }
}
