//! A gateway whose status pages the test makes up.

use std::time::Duration;

use argon2::password_hash::PasswordHasher;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, Version};
use domain::live::LiveState;
use domain::status_page::{Impact, Locale, ReportStatus, Theme};
use domain::{ComponentId, MonitorId, OrgId, ReportUpdateId, StatusPageId, StatusReportId};
use fred::interfaces::{HashesInterface as _, KeysInterface as _, PubsubInterface as _, SetsInterface as _};
use http::{Method, Response};
use pages::Document;
use pages::document::{Affected, Component, ComponentMonitor, FORMAT, Group, Guard, Report, Update};
use serde_json::json;
use shared::crypto::Keyring;
use shared::redis::Keys;
use shared::status_page::{Pass, PassKind};
use testkit::{Reply, Seen};

use crate::common::{ENCRYPTION_KEYS, Gateway};

/// The host of all pages.
pub(crate) const HOST: &str = "status.example.org";
/// What nobody who may not see the page may read.
pub(crate) const SECRET: &str = "the warehouse burns";
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
/// What a form on a page is sent as.
pub(crate) const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

/// Every form of the page of [`document`], below its path, with its media type.
pub(crate) const FORMS: [(&str, &str); 24] = [
    ("", "text/html; charset=utf-8"),
    ("/reports/9", "text/html; charset=utf-8"),
    ("/history", "text/html; charset=utf-8"),
    ("/feeds", "text/html; charset=utf-8"),
    ("/embed", "text/html; charset=utf-8"),
    ("/feed.rss", "application/rss+xml; charset=utf-8"),
    ("/feed.atom", "application/atom+xml; charset=utf-8"),
    ("/feed.json", "application/feed+json; charset=utf-8"),
    ("/calendar.ics", "text/calendar; charset=utf-8"),
    ("/api/v2/summary.json", "application/json"),
    ("/api/v2/status.json", "application/json"),
    ("/api/v2/components.json", "application/json"),
    ("/api/v2/incidents.json", "application/json"),
    ("/api/v2/incidents/unresolved.json", "application/json"),
    ("/api/v2/scheduled-maintenances.json", "application/json"),
    ("/api/v2/scheduled-maintenances/upcoming.json", "application/json"),
    ("/api/v2/scheduled-maintenances/active.json", "application/json"),
    ("/badge.svg", "image/svg+xml; charset=utf-8"),
    ("/badge.json", "application/json"),
    ("/badge/3.svg", "image/svg+xml; charset=utf-8"),
    ("/badge/3.json", "application/json"),
    ("/logo.png", "image/png"),
    ("/feed.rss?x=1", "application/rss+xml; charset=utf-8"),
    ("/embed?x=1", "text/html; charset=utf-8"),
];

/// Whether people read a form in a browser, so that they get a door where they may not.
pub(crate) fn is_read(form: &str) -> bool {
    matches!(form, "" | "/reports/9" | "/history" | "/feeds")
}

/// A public page with a component, a report and a logo.
pub(crate) fn document(slug: &str) -> Document {
    let affected = Affected {
        id: ComponentId(3),
        name: "Shop".to_owned(),
        impact: Impact::PartialOutage,
    };
    let now = shared::now();
    Document {
        format: FORMAT,
        id: StatusPageId(7),
        org_id: OrgId(1),
        slug: slug.to_owned(),
        url: format!("http://{HOST}/{slug}"),
        title: "Acme Status".to_owned(),
        description: None,
        contact_url: None,
        accent_colour: "#1f6feb".to_owned(),
        theme: Theme::Auto,
        locale: Locale::En,
        time_zone: chrono_tz::UTC,
        allow_index: true,
        history_days: 1,
        logo: Some("00".repeat(32)),
        takes_subscribers: true,
        guard: Guard::Public,
        guard_version: 1,
        groups: vec![Group {
            name: None,
            is_open: true,
            components: vec![Component {
                id: ComponentId(3),
                name: "Shop".to_owned(),
                description: None,
                monitor: Some(ComponentMonitor {
                    id: MonitorId(42),
                    state: LiveState::Up,
                }),
                external: None,
                reported: Impact::Operational,
                since: None,
                days: Vec::new(),
                uptime: None,
                latency: None,
            }],
        }],
        reports: vec![Report {
            id: StatusReportId(9),
            title: "Slow answers".to_owned(),
            status: ReportStatus::Resolved,
            components: vec![affected],
            started_at: now.plus_millis(-7_200_000),
            resolved_at: Some(now.plus_millis(-3_600_000)),
            postmortem: None,
            updates: vec![Update {
                id: ReportUpdateId(1),
                status: ReportStatus::Resolved,
                message: SECRET.to_owned(),
                components: Vec::new(),
                at: now.plus_millis(-3_600_000),
                updated_at: now.plus_millis(-3_600_000),
            }],
            updated_at: now.plus_millis(-3_600_000),
        }],
        maintenance: Vec::new(),
        as_of: now,
    }
}

/// A page that not everybody may see.
pub(crate) fn guarded(slug: &str, guard: Guard) -> Document {
    Document {
        guard,
        guard_version: 3,
        ..document(slug)
    }
}

pub(crate) fn by_password(password: &str) -> Guard {
    // A hash says how it is made; the product's take a hundred times as long.
    let params = Params::new(64, 1, 1, None).unwrap();
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash: PasswordHash = argon2.hash_password(password.as_bytes()).unwrap();
    Guard::Password {
        hash: hash.to_string(),
    }
}

pub(crate) fn by_mail() -> Guard {
    Guard::EmailDomain {
        domains: vec!["acme.example".to_owned()],
    }
}

pub(crate) fn by_membership() -> Guard {
    Guard::Members {
        sign_in_url: "https://uptime.example.org/status-pages/7/visit".to_owned(),
    }
}

pub(crate) fn by_address(network: &str) -> Guard {
    Guard::Addresses {
        networks: vec![network.parse().unwrap()],
    }
}

/// A pass for a page, valid for a minute.
pub(crate) fn pass(document: &Document, kind: PassKind) -> String {
    pass_of(document.id.0, document.guard_version, 60_000, kind)
}

pub(crate) fn pass_of(page: i64, guard_version: i32, valid_ms: i64, kind: PassKind) -> String {
    let pass = Pass {
        page: StatusPageId(page),
        guard_version,
        until: shared::now().plus_millis(valid_ms),
    };
    pass.seal(&Keyring::parse(ENCRYPTION_KEYS).unwrap(), kind)
}

/// A gateway at whose pages' host is [`HOST`].
pub(crate) struct Served(pub(crate) Gateway);

impl Served {
    pub(crate) async fn start(more: &[(&str, &str)]) -> Self {
        Self::start_with(more, |_| Reply::new(500, "nobody is asked")).await
    }

    pub(crate) async fn start_with(
        more: &[(&str, &str)],
        answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let url = format!("http://{HOST}");
        let mut settings = vec![("PAGES_URL", &*url)];
        settings.extend_from_slice(more);
        let served = Self(Gateway::start_with(&settings, answer).await);
        served.fill().await;
        served
    }

    /// Says that Redis was not emptied.
    pub(crate) async fn fill(&self) {
        self.set(self.keys().filled(), b"1").await;
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.0.keys
    }

    pub(crate) async fn set(&self, key: String, value: &[u8]) {
        let set = self.0.redis.set::<(), _, _>(key, value, None, None, false);
        set.await.unwrap();
    }

    pub(crate) async fn delete(&self, key: String) {
        self.0.redis.del::<(), _>(key).await.unwrap();
    }

    /// Writes a document as user-service does.
    pub(crate) async fn publish(&self, document: &Document) {
        let (redis, slug) = (&self.0.redis, &*document.slug);
        let json = serde_json::to_vec(document).unwrap();
        self.set(self.keys().status_page(slug), &json).await;
        self.set(self.keys().status_page_logo(slug), b"\x89PNG").await;
        let set = self.keys().status_pages();
        match document.guard {
            Guard::Public => redis.sadd::<(), _, _>(set, slug).await.unwrap(),
            _ => redis.srem::<(), _, _>(set, slug).await.unwrap(),
        }
        self.tell(slug).await;
    }

    /// Removes it as user-service does.
    pub(crate) async fn unpublish(&self, slug: &str) {
        self.delete(self.keys().status_page(slug)).await;
        let removed = self.0.redis.srem::<(), _, _>(self.keys().status_pages(), slug);
        removed.await.unwrap();
        self.tell(slug).await;
    }

    async fn tell(&self, slug: &str) {
        let channel = self.keys().status_pages_changed();
        self.0.redis.publish::<(), _, _>(channel, slug).await.unwrap();
    }

    /// Has a monitor of an organisation be in a state.
    pub(crate) async fn has_state(&self, org: i64, state: &str) {
        let status = json!({
            "state": state, "since": null, "last_checked_at": null, "latency_ms": null, "status_code": null,
            "error": SECRET, "error_code": null, "incident_id": null,
        });
        let fields = vec![("org", org.to_string()), ("json", status.to_string())];
        let key = self.keys().status(MonitorId(42));
        self.0.redis.hset::<(), _, _>(key, fields).await.unwrap();
    }

    /// What is at a path of the pages' host.
    pub(crate) async fn get(&self, path: &str, headers: &[(&str, &str)]) -> Response<String> {
        self.call(Method::GET, HOST, path, headers, "").await
    }

    pub(crate) async fn status(&self, path: &str) -> u16 {
        self.get(path, &[]).await.status().as_u16()
    }

    pub(crate) async fn post(&self, path: &str, headers: &[(&str, &str)], body: &str) -> Response<String> {
        let headers = [&[FORM], headers].concat();
        self.call(Method::POST, HOST, path, &headers, body).await
    }

    pub(crate) async fn call(
        &self,
        method: Method,
        host: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Response<String> {
        let headers = [&[("host", host)], headers].concat();
        self.0.call(method, path, &headers, body).await
    }

    /// Waits until a path of a host is answered with a status.
    pub(crate) async fn eventually(&self, host: &str, path: &str, status: u16) -> Response<String> {
        let what = format!("{host}{path} is answered {status}");
        testkit::eventually(&what, PATIENCE, async || {
            let answer = self.call(Method::GET, host, path, &[], "").await;
            (answer.status().as_u16() == status).then_some(answer)
        })
        .await
    }
}

/// A header of an answer.
pub(crate) fn header<'a>(answer: &'a Response<String>, name: &str) -> Option<&'a str> {
    answer.headers().get(name).map(|value| value.to_str().unwrap())
}

/// The cookie that an answer gives, as a browser sends it back.
pub(crate) fn cookie(answer: &Response<String>) -> Option<String> {
    let cookie = header(answer, "set-cookie")?;
    Some(cookie.split(';').next().unwrap_or_default().to_owned())
}
