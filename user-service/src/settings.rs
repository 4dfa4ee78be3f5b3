//! Settings.
//!
//! Beside `DATABASE_*`, `REDIS_*`, `KAFKA_*`, `PROBE_*`, `ENCRYPTION_KEYS`, `INTERNAL_API_KEY` and
//! `JWT_SECRET`: `HTTP_ADDR`, `SHARDS`, `REGIONS`, `REGISTRATION` (before: `REGISTRATION_OPEN`), `SESSION_DAYS`, `COOKIE_SECURE`,
//! `MAX_MONITORS_PER_ORG`, `PLANS`, `PLAN_DEFAULT`, `EMAIL_VERIFY_RECIPIENTS`, `SEAL_MONITORS`, `SMTP_*`, `PUBLIC_URL`,
//! `PAGES_URL`, `DELETION_DELAY_DAYS`, `GOOGLE_*`, `GITHUB_*`, `OIDC_PROVIDERS`.

use std::net::SocketAddr;

use domain::Regions;
use shared::crypto::Keyring;
use shared::guard::TargetGuard;
use shared::http::identity::InternalKeys;
use shared::kafka::KafkaSettings;
use shared::postgres::PostgresSettings;
use shared::redis::RedisSettings;
use shared::regions::read_regions;
use shared::settings::Reader;
use shared::smtp::SmtpSettings;
use shared::status_page::read_pages_url;
use shared::token::TokenKey;
use url::Url;

use crate::mail::Delivery;
use crate::providers::{self, ProviderSettings};
use crate::rules::plan::{Plans, SELF_HOSTED};

/// Everything that user-service is told.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen.
    pub http_addr: SocketAddr,
    /// The database.
    pub postgres: PostgresSettings,
    /// Where definitions are mirrored.
    pub redis: RedisSettings,
    /// Where lifecycle records go.
    pub kafka: KafkaSettings,
    /// Seals channels, monitors that hold secrets, and mirrored definitions.
    pub keyring: Keyring,
    /// Opens this service to the others.
    pub internal_keys: InternalKeys,
    /// Signs access tokens.
    pub token_key: TokenKey,
    /// Which addresses may be sent webhooks.
    pub target_guard: TargetGuard,
    /// Shards into which monitors fall.
    pub shards: u32,
    /// From where monitors can be checked.
    pub regions: Regions,
    /// Who may make an account.
    pub registration: Registration,
    /// Days after which a login that is not used ends.
    pub session_days: u32,
    /// Whether the refresh cookie is sent over HTTPS only.
    pub cookie_secure: bool,
    /// What organisations may have.
    pub plans: Plans,
    /// Whether recipients of e-mail channels have to confirm that they want alerts.
    pub verify_recipients: bool,
    /// Whether monitors that hold secrets are stored sealed; as it is when nothing is said.
    pub seal_monitors: Option<bool>,
    /// What becomes of mails about accounts.
    pub delivery: Delivery,
    /// Base URL of the dashboard, for links in mails, and where providers send people back.
    pub public_url: String,
    /// Where status pages are, each below it by its slug; nothing when there are none.
    pub pages_url: Option<Url>,
    /// The name server that is asked whether host names of status pages are proven; the system's where there is none.
    pub domain_name_server: Option<SocketAddr>,
    /// With whom people can sign in besides.
    pub providers: Vec<ProviderSettings>,
    /// Days in which the deletion of an account or organisation can be cancelled.
    pub deletion_days: i32,
}

/// Who may make an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    /// Anyone.
    Open,
    /// Whoever is invited to an organisation.
    Invite,
    /// Nobody.
    Closed,
}

impl Registration {
    fn read(env: &mut Reader) -> Self {
        let meaning = "deprecated: true for REGISTRATION=open, false for REGISTRATION=closed";
        let default = match env.flag("REGISTRATION_OPEN", true, meaning) {
            true => "open",
            false => "closed",
        };
        let meaning = "who may make an account: open (anyone), invite (invited people) or closed (nobody)";
        let read = env.parsed("REGISTRATION", default, meaning, |text| match text {
            "open" => Ok(Self::Open),
            "invite" => Ok(Self::Invite),
            "closed" => Ok(Self::Closed),
            _ => Err("must be open, invite or closed".to_owned()),
        });
        read.unwrap_or(Self::Closed)
    }
}

fn public_url(env: &mut Reader) -> String {
    let url = env.parsed(
        "PUBLIC_URL",
        "http://localhost:8080",
        "the address of the dashboard, for links in mails",
        |text| match url::Url::parse(text) {
            Ok(url) if matches!(url.scheme(), "http" | "https") => Ok(text.trim_end_matches('/').to_owned()),
            _ => Err("must be an http or https URL".to_owned()),
        },
    );
    // What is wrong is told by the reader, and nothing starts.
    url.unwrap_or_default()
}

impl Settings {
    /// Reads the settings.
    pub fn read(env: &mut Reader) -> Self {
        let http_addr = env.parsed(
            "HTTP_ADDR",
            "0.0.0.0:8081",
            "where the internal API, health and metrics are served",
            |text| {
                text.parse()
                    .map_err(|_| "must be an address and a port".to_owned())
            },
        );
        Self {
            http_addr: http_addr.unwrap_or_else(|| SocketAddr::from(([0, 0, 0, 0], 8081))),
            postgres: PostgresSettings::read(env),
            redis: RedisSettings::read(env),
            kafka: KafkaSettings::read(env),
            keyring: Keyring::read(env),
            internal_keys: InternalKeys::read(env),
            token_key: TokenKey::read(env),
            target_guard: TargetGuard::read(env),
            shards: env.number(
                "SHARDS",
                domain::internal::DEFAULT_SHARDS,
                1..=domain::internal::MAX_SHARDS,
                "shards into which monitors fall; the same for every service",
            ),
            regions: read_regions(env),
            registration: Registration::read(env),
            session_days: env.number(
                "SESSION_DAYS",
                30,
                1..=365,
                "days after which a login that is not used ends",
            ),
            cookie_secure: env.flag(
                "COOKIE_SECURE",
                true,
                "whether the refresh cookie is sent over HTTPS only; false for http://localhost",
            ),
            plans: read_plans(env),
            verify_recipients: env.flag(
                "EMAIL_VERIFY_RECIPIENTS",
                true,
                "whether recipients of e-mail channels have to confirm that they want alerts",
            ),
            seal_monitors: read_seal_monitors(env),
            delivery: SmtpSettings::read(env).map_or(Delivery::Nowhere, Delivery::Smtp),
            public_url: public_url(env),
            pages_url: read_pages_url(env),
            domain_name_server: None,
            providers: providers::read(env),
            deletion_days: env.number(
                "DELETION_DELAY_DAYS",
                7,
                0..=90,
                "days in which the deletion of an account or organisation can be cancelled",
            ),
        }
    }
}

fn read_plans(env: &mut Reader) -> Plans {
    let max_monitors = env.number(
        "MAX_MONITORS_PER_ORG",
        10_000,
        1..=1_000_000,
        "monitors that an organisation may have whose plan says nothing of them",
    );
    let meaning = "what organisations may have: a JSON object that holds an object of limits for each plan's name; or \
                   PLANS_FILE, a file that holds it";
    let plans = env.parsed("PLANS", r#"{"self-hosted": {}}"#, meaning, |text| {
        Plans::parse(text, max_monitors)
    });
    let meaning = "the plan of organisations to which nobody has given one";
    let default = env.text("PLAN_DEFAULT", SELF_HOSTED, meaning);
    let Some(plans) = plans else {
        // What is wrong is told by the reader, and nothing starts.
        return Plans::self_hosted(max_monitors);
    };
    Plans::new(plans, default).unwrap_or_else(|wrong| {
        env.problem("PLAN_DEFAULT", &wrong);
        Plans::self_hosted(max_monitors)
    })
}

fn read_seal_monitors(env: &mut Reader) -> Option<bool> {
    const NAME: &str = "SEAL_MONITORS";
    let meaning = "whether monitors that hold secrets are sealed in the database; true once no release before this one \
                   runs any more, false before a rollback to one; new installations begin sealed";
    let text = env.optional(NAME, meaning)?;
    let parsed = text.parse();
    if parsed.is_err() {
        env.problem(NAME, "must be true or false");
    }
    parsed.ok()
}
