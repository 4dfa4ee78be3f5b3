//! Status pages: their documents, which are written to Redis complete, so that showing them needs neither PostgreSQL nor
//! this service. `publisher` takes the pages that are due, `document` makes what is written, of `days` that are measured
//! as the API's uptime is, `written` has the commands for Redis. `proof` looks up whether a host name is a page's,
//! `external` what other status pages say.

pub(crate) mod days;
pub(crate) mod document;
mod external;
mod latency;
mod maintenance;
pub(crate) mod proof;
mod publisher;
mod reported;
mod written;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::http::StatusCode;
use domain::{OrgId, Timestamp};
use shared::http::problem::Problem;
use tokio::sync::{Notify, Semaphore};
use url::Url;

pub(crate) use self::external::ExternalPages;
pub(crate) use self::publisher::Publisher;
use crate::rules::logo;
use crate::rules::status_page::{OwnHosts, Page};
use crate::store::status_pages::{Logo, PageRow};

/// Logos that are drawn at a time: each may take half a second of a core, and 60 MiB.
const DRAWN_AT_ONCE: usize = 1;

/// How long a logo may take, with the wait for others: less than a request has.
const DRAWN_WITHIN: Duration = Duration::from_secs(3);

/// What status pages need.
#[derive(Debug)]
pub(crate) struct StatusPages {
    /// Where they are, each below it by its slug; nothing when there are none.
    pub(crate) url: Option<Url>,
    /// Where the dashboard is.
    pub(crate) public_url: String,
    /// Whether visitors can subscribe: mails can be sent.
    pub(crate) takes_subscribers: bool,
    /// Host names that no page may have.
    pub(crate) own_hosts: OwnHosts,
    /// Wakes the publisher.
    pub(crate) wake: Notify,
    pub(crate) days: days::Days,
    pub(crate) proofs: proof::Proofs,
    drawing: Arc<Semaphore>,
    drawers: Arc<Mutex<HashSet<OrgId>>>,
}

/// An organisation one of whose logos is drawn, or waits for it: one at a time, so that the queue has a place for others.
struct Drawer(OrgId, Arc<Mutex<HashSet<OrgId>>>);

impl Drawer {
    /// `None` while there is another one.
    fn enter(org: OrgId, drawers: &Arc<Mutex<HashSet<OrgId>>>) -> Option<Self> {
        let is_first = locked(drawers).insert(org);
        is_first.then(|| Self(org, Arc::clone(drawers)))
    }
}

impl Drop for Drawer {
    fn drop(&mut self) {
        locked(&self.1).remove(&self.0);
    }
}

fn locked(drawers: &Mutex<HashSet<OrgId>>) -> MutexGuard<'_, HashSet<OrgId>> {
    drawers.lock().unwrap_or_else(PoisonError::into_inner)
}

impl StatusPages {
    pub(crate) fn new(
        url: Option<Url>,
        public_url: &str,
        takes_subscribers: bool,
        proofs: proof::Proofs,
    ) -> Self {
        let dashboard = Url::parse(public_url).ok();
        Self {
            own_hosts: OwnHosts::of(url.iter().chain(&dashboard)),
            url,
            takes_subscribers,
            public_url: public_url.to_owned(),
            wake: Notify::new(),
            days: days::Days::default(),
            proofs,
            drawing: Arc::new(Semaphore::new(DRAWN_AT_ONCE)),
            drawers: Arc::default(),
        }
    }

    /// The address of a page, without a slash at the end; nothing while there are none.
    pub(crate) fn url_of(&self, page: &PageRow) -> Option<String> {
        let mut url = self.url.clone()?;
        match page.proven_host() {
            Some(host) => url.set_host(Some(host)).ok()?,
            None => url.set_path(&page.page.settings.slug),
        }
        Some(url.as_str().trim_end_matches('/').to_owned())
    }

    /// The addresses that a page has or may have, without a slash at the end.
    pub(crate) fn addresses_of(&self, page: &Page) -> Vec<String> {
        let Some(url) = &self.url else { return Vec::new() };
        let mut by_slug = url.clone();
        by_slug.set_path(&page.settings.slug);
        let by_host = page.host.as_deref().and_then(|host| {
            let mut url = url.clone();
            url.set_host(Some(host)).ok().map(|()| url)
        });
        let addresses = std::iter::once(by_slug).chain(by_host);
        addresses
            .map(|url| url.as_str().trim_end_matches('/').to_owned())
            .collect()
    }

    /// The logo that somebody of an organisation has sent, drawn anew.
    ///
    /// # Errors
    /// 422 for what is wrong with it; 429 while another one of the organisation is drawn; 503 where it takes too long.
    pub(crate) async fn draw(&self, org: OrgId, address: &str) -> Result<Logo, Problem> {
        let drawn = tokio::time::timeout(DRAWN_WITHIN, self.draw_in_turn(org, address)).await;
        drawn.unwrap_or_else(|_| Err(slow_logo()))
    }

    async fn draw_in_turn(&self, org: OrgId, address: &str) -> Result<Logo, Problem> {
        let (format, bytes) = logo::read(address).map_err(|wrong| Problem::invalid(vec![wrong]))?;
        let drawer = Drawer::enter(org, &self.drawers).ok_or_else(|| Problem::too_many_for(DRAWN_WITHIN))?;
        let turn = Arc::clone(&self.drawing).acquire_owned().await;
        let turn = turn.map_err(Problem::internal)?;
        let drawn = tokio::task::spawn_blocking(move || {
            // It is given back also when a picture makes its reader panic.
            let _turn = (turn, drawer);
            logo::draw(format, bytes)
        });
        let png = drawn.await.map_err(Problem::internal)?;
        let png = png.map_err(|wrong| Problem::invalid(vec![wrong]))?;
        Ok(Logo {
            hash: sha256(&png),
            png,
        })
    }
}

/// 503: a logo could not be drawn in time.
fn slow_logo() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "logo: could not be drawn in time; try again soon, or send one with fewer pixels",
    )
    .with_retry_after(5)
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The number of the day (UTC) that an instant lies in.
fn day_number(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(crate::rules::uptime_window::DAY_MS)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Its sender is told of the logo, before whoever waits for the answer gives up.
    #[tokio::test(start_paused = true)]
    async fn a_logo_whose_turn_does_not_come_is_given_up_by_its_name() {
        let pages = StatusPages::new(None, "https://uptime.example", false, proof::Proofs::new(None));
        let others = Arc::clone(&pages.drawing).acquire_owned().await.unwrap();
        let began = tokio::time::Instant::now();
        let problem = pages
            .draw(OrgId(7), "data:image/png;base64,AAAA")
            .await
            .unwrap_err();
        assert_eq!(began.elapsed(), DRAWN_WITHIN);
        assert_eq!(problem.status(), StatusCode::SERVICE_UNAVAILABLE);
        assert!(problem.to_string().contains("logo"), "{problem}");
        drop(others);
        let problem = pages
            .draw(OrgId(7), "data:image/png;base64,AAAA")
            .await
            .unwrap_err();
        assert_eq!(problem.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
}
