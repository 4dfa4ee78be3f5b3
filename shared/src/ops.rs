//! What an operator asks a service: is it alive, can it work, how is it doing.

use std::collections::BTreeMap;
use std::sync::{Arc, RwLock, RwLockWriteGuard};

use actix_web::{HttpResponse, web};
use metrics_exporter_prometheus::PrometheusHandle;

/// What a service needs in order to work, each by name, and whether it has it.
#[derive(Clone, Debug, Default)]
pub struct Readiness(Arc<RwLock<Parts>>);

type Parts = BTreeMap<&'static str, Result<(), String>>;

impl Readiness {
    /// Says that `name` is there.
    pub fn ok(&self, name: &'static str) {
        self.set(name, Ok(()));
    }

    /// Says that `name` is not there, and why.
    pub fn fail(&self, name: &'static str, why: impl Into<String>) {
        self.set(name, Err(why.into()));
    }

    /// Says that `name` is not there, as it should be at the start and at the end: nothing to warn of.
    pub fn phase(&self, name: &'static str, why: &'static str) {
        self.write().insert(name, Err(why.to_owned()));
    }

    /// Whether everything that was named is there. Nothing named yet is not ready.
    pub fn is_ready(&self) -> bool {
        let parts = self.parts();
        !parts.is_empty() && parts.values().all(Result::is_ok)
    }

    fn set(&self, name: &'static str, value: Result<(), String>) {
        let mut parts = self.write();
        if parts.get(name) != Some(&value) {
            match &value {
                Ok(()) => tracing::info!(part = name, "ready"),
                Err(why) => tracing::warn!(part = name, why, "not ready"),
            }
            parts.insert(name, value);
        }
    }

    fn write(&self) -> RwLockWriteGuard<'_, Parts> {
        self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn parts(&self) -> Parts {
        self.0
            .read()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .clone()
    }
}

/// Adds `/health/live`, `/health/ready` and `/metrics` to a server.
pub fn configure(
    readiness: Readiness,
    metrics: PrometheusHandle,
) -> impl FnOnce(&mut web::ServiceConfig) + Clone {
    move |config| {
        configure_health(readiness)(config);
        config
            .app_data(web::Data::new(metrics))
            .route("/metrics", web::get().to(render));
    }
}

/// Adds only `/health/live` and `/health/ready`: for a server that the public reaches.
pub fn configure_health(readiness: Readiness) -> impl FnOnce(&mut web::ServiceConfig) + Clone {
    move |config| {
        config
            .app_data(web::Data::new(readiness))
            .route("/health/live", web::get().to(live))
            .route("/health/ready", web::get().to(ready));
    }
}

async fn live() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({"status": "ok"}))
}

async fn ready(readiness: web::Data<Readiness>) -> HttpResponse {
    let parts: serde_json::Map<_, _> = readiness
        .parts()
        .into_iter()
        .map(|(name, state)| {
            (
                name.to_owned(),
                state.map_or_else(|why| why.into(), |()| "ok".into()),
            )
        })
        .collect();
    if readiness.is_ready() {
        HttpResponse::Ok().json(serde_json::json!({"status": "ok", "parts": parts}))
    } else {
        HttpResponse::ServiceUnavailable().json(serde_json::json!({"status": "unavailable", "parts": parts}))
    }
}

async fn render(metrics: web::Data<PrometheusHandle>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; version=0.0.4; charset=utf-8")
        .body(metrics.render())
}
