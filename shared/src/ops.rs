//! What an operator asks a service: is it alive, can it work, how is it doing.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockWriteGuard};
use std::time::{Duration, Instant};

use actix_web::{HttpResponse, web};
use metrics_exporter_prometheus::PrometheusHandle;

/// What a service needs in order to work, each by name, and whether it has it.
#[derive(Clone, Debug, Default)]
pub struct Readiness(Arc<Named>);

#[derive(Debug, Default)]
struct Named {
    parts: RwLock<Parts>,
    works: RwLock<Vec<Work>>,
}

type Parts = BTreeMap<&'static str, Part>;

#[derive(Debug)]
struct Part {
    state: Result<(), String>,
    /// Whether the log was told that it is not there: once, and not of each of the ways in which that shows.
    is_told: bool,
}

/// Work that comes by itself, and whether it gets done: a service that has everything it needs and gets
/// nothing done is not ready. Clones are the same work.
#[derive(Clone, Debug)]
pub struct Work(Arc<Waiting>);

#[derive(Debug)]
struct Waiting {
    name: &'static str,
    patience: Duration,
    since: Mutex<Option<Instant>>,
    /// What the log was told last.
    is_stalled: AtomicBool,
}

impl Work {
    /// There is something to do.
    pub fn waits(&self) {
        self.since().get_or_insert_with(Instant::now);
    }

    /// Something was done, or there is nothing to do.
    pub fn moves(&self) {
        *self.since() = None;
    }

    fn since(&self) -> std::sync::MutexGuard<'_, Option<Instant>> {
        self.0.since.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> Result<(), String> {
        let waited = self.since().map(|since| since.elapsed());
        let stalled = waited.filter(|waited| *waited >= self.0.patience);
        let part = self.0.name;
        if self.0.is_stalled.swap(stalled.is_some(), Ordering::Relaxed) != stalled.is_some() {
            match stalled {
                Some(_) => tracing::warn!(part, "not ready: there is something to do, and nothing gets done"),
                None => tracing::info!(part, "ready"),
            }
        }
        stalled.map_or(Ok(()), |waited| {
            Err(format!(
                "nothing was done for {} s, and something waits",
                waited.as_secs()
            ))
        })
    }
}

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
        let part = Part {
            state: Err(why.to_owned()),
            is_told: false,
        };
        self.write().insert(name, part);
    }

    /// Names work of which some is to be done within `patience` whenever there is any. It is looked at when
    /// readiness is asked for.
    pub fn work(&self, name: &'static str, patience: Duration) -> Work {
        let work = Work(Arc::new(Waiting {
            name,
            patience,
            since: Mutex::new(None),
            is_stalled: AtomicBool::new(false),
        }));
        let mut works = self.0.works.write().unwrap_or_else(PoisonError::into_inner);
        works.push(work.clone());
        work
    }

    /// Whether everything that was named is there. Nothing named yet is not ready.
    pub fn is_ready(&self) -> bool {
        let parts = self.parts();
        !parts.is_empty() && parts.values().all(Result::is_ok)
    }

    fn set(&self, name: &'static str, value: Result<(), String>) {
        let mut parts = self.write();
        let before = parts.get(name);
        if before.is_some_and(|before| before.state == value) {
            return;
        }
        match &value {
            Err(why) if before.is_some_and(|before| before.is_told) => {
                tracing::debug!(part = name, why, "still not ready");
            }
            Err(why) => tracing::warn!(part = name, why, "not ready"),
            Ok(()) => tracing::info!(part = name, "ready"),
        }
        let part = Part {
            is_told: value.is_err(),
            state: value,
        };
        parts.insert(name, part);
    }

    fn write(&self) -> RwLockWriteGuard<'_, Parts> {
        self.0.parts.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn parts(&self) -> BTreeMap<&'static str, Result<(), String>> {
        let parts = self.0.parts.read().unwrap_or_else(PoisonError::into_inner);
        let states = parts.iter().map(|(name, part)| (*name, part.state.clone()));
        let mut parts: BTreeMap<_, _> = states.collect();
        let works = self.0.works.read().unwrap_or_else(PoisonError::into_inner);
        parts.extend(works.iter().map(|work| (work.0.name, work.state())));
        parts
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
        .body(exposition(&metrics))
}

/// The metrics of this process, those of its system included, as Prometheus reads them. Nothing, where `metrics` holds none:
/// they are served elsewhere then.
pub fn exposition(metrics: &PrometheusHandle) -> String {
    let mut text = metrics.render();
    if !text.is_empty() {
        text.push_str(&crate::process::exposition());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_served_elsewhere_is_not_served_here() {
        let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
        assert_eq!(exposition(&recorder.handle()), "");
        metrics::with_local_recorder(&recorder, || metrics::counter!("things_total").increment(1));
        let text = exposition(&recorder.handle());
        assert!(text.contains("things_total 1"), "{text}");
        assert_eq!(
            text.contains("process_open_fds"),
            cfg!(target_os = "linux"),
            "{text}"
        );
    }

    #[test]
    fn work_that_waits_and_does_not_get_done_is_not_ready() {
        let readiness = Readiness::default();
        readiness.ok("database");
        let patient = readiness.work("results", Duration::from_secs(3_600));
        let stalled = readiness.work("alert_events", Duration::ZERO);
        assert!(readiness.is_ready(), "there is nothing to do");
        patient.waits();
        assert!(readiness.is_ready());
        stalled.waits();
        assert!(!readiness.is_ready());
        let why = readiness.parts()["alert_events"].clone().unwrap_err();
        assert!(why.contains("nothing was done for 0 s"), "{why}");
        stalled.moves();
        assert!(readiness.is_ready());
    }

    #[test]
    fn work_waits_since_it_was_last_moved() {
        let work = Readiness::default().work("results", Duration::from_secs(1));
        work.waits();
        let since = *work.since();
        work.waits();
        assert_eq!(*work.since(), since);
        work.moves();
        assert_eq!(*work.since(), None);
    }
}
