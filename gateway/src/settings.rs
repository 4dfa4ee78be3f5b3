//! The gateway's settings.

use std::net::SocketAddr;
use std::path::PathBuf;

use shared::crypto::Keyring;
use shared::http::client_address::TrustedProxies;
use shared::http::identity::InternalKeys;
use shared::kafka::KafkaSettings;
use shared::redis::RedisSettings;
use shared::settings::Reader;
use shared::status_page::read_pages_url;
use shared::token::TokenKey;
use url::Url;

use crate::cors::Origins;
use crate::hosts::Hosts;

/// Everything that the gateway can be told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `HTTP_ADDR`: where the API and the dashboard are served.
    pub http_addr: SocketAddr,
    /// `OPS_ADDR`: where metrics and health are served, not for the public.
    pub ops_addr: SocketAddr,
    /// `USER_SERVICE_URL`: where user-service is.
    pub user_service_url: String,
    /// `ALERTER_URL`: where an alerter is, for test messages.
    pub alerter_url: String,
    /// `PINGER_URL`: where a pinger is, for checks on request.
    pub pinger_url: String,
    /// Redis.
    pub redis: RedisSettings,
    /// Where pings of heartbeats go.
    pub kafka: KafkaSettings,
    /// `ENCRYPTION_KEYS`: seal the bodies of pings.
    pub keyring: Keyring,
    /// `INTERNAL_API_KEY`.
    pub internal_keys: InternalKeys,
    /// `JWT_SECRET`.
    pub token_key: TokenKey,
    /// How much one caller may ask for.
    pub limits: Limits,
    /// Which proxies in front tell the client's address.
    pub proxies: TrustedProxies,
    /// Under which names it is reached.
    pub hosts: Hosts,
    /// Whose pages may call the API besides its own.
    pub origins: Origins,
    /// Status pages, where there are any.
    pub pages: Option<PagesSettings>,
}

/// How status pages are served.
#[derive(Clone, Debug)]
pub struct PagesSettings {
    /// `PAGES_URL`: where they are, on a host name of its own.
    pub url: Url,
    /// `PAGES_CACHE_DIR`: where the last document of each public page is kept.
    pub cache_dir: Option<PathBuf>,
    /// `PAGES_EXPORT_DIR`: where a copy of each public page is written.
    pub export_dir: Option<PathBuf>,
}

impl PagesSettings {
    fn read(env: &mut Reader, hosts: &Hosts) -> Option<Self> {
        let url = read_pages_url(env);
        let cache_dir = env.optional(
            "PAGES_CACHE_DIR",
            "a folder for the last document of each public status page, which is shown while Redis does not answer, also after a restart",
        );
        let export_dir = env.optional(
            "PAGES_EXPORT_DIR",
            "a folder to which a copy of each public status page is written every minute, for a web server of its own",
        );
        let url = url?;
        if let Some(other) = url.host_str().and_then(|host| hosts.name_of(host)) {
            env.problem(
                "PAGES_URL",
                &format!("is at the host of {other}; status pages need a name of their own"),
            );
        }
        Some(Self {
            url,
            cache_dir: cache_dir.map(PathBuf::from),
            export_dir: export_dir.map(PathBuf::from),
        })
    }
}

/// How much one caller may ask for.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// `RATE_LOGIN_PER_MINUTE`: attempts to log in or register, per address.
    pub login_per_minute: u32,
    /// `RATE_API_PER_MINUTE`: other requests, per user and per API key.
    pub api_per_minute: u32,
    /// `RATE_PINGS_PER_MINUTE`: pings of heartbeats, per address.
    pub pings_per_minute: u32,
    /// `RATE_PINGS_PER_ORG_PER_MINUTE`: pings of heartbeats, per organisation.
    pub org_pings_per_minute: u32,
    /// `RATE_PAGES_PER_MINUTE`: requests for status pages, per address.
    pub pages_per_minute: u32,
    /// `PING_BODY_LIMIT`: bytes that are kept of the body of a ping.
    pub ping_body_bytes: usize,
    /// `MAX_STREAMS_PER_ORG`: live streams, per organisation.
    pub streams_per_org: usize,
    /// `MAX_CONNECTIONS_PER_ADDRESS`: open connections, per address.
    pub connections_per_address: usize,
}

impl Settings {
    /// Reads the environment.
    pub fn read(env: &mut Reader) -> Self {
        let address = |text: &str| {
            text.parse::<SocketAddr>()
                .map_err(|_| "must be ADDRESS:PORT".to_owned())
        };
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let url = |text: &str| match text
            .strip_prefix("http://")
            .or_else(|| text.strip_prefix("https://"))
        {
            Some(rest) if !rest.is_empty() => Ok(text.trim_end_matches('/').to_owned()),
            _ => Err("must be an http:// or https:// URL".to_owned()),
        };
        let hosts = Hosts::read(env);
        let pages = PagesSettings::read(env, &hosts);
        Self {
            http_addr: env
                .parsed("HTTP_ADDR", "0.0.0.0:8080", "where this service listens", address)
                .unwrap_or(any),
            ops_addr: env
                .parsed(
                    "OPS_ADDR",
                    "0.0.0.0:9080",
                    "where the gateway serves metrics and health",
                    address,
                )
                .unwrap_or(any),
            user_service_url: env
                .parsed(
                    "USER_SERVICE_URL",
                    "http://localhost:8081",
                    "where user-service is",
                    url,
                )
                .unwrap_or_default(),
            alerter_url: env
                .parsed(
                    "ALERTER_URL",
                    "http://localhost:8083",
                    "where an alerter is, for test messages",
                    url,
                )
                .unwrap_or_default(),
            pinger_url: env
                .parsed(
                    "PINGER_URL",
                    "http://localhost:8084",
                    "where a pinger is, for checks on request",
                    url,
                )
                .unwrap_or_default(),
            redis: RedisSettings::read(env),
            kafka: KafkaSettings::read(env),
            keyring: Keyring::read(env),
            internal_keys: InternalKeys::read(env),
            token_key: TokenKey::read(env),
            limits: Limits {
                login_per_minute: env.number(
                    "RATE_LOGIN_PER_MINUTE",
                    20,
                    1..=100_000,
                    "attempts to log in or register, per address (IPv6: per /64, and ten times as many per /48)",
                ),
                api_per_minute: env.number(
                    "RATE_API_PER_MINUTE",
                    1_200,
                    1..=1_000_000,
                    "other API requests, per user and per API key",
                ),
                pings_per_minute: env.number(
                    "RATE_PINGS_PER_MINUTE",
                    6_000,
                    1..=100_000_000,
                    "pings of heartbeats, per address (IPv6: per /64, and ten times as many per /48)",
                ),
                org_pings_per_minute: env.number(
                    "RATE_PINGS_PER_ORG_PER_MINUTE",
                    60_000,
                    1..=100_000_000,
                    "pings of heartbeats, per organisation",
                ),
                pages_per_minute: env.number(
                    "RATE_PAGES_PER_MINUTE",
                    3_000,
                    1..=100_000_000,
                    "requests for status pages, per address (IPv6: per /64, and ten times as many per /48)",
                ),
                ping_body_bytes: env.number(
                    "PING_BODY_LIMIT",
                    10_000,
                    0..=32_000,
                    "bytes that are kept of the body of a ping; the rest is cut off",
                ),
                streams_per_org: env.number(
                    "MAX_STREAMS_PER_ORG",
                    200,
                    1..=100_000,
                    "open live streams, per organisation",
                ),
                connections_per_address: env.number(
                    "MAX_CONNECTIONS_PER_ADDRESS",
                    1_000,
                    1..=1_000_000,
                    "open connections, per address (IPv6: per /64, and eight times as many per /48) that is not a proxy's",
                ),
            },
            proxies: TrustedProxies::read(env),
            hosts,
            origins: Origins::read(env),
            pages,
        }
    }
}
